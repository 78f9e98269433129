/*
 * report - from a finished job to a judged report. See report.h.
 */
#include "tls/report.h"

static enum result worst(const struct tls_report *r)
{
    enum result overall = r->result_count ? RESULT_NOT_TESTED : RESULT_PASS;
    for (size_t i = 0; i < r->result_count; i++) {
        enum result one = r->results[i].result;
        if (one == RESULT_FAIL) {
            return RESULT_FAIL;
        }
        if (one == RESULT_INCONCLUSIVE || (one == RESULT_PASS && overall == RESULT_NOT_TESTED)) {
            overall = one;
        }
    }
    return overall;
}

int report_make(struct tls_report *r, const struct scan_job *job, const struct tls_policy *policy,
                unsigned level, const struct trust_sets *trust, const struct known_keys *known,
                int64_t now)
{
    const struct tls_facts *f = &job->facts;
    const struct scan_target *t = job->target;
    memset(r, 0, sizeof *r);
    r->job = job;
    r->policy = policy;
    r->level = level;
    r->now = now;
    r->certs = arena_array(job->arena, f->chain_count + 1, sizeof *r->certs);
    if (!r->certs) {
        return -1;
    }
    for (size_t i = 0; i < f->chain_count; i++) {
        if (certificate_judge(job->arena, &f->chains[i], trust, known, t->name, t->ip, now,
                              &r->certs[r->cert_count++]) < 0) {
            return -1;
        }
    }
    checks_init(&r->findings, job->arena);
    checks_run(&r->findings, job, r->certs, r->cert_count);
    r->result_count = policy_judge(policy, level, job, &r->findings, 1, r->results);
    r->overall = worst(r);
    return 0;
}

const char *report_version_state(const struct version_facts *v)
{
    return known_name(v->state);
}
