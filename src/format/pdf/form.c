/*
 * form - the interactive form of one revision as a flat list (ISO 32000-2 12.7).
 *
 * Nodes without /T are widgets of the field above them. Inherited FT and V are resolved. What it
 * does not do: judge; sig.c and diff_form.c do.
 */
#include "format/pdf/internal.h"

struct reader {
    struct pdf_doc *d;
    struct arena *a;
    size_t rev;
    struct walk *touched;
    struct walk seen;
    struct pdf_form *out;
};

static void touch(struct reader *r, const struct pdf_obj *o)
{
    if (r->touched && o && o->type == PDF_REF && o->i <= PDF_MAX_OBJECT) {
        (void)walk_add(r->touched, (uint32_t)o->i);
    }
}

/* Parent's name, a dot, and this node's /T. */
static const char *full_name(struct reader *r, const struct pdf_field *parent,
                             const struct pdf_obj *title)
{
    const char *own = title && !r->d->strings_locked ? object_text(r->d, title) : NULL;
    const char *above = parent ? parent->name : NULL;
    if (!own || !above) {
        return own ? own : above;
    }
    const char *s = arena_printf(r->a, "%s.%s", above, own);
    r->d->failed = r->d->failed || !s;
    return s;
}

static struct pdf_field *add_field(struct reader *r)
{
    struct pdf_form *f = r->out;
    if (f->count >= PDF_MAX_FIELDS) {
        f->bad = true;
        (void)doc_limit(r->d, "number of form fields");
        return NULL;
    }
    if (arena_grow(r->a, (void **)&f->fields, &f->cap, f->count + 1, sizeof *f->fields) != 0) {
        r->d->failed = true;
        return NULL;
    }
    struct pdf_field *field = &f->fields[f->count++];
    *field = (struct pdf_field){.parent = UINT32_MAX};
    return field;
}

static void read_list(struct reader *r, const struct pdf_obj *list, uint32_t parent,
                      unsigned depth);

static void read_node(struct reader *r, const struct pdf_obj *ref, uint32_t parent, unsigned depth)
{
    bool indirect = ref->type == PDF_REF && ref->i <= PDF_MAX_OBJECT;
    touch(r, ref);
    if (indirect && !walk_add(&r->seen, (uint32_t)ref->i)) {
        return; /* listed twice, or a loop */
    }
    const struct pdf_obj *dict = doc_resolve(r->d, ref, r->rev);
    if (!dict || dict->type != PDF_DICT) {
        return;
    }
    struct pdf_field *f = add_field(r);
    if (!f) {
        return;
    }
    const struct pdf_field *up = parent == UINT32_MAX ? NULL : &r->out->fields[parent];
    const struct pdf_obj *type = doc_get(r->d, dict, "FT", r->rev);
    const struct pdf_obj *title = doc_get(r->d, dict, "T", r->rev);
    const struct pdf_obj *value = object_key(dict, "V");
    touch(r, value);
    f->dict = dict;
    f->num = indirect ? (uint32_t)ref->i : 0;
    f->parent = parent;
    f->type = type && type->type == PDF_NAME ? type->raw : up ? up->type : SPAN_NONE;
    f->has_name = title && title->type == PDF_STRING;
    f->name = full_name(r, up, f->has_name ? title : NULL);
    f->own_value = value != NULL;
    f->value = value ? value : up ? up->value : NULL;
    uint32_t self = (uint32_t)(r->out->count - 1);
    const struct pdf_obj *kids = object_key(dict, "Kids");
    f->has_kids = kids != NULL;
    touch(r, kids);
    read_list(r, doc_resolve(r->d, kids, r->rev), self, depth + 1);
}

static void read_list(struct reader *r, const struct pdf_obj *list, uint32_t parent, unsigned depth)
{
    if (depth > PDF_MAX_DEPTH) {
        r->out->bad = true;
        (void)doc_limit(r->d, "depth of the form");
        return;
    }
    for (size_t i = 0; list && list->type == PDF_ARRAY && i < list->n && !r->d->failed; i++) {
        if (!doc_work(r->d, 1)) {
            r->out->bad = true;
            return;
        }
        read_node(r, &list->items[i], parent, depth);
    }
}

void form_read(struct pdf_doc *d, struct arena *a, size_t rev, struct walk *touched,
               struct pdf_form *out)
{
    *out = (struct pdf_form){0};
    struct reader r = {.d = d, .a = a, .rev = rev, .touched = touched, .out = out};
    const struct pdf_obj *catalog = doc_catalog(d, rev);
    touch(&r, object_key(d->revs[rev].trailer, "Root"));
    if (!catalog || !walk_init(&r.seen, d, a)) {
        return;
    }
    touch(&r, object_key(catalog, "AcroForm"));
    const struct pdf_obj *form = doc_get(d, catalog, "AcroForm", rev);
    if (!form || form->type != PDF_DICT) {
        return;
    }
    out->acroform = form;
    touch(&r, object_key(form, "Fields"));
    read_list(&r, doc_get(d, form, "Fields", rev), UINT32_MAX, 0);
}
