/*
 * firms - vendors and manufacturers; laboratories and their empanelment. See applications.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "records/applications.h"
#include "records/inside.h"
#include "records/search.h"

static const struct records_table firm_table = {"firm",
                                                (const char *const[]){"name", "name_hi", "address",
                                                                      "country", "email", "phone",
                                                                      "created_at", NULL},
                                                true, false};

int64_t firm_add(struct records *r, const json_t *values)
{
    return records_insert(r, &firm_table, values);
}

int firm_get(struct records *r, int64_t id, json_t **out)
{
    return records_get(r, &firm_table, id, out);
}

int firm_find(struct records *r, const char *name, int64_t *id)
{
    struct query q = query_begin(r->db, "SELECT id FROM firm WHERE name = ? ORDER BY id LIMIT 1");
    query_text(&q, name);
    return records_number(r, &q, id);
}

int firm_update(struct records *r, int64_t id, int64_t version, const json_t *values)
{
    int rc = records_update(r, &firm_table, id, version, values, UTC_NONE);
    bool named = json_object_get(values, "name") || json_object_get(values, "name_hi");
    return rc == 0 && named ? search_update_firm(r, id) : rc;
}

/* The mark is "id": its row tells the name to go on after. */
int firm_list(struct records *r, const char *text, const char *after, int64_t limit, json_t **out,
              char next[RECORDS_MARK])
{
    struct query q =
        query_begin(r->db, "SELECT * FROM firm WHERE"
                           " (?1 IS NULL OR (name >= ?1 AND name < ?1 || char(1114111)))"
                           " AND (?2 IS NULL OR (name, id) >"
                           "  (SELECT name, id FROM firm WHERE id = ?2))"
                           " ORDER BY name, id LIMIT ?3");
    query_text(&q, text);
    query_int(&q, after ? strtoll(after, NULL, 10) : UTC_NONE);
    query_int(&q, limit + 1);
    int rc = records_all(r, &q, out);
    return rc < 0 ? rc : records_page(*out, limit, "id", NULL, next);
}

/* ---- laboratories ---------------------------------------------------------------------------- */

static const struct records_table lab_table = {
    "lab", (const char *const[]){"name", "kind", "city", "email", NULL}, true, false};

static int add_empanelments(struct records *r, json_t *lab)
{
    json_t *list;
    struct query q =
        query_begin(r->db, "SELECT from_on, to_on FROM empanelment WHERE lab = ? ORDER BY from_on");
    query_value(&q, json_object_get(lab, "id"));
    int rc = records_all(r, &q, &list);
    return rc == 0 && json_object_set_new(lab, "empanelments", list) != 0 ? RECORDS_FAILED : rc;
}

int64_t lab_add(struct records *r, const json_t *values)
{
    return records_insert(r, &lab_table, values);
}

int lab_get(struct records *r, int64_t id, json_t **out)
{
    int rc = records_get(r, &lab_table, id, out);
    return rc < 0 ? rc : add_empanelments(r, *out);
}

int lab_update(struct records *r, int64_t id, int64_t version, const json_t *values)
{
    return records_update(r, &lab_table, id, version, values, UTC_NONE);
}

int lab_list(struct records *r, json_t **out)
{
    size_t i;
    json_t *lab;
    struct query q = query_begin(r->db, "SELECT * FROM lab ORDER BY name");
    int rc = records_all(r, &q, out);
    if (rc == 0) {
        json_array_foreach(*out, i, lab)
        {
            rc = rc < 0 ? rc : add_empanelments(r, lab);
        }
    }
    return rc;
}

int lab_empanel(struct records *r, int64_t id, const char *from_on, const char *to_on)
{
    struct query q =
        query_begin(r->db, "INSERT INTO empanelment(lab, from_on, to_on) VALUES(?, ?, ?)");
    query_int(&q, id);
    query_text(&q, from_on);
    query_text(&q, to_on);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : 0;
}

int lab_empanel_until(struct records *r, int64_t id, const char *from_on, const char *to_on)
{
    struct query q =
        query_begin(r->db, "UPDATE empanelment SET to_on = ? WHERE lab = ? AND from_on = ?");
    query_text(&q, to_on);
    query_int(&q, id);
    query_text(&q, from_on);
    int rc = records_do(r, &q);
    return rc < 0 ? rc : rc ? 0 : RECORDS_NONE;
}

int lab_empanelled(struct records *r, int64_t id, const char *on)
{
    int64_t yes = 0;
    struct query q = query_begin(
        r->db, "SELECT kind = 'stqc' OR EXISTS (SELECT 1 FROM empanelment WHERE lab = lab.id"
               " AND from_on <= ?2 AND coalesce(to_on, '9999-12-31') >= ?2)"
               " FROM lab WHERE id = ?1");
    query_int(&q, id);
    query_text(&q, on);
    int rc = records_number(r, &q, &yes);
    return rc < 0 ? rc : (int)yes;
}
