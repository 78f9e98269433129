/*
 * pdf_maker - writes PDFs for the tests of the PDF reader: revisions, signatures, tables, streams.
 *
 * A signature's value is a dummy (the reader checks no CMS): five bytes of DER and zeros behind.
 */
#ifndef TESTS_PDF_MAKER_H
#define TESTS_PDF_MAKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buffer.h"
#include "format/pdf/pdf.h"

enum { MAKER_OBJECTS = 64 };

struct maker {
    struct buffer b;
    struct {
        unsigned num;
        size_t off;
        bool free;
    } entries[MAKER_OBJECTS];
    size_t count;
    size_t xref, prev; /* of this revision, of the one before */
    size_t sig;        /* where the ByteRange of an open signature stands, 0: none */
    size_t sig_end;    /* behind its /Contents */
    size_t sig_start;
};

static inline void make_start(struct maker *m)
{
    *m = (struct maker){0};
    buffer_init(&m->b, (size_t)64 << 20);
    buffer_str(&m->b, "%PDF-1.7\n");
}

static inline void make_note(struct maker *m, unsigned num)
{
    assert_true(m->count < MAKER_OBJECTS);
    m->entries[m->count].num = num;
    m->entries[m->count].off = m->b.n;
    m->entries[m->count++].free = false;
}

static inline void make_object(struct maker *m, unsigned num, const char *body)
{
    make_note(m, num);
    buffer_printf(&m->b, "%u 0 obj\n%s\nendobj\n", num, body);
}

static inline void make_free(struct maker *m, unsigned num)
{
    make_note(m, num);
    m->entries[m->count - 1].free = true;
}

/* A signature dictionary with these further keys. */
static inline void make_signature(struct maker *m, unsigned num, const char *keys)
{
    make_note(m, num);
    buffer_printf(&m->b, "%u 0 obj\n<<%s/ByteRange ", num, keys);
    m->sig = m->b.n;
    buffer_printf(&m->b, "[0 %010d %010d %010d]/Contents ", 0, 0, 0);
    m->sig_start = m->b.n;
    buffer_str(&m->b, "<3003020105");
    for (int i = 0; i < 40; i++) {
        buffer_char(&m->b, '0');
    }
    buffer_char(&m->b, '>');
    m->sig_end = m->b.n;
    buffer_str(&m->b, ">>\nendobj\n");
}

/* Fills in the ByteRange, if a signature is open. */
static inline void make_seal(struct maker *m)
{
    char text[64];
    if (m->sig) {
        int n = snprintf(text, sizeof text, "[0 %010zu %010zu %010zu]", m->sig_start, m->sig_end,
                         m->b.n - m->sig_end);
        memcpy(m->b.p + m->sig, text, (size_t)n);
        m->sig = 0;
    }
}

/* Cross-reference table, trailer, end. */
static inline void make_end(struct maker *m, const char *trailer)
{
    m->xref = m->b.n;
    buffer_str(&m->b, "xref\n");
    for (size_t i = 0; i < m->count; i++) {
        buffer_printf(&m->b, "%u 1\n%010zu 00000 %c \n", m->entries[i].num, m->entries[i].off,
                      m->entries[i].free ? 'f' : 'n');
    }
    buffer_printf(&m->b, "trailer\n<</Size 64%s", trailer);
    if (m->prev) {
        buffer_printf(&m->b, "/Prev %zu", m->prev);
    }
    buffer_printf(&m->b, ">>\nstartxref\n%zu\n%%%%EOF\n", m->xref);
    m->prev = m->xref;
    m->count = 0;
    make_seal(m);
}

static inline void make_deflated(struct maker *m, const char *keys, struct span data)
{
    uLongf n = compressBound(data.n);
    uint8_t *p = malloc(n);
    assert_non_null(p);
    assert_int_equal(compress2(p, &n, data.p, data.n, 9), Z_OK);
    buffer_printf(&m->b, "<<%s/Filter/FlateDecode/Length %lu>>\nstream\n", keys, (unsigned long)n);
    buffer_add(&m->b, span_make(p, n));
    buffer_str(&m->b, "\nendstream\nendobj\n");
    free(p);
}

struct packed {
    unsigned num;
    const char *body;
};

/* An object stream num with these objects; they are listed by make_end_stream. */
static inline void make_object_stream(struct maker *m, unsigned num, const struct packed *list,
                                      size_t count)
{
    struct buffer head;
    struct buffer body;
    char keys[64];
    buffer_init(&head, 65536);
    buffer_init(&body, 65536);
    for (size_t i = 0; i < count; i++) {
        buffer_printf(&head, "%u %zu ", list[i].num, body.n);
        buffer_printf(&body, "%s\n", list[i].body);
    }
    (void)snprintf(keys, sizeof keys, "/Type/ObjStm/N %zu/First %zu", count, head.n);
    buffer_add(&head, buffer_span(&body));
    make_note(m, num);
    buffer_printf(&m->b, "%u 0 obj\n", num);
    make_deflated(m, keys, buffer_span(&head));
    buffer_free(&head);
    buffer_free(&body);
}

/* A cross-reference stream num: the noted objects, then packed ones in stream `in`; with PNG "up"
 * prediction, as writers do. */
static inline void make_end_stream(struct maker *m, unsigned num, unsigned in,
                                   const struct packed *list, size_t count, const char *trailer)
{
    struct buffer index;
    struct buffer rows;
    struct buffer keys;
    uint8_t up[7] = {0};
    buffer_init(&index, 65536);
    buffer_init(&rows, 65536);
    buffer_init(&keys, 65536);
    m->xref = m->b.n;
    make_note(m, num);
    for (size_t i = 0; i < m->count + count; i++) {
        bool packed = i >= m->count;
        size_t a = packed ? in : m->entries[i].off;
        size_t b = packed ? i - m->count : 0;
        uint8_t type = packed ? 2 : m->entries[i].free ? 0 : 1;
        uint8_t row[7] = {type,       (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8),
                          (uint8_t)a, (uint8_t)(b >> 8),  (uint8_t)b};
        buffer_printf(&index, "%u 1 ", packed ? list[i - m->count].num : m->entries[i].num);
        buffer_char(&rows, 2);
        for (size_t k = 0; k < 7; k++) {
            uint8_t d = (uint8_t)(row[k] - up[k]);
            buffer_add(&rows, span_make(&d, 1));
        }
        memcpy(up, row, 7);
    }
    buffer_printf(&keys, "/Type/XRef/Size 64/W[1 4 2]/Index[%s]", buffer_cstr(&index));
    buffer_printf(&keys, "/DecodeParms<</Predictor 12/Columns 7>>%s", trailer);
    if (m->prev) {
        buffer_printf(&keys, "/Prev %zu", m->prev);
    }
    buffer_printf(&m->b, "%u 0 obj\n", num);
    make_deflated(m, buffer_cstr(&keys), buffer_span(&rows));
    buffer_printf(&m->b, "startxref\n%zu\n%%%%EOF\n", m->xref);
    m->prev = m->xref;
    m->count = 0;
    make_seal(m);
    buffer_free(&index);
    buffer_free(&rows);
    buffer_free(&keys);
}

/* ---- reading ---- */

struct read {
    struct arena *arena;
    struct sp_findings document;
    struct extraction x;
    int rc;
};

static inline void read_file(struct read *r, struct span file, size_t cap)
{
    *r = (struct read){.arena = arena_new(cap)};
    assert_non_null(r->arena);
    findings_init(&r->document);
    r->x.document = &r->document;
    r->rc = pdf_extract(r->arena, file, SPAN_NONE, &r->x);
}

static inline void read_made(struct read *r, struct maker *m)
{
    assert_true(buffer_ok(&m->b));
    read_file(r, buffer_span(&m->b), (size_t)256 << 20);
    assert_int_equal(r->rc, 0);
}

static inline void read_end(struct read *r)
{
    arena_free(r->arena);
}

/* "code code ..." in order; each is also printed for the test that every reason is produced. */
static inline const char *read_codes(struct read *r, const struct sp_findings *list)
{
    struct buffer b;
    buffer_init(&b, 65536);
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        const char *code = sp_reason_row(f->reason)->code;
        printf("# reason %s\n", code);
        buffer_printf(&b, "%s%s", b.n ? " " : "", code + 4);
    }
    const char *s = arena_str(r->arena, buffer_span(&b));
    buffer_free(&b);
    assert_non_null(s);
    return s;
}

#endif
