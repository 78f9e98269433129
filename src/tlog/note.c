/*
 * note - see note.h. C2SP signed-note v1.0.0, tlog-cosignature v1; RFC 8032.
 */
#include "tlog/note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "base/utc.h"

enum { SIGNATURE = 64, RAW_MAX = 4096, STAMP = 8 };

#define DASH SPAN_LIT("\xE2\x80\x94 ") /* em dash, space */

/* ---- keys ------------------------------------------------------------------------------------ */

/* UTF-8 without control characters but newlines; also no bidirectional overrides, which could make
 * a note read as something else. */
static bool good_text(struct span s)
{
    while (s.n) {
        size_t n = s.p[0] == '\n' ? 1 : utf8_printable(s);
        if (n == 0) {
            return false;
        }
        s = span_sub(s, n, s.n);
    }
    return true;
}

/* Not empty, no space of any kind, no '+'. */
static bool good_name(struct span name)
{
    if (name.n == 0 || name.n >= NOTE_NAME || !good_text(name)) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] <= ' ' || name.p[i] == '+' || name.p[i] == 0x7F) {
            return false;
        }
    }
    static const char *const spaces[] = {
        "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xA8", "\xE2\x80\xA9",
        "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xE2\x80\x80", "\xE2\x80\x81",
        "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
        "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (span_find(name, span_str(spaces[i]), 0) != SIZE_MAX) {
            return false;
        }
    }
    return true;
}

static int key_id(const struct note_key *k, uint8_t out[NOTE_ID])
{
    struct buffer b;
    uint8_t hash[SHA256_SIZE];
    buffer_init(&b, NOTE_NAME + NOTE_KEY + 2);
    buffer_str(&b, k->name);
    buffer_char(&b, '\n');
    buffer_char(&b, (char)k->type);
    buffer_add(&b, span_make(k->key, NOTE_KEY));
    int rc = buffer_ok(&b) ? hash_sha256(buffer_span(&b), hash) : -1;
    buffer_free(&b);
    memcpy(out, hash, rc == 0 ? NOTE_ID : 0);
    return rc;
}

int note_key_make(const char *name, enum note_type type, const uint8_t key[NOTE_KEY],
                  struct note_key *out)
{
    *out = (struct note_key){.type = type};
    if (!good_name(span_str(name))) {
        return 1;
    }
    memcpy(out->name, name, strlen(name) + 1);
    memcpy(out->key, key, NOTE_KEY);
    return key_id(out, out->id);
}

/* Decodes padded base64 into a place on the stack; *n SIZE_MAX: it is none, or too long. */
static int decode(struct span text, uint8_t out[RAW_MAX], size_t *n)
{
    struct arena *a = arena_new((size_t)4 * RAW_MAX);
    struct span raw = SPAN_NONE;
    *n = SIZE_MAX;
    int rc = !a ? -1 : text.n > RAW_MAX ? 0 : base64_decode(a, text, BASE64_PADDED, &raw);
    if (rc == 0 && raw.p && raw.n <= RAW_MAX) {
        memcpy(out, raw.p, raw.n);
        *n = raw.n;
    }
    arena_free(a);
    return rc;
}

int note_key_parse(struct span vkey, struct note_key *out)
{
    size_t plus = span_find(vkey, SPAN_LIT("+"), 0);
    struct span name = span_sub(vkey, 0, plus), rest = SPAN_NONE;
    uint8_t raw[RAW_MAX], id[NOTE_ID];
    char hex[2 * NOTE_ID + 1] = "", text[NOTE_NAME];
    size_t n;
    if (plus == SIZE_MAX || !good_name(name) || vkey.n < plus + 2 + 2 * NOTE_ID ||
        vkey.p[plus + 1 + 2 * NOTE_ID] != '+') {
        return 1;
    }
    memcpy(hex, vkey.p + plus + 1, 2 * NOTE_ID);
    memcpy(text, name.p, name.n);
    text[name.n] = 0;
    rest = span_sub(vkey, plus + 2 + 2 * NOTE_ID, vkey.n);
    if (decode(rest, raw, &n) < 0) {
        return -1;
    }
    if (n != NOTE_KEY + 1 || (raw[0] != NOTE_ED25519 && raw[0] != NOTE_COSIGNATURE) ||
        !hash_unhex(hex, id, NOTE_ID)) {
        return 1;
    }
    int rc = note_key_make(text, (enum note_type)raw[0], raw + 1, out);
    return rc ? rc : memcmp(id, out->id, NOTE_ID) != 0;
}

int note_key_write(const struct note_key *k, struct buffer *out)
{
    char hex[2 * NOTE_ID + 1];
    uint8_t raw[NOTE_KEY + 1] = {(uint8_t)k->type};
    memcpy(raw + 1, k->key, NOTE_KEY);
    buffer_printf(out, "%s+%s+", k->name, hash_hex(span_make(k->id, NOTE_ID), false, hex));
    base64_put(out, span_make(raw, sizeof raw));
    return buffer_ok(out) ? 0 : -1;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool take_line(struct span line, struct note *out)
{
    if (!span_starts(line, DASH) || out->count == NOTE_LINES) {
        return false;
    }
    struct span rest = span_sub(line, DASH.n, line.n);
    size_t space = span_find(rest, SPAN_LIT(" "), 0);
    struct note_line l = {span_sub(rest, 0, space), span_sub(rest, space + 1, rest.n)};
    if (space == SIZE_MAX || !good_name(l.name) || l.signature.n == 0) {
        return false;
    }
    out->lines[out->count++] = l;
    return true;
}

int note_parse(struct span bytes, struct note *out)
{
    *out = (struct note){.count = 0};
    size_t gap = SIZE_MAX;
    if (bytes.n == 0 || bytes.n > NOTE_MAX || bytes.p[bytes.n - 1] != '\n' || !good_text(bytes)) {
        return 1;
    }
    /* The text is separated from the signatures by the last empty line. */
    for (size_t i = bytes.n - 1; i > 0 && gap == SIZE_MAX; i--) {
        gap = bytes.p[i] == '\n' && bytes.p[i - 1] == '\n' ? i : SIZE_MAX;
    }
    if (gap == SIZE_MAX) {
        return 1;
    }
    out->text = span_sub(bytes, 0, gap);
    for (size_t at = gap + 1; at < bytes.n;) {
        size_t end = span_find(bytes, SPAN_LIT("\n"), at);
        if (!take_line(span_sub(bytes, at, end - at), out)) {
            return 1;
        }
        at = end + 1;
    }
    return out->count ? 0 : 1;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static int check(const struct note_key *key, struct span text, const uint8_t *signature)
{
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, NOTE_KEY);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    int good = -1;
    if (k && c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1) {
        good = EVP_DigestVerify(c, signature, SIGNATURE, text.p, text.n) == 1;
    }
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(k);
    return good;
}

static void cosigned_text(struct buffer *out, uint64_t at, struct span text)
{
    buffer_printf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)at);
    buffer_add(out, text);
}

static int check_cosigned(const struct note_key *key, struct span text, const uint8_t *stamped,
                          int64_t *at)
{
    uint64_t t = 0;
    struct buffer b;
    for (size_t i = 0; i < STAMP; i++) {
        t = t << 8 | stamped[i];
    }
    if (t > INT64_MAX) {
        return 0;
    }
    buffer_init(&b, NOTE_MAX + NOTE_NAME);
    cosigned_text(&b, t, text);
    int good = buffer_ok(&b) ? check(key, buffer_span(&b), stamped + STAMP) : -1;
    buffer_free(&b);
    if (at && good == 1) {
        *at = (int64_t)t;
    }
    return good;
}

/* One line: 1 good, 0 bad, 2 not of this key. */
static int check_line(const struct note *n, const struct note_line *l, const struct note_key *key,
                      int64_t *at)
{
    uint8_t raw[RAW_MAX];
    size_t size;
    if (!span_eq(l->name, span_str(key->name))) {
        return 2;
    }
    if (decode(l->signature, raw, &size) < 0) {
        return -1;
    }
    if (size == SIZE_MAX || size < NOTE_ID || memcmp(raw, key->id, NOTE_ID) != 0) {
        return 2;
    }
    if (key->type == NOTE_COSIGNATURE) {
        return size == NOTE_ID + STAMP + SIGNATURE ? check_cosigned(key, n->text, raw + NOTE_ID, at)
                                                   : 0;
    }
    return size == NOTE_ID + SIGNATURE ? check(key, n->text, raw + NOTE_ID) : 0;
}

int note_signed(const struct note *n, const struct note_key *key, int64_t *at)
{
    int good = 0;
    if (at) {
        *at = UTC_NONE;
    }
    for (size_t i = 0; i < n->count; i++) {
        int c = check_line(n, &n->lines[i], key, at);
        if (c == 0 || c < 0) {
            return c;
        }
        good |= c == 1;
    }
    return good;
}

int note_seed_sign(void *seed, struct span text, uint8_t out[NOTE_SIGNATURE])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_KEY);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t n = SIGNATURE;
    bool ok = k && c && EVP_DigestSignInit(c, NULL, NULL, NULL, k) == 1 &&
              EVP_DigestSign(c, out, &n, text.p, text.n) == 1 && n == SIGNATURE;
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(k);
    return ok ? 0 : -1;
}

static int put_line(const struct note_key *key, const uint8_t *raw, size_t n, struct buffer *out)
{
    buffer_add(out, DASH);
    buffer_str(out, key->name);
    buffer_char(out, ' ');
    base64_put(out, span_make(raw, n));
    buffer_char(out, '\n');
    return buffer_ok(out) ? 0 : -1;
}

int note_sign_by(struct span text, const struct note_key *key, const struct note_signer *by,
                 struct buffer *out)
{
    uint8_t raw[NOTE_ID + SIGNATURE];
    memcpy(raw, key->id, NOTE_ID);
    return by->sign(by->context, text, raw + NOTE_ID) < 0 ? -1
                                                          : put_line(key, raw, sizeof raw, out);
}

int note_sign(struct span text, const struct note_key *key, const uint8_t seed[NOTE_KEY],
              struct buffer *out)
{
    uint8_t copy[NOTE_KEY];
    const struct note_signer by = {note_seed_sign, copy};
    memcpy(copy, seed, sizeof copy);
    int rc = note_sign_by(text, key, &by, out);
    OPENSSL_cleanse(copy, sizeof copy);
    return rc;
}

int note_cosign(struct span text, const struct note_key *key, const uint8_t seed[NOTE_KEY],
                int64_t at, struct buffer *out)
{
    uint8_t raw[NOTE_ID + STAMP + SIGNATURE], copy[NOTE_KEY];
    struct buffer b;
    if (at < 0) {
        return -1;
    }
    memcpy(raw, key->id, NOTE_ID);
    memcpy(copy, seed, sizeof copy);
    for (size_t i = 0; i < STAMP; i++) {
        raw[NOTE_ID + i] = (uint8_t)((uint64_t)at >> (8 * (STAMP - 1 - i)));
    }
    buffer_init(&b, NOTE_MAX + NOTE_NAME);
    cosigned_text(&b, (uint64_t)at, text);
    int rc = buffer_ok(&b) ? note_seed_sign(copy, buffer_span(&b), raw + NOTE_ID + STAMP) : -1;
    buffer_free(&b);
    OPENSSL_cleanse(copy, sizeof copy);
    return rc < 0 ? -1 : put_line(key, raw, sizeof raw, out);
}
