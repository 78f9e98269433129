/*
 * jobs - see jobs.h.
 */
#include "records/jobs.h"

#include "base/mem.h"
#include "records/inside.h"

int64_t job_add(struct records *r, const char *kind, const char *key, int64_t application,
                const json_t *payload, int64_t run_at, int64_t now)
{
    char *text = payload ? rows_canonical(payload) : NULL;
    if (payload && !text) {
        return RECORDS_FAILED;
    }
    /* Who waits already stays, but not longer than the new one would. */
    struct query q = query_begin(
        r->db, "INSERT INTO job(kind, key, application, payload, run_at, state, created_at)"
               " VALUES(?, ?, ?, coalesce(?, '{}'), ?, 'waiting', ?)"
               " ON CONFLICT(kind, key) WHERE state = 'waiting'"
               " DO UPDATE SET run_at = min(run_at, excluded.run_at) RETURNING id");
    query_text(&q, kind);
    query_text(&q, key);
    query_int(&q, application);
    query_text(&q, text);
    query_int(&q, run_at);
    query_int(&q, now);
    int64_t id = 0;
    int rc = records_number(r, &q, &id);
    mem_free(text);
    return rc < 0 ? rc : id;
}

void job_clear(struct job *j)
{
    json_decref(j->payload);
    *j = (struct job){0};
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* The kinds as a JSON array: one parameter. */
static char *kinds_text(const char *const *kinds)
{
    json_t *a = json_array();
    int bad = !a;
    for (; !bad && *kinds; kinds++) {
        bad = json_array_append_new(a, json_string(*kinds));
    }
    char *text = bad ? NULL : rows_canonical(a);
    json_decref(a);
    return text;
}

/* A job whose workers ended every time (a crash leaves its lease to run out) is a human's. */
static int give_up(struct records *r, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE job SET state = 'needs-human', finished_at = ?1, owner = NULL,"
                           " error = coalesce(error, 'the worker ended without an answer')"
                           " WHERE state = 'running' AND leased_until <= ?1 AND tries >= ?2");
    query_int(&q, now);
    query_int(&q, JOB_TRIES);
    return records_do(r, &q);
}

/* First a lease that ran out, then who waits longest; not while a twin is being worked on. */
static const char take_sql[] =
    "UPDATE job SET state = 'running', owner = ?2, leased_until = ?3, fence = fence + 1,"
    " tries = tries + 1, done = NULL, of_all = NULL WHERE id = coalesce("
    " (SELECT id FROM job WHERE state = 'running' AND leased_until <= ?1"
    "  AND kind IN (SELECT value FROM json_each(?4)) ORDER BY leased_until LIMIT 1),"
    " (SELECT id FROM job AS w WHERE state = 'waiting' AND run_at <= ?1"
    "  AND kind IN (SELECT value FROM json_each(?4))"
    "  AND NOT EXISTS (SELECT 1 FROM job AS t WHERE t.state = 'running' AND t.kind = w.kind"
    "   AND t.key = w.key)"
    "  ORDER BY run_at, id LIMIT 1))"
    " RETURNING id, application, fence, kind, key, tries, payload";

static int take(struct records *r, const char *kinds, const char *owner, int64_t now,
                int64_t seconds, struct job *out)
{
    struct query q = query_begin(r->db, take_sql);
    query_int(&q, now);
    query_text(&q, owner);
    query_int(&q, now + seconds);
    query_text(&q, kinds);
    int row = query_row(&q);
    if (row == 1) {
        out->id = query_get_int(&q, 0);
        out->application = query_get_int(&q, 1);
        out->fence = query_get_int(&q, 2);
        query_copy_text(&q, 3, out->kind, sizeof out->kind);
        query_copy_text(&q, 4, out->key, sizeof out->key);
        out->tries = (int)query_get_int(&q, 5);
        const unsigned char *payload = sqlite3_column_text(q.s, 6);
        out->payload = payload ? json_loads((const char *)payload, 0, NULL) : NULL;
        q.failed |= !out->payload;
        /* A statement with RETURNING has done its work when it is stepped to its end. */
        q.failed = q.failed || query_row(&q) != 0;
    }
    return query_end(&q) < 0 ? records_failed(r) : row ? 0 : RECORDS_NONE;
}

int job_take(struct records *r, const char *const *kinds, const char *owner, int64_t now,
             int64_t seconds, struct job *out)
{
    *out = (struct job){0};
    int64_t due;
    int rc = job_next(r, kinds, &due); /* most of the time nothing is due: nobody is locked out */
    if (rc < 0 || due == UTC_NONE || due > now) {
        return rc < 0 ? rc : RECORDS_NONE;
    }
    char *text = kinds_text(kinds);
    rc = text ? records_begin(r) : RECORDS_FAILED;
    if (rc == 0) {
        rc = give_up(r, now);
        rc = rc < 0 ? rc : take(r, text, owner, now, seconds, out);
        int done = records_commit(r, rc == 0 || rc == RECORDS_NONE);
        rc = done < 0 ? done : rc;
    }
    mem_free(text);
    if (rc != 0) {
        job_clear(out);
    }
    return rc;
}

int job_clock_back(struct records *r, int64_t now, int64_t seconds)
{
    enum { LONGEST_S = 86400 + 3600 }; /* a day (upkeep, Retry-After) and some */
    struct query q = query_begin(
        r->db, "UPDATE job SET run_at = CASE state WHEN 'waiting' THEN ?1 ELSE run_at END,"
               " leased_until = CASE state WHEN 'running' THEN ?1 + ?2 END"
               " WHERE (state = 'waiting' AND run_at > ?1 + ?3)"
               " OR (state = 'running' AND leased_until > ?1 + ?2)");
    query_int(&q, now);
    query_int(&q, seconds);
    query_int(&q, LONGEST_S);
    return records_do(r, &q);
}

int job_next(struct records *r, const char *const *kinds, int64_t *out)
{
    char *text = kinds_text(kinds);
    if (!text) {
        return RECORDS_FAILED;
    }
    struct query q = query_begin(
        r->db, "SELECT min(at) FROM ("
               "SELECT * FROM (SELECT run_at AS at FROM job WHERE state = 'waiting'"
               " AND kind IN (SELECT value FROM json_each(?1)) ORDER BY run_at LIMIT 1)"
               " UNION ALL "
               "SELECT * FROM (SELECT leased_until FROM job WHERE state = 'running'"
               " AND kind IN (SELECT value FROM json_each(?1)) ORDER BY leased_until LIMIT 1))");
    query_text(&q, text);
    int rc = records_number(r, &q, out);
    mem_free(text);
    return rc;
}

/* ---- while it runs, and after ---------------------------------------------------------------- */

/* Ends the statement: exactly our job with our fence must have been changed. */
static int ours(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : n == 1 ? 0 : RECORDS_CONFLICT;
}

int job_renew(struct records *r, const struct job *j, int64_t now, int64_t seconds, int64_t done,
              int64_t of_all)
{
    struct query q = query_begin(r->db, "UPDATE job SET leased_until = ?, done = ?, of_all = ?"
                                        " WHERE id = ? AND fence = ? AND state = 'running'");
    query_int(&q, now + seconds);
    query_int(&q, done);
    query_int(&q, of_all);
    query_int(&q, j->id);
    query_int(&q, j->fence);
    return ours(r, &q);
}

int job_finish(struct records *r, const struct job *j, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE job SET state = 'done', finished_at = ?, error = NULL,"
                           " leased_until = NULL WHERE id = ? AND fence = ? AND state = 'running'");
    query_int(&q, now);
    query_int(&q, j->id);
    query_int(&q, j->fence);
    return ours(r, &q);
}

/* A twin that waits does the work instead: the failed one is done. */
int job_fail(struct records *r, const struct job *j, int64_t now, const char *error)
{
    enum { FIRST_WAIT = 60, LONGEST_WAIT = 6 * 3600, DOUBLED_MAX = 9 };
    int doubled = j->tries < DOUBLED_MAX ? j->tries : DOUBLED_MAX;
    int64_t wait = (int64_t)FIRST_WAIT << doubled;
    wait = wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
    struct query q = query_begin(
        r->db, "UPDATE job SET error = ?1, leased_until = NULL, owner = NULL,"
               " run_at = ?2 + ?3 - abs(random() % (?3 / 4)),"
               " finished_at = CASE WHEN tries >= ?4 THEN ?2 END,"
               " state = CASE WHEN tries >= ?4 THEN 'needs-human'"
               "  WHEN EXISTS (SELECT 1 FROM job AS t WHERE t.state = 'waiting'"
               "   AND t.kind = job.kind AND t.key = job.key) THEN 'done' ELSE 'waiting' END"
               " WHERE id = ?5 AND fence = ?6 AND state = 'running'");
    query_text(&q, error);
    query_int(&q, now);
    query_int(&q, wait);
    query_int(&q, JOB_TRIES);
    query_int(&q, j->id);
    query_int(&q, j->fence);
    return ours(r, &q);
}

int job_sweep(struct records *r, int64_t before)
{
    struct query q = query_begin(r->db, "DELETE FROM job WHERE state = 'done' AND finished_at < ?");
    query_int(&q, before);
    return records_do(r, &q);
}

int job_release(struct records *r, const struct job *j, int64_t run_at)
{
    struct query q = query_begin(
        r->db,
        "UPDATE job SET leased_until = NULL, owner = NULL, run_at = ?, tries = max(tries - 1,"
        " 0), state = CASE WHEN EXISTS (SELECT 1 FROM job AS t WHERE t.state = 'waiting'"
        "   AND t.kind = job.kind AND t.key = job.key) THEN 'done' ELSE 'waiting' END"
        " WHERE id = ? AND fence = ? AND state = 'running'");
    query_int(&q, run_at);
    query_int(&q, j->id);
    query_int(&q, j->fence);
    return ours(r, &q);
}

int job_wait(struct records *r, const struct job *j, int64_t run_at, const char *error)
{
    struct query q = query_begin(r->db, "UPDATE job SET error = ? WHERE id = ? AND fence = ?"
                                        " AND state = 'running'");
    query_text(&q, error);
    query_int(&q, j->id);
    query_int(&q, j->fence);
    int rc = ours(r, &q);
    return rc ? rc : job_release(r, j, run_at);
}

int job_not_before(struct records *r, const struct job *j, int64_t run_at)
{
    struct query q = query_begin(r->db, "UPDATE job SET run_at = max(run_at, ?) WHERE id = ?"
                                        " AND state = 'waiting'");
    query_int(&q, run_at);
    query_int(&q, j->id);
    int n = records_do(r, &q);
    return n < 0 ? n : 0;
}

/* The first time at once, then after 2, 4 ... 32 seconds: when the program ends again and again, a
 * job that had no part in it is not the first one each time until its tries are used up. */
static int end_leases(struct records *r, const char *owner, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE job SET leased_until = min(leased_until,"
                           " ? + iif(tries < 2, 0, 1 << min(tries - 1, 5))) WHERE state = 'running'"
                           " AND owner = ?");
    query_int(&q, now);
    query_text(&q, owner);
    return records_do(r, &q);
}

int job_orphans(struct records *r, bool (*gone)(const char *owner), int64_t now)
{
    json_t *rows = NULL;
    int all = 0, rc = records_begin(r);
    if (rc != 0) {
        return rc;
    }
    struct query q = query_begin(
        r->db, "SELECT DISTINCT owner FROM job WHERE state = 'running' AND owner IS NOT NULL");
    rc = records_all(r, &q, &rows);
    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        const char *owner = json_string_value(json_object_get(json_array_get(rows, i), "owner"));
        int n = owner && gone(owner) ? end_leases(r, owner, now) : 0;
        rc = n < 0 ? n : 0;
        all += n > 0 ? n : 0;
    }
    json_decref(rows);
    int done = records_commit(r, rc == 0);
    return rc < 0 ? rc : done < 0 ? done : all;
}
