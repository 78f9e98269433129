/*
 * stream - server-sent events of an application (WHATWG HTML 9.2): text/event-stream.
 *
 * A stream is a suspended connection and a little memory; one thread looks for events for all of
 * them, wakes those that have some, and ends those whose reader has left. A comment every few
 * seconds keeps proxies from cutting the line. A stream ends after some minutes; the browser comes
 * again with Last-Event-ID, and it is asked anew whether the person may.
 */
#ifndef HTTP_OFFICE_STREAM_H
#define HTTP_OFFICE_STREAM_H

#include "http/office/office_request.h"

struct streams;

/* Returns 0, or -1: no memory, no thread. */
int streams_start(struct office_server *o, struct streams **out) WARN_UNUSED;

/* Ends all streams; their connections are resumed. */
void streams_close(struct streams *s);

/* Once no connection is left. NULL is allowed. */
void streams_free(struct streams *s);

/* What people may see has changed: all streams end; who still may asks again. */
void streams_renew(struct streams *s);

/* How many there are. */
unsigned streams_count(struct streams *s);

/* A stream more for that person; false: he has as many as he may. */
bool streams_admit(struct streams *s, int64_t person);

/* He does not come: the request ended before its answer. */
void streams_leave(struct streams *s, int64_t person);

/* The response that sends the events of an application, for a person who was admitted. NULL:
 * memory. */
struct MHD_Response *streams_response(struct streams *s, struct MHD_Connection *c, int64_t person,
                                      int64_t application);

#endif
