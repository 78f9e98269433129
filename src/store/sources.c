/*
 * sources - the addresses that are asked again and again, and when. See store.h.
 *
 * A good answer is asked for again when HTTP says it is stale, but not before a quarter of an hour
 * and not later than six hours, and in time before nextUpdate; a failure backs off.
 */
#include <stdio.h>
#include <sys/random.h>

#include "store/inside.h"

enum {
    MINUTE = 60,
    HOUR = 3600,
    SOONEST = 15 * MINUTE, /* after a good answer */
    USUAL = HOUR,          /* when HTTP says nothing */
    LATEST = 6 * HOUR,
    BEFORE_END = 10 * MINUTE, /* before nextUpdate */
    BACKOFF = MINUTE,
    BACKOFF_MAX = 6 * HOUR,
    ISSUER_AGAIN = 30 * 24 * HOUR
};

/* From half of it to all of it, so that many stores do not ask together. */
static int64_t jitter(int64_t seconds)
{
    uint32_t r = 0;
    if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r) {
        r = 0;
    }
    return seconds - (int64_t)((uint64_t)seconds / 2 * r / UINT32_MAX);
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* In seconds from now. */
static int64_t next_after_good(const struct store *s, enum store_kind kind, int64_t expires,
                               int64_t next_update)
{
    if (kind == STORE_CERT) {
        return jitter(ISSUER_AGAIN);
    }
    int64_t wait = clamp(expires > 0 ? expires - s->now : USUAL, SOONEST, LATEST);
    if (next_update != UTC_NONE && next_update - BEFORE_END < s->now + wait) {
        wait = clamp(next_update - BEFORE_END - s->now, SOONEST, LATEST);
    }
    return wait;
}

int source_ensure(struct store *s, enum store_kind kind, const char *url, const char *ca,
                  const char *origin)
{
    struct query q = query_begin(
        s->db, "INSERT INTO source(url, kind, ca, origin) VALUES(?, ?, ?, ?) ON CONFLICT(url)"
               " DO UPDATE SET ca = coalesce(source.ca, excluded.ca)");
    query_text(&q, url);
    query_int(&q, kind);
    query_text(&q, ca);
    query_text(&q, origin);
    return query_do(&q);
}

int source_good(struct store *s, const struct source_good *g)
{
    const struct store_origin *f = g->from;
    if (source_ensure(s, g->kind, f->url, f->ca, "want") < 0) {
        return -1;
    }
    struct query q = query_begin(
        s->db, "UPDATE source SET etag = ?, last_modified = ?, expires = ?, tried_at = ?,"
               " fetched_at = ?, next_try = ?, failures = 0, error = NULL, crl = ?, ocsp = ?,"
               " cert = ? WHERE url = ?");
    query_text(&q, f->etag);
    query_text(&q, f->last_modified);
    query_int(&q, f->expires > 0 ? f->expires : 0);
    query_int(&q, s->now);
    query_int(&q, s->now);
    query_int(&q, s->now + next_after_good(s, g->kind, f->expires, g->next_update));
    query_int(&q, g->crl);
    query_int(&q, g->ocsp);
    query_text(&q, g->cert);
    query_text(&q, f->url);
    return query_do(&q);
}

bool source_known(struct store *s, const char *url)
{
    struct query q = query_begin(s->db, "SELECT 1 FROM source WHERE url = ?");
    query_text(&q, url);
    int row = query_row(&q);
    return query_end(&q) == 0 && row == 1;
}

static int64_t failures_of(struct store *s, const char *url)
{
    struct query q = query_begin(s->db, "SELECT failures FROM source WHERE url = ?");
    query_text(&q, url);
    int64_t n = query_row(&q) == 1 ? query_get_int(&q, 0) : 0;
    return query_end(&q) < 0 ? 0 : n;
}

int source_bad(struct store *s, const char *url, enum store_kind kind, const char *error)
{
    int64_t n = failures_of(s, url);
    int64_t wait = n < 16 ? (int64_t)BACKOFF << n : BACKOFF_MAX;
    if (source_ensure(s, kind, url, NULL, "want") < 0) {
        return -1;
    }
    struct query q = query_begin(s->db, "UPDATE source SET tried_at = ?, next_try = ?,"
                                        " failures = failures + 1, error = ? WHERE url = ?");
    query_int(&q, s->now);
    query_int(&q, s->now + jitter(wait < BACKOFF_MAX ? wait : BACKOFF_MAX));
    query_text(&q, error && *error ? error : "unknown error");
    query_text(&q, url);
    return query_do(&q);
}

/* ---- public ---------------------------------------------------------------------------------- */

static bool known(struct store *s, const char *url, const char *ca)
{
    struct query q =
        query_begin(s->db, "SELECT 1 FROM source WHERE url = ? AND (ca IS NOT NULL OR ? IS NULL)");
    query_text(&q, url);
    query_text(&q, ca);
    int row = query_row(&q);
    return query_end(&q) == 0 && row == 1;
}

int store_source_add(struct store *s, enum store_kind kind, const char *url, const char *ca,
                     const char *origin)
{
    if (known(s, url, ca)) {
        return 0;
    }
    return store_begin(s) < 0 ||
                   store_commit(s, source_ensure(s, kind, url, ca, origin) == 0) < 0 ||
                   !known(s, url, ca)
               ? -1
               : 0;
}

int store_source_failed(struct store *s, const char *url, const char *error)
{
    if (store_begin(s) < 0) {
        return -1;
    }
    int rc = source_bad(s, url, STORE_UNKNOWN, error);
    return store_commit(s, rc == 0) < 0 ? -1 : rc;
}

int store_source_unchanged(struct store *s, const char *url, const struct store_origin *from)
{
    struct arena *a = arena_new(1 << 20);
    struct store_source was;
    int found = a ? store_source_get(s, a, url, &was) : -1;
    int rc = found == 1 && store_begin(s) == 0 ? 0 : -1;
    if (rc == 0) {
        int64_t expires = from && from->expires > 0 ? from->expires : 0;
        struct query q = query_begin(
            s->db, "UPDATE source SET etag = coalesce(?, etag), last_modified = coalesce(?,"
                   " last_modified), expires = ?, tried_at = ?, fetched_at = ?, next_try = ?,"
                   " failures = 0, error = NULL WHERE url = ?");
        query_text(&q, from ? from->etag : NULL);
        query_text(&q, from ? from->last_modified : NULL);
        query_int(&q, expires);
        query_int(&q, s->now);
        query_int(&q, s->now);
        query_int(&q, s->now + next_after_good(s, was.kind, expires,
                                               was.held ? was.next_update : UTC_NONE));
        query_text(&q, url);
        rc = query_do(&q);
        rc = store_commit(s, rc == 0) < 0 ? -1 : rc;
    }
    arena_free(a);
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* A source shows what is current of the list it gave; then the lists that no source gave. */
#define COLUMNS                                                                                    \
    "s.kind, s.url, s.ca, s.origin, s.etag, s.last_modified, s.error, s.expires, s.tried_at,"      \
    " s.fetched_at, s.next_try, s.failures,"                                                       \
    " coalesce(c.sha256, o.sha256, t.sha256), coalesce(c.issuer, o.responder, t.subject),"         \
    " coalesce(c.this_update, o.this_update, t.not_before),"                                       \
    " coalesce(c.next_update, o.next_update, t.not_after), c.entries,"                             \
    " coalesce(c.size, length(o.der), length(t.der))"
#define JOINS                                                                                      \
    " FROM source s LEFT JOIN crl given ON given.id = s.crl"                                       \
    " LEFT JOIN crl c ON c.line = given.line AND c.current = 1"                                    \
    " LEFT JOIN ocsp o ON o.id = s.ocsp LEFT JOIN cert t ON t.sha256 = s.cert"

static const char all_sources[] =
    "SELECT * FROM (SELECT " COLUMNS JOINS
    " UNION ALL SELECT 0, NULL, NULL, 'import', NULL, NULL, NULL, 0,"
    " c.stored_at, c.stored_at, 0, 0, c.sha256, c.issuer, c.this_update, c.next_update, c.entries,"
    " c.size FROM crl c WHERE c.current = 1 AND NOT EXISTS (SELECT 1 FROM source s"
    " JOIN crl given ON given.id = s.crl WHERE given.line = c.line)"
    ") ORDER BY ca IS NULL, ca, kind, url, 14";

static void read_source(struct query *q, struct arena *a, struct store_source *out)
{
    *out = (struct store_source){
        .kind = (enum store_kind)query_get_int(q, 0),
        .url = query_get_text(q, a, 1),
        .ca = query_get_text(q, a, 2),
        .origin = query_get_text(q, a, 3),
        .etag = query_get_text(q, a, 4),
        .last_modified = query_get_text(q, a, 5),
        .error = query_get_text(q, a, 6),
        .expires = query_get_int(q, 7),
        .tried_at = query_get_int(q, 8),
        .fetched_at = query_get_int(q, 9),
        .next_try = query_get_int(q, 10),
        .failures = (unsigned)query_get_int(q, 11),
        .this_update = query_get_int(q, 14),
        .next_update = query_get_int(q, 15),
    };
    query_copy_text(q, 12, out->sha256, sizeof out->sha256);
    query_copy_text(q, 13, out->issuer, sizeof out->issuer);
    int64_t entries = query_get_int(q, 16), size = query_get_int(q, 17);
    out->entries = entries > 0 ? (uint64_t)entries : 0;
    out->size = size > 0 ? (uint64_t)size : 0;
    out->held = out->sha256[0] != 0;
}

int store_sources(struct store *s, struct arena *a,
                  int (*each)(void *context, const struct store_source *source), void *context)
{
    struct query q = query_begin(s->db, all_sources);
    int row, rc = 0;
    while (rc == 0 && (row = query_row(&q)) == 1) {
        struct store_source out;
        read_source(&q, a, &out);
        rc = q.failed ? -1 : each(context, &out);
    }
    return query_end(&q) < 0 ? -1 : rc;
}

int store_source_get(struct store *s, struct arena *a, const char *url, struct store_source *out)
{
    struct query q = query_begin(s->db, "SELECT " COLUMNS JOINS " WHERE s.url = ?");
    query_text(&q, url);
    int row = query_row(&q);
    if (row == 1) {
        read_source(&q, a, out);
    }
    return query_end(&q) < 0 ? -1 : row;
}
