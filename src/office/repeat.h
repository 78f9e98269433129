/*
 * repeat - a request with a key that comes again: the same answer, nothing run
 * (records/idempotency.h).
 *
 * Kept are answers of operations that ran: what they gave, and the problems they found. Not kept:
 * that somebody is not logged in, may not, or gave wrong parameters; that a failure of ours
 * happened. Of an operation whose answer holds a secret (OP_SECRET) only that it was done.
 */
#ifndef OFFICE_REPEAT_H
#define OFFICE_REPEAT_H

#include "office/op.h"

/* The call has a key, and somebody it belongs to. */
bool repeat_applies(const struct op_call *c);

/* Inside a transaction: 1: it was answered before, the call has that answer; 0: it was not; -1. */
int repeat_find(struct op_call *c) WARN_UNUSED;

/* Inside the same transaction, once the operation ran and its changes are as they shall stay. */
int repeat_keep(struct op_call *c) WARN_UNUSED;

/* A key that cannot be one: the call gets its problem. 0 or -1: memory. */
int repeat_check(struct op_call *c) WARN_UNUSED;

#endif
