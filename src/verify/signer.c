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

/* T = earliest proof that the signature value existed, else now; the claimed time proves nothing
 * (EN 319 102-1 5.5.4). */
static void decide_time(struct judging *j)
{
    const struct poe_proof *proof = poe_of(&j->job->proofs, j->value);
    int64_t received = j->job->clock->received;
    if (proof) {
        j->proven_at = proof->time;
        j->basis = proof->basis;
    } else if (j->job->policy->receipt_is_proof && received != SP_NO_TIME) {
        j->proven_at = received;
        j->basis = SP_BASIS_RECEIPT;
    }
    bool proven = j->proven_at != UTC_NONE;
    j->u->sig->best_time = proven ? j->proven_at : j->job->clock->now;
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

static struct chain_question question(const struct judging *j, int64_t time, bool proven)
{
    return (struct chain_question){
        .leaf = j->u->cert,
        .purpose = j->u->is_timestamp ? CHAIN_TIMESTAMP : CHAIN_SIGN,
        .time = time,
        .time_proven = proven,
        .renewal = j->u->is_timestamp,
        .now = j->job->clock->now,
        .created_after = j->content_stamp != UTC_NONE ? j->content_stamp : 0,
        .policy = j->job->policy,
        .poe = &j->job->proofs,
        .where = j->u->sig->id,
    };
}

static int check_chain(struct judging *j, int64_t time, bool proven, struct sp_findings *findings)
{
    struct chain_question q = question(j, time, proven);
    return chain_judge(j->job->arena, j->job->pool, &q, findings, &j->chain);
}

static void apply_policy(struct judging *j, int64_t time, bool proven, struct sp_findings *findings)
{
    const struct sp_signature *sig = j->u->sig;
    bool seal = j->u->from && j->u->from->seal;
    struct policy_facts facts = {
        .arena = j->job->arena,
        .findings = findings,
        .where = sig->id,
        .policy = j->job->policy,
        .document_kind = seal ? SP_DOC_OTHER : j->job->document->kind,
        .applicant = j->u->counter || seal ? NULL : j->job->document->applicant,
        .signer = j->u->cert,
        .path = j->chain.path,
        .path_count = j->chain.path_count,
        .is_timestamp = j->u->is_timestamp,
        .digest = j->digest,
        .digest_name =
            j->u->is_timestamp && j->digest != OID_UNKNOWN ? oid_name(j->digest) : sig->digest,
        .judged_at = time,
        .now = j->job->clock->now,
        .claimed_time = sig->claimed_time,
        .time_proven = proven,
    };
    policy_apply(&facts);
}

/* Certificate and policy rows at a time, into findings. */
static int judge_at(struct judging *j, int64_t time, bool proven, struct sp_findings *findings)
{
    findings_init(findings);
    j->chain = (struct chain_answer){0};
    if (j->u->cert && check_chain(j, time, proven, findings)) {
        return -1;
    }
    apply_policy(j, time, proven, findings);
    return 0;
}

/* A signature is judged at its best signature time. A document time-stamp is judged as of now, and
 * at the time by which it is proven only when that does not do (as those inside signatures). */
static int judge_trust(struct judging *j)
{
    struct sp_findings list;
    size_t wants = pool_wants(j->job->pool)->count;
    bool proven = j->proven_at != UTC_NONE;
    enum sp_indication indication = SP_INDETERMINATE;
    const char *sub;
    if (j->u->is_timestamp || !proven) {
        if (judge_at(j, j->job->clock->now, false, &list)) {
            return -1;
        }
        conclude_list(j->job->policy, &list, &indication, &sub, NULL);
    }
    if (proven && indication != SP_TOTAL_PASSED) {
        pool_wants(j->job->pool)->count = wants;
        if (judge_at(j, j->proven_at, true, &list)) {
            return -1;
        }
    }
    findings_move(&j->u->sig->findings, &list);
    if (j->u->sig->intact == SP_NO) {
        pool_wants(j->job->pool)->count = wants; /* no answer would change that */
    }
    return j->u->cert ? describe_path(j) : 0;
}

/* ---- level ---------------------------------------------------------------------------------- */

/* An answer in the document, or none needed (short-lived certificates). */
static bool answered(const struct chain_answer *c, size_t i)
{
    return i < c->revocation_count &&
           (c->answers[i].p || strcmp(c->revocation[i].status, "not-needed") == 0);
}

/* The path as these objects of the document alone prove it: certificates (but for the anchor) and
 * an answer about each of them. No grace: that is a rule of a policy, not of the format. past: and
 * they must be proven old enough. */
static int judge_with(struct judging *j, const struct poe *objects, bool past, bool *complete)
{
    struct sp_findings unseen;
    struct chain_answer answer;
    struct chain_question q = question(j, j->u->sig->best_time, j->proven_at != UTC_NONE);
    size_t wants = pool_wants(j->job->pool)->count;
    q.renewal = true;
    q.only = objects;
    q.poe = past ? q.poe : NULL;
    findings_init(&unseen);
    if (chain_judge(j->job->arena, j->job->pool, &q, &unseen, &answer)) {
        return -1;
    }
    pool_wants(j->job->pool)->count = wants;
    *complete = answer.path_count > 1;
    for (size_t i = 0; i + 1 < answer.path_count; i++) {
        *complete = *complete && poe_of_hash(objects, answer.path[i]->sha256) &&
                    poe_of_hash(&j->job->inside, answer.path[i]->sha256) && answered(&answer, i);
    }
    return 0;
}

/* B-B: signed attributes bind the certificate; B-T: a trusted time-stamp over the value; B-LT: what
 * validation needs travels along; B-LTA: a trusted archive or document time-stamp is over that too
 * (EN 319 122-1 6, 142-1 6). */
static int find_level(struct judging *j)
{
    struct sp_signature *sig = j->u->sig;
    bool complete = false, archived = false;
    if (!j->level.bound) {
        return 0;
    }
    sig->baseline = j->stamped ? SP_BASELINE_T : SP_BASELINE_B;
    if (!j->stamped || !j->u->cert) {
        return 0;
    }
    if (judge_with(j, &j->job->inside, false, &complete) ||
        (complete && j->archived && judge_with(j, &j->job->stamped, true, &archived))) {
        return -1;
    }
    if (complete) {
        sig->baseline = archived ? SP_BASELINE_LTA : SP_BASELINE_LT;
    }
    return 0;
}

/* The octets are there but were not hashed, because the limit of digests.c was reached: a failure
 * of ours, which must not read as a wrong digest. */
static bool not_hashed(const struct unit *u)
{
    return verify_ranges_digest(u) != OID_UNKNOWN && !u->digest.p;
}

/* The revision of the document a unit belongs to; a counter-signature that of the first one. */
static size_t revision_of(const struct job *job, const struct unit *u)
{
    while (u->counter) {
        u = &job->units[u->parent];
    }
    return u->from ? u->from->revision : 0;
}

int judge_begin(struct judging *j, struct job *job, struct unit *u)
{
    *j = (struct judging){.job = job,
                          .u = u,
                          .digest = OID_UNKNOWN,
                          .proven_at = UTC_NONE,
                          .content_stamp = UTC_NONE,
                          .signature_stamp = UTC_NONE};
    j->stamps.end = &j->stamps.first;
    job->revision = revision_of(job, u);
    if (!u->ops) {
        bool ours = finding_has(&u->sig->findings, SP_ENGINE_LIMIT);
        u->sig->intact = ours ? SP_UNKNOWN : SP_NO;
        return 0;
    }
    if (not_hashed(u)) {
        finding_add(job->arena, &u->sig->findings, SP_ENGINE_LIMIT, u->sig->id, "hashing work",
                    NULL);
        u->ops = NULL;
        return 0;
    }
    u->cert = u->ops->find_cert(j);
    if (u->ops->check(j) || (j->value.p && verify_hold(job, j->value)) ||
        (u->ops->stamps && u->ops->stamps(j, &j->stamps))) {
        return -1;
    }
    return stamps_read(j);
}

int judge_finish(struct judging *j)
{
    decide_time(j);
    if (!j->u->ops) {
        return 0;
    }
    if (stamps_report(j) || judge_trust(j)) {
        return -1;
    }
    return find_level(j);
}
