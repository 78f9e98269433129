/*
 * diff_catalog - trailer, document catalog, form dictionary, security store (whitelists).
 *
 * The catalog may change in AcroForm, DSS, Extensions, Metadata, Version, and Perms when it was not
 * there; the form in Fields, DR, DA, SigFlags; the store only grows (ISO 32000-2 12.8.2.2.2,
 * 12.8.4.3). Everything else, OpenAction, Names, OCProperties and the like, is named and forbidden.
 */
#include "format/pdf/diff.h"

static bool key_is(struct span key, const char *name)
{
    return span_eq(key, span_str(name));
}

static bool one_of(struct span key, const char *const *names)
{
    for (; *names; names++) {
        if (key_is(key, *names)) {
            return true;
        }
    }
    return false;
}

/* Values of keys without a role lead to things that must not change. */
static void others(struct diff *x, const struct pdf_obj *dict, const char *const *roles)
{
    const struct pdf_obj *o = object_dict(dict);
    for (size_t i = 0; o && i < o->n; i++) {
        if (!one_of(o->pairs[i].key, roles)) {
            walk_value(&x->other, &o->pairs[i].value);
        }
    }
}

/* ---- security store ---- */

/* Every element of the old array is in the new one. */
static bool array_grew(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    const struct pdf_obj *a = doc_resolve(x->d, old, x->old);
    const struct pdf_obj *b = doc_resolve(x->d, new, x->new);
    struct walk have;
    if (!a) {
        return true;
    }
    if (!b || a->type != PDF_ARRAY || b->type != PDF_ARRAY || !walk_init(&have, x->d, x->a)) {
        return false;
    }
    walk_value(&have, b);
    for (size_t i = 0; i < a->n; i++) {
        walk_value(&x->other, &a->items[i]);
        if (!walk_has(&have, diff_ref(&a->items[i]))) {
            return false;
        }
    }
    return true;
}

/* The arrays of a store or of one of its VRI entries only grew; its other keys are the same. */
static bool store_grew(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new,
                       const char *const arrays[3])
{
    static const char *const skip[] = {"VRI", NULL};
    for (size_t i = 0; i < 3; i++) {
        diff_payload_ref(x, object_key(old, arrays[i]), object_key(new, arrays[i]));
        if (!array_grew(x, object_key(old, arrays[i]), object_key(new, arrays[i]))) {
            return false;
        }
    }
    for (size_t i = 0; i < old->n; i++) {
        struct span key = old->pairs[i].key;
        bool array = key_is(key, arrays[0]) || key_is(key, arrays[1]) || key_is(key, arrays[2]);
        if (!array && !one_of(key, skip)) {
            walk_value(&x->other, &old->pairs[i].value);
            if (!object_same(x->d, &old->pairs[i].value, object_at(new, key))) {
                return false;
            }
        }
    }
    return true;
}

static bool vri_grew(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    static const char *const arrays[3] = {"Cert", "CRL", "OCSP"};
    diff_payload_ref(x, old, new);
    const struct pdf_obj *a = object_dict(doc_resolve(x->d, old, x->old));
    const struct pdf_obj *b = object_dict(doc_resolve(x->d, new, x->new));
    for (size_t i = 0; a && i < a->n; i++) {
        const struct pdf_obj *now = object_at(b, a->pairs[i].key);
        diff_payload_ref(x, &a->pairs[i].value, now);
        const struct pdf_obj *u = object_dict(doc_resolve(x->d, &a->pairs[i].value, x->old));
        const struct pdf_obj *v = object_dict(doc_resolve(x->d, now, x->new));
        if (!u || !v || !store_grew(x, u, v, arrays)) {
            return false;
        }
    }
    return true;
}

static void store(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    static const char *const arrays[3] = {"Certs", "CRLs", "OCSPs"};
    const struct pdf_obj *a = object_dict(doc_resolve(x->d, old, x->old));
    const struct pdf_obj *b = object_dict(doc_resolve(x->d, new, x->new));
    diff_payload_ref(x, old, new);
    if (!a && !b) {
        return;
    }
    static const struct pdf_obj none = {.type = PDF_DICT};
    a = a ? a : &none;
    bool grew =
        b && store_grew(x, a, b, arrays) && vri_grew(x, object_key(a, "VRI"), object_key(b, "VRI"));
    if (!grew) {
        diff_add(x, SP_PDF_STORE_CHANGED, SP_MOD_OTHER, NULL, NULL);
        return;
    }
    bool touched = !object_same(x->d, old, new) || walk_has(&x->changed, diff_ref(old));
    static const char *const lists[] = {"Certs", "CRLs", "OCSPs", "VRI"};
    for (size_t i = 0; i < 4; i++) {
        touched = touched || walk_has(&x->changed, diff_ref(object_key(a, lists[i])));
    }
    if (touched) {
        diff_add(x, SP_PDF_EVIDENCE_ADDED, SP_MOD_LTA, NULL, NULL);
    }
}

/* ---- form dictionary ---- */

/* Default resources may gain names; what a name stood for must stay. */
static void resources(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    const struct pdf_obj *a = object_dict(doc_resolve(x->d, old, x->old));
    const struct pdf_obj *b = object_dict(doc_resolve(x->d, new, x->new));
    diff_payload_ref(x, old, new);
    for (size_t i = 0; a && i < a->n; i++) {
        const struct pdf_obj *now = object_at(b, a->pairs[i].key);
        const struct pdf_obj *u = object_dict(doc_resolve(x->d, &a->pairs[i].value, x->old));
        const struct pdf_obj *v = object_dict(doc_resolve(x->d, now, x->new));
        if (!u) {
            if (!object_same(x->d, &a->pairs[i].value, now)) {
                diff_add(x, SP_PDF_FORM_CHANGED, SP_MOD_OTHER, "/DR", NULL);
            }
            continue;
        }
        diff_payload_ref(x, &a->pairs[i].value, now);
        walk_value(&x->other, u);
        size_t kept = 0;
        for (size_t k = 0; v && k < u->n; k++) {
            kept += object_same(x->d, &u->pairs[k].value, object_at(v, u->pairs[k].key));
        }
        if (kept != u->n) {
            diff_add(x, SP_PDF_FORM_CHANGED, SP_MOD_OTHER, "/DR", NULL);
        }
    }
}

static void form_key(struct diff *x, struct span key, const struct pdf_obj *old,
                     const struct pdf_obj *new, void *arg)
{
    static const char *const free_keys[] = {"Fields", "DR", NULL};
    (void)arg;
    if (one_of(key, free_keys)) {
        return;
    }
    if (key_is(key, "DA") && new &&new->type == PDF_STRING) {
        return;
    }
    int64_t before = old && old->type == PDF_INT ? old->i : 0;
    if (key_is(key, "SigFlags") && new &&new->type == PDF_INT && (before & ~new->i) == 0) {
        return;
    }
    diff_add(x, SP_PDF_FORM_CHANGED, SP_MOD_OTHER, diff_key(x, key), NULL);
}

static void form(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    static const char *const roles[] = {"Fields", "DR", NULL};
    const struct pdf_obj *a = doc_resolve(x->d, old, x->old);
    const struct pdf_obj *b = doc_resolve(x->d, new, x->new);
    diff_payload_ref(x, old, new);
    if (a && !b) {
        diff_add(x, SP_PDF_CATALOG_CHANGED, SP_MOD_OTHER, "/AcroForm", NULL);
    }
    others(x, a, roles);
    diff_payload_ref(x, object_key(a, "Fields"), object_key(b, "Fields"));
    if (b) {
        diff_keys(x, a, b, form_key, NULL);
        resources(x, object_key(a, "DR"), object_key(b, "DR"));
    }
    diff_form_fields(x);
}

/* ---- catalog and trailer ---- */

static const char *const catalog_roles[] = {"Pages",   "AcroForm",   "DSS",   "Metadata",
                                            "Version", "Extensions", "Perms", NULL};

/* The permissions may be created, with a certification of this very revision. */
static void permissions(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    const struct pdf_obj *a = doc_resolve(x->d, old, x->old);
    const struct pdf_obj *b = doc_resolve(x->d, new, x->new);
    diff_payload_ref(x, old, new);
    if (object_same(x->d, a, b)) {
        walk_value(&x->other, a);
        return;
    }
    const struct pdf_obj *cert = object_key(b, "DocMDP");
    size_t sig =
        diff_ref(cert) ? sig_by_entry(x->d, doc_find(x->d, diff_ref(cert), x->new)) : SIZE_MAX;
    bool created = !a && sig != SIZE_MAX && x->d->sigs[sig].rev == x->new;
    if (!created) {
        diff_add(x, SP_PDF_PERMS_CHANGED, SP_MOD_OTHER, NULL, NULL);
    }
}

static void catalog_key(struct diff *x, struct span key, const struct pdf_obj *old,
                        const struct pdf_obj *new, void *arg)
{
    (void)old;
    (void)new;
    (void)arg;
    if (!one_of(key, catalog_roles)) {
        diff_add(x, SP_PDF_CATALOG_CHANGED, SP_MOD_OTHER, diff_key(x, key), NULL);
    } else if (key_is(key, "Version") || key_is(key, "Extensions")) {
        diff_add(x, SP_PDF_PROPERTIES_CHANGED, SP_MOD_LTA, diff_key(x, key), NULL);
    }
}

static void metadata(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    const struct pdf_obj *b = doc_resolve(x->d, new, x->new);
    bool hit = diff_payload(x, PAYLOAD_PROPERTIES, old, new);
    if (b &&
        (b->type != PDF_STREAM || !object_is_name(doc_get(x->d, b, "Type", x->new), "Metadata") ||
         !object_is_name(doc_get(x->d, b, "Subtype", x->new), "XML"))) {
        diff_add(x, SP_PDF_CATALOG_CHANGED, SP_MOD_OTHER, "/Metadata", NULL);
    } else if (hit || !object_same(x->d, old, new)) {
        diff_add(x, SP_PDF_PROPERTIES_CHANGED, SP_MOD_LTA, "/Metadata", NULL);
    }
}

static void trailer(struct diff *x, const struct pdf_obj *old, const struct pdf_obj *new)
{
    static const char *const roles[] = {"Root", "Info", NULL};
    others(x, old, roles);
    if (diff_payload(x, PAYLOAD_PROPERTIES, object_key(old, "Info"), object_key(new, "Info"))) {
        diff_add(x, SP_PDF_PROPERTIES_CHANGED, SP_MOD_LTA, "/Info", NULL);
    }
    if (!object_same(x->d, object_key(old, "Root"), object_key(new, "Root"))) {
        diff_add(x, SP_PDF_CATALOG_CHANGED, SP_MOD_OTHER, "/Root", NULL);
    }
}

void diff_catalog(struct diff *x)
{
    const struct pdf_obj *ot = x->d->revs[x->old].trailer;
    const struct pdf_obj *nt = x->d->revs[x->new].trailer;
    const struct pdf_obj *old = doc_catalog(x->d, x->old);
    const struct pdf_obj *new = doc_catalog(x->d, x->new);
    uint32_t num = diff_ref(object_key(ot, "Root"));
    (void)walk_add(&x->primary, num);
    if (!old || !new) {
        diff_add(x, SP_PDF_CATALOG_CHANGED, SP_MOD_OTHER, "/Root", NULL);
        return;
    }
    diff_claim(x, num);
    diff_page_roles(x, object_key(old, "Pages"));
    trailer(x, ot, nt);
    others(x, old, catalog_roles);
    diff_keys(x, old, new, catalog_key, NULL);
    (void)diff_payload(x, PAYLOAD_PROPERTIES, object_key(old, "Extensions"),
                       object_key(new, "Extensions"));
    metadata(x, object_key(old, "Metadata"), object_key(new, "Metadata"));
    permissions(x, object_key(old, "Perms"), object_key(new, "Perms"));
    store(x, object_key(old, "DSS"), object_key(new, "DSS"));
    form(x, object_key(old, "AcroForm"), object_key(new, "AcroForm"));
    diff_pages(x, object_key(old, "Pages"), object_key(new, "Pages"));
}
