/*
 * metrics - what the server counts, as Prometheus text (exposition format 0.0.4).
 *
 * Counters only: nothing about a document or a client.
 */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "satyapan/report.h"

enum { METRICS_ROUTES = 16, METRICS_CLASSES = 6, METRICS_BUCKETS = 12 };

struct metrics {
    atomic_ulong requests[METRICS_ROUTES][METRICS_CLASSES]; /* by route and hundreds of status */
    atomic_ulong verdicts[3];
    atomic_ulong engine_failures; /* reports with a failure of our own */
    atomic_ulong buckets[METRICS_BUCKETS], documents, milliseconds;
    atomic_ulong bytes; /* of documents verified */
};

/* Moments the server knows when asked. */
struct metrics_now {
    unsigned waiting, running, zygote_starts;
    unsigned fetching, obtain_starts;
    unsigned long rounds, fetched, not_fetched;
    size_t held;
    bool ready;
};

void metrics_request(struct metrics *m, unsigned route, unsigned status);

/* A finished document: its report, and how long it took from the hand-over. */
void metrics_report(struct metrics *m, const struct sp_report *r, int64_t milliseconds);

/* How old the revocation data is: a gauge a list. Returns 0 or -1 (memory). */
struct store_source;
int metrics_revocation(const struct store_source *sources, size_t count, int64_t now,
                       struct buffer *out) WARN_UNUSED;

/* route_name gives NULL past the last route. Returns 0 or -1 (memory). */
int metrics_write(struct metrics *m, const struct metrics_now *now,
                  const char *(*route_name)(unsigned), struct buffer *out) WARN_UNUSED;

#endif
