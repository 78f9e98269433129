/*
 * gather_ocsp - statements from OCSP answers: who signed, and for which certificate.
 *
 * RFC 6960 4.2.2.2: the CA itself, or a responder certificate issued directly by that CA with
 * id-kp-OCSPSigning, which carries ocspNoCheck or is itself checked by a CRL.
 */
#include "asn1/name.h"
#include "asn1/strength.h"
#include "chain/listed.h"
#include "revocation/gather.h"

static int view_of(struct revocation_context *c, struct pool_blob *b, struct sp_findings *findings,
                   struct ocsp **out)
{
    if (!b->tried) {
        const char *why;
        struct ocsp *o;
        if (ocsp_parse(c->a, b->der, &o, &why) < 0) {
            return -1;
        }
        if (!o) {
            finding_add(c->a, findings, SP_CHAIN_UNREADABLE, b->source, why, NULL);
        }
        for (size_t i = 0; o && i < o->cert_count; i++) {
            if (pool_add(c->pool, SP_EVIDENCE_CERT, o->certs[i], b->source) < 0) {
                return -1;
            }
        }
        b->view = o;
        b->tried = true;
    }
    *out = b->view;
    return 0;
}

static int signed_by(struct revocation_context *c, const struct ocsp *o, struct cert *signer,
                     bool *out)
{
    enum sig_result result = SIG_UNSUPPORTED;
    (*c->checks)++;
    if (signature_check(signer, o->signature_alg, o->tbs, o->signature, &result) < 0) {
        return -1;
    }
    *out = result == SIG_GOOD;
    return 0;
}

/* The responder's certificate must not be revoked itself; only CRLs are asked, so that no OCSP
 * answer vouches for its own signer. With ocspNoCheck no list is needed, but one at hand that has
 * it counts all the same (RFC 6960 4.2.2.2.1 lets us trust, it does not make us forget). */
static int not_revoked(struct revocation_context *c, size_t i, struct pool_cert *responder,
                       int64_t produced_at, int64_t *until, bool *out)
{
    struct sp_policy policy = *c->policy;
    struct sp_findings unseen;
    enum revocation_outcome outcome;
    struct revocation_context inner = *c;
    size_t n = c->n - i;
    struct pool_cert **path = arena_array(c->a, n, sizeof(struct pool_cert *));
    if (!path) {
        return -1;
    }
    memcpy(path, c->path + i, n * sizeof(struct pool_cert *));
    path[0] = responder;
    findings_init(&unseen);
    policy.grace_seconds = 0;
    inner.policy = &policy;
    inner.path = path;
    inner.n = n;
    inner.time = produced_at;
    inner.time_proven = true;
    inner.depth = c->depth + 1;
    if (revocation_judge(&inner, 0, &unseen, NULL, &outcome) < 0) {
        return -1;
    }
    bool no_check = cert_ext(responder->cert, OID_EXT_OCSP_NOCHECK) != NULL;
    *out = no_check ? outcome != REVOCATION_REVOKED : outcome == REVOCATION_GOOD;
    /* producedAt is what the responder says: a revocation since then counts where nothing proves
     * that the answer is older. */
    *out = *out && (revocation_past(c) || inner.bad_from > c->time);
    int64_t limit = no_check ? inner.bad_from : inner.control;
    *until = limit < *until ? limit : *until;
    return 0;
}

/* Who signed an answer: since when it is proven, until when the signer was good. */
struct responder {
    struct cert *cert;
    int64_t proven, until;
    bool over;
};

static int delegated(struct revocation_context *c, size_t i, const struct ocsp *o,
                     struct pool_cert *r, struct responder *who, bool *out)
{
    enum sig_result issued;
    const struct cert *cert = r->cert;
    bool fits = ocsp_responder_is(o, cert) && cert_has_eku(cert, OID_EKU_OCSP_SIGNING) &&
                (!cert->has_key_usage || (cert->key_usage & USAGE_DIGITAL_SIGNATURE)) &&
                !cert->ext_error && !cert_unknown_critical(cert) &&
                o->produced_at >= cert->not_before && o->produced_at <= cert->not_after &&
                span_eq(r->issuer, c->path[i + 1]->subject);
    *out = false;
    if (!fits || listed_distrusted(c->pool, c->policy, r)) {
        return 0;
    }
    if (pool_signed_by(c->pool, r, c->path[i + 1], c->checks, &issued) < 0) {
        return -1;
    }
    int64_t at = revocation_past(c) ? who->proven : c->time_proven ? c->time : c->now;
    if (issued != SIG_GOOD || signature_weak(cert->signature_alg_der, at)) {
        return 0;
    }
    if (signed_by(c, o, r->cert, out) < 0) {
        return -1;
    }
    who->cert = r->cert;
    who->over = statement_signer_over(c, cert);
    who->until = cert->not_after < c->control ? cert->not_after : c->control;
    return *out ? not_revoked(c, i, r, o->produced_at, &who->until, out) : 0;
}

static struct pool_cert *first_responder(struct revocation_context *c, const struct ocsp *o)
{
    if (o->by_name.p) {
        struct span name = name_canonical(c->a, o->by_name);
        return name.p ? pool_first_subject(c->pool, name) : NULL;
    }
    struct cert *found = pool_by_ski(c->pool, o->by_key);
    return found ? pool_entry(c->pool, found) : NULL;
}

static int trusted_ocsp(struct revocation_context *c, size_t i, const struct ocsp *o,
                        struct responder *who, bool *out)
{
    enum { MAX_RESPONDERS = 16 };
    unsigned tried = 0;
    struct cert *ca = c->path[i + 1]->cert;
    *out = false;
    who->cert = ca;
    who->until = c->control;
    if (ocsp_responder_is(o, ca) && signed_by(c, o, ca, out) < 0) {
        return -1;
    }
    for (size_t k = 0; k < o->cert_count && !*out; k++) {
        struct cert *cert;
        const char *why;
        if (cert_parse(c->a, o->certs[k], "ocsp", &cert, &why) < 0) {
            return -1;
        }
        struct pool_cert *r = cert ? pool_entry(c->pool, cert) : NULL;
        if (cert && (!r || delegated(c, i, o, r, who, out) < 0)) {
            return -1;
        }
    }
    for (struct pool_cert *r = first_responder(c, o); r && !*out && tried < MAX_RESPONDERS;
         r = o->by_name.p ? pool_next_subject(r) : NULL, tried++) {
        if (delegated(c, i, o, r, who, out) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Why the answer may not be used whoever signed it, or NULL. */
static const char *defect(const struct revocation_context *c, const struct ocsp *o,
                          const struct ocsp_single *s, bool conflict)
{
    int64_t skew = c->policy->clock_skew_seconds;
    return o->unusable                              ? o->unusable
           : s->unknown_critical                    ? "unknown critical extension"
           : conflict                               ? "it contradicts itself"
           : o->produced_at > c->now + skew         ? "it comes from the future"
           : s->this_update > o->produced_at + skew ? "thisUpdate is after producedAt"
           : s->next_update != UTC_NONE && s->next_update < s->this_update
               ? "nextUpdate is before thisUpdate"
               : NULL;
}

static struct statement statement_from(const struct ocsp *o, const struct ocsp_single *s,
                                       const char *source)
{
    static const enum statement_kind kinds[] = {
        [OCSP_GOOD] = SAYS_CLEAN, [OCSP_REVOKED] = SAYS_LISTED, [OCSP_UNKNOWN] = SAYS_UNKNOWN};
    bool never_issued = o->extended_revoke && s->revoked_at == 0 && s->reason == CRL_REASON_HOLD;
    return (struct statement){.kind = kinds[s->status],
                              .this_update = s->this_update,
                              .next_update = s->next_update,
                              .revoked_at = s->revoked_at,
                              .invalid_since = UTC_NONE,
                              .reason = never_issued ? CRL_REASON_NONE : s->reason,
                              .reasons = CRL_ALL_REASONS,
                              .covers_expired = s->archive_cutoff,
                              .is_ocsp = true,
                              .source = source};
}

static int consider(struct revocation_context *c, size_t i, struct pool_blob *b,
                    struct sp_findings *findings, struct statements *out)
{
    struct ocsp *o;
    bool conflict, trusted;
    struct responder who = {0};
    if (view_of(c, b, findings, &o) < 0) {
        return -1;
    }
    const struct ocsp_single *s =
        o ? ocsp_find(o, c->path[i]->cert, c->path[i + 1]->cert, &conflict) : NULL;
    if (!s) {
        return 0;
    }
    const char *why = defect(c, o, s, conflict);
    if (why) {
        out->unusable = b->source;
        out->unusable_why = why;
        return 0;
    }
    who.proven = statement_proven(c, b);
    if (trusted_ocsp(c, i, o, &who, &trusted) < 0) {
        return -1;
    }
    if (!trusted) {
        out->untrusted = b->source;
        return 0;
    }
    struct statement st = statement_from(o, s, arena_printf(c->a, "ocsp: %s", b->source));
    st.proven = who.proven;
    st.until = who.until;
    st.over = who.over;
    st.weak = statement_weak(c, o->signature_alg, who.cert, st.proven);
    st.blob = b;
    return statements_add(c->a, out, &st);
}

int gather_ocsps(struct revocation_context *c, size_t i, struct sp_findings *findings,
                 struct statements *out)
{
    for (struct pool_blob *b = c->depth == 0 ? pool_ocsps(c->pool) : NULL; b; b = b->next) {
        if (statement_wanted(c, b) && consider(c, i, b, findings, out) < 0) {
            return -1;
        }
    }
    return 0;
}
