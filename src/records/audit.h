/*
 * audit - the trail of what was done: append-only rows, each bound to the one before.
 *
 * hash = SHA-256(previous hash || canonical JSON of {seq, at, person, actor, action, subject, application,
 * visible, detail}). The first row's previous hash is 32 zero octets. Who rewrites a row must rewrite all
 * after it; who keeps the last hash (audit verify --expect, a checkpoint on paper, a time-stamp) sees it.
 */
#ifndef RECORDS_AUDIT_H
#define RECORDS_AUDIT_H

#include "records/records.h"

struct audit_row {
    int64_t at, person; /* UTC_NONE: the program itself */
    const char *actor, *action, *subject;
    int64_t application;  /* UTC_NONE: none */
    bool visible;         /* to the vendor */
    const json_t *detail; /* an object without secrets; NULL: {} */
};

/* Inside a transaction only. Returns the row's seq. */
int64_t audit_append(struct records *r, const struct audit_row *row) WARN_UNUSED;

/* Walks the trail. *bad: seq of the first row that does not fit, 0 when all do; count, last hash. */
struct audit_state {
    int64_t count, bad;
    uint8_t last[SHA256_SIZE];
};
int audit_verify(struct records *r, struct audit_state *out) WARN_UNUSED;

/* An application's timeline, newest first; before: seq, or UTC_NONE for the newest. */
int audit_list(struct records *r, int64_t application, bool visible_only, int64_t before, int limit,
               json_t **out) WARN_UNUSED;

#endif
