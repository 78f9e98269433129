/*
 * scans - see scans.h.
 */
#include "records/scans.h"

#include <stdio.h>

#include "records/inside.h"

static const struct records_table bench_table = {
    "device_bench",
    (const char *const[]){"device", "hardware", "name", "targets", "declared", "declared_by",
                          "declared_at", NULL},
    false, false};

static const struct records_table scan_table = {
    "device_scan",
    (const char *const[]){"device",      "application", "kind",        "source",      "state",
                          "targets",     "name",        "firmware",    "level",       "intrusive",
                          "person",      "note",        "file",        "record",      "report",
                          "maker",       "policy",      "result",      "services",    "spoke",
                          "connections", "starts",      "failure",     "detail",      "created_at",
                          "started_at",  "finished_at", "released_at", "released_by", "finish_at",
                          NULL},
    false, false};

/* ---- a unit on the bench --------------------------------------------------------------------- */

/* Keys that another unit has too, or that have a prime in common with another one. */
#define COUNTS                                                                                     \
    " (SELECT count(DISTINCT spki_sha256) FROM device_seen WHERE device = d.id) AS keys,"          \
    " (SELECT count(DISTINCT s.spki_sha256) FROM device_seen s JOIN device_key k"                  \
    "   USING(spki_sha256) WHERE s.device = d.id AND (k.shares IS NOT NULL OR EXISTS"              \
    "   (SELECT 1 FROM device_seen o WHERE o.spki_sha256 = s.spki_sha256"                          \
    "     AND o.device <> d.id))) AS shared"

int bench_get(struct records *r, int64_t device, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT d.*, coalesce(b.hardware, '') AS hardware, coalesce(b.name, '') AS name,"
               " coalesce(b.targets, '') AS targets, coalesce(b.declared, '') AS declared,"
               " b.declared_at, p.name AS declared_by_name, a.vendor, a.number, a.product,"
               " a.state AS application_state," COUNTS
               " FROM device d LEFT JOIN device_bench b ON b.device = d.id"
               " LEFT JOIN person p ON p.id = b.declared_by"
               " LEFT JOIN application a ON a.id = d.application WHERE d.id = ?");
    query_int(&q, device);
    return records_one(r, &q, out);
}

/* A row by the key "device", which is no "id". */
int bench_set(struct records *r, int64_t device, const json_t *values)
{
    const char *key;
    json_t *value;
    struct query add = query_begin(r->db, "INSERT OR IGNORE INTO device_bench(device) VALUES(?)");
    query_int(&add, device);
    int rc = records_do(r, &add);
    for (void *i = json_object_iter((json_t *)(uintptr_t)values); i && rc >= 0;
         i = json_object_iter_next((json_t *)(uintptr_t)values, i)) {
        char sql[96];
        key = json_object_iter_key(i);
        value = json_object_iter_value(i);
        const char *const *c = bench_table.columns + 1;
        while (*c && strcmp(*c, key) != 0) {
            c++;
        }
        if (!*c) {
            return records_wrong(r, bench_table.name, "not its columns");
        }
        (void)snprintf(sql, sizeof sql, "UPDATE device_bench SET %s = ? WHERE device = ?", *c);
        struct query q = query_begin(r->db, sql);
        query_value(&q, value);
        query_int(&q, device);
        rc = records_do(r, &q);
    }
    return rc < 0 ? rc : 0;
}

/* The latest run; of those a vendor may see where ?5 is set. */
#define LATEST                                                                                     \
    "(SELECT max(id) FROM device_scan WHERE device = d.id AND (NOT ?5 OR released_at IS NOT "      \
    "NULL))"

int bench_list(struct records *r, const struct bench_filter *f, int limit, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT d.id, d.firm, d.model, d.serial, d.firmware, d.application, a.number,"
               " a.product, s.id AS scan, s.state AS scan_state, s.result,"
               " coalesce(s.finished_at, s.created_at) AS scanned_at," COUNTS
               " FROM device d LEFT JOIN application a ON a.id = d.application"
               " LEFT JOIN device_scan s ON s.id = " LATEST
               " WHERE (?1 IS NULL OR instr(lower(d.firm || ' ' || d.model || ' ' || d.serial),"
               "  lower(?1)) > 0)"
               " AND (?2 IS NULL OR d.application = ?2) AND (?3 IS NULL OR a.vendor = ?3)"
               " AND (?4 IS NULL OR d.id < ?4) ORDER BY d.id DESC LIMIT ?6");
    query_text(&q, f->text);
    query_int(&q, f->application);
    query_int(&q, f->firm_id);
    query_int(&q, f->after);
    query_int(&q, f->released);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int bench_shared(struct records *r, int64_t device, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT DISTINCT iif(o.firm = d.firm, 'tls.key-shared-between-units',"
               "  'tls.key-shared-between-firms') AS code, s.spki_sha256, o.id AS device, o.firm,"
               "  o.model, o.serial, o.firm = d.firm AS same_firm"
               " FROM device d JOIN device_seen s ON s.device = d.id"
               " JOIN device_seen x ON x.spki_sha256 = s.spki_sha256 AND x.device <> d.id"
               " JOIN device o ON o.id = x.device WHERE d.id = ?1"
               " UNION SELECT 'tls.shared-prime', s.spki_sha256, o.id, o.firm, o.model, o.serial,"
               "  o.firm = d.firm"
               " FROM device d JOIN device_seen s ON s.device = d.id"
               " JOIN device_key k ON k.spki_sha256 = s.spki_sha256 AND k.shares IS NOT NULL"
               " JOIN device_seen x ON x.spki_sha256 = k.shares"
               " JOIN device o ON o.id = x.device WHERE d.id = ?1"
               " ORDER BY 1, 2, 3 LIMIT 100");
    query_int(&q, device);
    return records_all(r, &q, out);
}

/* ---- runs ------------------------------------------------------------------------------------ */

int64_t scan_add(struct records *r, const json_t *values)
{
    return records_insert(r, &scan_table, values);
}

int scan_update(struct records *r, int64_t scan, const json_t *values)
{
    return records_update(r, &scan_table, scan, UTC_NONE, values, UTC_NONE);
}

#define SCAN_ROW                                                                                   \
    "SELECT s.*, d.firm, d.model, d.serial, a.vendor, a.number, p.name AS person_name,"            \
    " q.name AS released_by_name FROM device_scan s JOIN device d ON d.id = s.device"              \
    " LEFT JOIN application a ON a.id = s.application"                                             \
    " LEFT JOIN person p ON p.id = s.person LEFT JOIN person q ON q.id = s.released_by"

int scan_get(struct records *r, int64_t scan, json_t **out)
{
    struct query q = query_begin(r->db, SCAN_ROW " WHERE s.id = ?");
    query_int(&q, scan);
    return records_one(r, &q, out);
}

int scan_list(struct records *r, const struct scan_filter *f, int limit, json_t **out)
{
    struct query q = query_begin(
        r->db, SCAN_ROW " WHERE (?1 IS NULL OR s.device = ?1)"
                        " AND (?2 IS NULL OR s.application = ?2)"
                        " AND (NOT ?3 OR s.released_at IS NOT NULL) AND (?4 IS NULL OR s.id < ?4)"
                        " ORDER BY s.id DESC LIMIT ?5");
    query_int(&q, f->device);
    query_int(&q, f->application);
    query_int(&q, f->released);
    query_int(&q, f->after);
    query_int(&q, limit);
    return records_all(r, &q, out);
}

int scan_open(struct records *r, int64_t device, int64_t *out)
{
    struct query q =
        query_begin(r->db, "SELECT count(*) FROM device_scan WHERE state IN ('waiting','running')"
                           " AND (?1 IS NULL OR device = ?1)");
    query_int(&q, device);
    return records_number(r, &q, out);
}

int scan_listening(struct records *r, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT targets FROM device_scan WHERE kind = 'listen'"
                                        " AND state IN ('waiting','running')");
    return records_all(r, &q, out);
}

int scan_before(struct records *r, int64_t scan, int64_t *out)
{
    struct query q = query_begin(
        r->db, "SELECT max(b.id) FROM device_scan s JOIN device_scan b ON b.device = s.device"
               " AND b.id < s.id AND b.state = 'done' WHERE s.id = ?");
    query_int(&q, scan);
    int rc = records_number(r, &q, out);
    return rc == 0 && *out == UTC_NONE ? RECORDS_NONE : rc;
}

int scan_attach(struct records *r, int64_t device, int64_t application)
{
    struct query q = query_begin(
        r->db, "UPDATE device_scan SET application = ? WHERE device = ? AND application IS NULL");
    query_int(&q, application);
    query_int(&q, device);
    return records_do(r, &q);
}

int scan_file_add(struct records *r, int64_t scan, const char *format, const char *lang,
                  const char *sha256)
{
    struct query q = query_begin(
        r->db, "INSERT INTO device_scan_file(scan, format, lang, sha256) VALUES(?, ?, ?, ?)");
    query_int(&q, scan);
    query_text(&q, format);
    query_text(&q, lang);
    query_text(&q, sha256);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : 0;
}

int scan_file(struct records *r, int64_t scan, const char *format, const char *lang,
              char sha256[SHA256_HEX])
{
    struct query q = query_begin(
        r->db, "SELECT sha256 FROM device_scan_file WHERE scan = ? AND format = ? AND lang = ?");
    query_int(&q, scan);
    query_text(&q, format);
    query_text(&q, lang);
    int row = query_row(&q);
    if (row == 1) {
        query_copy_text(&q, 0, sha256, SHA256_HEX);
    }
    return query_end(&q) < 0 ? records_failed(r) : row == 1 ? 0 : RECORDS_NONE;
}
