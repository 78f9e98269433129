/*
 * pending - see pending.h.
 */
#include "records/pending.h"

#include "records/inside.h"

static int reserved(struct records *r, const char *series, const char *registration, int64_t *out)
{
    struct query q = query_begin(
        r->db, "SELECT running FROM certificate_pending WHERE series = ? AND registration = ?");
    query_text(&q, series);
    query_text(&q, registration);
    return records_number(r, &q, out);
}

static int given_up(struct records *r, const char *series, int64_t *out)
{
    struct query q =
        query_begin(r->db, "SELECT running FROM certificate_pending"
                           " WHERE series = ? AND registration IS NULL ORDER BY running LIMIT 1");
    query_text(&q, series);
    return records_number(r, &q, out);
}

static int next(struct records *r, const char *series, int64_t *out)
{
    struct query q = query_begin(
        r->db, "SELECT 1 + max((SELECT coalesce(max(running), 0) FROM certificate"
               "  WHERE series = ?1),"
               " (SELECT coalesce(max(running), 0) FROM certificate_pending WHERE series = ?1))");
    query_text(&q, series);
    return records_number(r, &q, out);
}

int pending_take(struct records *r, const char *series, const char *registration, int64_t now,
                 int64_t *running)
{
    int rc = reserved(r, series, registration, running);
    if (rc != RECORDS_NONE) {
        return rc;
    }
    /* A request that named another series before: its number there is free again. */
    rc = pending_release(r, registration);
    rc = rc == 0 || rc == RECORDS_NONE ? given_up(r, series, running) : rc;
    if (rc == RECORDS_NONE) {
        rc = next(r, series, running);
    }
    if (rc != 0) {
        return rc;
    }
    struct query q =
        query_begin(r->db, "INSERT OR REPLACE INTO certificate_pending VALUES(?, ?, ?, ?)");
    query_text(&q, series);
    query_int(&q, *running);
    query_text(&q, registration);
    query_int(&q, now);
    rc = records_do(r, &q);
    return rc < 0 ? rc : 0;
}

int pending_done(struct records *r, const char *series, int64_t running, const char *registration)
{
    struct query q = query_begin(r->db, "DELETE FROM certificate_pending"
                                        " WHERE series = ? AND running = ? AND registration = ?");
    query_text(&q, series);
    query_int(&q, running);
    query_text(&q, registration);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : rc == 0 ? RECORDS_NONE : 0;
}

int pending_release(struct records *r, const char *registration)
{
    struct query q = query_begin(
        r->db, "UPDATE certificate_pending SET registration = NULL WHERE registration = ?");
    query_text(&q, registration);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : rc == 0 ? RECORDS_NONE : 0;
}

int pending_list(struct records *r, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT * FROM certificate_pending"
                                        " WHERE registration IS NOT NULL ORDER BY at, running");
    return records_all(r, &q, out);
}
