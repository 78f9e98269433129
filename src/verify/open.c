/*
 * open - from bytes to signatures: detection and the reader of the format.
 */
#include "verify/job.h"

#include "asn1/armor.h"
#include "format/asic.h"
#include "base/utc.h"
#include "format/esign.h"
#include "format/jws.h"
#include "format/office.h"
#include "format/pdf/pdf.h"
#include "format/smime.h"
#include "format/xmldsig/xmldsig.h"

static void document_finding(struct job *job, enum sp_reason reason, const char *arg)
{
    finding_add(job->arena, &job->report->findings, reason, "document", arg, NULL);
}

static int one_signature(struct job *job, enum sp_kind kind, enum blob_kind blob_kind,
                         struct span blob)
{
    struct extracted *e = arena_alloc(job->arena, sizeof *e);
    if (!e) {
        return -1;
    }
    e->kind = kind;
    e->blob_kind = blob_kind;
    e->blob = blob;
    e->claimed_time = UTC_NONE;
    findings_init(&e->findings);
    job->extraction.signatures = e;
    job->extraction.count = 1;
    return 0;
}

/* What a person may read in the file and the message is not: text around PEM, a second message. */
static int say_outside(struct job *job, const struct armor_item *items, size_t count,
                       size_t outside)
{
    for (size_t i = 0; i < count; i++) {
        outside += strcmp(items[i].label, "CERTIFICATE") == 0 ? 0 : items[i].der.n;
    }
    char *n = arena_printf(job->arena, "%zu", outside);
    if (outside) {
        document_finding(job, SP_FORMAT_OUTSIDE, n);
    }
    return n ? 0 : -1;
}

/* DER, PEM or bare base64; of several PEM blocks the first that is a message, not a certificate. */
static int open_cms(struct job *job, enum document_format format)
{
    struct armor_item *items;
    size_t count, outside;
    if (armor_decode_all(job->arena, job->file, &items, &count, &outside)) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].label, "CERTIFICATE") == 0) {
            continue;
        }
        if (say_outside(job, items + i + 1, count - i - 1, outside)) {
            return -1;
        }
        struct span blob = items[i].der, token = token_from_response(blob);
        if (detect_format(blob) == DOCUMENT_ERS) {
            job->extraction.format = "ERS";
            return one_signature(job, SP_KIND_ERS, BLOB_ERS, blob);
        }
        bool is_token = format == DOCUMENT_TST || detect_format(blob) == DOCUMENT_TST;
        job->extraction.format = is_token ? "TST" : "CMS";
        return is_token ? one_signature(job, SP_KIND_TST, BLOB_TST, token.p ? token : blob)
                        : one_signature(job, SP_KIND_CMS, BLOB_CMS, blob);
    }
    document_finding(job, SP_CMS_NOT_SIGNED, count ? "a certificate" : "no readable block");
    return 0;
}

/* A ZIP: an ASiC, an office document, or a construction file. */
static int open_container(struct job *job)
{
    struct container_budget *budget = job->shared->budget;
    if (budget->depth > CONTAINER_DEPTH_MAX) {
        char *n = arena_printf(job->arena, "%d", CONTAINER_DEPTH_MAX);
        document_finding(job, SP_CONTAINER_DEPTH, n);
        return 0;
    }
    if (container_open(job->arena, job->file, budget, &job->report->findings, &job->container)) {
        return -1;
    }
    enum container_kind kind =
        job->container->sound ? container_kind(job->container) : CONTAINER_PLAIN;
    switch (kind) {
    case CONTAINER_ASIC_S:
    case CONTAINER_ASIC_E:
        return asic_extract(job->arena, job->container, kind, &job->extraction, &job->asic);
    case CONTAINER_ODF:
    case CONTAINER_OOXML:
        return office_extract(job->arena, job->container, kind, &job->extraction, &job->asic);
    case CONTAINER_PLAIN:
        break;
    }
    job->construction = true;
    return 0;
}

/* An XML document; the response of an eSign service has signatures of two kinds. */
static int open_xml(struct job *job)
{
    struct span content = job->document->content
                              ? span_make(job->document->content, job->document->content_size)
                              : SPAN_NONE;
    if (xmldsig_extract(job->arena, job->file, NULL, NULL, &job->extraction)) {
        return -1;
    }
    return esign_likely(job->file) ? esign_extract(job->arena, job->file, content, &job->extraction)
                                   : 0;
}

int verify_open(struct job *job)
{
    enum document_format format = detect_format(job->file);
    job->extraction.format = detect_name(format);
    job->extraction.document = &job->report->findings;
    switch (format) {
    case DOCUMENT_EMPTY:
        document_finding(job, SP_FORMAT_EMPTY, NULL);
        return 0;
    case DOCUMENT_UNKNOWN:
        document_finding(job, SP_FORMAT_UNKNOWN, "unknown content");
        return 0;
    case DOCUMENT_XML:
        return open_xml(job);
    case DOCUMENT_ZIP:
        return open_container(job);
    case DOCUMENT_PDF:
        return pdf_extract(job->arena, job->file,
                           span_make(job->document->password, job->document->password_size),
                           &job->extraction);
    case DOCUMENT_JWS:
        return jws_extract(job->arena, job->file, &job->extraction);
    case DOCUMENT_SMIME:
        return smime_extract(job->arena, job->file, &job->extraction);
    case DOCUMENT_CMS:
    case DOCUMENT_TST:
    case DOCUMENT_ERS:
        break;
    }
    return open_cms(job, format);
}
