/*
 * deadlines - the work "deadlines": the dates that matter to each application, kept in its row (the
 * queue sorts by the nearest) and as reminders.
 *
 * Once a day for all (key "all"), and for one application when it was changed ("application:7").
 * Each application is a transaction of its own, so that nobody waits behind the whole list. A date
 * that the closures moved is written anew; a reminder for the old one is void.
 */
#include <stdio.h>
#include <time.h>

#include "office/check.h"
#include "office/intake/inside.h"
#include "records/applications.h"
#include "records/scheme_rows.h"

enum { PAGE = 200, AFTER_MIDNIGHT_S = 300, PAUSE_NS = 2000000 };

struct dating {
    struct worker *w;
    struct scheme_data data;
    int64_t changed;
};

/* What is still to be done when its day is over, as long as it is there at all. */
static bool stays(enum scheme_deadline_kind kind)
{
    return kind == SCHEME_EXT_QUERY || kind == SCHEME_EXT_DUE || kind == SCHEME_CHANGE_REPORT;
}

/* The rows come by date: the first that is not over. */
static const struct scheme_deadline *nearest(const struct scheme_deadlines *d, int32_t today)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->rows[i].date >= today || stays(d->rows[i].kind)) {
            return &d->rows[i];
        }
    }
    return NULL;
}

/* A reminder to renew is about the last day to apply for it. */
static int32_t due_of(const struct scheme_deadlines *d, const struct scheme_deadline *row)
{
    for (size_t i = 0; row->kind == SCHEME_REC_WARN && i < d->count; i++) {
        if (d->rows[i].kind == SCHEME_REC_LATEST) {
            return d->rows[i].date;
        }
    }
    return row->date;
}

static int remind(struct dating *g, int64_t application, const struct scheme_deadlines *d,
                  int32_t today)
{
    char due[DATE_TEXT], on[DATE_TEXT];
    int rc = reminder_clear(g->w->records, application);
    for (size_t i = 0; rc == 0 && i < d->count; i++) {
        const struct scheme_deadline *row = &d->rows[i];
        const struct reminder_row r = {.kind = scheme_deadline_word(row->kind),
                                       .rule = row->rule,
                                       .due_on = date_text(due_of(d, row), due),
                                       .remind_on = date_text(row->date, on)};
        rc = row->date >= today ? reminder_add(g->w->records, application, &r) : 0;
    }
    return rc;
}

static bool is_over(const json_t *application)
{
    static const char *const states[] = {"not-recommended", "not-considered", "withdrawn"};
    const char *state = row_text(application, "state");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(states[i], state) == 0) {
            return true;
        }
    }
    return false;
}

/* Of an application that is over nothing is due. */
static int date(struct dating *g, struct arena *a, int64_t id)
{
    char on[DATE_TEXT];
    struct scheme_facts facts;
    struct scheme_input in;
    struct scheme_deadlines d = {0};
    json_t *application = NULL;
    int rc = application_get(g->w->records, id, &application);
    if (rc == 0) {
        rc = check_input(a, g->w->records, application, &g->data, work_now(g->w), &facts, &in);
    }
    if (rc == 0 && !is_over(application) && scheme_deadlines(a, &in, &d) < 0) {
        rc = RECORDS_FAILED;
    }
    json_decref(application);
    if (rc != 0) {
        return rc;
    }
    const struct scheme_deadline *next = nearest(&d, in.today);
    rc = application_due(g->w->records, id, next ? date_text(next->date, on) : NULL,
                         next ? next->rule : NULL);
    g->changed += rc > 0;
    return rc < 0 ? rc : remind(g, id, &d, in.today);
}

static int date_one(struct dating *g, int64_t id)
{
    struct arena *a = arena_new(WORK_ARENA);
    int rc = a && records_begin(g->w->records) == 0 ? 0 : RECORDS_FAILED;
    if (rc == 0) {
        rc = date(g, a, id);
        rc = rc == RECORDS_NONE ? 0 : rc; /* gone meanwhile: nothing to date */
        rc = records_commit(g->w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    }
    arena_free(a);
    return rc;
}

/* Other processes write, too, and SQLite lets none wait in a line: whoever takes the lock again at
 * once keeps them out for as long as there are applications. */
static void let_others(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    (void)nanosleep(&pause, NULL);
}

/* 0; 1: stopped; a code. */
static int date_all(struct dating *g)
{
    int64_t after = 0;
    for (;;) {
        json_t *rows = NULL;
        int rc = application_open(g->w->records, after, PAGE, &rows);
        size_t n = json_array_size(rows);
        for (size_t i = 0; i < n && rc == 0; i++) {
            after = row_int(json_array_get(rows, i), "id");
            rc = work_alive(g->w) ? date_one(g, after) : 1;
            let_others();
        }
        json_decref(rows);
        if (rc != 0 || n < PAGE) {
            return rc;
        }
    }
}

/* Shortly after midnight in India the same again. */
static int finish(struct dating *g, bool all)
{
    struct worker *w = g->w;
    int64_t now = work_now(w), next = date_ends(date_of_utc(now)) + AFTER_MIDNIGHT_S;
    int rc = work_ours(w) ? 0 : RECORDS_CONFLICT;
    if (rc == 0 && all && g->changed) {
        rc = work_audit(w, "application.deadlines", "job:deadlines", false,
                        json_pack("{s:I}", "changed", (json_int_t)g->changed));
    }
    if (rc == 0 && all && job_add(w->records, "deadlines", "all", UTC_NONE, NULL, next, now) < 0) {
        rc = RECORDS_FAILED;
    }
    return rc ? rc : job_finish(w->records, w->job, now);
}

enum work_end deadlines_work(struct worker *w)
{
    char why[SCHEME_DATA_ERROR] = "memory ran out";
    struct dating g = {.w = w};
    bool all = w->job->application == UTC_NONE;
    if (check_data(w->arena, w->o->office, w->o->data, &g.data, why) != 0) {
        return work_fail(w, UTC_NONE, why);
    }
    int rc = all ? date_all(&g) : date_one(&g, w->job->application);
    if (rc == 1) {
        return WORK_LATER;
    }
    rc = rc == 0 && records_begin(w->records) != 0 ? RECORDS_FAILED : rc;
    if (rc == 0) {
        rc = finish(&g, all);
        rc = records_commit(w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    }
    return rc == 0 ? WORK_DONE : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}
