/*
 * settings - see settings.h.
 */
#include "records/settings.h"

#include "base/mem.h"
#include "records/inside.h"

int setting_get(struct records *r, const char *name, json_t **out)
{
    struct query q = query_begin(r->db, "SELECT value FROM setting WHERE name = ?");
    query_text(&q, name);
    int rc = records_one_json(r, &q, "value", out);
    return rc == 0 && !*out ? records_wrong(r, name, "is no JSON") : rc;
}

int setting_put(struct records *r, const char *name, const json_t *value)
{
    char *text = rows_canonical(value);
    struct query q = query_begin(r->db, "INSERT INTO setting(name, value) VALUES(?, ?)"
                                        " ON CONFLICT(name) DO UPDATE SET value = excluded.value");
    query_text(&q, name);
    query_text(&q, text);
    int rc = records_do(r, &q);
    mem_free(text);
    return rc < 0 || !text ? RECORDS_FAILED : 0;
}
