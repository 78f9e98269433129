/*
 * search - inside the records: what the search knows, and marks of pages.
 */
#ifndef RECORDS_SEARCH_H
#define RECORDS_SEARCH_H

#include "base/buffer.h"
#include "records/applications.h"

/* The applications of a firm whose name changed. */
int search_update_firm(struct records *r, int64_t firm) WARN_UNUSED;

/* The application that a document's version belongs to. */
int search_update_version(struct records *r, int64_t version) WARN_UNUSED;

/* What people typed, and the filter's words, as an FTS5 expression. False: no word in it. */
bool search_expression(const struct application_filter *f, struct buffer *out);

/* Cuts an array of limit + 1 rows to limit and makes the mark for the next page, "" when there is
 * none: the last row's id or, with key, "key~id". */
int records_page(json_t *rows, int64_t limit, const char *id, const char *key,
                 char next[RECORDS_MARK]) WARN_UNUSED;

#endif
