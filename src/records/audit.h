/*
 * audit - the trail of what was done: append-only rows, each bound to the one before.
 *
 * hash = SHA-256(previous hash || canonical JSON of {seq, at, person, actor, action, subject,
 * application, visible, detail}), canonical as in db/rows.h; person and application may be null,
 * visible is 0 or 1. The first row has seq 1 and the previous hash 32 zero octets. Who rewrites a
 * row must rewrite all after it; who keeps the last hash (audit verify --expect, a checkpoint on
 * paper, a time-stamp) sees it.
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

/* Inside a transaction only. Returns the row's seq. A member "to" of the detail is the state that
 * an application came into. */
int64_t audit_append(struct records *r, const struct audit_row *row) WARN_UNUSED;

/* Whether the last few hundred rows of a person (UTC_NONE: of no person) have one of that action
 * and subject since then: a reading that is repeated is noted once. 1, 0 or RECORDS_FAILED. */
int audit_lately(struct records *r, int64_t person, const char *action, const char *subject,
                 int64_t since) WARN_UNUSED;

/* Walks the trail. bad: seq of the first row that does not fit or is missing, 0 when all do; count
 * and last hash are those of the rows before it. found: a row of them has the hash that the caller
 * put into expected (NULL: none). */
struct audit_state {
    const uint8_t *expected;
    int64_t count, bad;
    bool found;
    uint8_t last[SHA256_SIZE];
};
int audit_verify(struct records *r, struct audit_state *out) WARN_UNUSED;

/* An application's timeline, newest first, with the firm of the person; before: seq, or UTC_NONE
 * for the newest. */
int audit_list(struct records *r, int64_t application, bool visible_only, int64_t before, int limit,
               json_t **out) WARN_UNUSED;

/* Of it what is about one subject: "foreign:7". */
int audit_about(struct records *r, int64_t application, const char *subject, bool visible_only,
                int64_t before, int limit, json_t **out) WARN_UNUSED;

/* The whole trail, oldest first, every column; after: seq, 0 for the first. */
int audit_all(struct records *r, int64_t after, int limit, json_t **out) WARN_UNUSED;

/* Of it those with the text in who, what or about what (NULL: all), newest first where newest says
 * so; after: seq of the last row that was seen, UTC_NONE for none. */
int audit_find(struct records *r, const char *text, bool newest, int64_t after, int limit,
               json_t **out) WARN_UNUSED;

#endif
