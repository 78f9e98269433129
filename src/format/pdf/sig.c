/*
 * sig - finds every signature dictionary of every revision (ISO 32000-2 12.8.1).
 *
 * Three ways, so that none can be hidden: the form of each revision, /Perms of each revision, and
 * the text "/ByteRange" in the file's own bytes. A later revision that empties /Fields or drops the
 * form is thus told as a hidden signature, never as an unsigned document. Bytes that look like a
 * signature but lie outside every readable object become a broken signature, not nothing.
 */
#include "format/pdf/internal.h"

#include <stdlib.h>

static struct pdf_sig *add_sig(struct pdf_doc *d, size_t entry, size_t offset)
{
    if (d->sig_count >= PDF_MAX_SIGNATURES) {
        (void)doc_limit(d, "number of signatures");
        return NULL;
    }
    if (!doc_grow(d, (void **)&d->sigs, &d->sig_cap, d->sig_count + 1, sizeof *d->sigs)) {
        return NULL;
    }
    struct pdf_sig *s = &d->sigs[d->sig_count++];
    *s = (struct pdf_sig){.entry = entry, .offset = offset};
    s->rev = entry == PDF_NO_ENTRY ? d->rev_count : d->entries[entry].rev;
    s->signed_rev = s->rev;
    return s;
}

size_t sig_by_entry(const struct pdf_doc *d, size_t entry)
{
    for (size_t i = 0; entry != PDF_NO_ENTRY && i < d->sig_count; i++) {
        if (d->sigs[i].entry == entry) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool looks_like_signature(struct pdf_doc *d, const struct pdf_obj *o, size_t rev)
{
    const struct pdf_obj *type = doc_get(d, o, "Type", rev);
    return o && o->type == PDF_DICT &&
           (object_is_name(type, "Sig") || object_is_name(type, "DocTimeStamp") ||
            object_key(o, "ByteRange") != NULL);
}

/* The entry whose object holds the value of a field: its own, or that of the reference. */
static size_t value_entry(const struct pdf_doc *d, const struct pdf_field *f, size_t rev)
{
    bool indirect = f->value->type == PDF_REF;
    if (indirect && f->value->i > PDF_MAX_OBJECT) {
        return PDF_NO_ENTRY;
    }
    return doc_find(d, indirect ? (uint32_t)f->value->i : f->num, rev);
}

static void take_field(struct pdf_doc *d, const struct pdf_field *f, size_t rev)
{
    if (!f->own_value || f->value->type == PDF_NULL) {
        return;
    }
    size_t entry = value_entry(d, f, rev);
    if (entry == PDF_NO_ENTRY || d->entries[entry].type == ENTRY_FREE) {
        return; /* a reference to nothing is null: the field is not signed (7.3.10) */
    }
    const struct pdf_obj *value = doc_resolve(d, f->value, rev);
    bool field = f->type.p && span_eq(f->type, SPAN_LIT("Sig"));
    bool missing = !value && d->cache && d->cache[entry] && d->cache[entry]->type == PDF_NULL &&
                   d->extent[entry] != 0;
    if ((!field && !looks_like_signature(d, value, rev)) || missing) {
        return;
    }
    size_t at = sig_by_entry(d, entry);
    struct pdf_sig *s =
        at == SIZE_MAX ? add_sig(d, entry, (size_t)d->entries[entry].where) : &d->sigs[at];
    if (!s) {
        return;
    }
    if (!s->in_form) {
        s->in_form = true;
        s->dict = value && value->type == PDF_DICT ? value : NULL;
        s->field = f->name ? arena_str(d->arena, span_str(f->name)) : NULL;
        d->failed = d->failed || (f->name && !s->field);
        s->lock = doc_get(d, f->dict, "Lock", rev);
    }
    s->in_last_form = true;
}

/* True when revision rev redefines one of the objects the last reading of the form used. */
static bool touches(struct pdf_doc *d, const struct walk *used, size_t rev)
{
    const struct pdf_revision *r = &d->revs[rev];
    for (size_t i = 0; i < r->count; i++) {
        if (walk_has(used, d->entries[d->by_rev[r->first + i]].num)) {
            return true;
        }
    }
    return !object_same(d, object_key(r->trailer, "Root"),
                        object_key(d->revs[rev - 1].trailer, "Root"));
}

/* Reads the form of one revision; used gets what it depends on. */
static void from_form(struct pdf_doc *d, struct arena *scratch, size_t rev, struct walk *used)
{
    struct pdf_form form;
    for (size_t i = 0; i < d->sig_count; i++) {
        d->sigs[i].in_last_form = false;
    }
    form_read(d, scratch, rev, used, &form);
    for (size_t i = 0; i < form.count && !d->failed && !d->limited; i++) {
        take_field(d, &form.fields[i], rev);
    }
}

/* A form is read again only when a revision redefines something it depends on, so in_last_form,
 * as the last reading left it, is true of the last revision. */
static void from_all_forms(struct pdf_doc *d)
{
    struct arena *scratch = NULL;
    struct walk used = {0};
    for (size_t rev = 0; rev < d->rev_count && !d->failed && !d->limited; rev++) {
        if (scratch && !touches(d, &used, rev)) {
            continue;
        }
        struct arena *fresh = arena_new((size_t)64 << 20);
        arena_free(scratch);
        scratch = fresh;
        if (!fresh || !walk_init(&used, d, fresh)) {
            d->failed = true;
            break;
        }
        from_form(d, scratch, rev, &used);
    }
    arena_free(scratch);
}

/* /Perms names a certification signature or usage rights (12.8.6). */
static void from_perms(struct pdf_doc *d, size_t rev)
{
    const struct pdf_obj *perms = doc_get(d, doc_catalog(d, rev), "Perms", rev);
    static const char *const keys[] = {"DocMDP", "UR3", "UR"};
    for (size_t k = 0; perms && k < 3; k++) {
        const struct pdf_obj *ref = object_key(perms, keys[k]);
        if (!ref || ref->type != PDF_REF || ref->i > PDF_MAX_OBJECT) {
            continue;
        }
        size_t entry = doc_find(d, (uint32_t)ref->i, rev);
        const struct pdf_obj *value = doc_resolve(d, ref, rev);
        if (!looks_like_signature(d, value, rev)) {
            continue;
        }
        size_t at = sig_by_entry(d, entry);
        struct pdf_sig *s =
            at == SIZE_MAX ? add_sig(d, entry, (size_t)d->entries[entry].where) : &d->sigs[at];
        if (s) {
            s->dict = s->dict ? s->dict : value;
            s->certifies = s->certifies || k == 0;
            s->usage_rights = s->usage_rights || k > 0;
        }
    }
}

/* ---- signatures in raw bytes ---- */

struct place {
    uint64_t where;
    uint32_t entry;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    return (x->where > y->where) - (x->where < y->where);
}

struct raw {
    struct place *places; /* objects by offset; made when first needed */
    size_t n;
};

static bool make_places(struct pdf_doc *d, struct raw *r)
{
    if (r->places) {
        return true;
    }
    r->places = doc_alloc(d, d->entry_count, sizeof *r->places);
    for (size_t i = 0; r->places && i < d->entry_count; i++) {
        if (d->entries[i].type == ENTRY_OFFSET) {
            r->places[r->n++] = (struct place){d->entries[i].where, (uint32_t)i};
        }
    }
    if (r->places) {
        qsort(r->places, r->n, sizeof *r->places, compare_places);
    }
    return r->places != NULL;
}

/* The object that begins last before this offset. */
static size_t entry_before(struct pdf_doc *d, struct raw *r, size_t offset)
{
    if (!make_places(d, r)) {
        return PDF_NO_ENTRY;
    }
    size_t low = 0;
    size_t high = r->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (r->places[mid].where <= offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low ? r->places[low - 1].entry : PDF_NO_ENTRY;
}

static bool inside_known(const struct pdf_doc *d, size_t offset)
{
    for (size_t i = 0; i < d->sig_count; i++) {
        size_t e = d->sigs[i].entry;
        if (e != PDF_NO_ENTRY && d->entries[e].type == ENTRY_OFFSET &&
            offset >= d->entries[e].where && d->extent && offset < d->extent[e]) {
            return true;
        }
    }
    return false;
}

/* A "/ByteRange" at offset: the object it is in, if that is a signature dictionary not yet known.
 * stray is set when it is in no object and in no stream. */
static void take_raw(struct pdf_doc *d, struct raw *r, size_t offset, bool *stray)
{
    size_t entry = entry_before(d, r, offset);
    *stray = false;
    if (entry == PDF_NO_ENTRY || sig_by_entry(d, entry) != SIZE_MAX) {
        *stray = entry == PDF_NO_ENTRY;
        return;
    }
    size_t rev = d->entries[entry].rev;
    const struct pdf_obj *o = doc_load_entry(d, entry);
    if (o && o->type == PDF_STREAM) {
        return;
    }
    if (o && offset >= d->extent[entry]) {
        *stray = true;
        return;
    }
    if (o && !(o->type == PDF_DICT && object_key(o, "ByteRange") &&
               (object_key(o, "Contents") || looks_like_signature(d, o, rev)))) {
        return;
    }
    struct pdf_sig *s = add_sig(d, entry, (size_t)d->entries[entry].where);
    if (s) {
        s->dict = o;
    }
}

static void from_bytes(struct pdf_doc *d)
{
    struct span key = SPAN_LIT("/ByteRange");
    struct raw r = {0};
    size_t first_stray = SIZE_MAX;
    size_t at = span_find(d->file, key, 0);
    /* After a limit too: a document that could not be read to its end is not an unsigned one. */
    for (bool room = true; at != SIZE_MAX && room && !d->failed;
         at = span_find(d->file, key, at + key.n)) {
        bool stray = d->rev_count == 0;
        if (d->rev_count && at < d->tail) {
            if (inside_known(d, at)) {
                continue;
            }
            take_raw(d, &r, at, &stray);
            first_stray = stray && first_stray == SIZE_MAX ? at : first_stray;
        } else {
            (void)add_sig(d, PDF_NO_ENTRY, at);
        }
        room = d->sig_count < PDF_MAX_SIGNATURES || !d->limited;
    }
    if (d->sig_count == 0 && first_stray != SIZE_MAX) {
        (void)add_sig(d, PDF_NO_ENTRY, first_stray);
    }
}

static int compare_sigs(const void *a, const void *b)
{
    const struct pdf_sig *x = a;
    const struct pdf_sig *y = b;
    if (x->rev != y->rev) {
        return x->rev < y->rev ? -1 : 1;
    }
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Usage rights (12.8.2.3) are the reader program's business, not a signature of the document. */
static void drop_usage_rights(struct pdf_doc *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->sig_count; i++) {
        if (d->sigs[i].usage_rights && !d->sigs[i].in_form) {
            finding_add(d->arena, d->findings, SP_PDF_USAGE_RIGHTS, "document", NULL);
        } else {
            d->sigs[n++] = d->sigs[i];
        }
    }
    d->sig_count = n;
}

void sig_discover(struct pdf_doc *d)
{
    from_all_forms(d);
    for (size_t rev = 0; rev < d->rev_count && !d->failed && !d->limited; rev++) {
        const struct pdf_obj *root = object_key(d->revs[rev].trailer, "Root");
        size_t at = root && root->type == PDF_REF && root->i <= PDF_MAX_OBJECT
                        ? doc_find(d, (uint32_t)root->i, rev)
                        : PDF_NO_ENTRY;
        bool fresh = rev == 0 || rev + 1 == d->rev_count ||
                     (at != PDF_NO_ENTRY && d->entries[at].rev == rev);
        if (fresh) {
            from_perms(d, rev);
        }
    }
    from_bytes(d);
    if (d->sig_count) {
        qsort(d->sigs, d->sig_count, sizeof *d->sigs, compare_sigs);
    }
    drop_usage_rights(d);
}
