/*
 * rows - rows of a query as JSON objects, and values of JSON objects as parameters.
 *
 * A row is an object with the names of the columns: numbers are integers, text is a string, a blob
 * lower-case hex, null is null. What it does not do: real numbers; no table of ours has them.
 */
#ifndef DB_ROWS_H
#define DB_ROWS_H

#include <jansson.h>

#include "db/db.h"

/* The next parameter from a value: integer, string, truth (1 or 0); NULL and null are null.
 * Borrowed until the end; anything else makes the query fail. */
void query_value(struct query *q, const json_t *value);

/* The row the query stands on as a new object; NULL: the query has failed. */
json_t *query_object(struct query *q) WARN_UNUSED;

/* Runs and ends the query. 1: *out is its first row (new), 0: there was none, -1. */
int query_one(struct query *q, json_t **out) WARN_UNUSED;

/* Runs and ends the query: *out is the array of its rows (new). Returns 0 or -1. */
int query_all(struct query *q, json_t **out) WARN_UNUSED;

/* Canonical JSON: no blanks, keys sorted by their octets, UTF-8 as it is, only integers, strings,
 * truths, null, arrays and objects. Returns a string to be freed with mem_free, NULL when there are
 * real numbers in it or memory is out. (Python: json.dumps(x, sort_keys=True,
 * separators=(",", ":"), ensure_ascii=False).) */
char *rows_canonical(const json_t *value) WARN_UNUSED;

#endif
