/*
 * idempotency - see idempotency.h.
 */
#include "records/idempotency.h"

#include "records/inside.h"

int idempotency_find(struct records *r, int64_t person, const char *key, int64_t since,
                     struct arena *a, struct idempotency *out)
{
    struct query q = query_begin(r->db, "SELECT operation, request, status, answer FROM idempotency"
                                        " WHERE person = ? AND key = ? AND created_at >= ?");
    query_int(&q, person);
    query_text(&q, key);
    query_int(&q, since);
    int found = query_row(&q);
    if (found == 1) {
        *out = (struct idempotency){.operation = query_get_text(&q, a, 0),
                                    .request = query_get_text(&q, a, 1),
                                    .status = query_get_int(&q, 2),
                                    .answer = query_get_text(&q, a, 3)};
    }
    return query_end(&q) < 0 ? records_failed(r) : found == 1 ? 0 : RECORDS_NONE;
}

int idempotency_keep(struct records *r, int64_t person, const char *key,
                     const struct idempotency *row, int64_t since, int64_t now)
{
    struct query old = query_begin(r->db, "DELETE FROM idempotency WHERE created_at < ?");
    query_int(&old, since);
    if (records_do(r, &old) < 0) {
        return RECORDS_FAILED;
    }
    struct query q = query_begin(r->db, "INSERT INTO idempotency(person, key, operation, request,"
                                        " status, answer, created_at) VALUES(?, ?, ?, ?, ?, ?, ?)");
    query_int(&q, person);
    query_text(&q, key);
    query_text(&q, row->operation);
    query_text(&q, row->request);
    query_int(&q, row->status);
    query_text(&q, row->answer);
    query_int(&q, now);
    return records_do(r, &q) < 0 ? RECORDS_FAILED : 0;
}

int records_mark(struct records *r)
{
    return db_run(r->db, "SAVEPOINT mark") == 0 ? 0 : records_failed(r);
}

int records_undo(struct records *r)
{
    return db_run(r->db, "ROLLBACK TO mark") == 0 ? 0 : records_failed(r);
}
