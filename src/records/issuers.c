/*
 * issuers - profiles of issuers, their domains; calendars at secret addresses. See foreign.h.
 */
#include "base/mem.h"
#include "records/foreign.h"
#include "records/inside.h"

static const struct records_table issuers = {
    "issuer",
    (const char *const[]){"key", "name", "profile", "sha256", "state", "imported_by",
                          "imported_login", "imported_at", "reason", NULL},
    false, false};

static int run(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : 0;
}

#define ISSUER_ROW                                                                                 \
    "SELECT i.*, coalesce(p.name, i.imported_login) AS imported_name,"                             \
    " coalesce(q.name, i.judged_login) AS judged_name FROM issuer i"                               \
    " LEFT JOIN person p ON p.id = i.imported_by LEFT JOIN person q ON q.id = i.judged_by"

int issuer_living(struct records *r, const char *key, json_t **out)
{
    struct query q =
        query_begin(r->db, ISSUER_ROW " WHERE i.key = ? AND i.state IN ('proposed','approved')");
    query_text(&q, key);
    return records_one(r, &q, out);
}

int issuer_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, ISSUER_ROW " WHERE i.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int issuer_list(struct records *r, const char *state, int64_t after, int limit, json_t **out)
{
    struct query q = query_begin(r->db, ISSUER_ROW
                                 " WHERE (i.state = ?1 OR (?1 IS NULL AND i.state IN ('proposed',"
                                 " 'approved'))) AND i.id > ?2 ORDER BY i.id LIMIT ?3");
    query_text(&q, state);
    query_int(&q, after == UTC_NONE ? 0 : after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

static int drop_domains(struct records *r, const char *where, const char *key, int64_t id)
{
    struct query q = query_begin(r->db, where);
    query_text(&q, key);
    query_int(&q, id);
    return run(r, &q);
}

int64_t issuer_add(struct records *r, const json_t *values)
{
    const char *key = json_string_value(json_object_get(values, "key"));
    int rc = drop_domains(r,
                          "DELETE FROM issuer_domain WHERE issuer IN (SELECT id FROM issuer"
                          " WHERE key = ?1 AND ?2 IS NULL)",
                          key, UTC_NONE);
    rc = rc ? rc
            : drop_domains(r,
                           "UPDATE issuer SET state = 'superseded' WHERE key = ?1 AND ?2 IS NULL"
                           " AND state IN ('proposed','approved')",
                           key, UTC_NONE);
    return rc ? rc : records_insert(r, &issuers, values);
}

int issuer_judge(struct records *r, int64_t id, const char *from, const char *state, int64_t person,
                 const char *login, const char *reason, int64_t now)
{
    struct query q = query_begin(r->db, "UPDATE issuer SET state = ?1, judged_by = ?2,"
                                        " judged_login = ?3, judged_at = ?4, reason = ?5"
                                        " WHERE id = ?6 AND state = ?7");
    query_text(&q, state);
    query_int(&q, person);
    query_text(&q, login);
    query_int(&q, now);
    query_text(&q, reason);
    query_int(&q, id);
    query_text(&q, from);
    int n = records_do(r, &q);
    int rc = n < 0 ? n : n ? 0 : RECORDS_CONFLICT;
    return rc ? rc
              : drop_domains(r, "DELETE FROM issuer_domain WHERE ?1 IS NULL AND issuer = ?2", NULL,
                             id);
}

int issuer_domain_add(struct records *r, int64_t id, const char *kind, const char *domain,
                      bool below)
{
    struct query q = query_begin(r->db, "INSERT INTO issuer_domain(issuer, kind, domain, below)"
                                        " VALUES(?, ?, lower(?), ?) ON CONFLICT DO NOTHING");
    query_int(&q, id);
    query_text(&q, kind);
    query_text(&q, domain);
    query_int(&q, below);
    return run(r, &q);
}

/* The host itself, and what follows each of its dots. */
static char *suffixes(const char *host)
{
    json_t *a = json_array();
    int bad = !a;
    for (const char *p = host; p && *p && !bad; p = strchr(p, '.')) {
        p += *p == '.';
        bad = json_array_append_new(a, json_string(p));
    }
    char *text = bad ? NULL : rows_canonical(a);
    json_decref(a);
    return text;
}

int issuer_of_host(struct records *r, const char *kind, const char *host, json_t **out)
{
    char *text = suffixes(host);
    if (!text) {
        return RECORDS_FAILED;
    }
    struct query q =
        query_begin(r->db, "SELECT i.id, i.key, i.name, d.domain FROM issuer_domain d"
                           " JOIN issuer i ON i.id = d.issuer WHERE d.kind = ? AND d.domain IN"
                           " (SELECT value FROM json_each(?)) AND (d.below OR d.domain = lower(?))"
                           " AND i.state = 'approved'"
                           " ORDER BY length(d.domain) DESC, i.id LIMIT 1");
    query_text(&q, kind);
    query_text(&q, text);
    query_text(&q, host);
    int rc = records_one(r, &q, out);
    mem_free(text);
    return rc;
}

int issuer_profiles(struct records *r, json_t **out)
{
    json_t *rows = NULL, *row;
    size_t i;
    struct query q =
        query_begin(r->db, "SELECT profile FROM issuer WHERE state = 'approved' ORDER BY id");
    int rc = records_all(r, &q, &rows);
    *out = json_array();
    json_array_foreach(rows, i, row)
    {
        json_t *one = json_loads(json_string_value(json_object_get(row, "profile")), 0, NULL);
        rc = rc == 0 && json_array_append_new(*out, one) != 0 ? RECORDS_FAILED : rc;
    }
    json_decref(rows);
    return rc;
}

/* ---- calendars ------------------------------------------------------------------------------- */

int feed_put(struct records *r, int64_t person, const uint8_t hash[SHA256_SIZE], int64_t now)
{
    struct query q = query_begin(r->db, "INSERT INTO feed(person, hash, created_at)"
                                        " VALUES(?1, ?2, ?3) ON CONFLICT(person)"
                                        " DO UPDATE SET hash = ?2, created_at = ?3");
    query_int(&q, person);
    query_blob(&q, span_make(hash, SHA256_SIZE));
    query_int(&q, now);
    return run(r, &q);
}

int feed_drop(struct records *r, int64_t person)
{
    struct query q = query_begin(r->db, "DELETE FROM feed WHERE person = ?");
    query_int(&q, person);
    int n = records_do(r, &q);
    return n < 0 ? n : n ? 0 : RECORDS_NONE;
}

int feed_find(struct records *r, const uint8_t hash[SHA256_SIZE], json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT p.id, p.login, p.name, p.roles, p.firm, p.lang FROM feed f"
                           " JOIN person p ON p.id = f.person"
                           " WHERE f.hash = ? AND p.disabled_at IS NULL");
    query_blob(&q, span_make(hash, SHA256_SIZE));
    return records_one(r, &q, out);
}
