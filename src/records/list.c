/*
 * list - a page of applications by filters and order, or by words. See applications.h.
 *
 * A page is found in one covering index, whatever is asked (schema.c). A mark names the last row of
 * the page before, so a deep page costs what the first one does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "records/applications.h"
#include "records/inside.h"
#include "records/search.h"

struct order {
    const char *index, *key; /* key NULL: the order is that of the id alone */
    bool down;
};

/* Each with its index, which holds all columns that may be asked for. */
static const struct order orders[] = {
    [ORDER_DUE] = {"application_by_due", "due_key", false},
    [ORDER_CHANGED] = {"application_by_change", "updated_at", true},
    [ORDER_NEWEST] = {"application_by_id", NULL, true},
    [ORDER_OLDEST] = {"application_by_id", NULL, false},
};

#define LIST_COLUMNS                                                                               \
    "a.id, a.number, a.kind, a.state, a.vendor, v.name AS vendor_name, a.product, a.series,"       \
    " a.level, a.owner, w.name AS owner_name, a.due_on, a.due_rule, a.submitted_on,"               \
    " a.registered_on, a.created_at, a.updated_at, a.due_key, a.version"

/* ---- the mark -------------------------------------------------------------------------------- */

/* "key~id", "id"; false: not a mark of ours. */
static bool read_mark(const char *mark, char key[RECORDS_MARK], int64_t *id)
{
    const char *tilde = strchr(mark, '~'), *number = tilde ? tilde + 1 : mark;
    char *end;
    (void)snprintf(key, RECORDS_MARK, "%.*s", tilde ? (int)(tilde - mark) : 0, mark);
    *id = strtoll(number, &end, 10);
    return end != number && *end == 0;
}

bool application_mark_good(enum application_order order, const char *after)
{
    char key[RECORDS_MARK];
    int64_t id;
    return strlen(after) < RECORDS_MARK && read_mark(after, key, &id) &&
           (orders[order].key != NULL) == (strchr(after, '~') != NULL);
}

int records_page(json_t *rows, int64_t limit, const char *id, const char *key,
                 char next[RECORDS_MARK])
{
    next[0] = 0;
    while (json_array_size(rows) > (size_t)limit) {
        if (json_array_remove(rows, json_array_size(rows) - 1) != 0) {
            return RECORDS_FAILED;
        }
        const json_t *last = json_array_get(rows, (size_t)limit - 1);
        int64_t n = json_integer_value(json_object_get(last, id));
        const json_t *k = key ? json_object_get(last, key) : NULL;
        if (json_is_string(k)) {
            (void)snprintf(next, RECORDS_MARK, "%s~%" PRId64, json_string_value(k), n);
        } else if (k) {
            (void)snprintf(next, RECORDS_MARK, "%lld~%" PRId64, json_integer_value(k), n);
        } else {
            (void)snprintf(next, RECORDS_MARK, "%" PRId64, n);
        }
    }
    return 0;
}

/* ---- by filters ------------------------------------------------------------------------------ */

/* At most FEW rows pass the condition. 1, 0, or a code. */
static int few(struct records *r, const char *index, const char *condition, const char *value)
{
    enum { FEW = 10000 };
    char sql[256];
    int64_t n = 0;
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM (SELECT 1 FROM application INDEXED BY %s WHERE %s"
                   " LIMIT ?)",
                   index, condition);
    struct query q = query_begin(r->db, sql);
    query_text(&q, value);
    query_int(&q, FEW + 1);
    int rc = records_number(r, &q, &n);
    return rc < 0 ? rc : n <= FEW;
}

/* The index of the filter where that leaves few rows, which are then sorted; else the order's,
 * where a page is full soon. Either way one index has all that is needed. */
static int choose_index(struct records *r, const struct application_filter *f, const char **out)
{
    int rc = 0;
    *out = orders[f->order].index;
    if (f->vendor != UTC_NONE) {
        *out = "application_by_vendor";
    } else if (f->owner != UTC_NONE) {
        *out = "application_by_owner";
    } else if (f->state) {
        rc = f->order == ORDER_DUE ? 1 : few(r, "application_by_state", "state = ?", f->state);
        *out = rc > 0 ? "application_by_state" : *out;
    } else if (f->due_until && f->order != ORDER_DUE) {
        rc = few(r, "application_by_due", "due_key <= ?", f->due_until);
        *out = rc > 0 ? "application_by_due" : *out;
    }
    return rc < 0 ? rc : 0;
}

/* One selection of ids (and keys) in the index that passes the filters and one condition more. */
static void add_selection(struct buffer *b, const struct application_filter *f, const char *index,
                          const char *condition)
{
    const char *key = orders[f->order].key;
    const struct {
        const char *condition;
        bool asked;
    } filters[] = {
        {"state = ?1", f->state},
        {"kind = ?2", f->kind},
        {"series = ?3", f->series},
        {"level = ?4", f->level != UTC_NONE},
        {"vendor = ?5", f->vendor != UTC_NONE},
        {"owner = ?6", f->owner != UTC_NONE},
        {"due_key <= ?7", f->due_until},
    };
    buffer_printf(b, "SELECT id%s%s FROM application INDEXED BY %s WHERE ", key ? ", " : "",
                  key ? key : "", index);
    buffer_str(b, condition);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (filters[i].asked) {
            buffer_printf(b, " AND %s", filters[i].condition);
        }
    }
}

/* After the mark: those with its key and a later id, then those with a later key. In one comparison
 * of (key, id) SQLite would use the key alone and read all rows that have it. */
static void add_selections(struct buffer *b, const struct application_filter *f, const char *index)
{
    const struct order *o = &orders[f->order];
    const char *later = o->down ? "<" : ">";
    char condition[64];
    if (!f->after) {
        add_selection(b, f, index, "1");
    } else if (!o->key) {
        (void)snprintf(condition, sizeof condition, "id %s ?9", later);
        add_selection(b, f, index, condition);
    } else {
        (void)snprintf(condition, sizeof condition, "%s = ?8 AND id %s ?9", o->key, later);
        add_selection(b, f, index, condition);
        buffer_str(b, " UNION ALL ");
        (void)snprintf(condition, sizeof condition, "%s %s ?8", o->key, later);
        add_selection(b, f, index, condition);
    }
}

static void add_order(struct buffer *b, const struct order *o, const char *table)
{
    const char *down = o->down ? " DESC" : "";
    buffer_str(b, " ORDER BY ");
    if (o->key) {
        buffer_printf(b, "%s%s%s, ", table, o->key, down);
    }
    buffer_printf(b, "%sid%s", table, down);
}

static void plain_sql(struct buffer *b, const struct application_filter *f, const char *index)
{
    buffer_str(b, "SELECT " LIST_COLUMNS " FROM (");
    add_selections(b, f, index);
    add_order(b, &orders[f->order], "");
    buffer_str(b, " LIMIT ?10) p CROSS JOIN application a ON a.id = p.id"
                  " JOIN firm v ON v.id = a.vendor LEFT JOIN person w ON w.id = a.owner");
    add_order(b, &orders[f->order], "a.");
}

/* The parameters 1 to 10, all of them. */
static int run(struct records *r, const struct application_filter *f, const char *sql,
               const char *words, json_t **out)
{
    char key[RECORDS_MARK] = "";
    int64_t id = UTC_NONE;
    struct query q = query_begin(r->db, sql);
    q.failed |=
        f->after && !(application_mark_good(f->order, f->after) && read_mark(f->after, key, &id));
    query_text(&q, words ? words : f->state);
    query_text(&q, f->kind);
    query_text(&q, f->series);
    query_int(&q, f->level);
    query_int(&q, f->vendor);
    query_int(&q, f->owner);
    query_text(&q, f->due_until);
    if (f->order == ORDER_CHANGED) {
        query_int(&q, strtoll(key, NULL, 10));
    } else {
        query_text(&q, key);
    }
    query_int(&q, id);
    query_int(&q, f->limit + 1);
    return records_all(r, &q, out);
}

static int list_plain(struct records *r, const struct application_filter *f, struct buffer *b,
                      json_t **out)
{
    const char *index;
    int rc = choose_index(r, f, &index);
    if (rc < 0) {
        return rc;
    }
    plain_sql(b, f, index);
    const char *sql = buffer_cstr(b);
    return run(r, f, sql ? sql : "", NULL, out);
}

/* ---- by words -------------------------------------------------------------------------------- */

/* The words find the rows; their order is the table's own, backwards. */
static void text_sql(struct buffer *b, const struct application_filter *f)
{
    buffer_str(b, "SELECT " LIST_COLUMNS " FROM search s CROSS JOIN application a ON a.id = s.rowid"
                  " JOIN firm v ON v.id = a.vendor LEFT JOIN person w ON w.id = a.owner"
                  " WHERE search MATCH ?1");
    buffer_str(b, f->after ? " AND s.rowid < ?9" : "");
    buffer_str(b, f->due_until ? " AND a.due_key <= ?7" : "");
    buffer_str(b, " ORDER BY s.rowid DESC LIMIT ?10");
}

static int list_text(struct records *r, const struct application_filter *f, struct buffer *b,
                     json_t **out)
{
    struct buffer words;
    buffer_init(&words, 4096);
    bool any = search_expression(f, &words);
    const char *expression = any ? buffer_cstr(&words) : NULL;
    int rc = 0;
    if (!expression) {
        *out = any ? NULL : json_array();
        rc = *out ? 0 : records_wrong(r, "search", "too many words");
    } else {
        text_sql(b, f);
        const char *sql = buffer_cstr(b);
        rc = run(r, f, sql ? sql : "", expression, out);
    }
    buffer_free(&words);
    return rc;
}

int application_list(struct records *r, const struct application_filter *f, json_t **out,
                     char next[RECORDS_MARK])
{
    enum { SQL_MAX = 4096 };
    struct buffer b;
    struct application_filter g = *f;
    size_t i;
    json_t *row;
    buffer_init(&b, SQL_MAX);
    *out = NULL;
    if (f->text) {
        g.order = ORDER_NEWEST;
    }
    int rc = f->text ? list_text(r, &g, &b, out) : list_plain(r, &g, &b, out);
    buffer_free(&b);
    rc = rc < 0 ? rc : records_page(*out, f->limit, "id", orders[g.order].key, next);
    json_array_foreach(*out, i, row)
    {
        (void)json_object_del(row, "due_key");
    }
    return rc;
}
