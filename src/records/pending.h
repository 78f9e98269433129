/*
 * pending - numbers of certificates that are being made.
 *
 * A certificate's number is printed in its PDF, which is signed before its event is written, and a
 * token may take seconds: so the number is reserved first, in a transaction of its own, for the
 * registration it is for. What comes next - again by whoever, after whatever crash - takes the same
 * number for the same registration, and the transaction of the event ends the reservation. So no
 * number is used twice; and none is lost: one that is given up (pending_release) goes to the next
 * certificate of its series.
 */
#ifndef RECORDS_PENDING_H
#define RECORDS_PENDING_H

#include "records/records.h"

/* All inside a transaction. Registrations that have a certificate are the caller's matter. */

/* The running number of the series for a registration: the one reserved for it, else the lowest
 * that was given up, else the next one. */
int pending_take(struct records *r, const char *series, const char *registration, int64_t now,
                 int64_t *running) WARN_UNUSED;

/* The event is written. RECORDS_NONE: the number is not reserved for this registration. */
int pending_done(struct records *r, const char *series, int64_t running,
                 const char *registration) WARN_UNUSED;

/* Gives up what is reserved for a registration. RECORDS_NONE: nothing is. */
int pending_release(struct records *r, const char *registration) WARN_UNUSED;

/* Rows {series, running, registration, at} that wait for their event, oldest first; needs no
 * transaction. */
int pending_list(struct records *r, json_t **out) WARN_UNUSED;

#endif
