/*
 * decisions - see documents.h: an officer's word about a file, beside the machine's verdict.
 *
 * Rows are never changed but in their state: proposed -> final | rejected, and superseded by a
 * later one. file.decision is the final one about R-SIG-1, so that lists need not look for it.
 */
#include "records/documents.h"
#include "records/inside.h"

static int run(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : 0;
}

/* What is in that state about the same file and rule is superseded. */
static int supersede(struct records *r, int64_t file, const char *rule, const char *state)
{
    struct query q = query_begin(r->db, "UPDATE decision SET state = 'superseded' WHERE file = ?"
                                        " AND rule = ? AND state = ?");
    query_int(&q, file);
    query_text(&q, rule);
    query_text(&q, state);
    return run(r, &q);
}

/* The row of the file says what is in force. */
static int enforce(struct records *r, int64_t file)
{
    struct query q = query_begin(r->db, "UPDATE file SET decision = (SELECT decision FROM decision"
                                        " WHERE file = ?1 AND rule = 'R-SIG-1' AND state = 'final')"
                                        " WHERE id = ?1");
    query_int(&q, file);
    return run(r, &q);
}

int64_t decision_add(struct records *r, const struct decision_new *d)
{
    bool final = strcmp(d->state, "final") == 0;
    if (supersede(r, d->file, d->rule, "proposed") != 0 ||
        (final && supersede(r, d->file, d->rule, "final") != 0)) {
        return RECORDS_FAILED;
    }
    struct query q =
        query_begin(r->db, "INSERT INTO decision(application, file, rule, decision, reason, state,"
                           " verification, verdict, person, at)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query_int(&q, d->application);
    query_int(&q, d->file);
    query_text(&q, d->rule);
    query_text(&q, d->decision);
    query_text(&q, d->reason);
    query_text(&q, d->state);
    query_int(&q, d->verification);
    query_text(&q, d->verdict);
    query_int(&q, d->person);
    query_int(&q, d->at);
    int rc = run(r, &q);
    if (rc != 0) {
        return rc;
    }
    int64_t id = sqlite3_last_insert_rowid(r->db);
    return enforce(r, d->file) == 0 ? id : RECORDS_FAILED;
}

#define DECISION_ROW                                                                               \
    "SELECT d.id, d.application, d.file, d.rule, d.decision, d.reason, d.state, d.verification,"   \
    " d.verdict, d.person, p.name AS person_name, d.at, d.second, s.name AS second_name,"          \
    " d.second_at, f.path, v.name, f.verdict AS verdict_now FROM decision d"                       \
    " JOIN person p ON p.id = d.person LEFT JOIN person s ON s.id = d.second"                      \
    " LEFT JOIN file f ON f.id = d.file LEFT JOIN document_version v ON v.id = f.document_version"

int decision_get(struct records *r, int64_t decision, json_t **out)
{
    struct query q = query_begin(r->db, DECISION_ROW " WHERE d.id = ?");
    query_int(&q, decision);
    return records_one(r, &q, out);
}

int decision_list(struct records *r, int64_t file, json_t **out)
{
    struct query q = query_begin(r->db, DECISION_ROW " WHERE d.file = ? ORDER BY d.id DESC");
    query_int(&q, file);
    return records_all(r, &q, out);
}

int decision_waiting(struct records *r, int64_t application, int64_t after, int limit, json_t **out)
{
    struct query q = query_begin(r->db, DECISION_ROW
                                 " WHERE d.state = 'proposed' AND (?1 IS NULL OR"
                                 " d.application = ?1) AND d.id > ?2 ORDER BY d.id LIMIT ?3");
    query_int(&q, application);
    query_int(&q, after == UTC_NONE ? 0 : after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int decision_close(struct records *r, int64_t decision, const char *state, int64_t second,
                   int64_t now)
{
    json_t *row = NULL;
    int rc = decision_get(r, decision, &row);
    if (rc != 0) {
        return rc;
    }
    const char *rule = json_string_value(json_object_get(row, "rule"));
    int64_t file = json_integer_value(json_object_get(row, "file"));
    bool open = rule && strcmp(json_string_value(json_object_get(row, "state")), "proposed") == 0;
    rc = open ? 0 : RECORDS_CONFLICT;
    if (rc == 0 && strcmp(state, "final") == 0) {
        rc = supersede(r, file, rule, "final");
    }
    json_decref(row);
    if (rc != 0) {
        return rc;
    }
    struct query q = query_begin(r->db, "UPDATE decision SET state = ?, second = ?, second_at = ?"
                                        " WHERE id = ?");
    query_text(&q, state);
    query_int(&q, second);
    query_int(&q, now);
    query_int(&q, decision);
    rc = run(r, &q);
    return rc ? rc : enforce(r, file);
}

/* The same file in the version before, and what was finally decided about it. */
#define SAME_BEFORE                                                                                \
    " FROM file f JOIN document_version v ON v.id = f.document_version"                            \
    " JOIN document_version o ON o.document = v.document AND o.version = v.version - 1"            \
    " JOIN file g ON g.document_version = o.id AND g.path = f.path AND g.sha256 = f.sha256"        \
    " JOIN decision d ON d.file = g.id AND d.state = 'final' AND d.verdict = f.verdict"            \
    " WHERE f.document_version = ?1 AND f.sha256 <> ''"

int decision_carry(struct records *r, int64_t version, int64_t verification, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT f.id AS file, f.path, d.rule, d.decision" SAME_BEFORE " ORDER BY f.id");
    query_int(&q, version);
    int rc = records_all(r, &q, out);
    if (rc != 0 || json_array_size(*out) == 0) {
        return rc;
    }
    q = query_begin(r->db, "INSERT INTO decision(application, file, rule, decision, reason, state,"
                           " verification, verdict, person, at, second, second_at)"
                           " SELECT d.application, f.id, d.rule, d.decision, d.reason, 'final', ?2,"
                           " f.verdict, d.person, d.at, d.second, d.second_at" SAME_BEFORE);
    query_int(&q, version);
    query_int(&q, verification);
    rc = run(r, &q);
    for (size_t i = 0; rc == 0 && i < json_array_size(*out); i++) {
        rc = enforce(r, json_integer_value(json_object_get(json_array_get(*out, i), "file")));
    }
    return rc;
}
