/*
 * test_cert - the certificate reader: what it reads, and that damage never reads as a certificate
 * OpenSSL would see differently.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "asn1/cert.h"
#include "asn1/name.h"
#include "mint.h"
#include "satyapan/verify.h"

static EVP_PKEY *key;

static struct span sample(struct arena *a)
{
    return mint_certificate(a, &(struct mint_cert){.subject = "Asha, \"A\" #1",
                                                   .issuer = "Test CA",
                                                   .key = key,
                                                   .issuer_key = key,
                                                   .serial = 0x8001,
                                                   .eku = OID_EKU_EMAIL_PROTECTION,
                                                   .crl = "http://crl.test/ca.crl"});
}

static void reads_fields(void **state)
{
    struct arena *a = arena_new(1 << 22);
    struct cert *c;
    const char *why, *uri[2];
    struct sp_certificate d;
    (void)state;
    assert_int_equal(cert_parse(a, sample(a), "test", &c, &why), 0);
    assert_non_null(c);
    assert_int_equal(cert_describe(a, c, &d), 0);
    assert_string_equal(d.subject, "CN=Asha\\, \\\"A\\\" #1,C=IN");
    assert_string_equal(d.common_name, "Asha, \"A\" #1");
    assert_string_equal(d.serial, "8001");
    assert_null(d.organization);
    assert_int_equal(c->key_usage, USAGE_DIGITAL_SIGNATURE | USAGE_NON_REPUDIATION);
    assert_true(cert_has_eku(c, OID_EKU_EMAIL_PROTECTION));
    assert_false(cert_has_eku(c, OID_EKU_CODE_SIGNING));
    assert_int_equal(cert_uris(a, c, OID_EXT_CDP, uri, 2), 1);
    assert_string_equal(uri[0], "http://crl.test/ca.crl");
    assert_int_equal(cert_key_bits(c), 256);
    assert_int_equal(c->not_after, MINT_NOW + 365 * MINT_DAY);
    assert_null(c->ext_error);
    arena_free(a);
}

static void refuses_trailing_and_truncated(void **state)
{
    struct arena *a = arena_new(1 << 26);
    struct cert *c;
    const char *why;
    struct span der = sample(a), longer = TLV(a, 0, der, SPAN_LIT("x"));
    (void)state;
    longer = span_sub(longer, longer.n - der.n - 1, der.n + 1);
    assert_int_equal(cert_parse(a, longer, "test", &c, &why), 0);
    assert_null(c);
    for (size_t n = 0; n < der.n; n++) {
        assert_int_equal(cert_parse(a, span_sub(der, 0, n), "test", &c, &why), 0);
        assert_null(c);
        assert_non_null(why);
    }
    arena_free(a);
}

/* Whatever one changed octet does: if both readers accept it, they agree about serial and dates. */
static void agrees_with_libcrypto(void **state)
{
    struct arena *keep = arena_new(1 << 22);
    struct span der = sample(keep);
    size_t both = 0;
    (void)state;
    for (size_t i = 0; i < der.n; i++) {
        struct arena *a = arena_new(1 << 22);
        uint8_t *p = arena_alloc(a, der.n);
        struct cert *c;
        const char *why;
        assert_non_null(p);
        memcpy(p, der.p, der.n);
        p[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(cert_parse(a, span_make(p, der.n), "test", &c, &why), 0);
        X509 *x = c ? cert_x509(c) : NULL;
        if (x) {
            const ASN1_INTEGER *n = X509_get0_serialNumber(x);
            BIGNUM *ours = BN_bin2bn(c->serial.p, (int)c->serial.n, NULL);
            BIGNUM *theirs = ASN1_INTEGER_to_BN(n, NULL);
            assert_true((c->serial.p[0] & 0x80) || BN_cmp(ours, theirs) == 0);
            struct tm tm;
            assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm), 1);
            assert_int_equal(timegm(&tm), c->not_after);
            BN_free(ours);
            BN_free(theirs);
            both++;
        }
        arena_free(a);
    }
    assert_true(both > der.n / 4);
    arena_free(keep);
}

static struct span name_of_type(struct arena *a, int tag, struct span text)
{
    return TLV(
        a, DER_SEQUENCE,
        TLV(a, DER_SET, TLV(a, DER_SEQUENCE, mint_oid(a, OID_AT_ORGANIZATION), TLV(a, tag, text))));
}

/* RFC 5280 7.1: case, white space and string type do not matter; other letters do. */
static void compares_names(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct span base =
        name_canonical(a, name_of_type(a, DER_UTF8_STRING, SPAN_LIT("Test  CA Limited")));
    struct span same[] = {
        name_of_type(a, DER_PRINTABLE_STRING, SPAN_LIT(" test ca  LIMITED ")),
        name_of_type(a, DER_T61_STRING, SPAN_LIT("TEST CA limited")),
        name_of_type(a, DER_BMP_STRING, SPAN_LIT("\0T\0e\0s\0t\0 \0C\0A\0 \0L\0i\0m\0i\0t\0e\0d")),
    };
    struct span other[] = {name_of_type(a, DER_UTF8_STRING, SPAN_LIT("TestCA Limited")),
                           name_of_type(a, DER_UTF8_STRING, SPAN_LIT("Test CA Limite")),
                           name_of_type(a, DER_OCTET_STRING, SPAN_LIT("Test CA Limited"))};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(span_eq(base, name_canonical(a, same[i])));
        assert_false(span_eq(base, name_canonical(a, other[i])));
    }
    arena_free(a);
}

static void notes_duplicate_and_malformed(void **state)
{
    struct arena *a = arena_new(1 << 22);
    struct cert *c;
    const char *why;
    struct mint_cert m = {
        .subject = "x", .issuer = "y", .key = key, .issuer_key = key, .serial = 1};
    (void)state;
    m.more = mint_ext(a, OID_EXT_KEY_USAGE, false, SPAN_LIT("\x03\x02\x00\x80"));
    assert_int_equal(cert_parse(a, mint_certificate(a, &m), "test", &c, &why), 0);
    assert_true(c && c->duplicate_ext);
    m.more = mint_ext(a, OID_EXT_EKU, false, SPAN_LIT("\x30\x00"));
    assert_int_equal(cert_parse(a, mint_certificate(a, &m), "test", &c, &why), 0);
    assert_true(c && c->ext_error && strcmp(c->ext_error, "extendedKeyUsage") == 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_fields),
        cmocka_unit_test(refuses_trailing_and_truncated),
        cmocka_unit_test(agrees_with_libcrypto),
        cmocka_unit_test(compares_names),
        cmocka_unit_test(notes_duplicate_and_malformed),
    };
    if (sp_init()) {
        return 70;
    }
    key = mint_key();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(key);
    return failed;
}
