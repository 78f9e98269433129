/*
 * test_strength - until when algorithms count, and that every part of the program asks one table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "asn1/key.h"
#include "asn1/strength.h"
#include "chain/sigcheck.h"
#include "mint.h"
#include "policy/facts.h"
#include "satyapan/verify.h"

#define END_2003 ((int64_t)1072915199)
#define END_2011 ((int64_t)1325375999)
#define END_2030 ((int64_t)1924991999)
#define Y2100    ((int64_t)4102444800)

static const enum oid digests[] = {OID_MD5,    OID_SHA1,   OID_SHA224,   OID_SHA256,
                                   OID_SHA384, OID_SHA512, OID_SHA3_256, OID_UNKNOWN};

static void digest_rows(void **state)
{
    static const int64_t last_good[] = {END_2003,      END_2011,      END_2030,      INT64_MAX - 1,
                                        INT64_MAX - 1, INT64_MAX - 1, INT64_MAX - 1, 0};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof digests / sizeof *digests; i++) {
        assert_true(policy_digest_ok(digests[i], last_good[i]));
        assert_int_equal(policy_digest_ok(digests[i], last_good[i] + 1), 0);
    }
    assert_int_equal(strength_digest_until(OID_UNKNOWN), STRENGTH_NEVER);
}

/* The signature algorithms of certificates, CRLs and OCSP answers end with their digests. */
static void signatures_follow_digests(void **state)
{
    static const struct {
        enum oid signature, digest;
    } pairs[] = {{OID_RSA_MD5, OID_MD5},       {OID_RSA_SHA1, OID_SHA1},
                 {OID_RSA_SHA224, OID_SHA224}, {OID_RSA_SHA256, OID_SHA256},
                 {OID_ECDSA_SHA1, OID_SHA1},   {OID_ECDSA_SHA384, OID_SHA384},
                 {OID_RSA_SHA512, OID_SHA512}};
    struct arena *a = arena_new(1 << 16);
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct span alg = TLV(a, DER_SEQUENCE, mint_oid(a, pairs[i].signature));
        int64_t until = strength_digest_until(pairs[i].digest);
        assert_int_equal(strength_signature_until(alg), until);
        assert_false(signature_weak(alg, until - 1));
        assert_true(signature_weak(alg, until));
    }
    struct span dsa = TLV(a, DER_SEQUENCE, mint_oid(a, OID_DSA_SHA256));
    assert_false(signature_weak(dsa, END_2011));
    assert_true(signature_weak(dsa, END_2011 + 1));
    assert_false(signature_weak(TLV(a, DER_SEQUENCE, mint_oid(a, OID_ED25519)), Y2100));
    arena_free(a);
}

static int64_t key_until(EVP_PKEY *key, unsigned rsa, unsigned ec)
{
    int64_t until = strength_key_until(key, rsa, ec);
    EVP_PKEY_free(key);
    return until;
}

static void key_rows(void **state)
{
    (void)state;
    assert_int_equal(key_until(EVP_RSA_gen(512), 0, 0), STRENGTH_NEVER);
    assert_int_equal(key_until(EVP_RSA_gen(1024), 0, 0), END_2011 + 1);
    assert_int_equal(key_until(EVP_RSA_gen(2048), 2048, 256), STRENGTH_FOREVER);
    assert_int_equal(key_until(EVP_RSA_gen(2048), 3072, 256), END_2011 + 1);
    assert_int_equal(key_until(EVP_EC_gen("P-224"), 2048, 224), END_2030 + 1);
    assert_int_equal(key_until(EVP_EC_gen("P-224"), 2048, 256), END_2011 + 1);
    assert_int_equal(key_until(EVP_EC_gen("P-256"), 2048, 256), STRENGTH_FOREVER);
    assert_int_equal(key_until(EVP_EC_gen("P-256"), 2048, 384), END_2011 + 1);
    assert_int_equal(key_until(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 2048, 384),
                     STRENGTH_FOREVER);
}

/* Whatever is sent is its own signature by such a key. */
static void exponent_one(void **state)
{
    EVP_PKEY *usual = EVP_RSA_gen(2048);
    BIGNUM *n = NULL, *one = BN_new();
    unsigned bits;
    (void)state;
    assert_true(EVP_PKEY_get_bn_param(usual, OSSL_PKEY_PARAM_RSA_N, &n) == 1 && BN_one(one) == 1);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    assert_true(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
                OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, one) == 1);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    uint8_t *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    assert_true(size > 0 && !key_rsa_bits(span_make(der, (size_t)size), &bits));
    assert_int_equal(key_until(key, 2048, 256), STRENGTH_NEVER);
    OPENSSL_free(der);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(one);
    EVP_PKEY_free(usual);
}

static void every_row_is_sourced(void **state)
{
    struct strength_row row;
    size_t n = 0;
    (void)state;
    while (strength_row(n, &row)) {
        assert_true(row.name && *row.name && row.source && *row.source);
        n++;
    }
    assert_true(n > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_rows),
        cmocka_unit_test(signatures_follow_digests),
        cmocka_unit_test(key_rows),
        cmocka_unit_test(exponent_one),
        cmocka_unit_test(every_row_is_sourced),
    };
    return sp_init() ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
