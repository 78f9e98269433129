/*
 * places - where a weblink or mail address leads: to an issuer whose profile an officer approved,
 * or not. See foreign.h.
 *
 * What a vendor writes is a claim; only the body's own approved profiles say who an issuer is
 * (facts: "The vendor's link and email address are claims"). A name belongs to a profile when it is
 * one of its domains, or lies in one that is the issuer's with all below it; no address literal
 * ever does.
 */
#include <stdio.h>

#include "net/url.h"
#include "office/foreign/foreign.h"

/* Mailboxes for anybody. */
static const char *const free_mail[] = {
    "gmail.com",      "googlemail.com", "yahoo.com",   "yahoo.co.in", "yahoo.in",    "ymail.com",
    "outlook.com",    "outlook.in",     "hotmail.com", "live.com",    "live.in",     "msn.com",
    "rediffmail.com", "icloud.com",     "me.com",      "mac.com",     "aol.com",     "proton.me",
    "protonmail.com", "pm.me",          "gmx.com",     "gmx.de",      "gmx.net",     "web.de",
    "mail.com",       "mail.ru",        "yandex.com",  "yandex.ru",   "zoho.com",    "zohomail.in",
    "qq.com",         "163.com",        "126.com",     "foxmail.com", "sina.com",    "tutanota.com",
    "fastmail.com",   "hey.com",        "naver.com",   "libero.it",   "laposte.net", "orange.fr",
    "t-online.de",    "inbox.com",      "sify.com",    "in.com",      "bol.com.br",  "uol.com.br"};

/* What follows the last @; NULL: it is no address of this simple form. */
static const char *host_of_mail(const char *address, char out[FETCH_HOST_MAX])
{
    const char *at = address ? strrchr(address, '@') : NULL;
    bool literal = false;
    if (!at || at == address || strpbrk(address, " \t\r\n<>,;\"()[]\\:") ||
        memchr(address, '@', (size_t)(at - address)) ||
        url_host(span_str(at + 1), out, &literal) != NULL || literal) {
        return NULL;
    }
    return out;
}

bool foreign_free_mail(const char *address)
{
    char host[FETCH_HOST_MAX];
    if (!host_of_mail(address, host)) {
        return false;
    }
    for (size_t i = 0; i < sizeof free_mail / sizeof *free_mail; i++) {
        if (strcmp(host, free_mail[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int place(struct records *r, const char *kind, const char *host, enum foreign_place *out,
                 json_t **issuer)
{
    json_t *row = NULL;
    int rc = issuer_of_host(r, kind, host, &row);
    if (rc != 0 && rc != RECORDS_NONE) {
        return rc;
    }
    *out = rc == 0 ? FOREIGN_APPROVED : FOREIGN_NOT_APPROVED;
    if (issuer) {
        *issuer = row;
    } else {
        json_decref(row);
    }
    return 0;
}

int foreign_link_place(struct records *r, const char *link, enum foreign_place *out,
                       json_t **issuer)
{
    struct url url;
    *out = FOREIGN_BAD_ADDRESS;
    if (issuer) {
        *issuer = NULL;
    }
    if (!link || url_split(span_str(link), &url) != NULL || url.literal) {
        return 0;
    }
    return place(r, "web", url.host, out, issuer);
}

int foreign_mail_place(struct records *r, const char *address, enum foreign_place *out,
                       json_t **issuer)
{
    char host[FETCH_HOST_MAX];
    *out = FOREIGN_BAD_ADDRESS;
    if (issuer) {
        *issuer = NULL;
    }
    return host_of_mail(address, host) ? place(r, "mail", host, out, issuer) : 0;
}
