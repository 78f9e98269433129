/*
 * secret - see secret.h.
 */
#include "office/people/secret.h"

#include <ctype.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/base64.h"
#include "base/buffer.h"

/* RFC 4648 section 6: no 0, 1, 8, which look like O, I and B. */
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

int secret_random(uint8_t *out, size_t n)
{
    return n <= INT32_MAX && RAND_priv_bytes(out, (int)n) == 1 ? 0 : -1;
}

void secret_text(const uint8_t in[SECRET_SIZE], char out[SECRET_TEXT])
{
    uint8_t text[SECRET_TEXT + 1];
    size_t n = base64_url(span_make(in, SECRET_SIZE), text);
    memcpy(out, text, n);
    out[n] = 0;
}

int secret_new(char out[SECRET_TEXT])
{
    uint8_t bytes[SECRET_SIZE];
    out[0] = 0;
    if (secret_random(bytes, sizeof bytes) != 0) {
        return -1;
    }
    secret_text(bytes, out);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return 0;
}

int secret_code(char out[SECRET_CODE])
{
    uint8_t bytes[20];
    size_t n = 0;
    out[0] = 0;
    if (secret_random(bytes, sizeof bytes) != 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i && i % 5 == 0) {
            out[n++] = '-';
        }
        out[n++] = letters[bytes[i] % 32];
    }
    out[n] = 0;
    return 0;
}

bool secret_code_read(const char *typed, char out[SECRET_CODE])
{
    size_t n = 0, seen = 0;
    for (; *typed; typed++) {
        char c = (char)toupper((unsigned char)*typed);
        if (c == '-' || c == ' ') {
            continue;
        }
        if (!strchr(letters, c) || seen == 20) {
            return false;
        }
        if (seen && seen % 5 == 0) {
            out[n++] = '-';
        }
        out[n++] = c;
        seen++;
    }
    out[n] = 0;
    return seen == 20;
}

int secret_hash(const char *purpose, const char *text, uint8_t out[SHA256_SIZE])
{
    struct buffer b;
    buffer_init(&b, 1024);
    buffer_str(&b, purpose);
    buffer_char(&b, 0);
    buffer_str(&b, text);
    int rc = buffer_ok(&b) ? hash_sha256(buffer_span(&b), out) : -1;
    if (b.p) {
        OPENSSL_cleanse(b.p, b.n);
    }
    buffer_free(&b);
    return rc;
}

bool secret_same(const char *a, const char *b)
{
    size_t n = strlen(a);
    return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

void secret_base32(struct span in, char *out)
{
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < in.n; i++) {
        bits = (bits << 8 | in.p[i]) & 0xffff;
        for (have += 8; have >= 5; have -= 5) {
            *out++ = letters[bits >> (have - 5) & 31];
        }
    }
    if (have) {
        *out++ = letters[bits << (5 - have) & 31];
    }
    *out = 0;
}
