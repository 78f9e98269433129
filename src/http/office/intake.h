/*
 * intake - the documents of applications in the server: threads that verify them through the
 * zygote.
 *
 * They have threads, children and rounds of fetching of their own (office/intake/runner.h), so that
 * neither an officer's request nor the public verify page waits behind a construction file.
 */
#ifndef HTTP_OFFICE_INTAKE_H
#define HTTP_OFFICE_INTAKE_H

#include "http/office/office_server.h"
#include "office/intake/events.h"

struct office_intake;

/* Makes o->events, starts the threads (o->intake). Returns 0, or -1 with a sentence in
 * why[RECORDS_WHY]. */
int office_intake_start(struct office_server *o, char *why) WARN_UNUSED;

/* Ends them; what is running is taken up again at the next start. NULL is allowed. */
void office_intake_stop(struct office_intake *i);

/* There may be a document waiting. NULL is allowed. */
void office_intake_wake(struct office_intake *i);

#endif
