/*
 * metrics - see metrics.h.
 */
#include "http/metrics.h"

#include <inttypes.h>

#include "base/utc.h"
#include "store/current/current.h"

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
    one(out, "fetch_rounds_total", "counter", "Rounds in which what a report wanted was asked for.",
        now->rounds);
    one(out, "fetched_total", "counter", "Wants of reports that were met, from the store or anew.",
        now->fetched);
    one(out, "not_fetched_total", "counter", "Wants of reports of which nothing came.",
        now->not_fetched);
    one(out, "fetching", "gauge", "Documents for which something is being fetched.", now->fetching);
    one(out, "obtain_starts_total", "counter", "Starts of the process that fetches.",
        now->obtain_starts);
    one(out, "ready", "gauge", "1 when documents are taken.", now->ready);
    return buffer_ok(out) ? 0 : -1;
}

/* ---- revocation data ------------------------------------------------------------------------- */

/* Label values: exposition format 0.0.4. */
static void label(struct buffer *out, const char *name, const char *value)
{
    buffer_printf(out, "%s=\"", name);
    for (; value && *value; value++) {
        if (*value == '\\' || *value == '"') {
            buffer_char(out, '\\');
        }
        buffer_char(out, (unsigned char)*value < 0x20 ? ' ' : *value);
    }
    buffer_char(out, '"');
}

static void one_list(struct buffer *out, const char *name, const struct store_source *s,
                     int64_t value)
{
    buffer_printf(out, "satyapan_%s{", name);
    label(out, "ca", s->ca ? s->ca : s->issuer);
    buffer_char(out, ',');
    label(out, "source", s->url ? s->url : s->sha256);
    buffer_printf(out, "} %" PRId64 "\n", value);
}

enum gauge { GAUGE_AGE, GAUGE_LEFT, GAUGE_ENTRIES, GAUGE_FAILURES, GAUGE_HELD, GAUGES };

static int64_t gauge_of(const struct store_source *s, enum gauge g, int64_t now)
{
    switch (g) {
    case GAUGE_AGE:
        return now - s->this_update;
    case GAUGE_LEFT:
        return s->next_update - now;
    case GAUGE_ENTRIES:
        return (int64_t)s->entries;
    case GAUGE_FAILURES:
        return s->failures;
    default:
        return s->held;
    }
}

int metrics_revocation(const struct store_source *sources, size_t count, int64_t now,
                       struct buffer *out)
{
    static const char *const texts[GAUGES][2] = {
        {"crl_age_seconds", "Time since the list was issued."},
        {"crl_next_update_seconds", "Time until the list ends; negative when it has."},
        {"crl_entries", "Entries of the list."},
        {"crl_fetch_failures", "Failed attempts to fetch it since the last good one."},
        {"crl_held", "1 when a list of this source is held."}};
    for (int g = 0; g < GAUGES; g++) {
        head(out, texts[g][0], "gauge", texts[g][1]);
        for (size_t i = 0; i < count; i++) {
            const struct store_source *s = &sources[i];
            bool told = s->kind == STORE_CRL && (s->held || g >= GAUGE_FAILURES) &&
                        (g != GAUGE_LEFT || s->next_update != UTC_NONE);
            if (told) {
                one_list(out, texts[g][0], s, gauge_of(s, (enum gauge)g, now));
            }
        }
    }
    return buffer_ok(out) ? 0 : -1;
}
