/*
 * recheck - the work "recheck": which documents are to be verified again because revocation data
 * changed.
 *
 * Runs every hour. A version of an application that is not closed is verified again when the list
 * of a CA it rests on has been replaced by a newer one, at most every recheck_hours; and once after
 * the grace period, when the verdict of its arrival is settled by newer lists (verify.c). Only what
 * the store published is read (store/current/current.h). Documents whose workers ended every time
 * are said to be failed here, too.
 */
#include <stdio.h>

#include "office/intake/inside.h"
#include "records/documents.h"
#include "scheme/date.h"
#include "store/current/current.h"

enum { EVERY_S = 3600, PAGE = 200 };

struct rechecking {
    struct worker *w;
    struct current *held;
    int64_t grace, now;
    json_t *wanted; /* rows of version_open */
};

/* The list is what is current of its CA. */
static bool is_current(const struct current *c, struct span sha256)
{
    size_t n;
    const struct store_source *s = current_sources(c, &n);
    for (size_t i = 0; i < n; i++) {
        if (s[i].held && span_eq(span_str(s[i].sha256), sha256)) {
            return true;
        }
    }
    return false;
}

/* All lists it rests on are the newest we have. */
static bool rests_on_current(const struct current *c, const char *crls)
{
    struct span rest = span_str(crls);
    while (rest.n) {
        size_t n = span_find(rest, SPAN_LIT(" "), 0);
        n = n == SIZE_MAX ? rest.n : n;
        if (n && !is_current(c, span_sub(rest, 0, n))) {
            return false;
        }
        rest = span_sub(rest, n + 1, rest.n);
    }
    return true;
}

static bool is_concerned(const struct rechecking *r, const json_t *row)
{
    int64_t at = row_int(row, "at"), settles = row_int(row, "received_at") + r->grace;
    int64_t wait = r->w->o->office->recheck_hours * 3600, written = current_written_at(r->held);
    const char *crls = row_text(row, "crls"), *verdict = row_text(row, "verdict");
    if (!*crls && strcmp(verdict, "REJECTED") == 0) {
        return false; /* no revocation data made it so */
    }
    if (at < settles) { /* judged at its arrival: once more when that can be settled */
        return r->now >= settles && (!*crls || written >= settles);
    }
    return r->now - at >= wait && written > at &&
           (*crls ? !rests_on_current(r->held, crls) : strcmp(verdict, "REVIEW") == 0);
}

/* It waits or runs already. */
static bool is_wanted(struct rechecking *r, const char *key)
{
    json_t *job = NULL;
    bool found = job_about(r->w->records, "verify", key, &job) == 0 &&
                 (strcmp(row_text(job, "state"), "waiting") == 0 ||
                  strcmp(row_text(job, "state"), "running") == 0);
    json_decref(job);
    return found;
}

static int want(struct rechecking *r, const json_t *row)
{
    char key[40];
    int64_t version = row_int(row, "id");
    (void)snprintf(key, sizeof key, "version:%lld", (long long)version);
    if (is_wanted(r, key)) {
        return 0;
    }
    json_t *payload =
        json_pack("{s:I, s:s}", "version", (json_int_t)version, "reason", "revocation-data");
    int64_t id = payload ? job_add(r->w->records, "verify", key, row_int(row, "application"),
                                   payload, r->now, r->now)
                         : RECORDS_FAILED;
    json_decref(payload);
    return id < 0 ? RECORDS_FAILED : 0;
}

/* Looks without holding anybody up: nothing is written yet. */
static int find_all(struct rechecking *r)
{
    int64_t after = 0;
    for (;;) {
        json_t *rows = NULL;
        int rc = version_open(r->w->records, r->now, after, PAGE, &rows);
        size_t n = json_array_size(rows);
        for (size_t i = 0; i < n && rc == 0; i++) {
            const json_t *row = json_array_get(rows, i);
            after = row_int(row, "id");
            rc = is_concerned(r, row) ? json_array_append(r->wanted, (json_t *)(uintptr_t)row) : 0;
        }
        json_decref(rows);
        if (rc != 0 || n < PAGE) {
            return rc;
        }
    }
}

/* Those whose workers ended every time (a crash has no time to say so): people are told. */
static int fail_abandoned(struct rechecking *r)
{
    char subject[64], today[DATE_TEXT];
    json_t *rows = NULL;
    int rc = version_abandoned(r->w->records, &rows);
    (void)date_text(date_of_utc(r->now), today);
    for (size_t i = 0; i < json_array_size(rows) && rc == 0; i++) {
        const json_t *row = json_array_get(rows, i);
        (void)snprintf(subject, sizeof subject, "version:%lld", (long long)row_int(row, "id"));
        rc = version_state(r->w->records, row_int(row, "id"), "failed", row_text(row, "error"));
        rc = rc ? rc
                : notice_add(r->w->records, row_int(row, "application"), "work-failed", "R-SIG-1",
                             today);
        rc = rc ? rc
                : work_audit(r->w, "document.abandoned", subject, false,
                             json_pack("{s:s}", "failure", row_text(row, "error")));
    }
    json_decref(rows);
    return rc;
}

static int keep(struct rechecking *r)
{
    struct worker *w = r->w;
    size_t n = json_array_size(r->wanted);
    int rc = work_ours(w) ? 0 : RECORDS_CONFLICT;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = want(r, json_array_get(r->wanted, i));
    }
    rc = rc ? rc : fail_abandoned(r);
    if (rc == 0 && n) {
        rc = work_audit(w, "document.recheck", "job:recheck", false,
                        json_pack("{s:I, s:I}", "versions", (json_int_t)n, "generation",
                                  (json_int_t)current_generation(r->held)));
    }
    if (rc == 0 &&
        job_add(w->records, "recheck", "all", UTC_NONE, NULL, r->now + EVERY_S, r->now) < 0) {
        rc = RECORDS_FAILED;
    }
    return rc ? rc : job_finish(w->records, w->job, r->now);
}

enum work_end recheck_work(struct worker *w)
{
    char why[STORE_ERROR];
    const struct sp_policy *p = sp_policy_builtin(w->o->verifier->policy);
    struct rechecking r = {.w = w, .now = work_now(w), .grace = p ? p->grace_seconds : 0};
    if (current_load(w->o->data, &r.held, why) != 0) {
        return work_fail(w, UTC_NONE, why);
    }
    r.wanted = json_array();
    int rc = r.wanted ? find_all(&r) : RECORDS_FAILED;
    rc = rc ? rc : records_begin(w->records);
    if (rc == 0) {
        rc = keep(&r);
        rc = records_commit(w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    }
    json_decref(r.wanted);
    current_free(r.held);
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}
