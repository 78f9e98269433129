/*
 * algorithm - see algorithm.h.
 *
 * PKCS#1 v1.5 values are opened and compared with the one encoding they must have, with or without
 * the NULL parameter of DigestInfo (RFC 8017 8.2.2 note): CCA's own software wrote both.
 */
#include "asn1/algorithm.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "asn1/der.h"
#include "base/hash.h"

struct digest_row {
    enum oid oid;
    const char *name; /* libcrypto's */
    size_t size;
};

static const struct digest_row digests[] = {
    {OID_MD5, "MD5", 16},
    {OID_SHA1, "SHA1", 20},
    {OID_SHA224, "SHA2-224", 28},
    {OID_SHA256, "SHA2-256", 32},
    {OID_SHA384, "SHA2-384", 48},
    {OID_SHA512, "SHA2-512", 64},
    {OID_SHA512_256, "SHA2-512/256", 32},
    {OID_SHA3_256, "SHA3-256", 32},
    {OID_SHA3_384, "SHA3-384", 48},
    {OID_SHA3_512, "SHA3-512", 64},
    {OID_SHAKE256, "SHAKE-256", 64},
    {OID_SHAKE256_LEN, "SHAKE-256", 64},
};

struct signature_row {
    enum oid oid;
    enum signature_family family;
    enum oid digest; /* OID_UNKNOWN: the caller's */
};

static const struct signature_row signatures[] = {
    {OID_RSA, SIG_RSA_PKCS1, OID_UNKNOWN},
    {OID_RSA_MD5, SIG_RSA_PKCS1, OID_MD5},
    {OID_RSA_SHA1, SIG_RSA_PKCS1, OID_SHA1},
    {OID_RSA_SHA224, SIG_RSA_PKCS1, OID_SHA224},
    {OID_RSA_SHA256, SIG_RSA_PKCS1, OID_SHA256},
    {OID_RSA_SHA384, SIG_RSA_PKCS1, OID_SHA384},
    {OID_RSA_SHA512, SIG_RSA_PKCS1, OID_SHA512},
    {OID_RSA_SHA3_256, SIG_RSA_PKCS1, OID_SHA3_256},
    {OID_RSA_SHA3_384, SIG_RSA_PKCS1, OID_SHA3_384},
    {OID_RSA_SHA3_512, SIG_RSA_PKCS1, OID_SHA3_512},
    {OID_RSA_PSS, SIG_RSA_PSS, OID_UNKNOWN},
    {OID_EC, SIG_ECDSA, OID_UNKNOWN},
    {OID_ECDSA_SHA1, SIG_ECDSA, OID_SHA1},
    {OID_ECDSA_SHA224, SIG_ECDSA, OID_SHA224},
    {OID_ECDSA_SHA256, SIG_ECDSA, OID_SHA256},
    {OID_ECDSA_SHA384, SIG_ECDSA, OID_SHA384},
    {OID_ECDSA_SHA512, SIG_ECDSA, OID_SHA512},
    {OID_ECDSA_SHA3_256, SIG_ECDSA, OID_SHA3_256},
    {OID_ECDSA_SHA3_384, SIG_ECDSA, OID_SHA3_384},
    {OID_ECDSA_SHA3_512, SIG_ECDSA, OID_SHA3_512},
    {OID_DSA_SHA1, SIG_DSA, OID_SHA1},
    {OID_DSA_SHA256, SIG_DSA, OID_SHA256},
    {OID_ED25519, SIG_EDDSA, OID_UNKNOWN},
    {OID_ED448, SIG_EDDSA, OID_UNKNOWN},
};

static const struct digest_row *digest_row(enum oid oid)
{
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        if (digests[i].oid == oid) {
            return &digests[i];
        }
    }
    return NULL;
}

const EVP_MD *algorithm_md(enum oid digest)
{
    static _Atomic(EVP_MD *) cached[sizeof digests / sizeof *digests];
    const struct digest_row *row = digest_row(digest);
    return row ? hash_cached(&cached[row - digests], row->name) : NULL;
}

size_t algorithm_digest_size(enum oid digest)
{
    const struct digest_row *row = digest_row(digest);
    return row ? row->size : 0;
}

bool algorithm_digest_final(EVP_MD_CTX *ctx, enum oid digest, uint8_t *out)
{
    if (digest == OID_SHAKE256 || digest == OID_SHAKE256_LEN) {
        return EVP_DigestFinalXOF(ctx, out, algorithm_digest_size(digest)) == 1;
    }
    return EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

int algorithm_digest(enum oid digest, struct span data, uint8_t out[DIGEST_MAX])
{
    const EVP_MD *md = algorithm_md(digest);
    EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
    bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
              EVP_DigestUpdate(ctx, data.p, data.n) == 1 &&
              algorithm_digest_final(ctx, digest, out);
    EVP_MD_CTX_free(ctx);
    return ok ? 0 : -1;
}

/* AlgorithmIdentifier ::= SEQUENCE { OID, parameters ANY OPTIONAL }; params absent when there are
 * none. */
static bool split(struct span alg_id, struct span *oid, struct span *params)
{
    struct der seq, d;
    if (!der_only(alg_id, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_OID, &d)) {
        return false;
    }
    *oid = d.body;
    *params = seq.body.n ? seq.body : SPAN_NONE;
    return true;
}

enum oid algorithm_oid(struct span alg_id, struct span *oid_body_out)
{
    struct span oid = SPAN_NONE, params;
    if (!split(alg_id, &oid, &params)) {
        oid = SPAN_NONE;
    }
    if (oid_body_out) {
        *oid_body_out = oid;
    }
    return oid.p ? oid_lookup(oid) : OID_UNKNOWN;
}

/* RSASSA-PSS-params, RFC 4055 3.1: [0] hash, [1] mask generation, [2] salt length, [3] trailer. */
static bool pss_params(struct span params, struct signature_alg *out)
{
    struct der seq, d;
    out->digest = out->mgf_digest = OID_SHA1;
    out->salt_length = 20;
    if (!params.p || !der_only(params, DER_SEQUENCE, &seq)) {
        return false;
    }
    struct span in = seq.body;
    if (der_expect(&in, DER_CONTEXT_C(0), &d)) {
        out->digest = algorithm_oid(d.body, NULL);
    }
    if (der_expect(&in, DER_CONTEXT_C(1), &d)) {
        struct span oid, mgf;
        if (!split(d.body, &oid, &mgf) || oid_lookup(oid) != OID_MGF1 || !mgf.p) {
            return false;
        }
        out->mgf_digest = algorithm_oid(mgf, NULL);
    }
    if (der_expect(&in, DER_CONTEXT_C(2), &d)) {
        struct der i;
        if (!der_only(d.body, DER_INTEGER, &i) || !der_small_int(&i, &out->salt_length)) {
            return false;
        }
    }
    if (der_expect(&in, DER_CONTEXT_C(3), &d)) {
        struct der i;
        int64_t trailer;
        if (!der_only(d.body, DER_INTEGER, &i) || !der_small_int(&i, &trailer) || trailer != 1) {
            return false;
        }
    }
    return in.n == 0 && out->salt_length >= 0 && out->salt_length <= 512 &&
           algorithm_md(out->mgf_digest);
}

bool algorithm_signature(struct span alg_id, enum oid digest, struct signature_alg *out)
{
    struct span oid, params;
    *out = (struct signature_alg){SIG_NONE, OID_UNKNOWN, OID_UNKNOWN, 0};
    if (!split(alg_id, &oid, &params)) {
        return false;
    }
    enum oid known = oid_lookup(oid);
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const struct signature_row *row = &signatures[i];
        if (known == OID_UNKNOWN || row->oid != known) {
            continue;
        }
        out->family = row->family;
        out->digest = row->digest != OID_UNKNOWN ? row->digest : digest;
        if (row->family == SIG_RSA_PSS && !pss_params(params, out)) {
            return false;
        }
        if (row->family == SIG_EDDSA) {
            out->digest = OID_UNKNOWN;
            return true;
        }
        return algorithm_md(out->digest) != NULL;
    }
    return false;
}

const char *algorithm_name(const struct signature_alg *alg, const EVP_PKEY *key)
{
    switch (alg->family) {
    case SIG_RSA_PKCS1:
        return "rsa-pkcs1";
    case SIG_RSA_PSS:
        return "rsa-pss";
    case SIG_ECDSA:
        return "ecdsa";
    case SIG_EDDSA:
        return key && EVP_PKEY_get_id(key) == EVP_PKEY_ED448 ? "ed448" : "ed25519";
    case SIG_DSA:
        return "dsa";
    case SIG_NONE:
        break;
    }
    return "unknown";
}

/* DigestInfo (RFC 8017 9.2) for a digest, with or without the NULL; returns its size. */
static size_t digest_info(enum oid digest, struct span value, bool with_null, uint8_t out[128])
{
    struct span oid = oid_body(digest);
    size_t alg = 2 + oid.n + (with_null ? 2 : 0), n = 0;
    out[n++] = DER_SEQUENCE;
    out[n++] = (uint8_t)(2 + alg + 2 + value.n);
    out[n++] = DER_SEQUENCE;
    out[n++] = (uint8_t)alg;
    out[n++] = DER_OID;
    out[n++] = (uint8_t)oid.n;
    memcpy(out + n, oid.p, oid.n);
    n += oid.n;
    if (with_null) {
        out[n++] = DER_NULL;
        out[n++] = 0;
    }
    out[n++] = DER_OCTET_STRING;
    out[n++] = (uint8_t)value.n;
    memcpy(out + n, value.p, value.n);
    return n + value.n;
}

EVP_PKEY_CTX *algorithm_recover_context(EVP_PKEY *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    if (!ctx || EVP_PKEY_verify_recover_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1) {
        EVP_PKEY_CTX_free(ctx);
        ctx = NULL;
        ERR_clear_error();
    }
    return ctx;
}

static bool pkcs1_matches(EVP_PKEY_CTX *ctx, enum oid digest, struct span value,
                          struct span signature)
{
    uint8_t recovered[2048], want[128];
    size_t n = sizeof recovered;
    if (EVP_PKEY_verify_recover(ctx, NULL, &n, signature.p, signature.n) != 1 ||
        n > sizeof recovered ||
        EVP_PKEY_verify_recover(ctx, recovered, &n, signature.p, signature.n) != 1) {
        return false;
    }
    struct span got = span_make(recovered, n);
    return span_eq(got, span_make(want, digest_info(digest, value, true, want))) ||
           span_eq(got, span_make(want, digest_info(digest, value, false, want)));
}

static bool pss_matches(EVP_PKEY_CTX *ctx, const struct signature_alg *alg, struct span value,
                        struct span signature)
{
    return EVP_PKEY_verify_init(ctx) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(ctx, algorithm_md(alg->digest)) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, algorithm_md(alg->mgf_digest)) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)alg->salt_length) == 1 &&
           EVP_PKEY_verify(ctx, signature.p, signature.n, value.p, value.n) == 1;
}

bool algorithm_key_fits(const EVP_PKEY *key, const struct signature_alg *alg)
{
    int id = EVP_PKEY_get_base_id(key);
    switch (alg->family) {
    case SIG_RSA_PKCS1:
        return id == EVP_PKEY_RSA;
    case SIG_RSA_PSS:
        return id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS;
    case SIG_ECDSA:
        return id == EVP_PKEY_EC;
    case SIG_EDDSA:
        return id == EVP_PKEY_ED25519 || id == EVP_PKEY_ED448;
    case SIG_DSA:
        return id == EVP_PKEY_DSA;
    case SIG_NONE:
        break;
    }
    return false;
}

void algorithm_verify_digest(EVP_PKEY *key, const struct signature_alg *alg, struct span digest,
                             struct span signature, bool *good)
{
    *good = false;
    if (!key || !algorithm_key_fits(key, alg) || alg->family == SIG_EDDSA ||
        digest.n != algorithm_digest_size(alg->digest) || signature.n == 0) {
        return;
    }
    EVP_PKEY_CTX *ctx =
        alg->family == SIG_RSA_PKCS1 ? algorithm_recover_context(key) : EVP_PKEY_CTX_new(key, NULL);
    if (ctx && alg->family == SIG_RSA_PKCS1) {
        *good = pkcs1_matches(ctx, alg->digest, digest, signature);
    } else if (ctx && alg->family == SIG_RSA_PSS) {
        *good = pss_matches(ctx, alg, digest, signature);
    } else if (ctx) {
        *good = EVP_PKEY_verify_init(ctx) == 1 &&
                EVP_PKEY_verify(ctx, signature.p, signature.n, digest.p, digest.n) == 1;
    }
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
}

void algorithm_verify_pkcs1(EVP_PKEY_CTX *ctx, const struct signature_alg *alg, struct span message,
                            struct span signature, bool *good)
{
    uint8_t digest[DIGEST_MAX];
    *good = alg->family == SIG_RSA_PKCS1 && signature.n > 0 &&
            algorithm_digest(alg->digest, message, digest) == 0 &&
            pkcs1_matches(ctx, alg->digest, span_make(digest, algorithm_digest_size(alg->digest)),
                          signature);
    if (!*good) {
        ERR_clear_error();
    }
}

void algorithm_verify_message(EVP_PKEY *key, const struct signature_alg *alg, struct span message,
                              struct span signature, bool *good)
{
    uint8_t digest[DIGEST_MAX];
    *good = false;
    if (!key || !algorithm_key_fits(key, alg)) {
        return;
    }
    if (alg->family != SIG_EDDSA) {
        if (algorithm_digest(alg->digest, message, digest) == 0) {
            algorithm_verify_digest(key, alg, span_make(digest, algorithm_digest_size(alg->digest)),
                                    signature, good);
        }
        return;
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    *good = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
            EVP_DigestVerify(ctx, signature.p, signature.n, message.p, message.n) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
}
