/*
 * inside - the runner from the inside: one worker, and the kinds of work.
 */
#ifndef OFFICE_INTAKE_INSIDE_H
#define OFFICE_INTAKE_INSIDE_H

#include "base/arena.h"
#include "office/intake/runner.h"

/* A crash is noticed after so long; renewed by work_alive. */
enum { WORK_LEASE_S = 60, WORK_RENEW_S = 15 };

#define WORK_ARENA ((size_t)256 << 20)

struct worker {
    const struct runner_options *o;
    struct records *records;
    struct arena *arena; /* of the job */
    const struct job *job;
    bool (*stop)(void *context);
    void *stop_context;
    int64_t renewed, done, of_all; /* of the lease; progress */
    bool lost;                     /* the job belongs to somebody else now */
};

/* How a piece of work ended. */
enum work_end {
    WORK_DONE,   /* kept, the job is finished */
    WORK_LATER,  /* stopped: nothing was kept, the lease runs out or is given back */
    WORK_LOST,   /* another worker has it */
    WORK_FAILED, /* for a reason that was noted with work_fail */
    WORK_BROKEN  /* the records cannot be written */
};

typedef enum work_end (*work_do)(struct worker *w);

enum work_end verify_work(struct worker *w);    /* verify.c */
enum work_end text_work(struct worker *w);      /* text.c */
enum work_end timestamp_work(struct worker *w); /* timestamp.c */
enum work_end recheck_work(struct worker *w);   /* recheck.c */
enum work_end deadlines_work(struct worker *w); /* deadlines.c */
enum work_end upkeep_work(struct worker *w);    /* upkeep.c */
enum work_end settings_work(struct worker *w);  /* settings.c */
enum work_end bench_work(struct worker *w);     /* bench_work.c */

int64_t work_now(const struct worker *w);

/* Renews the lease when it is time; false: stop, the work is wanted no more. Outside of a
 * transaction. */
bool work_alive(struct worker *w);

/* Inside a transaction: the job is still ours; notes the progress. */
bool work_ours(struct worker *w);

/* Notes the failure in a transaction of its own: job_fail, and, where the job is about a version,
 * what people see. Returns WORK_FAILED, WORK_LOST or WORK_BROKEN. */
enum work_end work_fail(struct worker *w, int64_t version, const char *why);

/* The audit row of the program itself. detail is taken over. */
int work_audit(struct worker *w, const char *action, const char *subject, bool visible,
               json_t *detail) WARN_UNUSED;

/* Publishes; the object is taken over. */
void work_tell(struct worker *w, const char *kind, json_t *event);

/* The version a job is about. RECORDS_NONE: there is none. */
int work_version(struct worker *w, json_t **out) WARN_UNUSED;

/* Text of a row's member, "" for null; its number, UTC_NONE for null. */
const char *row_text(const json_t *row, const char *key);
int64_t row_int(const json_t *row, const char *key);

#endif
