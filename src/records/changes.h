/*
 * changes - changes of certificates that wait for a second officer: one prepares, another confirms.
 *
 * A certificate has at most one change waiting of each event. The row stays when it is done or
 * dropped, so that the trail of who asked for what is complete; the event itself is the log's.
 */
#ifndef RECORDS_CHANGES_H
#define RECORDS_CHANGES_H

#include "records/records.h"

struct change {
    const char *certificate, *event;
    const char *effective_on;       /* YYYY-MM-DD */
    const char *reason, *successor; /* may be NULL */
    const json_t *data;             /* what is asked for, as the event wants it; NULL: nothing */
    int64_t person;                 /* who asks; UTC_NONE: the operator at the command line */
    const char *actor;              /* the same as the trail has it */
};

/* All that writes is called inside a transaction. Returns the change's id; RECORDS_CONFLICT: such a
 * change is waiting already; RECORDS_FAILED. */
int64_t change_add(struct records *r, const struct change *c, int64_t now) WARN_UNUSED;

/* The row; RECORDS_NONE. "data" is an object or null. */
int change_find(struct records *r, int64_t id, json_t **out) WARN_UNUSED;

/* What waits, oldest first; certificate NULL: of all. */
int change_list(struct records *r, const char *certificate, json_t **out) WARN_UNUSED;

/* Two officers are in the records who could do as two: one of them signs. 1, 0, RECORDS_FAILED. */
int change_pair(struct records *r);

/* Whether the one who acts is the one who asked: the same officer, or the same name at the command
 * line ("operator:NAME") and as an officer's login. */
bool change_same_hand(const json_t *row, int64_t person, const char *actor);

/* Whether the certificate has had another event since it was asked for, as far as the row says what
 * was seen then. 1, 0, RECORDS_FAILED. */
int change_moved(struct records *r, int64_t id) WARN_UNUSED;

/* The event is written (entry), or the change is dropped (entry -1). RECORDS_NONE: it does not wait
 * any more; RECORDS_CONFLICT: the one who asked cannot confirm (dropping is allowed to both). */
int change_end(struct records *r, int64_t id, int64_t person, const char *actor, int64_t entry,
               int64_t now) WARN_UNUSED;

#endif
