/*
 * declared - see declared.h.
 */
#include "tls/declared.h"

#include <stdio.h>

#include <jansson.h>

enum { NAMES = 600 };

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    struct arena *a;
    char *error;
    bool failed; /* memory */
};

static int wrong(struct reading *r, const char *what, const char *which)
{
    (void)snprintf(r->error, DECLARED_ERROR, "%.90s: %.50s", what, which);
    return 1;
}

static bool version_code(const char *name, uint16_t *out)
{
    static const uint16_t codes[] = {TLS_SSL2, TLS_SSL3, TLS_10,  TLS_11,
                                     TLS_12,   TLS_13,   DTLS_10, DTLS_12};
    char room[TLS_NAME];
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(tls_version_name(codes[i], room), name) == 0) {
            *out = codes[i];
            return true;
        }
    }
    return false;
}

static bool suite_code(const char *name, uint16_t *out)
{
    size_t n;
    const struct suite *rows = tls_suites(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i].code;
            return true;
        }
    }
    return false;
}

static bool group_code(const char *name, uint16_t *out)
{
    size_t n;
    const struct group *rows = tls_groups(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i].code;
            return true;
        }
    }
    return false;
}

/* A list of names as code points; *has: it is there. */
static int read_codes(struct reading *r, const json_t *o, const char *key,
                      bool (*code)(const char *name, uint16_t *out), uint16_t *out, size_t max,
                      size_t *count, bool *has)
{
    const json_t *list = json_object_get(o, key);
    *has = list != NULL;
    if (list && !json_is_array(list)) {
        return wrong(r, "is not a list", key);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || *count == max || !code(name, &out[*count])) {
            return wrong(r, "names something that is not known", name ? name : key);
        }
        ++*count;
    }
    return 0;
}

static const char *const client_words[] = {
    [CLIENT_CERT_NONE] = "none",
    [CLIENT_CERT_REQUESTED] = "requested",
    [CLIENT_CERT_REQUIRED] = "required",
};

static int read_client(struct reading *r, const char *word, struct declared_service *s)
{
    for (int i = CLIENT_CERT_NONE; word && i <= CLIENT_CERT_REQUIRED; i++) {
        if (strcmp(word, client_words[i]) == 0) {
            s->client = (enum client_cert)i;
            s->has_client = true;
        }
    }
    return !word || s->has_client ? 0
                                  : wrong(r, "client_cert is none, requested or required", word);
}

static int read_service(struct reading *r, const json_t *o, struct declared_service *s)
{
    json_int_t port = json_integer_value(json_object_get(o, "port"));
    const char *name = json_string_value(json_object_get(o, "service"));
    const struct service *known = name ? service_by_name(name) : NULL;
    if (port < 1 || port > 65535) {
        return wrong(r, "a service has no port", name ? name : "?");
    }
    if (name && !known) {
        return wrong(r, "there is no such service", name);
    }
    s->port = (uint16_t)port;
    s->service = known ? known->name : NULL;
    int rc = read_codes(r, o, "protocols", version_code, s->versions, VERSIONS, &s->version_count,
                        &s->has_versions);
    rc = rc ? rc
            : read_codes(r, o, "ciphers", suite_code, s->suites, FACTS_SUITES, &s->suite_count,
                         &s->has_suites);
    rc = rc ? rc
            : read_codes(r, o, "groups", group_code, s->groups, HELLO_GROUPS, &s->group_count,
                         &s->has_groups);
    return rc ? rc : read_client(r, json_string_value(json_object_get(o, "client_cert")), s);
}

static int read_key(struct reading *r, const json_t *o, struct declared_key *k)
{
    const char *hash = json_string_value(json_object_get(o, "spki_sha256"));
    const char *kind = json_string_value(json_object_get(o, "kind"));
    if ((!hash && !kind) || (hash && strlen(hash) != 64)) {
        return wrong(r, "a key needs spki_sha256, or kind and bits", hash ? hash : "?");
    }
    char *copy = arena_str(r->a, span_str(hash ? hash : kind));
    for (char *c = copy; hash && c && *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c + 32 : *c);
    }
    r->failed |= !copy;
    k->spki_sha256 = hash ? copy : NULL;
    k->kind = hash ? NULL : copy;
    k->bits = (unsigned)json_integer_value(json_object_get(o, "bits"));
    return 0;
}

static int read_all(struct reading *r, const json_t *root, struct declared *out)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *services = json_object_get(root, "services"),
                 *keys = json_object_get(root, "keys");
    int rc = 0;
    if (!schema || strcmp(schema, "satyapan-tls-declared/1") != 0) {
        return wrong(r, "is no declaration", "schema is not satyapan-tls-declared/1");
    }
    if (json_array_size(services) > DECLARED_SERVICES || json_array_size(keys) > DECLARED_KEYS) {
        return wrong(r, "has too many", "services or keys");
    }
    out->has_keys = json_is_array(keys);
    for (size_t i = 0; i < json_array_size(services) && rc == 0; i++) {
        rc = read_service(r, json_array_get(services, i), &out->services[out->service_count++]);
    }
    for (size_t i = 0; i < json_array_size(keys) && rc == 0; i++) {
        rc = read_key(r, json_array_get(keys, i), &out->keys[out->key_count++]);
    }
    return rc;
}

int declared_read(struct arena *a, struct span json, struct declared *out, char *error)
{
    struct reading r = {.a = a, .error = error};
    json_error_t e;
    memset(out, 0, sizeof *out);
    json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &e);
    int rc = root ? read_all(&r, root, out) : wrong(&r, "is no JSON", e.text);
    json_decref(root);
    return r.failed ? -1 : rc;
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
        bool datagram = s->service && service_by_name(s->service)->start == START_DTLS;
        if (s->port == job->port && datagram == (job->service->start == START_DTLS)) {
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

static bool key_is_declared(const struct declared *d, const struct cert_facts *c)
{
    for (size_t i = 0; i < d->key_count; i++) {
        const struct declared_key *k = &d->keys[i];
        if (k->spki_sha256 ? strcmp(k->spki_sha256, c->spki_sha256) == 0
                           : strcmp(k->kind, c->kind) == 0 && (!k->bits || k->bits == c->bits)) {
            return true;
        }
    }
    return false;
}

static void compare_keys(struct check_list *list, const struct declared *d,
                         const struct cert_facts *certs, size_t cert_count)
{
    char text[128];
    for (size_t i = 0; i < cert_count && d->has_keys; i++) {
        if (certs[i].leaf && !key_is_declared(d, &certs[i])) {
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
    if (!s && there) {
        checks_add(list, CHECK_SERVICE_NOT_DECLARED, "service", job->service->name, port);
    }
    if (s && !there) {
        checks_add(list, CHECK_SERVICE_NOT_FOUND, "service", job->service->name, port);
    }
    if (job->state == SCAN_TLS) {
        compare_keys(list, d, certs, cert_count);
    }
    if (!s || job->state != SCAN_TLS) {
        return;
    }
    const struct tls_facts *f = &job->facts;
    if (s->has_versions) {
        compare_versions(list, s, f);
    }
    if (s->has_suites) {
        compare_suites(list, s, f);
    }
    if (s->has_groups) {
        compare_groups(list, s, f);
    }
    if (s->has_client && f->client_cert != CLIENT_CERT_UNKNOWN && f->client_cert != s->client) {
        checks_add(list, CHECK_CLIENT_CERT_DIFFERS, "service", client_words[s->client],
                   client_words[f->client_cert]);
    }
}
