/*
 * office_metrics - what is counted about operations, as Prometheus text: counters by operation and
 * class of status, a histogram of their time. Nothing about a record or a person.
 */
#ifndef HTTP_OFFICE_OFFICE_METRICS_H
#define HTTP_OFFICE_OFFICE_METRICS_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "office/op.h"

enum { OPS_MAX = 256, OP_CLASSES = 6, OP_BUCKETS = 10 };

struct office_metrics {
    struct op_metrics {
        atomic_ulong by_class[OP_CLASSES], buckets[OP_BUCKETS], count, microseconds;
    } ops[OPS_MAX];
    atomic_ulong upload_bytes, uploads, sessions_refused;
};

void office_metrics_note(struct office_metrics *m, const struct op *op, unsigned status,
                         int64_t microseconds);

/* Moments the server knows when asked. */
struct gauges;
struct office_metrics_now {
    const struct gauges *gauges;
    unsigned streams, waiting, running; /* waiting, running: requests about records */
    long long upload_bytes;             /* of documents on their way */
    bool writable;
};

/* Appends; the buffer remembers a failure. */
void office_metrics_write(struct office_metrics *m, const struct office_metrics_now *now,
                          struct buffer *out);

#endif
