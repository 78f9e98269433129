/*
 * revision - the revisions of a document (ISO 32000-2 7.5.6; Annex F: linearized files).
 *
 * Each revision is what one writer appended: objects, one cross-reference section, a trailer,
 * startxref naming exactly that section, %%EOF. The chain of /Prev must go backwards; the one
 * exception is a linearized file, whose first-page section points forward to the main one and which
 * is a single revision. When the last startxref does not lead to a sound chain, the last one that
 * does ends the document and everything behind it is told as unreadable bytes; nothing is repaired.
 */
#include "format/pdf/internal.h"

#include <stdlib.h>

enum { MAX_STARTXREF = 32 };

/* The sections of one revision, in order of precedence. */
struct group {
    struct xref_section part[2];
    size_t n;
    bool hybrid, linearized;
    size_t eof;
};

struct chain {
    struct group *groups; /* newest first */
    size_t n, cap;
};

/* Offset of the last "startxref" that begins before end, SIZE_MAX when none. */
static size_t last_startxref(struct span file, size_t end)
{
    struct span word = SPAN_LIT("startxref");
    for (size_t i = end < file.n ? end : file.n; i-- > 0;) {
        if (file.p[i] == 's' && span_starts(span_sub(file, i, word.n), word)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* "startxref N %%EOF" at x. */
static bool read_end(struct lex *x, uint64_t *n)
{
    return lex_expect(x, "startxref") && lex_uint(x, n) && lex_expect(x, "%%EOF");
}

/* Annex F: the first object of the file is the linearization dictionary. */
static bool is_linearized(struct pdf_doc *d)
{
    struct lex x = {span_sub(d->file, 0, 4096), 0};
    uint64_t num;
    uint64_t gen;
    struct pdf_obj o;
    lex_skip(&x, true);
    bool found = lex_uint(&x, &num) && lex_uint(&x, &gen) && lex_expect(&x, "obj") &&
                 object_parse(d, &x, &o) && object_key(&o, "Linearized") != NULL;
    d->trouble = NULL;
    return found;
}

/* A non-negative integer of the trailer. *present tells whether the key is there. */
static bool trailer_offset(struct pdf_doc *d, const struct pdf_obj *trailer, const char *key,
                           uint64_t *out, bool *present)
{
    const struct pdf_obj *o = object_key(trailer, key);
    *present = o != NULL;
    if (!o) {
        return true;
    }
    *out = o->type == PDF_INT && o->i >= 0 ? (uint64_t)o->i : 0;
    *present = !(o->type == PDF_INT && o->i == 0); /* /Prev 0: some writers mean "none" */
    return o->type == PDF_INT && o->i >= 0 ? true : doc_bad(d, "a trailer entry is not an offset");
}

static bool read_hybrid(struct pdf_doc *d, struct group *g)
{
    uint64_t offset = 0;
    bool present;
    if (g->part[0].num != 0 ||
        !trailer_offset(d, g->part[0].trailer, "XRefStm", &offset, &present)) {
        return g->part[0].num != 0;
    }
    if (!present) {
        return true;
    }
    g->hybrid = true;
    g->n = 2;
    return xref_read(d, offset, 1, &g->part[1]) && g->part[1].num != 0
               ? true
               : doc_bad(d, "/XRefStm does not lead to a cross-reference stream");
}

/* Reads the sections of the revision whose section is at offset. prev: where the older one is. */
static bool read_group(struct pdf_doc *d, uint64_t offset, struct group *g, uint64_t *prev,
                       bool *more)
{
    *g = (struct group){.n = 1};
    if (!xref_read(d, offset, 0, &g->part[0]) || !read_hybrid(d, g) ||
        !trailer_offset(d, g->part[0].trailer, "Prev", prev, more)) {
        return false;
    }
    if (!*more || *prev < offset) {
        return true;
    }
    uint64_t older = 0;
    if (!d->linearized || g->hybrid || *prev == offset) {
        return doc_bad(d, "the chain of cross-reference sections (/Prev) does not go backwards");
    }
    g->linearized = true;
    g->n = 2;
    if (!xref_read(d, *prev, 1, &g->part[1]) ||
        !trailer_offset(d, g->part[1].trailer, "Prev", &older, more)) {
        return false;
    }
    return *more ? doc_bad(d, "a linearized file has a third cross-reference section") : true;
}

static bool read_groups(struct pdf_doc *d, uint64_t offset, struct chain *c)
{
    bool more = true;
    while (more) {
        if (c->n >= PDF_MAX_REVISIONS) {
            return doc_limit(d, "number of revisions");
        }
        if (!doc_grow(d, (void **)&c->groups, &c->cap, c->n + 1, sizeof *c->groups)) {
            return false;
        }
        struct group *g = &c->groups[c->n++];
        uint64_t prev = 0;
        if (!read_group(d, offset, g, &prev, &more)) {
            return false;
        }
        struct lex x = {d->file, g->part[g->linearized ? 1 : 0].end};
        uint64_t named;
        lex_skip(&x, true);
        if (!read_end(&x, &named) || named != offset) {
            return doc_bad(d, "a revision does not end with its own startxref and %%EOF");
        }
        g->eof = x.at;
        offset = prev;
    }
    return true;
}

/* Fills d->revs from the chain, oldest first. */
static bool place_revisions(struct pdf_doc *d, const struct chain *c)
{
    struct pdf_revision *revs = doc_alloc(d, c->n, sizeof *revs);
    if (!revs) {
        return false;
    }
    for (size_t k = 0; k < c->n; k++) {
        const struct group *g = &c->groups[c->n - 1 - k];
        struct pdf_revision *r = &revs[k];
        *r = (struct pdf_revision){.start = k ? revs[k - 1].eof : 0,
                                   .xref = (size_t)g->part[0].offset,
                                   .eof = g->eof,
                                   .trailer = g->part[0].trailer,
                                   .hybrid = g->hybrid};
        if (r->xref < r->start || r->eof <= r->start) {
            return doc_bad(d, "two revisions overlap");
        }
        for (size_t i = 0; i < g->n; i++) {
            r->xref_nums[i] = g->part[i].num;
            for (size_t e = 0; e < g->part[i].count; e++) {
                d->entries[g->part[i].first + e].rev = (uint16_t)k;
            }
        }
    }
    d->revs = revs;
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const struct pdf_entry *x = a;
    const struct pdf_entry *y = b;
    if (x->num != y->num) {
        return x->num < y->num ? -1 : 1;
    }
    if (x->rev != y->rev) {
        return x->rev < y->rev ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static void sort_entries(struct pdf_doc *d)
{
    for (size_t i = 1; i < d->entry_count; i++) {
        if (compare_entries(&d->entries[i - 1], &d->entries[i]) > 0) {
            qsort(d->entries, d->entry_count, sizeof *d->entries, compare_entries);
            return;
        }
    }
}

/* Some writers list all objects again with each update: an entry that says what the older revision
 * said is no entry of the newer one. */
static bool repeats(const struct pdf_entry *older, const struct pdf_entry *e)
{
    return older->num == e->num && older->type == e->type &&
           (e->type == ENTRY_FREE ||
            (older->where == e->where && older->gen == e->gen && older->stream == e->stream));
}

/* One entry per object and revision: the table of a hybrid file wins over its stream unless it
 * says "free" (7.5.8.4). Anything else listed twice is ambiguous. */
static bool merge_entries(struct pdf_doc *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->entry_count; i++) {
        const struct pdf_entry *e = &d->entries[i];
        struct pdf_entry *last = n ? &d->entries[n - 1] : NULL;
        if (!last || last->num != e->num || last->rev != e->rev) {
            if (!last || !repeats(last, e)) {
                d->entries[n++] = *e;
            }
            continue;
        }
        bool two_sections = last->order != e->order;
        if (two_sections && last->type == ENTRY_FREE) {
            *last = *e;
        } else if (!(two_sections && (e->type == ENTRY_FREE || d->revs[e->rev].hybrid))) {
            return doc_bad(d, "a cross-reference section lists an object twice");
        }
    }
    d->entry_count = n;
    d->max_num = n ? d->entries[n - 1].num : 0;
    return true;
}

static bool group_by_revision(struct pdf_doc *d)
{
    d->by_rev = doc_alloc(d, d->entry_count, sizeof *d->by_rev);
    if (!d->by_rev) {
        return false;
    }
    for (size_t i = 0; i < d->entry_count; i++) {
        d->revs[d->entries[i].rev].count++;
    }
    size_t at = 0;
    for (size_t k = 0; k < d->rev_count; k++) {
        d->revs[k].first = at;
        at += d->revs[k].count;
        d->revs[k].count = 0;
    }
    for (size_t i = 0; i < d->entry_count; i++) {
        struct pdf_revision *r = &d->revs[d->entries[i].rev];
        d->by_rev[r->first + r->count++] = (uint32_t)i;
    }
    return true;
}

/* Reads the chain that the startxref at pos names. */
static bool read_chain(struct pdf_doc *d, size_t pos)
{
    struct lex x = {d->file, pos};
    uint64_t offset;
    struct chain c = {0};
    d->entry_count = 0;
    d->trouble = NULL;
    if (!read_end(&x, &offset)) {
        return doc_bad(d, "the last startxref has no number or no %%EOF behind it");
    }
    if (!read_groups(d, offset, &c)) {
        return false;
    }
    if (c.groups[0].eof != x.at) {
        return doc_bad(d, "the last startxref names a section that is not the last one");
    }
    if (!place_revisions(d, &c)) {
        return false;
    }
    sort_entries(d);
    if (!merge_entries(d)) {
        return false;
    }
    d->rev_count = c.n;
    d->tail = x.at;
    return group_by_revision(d);
}

static enum pdf_tail classify_tail(const struct pdf_doc *d)
{
    struct lex x = {d->file, d->tail};
    for (int line_ends = 0; line_ends < 2 && x.at < x.in.n; line_ends++) {
        bool cr = x.in.p[x.at] == '\r';
        x.at += cr;
        x.at += x.at < x.in.n && x.in.p[x.at] == '\n';
    }
    if (x.at == x.in.n) {
        return TAIL_NONE;
    }
    lex_skip(&x, true);
    return x.at == x.in.n ? TAIL_COMMENT : TAIL_JUNK;
}

bool revision_read_all(struct pdf_doc *d)
{
    d->linearized = is_linearized(d);
    d->entry_budget = PDF_MAX_ENTRIES;
    const char *first_trouble = NULL;
    size_t pos = d->file.n;
    for (int tries = 0; tries < MAX_STARTXREF && !d->failed && !d->limited; tries++) {
        pos = last_startxref(d->file, pos);
        if (pos == SIZE_MAX) {
            break;
        }
        if (read_chain(d, pos)) {
            d->tail_kind = classify_tail(d);
            d->trouble = first_trouble;
            return true;
        }
        first_trouble = first_trouble ? first_trouble : d->trouble;
    }
    d->rev_count = 0;
    d->entry_count = 0;
    d->trouble = first_trouble ? first_trouble : "there is no startxref";
    return false;
}
