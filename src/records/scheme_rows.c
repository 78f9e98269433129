/*
 * scheme_rows - see scheme_rows.h.
 */
#include "records/scheme_rows.h"

#include "records/inside.h"

static int run(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : 0;
}

/* ---- test reports ---------------------------------------------------------------------------- */

int report_put(struct records *r, int64_t document, const struct report_row *row)
{
    struct query q = query_begin(
        r->db,
        "INSERT INTO test_report(document, number, kind, lab, tests_started_on, tests_ended_on,"
        " issued_on) VALUES (?1, ?2, coalesce(?3, 'device'), ?4, ?5, ?6, ?7)"
        " ON CONFLICT(document) DO UPDATE SET number = ?2, kind = coalesce(?3, kind), lab = ?4,"
        " tests_started_on = ?5, tests_ended_on = ?6, issued_on = ?7");
    query_int(&q, document);
    query_text(&q, row->number);
    query_text(&q, row->kind);
    query_int(&q, row->lab);
    query_text(&q, row->tests_started_on);
    query_text(&q, row->tests_ended_on);
    query_text(&q, row->issued_on);
    return run(r, &q);
}

#define COPY_OF(copy)                                                                              \
    "(SELECT v.sha256 FROM document_version v WHERE v.document = d.id AND v.copy = '" copy         \
    "' ORDER BY v.version DESC LIMIT 1) AS " copy

int report_list(struct records *r, int64_t application, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT d.id AS document, d.title, t.number, coalesce(t.kind, 'device') AS kind,"
               " t.lab, l.name AS issuer, t.tests_started_on, t.tests_ended_on, t.issued_on,"
               " " COPY_OF("original") ", " COPY_OF(
                   "duplicate") " FROM document d"
                                " LEFT JOIN test_report t ON t.document = d.id"
                                " LEFT JOIN lab l ON l.id = t.lab WHERE d.application = ?"
                                " AND (d.kind = 'test-report' OR t.document IS NOT NULL)"
                                " ORDER BY d.id");
    query_int(&q, application);
    return records_all(r, &q, out);
}

/* ---- evidence and decisions ------------------------------------------------------------------ */

int evidence_list(struct records *r, int64_t application, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT * FROM foreign_case WHERE application = ? AND state <> 'closed'"
                           " ORDER BY id");
    query_int(&q, application);
    return records_all(r, &q, out);
}

int decision_in_force(struct records *r, int64_t application, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT d.file, d.rule, d.decision, d.reason, d.at,"
                                        " d.verdict,"
                                        " p.name AS person_name FROM decision d"
                                        " JOIN person p ON p.id = d.person"
                                        " WHERE d.application = ? AND d.state = 'final'"
                                        " ORDER BY d.id");
    query_int(&q, application);
    return records_all(r, &q, out);
}

static int supersede(struct records *r, const struct waiver_new *w, const char *state)
{
    struct query q = query_begin(r->db, "UPDATE decision SET state = 'superseded' WHERE file IS"
                                        " NULL AND application = ? AND rule = ? AND state = ?");
    query_int(&q, w->application);
    query_text(&q, w->rule);
    query_text(&q, state);
    return run(r, &q);
}

int64_t waiver_add(struct records *r, const struct waiver_new *w)
{
    bool final = strcmp(w->state, "final") == 0;
    int rc = supersede(r, w, "proposed");
    rc = rc == 0 && final ? supersede(r, w, "final") : rc;
    if (rc != 0) {
        return rc;
    }
    struct query q = query_begin(r->db, "INSERT INTO decision(application, rule, decision, reason,"
                                        " state, person, at) VALUES (?, ?, 'waive', ?, ?, ?, ?)");
    query_int(&q, w->application);
    query_text(&q, w->rule);
    query_text(&q, w->reason);
    query_text(&q, w->state);
    query_int(&q, w->person);
    query_int(&q, w->at);
    rc = run(r, &q);
    return rc ? rc : sqlite3_last_insert_rowid(r->db);
}

/* ---- deadlines ------------------------------------------------------------------------------- */

int application_open(struct records *r, int64_t after, int limit, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT id FROM application WHERE id > ? AND (state NOT IN ('not-recommended',"
               " 'not-considered', 'withdrawn') OR due_on IS NOT NULL) ORDER BY id LIMIT ?");
    query_int(&q, after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int application_due(struct records *r, int64_t application, const char *due_on, const char *rule)
{
    struct query q =
        query_begin(r->db, "UPDATE application SET due_on = ?1, due_rule = ?2 WHERE id = ?3"
                           " AND (due_on IS NOT ?1 OR due_rule IS NOT ?2)");
    query_text(&q, due_on);
    query_text(&q, rule);
    query_int(&q, application);
    return records_do(r, &q);
}

/* The kinds of scheme_deadline_word; notices of other kinds are not theirs. */
#define DEADLINE_KINDS                                                                             \
    "('first-query','remind-issuer','tell-vendor','escalate','window-ends','renewal-opens',"       \
    "'renewal-ends','expiry','change-report')"

int reminder_clear(struct records *r, int64_t application)
{
    struct query q = query_begin(r->db, "UPDATE reminder SET state = 'void' WHERE application = ?"
                                        " AND state = 'waiting' AND kind IN " DEADLINE_KINDS);
    query_int(&q, application);
    return run(r, &q);
}

int reminder_add(struct records *r, int64_t application, const struct reminder_row *row)
{
    struct query q = query_begin(
        r->db, "INSERT INTO reminder(application, kind, rule, due_on, remind_on, state)"
               " VALUES (?, ?, ?, ?, ?, 'waiting') ON CONFLICT(application, kind, due_on,"
               " remind_on) DO UPDATE SET state = 'waiting' WHERE state = 'void'");
    query_int(&q, application);
    query_text(&q, row->kind);
    query_text(&q, row->rule);
    query_text(&q, row->due_on);
    query_text(&q, row->remind_on);
    return run(r, &q);
}

#define REMINDER_ROW                                                                               \
    "SELECT m.id, m.application, m.kind, m.rule, m.due_on, m.remind_on, m.state, m.shown_at,"      \
    " a.number, a.product, f.name AS vendor_name FROM reminder m"                                  \
    " JOIN application a ON a.id = m.application JOIN firm f ON f.id = a.vendor"

int reminder_list(struct records *r, int64_t application, const char *until, int64_t after,
                  int limit, json_t **out)
{
    struct query q = query_begin(r->db, REMINDER_ROW " WHERE m.state = 'waiting' AND m.remind_on"
                                                     " <= ?1 AND (?2 IS NULL OR m.application = ?2)"
                                                     " AND m.id > ?3 ORDER BY m.id LIMIT ?4");
    query_text(&q, until);
    query_int(&q, application);
    query_int(&q, after == UTC_NONE ? 0 : after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int reminder_get(struct records *r, int64_t reminder, json_t **out)
{
    struct query q = query_begin(r->db, REMINDER_ROW " WHERE m.id = ?");
    query_int(&q, reminder);
    return records_one(r, &q, out);
}

int reminder_done(struct records *r, int64_t reminder, int64_t now)
{
    struct query q = query_begin(r->db, "UPDATE reminder SET state = 'done', shown_at = ? WHERE"
                                        " id = ? AND state = 'waiting'");
    query_int(&q, now);
    query_int(&q, reminder);
    int n = records_do(r, &q);
    return n < 0 ? n : n ? 0 : RECORDS_CONFLICT;
}
