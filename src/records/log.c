/*
 * log - see log.h.
 */
#include "records/log.h"

#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "records/inside.h"

/* ---- entries and nodes ----------------------------------------------------------------------- */

static int64_t number_of(struct records *r, const char *sql, const char *text)
{
    struct query q = query_begin(r->db, sql);
    int64_t n = -1;
    if (text) {
        query_text(&q, text);
    }
    if (query_row(&q) == 1) {
        n = query_get_int(&q, 0);
    }
    return query_end(&q) == 0 ? n : -1;
}

int64_t log_size(struct records *r)
{
    return number_of(r, "SELECT coalesce(max(entry) + 1, 0) FROM log_entry", NULL);
}

static int node_add(struct records *r, unsigned level, int64_t number, const struct merkle_hash *h)
{
    struct query q = query_begin(r->db, "INSERT INTO log_node VALUES(?, ?, ?)");
    query_int(&q, level);
    query_int(&q, number);
    query_blob(&q, span_make(h->h, sizeof h->h));
    return query_do(&q);
}

int log_add(struct records *r, const struct log_entry *e, const struct merkle_hash *nodes,
            size_t count)
{
    struct query q = query_begin(r->db, "INSERT INTO log_entry VALUES(?, ?, ?, ?, ?, ?, ?)");
    query_int(&q, e->entry);
    query_int(&q, e->at);
    query_text(&q, e->certificate);
    query_text(&q, e->event);
    query_text(&q, e->effective_on);
    query_blob(&q, e->octets);
    query_text(&q, e->data);
    int rc = query_do(&q);
    for (size_t l = 0; l < count && rc == 0; l++) {
        rc = node_add(r, (unsigned)l, e->entry >> l, &nodes[l]);
    }
    return rc;
}

#define ENTRY "SELECT entry, at, certificate, event, effective_on, octets, data FROM log_entry "

static void read_entry(struct query *q, struct arena *a, struct log_entry *out)
{
    *out = (struct log_entry){.entry = query_get_int(q, 0),
                              .at = query_get_int(q, 1),
                              .certificate = query_get_text(q, a, 2),
                              .event = query_get_text(q, a, 3),
                              .effective_on = query_get_text(q, a, 4),
                              .octets = query_get_blob(q, a, 5),
                              .data = query_get_text(q, a, 6)};
}

int log_find(struct records *r, struct arena *a, int64_t entry, struct log_entry *out)
{
    struct query q = query_begin(r->db, ENTRY "WHERE entry = ?");
    query_int(&q, entry);
    int found = query_row(&q);
    if (found == 1) {
        read_entry(&q, a, out);
    }
    return query_end(&q) != 0 ? RECORDS_FAILED : found ? 0 : RECORDS_NONE;
}

int log_walk(struct records *r, const char *certificate, int64_t from,
             int (*each)(void *context, const struct log_entry *e), void *context)
{
    struct query q =
        query_begin(r->db, certificate ? ENTRY "WHERE certificate = ? AND entry >= ? ORDER BY entry"
                                       : ENTRY "WHERE entry >= ? ORDER BY entry");
    int rc = 0;
    if (certificate) {
        query_text(&q, certificate);
    }
    query_int(&q, from);
    while (rc == 0 && query_row(&q) == 1) {
        struct log_entry e;
        struct arena *a = arena_new((size_t)4 << 20);
        if (!a) {
            rc = -1;
            break;
        }
        read_entry(&q, a, &e);
        rc = q.failed ? -1 : each(context, &e);
        arena_free(a);
    }
    return query_end(&q) != 0 ? -1 : rc;
}

int log_node(void *records, unsigned level, uint64_t number, struct merkle_hash *out)
{
    struct records *r = records;
    struct query q = query_begin(r->db, "SELECT hash FROM log_node WHERE level = ? AND number = ?");
    query_int(&q, level);
    query_int(&q, (int64_t)number);
    bool good = query_row(&q) == 1 && sqlite3_column_bytes(q.s, 0) == SHA256_SIZE;
    if (good) {
        memcpy(out->h, sqlite3_column_blob(q.s, 0), SHA256_SIZE);
    }
    return query_end(&q) == 0 && good ? 0 : -1;
}

/* ---- heads ----------------------------------------------------------------------------------- */

int log_head_add(struct records *r, int64_t size, int64_t at, struct span note)
{
    struct query q = query_begin(r->db, "INSERT OR REPLACE INTO log_head VALUES(?, ?, ?)");
    query_int(&q, size);
    query_int(&q, at);
    query_blob(&q, note);
    return query_do(&q);
}

int log_head(struct records *r, struct arena *a, int64_t most, int64_t *size, struct span *note)
{
    struct query q = query_begin(
        r->db, "SELECT size, note FROM log_head WHERE size <= ? ORDER BY size DESC LIMIT 1");
    query_int(&q, most);
    int found = query_row(&q);
    if (found == 1) {
        *size = query_get_int(&q, 0);
        *note = query_get_blob(&q, a, 1);
    }
    return query_end(&q) != 0 ? RECORDS_FAILED : found ? 0 : RECORDS_NONE;
}

/* ---- witnesses ------------------------------------------------------------------------------- */

int cosignature_add(struct records *r, int64_t size, const char *vkey, int64_t at, struct span line)
{
    struct query q =
        query_begin(r->db, "INSERT OR REPLACE INTO log_cosignature VALUES(?, ?, ?, ?)");
    char *text = mem_alloc(line.n + 1);
    if (text) {
        memcpy(text, line.p, line.n);
        text[line.n] = 0;
    }
    query_int(&q, size);
    query_text(&q, vkey);
    query_int(&q, at);
    query_text(&q, text);
    int rc = query_do(&q);
    mem_free(text);
    return text ? rc : -1;
}

int cosignature_last(struct records *r, const char *vkey, int64_t *size)
{
    *size = number_of(r,
                      vkey ? "SELECT coalesce(max(size), 0) FROM log_cosignature WHERE vkey = ?"
                           : "SELECT coalesce(max(size), 0) FROM log_cosignature",
                      vkey);
    return *size < 0 ? RECORDS_FAILED : 0;
}

int cosignature_walk(struct records *r, int64_t size,
                     int (*each)(void *context, int64_t size, const char *vkey, const char *line),
                     void *context)
{
    struct query q = query_begin(
        r->db, size == UTC_NONE
                   ? "SELECT size, vkey, line FROM log_cosignature ORDER BY size, vkey"
                   : "SELECT size, vkey, line FROM log_cosignature WHERE size = ? ORDER BY vkey");
    int rc = 0;
    if (size != UTC_NONE) {
        query_int(&q, size);
    }
    while (rc == 0 && query_row(&q) == 1) {
        rc = each(context, sqlite3_column_int64(q.s, 0), (const char *)sqlite3_column_text(q.s, 1),
                  (const char *)sqlite3_column_text(q.s, 2));
    }
    return query_end(&q) != 0 ? -1 : rc;
}

/* ---- certificates ---------------------------------------------------------------------------- */

static void bind_all(struct query *q, const json_t *row, const char *const *keys)
{
    for (; *keys; keys++) {
        query_value(q, json_object_get(row, *keys));
    }
}

int certificate_add(struct records *r, const json_t *row)
{
    static const char *const keys[] = {"number",       "series",   "running",   "application",
                                       "registration", "holder",   "holder_hi", "product",
                                       "level",        "kind",     "issued_on", "valid_from",
                                       "valid_to",     "previous", "pdf",       "xml",
                                       "position",     "entry",    NULL};
    struct query q = query_begin(
        r->db,
        "INSERT INTO certificate(number, series, running, application, registration, holder,"
        " holder_hi, product, level, kind, issued_on, valid_from, valid_to, previous, pdf, xml,"
        " position, entry, status)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'VALID')");
    bind_all(&q, row, keys);
    return query_do(&q);
}

int certificate_amend(struct records *r, const json_t *row)
{
    static const char *const keys[] = {"holder",   "holder_hi", "product", "level", "valid_from",
                                       "valid_to", "entry",     "number",  NULL};
    struct query q = query_begin(
        r->db, "UPDATE certificate SET holder = ?, holder_hi = ?, product = ?, level = ?,"
               " valid_from = ?, valid_to = ?, entry = ? WHERE number = ?");
    bind_all(&q, row, keys);
    return query_do(&q);
}

int certificate_files(struct records *r, const char *number, const char *pdf, const char *xml)
{
    struct query q = query_begin(r->db, "UPDATE certificate SET pdf = ?, xml = ? WHERE number = ?");
    query_text(&q, pdf);
    query_text(&q, xml);
    query_text(&q, number);
    return query_do(&q);
}

int certificate_event(struct records *r, const char *number, const char *status,
                      const char *successor, int64_t entry)
{
    struct query q =
        query_begin(r->db, "UPDATE certificate SET status = ?,"
                           " successor = coalesce(?, successor), entry = ? WHERE number = ?");
    query_text(&q, status);
    query_text(&q, successor);
    query_int(&q, entry);
    query_text(&q, number);
    return query_do(&q);
}

static int find_row(struct records *r, const char *sql, const char *value, json_t **out)
{
    struct query q = query_begin(r->db, sql);
    query_text(&q, value);
    int found = query_one(&q, out);
    return found < 0 ? RECORDS_FAILED : found ? 0 : RECORDS_NONE;
}

int certificate_find(struct records *r, const char *number, json_t **out)
{
    return find_row(r, "SELECT * FROM certificate WHERE number = ?", number, out);
}

int certificate_by_registration(struct records *r, const char *registration, json_t **out)
{
    return find_row(r, "SELECT * FROM certificate WHERE registration = ?", registration, out);
}

int certificate_continues(struct records *r, const char *number, json_t **out)
{
    return find_row(r, "SELECT * FROM certificate WHERE previous = ? ORDER BY entry LIMIT 1",
                    number, out);
}

int certificate_models(struct records *r, const char *number, int64_t entry, const json_t *models)
{
    static const char *const keys[] = {"model",           "hardware", "firmware",
                                       "firmware_sha256", "soc",      NULL};
    size_t i;
    json_t *m;
    int rc = 0;
    json_array_foreach(models, i, m)
    {
        struct query q =
            query_begin(r->db, "INSERT INTO certificate_model VALUES(?, ?, ?, ?, ?, ?, ?)");
        query_text(&q, number);
        query_int(&q, entry);
        bind_all(&q, m, keys);
        rc = query_do(&q) == 0 ? rc : -1;
    }
    return rc;
}

int certificate_states(struct records *r, const char *on,
                       int (*each)(void *context, int64_t position, const char *status,
                                   const char *from, const char *to, const char *on),
                       void *context)
{
    struct query q =
        query_begin(r->db, "SELECT position, status, valid_from, valid_to FROM certificate");
    int rc = 0;
    while (rc == 0 && query_row(&q) == 1) {
        const char *status = (const char *)sqlite3_column_text(q.s, 1);
        const char *from = (const char *)sqlite3_column_text(q.s, 2);
        const char *to = (const char *)sqlite3_column_text(q.s, 3);
        rc = status && from && to
                 ? each(context, sqlite3_column_int64(q.s, 0), status, from, to, on)
                 : -1;
    }
    return query_end(&q) != 0 ? -1 : rc;
}

int certificate_gap(struct records *r, json_t **out)
{
    struct query q = query_begin(
        r->db,
        "SELECT c.series, c.running - 1 AS running FROM certificate c"
        " WHERE c.running > (SELECT min(running) FROM certificate f WHERE f.series = c.series)"
        " AND NOT EXISTS (SELECT 1 FROM certificate p"
        "  WHERE p.series = c.series AND p.running = c.running - 1)"
        " AND NOT EXISTS (SELECT 1 FROM certificate_pending p"
        "  WHERE p.series = c.series AND p.running = c.running - 1) LIMIT 1");
    int found = query_one(&q, out);
    return found < 0 ? RECORDS_FAILED : found ? 0 : RECORDS_NONE;
}

int certificate_lost(struct records *r, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT number FROM (SELECT substr(subject, 13) AS number FROM audit"
               "  WHERE action = 'certificate.issue' AND subject LIKE 'certificate:%'"
               " UNION SELECT certificate FROM application WHERE certificate IS NOT NULL)"
               " WHERE number NOT IN (SELECT number FROM certificate) LIMIT 1");
    int found = query_one(&q, out);
    return found < 0 ? RECORDS_FAILED : found ? 0 : RECORDS_NONE;
}

int certificate_models_of(struct records *r, const char *number, int64_t entry, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT model, hardware, firmware, firmware_sha256, soc FROM certificate_model"
               " WHERE certificate = ? AND entry = ? ORDER BY rowid");
    query_text(&q, number);
    query_int(&q, entry);
    return query_all(&q, out) == 0 ? 0 : RECORDS_FAILED;
}

int64_t certificate_next(struct records *r, const char *series)
{
    return number_of(r, "SELECT coalesce(max(running), 0) + 1 FROM certificate WHERE series = ?",
                     series);
}

int64_t certificate_next_position(struct records *r)
{
    return number_of(r, "SELECT coalesce(max(position) + 1, 0) FROM certificate", NULL);
}

/* A name in English; another is looked for among those in Hindi. */
static bool is_ascii(const char *text)
{
    while (*text > 0 && (unsigned char)*text < 0x80) {
        text++;
    }
    return !*text;
}

/* Each way of asking has an index in whose order the answer comes, so that a page costs the same
 * however many there are; the rest is looked at among what it finds. ?1: the first of what was
 * asked, ?2: the firmware, ?3: the last number of the page before, or nothing. */
static const char *search_sql(const struct certificate_search *s)
{
#define PAGE "certificate > coalesce(?3, '') ORDER BY certificate LIMIT ?4"
#define MODELS(condition)                                                                          \
    "SELECT c.* FROM (SELECT DISTINCT certificate FROM certificate_model WHERE " condition         \
    " AND " PAGE ") m JOIN certificate c ON c.number = m.certificate ORDER BY m.certificate"
#define HOLDER(name)                                                                               \
    "SELECT * FROM certificate WHERE " name " < ?1 || char(1114111) COLLATE NOCASE AND ?2 IS NULL" \
    " AND " name " >= ?1 COLLATE NOCASE AND ?3 IS NULL ORDER BY " name                             \
    " COLLATE NOCASE, number LIMIT ?4"
/* Goes on at the holder of the last one. */
#define HOLDER_AFTER(name)                                                                         \
    "SELECT * FROM certificate WHERE " name " < ?1 || char(1114111) COLLATE NOCASE AND ?2 IS NULL" \
    " AND " name " >= (SELECT " name " FROM certificate WHERE number = ?3) COLLATE NOCASE"         \
    " AND NOT (number <= ?3 AND " name " = (SELECT " name " FROM certificate WHERE number = ?3)"   \
    " COLLATE NOCASE) ORDER BY " name " COLLATE NOCASE, number LIMIT ?4"
    if (s->number) {
        return "SELECT * FROM certificate WHERE number = ?1 AND ?2 IS NULL"
               " AND number > coalesce(?3, '') LIMIT ?4";
    }
    if (s->model && s->firmware) {
        return MODELS("model = ?1 COLLATE NOCASE AND firmware = ?2 COLLATE NOCASE");
    }
    if (s->model) {
        return MODELS("model = ?1 COLLATE NOCASE AND ?2 IS NULL");
    }
    if (s->firmware) {
        return MODELS("firmware = ?2 COLLATE NOCASE AND ?1 IS NULL");
    }
    if (s->holder && is_ascii(s->holder)) {
        return s->after ? HOLDER_AFTER("holder") : HOLDER("holder");
    }
    if (s->holder) {
        return s->after ? HOLDER_AFTER("holder_hi") : HOLDER("holder_hi");
    }
    return "SELECT * FROM certificate WHERE number > coalesce(?3, '') AND ?1 IS NULL"
           " AND ?2 IS NULL ORDER BY number LIMIT ?4";
#undef PAGE
#undef MODELS
#undef HOLDER
#undef HOLDER_AFTER
}

int certificate_search(struct records *r, const struct certificate_search *s, json_t **out)
{
    struct query q = query_begin(r->db, search_sql(s));
    query_text(&q, s->number ? s->number : s->model || s->firmware ? s->model : s->holder);
    query_text(&q, s->number ? NULL : s->firmware);
    query_text(&q, s->after);
    query_int(&q, s->limit);
    return query_all(&q, out) == 0 ? 0 : RECORDS_FAILED;
}

/* The series one after the other, each by one step in its index. */
int certificate_near(struct records *r, const char *running, const char *model, int limit,
                     json_t **out)
{
    struct query q = query_begin(
        r->db, running
                   ? "WITH RECURSIVE s(x) AS (SELECT min(series) FROM certificate UNION ALL"
                     " SELECT (SELECT min(series) FROM certificate WHERE series > x) FROM s"
                     "  WHERE x IS NOT NULL)"
                     " SELECT c.* FROM s JOIN certificate c ON c.series = s.x AND c.running = ?1"
                     " ORDER BY c.number LIMIT ?2"
                   : "SELECT * FROM certificate WHERE number IN (SELECT certificate FROM"
                     " (SELECT certificate FROM certificate_model WHERE model >= ?1 COLLATE NOCASE"
                     "  AND model < ?1 || char(1114111) COLLATE NOCASE LIMIT 500))"
                     " ORDER BY number LIMIT ?2");
    query_text(&q, running ? running : model);
    query_int(&q, limit);
    return query_all(&q, out) == 0 ? 0 : RECORDS_FAILED;
}

int certificate_each(struct records *r, int (*each)(void *context, const json_t *row),
                     void *context)
{
    struct certificate_search s = {.limit = 500};
    char after[256] = "";
    int rc = 0;
    for (size_t n = 1; rc == 0 && n > 0;) {
        json_t *page = NULL, *row;
        size_t i;
        s.after = after[0] ? after : NULL;
        rc = certificate_search(r, &s, &page);
        n = json_array_size(page);
        json_array_foreach(page, i, row)
        {
            rc = rc ? rc : each(context, row);
            (void)snprintf(after, sizeof after, "%s",
                           json_string_value(json_object_get(row, "number")));
        }
        json_decref(page);
    }
    return rc;
}
