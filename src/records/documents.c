/*
 * documents - see documents.h: documents, versions, and what the machine says about their files.
 * What officers say is in decisions.c.
 */
#include "records/documents.h"

#include <stdio.h>

#include "records/inside.h"
#include "records/jobs.h"
#include "records/search.h"

/* Ends a statement that adds a row. */
static int64_t added(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : sqlite3_last_insert_rowid(r->db);
}

static int changed(struct records *r, struct query *q)
{
    int n = records_do(r, q);
    return n < 0 ? n : n > 0 ? 0 : RECORDS_NONE;
}

/* ---- documents and versions ------------------------------------------------------------------ */

int application_brief(struct records *r, int64_t application, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT id, number, vendor, state, owner FROM application WHERE id = ?");
    query_int(&q, application);
    return records_one(r, &q, out);
}

int64_t document_add(struct records *r, int64_t application, const char *kind, const char *author,
                     const char *title, int64_t now)
{
    struct query q = query_begin(r->db, "INSERT INTO document(application, kind, author, title,"
                                        " created_at) VALUES (?, ?, ?, ?, ?)");
    query_int(&q, application);
    query_text(&q, kind);
    query_text(&q, author);
    query_text(&q, title);
    query_int(&q, now);
    return added(r, &q);
}

int64_t version_add(struct records *r, int64_t document, const struct version_new *v)
{
    struct query q = query_begin(
        r->db, "INSERT INTO document_version(document, version, name, sha256, size, received_at,"
               " received_by, copy, state) VALUES (?1, (SELECT coalesce(max(version), 0) + 1"
               " FROM document_version WHERE document = ?1), ?2, ?3, ?4, ?5, ?6, ?7, 'waiting')");
    query_int(&q, document);
    query_text(&q, v->name);
    query_text(&q, v->sha256);
    query_int(&q, v->size);
    query_int(&q, v->received_at);
    query_int(&q, v->received_by);
    query_text(&q, v->copy);
    int64_t id = added(r, &q);
    int rc = id < 0 ? 0 : search_update_version(r, id);
    return rc < 0 ? rc : id;
}

/* An officer has still to say something about the file: there is no decision, or one that let pass
 * what was less bad (office/facts.c). */
#define UNDECIDED                                                                                  \
    "f.verdict <> 'ACCEPTED' AND (f.decision IS NULL OR EXISTS (SELECT 1 FROM decision y"          \
    " WHERE y.file = f.id AND y.state = 'final' AND y.rule = 'R-SIG-1' AND y.decision <> 'refuse'" \
    " AND (y.verdict = 'ACCEPTED' OR (y.verdict = 'REVIEW' AND f.verdict = 'REJECTED'))))"

#define DOCUMENT_ROW                                                                               \
    "SELECT d.id, d.application, a.number, a.vendor, d.kind, d.author, d.title, d.created_at,"     \
    " v.id AS version_id, v.version, v.name, v.sha256, v.size, v.received_at, v.copy, v.state,"    \
    " v.failure, v.verification, v.verdict, v.token_at, v.token IS NOT NULL AS has_token,"         \
    " (SELECT count(*) FROM file f WHERE f.document_version = v.id) AS files,"                     \
    " (SELECT count(*) FROM file f WHERE f.document_version = v.id AND " UNDECIDED                 \
    ") AS undecided"                                                                               \
    " FROM document d JOIN application a ON a.id = d.application"                                  \
    " JOIN document_version v ON v.document = d.id AND v.version ="                                \
    "  (SELECT max(version) FROM document_version WHERE document = d.id)"

int document_get(struct records *r, int64_t document, json_t **out)
{
    struct query q = query_begin(r->db, DOCUMENT_ROW " WHERE d.id = ?");
    query_int(&q, document);
    return records_one(r, &q, out);
}

int documents_held(struct records *r, int64_t firm, struct documents_held *out)
{
    json_t *row = NULL;
    struct query q =
        query_begin(r->db, "SELECT count(*) AS versions, coalesce(sum(v.size), 0) AS bytes"
                           " FROM application a JOIN document d ON d.application = a.id"
                           " JOIN document_version v ON v.document = d.id WHERE a.vendor = ?");
    query_int(&q, firm);
    int rc = records_one(r, &q, &row);
    if (rc == 0) {
        *out = (struct documents_held){json_integer_value(json_object_get(row, "versions")),
                                       json_integer_value(json_object_get(row, "bytes"))};
    }
    json_decref(row);
    return rc;
}

int document_list(struct records *r, int64_t application, int64_t after, int limit, json_t **out)
{
    struct query q = query_begin(r->db, DOCUMENT_ROW
                                 " WHERE d.application = ? AND d.id > ? ORDER BY d.id LIMIT ?");
    query_int(&q, application);
    query_int(&q, after == UTC_NONE ? 0 : after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int version_get(struct records *r, int64_t version, json_t **out)
{
    struct query q = query_begin(
        r->db,
        "SELECT v.id, v.document, d.kind, d.author, d.title, d.application, a.number, a.vendor,"
        " f.name AS vendor_name, o.name AS oem_name, v.version, v.name, v.sha256, v.size,"
        " v.received_at, v.received_by, p.name AS received_by_name, v.copy,"
        " v.token IS NOT NULL AS has_token, v.token_at, v.state, v.failure, v.verification,"
        " v.verdict, v.version = (SELECT max(version) FROM document_version WHERE document = d.id)"
        " AS latest FROM document_version v JOIN document d ON d.id = v.document"
        " JOIN application a ON a.id = d.application JOIN firm f ON f.id = a.vendor"
        " LEFT JOIN firm o ON o.id = a.oem LEFT JOIN person p ON p.id = v.received_by"
        " WHERE v.id = ?");
    query_int(&q, version);
    return records_one(r, &q, out);
}

int version_list(struct records *r, int64_t document, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT v.id, v.document, v.version, v.name, v.sha256, v.size, v.received_at,"
               " v.received_by, p.name AS received_by_name, v.copy, v.token IS NOT NULL AS"
               " has_token, v.token_at, v.state, v.failure, v.verification, v.verdict"
               " FROM document_version v LEFT JOIN person p ON p.id = v.received_by"
               " WHERE v.document = ? ORDER BY v.version DESC");
    query_int(&q, document);
    return records_all(r, &q, out);
}

int version_same(struct records *r, const char *sha256, int64_t except_version, int64_t firm,
                 json_t **out)
{
    if (!*sha256) { /* of a file that was not read */
        *out = json_array();
        return *out ? 0 : RECORDS_FAILED;
    }
    struct query q = query_begin(
        r->db, "SELECT a.id AS application, a.number, d.id AS document, d.title,"
               " v.id AS version_id, v.version, x.path, v.received_at FROM"
               " (SELECT id AS version, '' AS path FROM document_version WHERE sha256 = ?1"
               "  UNION SELECT document_version, path FROM file WHERE sha256 = ?1) x"
               " JOIN document_version v ON v.id = x.version JOIN document d ON d.id = v.document"
               " JOIN application a ON a.id = d.application"
               " WHERE v.id IS NOT ?2 AND (?3 IS NULL OR a.vendor = ?3)"
               " ORDER BY v.received_at, v.id LIMIT 50");
    query_text(&q, sha256);
    query_int(&q, except_version);
    query_int(&q, firm);
    return records_all(r, &q, out);
}

int version_state(struct records *r, int64_t version, const char *state, const char *failure)
{
    struct query q =
        query_begin(r->db, "UPDATE document_version SET state = CASE WHEN verification IS NULL"
                           " THEN ? ELSE 'verified' END, failure = ? WHERE id = ?");
    query_text(&q, state);
    query_text(&q, failure);
    query_int(&q, version);
    return changed(r, &q);
}

int version_token(struct records *r, int64_t version, struct span token, int64_t at)
{
    struct query q = query_begin(r->db, "UPDATE document_version SET token = ?, token_at = ?"
                                        " WHERE id = ? AND token IS NULL");
    query_blob(&q, token);
    query_int(&q, at);
    query_int(&q, version);
    return changed(r, &q);
}

int version_token_get(struct records *r, int64_t version, struct arena *a, struct span *out)
{
    struct query q = query_begin(r->db, "SELECT token FROM document_version WHERE id = ?");
    *out = SPAN_NONE;
    query_int(&q, version);
    int row = query_row(&q);
    if (row == 1) {
        *out = query_get_blob(&q, a, 0);
    }
    return query_end(&q) < 0 ? RECORDS_FAILED : out->p ? 0 : RECORDS_NONE;
}

/* ---- what the machine says ------------------------------------------------------------------- */

int file_put(struct records *r, int64_t version, const struct file_row *f)
{
    struct query q = query_begin(
        r->db, "INSERT INTO file(document_version, path, sha256, size, format, state, covered_by,"
               " verdict, indication, sub_indication, reasons, signer, organisation, india,"
               " signed_at, applicant_matches)"
               " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
               " ON CONFLICT(document_version, path) DO UPDATE SET sha256 = excluded.sha256,"
               " size = excluded.size, format = excluded.format, state = excluded.state,"
               " covered_by = excluded.covered_by, verdict = excluded.verdict,"
               " indication = excluded.indication, sub_indication = excluded.sub_indication,"
               " reasons = excluded.reasons, signer = excluded.signer,"
               " organisation = excluded.organisation, india = excluded.india,"
               " signed_at = excluded.signed_at, applicant_matches = excluded.applicant_matches");
    query_int(&q, version);
    query_text(&q, f->path);
    query_text(&q, f->sha256);
    query_int(&q, f->size);
    query_text(&q, f->format);
    query_text(&q, f->state);
    query_text(&q, f->covered_by);
    query_text(&q, f->verdict);
    query_text(&q, f->indication);
    query_text(&q, f->sub_indication);
    query_text(&q, f->reasons);
    query_text(&q, f->signer);
    query_text(&q, f->organisation);
    query_int(&q, f->india);
    query_int(&q, f->signed_at);
    query_int(&q, f->applicant_matches);
    return changed(r, &q);
}

int file_drop_listed(struct records *r, int64_t version)
{
    struct query q =
        query_begin(r->db, "DELETE FROM file WHERE document_version = ? AND state = 'listed'");
    query_int(&q, version);
    int n = records_do(r, &q);
    return n < 0 ? n : 0;
}

int file_verdicts(struct records *r, int64_t version, json_t **out)
{
    json_t *rows = NULL, *map = json_object();
    struct query q = query_begin(r->db, "SELECT path, verdict FROM file WHERE document_version = ?"
                                        " AND verdict IS NOT NULL");
    query_int(&q, version);
    int rc = records_all(r, &q, &rows);
    rc = rc == 0 && !map ? RECORDS_FAILED : rc;
    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *path = json_string_value(json_object_get(row, "path"));
        if (json_object_set(map, path, json_object_get(row, "verdict")) != 0) {
            rc = RECORDS_FAILED;
        }
    }
    json_decref(rows);
    if (rc != 0) {
        json_decref(map);
        map = NULL;
    }
    *out = map;
    return rc;
}

int file_text(struct records *r, int64_t version, const char *path, const struct file_text *t)
{
    struct query q = query_begin(r->db, "UPDATE file SET language = ?, language_sure = ?, pages ="
                                        " ?, number_found = ?"
                                        " WHERE document_version = ? AND path = ?");
    query_text(&q, t->language);
    query_int(&q, t->language_sure);
    query_int(&q, t->pages);
    query_int(&q, t->number_found);
    query_int(&q, version);
    query_text(&q, path);
    return changed(r, &q);
}

int64_t verification_add(struct records *r, int64_t version, const struct verification_new *v)
{
    struct query q =
        query_begin(r->db, "INSERT INTO verification(document_version, reason, at, verdict, policy,"
                           " report, evidence, changed, crls, milliseconds)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query_int(&q, version);
    query_text(&q, v->reason);
    query_int(&q, v->at);
    query_text(&q, v->verdict);
    query_text(&q, v->policy);
    query_text(&q, v->report);
    query_text(&q, v->evidence);
    query_int(&q, v->changed);
    query_text(&q, v->crls ? v->crls : "");
    query_int(&q, v->milliseconds);
    int64_t id = added(r, &q);
    if (id < 0) {
        return id;
    }
    q = query_begin(r->db, "UPDATE document_version SET state = 'verified', failure = NULL,"
                           " verification = ?, verdict = ? WHERE id = ?");
    query_int(&q, id);
    query_text(&q, v->verdict);
    query_int(&q, version);
    int rc = changed(r, &q);
    rc = rc ? rc : search_update_version(r, version);
    return rc ? rc : id;
}

#define VERIFICATION_ROW                                                                           \
    "SELECT id, document_version AS version_id, reason, at, verdict, policy, report, evidence,"    \
    " changed, milliseconds FROM verification"

int verification_get(struct records *r, int64_t verification, json_t **out)
{
    struct query q = query_begin(r->db, VERIFICATION_ROW " WHERE id = ?");
    query_int(&q, verification);
    return records_one(r, &q, out);
}

int verification_list(struct records *r, int64_t version, json_t **out)
{
    struct query q =
        query_begin(r->db, VERIFICATION_ROW " WHERE document_version = ? ORDER BY id DESC");
    query_int(&q, version);
    return records_all(r, &q, out);
}

int file_disputed(struct records *r, int64_t version, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT f.id, f.path, f.verdict, d.id AS decision_id, d.decision, d.verdict AS"
               " verdict_then FROM file f JOIN decision d ON d.file = f.id AND d.state = 'final'"
               " AND d.rule = 'R-SIG-1' WHERE f.document_version = ? AND d.verdict IS NOT f.verdict"
               " ORDER BY f.id");
    query_int(&q, version);
    return records_all(r, &q, out);
}

int version_open(struct records *r, int64_t before, int64_t after, int limit, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT v.id, d.application, v.received_at, n.at, n.verdict, n.crls"
               " FROM document_version v"
               " JOIN verification n ON n.id = v.verification JOIN document d ON d.id = v.document"
               " JOIN application a ON a.id = d.application"
               " WHERE v.id > ? AND n.at < ? AND v.state = 'verified' AND a.state NOT IN"
               " ('certified', 'not-recommended', 'not-considered', 'withdrawn')"
               " AND v.version = (SELECT max(version) FROM document_version WHERE document = d.id)"
               " ORDER BY v.id LIMIT ?");
    query_int(&q, after);
    query_int(&q, before);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int version_abandoned(struct records *r, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT v.id, d.application, j.error FROM document_version v"
               " JOIN document d ON d.id = v.document"
               " JOIN job j ON j.kind = 'verify' AND j.key = 'version:' || v.id AND j.id ="
               " (SELECT max(id) FROM job WHERE kind = 'verify' AND key = 'version:' || v.id)"
               " WHERE v.verification IS NULL AND v.state <> 'failed' AND j.state = 'needs-human'");
    return records_all(r, &q, out);
}

static int read_again(struct records *r, int64_t application, int64_t version, int64_t now)
{
    char key[40];
    json_t *payload = json_pack("{s:I}", "version", (json_int_t)version);
    (void)snprintf(key, sizeof key, "version:%lld", (long long)version);
    int64_t id = payload ? job_add(r, "text", key, application, payload, now, now) : RECORDS_FAILED;
    json_decref(payload);
    return id < 0 ? RECORDS_FAILED : 0;
}

int version_read_again(struct records *r, int64_t application, int64_t now)
{
    json_t *rows = NULL;
    struct query q = query_begin(
        r->db, "SELECT v.id FROM document_version v JOIN document d ON d.id = v.document"
               " WHERE d.application = ? AND v.verification IS NOT NULL AND v.version ="
               " (SELECT max(version) FROM document_version WHERE document = d.id)");
    query_int(&q, application);
    int rc = records_all(r, &q, &rows);
    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        const json_t *id = json_object_get(json_array_get(rows, i), "id");
        rc = read_again(r, application, json_integer_value(id), now);
    }
    json_decref(rows);
    return rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

#define FILE_ROW                                                                                   \
    "SELECT f.id, f.document_version AS version_id, v.document, d.application, f.path, v.name,"    \
    " coalesce(f.kind, d.kind) AS kind, coalesce(f.author, d.author) AS author, f.sha256, f.size," \
    " f.format, f.state, f.covered_by, f.verdict, f.indication, f.sub_indication, f.reasons,"      \
    " f.signer, f.organisation, f.india, f.signed_at, f.applicant_matches, f.number_found,"        \
    " f.language, f.language_sure, f.pages, f.decision,"                                           \
    " (SELECT x.verdict IS NOT f.verdict FROM decision x WHERE x.file = f.id AND x.state ="        \
    "  'final' AND x.rule = 'R-SIG-1') AS verdict_changed,"                                        \
    " (SELECT x.decision FROM decision x WHERE x.file = f.id AND x.state = 'proposed'"             \
    "  AND x.rule = 'R-SIG-1') AS proposed"

#define FILE_FILTER                                                                                \
    " AND (?2 IS NULL OR f.verdict = ?2)"                                                          \
    " AND (?3 IS NULL OR instr(lower(f.path), lower(?3)) > 0)"                                     \
    " AND (?4 = 0 OR (" UNDECIDED "))"                                                             \
    " AND f.id > ?5 ORDER BY f.id LIMIT ?6"

/* Two texts, so that each goes by an index and reads nobody else's files. */
static const char files_of_version[] =
    FILE_ROW " FROM file f JOIN document_version v ON v.id = f.document_version"
             " JOIN document d ON d.id = v.document WHERE f.document_version = ?1" FILE_FILTER;
static const char files_of_application[] =
    FILE_ROW " FROM document d JOIN document_version v ON v.document = d.id AND v.version ="
             " (SELECT max(version) FROM document_version WHERE document = d.id)"
             " JOIN file f ON f.document_version = v.id WHERE d.application = ?1" FILE_FILTER;

int file_list(struct records *r, const struct file_filter *filter, int64_t after, int limit,
              json_t **out)
{
    bool version = filter->version != UTC_NONE;
    struct query q = query_begin(r->db, version ? files_of_version : files_of_application);
    query_int(&q, version ? filter->version : filter->application);
    query_text(&q, filter->verdict);
    query_text(&q, filter->text);
    query_int(&q, filter->undecided);
    query_int(&q, after == UTC_NONE ? 0 : after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int file_get(struct records *r, int64_t file, json_t **out)
{
    struct query q = query_begin(r->db, FILE_ROW
                                 ", a.number, a.vendor, v.version, v.received_at, v.verification,"
                                 " v.sha256 AS version_sha256, v.size AS version_size, v.state AS"
                                 " version_state FROM file f"
                                 " JOIN document_version v ON v.id = f.document_version"
                                 " JOIN document d ON d.id = v.document"
                                 " JOIN application a ON a.id = d.application WHERE f.id = ?");
    query_int(&q, file);
    return records_one(r, &q, out);
}

int file_set(struct records *r, int64_t file, const char *kind, const char *author)
{
    struct query q = query_begin(r->db, "UPDATE file SET kind = coalesce(?, kind), author ="
                                        " coalesce(?, author) WHERE id = ?");
    query_text(&q, kind);
    query_text(&q, author);
    query_int(&q, file);
    return changed(r, &q);
}

int file_counts(struct records *r, int64_t version, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT coalesce(sum(verdict = 'ACCEPTED'), 0) AS ACCEPTED,"
               " coalesce(sum(verdict = 'REVIEW'), 0) AS REVIEW,"
               " coalesce(sum(verdict = 'REJECTED'), 0) AS REJECTED,"
               " coalesce(sum(verdict IS NULL), 0) AS none FROM file WHERE document_version = ?");
    query_int(&q, version);
    return records_one(r, &q, out);
}

/* ---- for the intake of documents ------------------------------------------------------------- */

int notice_add(struct records *r, int64_t application, const char *kind, const char *rule,
               const char *on)
{
    struct query q =
        query_begin(r->db, "INSERT OR IGNORE INTO reminder(application, kind, rule, due_on,"
                           " remind_on, state) VALUES (?1, ?2, ?3, ?4, ?4, 'waiting')");
    query_int(&q, application);
    query_text(&q, kind);
    query_text(&q, rule);
    query_text(&q, on);
    int n = records_do(r, &q);
    return n < 0 ? n : 0;
}

int job_about(struct records *r, const char *kind, const char *key, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT id, kind, key, state, done, of_all, tries, error, run_at, created_at,"
               " finished_at FROM job WHERE kind = ? AND key = ? ORDER BY id DESC LIMIT 1");
    query_text(&q, kind);
    query_text(&q, key);
    return records_one(r, &q, out);
}
