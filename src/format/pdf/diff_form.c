/*
 * diff_form - form fields of two revisions (ISO 32000-2 12.7, 12.8.2.2.2).
 *
 * No field may vanish or change its nature. A new field must be a signature field whose signature
 * is sound and was made in this revision (sneaky signature attack). Filling is a change of value
 * and appearance, permitted from P = 2 (or without certification) unless a lock names the field.
 */
#include "format/pdf/diff.h"

#include <stdlib.h>

enum {
    COORDINATE_MAX = 1000000,
    SEAL_AREA = 62500 /* square points: 250 x 250, an eighth of an A4 page */
};

static int compare_nodes(const void *a, const void *b)
{
    const struct node_index *x = a;
    const struct node_index *y = b;
    return (x->num > y->num) - (x->num < y->num);
}

static struct node_index *make_index(struct diff *x, const struct pdf_form *f, size_t *count)
{
    struct node_index *list = arena_array(x->a, f->count, sizeof *list);
    *count = 0;
    if (!list) {
        x->d->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (f->fields[i].num) {
            list[(*count)++] = (struct node_index){f->fields[i].num, (uint32_t)i};
        }
    }
    qsort(list, *count, sizeof *list, compare_nodes);
    return list;
}

void diff_form_index(struct diff *x)
{
    x->old_nodes = make_index(x, &x->old_form, &x->old_node_count);
    x->new_nodes = make_index(x, &x->new_form, &x->new_node_count);
    for (size_t i = 0; i < x->old_node_count; i++) {
        (void)walk_add(&x->primary, x->old_nodes[i].num);
    }
}

const struct pdf_field *diff_node(const struct diff *x, bool newer, uint32_t num)
{
    const struct pdf_form *f = newer ? &x->new_form : &x->old_form;
    const struct node_index *list = newer ? x->new_nodes : x->old_nodes;
    size_t count = newer ? x->new_node_count : x->old_node_count;
    struct node_index want = {num, 0};
    const struct node_index *hit =
        list && count ? bsearch(&want, list, count, sizeof *list, compare_nodes) : NULL;
    return hit ? &f->fields[hit->at] : NULL;
}

static bool is_type(const struct pdf_field *f, const char *type)
{
    return f->type.p && span_eq(f->type, span_str(type));
}

static const char *name_of(const struct pdf_field *f)
{
    return f->name ? f->name : "-";
}

/* Copies what a change record keeps: names live in the pair's arena. */
static const char *keep(struct diff *x, const char *s)
{
    return doc_text(x->d, "%s", s);
}

static bool pushbutton(struct diff *x, const struct pdf_field *f)
{
    const struct pdf_obj *flags = doc_get(x->d, f->dict, "Ff", x->old);
    return is_type(f, "Btn") && flags && flags->type == PDF_INT && (flags->i & (1 << 16));
}

static bool has_value(struct diff *x, const struct pdf_field *f, size_t rev)
{
    return doc_resolve(x->d, f->value, rev) != NULL;
}

/* ---- signing ---- */

/* Index of the signature a field holds in the newer revision. */
static size_t signature_of(struct diff *x, const struct pdf_field *f)
{
    uint32_t num = diff_ref(f->value);
    return f->value ? sig_by_entry(x->d, doc_find(x->d, num ? num : f->num, x->new)) : SIZE_MAX;
}

static void rely_on(struct diff *x, size_t sig)
{
    for (size_t i = 0; i < x->relies_count; i++) {
        if (x->relies[i] == sig) {
            return;
        }
    }
    if (doc_grow(x->d, (void **)&x->relies, &x->relies_cap, x->relies_count + 1,
                 sizeof *x->relies)) {
        x->relies[x->relies_count++] = sig;
    }
}

/* A signature made in this revision, in a new field or in one that waited for it. */
static bool judge_signing(struct diff *x, const struct pdf_field *f)
{
    size_t at = signature_of(x, f);
    const struct pdf_sig *s = at == SIZE_MAX ? NULL : &x->d->sigs[at];
    if (!s || s->out->broken || s->rev != x->new) {
        diff_add(x, SP_PDF_FIELD_UNSIGNED, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
        return false;
    }
    rely_on(x, at);
    if (s->out->kind == SP_KIND_DOCTIMESTAMP) {
        diff_add(x, SP_PDF_TIMESTAMP_ADDED, SP_MOD_LTA, keep(x, name_of(f)), NULL);
        return true;
    }
    if (x->p == 1) {
        diff_add(x, SP_PDF_SIGNING_FORBIDDEN, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
        return false;
    }
    diff_add(x, SP_PDF_SIGNATURE_ADDED, SP_MOD_LTA, keep(x, name_of(f)), NULL);
    return true;
}

/* ---- fields that were there ---- */

struct judged {
    const struct pdf_field *old, *new;
    bool is_signature, was_signed, signing, button, filled;
};

static bool kids_kept(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    const struct pdf_obj *a = doc_resolve(x->d, old, x->old);
    const struct pdf_obj *b = doc_resolve(x->d, new, x->new);
    struct walk have;
    if (!a || !b || a->type != PDF_ARRAY || b->type != PDF_ARRAY || !walk_init(&have, x->d, x->a)) {
        return !a;
    }
    walk_value(&have, b);
    for (size_t i = 0; i < a->n; i++) {
        if (!walk_has(&have, diff_ref(&a->items[i]))) {
            return false;
        }
    }
    return true;
}

static bool listed(struct span key, const char *const *names)
{
    for (; *names; names++) {
        if (span_eq(key, span_str(*names))) {
            return true;
        }
    }
    return false;
}

static bool all_are(const struct pdf_obj *array, enum pdf_type type)
{
    bool same = array->type == PDF_ARRAY;
    for (size_t i = 0; same && i < array->n; i++) {
        same = array->items[i].type == type;
    }
    return same;
}

/* A value of the kind its key asks for. A field's dictionary could, prepared before signing, also
 * serve a page as a list of resources; such values are none a page could draw with: no stream, no
 * colour space, no other dictionary. */
static bool plain_value(struct diff *x, struct span key, const struct pdf_obj *value, size_t rev)
{
    static const char *const spaces[] = {"DeviceGray", "DeviceRGB", "DeviceCMYK", "Pattern", NULL};
    const struct pdf_obj *v = doc_resolve(x->d, value, rev);
    if (!v || v->type == PDF_STRING || v->type == PDF_INT) {
        return true;
    }
    if (span_eq(key, SPAN_LIT("AP"))) {
        return v->type == PDF_DICT;
    }
    if (span_eq(key, SPAN_LIT("I"))) {
        return all_are(v, PDF_INT);
    }
    if (v->type == PDF_NAME) {
        return !listed(v->raw, spaces);
    }
    return span_eq(key, SPAN_LIT("V")) && all_are(v, PDF_STRING);
}

static void field_key(struct diff *x, struct span key, const struct pdf_obj *old,
                      const struct pdf_obj *new, void *arg)
{
    static const char *const fill[] = {"V", "AP", "AS", "I", "RV", "M", NULL};
    static const char *const sign[] = {"V", "AP", "AS", "F", "M", NULL};
    struct judged *j = arg;
    if (span_eq(key, SPAN_LIT("Kids")) && kids_kept(x, old, new)) {
        return;
    }
    if (j->was_signed) {
        diff_add(x, SP_PDF_SIGNED_FIELD_CHANGED, SP_MOD_OTHER, keep(x, name_of(j->old)),
                 diff_key(x, key));
    } else if (j->is_signature
                   ? j->signing && listed(key, sign)
                   : !j->button && listed(key, fill) && plain_value(x, key, new, x->new)) {
        j->filled = true;
    } else {
        diff_add(x, SP_PDF_FIELD_CHANGED, SP_MOD_OTHER, keep(x, name_of(j->old)), diff_key(x, key));
    }
}

static void judge_fill(struct diff *x, const struct pdf_field *f, bool locked)
{
    const char *name = keep(x, name_of(f));
    if (locked) {
        diff_add(x, SP_PDF_FIELD_LOCKED, SP_MOD_OTHER, name, NULL);
    } else if (x->p == 1) {
        diff_add(x, SP_PDF_FILL_FORBIDDEN, SP_MOD_OTHER, name, NULL);
    } else {
        diff_add(x, SP_PDF_FORM_FILLED, SP_MOD_FORM_FILL, name, NULL);
    }
}

/* What the field leads to: its value and looks may be replaced when it may be filled. */
static bool spread(struct diff *x, const struct pdf_field *old, const struct pdf_field *new,
                   bool frozen)
{
    static const char *const content[] = {"V", "AP", "RV", NULL};
    bool hit = false;
    for (size_t i = 0; i < old->dict->n; i++) {
        struct span key = old->dict->pairs[i].key;
        const struct pdf_obj *value = &old->dict->pairs[i].value;
        if (span_eq(key, SPAN_LIT("Kids"))) {
            diff_payload_ref(x, value, new ? object_key(new->dict, "Kids") : NULL);
        } else if (frozen || !listed(key, content) || !plain_value(x, key, value, x->old)) {
            walk_value(&x->other, value);
        }
    }
    for (size_t i = 0; !frozen && content[i]; i++) {
        hit |= diff_payload(x, PAYLOAD_FORM, object_key(old->dict, content[i]),
                            new ? object_key(new->dict, content[i]) : NULL);
    }
    return hit;
}

/* Its place in the tree gives a field its full name and what it inherits. */
static bool same_parent(const struct diff *x, const struct pdf_field *a, const struct pdf_field *b)
{
    const struct pdf_field *u = a->parent == UINT32_MAX ? NULL : &x->old_form.fields[a->parent];
    const struct pdf_field *v = b->parent == UINT32_MAX ? NULL : &x->new_form.fields[b->parent];
    return (u ? u->num : 0) == (v ? v->num : 0) && (u != NULL) == (v != NULL);
}

static void judge_old_field(struct diff *x, const struct pdf_field *f)
{
    struct judged j = {.old = f, .new = f->num ? diff_node(x, true, f->num) : NULL};
    if (!f->num) {
        walk_value(&x->other, f->dict);
        return;
    }
    if (!j.new) {
        diff_add(x, SP_PDF_FIELD_REMOVED, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
    } else if (!same_parent(x, f, j.new)) {
        diff_add(x, SP_PDF_FIELD_CHANGED, SP_MOD_OTHER, keep(x, name_of(f)), "/Parent");
    }
    j.is_signature = is_type(f, "Sig");
    j.button = pushbutton(x, f);
    j.was_signed = j.is_signature && has_value(x, f, x->old);
    j.signing = j.is_signature && !j.was_signed && j.new &&has_value(x, j.new, x->new);
    bool locked = !j.is_signature && docmdp_locks(x->d, x->old, f->name) != NULL;
    if (j.signing && j.new->own_value &&judge_signing(x, j.new) &&
        docmdp_locks(x->d, x->old, f->name)) {
        diff_add(x, SP_PDF_FIELD_LOCKED, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
    }
    bool frozen = x->p == 1 || locked || j.button || (j.is_signature && !j.signing);
    bool hit = spread(x, f, j.new, frozen);
    if (j.new &&walk_has(&x->changed, f->num)) {
        diff_claim(x, f->num);
        diff_keys(x, f->dict, j.new->dict, field_key, &j);
    }
    if ((hit || j.filled) && !j.is_signature) {
        judge_fill(x, f, locked);
    }
}

/* ---- fields that are new ---- */

/* A rectangle without area, or flags that keep it off screen and paper (12.5.3). */
static bool visible(struct diff *x, const struct pdf_field *f)
{
    const struct pdf_obj *rect = doc_get(x->d, f->dict, "Rect", x->new);
    const struct pdf_obj *flags = doc_get(x->d, f->dict, "F", x->new);
    bool hidden = flags && flags->type == PDF_INT && (flags->i & 2);
    if (!rect || hidden) {
        return false;
    }
    if (rect->type != PDF_ARRAY || rect->n != 4) {
        return true;
    }
    return !object_same(x->d, &rect->items[0], &rect->items[2]) &&
           !object_same(x->d, &rect->items[1], &rect->items[3]);
}

/* A number as written (7.3.3) without its fraction, at most COORDINATE_MAX; 0 for anything else. */
static int64_t number_of(const struct pdf_obj *o)
{
    int64_t n = o && o->type == PDF_INT ? o->i : 0;
    bool real = o && o->type == PDF_REAL, negative = real && o->raw.n && o->raw.p[0] == '-';
    size_t at = real && o->raw.n && (negative || o->raw.p[0] == '+');
    for (; real && at < o->raw.n && o->raw.p[at] != '.' && n < COORDINATE_MAX; at++) {
        n = n * 10 + (o->raw.p[at] - '0');
    }
    n = n > COORDINATE_MAX ? COORDINATE_MAX : n < -COORDINATE_MAX ? -COORDINATE_MAX : n;
    return negative ? -n : n;
}

/* What a widget draws ends at its rectangle (12.5.5). */
static int64_t area_of(struct diff *x, const struct pdf_field *f)
{
    const struct pdf_obj *rect = doc_get(x->d, f->dict, "Rect", x->new);
    int64_t at[4] = {0};
    for (size_t i = 0; rect && rect->type == PDF_ARRAY && rect->n == 4 && i < 4; i++) {
        at[i] = number_of(doc_resolve(x->d, &rect->items[i], x->new));
    }
    int64_t area = (at[2] - at[0]) * (at[3] - at[1]);
    return area < 0 ? -area : area;
}

static bool known_keys(struct diff *x, const struct pdf_field *f)
{
    static const char *const keys[] = {
        "Type",   "Subtype", "FT", "T",  "TU",   "TM",   "Ff",     "F",    "Rect", "P",
        "V",      "AP",      "AS", "MK", "Lock", "SV",   "DA",     "Q",    "M",    "NM",
        "Border", "BS",      "BM", "H",  "DR",   "Kids", "Parent", "Lang", "DV",   NULL};
    for (size_t i = 0; i < f->dict->n; i++) {
        if (!listed(f->dict->pairs[i].key, keys)) {
            diff_add(x, SP_PDF_FIELD_ADDED, SP_MOD_OTHER, keep(x, name_of(f)),
                     diff_key(x, f->dict->pairs[i].key));
            return false;
        }
    }
    return true;
}

static void judge_new_field(struct diff *x, const struct pdf_field *f)
{
    bool group = f->has_kids && !f->own_value && !f->value && !object_key(f->dict, "Rect");
    if (!known_keys(x, f) || group) {
        return;
    }
    const struct pdf_field *up = f->parent == UINT32_MAX ? NULL : &x->new_form.fields[f->parent];
    bool widget_of_old = !f->has_name && up && diff_node(x, false, up->num);
    if (!is_type(f, "Sig") || widget_of_old) {
        diff_add(x, SP_PDF_FIELD_ADDED, SP_MOD_OTHER, keep(x, name_of(f)), "-");
        return;
    }
    if (!has_value(x, f, x->new)) {
        diff_add(x, SP_PDF_FIELD_UNSIGNED, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
        return;
    }
    if (f->own_value && !judge_signing(x, f)) {
        return;
    }
    if (x->certified && visible(x, f)) {
        diff_add(x, SP_PDF_SIGNATURE_VISIBLE, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
    } else if (visible(x, f)) {
        x->seals += area_of(x, f);
        if (x->seals > SEAL_AREA) {
            diff_add(x, SP_PDF_SIGNATURE_LARGE, SP_MOD_OTHER, keep(x, name_of(f)), NULL);
        }
    }
}

/* Fields written directly into their parent have no number to compare by. */
static void compare_direct(struct diff *x)
{
    size_t k = 0;
    for (size_t i = 0; i < x->old_form.count; i++) {
        const struct pdf_field *f = &x->old_form.fields[i];
        if (f->num) {
            continue;
        }
        while (k < x->new_form.count && x->new_form.fields[k].num) {
            k++;
        }
        if (k == x->new_form.count || !object_same(x->d, f->dict, x->new_form.fields[k].dict)) {
            diff_add(x, SP_PDF_FIELD_CHANGED, SP_MOD_OTHER, keep(x, name_of(f)), "-");
            return;
        }
        k++;
    }
    for (; k < x->new_form.count; k++) {
        if (!x->new_form.fields[k].num) {
            diff_add(x, SP_PDF_FIELD_ADDED, SP_MOD_OTHER, keep(x, name_of(&x->new_form.fields[k])),
                     "-");
            return;
        }
    }
}

void diff_form_fields(struct diff *x)
{
    for (size_t i = 0; i < x->old_form.count && !x->d->failed && !x->d->limited; i++) {
        judge_old_field(x, &x->old_form.fields[i]);
    }
    for (size_t i = 0; i < x->new_form.count && !x->d->failed && !x->d->limited; i++) {
        const struct pdf_field *f = &x->new_form.fields[i];
        if (f->num && !diff_node(x, false, f->num)) {
            judge_new_field(x, f);
        }
    }
    compare_direct(x);
}
