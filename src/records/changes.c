/*
 * changes - see changes.h.
 */
#include "records/changes.h"

#include "base/mem.h"
#include "db/rows.h"
#include "records/inside.h"

static const char *const columns[] = {"certificate", "event", "effective_on", "reason",
                                      "successor",   "data",  "person",       "actor",
                                      "at",          NULL};
static const struct records_table change_table = {"certificate_change", columns, false, false};

static int waits(struct records *r, const struct change *c)
{
    struct query q = query_begin(r->db, "SELECT id FROM certificate_change WHERE certificate = ?"
                                        " AND event = ? AND state = 'waiting'");
    int64_t id;
    query_text(&q, c->certificate);
    query_text(&q, c->event);
    return records_number(r, &q, &id);
}

static void maybe_person(struct query *q, int64_t person)
{
    if (person == UTC_NONE) {
        query_text(q, NULL);
    } else {
        query_int(q, person);
    }
}

int64_t change_add(struct records *r, const struct change *c, int64_t now)
{
    int rc = waits(r, c);
    if (rc != RECORDS_NONE) {
        return rc == 0 ? RECORDS_CONFLICT : rc;
    }
    char *data = c->data ? rows_canonical(c->data) : NULL;
    if (c->data && !data) {
        return RECORDS_FAILED;
    }
    json_t *values = json_pack("{ss ss ss ss? ss? ss? so ss sI}", "certificate", c->certificate,
                               "event", c->event, "effective_on", c->effective_on, "reason",
                               c->reason, "successor", c->successor, "data", data, "person",
                               c->person == UTC_NONE ? json_null() : json_integer(c->person),
                               "actor", c->actor, "at", (json_int_t)now);
    int64_t id = values ? records_insert(r, &change_table, values) : RECORDS_FAILED;
    json_decref(values);
    mem_free(data);
    return id;
}

/* "data" as it was given. */
static int open_data(json_t *row)
{
    const char *text = json_string_value(json_object_get(row, "data"));
    json_t *data = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : json_null();
    return data && json_object_set_new(row, "data", data) == 0 ? 0 : RECORDS_FAILED;
}

int change_find(struct records *r, int64_t id, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT * FROM certificate_change WHERE id = ?");
    query_int(&q, id);
    int found = query_one(&q, out);
    int rc = found < 0 ? RECORDS_FAILED : found ? open_data(*out) : RECORDS_NONE;
    if (rc != 0) {
        json_decref(*out);
        *out = NULL;
    }
    return rc;
}

int change_list(struct records *r, const char *certificate, json_t **out)
{
    size_t i;
    json_t *row;
    struct query q =
        query_begin(r->db, certificate ? "SELECT * FROM certificate_change WHERE state = 'waiting'"
                                         " AND certificate = ? ORDER BY id"
                                       : "SELECT * FROM certificate_change WHERE state = 'waiting'"
                                         " ORDER BY id");
    if (certificate) {
        query_text(&q, certificate);
    }
    int rc = query_all(&q, out) == 0 ? 0 : RECORDS_FAILED;
    json_array_foreach(rc == 0 ? *out : NULL, i, row)
    {
        rc = rc == 0 ? open_data(row) : rc;
    }
    return rc;
}

/* 1: intake, 8: signer (enum role of office/op.h). */
int change_pair(struct records *r)
{
    int64_t n = 0;
    struct query q =
        query_begin(r->db, "SELECT count(*) >= 2 AND coalesce(sum(roles & 8), 0) > 0 FROM person"
                           " WHERE firm IS NULL AND disabled_at IS NULL AND roles & 9");
    int rc = records_number(r, &q, &n);
    return rc == 0 ? n != 0 : RECORDS_FAILED;
}

int change_moved(struct records *r, int64_t id)
{
    int64_t moved = 0;
    struct query q = query_begin(
        r->db,
        "SELECT coalesce(json_extract(h.data, '$.seen') <> c.entry, 0) FROM"
        " certificate_change h JOIN certificate c ON c.number = h.certificate WHERE h.id = ?");
    query_int(&q, id);
    int rc = records_number(r, &q, &moved);
    return rc == 0 ? moved != 0 : RECORDS_FAILED;
}

/* Who it is, whichever way he came. */
static const char *hand_of(const char *actor)
{
    static const char operator[] = "operator:";
    return strncmp(actor, operator, sizeof operator- 1) == 0 ? actor + sizeof operator- 1 : actor;
}

bool change_same_hand(const json_t *row, int64_t person, const char *actor)
{
    const json_t *asked = json_object_get(row, "person");
    const char *name = json_string_value(json_object_get(row, "actor"));
    return (json_is_integer(asked) && json_integer_value(asked) == person) ||
           (name && strcmp(hand_of(name), hand_of(actor)) == 0);
}

int change_end(struct records *r, int64_t id, int64_t person, const char *actor, int64_t entry,
               int64_t now)
{
    json_t *row = NULL;
    int rc = change_find(r, id, &row);
    if (rc == 0 && entry >= 0 && change_same_hand(row, person, actor)) {
        rc = RECORDS_CONFLICT;
    }
    json_decref(row);
    if (rc != 0) {
        return rc;
    }
    struct query q =
        query_begin(r->db, "UPDATE certificate_change SET state = ?, second = ?, second_actor = ?,"
                           " second_at = ?, entry = ? WHERE id = ? AND state = 'waiting'");
    query_text(&q, entry >= 0 ? "done" : "dropped");
    maybe_person(&q, person);
    query_text(&q, actor);
    query_int(&q, now);
    maybe_person(&q, entry >= 0 ? entry : UTC_NONE);
    query_int(&q, id);
    rc = records_do(r, &q);
    return rc < 0 ? rc : rc == 0 ? RECORDS_NONE : 0;
}
