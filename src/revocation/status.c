/*
 * status - what the statements mean at time T. See status.h.
 */
#include "revocation/status.h"

#include <stdio.h>

#include "asn1/key.h"
#include "asn1/strength.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "chain/validate.h"
#include "revocation/gather.h"

enum freshness { FRESH, STALE, TOO_EARLY, IN_FUTURE, AFTER_EXPIRY };

/* All that decide() needs to know. */
struct decision {
    struct revocation_context *c;
    size_t i;
    const struct cert *cert;
    const struct statements *list;
    struct sp_findings *findings;
    struct sp_revocation *out;
};

static const char *where_of(const struct decision *d)
{
    return path_where(d->c->a, d->c->where, d->i);
}

int statements_add(struct arena *a, struct statements *list, const struct statement *s)
{
    if (!s->source || arena_grow(a, (void **)&list->items, &list->capacity, list->count + 1,
                                 sizeof *list->items) < 0) {
        return -1;
    }
    list->items[list->count++] = *s;
    return 0;
}

int statements_gather(struct revocation_context *c, size_t i, struct sp_findings *findings,
                      struct statements *out)
{
    *out = (struct statements){0};
    return gather_ocsps(c, i, findings, out) < 0 || gather_crls(c, i, findings, out) < 0 ? -1 : 0;
}

/* Hashed once; NULL when memory is out, which makes the job fail as a whole. */
static const uint8_t *blob_hash(struct pool_blob *b)
{
    if (!b->hashed && hash_sha256(b->der, b->digest) == 0) {
        b->hashed = true;
    }
    return b->hashed ? b->digest : NULL;
}

bool statement_wanted(const struct revocation_context *c, struct pool_blob *b)
{
    return !c->only || (blob_hash(b) && poe_of_hash(c->only, b->digest));
}

int64_t statement_proven(const struct revocation_context *c, struct pool_blob *b)
{
    if (!revocation_past(c) || c->poe->count == 0) {
        return c->now;
    }
    const struct poe_proof *p = blob_hash(b) ? poe_of_hash(c->poe, b->digest) : NULL;
    return p && p->time < c->now ? p->time : c->now;
}

bool statement_weak(const struct revocation_context *c, struct span algorithm, struct cert *signer,
                    int64_t proven)
{
    int64_t at = revocation_past(c) ? proven : c->time_proven ? c->time : c->now;
    unsigned bits;
    if (signature_weak(algorithm, at) || !signer) {
        return signature_weak(algorithm, at);
    }
    if (key_rsa_bits(signer->spki, &bits)) {
        return at >= strength_rsa_until(bits, c->policy->min_rsa_bits);
    }
    EVP_PKEY *key = cert_key(signer);
    return key && at >= strength_key_until(key, c->policy->min_rsa_bits, c->policy->min_ec_bits);
}

/* It existed while those who signed it were still good. */
static bool admissible(const struct decision *d, const struct statement *s)
{
    return revocation_past(d->c) ? s->proven <= d->c->control && s->proven <= s->until : !s->over;
}

/* Since when the certificate is not to be relied on by this statement. */
static int64_t bad_since(const struct statement *s)
{
    return s->invalid_since != UTC_NONE && s->invalid_since < s->revoked_at ? s->invalid_since
                                                                            : s->revoked_at;
}

/* A hold ends when a later statement, known at T, no longer lists the certificate. */
static bool hold_released(const struct decision *d, const struct statement *hold)
{
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        bool later = s->this_update > hold->this_update ||
                     (s->kind == SAYS_REMOVED && s->this_update >= hold->this_update);
        bool clears = s->kind == SAYS_REMOVED || s->kind == SAYS_CLEAN;
        int64_t from =
            s->kind == SAYS_REMOVED && s->revoked_at != UTC_NONE && s->revoked_at < s->this_update
                ? s->revoked_at
                : s->this_update;
        if (later && clears && !s->weak && admissible(d, s) && from <= d->c->time) {
            return true;
        }
    }
    return false;
}

/* The statement by which the certificate was revoked at T; NULL when there is none. */
static const struct statement *find_revocation(const struct decision *d)
{
    const struct statement *found = NULL;
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        if (s->kind != SAYS_LISTED) {
            continue;
        }
        if (d->c->time_proven && bad_since(s) > d->c->time) {
            continue;
        }
        if (s->reason == CRL_REASON_HOLD && hold_released(d, s)) {
            continue;
        }
        if (!found || (found->reason == CRL_REASON_HOLD && s->reason != CRL_REASON_HOLD)) {
            found = s;
        }
    }
    return found;
}

static enum freshness freshness(const struct decision *d, const struct statement *s)
{
    const struct sp_policy *policy = d->c->policy;
    int64_t t = d->c->time;
    int64_t grace = d->c->time_proven && !d->c->renewal ? policy->grace_seconds : 0;
    if (s->this_update > d->cert->not_after &&
        (s->covers_expired == UTC_NONE || s->covers_expired > d->cert->not_after)) {
        return AFTER_EXPIRY;
    }
    if (d->c->time_proven && s->kind == SAYS_LISTED && s->this_update >= t) {
        return FRESH; /* listed with a later date: it was not revoked at T */
    }
    if (grace > 0) {
        return s->this_update >= t + grace ? FRESH : TOO_EARLY;
    }
    if (s->this_update >= t && d->c->time_proven) {
        return FRESH;
    }
    if (s->this_update > t + policy->clock_skew_seconds) {
        return IN_FUTURE;
    }
    if (policy->max_crl_age_seconds > 0 && t - s->this_update > policy->max_crl_age_seconds) {
        return STALE;
    }
    if (s->next_update == UTC_NONE) {
        /* Newer OCSP answers are always to be had then (RFC 6960 4.2.2.1). */
        return s->is_ocsp && t - s->this_update <= policy->ocsp_current_seconds ? FRESH : STALE;
    }
    return t <= s->next_update ? FRESH : STALE;
}

/* Reasons covered by fresh statements that do not speak against the certificate. */
static uint32_t coverage(const struct decision *d, bool weak_too, const struct statement **best)
{
    uint32_t reasons = 0;
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        bool against = s->kind == SAYS_LISTED && !(d->c->time_proven && bad_since(s) > d->c->time);
        if (s->kind == SAYS_UNKNOWN || against || (s->weak && !weak_too) ||
            freshness(d, s) != FRESH || !admissible(d, s)) {
            continue;
        }
        reasons |= s->reasons;
        if (!*best || s->this_update > (*best)->this_update) {
            *best = s;
        }
    }
    return reasons;
}

/* NULL when memory is out, which the report then says. */
static const char *hash_of(struct arena *a, struct pool_blob *b)
{
    uint8_t hash[SHA256_SIZE];
    if (!b->sha256 && hash_sha256(b->der, hash) == 0) {
        b->sha256 = hash_hex_str(a, span_make(hash, sizeof hash), false);
    }
    return b->sha256;
}

static void fill(const struct decision *d, const char *status, const struct statement *s)
{
    if (d->out) {
        d->out->status = status;
        d->out->source = s ? s->source : "";
        d->out->produced_at = s ? s->this_update : SP_NO_TIME;
        d->out->revoked_at = s && s->kind == SAYS_LISTED ? s->revoked_at : SP_NO_TIME;
        d->out->sha256 = s ? hash_of(d->c->a, s->blob) : NULL;
    }
}

static const char *name_of(const struct decision *d)
{
    return path_cert_name(d->c->a, d->cert);
}

static const char *reason_text(const struct statement *s)
{
    const char *name = crl_reason_name(s->reason);
    return *name ? name : "-";
}

/* TOTAL-FAILED takes proof that the signature was made after the revocation, which is a time-stamp
 * over what was signed; one over the signature only shows that it is no younger (EN 319 102-1 table
 * 5, 5.3.4). */
static void report_revoked(const struct decision *d, const struct statement *s)
{
    char since[FINDING_TIME];
    bool signed_after = d->c->created_after != 0 && d->c->created_after >= bad_since(s);
    enum sp_reason reason = d->i > 0                       ? SP_REVOCATION_CA_REVOKED
                            : s->reason == CRL_REASON_HOLD ? SP_REVOCATION_HOLD
                            : signed_after                 ? SP_REVOCATION_REVOKED
                                                           : SP_REVOCATION_REVOKED_NO_POE;
    finding_add(d->c->a, d->findings, reason, where_of(d), name_of(d),
                finding_time(bad_since(s), since), reason_text(s), s->source, NULL);
    fill(d, "revoked", s);
}

/* Facts worth telling though they do not change the answer. */
static void report_later_revocation(const struct decision *d)
{
    char at[FINDING_TIME];
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        if (s->kind == SAYS_LISTED && d->c->time_proven && bad_since(s) > d->c->time) {
            finding_add(d->c->a, d->findings, SP_REVOCATION_LATER, where_of(d), name_of(d),
                        finding_time(s->revoked_at, at), reason_text(s), s->source, NULL);
            return;
        }
    }
}

/* Where the answer would be: all CRL and OCSP addresses of the certificate. */
static const char *addresses(const struct decision *d)
{
    enum { MAX = 6, MAX_TEXT = 2048 };
    const char *url[MAX];
    struct buffer b;
    size_t n = cert_uris(d->c->a, d->cert, OID_EXT_CDP, url, MAX / 2);
    n += cert_uris(d->c->a, d->cert, OID_AD_OCSP, url + n, MAX - n);
    buffer_init(&b, MAX_TEXT);
    for (size_t i = 0; i < n; i++) {
        buffer_printf(&b, "%s%s", i ? " " : "", url[i]);
    }
    const char *s = n && buffer_ok(&b) ? arena_str(d->c->a, buffer_span(&b)) : n ? url[0] : "-";
    buffer_free(&b);
    return s ? s : "-";
}

/* A statement that would do, if it were known to be old enough. */
static bool report_no_proof(const struct decision *d)
{
    char text[FINDING_TIME];
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        if (s->kind != SAYS_UNKNOWN && freshness(d, s) == FRESH && !admissible(d, s)) {
            int64_t limit = s->until < d->c->control ? s->until : d->c->control;
            finding_add(d->c->a, d->findings, SP_REVOCATION_NO_PROOF, where_of(d), name_of(d),
                        s->source, finding_time(limit, text), NULL);
            return true;
        }
    }
    return false;
}

/* What kept the statements from being enough; the most telling freshness problem. */
static void report_not_fresh(const struct decision *d)
{
    static const enum sp_reason reasons[] = {[FRESH] = SP_REVOCATION_PARTIAL,
                                             [STALE] = SP_REVOCATION_STALE,
                                             [TOO_EARLY] = SP_REVOCATION_TOO_EARLY,
                                             [IN_FUTURE] = SP_REVOCATION_STALE,
                                             [AFTER_EXPIRY] = SP_REVOCATION_AFTER_EXPIRY};
    const struct statement *newest = NULL;
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        if (s->kind == SAYS_UNKNOWN) {
            finding_add(d->c->a, d->findings, SP_REVOCATION_UNKNOWN, where_of(d), name_of(d),
                        s->source, NULL);
        } else if (!newest || s->this_update > newest->this_update) {
            newest = s;
        }
    }
    if (newest) {
        char from[FINDING_TIME], to[FINDING_TIME];
        finding_add(d->c->a, d->findings, reasons[freshness(d, newest)], where_of(d), name_of(d),
                    newest->source, finding_time(newest->this_update, from),
                    finding_time(newest->next_update, to), NULL);
    }
}

static void report_no_answer(const struct decision *d)
{
    if (d->list->count > 0 && !report_no_proof(d)) {
        report_not_fresh(d);
    }
    if (d->list->unusable) {
        finding_add(d->c->a, d->findings, SP_REVOCATION_UNUSABLE, where_of(d), name_of(d),
                    d->list->unusable, d->list->unusable_why, NULL);
    }
    if (d->list->untrusted) {
        finding_add(d->c->a, d->findings, SP_REVOCATION_UNTRUSTED, where_of(d), name_of(d),
                    d->list->untrusted, NULL);
    }
    if (d->list->count == 0 && !d->list->unusable && !d->list->untrusted) {
        finding_add(d->c->a, d->findings, SP_REVOCATION_MISSING, where_of(d), name_of(d),
                    addresses(d), NULL);
    }
}

/* Over before a revocation could be published (EN 319 412-1 5.2): the policy says how long that is.
 * A CA lives longer. */
static bool short_lived(const struct decision *d)
{
    int64_t life = d->cert->not_after - d->cert->not_before;
    return d->i == 0 && !d->cert->is_ca && life >= 0 && life <= d->c->policy->short_lived_seconds;
}

static void report_short_lived(const struct decision *d)
{
    char minutes[24];
    (void)snprintf(minutes, sizeof minutes, "%lld",
                   (long long)(d->cert->not_after - d->cert->not_before) / 60);
    finding_add(d->c->a, d->findings, SP_REVOCATION_SHORT_LIVED, where_of(d), name_of(d), minutes,
                NULL);
}

/* Until when the certificate is known to have been good: what it signed must have existed by then.
 * The standard slides to thisUpdate of an answer that is no longer fresh; we slide to the last
 * moment at which it was fresh (nextUpdate), which is what freshness means, so that evidence
 * collected together proves itself together. */
static void slide(const struct decision *d, const struct statement *best)
{
    int64_t until = d->cert->not_after;
    d->c->bad_from = INT64_MAX;
    for (size_t i = 0; i < d->list->count; i++) {
        const struct statement *s = &d->list->items[i];
        if (s->kind == SAYS_LISTED && bad_since(s) < d->c->bad_from) {
            d->c->bad_from = bad_since(s);
        }
    }
    until = d->c->bad_from < until ? d->c->bad_from : until;
    if (best) {
        int64_t fresh = best->next_update != UTC_NONE ? best->next_update
                        : best->is_ocsp ? best->this_update + d->c->policy->ocsp_current_seconds
                                        : best->this_update;
        until = fresh < until ? fresh : until;
    }
    d->c->control = until < d->c->control ? until : d->c->control;
}

static enum revocation_outcome decide(const struct decision *d)
{
    const struct statement *s = find_revocation(d), *best = NULL;
    d->c->answer = SPAN_NONE;
    if (s) {
        report_revoked(d, s);
        return REVOCATION_REVOKED;
    }
    report_later_revocation(d);
    bool strong = coverage(d, false, &best) == CRL_ALL_REASONS;
    if (strong || coverage(d, true, &best) == CRL_ALL_REASONS) {
        fill(d, "good", best);
        d->c->answer = best->blob->der;
        slide(d, best);
        if (!strong) {
            finding_add(d->c->a, d->findings, SP_REVOCATION_WEAK, where_of(d), name_of(d),
                        best->source, NULL);
        }
        return strong ? REVOCATION_GOOD : REVOCATION_UNKNOWN;
    }
    slide(d, NULL);
    bool needed = d->c->policy->require_revocation;
    if (needed && short_lived(d)) {
        report_short_lived(d);
        fill(d, "not-needed", NULL);
        return REVOCATION_GOOD;
    }
    fill(d, needed ? "unknown" : "not-needed", NULL);
    /* Of a certificate outside its validity nobody has to publish a status: that it is outside was
     * already said, and is REVIEW at least. */
    bool inside = d->c->time >= d->cert->not_before && d->c->time <= d->cert->not_after;
    if (needed && inside) {
        report_no_answer(d);
    }
    return REVOCATION_UNKNOWN;
}

/* Of a certificate whose status stays open: what would tell it. Wants that came up while sources
 * were looked at stay only then. */
static int note_wants(const struct decision *d, enum revocation_outcome outcome, size_t mark)
{
    struct revocation_context *c = d->c;
    int64_t newest = UTC_NONE;
    bool inside = c->time >= d->cert->not_before && c->time <= d->cert->not_after;
    if (outcome != REVOCATION_UNKNOWN || !c->policy->require_revocation || !inside) {
        if (c->wants) {
            c->wants->count = mark;
        }
        return 0;
    }
    for (size_t i = 0; i < d->list->count; i++) {
        int64_t issued = d->list->items[i].this_update;
        newest = issued > newest ? issued : newest;
    }
    const struct want_context w = {c->a, c->pool, c->wants, where_of(d), d->findings};
    return want_revocation(&w, d->cert, c->path + d->i + 1, c->n - d->i - 1, newest);
}

/* A copy: the report may outlive the certificates of a prepared pool. */
static const char *subject_of(struct revocation_context *c, size_t i)
{
    const char *text = cert_subject_text(c->path[i]->cert);
    return text ? arena_str(c->a, span_str(text)) : NULL;
}

int revocation_judge(struct revocation_context *c, size_t i, struct sp_findings *findings,
                     struct sp_revocation *out, enum revocation_outcome *outcome)
{
    struct statements list;
    size_t mark = c->wants ? c->wants->count : 0;
    if (statements_gather(c, i, findings, &list) < 0) {
        return -1;
    }
    struct decision d = {
        .c = c, .i = i, .cert = c->path[i]->cert, .list = &list, .findings = findings, .out = out};
    if (out) {
        *out = (struct sp_revocation){
            .certificate = subject_of(c, i), .produced_at = SP_NO_TIME, .revoked_at = SP_NO_TIME};
        if (!out->certificate) {
            return -1;
        }
    }
    *outcome = decide(&d);
    return note_wants(&d, *outcome, mark);
}
