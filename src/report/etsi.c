/*
 * etsi - a finished report as a signature validation report, ETSI TS 119 102-2 v1.4.1: one
 * ValidationReport for one document, one SignatureValidationReport for each of its signatures.
 *
 * Words of EN 319 102-1 become the URIs of TS 119 102-2; baseline levels those of TS 119 192. Every
 * finding is a constraint "urn:satyapan:reason:CODE" that was applied, with its outcome; what the
 * standard has no place for is in OtherInformation, in the namespace urn:satyapan:report:1, the
 * verdict on the document among it. A document without signatures has one report without a
 * signature, whose status says why. SignersDocument holds the digest of the file that was checked,
 * of which a signature may cover a part: sp:Coverage says which.
 * What it does not do: speak Hindi (it is for programs; JSON
 * holds both languages), sign itself, hold copies of certificates and revocation data (their
 * digests are there), or give the digest of the data to be signed.
 */
#include "report/etsi.h"

enum { ARENA_MAX = 64 << 20 };

/* ---- words ---- */

static const char *digest_word(const char *digest)
{
    return digest ? digest : "";
}

/* XML Signature 1.1 6.4, RFC 9231 2.3; names of our own where these have none. */
static void algorithm_uri(struct etsi *e, const struct sp_signature *s)
{
    static const struct {
        const char *algorithm, *start, *end;
    } known[] = {
        {"rsa-pkcs1", "http://www.w3.org/2001/04/xmldsig-more#rsa-", ""},
        {"ecdsa", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-", ""},
        {"rsa-pss", "http://www.w3.org/2007/05/xmldsig-more#", "-rsa-MGF1"},
    };
    const char *digest = digest_word(s->digest);
    if (strcmp(s->algorithm, "ed25519") == 0 || strcmp(s->algorithm, "ed448") == 0) {
        xmlout_element(&e->x, "http://www.w3.org/2021/04/xmldsig-more#eddsa-", s->algorithm, "");
        return;
    }
    if (strcmp(s->algorithm, "rsa-pkcs1") == 0 && strcmp(digest, "sha1") == 0) {
        xmlout_raw(&e->x, "http://www.w3.org/2000/09/xmldsig#rsa-sha1");
        return;
    }
    bool plain = strncmp(digest, "sha", 3) == 0 && strspn(digest + 3, "0123456789") > 0 &&
                 strspn(digest + 3, "0123456789") == strlen(digest + 3);
    for (size_t i = 0; plain && i < sizeof known / sizeof *known; i++) {
        if (strcmp(s->algorithm, known[i].algorithm) == 0) {
            xmlout_text(&e->x, known[i].start);
            xmlout_text(&e->x, digest);
            xmlout_text(&e->x, known[i].end);
            return;
        }
    }
    xmlout_element(&e->x, "urn:satyapan:algorithm:", s->algorithm, ":");
    xmlout_text(&e->x, digest);
}

static const char *main_word(enum sp_indication i)
{
    static const char *const words[] = {"total-passed", "indeterminate", "total-failed"};
    return words[i];
}

/* ---- findings as constraints (4.3.5) ---- */

static const char *outcome(const struct sp_finding *f)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    bool counts = f->level >= SP_LEVEL_REVIEW;
    return !counts ? "passed" : row->effect == SP_EFFECT_FAILED ? "failed" : "indeterminate";
}

/* Facts that change nothing are named by their code alone. */
static void texts(struct etsi *e, const struct sp_finding *f)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    struct xmlout *x = &e->x;
    if (f->level > SP_LEVEL_INFO) {
        xmlout_element(x, "<Indications><sp:Level>", sp_level_name(f->level), "</sp:Level>");
        xmlout_element(x, "<sp:Cite>", row->cite, "</sp:Cite>");
        xmlout_element(x, "<sp:Text>", f->text, "</sp:Text></Indications>\n");
    }
}

/* about: the signature whose report it stands in; only another place is named. */
static void constraint(struct etsi *e, const struct sp_finding *f, const char *about)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    struct xmlout *x = &e->x;
    /* The policy in use made less of it than the rule itself does. */
    bool disabled = f->level < SP_LEVEL_REVIEW && row->level >= SP_LEVEL_REVIEW;
    xmlout_element(x,
                   "<ValidationConstraint>\n"
                   "<ValidationConstraintIdentifier>urn:satyapan:reason:",
                   row->code, "</ValidationConstraintIdentifier>\n");
    if (!about || strcmp(about, f->where) != 0) {
        xmlout_element(x,
                       "<ValidationConstraintParameter><Type>urn:satyapan:parameter:where</Type>"
                       "<Value>",
                       f->where, "</Value></ValidationConstraintParameter>\n");
    }
    xmlout_element(x, "<ConstraintStatus><Status>urn:etsi:019102:constraintStatus:",
                   disabled ? "disabled" : "applied", "</Status></ConstraintStatus>\n");
    if (!disabled) {
        xmlout_element(x, "<ValidationStatus><MainIndication>urn:etsi:019102:mainindication:",
                       outcome(f), "</MainIndication>");
        etsi_subindication(e, f->level >= SP_LEVEL_REVIEW ? row->subindication : NULL);
        xmlout_raw(x, "</ValidationStatus>\n");
    }
    texts(e, f);
    xmlout_raw(x, "</ValidationConstraint>\n");
}

/* What was asked of every signature, whether or not a finding is about it. */
static void check(struct etsi *e, const char *name, enum sp_tristate result)
{
    static const char *const words[] = {"failed", "passed", "indeterminate"};
    struct xmlout *x = &e->x;
    xmlout_element(x,
                   "<ValidationConstraint>\n"
                   "<ValidationConstraintIdentifier>urn:satyapan:check:",
                   name, "</ValidationConstraintIdentifier>\n");
    xmlout_element(x,
                   "<ConstraintStatus><Status>urn:etsi:019102:constraintStatus:applied"
                   "</Status></ConstraintStatus>\n"
                   "<ValidationStatus><MainIndication>urn:etsi:019102:mainindication:",
                   words[result],
                   "</MainIndication></ValidationStatus>\n</ValidationConstraint>\n");
}

static void constraints(struct etsi *e, const struct sp_signature *s)
{
    struct xmlout *x = &e->x;
    xmlout_element(x,
                   "<ValidationConstraintsEvaluationReport>\n<SignatureValidationPolicy>"
                   "<SignaturePolicyIdentifier><xades:SignaturePolicyImplied/>"
                   "</SignaturePolicyIdentifier><PolicyName>",
                   e->r->profile, "</PolicyName></SignatureValidationPolicy>\n");
    if (s) {
        check(e, "integrity", s->intact);
        for (const struct sp_finding *f = s->findings.first; f; f = f->next) {
            constraint(e, f, s->id);
        }
    }
    for (const struct sp_finding *f = e->d->findings.first; f; f = f->next) {
        constraint(e, f, NULL);
    }
    xmlout_raw(x, "</ValidationConstraintsEvaluationReport>\n");
}

/* ---- times (4.3.6) ---- */

static void proof_object(struct etsi *e, const struct sp_signature *s)
{
    for (size_t i = 0; i < s->timestamp_count; i++) {
        const struct sp_timestamp *t = &s->timestamps[i];
        if (t->time == s->best_time && t->indication == SP_TOTAL_PASSED &&
            xmlout_has_sha256(t->sha256)) {
            xmlout_raw(&e->x, "<POEObject");
            etsi_refer(e, ETSI_TIMESTAMP, t->sha256);
            xmlout_raw(&e->x, "/>");
            return;
        }
    }
    for (size_t i = 0; i < e->r->signature_count; i++) {
        const struct sp_signature *d = e->r->signatures[i];
        if (e->documents[i] == e->d && d->kind == SP_KIND_DOCTIMESTAMP && d != s &&
            d->claimed_time == s->best_time) {
            xmlout_raw(&e->x, "<POEObject");
            etsi_refer_signature(e, i);
            xmlout_raw(&e->x, "/>");
            return;
        }
    }
}

static void times(struct etsi *e, const struct sp_signature *s)
{
    struct xmlout *x = &e->x;
    bool known = s && xmlout_has_time(s->best_time);
    if (!xmlout_has_time(e->r->validated_at)) {
        return;
    }
    xmlout_raw(x, "<ValidationTimeInfo><ValidationTime>");
    xmlout_time(x, e->r->validated_at);
    xmlout_raw(x, "</ValidationTime><BestSignatureTime><POETime>");
    xmlout_time(x, known ? s->best_time : e->r->validated_at);
    bool received = known && s->best_time_basis == SP_BASIS_RECEIPT;
    xmlout_element(x, "</POETime><TypeOfProof>urn:etsi:019102:poetype:",
                   received ? "provided" : "validation", "</TypeOfProof>");
    if (known && s->best_time_basis == SP_BASIS_TIMESTAMP) {
        proof_object(e, s);
    }
    xmlout_raw(x, "</BestSignatureTime></ValidationTimeInfo>\n");
}

/* ---- what was signed, by whom, how (4.3.7 to 4.3.11) ---- */

static void signed_document(struct etsi *e)
{
    if (xmlout_has_sha256(e->d->sha256)) {
        xmlout_raw(&e->x, "<SignersDocument><DigestAlgAndValue>");
        etsi_digest(e, e->d->sha256);
        xmlout_raw(&e->x, "</DigestAlgAndValue></SignersDocument>\n");
    }
}

#define STAMP(x, name)                                                                             \
    do {                                                                                           \
        xmlout_raw(x, "<" name ">");                                                               \
        if (xmlout_has_sha256(t->sha256)) {                                                        \
            xmlout_raw(x, "<AttributeObject");                                                     \
            etsi_refer(e, ETSI_TIMESTAMP, t->sha256);                                              \
            xmlout_raw(x, "/>");                                                                   \
        }                                                                                          \
        xmlout_raw(x, "<TimeStampValue>");                                                         \
        xmlout_time(x, t->time);                                                                   \
        xmlout_raw(x, "</TimeStampValue></" name ">\n");                                           \
    } while (0)

static void stamp(struct etsi *e, const struct sp_timestamp *t)
{
    struct xmlout *x = &e->x;
    if (!xmlout_has_time(t->time)) {
        return;
    }
    if (strcmp(t->kind, "content") == 0) {
        STAMP(x, "AllDataObjectsTimeStamp");
    } else if (strcmp(t->kind, "archive") == 0) {
        STAMP(x, "ArchiveTimeStamp");
    } else if (strcmp(t->kind, "document") == 0) {
        STAMP(x, "DocTimeStamp");
    } else {
        STAMP(x, "SignatureTimeStamp");
    }
}

static bool is_time_stamp(const struct sp_signature *s)
{
    return s->kind == SP_KIND_DOCTIMESTAMP || s->kind == SP_KIND_TST || s->kind == SP_KIND_ERS;
}

/* The claimed time is of the signer's making: it is an attribute, and proves nothing (4.3.6). */
static void attributes(struct etsi *e, const struct sp_signature *s)
{
    bool claimed = xmlout_has_time(s->claimed_time), any = claimed;
    for (size_t i = 0; i < s->timestamp_count; i++) {
        any = any || xmlout_has_time(s->timestamps[i].time);
    }
    if (!any) {
        return;
    }
    xmlout_raw(&e->x, "<SignatureAttributes>\n");
    if (claimed && !is_time_stamp(s)) {
        xmlout_raw(&e->x, "<SigningTime Signed=\"true\"><Time>");
        xmlout_time(&e->x, s->claimed_time);
        xmlout_raw(&e->x, "</Time></SigningTime>\n");
    } else if (claimed) {
        xmlout_raw(&e->x, "<DocTimeStamp><TimeStampValue>");
        xmlout_time(&e->x, s->claimed_time);
        xmlout_raw(&e->x, "</TimeStampValue></DocTimeStamp>\n");
    }
    for (size_t i = 0; i < s->timestamp_count; i++) {
        stamp(e, &s->timestamps[i]);
    }
    xmlout_raw(&e->x, "</SignatureAttributes>\n");
}

static void signer(struct etsi *e, const struct sp_signature *s)
{
    if (s->signer && xmlout_has_sha256(s->signer->sha256)) {
        xmlout_raw(&e->x, "<SignerInformation><SignerCertificate");
        etsi_refer(e, ETSI_CERTIFICATE, s->signer->sha256);
        xmlout_element(&e->x, "/><Signer>", s->signer->subject, "</Signer></SignerInformation>\n");
    }
}

static void quality(struct etsi *e, const struct sp_signature *s)
{
    const char *level = sp_baseline_name(s->baseline);
    if (level) {
        xmlout_element(&e->x,
                       "<SignatureQuality><SignatureQualityInformation>"
                       "http://uri.etsi.org/ades/191x2/level/baseline/",
                       level, "#</SignatureQualityInformation></SignatureQuality>\n");
    }
}

static void process(struct etsi *e, const struct sp_signature *s)
{
    xmlout_element(&e->x,
                   "<SignatureValidationProcess><SignatureValidationProcessID>"
                   "urn:etsi:019102:validationprocess:",
                   s->baseline == SP_BASELINE_LTA ? "LTA" : "LTVM",
                   "</SignatureValidationProcessID></SignatureValidationProcess>\n");
}

/* ---- the status and what it rests on (4.3.4, 4.3.12) ---- */

static bool chain_known(const struct sp_signature *s)
{
    for (size_t i = 0; i < s->chain_count; i++) {
        if (!xmlout_has_sha256(s->chain[i].sha256)) {
            return false;
        }
    }
    return s->chain_count > 0;
}

static void chain(struct etsi *e, const struct sp_signature *s)
{
    struct xmlout *x = &e->x;
    size_t last = s->chain_count - 1;
    xmlout_raw(x, "<TrustAnchor");
    etsi_refer(e, ETSI_CERTIFICATE, s->chain[last].sha256);
    xmlout_raw(x, "/>\n<CertificateChain>\n<SigningCertificate");
    etsi_refer(e, ETSI_CERTIFICATE, s->chain[0].sha256);
    xmlout_raw(x, "/>\n");
    for (size_t i = 1; i < last; i++) {
        xmlout_raw(x, "<IntermediateCertificate");
        etsi_refer(e, ETSI_CERTIFICATE, s->chain[i].sha256);
        xmlout_raw(x, "/>\n");
    }
    if (last > 0) {
        xmlout_raw(x, "<TrustAnchor");
        etsi_refer(e, ETSI_CERTIFICATE, s->chain[last].sha256);
        xmlout_raw(x, "/>\n");
    }
    xmlout_raw(x, "</CertificateChain>\n");
}

static void revocation_objects(struct etsi *e, const struct sp_signature *s)
{
    for (size_t i = 0; i < s->revocation_count; i++) {
        const struct sp_revocation *r = &s->revocation[i];
        if (xmlout_has_sha256(r->sha256)) {
            xmlout_raw(&e->x, "<RelatedValidationObject");
            etsi_refer(e, etsi_revocation_type(r), r->sha256);
            xmlout_raw(&e->x, "/>\n");
        }
    }
}

/* The certificate of the chain a row is about: rows are named by subject. */
static const struct sp_certificate *asked(const struct sp_signature *s,
                                          const struct sp_revocation *r)
{
    for (size_t i = 0; i < s->chain_count; i++) {
        const struct sp_certificate *c = &s->chain[i];
        if (c->subject && r->certificate && strcmp(c->subject, r->certificate) == 0) {
            return c;
        }
    }
    return NULL;
}

/* The schema has room for one: the first, which is the nearest to the signer. */
static void revoked(struct etsi *e, const struct sp_signature *s)
{
    for (size_t i = 0; i < s->revocation_count; i++) {
        const struct sp_revocation *r = &s->revocation[i];
        const struct sp_certificate *c = asked(s, r);
        if (!c || !xmlout_has_time(r->revoked_at) || !xmlout_has_sha256(c->sha256)) {
            continue;
        }
        xmlout_raw(&e->x, "<RevocationStatusInformation><ValidationObjectId");
        etsi_refer(e, ETSI_CERTIFICATE, c->sha256);
        xmlout_raw(&e->x, "/><RevocationTime>");
        xmlout_time(&e->x, r->revoked_at);
        xmlout_raw(&e->x, "</RevocationTime>");
        if (xmlout_has_sha256(r->sha256)) {
            xmlout_raw(&e->x, "<RevocationObject");
            etsi_refer(e, etsi_revocation_type(r), r->sha256);
            xmlout_raw(&e->x, "/>");
        }
        xmlout_raw(&e->x, "</RevocationStatusInformation>\n");
        return;
    }
}

static bool secure(const struct sp_signature *s)
{
    for (const struct sp_finding *f = s->findings.first; f; f = f->next) {
        const char *sub = sp_reason_row(f->reason)->subindication;
        if (f->level >= SP_LEVEL_REVIEW && sub && strncmp(sub, "CRYPTO_CONSTRAINTS", 18) == 0) {
            return false;
        }
    }
    return true;
}

static void crypto(struct etsi *e, const struct sp_signature *s, size_t index)
{
    if (s->algorithm) {
        xmlout_raw(&e->x, "<CryptoInformation><ValidationObjectId");
        etsi_refer_signature(e, index);
        xmlout_raw(&e->x, "/><Algorithm>");
        algorithm_uri(e, s);
        xmlout_element(&e->x, "</Algorithm><SecureAlgorithm>", secure(s) ? "true" : "false",
                       "</SecureAlgorithm></CryptoInformation>\n");
    }
}

static void status(struct etsi *e, enum sp_indication indication, const char *sub)
{
    xmlout_element(&e->x,
                   "<SignatureValidationStatus>\n"
                   "<MainIndication>urn:etsi:019102:mainindication:",
                   main_word(indication), "</MainIndication>\n");
    etsi_subindication(e, sub);
}

static void signature_status(struct etsi *e, const struct sp_signature *s, size_t index)
{
    status(e, s->indication, s->subindication);
    xmlout_raw(&e->x, "<AssociatedValidationReportData>\n");
    if (chain_known(s)) {
        chain(e, s);
    }
    revocation_objects(e, s);
    revoked(e, s);
    crypto(e, s, index);
    xmlout_raw(&e->x, "</AssociatedValidationReportData>\n</SignatureValidationStatus>\n");
}

/* ---- what the standard has no place for ---- */

static void other(struct etsi *e, const struct sp_signature *s)
{
    struct xmlout *x = &e->x;
    xmlout_element(x, "<OtherInformation>\n<sp:Document><sp:Name>", e->d->name, "</sp:Name>");
    xmlout_raw(x, "<sp:Size>");
    xmlout_number(x, e->d->size);
    xmlout_element(x, "</sp:Size><sp:Format>", e->d->format, "</sp:Format>");
    xmlout_element(x, "<sp:Verdict>", sp_verdict_name(e->d->verdict),
                   "</sp:Verdict></sp:Document>\n");
    if (s) {
        xmlout_element(x, "<sp:Kind>", sp_kind_name(s->kind), "</sp:Kind>\n");
        xmlout_element(x, "<sp:Coverage wholeDocument=\"",
                       s->covers_whole_document ? "true" : "false", "\">");
        xmlout_element(x, "", s->coverage, "</sp:Coverage>\n");
    }
    if (s && s->has_modification) {
        xmlout_element(x, "<sp:Modification allowed=\"", s->modification_allowed ? "true" : "false",
                       "\">");
        xmlout_element(x, "", sp_modification_name(s->modification), "</sp:Modification>\n");
    }
    xmlout_raw(x, "</OtherInformation>\n");
}

/* ---- one signature, none, all ---- */

static void identifier(struct etsi *e, const struct sp_signature *s, size_t index)
{
    struct xmlout *x = &e->x;
    xmlout_raw(x, "<SignatureIdentifier id=\"S");
    xmlout_number(x, index);
    xmlout_raw(x, "\"><HashOnly>false</HashOnly><DocHashOnly>false</DocHashOnly>");
    xmlout_element(x, "<DAIdentifier>", s->id, "</DAIdentifier></SignatureIdentifier>\n");
}

static void one(struct etsi *e, size_t index)
{
    const struct sp_signature *s = e->r->signatures[index];
    xmlout_raw(&e->x, "<SignatureValidationReport>\n");
    identifier(e, s, index);
    constraints(e, s);
    times(e, s);
    signed_document(e);
    attributes(e, s);
    signer(e, s);
    quality(e, s);
    process(e, s);
    signature_status(e, s, index);
    other(e, s);
    xmlout_raw(&e->x, "</SignatureValidationReport>\n");
}

/* No signature: TOTAL-FAILED when the document itself is the reason, else nothing is known. */
static void none(struct etsi *e)
{
    enum sp_effect worst = SP_EFFECT_NONE;
    enum sp_reason first = SP_REASON_COUNT;
    for (const struct sp_finding *f = e->d->findings.first; f; f = f->next) {
        enum sp_effect effect =
            f->level >= SP_LEVEL_REVIEW ? sp_reason_row(f->reason)->effect : SP_EFFECT_NONE;
        if (effect > worst || (effect == worst && effect != SP_EFFECT_NONE && f->reason < first)) {
            worst = effect;
            first = f->reason;
        }
    }
    xmlout_raw(&e->x, "<SignatureValidationReport>\n");
    constraints(e, NULL);
    times(e, NULL);
    signed_document(e);
    status(e, worst == SP_EFFECT_FAILED ? SP_TOTAL_FAILED : SP_INDETERMINATE,
           worst == SP_EFFECT_NONE ? "GENERIC" : sp_reason_row(first)->subindication);
    xmlout_raw(&e->x, "</SignatureValidationStatus>\n");
    other(e, NULL);
    xmlout_raw(&e->x, "</SignatureValidationReport>\n");
}

static void validator(struct etsi *e)
{
    struct xmlout *x = &e->x;
    xmlout_element(x,
                   "<SignatureValidator><DigitalId><tsl:Other><sp:Engine><sp:Name>Satyapan"
                   "</sp:Name><sp:Version>",
                   e->r->engine_version, "</sp:Version>");
    xmlout_element(x, "<sp:Library>", e->r->openssl_version,
                   "</sp:Library></sp:Engine></tsl:Other></DigitalId></SignatureValidator>\n");
}

/* ---- containers: one report for each signature of a file, and for each file without ---- */

static size_t count_rows(const struct sp_report *r, bool signatures)
{
    size_t n = signatures ? r->signature_count : 0;
    for (size_t i = 0; i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        n += m->report ? count_rows(m->report, signatures) : 0;
        n += !signatures && (m->state == SP_MEMBER_UNSIGNED || m->state == SP_MEMBER_UNREAD);
    }
    return n;
}

static void flatten(const struct sp_report *r, struct sp_report *all,
                    const struct sp_report **documents)
{
    for (size_t i = 0; i < r->signature_count; i++) {
        documents[all->signature_count] = r;
        all->signatures[all->signature_count++] = r->signatures[i];
    }
    for (size_t i = 0; i < r->member_count; i++) {
        if (r->members[i].report) {
            flatten(r->members[i].report, all, documents);
        }
    }
}

/* Files that carry no signature and that nothing covers. */
static void unsigned_files(struct etsi *e, const struct sp_report *r)
{
    for (size_t i = 0; i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        if (m->state == SP_MEMBER_UNSIGNED || m->state == SP_MEMBER_UNREAD) {
            const struct sp_report file = {.name = m->name,
                                           .size = m->size,
                                           .sha256 = m->sha256,
                                           .format = m->format ? m->format : "unknown",
                                           .verdict = m->verdict,
                                           .findings = m->findings};
            e->d = &file;
            none(e);
            e->d = e->r;
        } else if (m->report) {
            unsigned_files(e, m->report);
        }
    }
}

static int collect(struct etsi *e, const struct sp_report *r, struct sp_report *all)
{
    size_t n = count_rows(r, true);
    *all = *r;
    all->signature_count = 0;
    all->signatures = arena_array(e->a, n, sizeof(struct sp_signature *));
    e->documents = arena_array(e->a, n, sizeof(struct sp_report *));
    if (!all->signatures || !e->documents) {
        return -1;
    }
    flatten(r, all, e->documents);
    return etsi_collect(e);
}

int report_etsi(const struct sp_report *r, struct buffer *out)
{
    struct sp_report all;
    struct etsi e = {.x = {out}, .r = &all, .d = r, .a = arena_new(ARENA_MAX)};
    if (!e.a || collect(&e, r, &all)) {
        arena_free(e.a);
        return -1;
    }
    xmlout_raw(&e.x, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<ValidationReport xmlns=\"http://uri.etsi.org/19102/v1.4.1#\""
                     " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
                     " xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\""
                     " xmlns:tsl=\"http://uri.etsi.org/02231/v2#\""
                     " xmlns:sp=\"urn:satyapan:report:1\">\n");
    for (size_t i = 0; i < all.signature_count; i++) {
        e.d = e.documents[i];
        one(&e, i);
    }
    e.d = r;
    unsigned_files(&e, r);
    if (all.signature_count + count_rows(r, false) == 0) {
        none(&e);
    }
    etsi_objects(&e);
    validator(&e);
    xmlout_raw(&e.x, "</ValidationReport>\n");
    arena_free(e.a);
    return buffer_ok(out) ? 0 : -1;
}
