/*
 * gauges - see gauges.h.
 */
#include "records/gauges.h"

#include "records/inside.h"

static int read_jobs(struct records *r, int64_t now, struct gauges *out)
{
    struct query q = query_begin(
        r->db, "SELECT state, count(*), min(iif(run_at <= ? AND state = 'waiting', run_at, NULL))"
               " FROM job WHERE state IN ('waiting', 'running', 'needs-human') GROUP BY state");
    char state[16];
    query_int(&q, now);
    while (query_row(&q) == 1) {
        query_copy_text(&q, 0, state, sizeof state);
        int64_t n = query_get_int(&q, 1);
        if (strcmp(state, "waiting") == 0) {
            out->waiting = n;
            out->due_since = query_get_int(&q, 2);
        } else if (strcmp(state, "running") == 0) {
            out->running = n;
        } else {
            out->needs_human = n;
        }
    }
    return query_end(&q) < 0 ? records_failed(r) : 0;
}

static int read_one(struct records *r, const char *sql, int64_t now, int64_t *first,
                    int64_t *second)
{
    struct query q = query_begin(r->db, sql);
    query_int(&q, now);
    if (query_row(&q) == 1) {
        *first = query_get_int(&q, 0);
        if (second) {
            *second = query_get_int(&q, 1);
        }
    }
    return query_end(&q) < 0 ? records_failed(r) : 0;
}

int gauges_read(struct records *r, int64_t now, struct gauges *out)
{
    *out = (struct gauges){.due_since = UTC_NONE};
    int rc = read_jobs(r, now, out);
    rc = rc ? rc
            : read_one(r, "SELECT count(*), coalesce(sum(size), 0) FROM blob WHERE ? > 0", now,
                       &out->blobs, &out->blob_bytes);
    rc = rc ? rc
            : read_one(r, "SELECT count(*) FROM session WHERE expires_at > ?", now, &out->sessions,
                       NULL);
    return rc ? rc
              : read_one(r, "SELECT count(*) FROM application WHERE ? > 0", now, &out->applications,
                         NULL);
}
