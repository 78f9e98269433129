/*
 * foreign_clock - see foreign_clock.h.
 */
#include "scheme/foreign_clock.h"

static int32_t start_of(const struct foreign_dates *d, enum scheme_clock clock)
{
    return clock == SCHEME_COMPLETE_SUBMISSION ? d->complete_on
           : clock == SCHEME_REGISTRATION      ? d->registered_on
                                               : d->queried_on;
}

static void add(struct foreign_plan *p, enum foreign_task task, int64_t day, int32_t on)
{
    if (p->count == FOREIGN_TASKS_MAX || on == DATE_NONE) {
        return;
    }
    size_t at = p->count++;
    for (; at > 0 && p->rows[at - 1].on > on; at--) {
        p->rows[at] = p->rows[at - 1];
    }
    p->rows[at] = (struct foreign_plan_row){task, day, on};
}

static int32_t day_of(const struct calendar *c, int32_t start, int64_t days, int32_t as_of)
{
    return calendar_due(c, start, (int)days, as_of).date;
}

/* A step that would come after the end of the window is none. */
static void add_step(struct foreign_plan *p, const struct calendar *c, enum foreign_task task,
                     int64_t day, int32_t as_of)
{
    if (day < p->days) {
        add(p, task, day, day_of(c, p->start, day, as_of));
    }
}

void foreign_plan(const struct foreign_dates *dates, const struct scheme_settings *settings,
                  const struct calendar *calendar, int32_t as_of, struct foreign_plan *out)
{
    *out = (struct foreign_plan){.start = start_of(dates, settings->clock_start),
                                 .due = DATE_NONE,
                                 .computed = DATE_NONE,
                                 .days = settings->ext_working_days + dates->extra_days};
    if (dates->queried_on == DATE_NONE && dates->complete_on != DATE_NONE) {
        add(out, FOREIGN_TASK_QUERY, settings->query_working_days,
            day_of(calendar, dates->complete_on, settings->query_working_days, as_of));
    }
    if (out->start == DATE_NONE) {
        return;
    }
    struct calendar_again again =
        calendar_recompute(calendar, out->start, (int)out->days, dates->told, as_of);
    out->computed = again.computed;
    out->due = again.computed == DATE_NONE ? DATE_NONE : again.value;
    out->missing_year = again.missing_year;
    for (size_t i = 0; i < settings->ext_remind_days.count; i++) {
        add_step(out, calendar, FOREIGN_TASK_REMIND, settings->ext_remind_days.items[i], as_of);
    }
    add_step(out, calendar, FOREIGN_TASK_TELL, settings->ext_tell_day, as_of);
    add_step(out, calendar, FOREIGN_TASK_ESCALATE, settings->ext_escalate_day, as_of);
    add(out, FOREIGN_TASK_EXPIRE, out->days, out->due);
}

const char *foreign_task_word(enum foreign_task task)
{
    static const char *const words[] = {"first-query", "remind-issuer", "tell-vendor", "escalate",
                                        "window-ends"};
    return words[task];
}
