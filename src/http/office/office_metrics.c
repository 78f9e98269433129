/*
 * office_metrics - see office_metrics.h.
 */
#include "http/office/office_metrics.h"

#include <inttypes.h>

#include "records/gauges.h"

static const unsigned bucket_ms[OP_BUCKETS] = {1, 2, 5, 10, 20, 50, 100, 250, 1000, 5000};

/* The row's number among all, or OPS_MAX. */
static size_t number_of(const struct op *op)
{
    const struct op *at;
    for (size_t i = 0; i < OPS_MAX && (at = op_at(i)); i++) {
        if (at == op) {
            return i;
        }
    }
    return OPS_MAX;
}

void office_metrics_note(struct office_metrics *m, const struct op *op, unsigned status,
                         int64_t microseconds)
{
    size_t n = op ? number_of(op) : OPS_MAX;
    if (n == OPS_MAX) {
        return;
    }
    struct op_metrics *o = &m->ops[n];
    (void)atomic_fetch_add(&o->by_class[status / 100 < OP_CLASSES ? status / 100 : 0], 1);
    (void)atomic_fetch_add(&o->count, 1);
    (void)atomic_fetch_add(&o->microseconds, (unsigned long)microseconds);
    for (size_t i = 0; i < OP_BUCKETS; i++) {
        (void)atomic_fetch_add(&o->buckets[i], microseconds <= (int64_t)bucket_ms[i] * 1000);
    }
}

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP satyapan_%s %s\n# TYPE satyapan_%s %s\n", name, help, name, type);
}

static void write_seconds(struct op_metrics *o, const char *id, struct buffer *out)
{
    unsigned long count = atomic_load(&o->count), us = atomic_load(&o->microseconds);
    for (size_t i = 0; i < OP_BUCKETS; i++) {
        buffer_printf(out,
                      "satyapan_operation_seconds_bucket{operation=\"%s\",le=\"%u.%03u\"} %lu\n",
                      id, bucket_ms[i] / 1000, bucket_ms[i] % 1000, atomic_load(&o->buckets[i]));
    }
    buffer_printf(out, "satyapan_operation_seconds_bucket{operation=\"%s\",le=\"+Inf\"} %lu\n", id,
                  count);
    buffer_printf(out, "satyapan_operation_seconds_sum{operation=\"%s\"} %lu.%06lu\n", id,
                  us / 1000000, us % 1000000);
    buffer_printf(out, "satyapan_operation_seconds_count{operation=\"%s\"} %lu\n", id, count);
}

static void one(struct buffer *out, const char *name, const char *help, int64_t value)
{
    head(out, name, "gauge", help);
    buffer_printf(out, "satyapan_%s %" PRId64 "\n", name, value);
}

static void write_now(const struct office_metrics_now *now, struct buffer *out)
{
    const struct gauges *g = now->gauges;
    head(out, "jobs", "gauge", "Jobs by state.");
    buffer_printf(out,
                  "satyapan_jobs{state=\"waiting\"} %" PRId64 "\n"
                  "satyapan_jobs{state=\"running\"} %" PRId64 "\n"
                  "satyapan_jobs{state=\"needs-human\"} %" PRId64 "\n",
                  g->waiting, g->running, g->needs_human);
    one(out, "blobs", "Documents and reports on the disk.", g->blobs);
    one(out, "blob_bytes", "Their bytes.", g->blob_bytes);
    one(out, "sessions", "Sessions that are not over.", g->sessions);
    one(out, "applications", "Applications of every state.", g->applications);
    one(out, "streams", "Open streams of events.", now->streams);
    one(out, "office_requests_waiting", "Requests about records that wait.", now->waiting);
    one(out, "office_requests_running", "Requests about records being worked on.", now->running);
    one(out, "upload_bytes_held", "Bytes of documents on their way in.", now->upload_bytes);
    one(out, "records_writable", "1 when the records can be written.", now->writable);
}

void office_metrics_write(struct office_metrics *m, const struct office_metrics_now *now,
                          struct buffer *out)
{
    const struct op *op;
    head(out, "operations_total", "counter", "Operations by name and class of status.");
    for (size_t i = 0; i < OPS_MAX && (op = op_at(i)); i++) {
        for (unsigned c = 1; c < OP_CLASSES; c++) {
            unsigned long n = atomic_load(&m->ops[i].by_class[c]);
            if (n) {
                buffer_printf(out,
                              "satyapan_operations_total{operation=\"%s\",status=\"%uxx\"} %lu\n",
                              op->id, c, n);
            }
        }
    }
    head(out, "operation_seconds", "histogram", "Time of an operation, waiting excluded.");
    for (size_t i = 0; i < OPS_MAX && (op = op_at(i)); i++) {
        if (atomic_load(&m->ops[i].count)) {
            write_seconds(&m->ops[i], op->id, out);
        }
    }
    head(out, "uploads_total", "counter", "Documents received for the records.");
    buffer_printf(out, "satyapan_uploads_total %lu\n", atomic_load(&m->uploads));
    head(out, "upload_bytes_total", "counter", "Their bytes.");
    buffer_printf(out, "satyapan_upload_bytes_total %lu\n", atomic_load(&m->upload_bytes));
    write_now(now, out);
}
