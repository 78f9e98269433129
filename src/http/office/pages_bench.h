/*
 * pages_bench - what the pages of units under test and of their runs share.
 */
#ifndef HTTP_OFFICE_PAGES_BENCH_H
#define HTTP_OFFICE_PAGES_BENCH_H

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

/* {"scan": 12} */
json_t *bench_about(const char *name, int64_t id);

/* The member is that text. */
bool bench_is(const json_t *row, const char *name, const char *word);

/* A run waits or is at work. */
bool bench_open(const json_t *scan);

/* The state, or once it is done what came of it, as a badge. */
void bench_badge(struct view *v, const char *state, const char *result);

/* The progress of a run, followed by the script; without it a link shows the present state. */
void bench_progress(struct view *v, const json_t *scan);

/* The other direction, pages_listen.c: the form that begins it, what a person has to do while the
 * device is waited for, the words for the script, the form that ends it. */
void bench_listen_start(struct view *v, const json_t *unit);
void bench_listen_steps(struct view *v, const json_t *scan);
void bench_listen_words(struct view *v);
void bench_listen_finish(struct view *v, const json_t *scan, const json_t *values);

/* What the clients of a run did, case by case (scan.show: clients). */
void bench_client_cases(struct view *v, const json_t *list);

/* A table of runs. */
void bench_runs(struct view *v, const json_t *items, bool with_unit);

/* `<a href="/office/scans/ID` with what follows; not closed. */
void bench_scan_link(struct view *v, int64_t id, const char *rest);
void bench_device_link(struct view *v, int64_t id);

#endif
