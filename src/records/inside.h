/*
 * inside - the records from the inside: what their files share. Nobody else writes SQL.
 */
#ifndef RECORDS_INSIDE_H
#define RECORDS_INSIDE_H

#include "db/db.h"
#include "db/rows.h"
#include "records/records.h"

extern const struct db_schema records_schema;

enum { RECORDS_ERROR = 200 };

struct records {
    sqlite3 *db;
    char *data;                   /* the data folder, without links in its name */
    const char *error;            /* of the last failure: static, SQLite's, or sentence */
    char sentence[RECORDS_ERROR]; /* room for it */
    bool writing;                 /* inside records_begin .. records_commit */
    struct turn *turn;            /* who of this process writes next */
};

/* "data/rest" (mem); NULL: no memory. */
char *records_path(const char *data, const char *rest) WARN_UNUSED;

/* Notes a failure that is not the database's; returns RECORDS_FAILED. */
int records_wrong(struct records *r, const char *what, const char *why);

/* Keeps what SQLite says of its last failure for records_error and gives its code: a unique value
 * that is taken is RECORDS_CONFLICT, a reference to a row that is not there RECORDS_NONE. */
int records_failed(struct records *r);

/* ---- statements: each ends the query and answers with a code of records.h */

/* The first row; RECORDS_NONE. */
int records_one(struct records *r, struct query *q, json_t **out) WARN_UNUSED;
int records_all(struct records *r, struct query *q, json_t **out) WARN_UNUSED;

/* JSON that a column of the first row holds as text; *out is NULL when it holds none.
 * RECORDS_NONE. */
int records_one_json(struct records *r, struct query *q, const char *column,
                     json_t **out) WARN_UNUSED;

/* One number of the first row; RECORDS_NONE. */
int records_number(struct records *r, struct query *q, int64_t *out) WARN_UNUSED;

/* A change; number of rows changed, or a code. */
int records_do(struct records *r, struct query *q) WARN_UNUSED;

/* ---- a table: its columns are the only names that reach the SQL text */

struct records_table {
    const char *name;
    const char *const *columns; /* those that may be written; NULL-terminated */
    bool versioned;             /* has the column version: each update names the one it saw */
    bool stamped;               /* has the column updated_at */
};

/* A row of the object's members; each must be a column (a mistake of ours otherwise). Its id. */
int64_t records_insert(struct records *r, const struct records_table *t,
                       const json_t *values) WARN_UNUSED;

/* Sets the members in the row. version: the one the caller saw (UTC_NONE: whatever it is); now: for
 * updated_at. 0, RECORDS_NONE, RECORDS_CONFLICT. */
int records_update(struct records *r, const struct records_table *t, int64_t id, int64_t version,
                   const json_t *values, int64_t now) WARN_UNUSED;

/* The row of an id, all columns. */
int records_get(struct records *r, const struct records_table *t, int64_t id,
                json_t **out) WARN_UNUSED;

#endif
