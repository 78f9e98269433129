/*
 * mime_word - encoded words in the names of files: "=?UTF-8?B?...?=" (RFC 2047).
 *
 * A file's name should not be written so (RFC 2047 5), but mail programs do for names in Hindi.
 * Only UTF-8 and ASCII are read; a word in another character set stays as it is written.
 */
#include <strings.h>

#include "base/base64.h"
#include "format/mime.h"

struct word {
    struct span charset, text;
    char encoding;
    size_t length; /* of all of it */
};

static size_t until(struct span s, size_t from, char end)
{
    const uint8_t *p = from < s.n ? memchr(s.p + from, end, s.n - from) : NULL;
    return p ? (size_t)(p - s.p) : s.n;
}

/* =?charset?encoding?text?= at the start of s. */
static bool word_at(struct span s, struct word *w)
{
    if (!span_starts(s, SPAN_LIT("=?"))) {
        return false;
    }
    size_t charset = until(s, 2, '?'), text = charset + 3, end = until(s, text, '?');
    if (end + 1 >= s.n || s.p[charset + 2] != '?' || s.p[end + 1] != '=') {
        return false;
    }
    *w = (struct word){.charset = span_sub(s, 2, charset - 2),
                       .text = span_sub(s, text, end - text),
                       .encoding = (char)(s.p[charset + 1] | 0x20),
                       .length = end + 2};
    bool known = (w->charset.n == 5 && strncasecmp((const char *)w->charset.p, "utf-8", 5) == 0) ||
                 (w->charset.n == 8 && strncasecmp((const char *)w->charset.p, "us-ascii", 8) == 0);
    return known && (w->encoding == 'b' || w->encoding == 'q');
}

/* The "Q" encoding; to has room for the text. Returns the length. */
static size_t decode_q(struct span text, uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        int high = text.p[i] == '=' && i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;
        if (low >= 0) {
            to[n++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            to[n++] = text.p[i] == '_' ? ' ' : text.p[i];
        }
    }
    return n;
}

/* Appends what the word says, never more than its own length. Returns 0 or -1. */
static int add_word(struct arena *a, const struct word *w, uint8_t *to, size_t *n)
{
    struct span bytes = SPAN_NONE;
    if (w->encoding == 'q') {
        *n += decode_q(w->text, to + *n);
        return 0;
    }
    if (base64_decode(a, w->text, BASE64_PADDED, &bytes)) {
        return -1;
    }
    bytes = bytes.p ? bytes : w->text;
    memcpy(to + *n, bytes.p, bytes.n);
    *n += bytes.n;
    return 0;
}

static size_t spaces(struct span s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t')) {
        n++;
    }
    return n;
}

int mime_words(struct arena *a, struct span text, struct span *out)
{
    uint8_t *p = arena_alloc(a, text.n + 1);
    size_t n = 0;
    struct word w;
    if (!p) {
        return -1;
    }
    while (text.n) {
        if (!word_at(text, &w)) {
            p[n++] = text.p[0];
            text = span_sub(text, 1, text.n);
            continue;
        }
        if (add_word(a, &w, p, &n)) {
            return -1;
        }
        text = span_sub(text, w.length, text.n);
        size_t gap = spaces(text); /* between two words it belongs to neither (section 6.2) */
        if (gap && word_at(span_sub(text, gap, text.n), &w)) {
            text = span_sub(text, gap, text.n);
        }
    }
    *out = span_make(p, n);
    return 0;
}
