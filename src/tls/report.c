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

static int judge_chains(struct tls_report *r, const struct report_basis *b)
{
    const struct tls_facts *f = &r->job->facts;
    const struct scan_target *t = r->job->target;
    struct arena *a = r->job->arena;
    for (size_t i = 0; i < f->chain_count; i++) {
        struct cert_facts *c = &r->certs[r->cert_count++];
        if (certificate_judge(a, &f->chains[i], b->trust, b->known, t->name, t->ip, b->now, c) <
                0 ||
            (c->leaf && b->ask && b->ask(b->context, a, c, &c->history) < 0)) {
            return -1;
        }
    }
    return 0;
}

static unsigned units_known(const struct tls_report *r)
{
    unsigned most = 0;
    for (size_t i = 0; i < r->cert_count; i++) {
        unsigned n = r->certs[i].history.units;
        most = n > most ? n : most;
    }
    return most;
}

int report_make(struct tls_report *r, const struct scan_job *job, const struct report_basis *basis)
{
    memset(r, 0, sizeof *r);
    r->job = job;
    r->policy = basis->policy;
    r->level = basis->level;
    r->now = basis->now;
    r->certs = arena_array(job->arena, job->facts.chain_count + 1, sizeof *r->certs);
    if (!r->certs || judge_chains(r, basis) < 0) {
        return -1;
    }
    checks_init(&r->findings, job->arena);
    checks_run(&r->findings, job, r->certs, r->cert_count);
    if (basis->declared) {
        declared_check(&r->findings, basis->declared, job, r->certs, r->cert_count);
    }
    struct policy_known known = {units_known(r), basis->declared != NULL};
    policy_profiles(r->policy, r->level, job, &r->findings);
    r->result_count = policy_judge(r->policy, r->level, job, &r->findings, known, r->results);
    r->overall = worst(r);
    return 0;
}

const char *report_version_state(const struct version_facts *v)
{
    return known_name(v->state);
}
