/*
 * sigcheck - see sigcheck.h.
 */
#include "chain/sigcheck.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "asn1/der.h"
#include "base/mem.h"

struct algorithm {
    enum oid id, digest;
    int key_type;
};

static const struct algorithm algorithms[] = {
    {OID_RSA_MD5, OID_MD5, EVP_PKEY_RSA},
    {OID_RSA_SHA1, OID_SHA1, EVP_PKEY_RSA},
    {OID_RSA_SHA224, OID_SHA224, EVP_PKEY_RSA},
    {OID_RSA_SHA256, OID_SHA256, EVP_PKEY_RSA},
    {OID_RSA_SHA384, OID_SHA384, EVP_PKEY_RSA},
    {OID_RSA_SHA512, OID_SHA512, EVP_PKEY_RSA},
    {OID_RSA_SHA3_256, OID_SHA3_256, EVP_PKEY_RSA},
    {OID_RSA_SHA3_384, OID_SHA3_384, EVP_PKEY_RSA},
    {OID_RSA_SHA3_512, OID_SHA3_512, EVP_PKEY_RSA},
    {OID_ECDSA_SHA1, OID_SHA1, EVP_PKEY_EC},
    {OID_ECDSA_SHA224, OID_SHA224, EVP_PKEY_EC},
    {OID_ECDSA_SHA256, OID_SHA256, EVP_PKEY_EC},
    {OID_ECDSA_SHA384, OID_SHA384, EVP_PKEY_EC},
    {OID_ECDSA_SHA512, OID_SHA512, EVP_PKEY_EC},
    {OID_ECDSA_SHA3_256, OID_SHA3_256, EVP_PKEY_EC},
    {OID_ECDSA_SHA3_384, OID_SHA3_384, EVP_PKEY_EC},
    {OID_ECDSA_SHA3_512, OID_SHA3_512, EVP_PKEY_EC},
    {OID_DSA_SHA1, OID_SHA1, EVP_PKEY_DSA},
    {OID_DSA_SHA256, OID_SHA256, EVP_PKEY_DSA},
    {OID_ED25519, OID_UNKNOWN, EVP_PKEY_ED25519},
    {OID_ED448, OID_UNKNOWN, EVP_PKEY_ED448},
};

/* RSASSA-PSS-params, RFC 4055 3.1. */
struct pss {
    enum oid digest, mgf_digest;
    int64_t salt;
};

static bool split(struct span algorithm, enum oid *id, struct span *parameters)
{
    struct der seq, oid;
    if (!der_only(algorithm, DER_SEQUENCE, &seq)) {
        return false;
    }
    *parameters = seq.body;
    if (!der_expect(parameters, DER_OID, &oid)) {
        return false;
    }
    *id = oid_lookup(oid.body);
    return true;
}

static bool read_pss(struct span in, struct pss *out)
{
    struct der seq, part, n;
    enum oid mgf;
    struct span rest, inner;
    int64_t trailer = 1;
    *out = (struct pss){OID_SHA1, OID_SHA1, 20};
    if (!der_only(in, DER_SEQUENCE, &seq)) {
        return false;
    }
    rest = seq.body;
    if (der_expect(&rest, DER_CONTEXT_C(0), &part) && !split(part.body, &out->digest, &inner)) {
        return false;
    }
    if (der_expect(&rest, DER_CONTEXT_C(1), &part) &&
        (!split(part.body, &mgf, &inner) || mgf != OID_MGF1 ||
         !split(inner, &out->mgf_digest, &inner))) {
        return false;
    }
    if (der_expect(&rest, DER_CONTEXT_C(2), &part) &&
        (!der_only(part.body, DER_INTEGER, &n) || !der_small_int(&n, &out->salt) || out->salt < 0 ||
         out->salt > 4096)) {
        return false;
    }
    if (der_expect(&rest, DER_CONTEXT_C(3), &part) &&
        (!der_only(part.body, DER_INTEGER, &n) || !der_small_int(&n, &trailer))) {
        return false;
    }
    return rest.n == 0 && trailer == 1;
}

static const EVP_MD *digest_md(enum oid digest)
{
    switch (digest) {
    case OID_MD5:
        return EVP_md5();
    case OID_SHA1:
        return EVP_sha1();
    case OID_SHA224:
        return EVP_sha224();
    case OID_SHA256:
        return EVP_sha256();
    case OID_SHA384:
        return EVP_sha384();
    case OID_SHA512:
        return EVP_sha512();
    case OID_SHA512_256:
        return EVP_sha512_256();
    case OID_SHA3_256:
        return EVP_sha3_256();
    case OID_SHA3_384:
        return EVP_sha3_384();
    case OID_SHA3_512:
        return EVP_sha3_512();
    default:
        return NULL;
    }
}

static const struct algorithm *find(enum oid id)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (algorithms[i].id == id) {
            return &algorithms[i];
        }
    }
    return NULL;
}

enum oid signature_digest(struct span algorithm)
{
    enum oid id;
    struct span parameters;
    struct pss pss;
    if (!split(algorithm, &id, &parameters)) {
        return OID_UNKNOWN;
    }
    if (id == OID_RSA_PSS) {
        return read_pss(parameters, &pss) ? pss.digest : OID_UNKNOWN;
    }
    const struct algorithm *a = find(id);
    return a ? a->digest : OID_UNKNOWN;
}

bool signature_weak(struct span algorithm, int64_t at)
{
    enum oid digest = signature_digest(algorithm);
    return digest == OID_MD5 || (digest == OID_SHA1 && at >= SIGNATURE_WEAK_FROM);
}

static bool set_pss(EVP_PKEY_CTX *pctx, const struct pss *pss)
{
    const EVP_MD *mgf = digest_md(pss->mgf_digest);
    return mgf && EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, mgf) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, (int)pss->salt) > 0;
}

/* The digest and, for PSS, the parameters; false when the key cannot make such a signature. */
static bool plan(EVP_PKEY *key, struct span algorithm, const EVP_MD **md, struct pss *pss,
                 bool *is_pss)
{
    enum oid id;
    struct span parameters;
    int type = EVP_PKEY_get_base_id(key);
    *md = NULL;
    *is_pss = false;
    if (!split(algorithm, &id, &parameters)) {
        return false;
    }
    if (id == OID_RSA_PSS) {
        *is_pss = true;
        return (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) && read_pss(parameters, pss) &&
               (*md = digest_md(pss->digest)) != NULL;
    }
    const struct algorithm *a = find(id);
    if (!a || a->key_type != type) {
        return false;
    }
    if (a->digest != OID_UNKNOWN) {
        *md = digest_md(a->digest);
        return *md != NULL;
    }
    return true;
}

int signature_check(EVP_PKEY *key, struct span algorithm, struct span data, struct span signature,
                    enum sig_result *out)
{
    uint64_t failures = mem_failures();
    const EVP_MD *md;
    struct pss pss;
    bool is_pss;
    *out = SIG_UNSUPPORTED;
    if (!plan(key, algorithm, &md, &pss, &is_pss)) {
        return 0;
    }
    EVP_PKEY_CTX *pctx = NULL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx && EVP_DigestVerifyInit(ctx, &pctx, md, NULL, key) > 0 &&
        (!is_pss || set_pss(pctx, &pss))) {
        int rc = EVP_DigestVerify(ctx, signature.p, signature.n, data.p, data.n);
        *out = rc == 1 ? SIG_GOOD : SIG_BAD;
    }
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return !ctx || mem_failures() != failures ? -1 : 0;
}
