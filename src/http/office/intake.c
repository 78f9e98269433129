/*
 * intake - see intake.h.
 */
#include "http/office/intake.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/server.h"
#include "office/intake/results.h"
#include "office/intake/runner.h"
#include "sandbox/bundle.h"

enum { MEMBER_JOBS = 2, ROUND_MS = 10000 };

struct office_intake {
    struct server *server;
    struct office_verifier verifier;
    struct runner *runner;
};

/* ---- one document ---------------------------------------------------------------------------- */

/* One bundle of everything that was fetched: the first whole, of the others the records. */
static void keep_evidence(struct buffer *out, int bundle)
{
    struct span whole = obtain_map(bundle), records = SPAN_NONE;
    if (whole.p && bundle_open(whole, &records)) {
        buffer_add(out, out->n ? records : whole);
    }
    obtain_unmap(whole);
}

/* As the verify page does it (request.c), but without a hurry. */
static enum checked verify_rounds(struct server *s, const struct sandbox_job *job,
                                  struct zygote_files *files, const struct checker_watch *watch,
                                  struct office_verified *out)
{
    bool online = !s->settings->offline && s->settings->fetch_seconds;
    enum checked c = checker_verify_watched(&s->checker, job, files, watch, &out->report);
    while (c == CHECKED && online && out->report->want_count &&
           files->extra_count < SANDBOX_EXTRA_MAX && !watch->stop(watch->context)) {
        int bundle = -1;
        if (fetching_round_aside(&s->fetching, out->report, ROUND_MS, &bundle) != 0) {
            break;
        }
        files->extra[files->extra_count++] = bundle;
        keep_evidence(&out->evidence, bundle);
        sp_report_free(out->report);
        out->report = NULL;
        c = checker_verify_watched(&s->checker, job, files, watch, &out->report);
    }
    return c;
}

static int verify(void *context, const struct office_document *d, const struct office_watch *w,
                  struct office_verified *out)
{
    const struct office_intake *i = context;
    struct server *s = i->server;
    struct sandbox_job job = {.document = {.name = d->name,
                                           .size = (size_t)d->size,
                                           .content_size = (size_t)d->content_size,
                                           .kind = d->kind,
                                           .applicant = d->applicant},
                              .evidence = &s->trusted->evidence,
                              .policy = sp_policy_builtin(i->verifier.policy),
                              .clock = {.now = d->now, .received = d->received}};
    struct zygote_files files = {.document = d->fd, .content = d->content};
    struct checker_watch watch = {.context = w->context,
                                  .seen = w->seen,
                                  .stop = w->stop,
                                  .jobs = MEMBER_JOBS,
                                  .members_ms = SANDBOX_MEMBERS_MS};
    int64_t began = checker_now_ms();
    unsigned starts = checker_starts(&s->checker);
    enum checked c = verify_rounds(s, &job, &files, &watch, out);
    for (size_t k = 0; k < files.extra_count; k++) {
        (void)close(files.extra[k]);
    }
    if (c == CHECKED && results_has(out->report, SP_ENGINE_CRASH) &&
        !checker_same(&s->checker, starts)) {
        sp_report_free(out->report); /* not the document's fault: at once again */
        out->report = NULL;
        c = CHECKED_GONE;
    }
    if (c == CHECKED) {
        metrics_report(&s->metrics, out->report, checker_now_ms() - began);
    }
    return c == CHECKED ? 0 : c == CHECKED_GONE ? 1 : -1;
}

/* ---- start and end --------------------------------------------------------------------------- */

int office_intake_start(struct office_server *o, char *why)
{
    struct office_intake *i = mem_zalloc(sizeof *i);
    if (!i || events_new(&o->events) != 0) {
        mem_free(i);
        (void)snprintf(why, RECORDS_WHY, "memory is out");
        return -1;
    }
    i->server = o->server;
    i->verifier = (struct office_verifier){.context = i, .policy = "india-dsc", .verify = verify};
    struct runner_options r = {.data = o->data,
                               .office = &o->office,
                               .verifier = &i->verifier,
                               .events = o->events,
                               .offline = o->server->settings->offline};
    if (runner_start(&r, &i->runner, why) != 0) {
        mem_free(i);
        return -1;
    }
    o->intake = i;
    return 0;
}

void office_intake_wake(struct office_intake *i)
{
    if (i) {
        runner_wake(i->runner);
    }
}

void office_intake_stop(struct office_intake *i)
{
    if (i) {
        runner_stop(i->runner);
        mem_free(i);
    }
}
