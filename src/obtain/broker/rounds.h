/*
 * rounds - questions of programs, and the wants in them, each followed once however often it is
 * asked (internal to satyapan-obtain).
 *
 * One thread. A want is followed by a worker process (worker.c); what came of it is kept in memory
 * for a while and given to every question about the same thing. A question is answered when all its
 * wants are, or when its time is over; a worker may go on after that.
 */
#ifndef OBTAIN_BROKER_ROUNDS_H
#define OBTAIN_BROKER_ROUNDS_H

#include "obtain/broker/target.h"

/* Answers questions that come over the socket until its other end is gone. Returns an exit code. */
int rounds_run(const struct means *m, int socket);

#endif
