/*
 * jobs - work to be done later or elsewhere, done at least once whatever crashes.
 *
 * A worker takes a job with a lease; every lease has a larger fence. Who finishes or renews with an
 * older fence than the row's is told so and must throw its result away. A lease that ran out is
 * given to the next one. After a failure the job waits min(6 h, 60 s * 2^tries), up to a quarter
 * less by chance; after JOB_TRIES (a lease that ran out is a try) it needs a human.
 *
 * Of one kind and key one job waits at most. What is wanted while that job is worked on waits as a
 * second one and is done after it: the work may have looked at what was there before.
 */
#ifndef RECORDS_JOBS_H
#define RECORDS_JOBS_H

#include "records/records.h"

enum { JOB_TRIES = 8 };

/* Inside the transaction that wants it. A job of the same kind and key that waits stays as it is,
 * but runs no later than this. application: UTC_NONE for none; payload: an object, or NULL. Returns
 * its id. */
int64_t job_add(struct records *r, const char *kind, const char *key, int64_t application,
                const json_t *payload, int64_t run_at, int64_t now) WARN_UNUSED;

struct job {
    int64_t id, application, fence;
    char kind[32], key[80];
    int tries;
    json_t *payload; /* owned */
};
void job_clear(struct job *j);

/* Takes one of those kinds (NULL-terminated) that is due, for so many seconds. Outside of a
 * transaction. RECORDS_NONE: nothing to do. */
int job_take(struct records *r, const char *const *kinds, const char *owner, int64_t now,
             int64_t seconds, struct job *out) WARN_UNUSED;

/* Renews the lease and notes progress. RECORDS_CONFLICT: the job is no longer ours. */
int job_renew(struct records *r, const struct job *j, int64_t now, int64_t seconds, int64_t done,
              int64_t of_all) WARN_UNUSED;

/* Inside the transaction that keeps the result. RECORDS_CONFLICT: undo it. */
int job_finish(struct records *r, const struct job *j, int64_t now) WARN_UNUSED;
int job_fail(struct records *r, const struct job *j, int64_t now, const char *error) WARN_UNUSED;

/* Inside a transaction: removes those that were done before that time. How many. */
int job_sweep(struct records *r, int64_t before) WARN_UNUSED;

/* Gives the job back unharmed: it was stopped, or could not be done at this moment, through no
 * fault of its own. It waits again, until run_at, and this try does not count. */
int job_release(struct records *r, const struct job *j, int64_t run_at) WARN_UNUSED;

/* Inside a transaction: the job waits until run_at for something that is not its fault (error
 * says for what); the try does not count. */
int job_wait(struct records *r, const struct job *j, int64_t run_at, const char *error) WARN_UNUSED;

/* Inside a transaction, after job_fail: it runs no earlier than then. */
int job_not_before(struct records *r, const struct job *j, int64_t run_at) WARN_UNUSED;

/* Leases of owners that are gone end now, or soon when it was not the first time: a program that
 * was ended comes back and goes on at once. Takes its own transaction. Returns how many leases,
 * or a code. */
int job_orphans(struct records *r, bool (*gone)(const char *owner), int64_t now) WARN_UNUSED;

/* Inside a transaction: the clock was set back. What would wait longer than any job may by this
 * clock runs now, and leases end soon: living workers renew theirs. How many, or a code. */
int job_clock_back(struct records *r, int64_t now, int64_t seconds) WARN_UNUSED;

/* When the next one is due; UTC_NONE: nothing waits. */
int job_next(struct records *r, const char *const *kinds, int64_t *out) WARN_UNUSED;

#endif
