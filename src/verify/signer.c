/*
 * signer - one signature from its digest to its policy rows (EN 319 102-1 5.2, 5.3, 5.5).
 *
 * Integrity, certificate, time basis, path and revocation at that time, policy. All findings are
 * collected; none stops the others.
 */
#include "verify/job.h"

#include "asn1/der.h"
#include "base/hash.h"
#include "base/utc.h"
#include "policy/facts.h"

enum { MAX_STAMPS = 64 };

struct work {
    struct job *job;
    struct unit *u;
    struct cms_signer_result result;
    int64_t proven_at; /* earliest proof, UTC_NONE: none */
    enum sp_time_basis basis;
    int64_t content_stamp, signature_stamp; /* times of good ones, UTC_NONE: none */
    struct chain_answer chain;
};

static const char *where(const struct work *w)
{
    return w->u->sig->id;
}

static void add(struct work *w, enum sp_reason reason, const char *a0, const char *a1)
{
    finding_add(w->job->arena, &w->u->sig->findings, reason, where(w), a0, a1, NULL);
}

/* The signer's certificate: by the ESS hash when there is one (it cannot be exchanged), else by the
 * signer identifier. */
static struct cert *find_cert(struct work *w)
{
    const struct cms_signer *s = w->u->signer;
    struct span hash = cms_signer_ess_sha256(s);
    struct cert *c = hash.p ? pool_by_sha256(w->job->pool, hash.p) : NULL;
    bool fits = c && (s->ski.p ? c->ski.p && span_eq(c->ski, s->ski)
                               : span_eq(c->issuer, s->issuer) && span_eq(c->serial, s->serial));
    if (fits) {
        return c;
    }
    return s->ski.p ? pool_by_ski(w->job->pool, s->ski)
                    : pool_by_issuer_serial(w->job->pool, s->issuer, s->serial);
}

/* adbe.pkcs7.sha1: the content is the SHA-1 of the ranges; the signer signs that content. */
static int sha1_content(struct work *w, struct cms_signer_check *check)
{
    struct unit *u = w->u;
    uint8_t *digest = arena_alloc(w->job->arena, DIGEST_MAX);
    if (!digest) {
        return -1;
    }
    if (!u->cms->econtent.p || !u->digest.p || !span_eq(u->cms->econtent, u->digest)) {
        add(w, SP_CMS_DIGEST_MISMATCH, "sha1", NULL);
    }
    u->sig->digest = "sha1";
    if (u->cms->econtent.p && algorithm_md(u->signer->digest)) {
        if (algorithm_digest(u->signer->digest, u->cms->econtent, digest)) {
            return -1;
        }
        check->content_digest = span_make(digest, algorithm_digest_size(u->signer->digest));
        check->content = u->cms->econtent;
    }
    return 0;
}

/* A time-stamp as a document's own signature: imprint over the octets, value over the TSTInfo. */
static int token_content(struct work *w, struct cms_signer_check *check)
{
    struct unit *u = w->u;
    uint8_t *digest = arena_alloc(w->job->arena, DIGEST_MAX);
    if (!digest) {
        return -1;
    }
    if (!u->content_known) {
        add(w, SP_CMS_CONTENT_MISSING, oid_name(u->token->digest),
            hash_hex_str(w->job->arena, u->token->imprint, false));
    } else if (!u->digest.p || !span_eq(u->token->imprint, u->digest)) {
        add(w, SP_TIMESTAMP_IMPRINT, NULL, NULL);
    }
    if (u->token->time > w->job->clock->now + STAMP_TOLERANCE) {
        add(w, SP_TIMESTAMP_ORDER, "it is dated after the moment of validation", NULL);
    }
    check->content = u->cms->econtent;
    if (algorithm_md(u->signer->digest)) {
        if (algorithm_digest(u->signer->digest, u->cms->econtent, digest)) {
            return -1;
        }
        check->content_digest = span_make(digest, algorithm_digest_size(u->signer->digest));
    }
    return 0;
}

static int check_cms(struct work *w)
{
    struct unit *u = w->u;
    struct cms_signer_check check = {
        .signer = u->signer,
        .cert = u->cert,
        .content_digest = u->digest,
        .content = u->content,
        .content_type = u->cms->econtent_type,
        .content_type_oid = u->cms->econtent_type_oid,
        .counter = u->counter,
        .cades_required = u->from && u->from->cades_required,
        .where = where(w),
    };
    int rc = u->is_timestamp                                  ? token_content(w, &check)
             : u->from && u->from->blob_kind == BLOB_CMS_SHA1 ? sha1_content(w, &check)
                                                              : 0;
    if (rc || cms_signer_check(w->job->arena, &check, &u->sig->findings, &w->result)) {
        return -1;
    }
    u->sig->intact = w->result.intact;
    if (finding_has(&u->sig->findings, SP_TIMESTAMP_IMPRINT) ||
        finding_has(&u->sig->findings, SP_CMS_DIGEST_MISMATCH)) {
        u->sig->intact = SP_NO;
    } else if (finding_has(&u->sig->findings, SP_CMS_CONTENT_MISSING)) {
        u->sig->intact = u->sig->intact == SP_NO ? SP_NO : SP_UNKNOWN;
    }
    u->sig->digest = u->sig->digest ? u->sig->digest : w->result.digest_name;
    u->sig->algorithm = w->result.algorithm_name;
    if (w->result.claimed_time != UTC_NONE) {
        u->sig->claimed_time = w->result.claimed_time;
    }
    return 0;
}

/* adbe.x509.rsa_sha1 (ISO 32000-1 12.8.3.2): an OCTET STRING with a PKCS#1 value over the
 * ranges. */
static int check_raw_rsa(struct work *w)
{
    struct unit *u = w->u;
    struct der value;
    struct signature_alg alg = {SIG_RSA_PKCS1, OID_SHA1, OID_UNKNOWN, 0};
    struct cert *cert = NULL;
    const char *why = NULL;
    bool good = false;
    u->sig->digest = "sha1";
    u->sig->algorithm = "rsa-pkcs1";
    if (!u->from->cert.p) {
        add(w, SP_CMS_SIGNER_CERT_MISSING, "/Cert", NULL);
        return 0;
    }
    if (cert_parse(w->job->arena, u->from->cert, "document", &cert, &why)) {
        return -1;
    }
    EVP_PKEY *key = cert ? cert_key(cert) : NULL;
    if (!key) {
        add(w, SP_CMS_SIGNER_CERT_UNUSABLE, why ? why : "its public key cannot be read", NULL);
        return 0;
    }
    u->cert = pool_by_sha256(w->job->pool, cert->sha256);
    u->cert = u->cert ? u->cert : cert;
    if (der_only(u->from->blob, DER_OCTET_STRING, &value) && u->digest.p) {
        algorithm_verify_digest(key, &alg, u->digest, value.body, &good);
    }
    u->sig->intact = good ? SP_YES : SP_NO;
    if (!good) {
        add(w, SP_CMS_SIGNATURE_INVALID, NULL, NULL);
    }
    return 0;
}

static void earlier(struct work *w, int64_t t, enum sp_time_basis basis)
{
    if (t != UTC_NONE && (w->proven_at == UTC_NONE || t < w->proven_at)) {
        w->proven_at = t;
        w->basis = basis;
    }
}

/* One finding per time-stamp says what it is worth. */
static void report_stamp(struct work *w, const struct stamp_answer *s)
{
    char text[FINDING_TIME];
    const char *who = s->view.authority ? s->view.authority : "?";
    if (s->trusted) {
        add(w, SP_TIMESTAMP_GOOD, who, finding_time(s->view.time, text));
    } else {
        add(w, s->genuine ? SP_TIMESTAMP_UNTRUSTED : SP_TIMESTAMP_BROKEN, s->genuine ? who : s->why,
            s->why);
    }
}

static int add_view(struct work *w, const struct sp_timestamp *view)
{
    struct sp_signature *sig = w->u->sig;
    size_t capacity = sig->timestamp_count;
    struct sp_timestamp *list = arena_array(w->job->arena, capacity + 1, sizeof *list);
    if (!list) {
        return -1;
    }
    for (size_t i = 0; i < sig->timestamp_count; i++) {
        list[i] = sig->timestamps[i];
    }
    list[sig->timestamp_count++] = *view;
    sig->timestamps = list;
    return 0;
}

static int one_stamp(struct work *w, struct span token, struct span message, const char *kind,
                     int64_t *best)
{
    struct stamp_answer answer;
    char *at =
        arena_printf(w->job->arena, "%s.timestamp[%zu]", where(w), w->u->sig->timestamp_count);
    struct stamp_question q = {token, message, kind, w->u->proven_at, at};
    if (!at || verify_stamp(w->job, &q, &answer) || add_view(w, &answer.view)) {
        return -1;
    }
    report_stamp(w, &answer);
    if (answer.trusted && (*best == UTC_NONE || answer.view.time < *best)) {
        *best = answer.view.time;
    }
    return 0;
}

/* All tokens of one attribute type over the same message. */
static int stamps_of(struct work *w, const struct cms_attrs *attrs, enum oid id,
                     struct span message, const char *kind, int64_t *best)
{
    for (size_t i = 0; i < attrs->count; i++) {
        struct span values = attrs->items[i].values;
        struct der d;
        while (attrs->items[i].id == id && der_expect(&values, DER_SEQUENCE, &d)) {
            if (w->u->sig->timestamp_count >= MAX_STAMPS) {
                return 0;
            }
            if (one_stamp(w, d.whole, message, kind, best)) {
                return -1;
            }
        }
    }
    return 0;
}

/* Signature time-stamps are over the signature value (EN 319 122-1 5.3), content time-stamps over
 * the content (5.2.8); only the former and later ones prove that the signature existed. */
static int check_stamps(struct work *w)
{
    const struct cms_signer *s = w->u->signer;
    if (!s || w->u->is_timestamp) {
        return 0;
    }
    if (stamps_of(w, &s->unsigned_attrs, OID_ATTR_SIGNATURE_TIMESTAMP, s->signature, "signature",
                  &w->signature_stamp)) {
        return -1;
    }
    if (w->u->content.p && stamps_of(w, &s->signed_attrs, OID_ATTR_CONTENT_TIMESTAMP, w->u->content,
                                     "content", &w->content_stamp)) {
        return -1;
    }
    if (w->signature_stamp != UTC_NONE && w->content_stamp != UTC_NONE &&
        w->content_stamp > w->signature_stamp) {
        add(w, SP_TIMESTAMP_ORDER, "the content time-stamp is later than the signature time-stamp",
            NULL);
    }
    return 0;
}

/* T = earliest trusted time-stamp or other proof of existence, else now; the claimed time proves
 * nothing (EN 319 102-1 5.5.4). */
static void decide_time(struct work *w)
{
    const struct job *job = w->job;
    char text[FINDING_TIME];
    if (w->u->proven_at != UTC_NONE && !w->u->is_timestamp) {
        add(w, SP_TIMESTAMP_GOOD, w->u->proven_by ? w->u->proven_by : "?",
            finding_time(w->u->proven_at, text));
    }
    earlier(w, w->signature_stamp, SP_BASIS_TIMESTAMP);
    earlier(w, w->u->proven_at, SP_BASIS_TIMESTAMP);
    if (job->policy->receipt_is_proof && job->clock->received != SP_NO_TIME) {
        earlier(w, job->clock->received, SP_BASIS_RECEIPT);
    }
    bool proven = w->proven_at != UTC_NONE;
    w->u->sig->best_time = proven ? w->proven_at : job->clock->now;
    w->u->sig->best_time_basis = proven ? w->basis : SP_BASIS_NOW;
}

static int describe_path(struct work *w)
{
    struct sp_signature *sig = w->u->sig;
    struct arena *a = w->job->arena;
    sig->signer = arena_alloc(a, sizeof *sig->signer);
    if (!sig->signer || cert_describe(a, w->u->cert, sig->signer)) {
        return -1;
    }
    sig->key_bits = cert_key_bits(w->u->cert);
    sig->chain = arena_array(a, w->chain.path_count, sizeof *sig->chain);
    if (!sig->chain) {
        return -1;
    }
    for (size_t i = 0; i < w->chain.path_count; i++) {
        if (cert_describe(a, w->chain.path[i], &sig->chain[i])) {
            return -1;
        }
    }
    sig->chain_count = w->chain.path_count;
    sig->revocation = w->chain.revocation;
    sig->revocation_count = w->chain.revocation_count;
    return 0;
}

static int check_chain(struct work *w)
{
    struct sp_signature *sig = w->u->sig;
    struct chain_question q = {
        .leaf = w->u->cert,
        .purpose = w->u->is_timestamp ? CHAIN_TIMESTAMP : CHAIN_SIGN,
        .time = sig->best_time,
        .time_proven = w->proven_at != UTC_NONE,
        .now = w->job->clock->now,
        .policy = w->job->policy,
        .where = sig->id,
    };
    if (chain_judge(w->job->arena, w->job->pool, &q, &sig->findings, &w->chain)) {
        return -1;
    }
    return describe_path(w);
}

static void apply_policy(struct work *w)
{
    const struct sp_signature *sig = w->u->sig;
    bool sha1_blob = w->u->from && (w->u->from->blob_kind == BLOB_CMS_SHA1 ||
                                    w->u->from->blob_kind == BLOB_RSA_SHA1);
    struct policy_facts facts = {
        .arena = w->job->arena,
        .findings = &w->u->sig->findings,
        .where = sig->id,
        .policy = w->job->policy,
        .document_kind = w->job->document->kind,
        .applicant = w->u->counter ? NULL : w->job->document->applicant,
        .signer = w->u->cert,
        .path = w->chain.path,
        .path_count = w->chain.path_count,
        .is_timestamp = w->u->is_timestamp,
        .digest = sha1_blob      ? OID_SHA1
                  : w->u->signer ? w->u->signer->digest
                                 : OID_UNKNOWN,
        .digest_name = sig->digest,
        .judged_at = sig->best_time,
        .now = w->job->clock->now,
        .claimed_time = sig->claimed_time,
        .time_proven = w->proven_at != UTC_NONE,
    };
    policy_apply(&facts);
}

/* B-B: signed attributes bind the certificate; B-T: a trusted time-stamp; LT/LTA: revocation data
 * travels with the document, and an archive or document time-stamp is over it. */
static enum sp_baseline baseline(const struct work *w)
{
    const struct cms_signer *s = w->u->signer;
    size_t values = 0, archive = 0;
    if (!s || !w->result.cades || w->u->counter || w->u->is_timestamp) {
        return SP_BASELINE_NONE;
    }
    if (w->signature_stamp == UTC_NONE && w->u->proven_at == UTC_NONE) {
        return SP_BASELINE_B;
    }
    (void)cms_attr(&s->unsigned_attrs, OID_ATTR_REVOCATION_VALUES, &values);
    (void)cms_attr(&s->unsigned_attrs, OID_ATTR_ARCHIVE_TIMESTAMP_V3, &archive);
    bool embedded = values || w->job->extraction.evidence_count || w->u->cms->crl_count ||
                    w->u->cms->ocsp_count;
    bool archived = archive || (w->u->proven_at != UTC_NONE && w->job->extraction.evidence_count);
    return !embedded ? SP_BASELINE_T : archived ? SP_BASELINE_LTA : SP_BASELINE_LT;
}

/* The octets are there but were not hashed, because the limit of digests.c was reached: a failure
 * of ours, which must not read as a wrong digest. */
static bool not_hashed(const struct unit *u)
{
    return verify_ranges_digest(u) != OID_UNKNOWN && !u->digest.p;
}

int verify_signer(struct job *job, struct unit *unit)
{
    struct work w = {.job = job,
                     .u = unit,
                     .proven_at = UTC_NONE,
                     .content_stamp = UTC_NONE,
                     .signature_stamp = UTC_NONE};
    bool raw = unit->from && unit->from->blob_kind == BLOB_RSA_SHA1 && unit->from->blob.p &&
               !unit->from->broken;
    if (!raw && !unit->signer) {
        bool ours = finding_has(&unit->sig->findings, SP_ENGINE_LIMIT);
        unit->sig->intact = ours ? SP_UNKNOWN : SP_NO;
        decide_time(&w);
        return 0;
    }
    if (not_hashed(unit)) {
        finding_add(job->arena, &unit->sig->findings, SP_ENGINE_LIMIT, unit->sig->id,
                    "hashing work", NULL);
        decide_time(&w);
        return 0;
    }
    unit->cert = raw ? NULL : find_cert(&w);
    if ((raw ? check_raw_rsa(&w) : check_cms(&w)) || check_stamps(&w)) {
        return -1;
    }
    decide_time(&w);
    if (unit->cert && check_chain(&w)) {
        return -1;
    }
    apply_policy(&w);
    unit->sig->baseline = baseline(&w);
    return 0;
}
