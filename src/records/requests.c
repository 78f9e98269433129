/*
 * requests - see requests.h.
 */
#include "records/requests.h"

#include <stdio.h>

#include "records/inside.h"

static int run(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : n == 0 ? RECORDS_CONFLICT : 0;
}

/* A change that may find nothing to change. */
static int run_any(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : 0;
}

/* ---- requests -------------------------------------------------------------------------------- */

#define SIGNING_OF                                                                                 \
    "(SELECT s.id FROM signing_request x JOIN signing s ON s.id = x.signing"                       \
    " WHERE x.request = q.id AND s.state IN ('waiting','running'))"
#define OPEN "state IN ('prepared','approved')"
#define REQUEST_ROW                                                                                \
    "SELECT q.id, q.application, q.registration, q.sha256, q.state, q.person,"                     \
    " p.name AS person_name, q.at, q.second, t.name AS second_name, q.second_at, q.reason,"        \
    " q.closed_at, q.number, json_extract(q.request, '$.holder.name') AS holder,"                  \
    " json_extract(q.request, '$.product.name') AS product,"                                       \
    " json_extract(q.request, '$.kind') AS kind, json_extract(q.request, '$.series') AS series,"   \
    " json_extract(q.request, '$.level') AS level,"                                                \
    " json_array_length(q.request, '$.models') AS model_count,"                                    \
    " json_extract(q.request, '$.signatory.name') AS signatory, " SIGNING_OF " AS signing"
#define REQUEST_FROM                                                                               \
    " FROM certificate_request q JOIN person p ON p.id = q.person"                                 \
    " LEFT JOIN person t ON t.id = q.second"

/* Nobody changes what is being signed. */
static int not_signing(struct records *r, const char *registration)
{
    int64_t n = 0;
    struct query q = query_begin(
        r->db, "SELECT count(*) FROM certificate_request q WHERE registration = ? AND " OPEN
               " AND " SIGNING_OF " IS NOT NULL");
    query_text(&q, registration);
    int rc = records_number(r, &q, &n);
    return rc ? rc : n ? RECORDS_CONFLICT : 0;
}

int64_t request_add(struct records *r, const struct request_new *n)
{
    int rc = not_signing(r, n->registration);
    if (rc != 0) {
        return rc;
    }
    struct query q =
        query_begin(r->db, "UPDATE certificate_request SET state = 'replaced', closed_at = ?,"
                           " closed_by = ? WHERE registration = ? AND " OPEN);
    query_int(&q, n->at);
    query_int(&q, n->person);
    query_text(&q, n->registration);
    rc = run_any(r, &q);
    if (rc != 0) {
        return rc;
    }
    q = query_begin(r->db, "INSERT INTO certificate_request(application, registration, request,"
                           " sha256, state, person, at) VALUES(?, ?, ?, ?, 'prepared', ?, ?)");
    query_int(&q, n->application);
    query_text(&q, n->registration);
    query_text(&q, n->request);
    query_text(&q, n->sha256);
    query_int(&q, n->person);
    query_int(&q, n->at);
    rc = run(r, &q);
    return rc ? rc : sqlite3_last_insert_rowid(r->db);
}

int request_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, REQUEST_ROW ", q.request" REQUEST_FROM " WHERE q.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int request_open(struct records *r, const char *registration, json_t **out)
{
    struct query q = query_begin(r->db, REQUEST_ROW ", q.request" REQUEST_FROM
                                                    " WHERE q.registration = ? AND q." OPEN);
    query_text(&q, registration);
    return records_one(r, &q, out);
}

int request_list(struct records *r, const char *state, int64_t application, int64_t before,
                 int limit, json_t **out)
{
    struct query q = query_begin(r->db, REQUEST_ROW REQUEST_FROM
                                 " WHERE (?1 IS NULL OR q.state = ?1) AND"
                                 " (?2 IS NULL OR q.application = ?2) AND"
                                 " (?3 IS NULL OR q.id < ?3) ORDER BY q.id DESC LIMIT ?4");
    query_text(&q, state);
    query_int(&q, application);
    query_int(&q, before);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int request_latest(struct records *r, json_t **out)
{
    struct query q =
        query_begin(r->db, REQUEST_ROW ", q.request" REQUEST_FROM " ORDER BY q.id DESC LIMIT 1");
    return records_one(r, &q, out);
}

int request_approve(struct records *r, int64_t id, int64_t second, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE certificate_request AS q SET state = 'approved', second = ?2,"
                           " second_at = ?3 WHERE id = ?1 AND state = 'prepared' AND person <> ?2"
                           " AND " SIGNING_OF " IS NULL");
    query_int(&q, id);
    query_int(&q, second);
    query_int(&q, now);
    return run(r, &q);
}

int request_discard(struct records *r, int64_t id, int64_t person, const char *reason, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE certificate_request AS q SET state = 'discarded', reason = ?2,"
                           " closed_by = ?3, closed_at = ?4 WHERE id = ?1 AND " OPEN
                           " AND " SIGNING_OF " IS NULL");
    query_int(&q, id);
    query_text(&q, reason);
    query_int(&q, person);
    query_int(&q, now);
    return run(r, &q);
}

int request_issued(struct records *r, const char *registration, const char *sha256,
                   const char *number, int64_t second, int64_t now)
{
    struct query q = query_begin(
        r->db, "UPDATE certificate_request SET"
               " state = CASE WHEN sha256 = ?2 THEN 'issued' ELSE 'replaced' END,"
               " number = CASE WHEN sha256 = ?2 THEN ?3 END,"
               " second = CASE WHEN sha256 = ?2 THEN coalesce(?4, second) ELSE second END,"
               " second_at = CASE WHEN sha256 = ?2 AND ?4 IS NOT NULL THEN ?5 ELSE second_at END,"
               " closed_at = ?5 WHERE registration = ?1 AND " OPEN);
    query_text(&q, registration);
    query_text(&q, sha256);
    query_text(&q, number);
    query_int(&q, second);
    query_int(&q, now);
    return run_any(r, &q);
}

/* ---- lists being signed ---------------------------------------------------------------------- */

#define SIGNING_ROW                                                                                \
    "SELECT s.id, s.sha256, s.person, p.name AS person_name, p.login, s.at, s.state, s.failure,"   \
    " s.detail, s.ended_at, (SELECT count(*) FROM signing_request x WHERE x.signing = s.id)"       \
    " + (h.id IS NOT NULL) AS count, (SELECT count(*) FROM signing_request x"                      \
    " JOIN certificate_request q ON q.id = x.request WHERE x.signing = s.id"                       \
    " AND q.state = 'issued') + coalesce(h.state = 'done', 0) AS issued, y.change"                 \
    " FROM signing s JOIN person p ON p.id = s.person"                                             \
    " LEFT JOIN signing_change y ON y.signing = s.id"                                              \
    " LEFT JOIN certificate_change h ON h.id = y.change"

int64_t signing_add(struct records *r, const struct signing_new *n, const int64_t *requests,
                    size_t count)
{
    struct query q = query_begin(r->db, "INSERT INTO signing(ticket, sha256, person, at, state)"
                                        " VALUES(?, ?, ?, ?, 'waiting')");
    query_text(&q, n->ticket);
    query_text(&q, n->sha256);
    query_int(&q, n->person);
    query_int(&q, n->at);
    int rc = run(r, &q);
    int64_t id = sqlite3_last_insert_rowid(r->db);
    for (size_t i = 0; i < count && rc == 0; i++) {
        q = query_begin(r->db, "INSERT INTO signing_request(signing, request) VALUES(?, ?)");
        query_int(&q, id);
        query_int(&q, requests[i]);
        rc = run(r, &q);
    }
    return rc ? rc : id;
}

int signing_add_change(struct records *r, int64_t signing, int64_t change)
{
    struct query q = query_begin(r->db, "INSERT INTO signing_change(signing, change) VALUES(?, ?)");
    query_int(&q, signing);
    query_int(&q, change);
    return run(r, &q);
}

int signing_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, SIGNING_ROW " WHERE s.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int signing_by_ticket(struct records *r, const char *ticket, int64_t *id)
{
    struct query q = query_begin(r->db, "SELECT id FROM signing WHERE ticket = ?");
    query_text(&q, ticket);
    return records_number(r, &q, id);
}

int signing_list(struct records *r, int64_t before, int limit, json_t **out)
{
    struct query q = query_begin(r->db, SIGNING_ROW
                                 " WHERE (?1 IS NULL OR s.id < ?1) ORDER BY s.id DESC LIMIT ?2");
    query_int(&q, before);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int signing_requests(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, REQUEST_ROW
                                 ", q.request" REQUEST_FROM
                                 " JOIN signing_request y ON y.request = q.id WHERE y.signing = ?"
                                 " ORDER BY q.id");
    query_int(&q, id);
    return records_all(r, &q, out);
}

int signing_begin(struct records *r, int64_t id)
{
    struct query q = query_begin(
        r->db, "UPDATE signing SET state = 'running' WHERE id = ? AND state = 'waiting'");
    query_int(&q, id);
    return run(r, &q);
}

int signing_end(struct records *r, int64_t id, const char *state, const char *failure,
                const char *detail, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE signing SET state = ?, failure = ?, detail = ?, ended_at = ?"
                           " WHERE id = ? AND state IN ('waiting','running')");
    query_text(&q, state);
    query_text(&q, failure);
    query_text(&q, detail);
    query_int(&q, now);
    query_int(&q, id);
    return run(r, &q);
}

int signing_interrupted(struct records *r, int64_t now)
{
    struct query q =
        query_begin(r->db, "UPDATE signing SET state = 'stopped', failure = 'interrupted',"
                           " ended_at = ? WHERE state IN ('waiting','running')");
    query_int(&q, now);
    return run_any(r, &q);
}

/* ---- certificates for officers --------------------------------------------------------------- */

#define ISSUED_ROW                                                                                 \
    "SELECT c.position + 1 AS id, c.number, c.series, c.level, c.kind, c.application,"             \
    " c.registration, c.holder, c.product, c.issued_on, c.valid_from, c.valid_to, c.previous,"     \
    " c.successor, c.status, c.pdf, c.xml, c.entry FROM certificate c"

int issued_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, ISSUED_ROW " WHERE c.position = ?");
    query_int(&q, id - 1);
    return records_one(r, &q, out);
}

#define LAST(column) "(SELECT o." column " FROM certificate o WHERE o.position = ?6)"
static const struct {
    const char *order, *beyond;
} orders[] = {
    [ISSUED_NEWEST] = {"c.position DESC", "c.position < ?6"},
    [ISSUED_EXPIRY] = {"c.valid_to, c.position",
                       "(c.valid_to, c.position) > (" LAST("valid_to") ", ?6)"},
    [ISSUED_NUMBER] = {"c.number", "c.number > " LAST("number")},
    [ISSUED_HOLDER] = {"c.holder COLLATE NOCASE, c.position",
                       "(c.holder COLLATE NOCASE, c.position) > (" LAST("holder") ", ?6)"},
};

int issued_list(struct records *r, const struct issued_filter *f, json_t **out)
{
    char sql[2048];
    (void)snprintf(
        sql, sizeof sql,
        ISSUED_ROW
        " WHERE (?1 IS NULL OR c.status = ?1) AND (?2 IS NULL OR c.series = ?2)"
        " AND (?3 IS NULL OR instr(lower(c.number), lower(?3)) OR instr(lower(c.holder), lower(?3))"
        "  OR instr(lower(c.product), lower(?3))"
        "  OR EXISTS(SELECT 1 FROM certificate_model m WHERE m.certificate = c.number"
        "   AND (instr(lower(m.model), lower(?3)) OR lower(m.firmware) = lower(?3))))"
        " AND (?4 IS NULL OR c.valid_to <= ?4) AND (?6 IS NULL OR %s) ORDER BY %s LIMIT ?5",
        orders[f->order].beyond, orders[f->order].order);
    struct query q = query_begin(r->db, sql);
    query_text(&q, f->status);
    query_text(&q, f->series);
    query_text(&q, f->text);
    query_text(&q, f->valid_to);
    query_int(&q, f->limit);
    query_int(&q, f->after == UTC_NONE ? UTC_NONE : f->after - 1);
    return records_all(r, &q, out);
}

/* ---- changes of certificates ----------------------------------------------------------------- */

#define CHANGED_ROW                                                                                \
    "SELECT h.id, c.position + 1 AS certificate, h.certificate AS number, h.event, h.reason,"      \
    " h.effective_on, h.successor, json_extract(h.data, '$.remark') AS remark,"                    \
    " json_extract(h.data, '$.seen') AS seen, h.state, h.person,"                                  \
    " coalesce(p.name, h.actor) AS person_name, h.at, h.second,"                                   \
    " coalesce(t.name, h.second_actor) AS second_name, h.second_at, h.entry, c.holder, c.status,"  \
    " c.entry AS latest, (SELECT s.id FROM signing_change x JOIN signing s ON s.id = x.signing"    \
    " WHERE x.change = h.id AND s.state IN ('waiting','running')) AS signing"                      \
    " FROM certificate_change h JOIN certificate c ON c.number = h.certificate"                    \
    " LEFT JOIN person p ON p.id = h.person LEFT JOIN person t ON t.id = h.second"

int changed_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, CHANGED_ROW " WHERE h.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int changed_list(struct records *r, const char *certificate, bool waiting, int64_t before,
                 int limit, json_t **out)
{
    struct query q = query_begin(r->db, CHANGED_ROW
                                 " WHERE (?1 IS NULL OR h.certificate = ?1) AND"
                                 " (NOT ?2 OR h.state = 'waiting') AND (?3 IS NULL OR h.id < ?3)"
                                 " ORDER BY h.id DESC LIMIT ?4");
    query_text(&q, certificate);
    query_int(&q, waiting);
    query_int(&q, before);
    query_int(&q, limit);
    return records_all(r, &q, out);
}
