/*
 * public_api - the register for programs: certificates as JSON, the log's heads and tiles (C2SP
 * tlog-tiles), the register's key.
 */
#include "http/public/public.h"

#include "base/utc.h"

static json_t *time_text(int64_t t)
{
    char text[UTC_TEXT];
    return json_string(utc_rfc3339(t, text));
}

int public_api_list(struct office_request *r)
{
    struct public_ask a;
    const char *wrong;
    json_t *items = NULL;
    char next[PUBLIC_NUMBER];
    if (!public_ask_read(r, &a, &wrong)) {
        return public_bad(r, wrong);
    }
    if (public_search(r, &a, &items, next) != 0) {
        json_decref(items);
        return -1;
    }
    r->cache = "public, max-age=60";
    return public_json(r,
                       json_pack("{ss so so so}", "on", a.on, "as_of", time_text(r->now), "items",
                                 items, "next", next[0] ? json_string(next) : json_null()));
}

static json_t *files_of(const json_t *row)
{
    return json_pack("{sO? sO?}", "pdf_sha256", json_object_get(row, "pdf"), "xml_sha256",
                     json_object_get(row, "xml"));
}

int public_api_one(struct office_request *r)
{
    struct public_ask a;
    const char *wrong;
    json_t *row = NULL, *history = NULL;
    if (!public_ask_read(r, &a, &wrong)) {
        return public_bad(r, wrong);
    }
    int rc = certificate_find(r->records, r->rest, &row);
    rc = rc == 0 ? register_history(r->records, r->rest, &history) : rc;
    json_t *o = rc == 0 ? public_row(r->records, row, a.on, true) : NULL;
    bool good = o && json_object_set_new(o, "as_of", time_text(r->now)) == 0 &&
                json_object_set(o, "history", history) == 0 &&
                json_object_set_new(o, "files", files_of(row)) == 0;
    json_decref(row);
    json_decref(history);
    if (rc == RECORDS_NONE) {
        return public_none(r);
    }
    if (!good) {
        json_decref(o);
        return -1;
    }
    r->cache = "public, max-age=60";
    return public_json(r, o);
}

/* ---- the log --------------------------------------------------------------------------------- */

/* An answer out of the records: 0, or the code. */
static int give(struct office_request *r, int rc, const char *type, const char *cache)
{
    if (rc == RECORDS_NONE) {
        return public_none(r);
    }
    r->content_type = type;
    r->cache = cache;
    return rc == 0 && buffer_ok(&r->body) ? 0 : -1;
}

int public_checkpoint(struct office_request *r)
{
    /* "?witnessed=1": the latest that a witness signed, for clients that take no other. */
    int rc = office_query(r, "witnessed") ? register_witnessed_head(r->records, &r->body)
                                          : register_head(r->records, &r->body);
    return give(r, rc, "text/plain; charset=utf-8", "public, max-age=5");
}

int public_tile(struct office_request *r)
{
    return give(r, register_tile(r->records, r->rest, &r->body), "application/octet-stream",
                "public, max-age=31536000, immutable");
}

int public_key_file(struct office_request *r)
{
    struct note_key k;
    int rc = public_key(r, &k);
    rc = rc == 0 ? note_key_write(&k, &r->body) : rc;
    buffer_char(&r->body, '\n');
    return give(r, rc, "text/plain; charset=utf-8", "public, max-age=3600");
}
