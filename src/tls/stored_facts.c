/*
 * stored_facts - the facts of a scan as JSON, and back. See stored.h.
 *
 * A reader works facts out of the hellos and answers themselves. These here are for the day when it
 * would ask other questions than were asked then: what was found out must not get lost.
 */
#include <stdio.h>

#include "base/hash.h"
#include "tls/stored.h"

/* Members of one kind, in the order of the tables below. */
enum { KNOWNS = 9, TRUTHS = 18 };

static void known_members(struct tls_facts *f, enum known *out[KNOWNS])
{
    enum known *const members[KNOWNS] = {
        &f->compression, &f->fallback_scsv, &f->secure_renegotiation,
        &f->ems,         &f->etm,           &f->tickets,
        &f->heartbeat,   &f->srp,           &f->sentinel};
    memcpy(out, members, sizeof members);
}

static const char *const known_keys[KNOWNS] = {
    "compression", "fallback_scsv", "secure_renegotiation", "ems", "etm", "tickets", "heartbeat",
    "srp",         "sentinel"};

static void truth_members(struct tls_facts *f, bool *out[TRUTHS])
{
    bool *const members[TRUTHS] = {
        &f->groups_complete,   &f->dh_reused,         &f->ec_reused,
        &f->explicit_curve,    &f->session_id,        &f->unoffered_suite,
        &f->unoffered_version, &f->unasked_extension, &f->size_intolerant,
        &f->name_refused,      &f->name_wanted,       &f->lossy,
        &f->sha1_exchange,     &f->confirmed,         &f->changing,
        &f->nameless,          &f->old_form,          NULL};
    memcpy(out, members, sizeof members);
}

static const char *const truth_keys[TRUTHS] = {
    "groups_complete",   "dh_reused",         "ec_reused",
    "explicit_curve",    "session_id",        "unoffered_suite",
    "unoffered_version", "unasked_extension", "size_intolerant",
    "name_refused",      "name_wanted",       "lossy",
    "sha1_exchange",     "confirmed",         "changing",
    "nameless",          "old_form",          NULL};

/* ---- writing --------------------------------------------------------------------------------- */

static void put_codes(struct json *j, const char *key, const uint16_t *codes, size_t n)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < n; i++) {
        json_number(j, codes[i]);
    }
    json_close(j, ']');
}

static void put_versions(struct json *j, const struct tls_facts *f)
{
    json_key(j, "versions");
    json_open(j, '[');
    for (size_t i = 0; i < f->version_count; i++) {
        const struct version_facts *v = &f->versions[i];
        json_open(j, '{');
        json_put_number(j, "version", v->version);
        json_put_number(j, "state", v->state);
        json_put_text(j, "how", v->how);
        json_put_number(j, "complete", v->complete);
        put_codes(j, "suites", v->suites, v->count);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void stored_put_facts(struct json *j, const struct tls_facts *facts)
{
    struct tls_facts *f = (struct tls_facts *)(uintptr_t)facts; /* only read */
    enum known *knowns[KNOWNS];
    bool *truths[TRUTHS];
    char *prime = f->dh_prime.n ? hash_hex_str(f->arena, f->dh_prime, false) : NULL;
    known_members(f, knowns);
    truth_members(f, truths);
    json_open(j, '{');
    put_versions(j, f);
    for (size_t i = 0; i < KNOWNS; i++) {
        json_put_number(j, known_keys[i], *knowns[i]);
    }
    for (size_t i = 0; truths[i]; i++) {
        json_put_number(j, truth_keys[i], *truths[i]);
    }
    json_key(j, "suites2");
    json_open(j, '[');
    for (size_t i = 0; i < f->suite2_count; i++) {
        json_number(j, f->suites2[i]);
    }
    json_close(j, ']');
    put_codes(j, "groups", f->groups, f->group_count);
    json_put_number(j, "order", f->order);
    json_put_number(j, "first", f->first);
    json_put_number(j, "later", f->later);
    json_put_number(j, "compression_method", f->compression_method);
    json_put_number(j, "points", (int64_t)f->point_count);
    json_put_text(j, "alpn", f->alpn);
    json_put_text(j, "dh_prime", prime ? prime : "");
    json_close(j, '}');
}

/* ---- reading --------------------------------------------------------------------------------- */

static int64_t number(const json_t *o, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(o, key));
}

static size_t get_codes(const json_t *o, const char *key, uint16_t *out, size_t max)
{
    const json_t *list = json_object_get(o, key);
    size_t n = 0;
    for (; n < max && n < json_array_size(list); n++) {
        out[n] = (uint16_t)json_integer_value(json_array_get(list, n));
    }
    return n;
}

static enum known get_known(const json_t *o, const char *key)
{
    int64_t n = number(o, key);
    return n >= 0 && n <= KNOWN_UNSURE ? (enum known)n : KNOWN_UNTESTED;
}

static void get_versions(const json_t *list, struct tls_facts *f)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o = json_array_get(list, i);
        struct version_facts *v = facts_version(f, (uint16_t)number(o, "version"));
        const char *how = json_string_value(json_object_get(o, "how"));
        if (v) {
            v->state = get_known(o, "state");
            v->complete = number(o, "complete") != 0;
            v->count = get_codes(o, "suites", v->suites, FACTS_SUITES);
            (void)snprintf(v->how, sizeof v->how, "%s", how ? how : "");
        }
    }
}

static int get_prime(const char *hex, struct tls_facts *f)
{
    uint8_t bytes[2048];
    size_t n = hex ? strlen(hex) / 2 : 0;
    if (n == 0 || n > sizeof bytes || !hash_unhex(hex, bytes, n)) {
        return 0;
    }
    f->dh_prime = arena_dup(f->arena, span_make(bytes, n));
    f->dh_name = tls_prime_name(span_make(bytes, n));
    f->dh_bits = (unsigned)n * 8;
    for (unsigned top = bytes[0] ? bytes[0] : 0x80; !(top & 0x80); top <<= 1) {
        f->dh_bits--;
    }
    return f->dh_prime.p ? 0 : -1;
}

int stored_get_facts(struct arena *a, bool datagram, const json_t *o, struct tls_facts *f)
{
    enum known *knowns[KNOWNS];
    bool *truths[TRUTHS];
    const json_t *suites2 = json_object_get(o, "suites2");
    const char *alpn = json_string_value(json_object_get(o, "alpn"));
    int64_t order = number(o, "order"), points = number(o, "points");
    facts_init(f, a, datagram);
    known_members(f, knowns);
    truth_members(f, truths);
    for (size_t i = 0; i < KNOWNS; i++) {
        *knowns[i] = get_known(o, known_keys[i]);
    }
    for (size_t i = 0; truths[i]; i++) {
        *truths[i] = number(o, truth_keys[i]) != 0;
    }
    get_versions(json_object_get(o, "versions"), f);
    for (size_t i = 0; i < json_array_size(suites2) && i < sizeof f->suites2 / sizeof *f->suites2;
         i++) {
        f->suites2[f->suite2_count++] = (uint32_t)json_integer_value(json_array_get(suites2, i));
    }
    f->group_count = get_codes(o, "groups", f->groups, HELLO_GROUPS);
    f->order =
        order == ORDER_SERVER || order == ORDER_CLIENT ? (enum suite_order)order : ORDER_UNKNOWN;
    f->compression_method = (uint8_t)number(o, "compression_method");
    f->first = (uint16_t)number(o, "first");
    f->later = (uint16_t)number(o, "later");
    f->point_count = points > 0 && points <= FACTS_POINTS ? (size_t)points : 0;
    (void)snprintf(f->alpn, sizeof f->alpn, "%s", alpn ? alpn : "");
    return get_prime(json_string_value(json_object_get(o, "dh_prime")), f);
}
