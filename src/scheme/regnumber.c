/*
 * regnumber - finds a registration number in a document's text. See language.h.
 *
 * Text layers break numbers: spaces around the slashes, a line break inside, another kind of dash,
 * a hyphen at the end of a line, Devanagari or full-width digits.
 */
#include "scheme/language.h"
#include "scheme/script.h"

enum { NUMBER_MAX = 128 };

static bool is_dash(uint32_t c)
{
    return c == '-' || c == 0xad || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xfe58 ||
           c == 0xfe63 || c == 0xff0d || c == '_';
}

/* One form for every way of writing the same character: capitals, Latin digits, '-', '/'. */
static uint32_t fold(uint32_t c)
{
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 'A';
    }
    if (c >= 0x966 && c <= 0x96f) { /* Devanagari digits */
        return c - 0x966 + '0';
    }
    if (c >= 0xff01 && c <= 0xff5e) { /* full width */
        return fold(c - 0xff01 + '!');
    }
    if (c == 0x2044 || c == 0x2215) {
        return '/';
    }
    return is_dash(c) ? '-' : c;
}

static bool is_word(uint32_t c)
{
    return (c >= '0' && c <= '9') || script_of(c) != SCRIPT_NONE;
}

/* Folded code points without spaces; 0 when there are too many. */
static size_t fold_number(const char *number, uint32_t out[NUMBER_MAX])
{
    struct span s = span_str(number);
    size_t n = 0;
    while (s.n) {
        uint32_t c;
        size_t len = script_next(s, &c);
        if (!script_is_space(c)) {
            if (n == NUMBER_MAX) {
                return 0;
            }
            out[n++] = fold(c);
        }
        s = span_sub(s, len, s.n);
    }
    return n;
}

/* A hyphen that ends a line is none of the number's; skips it with the break. */
static bool skip_hyphenation(struct span *s)
{
    uint32_t c;
    size_t n = script_next(*s, &c);
    struct span rest = span_sub(*s, n, s->n);
    while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\r')) {
        rest = span_sub(rest, 1, rest.n);
    }
    if (!is_dash(c) || !rest.n || rest.p[0] != '\n') {
        return false;
    }
    *s = span_sub(rest, 1, rest.n);
    return true;
}

/* After the number stands no further letter or digit, nor a fraction of its last digit. */
static bool ends_well(struct span s, uint32_t last)
{
    uint32_t c, next;
    if (!s.n) {
        return true;
    }
    size_t n = script_next(s, &c);
    if (is_word(c)) {
        return false;
    }
    if ((c == '.' || c == ',') && s.n > n && last >= '0' && last <= '9') {
        (void)script_next(span_sub(s, n, s.n), &next);
        next = fold(next);
        return next < '0' || next > '9';
    }
    return true;
}

static bool matches(struct span s, const uint32_t *number, size_t count)
{
    for (size_t i = 0; i < count;) {
        uint32_t c;
        if (!s.n) {
            return false;
        }
        size_t n = script_next(s, &c);
        if (fold(c) == number[i]) {
            s = span_sub(s, n, s.n);
            i++;
        } else if (i && script_is_space(c)) {
            s = span_sub(s, n, s.n);
        } else if (!i || !skip_hyphenation(&s)) {
            return false;
        }
    }
    return ends_well(s, number[count - 1]);
}

bool regnumber_find(struct span text, const char *number)
{
    uint32_t folded[NUMBER_MAX], before = ' ', c;
    size_t count = number ? fold_number(number, folded) : 0;
    while (count && text.n) {
        size_t n = script_next(text, &c);
        if (fold(c) == folded[0] && !is_word(before) && matches(text, folded, count)) {
            return true;
        }
        before = c;
        text = span_sub(text, n, text.n);
    }
    return false;
}
