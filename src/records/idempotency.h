/*
 * idempotency - what was answered to a request that carried a key, so that the same request sent
 * again gets the same answer and is not run again (draft-ietf-httpapi-idempotency-key-header).
 *
 * The answer is written in the transaction of the change: there is never one without the other.
 */
#ifndef RECORDS_IDEMPOTENCY_H
#define RECORDS_IDEMPOTENCY_H

#include "base/arena.h"
#include "records/records.h"

struct idempotency {
    const char *operation, *request; /* request: SHA-256 in hex of what was asked */
    int64_t status;
    const char *answer;
};

/* The answer to that key, not older than since. RECORDS_NONE: there is none. */
int idempotency_find(struct records *r, int64_t person, const char *key, int64_t since,
                     struct arena *a, struct idempotency *out) WARN_UNUSED;

/* Inside a transaction. Those older than since are taken away. */
int idempotency_keep(struct records *r, int64_t person, const char *key,
                     const struct idempotency *row, int64_t since, int64_t now) WARN_UNUSED;

/* Inside a transaction: a point to come back to, and the coming back. */
int records_mark(struct records *r) WARN_UNUSED;
int records_undo(struct records *r) WARN_UNUSED;

#endif
