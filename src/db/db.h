/*
 * db - SQLite: opening, schemas with their migrations, prepared statements.
 *
 * WAL and synchronous FULL: what is committed is on the disk. A statement remembers its first
 * failure, so one check at its end is enough.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/utc.h"

/* A schema: each step brings it from its index to the next version. Never change one that was
 * released: add another. */
struct db_schema {
    const char *const *steps;
    size_t count;
};

/* Opens the file and brings its schema up to date. Returns 0, or -1 with *why (static text or
 * SQLite's, until the next call). *out is to be closed in both cases. */
int db_open(const char *path, const struct db_schema *schema, int64_t now, sqlite3 **out,
            const char **why) WARN_UNUSED;
void db_close(sqlite3 *db);

/* Runs statements that give no rows. Returns 0 or -1. */
int db_run(sqlite3 *db, const char *sql) WARN_UNUSED;

struct query {
    sqlite3 *db;
    sqlite3_stmt *s;
    int next; /* parameter */
    bool failed;
};

struct query query_begin(sqlite3 *db, const char *sql);

/* The parameters one after the other; NULL, an absent span and UTC_NONE are null. Bytes are
 * borrowed until the end. */
void query_text(struct query *q, const char *text);
void query_blob(struct query *q, struct span bytes);
void query_int(struct query *q, int64_t n);

/* 1: a row, 0: no more, -1. */
int query_row(struct query *q) WARN_UNUSED;

/* Columns of the row; text is NULL, a blob absent and a number UTC_NONE for null. Copies live in
 * the arena; when it is out of memory the query has failed. */
const char *query_get_text(struct query *q, struct arena *a, int column);
struct span query_get_blob(struct query *q, struct arena *a, int column);
int64_t query_get_int(struct query *q, int column);
void query_copy_text(struct query *q, int column, char *out, size_t size);

/* Returns 0, or -1 when anything failed since the beginning. */
int query_end(struct query *q) WARN_UNUSED;

/* A statement without rows whose parameters are all bound: runs and ends it. */
int query_do(struct query *q) WARN_UNUSED;

#endif
