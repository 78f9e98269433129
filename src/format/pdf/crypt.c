/*
 * crypt - keys and ciphers of the standard security handler. See crypt.h.
 *
 * RC4 is written out: libcrypto 3 has it in the "legacy" provider only, a module that is loaded
 * from the disk when it is first used, which a sandboxed child may not (and its package need not
 * install). It is a dozen lines, keeps no secret here and signs nothing. MD5 is in the default
 * provider; where a FIPS configuration takes it away, old files stay closed.
 */
#include "format/pdf/crypt.h"

#include <openssl/crypto.h>

#include "asn1/algorithm.h"

enum { OLD = 32, SALT = 8, HASH = 32, NEW_OU = 48, BLOCK = 16, R6_LEAST = 64, R6_MOST = 64 + 256 };

/* 7.6.4.3.2: what fills a short password. */
static const uint8_t padding[OLD] = {
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
    0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a};

static void rc4(struct span key, struct span data, uint8_t *out)
{
    uint8_t s[256];
    for (unsigned i = 0; i < 256; i++) {
        s[i] = (uint8_t)i;
    }
    for (unsigned i = 0, j = 0; i < 256; i++) {
        uint8_t keep = s[i];
        j = (j + keep + key.p[i % key.n]) & 255;
        s[i] = s[j];
        s[j] = keep;
    }
    unsigned i = 0, j = 0;
    for (size_t n = 0; n < data.n; n++) {
        i = (i + 1) & 255;
        uint8_t keep = s[i];
        j = (j + keep) & 255;
        s[i] = s[j];
        s[j] = keep;
        out[n] = data.p[n] ^ s[(s[i] + keep) & 255];
    }
    OPENSSL_cleanse(s, sizeof s);
}

/* A digest over up to five pieces. */
static bool digest(enum oid which, const struct span *pieces, size_t count, uint8_t *out)
{
    const EVP_MD *md = algorithm_md(which);
    EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
    bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;
    for (size_t i = 0; i < count && ok; i++) {
        ok = EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].n) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

/* AES in CBC mode without padding; whole blocks; in may be out. */
static bool aes(bool encrypt, struct span key, const uint8_t iv[BLOCK], struct span in,
                uint8_t *out)
{
    const EVP_CIPHER *cipher = key.n == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0, rest = 0;
    bool ok = ctx && in.n <= INT32_MAX &&
              EVP_CipherInit_ex(ctx, cipher, NULL, key.p, iv, encrypt) == 1 &&
              EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
              EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1 &&
              EVP_CipherFinal_ex(ctx, out + n, &rest) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok && (size_t)n == in.n;
}

/* ---- R 2 to 4: 7.6.4.3.2, 7.6.4.4
 * ------------------------------------------------------------- */

static void padded(struct span password, uint8_t out[OLD])
{
    size_t n = password.n < OLD ? password.n : OLD;
    if (n) {
        memcpy(out, password.p, n);
    }
    memcpy(out + n, padding, OLD - n);
}

/* The digest of the first n octets of a digest, again and again. */
static bool fifty_times(uint8_t hash[BLOCK], size_t n)
{
    bool ok = true;
    for (int i = 0; i < 50 && ok; i++) {
        const struct span again = span_make(hash, n);
        ok = digest(OID_MD5, &again, 1, hash);
    }
    return ok;
}

/* RC4 with the key and, from R 3 on, 19 more keys made of it; backwards undoes it. */
static void rc4_rounds(const struct crypt_facts *f, struct span key, bool backwards, uint8_t *data,
                       size_t n)
{
    uint8_t other[BLOCK];
    int rounds = f->r >= 3 ? 20 : 1;
    for (int i = 0; i < rounds; i++) {
        int x = backwards ? rounds - 1 - i : i;
        for (size_t k = 0; k < key.n; k++) {
            other[k] = (uint8_t)(key.p[k] ^ x);
        }
        rc4(span_make(other, key.n), span_make(data, n), data);
    }
    OPENSSL_cleanse(other, sizeof other);
}

/* Algorithm 2: the file's key. */
static bool old_key(const struct crypt_facts *f, const uint8_t pass[OLD], uint8_t *key)
{
    static const uint8_t ones[4] = {255, 255, 255, 255};
    uint8_t hash[DIGEST_MAX];
    const uint8_t p[4] = {(uint8_t)f->p, (uint8_t)(f->p >> 8), (uint8_t)(f->p >> 16),
                          (uint8_t)(f->p >> 24)};
    bool clear = f->r >= 4 && !f->metadata;
    const struct span pieces[] = {span_make(pass, OLD), f->o, span_make(p, sizeof p), f->id,
                                  span_make(ones, clear ? sizeof ones : 0)};
    bool ok = digest(OID_MD5, pieces, 5, hash) && (f->r < 3 || fifty_times(hash, f->key_size));
    memcpy(key, hash, f->key_size);
    OPENSSL_cleanse(hash, sizeof hash);
    return ok;
}

/* Algorithms 4, 5 and 6: does this key belong to U? 1, 0, -1. */
static int old_check(const struct crypt_facts *f, const uint8_t *key)
{
    uint8_t mine[DIGEST_MAX];
    size_t n = f->r >= 3 ? BLOCK : OLD;
    const struct span pieces[] = {span_make(padding, OLD), f->id};
    if (f->r < 3) {
        memcpy(mine, padding, OLD);
    } else if (!digest(OID_MD5, pieces, 2, mine)) {
        return -1;
    }
    rc4_rounds(f, span_make(key, f->key_size), false, mine, n);
    return CRYPTO_memcmp(mine, f->u.p, n) == 0;
}

static int old_user(const struct crypt_facts *f, const uint8_t pass[OLD], uint8_t *key)
{
    return old_key(f, pass, key) ? old_check(f, key) : -1;
}

/* Algorithm 7: the owner's password gives the user's. */
static int old_owner(const struct crypt_facts *f, const uint8_t pass[OLD], uint8_t *key)
{
    uint8_t hash[DIGEST_MAX], user[OLD];
    const struct span piece = span_make(pass, OLD);
    bool ok = digest(OID_MD5, &piece, 1, hash) && (f->r < 3 || fifty_times(hash, BLOCK));
    if (ok) {
        memcpy(user, f->o.p, OLD);
        rc4_rounds(f, span_make(hash, f->key_size), true, user, OLD);
    }
    int rc = ok ? old_user(f, user, key) : -1;
    OPENSSL_cleanse(hash, sizeof hash);
    OPENSSL_cleanse(user, sizeof user);
    return rc;
}

static int old_password(const struct crypt_facts *f, struct span password, uint8_t *key)
{
    uint8_t pass[OLD];
    padded(password, pass);
    int rc = old_user(f, pass, key);
    if (rc == 0 && (rc = old_owner(f, pass, key)) > 0) {
        rc = 2;
    }
    OPENSSL_cleanse(pass, sizeof pass);
    return rc;
}

/* ---- R 5 and 6: 7.6.4.3.3, 7.6.4.3.4
 * ---------------------------------------------------------- */

/* Algorithm 2.B. The number of rounds depends on what is hashed, but the last octet of a block is
 * at most 255: it ends after 287 rounds, whatever is in the file. */
static bool hash_r6(struct span password, struct span salt, struct span more, uint8_t out[HASH])
{
    static const enum oid kinds[] = {OID_SHA256, OID_SHA384, OID_SHA512};
    uint8_t k[DIGEST_MAX], block[64 * (CRYPT_PASSWORD_NEW + DIGEST_MAX + NEW_OU)];
    const struct span pieces[] = {password, salt, more};
    size_t k_size = HASH;
    bool ok = digest(OID_SHA256, pieces, 3, k), done = false;
    for (unsigned round = 1; ok && !done && round <= R6_MOST; round++) {
        size_t one = password.n + k_size + more.n;
        memcpy(block, password.p, password.n);
        memcpy(block + password.n, k, k_size);
        memcpy(block + password.n + k_size, more.p, more.n);
        for (size_t i = 1; i < 64; i++) {
            memcpy(block + i * one, block, one);
        }
        const struct span all = span_make(block, 64 * one);
        unsigned sum = 0;
        ok = aes(true, span_make(k, BLOCK), k + BLOCK, all, block);
        for (size_t i = 0; i < BLOCK; i++) {
            sum += block[i];
        }
        ok = ok && digest(kinds[sum % 3], &all, 1, k);
        k_size = algorithm_digest_size(kinds[sum % 3]);
        done = round >= R6_LEAST && block[all.n - 1] <= round - 32;
    }
    memcpy(out, k, HASH);
    OPENSSL_cleanse(k, sizeof k);
    OPENSSL_cleanse(block, sizeof block);
    return ok && done;
}

static bool hash_new(const struct crypt_facts *f, struct span password, struct span salt,
                     struct span more, uint8_t out[HASH])
{
    const struct span pieces[] = {password, salt, more};
    return f->r >= 6 ? hash_r6(password, salt, more, out) : digest(OID_SHA256, pieces, 3, out);
}

/* Algorithm 2.A for one of the two passwords: hash is O or U, sealed OE or UE. */
static int new_one(const struct crypt_facts *f, struct span password, struct span hash,
                   struct span sealed, struct span more, uint8_t *key)
{
    static const uint8_t zero[BLOCK];
    uint8_t mine[DIGEST_MAX];
    bool ok = hash_new(f, password, span_sub(hash, HASH, SALT), more, mine);
    int rc = !ok ? -1 : CRYPTO_memcmp(mine, hash.p, HASH) == 0;
    if (rc > 0 && (!hash_new(f, password, span_sub(hash, HASH + SALT, SALT), more, mine) ||
                   !aes(false, span_make(mine, HASH), zero, sealed, key))) {
        rc = -1;
    }
    OPENSSL_cleanse(mine, sizeof mine);
    return rc;
}

static int new_password(const struct crypt_facts *f, struct span password, uint8_t *key)
{
    password = span_sub(password, 0, CRYPT_PASSWORD_NEW);
    int rc = new_one(f, password, f->u, f->ue, SPAN_LIT(""), key);
    if (rc == 0 && (rc = new_one(f, password, f->o, f->oe, f->u, key)) > 0) {
        rc = 2;
    }
    return rc;
}

int crypt_password(const struct crypt_facts *f, struct span password, uint8_t key[CRYPT_KEY_MAX])
{
    password = password.p ? password : SPAN_LIT("");
    int rc = f->r >= 5 ? new_password(f, password, key) : old_password(f, password, key);
    if (rc <= 0) {
        OPENSSL_cleanse(key, CRYPT_KEY_MAX);
    }
    return rc;
}

/* ---- objects --------------------------------------------------------------------------------- */

size_t crypt_object_key(struct span key, enum crypt_method method, uint32_t num, uint16_t gen,
                        uint8_t out[CRYPT_KEY_MAX])
{
    if (method == CRYPT_AES_256) {
        memcpy(out, key.p, key.n);
        return key.n;
    }
    uint8_t hash[DIGEST_MAX];
    const uint8_t which[5] = {(uint8_t)num, (uint8_t)(num >> 8), (uint8_t)(num >> 16), (uint8_t)gen,
                              (uint8_t)(gen >> 8)};
    const struct span pieces[] = {key, span_make(which, sizeof which),
                                  method == CRYPT_AES_128 ? SPAN_LIT("sAlT") : SPAN_LIT("")};
    size_t n = key.n + 5 < BLOCK ? key.n + 5 : BLOCK;
    bool ok = digest(OID_MD5, pieces, 3, hash);
    memcpy(out, hash, n);
    OPENSSL_cleanse(hash, sizeof hash);
    return ok ? n : 0;
}

/* 7.6.3.1: an initialisation vector, whole blocks, 1 to 16 octets of padding that say how many. */
static bool decrypt_aes(struct span key, struct span data, uint8_t *out, size_t *n)
{
    if (data.n < (size_t)2 * BLOCK || data.n % BLOCK != 0) {
        return false;
    }
    struct span blocks = span_sub(data, BLOCK, data.n);
    if (!aes(false, key, data.p, blocks, out)) {
        return false;
    }
    size_t pad = out[blocks.n - 1];
    bool ok = pad >= 1 && pad <= BLOCK;
    for (size_t i = 0; ok && i < pad; i++) {
        ok = out[blocks.n - 1 - i] == pad;
    }
    *n = ok ? blocks.n - pad : 0;
    return ok;
}

bool crypt_decrypt(enum crypt_method method, struct span key, struct span data, uint8_t *out,
                   size_t *n)
{
    *n = data.n;
    if (data.n == 0) {
        return true; /* some writers leave nothing as it is */
    }
    switch (method) {
    case CRYPT_PLAIN:
        memcpy(out, data.p, data.n);
        return true;
    case CRYPT_RC4:
        rc4(key, data, out);
        return true;
    default:
        return decrypt_aes(key, data, out, n);
    }
}
