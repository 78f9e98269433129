/*
 * strength - see strength.h. A new algorithm or another date is a row here and nowhere else.
 */
#include "asn1/strength.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "asn1/algorithm.h"

enum key_kind { KEY_RSA, KEY_EC, KEY_DSA };

/* 2004-01-01, 2012-01-01, 2031-01-01, each T00:00:00Z. */
#define UNTIL_2004 ((int64_t)1072915200)
#define UNTIL_2012 ((int64_t)1325376000)
#define UNTIL_2031 ((int64_t)1924992000)

#define CCA     "CCA: SHA-256 and RSA-2048 in certificates and signatures from 2012-01-01"
#define SUITES  "ETSI TS 119 312, clauses 5 and 6: recommended, no end set"
#define BITS112 "NIST SP 800-57 part 1 rev. 5, table 4: 112 bits of strength until the end of 2030"

static const struct {
    enum oid digest;
    int64_t until;
    const char *source;
} digests[] = {
    {OID_MD5, UNTIL_2004, "NIST SP 800-131A; collisions shown in 2004"},
    {OID_RIPEMD160, UNTIL_2012, "TS 119 312: not listed; taken as CCA takes SHA-1"},
    {OID_SHA1, UNTIL_2012, CCA},
    {OID_SHA224, UNTIL_2031, BITS112},
    {OID_SHA256, STRENGTH_FOREVER, SUITES},
    {OID_SHA384, STRENGTH_FOREVER, SUITES},
    {OID_SHA512, STRENGTH_FOREVER, SUITES},
    {OID_SHA512_256, STRENGTH_FOREVER, SUITES},
    {OID_SHA3_256, STRENGTH_FOREVER, SUITES},
    {OID_SHA3_384, STRENGTH_FOREVER, SUITES},
    {OID_SHA3_512, STRENGTH_FOREVER, SUITES},
    {OID_SHAKE256, STRENGTH_FOREVER, "RFC 8419, 8702"},
    {OID_SHAKE256_LEN, STRENGTH_FOREVER, "RFC 8419, 8702"},
};

/* Of the rows of a kind the one with the most bits that the key has counts. RSA-2048 has no end
 * though it has 112 bits too: CCA's order sets none, and a policy may ask for more. */
static const struct {
    enum key_kind kind;
    unsigned bits;
    int64_t until;
    const char *name, *source;
} keys[] = {
    {KEY_RSA, 0, STRENGTH_NEVER, "rsa below 1024 bits", "factored in 1999"},
    {KEY_RSA, 1024, UNTIL_2012, "rsa from 1024 bits", CCA},
    {KEY_RSA, 2048, STRENGTH_FOREVER, "rsa from 2048 bits", CCA},
    {KEY_EC, 0, STRENGTH_NEVER, "ec below 160 bits", "TS 119 312: never listed"},
    {KEY_EC, 160, UNTIL_2012, "ec from 160 bits", "NIST SP 800-131A: 80 bits; as CCA takes RSA"},
    {KEY_EC, 224, UNTIL_2031, "ec from 224 bits", BITS112},
    {KEY_EC, 256, STRENGTH_FOREVER, "ec from 256 bits", SUITES},
    {KEY_DSA, 0, STRENGTH_NEVER, "dsa below 1024 bits", "TS 119 312: never listed"},
    {KEY_DSA, 1024, UNTIL_2012, "dsa", "not among CCA's algorithms; as SHA-1 and RSA-1024"},
};

enum { DIGESTS = sizeof digests / sizeof *digests, KEYS = sizeof keys / sizeof *keys };

int64_t strength_digest_until(enum oid digest)
{
    for (size_t i = 0; i < DIGESTS; i++) {
        if (digests[i].digest == digest) {
            return digests[i].until;
        }
    }
    return STRENGTH_NEVER;
}

static int64_t key_until(enum key_kind kind, unsigned bits)
{
    int64_t until = STRENGTH_NEVER;
    for (size_t i = 0; i < KEYS; i++) {
        until = keys[i].kind == kind && bits >= keys[i].bits ? keys[i].until : until;
    }
    return until;
}

static int64_t bounded(enum key_kind kind, int64_t bits, int64_t min)
{
    int64_t until = key_until(kind, (unsigned)bits);
    return bits < min && until > UNTIL_2012 ? UNTIL_2012 : until;
}

int64_t strength_rsa_until(unsigned bits, int64_t min_rsa_bits)
{
    return bounded(KEY_RSA, bits, min_rsa_bits);
}

/* With the exponent 1 whatever is sent is its own signature. */
static bool rsa_signs_nothing(const EVP_PKEY *key)
{
    BIGNUM *e = NULL;
    bool nothing = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
                   (BN_is_zero(e) || BN_is_one(e));
    BN_free(e);
    return nothing;
}

int64_t strength_key_until(const EVP_PKEY *key, int64_t min_rsa_bits, int64_t min_ec_bits)
{
    int type = EVP_PKEY_get_base_id(key), size = EVP_PKEY_get_bits(key);
    unsigned bits = size > 0 ? (unsigned)size : 0;
    switch (type) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return rsa_signs_nothing(key) ? STRENGTH_NEVER : bounded(KEY_RSA, bits, min_rsa_bits);
    case EVP_PKEY_EC:
        return bounded(KEY_EC, bits, min_ec_bits);
    case EVP_PKEY_DSA:
        return bounded(KEY_DSA, bits, 0);
    default:
        return STRENGTH_FOREVER;
    }
}

int64_t strength_signature_until(struct span algorithm)
{
    struct signature_alg alg;
    if (!algorithm_signature(algorithm, OID_UNKNOWN, &alg) || alg.digest == OID_UNKNOWN) {
        return STRENGTH_FOREVER;
    }
    int64_t until = strength_digest_until(alg.digest);
    return alg.family == SIG_DSA && until > UNTIL_2012 ? UNTIL_2012 : until;
}

bool strength_row(size_t index, struct strength_row *out)
{
    if (index < DIGESTS) {
        *out = (struct strength_row){oid_name(digests[index].digest), digests[index].until,
                                     digests[index].source};
        return true;
    }
    index -= DIGESTS;
    if (index < KEYS) {
        *out = (struct strength_row){keys[index].name, keys[index].until, keys[index].source};
    }
    return index < KEYS;
}
