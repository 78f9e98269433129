/*
 * foreign_clock - the dates of one foreign certificate (R-EXT-2): when its window began, its last
 * day, and what is to be done on which day.
 *
 * Sources: "The clock (R-EXT-2)"; General Clauses Act 1897 s. 9: day 0 is not counted, the window
 * ends at 23:59:59 in India of the last working day. What was told to the vendor is never
 * shortened, neither by another list of closures nor by a clock that was set back. Nothing here
 * reads a clock: today is given.
 */
#ifndef SCHEME_FOREIGN_CLOCK_H
#define SCHEME_FOREIGN_CLOCK_H

#include "scheme/calendar.h"
#include "scheme/settings.h"

enum foreign_task {
    FOREIGN_TASK_QUERY,    /* the first query must have gone out: no step of the clock itself */
    FOREIGN_TASK_REMIND,   /* the issuer */
    FOREIGN_TASK_TELL,     /* the vendor: not yet confirmed */
    FOREIGN_TASK_ESCALATE, /* to the officer */
    FOREIGN_TASK_EXPIRE    /* after the end of this day */
};

enum { FOREIGN_TASKS_MAX = SCHEME_LIST_MAX + 4 };

struct foreign_dates {
    int32_t complete_on, registered_on, queried_on; /* DATE_NONE: not yet */
    int32_t told;                                   /* the last day as it was told; DATE_NONE */
    int64_t extra_days;                             /* of an extension */
};

struct foreign_plan {
    int32_t start;    /* day 0; DATE_NONE: the clock does not run yet */
    int32_t due;      /* the last day; DATE_NONE */
    int32_t computed; /* as the closures say now: due is later when another day was told */
    int64_t days;     /* of the window, with the extension */
    int missing_year; /* the first year of the window without a list; 0: none */
    struct foreign_plan_row {
        enum foreign_task task;
        int64_t day; /* working day of the window */
        int32_t on;
    } rows[FOREIGN_TASKS_MAX];
    size_t count; /* by date */
};

/* as_of: the closures count as they were known on that day. */
void foreign_plan(const struct foreign_dates *dates, const struct scheme_settings *settings,
                  const struct calendar *calendar, int32_t as_of, struct foreign_plan *out);

/* "remind-issuer" ... as scheme_deadline_word has them. */
const char *foreign_task_word(enum foreign_task task);

#endif
