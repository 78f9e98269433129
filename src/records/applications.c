/*
 * applications - the rows of applications, and numbers without gaps. Their list: list.c.
 */
#include "records/applications.h"

#include "records/inside.h"
#include "records/search.h"

static const struct records_table applications = {"application",
                                                  (const char *const[]){"number",
                                                                        "kind",
                                                                        "state",
                                                                        "vendor",
                                                                        "oem",
                                                                        "product",
                                                                        "series",
                                                                        "level",
                                                                        "critical",
                                                                        "scope",
                                                                        "owner",
                                                                        "submitted_on",
                                                                        "complete_on",
                                                                        "registered_on",
                                                                        "lab",
                                                                        "allotted_on",
                                                                        "quotation_on",
                                                                        "work_order_on",
                                                                        "agreement_on",
                                                                        "assessor",
                                                                        "appointed_on",
                                                                        "assessor_conflict",
                                                                        "presented_on",
                                                                        "meeting",
                                                                        "meeting_on",
                                                                        "recommendation",
                                                                        "conditions",
                                                                        "conditions_closed_on",
                                                                        "previous_certificate",
                                                                        "previous_valid_to",
                                                                        "change_about",
                                                                        "change_on",
                                                                        "change_reported_on",
                                                                        "change_vendor",
                                                                        "change_body",
                                                                        "certificate",
                                                                        "created_at",
                                                                        "updated_at",
                                                                        "due_on",
                                                                        "due_rule",
                                                                        NULL},
                                                  true, true};

int64_t application_add(struct records *r, const json_t *values, int64_t now)
{
    json_t *all = json_deep_copy(values);
    int64_t id = RECORDS_FAILED;
    if (all && json_object_set_new(all, "created_at", json_integer(now)) == 0 &&
        json_object_set_new(all, "updated_at", json_integer(now)) == 0) {
        id = records_insert(r, &applications, all);
    }
    json_decref(all);
    int rc = id < 0 ? 0 : search_update(r, id);
    return rc < 0 ? rc : id;
}

int application_get(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(
        r->db, "SELECT a.*, v.name AS vendor_name, o.name AS oem_name, w.name AS owner_name,"
               " l.name AS lab_name, s.name AS assessor_name"
               " FROM application a JOIN firm v ON v.id = a.vendor"
               " LEFT JOIN firm o ON o.id = a.oem LEFT JOIN person w ON w.id = a.owner"
               " LEFT JOIN lab l ON l.id = a.lab LEFT JOIN person s ON s.id = a.assessor"
               " WHERE a.id = ?");
    query_int(&q, id);
    int rc = records_one(r, &q, out);
    if (rc == 0) {
        (void)json_object_del(*out, "due_key");
    }
    return rc;
}

int application_by_number(struct records *r, const char *number, int64_t *id)
{
    struct query q = query_begin(r->db, "SELECT id FROM application WHERE number = ?");
    query_text(&q, number);
    return records_number(r, &q, id);
}

int application_any(struct records *r, bool *out)
{
    int64_t some = 0;
    struct query q = query_begin(r->db, "SELECT EXISTS(SELECT 1 FROM application)");
    int rc = records_number(r, &q, &some);
    *out = some != 0;
    return rc;
}

int application_vendor(struct records *r, int64_t id, int64_t *firm)
{
    struct query q = query_begin(r->db, "SELECT vendor FROM application WHERE id = ?");
    query_int(&q, id);
    return records_number(r, &q, firm);
}

int application_update(struct records *r, int64_t id, int64_t version, const json_t *values,
                       int64_t now)
{
    static const char *const searched[] = {"number", "certificate", "vendor", "oem",    "product",
                                           "state",  "kind",        "level",  "series", "owner"};
    int rc = records_update(r, &applications, id, version, values, now);
    for (size_t i = 0; rc == 0 && i < sizeof searched / sizeof *searched; i++) {
        if (json_object_get(values, searched[i])) {
            return search_update(r, id);
        }
    }
    return rc;
}

int64_t number_next(struct records *r, const char *series)
{
    int64_t n = 0;
    struct query q = query_begin(r->db, "INSERT INTO number_series(series, last) VALUES(?, 1)"
                                        " ON CONFLICT DO UPDATE SET last = last + 1"
                                        " RETURNING last");
    query_text(&q, series);
    int rc = records_number(r, &q, &n);
    return rc < 0 ? rc : n;
}
