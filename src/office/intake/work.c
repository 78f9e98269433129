/*
 * work - what the kinds of work share: lease, failure, audit row, telling those who look on.
 */
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "office/intake/inside.h"
#include "records/audit.h"
#include "records/documents.h"
#include "scheme/date.h"

int64_t work_now(const struct worker *w)
{
    return w->o->now ? w->o->now() : (int64_t)time(NULL);
}

const char *row_text(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

int64_t row_int(const json_t *row, const char *key)
{
    const json_t *v = json_object_get(row, key);
    return json_is_integer(v) ? json_integer_value(v) : UTC_NONE;
}

/* ---- the lease ------------------------------------------------------------------------------- */

static bool renew(struct worker *w, int64_t seconds)
{
    int64_t now = work_now(w), of_all = w->of_all ? w->of_all : UTC_NONE;
    int64_t done = w->of_all ? w->done : UTC_NONE;
    int rc = job_renew(w->records, w->job, now, seconds, done, of_all);
    w->lost = w->lost || rc == RECORDS_CONFLICT;
    w->renewed = now;
    return rc == 0;
}

bool work_alive(struct worker *w)
{
    if (w->stop && w->stop(w->stop_context)) {
        return false;
    }
    /* That it could not be renewed this time (a busy database) is no reason to stop. */
    if (!w->lost && work_now(w) - w->renewed >= WORK_RENEW_S) {
        (void)renew(w, WORK_LEASE_S);
    }
    return !w->lost;
}

bool work_ours(struct worker *w)
{
    return !w->lost && renew(w, WORK_LEASE_S);
}

/* ---- failures -------------------------------------------------------------------------------- */

/* Today's notice to the officers: a human is needed. */
static int call_human(struct worker *w)
{
    char today[DATE_TEXT];
    (void)date_text(date_of_utc(work_now(w)), today);
    return w->job->application == UTC_NONE
               ? 0
               : notice_add(w->records, w->job->application, "work-failed", "R-SIG-1", today);
}

static int keep_failure(struct worker *w, int64_t version, const char *why, bool *human)
{
    json_t *job = NULL;
    int rc = job_fail(w->records, w->job, work_now(w), why);
    rc = rc ? rc : job_about(w->records, w->job->kind, w->job->key, &job);
    *human = rc == 0 && strcmp(row_text(job, "state"), "needs-human") == 0;
    json_decref(job);
    if (rc == 0 && version != UTC_NONE) {
        rc = version_state(w->records, version, *human ? "failed" : "waiting", why);
    }
    if (rc == 0 && *human) {
        char subject[64];
        json_t *detail = json_pack("{s:s, s:s}", "job", w->job->kind, "failure", why);
        (void)snprintf(subject, sizeof subject, "job:%lld", (long long)w->job->id);
        rc = call_human(w);
        rc = rc ? rc : work_audit(w, "job.needs-human", subject, false, detail);
    }
    return rc;
}

enum work_end work_fail(struct worker *w, int64_t version, const char *why)
{
    bool human = false;
    if (records_begin(w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = keep_failure(w, version, why, &human);
    if (records_commit(w->records, rc == 0) != 0) {
        return WORK_BROKEN;
    }
    (void)fprintf(stderr, "satyapan: job %s %s: %s%s\n", w->job->kind, w->job->key, why,
                  human ? "; a human is needed" : "; tried again later");
    if (rc == 0 && version != UTC_NONE) {
        work_tell(w, "version",
                  json_pack("{s:I, s:s}", "version", (json_int_t)version, "state",
                            human ? "failed" : "waiting"));
    }
    return rc == 0 ? WORK_FAILED : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}

/* ---- saying so ------------------------------------------------------------------------------- */

int work_audit(struct worker *w, const char *action, const char *subject, bool visible,
               json_t *detail)
{
    struct audit_row row = {.at = work_now(w),
                            .person = UTC_NONE,
                            .actor = "satyapan",
                            .action = action,
                            .subject = subject,
                            .application = w->job->application,
                            .visible = visible,
                            .detail = detail};
    int64_t seq = detail ? audit_append(w->records, &row) : RECORDS_FAILED;
    json_decref(detail);
    return seq < 0 ? RECORDS_FAILED : 0;
}

void work_tell(struct worker *w, const char *kind, json_t *event)
{
    char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
    if (text) {
        events_publish(w->o->events, w->job->application, kind, text);
    }
    mem_free(text);
    json_decref(event);
}

int work_version(struct worker *w, json_t **out)
{
    int64_t version = row_int(w->job->payload, "version");
    *out = NULL;
    return version == UTC_NONE ? RECORDS_NONE : version_get(w->records, version, out);
}
