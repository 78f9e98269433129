/*
 * token - a key behind PKCS #11: a USB token, a smart card, an HSM, SoftHSM.
 *
 * The module is the vendor's shared object. One session, one login. RSA by CKM_SHA256_RSA_PKCS, or
 * where a token lacks it by CKM_RSA_PKCS over the DigestInfo made here (RFC 8017 9.2); EC by
 * CKM_ECDSA over the digest, r || s turned into DER (RFC 3279 2.2.3).
 *
 * What it does not do: it makes no keys and changes nothing on a token.
 */
#include <dlfcn.h>
#include <stdio.h>

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "keys/keyd/holder.h"
#include "keys/pkcs11.h"

enum { SLOTS_MAX = 64, OBJECTS_MAX = 64, ATTRIBUTE_MAX = 16 << 10, MECHANISMS_MAX = 512 };

struct token {
    void *module;
    struct ck_functions *f;
    ck_ulong slot, session, key;
    bool initialised, open, each_time, hashes; /* hashes: it has CKM_SHA256_RSA_PKCS */
    struct pin pin;                            /* kept when each_time */
};

/* ---- what the module says -------------------------------------------------------------------- */

static enum keys_result tell(ck_ulong rv, const char *doing, char *why)
{
    switch (rv) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
        return holder_fail(why, KEYS_WRONG_PIN,
                           "the PIN is not right; nothing more is tried, because the token locks "
                           "itself after a few wrong ones");
    case CKR_PIN_LOCKED:
    case CKR_PIN_EXPIRED:
        return holder_fail(why, KEYS_LOCKED,
                           "the token is locked; unlock it with its own program and the "
                           "security officer's PIN");
    case CKR_USER_PIN_NOT_INITIALIZED:
        return holder_fail(why, KEYS_LOCKED, "the token has no user PIN yet; set one first");
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_DEVICE_REMOVED:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
        return holder_fail(why, KEYS_GONE, "the token is gone; insert it and start again");
    case CKR_DEVICE_ERROR:
        return holder_fail(why, KEYS_GONE,
                           "the token reports a failure of its own (0x30); take it out, insert it "
                           "again and start again");
    default:
        return holder_fail(why, KEYS_FAILED, "the token's module answered 0x%lx while %s", rv,
                           doing);
    }
}

/* ---- module and slot ------------------------------------------------------------------------- */

static enum keys_result load(const struct key_uri *uri, struct token *t, char *why)
{
    const char *path = uri->module[0] ? uri->module : "p11-kit-proxy.so";
    ck_get_function_list get = NULL;
    t->module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = t->module ? dlsym(t->module, "C_GetFunctionList") : NULL;
    if (!symbol) {
        return holder_fail(why, KEYS_NOT_FOUND,
                           "the module %s cannot be loaded; name the vendor's with "
                           "module-path=/.../lib....so",
                           path);
    }
    memcpy(&get, &symbol, sizeof get); /* POSIX: dlsym gives functions as data pointers */
    if (get(&t->f) != CKR_OK || !t->f) {
        return holder_fail(why, KEYS_FAILED, "the module %s gives no functions", path);
    }
    struct ck_initialize arguments = {.flags = CKF_OS_LOCKING_OK};
    ck_ulong rv = t->f->initialize(&arguments);
    t->initialised = rv == CKR_OK;
    return rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED ? KEYS_OK
                                                                  : tell(rv, "it was started", why);
}

/* The field without its padding. */
static bool field_is(const ck_byte *field, size_t room, const char *text)
{
    size_t n = room, m = strlen(text);
    while (n > 0 && (field[n - 1] == ' ' || field[n - 1] == 0)) {
        n--;
    }
    return n == m && memcmp(field, text, n) == 0;
}

static bool slot_fits(const struct token *t, ck_ulong slot, const struct key_uri *uri,
                      struct ck_token_info *info)
{
    return t->f->get_token_info(slot, info) == CKR_OK && info->flags & CKF_TOKEN_INITIALIZED &&
           (!uri->token[0] || field_is(info->label, sizeof info->label, uri->token)) &&
           (!uri->serial[0] || field_is(info->serial, sizeof info->serial, uri->serial));
}

static enum keys_result find_slot(const struct key_uri *uri, struct token *t,
                                  struct ck_token_info *info, char *why)
{
    ck_ulong slots[SLOTS_MAX], count = SLOTS_MAX, found = 0;
    ck_ulong rv = t->f->get_slot_list(1, slots, &count);
    if (rv != CKR_OK) {
        return tell(rv, "tokens were looked for", why);
    }
    for (ck_ulong i = 0; i < count; i++) {
        struct ck_token_info one;
        if (slot_fits(t, slots[i], uri, &one)) {
            found++;
            t->slot = slots[i];
            *info = one;
        }
    }
    if (found == 0) {
        return holder_fail(why, KEYS_NOT_FOUND, "there is no token%s%s; is it inserted?",
                           uri->token[0] ? " named " : "", uri->token);
    }
    return found == 1 ? KEYS_OK
                      : holder_fail(why, KEYS_AMBIGUOUS,
                                    "%lu tokens fit; name one with token=... or serial=...", found);
}

static enum keys_result log_in(struct token *t, const struct ck_token_info *info,
                               const struct pin *pin, ck_ulong user, char *why)
{
    bool own_pad = info && info->flags & CKF_PROTECTED_AUTHENTICATION_PATH;
    if (info && info->flags & CKF_USER_PIN_LOCKED) {
        return tell(CKR_PIN_LOCKED, "", why);
    }
    if (info && !own_pad && info->flags & CKF_USER_PIN_FINAL_TRY) {
        return holder_fail(why, KEYS_LOCKED,
                           "the token allows one more try of its PIN and would then lock itself; "
                           "log in once with its own program first");
    }
    const ck_byte *text = own_pad ? NULL : (const ck_byte *)pin->text;
    ck_ulong rv = t->f->login(t->session, user, text, own_pad ? 0 : pin->size);
    return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? KEYS_OK
                                                            : tell(rv, "the PIN was given", why);
}

/* ---- objects --------------------------------------------------------------------------------- */

static ck_ulong find(struct token *t, struct ck_attribute *list, ck_ulong count, ck_ulong *out,
                     ck_ulong *found)
{
    *found = 0;
    ck_ulong rv = t->f->find_objects_init(t->session, list, count);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = t->f->find_objects(t->session, out, OBJECTS_MAX, found);
    ck_ulong end = t->f->find_objects_final(t->session);
    return rv != CKR_OK ? rv : end;
}

/* An attribute's octets; false: it has none, or they are longer. */
static bool attribute(struct token *t, ck_ulong object, ck_ulong type, uint8_t *out, size_t *size)
{
    struct ck_attribute a = {type, out, *size};
    bool ok = t->f->get_attribute_value(t->session, object, &a, 1) == CKR_OK && a.size <= *size;
    *size = ok ? a.size : 0;
    return ok;
}

static ck_ulong number(struct token *t, ck_ulong object, ck_ulong type, ck_ulong otherwise)
{
    ck_ulong value = otherwise;
    struct ck_attribute a = {type, &value, sizeof value};
    return t->f->get_attribute_value(t->session, object, &a, 1) == CKR_OK ? value : otherwise;
}

static bool truth(struct token *t, ck_ulong object, ck_ulong type)
{
    ck_byte value = 0;
    struct ck_attribute a = {type, &value, sizeof value};
    return t->f->get_attribute_value(t->session, object, &a, 1) == CKR_OK && value;
}

/* Of RSA keys the modulus tells; tokens do not always say it, and EC keys never do: then the first
 * signature does. */
static bool may_belong(struct token *t, ck_ulong key, EVP_PKEY *public_key)
{
    uint8_t theirs[1024], ours[1024];
    size_t n = sizeof theirs;
    BIGNUM *modulus = NULL;
    bool rsa = EVP_PKEY_get_base_id(public_key) == EVP_PKEY_RSA;
    if (number(t, key, CKA_KEY_TYPE, CKK_RSA) != (rsa ? CKK_RSA : CKK_EC)) {
        return false;
    }
    if (!rsa || !attribute(t, key, CKA_MODULUS, theirs, &n)) {
        return true;
    }
    bool same = EVP_PKEY_get_bn_param(public_key, "n", &modulus) == 1 &&
                (size_t)BN_num_bytes(modulus) <= sizeof ours;
    if (same) {
        int m = BN_bn2bin(modulus, ours);
        size_t skip = 0;
        while (skip < n && theirs[skip] == 0) {
            skip++;
        }
        same = n - skip == (size_t)m && memcmp(theirs + skip, ours, (size_t)m) == 0;
    }
    BN_free(modulus);
    return same;
}

static bool find_key(struct token *t, const uint8_t *id, size_t id_size, EVP_PKEY *public_key)
{
    ck_ulong class = CKO_PRIVATE_KEY, keys[OBJECTS_MAX], count;
    uint8_t copy[KEY_PART];
    struct ck_attribute want[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, copy, id_size}};
    if (id_size > sizeof copy) {
        return false;
    }
    memcpy(copy, id, id_size);
    if (find(t, want, 2, keys, &count) != CKR_OK) {
        return false;
    }
    for (ck_ulong i = 0; i < count; i++) {
        if (may_belong(t, keys[i], public_key)) {
            t->key = keys[i];
            return true;
        }
    }
    return false;
}

/* A certificate that may sign (no CA), is the one asked for, and whose key is there. */
static bool is_candidate(struct token *t, ck_ulong object, const struct key_uri *uri, X509 *x)
{
    uint8_t id[KEY_PART], label[KEY_PART];
    size_t id_size = sizeof id, label_size = sizeof label;
    EVP_PKEY *key = X509_get0_pubkey(x);
    bool has_id = attribute(t, object, CKA_ID, id, &id_size);
    bool has_label = attribute(t, object, CKA_LABEL, label, &label_size);
    if (uri->has_id && !(has_id && id_size == uri->id_size && memcmp(id, uri->id, id_size) == 0)) {
        return false;
    }
    if (uri->object[0] && !(has_label && field_is(label, label_size, uri->object))) {
        return false;
    }
    return key && X509_check_ca(x) == 0 && has_id && find_key(t, id, id_size, key);
}

static X509 *certificate(struct token *t, ck_ulong object)
{
    static uint8_t der[ATTRIBUTE_MAX];
    size_t n = sizeof der;
    const unsigned char *p = der;
    return attribute(t, object, CKA_VALUE, der, &n) ? d2i_X509(NULL, &p, (long)n) : NULL;
}

/* All certificates: the signer's into h->certificate, the rest beside it. */
static enum keys_result find_certificates(const struct key_uri *uri, struct token *t,
                                          struct holder *h, char *why)
{
    ck_ulong class = CKO_CERTIFICATE, objects[OBJECTS_MAX], count, key = 0;
    struct ck_attribute want = {CKA_CLASS, &class, sizeof class};
    unsigned found = 0;
    ck_ulong rv = find(t, &want, 1, objects, &count);
    h->others = sk_X509_new_null();
    if (rv != CKR_OK || !h->others) {
        return tell(rv, "certificates were looked for", why);
    }
    for (ck_ulong i = 0; i < count; i++) {
        X509 *x = certificate(t, objects[i]);
        if (x && is_candidate(t, objects[i], uri, x)) {
            found++;
            key = t->key;
            X509_free(h->certificate);
            h->certificate = X509_dup(x);
        }
        if (x && sk_X509_push(h->others, x) <= 0) {
            X509_free(x);
        }
    }
    t->key = key;
    if (found == 0 || !h->certificate) {
        return holder_fail(why, KEYS_NOT_FOUND,
                           "the token has no signing certificate%s%s with its private key",
                           uri->object[0] ? " named " : "", uri->object);
    }
    return found == 1 ? KEYS_OK
                      : holder_fail(why, KEYS_AMBIGUOUS,
                                    "the token has %u certificates that could sign; name one with "
                                    "object=... or id=%%..",
                                    found);
}

static bool has_mechanism(struct token *t, ck_ulong wanted)
{
    static ck_ulong list[MECHANISMS_MAX];
    ck_ulong count = MECHANISMS_MAX;
    if (t->f->get_mechanism_list(t->slot, list, &count) != CKR_OK) {
        return false;
    }
    for (ck_ulong i = 0; i < count; i++) {
        if (list[i] == wanted) {
            return true;
        }
    }
    return false;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum keys_result open_session(const struct key_uri *uri, const struct pin *pin,
                                     struct token *t, struct holder *h, char *why)
{
    struct ck_token_info info;
    enum keys_result r = load(uri, t, why);
    r = r ? r : find_slot(uri, t, &info, why);
    if (r) {
        return r;
    }
    (void)snprintf(h->token, sizeof h->token, "%.32s serial %.16s", (const char *)info.label,
                   (const char *)info.serial);
    ck_ulong rv = t->f->open_session(t->slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session);
    if (rv != CKR_OK) {
        return tell(rv, "a session was opened", why);
    }
    t->open = true;
    return info.flags & CKF_LOGIN_REQUIRED ? log_in(t, &info, pin, CKU_USER, why) : KEYS_OK;
}

enum keys_result token_open(const struct key_uri *uri, const struct pin *pin, struct holder *h,
                            char *why)
{
    struct token *t = mem_zalloc(sizeof *t);
    if (!t) {
        return holder_fail(why, KEYS_FAILED, "memory ran out");
    }
    enum keys_result r = open_session(uri, pin, t, h, why);
    r = r ? r : find_certificates(uri, t, h, why);
    if (r) {
        token_close(t);
        return r;
    }
    t->each_time = truth(t, t->key, CKA_ALWAYS_AUTHENTICATE);
    t->hashes = has_mechanism(t, CKM_SHA256_RSA_PKCS);
    if (t->each_time) {
        t->pin = *pin;
        (void)OPENSSL_init_crypto(0, NULL);
    }
    h->token_key = t;
    return KEYS_OK;
}

void token_close(struct token *t)
{
    if (!t) {
        return;
    }
    if (t->open) {
        (void)t->f->close_session(t->session);
    }
    if (t->initialised) {
        (void)t->f->finalize(NULL);
    }
    /* The module stays loaded: some leave threads behind that end with the process. */
    OPENSSL_cleanse(&t->pin, sizeof t->pin);
    mem_free(t);
}

/* ---- signing --------------------------------------------------------------------------------- */

static enum keys_result raw_sign(struct token *t, ck_ulong mechanism, struct span in, uint8_t *out,
                                 size_t *size, char *why)
{
    struct ck_mechanism m = {mechanism, NULL, 0};
    ck_ulong n = KEYS_SIGNATURE_MAX, rv = t->f->sign_init(t->session, &m, t->key);
    if (rv == CKR_OK && t->each_time) {
        enum keys_result r = log_in(t, NULL, &t->pin, CKU_CONTEXT_SPECIFIC, why);
        if (r) {
            return r;
        }
    }
    if (rv == CKR_OK) {
        rv = t->f->sign(t->session, in.p, in.n, out, &n);
    }
    *size = n;
    return rv == CKR_OK ? KEYS_OK : tell(rv, "it signed", why);
}

static bool digest(struct span bytes, const char *name, uint8_t *out, size_t *size)
{
    return EVP_Q_digest(NULL, name, NULL, bytes.p, bytes.n, out, size) == 1;
}

/* DigestInfo of SHA-256, RFC 8017 9.2 note 1. */
static enum keys_result sign_rsa(struct token *t, struct span bytes, uint8_t *out, size_t *size,
                                 char *why)
{
    static const uint8_t prefix[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    uint8_t info[sizeof prefix + EVP_MAX_MD_SIZE];
    size_t n = 0;
    if (t->hashes) {
        return raw_sign(t, CKM_SHA256_RSA_PKCS, bytes, out, size, why);
    }
    memcpy(info, prefix, sizeof prefix);
    if (!digest(bytes, "SHA256", info + sizeof prefix, &n)) {
        return holder_fail(why, KEYS_FAILED, "memory ran out");
    }
    return raw_sign(t, CKM_RSA_PKCS, span_make(info, sizeof prefix + n), out, size, why);
}

static bool ecdsa_to_der(const uint8_t *raw, size_t n, uint8_t *out, size_t *size)
{
    ECDSA_SIG *s = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, (int)n / 2, NULL), *v = BN_bin2bn(raw + n / 2, (int)n / 2, NULL);
    bool ok = s && r && v && n % 2 == 0 && ECDSA_SIG_set0(s, r, v) == 1;
    if (!ok) {
        BN_free(r);
        BN_free(v);
    }
    int length = ok ? i2d_ECDSA_SIG(s, NULL) : -1;
    ok = length > 0 && length <= KEYS_SIGNATURE_MAX;
    *size = ok ? (size_t)i2d_ECDSA_SIG(s, &out) : 0;
    ECDSA_SIG_free(s);
    return ok;
}

static enum keys_result sign_ec(struct token *t, EVP_PKEY *public_key, struct span bytes,
                                uint8_t *out, size_t *size, char *why)
{
    uint8_t hash[EVP_MAX_MD_SIZE], raw[KEYS_SIGNATURE_MAX];
    size_t n = 0, raw_size = 0;
    bool long_one = EVP_PKEY_get_bits(public_key) > 256;
    if (!digest(bytes, long_one ? "SHA384" : "SHA256", hash, &n)) {
        return holder_fail(why, KEYS_FAILED, "memory ran out");
    }
    enum keys_result r = raw_sign(t, CKM_ECDSA, span_make(hash, n), raw, &raw_size, why);
    if (r == KEYS_OK && !ecdsa_to_der(raw, raw_size, out, size)) {
        r = holder_fail(why, KEYS_FAILED, "the token's signature is not well formed");
    }
    return r;
}

enum keys_result token_sign(struct token *t, EVP_PKEY *public_key, struct span bytes, uint8_t *out,
                            size_t *size, char *why)
{
    return EVP_PKEY_get_base_id(public_key) == EVP_PKEY_RSA
               ? sign_rsa(t, bytes, out, size, why)
               : sign_ec(t, public_key, bytes, out, size, why);
}
