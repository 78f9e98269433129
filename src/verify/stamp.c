/*
 * stamp - is a time-stamp token genuine, about this message, and from an authority we may rely on.
 *
 * RFC 3161 2.4.2, EN 319 102-1 5.4. The reasons found while checking the token stay with it; the
 * signature it belongs to gets one finding that says what came out (signer.c).
 */
#include "verify/job.h"

#include "base/hash.h"
#include "base/utc.h"
#include "policy/facts.h"

struct work {
    struct job *job;
    const struct stamp_question *q;
    struct stamp_answer *out;
    struct token *token;
    struct sp_findings findings;
};

static struct cert *authority(struct work *w)
{
    const struct cms_signer *s = &w->token->cms->signers[0];
    return s->ski.p ? pool_by_ski(w->job->pool, s->ski)
                    : pool_by_issuer_serial(w->job->pool, s->issuer, s->serial);
}

static int check_imprint(struct work *w)
{
    uint8_t digest[DIGEST_MAX];
    if (!algorithm_md(w->token->digest)) {
        finding_add(w->job->arena, &w->findings, SP_CMS_ALGORITHM_UNSUPPORTED, w->q->where,
                    "imprint digest", NULL);
        return 0;
    }
    if (algorithm_digest(w->token->digest, w->q->message, digest)) {
        return -1;
    }
    if (!span_eq(w->token->imprint, span_make(digest, algorithm_digest_size(w->token->digest)))) {
        finding_add(w->job->arena, &w->findings, SP_TIMESTAMP_IMPRINT, w->q->where, NULL);
    }
    return 0;
}

/* A time after the moment of validation proves nothing: the authority's clock is wrong. */
static void check_time(struct work *w)
{
    if (w->token->time > w->job->clock->now + w->job->policy->clock_skew_seconds) {
        finding_add(w->job->arena, &w->findings, SP_TIMESTAMP_ORDER, w->q->where,
                    "it is dated after the moment of validation", NULL);
    }
}

static int check_value(struct work *w, struct cert *cert, struct cms_signer_result *result)
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
    return cms_signer_check(w->job->arena, &check, &w->findings, result);
}

static int check_trust(struct work *w, struct cert *cert, const struct cms_signer_result *result)
{
    bool proven = w->q->proven_at != UTC_NONE;
    struct chain_question q = {
        .leaf = cert,
        .purpose = CHAIN_TIMESTAMP,
        .time = proven ? w->q->proven_at : w->job->clock->now,
        .time_proven = proven,
        .now = w->job->clock->now,
        .policy = w->job->policy,
        .where = w->q->where,
    };
    struct chain_answer answer = {0};
    if (chain_judge(w->job->arena, w->job->pool, &q, &w->findings, &answer)) {
        return -1;
    }
    struct policy_facts facts = {
        .arena = w->job->arena,
        .findings = &w->findings,
        .where = w->q->where,
        .policy = w->job->policy,
        .signer = cert,
        .path = answer.path,
        .path_count = answer.path_count,
        .is_timestamp = true,
        .digest = w->token->digest,
        .digest_name = result->digest_name,
        .judged_at = q.time,
        .now = q.now,
        .claimed_time = UTC_NONE,
        .time_proven = proven,
    };
    policy_apply(&facts);
    return 0;
}

static void conclude(struct work *w, const struct cms_signer_result *result)
{
    enum sp_reason decisive = SP_REASON_COUNT;
    struct stamp_answer *out = w->out;
    conclude_list(w->job->policy, &w->findings, &out->view.indication, &out->view.subindication,
                  &decisive);
    /* Not genuine only when shown to be false; a missing certificate leaves it open. */
    out->genuine = result->intact != SP_NO && !finding_has(&w->findings, SP_TIMESTAMP_IMPRINT);
    out->trusted =
        result->intact == SP_YES && out->genuine && out->view.indication == SP_TOTAL_PASSED;
    out->why = decisive < SP_REASON_COUNT ? sp_reason_row(decisive)->code : "";
}

int verify_stamp(struct job *job, const struct stamp_question *question,
                 struct stamp_answer *answer)
{
    struct work w = {.job = job, .q = question, .out = answer};
    struct cms_signer_result result = {.intact = SP_NO};
    const char *why = NULL;
    uint8_t hash[SHA256_SIZE];
    *answer = (struct stamp_answer){.view = {.kind = question->kind, .time = UTC_NONE}};
    findings_init(&w.findings);
    if (hash_sha256(question->token, hash)) {
        return -1;
    }
    answer->view.sha256 = hash_hex_str(job->arena, span_make(hash, sizeof hash), false);
    if (token_parse(job->arena, question->token, &w.token, &why)) {
        return -1;
    }
    if (!w.token) {
        finding_add(job->arena, &w.findings, SP_TIMESTAMP_MALFORMED, question->where,
                    why ? why : "?", NULL);
        conclude(&w, &result);
        return 0;
    }
    /* RFC 3161 2.4.2: the authority's certificate travels inside the token. */
    if (verify_pool_cms(job, w.token->cms)) {
        return -1;
    }
    answer->view.time = w.token->time;
    struct cert *cert = authority(&w);
    if (cert) {
        answer->view.authority = cert_name_attr(job->arena, cert->subject, OID_AT_COMMON_NAME);
    }
    check_time(&w);
    if (check_imprint(&w) || check_value(&w, cert, &result) ||
        (cert && check_trust(&w, cert, &result))) {
        return -1;
    }
    conclude(&w, &result);
    return 0;
}
