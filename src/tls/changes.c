/*
 * changes - see changes.h.
 */
#include "tls/changes.h"

#include <stdio.h>
#include <string.h>

enum { WHAT = 96 };

static const char *word(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

bool changes_same_service(const json_t *a, const json_t *b)
{
    return json_integer_value(json_object_get(a, "port")) ==
               json_integer_value(json_object_get(b, "port")) &&
           strcmp(word(a, "service"), word(b, "service")) == 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static int add_row(json_t *rows, const char *what, const json_t *before, const json_t *after)
{
    json_t *b = before ? json_deep_copy(before) : json_null();
    json_t *a = after ? json_deep_copy(after) : json_null();
    return json_array_append_new(rows,
                                 json_pack("{ss so so}", "what", what, "before", b, "after", a));
}

static bool is_known(const json_t *v)
{
    const char *s = json_string_value(v);
    return v && !(s && (strcmp(s, "inconclusive") == 0 || strcmp(s, "not-tested") == 0 ||
                        strcmp(s, "unknown") == 0));
}

/* A single value. */
static int compare_value(json_t *rows, const char *prefix, const char *key, const json_t *before,
                         const json_t *after)
{
    char what[WHAT];
    const json_t *b = json_object_get(before, key), *a = json_object_get(after, key);
    if (!is_known(a) || !is_known(b) || json_equal(a, b)) {
        return 0;
    }
    (void)snprintf(what, sizeof what, "%s%s", prefix, key);
    return add_row(rows, what, b, a);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool has(const json_t *list, const json_t *item)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), item)) {
            return true;
        }
    }
    return false;
}

/* Items of a list that the other one lacks; NULL: memory. */
static json_t *without(const json_t *list, const json_t *other)
{
    json_t *out = json_array();
    for (size_t i = 0; out && i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (!has(other, item) && json_array_append(out, item) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

/* What is gone and what is new; with order, a list of the same items in another order too. */
static int compare_lists(json_t *rows, const char *what, const json_t *before, const json_t *after,
                         bool order)
{
    json_t *gone = without(before, after), *added = without(after, before);
    int rc = gone && added ? 0 : -1;
    if (rc == 0 && (json_array_size(gone) || json_array_size(added))) {
        rc = add_row(rows, what, gone, added);
    } else if (rc == 0 && order && !json_equal(before, after)) {
        rc = add_row(rows, what, before, after);
    }
    json_decref(gone);
    json_decref(added);
    return rc;
}

/* ---- parts of a report ----------------------------------------------------------------------- */

/* Iterates without const; nothing is changed. */
static json_t *mutable(const json_t *value)
{
    union {
        const json_t *given;
        json_t *mutable;
    } u = {value};
    return u.mutable;
}

static int compare_protocols(json_t *rows, const json_t *before, const json_t *after)
{
    const json_t *b = json_object_get(before, "protocols"),
                 *a = json_object_get(after, "protocols");
    const char *key;
    json_t *value;
    int rc = 0;
    json_object_foreach(mutable(b), key, value)
    {
        rc = rc ? rc : compare_value(rows, "protocols.", key, b, a);
    }
    return rc;
}

static int compare_ciphers(json_t *rows, const json_t *before, const json_t *after)
{
    const json_t *b = json_object_get(before, "ciphers"), *a = json_object_get(after, "ciphers");
    bool complete = json_is_true(json_object_get(before, "ciphers_complete")) &&
                    json_is_true(json_object_get(after, "ciphers_complete"));
    bool order = strcmp(word(before, "cipher_order"), "server") == 0 &&
                 strcmp(word(after, "cipher_order"), "server") == 0;
    const char *key;
    json_t *value;
    int rc = 0;
    json_object_foreach(mutable(b), key, value)
    {
        char what[WHAT];
        const json_t *now = json_object_get(a, key);
        (void)snprintf(what, sizeof what, "ciphers.%s", key);
        rc = rc || !now || !complete ? rc : compare_lists(rows, what, value, now, order);
    }
    return rc;
}

static int compare_groups(json_t *rows, const json_t *before, const json_t *after)
{
    bool complete = json_is_true(json_object_get(before, "groups_complete")) &&
                    json_is_true(json_object_get(after, "groups_complete"));
    return complete ? compare_lists(rows, "groups", json_object_get(before, "groups"),
                                    json_object_get(after, "groups"), false)
                    : 0;
}

/* The codes of the findings; NULL: memory. */
static json_t *codes(const json_t *report)
{
    const json_t *list = json_object_get(report, "findings");
    json_t *out = json_array();
    for (size_t i = 0; out && i < json_array_size(list); i++) {
        json_t *code = json_object_get(json_array_get(list, i), "code");
        if (!has(out, code) && json_array_append(out, code) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static int compare_findings(json_t *rows, const json_t *before, const json_t *after)
{
    json_t *b = codes(before), *a = codes(after);
    int rc = a && b ? compare_lists(rows, "findings", b, a, false) : -1;
    json_decref(b);
    json_decref(a);
    return rc;
}

static const char *result_of(const json_t *report, const char *id)
{
    const json_t *list = json_object_get(report, "requirements");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(word(json_array_get(list, i), "id"), id) == 0) {
            return word(json_array_get(list, i), "result");
        }
    }
    return NULL;
}

/* Requirements say so when they are no longer known, too. */
static int compare_requirements(json_t *rows, const json_t *before, const json_t *after)
{
    const json_t *list = json_object_get(before, "requirements");
    int rc = 0;
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const json_t *row = json_array_get(list, i);
        const char *now = result_of(after, word(row, "id"));
        char what[WHAT];
        (void)snprintf(what, sizeof what, "requirements.%.70s", word(row, "id"));
        if (now && strcmp(now, word(row, "result")) != 0) {
            rc = json_array_append_new(rows, json_pack("{ss ss ss}", "what", what, "before",
                                                       word(row, "result"), "after", now));
        }
    }
    return rc;
}

static int compare_values(json_t *rows, const json_t *before, const json_t *after)
{
    static const char *const keys[] = {"state",
                                       "cipher_order",
                                       "dh_bits",
                                       "dh_prime",
                                       "compression",
                                       "client_cert",
                                       "heartbeat",
                                       "fallback_scsv",
                                       "secure_renegotiation",
                                       "ocsp_staple",
                                       "alpn",
                                       "extended_master_secret",
                                       "session_tickets",
                                       "banner",
                                       "downgrade_sentinel",
                                       "robot",
                                       "heartbleed",
                                       "early_change_cipher",
                                       "result",
                                       "encrypt_then_mac",
                                       "client_renegotiation"};
    static const char *const cert_keys[] = {"subject",    "issuer",    "sha256", "spki_sha256",
                                            "not_before", "not_after", "chain",  "signature"};
    const json_t *b = json_object_get(before, "certificate"),
                 *a = json_object_get(after, "certificate");
    int rc = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && rc == 0; i++) {
        rc = compare_value(rows, "", keys[i], before, after);
    }
    for (size_t i = 0; i < sizeof cert_keys / sizeof *cert_keys && rc == 0; i++) {
        rc = json_is_object(a) && json_is_object(b)
                 ? compare_value(rows, "certificate.", cert_keys[i], b, a)
                 : 0;
    }
    return rc;
}

json_t *changes_between(const json_t *before, const json_t *after)
{
    json_t *rows = json_array();
    bool good =
        rows && compare_values(rows, before, after) == 0 &&
        compare_protocols(rows, before, after) == 0 && compare_ciphers(rows, before, after) == 0 &&
        compare_groups(rows, before, after) == 0 && compare_findings(rows, before, after) == 0 &&
        compare_requirements(rows, before, after) == 0;
    if (!good) {
        json_decref(rows);
        return NULL;
    }
    return rows;
}
