/*
 * selftest - shows at start-up that documents of every format can be verified inside the sandbox.
 *
 * A code path that needs a forbidden call would otherwise be found by a vendor: his document would
 * end as engine.child-ended. Whether the verdicts are right is for the test suite, not asked here.
 */
#include <stdio.h>

#include "sandbox/sandbox.h"

enum { LINE_MAX_SIZE = 512 };

/* The report tells of a failure of our own; returns it, or NULL. */
static const struct sp_finding *own_failure(const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        switch (f->reason) {
        case SP_ENGINE_MEMORY:
        case SP_ENGINE_LIMIT:
        case SP_ENGINE_CRASH:
        case SP_ENGINE_INTERNAL:
            return f;
        default:
            break;
        }
    }
    return NULL;
}

static const struct sp_finding *signature_failure(const struct sp_report *r)
{
    const struct sp_finding *f = own_failure(&r->findings);
    for (size_t i = 0; !f && i < r->signature_count; i++) {
        f = own_failure(&r->signatures[i]->findings);
    }
    return f;
}

/* Also of the files inside; the fixtures nest no deeper. */
static const struct sp_finding *any_failure(const struct sp_report *r)
{
    const struct sp_finding *f = signature_failure(r);
    for (size_t i = 0; !f && i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        f = own_failure(&m->findings);
        f = f || !m->report ? f : signature_failure(m->report);
    }
    return f;
}

int sandbox_selftest(const struct sandbox_job *jobs, size_t count,
                     void (*log)(void *context, const char *line), void *context)
{
    char line[LINE_MAX_SIZE];
    int failed = 0;
    if (log && !sandbox_has_landlock()) {
        log(context, "sandbox: this kernel offers no Landlock; seccomp and limits are on");
    }
    for (size_t i = 0; i < count; i++) {
        struct sp_report *report = NULL;
        if (sandbox_verify(&jobs[i], &report) != 0) {
            return -1;
        }
        const struct sp_finding *f = any_failure(report);
        if (f) {
            failed++;
            (void)snprintf(line, sizeof line, "sandbox: self-test of %s failed: %s",
                           jobs[i].document.name, f->text);
        }
        if (f && log) {
            log(context, line);
        }
        sp_report_free(report);
    }
    return failed;
}
