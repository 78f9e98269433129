/*
 * db - see db.h.
 */
#include "db/db.h"

#include <stdio.h>

#include "db/statements.h"

enum { BUSY_MS = 30000 };

int db_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static int version_of(sqlite3 *db, int64_t *out)
{
    struct query q = query_begin(db, "SELECT coalesce(max(version), 0) FROM migration");
    if (query_row(&q) == 1) {
        *out = query_get_int(&q, 0);
    }
    return query_end(&q);
}

/* In one transaction: another process may do the same. */
static int migrate(sqlite3 *db, const struct db_schema *schema, int64_t now, const char **why)
{
    int64_t version = 0;
    if (db_run(db, "BEGIN IMMEDIATE") < 0) {
        return -1;
    }
    if (db_run(db, "CREATE TABLE IF NOT EXISTS migration("
                   "version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)") < 0 ||
        version_of(db, &version) < 0) {
        return -1;
    }
    if (version > (int64_t)schema->count) {
        *why = "it was written by a newer version of this program";
        return -1;
    }
    for (int64_t v = version; v < (int64_t)schema->count; v++) {
        struct query q = query_begin(db, "INSERT INTO migration VALUES(?, ?)");
        query_int(&q, v + 1);
        query_int(&q, now);
        if (db_run(db, schema->steps[v]) < 0) {
            (void)!query_end(&q);
            return -1;
        }
        if (query_do(&q) < 0) {
            return -1;
        }
    }
    return db_run(db, "COMMIT");
}

/* Of several who open a new file at once each wants it for itself for a moment, and SQLite does not
 * ask the busy handler then. */
static int use_wal(sqlite3 *db)
{
    enum { PAUSE_MS = 10 };
    int rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    for (int waited = 0; rc == SQLITE_BUSY && waited < BUSY_MS; waited += PAUSE_MS) {
        (void)sqlite3_sleep(PAUSE_MS);
        rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    }
    return rc == SQLITE_OK ? 0 : -1;
}

int db_open(const char *path, const struct db_schema *schema, int64_t now, sqlite3 **out,
            const char **why)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW;
    int64_t version = 0;
    *why = NULL;
    bool ok = sqlite3_open_v2(path, out, flags, NULL) == SQLITE_OK &&
              sqlite3_busy_timeout(*out, BUSY_MS) == SQLITE_OK && use_wal(*out) == 0 &&
              db_run(*out, "PRAGMA synchronous = FULL;"
                           "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;") == 0;
    /* Most of the time there is nothing to do, and no need to wait for a writer. */
    if (ok && (sqlite3_table_column_metadata(*out, NULL, "migration", NULL, NULL, NULL, NULL, NULL,
                                             NULL) != SQLITE_OK ||
               version_of(*out, &version) < 0 || version != (int64_t)schema->count)) {
        ok = migrate(*out, schema, now, why) == 0;
    }
    if (ok) {
        statements_open(*out);
    }
    if (!ok && !*why) {
        *why = *out ? sqlite3_errmsg(*out) : "memory ran out";
    }
    return ok ? 0 : -1;
}

void db_close(sqlite3 *db)
{
    statements_close(db);
    (void)sqlite3_close_v2(db);
}

/* ---- statements ------------------------------------------------------------------------------ */

struct query query_begin(sqlite3 *db, const char *sql)
{
    struct query q = {.db = db, .next = 1, .s = statement_take(db, sql)};
    q.failed = !q.s;
    return q;
}

static void bound(struct query *q, int code)
{
    q->failed = q->failed || code != SQLITE_OK;
    q->next++;
}

void query_text(struct query *q, const char *text)
{
    bound(q, q->failed ? SQLITE_OK : sqlite3_bind_text(q->s, q->next, text, -1, SQLITE_STATIC));
}

void query_blob(struct query *q, struct span bytes)
{
    bound(q, q->failed ? SQLITE_OK
             : bytes.p ? sqlite3_bind_blob64(q->s, q->next, bytes.p, bytes.n, SQLITE_STATIC)
                       : sqlite3_bind_null(q->s, q->next));
}

void query_int(struct query *q, int64_t n)
{
    bound(q, q->failed       ? SQLITE_OK
             : n == UTC_NONE ? sqlite3_bind_null(q->s, q->next)
                             : sqlite3_bind_int64(q->s, q->next, n));
}

int query_row(struct query *q)
{
    int r = q->failed ? SQLITE_ERROR : sqlite3_step(q->s);
    q->failed = r != SQLITE_ROW && r != SQLITE_DONE;
    return q->failed ? -1 : r == SQLITE_ROW;
}

static struct span column(struct query *q, int i)
{
    const void *p = sqlite3_column_blob(q->s, i);
    int n = sqlite3_column_bytes(q->s, i);
    return p && n > 0 ? span_make(p, (size_t)n) : SPAN_LIT("");
}

const char *query_get_text(struct query *q, struct arena *a, int i)
{
    if (sqlite3_column_type(q->s, i) == SQLITE_NULL) {
        return NULL;
    }
    const char *s = arena_str(a, column(q, i));
    q->failed |= !s;
    return s ? s : "";
}

struct span query_get_blob(struct query *q, struct arena *a, int i)
{
    if (sqlite3_column_type(q->s, i) == SQLITE_NULL) {
        return SPAN_NONE;
    }
    struct span s = arena_dup(a, column(q, i));
    q->failed |= !s.p;
    return s;
}

int64_t query_get_int(struct query *q, int i)
{
    return sqlite3_column_type(q->s, i) == SQLITE_NULL ? UTC_NONE : sqlite3_column_int64(q->s, i);
}

void query_copy_text(struct query *q, int i, char *out, size_t size)
{
    struct span s = column(q, i);
    (void)snprintf(out, size, "%.*s", (int)(s.n < size ? s.n : size - 1), (const char *)s.p);
}

int query_end(struct query *q)
{
    statement_give(q->db, q->s);
    q->s = NULL;
    return q->failed ? -1 : 0;
}

int query_do(struct query *q)
{
    int row = query_row(q), rc = query_end(q);
    return row < 0 ? -1 : rc;
}
