/*
 * lex - tokens of PDF (ISO 32000-2 7.2, 7.3).
 *
 * Strings and hex strings stay as written (decoded by object.c when needed). What it does not do:
 * repair. A string without an end, a lone '>' or a control character in a word is LEX_BAD.
 */
#include "format/pdf/internal.h"

#define H LEX_HEX
const uint8_t lex_classes[256] = {
    [0] = LEX_SPACE,
    [9] = LEX_SPACE,
    [10] = LEX_SPACE,
    [12] = LEX_SPACE,
    [13] = LEX_SPACE,
    [32] = LEX_SPACE,
    ['('] = LEX_DELIMITER,
    [')'] = LEX_DELIMITER,
    ['<'] = LEX_DELIMITER,
    ['>'] = LEX_DELIMITER,
    ['['] = LEX_DELIMITER,
    [']'] = LEX_DELIMITER,
    ['{'] = LEX_DELIMITER,
    ['}'] = LEX_DELIMITER,
    ['/'] = LEX_DELIMITER,
    ['%'] = LEX_DELIMITER,
    ['0'] = H,
    ['1'] = H,
    ['2'] = H,
    ['3'] = H,
    ['4'] = H,
    ['5'] = H,
    ['6'] = H,
    ['7'] = H,
    ['8'] = H,
    ['9'] = H,
    ['a'] = H,
    ['b'] = H,
    ['c'] = H,
    ['d'] = H,
    ['e'] = H,
    ['f'] = H,
    ['A'] = H,
    ['B'] = H,
    ['C'] = H,
    ['D'] = H,
    ['E'] = H,
    ['F'] = H,
};
#undef H

void lex_skip(struct lex *x, bool comments)
{
    while (x->at < x->in.n) {
        uint8_t c = x->in.p[x->at];
        if (lex_is_space(c)) {
            x->at++;
        } else if (c == '%' && comments) {
            while (x->at < x->in.n && x->in.p[x->at] != '\n' && x->in.p[x->at] != '\r') {
                x->at++;
            }
        } else {
            return;
        }
    }
}

/* Moves behind the run of regular characters at x->at. */
static struct span regular(struct lex *x)
{
    size_t from = x->at;
    while (x->at < x->in.n && (lex_classes[x->in.p[x->at]] & (LEX_SPACE | LEX_DELIMITER)) == 0) {
        x->at++;
    }
    return span_sub(x->in, from, x->at - from);
}

/* 7.3.4.2: balanced parentheses, backslash escapes. */
static bool literal_string(struct lex *x)
{
    size_t depth = 0;
    for (; x->at < x->in.n; x->at++) {
        uint8_t c = x->in.p[x->at];
        if (c == '\\') {
            x->at++;
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && --depth == 0) {
            x->at++;
            return true;
        }
    }
    x->at = x->in.n;
    return false;
}

static bool hex_string(struct lex *x)
{
    for (x->at++; x->at < x->in.n; x->at++) {
        uint8_t c = x->in.p[x->at];
        if (c == '>') {
            x->at++;
            return true;
        }
        if (!(lex_classes[c] & (LEX_HEX | LEX_SPACE))) {
            return false;
        }
    }
    return false;
}

/* 7.3.3. An integer beyond 18 digits is kept as a real: nothing that needs an integer takes it. */
static struct token number(struct span raw)
{
    struct token t = {LEX_INT, raw, 0};
    size_t i = raw.n && (raw.p[0] == '+' || raw.p[0] == '-');
    size_t digits = 0;
    bool dot = false;
    for (; i < raw.n; i++) {
        if (raw.p[i] >= '0' && raw.p[i] <= '9') {
            digits++;
            t.i = digits <= 18 ? t.i * 10 + (raw.p[i] - '0') : 0;
        } else if (raw.p[i] == '.' && !dot) {
            dot = true;
        } else {
            t.kind = LEX_WORD;
            return t;
        }
    }
    if (digits == 0) {
        t.kind = LEX_WORD;
    } else if (dot || digits > 18) {
        t.kind = LEX_REAL;
    } else if (raw.p[0] == '-') {
        t.i = -t.i;
    }
    return t;
}

static struct token bracketed(struct lex *x, uint8_t c)
{
    size_t from = x->at;
    bool twice = x->at + 1 < x->in.n && x->in.p[x->at + 1] == c;
    enum lex_kind kind = LEX_BAD;
    if (c == '(') {
        kind = literal_string(x) ? LEX_STRING : LEX_BAD;
    } else if (c == '<' && !twice) {
        kind = hex_string(x) ? LEX_STRING : LEX_BAD;
    } else if ((c == '<' || c == '>') && twice) {
        x->at += 2;
        kind = c == '<' ? LEX_DICT_OPEN : LEX_DICT_CLOSE;
    } else if (c == '[' || c == ']') {
        x->at++;
        kind = c == '[' ? LEX_ARRAY_OPEN : LEX_ARRAY_CLOSE;
    }
    return (struct token){kind, span_sub(x->in, from, x->at - from), 0};
}

struct token lex_next(struct lex *x)
{
    lex_skip(x, true);
    if (x->at >= x->in.n) {
        return (struct token){LEX_END, SPAN_NONE, 0};
    }
    uint8_t c = x->in.p[x->at];
    if (c == '/') {
        x->at++;
        struct span name = regular(x);
        return (struct token){name.n <= PDF_MAX_NAME ? LEX_NAME : LEX_BAD, name, 0};
    }
    if (lex_classes[c] & LEX_DELIMITER) {
        return bracketed(x, c);
    }
    struct span raw = regular(x);
    if ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.') {
        return number(raw);
    }
    return (struct token){LEX_WORD, raw, 0};
}

bool lex_word(const struct token *t, const char *word)
{
    return t->kind == LEX_WORD && span_eq(t->raw, span_str(word));
}

bool lex_expect(struct lex *x, const char *word)
{
    lex_skip(x, false);
    struct span w = span_str(word);
    if (!span_starts(span_sub(x->in, x->at, x->in.n), w)) {
        return false;
    }
    x->at += w.n;
    return true;
}

bool lex_uint(struct lex *x, uint64_t *out)
{
    lex_skip(x, false);
    size_t from = x->at;
    *out = 0;
    while (x->at < x->in.n && x->in.p[x->at] >= '0' && x->in.p[x->at] <= '9') {
        if (x->at - from >= 18) {
            return false;
        }
        *out = *out * 10 + (uint64_t)(x->in.p[x->at] - '0');
        x->at++;
    }
    return x->at > from;
}
