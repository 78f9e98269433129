/*
 * stamp - is a time-stamp token genuine, about this message, and from an authority we may rely on.
 *
 * RFC 3161 2.4.2, EN 319 102-1 5.4, 5.6.2.4. The reasons found while checking the token stay with
 * it; the signature it belongs to gets one finding that says what came out (stamps.c). A token that
 * is no longer good as of now is judged at the time by which something later proves that it
 * existed; the time it names itself proves nothing about itself.
 */
#include "verify/job.h"

#include "base/hash.h"
#include "base/utc.h"
#include "chain/want.h"
#include "policy/facts.h"

struct work {
    struct job *job;
    const struct stamp_question *q;
    struct stamp_answer *out;
    const struct token *token;
    struct cms_signer_result result;
    struct sp_findings findings;
};

static struct cert *authority(struct work *w)
{
    const struct cms_signer *s = &w->token->cms->signers[0];
    struct span hash = cms_signer_ess_sha256(s);
    struct cert *c = hash.p ? pool_by_sha256(w->job->pool, hash.p) : NULL;
    if (c) {
        return c; /* whether it is the one the token names is checked with its value */
    }
    return s->ski.p ? pool_by_ski(w->job->pool, s->ski)
                    : pool_by_issuer_serial(w->job->pool, s->issuer, s->serial);
}

static void check_imprint(struct work *w)
{
    if (!algorithm_md(w->token->digest)) {
        finding_add(w->job->arena, &w->findings, SP_CMS_ALGORITHM_UNSUPPORTED, w->q->where,
                    "imprint digest", NULL);
    } else if (!span_eq(w->token->imprint, w->q->digest)) {
        finding_add(w->job->arena, &w->findings, SP_TIMESTAMP_IMPRINT, w->q->where, NULL);
    }
}

/* A time after the moment of validation proves nothing: the authority's clock is wrong. */
static void check_time(struct work *w)
{
    if (w->token->time > w->job->clock->now + w->job->policy->clock_skew_seconds) {
        finding_add(w->job->arena, &w->findings, SP_TIMESTAMP_ORDER, w->q->where,
                    "it is dated after the moment of validation", NULL);
    }
}

static int check_value(struct work *w, struct cert *cert)
{
    const struct cms *cms = w->token->cms;
    uint8_t digest[DIGEST_MAX];
    struct cms_signer_check check = {
        .signer = &cms->signers[0],
        .cert = cert,
        .content = cms->econtent,
        .content_type = cms->econtent_type,
        .content_type_oid = cms->econtent_type_oid,
        .where = w->q->where,
    };
    if (algorithm_md(check.signer->digest)) {
        if (algorithm_digest(check.signer->digest, cms->econtent, digest)) {
            return -1;
        }
        check.content_digest = span_make(digest, algorithm_digest_size(check.signer->digest));
    }
    return cms_signer_check(w->job->arena, &check, &w->findings, &w->result);
}

/* At `time`, proven or as of now. */
static int trust_at(struct work *w, struct cert *cert, int64_t time, bool proven,
                    struct sp_findings *findings)
{
    struct chain_question q = {
        .leaf = cert,
        .purpose = CHAIN_TIMESTAMP,
        .time = time,
        .time_proven = proven,
        .renewal = true,
        .now = w->job->clock->now,
        .policy = w->job->policy,
        .poe = &w->job->proofs,
        .where = w->q->where,
    };
    struct chain_answer answer = {0};
    if (chain_judge(w->job->arena, w->job->pool, &q, findings, &answer)) {
        return -1;
    }
    struct policy_facts facts = {
        .arena = w->job->arena,
        .findings = findings,
        .where = w->q->where,
        .policy = w->job->policy,
        .signer = cert,
        .path = answer.path,
        .path_count = answer.path_count,
        .is_timestamp = true,
        .digest = token_weakest_digest(w->token),
        .digest_name = w->result.digest_name,
        .judged_at = q.time,
        .now = q.now,
        .claimed_time = UTC_NONE,
        .time_proven = proven,
    };
    policy_apply(&facts);
    return 0;
}

static bool passes(struct work *w, struct sp_findings *findings)
{
    enum sp_indication indication;
    const char *sub;
    conclude_list(w->job->policy, findings, &indication, &sub, NULL);
    return indication == SP_TOTAL_PASSED;
}

static int check_trust(struct work *w, struct cert *cert)
{
    struct sp_findings now, then;
    size_t wants = pool_wants(w->job->pool)->count;
    const struct poe_proof *proof = poe_of(&w->job->proofs, w->token->whole);
    findings_init(&now);
    findings_init(&then);
    if (trust_at(w, cert, w->job->clock->now, false, &now)) {
        return -1;
    }
    bool past = proof && !passes(w, &now);
    if (past) {
        /* The token holds the hash of the certificate: it is as old. */
        if (w->result.cades && poe_add_hash(&w->job->proofs, cert->sha256, proof)) {
            return -1;
        }
        pool_wants(w->job->pool)->count = wants; /* what is asked about the past counts instead */
        if (trust_at(w, cert, proof->time, true, &then)) {
            return -1;
        }
    }
    findings_move(&w->findings, past ? &then : &now);
    return 0;
}

static void conclude(struct work *w)
{
    enum sp_reason decisive = SP_REASON_COUNT;
    struct stamp_answer *out = w->out;
    conclude_list(w->job->policy, &w->findings, &out->view.indication, &out->view.subindication,
                  &decisive);
    /* Not genuine only when shown to be false; a missing certificate leaves it open. */
    out->genuine = w->result.intact != SP_NO && !finding_has(&w->findings, SP_TIMESTAMP_IMPRINT);
    out->trusted =
        w->result.intact == SP_YES && out->genuine && out->view.indication == SP_TOTAL_PASSED;
    out->why = decisive < SP_REASON_COUNT ? sp_reason_row(decisive)->code : "";
}

int verify_stamp(struct job *job, const struct stamp_question *question,
                 struct stamp_answer *answer)
{
    struct work w = {.job = job,
                     .q = question,
                     .out = answer,
                     .token = question->token,
                     .result = {.intact = SP_NO}};
    *answer = (struct stamp_answer){.view = {.kind = question->kind, .time = w.token->time}};
    findings_init(&w.findings);
    struct cert *cert = authority(&w);
    if (cert) {
        answer->view.authority = cert_name_attr(job->arena, cert->subject, OID_AT_COMMON_NAME);
    }
    check_time(&w);
    check_imprint(&w);
    if (check_value(&w, cert) || (cert && check_trust(&w, cert))) {
        return -1;
    }
    conclude(&w);
    return 0;
}
