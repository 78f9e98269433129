/*
 * qr - see qr.h. Ed25519: RFC 8032; base64url without padding: RFC 4648 section 5.
 */
#include "issue/qr.h"

#include <stdio.h>

#include <openssl/evp.h>

#include "base/base64.h"

enum { VERSION = 1, SIGNATURE = 64, FIXED = 1 + NOTE_ID + 4 + 4 + SHA256_SIZE + 1 };
enum { PAYLOAD_MAX = FIXED + QR_NUMBER + SIGNATURE };

/* The octets that are signed, in out. */
static void message(struct buffer *out, struct span url, struct span payload)
{
    buffer_str(out, "satyapan-qr/1\n");
    buffer_add(out, url);
    buffer_char(out, '\n');
    buffer_add(out, payload);
}

static uint8_t *put32(uint8_t *p, int32_t day)
{
    uint32_t v = (uint32_t)day;
    for (int i = 0; i < 4; i++) {
        *p++ = (uint8_t)(v >> (24 - 8 * i));
    }
    return p;
}

static int32_t get32(const uint8_t *p)
{
    return (int32_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

int qr_make(const struct qr_claim *c, const struct note_key *key, const struct note_signer *by,
            struct buffer *out)
{
    uint8_t raw[PAYLOAD_MAX], text[(PAYLOAD_MAX + 2) / 3 * 4], *p = raw;
    size_t url = strnlen(c->url, QR_URL), number = strnlen(c->number, QR_NUMBER);
    if (url == 0 || url == QR_URL || number == 0 || number == QR_NUMBER || strchr(c->url, '#')) {
        return 1;
    }
    *p++ = VERSION;
    memcpy(p, key->id, NOTE_ID);
    p = put32(put32(p + NOTE_ID, c->as_of), c->valid_to);
    memcpy(p, c->data, SHA256_SIZE);
    p += SHA256_SIZE;
    *p++ = (uint8_t)number;
    memcpy(p, c->number, number);
    p += number;
    struct buffer b;
    buffer_init(&b, QR_TEXT * 2);
    message(&b, span_make(c->url, url), span_make(raw, (size_t)(p - raw)));
    int rc = buffer_ok(&b) ? by->sign(by->context, buffer_span(&b), p) : -1;
    buffer_free(&b);
    if (rc == 0) {
        size_t n = base64_url(span_make(raw, (size_t)(p - raw) + SIGNATURE), text);
        buffer_printf(out, "%s#", c->url);
        buffer_add(out, span_make(text, n));
        rc = buffer_ok(out) ? 0 : -1;
    }
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int refuse(char *why, const char *sentence)
{
    (void)snprintf(why, QR_WHY, "%s", sentence);
    return 1;
}

/* -1: memory. */
static int is_signed(struct span url, struct span payload, const uint8_t *signature,
                     const struct note_key *key)
{
    struct buffer b;
    buffer_init(&b, QR_TEXT * 2);
    message(&b, url, payload);
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, NOTE_KEY);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    int good = -1;
    if (buffer_ok(&b) && k && c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1) {
        good = EVP_DigestVerify(c, signature, SIGNATURE, b.p, b.n) == 1;
    }
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(k);
    buffer_free(&b);
    return good;
}

static void take(struct span url, struct span raw, struct qr_claim *out)
{
    const uint8_t *p = raw.p + 1 + NOTE_ID;
    *out = (struct qr_claim){.as_of = get32(p), .valid_to = get32(p + 4)};
    memcpy(out->url, url.p, url.n);
    memcpy(out->data, p + 8, SHA256_SIZE);
    memcpy(out->number, raw.p + FIXED, raw.n - FIXED - SIGNATURE);
}

static int check(struct span url, struct span raw, const struct note_key *key, struct qr_claim *out,
                 char *why)
{
    if (!raw.p || raw.n < FIXED + 1 + SIGNATURE || raw.p[0] != VERSION ||
        raw.n != (size_t)FIXED + raw.p[FIXED - 1] + SIGNATURE || raw.p[FIXED - 1] >= QR_NUMBER ||
        memchr(raw.p + FIXED, 0, raw.p[FIXED - 1])) {
        return refuse(why, "What stands behind # is no signed statement of this form: the code is "
                           "not of this register, or was read wrongly.");
    }
    if (key->type != NOTE_ED25519 || memcmp(raw.p + 1, key->id, NOTE_ID) != 0) {
        return refuse(why, "The code was signed with another key than this register's.");
    }
    struct span payload = span_sub(raw, 0, raw.n - SIGNATURE);
    int good = is_signed(url, payload, raw.p + payload.n, key);
    if (good == 1) {
        take(url, raw, out);
    }
    return good < 0 ? -1
           : good   ? 0
                    : refuse(why, "The signature in the code is wrong: the code was changed or "
                                    "made by somebody else.");
}

int qr_check(struct span text, const struct note_key *key, struct qr_claim *out, char *why)
{
    size_t hash = span_find(text, SPAN_LIT("#"), 0);
    struct span url = span_sub(text, 0, hash), raw = SPAN_NONE;
    why[0] = 0;
    if (hash == SIZE_MAX || url.n == 0 || url.n >= QR_URL || text.n > QR_TEXT ||
        memchr(url.p, 0, url.n)) {
        return refuse(why, "The text of the code has no signed part behind #.");
    }
    struct arena *a = arena_new((size_t)8 * QR_TEXT);
    int rc = a ? base64_decode(a, span_sub(text, hash + 1, text.n), BASE64_URL, &raw) : -1;
    rc = rc ? rc : check(url, raw, key, out, why);
    arena_free(a);
    return rc;
}
