/*
 * gauges - numbers about the records for the operator: work that waits, documents, sessions.
 */
#ifndef RECORDS_GAUGES_H
#define RECORDS_GAUGES_H

#include "records/records.h"

struct gauges {
    int64_t waiting, running, needs_human; /* jobs */
    int64_t due_since;                     /* the oldest job that could run; UTC_NONE: none waits */
    int64_t blobs, blob_bytes;
    int64_t sessions; /* that are not over */
    int64_t applications;
};

int gauges_read(struct records *r, int64_t now, struct gauges *out) WARN_UNUSED;

#endif
