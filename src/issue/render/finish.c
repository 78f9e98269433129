/*
 * finish - see finish.h. The input is cairo's own output and nothing else: a classic
 * cross-reference table, objects one behind the other. Objects keep their numbers; the catalog and
 * the information dictionary are replaced.
 */
#include "issue/render/finish.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "issue/pdf_update.h"

enum { OBJECTS_MAX = 1 << 16, ENTRY = 20, ARENA = 8 << 20, NAME = 128 };

struct old {
    struct span file;
    size_t xref;
    uint32_t size, root, info, pages;
    size_t *at;     /* of each object; 0: free */
    size_t *sorted; /* offsets in the file's order, the table's last */
    size_t count;
};

/* ---- reading cairo's file -------------------------------------------------------------------- */

static size_t number(struct span s, size_t at)
{
    size_t n = 0;
    while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\n')) {
        at++;
    }
    for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '9' && n < SIZE_MAX / 16; at++) {
        n = n * 10 + (size_t)(s.p[at] - '0');
    }
    return n;
}

/* The number behind a key, looked for from an offset on; 0: there is none. */
static size_t value_of(struct span s, const char *key, size_t from)
{
    size_t at = span_find(s, span_str(key), from);
    return at == SIZE_MAX ? 0 : number(s, at + strlen(key));
}

static size_t last_of(struct span s, const char *what)
{
    size_t found = SIZE_MAX, at = s.n > 4096 ? s.n - 4096 : 0;
    while ((at = span_find(s, span_str(what), at)) != SIZE_MAX) {
        found = at++;
    }
    return found;
}

static int by_offset(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool read_table(struct arena *a, struct old *o)
{
    struct span s = o->file;
    size_t line = span_find(s, SPAN_LIT("\n"), o->xref + 5); /* behind "0 37" */
    if (line == SIZE_MAX || o->size < 3 || o->size > OBJECTS_MAX ||
        (s.n - line) / ENTRY < o->size) {
        return false;
    }
    o->at = arena_array(a, o->size, sizeof *o->at);
    o->sorted = arena_array(a, o->size + 1, sizeof *o->sorted);
    for (uint32_t i = 1; o->at && o->sorted && i < o->size; i++) {
        size_t entry = line + 1 + (size_t)i * ENTRY;
        size_t at = number(s, entry);
        if (s.p[entry + 17] == 'n' && at > 0 && at < o->xref &&
            number(s, at) == i) { /* what cairo reserved and never wrote is free */
            o->at[i] = at;
            o->sorted[o->count++] = at;
        }
    }
    if (!o->at || !o->sorted) {
        return false;
    }
    o->sorted[o->count] = o->xref;
    qsort(o->sorted, o->count + 1, sizeof *o->sorted, by_offset);
    return true;
}

static bool read_old(struct arena *a, struct old *o)
{
    struct span s = o->file;
    size_t trailer = last_of(s, "trailer\n"), start = last_of(s, "startxref\n");
    if (trailer == SIZE_MAX || start == SIZE_MAX) {
        return false;
    }
    o->xref = number(s, start + 10);
    o->size = (uint32_t)value_of(s, "/Size ", trailer);
    o->root = (uint32_t)value_of(s, "/Root ", trailer);
    o->info = (uint32_t)value_of(s, "/Info ", trailer);
    if (o->xref >= trailer || !span_starts(span_sub(s, o->xref, 5), SPAN_LIT("xref\n")) ||
        !read_table(a, o) || !o->root || !o->info || o->root >= o->size || o->info >= o->size) {
        return false;
    }
    o->pages = (uint32_t)value_of(s, "/Pages ", o->at[o->root]);
    return o->pages > 0 && o->pages < o->size;
}

/* An object's octets, from its number to the next object. */
static struct span object(const struct old *o, uint32_t i)
{
    const size_t *here = bsearch(&o->at[i], o->sorted, o->count, sizeof *o->sorted, by_offset);
    return here ? span_sub(o->file, here[0], here[1] - here[0]) : SPAN_NONE;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct writer {
    struct buffer *out;
    size_t *at; /* offsets by number */
    uint32_t next;
    uint32_t files[2], file_count;
    char names[2][NAME];
};

static uint32_t open_new(struct writer *w)
{
    uint32_t n = w->next++;
    w->at[n] = w->out->n;
    buffer_printf(w->out, "%u 0 obj\n", n);
    return n;
}

static void close_new(struct writer *w)
{
    buffer_str(w->out, "\nendobj\n");
}

/* An object again: without its transparency group, with the map a CIDFont needs. */
static void copy(struct writer *w, uint32_t i, struct span o)
{
    size_t stream = span_find(o, SPAN_LIT("stream\n"), 0);
    struct span dict = span_sub(o, 0, stream);
    size_t group = span_find(dict, SPAN_LIT("/Group <<"), 0);
    size_t cid = span_find(dict, SPAN_LIT("/Subtype /CIDFontType2"), 0);
    size_t end = group == SIZE_MAX ? SIZE_MAX : span_find(dict, SPAN_LIT(">>"), group);
    w->at[i] = w->out->n;
    if (end != SIZE_MAX) {
        buffer_add(w->out, span_sub(o, 0, group));
        buffer_add(w->out, span_sub(o, end + 2, o.n));
    } else if (cid != SIZE_MAX && span_find(dict, SPAN_LIT("/CIDToGIDMap"), 0) == SIZE_MAX) {
        buffer_add(w->out, span_sub(o, 0, cid));
        buffer_str(w->out, "/CIDToGIDMap /Identity\n   ");
        buffer_add(w->out, span_sub(o, cid, o.n));
    } else {
        buffer_add(w->out, o);
    }
}

static uint32_t put_stream(struct writer *w, const char *dict, struct span data)
{
    uint32_t n = open_new(w);
    buffer_printf(w->out, "<< %s /Length %zu >>\nstream\n", dict, data.n);
    buffer_add(w->out, data);
    buffer_str(w->out, "\nendstream");
    close_new(w);
    return n;
}

/* 6.8: what it is, how it relates to the document, its name twice. */
static void attach(struct writer *w, const struct pdf_finish *f, const char *ending,
                   const char *subtype, const char *about, struct span data)
{
    char *name = w->names[w->file_count], dict[256], hash[SHA256_HEX];
    struct buffer date;
    uint8_t md5[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!data.p) {
        return;
    }
    buffer_init(&date, 64);
    pdf_update_date(&date, f->created);
    (void)snprintf(name, NAME, "%.100s.%s", *f->name ? f->name : "certificate", ending);
    for (char *c = name; *c; c++) {
        *c = *c == '/' ? '-' : *c;
    }
    /* /CheckSum is MD5 by ISO 32000-1 table 46; where libcrypto has none, it is left out. */
    bool sum = EVP_Digest(data.p, data.n, md5, &n, EVP_md5(), NULL) == 1 && n == 16;
    const char *d = buffer_cstr(&date);
    (void)snprintf(dict, sizeof dict,
                   "/Type /EmbeddedFile /Subtype /%s /Params << /ModDate %s /Size %zu%s%s%s >>",
                   subtype, d ? d : "", data.n, sum ? " /CheckSum <" : "",
                   sum ? hash_hex(span_make(md5, 16), false, hash) : "", sum ? ">" : "");
    uint32_t stream = put_stream(w, dict, data);
    w->files[w->file_count++] = open_new(w);
    buffer_printf(w->out,
                  "<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Data /Desc (%s) /EF << /F "
                  "%u 0 R /UF %u 0 R >> >>",
                  name, name, about, stream, stream);
    close_new(w);
    buffer_free(&date);
}

static void put_info(struct writer *w, const struct old *o, const struct pdf_finish *f)
{
    w->at[o->info] = w->out->n;
    buffer_printf(w->out, "%u 0 obj\n<< /Title ", o->info);
    pdf_update_text(w->out, f->title);
    buffer_str(w->out, " /Author ");
    pdf_update_text(w->out, f->author);
    buffer_str(w->out, " /Creator (Satyapan) /Producer (Satyapan) /CreationDate ");
    pdf_update_date(w->out, f->created);
    buffer_str(w->out, " /ModDate ");
    pdf_update_date(w->out, f->created);
    buffer_str(w->out, " >>");
    close_new(w);
}

static uint32_t put_intent(struct writer *w, const struct pdf_finish *f)
{
    uint32_t profile = put_stream(w, "/N 3", f->icc), intent = open_new(w);
    buffer_printf(w->out,
                  "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) "
                  "/RegistryName (http://www.color.org) /Info (sRGB IEC61966-2.1) "
                  "/DestOutputProfile %u 0 R >>",
                  profile);
    close_new(w);
    return intent;
}

static uint32_t put_xmp(struct writer *w, const struct pdf_finish *f)
{
    struct buffer xmp;
    buffer_init(&xmp, 1 << 16);
    pdf_xmp(&xmp, f);
    uint32_t n = put_stream(w, "/Type /Metadata /Subtype /XML", buffer_span(&xmp));
    w->out->failed = w->out->failed || !buffer_ok(&xmp);
    buffer_free(&xmp);
    return n;
}

/* The attachments' names stand in the name tree in order: .json before .xml. */
static void put_catalog(struct writer *w, const struct old *o, const struct pdf_finish *f)
{
    uint32_t metadata = put_xmp(w, f), intent = put_intent(w, f);
    attach(w, f, "json", "application#2Fjson", "Data of the certificate as JSON", f->json);
    attach(w, f, "xml", "text#2Fxml", "Data of the certificate as XML", f->xml);
    w->at[o->root] = w->out->n;
    buffer_printf(w->out,
                  "%u 0 obj\n<< /Type /Catalog /Pages %u 0 R /Metadata %u 0 R /OutputIntents [%u 0 "
                  "R] /Lang (hi-IN) /ViewerPreferences << /DisplayDocTitle true >>",
                  o->root, o->pages, metadata, intent);
    if (w->file_count) {
        buffer_str(w->out, " /AF [");
        for (uint32_t i = 0; i < w->file_count; i++) {
            buffer_printf(w->out, "%s%u 0 R", i ? " " : "", w->files[i]);
        }
        buffer_str(w->out, "] /Names << /EmbeddedFiles << /Names [");
        for (uint32_t i = 0; i < w->file_count; i++) {
            buffer_printf(w->out, "(%s) %u 0 R ", w->names[i], w->files[i]);
        }
        buffer_str(w->out, "] >> >>");
    }
    buffer_str(w->out, " >>");
    close_new(w);
}

static int put_table(struct writer *w, const struct old *o)
{
    uint8_t id[SHA256_SIZE];
    char hex[SHA256_HEX];
    size_t xref = w->out->n;
    if (!buffer_ok(w->out) || hash_sha256(buffer_span(w->out), id) != 0) {
        return -1;
    }
    buffer_printf(w->out, "xref\n0 %u\n0000000000 65535 f \n", w->next);
    for (uint32_t i = 1; i < w->next; i++) {
        buffer_printf(w->out, "%010zu %s \n", w->at[i], w->at[i] ? "00000 n" : "65535 f");
    }
    (void)hash_hex(span_make(id, 16), false, hex);
    buffer_printf(w->out,
                  "trailer\n<< /Size %u /Root %u 0 R /Info %u 0 R /ID [<%s> <%s>] "
                  ">>\nstartxref\n%zu\n%%%%EOF\n",
                  w->next, o->root, o->info, hex, hex, xref);
    return buffer_ok(w->out) ? 0 : -1;
}

int pdf_finish(struct span drawn, const struct pdf_finish *f, struct buffer *out)
{
    struct old o = {.file = drawn};
    struct arena *a = arena_new(ARENA);
    int rc = -1;
    if (a && drawn.p && read_old(a, &o)) {
        struct writer w = {.out = out, .next = o.size};
        w.at = arena_array(a, (size_t)o.size + 16, sizeof *w.at);
        buffer_str(out, "%PDF-1.7\n%\xB5\xED\xAE\xFB\n");
        for (uint32_t i = 1; w.at && i < o.size; i++) {
            if (o.at[i] && i != o.root && i != o.info) {
                copy(&w, i, object(&o, i));
            }
        }
        if (w.at) {
            put_info(&w, &o, f);
            put_catalog(&w, &o, f);
            rc = put_table(&w, &o);
        }
    }
    arena_free(a);
    return rc;
}
