/*
 * metrics - see metrics.h.
 */
#include "http/metrics.h"

#include <inttypes.h>

static const unsigned bucket_ms[METRICS_BUCKETS] = {2,   5,    10,   25,   50,    100,
                                                    250, 1000, 2500, 5000, 10000, 30000};

void metrics_request(struct metrics *m, unsigned route, unsigned status)
{
    unsigned hundreds = status / 100 < METRICS_CLASSES ? status / 100 : 0;
    if (route < METRICS_ROUTES) {
        (void)atomic_fetch_add(&m->requests[route][hundreds], 1);
    }
}

static bool has_own_failure(const struct sp_findings *list)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        if (f->reason == SP_ENGINE_MEMORY || f->reason == SP_ENGINE_LIMIT ||
            f->reason == SP_ENGINE_CRASH || f->reason == SP_ENGINE_INTERNAL) {
            return true;
        }
    }
    return false;
}

void metrics_report(struct metrics *m, const struct sp_report *r, int64_t milliseconds)
{
    bool failure = has_own_failure(&r->findings);
    for (size_t i = 0; !failure && i < r->signature_count; i++) {
        failure = has_own_failure(&r->signatures[i]->findings);
    }
    (void)atomic_fetch_add(&m->verdicts[r->verdict], 1);
    (void)atomic_fetch_add(&m->engine_failures, failure);
    (void)atomic_fetch_add(&m->documents, 1);
    (void)atomic_fetch_add(&m->milliseconds, (unsigned long)milliseconds);
    (void)atomic_fetch_add(&m->bytes, (unsigned long)r->size);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        (void)atomic_fetch_add(&m->buckets[i], milliseconds <= (int64_t)bucket_ms[i]);
    }
}

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP satyapan_%s %s\n# TYPE satyapan_%s %s\n", name, help, name, type);
}

static void one(struct buffer *out, const char *name, const char *type, const char *help,
                uint64_t value)
{
    head(out, name, type, help);
    buffer_printf(out, "satyapan_%s %" PRIu64 "\n", name, value);
}

static void write_requests(struct metrics *m, const char *(*route_name)(unsigned),
                           struct buffer *out)
{
    head(out, "http_requests_total", "counter", "Requests by route and class of status.");
    const char *name;
    for (unsigned route = 0; (name = route_name(route)); route++) {
        for (unsigned hundreds = 1; hundreds < METRICS_CLASSES; hundreds++) {
            unsigned long n = atomic_load(&m->requests[route][hundreds]);
            if (n) {
                buffer_printf(out,
                              "satyapan_http_requests_total{route=\"%s\",status=\"%uxx\"} %lu\n",
                              name, hundreds, n);
            }
        }
    }
}

static void write_seconds(struct metrics *m, struct buffer *out)
{
    unsigned long count = atomic_load(&m->documents), ms = atomic_load(&m->milliseconds);
    head(out, "verify_seconds", "histogram", "Time to verify a document, waiting included.");
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        buffer_printf(out, "satyapan_verify_seconds_bucket{le=\"%u.%03u\"} %lu\n",
                      bucket_ms[i] / 1000, bucket_ms[i] % 1000, atomic_load(&m->buckets[i]));
    }
    buffer_printf(out, "satyapan_verify_seconds_bucket{le=\"+Inf\"} %lu\n", count);
    buffer_printf(out, "satyapan_verify_seconds_sum %lu.%03lu\n", ms / 1000, ms % 1000);
    buffer_printf(out, "satyapan_verify_seconds_count %lu\n", count);
}

int metrics_write(struct metrics *m, const struct metrics_now *now,
                  const char *(*route_name)(unsigned), struct buffer *out)
{
    write_requests(m, route_name, out);
    head(out, "verdicts_total", "counter", "Documents by verdict.");
    for (int i = 0; i < 3; i++) {
        buffer_printf(out, "satyapan_verdicts_total{verdict=\"%s\"} %lu\n",
                      sp_verdict_name((enum sp_verdict)i), atomic_load(&m->verdicts[i]));
    }
    write_seconds(m, out);
    one(out, "engine_failures_total", "counter",
        "Documents that could not be verified for a failure of our own.",
        atomic_load(&m->engine_failures));
    one(out, "document_bytes_total", "counter", "Bytes of documents verified.",
        atomic_load(&m->bytes));
    one(out, "queue_length", "gauge", "Requests that wait for a free child.", now->waiting);
    one(out, "children", "gauge", "Requests whose documents are being verified.", now->running);
    one(out, "upload_bytes_held", "gauge", "Memory held by uploads.", now->held);
    one(out, "verifier_starts_total", "counter", "Starts of the process that forks the children.",
        now->zygote_starts);
    one(out, "ready", "gauge", "1 when documents are taken.", now->ready);
    return buffer_ok(out) ? 0 : -1;
}
