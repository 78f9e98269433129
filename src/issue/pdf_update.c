/*
 * pdf_update - see pdf_update.h.
 */
#include "issue/pdf_update.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <zlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "base/utc.h"

enum { IST = 19800 };

int pdf_update_begin(struct pdf_update *u, struct arena *a, struct span file, struct buffer *out,
                     const char **why)
{
    *u = (struct pdf_update){.out = out};
    int rc = pdf_outline(a, file, &u->old, why);
    if (rc != 0) {
        return rc;
    }
    u->next = u->old.size;
    buffer_add(out, file);
    if (file.n == 0 || file.p[file.n - 1] != '\n') {
        buffer_char(out, '\n');
    }
    return buffer_ok(out) ? 0 : -1;
}

uint32_t pdf_update_number(struct pdf_update *u)
{
    return u->next++;
}

/* ---- objects --------------------------------------------------------------------------------- */

void pdf_update_open(struct pdf_update *u, uint32_t num)
{
    u->failed = u->failed || u->count == PDF_UPDATE_OBJECTS;
    if (!u->failed) {
        u->objects[u->count].num = num;
        u->objects[u->count++].at = u->out->n;
    }
    buffer_printf(u->out, "%u 0 obj\n", num);
}

void pdf_update_close(struct pdf_update *u)
{
    buffer_str(u->out, "\nendobj\n");
}

void pdf_update_object(struct pdf_update *u, uint32_t num, const char *fmt, ...)
{
    va_list ap;
    char text[4096];
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    u->failed = u->failed || n < 0 || (size_t)n >= sizeof text;
    pdf_update_open(u, num);
    buffer_str(u->out, text);
    pdf_update_close(u);
}

void pdf_update_stream(struct pdf_update *u, uint32_t num, const char *dict, struct span data)
{
    uLongf n = compressBound(data.n);
    uint8_t *packed = mem_alloc(n);
    u->failed =
        u->failed || !packed || compress2(packed, &n, data.p, data.n, Z_BEST_COMPRESSION) != Z_OK;
    if (!u->failed) {
        pdf_update_open(u, num);
        buffer_printf(u->out, "<< %s /Filter /FlateDecode /Length %lu >>\nstream\n", dict, n);
        buffer_add(u->out, span_make(packed, n));
        buffer_str(u->out, "\nendstream");
        pdf_update_close(u);
    }
    mem_free(packed);
}

void pdf_update_again(struct pdf_update *u, uint32_t num, const char *const *drop, const char *more)
{
    pdf_update_open(u, num);
    buffer_str(u->out, "<< ");
    u->failed = !pdf_outline_dict(&u->old, num, drop, u->out) || u->failed;
    buffer_printf(u->out, "%s >>", more);
    pdf_update_close(u);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void put_ascii(struct buffer *out, const char *s)
{
    buffer_char(out, '(');
    for (; *s; s++) {
        if (strchr("()\\", *s)) {
            buffer_char(out, '\\');
        }
        buffer_char(out, *s);
    }
    buffer_char(out, ')');
}

/* One code point of UTF-8 that was checked before. */
static uint32_t take(const uint8_t **p)
{
    uint32_t c = *(*p)++;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    c &= more ? 0x3FU >> more : 0x7F;
    while (more-- > 0) {
        c = c << 6 | (*(*p)++ & 0x3F);
    }
    return c;
}

void pdf_update_text(struct buffer *out, const char *utf8)
{
    bool ascii = true;
    for (const char *s = utf8; *s; s++) {
        ascii = ascii && *s >= ' ' && *s < 0x7F;
    }
    if (ascii) {
        put_ascii(out, utf8);
        return;
    }
    struct buffer clean;
    buffer_init(&clean, 1 << 20);
    utf8_clean(&clean, span_str(utf8));
    const char *text = buffer_cstr(&clean);
    buffer_str(out, "<FEFF");
    for (const uint8_t *p = (const uint8_t *)(text ? text : ""); *p;) {
        uint32_t c = take(&p);
        if (c >= 0x10000) {
            buffer_printf(out, "%04X%04X", 0xD800 + ((c - 0x10000) >> 10),
                          0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            buffer_printf(out, "%04X", c);
        }
    }
    buffer_char(out, '>');
    buffer_free(&clean);
}

void pdf_update_date(struct buffer *out, int64_t t)
{
    time_t when = (time_t)(t + IST);
    struct tm tm;
    char text[64] = "";
    if (gmtime_r(&when, &tm)) {
        (void)!strftime(text, sizeof text, "(D:%Y%m%d%H%M%S+05'30')", &tm);
    }
    buffer_str(out, text);
}

/* ---- the end --------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint32_t x, y; /* the first member */
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* 7.5.4: one subsection for each run of numbers; entries of 20 octets. */
static void put_table(struct pdf_update *u)
{
    qsort(u->objects, u->count, sizeof *u->objects, by_number);
    buffer_str(u->out, "xref\n");
    for (size_t i = 0; i < u->count;) {
        size_t end = i + 1;
        while (end < u->count && u->objects[end].num == u->objects[end - 1].num + 1) {
            end++;
        }
        buffer_printf(u->out, "%u %zu\n", u->objects[i].num, end - i);
        for (; i < end; i++) {
            buffer_printf(u->out, "%010zu 00000 n \n", u->objects[i].at);
        }
    }
}

int pdf_update_end(struct pdf_update *u, const uint8_t id[16])
{
    size_t xref = u->out->n;
    char hex[33];
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < 16; i++) {
        hex[2 * i] = digits[id[i] >> 4];
        hex[2 * i + 1] = digits[id[i] & 15];
    }
    hex[32] = 0;
    put_table(u);
    buffer_printf(u->out, "trailer\n<< /Size %u /Root %u 0 R /Prev %zu ", u->next, u->old.root,
                  u->old.xref);
    uint32_t info = u->new_info ? u->new_info : u->old.info;
    if (info) {
        buffer_printf(u->out, "/Info %u 0 R ", info);
    }
    buffer_str(u->out, "/ID [");
    if (u->old.first_id.p) {
        buffer_add(u->out, u->old.first_id);
    } else {
        buffer_printf(u->out, "<%s>", hex);
    }
    buffer_printf(u->out, " <%s>] >>\nstartxref\n%zu\n%%%%EOF\n", hex, xref);
    return buffer_ok(u->out) && !u->failed ? 0 : -1;
}
