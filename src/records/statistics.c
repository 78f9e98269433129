/*
 * statistics - numbers for people: how many applications in which state, how long they stay there.
 */
#include "records/applications.h"
#include "records/inside.h"

/* "SELECT name, count": an object name -> count. */
static int counts(struct records *r, const char *sql, int64_t since, json_t **out)
{
    struct query q = query_begin(r->db, sql);
    if (since != UTC_NONE) {
        query_int(&q, since);
    }
    *out = json_object();
    q.failed |= !*out;
    while (!q.failed && query_row(&q) == 1) {
        const unsigned char *name = sqlite3_column_text(q.s, 0);
        q.failed |= json_object_set_new(*out, name ? (const char *)name : "none",
                                        json_integer(query_get_int(&q, 1))) != 0;
    }
    return query_end(&q) < 0 ? records_failed(r) : 0;
}

static const char months_sql[] =
    "SELECT strftime('%Y-%m', at, 'unixepoch', '+330 minutes') AS month," /* India's months */
    " sum(state = 'draft') AS created, sum(state = 'submitted') AS submitted,"
    " sum(state = 'registered') AS registered, sum(state = 'recommended') AS recommended,"
    " sum(state IN ('not-recommended', 'not-considered')) AS refused,"
    " sum(state = 'withdrawn') AS withdrawn"
    " FROM move WHERE at >= ? GROUP BY month ORDER BY month";

/* From each change of state to the next one of the same application; the middle of those days (the
 * lower one of two). */
static const char days_sql[] =
    "WITH moves AS (SELECT at, state, lead(at) OVER (PARTITION BY application ORDER BY seq)"
    "  AS left_at FROM move WHERE application IN (SELECT application FROM move WHERE at >= ?1)),"
    " stays AS (SELECT state, (left_at - at) / 86400 AS days,"
    "  row_number() OVER (PARTITION BY state ORDER BY left_at - at) AS i,"
    "  count(*) OVER (PARTITION BY state) AS n FROM moves WHERE left_at >= ?1)"
    " SELECT state, days AS median, n AS count FROM stays WHERE i = (n + 1) / 2 ORDER BY state";

static int rows_since(struct records *r, const char *sql, int64_t since, json_t **out)
{
    struct query q = query_begin(r->db, sql);
    query_int(&q, since);
    return records_all(r, &q, out);
}

static int add(int rc, json_t *to, const char *name, json_t *value)
{
    if (rc == 0 && json_object_set_new(to, name, value) == 0) {
        return 0;
    }
    return rc < 0 ? rc : RECORDS_FAILED;
}

static const char states_sql[] = "SELECT state, count(*) FROM application GROUP BY state";

int statistics_states(struct records *r, json_t **out)
{
    int rc = counts(r, states_sql, UTC_NONE, out);
    if (rc < 0) {
        json_decref(*out);
        *out = NULL;
    }
    return rc;
}

int statistics_get(struct records *r, int64_t since, json_t **out)
{
    static const struct {
        const char *name, *sql;
    } all[] = {
        {"states", states_sql},
        {"kinds", "SELECT kind, count(*) FROM application GROUP BY kind"},
        {"verdicts", "SELECT verdict, count(*) FROM file WHERE verdict IS NOT NULL"
                     " GROUP BY verdict"},
    };
    json_t *value = NULL;
    int rc = 0;
    *out = json_object();
    for (size_t i = 0; i < sizeof all / sizeof *all && rc == 0; i++) {
        rc = counts(r, all[i].sql, UTC_NONE, &value);
        rc = add(rc, *out, all[i].name, value);
    }
    if (rc == 0) {
        rc = rows_since(r, months_sql, since, &value);
        rc = add(rc, *out, "months", value);
    }
    if (rc == 0) {
        rc = rows_since(r, days_sql, since, &value);
        rc = add(rc, *out, "days", value);
    }
    if (rc < 0) {
        json_decref(*out);
        *out = NULL;
    }
    return rc;
}
