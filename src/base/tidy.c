/*
 * tidy - see tidy.h.
 */
#include "base/tidy.h"

#include "base/utf8.h"

enum { ZWNJ = 0x200c, ZWJ = 0x200d, VIRAMA = 0x94d };

/* Space_Separator but U+0020; U+2800 is the empty pattern of Braille. */
static const struct utf8_range spaces[] = {{0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
                                           {0x202f, 0x202f}, {0x205f, 0x205f}, {0x2800, 0x2800},
                                           {0x3000, 0x3000}};

/* Not seen, and without a meaning in a name: where a word may or may not be broken, marks of
 * direction, variants of a character, the sign at the beginning of a file. */
static const struct utf8_range unseen[] = {{0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
                                           {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2060, 0x2064},
                                           {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};

bool tidy_is_space(uint32_t c)
{
    return UTF8_IN(c, spaces);
}

bool tidy_joins(uint32_t before, uint32_t after)
{
    return (before == VIRAMA || after == VIRAMA) && utf8_is_devanagari(before);
}

/* The first character and its size; what is none (not UTF-8, a control) is one octet and 0. */
static uint32_t first(struct span s, size_t *n)
{
    size_t size = s.n ? utf8_printable(s) : 0;
    *n = size || !s.n ? size : 1;
    return size ? utf8_code(s, size) : 0;
}

/* What is kept of a character between these two. */
static bool is_kept(uint32_t before, uint32_t c, struct span rest)
{
    size_t n;
    bool joiner = c == ZWJ || c == ZWNJ;
    return !UTF8_IN(c, unseen) || (joiner && tidy_joins(before, first(rest, &n)));
}

static bool is_blank(uint32_t c, const struct span *s)
{
    return c == ' ' || tidy_is_space(c) || s->p[0] == '\t';
}

/* keep: blanks inside stay as many as they are, and those at the beginning. */
static void one_line(struct buffer *out, struct span text, bool keep)
{
    size_t blanks = 0, from = out->n, n;
    uint32_t before = 0;
    while (text.n) {
        uint32_t c = first(text, &n);
        struct span rest = span_sub(text, n, text.n - n);
        if (is_blank(c, &text)) {
            blanks++;
        } else if (is_kept(before, c, rest)) {
            blanks = keep ? blanks : blanks && out->n > from;
            for (; blanks; blanks--) {
                buffer_char(out, ' ');
            }
            buffer_add(out, span_sub(text, 0, n));
            before = c;
        }
        text = rest;
    }
}

void tidy_line(struct buffer *out, struct span text)
{
    one_line(out, text, false);
}

void tidy_lines(struct buffer *out, struct span text)
{
    size_t from = out->n, breaks = 0;
    while (text.n) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n, kept = n, before = out->n;
        kept -= end && n && text.p[n - 1] == '\r';
        for (size_t i = out->n > from ? breaks : 0; i; i--) {
            buffer_char(out, '\n');
        }
        size_t begin = out->n;
        one_line(out, span_sub(text, 0, kept), true);
        if (out->n == begin && !out->failed) { /* nothing on it: its break waits for what follows */
            out->n = before;
            breaks++;
        } else {
            breaks = 1;
        }
        text = end ? span_sub(text, n + 1, text.n - n - 1) : SPAN_NONE;
    }
}

void tidy_code(struct buffer *out, struct span text)
{
    enum { ZERO_HI = 0x966, NINE_HI = 0x96f };
    size_t n;
    for (; text.n; text = span_sub(text, n, text.n - n)) {
        uint32_t c = first(text, &n);
        if (c >= ZERO_HI && c <= NINE_HI) {
            buffer_char(out, (char)('0' + (c - ZERO_HI)));
        } else if (!is_blank(c, &text) && !UTF8_IN(c, unseen)) {
            buffer_add(out, span_sub(text, 0, n));
        }
    }
}
