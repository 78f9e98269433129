/*
 * profile_item - texts, domains and addresses of a profile, read strictly. See profile_inside.h.
 */
#include <stdio.h>

#include "foreign/domain.h"
#include "foreign/normal.h"
#include "foreign/profile_inside.h"
#include "net/url.h"

int profile_refuse(struct profile_reader *r, const char *place, const char *what)
{
    (void)snprintf(r->why, PROFILE_WHY, "%s: %s", place, what);
    return 1;
}

/* ---- texts and lists ------------------------------------------------------------------------- */

int profile_text(struct profile_reader *r, const json_t *v, const char *place, const char **out)
{
    const char *s = json_string_value(v);
    if (!s || !*s || json_string_length(v) > PROFILE_TEXT_MAX ||
        strlen(s) != json_string_length(v)) {
        return profile_refuse(r, place, "is no text of 1 to 512 bytes");
    }
    *out = arena_str(r->a, span_str(s));
    return *out ? 0 : -1;
}

int profile_texts(struct profile_reader *r, const char *place, const json_t *v, profile_check check,
                  struct profile_list *out)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > PROFILE_LIST_MAX) {
        return profile_refuse(r, place, "is no list of at most 64 texts");
    }
    for (size_t i = 0; i < n; i++) {
        const char *item = NULL;
        int rc = profile_text(r, json_array_get(v, i), place, &item);
        if (out->count == PROFILE_LIST_MAX) {
            return profile_refuse(r, place, "has more than 64 texts");
        }
        rc = rc || !check ? rc : check(r, place, &item);
        if (rc) {
            return rc;
        }
        out->items[out->count++] = item;
    }
    return 0;
}

int profile_check_folded(struct profile_reader *r, const char *place, const char **item)
{
    (void)place;
    *item = normal_fold(r->a, span_str(*item));
    return *item ? 0 : -1;
}

int profile_check_domain(struct profile_reader *r, const char *place, const char **item)
{
    char host[FETCH_HOST_MAX], registrable[FETCH_HOST_MAX];
    bool literal;
    if (url_host(span_str(*item), host, &literal) != NULL || literal || strcmp(host, *item) != 0) {
        return profile_refuse(r, place, "holds what is no domain in small ASCII letters");
    }
    if (!domain_registrable(host, registrable) || strcmp(host, registrable) != 0) {
        return profile_refuse(r, place,
                              "holds a domain that nobody can register (or a part of one)");
    }
    return 0;
}

bool profile_lists(const struct profile_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

int profile_check_host(struct profile_reader *r, const char *place, const char **item)
{
    char host[FETCH_HOST_MAX], registrable[FETCH_HOST_MAX];
    bool literal;
    if (url_host(span_str(*item), host, &literal) != NULL || literal || strcmp(host, *item) != 0 ||
        !domain_registrable(host, registrable) || !profile_lists(&r->out->domains, registrable)) {
        return profile_refuse(r, place, "holds a host that is not in one of the domains");
    }
    return 0;
}

/* Any host but a public suffix: nobody else may have it. */
static int check_mail_domain(struct profile_reader *r, const char *place, const char **item)
{
    char host[FETCH_HOST_MAX], registrable[FETCH_HOST_MAX];
    bool literal;
    return url_host(span_str(*item), host, &literal) == NULL && !literal &&
                   strcmp(host, *item) == 0 && domain_registrable(host, registrable)
               ? 0
               : profile_refuse(r, place, "holds what is no domain, or one that belongs to nobody");
}

/* "issuer.example", or {"domain": "issuer.example", "subdomains": true}. */
int profile_mail_domains(struct profile_reader *r, const char *place, const json_t *v)
{
    struct profile_list *list = &r->out->mail_domains;
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > PROFILE_LIST_MAX) {
        return profile_refuse(r, place, "is no list of at most 64 domains");
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(v, i), *below = json_object_get(one, "subdomains");
        if (json_is_object(one) && (json_object_size(one) != 2 || !json_is_boolean(below))) {
            return profile_refuse(r, place, "holds neither a text nor {domain, subdomains}");
        }
        const json_t *text = json_is_object(one) ? json_object_get(one, "domain") : one;
        int rc = profile_text(r, text, place, &list->items[i]);
        rc = rc ? rc : check_mail_domain(r, place, &list->items[i]);
        if (rc) {
            return rc;
        }
        r->out->mail_below[i] = json_is_true(below);
        list->count++;
    }
    return 0;
}

static size_t occurrences(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word)) {
        n++;
    }
    return n;
}

int profile_check_template(struct profile_reader *r, const char *place, const char **item)
{
    char plain[PROFILE_TEXT_MAX + 1], registrable[FETCH_HOST_MAX];
    struct url url;
    size_t n = 0, places = occurrences(*item, "{number}") + occurrences(*item, "{id}");
    for (const char *p = *item; *p; p++) {
        bool brace = *p == '{' || *p == '}';
        plain[n++] = brace ? 'x' : *p;
    }
    plain[n] = 0;
    size_t host = strlen("https://");
    host += strlen(*item) > host ? strcspn(*item + host, "/?") : 0;
    if (strcspn(*item, "{}") < host) {
        return profile_refuse(r, place, "holds an address with a place to fill in its host");
    }
    if (places > 1 || occurrences(*item, "{") != places || occurrences(*item, "}") != places ||
        strchr(plain, '#')) {
        return profile_refuse(r, place,
                              "holds an address with more than one {number} or {id}, or with #");
    }
    if (url_split(span_str(plain), &url) != NULL || !url.https || url.literal ||
        !domain_registrable(url.host, registrable) ||
        !profile_lists(&r->out->domains, registrable) ||
        (r->out->hosts.count && !profile_lists(&r->out->hosts, url.host))) {
        return profile_refuse(r, place, "holds what is no https address in the domains");
    }
    return 0;
}
