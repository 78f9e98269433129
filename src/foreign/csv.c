/*
 * csv - lists of certificates as files of records (RFC 4180; ';' and tabs part fields as well). The
 * first record names the columns; each other one is a row of a table.
 *
 * A record with another number of fields than there are names is seen, and not read: which column a
 * value belongs to cannot be told. A quotation mark that does not end where a field does makes the
 * whole file unreadable, as programs differ about what follows.
 */
#include "base/buffer.h"
#include "foreign/page_inside.h"

enum { FIELDS_MAX = 64 };

struct record {
    const char *fields[FIELDS_MAX];
    size_t count;
    bool skewed; /* more fields than are looked at */
};

struct csv {
    struct page *p;
    struct span rest;
    const uint8_t *start;
    uint8_t sign; /* between fields */
    int64_t number;
    struct record names, row;
    size_t first_row, rows;
};

/* The sign that parts the fields of the first line. */
static uint8_t find_sign(struct span text)
{
    static const uint8_t signs[] = {',', ';', '\t'};
    size_t counts[sizeof signs] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n && (quoted || text.p[i] != '\n'); i++) {
        quoted = quoted != (text.p[i] == '"');
        for (size_t k = 0; k < sizeof signs && !quoted; k++) {
            counts[k] += text.p[i] == signs[k];
        }
    }
    for (size_t k = 1; k < sizeof signs; k++) {
        best = counts[k] > counts[best] ? k : best;
    }
    return signs[best];
}

static bool at_end(const struct csv *c)
{
    return c->rest.n == 0 || c->rest.p[0] == '\n' ||
           (c->rest.p[0] == '\r' && (c->rest.n == 1 || c->rest.p[1] == '\n'));
}

static void skip(struct csv *c, size_t n)
{
    c->rest = span_sub(c->rest, n, c->rest.n);
}

/* A field in quotation marks; two of them stand for one. False: it does not end. */
static bool take_quoted(struct csv *c, struct buffer *out)
{
    skip(c, 1);
    for (;;) {
        size_t n = span_find(c->rest, SPAN_LIT("\""), 0);
        if (n == SIZE_MAX) {
            return false;
        }
        buffer_add(out, span_sub(c->rest, 0, n));
        skip(c, n + 1);
        if (!c->rest.n || c->rest.p[0] != '"') {
            return at_end(c) || c->rest.p[0] == c->sign;
        }
        buffer_char(out, '"');
        skip(c, 1);
    }
}

static void take_plain(struct csv *c, struct buffer *out)
{
    size_t n = 0;
    while (n < c->rest.n && c->rest.p[n] != c->sign && c->rest.p[n] != '\n') {
        n++;
    }
    struct span s = span_sub(c->rest, 0, n);
    skip(c, n);
    buffer_add(out, span_trim(s));
}

/* One record with its end. False: the file cannot be read, or memory is out. */
static bool next_record(struct csv *c, struct record *out)
{
    *out = (struct record){.count = 0};
    for (;;) {
        struct buffer b;
        buffer_init(&b, c->rest.n + 1);
        bool good = true;
        if (c->rest.n && c->rest.p[0] == '"') {
            good = take_quoted(c, &b);
        } else {
            take_plain(c, &b);
        }
        struct span bytes = span_make(b.p ? b.p : (const uint8_t *)"", b.n);
        const char *text = buffer_ok(&b) ? arena_str(c->p->arena, bytes) : NULL;
        buffer_free(&b);
        if (!good || !text) {
            c->p->failed = !text;
            c->p->unreadable = good ? NULL : "a quotation mark in its list does not end";
            return false;
        }
        if (out->count < FIELDS_MAX) {
            out->fields[out->count++] = text;
        } else {
            out->skewed = true;
        }
        if (at_end(c)) {
            skip(c, c->rest.n && c->rest.p[0] == '\r' ? 2 : 1);
            return true;
        }
        skip(c, 1);
    }
}

static void take_record(struct csv *c, int table, const struct plain_place *place)
{
    struct page *p = c->p;
    bool fits = !c->row.skewed && c->row.count == c->names.count;
    int row = page_open(p, table, place);
    for (size_t i = 0; row >= 0 && i < c->row.count; i++) {
        page_add_line(p,
                      &(struct page_line){.text = c->row.fields[i], .node = place, .used = fits});
        if (fits && *c->names.fields[i]) {
            page_add_field(p, row, p->boxes[row].first, c->names.fields[i], c->row.fields[i], place,
                           false, false);
        }
    }
    page_close(p, row);
    if (row >= 0) {
        p->boxes[row].kind = BOX_ROW;
        c->rows++;
    }
}

void page_csv(struct page *p, struct span text)
{
    struct csv *c = arena_alloc(p->arena, sizeof *c);
    int table = page_open(p, PAGE_NONE, NULL);
    p->kind = PAGE_PLAIN;
    p->failed = p->failed || !c;
    if (p->failed) {
        return;
    }
    *c = (struct csv){.p = p, .rest = text, .start = text.p, .sign = find_sign(text)};
    p->boxes[table].kind = BOX_TABLE;
    c->first_row = p->box_count;
    while (c->rest.n && !p->failed && !p->unreadable) {
        struct plain_place *place = arena_alloc(p->arena, sizeof *place);
        p->failed = !place;
        if (!place || at_end(c)) { /* an empty line */
            skip(c, c->rest.p[0] == '\r' ? 2 : 1);
            continue;
        }
        *place = (struct plain_place){c->rest.p - c->start, ++c->number};
        if (!next_record(c, c->names.count ? &c->row : &c->names)) {
            break;
        }
        if (c->number > 1) {
            take_record(c, table, place);
        }
    }
    for (size_t i = c->first_row; c->rows > 1 && i < p->box_count; i++) {
        p->boxes[i].closed = true;
    }
    page_close(p, table);
    page_finish(p);
}
