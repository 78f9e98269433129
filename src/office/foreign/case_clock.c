/*
 * case_clock - see case_clock.h.
 *
 * Nothing here counts days: scheme/foreign_clock says on which day what is due; what was done is in
 * foreign_step, so a clock that is set back does nothing twice. A case expired too early - the last
 * day moved, or the computer's clock was wrong - is open again as soon as the window is.
 */
#include "office/foreign/case_clock.h"

#include <stdio.h>

#include "office/cases.h"
#include "records/audit.h"
#include "records/documents.h"

struct look {
    const struct foreign_by *by;
    const struct office *office;
    const char *data;
    const struct foreign_open_row *row;
    json_t *full; /* of foreign_get; NULL: not read yet */
    struct foreign_plan plan;
    struct foreign_round *round;
};

static int32_t day(const char *text)
{
    int32_t out;
    return *text && date_parse(span_str(text), &out) ? out : DATE_NONE;
}

static void plan_of(const struct scheme_data *data, const struct foreign_open_row *row, int64_t now,
                    struct foreign_plan *out)
{
    const struct foreign_dates dates = {day(row->complete_on), day(row->registered_on),
                                        day(row->queried_on), day(row->due_on), row->extra_days};
    foreign_plan(&dates, &data->settings, &data->calendar, date_of_utc(now), out);
}

static bool is_expired(const struct foreign_open_row *row)
{
    return strcmp(row->state, "expired_unverified") == 0;
}

static bool redates(const struct foreign_open_row *row, const struct foreign_plan *p)
{
    int64_t missing = row->missing_year == UTC_NONE ? 0 : row->missing_year;
    return p->start != day(row->started_on) || p->due != day(row->due_on) ||
           p->missing_year != missing;
}

static bool done(const struct foreign_open_row *row, const struct foreign_plan_row *step)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s:%lld", foreign_task_word(step->task),
                   (long long)step->day);
    size_t n = strlen(text);
    for (const char *p = row->steps; (p = strstr(p, text)); p += n) {
        if ((p == row->steps || p[-1] == ' ') && (p[n] == 0 || p[n] == ' ')) {
            return true;
        }
    }
    return false;
}

/* The day of the step has come, and it was not done. */
static bool wants(const struct foreign_open_row *row, const struct foreign_plan_row *step,
                  int32_t today)
{
    return step->task != FOREIGN_TASK_QUERY && step->task != FOREIGN_TASK_EXPIRE &&
           step->on <= today && !done(row, step);
}

bool foreign_clock_quiet(const struct scheme_data *data, const struct foreign_open_row *row,
                         int64_t now)
{
    struct foreign_plan p;
    int32_t today = date_of_utc(now);
    if (row->over) {
        return true;
    }
    plan_of(data, row, now, &p);
    bool late = p.due != DATE_NONE && today > p.due;
    if (redates(row, &p) || late != is_expired(row)) {
        return false;
    }
    for (size_t i = 0; !late && i < p.count; i++) {
        if (wants(row, &p.rows[i], today)) {
            return false;
        }
    }
    return true;
}

/* ---- what is done ---------------------------------------------------------------------------- */

/* The row as it is now; earlier steps of the same look may have changed it. */
static int read_again(struct look *k)
{
    json_decref(k->full);
    k->full = NULL;
    return foreign_get(k->by->r, k->row->id, &k->full);
}

static int event(struct look *k, enum foreign_event e, int64_t *counted)
{
    int rc = foreign_apply(k->by, k->full, e, NULL, NULL);
    *counted += rc == 1;
    return rc < 0 ? rc : read_again(k);
}

static int tell_vendor(struct look *k, const struct foreign_plan_row *step)
{
    int rc = foreign_trace(
        k->by, k->full, true,
        json_pack("{s:O, s:s, s:I, s:O?}", "certificate_number", json_object_get(k->full, "number"),
                  "task", foreign_task_word(step->task), "working_day", (json_int_t)step->day,
                  "due_on", json_object_get(k->full, "due_on")));
    k->round->told += rc == 0;
    return rc;
}

static int escalate(struct look *k, const struct foreign_plan_row *step)
{
    char today[DATE_TEXT];
    int rc = foreign_trace(k->by, k->full, false,
                           json_pack("{s:s, s:I}", "task", foreign_task_word(step->task),
                                     "working_day", (json_int_t)step->day));
    rc = rc ? rc
            : notice_add(k->by->r, office_num(k->full, "application"), "foreign-escalated",
                         "R-EXT-2", date_text(date_of_utc(k->by->now), today));
    k->round->escalated += rc == 0;
    return rc;
}

/* Of reminders whose days all passed while nobody looked one goes out, the last. */
static int remind(struct look *k, bool last)
{
    const char *mail = office_str(k->full, "mail"), *state = office_str(k->full, "state");
    if (!last || strcmp(mail, "waiting") != 0 || strcmp(state, "paused") == 0 ||
        !*k->office->mail_from || !*k->office->smtp_url) {
        return 0;
    }
    int rc = foreign_mail_want(k->by, k->office, k->data, k->full, true);
    k->round->reminded += rc == 0;
    return rc;
}

static bool later_reminder(const struct look *k, size_t at, int32_t today)
{
    for (size_t i = at + 1; i < k->plan.count; i++) {
        if (k->plan.rows[i].task == FOREIGN_TASK_REMIND && wants(k->row, &k->plan.rows[i], today)) {
            return true;
        }
    }
    return false;
}

static int do_step(struct look *k, size_t at, int32_t today)
{
    const struct foreign_plan_row *step = &k->plan.rows[at];
    char on[DATE_TEXT];
    int rc = foreign_step_done(k->by->r, k->row->id, foreign_task_word(step->task), step->day,
                               date_text(step->on, on), k->by->now);
    if (rc <= 0) {
        return rc;
    }
    switch (step->task) {
    case FOREIGN_TASK_REMIND:
        return remind(k, !later_reminder(k, at, today));
    case FOREIGN_TASK_TELL:
        return tell_vendor(k, step);
    case FOREIGN_TASK_ESCALATE:
        return escalate(k, step);
    default:
        return 0;
    }
}

static bool any_wanted(const struct look *k, int32_t today)
{
    bool any = false;
    for (size_t i = 0; i < k->plan.count; i++) {
        any |= wants(k->row, &k->plan.rows[i], today);
    }
    return any;
}

static int do_steps(struct look *k, int32_t today)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < k->plan.count; i++) {
        rc = wants(k->row, &k->plan.rows[i], today) ? do_step(k, i, today) : 0;
    }
    return rc;
}

/* Silence at the end of the last day (R-EXT-2). */
static int expire(struct look *k)
{
    char today[DATE_TEXT];
    int rc = event(k, FOREIGN_EXPIRE, &k->round->expired);
    return rc ? rc
              : notice_add(k->by->r, office_num(k->full, "application"), "foreign-expired",
                           "R-EXT-2", date_text(date_of_utc(k->by->now), today));
}

static int act(struct look *k)
{
    int32_t today = date_of_utc(k->by->now);
    int rc = read_again(k);
    if (rc == 0 && redates(k->row, &k->plan)) {
        rc = foreign_redate(k->by, k->full, NULL, "recomputed");
        k->round->redated += rc == 1;
        rc = rc < 0 ? rc : 0;
    }
    bool late = k->plan.due != DATE_NONE && today > k->plan.due;
    if (rc == 0 && (late != is_expired(k->row) || (!late && any_wanted(k, today)))) {
        rc = read_again(k); /* with the dates it has now */
    }
    if (rc == 0 && late != is_expired(k->row)) {
        rc = late ? expire(k) : event(k, FOREIGN_UNEXPIRE, &k->round->reopened);
        rc = rc == 0 && !late ? foreign_rejob(k->by, k->row->id) : rc;
    }
    return rc == 0 && !late ? do_steps(k, today) : rc;
}

static int look_at(const struct foreign_by *by, const struct office *office, const char *data,
                   const struct foreign_open_row *row, struct foreign_round *round)
{
    struct look k = {.by = by, .office = office, .data = data, .row = row, .round = round};
    round->cases++;
    if (foreign_clock_quiet(by->data, row, by->now)) {
        return 0;
    }
    plan_of(by->data, row, by->now, &k.plan);
    int rc = act(&k);
    json_decref(k.full);
    round->changed += rc == 0;
    return rc ? rc : 1;
}

int foreign_clock_case(const struct foreign_by *by, const struct office *office, const char *data,
                       int64_t id, struct foreign_round *round)
{
    struct foreign_open_row row;
    size_t n;
    int rc = foreign_open_rows(by->r, id - 1, 1, &row, &n);
    return rc || n == 0 || row.id != id ? rc : look_at(by, office, data, &row, round);
}

int foreign_clock_end(const struct foreign_by *by, const struct office *office, const char *data,
                      int64_t moment, json_t **row)
{
    struct foreign_round round = {0};
    struct foreign_by clock = *by;
    int64_t id = office_num(*row, "id");
    const char *due = office_str(*row, "due_on");
    if (!due || moment <= date_ends(day(due)) || office_num(*row, "expired") == 1 ||
        foreign_answered_row(*row)) {
        return 0;
    }
    clock.action = "foreign.clock";
    int rc = foreign_clock_case(&clock, office, data, id, &round);
    if (rc < 0) {
        return rc;
    }
    json_decref(*row);
    *row = NULL;
    return foreign_get(by->r, id, row);
}

int foreign_clock_round(const struct foreign_by *by, const struct office *office, const char *data,
                        struct foreign_round *round)
{
    enum { PAGE = 64 };
    struct foreign_open_row rows[PAGE];
    size_t n = PAGE;
    int64_t after = 0;
    int rc = 0;
    *round = (struct foreign_round){0};
    while (rc == 0 && n == PAGE) {
        rc = foreign_open_rows(by->r, after, PAGE, rows, &n);
        for (size_t i = 0; i < n && rc >= 0; i++) {
            after = rows[i].id;
            rc = look_at(by, office, data, &rows[i], round);
        }
        rc = rc < 0 ? rc : 0;
    }
    return rc;
}

/* ---- what waits for a person ----------------------------------------------------------------- */

/* Nobody decides about the application any more. */
static bool is_past(const json_t *row)
{
    static const char *const states[] = {"not-recommended", "not-considered", "withdrawn",
                                         "certified"};
    const char *state = office_str(row, "application_state");
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++) {
        if (strcmp(state, states[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int name_case(json_t *list, const json_t *row)
{
    json_t *one =
        json_pack("{s:O, s:O, s:O, s:O, s:O?}", "case", json_object_get(row, "id"), "number",
                  json_object_get(row, "number"), "issuer", json_object_get(row, "issuer"), "state",
                  json_object_get(row, "state"), "due_on", json_object_get(row, "due_on"));
    return one && json_array_append_new(list, one) == 0 ? 0 : RECORDS_FAILED;
}

/* Adds the cases of the filter to the list; *count: how many. An unclear one that is due as well is
 * named once. */
static int name_all(const struct foreign_by *by, const struct foreign_filter *filter, json_t *list,
                    int64_t *count)
{
    char next[48];
    size_t i;
    json_t *rows = NULL, *row;
    int rc = foreign_list(by->r, filter, &rows, next);
    *count = 0;
    json_array_foreach(rows, i, row)
    {
        bool twice = !filter->state && strcmp(office_str(row, "state"), "unclear") == 0;
        *count += !is_past(row);
        rc = rc || twice || is_past(row) ? rc : name_case(list, row);
    }
    json_decref(rows);
    return rc;
}

json_t *foreign_clock_json(const struct foreign_by *by, const struct foreign_round *round)
{
    enum { ROWS = 200 };
    char today[DATE_TEXT];
    int64_t ended = 0, unclear = 0, due = 0;
    json_t *states = NULL, *list = json_array();
    struct foreign_filter f = {
        .state = "expired_unverified", .application = UTC_NONE, .vendor = UTC_NONE, .limit = ROWS};
    int rc = list ? foreign_states(by->r, &states) : RECORDS_FAILED;
    rc = rc ? rc : name_all(by, &f, list, &ended);
    f.state = "unclear";
    rc = rc ? rc : name_all(by, &f, list, &unclear);
    f.state = NULL;
    f.open = true;
    f.due_until = date_text(date_of_utc(by->now), today);
    rc = rc ? rc : name_all(by, &f, list, &due);
    json_t *out =
        rc ? NULL
           : json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:O, s:O}", "cases",
                       (json_int_t)round->cases, "changed", (json_int_t)round->changed, "redated",
                       (json_int_t)round->redated, "reminded", (json_int_t)round->reminded, "told",
                       (json_int_t)round->told, "escalated", (json_int_t)round->escalated,
                       "expired", (json_int_t)round->expired, "reopened",
                       (json_int_t)round->reopened, "ended", (json_int_t)ended, "due_today",
                       (json_int_t)due, "needs_human", unclear > 0, "states", states, "waiting",
                       list);
    json_decref(states);
    json_decref(list);
    return out;
}
