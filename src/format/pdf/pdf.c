/*
 * pdf - reads a PDF for signature validation. See pdf.h; the parts are in internal.h.
 *
 * Order: header, revisions, signatures of all revisions, what each covers, what lies behind the
 * last revision, what certification and locks forbid, embedded evidence, comparison of revisions,
 * active content.
 * What it does not do: digests, CMS, certificates; and it adds no "no signature" finding.
 */
#include "format/pdf/pdf.h"

#include "format/pdf/internal.h"

/* ISO 32000-2 7.5.2. Readers look for the header in the first 1024 bytes; offsets then shift. */
static void check_header(struct pdf_doc *d)
{
    size_t at = span_find(span_sub(d->file, 0, 1024 + 5), SPAN_LIT("%PDF-"), 0);
    if (at != 0) {
        finding_add(d->arena, d->findings, SP_PDF_HEADER, "document",
                    at == SIZE_MAX ? "-" : doc_text(d, "%zu", at), NULL);
    }
}

static int make_signatures(struct pdf_doc *d, struct extraction *out)
{
    out->signatures = doc_alloc(d, d->sig_count, sizeof *out->signatures);
    if (!out->signatures) {
        return -1;
    }
    out->count = d->sig_count;
    for (size_t i = 0; i < d->sig_count; i++) {
        findings_init(&out->signatures[i].findings);
        d->sigs[i].out = &out->signatures[i];
        byterange_read(d, &d->sigs[i], doc_text(d, "sig[%zu]", i));
    }
    return 0;
}

/* The end of what the last sound signature covers, 0 when there is none. */
static uint64_t covered_end(const struct pdf_doc *d)
{
    uint64_t end = 0;
    for (size_t i = 0; i < d->sig_count; i++) {
        const struct extracted *o = d->sigs[i].out;
        uint64_t to = o->broken || o->range_count != 2 ? 0 : o->ranges[1].off + o->ranges[1].len;
        end = to > end ? to : end;
    }
    return end;
}

/* Bytes behind the last revision that no signature covers (ISA and trailing-data attacks). */
static void check_tail(struct pdf_doc *d, const char *trouble)
{
    if (d->tail_kind == TAIL_NONE || covered_end(d) == d->file.n) {
        return;
    }
    bool junk = d->tail_kind == TAIL_JUNK;
    const char *n = doc_text(d, "%zu", d->file.n - d->tail);
    enum sp_reason reason = junk ? SP_PDF_TRAILING_DATA : SP_PDF_TRAILING_COMMENT;
    const char *why = trouble ? trouble : "it is not a further version of the document";
    bool told = false;
    for (size_t i = 0; i < d->sig_count; i++) {
        if (d->sigs[i].out->broken) {
            continue;
        }
        finding_add(d->arena, &d->sigs[i].out->findings, reason, doc_text(d, "sig[%zu]", i), n, why,
                    NULL);
        told = true;
    }
    if (!told) {
        finding_add(d->arena, d->findings, reason, "document", n, why, NULL);
    }
}

/* A signature that an earlier revision shows and the last one does not, or that no form shows. */
static void check_hidden(struct pdf_doc *d)
{
    for (size_t i = 0; i < d->sig_count; i++) {
        struct pdf_sig *s = &d->sigs[i];
        if (s->in_last_form || s->entry == PDF_NO_ENTRY || d->streams_locked) {
            continue;
        }
        finding_add(d->arena, &s->out->findings,
                    s->in_form ? SP_PDF_HIDDEN_SIGNATURE : SP_PDF_UNLISTED_SIGNATURE,
                    doc_text(d, "sig[%zu]", i), s->field ? s->field : "-", NULL);
    }
}

/* A change that nobody without the password can judge. */
static void check_locked_changes(struct pdf_doc *d)
{
    for (size_t i = 0; i < d->sig_count; i++) {
        struct pdf_sig *s = &d->sigs[i];
        if (!s->out->broken && s->signed_rev + 1 < d->rev_count) {
            finding_add(d->arena, &s->out->findings, SP_PDF_ENCRYPTED_CHANGES,
                        doc_text(d, "sig[%zu]", i), NULL);
        }
    }
}

/* What stands behind the last version counts as a change that is not allowed, whatever the versions
 * themselves changed. */
static void mark_tail(struct pdf_doc *d)
{
    for (size_t i = 0; i < d->sig_count; i++) {
        struct extracted *o = d->sigs[i].out;
        if (finding_has(&o->findings, SP_PDF_TRAILING_DATA) ||
            finding_has(&o->findings, SP_PDF_TRAILING_COMMENT)) {
            o->has_modification = true;
            o->modification_allowed = false;
            o->modification = SP_MOD_OTHER;
        }
    }
}

/* An object of a signed version that lies behind that version's end is not signed: what is there
 * can be added later, within a change that is allowed (7.5.6). */
static void check_places(struct pdf_doc *d)
{
    size_t last = 0;
    bool any = false;
    for (size_t i = 0; i < d->sig_count; i++) {
        bool sound = !d->sigs[i].out->broken;
        last = sound && d->sigs[i].signed_rev > last ? d->sigs[i].signed_rev : last;
        any = any || sound;
    }
    for (size_t i = 0; any && i < d->entry_count; i++) {
        const struct pdf_entry *e = &d->entries[i];
        if (e->type == ENTRY_OFFSET && e->rev <= last && e->where >= d->revs[e->rev].eof &&
            e->where < d->file.n) {
            d->trouble = "it lies outside the version of the document that lists it";
            doc_note_object(d, e->num);
        }
    }
}

static int read_sound(struct pdf_doc *d, struct span password, struct extraction *out)
{
    const char *trouble = d->trouble;
    unlock(d, password);
    sig_discover(d);
    if (make_signatures(d, out) != 0) {
        return -1;
    }
    check_tail(d, trouble);
    check_places(d);
    check_hidden(d);
    docmdp_read(d);
    dss_read(d, out);
    if (d->strings_locked) {
        check_locked_changes(d);
    } else if (!d->failed && !d->limited) {
        diff_all(d, out);
    }
    unlock_compare(d);
    mark_tail(d);
    active_read(d);
    unlock_tell(d);
    unlock_end(d);
    return 0;
}

int pdf_extract(struct arena *a, struct span file, struct span password, struct extraction *out)
{
    struct pdf_doc d = {.arena = a, .file = file, .findings = out->document};
    out->format = "PDF";
    out->signatures = NULL;
    out->evidence = NULL;
    out->count = out->evidence_count = 0;
    check_header(&d);
    int rc = 0;
    if (revision_read_all(&d)) {
        rc = read_sound(&d, password, out);
    } else if (!d.failed) {
        if (!d.limited) {
            finding_add(a, d.findings, SP_PDF_STRUCTURE, "document", d.trouble, NULL);
        }
        sig_discover(&d);
        rc = make_signatures(&d, out);
    }
    return d.failed ? -1 : rc;
}
