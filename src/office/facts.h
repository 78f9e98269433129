/*
 * facts - what the records know of an application, as the rules of the scheme want it.
 */
#ifndef OFFICE_FACTS_H
#define OFFICE_FACTS_H

#include "base/arena.h"
#include "records/records.h"
#include "scheme/facts.h"

/* application: a row of application_get. Everything is copied into the arena. 0, or a code of
 * records.h; RECORDS_FAILED also for memory. */
int office_facts(struct arena *a, struct records *r, const json_t *application,
                 struct scheme_facts *out) WARN_UNUSED;

#endif
