/*
 * cert_key - the key of a device's certificate: what it is, how well it was made, and whether its
 * private half is public knowledge. See certificate.h.
 *
 * Lists name a key by its SubjectPublicKeyInfo, by the certificate it came with, or by one number
 * of it (badkeys, docs/BLOCKLISTFORMAT.md): encodings differ, the number does not.
 */
#include <openssl/core_names.h>
#include <openssl/sha.h>

#include "base/hash.h"
#include "tls/certificate.h"

enum { NUMBER_MAX = 2048, EXPONENT_BITS = 16 };

/* A number of the key, big-endian without leading zeros; 0 octets: it has none. */
static size_t number_of(EVP_PKEY *key, const char *name, uint8_t *out)
{
    BIGNUM *n = NULL;
    size_t size = 0;
    if (EVP_PKEY_get_bn_param(key, name, &n) && BN_num_bytes(n) <= NUMBER_MAX) {
        size = (size_t)BN_bn2bin(n, out);
    }
    BN_free(n);
    return size;
}

/* Ed25519 and the like: their octets, read as a number. */
static size_t octets_of(EVP_PKEY *key, uint8_t *out)
{
    size_t n = NUMBER_MAX, zeros = 0;
    if (EVP_PKEY_get_raw_public_key(key, out, &n) != 1) {
        return 0;
    }
    while (zeros < n && out[zeros] == 0) {
        zeros++;
    }
    memmove(out, out + zeros, n - zeros);
    return n - zeros;
}

/* What badkeys hashes of a key. */
static size_t badkeys_number(EVP_PKEY *key, uint8_t *out)
{
    return EVP_PKEY_is_a(key, "RSA")   ? number_of(key, OSSL_PKEY_PARAM_RSA_N, out)
           : EVP_PKEY_is_a(key, "EC")  ? number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, out)
           : EVP_PKEY_is_a(key, "DSA") ? number_of(key, OSSL_PKEY_PARAM_PUB_KEY, out)
                                       : octets_of(key, out);
}

static bool has_tiny_exponent(EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    bool tiny =
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) && BN_num_bits(e) <= EXPONENT_BITS;
    BN_free(e);
    return tiny;
}

static int judge_rsa(struct arena *a, EVP_PKEY *key, struct cert_facts *out)
{
    uint8_t modulus[NUMBER_MAX], digest[32];
    size_t n = number_of(key, OSSL_PKEY_PARAM_RSA_N, modulus);
    struct span m = span_make(modulus, n);
    if (n == 0) {
        return 0;
    }
    out->modulus = arena_dup(a, m);
    if (!out->modulus.p || hash_sha256(m, digest) < 0) {
        return -1;
    }
    hash_hex(span_make(digest, 32), false, out->modulus_sha256);
    out->roca = key_is_roca(m);
    out->fermat = key_has_close_primes(m);
    out->tiny_exponent = has_tiny_exponent(key);
    return 0;
}

/* On which list, if any. */
static int look_up(struct cert *c, EVP_PKEY *key, struct known_keys *known, struct cert_facts *out)
{
    uint8_t number[NUMBER_MAX], digest[32], sha1[SHA_DIGEST_LENGTH];
    if (hash_sha256(c->spki, digest) < 0) {
        return -1;
    }
    const struct known_key *row = known_keys_find(known, KNOWN_SPKI, digest);
    size_t n = key && !row ? badkeys_number(key, number) : 0;
    if (n && hash_sha256(span_make(number, n), digest) < 0) {
        return -1;
    }
    if (n && EVP_PKEY_is_a(key, "RSA")) {
        row = known_keys_find(known, KNOWN_MODULUS, digest);
    }
    row = row || n == 0 ? row : known_keys_find(known, KNOWN_BKHASH, digest);
    if (!row && EVP_Digest(c->der.p, c->der.n, sha1, NULL, EVP_sha1(), NULL) == 1) {
        row = known_keys_find(known, KNOWN_CERT, sha1);
    }
    if (row) {
        out->known = true;
        out->known_key = *row;
    }
    return 0;
}

int certificate_judge_key(struct arena *a, struct cert *c, struct known_keys *known,
                          struct cert_facts *out)
{
    uint8_t digest[32];
    EVP_PKEY *key = cert_key(c);
    out->kind = key ? EVP_PKEY_get0_type_name(key) : "unknown";
    out->bits = cert_key_bits(c);
    if (hash_sha256(c->spki, digest) < 0) {
        return -1;
    }
    hash_hex(span_make(digest, 32), false, out->spki_sha256);
    out->spki = hash_hex_str(a, c->spki, false);
    if (!out->spki || (key && EVP_PKEY_is_a(key, "RSA") && judge_rsa(a, key, out) < 0)) {
        return -1;
    }
    return look_up(c, key, known, out);
}
