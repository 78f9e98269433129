/*
 * letters - see letters.h.
 */
#include "issue/letters.h"

#include "base/tidy.h"
#include "base/utf8.h"

enum { ZWNJ = 0x200c, ZWJ = 0x200d, MARKS_MAX = 4 };

/* Default_Ignorable_Code_Point, and what only stands for something else (FFF9..FFFD). */
static const struct utf8_range invisible[] = {
    {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
    {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffd}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* Mark, of the scripts that the fonts have. */
static const struct utf8_range marks[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x900, 0x903},   {0x93a, 0x93c},   {0x93e, 0x94f},
    {0x951, 0x957},   {0x962, 0x963},   {0x1ab0, 0x1aff}, {0x1cd0, 0x1ce8}, {0x1ced, 0x1ced},
    {0x1cf4, 0x1cf4}, {0x1cf7, 0x1cf9}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xa8e0, 0xa8f1},
    {0xa8ff, 0xa8ff}, {0xfe20, 0xfe2f},
};

/* Those that look like letters from A to z; of Greek not its small letters as in "beta". */
static const struct utf8_range look_alike[] = {
    {0x391, 0x392}, {0x395, 0x397}, {0x399, 0x39a},   {0x39c, 0x39d}, {0x39f, 0x39f},
    {0x3a1, 0x3a1}, {0x3a4, 0x3a5}, {0x3a7, 0x3a7},   {0x3bd, 0x3bd}, {0x3bf, 0x3bf},
    {0x3c1, 0x3c1}, {0x400, 0x52f}, {0x1c80, 0x1c8f},
};

/* Hyphens, dots, slashes and bars that are not those of a keyboard; Latin letters of phonetics and
 * signs that are drawn as plain letters; the zero of Devanagari, a ring. */
static const struct utf8_range stand_in[] = {
    {0x1c0, 0x1c0},   {0x251, 0x251},   {0x261, 0x261},   {0x966, 0x966},
    {0x2010, 0x2012}, {0x2024, 0x2024}, {0x2044, 0x2044}, {0x212a, 0x212b},
    {0x2160, 0x217f}, {0x2212, 0x2212}, {0x2215, 0x2215}, {0xff01, 0xff5e},
};

/* The first character of s, which moves behind it; 0 at the end. */
static uint32_t take(struct span *s)
{
    if (s->n && s->p[0] < 0x80) {
        uint32_t c = s->p[0];
        *s = span_sub(*s, 1, s->n);
        return c;
    }
    size_t n = s->n ? utf8_printable(*s) : 0;
    uint32_t c = n ? utf8_code(*s, n) : 0;
    *s = span_sub(*s, n || !s->n ? n : 1, s->n);
    return c;
}

static uint32_t peek(struct span s)
{
    return take(&s);
}

static bool letter_before(uint32_t mark, uint32_t before)
{
    if (before == ZWJ || before == ZWNJ) {
        return true; /* tidy_joins() has looked at what is before them */
    }
    return before > ' ' && utf8_is_devanagari(mark) == utf8_is_devanagari(before);
}

/* Of one word, or of the whole: what was seen so far. */
struct seen {
    uint32_t before;
    unsigned marks;
    bool latin, alike;
};

static const char *mixed(const struct seen *w)
{
    return w->latin && w->alike ? "has a word of letters of two scripts that look the same" : NULL;
}

/* Most of all text: in no table. */
static const char *ascii(struct seen *w, uint32_t c)
{
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    w->latin = c != ' ' && (w->latin || letter);
    w->alike = c != ' ' && w->alike;
    w->marks = 0;
    w->before = c;
    return mixed(w);
}

static const char *one(struct seen *w, uint32_t c, uint32_t after)
{
    bool joiner = (c == ZWJ || c == ZWNJ) && tidy_joins(w->before, after);
    if (UTF8_IN(c, invisible) && !joiner) {
        return "holds a character that is not seen";
    }
    if (tidy_is_space(c)) {
        return "holds a space that is not the usual one";
    }
    bool mark = UTF8_IN(c, marks);
    w->marks = mark ? w->marks + 1 : joiner ? w->marks : 0;
    if (mark && (w->marks > MARKS_MAX || c == w->before || !letter_before(c, w->before))) {
        return "holds a mark that belongs to no letter, or too many on one";
    }
    w->alike = w->alike || UTF8_IN(c, look_alike);
    w->before = c;
    return mixed(w);
}

const char *letters_wrong(struct span text)
{
    struct seen w = {.before = 0};
    const char *wrong = NULL;
    while (text.n && !wrong) {
        uint32_t c = take(&text);
        wrong = c < 0x80 ? ascii(&w, c) : one(&w, c, peek(text));
    }
    return wrong;
}

const char *letters_typed(struct span text)
{
    bool alike = false;
    while (text.n && !alike) {
        uint32_t c = take(&text);
        alike = c >= 0x80 && (UTF8_IN(c, look_alike) || UTF8_IN(c, stand_in));
    }
    return alike ? "holds a letter or sign that looks like another one; use that of the keyboard"
                 : NULL;
}
