/*
 * rows - the statements all tables share: read rows, insert, update by the version that was seen.
 *
 * Names in the SQL text come from the tables below src/records only; every value is a parameter.
 */
#include <stdio.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "records/inside.h"

enum { SQL_MAX = 8192 };

int records_wrong(struct records *r, const char *what, const char *why)
{
    (void)snprintf(r->sentence, sizeof r->sentence, "%s: %s", what, why);
    r->error = r->sentence;
    return RECORDS_FAILED;
}

int records_failed(struct records *r)
{
    int code = sqlite3_extended_errcode(r->db);
    (void)records_wrong(r, "office.db", sqlite3_errmsg(r->db));
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        return RECORDS_CONFLICT;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return RECORDS_NONE;
    default:
        return RECORDS_FAILED;
    }
}

int records_one(struct records *r, struct query *q, json_t **out)
{
    int row = query_one(q, out);
    return row < 0 ? records_failed(r) : row ? 0 : RECORDS_NONE;
}

int records_one_json(struct records *r, struct query *q, const char *column, json_t **out)
{
    json_t *row = NULL;
    int rc = records_one(r, q, &row);
    const char *text = json_string_value(json_object_get(row, column));
    *out = text ? json_loads(text, 0, NULL) : NULL;
    json_decref(row);
    return rc;
}

int records_all(struct records *r, struct query *q, json_t **out)
{
    return query_all(q, out) < 0 ? records_failed(r) : 0;
}

int records_number(struct records *r, struct query *q, int64_t *out)
{
    int row = query_row(q);
    if (row == 1) {
        *out = query_get_int(q, 0);
    }
    return query_end(q) < 0 ? records_failed(r) : row ? 0 : RECORDS_NONE;
}

int records_do(struct records *r, struct query *q)
{
    return query_do(q) < 0 ? records_failed(r) : sqlite3_changes(r->db);
}

/* ---- one row of a table ---------------------------------------------------------------------- */

/* Iterates without const; nothing is changed. */
static json_t *mutable(const json_t *value)
{
    union {
        const json_t *given;
        json_t *mutable;
    } u = {value};
    return u.mutable;
}

static bool is_column(const struct records_table *t, const char *name)
{
    for (const char *const *c = t->columns; *c; c++) {
        if (strcmp(*c, name) == 0) {
            return true;
        }
    }
    return false;
}

/* "a, b, c" or, with each "=?", "a=?, b=?". False: one is no column. */
static bool add_names(struct buffer *b, const struct records_table *t, const json_t *values,
                      const char *each)
{
    const char *key;
    json_t *value;
    bool first = true;
    json_object_foreach(mutable(values), key, value)
    {
        if (!is_column(t, key)) {
            return false;
        }
        buffer_str(b, first ? "" : ", ");
        buffer_str(b, key);
        buffer_str(b, each);
        first = false;
    }
    return !first;
}

static void bind(struct query *q, const json_t *values)
{
    const char *key;
    json_t *value;
    json_object_foreach(mutable(values), key, value)
    {
        query_value(q, value);
    }
}

static int wrong(struct records *r, const struct records_table *t, struct buffer *b)
{
    buffer_free(b);
    return records_wrong(r, t->name, "not its columns, or memory ran out");
}

int64_t records_insert(struct records *r, const struct records_table *t, const json_t *values)
{
    struct buffer b;
    buffer_init(&b, SQL_MAX);
    buffer_printf(&b, "INSERT INTO %s(", t->name);
    bool good = add_names(&b, t, values, "");
    buffer_str(&b, ") VALUES(?");
    for (size_t i = 1; i < json_object_size(values); i++) {
        buffer_str(&b, ",?");
    }
    buffer_str(&b, ")");
    const char *sql = good ? buffer_cstr(&b) : NULL;
    if (!sql) {
        return wrong(r, t, &b);
    }
    struct query q = query_begin(r->db, sql);
    bind(&q, values);
    int rc = records_do(r, &q);
    buffer_free(&b);
    return rc < 0 ? rc : sqlite3_last_insert_rowid(r->db);
}

/* Nothing was changed: is the row not there, or is it another version? */
static int none_or_conflict(struct records *r, const struct records_table *t, int64_t id)
{
    json_t *row;
    int rc = records_get(r, t, id, &row);
    json_decref(row);
    return rc < 0 ? rc : RECORDS_CONFLICT;
}

int records_update(struct records *r, const struct records_table *t, int64_t id, int64_t version,
                   const json_t *values, int64_t now)
{
    struct buffer b;
    buffer_init(&b, SQL_MAX);
    buffer_printf(&b, "UPDATE %s SET ", t->name);
    bool good = add_names(&b, t, values, "=?");
    buffer_str(&b, t->versioned ? ", version=version+1" : "");
    buffer_str(&b, t->stamped ? ", updated_at=?" : "");
    buffer_str(&b, " WHERE id=?");
    buffer_str(&b, t->versioned ? " AND version=coalesce(?, version)" : "");
    const char *sql = good ? buffer_cstr(&b) : NULL;
    if (!sql) {
        return wrong(r, t, &b);
    }
    struct query q = query_begin(r->db, sql);
    bind(&q, values);
    if (t->stamped) {
        query_int(&q, now);
    }
    query_int(&q, id);
    if (t->versioned) {
        query_int(&q, version);
    }
    int rc = records_do(r, &q);
    buffer_free(&b);
    return rc < 0 ? rc : rc ? 0 : none_or_conflict(r, t, id);
}

int records_get(struct records *r, const struct records_table *t, int64_t id, json_t **out)
{
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE id = ?", t->name);
    struct query q = query_begin(r->db, sql);
    query_int(&q, id);
    return records_one(r, &q, out);
}
