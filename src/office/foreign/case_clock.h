/*
 * case_clock - the clocks of all open cases, looked at: dates worked out again, what their day
 * asks for.
 */
#ifndef OFFICE_FOREIGN_CASE_CLOCK_H
#define OFFICE_FOREIGN_CASE_CLOCK_H

#include "office/foreign/foreign.h"

struct foreign_round {
    int64_t cases, changed; /* looked at; written */
    int64_t redated, reminded, told, escalated, expired, reopened;
};

/* Looks at the case; writes what is to be written, inside the caller's transaction. 1: something
 * was, 0, or a code. */
int foreign_clock_case(const struct foreign_by *by, const struct office *office, const char *data,
                       int64_t id, struct foreign_round *round) WARN_UNUSED;

/* All of them, inside the caller's transaction. */
int foreign_clock_round(const struct foreign_by *by, const struct office *office, const char *data,
                        struct foreign_round *round) WARN_UNUSED;

/* The window ended before that moment, and nobody has looked since: it ends now, so that what came
 * after it does not count. *row is read anew then. Inside the caller's transaction. */
int foreign_clock_end(const struct foreign_by *by, const struct office *office, const char *data,
                      int64_t moment, json_t **row) WARN_UNUSED;

/* The case wants nothing written today: cheap, and without a transaction. */
bool foreign_clock_quiet(const struct scheme_data *data, const struct foreign_open_row *row,
                         int64_t now);

/* What a round did, and how many cases wait for a person: the answer of foreign.due. NULL: our
 * failure. */
json_t *foreign_clock_json(const struct foreign_by *by,
                           const struct foreign_round *round) WARN_UNUSED;

#endif
