/*
 * people - see people.h: persons and their recovery codes.
 */
#include "records/people.h"

#include "records/inside.h"

#define COLUMNS                                                                                    \
    "id, firm, roles, lang, must_change, password_at, totp_step, failures, locked_until, "         \
    "disabled_at, created_at, version, login, name, email, password, certificate, "                \
    "certificate_new, totp, totp_new"

/* A failure of SQLite's, a value that is taken, or a row that is not there to point to. */
static int broken(struct records *r)
{
    int code = sqlite3_extended_errcode(r->db);
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY) {
        return RECORDS_NONE;
    }
    bool taken = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
    r->error = taken ? r->error : sqlite3_errmsg(r->db);
    return taken ? RECORDS_CONFLICT : RECORDS_FAILED;
}

/* A statement that changes rows: how many. */
static int64_t changed(struct records *r, struct query *q)
{
    int row = query_row(q);
    int error = row < 0 ? broken(r) : 0;
    return query_end(q) < 0 ? (error ? error : broken(r)) : sqlite3_changes(r->db);
}

static int one(struct records *r, struct query *q)
{
    int64_t n = changed(r, q);
    return n < 0 ? (int)n : n ? 0 : RECORDS_NONE;
}

static int64_t number(struct records *r, struct query *q)
{
    int64_t n = query_row(q) == 1 ? query_get_int(q, 0) : 0;
    return query_end(q) < 0 ? broken(r) : n;
}

static size_t copy_blob(struct query *q, int column, uint8_t *out, size_t size)
{
    const void *p = sqlite3_column_blob(q->s, column);
    int n = sqlite3_column_bytes(q->s, column);
    if (!p || n <= 0 || (size_t)n > size) {
        return 0;
    }
    memcpy(out, p, (size_t)n);
    return (size_t)n;
}

/* ---- persons --------------------------------------------------------------------------------- */

static void read_person(struct query *q, struct person *p)
{
    char lang[4];
    memset(p, 0, sizeof *p);
    p->id = query_get_int(q, 0);
    p->firm = query_get_int(q, 1);
    p->roles = (unsigned)query_get_int(q, 2);
    query_copy_text(q, 3, lang, sizeof lang);
    p->hindi = strcmp(lang, "hi") == 0;
    p->must_change = query_get_int(q, 4) != 0;
    int64_t *const times[] = {&p->password_at, &p->totp_step,  &p->failures, &p->locked_until,
                              &p->disabled_at, &p->created_at, &p->version};
    for (int i = 0; i < 7; i++) {
        *times[i] = query_get_int(q, 5 + i);
    }
    query_copy_text(q, 12, p->login, sizeof p->login);
    query_copy_text(q, 13, p->name, sizeof p->name);
    query_copy_text(q, 14, p->email, sizeof p->email);
    query_copy_text(q, 15, p->password, sizeof p->password);
    query_copy_text(q, 16, p->certificate, sizeof p->certificate);
    query_copy_text(q, 17, p->certificate_new, sizeof p->certificate_new);
    p->totp_size = copy_blob(q, 18, p->totp, sizeof p->totp);
    p->totp_new_size = copy_blob(q, 19, p->totp_new, sizeof p->totp_new);
}

static int person_row(struct records *r, struct query *q, struct person *out)
{
    int row = query_row(q);
    if (row == 1) {
        read_person(q, out);
    }
    return query_end(q) < 0 ? broken(r) : row == 1 ? 0 : RECORDS_NONE;
}

int person_find(struct records *r, int64_t id, struct person *out)
{
    struct query q = query_begin(r->db, "SELECT " COLUMNS " FROM person WHERE id = ?");
    query_int(&q, id);
    return person_row(r, &q, out);
}

int person_by_login(struct records *r, const char *login, struct person *out)
{
    struct query q = query_begin(r->db, "SELECT " COLUMNS " FROM person WHERE login = ?");
    query_text(&q, login);
    return person_row(r, &q, out);
}

int person_by_certificate(struct records *r, const char *sha256, struct person *out)
{
    struct query q = query_begin(r->db, "SELECT " COLUMNS " FROM person WHERE certificate = ?");
    query_text(&q, sha256);
    return person_row(r, &q, out);
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static struct span sealed(const uint8_t *p, size_t n)
{
    return n ? span_make(p, n) : SPAN_NONE;
}

int64_t person_add(struct records *r, const struct person *p)
{
    struct query q = query_begin(
        r->db, "INSERT INTO person(login, name, email, firm, roles, lang, password, password_at, "
               "must_change, created_at) VALUES(?,?,?,?,?,?,?,?,?,?)");
    query_text(&q, p->login);
    query_text(&q, p->name);
    query_text(&q, p->email);
    query_int(&q, p->firm);
    query_int(&q, p->roles);
    query_text(&q, p->hindi ? "hi" : "en");
    query_text(&q, or_null(p->password));
    query_int(&q, p->password[0] ? p->created_at : UTC_NONE);
    query_int(&q, p->must_change);
    query_int(&q, p->created_at);
    int64_t n = changed(r, &q);
    return n < 0 ? n : sqlite3_last_insert_rowid(r->db);
}

int person_update(struct records *r, struct person *p)
{
    struct query q = query_begin(
        r->db, "UPDATE person SET name=?, email=?, firm=?, roles=?, lang=?, password=?, "
               "password_at=?, must_change=?, totp=?, totp_step=?, totp_new=?, certificate=?, "
               "certificate_new=?, failures=?, locked_until=?, disabled_at=?, version=version+1 "
               "WHERE id=? AND version=?");
    query_text(&q, p->name);
    query_text(&q, p->email);
    query_int(&q, p->firm);
    query_int(&q, p->roles);
    query_text(&q, p->hindi ? "hi" : "en");
    query_text(&q, or_null(p->password));
    query_int(&q, p->password_at);
    query_int(&q, p->must_change);
    query_blob(&q, sealed(p->totp, p->totp_size));
    query_int(&q, p->totp_step);
    query_blob(&q, sealed(p->totp_new, p->totp_new_size));
    query_text(&q, or_null(p->certificate));
    query_text(&q, or_null(p->certificate_new));
    query_int(&q, p->failures);
    query_int(&q, p->locked_until);
    query_int(&q, p->disabled_at);
    query_int(&q, p->id);
    query_int(&q, p->version);
    int rc = one(r, &q);
    p->version += rc == 0;
    return rc == RECORDS_NONE ? RECORDS_CONFLICT : rc;
}

int person_note_failures(struct records *r, int64_t id, int64_t failures, int64_t locked_until)
{
    struct query q =
        query_begin(r->db, "UPDATE person SET failures = ?, locked_until = ? WHERE id = ?");
    query_int(&q, failures);
    query_int(&q, locked_until);
    query_int(&q, id);
    return one(r, &q);
}

/* A code counts once: whoever comes second with the same step changes no row. */
int person_note_step(struct records *r, int64_t id, int64_t step)
{
    struct query q =
        query_begin(r->db, "UPDATE person SET totp_step = ? WHERE id = ? AND totp_step < ?");
    query_int(&q, step);
    query_int(&q, id);
    query_int(&q, step);
    return one(r, &q);
}

int64_t person_count(struct records *r)
{
    struct query q = query_begin(r->db, "SELECT count(*) FROM person");
    return number(r, &q);
}

int64_t person_count_active(struct records *r, unsigned roles)
{
    struct query q = query_begin(
        r->db, "SELECT count(*) FROM person WHERE disabled_at IS NULL AND roles & ? <> 0");
    query_int(&q, roles);
    return number(r, &q);
}

/* ---- as JSON --------------------------------------------------------------------------------- */

static json_t *time_or_null(int64_t t)
{
    return t == UTC_NONE ? json_null() : json_integer(t);
}

static json_t *text_or_null(const char *text)
{
    return *text ? json_string(text) : json_null();
}

json_t *person_json(const struct person *p)
{
    return json_pack("{sI ss ss ss so si ss sb sb so so sI so sI sI}", "id", (json_int_t)p->id,
                     "login", p->login, "name", p->name, "email", p->email, "firm",
                     time_or_null(p->firm), "roles", (int)p->roles, "lang", p->hindi ? "hi" : "en",
                     "must_change", p->must_change, "totp", p->totp_size > 0, "certificate",
                     text_or_null(p->certificate), "certificate_new",
                     text_or_null(p->certificate_new), "locked_until", (json_int_t)p->locked_until,
                     "disabled_at", time_or_null(p->disabled_at), "created_at",
                     (json_int_t)p->created_at, "version", (json_int_t)p->version);
}

int person_list(struct records *r, const struct person_filter *f, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT " COLUMNS " FROM person WHERE id > ?1 AND (?2 IS NULL OR firm = ?2) AND "
               "(?3 = 0 OR roles & ?3 <> 0) AND (?4 = 0 OR disabled_at IS NULL) AND "
               "(?6 = 0 OR firm IS NOT NULL) "
               "ORDER BY id LIMIT ?5");
    struct person p;
    int row;
    *out = json_array();
    query_int(&q, f->after);
    query_int(&q, f->firm);
    query_int(&q, f->roles);
    query_int(&q, f->active);
    query_int(&q, f->limit);
    query_int(&q, f->of_firms);
    while ((row = query_row(&q)) == 1) {
        read_person(&q, &p);
        q.failed |= !*out || json_array_append_new(*out, person_json(&p)) < 0;
    }
    if (query_end(&q) < 0) {
        json_decref(*out);
        *out = NULL;
        return broken(r);
    }
    return 0;
}

/* ---- recovery codes -------------------------------------------------------------------------- */

int recovery_add(struct records *r, int64_t person, const uint8_t hash[SHA256_SIZE])
{
    struct query q = query_begin(r->db, "INSERT INTO recovery(hash, person) VALUES(?,?)");
    query_blob(&q, span_make(hash, SHA256_SIZE));
    query_int(&q, person);
    return one(r, &q);
}

int recovery_clear(struct records *r, int64_t person)
{
    struct query q = query_begin(r->db, "DELETE FROM recovery WHERE person = ?");
    query_int(&q, person);
    int64_t n = changed(r, &q);
    return n < 0 ? (int)n : 0;
}

int recovery_use(struct records *r, int64_t person, const uint8_t hash[SHA256_SIZE], int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE recovery SET used_at = ? WHERE hash = ? AND person = ? AND "
                           "used_at IS NULL");
    query_int(&q, now);
    query_blob(&q, span_make(hash, SHA256_SIZE));
    query_int(&q, person);
    return one(r, &q);
}

int64_t recovery_left(struct records *r, int64_t person)
{
    struct query q =
        query_begin(r->db, "SELECT count(*) FROM recovery WHERE person = ? AND used_at IS NULL");
    query_int(&q, person);
    return number(r, &q);
}
