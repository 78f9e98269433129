/*
 * declared - see declared.h.
 */
#include "tls/declared.h"

#include <stdio.h>

#include "base/hash.h"

enum { NAMES = 600, TLS_WORD = 80 };

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct declared *out;
    char *error;
    size_t line;
};

static int wrong(struct reading *r, const char *what, struct span which)
{
    (void)snprintf(r->error, DECLARED_ERROR, "line %zu: %.80s: %.*s", r->line, what,
                   (int)(which.n < 50 ? which.n : 50), (const char *)which.p);
    return 1;
}

/* The next word of a line, n 0 at its end. */
static struct span next_word(struct span *line)
{
    size_t i = 0, n;
    while (i < line->n && strchr(" \t\r,", line->p[i])) {
        i++;
    }
    for (n = i; n < line->n && !strchr(" \t\r,", line->p[n]); n++) {
    }
    struct span word = span_sub(*line, i, n - i);
    *line = span_sub(*line, n, line->n);
    return word;
}

/* Names as code points, after those that are there. */
static int read_codes(struct reading *r, struct span line,
                      bool (*code)(const char *name, uint16_t *out), uint16_t *out, size_t max,
                      size_t *count)
{
    char name[TLS_WORD];
    size_t before = *count;
    for (struct span w; (w = next_word(&line)).n;) {
        if (w.n >= sizeof name || *count == max) {
            return wrong(r, "is too long, or there are too many", w);
        }
        memcpy(name, w.p, w.n);
        name[w.n] = 0;
        if (!code(name, &out[*count])) {
            return wrong(r, "is not known", w);
        }
        ++*count;
    }
    return *count > before ? 0 : wrong(r, "at least one value is wanted", line);
}

static const char *const client_words[] = {
    [CLIENT_CERT_NONE] = "none",
    [CLIENT_CERT_REQUESTED] = "requested",
    [CLIENT_CERT_REQUIRED] = "required",
};

static int read_client(struct reading *r, struct span line, struct declared_service *s)
{
    struct span word = next_word(&line);
    for (int i = CLIENT_CERT_NONE; i <= CLIENT_CERT_REQUIRED; i++) {
        if (span_eq(word, span_str(client_words[i]))) {
            s->client = (enum client_cert)i;
            s->has_client = true;
            return 0;
        }
    }
    return wrong(r, "client-cert is none, requested or required", word);
}

static int read_key(struct reading *r, struct span line, struct declared_service *s)
{
    struct span word = next_word(&line);
    uint8_t bytes[32];
    char hex[65] = "";
    if (word.n == 64) {
        memcpy(hex, word.p, 64);
    }
    if (!*hex || !hash_unhex(hex, bytes, sizeof bytes) || s->key_count == DECLARED_KEYS) {
        return wrong(r, "key wants the SHA-256 of the public key, 64 hexadecimal digits", word);
    }
    hash_hex(span_make(bytes, sizeof bytes), false, s->keys[s->key_count++]);
    return 0;
}

/* "443/https", "5684/coaps", "443": its row, a new one too. */
static struct declared_service *service_row(struct reading *r, struct span place)
{
    struct declared *d = r->out;
    unsigned port = 0;
    size_t i = 0;
    char name[TLS_WORD] = "";
    for (; i < place.n && place.p[i] >= '0' && place.p[i] <= '9' && port < 65536; i++) {
        port = port * 10 + place.p[i] - '0';
    }
    struct span rest = span_sub(place, i + 1, place.n);
    if (i == 0 || port == 0 || port > 65535 || (i < place.n && place.p[i] != '/') ||
        rest.n >= sizeof name) {
        return NULL;
    }
    memcpy(name, rest.n ? rest.p : place.p, rest.n);
    const struct service *known = *name ? service_by_name(name) : service_by_port((uint16_t)port);
    bool datagram = known && known->start == START_DTLS;
    for (size_t k = 0; k < d->service_count; k++) {
        if (d->services[k].port == port && d->services[k].datagram == datagram) {
            return &d->services[k];
        }
    }
    if (!known || d->service_count == DECLARED_SERVICES) {
        return NULL;
    }
    struct declared_service *s = &d->services[d->service_count++];
    s->port = (uint16_t)port;
    s->datagram = datagram;
    return s;
}

static int read_line(struct reading *r, struct span line)
{
    size_t comment = span_find(line, SPAN_LIT("#"), 0);
    line = span_sub(line, 0, comment == SIZE_MAX ? line.n : comment);
    struct span place = next_word(&line), what = next_word(&line);
    if (place.n == 0) {
        return 0;
    }
    struct declared_service *s = what.n ? service_row(r, place) : NULL;
    if (!s) {
        return wrong(r, "write PORT/SERVICE, a word, and its values", place);
    }
    if (span_eq(what, SPAN_LIT("closed"))) {
        s->closed = true;
        return 0;
    }
    return span_eq(what, SPAN_LIT("protocols"))
               ? read_codes(r, line, tls_version_code, s->versions, VERSIONS, &s->version_count)
           : span_eq(what, SPAN_LIT("ciphers"))
               ? read_codes(r, line, tls_suite_code, s->suites, FACTS_SUITES, &s->suite_count)
           : span_eq(what, SPAN_LIT("groups"))
               ? read_codes(r, line, tls_group_code, s->groups, HELLO_GROUPS, &s->group_count)
           : span_eq(what, SPAN_LIT("key")) ? read_key(r, line, s)
           : span_eq(what, SPAN_LIT("client-cert"))
               ? read_client(r, line, s)
               : wrong(r, "is not a word of declarations", what);
}

int declared_read(struct span text, struct declared *out, char *error)
{
    struct reading r = {.out = out, .error = error};
    int rc = 0;
    memset(out, 0, sizeof *out);
    while (text.n && rc == 0) {
        size_t end = span_find(text, SPAN_LIT("\n"), 0);
        r.line++;
        rc = read_line(&r, span_sub(text, 0, end == SIZE_MAX ? text.n : end));
        text = span_sub(text, end == SIZE_MAX ? text.n : end + 1, text.n);
    }
    return rc;
}

/* ---- comparing ------------------------------------------------------------------------------- */

struct names {
    char text[NAMES];
    size_t used;
};

static void add_name(struct names *n, const char *name)
{
    int m = snprintf(n->text + n->used, NAMES - n->used, "%s%s", n->used ? ", " : "", name);
    n->used = m > 0 && n->used + (size_t)m < NAMES ? n->used + (size_t)m : n->used;
    n->text[n->used] = 0;
}

static bool has_code(const uint16_t *list, size_t n, uint16_t code)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == code) {
            return true;
        }
    }
    return false;
}

static const struct declared_service *service_of(const struct declared *d,
                                                 const struct scan_job *job)
{
    for (size_t i = 0; i < d->service_count; i++) {
        const struct declared_service *s = &d->services[i];
        if (s->port == job->port && s->datagram == (job->service->start == START_DTLS)) {
            return s;
        }
    }
    return NULL;
}

static void compare_versions(struct check_list *list, const struct declared_service *s,
                             const struct tls_facts *f)
{
    struct names more = {0}, less = {0};
    char room[TLS_NAME];
    for (size_t i = 0; i < f->version_count; i++) {
        const struct version_facts *v = &f->versions[i];
        bool said = has_code(s->versions, s->version_count, v->version);
        if (v->state == KNOWN_YES && !said) {
            add_name(&more, tls_version_name(v->version, room));
        } else if (v->state == KNOWN_NO && said) {
            add_name(&less, tls_version_name(v->version, room));
        }
    }
    if (more.used) {
        checks_add(list, CHECK_MORE_THAN_DECLARED, "protocols", more.text, NULL);
    }
    if (less.used) {
        checks_add(list, CHECK_LESS_THAN_DECLARED, "protocols", less.text, NULL);
    }
}

/* The first version that has the suite, so that it is named once. */
static bool seen_before(const struct tls_facts *f, size_t version, uint16_t code)
{
    for (size_t i = 0; i < version; i++) {
        if (version_has(&f->versions[i], code)) {
            return true;
        }
    }
    return false;
}

static void compare_suites(struct check_list *list, const struct declared_service *s,
                           const struct tls_facts *f)
{
    struct names more = {0}, less = {0};
    char room[TLS_NAME];
    bool complete = f->confirmed;
    for (size_t v = 0; v < f->version_count; v++) {
        complete &= f->versions[v].state != KNOWN_YES || f->versions[v].complete;
        for (size_t i = 0; i < f->versions[v].count; i++) {
            uint16_t code = f->versions[v].suites[i];
            if (!has_code(s->suites, s->suite_count, code) && !seen_before(f, v, code)) {
                add_name(&more, tls_suite_name(code, room));
            }
        }
    }
    for (size_t i = 0; i < s->suite_count && complete; i++) {
        if (!seen_before(f, f->version_count, s->suites[i])) {
            add_name(&less, tls_suite_name(s->suites[i], room));
        }
    }
    if (more.used) {
        checks_add(list, CHECK_MORE_THAN_DECLARED, "suites", more.text, NULL);
    }
    if (less.used) {
        checks_add(list, CHECK_LESS_THAN_DECLARED, "suites", less.text, NULL);
    }
}

static void compare_groups(struct check_list *list, const struct declared_service *s,
                           const struct tls_facts *f)
{
    struct names more = {0}, less = {0};
    char room[TLS_NAME];
    for (size_t i = 0; i < f->group_count; i++) {
        if (!has_code(s->groups, s->group_count, f->groups[i])) {
            add_name(&more, tls_group_name(f->groups[i], room));
        }
    }
    for (size_t i = 0; i < s->group_count && f->groups_complete; i++) {
        if (!has_code(f->groups, f->group_count, s->groups[i])) {
            add_name(&less, tls_group_name(s->groups[i], room));
        }
    }
    if (more.used) {
        checks_add(list, CHECK_MORE_THAN_DECLARED, "groups", more.text, NULL);
    }
    if (less.used) {
        checks_add(list, CHECK_LESS_THAN_DECLARED, "groups", less.text, NULL);
    }
}

static bool key_is_declared(const struct declared_service *s, const struct cert_facts *c)
{
    for (size_t i = 0; i < s->key_count; i++) {
        if (strcmp(s->keys[i], c->spki_sha256) == 0) {
            return true;
        }
    }
    return false;
}

static void compare_keys(struct check_list *list, const struct declared_service *s,
                         const struct cert_facts *certs, size_t cert_count)
{
    char text[128];
    for (size_t i = 0; i < cert_count; i++) {
        if (certs[i].leaf && !key_is_declared(s, &certs[i])) {
            (void)snprintf(text, sizeof text, "%s %u, SHA-256 %.16s", certs[i].kind, certs[i].bits,
                           certs[i].spki_sha256);
            checks_add(list, CHECK_KEY_NOT_DECLARED, "certificate", text, NULL);
        }
    }
}

void declared_check(struct check_list *list, const struct declared *d, const struct scan_job *job,
                    const struct cert_facts *certs, size_t cert_count)
{
    const struct declared_service *s = service_of(d, job);
    bool there = job->state == SCAN_TLS || job->state == SCAN_PLAIN ||
                 job->state == SCAN_UNSUPPORTED || job->state == SCAN_SILENT;
    char port[16];
    (void)snprintf(port, sizeof port, "%u", job->port);
    bool open = there && (!s || s->closed);
    if (open) {
        checks_add(list, CHECK_SERVICE_NOT_DECLARED, "service", job->service->name, port);
    }
    if (s && !there && !s->closed) {
        checks_add(list, CHECK_SERVICE_NOT_FOUND, "service", job->service->name, port);
    }
    if (!s || s->closed || job->state != SCAN_TLS) {
        return;
    }
    const struct tls_facts *f = &job->facts;
    if (s->key_count) {
        compare_keys(list, s, certs, cert_count);
    }
    if (s->version_count) {
        compare_versions(list, s, f);
    }
    if (s->suite_count) {
        compare_suites(list, s, f);
    }
    if (s->group_count) {
        compare_groups(list, s, f);
    }
    if (s->has_client && f->client_cert != CLIENT_CERT_UNKNOWN && f->client_cert != s->client) {
        checks_add(list, CHECK_CLIENT_CERT_DIFFERS, "service", client_words[s->client],
                   client_words[f->client_cert]);
    }
}
