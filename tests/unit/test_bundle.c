/*
 * test_bundle - records come back as they were written; every cut and every changed length is
 * noticed or harmless.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/bundle.h"

static const struct bundle_record good[] = {
    {.type = BUNDLE_OBJECT,
     .kind = SP_EVIDENCE_CRL,
     .text = {"fetched: http://crl.test/a.crl"},
     .data = {(const uint8_t *)"list", 4},
     .index = {(const uint8_t *)"index", 5}},
    {.type = BUNDLE_ATTEMPT, .kind = SP_EVIDENCE_CERT, .text = {"http://ca.test/", NULL, "404"}},
    {.type = BUNDLE_ATTEMPT, .kind = SP_EVIDENCE_OCSP, .text = {"http://ocsp.test/", "MEkw", NULL}},
    {.type = BUNDLE_OBJECT,
     .kind = SP_EVIDENCE_CERT,
     .text = {"fetched: http://ca.test/"},
     .data = {(const uint8_t *)"\0\xff", 2}},
};

enum { GOOD = sizeof good / sizeof *good };

/* The bytes of a bundle, in memory of its own size so that a read past it is seen. */
static struct span write_all(const struct bundle_record *records, size_t count)
{
    int fd = memfd_create("bundle", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(bundle_start(fd), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bundle_write(fd, &records[i]), 0);
    }
    off_t n = lseek(fd, 0, SEEK_END);
    uint8_t *p = malloc((size_t)n);
    assert_non_null(p);
    assert_int_equal(pread(fd, p, (size_t)n, 0), n);
    (void)close(fd);
    return span_make(p, (size_t)n);
}

static void release(struct span s)
{
    void *p;
    memcpy(&p, &s.p, sizeof p);
    free(p);
}

static void same_text(const char *a, const char *b)
{
    if (a && b) {
        assert_string_equal(a, b);
    } else {
        assert_true(a == b);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    struct span whole = write_all(good, GOOD), rest;
    struct bundle_record r;
    assert_true(bundle_open(whole, &rest));
    for (size_t i = 0; i < GOOD; i++) {
        assert_true(bundle_next(&rest, &r));
        assert_int_equal(r.type, good[i].type);
        assert_int_equal(r.kind, good[i].kind);
        for (size_t k = 0; k < 3; k++) {
            same_text(r.text[k], good[i].text[k]);
        }
        assert_true(r.data.n == good[i].data.n && r.index.n == good[i].index.n);
        assert_true(r.data.n == 0 || span_eq(r.data, good[i].data));
        assert_true(r.index.n == 0 || span_eq(r.index, good[i].index));
    }
    assert_false(bundle_next(&rest, &r));
    assert_int_equal(rest.n, 0);
    release(whole);
}

static void test_wants(void **state)
{
    (void)state;
    const struct bundle_record want = {.type = BUNDLE_WANT,
                                       .kind = SP_EVIDENCE_OCSP,
                                       .group = 31,
                                       .number = SP_NO_TIME,
                                       .text = {"http://ocsp.test/", "MEkw", "CN=A"}};
    struct span whole = write_all(&want, 1), rest;
    struct bundle_record r;
    struct sp_evidence e = {0};
    assert_true(bundle_open(whole, &rest) && bundle_next(&rest, &r));
    assert_int_equal(r.group, 31);
    assert_true(r.number == SP_NO_TIME);
    assert_int_equal(bundle_add_to(whole, &e), 1); /* a want is no evidence */
    sp_evidence_clear(&e);
    release(whole);
}

static void test_evidence(void **state)
{
    (void)state;
    struct span whole = write_all(good, GOOD);
    struct sp_evidence e = {0};
    assert_int_equal(bundle_add_to(whole, &e), 0);
    assert_int_equal(e.count, 2);
    assert_int_equal(e.attempt_count, 2);
    assert_int_equal(e.blobs[0].index_size, 5);
    assert_string_equal(e.blobs[1].source, "fetched: http://ca.test/");
    assert_null(e.attempts[1].failed);
    sp_evidence_clear(&e);
    release(whole);
}

/* What the reader is for: wherever the bytes end, nothing is read past them. */
static void test_cut(void **state)
{
    (void)state;
    struct span whole = write_all(good, GOOD);
    size_t complete = 0;
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *p = malloc(n ? n : 1);
        struct sp_evidence e = {0};
        assert_non_null(p);
        memcpy(p, whole.p, n);
        int rc = bundle_add_to(span_make(p, n), &e);
        complete += rc == 0; /* cut between two records */
        assert_true(rc == 0 || rc == 1);
        sp_evidence_clear(&e);
        free(p);
    }
    assert_int_equal(complete, GOOD);
    release(whole);
}

/* Any octet of the heads changed: refused, or another record of the same bytes. */
static void test_changed(void **state)
{
    (void)state;
    struct span whole = write_all(good, GOOD);
    for (size_t i = 0; i < whole.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint8_t *p = malloc(whole.n);
            struct sp_evidence e = {0};
            assert_non_null(p);
            memcpy(p, whole.p, whole.n);
            p[i] ^= (uint8_t)(1U << bit);
            int rc = bundle_add_to(span_make(p, whole.n), &e);
            assert_true(rc == 0 || rc == 1);
            for (size_t k = 0; k < e.count; k++) {
                assert_true(e.blobs[k].bytes >= p &&
                            e.blobs[k].bytes + e.blobs[k].size <= p + whole.n);
            }
            sp_evidence_clear(&e);
            free(p);
        }
    }
    release(whole);
}

/* An anchor must never come this way, nor an attempt without address. */
static void test_refused(void **state)
{
    (void)state;
    static const struct bundle_record bad[] = {
        {.type = BUNDLE_OBJECT,
         .kind = SP_EVIDENCE_ANCHOR,
         .text = {"x"},
         .data = {(const uint8_t *)"a", 1}},
        {.type = BUNDLE_OBJECT,
         .kind = SP_EVIDENCE_DISTRUSTED,
         .text = {"x"},
         .data = {(const uint8_t *)"a", 1}},
        {.type = BUNDLE_OBJECT, .kind = SP_EVIDENCE_CRL, .text = {"x"}},
        {.type = BUNDLE_OBJECT, .kind = SP_EVIDENCE_CRL, .data = {(const uint8_t *)"a", 1}},
        {.type = BUNDLE_OBJECT,
         .kind = SP_EVIDENCE_OCSP,
         .text = {"x"},
         .data = {(const uint8_t *)"a", 1},
         .index = {(const uint8_t *)"a", 1}},
        {.type = BUNDLE_ATTEMPT, .kind = SP_EVIDENCE_CRL},
        {.type = BUNDLE_ATTEMPT, .kind = SP_EVIDENCE_CRL, .text = {"x", "MEkw"}},
        {.type = BUNDLE_ATTEMPT, .kind = SP_EVIDENCE_OCSP, .text = {"x"}},
        {.type = (enum bundle_type)'X', .kind = SP_EVIDENCE_CRL, .text = {"x"}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct span whole = write_all(&bad[i], 1);
        struct sp_evidence e = {0};
        assert_int_equal(bundle_add_to(whole, &e), 1);
        assert_int_equal(e.count + e.attempt_count, 0);
        sp_evidence_clear(&e);
        release(whole);
    }
    static char text[BUNDLE_TEXT_MAX + 1];
    memset(text, 'a', BUNDLE_TEXT_MAX);
    const struct bundle_record r = {
        .type = BUNDLE_ATTEMPT, .kind = SP_EVIDENCE_CRL, .text = {text}};
    assert_int_equal(bundle_write(-1, &r), -1);
    assert_int_equal(errno, EMSGSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_wants),
        cmocka_unit_test(test_evidence),   cmocka_unit_test(test_cut),
        cmocka_unit_test(test_changed),    cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
