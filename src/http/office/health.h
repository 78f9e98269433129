/*
 * health - whether the records can be written now, and numbers about them: looked at every moment
 * by a thread of its own, so that who asks (readiness, metrics) never waits for the disk.
 */
#ifndef HTTP_OFFICE_HEALTH_H
#define HTTP_OFFICE_HEALTH_H

#include "http/office/office_server.h"
#include "records/gauges.h"

struct health;

int health_start(struct office_server *o, struct health **out) WARN_UNUSED;
void health_stop(struct health *h); /* NULL is allowed */

/* NULL: all is well; else why documents and changes would not be taken now: static text. */
const char *health_trouble(struct health *h);

void health_gauges(struct health *h, struct gauges *out);

#endif
