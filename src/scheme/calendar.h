/*
 * calendar - working days of the certification body: Monday to Friday without declared closures.
 *
 * Sources: facts "The clock (R-EXT-2)"; the five-day week of the central government (DoPT OM
 * 13/4/85-JCA); General Clauses Act 1897 s. 9: the day of the event is not counted, the last day
 * is, until 23:59:59 IST. Closures are data with the day on which they were declared, so every
 * computation is "as of" a date and can be derived again later. Nothing here computes with seconds.
 *
 * A closure list is a CSV file (RFC 4180): a head line
 *     date,name,kind,order,declared_on,source_note
 * kind "gazetted" (a row of the year's list), "declared" (a single closure declared later) or
 * "withdrawn" (from declared_on on that date is no closure). declared_on may be empty: known always
 */
#ifndef SCHEME_CALENDAR_H
#define SCHEME_CALENDAR_H

#include "base/arena.h"
#include "scheme/date.h"

enum { CALENDAR_ERROR = 160, CALENDAR_DAYS_MAX = 2000, CALENDAR_CLOSURES_MAX = 20000 };

enum calendar_kind { CALENDAR_GAZETTED, CALENDAR_DECLARED, CALENDAR_WITHDRAWN };

struct calendar_closure {
    int32_t date;
    int32_t declared_on; /* DATE_NONE: known always */
    enum calendar_kind kind;
    const char *name, *order, *note;
};

/* Closures by date, then by declared_on. Zeroed: a calendar without any list. */
struct calendar {
    const struct calendar_closure *closures;
    size_t count;
};

/* As of "everything that was ever declared". */
#define CALENDAR_ALL INT32_MAX

/* Reads a list. 0: read; 1: the list is wrong, why is in error (with its line); -1: our failure.
 * What it points to lives in the arena. */
int calendar_parse(struct arena *a, struct span csv, struct calendar *out,
                   char error[CALENDAR_ERROR]) WARN_UNUSED;

/* base with the rows of more: a row of more replaces base's row of the same date and kind.
 * fresh (NULL: not wanted) gets the number of rows that base did not have just so. */
int calendar_merge(struct arena *a, const struct calendar *base, const struct calendar *more,
                   struct calendar *out, size_t *fresh) WARN_UNUSED;

/* The list as CSV, to be read back by calendar_parse. */
struct buffer;
void calendar_csv(const struct calendar *c, struct buffer *out);

/* The closure on a date as it was known on as_of, or NULL. */
const struct calendar_closure *calendar_closure(const struct calendar *c, int32_t date,
                                                int32_t as_of);
bool calendar_working(const struct calendar *c, int32_t date, int32_t as_of);

/* True when the year's gazetted list was known on as_of. */
bool calendar_covers(const struct calendar *c, int year, int32_t as_of);

struct calendar_due {
    int32_t date;     /* the last day; DATE_NONE when it cannot be counted */
    int missing_year; /* the first year in the window without a list: a warning; 0: none */
};

/* The days-th working day after start (start is day 0 and is not counted), as known on as_of.
 * days 0 is the start itself. */
struct calendar_due calendar_due(const struct calendar *c, int32_t start, int days, int32_t as_of);

/* The same, computed again after the list may have changed. A date that was told to somebody is
 * never shortened: value is the later one of notified (DATE_NONE: none yet) and computed. */
struct calendar_again {
    int32_t old_value, computed, value;
    int missing_year;
    bool changed; /* value is not old_value */
};
struct calendar_again calendar_recompute(const struct calendar *c, int32_t start, int days,
                                         int32_t notified, int32_t as_of);

/* Working days from one date (not counted) to another (counted); negative if to is earlier. */
int calendar_between(const struct calendar *c, int32_t from, int32_t to, int32_t as_of);

#endif
