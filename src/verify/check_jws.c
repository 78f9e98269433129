/*
 * check_jws - integrity of JSON signatures, and the time-stamps they carry.
 *
 * RFC 7515 5.2, RFC 7518 3, RFC 7797, TS 119 182-1. The signing input is made piece by piece, so a
 * large detached document is not copied (except for EdDSA, which needs it in one run). What it does
 * not do: check archive time-stamps, and payloads put together of several objects.
 */
#include "verify/judging.h"

#include <openssl/ecdsa.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/utc.h"
#include "format/jws.h"

enum { CHUNK = 3 * 4096 };

/* ---- the unit ---- */

static int pool_values(struct job *job, const struct jws *jws)
{
    for (size_t i = 0; i < jws->cert_count; i++) {
        if (verify_take(job, SP_EVIDENCE_CERT, jws->certs[i])) {
            return -1;
        }
    }
    for (size_t i = 0; i < jws->value_count; i++) {
        const struct jws_value *v = &jws->values[i];
        enum sp_evidence_kind kind = v->kind == JWS_CERT  ? SP_EVIDENCE_CERT
                                     : v->kind == JWS_CRL ? SP_EVIDENCE_CRL
                                                          : SP_EVIDENCE_OCSP;
        if (v->kind <= JWS_OCSP && verify_take(job, kind, v->der)) {
            return -1;
        }
    }
    return 0;
}

int verify_jws_unit(struct job *job, struct unit *u)
{
    const struct jws *jws = u->from->jws;
    struct sp_signature *s = u->sig;
    u->ops = &unit_ops_jws;
    if (jws->payload.p) {
        u->content = jws->payload;
        s->coverage = "The whole payload inside the JSON signature is signed.";
        s->coverage_hi = "JSON हस्ताक्षर के भीतर की पूरी सामग्री हस्ताक्षरित है।";
    } else if (job->document->content) {
        u->content = span_make(job->document->content, job->document->content_size);
        s->coverage = "The whole document given beside the signature is signed.";
        s->coverage_hi = "हस्ताक्षर के साथ दिया गया पूरा दस्तावेज़ हस्ताक्षरित है।";
    } else {
        s->covers_whole_document = false;
        s->coverage = "A document that was not given is signed.";
        s->coverage_hi = "जिस दस्तावेज़ पर हस्ताक्षर हैं वह नहीं दिया गया।";
    }
    u->content_known = u->content.p != NULL;
    return pool_values(job, jws);
}

/* ---- the certificate ---- */

/* x5c: its first is the signer's (RFC 7515 4.1.6); without it, the one the header names. */
static struct cert *find_cert(struct judging *j)
{
    const struct jws *jws = j->u->from->jws;
    uint8_t hash[SHA256_SIZE];
    if (jws->cert_count > 0) {
        return hash_sha256(jws->certs[0], hash) == 0 ? pool_by_sha256(j->job->pool, hash) : NULL;
    }
    for (size_t i = 0; i < jws->reference_count; i++) {
        const struct jws_reference *r = &jws->references[i];
        if (r->digest == OID_SHA256 && r->value.n == SHA256_SIZE) {
            return pool_by_sha256(j->job->pool, r->value.p);
        }
    }
    return NULL;
}

static int check_references(struct judging *j)
{
    const struct jws *jws = j->u->from->jws;
    uint8_t digest[DIGEST_MAX];
    bool all = jws->reference_count > 0;
    for (size_t i = 0; i < jws->reference_count; i++) {
        const struct jws_reference *r = &jws->references[i];
        if (r->digest == OID_UNKNOWN) {
            judging_add(j, SP_CMS_ALGORITHM_UNSUPPORTED, "x5t#o", NULL);
            all = false;
            continue;
        }
        if (algorithm_digest(r->digest, j->u->cert->der, digest)) {
            return -1;
        }
        if (!span_eq(r->value, span_make(digest, algorithm_digest_size(r->digest)))) {
            judging_add(j, SP_JWS_CERT_MISMATCH, NULL, NULL);
            all = false;
        }
    }
    j->level.bound = all && j->u->sig->claimed_time != UTC_NONE;
    return 0;
}

/* ---- the value ---- */

/* The signing input is given to one of these, in pieces. */
struct sink {
    EVP_MD_CTX *ctx; /* either */
    uint8_t *out;    /* or */
    size_t n;
};

static bool put(struct sink *s, struct span piece)
{
    if (s->ctx) {
        return EVP_DigestUpdate(s->ctx, piece.p, piece.n) == 1;
    }
    if (piece.n) {
        memcpy(s->out + s->n, piece.p, piece.n);
    }
    s->n += piece.n;
    return true;
}

static bool put_encoded(struct sink *s, struct span octets)
{
    uint8_t text[CHUNK / 3 * 4];
    bool ok = true;
    for (size_t at = 0; ok && at < octets.n; at += CHUNK) {
        ok = put(s, span_make(text, base64_url(span_sub(octets, at, CHUNK), text)));
    }
    return ok;
}

/* protected '.' payload (RFC 7515 5.1; RFC 7797 3); by hash, the payload is empty. */
static bool put_input(struct sink *s, const struct jws *jws, struct span content)
{
    if (!put(s, jws->protected_text) || !put(s, SPAN_LIT("."))) {
        return false;
    }
    if (jws->objects == JWS_BY_HASH) {
        return true;
    }
    if (jws->payload_text.p) {
        return put(s, jws->payload_text);
    }
    return jws->encoded ? put_encoded(s, content) : put(s, content);
}

/* R and S of fixed length (RFC 7518 3.4) as the DER that libcrypto wants; absent when it is not. */
static int ecdsa_value(struct judging *j, struct span *out)
{
    const struct jws *jws = j->u->from->jws;
    size_t n = (jws->key_bits + 7) / 8;
    struct span raw = jws->signature;
    unsigned char *der = NULL;
    *out = SPAN_NONE;
    if (raw.n != 2 * n) {
        return 0;
    }
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.p, (int)n, NULL), *s = BN_bin2bn(raw.p + n, (int)n, NULL);
    int length = -1;
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        length = i2d_ECDSA_SIG(sig, &der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    if (length > 0) {
        *out = arena_dup(j->job->arena, span_make(der, (size_t)length));
    }
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return length > 0 && out->p ? 0 : -1;
}

static int digest_input(struct judging *j, uint8_t out[DIGEST_MAX])
{
    const struct jws *jws = j->u->from->jws;
    struct sink s = {.ctx = EVP_MD_CTX_new()};
    bool ok = s.ctx && EVP_DigestInit_ex(s.ctx, algorithm_md(jws->alg.digest), NULL) == 1 &&
              put_input(&s, jws, j->u->content) &&
              algorithm_digest_final(s.ctx, jws->alg.digest, out);
    EVP_MD_CTX_free(s.ctx);
    return ok ? 0 : -1;
}

static int whole_input(struct judging *j, struct span *out)
{
    const struct jws *jws = j->u->from->jws;
    size_t n = jws->payload_text.p ? jws->payload_text.n : j->u->content.n;
    struct sink s = {.out =
                         arena_alloc(j->job->arena, jws->protected_text.n + 1 + n / 3 * 4 + n + 8)};
    if (!s.out || !put_input(&s, jws, j->u->content)) {
        return -1;
    }
    *out = span_make(s.out, s.n);
    return 0;
}

static int value_good(struct judging *j, EVP_PKEY *key, bool *good)
{
    const struct jws *jws = j->u->from->jws;
    struct span value = jws->signature, message;
    uint8_t digest[DIGEST_MAX];
    *good = false;
    if (jws->alg.family == SIG_EDDSA) {
        if (whole_input(j, &message)) {
            return -1;
        }
        algorithm_verify_message(key, &jws->alg, message, value, good);
        return 0;
    }
    if (jws->alg.family == SIG_ECDSA && ecdsa_value(j, &value)) {
        return -1;
    }
    if (digest_input(j, digest)) {
        return -1;
    }
    if (value.p) {
        algorithm_verify_digest(
            key, &jws->alg, span_make(digest, algorithm_digest_size(jws->alg.digest)), value, good);
    }
    return 0;
}

/* The algorithm is of the key's own kind (RFC 7515 10.7); of ECDSA, of its very curve. */
static bool key_fits(struct judging *j, EVP_PKEY *key)
{
    const struct jws *jws = j->u->from->jws;
    bool curve = jws->key_bits == 0 || (unsigned)EVP_PKEY_get_bits(key) == jws->key_bits;
    bool ed25519 = jws->alg.family != SIG_EDDSA || EVP_PKEY_get_id(key) == EVP_PKEY_ED25519;
    return curve && ed25519 && algorithm_key_fits(key, &jws->alg);
}

static int check_value(struct judging *j)
{
    struct unit *u = j->u;
    EVP_PKEY *key = u->cert ? cert_key(u->cert) : NULL;
    bool good = false;
    if (!u->cert) {
        judging_add(
            j, u->from->jws->cert_count ? SP_CMS_SIGNER_CERT_UNUSABLE : SP_CMS_SIGNER_CERT_MISSING,
            u->from->jws->cert_count ? "it cannot be read" : "x5c", NULL);
        return 0;
    }
    if (!key) {
        judging_add(j, SP_CMS_SIGNER_CERT_UNUSABLE, "its public key cannot be read", NULL);
        return 0;
    }
    if (!key_fits(j, key)) {
        judging_add(j, SP_JWS_KEY_MISMATCH, u->from->jws->algorithm, NULL);
        u->sig->intact = SP_NO;
        return 0;
    }
    if (value_good(j, key, &good)) {
        return -1;
    }
    u->sig->intact = good ? SP_YES : SP_NO;
    if (!good) {
        judging_add(j, SP_JWS_SIGNATURE_INVALID, NULL, NULL);
    }
    return 0;
}

/* ---- what is signed ---- */

static int object_digest(struct judging *j, uint8_t out[DIGEST_MAX])
{
    const struct jws *jws = j->u->from->jws;
    struct sink s = {.ctx = EVP_MD_CTX_new()};
    bool ok = s.ctx && EVP_DigestInit_ex(s.ctx, algorithm_md(jws->object_digest), NULL) == 1 &&
              (jws->encoded ? put_encoded(&s, j->u->content) : put(&s, j->u->content)) &&
              algorithm_digest_final(s.ctx, jws->object_digest, out);
    EVP_MD_CTX_free(s.ctx);
    return ok ? 0 : -1;
}

/* The digests in the header are of the objects in base64url, unless b64 is false (5.2.8.3.3). */
static int check_objects(struct judging *j)
{
    const struct jws *jws = j->u->from->jws;
    uint8_t digest[DIGEST_MAX];
    bool found = false;
    if (object_digest(j, digest)) {
        return -1;
    }
    for (size_t i = 0; i < jws->object_count; i++) {
        found = found || span_eq(jws->object_digests[i],
                                 span_make(digest, algorithm_digest_size(jws->object_digest)));
    }
    if (!found) {
        judging_add(j, SP_JWS_DIGEST_MISMATCH, NULL, NULL);
        j->u->sig->intact = SP_NO;
    }
    return 0;
}

/* True when the octets that are signed are at hand. */
static bool content_at_hand(struct judging *j)
{
    const struct jws *jws = j->u->from->jws;
    char *n = arena_printf(j->job->arena, "%zu", jws->object_count ? jws->object_count : 1);
    if (jws->objects == JWS_BY_OTHER ||
        (jws->objects == JWS_BY_HASH && jws->object_digest == OID_UNKNOWN)) {
        judging_add(j, SP_JWS_DETACHED_METHOD, jws->object_method, NULL);
        return false;
    }
    if (!j->u->content_known || jws->object_count > 1) {
        judging_add(j, SP_JWS_PAYLOAD_MISSING, n, NULL);
        return jws->objects == JWS_BY_HASH; /* the value needs no object, only the digests do */
    }
    return true;
}

/* A document given beside a signature that has its payload inside: is it the signed one? */
static void compare_given(struct judging *j)
{
    const struct sp_document *d = j->job->document;
    const struct jws *jws = j->u->from->jws;
    if (jws->payload.p && d->content &&
        !span_eq(jws->payload, span_make(d->content, d->content_size))) {
        judging_add(j, SP_JWS_DIGEST_MISMATCH, NULL, NULL);
        j->u->sig->intact = SP_NO;
    }
}

static int check(struct judging *j)
{
    struct unit *u = j->u;
    const struct jws *jws = u->from->jws;
    j->value = jws->signature;
    if (u->cert && check_references(j)) {
        return -1;
    }
    if (jws->alg.family == SIG_NONE) {
        judging_add(j, SP_CMS_ALGORITHM_UNSUPPORTED, jws->algorithm, NULL);
        u->sig->algorithm = jws->algorithm;
        return 0;
    }
    j->digest = jws->alg.family == SIG_EDDSA ? OID_SHA512 : jws->alg.digest;
    u->sig->digest = oid_name(j->digest);
    u->sig->algorithm = algorithm_name(&jws->alg, NULL);
    bool at_hand = content_at_hand(j);
    if (at_hand && check_value(j)) {
        return -1;
    }
    if (jws->objects == JWS_BY_HASH && u->content_known && jws->object_digest != OID_UNKNOWN &&
        check_objects(j)) {
        return -1;
    }
    compare_given(j);
    if (u->sig->intact == SP_YES && finding_has(&u->sig->findings, SP_JWS_PAYLOAD_MISSING)) {
        u->sig->intact = SP_UNKNOWN;
    }
    return 0;
}

/* ---- time-stamps: sigTst is over the base64url of the value, adoTst over that of the payload
 * (TS 119 182-1 5.3.4, 5.2.6) ---- */

static int stamps(struct judging *j, struct stamp_list *out)
{
    const struct jws *jws = j->u->from->jws;
    for (size_t i = 0; i < jws->value_count; i++) {
        const struct jws_value *v = &jws->values[i];
        bool content = v->kind == JWS_CONTENT_STAMP;
        struct span message = content ? jws->payload_text : jws->signature_text;
        if ((v->kind == JWS_STAMP || content) && message.p &&
            stamp_list_add(j->job->arena, out, content ? STAMP_CONTENT : STAMP_SIGNATURE, v->der,
                           message)) {
            return -1;
        }
    }
    return 0;
}

const struct unit_ops unit_ops_jws = {find_cert, check, stamps};
