/*
 * parts - models, locations, payments and notes of an application. See applications.h.
 */
#include <stdio.h>

#include "records/applications.h"
#include "records/inside.h"

struct kind {
    struct records_table table;
    const char *get, *list;
    bool removable;
};

#define PERSON_OF_NOTE                                                                             \
    "SELECT n.*, p.name AS person_name FROM note n JOIN person p ON p.id = n.person"

static const struct kind kinds[] = {
    [PART_MODEL] = {{"model",
                     (const char *const[]){"application", "name", "brand", "hardware", "firmware",
                                           "firmware_sha256", "soc", "removed_at", NULL},
                     false, false},
                    "SELECT * FROM model WHERE application = ? AND id = ? AND removed_at IS NULL",
                    "SELECT * FROM model WHERE application = ? AND removed_at IS NULL ORDER BY id",
                    true},
    [PART_LOCATION] = {{"location",
                        (const char *const[]){"application", "name", "address", "country",
                                              "previous", "removed_at", NULL},
                        false, false},
                       "SELECT * FROM location WHERE application = ? AND id = ?"
                       " AND removed_at IS NULL",
                       "SELECT * FROM location WHERE application = ? AND removed_at IS NULL"
                       " ORDER BY id",
                       true},
    [PART_PAYMENT] = {{"payment",
                       (const char *const[]){"application", "kind", "proposal_on", "invoice",
                                             "invoice_on", "amount_paise", "gst_paise", "receipt",
                                             "paid_paise", "paid_on", "created_at", NULL},
                       true, false},
                      "SELECT * FROM payment WHERE application = ? AND id = ?",
                      "SELECT * FROM payment WHERE application = ? ORDER BY id",
                      false},
    [PART_NOTE] = {{"note",
                    (const char *const[]){"application", "person", "for_vendor", "text",
                                          "created_at", NULL},
                    false, false},
                   PERSON_OF_NOTE " WHERE n.application = ? AND n.id = ?",
                   PERSON_OF_NOTE " WHERE n.application = ?1 AND n.for_vendor >= ?2 ORDER BY n.id",
                   false},
};

int64_t part_add(struct records *r, enum part p, const json_t *values)
{
    int64_t id = records_insert(r, &kinds[p].table, values);
    if (id > 0 && p == PART_MODEL) {
        int rc = search_update(r, json_integer_value(json_object_get(values, "application")));
        return rc < 0 ? rc : id;
    }
    return id;
}

int part_get(struct records *r, enum part p, int64_t application, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, kinds[p].get);
    query_int(&q, application);
    query_int(&q, id);
    return records_one(r, &q, out);
}

/* The words of a model that was changed or removed. */
static int search_again(struct records *r, enum part p, int64_t id)
{
    int64_t application;
    if (p != PART_MODEL) {
        return 0;
    }
    struct query q = query_begin(r->db, "SELECT application FROM model WHERE id = ?");
    query_int(&q, id);
    int rc = records_number(r, &q, &application);
    return rc < 0 ? rc : search_update(r, application);
}

int part_update(struct records *r, enum part p, int64_t id, int64_t version, const json_t *values)
{
    int rc = records_update(r, &kinds[p].table, id, version, values, UTC_NONE);
    return rc < 0 ? rc : search_again(r, p, id);
}

int part_remove(struct records *r, enum part p, int64_t id, int64_t now)
{
    char sql[96];
    if (!kinds[p].removable) {
        return records_wrong(r, kinds[p].table.name, "its rows are never removed");
    }
    (void)snprintf(sql, sizeof sql, "UPDATE %s SET removed_at = ? WHERE id = ?",
                   kinds[p].table.name);
    struct query q = query_begin(r->db, sql);
    query_int(&q, now);
    query_int(&q, id);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : rc ? search_again(r, p, id) : RECORDS_NONE;
}

int part_list(struct records *r, enum part p, int64_t application, bool for_vendor, json_t **out)
{
    struct query q = query_begin(r->db, kinds[p].list);
    query_int(&q, application);
    if (p == PART_NOTE) {
        query_int(&q, for_vendor);
    }
    return records_all(r, &q, out);
}
