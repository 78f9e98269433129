/*
 * xref - one cross-reference section: a table or a stream (ISO 32000-2 7.5.4, 7.5.8).
 *
 * Reads exactly what stands at the given offset. What it does not do: decide how sections make up
 * revisions (revision.c), or check that objects are where the entries say (document.c).
 */
#include "format/pdf/internal.h"

static struct pdf_entry *add_entry(struct pdf_doc *d)
{
    if (d->entry_budget == 0) {
        (void)doc_limit(d, "number of objects");
        return NULL;
    }
    d->entry_budget--;
    if (!doc_grow(d, (void **)&d->entries, &d->entry_cap, d->entry_count + 1, sizeof *d->entries)) {
        return NULL;
    }
    return &d->entries[d->entry_count++];
}

/* A fixed-width decimal field. */
static bool field(const uint8_t *p, size_t n, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return false;
        }
        *out = *out * 10 + (uint64_t)(p[i] - '0');
    }
    return true;
}

/* "nnnnnnnnnn ggggg n" and its line end; a one-byte line end is seen in real files. */
static bool table_entry(struct pdf_doc *d, struct lex *x, uint32_t num, uint8_t order)
{
    struct span s = span_sub(x->in, x->at, 20);
    uint64_t where;
    uint64_t gen;
    if (s.n < 19 || !field(s.p, 10, &where) || s.p[10] != ' ' || !field(s.p + 11, 5, &gen) ||
        s.p[16] != ' ' || (s.p[17] != 'n' && s.p[17] != 'f') || gen > UINT16_MAX) {
        return doc_bad(d, "an entry of the cross-reference table is malformed");
    }
    x->at += 18;
    for (int i = 0; i < 2 && x->at < x->in.n && lex_is_space(x->in.p[x->at]); i++) {
        x->at++;
    }
    /* An entry in use at offset 0 cannot exist: the header is there. Real files write it. */
    bool used = s.p[17] == 'n' && where != 0;
    if (num == 0 && !used) {
        return true;
    }
    struct pdf_entry *e = add_entry(d);
    if (e) {
        *e = (struct pdf_entry){.where = where, .num = num, .gen = (uint16_t)gen, .order = order};
        e->type = used ? ENTRY_OFFSET : ENTRY_FREE;
    }
    return e != NULL;
}

static bool read_table(struct pdf_doc *d, struct lex *x, uint8_t order, struct xref_section *out)
{
    for (;;) {
        uint64_t first;
        uint64_t count;
        lex_skip(x, false);
        if (lex_expect(x, "trailer")) {
            break;
        }
        if (!lex_uint(x, &first) || !lex_uint(x, &count) || first + count > PDF_MAX_OBJECT + 1) {
            return doc_bad(d, "the cross-reference table is malformed");
        }
        lex_skip(x, false);
        for (uint64_t i = 0; i < count; i++) {
            if (!table_entry(d, x, (uint32_t)(first + i), order)) {
                return false;
            }
        }
    }
    struct pdf_obj *trailer = doc_alloc(d, 1, sizeof *trailer);
    if (!trailer || !object_parse(d, x, trailer)) {
        return false;
    }
    out->trailer = trailer;
    out->end = x->at;
    return trailer->type == PDF_DICT ? true : doc_bad(d, "the trailer is not a dictionary");
}

static uint64_t big_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return v;
}

/* One entry of a cross-reference stream (7.5.8.3). */
static bool stream_entry(struct pdf_doc *d, const uint8_t *p, const size_t w[3], uint32_t num,
                         uint8_t order)
{
    uint64_t type = w[0] ? big_endian(p, w[0]) : 1;
    uint64_t a = big_endian(p + w[0], w[1]);
    uint64_t b = big_endian(p + w[0] + w[1], w[2]);
    if (num == 0 && type == 0) {
        return true;
    }
    struct pdf_entry e = {.num = num, .order = order, .type = ENTRY_FREE};
    if (type == 1 && a != 0) {
        e.type = ENTRY_OFFSET;
        e.where = a;
        e.gen = (uint16_t)b;
    } else if (type == 2) {
        e.type = ENTRY_IN_STREAM;
        e.where = b;
        e.stream = (uint32_t)a;
    }
    bool fits = type == 2 ? a <= PDF_MAX_OBJECT : type != 1 || b <= UINT16_MAX;
    if (type > 2 || !fits) {
        return doc_bad(d, "an entry of the cross-reference stream is malformed");
    }
    struct pdf_entry *slot = add_entry(d);
    if (slot) {
        *slot = e;
    }
    return slot != NULL;
}

/* Non-negative integer item of an array. */
static bool item(const struct pdf_obj *array, size_t i, uint64_t max, uint64_t *out)
{
    if (i >= array->n || array->items[i].type != PDF_INT || array->items[i].i < 0 ||
        (uint64_t)array->items[i].i > max) {
        return false;
    }
    *out = (uint64_t)array->items[i].i;
    return true;
}

static bool read_widths(const struct pdf_obj *dict, size_t w[3])
{
    const struct pdf_obj *o = object_key(dict, "W");
    uint64_t v;
    for (size_t i = 0; i < 3; i++) {
        if (!o || o->type != PDF_ARRAY || o->n != 3 || !item(o, i, 8, &v)) {
            return false;
        }
        w[i] = (size_t)v;
    }
    return w[1] > 0;
}

static bool read_stream_entries(struct pdf_doc *d, const struct pdf_obj *dict, struct span data,
                                uint8_t order)
{
    size_t w[3];
    const struct pdf_obj *size = object_key(dict, "Size");
    if (!read_widths(dict, w) || !size || size->type != PDF_INT || size->i < 0) {
        return doc_bad(d, "the cross-reference stream is malformed");
    }
    struct pdf_obj whole[2] = {{.type = PDF_INT, .i = 0}, *size};
    struct pdf_obj all = {.type = PDF_ARRAY, .n = 2, .items = whole};
    const struct pdf_obj *index = object_key(dict, "Index");
    index = index ? index : &all;
    size_t width = w[0] + w[1] + w[2];
    if (index->type != PDF_ARRAY || index->n % 2) {
        return doc_bad(d, "the cross-reference stream is malformed");
    }
    size_t at = 0;
    for (size_t i = 0; i < index->n; i += 2) {
        uint64_t first;
        uint64_t count;
        if (!item(index, i, PDF_MAX_OBJECT, &first) ||
            !item(index, i + 1, PDF_MAX_OBJECT + 1 - first, &count) ||
            count > (data.n - at) / width) {
            return doc_bad(d, "the cross-reference stream does not hold what it says");
        }
        for (uint64_t k = 0; k < count; k++, at += width) {
            if (!stream_entry(d, data.p + at, w, (uint32_t)(first + k), order)) {
                return false;
            }
        }
    }
    return true;
}

static bool read_stream(struct pdf_doc *d, struct lex *x, uint8_t order, struct xref_section *out)
{
    uint64_t num;
    uint64_t gen;
    struct pdf_stream *s = doc_alloc(d, 1, sizeof *s);
    if (!s || !lex_uint(x, &num) || !lex_uint(x, &gen) || !lex_expect(x, "obj") ||
        num > PDF_MAX_OBJECT || !object_parse(d, x, &s->dict) || s->dict.type != PDF_DICT ||
        !lex_expect(x, "stream")) {
        return doc_bad(d, "there is no cross-reference section where startxref points");
    }
    x->at += x->at < x->in.n && x->in.p[x->at] == '\r';
    s->body = x->at + 1;
    const struct pdf_obj *length = object_key(&s->dict, "Length");
    bool newline = x->at < x->in.n && x->in.p[x->at] == '\n';
    if (!newline || !object_is_name(object_key(&s->dict, "Type"), "XRef") || !length ||
        length->type != PDF_INT) {
        return doc_bad(d, "the cross-reference stream is malformed");
    }
    s->num = (uint32_t)num;
    struct pdf_obj o = {.type = PDF_STREAM, .stream = s};
    struct span raw;
    struct span data;
    if (!doc_stream_raw(d, &o, 0, &raw) || !filter_decode(d, &o, 0, raw, &data) ||
        !read_stream_entries(d, &s->dict, data, order)) {
        return false;
    }
    x->at = s->body + raw.n;
    out->trailer = &s->dict;
    out->num = (uint32_t)num;
    return lex_expect(x, "endstream") && lex_expect(x, "endobj") ? (out->end = x->at) != 0 : false;
}

bool xref_read(struct pdf_doc *d, uint64_t offset, uint8_t order, struct xref_section *out)
{
    if (offset >= d->file.n) {
        return doc_bad(d, "startxref or /Prev points behind the end of the file");
    }
    struct lex x = {d->file, (size_t)offset};
    *out = (struct xref_section){.offset = offset, .first = d->entry_count};
    bool ok =
        lex_expect(&x, "xref") ? read_table(d, &x, order, out) : read_stream(d, &x, order, out);
    out->count = d->entry_count - out->first;
    return ok;
}
