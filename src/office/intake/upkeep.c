/*
 * upkeep - once a day: what broken uploads left behind and jobs that were done long ago.
 */
#include "office/intake/inside.h"
#include "records/blobs.h"

enum { EVERY_S = 24 * 3600, KEPT_S = 30 * EVERY_S };

static int keep(struct worker *w)
{
    int64_t now = work_now(w);
    int64_t rc = job_sweep(w->records, now - KEPT_S);
    if (rc >= 0) {
        rc = job_add(w->records, w->job->kind, w->job->key, UTC_NONE, NULL, now + EVERY_S, now);
    }
    return rc < 0 ? (int)rc : job_finish(w->records, w->job, now);
}

enum work_end upkeep_work(struct worker *w)
{
    if (blob_sweep(w->records, work_now(w)) < 0 || records_begin(w->records) != 0) {
        return WORK_BROKEN;
    }
    int rc = keep(w);
    rc = records_commit(w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}
