/*
 * test_report_json - report -> JSON -> report -> the same JSON, and JSON that must be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json_in.h"
#include "report/render.h"

#include "report_sample.inc"

static char *to_json(const struct sp_report *r)
{
    struct buffer b;
    buffer_init(&b, 1 << 22);
    assert_int_equal(report_json(r, &b), 0);
    const char *s = buffer_cstr(&b);
    assert_non_null(s);
    char *copy = strdup(s);
    assert_non_null(copy);
    buffer_free(&b);
    return copy;
}

static struct sp_report *from_json(const char *json)
{
    struct sp_report *r = NULL;
    assert_int_equal(report_from_json(span_str(json), &r), 0);
    return r;
}

static void round_trip(struct sp_report *r)
{
    char *first = to_json(r);
    struct sp_report *back = from_json(first);
    assert_non_null(back);
    char *second = to_json(back);
    assert_string_equal(first, second);
    assert_null(strchr(first, '\n'));
    sp_report_free(back);
    sp_report_free(r);
    free(first);
    free(second);
}

static void test_round_trip(void **state)
{
    (void)state;
    round_trip(sample_accepted());
    round_trip(sample_rejected());
    round_trip(sample_review());
}

/* Issuers in wants reach the callers of the verifier, and no report for people. */
static void test_issuers_inside(void **state)
{
    (void)state;
    struct sp_report *r = sample_review(), *back = NULL;
    struct buffer b;
    buffer_init(&b, 1 << 24);
    assert_int_equal(r->wants[0].kind, SP_EVIDENCE_OCSP);
    r->wants[0].issuers = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert_int_equal(report_json_inside(r, &b), 0);
    assert_int_equal(report_from_json(buffer_span(&b), &back), 0);
    assert_non_null(back);
    assert_string_equal(back->wants[0].issuers, r->wants[0].issuers);
    char *public = to_json(back);
    assert_null(strstr(public, "CERTIFICATE-----"));
    free(public);
    sp_report_free(back);
    buffer_free(&b);
    r->wants[0].issuers = "-----BEGIN\t";
    assert_int_equal(report_json_inside(r, &b), 0);
    assert_int_equal(report_from_json(buffer_span(&b), &back), 0);
    assert_null(back);
    buffer_free(&b);
    sp_report_free(r);
}

/* A name that is no UTF-8 is cleaned, and what is read back has no control characters. */
static void test_unclean_name(void **state)
{
    (void)state;
    struct sp_report *r = sample_unsigned();
    char *json = to_json(r);
    struct sp_report *back = from_json(json);
    assert_non_null(back);
    assert_null(strchr(back->name, '\x1b'));
    assert_non_null(strstr(back->name, "\xef\xbf\xbd"));
    round_trip(back);
    sp_report_free(r);
    free(json);
}

/* The keys and their order are the contract. */
static void test_key_order(void **state)
{
    (void)state;
    static const char *const order[] = {
        "{\"schema\":\"satyapan-report/1\",\"document\":{\"name\":",
        "\"size\":48213,",
        "\"sha256\":",
        "\"format\":\"PDF\"}",
        "\"profile\":\"india-dsc\"",
        "\"verdict\":\"ACCEPTED\"",
        "\"validated_at\":\"2026-11-21T10:00:00Z\"",
        "\"signature_count\":2",
        "\"signatures\":[{\"id\":\"sig[0]\",\"kind\":\"PAdES\",\"level\":\"B-LT\",",
        "\"indication\":\"TOTAL-PASSED\",\"subindication\":null,\"intact\":true,\"coverage\":",
        "\"modification\":{\"level\":\"lta\",\"allowed\":true}",
        "\"signer\":{\"subject\":\"CN=ASHA VERMA",
        "\"claimed_time\":\"2026-11-20T09:00:00Z\"",
        "\"best_time\":\"2026-11-20T09:01:01Z\"",
        "\"best_time_basis\":\"timestamp\"",
        "\"digest\":\"sha256\",\"algorithm\":\"rsa-pkcs1\",\"key_bits\":2048",
        "\"chain\":[{\"subject\"",
        "\"revocation\":[{\"certificate\"",
        "\"timestamps\":[{\"kind\":\"signature\"",
        "\"findings\":[]},{\"id\":\"sig[1]\",\"kind\":\"DOCTIMESTAMP\",\"level\":null",
        "\"findings\":[],\"wants\":[],\"engine\":{\"version\":\"0.1.0\",\"openssl\":\"OpenSSL "
        "3.0.22\"}}"};
    struct sp_report *r = sample_accepted();
    char *json = to_json(r);
    const char *at = json;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const char *found = strstr(at, order[i]);
        if (!found) {
            fail_msg("missing or out of order: %s", order[i]);
        }
        at = found + strlen(order[i]);
    }
    assert_int_equal(*at, 0);
    sp_report_free(r);
    free(json);
}

/* Every prefix of a report is refused, and none is read beyond its end. */
static void test_truncated(void **state)
{
    (void)state;
    struct sp_report *r = sample_rejected();
    char *json = to_json(r);
    size_t n = strlen(json);
    for (size_t i = 0; i < n; i++) {
        char *part = malloc(i ? i : 1);
        assert_non_null(part);
        memcpy(part, json, i);
        struct sp_report *back = NULL;
        assert_int_equal(report_from_json(span_make(part, i), &back), 0);
        assert_null(back);
        free(part);
    }
    sp_report_free(r);
    free(json);
}

static bool refused(const json_t *value)
{
    char *json = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(json);
    struct sp_report *back = NULL;
    assert_int_equal(report_from_json(span_str(json), &back), 0);
    bool no = back == NULL;
    sp_report_free(back);
    free(json);
    return no;
}

/* `at` as it was: putting one key back alone would change the order. */
static void restore(json_t *at, json_t *was)
{
    assert_int_equal(json_object_clear(at), 0);
    assert_int_equal(json_object_update(at, was), 0);
}

/* In every place of the tree: another type, a key less, a key more, a key in another place. All
 * must be refused. */
static size_t damage_all(json_t *root, json_t *at, unsigned depth)
{
    size_t done = 0;
    const char *key;
    json_t *value;
    size_t i;
    assert_true(depth < 16);
    if (json_is_array(at)) {
        json_array_foreach(at, i, value)
        {
            done += damage_all(root, value, depth + 1);
        }
        return done;
    }
    if (!json_is_object(at)) {
        return 0;
    }
    json_object_set_new(at, "surplus", json_true());
    assert_true(refused(root));
    json_object_del(at, "surplus");
    json_t *keys = json_copy(at);
    assert_non_null(keys);
    json_object_foreach(keys, key, value)
    {
        char *name = strdup(key);
        json_t *was = json_incref(value);
        json_object_set_new(at, name, json_real(1.5));
        if (!refused(root)) {
            fail_msg("a real was taken for %s", name);
        }
        json_object_del(at, name);
        if (!refused(root)) {
            fail_msg("missing %s was accepted", name);
        }
        json_object_set(at, name, was);
        if (json_object_iter_next(keys, json_object_iter_at(keys, key)) && !refused(root)) {
            fail_msg("%s was accepted at the end", name);
        }
        json_decref(was);
        restore(at, keys);
        assert_false(refused(root));
        free(name);
        done += 2;
    }
    json_object_foreach(keys, key, value)
    {
        done += damage_all(root, value, depth + 1);
    }
    json_decref(keys);
    return done;
}

static void test_damaged(void **state)
{
    (void)state;
    struct sp_report *(*samples[])(void) = {sample_accepted, sample_rejected, sample_review};
    for (size_t i = 0; i < 3; i++) {
        struct sp_report *r = samples[i]();
        char *json = to_json(r);
        json_t *root = json_loads(json, 0, NULL);
        assert_non_null(root);
        assert_true(damage_all(root, root, 0) > 80);
        json_decref(root);
        sp_report_free(r);
        free(json);
    }
}

/* json with the first `from` replaced by `to` must be refused. */
static void refuse_edit(struct sp_report *r, const char *from, const char *to)
{
    char *json = to_json(r);
    const char *at = strstr(json, from);
    if (!at) {
        fail_msg("the sample has no %s", from);
        return;
    }
    struct buffer b;
    buffer_init(&b, 1 << 22);
    buffer_add(&b, span_make(json, (size_t)(at - json)));
    buffer_str(&b, to);
    buffer_str(&b, at + strlen(from));
    struct sp_report *back = NULL;
    assert_int_equal(report_from_json(buffer_span(&b), &back), 0);
    if (back) {
        fail_msg("%s was accepted", to);
    }
    buffer_free(&b);
    sp_report_free(r);
    free(json);
}

static void test_hostile(void **state)
{
    (void)state;
    refuse_edit(sample_accepted(), "ACCEPTED", "accepted");
    refuse_edit(sample_accepted(), "ACCEPTED", "VALID");
    refuse_edit(sample_accepted(), "TOTAL-PASSED", "PASSED");
    refuse_edit(sample_accepted(), "PAdES", "PADES");
    refuse_edit(sample_accepted(), "B-LT", "B-XL");
    refuse_edit(sample_accepted(), "\"lta\"", "\"LTA\"");
    refuse_edit(sample_accepted(), "satyapan-report/1", "satyapan-report/2");
    refuse_edit(sample_accepted(), "\"size\":48213", "\"size\":-1");
    refuse_edit(sample_accepted(), "\"size\":48213", "\"size\":99999999999999999999");
    refuse_edit(sample_accepted(), "2026-11-21T10:00:00Z", "2026-11-21T10:00:00+05:30");
    refuse_edit(sample_accepted(), "2026-11-21T10:00:00Z", "1700000000");
    refuse_edit(sample_accepted(), "2026-11-21T10:00:00Z", "2026-13-21T10:00:00Z");
    refuse_edit(sample_accepted(), "\"key_bits\":2048", "\"key_bits\":4294969344");
    refuse_edit(sample_accepted(), "\"signature_count\":2", "\"signature_count\":1");
    refuse_edit(sample_accepted(), "e3b0c442", "<script>");
    refuse_edit(sample_accepted(), "\"schema\"", "\"schema\":\"satyapan-report/1\",\"schema\"");
    refuse_edit(sample_rejected(), "format.malformed", "format.invented");
    refuse_edit(sample_rejected(), "\"FAIL\"", "\"fail\"");
    refuse_edit(sample_rejected(), "alert(1)", "alert\\u0000(1)");
    /* What somebody is going to ask the network. */
    refuse_edit(sample_review(), "\"kind\":\"ocsp\"", "\"kind\":\"anchor\"");
    refuse_edit(sample_review(), "\"kind\":\"ocsp\"", "\"kind\":\"crl\"");
    refuse_edit(sample_review(), "http://ocsp.example", "file://ocsp.example");
    refuse_edit(sample_review(), "http://ocsp.example", "http://ocsp example");
    refuse_edit(sample_review(), "http://ocsp.example", "http://ocsp.\\r\\nexample");
    refuse_edit(sample_review(), "\"MEIwQDA+", "\"MEIwQDA-");
    refuse_edit(sample_review(), "\"MEIwQDA+", "\"MEIwQDA");
    refuse_edit(sample_review(), "\"urls\":[\"http://ocsp.example/\"]", "\"urls\":[]");
    /* A verdict that the findings contradict. */
    refuse_edit(sample_rejected(), "REJECTED", "ACCEPTED");
    refuse_edit(sample_review(), "\"verdict\":\"REVIEW\"", "\"verdict\":\"ACCEPTED\"");
    refuse_edit(sample_unsigned(), "REJECTED", "ACCEPTED");
}

/* Citations and hints come from the table, control characters do not come through. */
static void test_texts_are_ours(void **state)
{
    (void)state;
    struct sp_report *r = sample_rejected();
    char *json = to_json(r);
    char *cite = strstr(json, "EN 319 102-1 5.2.2");
    assert_non_null(cite);
    memcpy(cite, "XX", 2);
    char *text = strstr(json, "structure is broken");
    assert_non_null(text);
    memcpy(text, "\\u001b[31m", 10);
    struct sp_report *back = from_json(json);
    assert_non_null(back);
    char *again = to_json(back);
    assert_null(strstr(again, "XX 319"));
    assert_null(strstr(again, "\\u001b"));
    assert_non_null(strstr(again, "EN 319 102-1 5.2.2"));
    sp_report_free(r);
    sp_report_free(back);
    free(json);
    free(again);
}

static void refuse_repeated(const char *head, const char *piece, size_t count)
{
    struct buffer b;
    buffer_init(&b, (size_t)100 << 20);
    buffer_str(&b, head);
    for (size_t i = 0; i < count; i++) {
        buffer_str(&b, piece);
    }
    assert_true(buffer_ok(&b));
    struct sp_report *back = NULL;
    assert_int_equal(report_from_json(buffer_span(&b), &back), 0);
    assert_null(back);
    buffer_free(&b);
}

static void test_huge(void **state)
{
    (void)state;
    refuse_repeated("", "[", 1000000);
    refuse_repeated("{\"schema\":\"", "aaaaaaaaaaaaaaaa", 5 << 20); /* past the limit of 64 MB */
    struct sp_report *back = NULL;
    assert_int_equal(report_from_json(SPAN_NONE, &back), 0);
    assert_null(back);
    static const char *const others[] = {"",     "null",  "[]",   "{}",
                                         "true", "\"x\"", "\xff", "{\"a\":"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_null(from_json(others[i]));
    }
}

/* One string of 32 million escapes: the time for it must grow with its length only. At the square
 * of it this test would take days. */
static void test_escapes_only(void **state)
{
    (void)state;
    refuse_repeated("{\"schema\":\"", "\\\\", (size_t)31 << 20);
    struct buffer b;
    buffer_init(&b, (size_t)100 << 20);
    buffer_str(&b, "\"");
    for (size_t i = 0; i < (size_t)31 << 20; i++) {
        buffer_str(&b, "\\\\");
    }
    buffer_str(&b, "\"");
    bool escapes = false;
    struct json_in j = {.rest = buffer_span(&b)};
    assert_int_equal(json_in_string(&j, &escapes).n, (size_t)62 << 20);
    assert_true(escapes && json_in_done(&j));
    buffer_free(&b);
}

/* A time no four-digit year can write becomes null, not a report that cannot be read back. */
static void test_far_times(void **state)
{
    (void)state;
    struct sp_report *r = sample_accepted();
    r->signatures[0]->claimed_time = INT64_C(253402300800);
    r->signatures[0]->chain[0].not_after = INT64_MAX;
    r->signatures[0]->chain[0].not_before = -INT64_C(62167219201);
    round_trip(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_issuers_inside),
        cmocka_unit_test(test_unclean_name), cmocka_unit_test(test_key_order),
        cmocka_unit_test(test_truncated),    cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_hostile),      cmocka_unit_test(test_texts_are_ours),
        cmocka_unit_test(test_huge),         cmocka_unit_test(test_far_times),
        cmocka_unit_test(test_escapes_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
