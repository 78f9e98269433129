/*
 * units - one unit per signer: CMS blobs are parsed, their certificates and revocation data go into
 * the pool, counter-signatures become units of their own (End entity Rules 2015, r. 5: parallel
 * ones independently, counter-signatures serially).
 */
#include "verify/judging.h"

#include "asn1/der.h"
#include "base/utc.h"
#include "format/xmldsig/xmldsig.h"

enum { MAX_UNITS = 4096, MAX_COUNTER_DEPTH = 8 };

static struct unit *new_unit(struct job *job, const struct extracted *from)
{
    struct sp_signature *sig = arena_alloc(job->arena, sizeof *sig);
    if (job->unit_count >= MAX_UNITS) {
        job->limit = "4096 signers";
        return NULL;
    }
    if (!sig || arena_grow(job->arena, (void **)&job->units, &job->unit_capacity,
                           job->unit_count + 1, sizeof *job->units)) {
        return NULL;
    }
    struct unit *u = &job->units[job->unit_count++];
    *u = (struct unit){.from = from, .sig = sig, .needed = OID_UNKNOWN};
    findings_init(&sig->findings);
    sig->intact = SP_UNKNOWN;
    sig->claimed_time = sig->best_time = UTC_NONE;
    if (from) {
        sig->kind = from->kind;
        sig->claimed_time = from->claimed_time;
        sig->covers_whole_document = from->covers_whole_document;
        sig->coverage = from->coverage;
        sig->coverage_hi = from->coverage_hi;
        sig->signed_octets = from->signed_octets;
        sig->has_modification = from->has_modification;
        sig->modification = from->modification;
        sig->modification_allowed = from->modification_allowed;
    }
    return u;
}

int verify_hold(struct job *job, struct span der)
{
    if (arena_grow(job->arena, (void **)&job->held, &job->held_capacity, job->held_count + 1,
                   sizeof *job->held)) {
        return -1;
    }
    job->held[job->held_count++] = (struct held){der, job->revision, false};
    return 0;
}

int verify_take(struct job *job, enum sp_evidence_kind kind, struct span der)
{
    struct poe_proof here = {0, SP_BASIS_NOW, NULL};
    if (verify_hold(job, der) || poe_add(&job->inside, der, &here)) {
        return -1;
    }
    job->held[job->held_count - 1].evidence = !job->in_token;
    return pool_add(job->pool, kind, der, "document");
}

static int pool_all(struct job *job, enum sp_evidence_kind kind, const struct span *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (verify_take(job, kind, list[i])) {
            return -1;
        }
    }
    return 0;
}

int verify_pool_cms(struct job *job, const struct cms *cms)
{
    return pool_all(job, SP_EVIDENCE_CERT, cms->certs, cms->cert_count) ||
                   pool_all(job, SP_EVIDENCE_CRL, cms->crls, cms->crl_count) ||
                   pool_all(job, SP_EVIDENCE_OCSP, cms->ocsps, cms->ocsp_count)
               ? -1
               : 0;
}

/* Adds every SEQUENCE of a SEQUENCE OF as evidence; malformed rests are not evidence. */
static int pool_sequence(struct job *job, enum sp_evidence_kind kind, struct span in)
{
    struct der seq, d;
    if (!der_next(&in, &seq)) {
        return 0;
    }
    while (der_expect(&seq.body, DER_SEQUENCE, &d)) {
        if (verify_take(job, kind, d.whole)) {
            return -1;
        }
    }
    return 0;
}

/* RevocationValues (EN 319 122-1 A.1.5.2) and Adobe's RevocationInfoArchival (ISO 32000-2
 * 12.8.3.3.2) have the same shape: [0] SEQUENCE OF CRL, [1] SEQUENCE OF OCSP. The former holds
 * BasicOCSPResponses, the latter OCSPResponses; the pool takes both. */
static int pool_revocation_values(struct job *job, struct span values)
{
    struct der seq, d;
    if (!der_expect(&values, DER_SEQUENCE, &seq)) {
        return 0;
    }
    if (der_expect(&seq.body, DER_CONTEXT_C(0), &d) &&
        pool_sequence(job, SP_EVIDENCE_CRL, d.body)) {
        return -1;
    }
    return der_expect(&seq.body, DER_CONTEXT_C(1), &d)
               ? pool_sequence(job, SP_EVIDENCE_OCSP, d.body)
               : 0;
}

int verify_pool_attributes(struct job *job, const struct cms_attrs *attrs)
{
    for (size_t i = 0; i < attrs->count; i++) {
        const struct cms_attr *at = &attrs->items[i];
        int rc = at->id == OID_ATTR_CERTIFICATE_VALUES
                     ? pool_sequence(job, SP_EVIDENCE_CERT, at->values)
                 : at->id == OID_ATTR_REVOCATION_VALUES || at->id == OID_ATTR_ADOBE_REVOCATION
                     ? pool_revocation_values(job, at->values)
                     : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* Counter-signatures of one signer, serially; each is over the signature value of its parent. */
static int add_counters(struct job *job, size_t parent, int depth)
{
    struct cms_signer *signer = job->units[parent].signer;
    const struct cms_attrs *attrs = &signer->unsigned_attrs;
    for (size_t i = 0; i < attrs->count; i++) {
        struct span values = attrs->items[i].values;
        struct der d;
        if (attrs->items[i].id != OID_ATTR_COUNTERSIGNATURE || depth >= MAX_COUNTER_DEPTH) {
            continue;
        }
        while (der_next(&values, &d)) {
            const char *why = NULL;
            struct unit *u = new_unit(job, NULL);
            if (!u || cms_parse_signer(job->arena, d.whole, &u->signer, &why)) {
                return -1;
            }
            u->counter = true;
            u->parent = parent;
            u->cms = job->units[parent].cms;
            u->sig->kind = SP_KIND_CMS;
            u->sig->coverage = "It signs the other signature, not the document itself.";
            u->sig->coverage_hi = "यह दूसरे हस्ताक्षर पर हस्ताक्षर है, स्वयं दस्तावेज़ पर नहीं।";
            u->sig->id = arena_printf(job->arena, "%s.counter[%zu]", job->units[parent].sig->id,
                                      job->unit_count - parent - 1);
            if (!u->sig->id) {
                return -1;
            }
            if (!u->signer) {
                finding_add(job->arena, &u->sig->findings, SP_CMS_MALFORMED, u->sig->id, why, NULL);
                continue;
            }
            u->ops = &unit_ops_cms;
            u->needed = u->signer->digest;
            u->content = signer->signature;
            u->content_known = true;
            if (verify_pool_attributes(job, &u->signer->unsigned_attrs) ||
                add_counters(job, job->unit_count - 1, depth + 1)) {
                return -1;
            }
        }
    }
    return 0;
}

/* What the signers of a blob sign: the message's own content, the file's ranges, a mail's part, or
 * the detached document. */
static void set_content(const struct job *job, struct unit *u)
{
    const struct extracted *e = u->from;
    if (e->range_count && e->blob_kind == BLOB_CMS) {
        u->content_known = true; /* digests.c reads the ranges */
    } else if (e->content.p) {
        u->content = e->content;
        u->content_known = true;
    } else if (job->document->content && !e->other_content) {
        /* Also when the message brings its own: the question is whether this document is signed. */
        u->content = span_make(job->document->content, job->document->content_size);
        u->content_known = true;
    } else if (u->cms->econtent.p) {
        u->content = u->cms->econtent;
        u->content_known = true;
    }
    u->needed = u->signer->digest;
}

static void set_coverage(const struct job *job, struct unit *u)
{
    struct sp_signature *s = u->sig;
    if (s->coverage) {
        return;
    }
    s->covers_whole_document = true;
    if (u->cms->econtent.p) {
        s->coverage = "The whole content inside the message is signed.";
        s->coverage_hi = "संदेश के भीतर की पूरी सामग्री हस्ताक्षरित है।";
    } else if (job->document->content && !u->from->other_content) {
        s->coverage = "The whole document given beside the signature is signed.";
        s->coverage_hi = "हस्ताक्षर के साथ दिया गया पूरा दस्तावेज़ हस्ताक्षरित है।";
    } else {
        s->covers_whole_document = false;
        s->coverage = "A document that was not given is signed.";
        s->coverage_hi = "जिस दस्तावेज़ पर हस्ताक्षर हैं वह नहीं दिया गया।";
    }
}

static bool has_ess(const struct cms_signer *s)
{
    size_t v1, v2;
    (void)cms_attr(&s->signed_attrs, OID_ATTR_SIGNING_CERTIFICATE, &v1);
    (void)cms_attr(&s->signed_attrs, OID_ATTR_SIGNING_CERTIFICATE_V2, &v2);
    return v1 + v2 > 0;
}

/* A PDF signature is one signer over the ranges and nothing else (ISO 32000-2 12.8.3.3): with more,
 * none of them is a signature of this document. */
static void check_single(struct job *job, const struct unit *u)
{
    const struct extracted *e = u->from;
    if (e->single_signer && u->cms->signer_count != 1) {
        char *n = arena_printf(job->arena, "%zu", u->cms->signer_count);
        finding_add(job->arena, &u->sig->findings, SP_CMS_SEVERAL_SIGNERS, u->sig->id, n, NULL);
    }
    if (e->range_count && e->blob_kind == BLOB_CMS && u->cms->econtent.p) {
        finding_add(job->arena, &u->sig->findings, SP_CMS_OWN_CONTENT, u->sig->id, NULL);
    }
}

static int signers_of(struct job *job, const struct extracted *e, struct cms *cms)
{
    for (size_t i = 0; i < cms->signer_count; i++) {
        if (i > 0 && !new_unit(job, e)) {
            return -1;
        }
        struct unit *u = &job->units[job->unit_count - 1];
        u->cms = cms;
        u->signer = &cms->signers[i];
        u->ops = &unit_ops_cms;
        set_content(job, u);
        set_coverage(job, u);
        if (u->sig->kind == SP_KIND_CMS && has_ess(u->signer)) {
            u->sig->kind = SP_KIND_CADES;
        }
        u->sig->id = arena_printf(job->arena, "sig[%zu]", job->unit_count - 1);
        if (!u->sig->id) {
            return -1;
        }
        check_single(job, u);
        if (verify_pool_attributes(job, &u->signer->signed_attrs) ||
            verify_pool_attributes(job, &u->signer->unsigned_attrs) ||
            add_counters(job, job->unit_count - 1, 0)) {
            return -1;
        }
    }
    return 0;
}

static const char *what_cms_is(struct job *job, const struct cms *cms)
{
    if (cms->content_type == OID_SIGNED_DATA) {
        return "it holds only certificates";
    }
    const char *name = cms->content_type != OID_UNKNOWN
                           ? oid_name(cms->content_type)
                           : oid_dotted(job->arena, cms->content_type_oid);
    return name ? name : "?";
}

/* Octets behind the message: padding, or something that a program may find there (a ZIP file is
 * read from its end). Those in a PDF are a part of /Contents. */
static void say_trailing(struct job *job, const struct unit *u, size_t trailing)
{
    const struct extracted *e = u->from;
    struct span rest = span_sub(e->blob, e->blob.n - trailing, e->blob.n);
    bool padding = true;
    for (size_t i = 0; i < rest.n; i++) {
        padding = padding && (rest.p[i] == 0 || span_is_blank(rest.p[i]));
    }
    char *n = arena_printf(job->arena, "%zu", trailing);
    if (padding || e->range_count) {
        finding_add(job->arena, &u->sig->findings, SP_FORMAT_TRAILING, u->sig->id, n, NULL);
    } else {
        finding_add(job->arena, &job->report->findings, SP_FORMAT_OUTSIDE, "document", n, NULL);
    }
}

static int cms_units(struct job *job, const struct extracted *e, struct unit *u)
{
    struct cms *cms;
    const char *why = NULL;
    if (cms_parse(job->arena, e->blob, &cms, &why)) {
        return -1;
    }
    if (!cms || cms->content_type != OID_SIGNED_DATA || cms->signer_count == 0) {
        /* A message that is no signature at all is not reported as a signature. */
        bool alone = e->range_count == 0;
        struct sp_findings *list = alone ? &job->report->findings : &u->sig->findings;
        enum sp_reason reason = cms                           ? SP_CMS_NOT_SIGNED
                                : why == cms_too_many_signers ? SP_ENGINE_LIMIT
                                                              : SP_CMS_MALFORMED;
        finding_add(job->arena, list, reason, alone ? "document" : u->sig->id,
                    cms ? what_cms_is(job, cms) : why, NULL);
        job->unit_count -= alone ? 1 : 0;
        return 0;
    }
    u->cms = cms;
    if (cms->trailing) {
        say_trailing(job, u, cms->trailing);
    }
    if (cms->ber) {
        finding_add(job->arena, &u->sig->findings, SP_CMS_NOT_DER, u->sig->id, NULL);
    }
    return verify_pool_cms(job, cms) || signers_of(job, e, cms) ? -1 : 0;
}

/* The content of a token or an evidence record, and what travels in the token. */
static int open_token(struct job *job, const struct extracted *e, struct unit *u)
{
    u->cms = u->token->cms;
    u->signer = &u->cms->signers[0];
    u->ops = &unit_ops_cms;
    if (e->range_count) {
        u->content_known = true;
    } else if (e->content.p) {
        u->content = e->content;
        u->content_known = true;
    } else if (job->document->content) {
        u->content = span_make(job->document->content, job->document->content_size);
        u->content_known = true;
    }
    set_coverage(job, u);
    job->in_token = true;
    int rc = verify_pool_cms(job, u->cms) || verify_pool_attributes(job, &u->signer->unsigned_attrs)
                 ? -1
                 : 0;
    job->in_token = false;
    return rc;
}

static int token_unit(struct job *job, const struct extracted *e, struct unit *u)
{
    const char *why = NULL;
    u->is_timestamp = true;
    if (token_parse(job->arena, e->blob, &u->token, &why)) {
        return -1;
    }
    if (!u->token) {
        finding_add(job->arena, &u->sig->findings, SP_TIMESTAMP_MALFORMED, u->sig->id,
                    why ? why : "?", NULL);
        return 0;
    }
    u->needed = u->token->digest;
    return open_token(job, e, u);
}

/* An evidence record is reported as its first time-stamp, which is the earliest proof; those that
 * renew it are listed with it. */
static int record_unit(struct job *job, const struct extracted *e, struct unit *u)
{
    const char *why = NULL;
    u->is_timestamp = true;
    if (ers_parse(job->arena, e->blob, &u->record, &why) ||
        (u->record && token_parse(job->arena, u->record->stamps[0].token, &u->token, &why))) {
        return -1;
    }
    if (!u->token) {
        finding_add(job->arena, &u->sig->findings, SP_TIMESTAMP_MALFORMED, u->sig->id,
                    why ? why : "?", NULL);
        return 0;
    }
    return open_token(job, e, u);
}

/* An XML signature checks its own references; a counter-signature stands in another one of the same
 * document, which came before it. */
static int xml_unit(struct job *job, const struct extracted *e, struct unit *u)
{
    const struct xmldsig_view *v = xmldsig_view(e->xml);
    const struct xmldsig *parent = xmldsig_parent(e->xml);
    size_t self = job->unit_count - 1;
    u->ops = &unit_ops_xml;
    for (size_t i = 0; parent && i < self; i++) {
        const struct extracted *other = job->units[i].from;
        if (other && other->xml == parent) {
            u->counter = true;
            u->parent = i;
        }
    }
    return pool_all(job, SP_EVIDENCE_CERT, v->certificates, v->certificate_count) ||
                   pool_all(job, SP_EVIDENCE_CERT, v->more_certificates,
                            v->more_certificate_count) ||
                   pool_all(job, SP_EVIDENCE_CRL, v->crls, v->crl_count) ||
                   pool_all(job, SP_EVIDENCE_OCSP, v->ocsps, v->ocsp_count)
               ? -1
               : 0;
}

static int units_of(struct job *job, const struct extracted *e)
{
    struct unit *u = new_unit(job, e);
    if (!u) {
        return -1;
    }
    u->sig->id = arena_printf(job->arena, "sig[%zu]", job->unit_count - 1);
    if (!u->sig->id) {
        return -1;
    }
    for (const struct sp_finding *f = e->findings.first; f; f = f->next) {
        struct sp_finding *copy = arena_alloc(job->arena, sizeof *copy);
        if (!copy) {
            return -1;
        }
        *copy = *f;
        copy->next = NULL;
        copy->where = u->sig->id;
        *u->sig->findings.end = copy;
        u->sig->findings.end = &copy->next;
        u->sig->findings.count++;
    }
    if (e->broken || !e->blob.p) {
        u->sig->intact = SP_NO;
        return 0;
    }
    switch (e->blob_kind) {
    case BLOB_TST:
        return token_unit(job, e, u);
    case BLOB_ERS:
        return record_unit(job, e, u);
    case BLOB_JWS:
        return verify_jws_unit(job, u);
    case BLOB_RSA_SHA1:
        u->ops = &unit_ops_rsa;
        u->needed = OID_SHA1;
        u->content_known = true;
        return e->cert.p ? verify_take(job, SP_EVIDENCE_CERT, e->cert) : 0;
    case BLOB_XML:
        return xml_unit(job, e, u);
    case BLOB_CMS:
    case BLOB_CMS_SHA1:
        break;
    }
    return cms_units(job, e, u);
}

int verify_units(struct job *job)
{
    for (size_t i = 0; i < job->extraction.evidence_count; i++) {
        const struct extracted_evidence *e = &job->extraction.evidence[i];
        job->revision = e->revision;
        if (verify_take(job, e->kind, e->der)) {
            return -1;
        }
    }
    for (size_t i = 0; i < job->extraction.count; i++) {
        job->revision = job->extraction.signatures[i].revision;
        if (units_of(job, &job->extraction.signatures[i])) {
            return -1;
        }
    }
    return 0;
}
