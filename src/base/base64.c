/*
 * base64 - see base64.h.
 */
#include "base/base64.h"

static int digit(uint8_t c, enum base64_form form)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == (form == BASE64_URL ? '-' : '+')) {
        return 62;
    }
    return c == (form == BASE64_URL ? '_' : '/') ? 63 : -1;
}

/* The text without its padding; false when there is too much or too little. */
static bool strip(struct span *text, enum base64_form form)
{
    if (form == BASE64_PADDED) {
        if (text->n % 4 != 0) {
            return false;
        }
        for (int i = 0; i < 2 && text->n && text->p[text->n - 1] == '='; i++) {
            text->n--;
        }
    }
    return text->n % 4 != 1;
}

int base64_decode(struct arena *a, struct span text, enum base64_form form, struct span *out)
{
    *out = SPAN_NONE;
    if (!strip(&text, form)) {
        return 0;
    }
    uint8_t *p = arena_alloc(a, text.n / 4 * 3 + 3);
    if (!p) {
        return -1;
    }
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.n; i++) {
        int d = digit(text.p[i], form);
        if (d < 0) {
            return 0;
        }
        bits = (bits << 6 | (uint32_t)d) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (uint8_t)(bits >> have);
        }
    }
    if (bits & ((1U << have) - 1)) {
        return 0;
    }
    *out = span_make(p, n);
    return 0;
}

size_t base64_url(struct span in, uint8_t *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < in.n; i++) {
        bits = (bits << 8 | in.p[i]) & 0xffffff;
        for (have += 8; have >= 6; have -= 6) {
            out[n++] = (uint8_t)digits[bits >> (have - 6) & 63];
        }
    }
    if (have) {
        out[n++] = (uint8_t)digits[bits << (6 - have) & 63];
    }
    return n;
}

void base64_put(struct buffer *out, struct span in)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.n; i += 3) {
        size_t have = in.n - i < 3 ? in.n - i : 3;
        uint32_t bits = (uint32_t)in.p[i] << 16 | (have > 1 ? (uint32_t)in.p[i + 1] << 8 : 0) |
                        (have > 2 ? in.p[i + 2] : 0);
        const char four[] = {letters[bits >> 18], letters[bits >> 12 & 63],
                             have > 1 ? letters[bits >> 6 & 63] : '=',
                             have > 2 ? letters[bits & 63] : '='};
        buffer_add(out, span_make(four, sizeof four));
    }
}
