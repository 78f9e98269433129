/*
 * events - what happens to an application while somebody looks on: verdicts as they arrive.
 *
 * One hub a process, in memory only: the truth is in the records (rows of file, job.done and
 * job.of_all), and who was not listening reads it there. Any thread may publish and wait. Another
 * process - the command line - publishes into its own hub: who streams to a browser looks at the
 * records now and then as well (job_about in records/documents.h).
 */
#ifndef OFFICE_INTAKE_EVENTS_H
#define OFFICE_INTAKE_EVENTS_H

#include <stddef.h>

#include "base/span.h"

struct events;

enum { EVENT_TEXT = 2048, EVENTS_TAKE_MAX = 64 };

/* text: one line of JSON, without a line break. Kinds and their members:
 *   "file"      {"document", "version", "path", "verdict", "done", "of_all"}
 *   "progress"  {"document", "version", "done", "of_all"}
 *   "version"   {"version", "state"}, and when it is verified "document", "verdict"
 *   "scan"      {"scan", "state", "service", "result", "done", "of_all"}: of a unit under test
 *   "text"      {"document", "version", "read"}: what the files say is known, of so many
 */
struct event {
    uint64_t seq; /* grows by one in the whole process; the id: of a server-sent event */
    int64_t application;
    const char *kind;
    char text[EVENT_TEXT];
};

/* In place of an application: the runs of a unit under test. */
int64_t events_device(int64_t device);

/* Returns 0 or -1 (memory). */
int events_new(struct events **out) WARN_UNUSED;
void events_free(struct events *e); /* nobody may wait any more */

/* NULL e is allowed: nobody listens. kind is a literal. A text that is too long is left out. */
void events_publish(struct events *e, int64_t application, const char *kind, const char *text);

/* The number of the last event so far: where a new listener begins. */
uint64_t events_last(struct events *e);

/*
 * Waits until there is something of this application after that number, at most timeout_ms.
 * Fills out (at most max) and *after (the number to go on from). Returns how many; 0 when the time
 * was over; -1 when events were missed (too slow, or a number of another process's life): read the
 * records, go on from *after; -2 when the hub was closed.
 */
int events_wait(struct events *e, int64_t application, uint64_t *after, int timeout_ms,
                struct event *out, size_t max) WARN_UNUSED;

/* Wakes all who wait, for good. */
void events_close(struct events *e);

#endif
