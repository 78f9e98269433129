/*
 * test_base - properties of base and of the DER walker: what must hold for every input, tried on
 * many. The inputs come from a fixed seed, so a failure repeats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "asn1/der.h"
#include "asn1/oid.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/finding.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/template.h"
#include "base/utc.h"

static uint64_t seed = 0x243f6a8885a308d3u;

/* xorshift64*: reproducible, good enough to pick test inputs. */
static uint64_t random64(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1du;
}

static size_t random_below(size_t n)
{
    return (size_t)(random64() % n);
}

/* ---- span ------------------------------------------------------------------------------------ */

static void test_span(void **state)
{
    (void)state;
    struct span s = SPAN_LIT("abcabd");
    assert_int_equal(span_find(s, SPAN_LIT("abd"), 0), 3);
    assert_int_equal(span_find(s, SPAN_LIT("ab"), 1), 3);
    assert_int_equal(span_find(s, SPAN_LIT("x"), 0), SIZE_MAX);
    assert_int_equal(span_find(s, SPAN_LIT("a"), 7), SIZE_MAX);
    assert_int_equal(span_find(s, SPAN_LIT(""), 0), SIZE_MAX);
    for (int i = 0; i < 10000; i++) {
        size_t off = random_below(10), len = random_below(10);
        if (random_below(4) == 0) {
            len = SIZE_MAX - random_below(3);
        }
        struct span part = span_sub(s, off, len);
        assert_true(part.p >= s.p && part.p + part.n <= s.p + s.n);
        assert_true(part.n <= len);
    }
    assert_null(span_sub(SPAN_NONE, 1, 1).p);
    assert_true(span_cmp(SPAN_LIT("a"), SPAN_LIT("ab")) < 0);
    assert_true(span_cmp(SPAN_LIT("b"), SPAN_LIT("ab")) > 0);
    assert_int_equal(span_cmp(SPAN_LIT(""), SPAN_NONE), 0);
}

/* ---- arena ----------------------------------------------------------------------------------- */

/* Pieces are zeroed, aligned and never overlap. */
static void test_arena_pieces(void **state)
{
    (void)state;
    enum { PIECES = 3000 };
    struct arena *a = arena_new((size_t)64 << 20);
    static uint8_t *piece[PIECES];
    static size_t size[PIECES];
    size_t sum = 0;
    for (int i = 0; i < PIECES; i++) {
        size[i] = random_below(8) ? random_below(200) : random_below(40000);
        piece[i] = arena_alloc(a, size[i]);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % 16, 0);
        for (size_t k = 0; k < size[i]; k++) {
            assert_int_equal(piece[i][k], 0);
        }
        memset(piece[i], i & 0xff, size[i]);
        sum += size[i] ? size[i] : 1;
    }
    for (int i = 0; i < PIECES; i++) {
        for (size_t k = 0; k < size[i]; k++) {
            assert_int_equal(piece[i][k], i & 0xff);
        }
    }
    assert_int_equal(arena_used(a), sum);
    assert_false(arena_capped(a));
    arena_free(a);
}

static void test_arena_cap(void **state)
{
    (void)state;
    struct arena *a = arena_new(100);
    uint64_t before = mem_failures();
    assert_non_null(arena_alloc(a, 60));
    assert_null(arena_alloc(a, 41));
    assert_true(arena_capped(a));
    assert_int_equal(mem_failures(), before + 1);
    assert_non_null(arena_alloc(a, 40));
    assert_null(arena_alloc(a, 1));
    assert_null(arena_array(a, SIZE_MAX / 2, 4));
    assert_null(arena_array(a, 2, SIZE_MAX));
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_true(mem_failures() > before + 3);
    arena_free(a);
}

static char trace[16];

static void note(void *p)
{
    const char *s = p;
    size_t n = strlen(trace);
    trace[n] = *s;
    trace[n + 1] = 0;
}

static void test_arena_defer(void **state)
{
    (void)state;
    static char one[] = "1", two[] = "2", three[] = "3";
    struct arena *a = arena_new(64);
    trace[0] = 0;
    assert_int_equal(arena_defer(a, note, one), 0);
    assert_int_equal(arena_defer(a, note, two), 0);
    /* No room for the third: it is called at once, so that nothing leaks. */
    assert_int_equal(arena_defer(a, note, three), -1);
    assert_string_equal(trace, "3");
    arena_free(a);
    assert_string_equal(trace, "321");
    arena_free(NULL);
}

static void test_arena_grow(void **state)
{
    (void)state;
    struct arena *a = arena_new((size_t)1 << 20);
    uint32_t *items = NULL;
    size_t cap = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        void *p = items;
        assert_int_equal(arena_grow(a, &p, &cap, (size_t)i + 1, sizeof *items), 0);
        items = p;
        items[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    void *p = items;
    assert_int_equal(arena_grow(a, &p, &cap, SIZE_MAX / 2, sizeof *items), -1);
    assert_ptr_equal(p, items);
    assert_string_equal(arena_printf(a, "%s-%d", "a", 7), "a-7");
    assert_string_equal(arena_str(a, SPAN_LIT("a\0b")), "a?b");
    arena_free(a);
}

/* ---- buffer ---------------------------------------------------------------------------------- */

/* Against a plain array: the same bytes, and never one more than the maximum. */
static void test_buffer(void **state)
{
    (void)state;
    static uint8_t model[5000];
    for (int round = 0; round < 200; round++) {
        struct buffer b;
        size_t max = random_below(sizeof model), n = 0;
        bool failed = false;
        buffer_init(&b, max);
        for (int i = 0; i < 100; i++) {
            uint8_t bytes[64];
            size_t k = random_below(sizeof bytes);
            for (size_t j = 0; j < k; j++) {
                bytes[j] = (uint8_t)random64();
            }
            buffer_add(&b, span_make(bytes, k));
            failed = failed || (k && k > max - n);
            if (!failed) {
                memcpy(model + n, bytes, k);
                n += k;
            }
        }
        assert_int_equal(buffer_ok(&b), !failed);
        assert_int_equal(b.full, failed);
        assert_int_equal(buffer_span(&b).n, n);
        assert_memory_equal(buffer_span(&b).p, model, n);
        if (failed) {
            assert_null(buffer_cstr(&b));
        } else {
            assert_int_equal(buffer_cstr(&b)[n], 0);
        }
        buffer_free(&b);
    }
}

static void test_buffer_text(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 10);
    assert_string_equal(buffer_cstr(&b), "");
    buffer_printf(&b, "%d%%", 42);
    buffer_char(&b, '!');
    buffer_str(&b, "");
    assert_string_equal(buffer_cstr(&b), "42%!");
    buffer_printf(&b, "%s", "1234567");
    assert_false(buffer_ok(&b));
    buffer_char(&b, 'x'); /* after a failure nothing is added, even if it would fit */
    assert_int_equal(buffer_span(&b).n, 4);
    buffer_free(&b);
    assert_true(buffer_ok(&b));
    buffer_free(&b);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Against the C library's calendar over ten thousand years. */
static void test_utc_round_trip(void **state)
{
    (void)state;
    char text[UTC_TEXT];
    for (int i = 0; i < 200000; i++) {
        int64_t t = (int64_t)(random64() % 315569520000u) - 62167219200; /* year 0 to 9999 */
        time_t unix_time = (time_t)t;
        struct tm tm;
        int64_t back, made;
        assert_non_null(gmtime_r(&unix_time, &tm));
        assert_true(utc_make(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                             tm.tm_sec, &made));
        assert_int_equal(made, t);
        assert_true(utc_parse(span_str(utc_rfc3339(t, text)), &back));
        assert_int_equal(back, t);
    }
}

static void test_utc_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want;
    } good[] = {{"0", 0},
                {"-1", -1},
                {"2026", 2026},
                {"1800000000", 1800000000},
                {"1970-01-01", 0},
                {"2026-11-21T10:00:00Z", 1795255200},
                {"2026-11-21T15:30:00+05:30", 1795255200},
                {"2026-11-21t10:00:00z", 1795255200},
                {"2026-11-21 10:00:00.999Z", 1795255200},
                {"2000-02-29T00:00:00Z", 951782400},
                {"2016-12-31T23:59:60Z", 1483228800}};
    static const char *const bad[] = {"",
                                      "-",
                                      "x",
                                      "1234567890123",
                                      "2026-13-01",
                                      "2026-00-01",
                                      "2026-02-29",
                                      "1900-02-29",
                                      "2026-11-31",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T10:60:00Z",
                                      "2026-11-21T10:00:61Z",
                                      "2026-11-21T10:00:00",
                                      "2026-11-21T10:00:00.Z",
                                      "2026-11-21T10:00:00Zx",
                                      "2026-11-21T10:00:00+0530",
                                      "2026-11-21T10:00:00+24:00",
                                      "2026-11-21T10:00Z",
                                      " 2026-11-21",
                                      "2026-11-21 "};
    int64_t t;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(utc_parse(span_str(good[i].text), &t));
        assert_int_equal(t, good[i].want);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (utc_parse(span_str(bad[i]), &t)) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_false(utc_parse(span_make("2026-11-21\0", 11), &t));
}

static void test_utc_people(void **state)
{
    (void)state;
    char text[UTC_TEXT];
    assert_string_equal(utc_people(1795255200, false, text), "21 Nov 2026, 15:30 IST");
    assert_string_equal(utc_people(1795255200, true, text), "21 नवंबर 2026, 15:30 IST");
    /* 18:30 UTC is midnight of the next day in India, here of the next year. */
    assert_string_equal(utc_people(1798741800, false, text), "1 Jan 2027, 00:00 IST");
    assert_string_equal(utc_people(UTC_NONE, false, text), "");
    assert_string_equal(utc_rfc3339(UTC_NONE, text), "");
    assert_string_equal(utc_rfc3339(-1, text), "1969-12-31T23:59:59Z");
}

/* ---- DER ------------------------------------------------------------------------------------- */

/* Whatever the bytes: a value lies inside the input, and what is left follows it. */
static void test_der_inside(void **state)
{
    (void)state;
    for (int i = 0; i < 300000; i++) {
        uint8_t bytes[48];
        size_t n = random_below(sizeof bytes + 1);
        for (size_t k = 0; k < n; k++) {
            bytes[k] = (uint8_t)random64();
        }
        if (n > 1 && random_below(2)) {
            bytes[1] = (uint8_t)random_below(0x86);
        }
        /* A heap copy of exactly this size, so that a sanitizer sees a read past its end. */
        uint8_t *exact = mem_alloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, bytes, n);
        struct span in = span_make(exact, n), before = in;
        struct der d;
        while (der_next(&in, &d)) {
            assert_ptr_equal(d.whole.p, before.p);
            assert_true(d.body.p >= d.whole.p + 2);
            assert_ptr_equal(d.body.p + d.body.n, d.whole.p + d.whole.n);
            assert_ptr_equal(in.p, d.whole.p + d.whole.n);
            assert_int_equal(in.n, before.n - d.whole.n);
            int64_t v;
            uint32_t flags;
            bool b;
            struct span octets;
            (void)!der_small_int(&d, &v);
            (void)!der_bits_flags(&d, &flags);
            (void)!der_bits_octets(&d, &octets);
            (void)!der_bool(&d, &b);
            (void)!der_time(&d, &v);
            before = in;
        }
        assert_ptr_equal(in.p, before.p);
        mem_free(exact);
    }
}

static struct der one_value(const char *bytes, size_t n)
{
    struct span in = span_make(bytes, n);
    struct der d;
    assert_true(der_next(&in, &d));
    assert_int_equal(in.n, 0);
    return d;
}

#define VALUE(s) one_value("" s "", sizeof(s) - 1)

static void test_der_lengths(void **state)
{
    (void)state;
    struct der d = VALUE("\x04\x82\x00\x01x");
    assert_false(d.minimal);
    d = VALUE("\x04\x81\x01x");
    assert_false(d.minimal);
    d = VALUE("\x04\x01x");
    assert_true(d.minimal);
    static const struct {
        const char *bytes;
        size_t n;
    } refused[] = {{"\x30\x80\x00\x00", 4},              /* indefinite */
                   {"\x1f\x81\x00\x00", 4},              /* high tag number */
                   {"\x04\x02x", 3},                     /* cut off */
                   {"\x04\x85\x00\x00\x00\x00\x01x", 8}, /* five octets of length */
                   {"\x04\x84\xff\xff\xff\xffx", 7},     /* longer than the input */
                   {"\x04", 1}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct span in = span_make(refused[i].bytes, refused[i].n);
        assert_false(der_next(&in, &d));
        assert_int_equal(in.n, refused[i].n);
    }
    assert_false(der_only(SPAN_LIT("\x05\x00\x00"), DER_NULL, &d));
    assert_true(der_only(SPAN_LIT("\x05\x00"), DER_NULL, &d));
}

/* Every 64-bit number, written as a minimal INTEGER, is read back. */
static void test_der_integers(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        int64_t v = (int64_t)(random64() >> random_below(64)), got;
        v = random_below(2) ? v : -v;
        uint8_t bytes[10] = {DER_INTEGER, 8};
        for (int k = 0; k < 8; k++) {
            bytes[2 + k] = (uint8_t)((uint64_t)v >> (56 - 8 * k));
        }
        struct span in = span_make(bytes, sizeof bytes);
        struct der d;
        assert_true(der_next(&in, &d));
        assert_true(der_small_int(&d, &got));
        assert_int_equal(got, v);
    }
    int64_t v;
    struct der d = VALUE("\x02\x01\xff");
    assert_true(der_small_int(&d, &v));
    assert_int_equal(v, -1);
    d = VALUE("\x02\x00");
    assert_false(der_small_int(&d, &v));
    d = VALUE("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff");
    assert_false(der_small_int(&d, &v));
}

static void test_der_time(void **state)
{
    (void)state;
    int64_t t;
    struct der d = VALUE("\x17\x0d"
                         "261121100000Z");
    assert_true(der_time(&d, &t));
    assert_int_equal(t, 1795255200);
    d = VALUE("\x17\x0d"
              "500101000000Z"); /* RFC 5280 4.1.2.5.1: 50 is 1950 */
    assert_true(der_time(&d, &t));
    assert_int_equal(t, -631152000);
    d = VALUE("\x18\x13"
              "20261121100000.123Z");
    assert_true(der_time(&d, &t));
    assert_int_equal(t, 1795255200);
    d = VALUE("\x18\x13"
              "20261121153000+0530");
    assert_true(der_time(&d, &t));
    assert_int_equal(t, 1795255200);
    static const char *const bad[] = {"26112110000Z",  "261321100000Z", "261121100000",
                                      "2611211000xxZ", "261121250000Z", "261121100000Z "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        d = (struct der){.tag = DER_UTC_TIME, .body = span_str(bad[i])};
        if (der_time(&d, &t)) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
}

static void test_der_text(void **state)
{
    (void)state;
    struct arena *a = arena_new(65536);
    struct der d = VALUE("\x1e\x06\x09\x38\x09\x24\x00\x41");
    assert_string_equal(der_text(a, &d), "सतA");
    d = VALUE("\x1e\x04\xd8\x3d\xde\x00");
    assert_string_equal(der_text(a, &d), "\xf0\x9f\x98\x80");
    d = VALUE("\x0c\x03"
              "a\x1b\xff");
    assert_string_equal(der_text(a, &d), "a\xef\xbf\xbd\xef\xbf\xbd");
    d = VALUE("\x1e\x02\xd8\x3d"); /* half a pair */
    assert_string_equal(der_text(a, &d), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    arena_free(a);
}

/* ---- OID ------------------------------------------------------------------------------------- */

static void test_oid_table(void **state)
{
    (void)state;
    static const char *const dotted[] = {
        "",
#define OID(id, dotted, name) dotted,
#include "asn1/oid.def"
#undef OID
    };
    struct arena *a = arena_new((size_t)1 << 20);
    for (int i = 1; i < OID_COUNT; i++) {
        struct span body = oid_body((enum oid)i);
        assert_true(body.n > 0);
        assert_int_equal(oid_lookup(body), i);
        assert_string_equal(oid_dotted(a, body), dotted[i]);
        assert_true(oid_is(body, dotted[i]));
        assert_true(oid_below(body, dotted[i]));
        /* One octet less or more is another identifier. */
        assert_int_not_equal(oid_lookup(span_sub(body, 0, body.n - 1)), i);
    }
    assert_int_equal(oid_lookup(SPAN_NONE), OID_UNKNOWN);
    assert_int_equal(oid_lookup(SPAN_LIT("\x2a\x03")), OID_UNKNOWN);
    assert_string_equal(oid_dotted(a, SPAN_LIT("\x88\x37\x01")), "2.999.1");
    assert_string_equal(oid_dotted(a, SPAN_LIT("\x2a\x86")), "malformed OID");
    assert_true(oid_below(SPAN_LIT("\x2a\x03\x04"), "1.2.3"));
    assert_false(oid_below(SPAN_LIT("\x2a\x03"), "1.2.3.4"));
    arena_free(a);
}

/* ---- hash ------------------------------------------------------------------------------------ */

static void test_hash(void **state)
{
    (void)state;
    uint8_t digest[SHA256_SIZE], back[SHA256_SIZE];
    char hex[SHA256_HEX];
    /* FIPS 180-4 examples */
    assert_int_equal(hash_sha256(SPAN_LIT("abc"), digest), 0);
    assert_string_equal(hash_hex(span_make(digest, sizeof digest), false, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hash_sha256(SPAN_NONE, digest), 0);
    assert_string_equal(hash_hex(span_make(digest, sizeof digest), false, hex),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_true(hash_unhex(hex, back, sizeof back));
    assert_memory_equal(back, digest, sizeof digest);
    assert_true(hash_unhex(hash_hex(span_make(digest, sizeof digest), true, hex), back, 32));
    assert_memory_equal(back, digest, sizeof digest);
    assert_false(hash_unhex("0", back, 1));
    assert_false(hash_unhex("001", back, 1));
    assert_false(hash_unhex("0g", back, 1));
}

/* ---- findings -------------------------------------------------------------------------------- */

/* Strict UTF-8 without control characters, judged independently of the code under test. */
static bool displayable(const char *s)
{
    const uint8_t *p = (const uint8_t *)s;
    while (*p) {
        uint32_t c = *p++;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xc2) || c > 0xf4) {
            return false;
        }
        c &= more == 3 ? 0x07 : more == 2 ? 0x0f : more == 1 ? 0x1f : 0x7f;
        for (int i = 0; i < more; i++) {
            if ((*p & 0xc0) != 0x80) {
                return false;
            }
            c = c << 6 | (*p++ & 0x3f);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ||
            (c >= 0x80 && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
            (c >= 0x2066 && c <= 0x2069)) {
            return false;
        }
    }
    return true;
}

static void test_clean_text(void **state)
{
    (void)state;
    struct arena *a = arena_new((size_t)256 << 20);
    for (int i = 0; i < 50000; i++) {
        uint8_t bytes[24];
        size_t n = random_below(sizeof bytes);
        for (size_t k = 0; k < n; k++) {
            static const uint8_t lead[] = {0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0x80, 0xa6};
            bytes[k] = random_below(2) ? (uint8_t)random64() : lead[random_below(sizeof lead)];
        }
        char *text = finding_clean_text(a, span_make(bytes, n));
        assert_non_null(text);
        assert_true(displayable(text));
        /* Clean text stays as it is. */
        assert_string_equal(finding_clean_text(a, span_str(text)), text);
    }
    assert_string_equal(finding_clean_text(a, span_str("सत्यापन ok")), "सत्यापन ok");
    assert_string_equal(finding_clean_text(a, SPAN_LIT("a\xe2\x80\xae"
                                                       "b")),
                        "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                        "b");
    arena_free(a);
}

static void test_findings(void **state)
{
    (void)state;
    struct arena *a = arena_new((size_t)1 << 20);
    struct sp_findings list;
    findings_init(&list);
    assert_false(finding_has(&list, SP_ENGINE_CRASH));
    finding_add(a, &list, SP_ENGINE_CRASH, "document", "{0}\x07", NULL);
    finding_add(a, &list, SP_ENGINE_MEMORY, "sig[0]", NULL);
    assert_int_equal(list.count, 2);
    assert_true(finding_has(&list, SP_ENGINE_CRASH));
    assert_int_equal(list.first->next->reason, SP_ENGINE_MEMORY);
    /* An argument is text, never a template. */
    assert_non_null(strstr(list.first->text, "({0}\xef\xbf\xbd)"));
    /* A list that cannot grow counts a failure instead of losing a fact in silence. */
    struct arena *small = arena_new(8);
    uint64_t before = mem_failures();
    finding_add(small, &list, SP_ENGINE_LIMIT, "document", "1 MB", NULL);
    assert_true(mem_failures() > before);
    assert_false(finding_has(&list, SP_ENGINE_LIMIT));
    arena_free(small);
    arena_free(a);
}

/* The table of reasons: codes are unique, and each can be found again. */
static void test_reasons(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SP_REASON_COUNT; i++) {
        const struct sp_reason_row *row = sp_reason_row((enum sp_reason)i);
        assert_int_equal(sp_reason_by_code(row->code), i);
        assert_true(row->text[0] && row->text_hi[0] && row->cite[0]);
        assert_true(displayable(row->text) && displayable(row->text_hi));
        assert_true(displayable(row->hint) && displayable(row->hint_hi));
        /* Hindi text is Hindi: it holds Devanagari (U+0900..U+097F). */
        assert_non_null(strstr(row->text_hi, "\xe0\xa4"));
        assert_true(row->level == SP_LEVEL_INFO || (row->hint[0] && row->hint_hi[0]));
        assert_int_equal(row->effect == SP_EFFECT_NONE, row->subindication == NULL);
        for (int k = 0; k < 4; k++) {
            char mark[4] = {'{', (char)('0' + k), '}', 0};
            assert_int_equal(strstr(row->text, mark) != NULL, strstr(row->text_hi, mark) != NULL);
        }
    }
    assert_int_equal(sp_reason_by_code("no.such-code"), SP_REASON_COUNT);
}

/* ---- numbers, templates ---------------------------------------------------------------------- */

static void test_number(void **state)
{
    static const char *const wrong[] = {"",
                                        " 5",
                                        "5 ",
                                        "+5",
                                        "-5",
                                        "5x",
                                        "0x5",
                                        "5.0",
                                        "9",
                                        "2",
                                        "9223372036854775808",
                                        "99999999999999999999999999",
                                        "\xe0\xa5\xab"};
    (void)state;
    int64_t n = -7;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(number_read(wrong[i], 3, 8, &n));
    }
    assert_false(number_read(NULL, 3, 8, &n));
    assert_int_equal(n, -7);
    assert_true(number_read("3", 3, 8, &n) && n == 3);
    assert_true(number_read("08", 3, 8, &n) && n == 8);
    assert_true(number_read("9223372036854775807", 0, INT64_MAX, &n) && n == INT64_MAX);
}

static void test_template(void **state)
{
    static const char *const args[] = {"a", NULL, "{0}"};
    (void)state;
    struct arena *a = arena_new(1 << 16);
    assert_string_equal(template_fill(a, "{0}{0}-{1}-{3}", args, 3, "?"), "aa-?-?");
    assert_string_equal(template_fill(a, "{2}", args, 3, "?"), "{0}"); /* no place in an argument */
    assert_string_equal(template_fill(a, "{4} {0 } {", args, 3, "?"), "{4} {0 } {");
    assert_string_equal(template_fill(a, "{0}", NULL, 0, ""), "");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span),         cmocka_unit_test(test_arena_pieces),
        cmocka_unit_test(test_arena_cap),    cmocka_unit_test(test_arena_defer),
        cmocka_unit_test(test_arena_grow),   cmocka_unit_test(test_buffer),
        cmocka_unit_test(test_buffer_text),  cmocka_unit_test(test_utc_round_trip),
        cmocka_unit_test(test_utc_parse),    cmocka_unit_test(test_utc_people),
        cmocka_unit_test(test_der_inside),   cmocka_unit_test(test_der_lengths),
        cmocka_unit_test(test_der_integers), cmocka_unit_test(test_der_time),
        cmocka_unit_test(test_der_text),     cmocka_unit_test(test_oid_table),
        cmocka_unit_test(test_hash),         cmocka_unit_test(test_clean_text),
        cmocka_unit_test(test_findings),     cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_number),       cmocka_unit_test(test_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
