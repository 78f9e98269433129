/*
 * work - the product's ways into the sandbox: the verifier as the child's work.
 */
#include <errno.h>
#include <stdio.h>

#include "report/render.h"
#include "sandbox/ended.h"
#include "sandbox/zygote_internal.h"

int child_verify(const struct sandbox_job *job, struct buffer *json)
{
    struct sp_report *report = NULL;
    if (sp_verify(&job->document, job->evidence, job->policy, &job->clock, &report) != 0) {
        return -1;
    }
    return report_json(report, json);
}

int sandbox_start(const struct sandbox_job *job, struct sandbox_child *child)
{
    return child_start(job, child_verify, &sandbox_limits_default, child);
}

int zygote_start(const struct sp_evidence *evidence, unsigned slots, struct zygote *z)
{
    return zygote_start_with(evidence, slots, child_verify, &sandbox_limits_default, z);
}

int sandbox_verify(const struct sandbox_job *job, struct sp_report **report)
{
    struct sandbox_child child;
    if (sandbox_start(job, &child) != 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "fork: %s", strerrorname_np(errno));
        return ended_report(job, SP_ENGINE_INTERNAL, text, true, report);
    }
    /* Memory that runs out here is remembered in the child and told by sandbox_finish. */
    (void)!child_wait(&child);
    return sandbox_finish(job, &child, report);
}
