/*
 * sessions - see people.h: sessions and API tokens.
 */
#include <sqlite3.h>

#include "records/inside.h"
#include "records/people.h"

enum { SESSION_ID = 32 /* hex digits by which people name one */ };

static int broken(struct records *r)
{
    r->error = sqlite3_errmsg(r->db);
    return RECORDS_FAILED;
}

static int64_t changed(struct records *r, struct query *q)
{
    return query_do(q) < 0 ? broken(r) : sqlite3_changes(r->db);
}

static int one(struct records *r, struct query *q)
{
    int64_t n = changed(r, q);
    return n < 0 ? (int)n : n ? 0 : RECORDS_NONE;
}

static void copy_blob(struct query *q, int column, uint8_t *out, size_t size)
{
    const void *p = sqlite3_column_blob(q->s, column);
    memset(out, 0, size);
    if (p && (size_t)sqlite3_column_bytes(q->s, column) == size) {
        memcpy(out, p, size);
    } else {
        q->failed = true;
    }
}

static struct span hash_of(const uint8_t hash[SHA256_SIZE])
{
    return span_make(hash, SHA256_SIZE);
}

static json_t *time_or_null(int64_t t)
{
    return t == UTC_NONE ? json_null() : json_integer(t);
}

/* Rows as JSON: append makes one of the statement's row. */
static int list(struct records *r, struct query *q, json_t *(*make)(struct query *q, const void *c),
                const void *context, json_t **out)
{
    *out = json_array();
    while (query_row(q) == 1) {
        json_t *row = make(q, context);
        if (!*out || json_array_append_new(*out, row) < 0) {
            q->failed = true;
        }
    }
    if (query_end(q) < 0 || !*out) {
        json_decref(*out);
        *out = NULL;
        return broken(r);
    }
    return 0;
}

/* ---- sessions -------------------------------------------------------------------------------- */

int session_add(struct records *r, const struct session *s)
{
    struct query q = query_begin(
        r->db, "INSERT INTO session(hash, person, stage, form_token, address, created_at, seen_at, "
               "confirmed_at, expires_at, certificate) VALUES(?,?,?,?,?,?,?,?,?,?)");
    query_blob(&q, hash_of(s->hash));
    query_int(&q, s->person);
    query_text(&q, s->full ? "full" : "password");
    query_blob(&q, span_make(s->form_token, FORM_TOKEN));
    query_text(&q, s->address);
    query_int(&q, s->created_at);
    query_int(&q, s->seen_at);
    query_int(&q, s->confirmed_at);
    query_int(&q, s->expires_at);
    query_int(&q, s->certificate);
    return one(r, &q);
}

int session_find(struct records *r, const uint8_t hash[SHA256_SIZE], struct session *out)
{
    struct query q =
        query_begin(r->db, "SELECT hash, person, stage, form_token, address, created_at, seen_at, "
                           "confirmed_at, expires_at, certificate FROM session WHERE hash = ?");
    char stage[12];
    query_blob(&q, hash_of(hash));
    int row = query_row(&q);
    if (row == 1) {
        copy_blob(&q, 0, out->hash, sizeof out->hash);
        out->person = query_get_int(&q, 1);
        query_copy_text(&q, 2, stage, sizeof stage);
        out->full = strcmp(stage, "full") == 0;
        copy_blob(&q, 3, out->form_token, sizeof out->form_token);
        query_copy_text(&q, 4, out->address, sizeof out->address);
        out->created_at = query_get_int(&q, 5);
        out->seen_at = query_get_int(&q, 6);
        out->confirmed_at = query_get_int(&q, 7);
        out->expires_at = query_get_int(&q, 8);
        out->certificate = query_get_int(&q, 9) == 1;
    }
    return query_end(&q) < 0 ? broken(r) : row == 1 ? 0 : RECORDS_NONE;
}

int session_seen(struct records *r, const uint8_t hash[SHA256_SIZE], int64_t now)
{
    struct query q = query_begin(r->db, "UPDATE session SET seen_at = ? WHERE hash = ?");
    query_int(&q, now);
    query_blob(&q, hash_of(hash));
    return one(r, &q);
}

int64_t session_end(struct records *r, const uint8_t hash[SHA256_SIZE])
{
    struct query q = query_begin(r->db, "DELETE FROM session WHERE hash = ?");
    query_blob(&q, hash_of(hash));
    return changed(r, &q);
}

int64_t session_end_all(struct records *r, int64_t person, const uint8_t *but)
{
    struct query q =
        query_begin(r->db, "DELETE FROM session WHERE person = ? AND (? IS NULL OR hash <> ?)");
    struct span stays = but ? hash_of(but) : SPAN_NONE;
    query_int(&q, person);
    query_blob(&q, stays);
    query_blob(&q, stays);
    return changed(r, &q);
}

int session_sweep(struct records *r, int64_t now)
{
    struct query q = query_begin(r->db, "DELETE FROM session WHERE expires_at <= ?");
    query_int(&q, now);
    int64_t n = changed(r, &q);
    return n < 0 ? (int)n : 0;
}

static json_t *session_json(struct query *q, const void *mine)
{
    uint8_t hash[SHA256_SIZE];
    char id[SHA256_HEX], stage[12], address[SESSION_ADDRESS];
    copy_blob(q, 0, hash, sizeof hash);
    (void)hash_hex(hash_of(hash), false, id);
    id[SESSION_ID] = 0;
    query_copy_text(q, 1, stage, sizeof stage);
    query_copy_text(q, 2, address, sizeof address);
    return json_pack("{ss ss ss sI sI sI sb}", "id", id, "stage", stage, "address", address,
                     "created_at", (json_int_t)query_get_int(q, 3), "seen_at",
                     (json_int_t)query_get_int(q, 4), "expires_at", (json_int_t)query_get_int(q, 5),
                     "this", mine && memcmp(mine, hash, sizeof hash) == 0);
}

int session_list(struct records *r, int64_t person, const uint8_t *mine, int64_t now, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT hash, stage, address, created_at, seen_at, expires_at FROM session "
               "WHERE person = ? AND expires_at > ? ORDER BY seen_at DESC LIMIT 200");
    query_int(&q, person);
    query_int(&q, now);
    return list(r, &q, session_json, mine, out);
}

int64_t session_end_id(struct records *r, int64_t person, const char *id)
{
    struct query q = query_begin(
        r->db, "DELETE FROM session WHERE person = ? AND lower(substr(hex(hash), 1, 32)) = ?");
    query_int(&q, person);
    query_text(&q, id);
    return changed(r, &q);
}

/* ---- API tokens ------------------------------------------------------------------------------ */

int64_t token_add(struct records *r, const struct token *t)
{
    struct query q =
        query_begin(r->db, "INSERT INTO token(hash, person, name, scopes, created_at, expires_at) "
                           "VALUES(?,?,?,?,?,?)");
    query_blob(&q, hash_of(t->hash));
    query_int(&q, t->person);
    query_text(&q, t->name);
    query_text(&q, t->scopes);
    query_int(&q, t->created_at);
    query_int(&q, t->expires_at);
    int64_t n = changed(r, &q);
    return n < 0 ? n : sqlite3_last_insert_rowid(r->db);
}

static int token_row(struct records *r, struct query *q, struct token *out)
{
    int row = query_row(q);
    if (row == 1) {
        out->id = query_get_int(q, 0);
        out->person = query_get_int(q, 1);
        copy_blob(q, 2, out->hash, sizeof out->hash);
        query_copy_text(q, 3, out->name, sizeof out->name);
        query_copy_text(q, 4, out->scopes, sizeof out->scopes);
        out->created_at = query_get_int(q, 5);
        out->expires_at = query_get_int(q, 6);
        out->used_at = query_get_int(q, 7);
        out->revoked_at = query_get_int(q, 8);
    }
    return query_end(q) < 0 ? broken(r) : row == 1 ? 0 : RECORDS_NONE;
}

#define TOKEN_COLUMNS "id, person, hash, name, scopes, created_at, expires_at, used_at, revoked_at"

int token_find(struct records *r, const uint8_t hash[SHA256_SIZE], struct token *out)
{
    struct query q = query_begin(r->db, "SELECT " TOKEN_COLUMNS " FROM token WHERE hash = ?");
    query_blob(&q, hash_of(hash));
    return token_row(r, &q, out);
}

int token_by_id(struct records *r, int64_t id, struct token *out)
{
    struct query q = query_begin(r->db, "SELECT " TOKEN_COLUMNS " FROM token WHERE id = ?");
    query_int(&q, id);
    return token_row(r, &q, out);
}

int token_used(struct records *r, int64_t id, int64_t now)
{
    struct query q = query_begin(r->db, "UPDATE token SET used_at = ? WHERE id = ?");
    query_int(&q, now);
    query_int(&q, id);
    return one(r, &q);
}

int token_revoke(struct records *r, int64_t id, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL");
    query_int(&q, now);
    query_int(&q, id);
    return one(r, &q);
}

int64_t token_revoke_all(struct records *r, int64_t person, int64_t now)
{
    struct query q = query_begin(
        r->db, "UPDATE token SET revoked_at = ? WHERE person = ? AND revoked_at IS NULL");
    query_int(&q, now);
    query_int(&q, person);
    return changed(r, &q);
}

int64_t token_count(struct records *r, int64_t person, int64_t now)
{
    int64_t n;
    struct query q = query_begin(r->db, "SELECT count(*) FROM token WHERE person = ? AND"
                                        " revoked_at IS NULL AND expires_at > ?");
    query_int(&q, person);
    query_int(&q, now);
    int rc = records_number(r, &q, &n);
    return rc < 0 ? RECORDS_FAILED : n;
}

static json_t *token_json(struct query *q, const void *context)
{
    char name[TOKEN_NAME], scopes[TOKEN_SCOPES];
    (void)context;
    query_copy_text(q, 1, name, sizeof name);
    query_copy_text(q, 2, scopes, sizeof scopes);
    return json_pack("{sI ss ss sI sI so so}", "id", (json_int_t)query_get_int(q, 0), "name", name,
                     "scopes", scopes, "created_at", (json_int_t)query_get_int(q, 3), "expires_at",
                     (json_int_t)query_get_int(q, 4), "used_at", time_or_null(query_get_int(q, 5)),
                     "revoked_at", time_or_null(query_get_int(q, 6)));
}

int token_list(struct records *r, int64_t person, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT id, name, scopes, created_at, expires_at, used_at, revoked_at FROM token "
               "WHERE person = ? ORDER BY id DESC LIMIT 200");
    query_int(&q, person);
    return list(r, &q, token_json, NULL, out);
}
