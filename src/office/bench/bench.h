/*
 * bench - what the operations on units, on runs, and the work behind them share.
 *
 * Who sees what: officers everything; a vendor the units of the own firm's applications, and of
 * runs those that were released - never who of the body did them, never another firm's unit.
 */
#ifndef OFFICE_BENCH_BENCH_H
#define OFFICE_BENCH_BENCH_H

#include "office/op.h"

/* The job's kind; its key is "scan:12". */
#define BENCH_JOB "bench"

/* Runs that were begun so often without coming to an end are given up. */
enum { BENCH_STARTS = 3 };

/* The unit as this actor may see it (new), with what a vendor may not see taken out. 0: go on; 1: a
 * problem is set; -1. */
int bench_device(struct op_call *c, int64_t device, json_t **out) WARN_UNUSED;

/* The same of a run. */
int bench_scan(struct op_call *c, int64_t scan, json_t **out) WARN_UNUSED;

/* Takes out of a run's row what the actor may not see. 0 or -1. */
int bench_hide(const struct op_call *c, json_t *row) WARN_UNUSED;

/* The report of a run's row (new), or NULL: there is none, or it cannot be read. */
json_t *bench_report_of(const char *data, const json_t *row);

/* The audit row of a run; detail is taken over. */
int bench_trace(struct op_call *c, const json_t *scan, json_t *detail) WARN_UNUSED;

#endif
