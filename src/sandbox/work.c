/*
 * work - the product's ways into the sandbox: the verifier as the child's work.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "report/render.h"
#include "sandbox/bundle.h"
#include "sandbox/ended.h"
#include "sandbox/zygote_internal.h"

int sandbox_evidence(const struct sandbox_job *job, struct sp_evidence *out)
{
    *out = (struct sp_evidence){0};
    int rc = sp_evidence_extend(out, job->evidence);
    for (size_t i = 0; i < job->extra_count && rc == 0; i++) {
        rc = bundle_add_to(job->extra[i], out);
    }
    if (rc != 0) {
        sp_evidence_clear(out);
    }
    return rc;
}

int sandbox_none(const struct sandbox_job *job, struct sp_report **report)
{
    struct sp_evidence more;
    if (job->extra_count == 0) {
        return sp_verify(&job->document, job->evidence, job->policy, &job->clock, report);
    }
    int rc = sandbox_evidence(job, &more);
    if (rc != 0) {
        return rc < 0 ? -1
                      : ended_report(job, SP_ENGINE_INTERNAL, "malformed bundle", true, report);
    }
    rc = sp_verify(&job->document, &more, job->policy, &job->clock, report);
    sp_evidence_clear(&more);
    return rc;
}

int child_verify(const struct sandbox_job *job, struct buffer *json)
{
    struct sp_report *report = NULL;
    return sandbox_none(job, &report) == 0 ? report_json_inside(report, json) : -1;
}

int sandbox_start(const struct sandbox_job *job, struct sandbox_child *child)
{
    return child_start(job, child_verify, &sandbox_limits_default, child);
}

int zygote_start(const struct sp_evidence *evidence, unsigned slots, struct zygote *z)
{
    return zygote_start_with(evidence, slots, child_verify, &sandbox_limits_default, z);
}

int sandbox_start_plain(void *context, const struct sandbox_job *job, struct sandbox_child *child)
{
    (void)context;
    return sandbox_start(job, child);
}

int sandbox_verify(const struct sandbox_job *job, struct sp_report **report)
{
    struct sandbox_child child;
    struct sandbox_job first = *job;
    first.document.part = SP_PART_OPEN;
    if (sandbox_start(&first, &child) != 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "fork: %s", strerrorname_np(errno));
        return ended_report(job, SP_ENGINE_INTERNAL, text, true, report);
    }
    /* Memory that runs out here is remembered in the child and told by sandbox_finish. */
    (void)!child_wait(&child);
    if (sandbox_finish(&first, &child, report) != 0) {
        return -1;
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct sandbox_starter starter = {.start = sandbox_start_plain,
                                      .jobs = processors > 0 ? (size_t)processors : 1,
                                      .total_ms = SANDBOX_MEMBERS_MS};
    return (*report)->pending ? sandbox_members(job, &starter, *report) : 0;
}
