/*
 * pdf - see pdf.h: pages, objects and cross-reference sections. ISO 32000-1 7.5.
 */
#include "pdf.h"

#include <stdio.h>
#include <zlib.h>

enum { CATALOG = 1, PAGES = 2, FONT = 3, BOLD = 4, INFO = 5, FIRST_FREE = 6 };

#define MAX_FILE ((size_t)64 << 20)

static struct span deflated(struct span data)
{
    uLongf n = compressBound(data.n);
    uint8_t *p = gen_alloc(n);
    if (compress2(p, &n, data.p, data.n, 9) != Z_OK) {
        gen_die("deflate failed");
    }
    return span_make(p, n);
}

static void note(struct pdf *p, struct pdf_entry entry)
{
    if (p->entry_count == PDF_MAX_ENTRIES) {
        gen_die("too many objects in one revision");
    }
    p->entries[p->entry_count++] = entry;
}

unsigned pdf_number(struct pdf *p)
{
    return p->size++;
}

void pdf_object(struct pdf *p, unsigned num, const char *fmt, ...)
{
    gen_alloc(1);
    va_list ap;
    va_start(ap, fmt);
    char text[16384];
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof text) {
        gen_die("an object is too long");
    }
    if (p->base && p->style != PDF_TABLE) {
        p->packed_num[p->packed_count] = num;
        p->packed_at[p->packed_count++] = p->packed.n;
        buffer_printf(&p->packed, "%s\n", text);
        return;
    }
    pdf_plain_object(p, num, pdf_crypt_text(p, num, text));
}

void pdf_plain_object(struct pdf *p, unsigned num, const char *text)
{
    note(p, (struct pdf_entry){num, 0, 0, p->out.n});
    buffer_printf(&p->out, "%u 0 obj\n%s\nendobj\n", num, text);
}

void pdf_stream(struct pdf *p, unsigned num, const char *dict, struct span data)
{
    note(p, (struct pdf_entry){num, 0, 0, p->out.n});
    data = pdf_crypt_stream(p, num, data);
    buffer_printf(&p->out, "%u 0 obj\n<< %s /Length %zu >>\nstream\n", num,
                  pdf_crypt_text(p, num, dict), data.n);
    buffer_add(&p->out, data);
    buffer_str(&p->out, "\nendstream\nendobj\n");
}

/* ---- cross-reference sections --------------------------------------------------------------- */

static const struct pdf_entry *entry_of(const struct pdf *p, unsigned num)
{
    for (size_t i = p->entry_count; i > 0; i--) {
        if (p->entries[i - 1].num == num) {
            return &p->entries[i - 1];
        }
    }
    return NULL;
}

static void trailer_keys(const struct pdf *p, struct buffer *b, bool first)
{
    buffer_printf(b, "/Size %u /Root %d 0 R /Info %d 0 R", p->size, CATALOG, INFO);
    buffer_printf(b, " /ID [<%s> <5a5a0000000000000000000000000001>]%s", p->id, p->encrypt);
    if (!first) {
        buffer_printf(b, " /Prev %zu", p->prev);
    }
}

static void row(struct buffer *b, unsigned type, size_t second, unsigned third)
{
    uint8_t octets[7] = {(uint8_t)type,          (uint8_t)(second >> 24), (uint8_t)(second >> 16),
                         (uint8_t)(second >> 8), (uint8_t)second,         (uint8_t)(third >> 8),
                         (uint8_t)third};
    buffer_add(b, span_make(octets, sizeof octets));
}

/* PNG "up" predictor over rows of 7 octets (RFC 2083 6.4), as most writers use it. */
static struct span predicted(struct span rows)
{
    struct buffer b;
    buffer_init(&b, MAX_FILE);
    for (size_t i = 0; i + 7 <= rows.n; i += 7) {
        buffer_char(&b, 2);
        for (size_t k = 0; k < 7; k++) {
            uint8_t above = i ? rows.p[i + k - 7] : 0;
            buffer_char(&b, (char)(uint8_t)(rows.p[i + k] - above));
        }
    }
    return gen_take(&b);
}

/* Rows and /Index for the objects of this revision; with only_packed, those in object streams. */
static struct span xref_rows(struct pdf *p, bool only_packed, struct buffer *index)
{
    struct buffer rows;
    buffer_init(&rows, MAX_FILE);
    if (p->base && !only_packed) {
        row(&rows, 0, 0, 65535);
        buffer_str(index, "0 1 ");
    }
    for (unsigned num = 1; num < p->size; num++) {
        const struct pdf_entry *e = entry_of(p, num);
        if (!e || (only_packed && !e->stream)) {
            continue;
        }
        buffer_printf(index, "%u 1 ", num);
        row(&rows, e->stream ? 2 : 1, e->stream ? e->stream : e->off, e->index);
    }
    return gen_take(&rows);
}

static size_t write_xref_stream(struct pdf *p, bool only_packed)
{
    unsigned num = pdf_number(p);
    size_t at = p->out.n;
    if (!only_packed) {
        note(p, (struct pdf_entry){num, 0, 0, at});
    }
    struct buffer index, dict;
    buffer_init(&index, MAX_FILE);
    buffer_init(&dict, MAX_FILE);
    struct span rows = deflated(predicted(xref_rows(p, only_packed, &index)));
    buffer_printf(&dict, "/Type /XRef /W [1 4 2] /Index [%s] ", buffer_cstr(&index));
    buffer_str(&dict, "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 7 >> ");
    trailer_keys(p, &dict, p->base);
    buffer_printf(&p->out, "%u 0 obj\n<< %s /Length %zu >>\nstream\n", num, buffer_cstr(&dict),
                  rows.n);
    buffer_add(&p->out, rows);
    buffer_str(&p->out, "\nendstream\nendobj\n");
    buffer_free(&index);
    buffer_free(&dict);
    return at;
}

static void write_table(struct pdf *p, size_t xref_stream)
{
    size_t at = p->out.n;
    buffer_str(&p->out, "xref\n");
    if (p->base) {
        buffer_str(&p->out, "0 1\n0000000000 65535 f \n");
    }
    for (unsigned num = 1; num < p->size; num++) {
        const struct pdf_entry *e = entry_of(p, num);
        if (e && !e->stream) {
            buffer_printf(&p->out, "%u 1\n%010zu 00000 n \n", num, e->off);
        }
    }
    buffer_str(&p->out, "trailer\n<< ");
    trailer_keys(p, &p->out, p->base);
    if (xref_stream) {
        buffer_printf(&p->out, " /XRefStm %zu", xref_stream);
    }
    buffer_printf(&p->out, " >>\nstartxref\n%zu\n%%%%EOF\n", at);
    p->prev = at;
}

static void write_packed(struct pdf *p)
{
    unsigned num = pdf_number(p);
    struct buffer head;
    buffer_init(&head, MAX_FILE);
    for (size_t i = 0; i < p->packed_count; i++) {
        buffer_printf(&head, "%u %zu ", p->packed_num[i], p->packed_at[i]);
        note(p, (struct pdf_entry){p->packed_num[i], num, (unsigned)i, 0});
    }
    struct span data = CAT(buffer_span(&head), buffer_span(&p->packed));
    char *dict =
        gen_printf("/Type /ObjStm /N %zu /First %zu /Filter /FlateDecode", p->packed_count, head.n);
    pdf_stream(p, num, dict, deflated(data));
    buffer_free(&head);
    buffer_free(&p->packed);
}

static void write_xref(struct pdf *p)
{
    size_t hybrid = 0;
    if (p->style == PDF_STREAM) {
        size_t at = write_xref_stream(p, false);
        buffer_printf(&p->out, "startxref\n%zu\n%%%%EOF\n", at);
        p->prev = at;
        return;
    }
    if (p->base && p->style == PDF_HYBRID) {
        hybrid = write_xref_stream(p, true);
    }
    write_table(p, hybrid);
}

/* ---- pages ---------------------------------------------------------------------------------- */

static void show(struct buffer *b, const char *font, int size, int y, const char *text)
{
    buffer_printf(b, "BT /%s %d Tf 56 %d Td (", font, size, y);
    for (const char *c = text; *c; c++) {
        if (*c == '(' || *c == ')' || *c == '\\') {
            buffer_char(b, '\\');
        }
        buffer_char(b, *c);
    }
    buffer_str(b, ") Tj ET\n");
}

static struct span page_text(const char *const *lines)
{
    struct buffer b;
    buffer_init(&b, MAX_FILE);
    int y = 780;
    for (; *lines; lines++) {
        const char *s = *lines;
        if (strcmp(s, "---") == 0) {
            buffer_printf(&b, "0.6 w 56 %d m 539 %d l S\n", y + 4, y + 4);
        } else if (s[0] == '#') {
            show(&b, "F2", 16, y, s + 2);
            y -= 10;
        } else if (s[0] == '=') {
            show(&b, "F2", 11, y, s + 2);
        } else {
            show(&b, "F1", 10, y, s);
        }
        y -= 15;
    }
    return gen_take(&b);
}

void pdf_start(struct pdf *p, enum pdf_style style)
{
    *p = (struct pdf){.style = style, .base = true, .size = FIRST_FREE};
    buffer_init(&p->out, MAX_FILE);
    buffer_init(&p->packed, MAX_FILE);
    p->fields = p->perms = p->catalog_more = p->form_more = p->resources_more = p->page_more = "";
    p->encrypt = "";
    p->id = "5a5a0000000000000000000000000001";
    buffer_str(&p->out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
}

void pdf_put_page(struct pdf *p, size_t index)
{
    const char *annots = p->annots[index];
    pdf_object(p, p->page[index],
               "<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %u 0 R "
               "/Resources << /Font << /F1 %d 0 R /F2 %d 0 R >>%s >>%s%s%s%s >>",
               PAGES, p->content[index], FONT, BOLD, p->resources_more, p->page_more,
               annots[0] ? " /Annots [" : "", annots, annots[0] ? "]" : "");
}

void pdf_add_page(struct pdf *p, const char *const *lines)
{
    size_t i = p->page_count++;
    p->page[i] = pdf_number(p);
    p->content[i] = pdf_number(p);
    p->annots[i] = "";
    pdf_stream(p, p->content[i], "", page_text(lines));
    if (!p->base) {
        pdf_put_page(p, i);
    }
}

void pdf_put_page_tree(struct pdf *p)
{
    const char *kids = "";
    for (size_t i = 0; i < p->page_count; i++) {
        kids = gen_printf("%s%u 0 R ", kids, p->page[i]);
    }
    pdf_object(p, PAGES, "<< /Type /Pages /Count %zu /Kids [%s] >>", p->page_count, kids);
}

void pdf_put_catalog(struct pdf *p)
{
    const char *form = p->acroform ? gen_printf(" /AcroForm %u 0 R", p->acroform) : "";
    const char *dss = p->dss ? gen_printf(" /DSS %u 0 R", p->dss) : "";
    pdf_object(p, CATALOG, "<< /Type /Catalog /Pages %d 0 R%s%s%s%s >>", PAGES, form, dss, p->perms,
               p->catalog_more);
}

void pdf_put_acroform(struct pdf *p)
{
    pdf_object(p, p->acroform,
               "<< /Fields [%s] /SigFlags 3 /DA (/F1 10 Tf 0 g) "
               "/DR << /Font << /F1 %d 0 R >> >>%s >>",
               p->fields, FONT, p->form_more);
}

void pdf_put_text_field(struct pdf *p, unsigned num, const char *name, const char *value, int y)
{
    pdf_object(p, num,
               "<< /Type /Annot /Subtype /Widget /FT /Tx /T (%s) /V (%s) /F 4 /P %u 0 R "
               "/DA (/F1 10 Tf 0 g) /Rect [56 %d 300 %d] >>",
               name, value, p->page[0], y, y + 16);
}

unsigned pdf_text_field(struct pdf *p, const char *name, const char *value, int y)
{
    unsigned num = pdf_number(p);
    p->acroform = p->acroform ? p->acroform : pdf_number(p);
    p->fields = gen_printf("%s%u 0 R ", p->fields, num);
    p->annots[0] = gen_printf("%s%u 0 R ", p->annots[0], num);
    pdf_put_text_field(p, num, name, value, y);
    return num;
}

void pdf_finish_base(struct pdf *p)
{
    pdf_put_catalog(p);
    pdf_put_page_tree(p);
    pdf_object(p, FONT, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    pdf_object(p, BOLD, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>");
    pdf_object(p, INFO, "<< /Title (Declaration) /Producer (Satyapan test writer) >>");
    for (size_t i = 0; i < p->page_count; i++) {
        pdf_put_page(p, i);
    }
    if (p->acroform) {
        pdf_put_acroform(p);
    }
    if (p->style != PDF_TABLE) {
        write_packed(p);
    }
    write_xref(p);
    p->base = false;
}

void pdf_open_update(struct pdf *p)
{
    p->entry_count = 0;
}

void pdf_close_update(struct pdf *p)
{
    write_xref(p);
}

void pdf_replace_page(struct pdf *p, size_t index, const char *const *lines)
{
    pdf_open_update(p);
    pdf_stream(p, p->content[index], "", page_text(lines));
    pdf_close_update(p);
}

struct span pdf_bytes(struct pdf *p)
{
    return gen_dup(buffer_span(&p->out));
}

struct span pdf_patch(struct span file, const char *from, const char *to)
{
    size_t at = span_find(file, span_str(from), 0);
    if (at == SIZE_MAX || strlen(from) != strlen(to)) {
        gen_die("nothing to patch: %s", from);
    }
    return CAT(span_sub(file, 0, at), span_str(to), span_sub(file, at + strlen(to), file.n));
}
