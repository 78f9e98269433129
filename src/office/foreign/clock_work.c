/*
 * clock_work - the work "foreign-clock": every few minutes the clocks of all open cases are looked
 * at. Lists of closures are read anew each time, so a list that was loaded moves the dates.
 *
 * Who wants nothing today costs no transaction; each of the others has its own, so that nobody
 * waits behind the whole list.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/foreign/case_clock.h"
#include "office/foreign/works.h"

enum { PAGE = 200, SECONDS_PER_MINUTE = 60 };

struct clocks {
    struct worker *w;
    struct scheme_data data;
    struct foreign_by by;
    struct foreign_round round;
};

static int look_at(struct clocks *g, int64_t id)
{
    if (records_begin(g->w->records) != 0) {
        return RECORDS_FAILED;
    }
    int rc = foreign_clock_case(&g->by, g->w->o->office, g->w->o->data, id, &g->round);
    int done = records_commit(g->w->records, rc >= 0);
    return rc < 0 ? rc : done;
}

/* 0; 1: stopped; a code. */
static int look_at_all(struct clocks *g)
{
    struct foreign_open_row *rows = arena_alloc(g->w->arena, PAGE * sizeof *rows);
    int64_t after = 0;
    size_t n = PAGE;
    int rc = rows ? 0 : RECORDS_FAILED;
    while (rc == 0 && n == PAGE) {
        rc = foreign_open_rows(g->w->records, after, PAGE, rows, &n);
        for (size_t i = 0; i < n && rc == 0; i++) {
            after = rows[i].id;
            if (!foreign_clock_quiet(&g->data, &rows[i], g->by.now)) {
                rc = work_alive(g->w) ? look_at(g, after) : 1;
            }
        }
    }
    return rc;
}

static int finish(struct clocks *g)
{
    struct worker *w = g->w;
    int64_t now = work_now(w), next = now + w->o->office->foreign_minutes * SECONDS_PER_MINUTE;
    int64_t midnight = date_ends(date_of_utc(now)) + 1;
    int rc = work_ours(w) ? job_finish(w->records, w->job, now) : RECORDS_CONFLICT;
    int64_t job = rc ? rc
                     : job_add(w->records, w->job->kind, "all", UTC_NONE, NULL,
                               next < midnight ? next : midnight, now);
    return job < 0 ? (int)job : 0;
}

enum work_end foreign_clock_work(struct worker *w)
{
    struct clocks g = {.w = w};
    program_folder_sweep(w);
    if (!works_by(w, "foreign.clock", &g.data, &g.by)) {
        return work_fail(w, UTC_NONE, "the scheme's data cannot be read");
    }
    int rc = look_at_all(&g);
    if (rc == 1) {
        return w->lost ? WORK_LOST : WORK_LATER;
    }
    rc = rc == 0 && records_begin(w->records) != 0 ? RECORDS_FAILED : rc;
    if (rc == 0) {
        rc = finish(&g);
        rc = records_commit(w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    }
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}
