/*
 * devices - see devices.h.
 */
#include "records/devices.h"

#include <stdlib.h>

#include "records/inside.h"
#include "records/search.h"

enum { MODULUS_MEMORY = 64 * 1024 };

static const struct records_table table = {"device",
                                           (const char *const[]){"firm", "model", "serial",
                                                                 "firmware", "application", "note",
                                                                 "created_at", "updated_at", NULL},
                                           true, true};

int device_get(struct records *r, int64_t id, json_t **out)
{
    return records_get(r, &table, id, out);
}

int device_find(struct records *r, const struct device_name *name, int64_t *id)
{
    struct query q =
        query_begin(r->db, "SELECT id FROM device WHERE firm = ? AND model = ? AND serial = ?");
    query_text(&q, name->firm);
    query_text(&q, name->model);
    query_text(&q, name->serial);
    return records_number(r, &q, id);
}

int device_update(struct records *r, int64_t id, int64_t version, const json_t *values, int64_t now)
{
    return records_update(r, &table, id, version, values, now);
}

int64_t device_save(struct records *r, const struct device_name *name, const char *firmware,
                    int64_t application, int64_t now)
{
    int64_t id;
    struct query q = query_begin(
        r->db, "INSERT INTO device(firm, model, serial, firmware, application, created_at,"
               " updated_at) VALUES(?1, ?2, ?3, coalesce(?4, ''), ?5, ?6, ?6)"
               " ON CONFLICT(firm, model, serial) DO UPDATE SET firmware = coalesce(?4, firmware),"
               " application = coalesce(?5, application), updated_at = ?6, version = version + 1"
               " WHERE firmware <> coalesce(?4, firmware)"
               " OR application IS NOT coalesce(?5, application)");
    query_text(&q, name->firm);
    query_text(&q, name->model);
    query_text(&q, name->serial);
    query_text(&q, firmware);
    query_int(&q, application);
    query_int(&q, now);
    int rc = records_do(r, &q);
    rc = rc < 0 ? rc : device_find(r, name, &id);
    return rc < 0 ? rc : id;
}

#define BEGINS(column, n)                                                                          \
    " (" n " IS NULL OR (" column " >= " n " AND " column " < " n " || char(1114111)))"

/* The mark is the id of the last row. */
int device_list(struct records *r, const struct device_filter *f, const char *after, int64_t limit,
                json_t **out, char next[RECORDS_MARK])
{
    struct query q = query_begin(
        r->db,
        "SELECT d.*,"
        " (SELECT count(DISTINCT spki_sha256) FROM device_seen WHERE device = d.id) AS keys,"
        " (SELECT count(DISTINCT s.spki_sha256) FROM device_seen s JOIN device_key k"
        "   USING(spki_sha256) WHERE s.device = d.id AND (k.shares IS NOT NULL OR EXISTS"
        "   (SELECT 1 FROM device_seen o WHERE o.spki_sha256 = s.spki_sha256"
        "     AND o.device <> d.id))) AS shared"
        " FROM device d WHERE" BEGINS("firm", "?1") " AND" BEGINS("model", "?2") " AND" BEGINS(
            "serial", "?3") " AND (?4 IS NULL OR application = ?4) AND (?5 IS NULL OR"
                            " (firm, model, serial) > (SELECT firm, model, serial FROM device"
                            "  WHERE id = ?5))"
                            " ORDER BY firm, model, serial LIMIT ?6");
    query_text(&q, f->firm);
    query_text(&q, f->model);
    query_text(&q, f->serial);
    query_int(&q, f->application);
    query_int(&q, after ? strtoll(after, NULL, 10) : UTC_NONE);
    query_int(&q, limit + 1);
    int rc = records_all(r, &q, out);
    return rc < 0 ? rc : records_page(*out, limit, "id", NULL, next);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int add_key(struct records *r, const struct device_key *key, int64_t now)
{
    struct query q = query_begin(
        r->db, "INSERT INTO device_key(spki_sha256, kind, bits, spki, modulus, created_at)"
               " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    query_text(&q, key->spki_sha256);
    query_text(&q, key->kind);
    query_int(&q, key->bits);
    query_blob(&q, key->spki);
    query_blob(&q, key->modulus);
    query_int(&q, now);
    return records_do(r, &q);
}

int device_key_save(struct records *r, int64_t device, const struct device_key *key, int64_t now)
{
    int added = add_key(r, key, now);
    if (added < 0) {
        return added;
    }
    struct query q = query_begin(r->db, "INSERT INTO device_seen VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6)"
                                        " ON CONFLICT DO UPDATE SET last_at = max(last_at, ?6)");
    query_int(&q, device);
    query_text(&q, key->spki_sha256);
    query_text(&q, key->service);
    query_text(&q, key->certificate);
    query_text(&q, key->firmware);
    query_int(&q, now);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : added;
}

int device_key_shares(struct records *r, const char *spki_sha256, const char *other)
{
    struct query q =
        query_begin(r->db, "UPDATE device_key SET shares = iif(spki_sha256 = ?1, ?2, ?1)"
                           " WHERE spki_sha256 IN (?1, ?2) AND shares IS NULL");
    query_text(&q, spki_sha256);
    query_text(&q, other);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : 0;
}

int device_key_get(struct records *r, const char *spki_sha256, json_t **out)
{
    struct query q =
        query_begin(r->db, "SELECT spki_sha256, kind, bits, shares, created_at FROM device_key"
                           " WHERE spki_sha256 = ?");
    query_text(&q, spki_sha256);
    return records_one(r, &q, out);
}

int device_keys(struct records *r, int64_t device, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT s.spki_sha256, k.kind, k.bits, k.shares, s.service, s.certificate,"
               " s.firmware, s.first_at, s.last_at, (SELECT count(DISTINCT device)"
               "  FROM device_seen WHERE spki_sha256 = s.spki_sha256) AS units"
               " FROM device_seen s JOIN device_key k USING(spki_sha256) WHERE s.device = ?"
               " ORDER BY s.last_at DESC, s.service, s.spki_sha256");
    query_int(&q, device);
    return records_all(r, &q, out);
}

int device_key_units(struct records *r, const char *spki_sha256, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT d.id, d.firm, d.model, d.serial FROM device_seen s"
                                        " JOIN device d ON d.id = s.device WHERE s.spki_sha256 = ?"
                                        " GROUP BY d.id ORDER BY min(s.first_at), d.id");
    query_text(&q, spki_sha256);
    return records_all(r, &q, out);
}

int device_units(struct records *r, const char *firm, const char *model, int64_t *out)
{
    struct query q =
        query_begin(r->db, "SELECT count(*) FROM device d WHERE firm = ? AND model = ?"
                           " AND EXISTS (SELECT 1 FROM device_seen WHERE device = d.id)");
    query_text(&q, firm);
    query_text(&q, model);
    return records_number(r, &q, out);
}

int device_moduli(struct records *r,
                  int (*take)(void *context, const char *spki_sha256, struct span modulus),
                  void *context)
{
    int rc = 0;
    struct query q =
        query_begin(r->db, "SELECT spki_sha256, modulus FROM device_key WHERE modulus IS NOT NULL");
    while (rc == 0 && query_row(&q) == 1) {
        struct arena *a = arena_new(MODULUS_MEMORY);
        const char *name = a ? query_get_text(&q, a, 0) : NULL;
        struct span modulus = name ? query_get_blob(&q, a, 1) : SPAN_NONE;
        rc = modulus.n ? take(context, name, modulus) : RECORDS_FAILED;
        arena_free(a);
    }
    return query_end(&q) < 0 ? records_failed(r) : rc;
}

int device_faults(struct records *r, json_t **out)
{
    struct query q = query_begin(
        r->db, "WITH have AS (SELECT spki_sha256 AS k, device, min(first_at) AS at FROM device_seen"
               "  GROUP BY spki_sha256, device),"
               " ranked AS (SELECT k, device, first_value(device) OVER (PARTITION BY k"
               "  ORDER BY at, device) AS first FROM have)"
               " SELECT iif(d.firm = o.firm, 'tls.key-shared-between-units',"
               "  'tls.key-shared-between-firms') AS code, h.k AS spki_sha256,"
               "  NULL AS other_spki_sha256, d.firm, d.model, d.serial,"
               "  o.firm AS other_firm, o.model AS other_model, o.serial AS other_serial"
               " FROM ranked h JOIN device d ON d.id = h.device JOIN device o ON o.id = h.first"
               " WHERE h.device <> h.first"
               " UNION ALL SELECT 'tls.shared-prime', h.k, key.shares, d.firm, d.model, d.serial,"
               "  o.firm, o.model, o.serial"
               " FROM device_key key JOIN ranked h ON h.k = key.spki_sha256"
               " JOIN device d ON d.id = h.device"
               " JOIN ranked x ON x.k = key.shares AND x.device = x.first"
               " JOIN device o ON o.id = x.device"
               " WHERE key.shares IS NOT NULL"
               " ORDER BY 1, 2, 4, 5, 6");
    return records_all(r, &q, out);
}
