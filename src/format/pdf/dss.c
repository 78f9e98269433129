/*
 * dss - certificates, CRLs and OCSP answers of the document security store (ISO 32000-2 12.8.4.3).
 *
 * Read as the last revision has it; each item says which revision brought it. What it does not do:
 * parse the items or trust them.
 */
#include "format/pdf/internal.h"

struct store {
    struct pdf_doc *d;
    struct extraction *out;
    size_t cap;
    struct walk seen;
};

static void take_stream(struct store *s, const struct pdf_obj *ref, enum sp_evidence_kind kind)
{
    struct pdf_doc *d = s->d;
    size_t rev = d->rev_count - 1;
    if (ref->type != PDF_REF || ref->i > PDF_MAX_OBJECT || !walk_add(&s->seen, (uint32_t)ref->i)) {
        return;
    }
    size_t entry = doc_find(d, (uint32_t)ref->i, rev);
    const struct pdf_obj *o = doc_resolve(d, ref, rev);
    struct span data;
    if (!o) {
        return;
    }
    d->trouble = NULL;
    if (!doc_stream_data(d, o, rev, &data)) {
        doc_note_object(d, (uint32_t)ref->i);
        return;
    }
    if (s->out->evidence_count >= PDF_MAX_EVIDENCE) {
        (void)doc_limit(d, "number of embedded certificates and revocation lists");
        return;
    }
    if (doc_grow(d, (void **)&s->out->evidence, &s->cap, s->out->evidence_count + 1,
                 sizeof *s->out->evidence)) {
        s->out->evidence[s->out->evidence_count++] =
            (struct extracted_evidence){kind, data, d->entries[entry].rev};
    }
}

static void take_list(struct store *s, const struct pdf_obj *dict, const char *key,
                      enum sp_evidence_kind kind)
{
    const struct pdf_obj *list = doc_get(s->d, dict, key, s->d->rev_count - 1);
    for (size_t i = 0; list && list->type == PDF_ARRAY && i < list->n && !s->d->failed; i++) {
        take_stream(s, &list->items[i], kind);
    }
}

void dss_read(struct pdf_doc *d, struct extraction *out)
{
    if (!d->rev_count || d->streams_locked || d->limited) {
        return;
    }
    size_t rev = d->rev_count - 1;
    const struct pdf_obj *dss = doc_get(d, doc_catalog(d, rev), "DSS", rev);
    struct store s = {.d = d, .out = out};
    if (!dss || !walk_init(&s.seen, d, d->arena)) {
        return;
    }
    take_list(&s, dss, "Certs", SP_EVIDENCE_CERT);
    take_list(&s, dss, "CRLs", SP_EVIDENCE_CRL);
    take_list(&s, dss, "OCSPs", SP_EVIDENCE_OCSP);
    const struct pdf_obj *vri = object_dict(doc_get(d, dss, "VRI", rev));
    for (size_t i = 0; vri && i < vri->n && !d->failed && !d->limited; i++) {
        const struct pdf_obj *one = doc_resolve(d, &vri->pairs[i].value, rev);
        take_list(&s, one, "Cert", SP_EVIDENCE_CERT);
        take_list(&s, one, "CRL", SP_EVIDENCE_CRL);
        take_list(&s, one, "OCSP", SP_EVIDENCE_OCSP);
    }
}
