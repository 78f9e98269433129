/*
 * want - see want.h. RFC 5280 4.2.1.13, 4.2.1.15, 4.2.2.1; RFC 6960 4.1.
 *
 * Addresses of other kinds than http and https (LDAP, directory names) are never fetched: a
 * certificate that has no others gets a finding that says so.
 */
#include "chain/want.h"

#include <strings.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/utc.h"
#include "chain/entry.h"
#include "chain/validate.h"
#include "revocation/ocsp.h"

enum { LISTED_MAX = 16 }; /* addresses of one extension that are looked at */

struct addresses {
    const char *all[LISTED_MAX];
    size_t count;
};

static bool fetchable(const char *url)
{
    size_t n = strlen(url);
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0) {
        return false;
    }
    for (const char *p = url; *p; p++) {
        if (*p <= ' ' || *p > '~') {
            return false;
        }
    }
    return n <= SP_WANT_URL_MAX;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static const struct sp_attempt *tried(const struct want_context *c, const struct sp_want *w,
                                      const char *url)
{
    size_t n;
    const struct sp_attempt *list = pool_attempts(c->pool, &n);
    for (size_t i = 0; i < n; i++) {
        if (list[i].kind == w->kind && strcmp(list[i].url, url) == 0 &&
            same_text(list[i].request, w->request)) {
            return &list[i];
        }
    }
    return NULL;
}

static bool same_want(const struct sp_want *a, const struct sp_want *b)
{
    bool same =
        a->kind == b->kind && a->url_count == b->url_count && same_text(a->request, b->request);
    for (size_t i = 0; same && i < a->url_count; i++) {
        same = strcmp(a->urls[i], b->urls[i]) == 0;
    }
    return same;
}

static void add(struct want_list *list, const struct sp_want *w)
{
    for (size_t i = 0; i < list->count; i++) {
        struct sp_want *old = &list->items[i];
        if (same_want(old, w)) {
            if (w->issued_after != SP_NO_TIME && w->issued_after > old->issued_after) {
                old->issued_after = w->issued_after;
            }
            return;
        }
    }
    if (list->count < SP_WANTS_MAX) {
        list->items[list->count++] = *w;
    }
}

/* Notes the addresses that were not tried, and says what came of those that were. *fetchables
 * counts all of them. */
static int note(const struct want_context *c, struct sp_want *w, const struct addresses *from,
                enum sp_reason failed, const char *name, size_t *fetchables)
{
    const char **urls = arena_array(c->a, SP_WANT_URLS_MAX, sizeof *urls);
    if (!urls) {
        return -1;
    }
    for (size_t i = 0; i < from->count; i++) {
        if (!fetchable(from->all[i])) {
            continue;
        }
        (*fetchables)++;
        const struct sp_attempt *t = tried(c, w, from->all[i]);
        if (t && t->failed) {
            finding_add(c->a, c->findings, failed, c->where, name, t->url, t->failed, NULL);
        } else if (!t && w->url_count < SP_WANT_URLS_MAX) {
            urls[w->url_count++] = from->all[i];
        }
    }
    w->urls = urls;
    if (w->url_count && c->list) {
        add(c->list, w);
    }
    return 0;
}

static struct addresses addresses(const struct want_context *c, const struct cert *cert,
                                  enum oid what)
{
    struct addresses out = {.count = 0};
    out.count = cert_uris(c->a, cert, what, out.all, LISTED_MAX);
    return out;
}

int want_issuer(const struct want_context *c, const struct cert *cert)
{
    struct addresses at = addresses(c, cert, OID_AD_CA_ISSUERS);
    size_t fetchables = 0;
    struct sp_want w = {.kind = SP_EVIDENCE_CERT,
                        .about = cert_name_text(c->a, cert->subject),
                        .issuer = cert_name_text(c->a, cert->issuer),
                        .key_id = cert->aki.p ? hash_hex_str(c->a, cert->aki, true) : NULL,
                        .issued_after = SP_NO_TIME};
    if (!w.about || !w.issuer || (cert->aki.p && !w.key_id)) {
        return -1;
    }
    return note(c, &w, &at, SP_CHAIN_FETCH_FAILED, path_cert_name(c->a, cert), &fetchables);
}

/* The request in base64, NULL when none can be made. */
static int make_request(struct arena *a, const struct cert *cert, const struct cert *issuer,
                        const char **out)
{
    struct span der;
    *out = NULL;
    if (ocsp_request(a, cert, issuer, &der) < 0) {
        return -1;
    }
    if (der.p) {
        unsigned char *text = arena_alloc(a, der.n / 3 * 4 + 5);
        if (!text) {
            return -1;
        }
        (void)EVP_EncodeBlock(text, der.p, (int)der.n);
        *out = (const char *)text;
    }
    return 0;
}

static void write_pem(struct buffer *b, struct span der)
{
    enum { LINE = 48 };
    unsigned char line[LINE / 3 * 4 + 1];
    buffer_str(b, "-----BEGIN CERTIFICATE-----\n");
    for (size_t i = 0; i < der.n; i += LINE) {
        size_t n = der.n - i < LINE ? der.n - i : LINE;
        (void)EVP_EncodeBlock(line, der.p + i, (int)n);
        buffer_printf(b, "%s\n", (const char *)line);
    }
    buffer_str(b, "-----END CERTIFICATE-----\n");
}

/* Those of the path in PEM, but for the anchor; NULL when there are none or they are too large. */
static int write_issuers(struct arena *a, struct pool_cert *const *above, size_t count,
                         const char **out)
{
    struct buffer b;
    *out = NULL;
    size_t size = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        size += above[i]->cert->der.n;
    }
    if (size == 0 || size > SP_WANT_ISSUERS_MAX / 2) {
        return 0;
    }
    buffer_init(&b, SP_WANT_ISSUERS_MAX);
    for (size_t i = 0; i + 1 < count; i++) {
        write_pem(&b, above[i]->cert->der);
    }
    *out = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return *out ? 0 : -1;
}

int want_revocation(const struct want_context *c, const struct cert *cert,
                    struct pool_cert *const *above, size_t count, int64_t issued_after)
{
    static const struct {
        enum oid where;
        enum sp_evidence_kind kind;
    } sources[] = {{OID_AD_OCSP, SP_EVIDENCE_OCSP},
                   {OID_EXT_CDP, SP_EVIDENCE_CRL},
                   {OID_EXT_FRESHEST_CRL, SP_EVIDENCE_CRL}};
    const char *name = path_cert_name(c->a, cert), *about = cert_name_text(c->a, cert->subject);
    const char *request, *issuers, *other = NULL;
    size_t fetchables = 0;
    if (!about || make_request(c->a, cert, above[0]->cert, &request) < 0 ||
        write_issuers(c->a, above, count, &issuers) < 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        bool ocsp = sources[i].kind == SP_EVIDENCE_OCSP;
        struct addresses at = addresses(c, cert, sources[i].where);
        struct sp_want w = {.kind = sources[i].kind,
                            .about = about,
                            .request = ocsp ? request : NULL,
                            .issued_after = issued_after,
                            .issuers = issuers};
        other = other || !at.count ? other : at.all[0];
        if ((!ocsp || request) &&
            note(c, &w, &at, SP_REVOCATION_FETCH_FAILED, name, &fetchables) < 0) {
            return -1;
        }
    }
    if (fetchables == 0 && (other || cert_ext(cert, OID_EXT_CDP))) {
        finding_add(c->a, c->findings, SP_REVOCATION_NOT_FETCHED, c->where, name,
                    other ? other : "directoryName", NULL);
    }
    return 0;
}

void want_merge(struct want_list *list, const struct want_list *from)
{
    for (size_t i = 0; i < from->count; i++) {
        add(list, &from->items[i]);
    }
}
