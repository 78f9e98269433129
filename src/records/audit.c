/*
 * audit - see audit.h.
 */
#include "records/audit.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "records/inside.h"

/* The text that is hashed; freed with mem_free. */
static char *canonical(int64_t seq, const struct audit_row *row, const json_t *detail)
{
    json_t *o =
        json_pack("{s:I, s:I, s:s, s:s, s:s, s:i, s:O}", "seq", (json_int_t)seq, "at",
                  (json_int_t)row->at, "actor", row->actor, "action", row->action, "subject",
                  row->subject, "visible", row->visible ? 1 : 0, "detail", detail);
    json_t *person = row->person == UTC_NONE ? json_null() : json_integer(row->person);
    json_t *application =
        row->application == UTC_NONE ? json_null() : json_integer(row->application);
    int bad = json_object_set_new(o, "person", person) |
              json_object_set_new(o, "application", application);
    char *text = o && !bad ? rows_canonical(o) : NULL;
    json_decref(o);
    return text;
}

static int hash_row(const uint8_t previous[SHA256_SIZE], const char *text, uint8_t out[SHA256_SIZE])
{
    struct buffer all;
    buffer_init(&all, SHA256_SIZE + strlen(text));
    buffer_add(&all, span_make(previous, SHA256_SIZE));
    buffer_str(&all, text);
    int rc = buffer_ok(&all) ? hash_sha256(buffer_span(&all), out) : -1;
    buffer_free(&all);
    return rc;
}

static void copy_hash(struct query *q, int column, uint8_t out[SHA256_SIZE])
{
    const void *p = sqlite3_column_blob(q->s, column);
    memset(out, 0, SHA256_SIZE);
    if (p && sqlite3_column_bytes(q->s, column) == SHA256_SIZE) {
        memcpy(out, p, SHA256_SIZE);
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

static int last_row(struct records *r, int64_t *seq, uint8_t hash[SHA256_SIZE])
{
    struct query q = query_begin(r->db, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
    *seq = 0;
    memset(hash, 0, SHA256_SIZE);
    if (query_row(&q) == 1) {
        *seq = query_get_int(&q, 0);
        copy_hash(&q, 1, hash);
    }
    return query_end(&q) < 0 ? records_failed(r) : 0;
}

static int insert(struct records *r, int64_t seq, const struct audit_row *row, const char *detail,
                  struct span previous, struct span hash)
{
    struct query q =
        query_begin(r->db, "INSERT INTO audit(seq, at, person, actor, action, subject, application,"
                           " visible, detail, previous, hash) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
    query_int(&q, seq);
    query_int(&q, row->at);
    query_int(&q, row->person);
    query_text(&q, row->actor);
    query_text(&q, row->action);
    query_text(&q, row->subject);
    query_int(&q, row->application);
    query_int(&q, row->visible);
    query_text(&q, detail);
    query_blob(&q, previous);
    query_blob(&q, hash);
    return records_do(r, &q);
}

static int insert_move(struct records *r, int64_t seq, const struct audit_row *row)
{
    const char *to = json_string_value(json_object_get(row->detail, "to"));
    if (!to || row->application == UTC_NONE) {
        return 0;
    }
    struct query q =
        query_begin(r->db, "INSERT INTO move(application, seq, at, state) VALUES(?, ?, ?, ?)");
    query_int(&q, row->application);
    query_int(&q, seq);
    query_int(&q, row->at);
    query_text(&q, to);
    return records_do(r, &q);
}

int64_t audit_append(struct records *r, const struct audit_row *row)
{
    int64_t seq;
    uint8_t previous[SHA256_SIZE], hash[SHA256_SIZE];
    if (!r->writing || last_row(r, &seq, previous) < 0) {
        return RECORDS_FAILED;
    }
    seq++;
    json_t *none = json_object();
    const json_t *detail = row->detail ? row->detail : none;
    char *stored = rows_canonical(detail), *text = canonical(seq, row, detail);
    int rc = RECORDS_FAILED;
    if (stored && text && hash_row(previous, text, hash) == 0) {
        rc = insert(r, seq, row, stored, span_make(previous, SHA256_SIZE),
                    span_make(hash, SHA256_SIZE));
        rc = rc < 0 ? rc : insert_move(r, seq, row);
    }
    mem_free(stored);
    mem_free(text);
    json_decref(none);
    return rc < 0 ? rc : seq;
}

int audit_lately(struct records *r, int64_t person, const char *action, const char *subject,
                 int64_t since)
{
    struct query q = query_begin(
        r->db, "SELECT 1 FROM (SELECT at, action, subject FROM audit WHERE person IS ? "
               "ORDER BY seq DESC LIMIT 300) WHERE at > ? AND action = ? AND subject = ? LIMIT 1");
    query_int(&q, person);
    query_int(&q, since);
    query_text(&q, action);
    query_text(&q, subject);
    int row = query_row(&q);
    return query_end(&q) < 0 ? records_failed(r) : row;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Columns of COLUMNS. */
#define COLUMNS                                                                                    \
    "seq, at, person, actor, action, subject, application, visible, detail, previous, hash"

static bool row_fits(struct query *q, struct arena *a, const struct audit_state *s)
{
    uint8_t previous[SHA256_SIZE], stored[SHA256_SIZE], hash[SHA256_SIZE];
    const struct audit_row row = {.at = query_get_int(q, 1),
                                  .person = query_get_int(q, 2),
                                  .actor = query_get_text(q, a, 3),
                                  .action = query_get_text(q, a, 4),
                                  .subject = query_get_text(q, a, 5),
                                  .application = query_get_int(q, 6),
                                  .visible = query_get_int(q, 7) == 1};
    const char *text = query_get_text(q, a, 8);
    copy_hash(q, 9, previous);
    copy_hash(q, 10, stored);
    json_t *detail = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    /* The text in the row must be the canonical one, or two texts would have one hash. */
    char *again = detail ? rows_canonical(detail) : NULL;
    char *whole = detail ? canonical(s->count + 1, &row, detail) : NULL;
    bool fits = query_get_int(q, 0) == s->count + 1 &&
                memcmp(previous, s->last, SHA256_SIZE) == 0 && again && whole &&
                strcmp(again, text) == 0 && hash_row(previous, whole, hash) == 0 &&
                memcmp(hash, stored, SHA256_SIZE) == 0;
    mem_free(again);
    mem_free(whole);
    json_decref(detail);
    return fits;
}

int audit_verify(struct records *r, struct audit_state *out)
{
    enum { ROW_MEMORY = 16 << 20 };
    *out = (struct audit_state){.expected = out->expected};
    struct query q = query_begin(r->db, "SELECT " COLUMNS " FROM audit ORDER BY seq");
    int row = 0;
    while (out->bad == 0 && (row = query_row(&q)) == 1) {
        struct arena *a = arena_new(ROW_MEMORY);
        if (!a) {
            q.failed = true;
            break;
        }
        if (row_fits(&q, a, out)) {
            copy_hash(&q, 10, out->last);
            out->count++;
            out->found |= out->expected && memcmp(out->expected, out->last, SHA256_SIZE) == 0;
        } else {
            out->bad = out->count + 1;
        }
        arena_free(a);
    }
    return query_end(&q) < 0 ? records_failed(r) : 0;
}

/* detail as an object instead of its text. */
static int open_details(json_t *rows)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *text = json_string_value(json_object_get(row, "detail"));
        json_t *detail = text ? json_loads(text, 0, NULL) : NULL;
        if (json_object_set_new(row, "detail", detail ? detail : json_object()) != 0) {
            return -1;
        }
    }
    return 0;
}

static int list(struct records *r, struct query *q, json_t **out)
{
    int rc = records_all(r, q, out);
    if (rc == 0 && open_details(*out) < 0) {
        json_decref(*out);
        *out = NULL;
        rc = RECORDS_FAILED;
    }
    return rc;
}

int audit_list(struct records *r, int64_t application, bool visible_only, int64_t before, int limit,
               json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT seq, at, actor, (SELECT firm FROM person WHERE id = audit.person) AS firm,"
               " action, subject, visible, detail FROM audit"
               " WHERE application = ? AND seq < coalesce(?, 9223372036854775807)"
               " AND visible >= ? ORDER BY seq DESC LIMIT ?");
    query_int(&q, application);
    query_int(&q, before);
    query_int(&q, visible_only);
    query_int(&q, limit);
    return list(r, &q, out);
}

int audit_about(struct records *r, int64_t application, const char *subject, bool visible_only,
                int64_t before, int limit, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT seq, at, actor, (SELECT firm FROM person WHERE id = audit.person) AS firm,"
               " action, subject, visible, detail FROM audit"
               " WHERE application = ? AND subject = ? AND seq < coalesce(?, 9223372036854775807)"
               " AND visible >= ? ORDER BY seq DESC LIMIT ?");
    query_int(&q, application);
    query_text(&q, subject);
    query_int(&q, before);
    query_int(&q, visible_only);
    query_int(&q, limit);
    return list(r, &q, out);
}

int audit_find(struct records *r, const char *text, bool newest, int64_t after, int limit,
               json_t **out)
{
    static const char up[] = "SELECT " COLUMNS " FROM audit WHERE seq > coalesce(?, 0)"
                             " AND (? IS NULL OR instr(lower(actor || ' ' || action || ' ' ||"
                             " subject), lower(?))) ORDER BY seq LIMIT ?";
    static const char down[] =
        "SELECT " COLUMNS " FROM audit WHERE seq < coalesce(?, 9223372036854775807)"
        " AND (? IS NULL OR instr(lower(actor || ' ' || action || ' ' ||"
        " subject), lower(?))) ORDER BY seq DESC LIMIT ?";
    struct query q = query_begin(r->db, newest ? down : up);
    query_int(&q, after);
    query_text(&q, text);
    query_text(&q, text);
    query_int(&q, limit);
    return list(r, &q, out);
}

int audit_all(struct records *r, int64_t after, int limit, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT " COLUMNS " FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
    query_int(&q, after);
    query_int(&q, limit);
    return list(r, &q, out);
}
