/*
 * diff_page - page tree and annotations of two revisions (ISO 32000-2 7.7.3, 12.5, 12.8.2.2.2).
 *
 * The tree must be identical in shape, a page identical but for the widgets of new signatures.
 * Other annotations: forbidden at P = 1 and 2, told as a warning at P = 3, as a case for a person
 * when nothing is certified (evil annotation attack); kinds that can act are never permitted.
 */
#include "format/pdf/diff.h"

#include <stdlib.h>

/* Mark-up of a text, nothing that acts, plays or leads elsewhere (12.5.6). */
static const char *const harmless[] = {
    "Text",     "FreeText",  "Line",      "Square",   "Circle",    "Polygon",
    "PolyLine", "Highlight", "Underline", "Squiggly", "StrikeOut", "Stamp",
    "Caret",    "Ink",       "Popup",     "Redact",   NULL,
};

static bool named(const struct pdf_obj *o, const char *const *names)
{
    for (; *names; names++) {
        if (object_is_name(o, *names)) {
            return true;
        }
    }
    return false;
}

static bool is_widget(struct diff *x, const struct pdf_obj *annot, size_t rev)
{
    return object_is_name(doc_get(x->d, annot, "Subtype", rev), "Widget");
}

static bool annotations_frozen(const struct diff *x)
{
    return x->p == 1 || x->p == 2;
}

/* ---- roles in the older revision ---- */

static void annotation_role(struct diff *x, const struct pdf_obj *ref)
{
    const struct pdf_obj *annot = doc_resolve(x->d, ref, x->old);
    uint32_t num = diff_ref(ref);
    if (!annot || annot->type != PDF_DICT || (num && diff_node(x, false, num))) {
        return; /* a form field: diff_form.c */
    }
    if (annotations_frozen(x) || is_widget(x, annot, x->old)) {
        walk_value(&x->other, ref);
        walk_value(&x->other, annot);
    }
}

static void page_role(struct diff *x, const struct pdf_obj *ref, const struct pdf_obj *page)
{
    for (size_t i = 0; i < page->n; i++) {
        if (!span_eq(page->pairs[i].key, SPAN_LIT("Annots")) &&
            !span_eq(page->pairs[i].key, SPAN_LIT("Kids")) &&
            !span_eq(page->pairs[i].key, SPAN_LIT("Parent"))) {
            walk_value(&x->other, &page->pairs[i].value);
        }
    }
    const struct pdf_obj *annots = doc_get(x->d, page, "Annots", x->old);
    for (size_t i = 0; annots && annots->type == PDF_ARRAY && i < annots->n; i++) {
        annotation_role(x, &annots->items[i]);
    }
    (void)ref;
}

static void roles(struct diff *x, const struct pdf_obj *ref, unsigned depth)
{
    uint32_t num = diff_ref(ref);
    if (depth > PDF_MAX_DEPTH || x->d->failed || !num || !walk_add(&x->primary, num) ||
        !doc_work(x->d, 1)) {
        return;
    }
    const struct pdf_obj *node = doc_resolve(x->d, ref, x->old);
    if (!node || node->type != PDF_DICT) {
        return;
    }
    page_role(x, ref, node);
    const struct pdf_obj *kids = doc_get(x->d, node, "Kids", x->old);
    walk_value(&x->other, object_key(node, "Kids")); /* an indirect array must not change */
    for (size_t i = 0; kids && kids->type == PDF_ARRAY && i < kids->n; i++) {
        roles(x, &kids->items[i], depth + 1);
    }
}

void diff_page_roles(struct diff *x, const struct pdf_obj *root)
{
    roles(x, root, 0);
}

/* ---- annotations ---- */

static const char *where(struct diff *x)
{
    return diff_number(x, x->page);
}

static bool acts(const struct pdf_obj *annot)
{
    static const char *const keys[] = {"A", "AA", "PA", "Dest", "OC", "FS", "RichMediaContent"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (object_key(annot, keys[i])) {
            return true;
        }
    }
    return false;
}

/* An annotation that was added, changed or (annot NULL) removed. */
static void judge_annotation(struct diff *x, const struct pdf_obj *annot)
{
    const struct pdf_obj *kind = doc_get(x->d, annot, "Subtype", x->new);
    const char *what = kind && kind->type == PDF_NAME ? diff_key(x, kind->raw) : "-";
    if (annotations_frozen(x)) {
        diff_add(x, SP_PDF_ANNOTATION_FORBIDDEN, SP_MOD_OTHER, where(x), what);
    } else if (annot && (!named(kind, harmless) || acts(annot))) {
        diff_add(x, SP_PDF_ANNOTATION_ACTIVE, SP_MOD_OTHER, where(x), what);
    } else if (x->certified) {
        diff_add(x, SP_PDF_ANNOTATION_PERMITTED, SP_MOD_ANNOTATIONS, where(x), what);
    } else {
        diff_add(x, SP_PDF_ANNOTATION_UNCERTIFIED, SP_MOD_ANNOTATIONS, where(x), what);
    }
}

static void judge_added(struct diff *x, const struct pdf_obj *ref)
{
    const struct pdf_obj *annot = doc_resolve(x->d, ref, x->new);
    uint32_t num = diff_ref(ref);
    if (num && diff_node(x, true, num) && !diff_node(x, false, num)) {
        return; /* a new field: judged in diff_form.c, whether good or bad */
    }
    if (is_widget(x, annot, x->new)) {
        diff_add(x, SP_PDF_ANNOTATION_ACTIVE, SP_MOD_OTHER, where(x), "/Widget");
        return;
    }
    judge_annotation(x, annot);
    (void)diff_payload(x, PAYLOAD_ANNOTATION, NULL, ref);
}

static void annot_key(struct diff *x, struct span key, const struct pdf_obj *old,
                      const struct pdf_obj *new, void *arg)
{
    (void)x;
    static const char *const look[] = {
        "Contents", "M",          "Rect",    "AP",         "AS",           "F",    "C",
        "CA",       "Border",     "BS",      "DA",         "DS",           "RC",   "T",
        "NM",       "Open",       "State",   "IC",         "Popup",        "Subj", "L",
        "LE",       "Vertices",   "InkList", "RD",         "RT",           "IRT",  "BE",
        "Q",        "CL",         "IT",      "LL",         "LLE",          "Cap",  "CP",
        "CO",       "QuadPoints", "Name",    "StateModel", "CreationDate", NULL};
    (void)old;
    (void)new;
    struct pdf_obj name = {.type = PDF_NAME, .raw = key};
    *(bool *)arg = *(bool *)arg && named(&name, look);
}

/* An annotation that stayed, but whose object was replaced. */
static void judge_kept(struct diff *x, const struct pdf_obj *ref)
{
    uint32_t num = diff_ref(ref);
    const struct pdf_obj *old = doc_resolve(x->d, ref, x->old);
    const struct pdf_obj *new = doc_resolve(x->d, ref, x->new);
    if (!num || diff_node(x, false, num) || is_widget(x, old, x->old)) {
        return;
    }
    bool frozen = annotations_frozen(x);
    bool hit = !frozen && diff_payload(x, PAYLOAD_ANNOTATION, ref, ref);
    if (walk_has(&x->changed, num)) {
        bool look = new != NULL;
        diff_keys(x, old, new, annot_key, &look);
        if (!look) {
            diff_add(x, SP_PDF_ANNOTATION_ACTIVE, SP_MOD_OTHER, where(x), "-");
            return;
        }
        hit = true;
    }
    if (hit) {
        judge_annotation(x, new);
        if (frozen) {
            diff_claim(x, num); /* told; not to be told again as content */
        }
    }
}

static void judge_removed(struct diff *x, const struct pdf_obj *ref)
{
    uint32_t num = diff_ref(ref);
    const struct pdf_obj *old = doc_resolve(x->d, ref, x->old);
    if ((num && diff_node(x, false, num)) || is_widget(x, old, x->old)) {
        diff_add(x, SP_PDF_PAGE_CHANGED, SP_MOD_OTHER, where(x), "/Annots");
        return;
    }
    if (annotations_frozen(x)) {
        diff_claim(x, num);
    } else {
        (void)diff_payload(x, PAYLOAD_ANNOTATION, ref, NULL);
    }
    judge_annotation(x, NULL);
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

struct set {
    uint32_t *nums;
    size_t n;
};

static bool make_set(struct diff *x, const struct pdf_obj *array, struct set *out)
{
    *out = (struct set){0};
    bool ok = array && array->type == PDF_ARRAY;
    out->nums = arena_array(x->a, ok ? array->n : 0, sizeof *out->nums);
    x->d->failed = x->d->failed || !out->nums;
    for (size_t i = 0; ok && out->nums && i < array->n; i++) {
        out->nums[out->n++] = diff_ref(&array->items[i]);
    }
    if (out->n) {
        qsort(out->nums, out->n, sizeof *out->nums, compare_numbers);
    }
    return out->nums != NULL;
}

/* True when the set, or for an inline dictionary the other array, holds this element. */
static bool holds(struct diff *x, const struct set *s, const struct pdf_obj *array,
                  const struct pdf_obj *item)
{
    uint32_t num = diff_ref(item);
    if (num) {
        return s->n && bsearch(&num, s->nums, s->n, sizeof num, compare_numbers);
    }
    for (size_t i = 0; array && array->type == PDF_ARRAY && i < array->n; i++) {
        if (!doc_work(x->d, 1) || object_same(x->d, &array->items[i], item)) {
            return true;
        }
    }
    return false;
}

static void compare_annotations(struct diff *x, const struct pdf_obj *old_page,
                                const struct pdf_obj *new_page)
{
    const struct pdf_obj *a = doc_get(x->d, old_page, "Annots", x->old);
    const struct pdf_obj *b = doc_get(x->d, new_page, "Annots", x->new);
    struct set before;
    struct set after;
    diff_payload_ref(x, object_key(old_page, "Annots"), object_key(new_page, "Annots"));
    if ((!a && !b) || !make_set(x, a, &before) || !make_set(x, b, &after)) {
        return;
    }
    for (size_t i = 0; b && b->type == PDF_ARRAY && i < b->n && !x->d->limited; i++) {
        if (holds(x, &before, a, &b->items[i])) {
            judge_kept(x, &b->items[i]);
        } else {
            judge_added(x, &b->items[i]);
        }
    }
    for (size_t i = 0; a && a->type == PDF_ARRAY && i < a->n && !x->d->limited; i++) {
        if (!holds(x, &after, b, &a->items[i])) {
            judge_removed(x, &a->items[i]);
        }
    }
}

/* ---- the tree ---- */

struct page_keys {
    bool tree; /* the shape changed: its kids are not compared */
};

static void page_key(struct diff *x, struct span key, const struct pdf_obj *old,
                     const struct pdf_obj *new, void *arg)
{
    struct page_keys *k = arg;
    (void)old;
    (void)new;
    if (span_eq(key, SPAN_LIT("Kids")) || span_eq(key, SPAN_LIT("Count"))) {
        k->tree = true;
    } else if (!span_eq(key, SPAN_LIT("Annots"))) {
        diff_add(x, SP_PDF_PAGE_CHANGED, SP_MOD_OTHER, where(x), diff_key(x, key));
    }
}

static void compare_tree(struct diff *x, const struct pdf_obj *ref, struct walk *seen,
                         unsigned depth)
{
    uint32_t num = diff_ref(ref);
    if (depth > PDF_MAX_DEPTH || x->d->failed || x->d->limited || !num || !walk_add(seen, num)) {
        return;
    }
    const struct pdf_obj *a = doc_resolve(x->d, ref, x->old);
    const struct pdf_obj *b = doc_resolve(x->d, ref, x->new);
    struct page_keys k = {false};
    const struct pdf_obj *kids = doc_get(x->d, a, "Kids", x->old);
    x->page += !kids;
    if (!a || !b || a->type != PDF_DICT || b->type != PDF_DICT) {
        diff_claim(x, num);
        if (a != b) {
            diff_add(x, SP_PDF_PAGES_CHANGED, SP_MOD_OTHER, NULL, NULL);
        }
        return;
    }
    if (walk_has(&x->changed, num)) {
        diff_claim(x, num);
        diff_keys(x, a, b, page_key, &k);
    }
    if (k.tree) {
        diff_add(x, SP_PDF_PAGES_CHANGED, SP_MOD_OTHER, NULL, NULL);
        return;
    }
    if (!kids) {
        compare_annotations(x, a, b);
    }
    for (size_t i = 0; kids && kids->type == PDF_ARRAY && i < kids->n; i++) {
        compare_tree(x, &kids->items[i], seen, depth + 1);
    }
}

void diff_pages(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    struct walk seen;
    if (!object_same(x->d, old, new) || !diff_ref(old)) {
        diff_add(x, SP_PDF_PAGES_CHANGED, SP_MOD_OTHER, NULL, NULL);
        return;
    }
    if (walk_init(&seen, x->d, x->a)) {
        compare_tree(x, old, &seen, 0);
    }
}
