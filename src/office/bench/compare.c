/*
 * compare - see report.h: one report beside another one.
 */
#include <stdio.h>

#include "office/bench/inside.h"

/* ---- small things ---------------------------------------------------------------------------- */

const char *bench_text(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

bool bench_has(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *have = json_string_value(json_array_get(list, i));
        if (have && strcmp(have, text) == 0) {
            return true;
        }
    }
    return false;
}

const char *bench_service(const json_t *service, char out[BENCH_PLACE])
{
    bool client = bench_is_client(service);
    const char *name = bench_text(service, client ? "name" : "service");
    (void)snprintf(out, BENCH_PLACE, "%lld/%.60s",
                   (long long)json_integer_value(json_object_get(service, "port")),
                   name ? name : "");
    return out;
}

int bench_each(const json_t *o, int (*take)(void *context, const char *name, const json_t *value),
               void *context)
{
    json_t *given = (json_t *)(uintptr_t)o;
    int rc = 0;
    for (void *i = json_object_iter(given); i && rc == 0; i = json_object_iter_next(given, i)) {
        rc = take(context, json_object_iter_key(i), json_object_iter_value(i));
    }
    return rc;
}

/* ---- what is otherwise ----------------------------------------------------------------------- */

struct comparing {
    json_t *rows;
    const char *place; /* of the service */
    const json_t *before, *after;
    const json_t *other; /* of a member that is an object: the other side's */
};

static int add(struct comparing *c, const char *what, const char *item, const json_t *before,
               const json_t *after, const char *tone)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:O?, s:O?, s:s}", "service", c->place, "what", what,
                            "item", item, "before", before, "after", after, "tone", tone);
    return row ? json_array_append_new(c->rows, row) : -1;
}

static int add_words(struct comparing *c, const char *what, const char *item, const char *before,
                     const char *after, const char *tone)
{
    json_t *b = before ? json_string(before) : json_null();
    json_t *a = after ? json_string(after) : json_null();
    int rc = add(c, what, item, b, a, tone);
    json_decref(b);
    json_decref(a);
    return rc;
}

/* Texts and numbers that stand alone; lists are compared elsewhere. */
static bool is_plain(const json_t *v)
{
    return !v || json_is_null(v) || json_is_string(v) || json_is_integer(v) || json_is_boolean(v);
}

static bool is_nothing(const json_t *v)
{
    return !v || json_is_null(v);
}

/* What one of them did not find out is no change. */
static bool is_open(const json_t *v)
{
    const char *s = json_string_value(v);
    return s && (strcmp(s, "inconclusive") == 0 || strcmp(s, "not-tested") == 0 ||
                 strcmp(s, "unknown") == 0);
}

static int plain_member(struct comparing *c, const char *what, const char *name, const json_t *b,
                        const json_t *a)
{
    bool same = (is_nothing(b) && is_nothing(a)) || (b && a && json_equal(b, a));
    return same || is_open(b) || is_open(a) || !is_plain(b) || !is_plain(a)
               ? 0
               : add(c, what, name, b, a, "info");
}

static int members(struct comparing *c, const char *what, const json_t *b, const json_t *a,
                   const char *const *names)
{
    int rc = 0;
    for (; *names && rc == 0; names++) {
        rc = plain_member(c, what, *names, json_object_get(b, *names), json_object_get(a, *names));
    }
    return rc;
}

/* ---- protocols ------------------------------------------------------------------------------- */

/* Of versions, the old ones are better gone. */
static const char *version_tone(const char *version, const char *after)
{
    bool old = strncmp(version, "SSL", 3) == 0 || strcmp(version, "TLSv1.0") == 0 ||
               strcmp(version, "TLSv1.1") == 0 || strcmp(version, "DTLSv1.0") == 0;
    bool there = after && strcmp(after, "yes") == 0, no = after && strcmp(after, "no") == 0;
    return !there && !no ? "info" : there == old ? "bad" : "good";
}

static int protocol(void *context, const char *name, const json_t *value)
{
    struct comparing *c = context;
    const char *after = json_string_value(value), *before = bench_text(c->other, name);
    bool same = (before && after && strcmp(before, after) == 0) ||
                (!before && after && strcmp(after, "yes") != 0) || is_open(value) ||
                is_open(json_object_get(c->other, name));
    return same ? 0 : add_words(c, "protocols", name, before, after, version_tone(name, after));
}

/* ---- lists ----------------------------------------------------------------------------------- */

static int lists(struct comparing *c, const char *what, const char *prefix, const json_t *b,
                 const json_t *a)
{
    char item[BENCH_PLACE];
    int rc = 0;
    for (size_t i = 0; i < json_array_size(b) && rc == 0; i++) {
        const char *text = json_string_value(json_array_get(b, i));
        (void)snprintf(item, sizeof item, "%s%s", prefix, text);
        rc = bench_has(a, text) ? 0 : add_words(c, what, item, "yes", "no", "info");
    }
    for (size_t i = 0; i < json_array_size(a) && rc == 0; i++) {
        const char *text = json_string_value(json_array_get(a, i));
        (void)snprintf(item, sizeof item, "%s%s", prefix, text);
        rc = bench_has(b, text) ? 0 : add_words(c, what, item, "no", "yes", "info");
    }
    return rc;
}

/* A version that only one side speaks is told as such, not suite by suite. */
static int ciphers(void *context, const char *name, const json_t *value)
{
    struct comparing *c = context;
    char prefix[BENCH_PLACE];
    const json_t *before = json_object_get(c->other, name);
    if (json_array_size(before) == 0 || json_array_size(value) == 0) {
        return 0;
    }
    (void)snprintf(prefix, sizeof prefix, "%.30s ", name);
    int rc = lists(c, "ciphers", prefix, before, value);
    bool same_set = rc == 0 && json_array_size(before) == json_array_size(value);
    for (size_t i = 0; i < json_array_size(value) && same_set; i++) {
        same_set = bench_has(before, json_string_value(json_array_get(value, i)));
    }
    bool moved = same_set && !json_equal((json_t *)(uintptr_t)before, (json_t *)(uintptr_t)value);
    return rc == 0 && moved ? add_words(c, "order", name, NULL, NULL, "info") : rc;
}

/* ---- findings, requirements ------------------------------------------------------------------ */

static json_t *find(const json_t *list, const char *key, const char *value)
{
    for (size_t i = 0; value && i < json_array_size(list); i++) {
        const char *have = bench_text(json_array_get(list, i), key);
        if (have && strcmp(have, value) == 0) {
            return json_array_get(list, i);
        }
    }
    return NULL;
}

static int findings(struct comparing *c, const json_t *from, const json_t *to, bool gone)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(from) && rc == 0; i++) {
        const char *code = bench_text(json_array_get(from, i), "code");
        const char *level = bench_text(json_array_get(from, i), "level");
        if (code && !find(to, "code", code)) {
            const char *tone = level && strcmp(level, "INFO") == 0 ? "info" : gone ? "good" : "bad";
            rc = add_words(c, "findings", code, gone ? level : NULL, gone ? NULL : level, tone);
        }
    }
    return rc;
}

static int requirements(struct comparing *c, const json_t *before, const json_t *after)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(after) && rc == 0; i++) {
        const char *id = bench_text(json_array_get(after, i), "id");
        const char *now = bench_text(json_array_get(after, i), "result");
        const char *was = bench_text(find(before, "id", id), "result");
        if (id && now && was && strcmp(now, was) != 0) {
            const char *tone = strcmp(now, "pass") == 0   ? "good"
                               : strcmp(now, "fail") == 0 ? "bad"
                                                          : "info";
            rc = add_words(c, "requirements", id, was, now, tone);
        }
    }
    return rc;
}

/* What a case showed, seen as the case wants it. */
static int cases(struct comparing *c, const json_t *before, const json_t *after)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(after) && rc == 0; i++) {
        const json_t *now = json_array_get(after, i);
        const json_t *was = find(before, "id", bench_text(now, "id"));
        const char *a = bench_text(now, "sound"), *b = bench_text(was, "sound");
        bool told = a && b && strcmp(a, b) != 0;
        const char *tone = !told                   ? NULL
                           : strcmp(a, "yes") == 0 ? "good"
                           : strcmp(a, "no") == 0  ? "bad"
                                                   : "info";
        rc = told ? add_words(c, "cases", bench_text(now, "id"), bench_text(was, "result"),
                              bench_text(now, "result"), tone)
                  : 0;
    }
    return rc;
}

/* ---- services -------------------------------------------------------------------------------- */

/* A list that was not looked through to its end says nothing about what is not in it. */
static bool both(const json_t *b, const json_t *a, const char *complete)
{
    const json_t *x = json_object_get(b, complete), *y = json_object_get(a, complete);
    return (!x || json_is_true(x)) && (!y || json_is_true(y));
}

static int service(struct comparing *c)
{
    static const char *const behaviour[] = {"cipher_order",
                                            "dh_bits",
                                            "dh_prime",
                                            "compression",
                                            "client_cert",
                                            "secure_renegotiation",
                                            "extended_master_secret",
                                            "encrypt_then_mac",
                                            "session_tickets",
                                            "ocsp_staple",
                                            "heartbeat",
                                            "alpn",
                                            "banner",
                                            NULL};
    static const char *const of_certificate[] = {"sha256",   "spki_sha256", "subject",   "issuer",
                                                 "serial",   "not_before",  "not_after", "key",
                                                 "key_bits", "signature",   "known_key", NULL};
    static const char *const state[] = {"state", NULL};
    const json_t *b = c->before, *a = c->after;
    bool suites = both(b, a, "ciphers_complete"), groups = both(b, a, "groups_complete");
    int rc = members(c, "service", b, a, state);
    c->other = json_object_get(b, "protocols");
    rc = rc ? rc : bench_each(json_object_get(a, "protocols"), protocol, c);
    c->other = json_object_get(b, "ciphers");
    rc = rc || !suites ? rc : bench_each(json_object_get(a, "ciphers"), ciphers, c);
    rc = rc || !groups
             ? rc
             : lists(c, "groups", "", json_object_get(b, "groups"), json_object_get(a, "groups"));
    rc = rc ? rc : members(c, "behaviour", b, a, behaviour);
    rc = rc ? rc
            : members(c, "certificate", json_object_get(b, "certificate"),
                      json_object_get(a, "certificate"), of_certificate);
    const json_t *fb = json_object_get(b, "findings"), *fa = json_object_get(a, "findings");
    rc = rc ? rc : cases(c, json_object_get(b, "cases"), json_object_get(a, "cases"));
    rc = rc ? rc : findings(c, fa, fb, false);
    rc = rc ? rc : findings(c, fb, fa, true);
    return rc ? rc
              : requirements(c, json_object_get(b, "requirements"),
                             json_object_get(a, "requirements"));
}

/* The same service in the other report: of the same address, else of the same port and name. */
static const json_t *same_service(const json_t *one, const json_t *report)
{
    char place[BENCH_PLACE], other[BENCH_PLACE];
    const json_t *found = NULL;
    const char *ip = bench_text(one, "ip");
    (void)bench_service(one, place);
    for (size_t i = 0; i < json_array_size(report); i++) {
        const json_t *s = json_array_get(report, i);
        const char *other_ip = bench_text(s, "ip");
        if (strcmp(bench_service(s, other), place) == 0) {
            found = found ? found : s;
            found = ip && other_ip && strcmp(ip, other_ip) == 0 ? s : found;
        }
    }
    return found;
}

static int walk(struct comparing *c, const json_t *from, const json_t *to, bool gone)
{
    char place[BENCH_PLACE];
    int rc = 0;
    for (size_t i = 0; i < json_array_size(from) && rc == 0; i++) {
        const json_t *one = json_array_get(from, i), *other = same_service(one, to);
        c->place = bench_place(one, place, sizeof place);
        if (!other) {
            const char *state = bench_text(one, "state");
            rc = add_words(c, "service", "state", gone ? state : NULL, gone ? NULL : state, "info");
        } else if (!gone) {
            c->before = other;
            c->after = one;
            rc = service(c);
        }
    }
    return rc;
}

json_t *bench_compare(const json_t *before, const json_t *after)
{
    struct comparing c = {.rows = json_array()};
    int rc = c.rows ? walk(&c, after, before, false) : -1;
    rc = rc ? rc : walk(&c, before, after, true);
    if (rc != 0) {
        json_decref(c.rows);
        return NULL;
    }
    return c.rows;
}
