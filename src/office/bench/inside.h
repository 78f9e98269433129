/*
 * inside - what the files of the bench share about JSON.
 */
#ifndef OFFICE_BENCH_INSIDE_H
#define OFFICE_BENCH_INSIDE_H

#include "office/bench/report.h"

enum { BENCH_PLACE = 128 };

/* NULL where it is no text. */
const char *bench_text(const json_t *o, const char *name);

/* The list has that text. */
bool bench_has(const json_t *list, const char *text);

/* "443/https" of a service. */
const char *bench_service(const json_t *service, char out[BENCH_PLACE]);

/* Calls with each member's name and value of an object that stays as it is. Stops at a code that
 * is not 0 and returns it. */
int bench_each(const json_t *o, int (*take)(void *context, const char *name, const json_t *value),
               void *context);

#endif
