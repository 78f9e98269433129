/*
 * outline - see outline.h.
 */
#include "format/pdf/outline.h"

#include "format/pdf/internal.h"

/* ---- values as text -------------------------------------------------------------------------- */

/* A name with what may not stand in it as #XX (7.3.5). */
static void put_name(struct buffer *out, struct span name)
{
    buffer_char(out, '/');
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        bool plain = c > ' ' && c < 0x7F && c != '#' && !(lex_classes[c] & LEX_DELIMITER);
        if (plain) {
            buffer_char(out, (char)c);
        } else {
            buffer_printf(out, "#%02X", c);
        }
    }
}

static void put_value(struct buffer *out, const struct pdf_obj *o);

static void put_entries(struct buffer *out, const struct pdf_obj *dict, const char *const *drop)
{
    for (uint32_t i = 0; i < dict->n; i++) {
        bool dropped = false;
        for (const char *const *d = drop; d && *d; d++) {
            dropped = dropped || span_eq(dict->pairs[i].key, span_str(*d));
        }
        if (!dropped) {
            put_name(out, dict->pairs[i].key);
            buffer_char(out, ' ');
            put_value(out, &dict->pairs[i].value);
            buffer_char(out, ' ');
        }
    }
}

static void put_items(struct buffer *out, const struct pdf_obj *array)
{
    for (uint32_t i = 0; i < array->n; i++) {
        put_value(out, &array->items[i]);
        buffer_char(out, ' ');
    }
}

/* The depth is the parser's: PDF_MAX_DEPTH. */
static void put_value(struct buffer *out, const struct pdf_obj *o)
{
    switch (o->type) {
    case PDF_BOOL:
        buffer_str(out, o->i ? "true" : "false");
        break;
    case PDF_INT:
        buffer_printf(out, "%lld", (long long)o->i);
        break;
    case PDF_REAL:
    case PDF_STRING:
        buffer_add(out, o->raw);
        break;
    case PDF_NAME:
        put_name(out, o->raw);
        break;
    case PDF_ARRAY:
        buffer_char(out, '[');
        put_items(out, o);
        buffer_char(out, ']');
        break;
    case PDF_DICT:
        buffer_str(out, "<< ");
        put_entries(out, o, NULL);
        buffer_str(out, ">>");
        break;
    case PDF_REF:
        buffer_printf(out, "%lld %u R", (long long)o->i, o->n);
        break;
    default:
        buffer_str(out, "null");
    }
}

/* ---- the file -------------------------------------------------------------------------------- */

static uint32_t ref_of(const struct pdf_obj *o)
{
    return o && o->type == PDF_REF && o->i > 0 && o->i <= PDF_MAX_OBJECT ? (uint32_t)o->i : 0;
}

static size_t last(const struct pdf_outline *o)
{
    return o->doc->rev_count - 1;
}

static bool read_trailer(struct pdf_outline *o, const char **why)
{
    struct pdf_doc *d = o->doc;
    const struct pdf_revision *r = &d->revs[last(o)];
    const struct pdf_obj *size = object_key(r->trailer, "Size");
    const struct pdf_obj *id = doc_get(d, r->trailer, "ID", last(o));
    o->xref = r->xref;
    o->table = !r->xref_nums[0] && !r->hybrid;
    o->root = ref_of(object_key(r->trailer, "Root"));
    o->info = ref_of(object_key(r->trailer, "Info"));
    o->size = d->max_num + 1;
    if (size && size->type == PDF_INT && size->i > o->size && size->i <= PDF_MAX_OBJECT) {
        o->size = (uint32_t)size->i;
    }
    if (id && id->type == PDF_ARRAY && id->n == 2 && id->items[0].type == PDF_STRING) {
        o->first_id = id->items[0].raw;
    }
    *why = !o->table  ? "its last cross-reference section is a stream"
           : !o->root ? "it has no catalog"
           : object_key(r->trailer, "Encrypt") != NULL ? "it is encrypted"
                                                       : NULL;
    return !*why;
}

int pdf_outline(struct arena *a, struct span file, struct pdf_outline *out, const char **why)
{
    struct sp_findings *findings = arena_alloc(a, sizeof *findings);
    struct pdf_doc *d = arena_alloc(a, sizeof *d);
    *out = (struct pdf_outline){.doc = d};
    *why = "memory ran out";
    if (!findings || !d) {
        return -1;
    }
    findings_init(findings);
    *d = (struct pdf_doc){.arena = a, .file = file, .findings = findings};
    if (!revision_read_all(d) || d->tail_kind == TAIL_JUNK) {
        *why = d->trouble ? d->trouble : "it is no PDF, or bytes stand behind its end";
        return d->failed ? -1 : 1;
    }
    if (!read_trailer(out, why)) {
        return 1;
    }
    sig_discover(d);
    out->has_signature = d->sig_count > 0;
    out->first_page = pdf_outline_page(out, 0);
    *why = out->first_page ? NULL : "it has no page";
    return d->failed ? -1 : *why ? 1 : 0;
}

/* ---- pages ----------------------------------------------------------------------------------- */

struct page_search {
    uint32_t left, found;
    unsigned depth;
};

static void search(struct pdf_outline *o, uint32_t num, struct page_search *s)
{
    const struct pdf_obj *node = doc_load(o->doc, num, last(o));
    const struct pdf_obj *kids = doc_get(o->doc, node, "Kids", last(o));
    if (!node || s->found || ++s->depth > PDF_MAX_DEPTH) {
        return;
    }
    if (!kids || kids->type != PDF_ARRAY) {
        s->found = s->left == 0 ? num : 0;
        s->left -= s->left > 0;
        s->depth--;
        return;
    }
    for (uint32_t i = 0; i < kids->n && !s->found; i++) {
        search(o, ref_of(&kids->items[i]), s);
    }
    s->depth--;
}

uint32_t pdf_outline_page(struct pdf_outline *o, uint32_t index)
{
    struct page_search s = {.left = index};
    const struct pdf_obj *catalog = doc_load(o->doc, o->root, last(o));
    search(o, ref_of(object_key(catalog, "Pages")), &s);
    return s.found;
}

/* ---- dictionaries ---------------------------------------------------------------------------- */

bool pdf_outline_dict(struct pdf_outline *o, uint32_t num, const char *const *drop,
                      struct buffer *out)
{
    const struct pdf_obj *v = doc_load(o->doc, num, last(o));
    if (!v || v->type != PDF_DICT) {
        return false;
    }
    put_entries(out, v, drop);
    return true;
}

bool pdf_outline_value(struct pdf_outline *o, uint32_t num, const char *key, struct buffer *out)
{
    const struct pdf_obj *v = doc_get(o->doc, doc_load(o->doc, num, last(o)), key, last(o));
    if (!v) {
        return false;
    }
    if (v->type == PDF_ARRAY) {
        put_items(out, v);
    } else if (v->type == PDF_DICT) {
        put_entries(out, v, NULL);
    } else {
        put_value(out, v);
    }
    return true;
}

uint32_t pdf_outline_ref(struct pdf_outline *o, uint32_t num, const char *key)
{
    return ref_of(object_key(doc_load(o->doc, num, last(o)), key));
}
