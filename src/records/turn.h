/*
 * turn - who writes next: the threads of a process that write to the same records wait in a line.
 *
 * SQLite lets a writer try again now and then; one who writes row after row (the dates of 100,000
 * applications) would be ahead of every other for minutes. Here who came first is first. Other
 * processes are not in the line; they wait as SQLite does.
 */
#ifndef RECORDS_TURN_H
#define RECORDS_TURN_H

#include "base/span.h"

/* The line of a data folder; counted. NULL: memory. */
struct turn *turn_open(const char *data) WARN_UNUSED;
void turn_close(struct turn *t); /* NULL is allowed */

/* Waits for the turn, at most so long. 0, or -1: it did not come. */
int turn_take(struct turn *t, int milliseconds) WARN_UNUSED;
void turn_give(struct turn *t);

/* How many wait. */
unsigned turn_waiting(struct turn *t);

#endif
