/*
 * rows - see rows.h.
 */
#include "db/rows.h"

#include "base/hash.h"
#include "base/mem.h"

void query_value(struct query *q, const json_t *value)
{
    if (!value || json_is_null(value)) {
        query_int(q, UTC_NONE);
    } else if (json_is_string(value)) {
        query_text(q, json_string_value(value));
    } else if (json_is_integer(value)) {
        query_int(q, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        query_int(q, json_is_true(value));
    } else {
        q->failed = true;
    }
}

static json_t *hex(const void *p, int n)
{
    json_t *value = NULL;
    char *text = mem_alloc(2 * (size_t)n + 1);
    if (text) {
        value = json_string(hash_hex(span_make(p, (size_t)n), false, text));
    }
    mem_free(text);
    return value;
}

/* Text that is no UTF-8 (a damaged database) is no JSON string: it is shown as hex. */
static json_t *text(sqlite3_stmt *s, int i)
{
    const void *p = sqlite3_column_text(s, i);
    int n = sqlite3_column_bytes(s, i);
    if (!p) {
        return NULL;
    }
    json_t *value = json_stringn(p, (size_t)n);
    return value ? value : hex(p, n);
}

static json_t *column(sqlite3_stmt *s, int i)
{
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_NULL:
        return json_null();
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(s, i));
    case SQLITE_TEXT:
        return text(s, i);
    case SQLITE_BLOB: {
        const void *p = sqlite3_column_blob(s, i); /* NULL when empty */
        return p ? hex(p, sqlite3_column_bytes(s, i)) : json_string("");
    }
    default:
        return NULL;
    }
}

json_t *query_object(struct query *q)
{
    json_t *row = q->failed ? NULL : json_object();
    for (int i = 0; row && i < sqlite3_column_count(q->s); i++) {
        if (json_object_set_new(row, sqlite3_column_name(q->s, i), column(q->s, i)) != 0) {
            json_decref(row);
            row = NULL;
        }
    }
    q->failed |= !row;
    return row;
}

int query_one(struct query *q, json_t **out)
{
    int row = query_row(q);
    *out = row == 1 ? query_object(q) : NULL;
    if (query_end(q) < 0) {
        json_decref(*out);
        *out = NULL;
        return -1;
    }
    return row;
}

int query_all(struct query *q, json_t **out)
{
    int row = 0;
    *out = json_array();
    q->failed |= !*out;
    while (!q->failed && (row = query_row(q)) == 1) {
        q->failed |= json_array_append_new(*out, query_object(q)) != 0;
    }
    if (query_end(q) < 0) {
        json_decref(*out);
        *out = NULL;
        return -1;
    }
    return 0;
}

/* ---- canonical JSON -------------------------------------------------------------------------- */

enum { NESTED_MAX = 32 };

static bool plain(const json_t *value, int depth)
{
    const char *key;
    json_t *v;
    size_t i;
    if (depth > NESTED_MAX || json_is_real(value)) {
        return false;
    }
    union {
        const json_t *given;
        json_t *mutable; /* the macros of jansson ask for it; nothing is changed */
    } u = {value};
    json_object_foreach(u.mutable, key, v)
    {
        if (!plain(v, depth + 1)) {
            return false;
        }
    }
    json_array_foreach(u.mutable, i, v)
    {
        if (!plain(v, depth + 1)) {
            return false;
        }
    }
    return true;
}

char *rows_canonical(const json_t *value)
{
    return plain(value, 0) ? json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY)
                           : NULL;
}
