/*
 * document - objects by number and revision (ISO 32000-2 7.3.10, 7.5.7).
 *
 * An object is parsed when first asked for and kept. An entry of revision k must point into the
 * bytes of revision k: nothing behind it, nothing before it. What it does not do: search for an
 * object that is not where its cross-reference entry says.
 */
#include "format/pdf/internal.h"

#include <stdio.h>

struct pdf_objstm {
    struct span data;
    uint32_t *nums;
    size_t *offs; /* offsets in data */
    size_t n;
};

enum { MAX_LOADS = 12, MAX_NOTES = 20 };

static struct pdf_obj unreadable; /* in the cache: parsed and found malformed */

void *doc_alloc(struct pdf_doc *d, size_t count, size_t size)
{
    void *p = arena_array(d->arena, count, size);
    d->failed = d->failed || !p;
    return p;
}

bool doc_grow(struct pdf_doc *d, void **items, size_t *cap, size_t need, size_t size)
{
    if (need > *cap && arena_grow(d->arena, items, cap, need, size) != 0) {
        d->failed = true;
    }
    return !d->failed;
}

const char *doc_text(struct pdf_doc *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *s = arena_vprintf(d->arena, fmt, ap);
    va_end(ap);
    d->failed = d->failed || !s;
    return s ? s : "";
}

bool doc_bad(struct pdf_doc *d, const char *why)
{
    if (!d->trouble) {
        d->trouble = why;
    }
    return false;
}

bool doc_limit(struct pdf_doc *d, const char *what)
{
    if (!d->limited && !d->quiet) {
        d->limited = true;
        finding_add(d->arena, d->findings, SP_PDF_LIMIT, "document", what, NULL);
    }
    return false;
}

bool doc_work(struct pdf_doc *d, uint64_t steps)
{
    d->work += steps;
    return d->work <= PDF_MAX_WORK ? true : doc_limit(d, "work for comparing revisions");
}

void doc_note_object(struct pdf_doc *d, uint32_t num)
{
    if (d->failed || d->limited || d->quiet || d->notes++ >= MAX_NOTES) {
        return;
    }
    finding_add(d->arena, d->findings, SP_PDF_OBJECT, "document", doc_text(d, "%u", num),
                d->trouble ? d->trouble : "it is not where the cross-reference table says", NULL);
}

void doc_note_duplicate(struct pdf_doc *d, struct span key, size_t offset)
{
    if (d->failed || d->quiet || d->notes++ >= MAX_NOTES) {
        return;
    }
    finding_add(d->arena, d->findings, SP_PDF_DUPLICATE_KEY, "document", object_name_text(d, key),
                doc_text(d, "%zu", offset), NULL);
}

size_t doc_find(const struct pdf_doc *d, uint32_t num, size_t rev)
{
    size_t low = 0; /* first entry behind (num, rev) */
    size_t high = d->rev_count ? d->entry_count : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct pdf_entry *e = &d->entries[mid];
        if (e->num < num || (e->num == num && e->rev <= rev)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low > 0 && d->entries[low - 1].num == num ? low - 1 : PDF_NO_ENTRY;
}

/* Reads "num gen obj" and the value; x stands at the entry's offset. */
static bool parse_at(struct pdf_doc *d, struct lex *x, const struct pdf_entry *e,
                     struct pdf_obj *out)
{
    uint64_t num;
    uint64_t gen;
    if (!lex_uint(x, &num) || !lex_uint(x, &gen) || !lex_expect(x, "obj") || num != e->num ||
        gen != e->gen) {
        return doc_bad(d, "it is not where the cross-reference table says");
    }
    if (!object_parse(d, x, out)) {
        return false;
    }
    lex_skip(x, true);
    if (lex_expect(x, "endobj")) {
        return true;
    }
    if (out->type != PDF_DICT || !lex_expect(x, "stream")) {
        return doc_bad(d, "its end is missing");
    }
    if (x->at < x->in.n && x->in.p[x->at] == '\r') {
        x->at++;
    }
    if (x->at >= x->in.n || x->in.p[x->at] != '\n') {
        return doc_bad(d, "its stream does not begin on a new line");
    }
    x->at++;
    struct pdf_stream *s = doc_alloc(d, 1, sizeof *s);
    if (!s) {
        return false;
    }
    *s = (struct pdf_stream){*out, x->at, e->num, e->gen};
    *out = (struct pdf_obj){.type = PDF_STREAM, .stream = s};
    return true;
}

static struct lex lex_at(const struct pdf_doc *d, const struct pdf_entry *e)
{
    const struct pdf_revision *r = &d->revs[e->rev];
    struct lex x = {span_sub(d->file, 0, r->eof), (size_t)e->where};
    if (e->where < r->start || e->where >= r->eof) {
        x.at = x.in.n;
    }
    return x;
}

/* Reads the directory of an object stream (7.5.7). */
static bool parse_objstm(struct pdf_doc *d, const struct pdf_obj *o, size_t rev,
                         struct pdf_objstm *out)
{
    const struct pdf_obj *n = doc_get(d, o, "N", rev);
    const struct pdf_obj *first = doc_get(d, o, "First", rev);
    if (!o || o->type != PDF_STREAM || !object_is_name(doc_get(d, o, "Type", rev), "ObjStm") ||
        !n || n->type != PDF_INT || !first || first->type != PDF_INT || first->i < 0 ||
        !doc_stream_data(d, o, rev, &out->data) || n->i < 0 || (uint64_t)n->i > out->data.n) {
        return doc_bad(d, "its object stream is malformed");
    }
    out->n = (size_t)n->i;
    out->nums = doc_alloc(d, out->n, sizeof *out->nums);
    out->offs = doc_alloc(d, out->n, sizeof *out->offs);
    struct lex x = {span_sub(out->data, 0, (size_t)first->i), 0};
    for (size_t i = 0; !d->failed && i < out->n; i++) {
        uint64_t num;
        uint64_t off;
        if (!lex_uint(&x, &num) || !lex_uint(&x, &off) || num > PDF_MAX_OBJECT ||
            off > out->data.n) {
            return doc_bad(d, "its object stream is malformed");
        }
        out->nums[i] = (uint32_t)num;
        out->offs[i] = (size_t)first->i + (size_t)off;
    }
    return !d->failed;
}

/* The object stream that holds this entry; NULL when it is malformed or locked. */
static const struct pdf_objstm *container(struct pdf_doc *d, const struct pdf_entry *e)
{
    size_t at = doc_find(d, e->stream, e->rev);
    if (at == PDF_NO_ENTRY || d->entries[at].rev != e->rev || d->entries[at].type != ENTRY_OFFSET) {
        (void)doc_bad(d, "its object stream is not in the same revision");
        return NULL;
    }
    if (doc_find(d, e->stream, d->rev_count - 1) != at) {
        /* Some programs would read it from the old stream, some from the new one. */
        (void)doc_bad(d, "its object stream is replaced by a later version of the document");
        return NULL;
    }
    if (!d->objstms) {
        d->objstms = doc_alloc(d, d->entry_count, sizeof *d->objstms);
        if (!d->objstms) {
            return NULL;
        }
    }
    struct pdf_objstm *s = &d->objstms[at];
    if (!s->data.p) {
        struct pdf_objstm fresh = {.data = SPAN_NONE};
        bool ok = !d->streams_locked && parse_objstm(d, doc_load_entry(d, at), e->rev, &fresh) &&
                  fresh.data.p;
        static const uint8_t nothing[1];
        *s = ok ? fresh : (struct pdf_objstm){.data = span_make(nothing, 0)};
    }
    return s;
}

static bool slice(struct pdf_doc *d, const struct pdf_entry *e, struct lex *out)
{
    const struct pdf_objstm *s = container(d, e);
    if (!s || e->where >= s->n || s->nums[e->where] != e->num) {
        return doc_bad(d, "its object stream does not hold it");
    }
    *out = (struct lex){s->data, s->offs[e->where]};
    return out->at < s->data.n ? true : doc_bad(d, "its object stream does not hold it");
}

static bool load(struct pdf_doc *d, size_t at, struct pdf_obj *out)
{
    const struct pdf_entry *e = &d->entries[at];
    struct lex x;
    bool ok;
    if (e->type == ENTRY_OFFSET) {
        x = lex_at(d, e);
        ok = parse_at(d, &x, e, out) && unlock_strings(d, e, out);
    } else {
        ok = slice(d, e, &x) && object_parse(d, &x, out);
    }
    d->extent[at] = ok ? x.at : 0;
    return ok;
}

static bool make_cache(struct pdf_doc *d)
{
    if (!d->cache) {
        d->cache = doc_alloc(d, d->entry_count, sizeof *d->cache);
        d->extent = doc_alloc(d, d->entry_count, sizeof *d->extent);
    }
    return d->cache && d->extent;
}

const struct pdf_obj *doc_load_entry(struct pdf_doc *d, size_t at)
{
    const struct pdf_entry *e = &d->entries[at];
    if (e->type == ENTRY_FREE || (e->type == ENTRY_IN_STREAM && d->streams_locked) || d->failed ||
        !make_cache(d)) {
        return NULL;
    }
    if (!d->cache[at]) {
        struct pdf_obj *o = doc_alloc(d, 1, sizeof *o);
        d->trouble = NULL;
        bool ok = o && d->depth < MAX_LOADS;
        if (ok) {
            d->depth++;
            ok = load(d, at, o);
            d->depth--;
        }
        d->cache[at] = ok ? o : &unreadable;
        if (!ok) {
            doc_note_object(d, e->num);
        }
    }
    const struct pdf_obj *o = d->cache[at];
    return o == &unreadable || o->type == PDF_NULL ? NULL : o;
}

const struct pdf_obj *doc_load(struct pdf_doc *d, uint32_t num, size_t rev)
{
    size_t at = doc_find(d, num, rev);
    return at == PDF_NO_ENTRY ? NULL : doc_load_entry(d, at);
}

const struct pdf_obj *doc_resolve(struct pdf_doc *d, const struct pdf_obj *o, size_t rev)
{
    for (int hops = 0; o && o->type == PDF_REF; hops++) {
        size_t at =
            hops < 8 && o->i <= PDF_MAX_OBJECT ? doc_find(d, (uint32_t)o->i, rev) : PDF_NO_ENTRY;
        if (at == PDF_NO_ENTRY || d->entries[at].gen != o->n) {
            return NULL;
        }
        o = doc_load_entry(d, at);
    }
    return o && o->type == PDF_NULL ? NULL : o;
}

const struct pdf_obj *doc_get(struct pdf_doc *d, const struct pdf_obj *o, const char *key,
                              size_t rev)
{
    return doc_resolve(d, object_key(o, key), rev);
}

/* Where the revision with this offset ends: a stream lies in the one it begins in, whatever a later
 * one makes of the object that holds its length. */
static size_t revision_end(const struct pdf_doc *d, size_t at)
{
    for (size_t k = 0; k < d->rev_count; k++) {
        if (at >= d->revs[k].start && at < d->revs[k].eof) {
            return d->revs[k].eof;
        }
    }
    return d->file.n; /* a cross-reference stream, before the revisions are known */
}

bool doc_stream_raw(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *out)
{
    if (!o || o->type != PDF_STREAM) {
        return doc_bad(d, "it is not a stream");
    }
    const struct pdf_obj *length = doc_get(d, o, "Length", rev);
    struct span own = span_sub(d->file, 0, revision_end(d, o->stream->body));
    if (!length || length->type != PDF_INT || length->i < 0 ||
        (uint64_t)length->i > own.n - o->stream->body) {
        return doc_bad(d, "the length of its stream is wrong");
    }
    struct lex x = {own, o->stream->body + (size_t)length->i};
    if (!lex_expect(&x, "endstream") || !lex_expect(&x, "endobj")) {
        return doc_bad(d, "the length of its stream is wrong");
    }
    *out = span_sub(d->file, o->stream->body, (size_t)length->i);
    return true;
}

bool doc_stream_plain(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *out)
{
    return doc_stream_raw(d, o, rev, out) && unlock_stream(d, o, rev, out);
}

bool doc_stream_data(struct pdf_doc *d, const struct pdf_obj *o, size_t rev, struct span *out)
{
    struct span raw;
    return doc_stream_plain(d, o, rev, &raw) && filter_decode(d, o, rev, raw, out);
}

bool doc_object_bytes(struct pdf_doc *d, size_t at, struct span *out)
{
    const struct pdf_entry *e = &d->entries[at];
    struct lex x;
    if (e->type == ENTRY_OFFSET) {
        x = lex_at(d, e);
    } else if (e->type == ENTRY_FREE || d->streams_locked || !slice(d, e, &x)) {
        return false;
    }
    *out = span_sub(x.in, x.at, x.in.n);
    return out->n > 0;
}

const struct pdf_obj *doc_catalog(struct pdf_doc *d, size_t rev)
{
    const struct pdf_obj *root = doc_get(d, d->revs[rev].trailer, "Root", rev);
    return root && root->type == PDF_DICT ? root : NULL;
}
