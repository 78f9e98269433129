/*
 * applications - the rows of applications, their list, and numbers without gaps.
 */
#include "records/applications.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "records/inside.h"
#include "records/search.h"

static const struct records_table applications = {"application",
                                                  (const char *const[]){"number",
                                                                        "kind",
                                                                        "state",
                                                                        "vendor",
                                                                        "oem",
                                                                        "product",
                                                                        "series",
                                                                        "level",
                                                                        "critical",
                                                                        "scope",
                                                                        "owner",
                                                                        "submitted_on",
                                                                        "complete_on",
                                                                        "registered_on",
                                                                        "lab",
                                                                        "allotted_on",
                                                                        "quotation_on",
                                                                        "work_order_on",
                                                                        "agreement_on",
                                                                        "assessor",
                                                                        "appointed_on",
                                                                        "assessor_conflict",
                                                                        "presented_on",
                                                                        "meeting",
                                                                        "meeting_on",
                                                                        "recommendation",
                                                                        "conditions",
                                                                        "conditions_closed_on",
                                                                        "previous_certificate",
                                                                        "previous_valid_to",
                                                                        "change_about",
                                                                        "change_on",
                                                                        "change_reported_on",
                                                                        "change_vendor",
                                                                        "change_body",
                                                                        "certificate",
                                                                        "created_at",
                                                                        "updated_at",
                                                                        "due_on",
                                                                        "due_rule",
                                                                        NULL},
                                                  true, true};

int64_t application_add(struct records *r, const json_t *values, int64_t now)
{
    json_t *all = json_deep_copy(values);
    int64_t id = RECORDS_FAILED;
    if (all && json_object_set_new(all, "created_at", json_integer(now)) == 0 &&
        json_object_set_new(all, "updated_at", json_integer(now)) == 0) {
        id = records_insert(r, &applications, all);
    }
    json_decref(all);
    int rc = id < 0 ? 0 : search_update(r, id);
    return rc < 0 ? rc : id;
}

int application_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT a.*, v.name AS vendor_name, o.name AS oem_name, w.name AS owner_name,"
               " l.name AS lab_name, s.name AS assessor_name"
               " FROM application a JOIN firm v ON v.id = a.vendor"
               " LEFT JOIN firm o ON o.id = a.oem LEFT JOIN person w ON w.id = a.owner"
               " LEFT JOIN lab l ON l.id = a.lab LEFT JOIN person s ON s.id = a.assessor"
               " WHERE a.id = ?");
    query_int(&q, id);
    int rc = records_one(r, &q, out);
    if (rc == 0) {
        (void)json_object_del(*out, "due_key");
    }
    return rc;
}

int application_vendor(struct records *r, int64_t id, int64_t *firm)
{
    struct query q = query_begin(r->db, "SELECT vendor FROM application WHERE id = ?");
    query_int(&q, id);
    return records_number(r, &q, firm);
}

int application_update(struct records *r, int64_t id, int64_t version, const json_t *values,
                       int64_t now)
{
    static const char *const searched[] = {"number", "certificate", "vendor", "oem",    "product",
                                           "state",  "kind",        "level",  "series", "owner"};
    int rc = records_update(r, &applications, id, version, values, now);
    for (size_t i = 0; rc == 0 && i < sizeof searched / sizeof *searched; i++) {
        if (json_object_get(values, searched[i])) {
            return search_update(r, id);
        }
    }
    return rc;
}

int64_t number_next(struct records *r, const char *series)
{
    int64_t n = 0;
    struct query q = query_begin(r->db, "INSERT INTO number_series(series, last) VALUES(?, 1)"
                                        " ON CONFLICT DO UPDATE SET last = last + 1"
                                        " RETURNING last");
    query_text(&q, series);
    int rc = records_number(r, &q, &n);
    return rc < 0 ? rc : n;
}

/* ---- the list -------------------------------------------------------------------------------- */

struct order {
    const char *index, *sort, *after, *key, *outer;
};

/* Each with its index, which holds all columns that may be asked for. */
static const struct order orders[] = {
    [ORDER_DUE] = {"application_by_due", "due_key, id", "(due_key, id) > (?, ?)", "due_key",
                   "a.due_key, a.id"},
    [ORDER_CHANGED] = {"application_by_change", "updated_at DESC, id DESC",
                       "(updated_at, id) < (?, ?)", "updated_at", "a.updated_at DESC, a.id DESC"},
    [ORDER_NEWEST] = {"application_by_id", "id DESC", "id < ?", NULL, "a.id DESC"},
    [ORDER_OLDEST] = {"application_by_id", "id", "id > ?", NULL, "a.id"},
};

#define LIST_COLUMNS                                                                               \
    "a.id, a.number, a.kind, a.state, a.vendor, v.name AS vendor_name, a.product, a.series,"       \
    " a.level, a.owner, w.name AS owner_name, a.due_on, a.due_rule, a.submitted_on,"               \
    " a.registered_on, a.created_at, a.updated_at, a.due_key, a.version"

static void add_filters(struct buffer *b, const struct application_filter *f)
{
    const struct {
        const char *column;
        bool asked;
    } equal[] = {
        {"state", f->state},
        {"kind", f->kind},
        {"series", f->series},
        {"level", f->level != UTC_NONE},
        {"vendor", f->vendor != UTC_NONE},
        {"owner", f->owner != UTC_NONE},
    };
    for (size_t i = 0; i < sizeof equal / sizeof *equal; i++) {
        if (equal[i].asked) {
            buffer_printf(b, " AND %s = ?", equal[i].column);
        }
    }
    if (f->due_until) {
        buffer_str(b, " AND due_key <= ?");
    }
}

static void bind_filters(struct query *q, const struct application_filter *f)
{
    const char *const texts[] = {f->state, f->kind, f->series};
    const int64_t numbers[] = {f->level, f->vendor, f->owner};
    for (size_t i = 0; i < 3; i++) {
        if (texts[i]) {
            query_text(q, texts[i]);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        if (numbers[i] != UTC_NONE) {
            query_int(q, numbers[i]);
        }
    }
    if (f->due_until) {
        query_text(q, f->due_until);
    }
}

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

static void bind_mark(struct query *q, const struct application_filter *f)
{
    char key[RECORDS_MARK];
    int64_t id = 0;
    if (!application_mark_good(f->order, f->after)) {
        q->failed = true;
        return;
    }
    (void)read_mark(f->after, key, &id);
    if (f->order == ORDER_CHANGED) {
        query_int(q, strtoll(key, NULL, 10));
    } else if (f->order == ORDER_DUE) {
        q->failed |= sqlite3_bind_text(q->s, q->next++, key, -1, SQLITE_TRANSIENT) != SQLITE_OK;
    }
    query_int(q, id);
}

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

static void plain_sql(struct buffer *b, const struct application_filter *f, const char *index)
{
    const struct order *o = &orders[f->order];
    buffer_printf(
        b, "SELECT " LIST_COLUMNS " FROM (SELECT id FROM application INDEXED BY %s WHERE 1", index);
    add_filters(b, f);
    if (f->after) {
        buffer_printf(b, " AND %s", o->after);
    }
    buffer_printf(b,
                  " ORDER BY %s LIMIT ?) p CROSS JOIN application a ON a.id = p.id"
                  " JOIN firm v ON v.id = a.vendor LEFT JOIN person w ON w.id = a.owner"
                  " ORDER BY %s",
                  o->sort, o->outer);
}

/* The words find the rows; their order is the table's own, backwards. */
static void text_sql(struct buffer *b, const struct application_filter *f)
{
    buffer_str(b, "SELECT " LIST_COLUMNS " FROM search s CROSS JOIN application a ON a.id = s.rowid"
                  " JOIN firm v ON v.id = a.vendor LEFT JOIN person w ON w.id = a.owner"
                  " WHERE search MATCH ?");
    buffer_str(b, f->after ? " AND s.rowid < ?" : "");
    buffer_str(b, f->due_until ? " AND a.due_key <= ?" : "");
    buffer_str(b, " ORDER BY s.rowid DESC LIMIT ?");
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
    struct query q = query_begin(r->db, sql ? sql : "");
    bind_filters(&q, f);
    if (f->after) {
        bind_mark(&q, f);
    }
    query_int(&q, f->limit + 1);
    return records_all(r, &q, out);
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
        struct query q = query_begin(r->db, buffer_cstr(b));
        query_text(&q, expression);
        if (f->after) {
            bind_mark(&q, f);
        }
        if (f->due_until) {
            query_text(&q, f->due_until);
        }
        query_int(&q, f->limit + 1);
        rc = records_all(r, &q, out);
    }
    buffer_free(&words);
    return rc;
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
