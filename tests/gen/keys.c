/*
 * keys - see keys.h. RFC 4055 (RSA algorithm identifiers), RFC 5758 (ECDSA), RFC 8410 (Ed25519).
 */
#include "keys.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>

static EVP_PKEY *keys[KEY_COUNT];

static EVP_PKEY *key_make(enum key_id id)
{
    switch (id) {
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_P521:
        return EVP_EC_gen("P-521");
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_ED448:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    case KEY_WEAK:
        return EVP_RSA_gen(1024);
    default:
        return EVP_RSA_gen(2048);
    }
}

EVP_PKEY *key_get(enum key_id id)
{
    if (!keys[id]) {
        keys[id] = key_make(id);
    }
    if (!keys[id]) {
        gen_die("no key could be made");
    }
    return keys[id];
}

struct span key_spki(enum key_id id)
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key_get(id), &der);
    if (n <= 0) {
        gen_die("no public key");
    }
    return span_make(der, (size_t)n);
}

static const EVP_MD *digest_md(enum digest_id digest)
{
    switch (digest) {
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_SHA384:
        return EVP_sha384();
    case DIGEST_SHA512:
        return EVP_sha512();
    case DIGEST_MD5:
        return EVP_md5();
    case DIGEST_SHA3:
        return EVP_sha3_256();
    default:
        return EVP_sha256();
    }
}

struct span digest_of(enum digest_id digest, struct span data)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (digest == DIGEST_SHAKE256) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        n = 64;
        if (!ctx || !EVP_DigestInit_ex(ctx, EVP_shake256(), NULL) ||
            !EVP_DigestUpdate(ctx, data.p, data.n) || !EVP_DigestFinalXOF(ctx, out, n)) {
            gen_die("digest failed");
        }
        EVP_MD_CTX_free(ctx);
    } else if (!EVP_Digest(data.p, data.n, out, &n, digest_md(digest), NULL)) {
        gen_die("digest failed");
    }
    return gen_dup(span_make(out, n));
}

struct span digest_algorithm(enum digest_id digest, bool with_null)
{
    static const char *const oids[] = {"2.16.840.1.101.3.4.2.1", "1.3.14.3.2.26",
                                       "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3",
                                       "1.2.840.113549.2.5",     "2.16.840.1.101.3.4.2.8",
                                       "2.16.840.1.101.3.4.2.12"};
    return SEQ(gen_oid(oids[digest]), with_null ? gen_null() : SPAN_NONE);
}

static struct span pss_algorithm(enum digest_id digest)
{
    struct span hash = digest_algorithm(digest, true);
    struct span mgf = SEQ(gen_oid("1.2.840.113549.1.1.8"), hash);
    int salt = EVP_MD_get_size(digest_md(digest));
    return SEQ(gen_oid("1.2.840.113549.1.1.10"),
               SEQ(TLV(0xa0, hash), TLV(0xa1, mgf), TLV(0xa2, gen_int(salt))));
}

struct span sig_algorithm(enum sig_id sig, enum digest_id digest)
{
    static const char *const rsa[] = {"1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5",
                                      "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13",
                                      "1.2.840.113549.1.1.4",  "2.16.840.1.101.3.4.3.14"};
    static const char *const ecdsa[] = {"1.2.840.10045.4.3.2", "1.2.840.10045.4.1",
                                        "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", "0.0"};
    switch (sig) {
    case SIG_RSA_PLAIN:
        return SEQ(gen_oid("1.2.840.113549.1.1.1"), gen_null());
    case SIG_PSS:
        return pss_algorithm(digest);
    case SIG_ECDSA:
        return SEQ(gen_oid(ecdsa[digest]));
    case SIG_ED25519:
        return SEQ(gen_oid("1.3.101.112"));
    case SIG_ED448:
        return SEQ(gen_oid("1.3.101.113"));
    default:
        return SEQ(gen_oid(rsa[digest]), gen_null());
    }
}

static struct span sign_no_null(enum key_id key, enum digest_id digest, struct span data)
{
    struct span info = SEQ(digest_algorithm(digest, false), gen_octets(digest_of(digest, data)));
    uint8_t *out = gen_alloc(1024);
    size_t n = 1024;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key_get(key), NULL);
    if (!ctx || EVP_PKEY_sign_init(ctx) <= 0 ||
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
        EVP_PKEY_sign(ctx, out, &n, info.p, info.n) <= 0) {
        gen_die("signing failed");
    }
    EVP_PKEY_CTX_free(ctx);
    return span_make(out, n);
}

struct span sig_make(enum key_id key, enum sig_id sig, enum digest_id digest, struct span data)
{
    if (sig == SIG_RSA_NO_NULL) {
        return sign_no_null(key, digest, data);
    }
    const EVP_MD *md = sig >= SIG_ED25519 ? NULL : digest_md(digest);
    uint8_t *out = gen_alloc(1024);
    size_t n = 1024;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pk = NULL;
    bool ok = ctx && EVP_DigestSignInit(ctx, &pk, md, NULL, key_get(key)) > 0;
    if (ok && sig == SIG_PSS) {
        ok = EVP_PKEY_CTX_set_rsa_padding(pk, RSA_PKCS1_PSS_PADDING) > 0 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(pk, RSA_PSS_SALTLEN_DIGEST) > 0;
    }
    if (!ok || EVP_DigestSign(ctx, out, &n, data.p, data.n) <= 0) {
        gen_die("signing failed");
    }
    EVP_MD_CTX_free(ctx);
    return span_make(out, n);
}
