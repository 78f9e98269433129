/*
 * signer - one signature from its digest to its policy rows (EN 319 102-1 5.2, 5.3, 5.5).
 *
 * Integrity, certificate, time basis, path and revocation at that time, policy. All findings are
 * collected; none stops the others. What differs between technologies: judging.h.
 */
#include "verify/judging.h"

#include "base/utc.h"
#include "chain/want.h"
#include "policy/facts.h"

void judging_add(struct judging *j, enum sp_reason reason, const char *a0, const char *a1)
{
    finding_add(j->job->arena, &j->u->sig->findings, reason, j->u->sig->id, a0, a1, NULL);
}

static void earlier(struct judging *j, int64_t t, enum sp_time_basis basis)
{
    if (t != UTC_NONE && (j->proven_at == UTC_NONE || t < j->proven_at)) {
        j->proven_at = t;
        j->basis = basis;
    }
}

/* T = earliest trusted time-stamp or other proof of existence, else now; the claimed time proves
 * nothing (EN 319 102-1 5.5.4). */
static void decide_time(struct judging *j)
{
    const struct job *job = j->job;
    char text[FINDING_TIME];
    if (j->u->proven_at != UTC_NONE && !j->u->is_timestamp) {
        judging_add(j, SP_TIMESTAMP_GOOD, j->u->proven_by ? j->u->proven_by : "?",
                    finding_time(j->u->proven_at, text));
    }
    earlier(j, j->signature_stamp, SP_BASIS_TIMESTAMP);
    earlier(j, j->u->proven_at, SP_BASIS_TIMESTAMP);
    if (job->policy->receipt_is_proof && job->clock->received != SP_NO_TIME) {
        earlier(j, job->clock->received, SP_BASIS_RECEIPT);
    }
    bool proven = j->proven_at != UTC_NONE;
    j->u->sig->best_time = proven ? j->proven_at : job->clock->now;
    j->u->sig->best_time_basis = proven ? j->basis : SP_BASIS_NOW;
}

static int describe_path(struct judging *j)
{
    struct sp_signature *sig = j->u->sig;
    struct arena *a = j->job->arena;
    sig->signer = arena_alloc(a, sizeof *sig->signer);
    if (!sig->signer || cert_describe(a, j->u->cert, sig->signer)) {
        return -1;
    }
    sig->key_bits = cert_key_bits(j->u->cert);
    sig->chain = arena_array(a, j->chain.path_count, sizeof *sig->chain);
    if (!sig->chain) {
        return -1;
    }
    for (size_t i = 0; i < j->chain.path_count; i++) {
        if (cert_describe(a, j->chain.path[i], &sig->chain[i])) {
            return -1;
        }
    }
    sig->chain_count = j->chain.path_count;
    sig->revocation = j->chain.revocation;
    sig->revocation_count = j->chain.revocation_count;
    return 0;
}

static int check_chain(struct judging *j)
{
    struct sp_signature *sig = j->u->sig;
    struct chain_question q = {
        .leaf = j->u->cert,
        .purpose = j->u->is_timestamp ? CHAIN_TIMESTAMP : CHAIN_SIGN,
        .time = sig->best_time,
        .time_proven = j->proven_at != UTC_NONE,
        .now = j->job->clock->now,
        .policy = j->job->policy,
        .where = sig->id,
    };
    if (chain_judge(j->job->arena, j->job->pool, &q, &sig->findings, &j->chain)) {
        return -1;
    }
    return describe_path(j);
}

static void apply_policy(struct judging *j)
{
    const struct sp_signature *sig = j->u->sig;
    struct policy_facts facts = {
        .arena = j->job->arena,
        .findings = &j->u->sig->findings,
        .where = sig->id,
        .policy = j->job->policy,
        .document_kind = j->job->document->kind,
        .applicant = j->u->counter ? NULL : j->job->document->applicant,
        .signer = j->u->cert,
        .path = j->chain.path,
        .path_count = j->chain.path_count,
        .is_timestamp = j->u->is_timestamp,
        .digest = j->digest,
        .digest_name = sig->digest,
        .judged_at = sig->best_time,
        .now = j->job->clock->now,
        .claimed_time = sig->claimed_time,
        .time_proven = j->proven_at != UTC_NONE,
    };
    policy_apply(&facts);
}

/* B-B: signed attributes bind the certificate; B-T: a trusted time-stamp; LT/LTA: revocation data
 * travels with the document, and an archive or document time-stamp is over it. */
static enum sp_baseline baseline(const struct judging *j)
{
    const struct level_facts *l = &j->level;
    bool dss = j->job->extraction.evidence_count > 0;
    if (!l->bound) {
        return SP_BASELINE_NONE;
    }
    if (j->signature_stamp == UTC_NONE && j->u->proven_at == UTC_NONE) {
        return SP_BASELINE_B;
    }
    bool archived = l->archived || (j->u->proven_at != UTC_NONE && dss);
    return !l->revocation_values && !dss ? SP_BASELINE_T
           : archived                    ? SP_BASELINE_LTA
                                         : SP_BASELINE_LT;
}

/* The octets are there but were not hashed, because the limit of digests.c was reached: a failure
 * of ours, which must not read as a wrong digest. */
static bool not_hashed(const struct unit *u)
{
    return verify_ranges_digest(u) != OID_UNKNOWN && !u->digest.p;
}

int verify_signer(struct job *job, struct unit *unit)
{
    struct judging j = {.job = job,
                        .u = unit,
                        .digest = OID_UNKNOWN,
                        .proven_at = UTC_NONE,
                        .content_stamp = UTC_NONE,
                        .signature_stamp = UTC_NONE};
    if (!unit->ops) {
        bool ours = finding_has(&unit->sig->findings, SP_ENGINE_LIMIT);
        unit->sig->intact = ours ? SP_UNKNOWN : SP_NO;
        decide_time(&j);
        return 0;
    }
    if (not_hashed(unit)) {
        finding_add(job->arena, &unit->sig->findings, SP_ENGINE_LIMIT, unit->sig->id,
                    "hashing work", NULL);
        decide_time(&j);
        return 0;
    }
    size_t wants = pool_wants(job->pool)->count;
    unit->cert = unit->ops->find_cert(&j);
    if (unit->ops->check(&j) || judge_stamps(&j)) {
        return -1;
    }
    decide_time(&j);
    if (unit->cert && check_chain(&j)) {
        return -1;
    }
    if (unit->sig->intact == SP_NO) {
        pool_wants(job->pool)->count = wants; /* no answer would change that */
    }
    apply_policy(&j);
    unit->sig->baseline = baseline(&j);
    return 0;
}
