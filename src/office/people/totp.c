/*
 * totp - see totp.h.
 */
#include "office/people/totp.h"

#include <ctype.h>
#include <stdio.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "office/people/secret.h"

enum { WINDOW = 1, DIGITS = 6 };

int totp_code(const uint8_t secret[TOTP_SECRET], int64_t step, char out[TOTP_CODE])
{
    uint8_t message[8], mac[20];
    unsigned n = 0;
    for (int i = 0; i < 8; i++) {
        message[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    out[0] = 0;
    if (!HMAC(EVP_sha1(), secret, TOTP_SECRET, message, sizeof message, mac, &n) ||
        n != sizeof mac) {
        return -1;
    }
    const uint8_t *p = mac + (mac[19] & 15); /* RFC 4226 5.3 */
    uint32_t number =
        (uint32_t)(p[0] & 127) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
    (void)snprintf(out, TOTP_CODE, "%06u", number % 1000000);
    return 0;
}

static bool read_digits(const char *typed, char out[TOTP_CODE])
{
    size_t n = 0;
    for (; *typed; typed++) {
        if (*typed == ' ') {
            continue;
        }
        if (!isdigit((unsigned char)*typed) || n == DIGITS) {
            return false;
        }
        out[n++] = *typed;
    }
    out[n] = 0;
    return n == DIGITS;
}

int totp_check(const uint8_t secret[TOTP_SECRET], const char *typed, int64_t now, int64_t used,
               int64_t *step)
{
    char given[TOTP_CODE] = "", right[TOTP_CODE];
    bool readable = read_digits(typed, given), found = false;
    int64_t current = now / TOTP_STEP_SECONDS;
    for (int64_t s = current - WINDOW; s <= current + WINDOW; s++) {
        if (totp_code(secret, s, right) != 0) {
            return -1;
        }
        if (readable && s > used && CRYPTO_memcmp(given, right, DIGITS) == 0) {
            *step = s;
            found = true;
        }
    }
    return found;
}

/* RFC 3986 2.3: unreserved characters stay. */
static void percent(struct buffer *out, const char *s)
{
    for (; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr("-._~", *s)) {
            buffer_char(out, *s);
        } else {
            buffer_printf(out, "%%%02X", (unsigned char)*s);
        }
    }
}

void totp_uri(const uint8_t secret[TOTP_SECRET], const char *login, struct buffer *out)
{
    char text[TOTP_SECRET * 2];
    secret_base32(span_make(secret, TOTP_SECRET), text);
    buffer_str(out, "otpauth://totp/Satyapan:");
    percent(out, login);
    buffer_printf(out, "?secret=%s&issuer=Satyapan&algorithm=SHA1&digits=6&period=30", text);
    OPENSSL_cleanse(text, sizeof text);
}
