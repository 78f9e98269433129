/*
 * foreign - see foreign.h: cases, evidence, mails, decisions. Issuers: issuers.c.
 */
#include "records/foreign.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "records/inside.h"

static const struct records_table cases = {"foreign_case",
                                           (const char *const[]){"application",   "document",
                                                                 "issuer",        "number",
                                                                 "holder",        "product",
                                                                 "standard",      "scope",
                                                                 "issued_on",     "expires_on",
                                                                 "weblink",       "email",
                                                                 "language",      "common_criteria",
                                                                 "state",         "web",
                                                                 "web_reason",    "mail",
                                                                 "mail_reason",   "decision",
                                                                 "contradiction", "paused",
                                                                 "expired",       "closed",
                                                                 "queried_on",    "started_on",
                                                                 "due_on",        "extra_days",
                                                                 "restarts",      "decided_on",
                                                                 "missing_year",  "created_at",
                                                                 "updated_at",    NULL},
                                           true, true};
static const struct records_table evidences = {
    "foreign_evidence",
    (const char *const[]){"foreign_case", "kind", "at", "outcome", "reason", "result", "blob",
                          "size", "name", "media", "person", "login", "statement", "claim", "once",
                          NULL},
    false, false};
static const struct records_table mails = {
    "foreign_mail",
    (const char *const[]){"foreign_case", "round", "attempt", "address", "issuer", "message_id",
                          "token_sha256", "link_sha256", "state", "created_at", "sent_at",
                          "sent_sha256", "claim", "issuer_named", "answered_at", "answer", NULL},
    false, false};
static const struct records_table decisions = {
    "foreign_decision",
    (const char *const[]){"foreign_case", "decision", "reason", "answered_on", "state", "was",
                          "person", "login", "at", NULL},
    false, false};

static int run(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : 0;
}

/* ---- cases ----------------------------------------------------------------------------------- */

int64_t foreign_add(struct records *r, const json_t *values, int64_t now)
{
    json_t *all = json_deep_copy(values);
    int bad = !all || json_object_set_new(all, "created_at", json_integer(now)) ||
              json_object_set_new(all, "updated_at", json_integer(now));
    int64_t id = bad ? RECORDS_FAILED : records_insert(r, &cases, all);
    json_decref(all);
    return id;
}

#define CASE_ROW                                                                                   \
    "SELECT c.*, a.number AS registration, a.vendor, f.name AS vendor_name, a.owner,"              \
    " a.complete_on, a.registered_on, a.state AS application_state,"                               \
    " a.product AS application_product, d.title AS document_title FROM foreign_case c"             \
    " JOIN application a ON a.id = c.application JOIN firm f ON f.id = a.vendor"                   \
    " LEFT JOIN document d ON d.id = c.document"

int foreign_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, CASE_ROW " WHERE c.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int foreign_update(struct records *r, int64_t id, int64_t version, const json_t *values,
                   int64_t now)
{
    return records_update(r, &cases, id, version, values, now);
}

#define DUE_KEY   "coalesce(c.due_on, '9999-12-31')"
#define CASE_OPEN "c.state NOT IN ('verified','mismatch','denied','closed','expired_unverified')"

/* "2026-11-21.17" */
static bool read_mark(const char *mark, char date[12], int64_t *id)
{
    char *end = NULL;
    if (!mark || strlen(mark) < 12 || mark[10] != '.') {
        return false;
    }
    memcpy(date, mark, 10);
    date[10] = 0;
    *id = strtoll(mark + 11, &end, 10);
    return *end == 0 && *id > 0;
}

int foreign_list(struct records *r, const struct foreign_filter *f, json_t **out, char next[48])
{
    char date[12] = "";
    int64_t id = 0;
    *next = 0;
    (void)read_mark(f->after, date, &id);
    struct query q = query_begin(
        r->db, CASE_ROW " WHERE (?1 IS NULL OR c.state = ?1) AND (?2 IS NULL OR c.due_on <= ?2)"
                        " AND (?3 IS NULL OR c.application = ?3) AND (?4 IS NULL OR a.vendor = ?4)"
                        " AND (?5 = 0 OR " CASE_OPEN ") AND (" DUE_KEY ", c.id) > (?6, ?7)"
                        " ORDER BY " DUE_KEY ", c.id LIMIT ?8");
    query_text(&q, f->state);
    query_text(&q, f->due_until);
    query_int(&q, f->application);
    query_int(&q, f->vendor);
    query_int(&q, f->open);
    query_text(&q, date);
    query_int(&q, id);
    query_int(&q, f->limit + 1);
    int rc = records_all(r, &q, out);
    if (rc == 0 && json_array_size(*out) > (size_t)f->limit) {
        (void)json_array_remove(*out, (size_t)f->limit);
        const json_t *last = json_array_get(*out, (size_t)f->limit - 1);
        const char *due = json_string_value(json_object_get(last, "due_on"));
        (void)snprintf(next, 48, "%s.%lld", due ? due : "9999-12-31",
                       (long long)json_integer_value(json_object_get(last, "id")));
    }
    return rc;
}

int foreign_states(struct records *r, json_t **out)
{
    json_t *rows = NULL, *row;
    size_t i;
    struct query q =
        query_begin(r->db, "SELECT state, count(*) AS n FROM foreign_case GROUP BY state");
    int rc = records_all(r, &q, &rows);
    *out = json_object();
    json_array_foreach(rows, i, row)
    {
        rc = rc ? rc
                : json_object_set(*out, json_string_value(json_object_get(row, "state")),
                                  json_object_get(row, "n"));
    }
    json_decref(rows);
    return rc && *out ? RECORDS_FAILED : *out ? 0 : RECORDS_FAILED;
}

/* ---- for the clock --------------------------------------------------------------------------- */

int foreign_open_rows(struct records *r, int64_t after, size_t limit, struct foreign_open_row *out,
                      size_t *count)
{
    struct query q = query_begin(
        r->db, "SELECT c.id, c.state, c.mail, c.queried_on, c.started_on, c.due_on, a.complete_on,"
               " a.registered_on, c.extra_days, c.missing_year,"
               " (SELECT group_concat(s.task || ':' || s.day, ' ') FROM foreign_step s"
               "  WHERE s.foreign_case = c.id),"
               " a.state IN ('not-recommended','not-considered','withdrawn','certified')"
               " FROM foreign_case c JOIN application a ON a.id = c.application"
               " WHERE c.state NOT IN ('verified','mismatch','denied','closed') AND c.id > ?"
               " ORDER BY c.id LIMIT ?");
    query_int(&q, after);
    query_int(&q, (int64_t)limit);
    int row = 0;
    for (*count = 0; *count < limit && (row = query_row(&q)) == 1; ++*count) {
        struct foreign_open_row *o = &out[*count];
        o->id = query_get_int(&q, 0);
        query_copy_text(&q, 1, o->state, sizeof o->state);
        query_copy_text(&q, 2, o->mail, sizeof o->mail);
        query_copy_text(&q, 3, o->queried_on, sizeof o->queried_on);
        query_copy_text(&q, 4, o->started_on, sizeof o->started_on);
        query_copy_text(&q, 5, o->due_on, sizeof o->due_on);
        query_copy_text(&q, 6, o->complete_on, sizeof o->complete_on);
        query_copy_text(&q, 7, o->registered_on, sizeof o->registered_on);
        o->extra_days = query_get_int(&q, 8);
        o->missing_year = query_get_int(&q, 9);
        query_copy_text(&q, 10, o->steps, sizeof o->steps);
        o->over = query_get_int(&q, 11) == 1;
    }
    return query_end(&q) < 0 ? records_failed(r) : 0;
}

int foreign_step_done(struct records *r, int64_t id, const char *task, int64_t day, const char *on,
                      int64_t now)
{
    struct query q = query_begin(r->db, "INSERT INTO foreign_step(foreign_case, task, day, on_day,"
                                        " at) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    query_int(&q, id);
    query_text(&q, task);
    query_int(&q, day);
    query_text(&q, on);
    query_int(&q, now);
    return records_do(r, &q);
}

int foreign_steps_clear(struct records *r, int64_t id)
{
    struct query q = query_begin(r->db, "DELETE FROM foreign_step WHERE foreign_case = ?");
    query_int(&q, id);
    return run(r, &q);
}

int foreign_step_list(struct records *r, int64_t id, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT task, day, on_day, at FROM foreign_step WHERE foreign_case = ?"
                           " ORDER BY day, task");
    query_int(&q, id);
    return records_all(r, &q, out);
}

/* ---- what was found -------------------------------------------------------------------------- */

/* What is claimed now, as a number; below 0: a code. */
static int64_t claim_of(struct records *r, const json_t *values)
{
    int64_t claim = 0;
    struct query q = query_begin(r->db, "SELECT claim FROM foreign_case WHERE id = ?");
    query_int(&q, json_integer_value(json_object_get(values, "foreign_case")));
    int rc = records_number(r, &q, &claim);
    return rc ? rc : claim;
}

static int64_t add_about(struct records *r, const struct records_table *table, const json_t *values)
{
    int64_t claim = json_object_get(values, "claim") ? 0 : claim_of(r, values);
    json_t *all = claim < 0 ? NULL : json_copy((json_t *)(uintptr_t)values);
    int bad = !all || (claim && json_object_set_new(all, "claim", json_integer(claim)));
    int64_t id = claim < 0 ? claim : bad ? RECORDS_FAILED : records_insert(r, table, all);
    json_decref(all);
    return id;
}

int64_t foreign_evidence_add(struct records *r, const json_t *values)
{
    return add_about(r, &evidences, values);
}

#define EVIDENCE_ROW                                                                               \
    "SELECT e.*, e.claim <> c.claim AS earlier_claim, p.name AS person_name, c.application,"       \
    " a.vendor FROM foreign_evidence e"                                                            \
    " JOIN foreign_case c ON c.id = e.foreign_case JOIN application a ON a.id = c.application"     \
    " LEFT JOIN person p ON p.id = e.person"

int foreign_evidence_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, EVIDENCE_ROW " WHERE e.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int foreign_evidence_result(struct records *r, int64_t id, const char *reason, const char *result)
{
    struct query q =
        query_begin(r->db, "UPDATE foreign_evidence SET reason = ?, result = ? WHERE id = ?");
    query_text(&q, reason);
    query_text(&q, result);
    query_int(&q, id);
    return run(r, &q);
}

int foreign_evidence_said(struct records *r, int64_t id, const char *outcome, const char *result)
{
    struct query q =
        query_begin(r->db, "UPDATE foreign_evidence SET outcome = ?, result = ? WHERE id = ?");
    query_text(&q, outcome);
    query_text(&q, result);
    query_int(&q, id);
    return run(r, &q);
}

int foreign_evidence_list(struct records *r, int64_t foreign, json_t **out)
{
    struct query q =
        query_begin(r->db, EVIDENCE_ROW " WHERE e.foreign_case = ? ORDER BY e.id DESC LIMIT 200");
    query_int(&q, foreign);
    return records_all(r, &q, out);
}

/* ---- mails ----------------------------------------------------------------------------------- */

int64_t foreign_mail_add(struct records *r, const json_t *values)
{
    return add_about(r, &mails, values);
}

int foreign_mail_get(struct records *r, int64_t id, json_t **out)
{
    return records_get(r, &mails, id, out);
}

int foreign_mail_update(struct records *r, int64_t id, const json_t *values)
{
    return records_update(r, &mails, id, UTC_NONE, values, 0);
}

int foreign_mail_list(struct records *r, int64_t foreign, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT m.id, m.round, m.attempt, m.address, m.message_id, m.state,"
                           " m.created_at, m.sent_at, m.answered_at, m.answer, m.issuer_named,"
                           " m.claim <> c.claim AS earlier_claim FROM foreign_mail m"
                           " JOIN foreign_case c ON c.id = m.foreign_case"
                           " WHERE m.foreign_case = ? ORDER BY m.id DESC");
    query_int(&q, foreign);
    return records_all(r, &q, out);
}

int foreign_mail_last(struct records *r, int64_t foreign, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT * FROM foreign_mail WHERE foreign_case = ? ORDER BY id DESC LIMIT 1");
    query_int(&q, foreign);
    return records_one(r, &q, out);
}

int foreign_mail_by_link(struct records *r, const char *sha256, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT * FROM foreign_mail WHERE link_sha256 = ? ORDER BY id DESC"
                           " LIMIT 1");
    query_text(&q, sha256);
    return records_one(r, &q, out);
}

int foreign_mail_known(struct records *r, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT m.token_sha256, CAST(m.foreign_case AS TEXT) AS \"case\","
                           " i.key AS issuer, c.issuer AS claimed,"
                           " min(m.state = 'void') OR max(m.claim) <> c.claim AS is_earlier"
                           " FROM foreign_mail m JOIN foreign_case c ON c.id = m.foreign_case"
                           " LEFT JOIN issuer i ON i.id = m.issuer"
                           " WHERE c.closed = 0 AND (" CASE_OPEN " OR m.created_at >"
                           "  (SELECT max(created_at) - 2 * 365 * 86400 FROM foreign_mail))"
                           " GROUP BY m.token_sha256 ORDER BY m.id");
    int rc = records_all(r, &q, out);
    json_t *row;
    size_t i;
    json_array_foreach(*out, i, row)
    {
        int earlier = json_integer_value(json_object_get(row, "is_earlier")) == 1;
        rc = rc ? rc : json_object_set_new(row, "earlier", json_boolean(earlier));
        (void)json_object_del(row, "is_earlier");
    }
    return rc > 0 ? RECORDS_FAILED : rc;
}

int foreign_mail_by_token(struct records *r, int64_t foreign, const char *sha256, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT * FROM foreign_mail WHERE foreign_case = ? AND token_sha256 = ?"
                           " ORDER BY state = 'void', id DESC LIMIT 1");
    query_int(&q, foreign);
    query_text(&q, sha256);
    return records_one(r, &q, out);
}

int foreign_waiting_for(struct records *r, int64_t issuer, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT DISTINCT c.id, c.application FROM foreign_case c JOIN foreign_mail m"
               " ON m.foreign_case = c.id WHERE m.issuer = ? AND m.state = 'sent'"
               " AND c.mail = 'waiting' AND " CASE_OPEN " ORDER BY c.due_on, c.id LIMIT 20");
    query_int(&q, issuer);
    return records_all(r, &q, out);
}

int foreign_mail_void(struct records *r, int64_t foreign)
{
    struct query q =
        query_begin(r->db, "UPDATE foreign_mail SET state = 'void' WHERE foreign_case = ?");
    query_int(&q, foreign);
    return run(r, &q);
}

int foreign_source_get(struct records *r, const char *name, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT state FROM foreign_source WHERE name = ?");
    query_text(&q, name);
    int rc = records_one_json(r, &q, "state", out);
    return rc == RECORDS_NONE ? 0 : rc;
}

int foreign_source_put(struct records *r, const char *name, const json_t *state)
{
    char *text = rows_canonical(state);
    if (!text) {
        return RECORDS_FAILED;
    }
    struct query q = query_begin(r->db, "INSERT INTO foreign_source(name, state) VALUES(?1, ?2)"
                                        " ON CONFLICT(name) DO UPDATE SET state = ?2");
    query_text(&q, name);
    query_text(&q, text);
    int rc = run(r, &q);
    mem_free(text);
    return rc;
}

/* ---- decisions ------------------------------------------------------------------------------- */

static int supersede(struct records *r, int64_t foreign, const char *state)
{
    struct query q = query_begin(r->db, "UPDATE foreign_decision SET state = 'superseded'"
                                        " WHERE foreign_case = ? AND state = ?");
    query_int(&q, foreign);
    query_text(&q, state);
    return run(r, &q);
}

int64_t foreign_decision_add(struct records *r, const json_t *values)
{
    int64_t foreign = json_integer_value(json_object_get(values, "foreign_case"));
    const char *state = json_string_value(json_object_get(values, "state"));
    int rc = supersede(r, foreign, "proposed");
    rc = rc == 0 && state && strcmp(state, "final") == 0 ? supersede(r, foreign, "final") : rc;
    return rc ? rc : records_insert(r, &decisions, values);
}

int foreign_claim_changed(struct records *r, int64_t foreign)
{
    struct query q = query_begin(r->db, "UPDATE foreign_case SET claim = claim + 1 WHERE id = ?");
    query_int(&q, foreign);
    int rc = run(r, &q);
    return rc ? rc : supersede(r, foreign, "proposed");
}

#define DECISION_ROW                                                                               \
    "SELECT d.*, coalesce(p.name, d.login) AS person_name,"                                        \
    " coalesce(s.name, d.second_login) AS second_name, c.application FROM foreign_decision d"      \
    " JOIN foreign_case c ON c.id = d.foreign_case LEFT JOIN person p ON p.id = d.person"          \
    " LEFT JOIN person s ON s.id = d.second"

int foreign_decision_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, DECISION_ROW " WHERE d.id = ?");
    query_int(&q, id);
    return records_one(r, &q, out);
}

int foreign_decision_list(struct records *r, int64_t foreign, json_t **out)
{
    struct query q =
        query_begin(r->db, DECISION_ROW " WHERE d.foreign_case = ? ORDER BY d.id DESC");
    query_int(&q, foreign);
    return records_all(r, &q, out);
}

int foreign_decision_close(struct records *r, int64_t id, const char *state, int64_t second,
                           const char *login, int64_t now)
{
    json_t *row = NULL;
    int rc = foreign_decision_get(r, id, &row);
    int64_t foreign = json_integer_value(json_object_get(row, "foreign_case"));
    json_decref(row);
    if (rc == 0 && strcmp(state, "final") == 0) {
        rc = supersede(r, foreign, "final");
    }
    if (rc != 0) {
        return rc;
    }
    struct query q = query_begin(r->db, "UPDATE foreign_decision SET state = ?, second = ?,"
                                        " second_login = ?, second_at = ?"
                                        " WHERE id = ? AND state = 'proposed'");
    query_text(&q, state);
    query_int(&q, second);
    query_text(&q, login);
    query_int(&q, now);
    query_int(&q, id);
    int n = records_do(r, &q);
    return n < 0 ? n : n ? 0 : RECORDS_CONFLICT;
}
