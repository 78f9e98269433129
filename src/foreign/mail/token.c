/*
 * token - see token.h.
 */
#include "foreign/mail/token.h"

#include <ctype.h>
#include <stdio.h>

#include <openssl/rand.h>

static bool is_digit_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(uint8_t c)
{
    return is_digit_hex(c) || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c >= 0x80;
}

int mail_token_make(char out[MAIL_TOKEN])
{
    uint8_t bits[MAIL_TOKEN_DIGITS / 2];
    if (RAND_bytes(bits, sizeof bits) != 1) {
        return -1;
    }
    (void)hash_hex(span_make(bits, sizeof bits), false, out);
    return 0;
}

bool mail_token_is(struct span text)
{
    if (text.n != MAIL_TOKEN_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (!is_digit_hex(text.p[i])) {
            return false;
        }
    }
    return true;
}

int mail_token_sha256(struct span token, char hex[SHA256_HEX])
{
    uint8_t digits[MAIL_TOKEN_DIGITS], digest[SHA256_SIZE];
    if (!mail_token_is(token)) {
        return -1;
    }
    for (size_t i = 0; i < sizeof digits; i++) {
        digits[i] = (uint8_t)tolower(token.p[i]);
    }
    if (hash_sha256(span_make(digits, sizeof digits), digest) != 0) {
        return -1;
    }
    (void)hash_hex(span_make(digest, sizeof digest), false, hex);
    return 0;
}

size_t mail_token_find(struct span text, size_t from)
{
    size_t run = 0; /* hex digits before i; SIZE_MAX once another letter is among them */
    for (size_t i = from; i <= text.n; i++) {
        bool word = i < text.n && is_word(text.p[i]);
        if (!word) {
            if (run == MAIL_TOKEN_DIGITS) {
                return i - MAIL_TOKEN_DIGITS;
            }
            run = 0;
        } else if (run != SIZE_MAX) {
            run = is_digit_hex(text.p[i]) ? run + 1 : SIZE_MAX;
        }
    }
    return SIZE_MAX;
}

bool mail_message_id(const char *token, unsigned number, const char *domain, char out[MAIL_ID])
{
    int n = snprintf(out, MAIL_ID, "<%s.%u@%s>", token, number, domain);
    return n > 0 && n < MAIL_ID;
}
