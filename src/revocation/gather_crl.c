/*
 * gather_crl - statements from CRLs: scope, signer, entry; base and delta put together.
 *
 * RFC 5280 6.3.3. The signer of a CRL is a member of the path above the certificate, or another
 * certificate of the CRL issuer's name whose own path is trusted under the same anchor.
 */
#include "revocation/gather.h"

/* A parsed CRL and which keys it was tried with. */
struct crl_view {
    struct crl *crl;
    struct sig_memo *tried;
};

static int view_of(struct revocation_context *c, struct pool_blob *b, struct sp_findings *findings,
                   struct crl_view **out)
{
    if (!b->tried) {
        const char *why;
        struct crl_view *v = arena_alloc(c->a, sizeof *v);
        if (!v || crl_parse(c->a, b->der, &v->crl, &why) < 0) {
            return -1;
        }
        if (!v->crl) {
            finding_add(c->a, findings, SP_CHAIN_UNREADABLE, b->source, why, NULL);
        }
        b->view = v->crl ? v : NULL;
        b->tried = true;
    }
    *out = b->view;
    return 0;
}

static int signed_by(struct revocation_context *c, struct crl_view *v, struct pool_cert *signer,
                     bool *out)
{
    struct sig_memo *m = v->tried;
    while (m && m->issuer != signer->cert) {
        m = m->next;
    }
    if (!m) {
        m = arena_alloc(c->a, sizeof *m);
        if (!m) {
            return -1;
        }
        bool known = v->crl->signer && !memcmp(v->crl->signer, signer->cert->sha256, CERT_SHA256);
        *m = (struct sig_memo){signer->cert, known ? SIG_GOOD : SIG_UNSUPPORTED, v->tried};
        *c->checks += !known;
        if (!known && signature_check(signer->cert, v->crl->signature_alg, v->crl->tbs,
                                      v->crl->signature, &m->result) < 0) {
            return -1;
        }
        v->tried = m;
    }
    *out = m->result == SIG_GOOD;
    return 0;
}

static bool may_sign_crls(const struct cert *c)
{
    return !c->has_key_usage || (c->key_usage & USAGE_CRL_SIGN);
}

/* A time at which the signer's own certificate has to be valid: T, or when it signed. */
static int64_t signer_time(const struct revocation_context *c, const struct cert *signer,
                           const struct crl *crl)
{
    bool at_t = c->time >= signer->not_before && c->time <= signer->not_after;
    return at_t ? c->time : crl->this_update;
}

/* Who signed a CRL, and until when that certificate is known to have been good. */
struct crl_signer {
    struct cert *cert;
    int64_t until;
    bool over; /* it is not in the path, and has expired */
};

static int trusted_crl(struct revocation_context *c, size_t i, struct crl_view *v,
                       struct crl_signer *signer, bool *out)
{
    enum { MAX_SIGNERS = 16 };
    unsigned tried = 0;
    *out = false;
    for (size_t k = i + 1; k < c->n; k++) {
        if (span_eq(c->path[k]->subject, v->crl->issuer_canonical) &&
            may_sign_crls(c->path[k]->cert)) {
            if (signed_by(c, v, c->path[k], out) < 0) {
                return -1;
            }
            if (*out) {
                *signer = (struct crl_signer){c->path[k]->cert, c->control, false};
                return 0;
            }
        }
    }
    for (struct pool_cert *e = pool_first_subject(c->pool, v->crl->issuer_canonical);
         e && tried < MAX_SIGNERS; e = pool_next_subject(e), tried++) {
        bool is_signer;
        if (!may_sign_crls(e->cert)) {
            continue;
        }
        if (signed_by(c, v, e, &is_signer) < 0) {
            return -1;
        }
        *signer = (struct crl_signer){e->cert, c->control, statement_signer_over(c, e->cert)};
        if (is_signer &&
            c->trust(c->trust_ctx, e, signer_time(c, e->cert, v->crl), out, &signer->until) < 0) {
            return -1;
        }
        if (*out) {
            return 0;
        }
    }
    return 0;
}

static struct statement statement_from(const struct crl *crl, const struct pool_cert *cert,
                                       uint32_t reasons, const char *source)
{
    struct crl_entry e;
    struct statement s = {.kind = SAYS_CLEAN,
                          .this_update = crl->this_update,
                          .next_update = crl->next_update,
                          .revoked_at = UTC_NONE,
                          .invalid_since = UTC_NONE,
                          .reason = CRL_REASON_NONE,
                          .reasons = reasons,
                          .covers_expired = crl->expired_certs_since,
                          .crl = crl,
                          .source = source};
    if (crl_find(crl, cert->cert->serial, cert->issuer, &e)) {
        s.kind = e.reason == CRL_REASON_REMOVE ? SAYS_REMOVED : SAYS_LISTED;
        s.revoked_at = e.revoked_at;
        s.invalid_since = e.invalid_since;
        s.reason = e.reason;
    }
    return s;
}

/* Unsigned integers without leading zeros. */
static int compare_numbers(struct span a, struct span b)
{
    return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : span_cmp(a, b);
}

/* RFC 5280 5.2.4, 6.3.3 (c): same issuer and scope, the delta starts at or before the base and does
 * not end before it. */
static bool combines(const struct crl *base, const struct crl *delta)
{
    return base->number.p && delta->number.p &&
           span_eq(base->issuer_canonical, delta->issuer_canonical) &&
           span_eq(base->idp, delta->idp) && (!base->idp.p == !delta->idp.p) &&
           compare_numbers(delta->base_number, base->number) <= 0 &&
           compare_numbers(base->number, delta->number) <= 0;
}

/* A complete CRL with a delta that says nothing, or a removal, about the certificate is as good as
 * a complete CRL of the delta's date. */
static int add_combined(struct revocation_context *c, const struct statements *raw,
                        const struct statement *base, struct statements *out)
{
    for (size_t i = 0; i < raw->count; i++) {
        const struct statement *d = &raw->items[i];
        if (!d->crl->base_number.p || !combines(base->crl, d->crl) || d->kind == SAYS_LISTED) {
            continue;
        }
        struct statement s = *base;
        s.this_update = d->this_update;
        s.next_update = d->next_update;
        s.weak |= d->weak;
        s.over |= d->over;
        s.proven = d->proven > s.proven ? d->proven : s.proven;
        s.until = d->until < s.until ? d->until : s.until;
        s.source = d->source;
        s.blob = d->blob;
        s.reasons &= d->reasons;
        if (d->kind == SAYS_REMOVED) {
            s.kind = SAYS_REMOVED;
            s.revoked_at = d->revoked_at;
        }
        if (statements_add(c->a, out, &s) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Complete CRLs speak for themselves; a delta alone only ever says "revoked". */
static int combine(struct revocation_context *c, const struct statements *raw,
                   struct statements *out)
{
    for (size_t i = 0; i < raw->count; i++) {
        const struct statement *s = &raw->items[i];
        bool delta = s->crl->base_number.p != NULL;
        if (delta && s->kind != SAYS_LISTED) {
            continue;
        }
        if (statements_add(c->a, out, s) < 0 || (!delta && add_combined(c, raw, s, out) < 0)) {
            return -1;
        }
    }
    return 0;
}

/* The index kept with the list spares the walk and the signature's check. When it is damaged, or
 * what it was made of, the list is read as any other one. */
static int index_of(struct revocation_context *c, struct pool_blob *b, struct crl_view *v,
                    struct span serial)
{
    if (b->index.p && !v->crl->indexed && !crl_stored_use(v->crl, b->index)) {
        b->index = SPAN_NONE;
    }
    if (!crl_stored_intact(v->crl, serial)) {
        b->index = SPAN_NONE;
        crl_stored_drop(v->crl);
        v->tried = NULL;
    }
    return crl_index(c->a, v->crl);
}

static int consider(struct revocation_context *c, size_t i, struct pool_blob *b,
                    struct sp_findings *findings, struct statements *raw, struct statements *out)
{
    struct crl_view *v;
    uint32_t reasons;
    bool trusted;
    struct crl_signer signer;
    if (view_of(c, b, findings, &v) < 0) {
        return -1;
    }
    if (!v) {
        return 0;
    }
    if (crl_scope(c->a, v->crl, c->path[i], &reasons) < 0) {
        return -1;
    }
    if (reasons == 0) {
        return 0;
    }
    if (index_of(c, b, v, c->path[i]->cert->serial) < 0) {
        return -1;
    }
    if (v->crl->unusable) {
        out->unusable = b->source;
        out->unusable_why = v->crl->unusable;
        return 0;
    }
    if (trusted_crl(c, i, v, &signer, &trusted) < 0) {
        return -1;
    }
    if (!trusted) {
        out->untrusted = b->source;
        return 0;
    }
    if (v->crl->deviation) {
        finding_add(c->a, findings, SP_REVOCATION_PROFILE, b->source, b->source, v->crl->deviation,
                    NULL);
    }
    struct statement s =
        statement_from(v->crl, c->path[i], reasons, arena_printf(c->a, "crl: %s", b->source));
    s.proven = statement_proven(c, b);
    s.weak =
        statement_weak(c, v->crl->signature_alg, revocation_past(c) ? signer.cert : NULL, s.proven);
    s.until = signer.until;
    s.over = signer.over;
    s.blob = b;
    return statements_add(c->a, raw, &s);
}

int gather_crls(struct revocation_context *c, size_t i, struct sp_findings *findings,
                struct statements *out)
{
    struct statements raw = {0};
    for (struct pool_blob *b = pool_crls(c->pool); b; b = b->next) {
        if (statement_wanted(c, b) && consider(c, i, b, findings, &raw, out) < 0) {
            return -1;
        }
    }
    return combine(c, &raw, out);
}
