/*
 * conclude - the one place where findings become an indication and a verdict.
 *
 * A finding of level REVIEW or FAIL counts: its row in reasons.def says what it does to the
 * indication of its signature; FAILED outranks INDETERMINATE, and within a class the first row of
 * the table names the sub-indication. Verdict: any FAIL gives REJECTED, else any REVIEW gives
 * REVIEW.
 */
#include "verify/job.h"

void conclude_list(const struct sp_policy *policy, struct sp_findings *findings,
                   enum sp_indication *indication, const char **subindication,
                   enum sp_reason *decisive)
{
    enum sp_effect worst = SP_EFFECT_NONE;
    enum sp_reason first = SP_REASON_COUNT;
    for (struct sp_finding *f = findings->first; f; f = f->next) {
        const struct sp_reason_row *row = sp_reason_row(f->reason);
        f->level = sp_policy_level(policy, f->reason);
        enum sp_effect effect = f->level >= SP_LEVEL_REVIEW ? row->effect : SP_EFFECT_NONE;
        if (effect > worst || (effect == worst && effect != SP_EFFECT_NONE && f->reason < first)) {
            worst = effect;
            first = f->reason;
        }
    }
    *indication = worst == SP_EFFECT_FAILED          ? SP_TOTAL_FAILED
                  : worst == SP_EFFECT_INDETERMINATE ? SP_INDETERMINATE
                                                     : SP_TOTAL_PASSED;
    *subindication = worst == SP_EFFECT_NONE ? NULL : sp_reason_row(first)->subindication;
    if (decisive) {
        *decisive = first;
    }
}

static enum sp_verdict verdict_of(const struct sp_findings *findings)
{
    enum sp_verdict v = SP_ACCEPTED;
    for (const struct sp_finding *f = findings->first; f; f = f->next) {
        enum sp_verdict own = f->level == SP_LEVEL_FAIL     ? SP_REJECTED
                              : f->level == SP_LEVEL_REVIEW ? SP_REVIEW
                                                            : SP_ACCEPTED;
        v = own > v ? own : v;
    }
    return v;
}

static bool is_time_stamp(const struct sp_signature *s)
{
    return s->kind == SP_KIND_DOCTIMESTAMP || s->kind == SP_KIND_TST || s->kind == SP_KIND_ERS;
}

/* Nothing may pass by silence: a signature that is not known to be intact, or whose signer or path
 * is not known, has a reason that says so. If it has none, our own code is wrong. */
static void require_reasons(struct arena *a, struct sp_signature *s)
{
    bool proven = s->intact == SP_YES && s->signer && s->chain_count > 0;
    if (!proven && verdict_of(&s->findings) == SP_ACCEPTED) {
        finding_add(a, &s->findings, SP_ENGINE_INTERNAL, s->id, "a passing signature without proof",
                    NULL);
    }
}

/* A document needs the signature of somebody; a time-stamp alone is nobody's. The generic profile
 * is also asked about bare tokens. */
static void require_signature(const struct sp_policy *policy, struct arena *a,
                              struct sp_report *report)
{
    size_t signers = 0;
    for (size_t i = 0; i < report->member_count; i++) {
        /* Each has its own reasons. */
        signers += report->members[i].state != SP_MEMBER_PART && report->signature_count == 0;
    }
    for (size_t i = 0; i < report->signature_count; i++) {
        signers += policy->india ? !is_time_stamp(report->signatures[i]) : 1;
    }
    if (signers == 0 && verdict_of(&report->findings) == SP_ACCEPTED) {
        finding_add(a, &report->findings, SP_FORMAT_NO_SIGNATURE, "document", NULL);
    }
}

enum sp_verdict conclude_signature(const struct sp_policy *policy, struct sp_signature *s)
{
    const char *sub;
    enum sp_indication indication;
    conclude_list(policy, &s->findings, &indication, &sub, NULL);
    bool proven = s->intact == SP_YES && s->signer && s->chain_count > 0;
    enum sp_verdict v = verdict_of(&s->findings);
    return !proven && v == SP_ACCEPTED ? SP_REVIEW : v;
}

/* The rows of a container: their findings, and what they do to the whole. */
static void conclude_members(const struct sp_policy *policy, struct sp_report *report)
{
    for (size_t i = 0; i < report->member_count; i++) {
        struct sp_member *m = &report->members[i];
        enum sp_indication ignored;
        const char *sub;
        conclude_list(policy, &m->findings, &ignored, &sub, NULL);
        enum sp_verdict own = verdict_of(&m->findings);
        m->verdict = own > m->verdict ? own : m->verdict;
        if (m->report) {
            m->report->verdict = m->verdict;
        }
        report->verdict = m->verdict > report->verdict ? m->verdict : report->verdict;
    }
}

void conclude_report(const struct sp_policy *policy, struct arena *a, struct sp_report *report)
{
    enum sp_indication ignored;
    const char *sub;
    if (report->pending) {
        conclude_list(policy, &report->findings, &ignored, &sub, NULL);
        report->verdict = SP_REVIEW;
        return;
    }
    conclude_list(policy, &report->findings, &ignored, &sub, NULL);
    require_signature(policy, a, report);
    conclude_list(policy, &report->findings, &ignored, &sub, NULL);
    report->verdict = verdict_of(&report->findings);
    for (size_t i = 0; i < report->signature_count; i++) {
        struct sp_signature *s = report->signatures[i];
        conclude_list(policy, &s->findings, &s->indication, &s->subindication, NULL);
        require_reasons(a, s);
        conclude_list(policy, &s->findings, &s->indication, &s->subindication, NULL);
        enum sp_verdict own = verdict_of(&s->findings);
        report->verdict = own > report->verdict ? own : report->verdict;
    }
    conclude_members(policy, report);
}
