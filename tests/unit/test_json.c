/*
 * test_json - our own JSON, written and read back: every octet, every wrong place, jansson as the
 * second opinion; and texts stored once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json.h"
#include "base/json_in.h"
#include "base/shared.h"
#include "base/utf8.h"

/* A string of n octets as a JSON value; NUL-terminated. */
static struct buffer written(const char *s)
{
    struct buffer b;
    buffer_init(&b, 1 << 16);
    struct json j = {.out = &b};
    json_text(&j, s);
    assert_non_null(buffer_cstr(&b));
    return b;
}

static void expect_back(const char *s, const char *expected)
{
    struct buffer b = written(s), back;
    struct json_in in = {.rest = buffer_span(&b)};
    bool escapes;
    struct span raw = json_in_string(&in, &escapes);
    assert_true(json_in_done(&in));
    buffer_init(&back, 1 << 16);
    assert_true(json_in_decode(raw, &back));
    assert_string_equal(buffer_cstr(&back), expected);
    assert_true(json_in_plain(raw) == !escapes);
    json_t *other = json_loadb((const char *)b.p, b.n, JSON_DECODE_ANY, NULL);
    assert_string_equal(json_string_value(other), expected);
    json_decref(other);
    buffer_free(&b);
    buffer_free(&back);
}

/* Every octet at every place of the eight that are looked at together. */
static void test_octets(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 256; c++) {
        for (size_t at = 0; at < 17; at++) {
            char s[20] = "abcdefghijklmnopq", expected[24];
            s[at] = (char)c;
            size_t n = at;
            memcpy(expected, s, at);
            if (c < 0x80) {
                expected[n++] = (char)c;
            } else {
                memcpy(expected + n, "\xef\xbf\xbd", 3);
                n += 3;
            }
            memcpy(expected + n, s + at + 1, strlen(s + at + 1) + 1);
            expect_back(s, expected);
        }
    }
    expect_back("", "");
    expect_back("हस्ताक्षर \"x\" \\ \n\t\x7f", "हस्ताक्षर \"x\" \\ \n\t\x7f");
    expect_back("\xf0\x9f\x98\x80 \xed\xa0\x80",
                "\xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

/* What json_plain says of a run is what it says of its octets one by one. */
static void test_plain(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t s[24];
        for (size_t i = 0; i < sizeof s; i++) {
            seed = seed * 1664525U + 1013904223U;
            uint32_t r = seed >> 16;
            s[i] = (uint8_t)(r % 16 ? 0x20 + r / 16 % 0x5f : r / 16);
        }
        size_t n = 0, one = 1;
        while (n < sizeof s && one) {
            one = s[n] == '"' || s[n] == '\\' ? 0 : utf8_printable(span_make(s + n, sizeof s - n));
            n += one;
        }
        assert_int_equal(json_plain(span_make(s, sizeof s)), n);
    }
}

/* The same for everything of three octets that may be a character. */
static void test_plain_characters(void **state)
{
    (void)state;
    for (uint32_t v = 0xe00000; v < 0xf10000; v++) {
        uint8_t s[4] = {(uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v, 0};
        if (json_plain(span_make(s, 3)) != utf8_printable(span_make(s, 3))) {
            fail_msg("%06x", v);
        }
        assert_true(json_plain(span_make(s, 2)) == 0);
    }
}

static bool takes_string(const char *text)
{
    struct json_in in = {.rest = span_str(text)};
    struct buffer b;
    bool escapes;
    buffer_init(&b, 1 << 16);
    struct span raw = json_in_string(&in, &escapes);
    bool taken = raw.p && json_in_done(&in) && json_in_decode(raw, &b);
    buffer_free(&b);
    return taken;
}

static void test_strings(void **state)
{
    (void)state;
    static const char *const good[] = {"\"\"",        "\"a\"",     "\"\\\"\"",     "\"\\\\\"",
                                       "\"\\u001b\"", "\"a\\nb\"", "\"\\\\\\\"\"", "\"\\u007F\""};
    static const char *const bad[] = {"",
                                      "\"",
                                      "\"a",
                                      "a\"",
                                      "\"\\\"",
                                      "\"\\",
                                      "\"a\"b",
                                      "\"\\u0000\"",
                                      "\"\\u0041\"",
                                      "\"\\u1000\"",
                                      "\"\\/\"",
                                      "\"\\t\"",
                                      "\"\\u00\"",
                                      "\"\\ud800\"",
                                      "\"\x1b\"",
                                      "\"\n\"",
                                      "\"\xff\"",
                                      "\"\xc2\x85\"",
                                      "\"\xe2\x80\xae\"",
                                      " \"a\"",
                                      "'a'",
                                      "null",
                                      "\"\\u001\"",
                                      "\"\\x\""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(takes_string(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (takes_string(bad[i])) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static bool takes_number(const char *text, uint64_t max, uint64_t *n)
{
    struct json_in in = {.rest = span_str(text)};
    *n = json_in_number(&in, max);
    return json_in_done(&in);
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t n;
    assert_true(takes_number("0", 0, &n) && n == 0);
    assert_true(takes_number("255", 255, &n) && n == 255);
    assert_true(takes_number("9223372036854775807", INT64_MAX, &n) && n == INT64_MAX);
    assert_true(takes_number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX);
    static const char *const bad[] = {
        "",   "-1", "+1",  "00", "01",  "1.0",   "1e1",
        " 1", "1 ", "256", "x",  "260", "\"1\"", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (takes_number(bad[i], 255, &n)) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_false(takes_number("18446744073709551616", UINT64_MAX, &n));
}

/* {"a":[1,2],"b":null,"c":true} */
static bool takes_object(const char *text)
{
    struct json_in in = {.rest = span_str(text)};
    uint64_t sum = 0;
    json_in_open(&in, '{');
    json_in_key(&in, "a");
    json_in_open(&in, '[');
    while (json_in_more(&in)) {
        sum += json_in_number(&in, 9);
    }
    json_in_close(&in, ']');
    bool none = json_in_has(&in, "b");
    if (none) {
        json_in_key(&in, "b");
        none = json_in_none(&in);
    }
    json_in_key(&in, "c");
    bool truth = json_in_truth(&in);
    json_in_close(&in, '}');
    return json_in_done(&in) && sum == 3 && none && truth;
}

static void test_object(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\":[1,2],\"b\":null,\"c\":true}";
    assert_true(takes_object(whole));
    for (size_t i = 0; i < sizeof whole - 1; i++) { /* cut off, an octet less, an octet more */
        char text[sizeof whole + 1];
        memcpy(text, whole, i);
        text[i] = 0;
        assert_false(takes_object(text));
        memcpy(text + i, whole + i + 1, sizeof whole - i - 1);
        assert_false(takes_object(text));
        memcpy(text, whole, i);
        text[i] = ',';
        memcpy(text + i + 1, whole + i, sizeof whole - i);
        assert_false(takes_object(text));
    }
    assert_false(takes_object("{\"b\":null,\"a\":[1,2],\"c\":true}"));
    assert_false(takes_object("{\"a\":[1,2],\"b\":null,\"c\":true} "));
    assert_false(takes_object("{\"a\":[1,2,],\"b\":null,\"c\":true}"));
    assert_false(takes_object("{\"a\":[,1,2],\"b\":null,\"c\":true}"));
    assert_false(takes_object("{\"a\":[1,2],\"b\":null,\"c\":true,\"c\":true}"));
}

static int collect(void *context, struct span piece)
{
    struct buffer *b = context;
    buffer_add(b, piece);
    return buffer_ok(b) ? 0 : -1;
}

/* In pieces it is the same; a receiver that fails is noticed. */
static void test_pieces(void **state)
{
    (void)state;
    struct buffer whole, part, all, few;
    buffer_init(&whole, 1 << 22);
    buffer_init(&part, 1 << 22);
    buffer_init(&all, 1 << 22);
    buffer_init(&few, 1000);
    struct json j[] = {{.out = &whole}, {.out = &part, .send = collect, .context = &all}};
    for (size_t k = 0; k < 2; k++) {
        json_open(&j[k], '[');
        for (int64_t i = 0; i < 40000; i++) {
            json_open(&j[k], '{');
            json_put_number(&j[k], "n", i);
            json_close(&j[k], '}');
        }
        json_close(&j[k], ']');
    }
    assert_true(part.cap < whole.n / 2);
    assert_int_equal(collect(&all, buffer_span(&part)), 0);
    assert_true(span_eq(buffer_span(&all), buffer_span(&whole)));
    j[1] = (struct json){.out = &part, .send = collect, .context = &few};
    json_close(&j[1], ']');
    while (part.n && buffer_ok(&part)) {
        json_close(&j[1], ']');
    }
    assert_false(buffer_ok(&part));
    buffer_free(&whole);
    buffer_free(&part);
    buffer_free(&all);
    buffer_free(&few);
}

static void test_shared(void **state)
{
    (void)state;
    struct arena *a = arena_new((size_t)1 << 22);
    struct shared *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->arena = a;
    const char *one = shared_keep(s, span_str("one")), *empty = shared_keep(s, span_make("", 0));
    assert_string_equal(one, "one");
    assert_string_equal(empty, "");
    assert_ptr_equal(shared_keep(s, span_make("one two", 3)), one);
    assert_ptr_equal(shared_find(s, span_str("one")), one);
    assert_ptr_equal(shared_keep(s, span_make("x", 0)), empty);
    assert_null(shared_find(s, span_str("on")));
    assert_null(shared_find(s, span_str("one ")));
    /* Far more than it remembers: each copy is right all the same, and stays. */
    char text[32], first[32] = "";
    const char *kept = NULL;
    for (unsigned i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "a text with number %u", i);
        const char *copy = shared_keep(s, span_str(text));
        assert_string_equal(copy, text);
        if (i == 0) {
            memcpy(first, text, sizeof first);
            kept = copy;
        }
    }
    assert_string_equal(kept, first);
    size_t used = arena_used(a);
    assert_non_null(shared_keep(s, span_str(text)));
    assert_int_equal(arena_used(a), used);
    free(s);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_octets),           cmocka_unit_test(test_plain),
        cmocka_unit_test(test_plain_characters), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_numbers),          cmocka_unit_test(test_object),
        cmocka_unit_test(test_pieces),           cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
