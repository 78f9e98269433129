/*
 * object - PDF values from tokens, and what can be asked of them (ISO 32000-2 7.3, 7.9).
 *
 * A dictionary with the same key twice has no defined meaning (7.3.7): it is told as a finding, and
 * whoever needs that dictionary must refuse it (object_has_duplicates).
 * What it does not do: follow references (document.c).
 */
#include "format/pdf/internal.h"

#include <stdlib.h>

#include "base/utc.h"

static bool parse_value(struct pdf_doc *d, struct lex *x, struct token t, unsigned depth,
                        struct pdf_obj *out);

static int lex_hex(uint8_t c)
{
    if (!(lex_classes[c] & LEX_HEX)) {
        return -1;
    }
    return (c & 0xf) + (c > '9' ? 9 : 0);
}

/* 7.3.5: #xx stands for a byte. Copies only when there is one. */
static bool decode_name(struct pdf_doc *d, struct span raw, struct span *out)
{
    *out = raw;
    if (!raw.n || !memchr(raw.p, '#', raw.n)) {
        return true;
    }
    uint8_t *p = doc_alloc(d, raw.n, 1);
    if (!p) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] != '#') {
            p[n++] = raw.p[i];
            continue;
        }
        int hi = i + 2 < raw.n ? lex_hex(raw.p[i + 1]) : -1;
        int lo = i + 2 < raw.n ? lex_hex(raw.p[i + 2]) : -1;
        if (hi < 0 || lo < 0) {
            return doc_bad(d, "a name holds # without two hexadecimal digits");
        }
        p[n++] = (uint8_t)(hi * 16 + lo);
        i += 2;
    }
    *out = span_make(p, n);
    return true;
}

static bool push(struct pdf_doc *d, const struct pdf_obj *o)
{
    if (!doc_grow(d, (void **)&d->stack, &d->stack_cap, d->stack_n + 1, sizeof *d->stack)) {
        return false;
    }
    d->stack[d->stack_n++] = *o;
    return true;
}

static bool parse_array(struct pdf_doc *d, struct lex *x, unsigned depth, struct pdf_obj *out)
{
    size_t base = d->stack_n;
    for (;;) {
        struct token t = lex_next(x);
        if (t.kind == LEX_ARRAY_CLOSE) {
            break;
        }
        struct pdf_obj o;
        if (d->stack_n - base >= PDF_MAX_ITEMS) {
            return doc_limit(d, "array size");
        }
        if (!parse_value(d, x, t, depth + 1, &o) || !push(d, &o)) {
            return false;
        }
    }
    size_t n = d->stack_n - base;
    *out = (struct pdf_obj){.type = PDF_ARRAY, .n = (uint32_t)n};
    out->items = doc_alloc(d, n, sizeof *out->items);
    if (!out->items) {
        return false;
    }
    if (n) {
        memcpy(out->items, d->stack + base, n * sizeof *out->items);
    }
    d->stack_n = base;
    return true;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pdf_pair *x = a;
    const struct pdf_pair *y = b;
    return span_cmp(x->key, y->key);
}

/* Sorts the pairs; small dictionaries, nearly all, by insertion. */
static void sort_pairs(struct pdf_pair *p, size_t n)
{
    if (n > 24) {
        qsort(p, n, sizeof *p, compare_pairs);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct pdf_pair one = p[i];
        size_t j = i;
        for (; j > 0 && span_cmp(p[j - 1].key, one.key) > 0; j--) {
            p[j] = p[j - 1];
        }
        p[j] = one;
    }
}

static bool collect_pairs(struct pdf_doc *d, struct lex *x, unsigned depth, size_t base)
{
    for (;;) {
        struct token t = lex_next(x);
        if (t.kind == LEX_DICT_CLOSE) {
            return true;
        }
        if (t.kind != LEX_NAME) {
            return doc_bad(d, "a dictionary key is not a name");
        }
        if (d->stack_n - base >= 2 * (size_t)PDF_MAX_ITEMS) {
            return doc_limit(d, "dictionary size");
        }
        struct pdf_obj key = {.type = PDF_NAME};
        struct pdf_obj value;
        if (!decode_name(d, t.raw, &key.raw) || !push(d, &key) ||
            !parse_value(d, x, lex_next(x), depth + 1, &value) || !push(d, &value)) {
            return false;
        }
    }
}

static bool parse_dict(struct pdf_doc *d, struct lex *x, unsigned depth, struct pdf_obj *out)
{
    size_t base = d->stack_n;
    size_t start = x->at;
    if (!collect_pairs(d, x, depth, base)) {
        return false;
    }
    size_t n = (d->stack_n - base) / 2;
    *out = (struct pdf_obj){.type = PDF_DICT, .n = (uint32_t)n};
    out->pairs = doc_alloc(d, n, sizeof *out->pairs);
    if (!out->pairs) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        out->pairs[i].key = d->stack[base + 2 * i].raw;
        out->pairs[i].value = d->stack[base + 2 * i + 1];
    }
    d->stack_n = base;
    sort_pairs(out->pairs, n);
    for (size_t i = 1; i < n; i++) {
        if (span_eq(out->pairs[i - 1].key, out->pairs[i].key)) {
            doc_note_duplicate(d, out->pairs[i].key, start);
            break;
        }
    }
    return true;
}

/* An integer, or the start of a reference: "12 0 R" (7.3.10). */
static void parse_number(struct lex *x, struct token t, struct pdf_obj *out)
{
    *out = (struct pdf_obj){.type = PDF_INT, .i = t.i};
    if (t.i < 0 || t.i > UINT32_MAX || t.raw.p[0] == '+') {
        return;
    }
    struct lex ahead = *x;
    struct token gen = lex_next(&ahead);
    if (gen.kind != LEX_INT || gen.i < 0 || gen.i > UINT16_MAX) {
        return;
    }
    struct token r = lex_next(&ahead);
    if (lex_word(&r, "R")) {
        *out = (struct pdf_obj){.type = PDF_REF, .n = (uint32_t)gen.i, .i = t.i};
        *x = ahead;
    }
}

static bool parse_word(struct pdf_doc *d, const struct token *t, struct pdf_obj *out)
{
    *out = (struct pdf_obj){.type = PDF_NULL};
    if (lex_word(t, "true") || lex_word(t, "false")) {
        *out = (struct pdf_obj){.type = PDF_BOOL, .i = t->raw.n == 4};
        return true;
    }
    return lex_word(t, "null") ? true : doc_bad(d, "an unknown word stands where a value must be");
}

static bool parse_value(struct pdf_doc *d, struct lex *x, struct token t, unsigned depth,
                        struct pdf_obj *out)
{
    if (depth > PDF_MAX_DEPTH) {
        return doc_limit(d, "nesting depth");
    }
    switch (t.kind) {
    case LEX_INT:
        parse_number(x, t, out);
        return true;
    case LEX_REAL:
        *out = (struct pdf_obj){.type = PDF_REAL, .raw = t.raw};
        return true;
    case LEX_STRING:
        *out = (struct pdf_obj){.type = PDF_STRING, .raw = t.raw};
        return t.raw.n <= PDF_MAX_STRING ? true : doc_limit(d, "string length");
    case LEX_NAME:
        *out = (struct pdf_obj){.type = PDF_NAME};
        return decode_name(d, t.raw, &out->raw);
    case LEX_ARRAY_OPEN:
        return parse_array(d, x, depth, out);
    case LEX_DICT_OPEN:
        return parse_dict(d, x, depth, out);
    case LEX_WORD:
        return parse_word(d, &t, out);
    default:
        return doc_bad(d, t.kind == LEX_END ? "it ends in the middle of a value"
                                            : "a value is written wrongly");
    }
}

bool object_parse(struct pdf_doc *d, struct lex *x, struct pdf_obj *out)
{
    size_t base = d->stack_n;
    bool ok = parse_value(d, x, lex_next(x), 0, out);
    d->stack_n = base;
    return ok;
}

const struct pdf_obj *object_dict(const struct pdf_obj *o)
{
    if (!o || (o->type != PDF_DICT && o->type != PDF_STREAM)) {
        return NULL;
    }
    return o->type == PDF_STREAM ? &o->stream->dict : o;
}

const struct pdf_obj *object_at(const struct pdf_obj *o, struct span key)
{
    const struct pdf_obj *dict = object_dict(o);
    size_t low = 0;
    size_t high = dict ? dict->n : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = span_cmp(dict->pairs[mid].key, key);
        if (c == 0) {
            return &dict->pairs[mid].value;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const struct pdf_obj *object_key(const struct pdf_obj *o, const char *key)
{
    return object_at(o, span_str(key));
}

bool object_is_name(const struct pdf_obj *o, const char *name)
{
    return o && o->type == PDF_NAME && span_eq(o->raw, span_str(name));
}

bool object_has_duplicates(const struct pdf_obj *o)
{
    const struct pdf_obj *dict = object_dict(o);
    for (size_t i = 1; dict && i < dict->n; i++) {
        if (span_eq(dict->pairs[i - 1].key, dict->pairs[i].key)) {
            return true;
        }
    }
    return false;
}

static size_t decode_hex(struct span raw, uint8_t *out)
{
    size_t n = 0;
    int high = -1;
    for (size_t i = 1; i + 1 < raw.n; i++) {
        int v = lex_hex(raw.p[i]);
        if (v < 0) {
            continue;
        }
        if (high < 0) {
            high = v;
        } else {
            out[n++] = (uint8_t)(high * 16 + v);
            high = -1;
        }
    }
    if (high >= 0) {
        out[n++] = (uint8_t)(high * 16); /* 7.3.4.3: a missing last digit is 0 */
    }
    return n;
}

/* The byte an escape stands for, -1 for none (line continuation). Moves *i to its last byte. */
static int escape(struct span raw, size_t *i)
{
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    uint8_t c = raw.p[++*i];
    const char *hit = c ? strchr(from, c) : NULL;
    if (hit) {
        return to[hit - from];
    }
    if (c >= '0' && c <= '7') {
        int v = c - '0';
        for (int k = 0; k < 2 && *i + 1 < raw.n - 1; k++) {
            uint8_t next = raw.p[*i + 1];
            if (next < '0' || next > '7') {
                break;
            }
            v = v * 8 + (next - '0');
            ++*i;
        }
        return v & 0xff;
    }
    if (c == '\r') {
        *i += *i + 1 < raw.n - 1 && raw.p[*i + 1] == '\n';
        return -1;
    }
    return c == '\n' ? -1 : c;
}

static size_t decode_literal(struct span raw, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < raw.n; i++) {
        int c = raw.p[i];
        if (c == '\\') {
            c = escape(raw, &i);
        } else if (c == '\r') { /* 7.3.4.2: any line end is a line feed */
            i += i + 2 < raw.n && raw.p[i + 1] == '\n';
            c = '\n';
        }
        if (c >= 0) {
            out[n++] = (uint8_t)c;
        }
    }
    return n;
}

struct span object_string(struct pdf_doc *d, const struct pdf_obj *o)
{
    if (!o || o->type != PDF_STRING) {
        return SPAN_NONE;
    }
    if (o->n == PDF_DECODED) {
        return o->raw;
    }
    uint8_t *p = doc_alloc(d, o->raw.n, 1);
    if (!p) {
        return SPAN_NONE;
    }
    return span_make(p, o->raw.p[0] == '<' ? decode_hex(o->raw, p) : decode_literal(o->raw, p));
}

static bool same_string(struct pdf_doc *d, const struct pdf_obj *a, const struct pdf_obj *b)
{
    if (a->n == b->n && span_eq(a->raw, b->raw)) {
        return true;
    }
    struct span x = object_string(d, a);
    struct span y = object_string(d, b);
    return x.p && y.p && span_eq(x, y);
}

static bool same_items(struct pdf_doc *d, const struct pdf_obj *a, const struct pdf_obj *b)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->type == PDF_ARRAY ? !object_same(d, &a->items[i], &b->items[i])
                                 : !span_eq(a->pairs[i].key, b->pairs[i].key) ||
                                       !object_same(d, &a->pairs[i].value, &b->pairs[i].value)) {
            return false;
        }
    }
    return true;
}

/* Recursion is bounded: parsed values are at most PDF_MAX_DEPTH deep. */
bool object_same(struct pdf_doc *d, const struct pdf_obj *a, const struct pdf_obj *b)
{
    if (a == b) {
        return true;
    }
    if (!a || !b || a->type != b->type) {
        return (!a || a->type == PDF_NULL) && (!b || b->type == PDF_NULL);
    }
    switch (a->type) {
    case PDF_NULL:
        return true;
    case PDF_BOOL:
    case PDF_INT:
        return a->i == b->i;
    case PDF_REF:
        return a->i == b->i && a->n == b->n;
    case PDF_REAL:
    case PDF_NAME:
        return span_eq(a->raw, b->raw);
    case PDF_STRING:
        return same_string(d, a, b);
    case PDF_ARRAY:
    case PDF_DICT:
        return a->n == b->n && same_items(d, a, b);
    default:
        return false;
    }
}

/* PDFDocEncoding 0x80..0x9f and 0xa0 (ISO 32000-2 Annex D.2). */
static const uint16_t doc_encoding[33] = {
    0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x0192, 0x2044, 0x2039, 0x203a, 0x2212,
    0x2030, 0x201e, 0x201c, 0x201d, 0x2018, 0x2019, 0x201a, 0x2122, 0xfb01, 0xfb02, 0x0141,
    0x0152, 0x0160, 0x0178, 0x017d, 0x0131, 0x0142, 0x0153, 0x0161, 0x017e, 0xfffd, 0x20ac,
};

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    c = c ? c : 0xfffd; /* a NUL must not cut a name short */
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | (c >> 6));
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | (c >> 12));
        out[1] = (uint8_t)(0x80 | ((c >> 6) & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | (c >> 18));
    out[1] = (uint8_t)(0x80 | ((c >> 12) & 0x3f));
    out[2] = (uint8_t)(0x80 | ((c >> 6) & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static size_t from_utf16(struct span s, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 2; i + 1 < s.n; i += 2) {
        uint32_t c = (uint32_t)s.p[i] << 8 | s.p[i + 1];
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < s.n) {
            uint32_t low = (uint32_t)s.p[i + 2] << 8 | s.p[i + 3];
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        n += put_utf8(out + n, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
    return n;
}

static size_t from_doc_encoding(struct span s, uint8_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        n += put_utf8(out + n, c >= 0x80 && c <= 0xa0 ? doc_encoding[c - 0x80] : c);
    }
    return n;
}

const char *object_text(struct pdf_doc *d, const struct pdf_obj *o)
{
    struct span s = object_string(d, o);
    if (!s.p) {
        return NULL;
    }
    uint8_t *out = doc_alloc(d, s.n * 3 + 1, 1);
    if (!out) {
        return NULL;
    }
    if (span_starts(s, SPAN_LIT("\xef\xbb\xbf"))) {
        memcpy(out, s.p + 3, s.n - 3);
    } else if (span_starts(s, SPAN_LIT("\xfe\xff"))) {
        (void)from_utf16(s, out);
    } else {
        (void)from_doc_encoding(s, out);
    }
    return finding_clean_text(d->arena, span_str((const char *)out));
}

const char *object_name_text(struct pdf_doc *d, struct span name)
{
    char *clean = finding_clean_text(d->arena, span_sub(name, 0, 100));
    return clean ? doc_text(d, "/%s", clean) : "";
}

/* Reads n digits at *s; false when they are not there. */
static bool digits(struct span *s, size_t n, int *out)
{
    if (s->n < n) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') {
            return false;
        }
        *out = *out * 10 + (s->p[i] - '0');
    }
    *s = span_sub(*s, n, s->n);
    return true;
}

/* O HH ' mm: seconds east of UTC. Without it the time is of an unknown zone, read as UTC. */
static bool zone(struct span s, int64_t *out)
{
    *out = 0;
    if (s.n == 0 || s.p[0] == 'Z') {
        return true;
    }
    int sign = s.p[0] == '-' ? -1 : 1;
    if (s.p[0] != '+' && s.p[0] != '-') {
        return false;
    }
    int hour = 0;
    int minute = 0;
    s = span_sub(s, 1, s.n);
    if (!digits(&s, 2, &hour)) {
        return false;
    }
    if (s.n && s.p[0] == '\'') {
        s = span_sub(s, 1, s.n);
    }
    if (s.n && !digits(&s, 2, &minute)) {
        return false;
    }
    *out = sign * (int64_t)(hour * 3600 + minute * 60);
    return hour < 24 && minute < 60;
}

int64_t object_date(struct pdf_doc *d, const struct pdf_obj *o)
{
    struct span s = object_string(d, o);
    if (span_starts(s, SPAN_LIT("D:"))) {
        s = span_sub(s, 2, s.n);
    }
    int f[6] = {0, 1, 1, 0, 0, 0};
    if (!s.p || !digits(&s, 4, &f[0])) {
        return SP_NO_TIME;
    }
    for (int i = 1; i < 6 && s.n && s.p[0] >= '0' && s.p[0] <= '9'; i++) {
        if (!digits(&s, 2, &f[i])) {
            return SP_NO_TIME;
        }
    }
    int64_t t;
    int64_t east;
    if (!zone(s, &east) || !utc_make(f[0], f[1], f[2], f[3], f[4], f[5], &t)) {
        return SP_NO_TIME;
    }
    return t - east;
}
