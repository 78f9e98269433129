/*
 * listen_stored - the record of a client as a file, and back: so that newer cases and a newer
 * policy judge again without the device.
 *
 * JSON Lines: who it was, each kind of hello with its octets, each connection with the case that it
 * was shown and how it ended. Cases are named, not numbered; one that the reading program no longer
 * knows is left out.
 */
#ifndef TLS_LISTEN_STORED_H
#define TLS_LISTEN_STORED_H

#include "tls/listen_plan.h"

enum { LISTEN_STORED_ERROR = 160 };

/* Is it such a file. */
bool listen_is_stored(struct span file);

void listen_stored_write(const struct listen_client *c, const struct case_list *cases,
                         struct buffer *out);

/* Returns 0; 1 when the file is wrong (one sentence in error[LISTEN_STORED_ERROR]); -1 when memory
 * is out. Strings live in the arena. */
int listen_stored_read(struct arena *a, struct span file, const struct case_list *cases,
                       struct listen_client **out, char *error) WARN_UNUSED;

#endif
