/*
 * key - see key.h. RFC 3279 2.3.1 (RSA), RFC 5480 2.1.1 (named curves), with uncompressed points.
 *
 * libcrypto checks that a point lies on its curve; that an RSA modulus is a product of two primes
 * nobody can check.
 */
#include "asn1/key.h"

#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "asn1/der.h"
#include "asn1/oid.h"

enum { RSA_OCTETS_MIN = 64, RSA_OCTETS_MAX = 2048, EXPONENT_OCTETS_MAX = 8, POINT_MAX = 133 };

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return key;
}

/* Octets of a positive INTEGER in the machine's order, as OSSL_PARAM wants numbers. */
static bool native_number(const struct der *d, uint8_t *out, size_t max, size_t *n)
{
    bool negative;
    struct span s = der_uint(d, &negative);
    if (negative || s.n == 0 || s.n > max) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        out[i] = s.p[s.n - 1 - i];
#else
        out[i] = s.p[i];
#endif
    }
    *n = s.n;
    return true;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent }. */
static EVP_PKEY *rsa_key(struct span bits)
{
    struct der seq, modulus, exponent;
    uint8_t n[RSA_OCTETS_MAX], e[EXPONENT_OCTETS_MAX];
    size_t n_size, e_size;
    if (!der_only(bits, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_INTEGER, &modulus) ||
        !der_expect(&seq.body, DER_INTEGER, &exponent) || seq.body.n ||
        !native_number(&modulus, n, sizeof n, &n_size) || n_size < RSA_OCTETS_MIN ||
        !native_number(&exponent, e, sizeof e, &e_size)) {
        return NULL;
    }
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, n_size),
                           OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, e_size),
                           OSSL_PARAM_construct_end()};
    return from_params("RSA", params);
}

static EVP_PKEY *ec_key(struct span parameters, struct span point)
{
    struct der curve;
    char group[8];
    uint8_t octets[POINT_MAX];
    if (!der_only(parameters, DER_OID, &curve) || point.n == 0 || point.n > sizeof octets ||
        point.p[0] != 4) {
        return NULL;
    }
    enum oid id = oid_lookup(curve.body);
    if (id != OID_CURVE_P256 && id != OID_CURVE_P384 && id != OID_CURVE_P521) {
        return NULL;
    }
    (void)snprintf(group, sizeof group, "%s", oid_name(id));
    memcpy(octets, point.p, point.n);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, point.n),
        OSSL_PARAM_construct_end()};
    return from_params("EC", params);
}

/* The algorithm's parameters and the octets of the key. */
static bool split(struct span spki, enum oid *kind, struct span *parameters, struct span *octets)
{
    struct der seq, alg, id, bits;
    if (!der_only(spki, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_SEQUENCE, &alg) ||
        !der_expect(&seq.body, DER_BIT_STRING, &bits) || seq.body.n ||
        !der_expect(&alg.body, DER_OID, &id) || !der_bits_octets(&bits, octets)) {
        return false;
    }
    *kind = oid_lookup(id.body);
    *parameters = alg.body;
    return true;
}

bool key_rsa_bits(struct span spki, unsigned *bits)
{
    enum oid kind;
    struct span parameters, octets;
    struct der seq, modulus, exponent;
    bool n_negative, e_negative;
    if (!split(spki, &kind, &parameters, &octets) || kind != OID_RSA ||
        !der_only(octets, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_INTEGER, &modulus) ||
        !der_expect(&seq.body, DER_INTEGER, &exponent) || seq.body.n) {
        return false;
    }
    struct span n = der_uint(&modulus, &n_negative), e = der_uint(&exponent, &e_negative);
    if (n_negative || e_negative || n.n < RSA_OCTETS_MIN || n.n > RSA_OCTETS_MAX || e.n == 0 ||
        e.n > EXPONENT_OCTETS_MAX || !(n.p[n.n - 1] & 1) || !(e.p[e.n - 1] & 1) ||
        (e.n == 1 && e.p[0] == 1)) {
        return false;
    }
    unsigned top = 8;
    while (top > 1 && !(n.p[0] >> (top - 1))) {
        top--;
    }
    *bits = (unsigned)(n.n - 1) * 8 + top;
    return true;
}

EVP_PKEY *key_from_spki(struct span spki)
{
    enum oid kind;
    struct span parameters, octets;
    if (!split(spki, &kind, &parameters, &octets)) {
        return NULL;
    }
    switch (kind) {
    case OID_RSA:
        return rsa_key(octets);
    case OID_EC:
        return ec_key(parameters, octets);
    default:
        return NULL;
    }
}
