/*
 * normal - see normal.h.
 */
#include "foreign/normal.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { POISON = 0xfffd, NUKTA = 0x093c, TEXT_MAX = 1 << 20 };

static const UNormalizer2 *fold_table, *split_table, *join_table;

int normal_init(void)
{
    UErrorCode e = U_ZERO_ERROR;
    fold_table = unorm2_getNFKCCasefoldInstance(&e);
    split_table = unorm2_getNFDInstance(&e);
    join_table = unorm2_getNFCInstance(&e);
    return U_SUCCESS(e) ? 0 : -1;
}

/* ---- single characters ----------------------------------------------------------------------- */

/* UAX #9: embeddings, overrides and isolates. */
static bool is_direction(UChar32 c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Digits in circles, above and below the line, in fractions: NFKC would join them to a number. */
static bool is_odd_digit(UChar32 c)
{
    return u_charType(c) == U_OTHER_NUMBER;
}

/* A digit of a script that is neither ASCII, full width nor Devanagari equals none. */
static bool is_strange_digit(UChar32 c)
{
    return u_charType(c) == U_DECIMAL_DIGIT_NUMBER && !(c >= '0' && c <= '9') &&
           !(c >= 0x0966 && c <= 0x096f) && !(c >= 0xff10 && c <= 0xff19);
}

static UChar32 before_fold(UChar32 c)
{
    if (is_direction(c) || is_odd_digit(c) || is_strange_digit(c) || c == 0) {
        return POISON;
    }
    /* Letters NFD does not take apart. */
    switch (c) {
    case 0x00d8:
    case 0x00f8:
        return 'o';
    case 0x0141:
    case 0x0142:
        return 'l';
    case 0x0110:
    case 0x0111:
        return 'd';
    case 0x0131:
        return 'i';
    default:
        return c;
    }
}

static bool is_dash(UChar32 c)
{
    return u_charType(c) == U_DASH_PUNCTUATION || c == 0x2212 || c == 0x2043;
}

static bool is_blank(UChar32 c)
{
    return u_isUWhiteSpace(c) || c == 0x00a0 || u_charType(c) == U_CONTROL_CHAR;
}

/* What is left out: combining marks of Latin (U+0300 to U+036F) and the nukta. */
static bool is_mark(UChar32 c)
{
    return (c >= 0x0300 && c <= 0x036f) || c == NUKTA;
}

/* ---- the whole text -------------------------------------------------------------------------- */

static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= 0x80 || text.p[i] == 0) {
            return false;
        }
    }
    return true;
}

/* Appends with runs of blanks as one, none at the start; true when the last one was a blank. */
struct folded {
    struct buffer out;
    bool gap;
};

static void put(struct folded *f, UChar32 c)
{
    if (is_blank(c)) {
        f->gap = f->out.n > 0;
        return;
    }
    if (is_dash(c)) {
        c = '-';
    }
    if (c >= 0x0966 && c <= 0x096f) {
        c = '0' + (c - 0x0966);
    }
    if (c == 0x2018 || c == 0x2019 || c == 0x02bc) {
        c = '\'';
    }
    if (f->gap) {
        buffer_char(&f->out, ' ');
        f->gap = false;
    }
    utf8_add(&f->out, (uint32_t)c);
}

static const char *finish(struct arena *a, struct folded *f)
{
    const char *s = buffer_ok(&f->out) ? arena_str(a, buffer_span(&f->out)) : NULL;
    buffer_free(&f->out);
    return s;
}

static const char *fold_plain(struct arena *a, struct span text)
{
    struct folded f = {.gap = false};
    buffer_init(&f.out, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        put(&f, c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return finish(a, &f);
}

/* UTF-8 to UTF-16 with before_fold; out has room for 2 * text.n units. */
static int32_t to_units(struct span text, UChar *out)
{
    int32_t n = 0, i = 0, length = (int32_t)text.n;
    while (i < length) {
        UChar32 c;
        U8_NEXT_OR_FFFD(text.p, i, length, c);
        c = before_fold(c);
        U16_APPEND_UNSAFE(out, n, c);
    }
    return n;
}

/* One step of ICU into new memory; NULL: memory. */
static UChar *step(struct arena *a, const UNormalizer2 *table, const UChar *in, int32_t n,
                   int32_t *out_n)
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t room = n * 2 + 16;
    for (int tries = 0; tries < 2; tries++) {
        UChar *out = arena_array(a, (size_t)room, sizeof *out);
        if (!out) {
            return NULL;
        }
        e = U_ZERO_ERROR;
        *out_n = unorm2_normalize(table, in, n, out, room, &e);
        if (U_SUCCESS(e)) {
            return out;
        }
        room = *out_n + 1;
    }
    mem_note_failure();
    return NULL;
}

static const char *fold_wide(struct arena *a, struct span text)
{
    UChar *units = arena_array(a, text.n * 2 + 2, sizeof *units);
    if (!units) {
        return NULL;
    }
    int32_t n = to_units(text, units);
    const UNormalizer2 *const tables[] = {fold_table, split_table};
    for (size_t i = 0; i < 2; i++) {
        units = step(a, tables[i], units, n, &n);
        if (!units) {
            return NULL;
        }
    }
    int32_t kept = 0;
    for (int32_t i = 0; i < n; i++) {
        if (!is_mark(units[i])) {
            units[kept++] = units[i];
        }
    }
    units = step(a, join_table, units, kept, &n);
    if (!units) {
        return NULL;
    }
    struct folded f = {.gap = false};
    buffer_init(&f.out, (size_t)n * 4 + 1);
    for (int32_t i = 0; i < n; i++) {
        UChar32 c = units[i];
        if (U16_IS_LEAD(units[i]) && i + 1 < n && U16_IS_TRAIL(units[i + 1])) {
            c = (UChar32)U16_GET_SUPPLEMENTARY((UChar32)units[i], (UChar32)units[i + 1]);
            i++;
        }
        put(&f, c >= 0xd800 && c <= 0xdfff ? POISON : c);
    }
    return finish(a, &f);
}

const char *normal_fold(struct arena *a, struct span text)
{
    if (text.n > TEXT_MAX) {
        text.n = TEXT_MAX; /* longer than anything that is compared; its end differs */
    }
    return is_plain(text) ? fold_plain(a, text) : fold_wide(a, text);
}

/* ---- numbers and words ----------------------------------------------------------------------- */

static bool joins(char c)
{
    return c == '/' || c == '.' || c == '_' || c == ':' || c == '+';
}

const char *normal_number(struct arena *a, struct span text)
{
    const char *folded = normal_fold(a, text);
    char *out = folded ? arena_alloc(a, strlen(folded) + 1) : NULL;
    size_t n = 0;
    if (!out) {
        return NULL;
    }
    for (const char *p = folded; *p; p++) {
        char c = *p == ' ' ? '-' : *p;
        if (c == '-' && n && (out[n - 1] == '-' || joins(out[n - 1]))) {
            continue;
        }
        if (joins(c) && n && out[n - 1] == '-') {
            n--;
        }
        out[n++] = c;
    }
    while (n && out[n - 1] == '-') {
        n--;
    }
    out[n] = 0;
    return out[0] == '-' ? out + 1 : out;
}

bool normal_is_word(uint8_t c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* The length of a character that parts words though it is not ASCII, or 0. */
static size_t parting(const char *p)
{
    int32_t i = 0;
    UChar32 c;
    U8_NEXT_OR_FFFD((const uint8_t *)p, i, -1, c);
    return c != POISON && (u_ispunct(c) || u_charType(c) == U_MATH_SYMBOL ||
                           u_charType(c) == U_OTHER_SYMBOL)
               ? (size_t)i
               : 0;
}

size_t normal_words(const char *folded, struct span *words, size_t max)
{
    size_t n = 0;
    const char *start = NULL;
    for (const char *p = folded;;) {
        size_t gap = (uint8_t)*p >= 0x80 ? parting(p) : normal_is_word((uint8_t)*p) ? 0 : 1;
        if (gap && start) {
            if (n < max) {
                words[n++] = span_make(start, (size_t)(p - start));
            }
            start = NULL;
        }
        if (!*p) {
            return n;
        }
        start = gap ? NULL : start ? start : p;
        p += gap ? gap : 1;
    }
}

size_t normal_visible(struct span text)
{
    size_t n = 0;
    int32_t i = 0, length = text.n > INT32_MAX ? INT32_MAX : (int32_t)text.n;
    while (i < length) {
        UChar32 c;
        U8_NEXT_OR_FFFD(text.p, i, length, c);
        n += !is_blank(c) && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
    }
    return n;
}
