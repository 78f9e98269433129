/*
 * find - what is held: look-ups, and what is no longer needed. See store.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "revocation/crl.h"
#include "store/current/current.h"
#include "db/files.h"
#include "store/inside.h"
#include "store/read.h"

/* ---- files of lists -------------------------------------------------------------------------- */

struct mapping {
    struct span bytes;
};

static void unmap(void *p)
{
    const struct mapping *m = p;
    files_unmap(m->bytes);
}

/* Maps a file for as long as the arena lives; absent when it is not there. Returns 0 or -1. */
static int map(struct store *s, struct arena *a, const char *sha256, const char *ending,
               struct span *out)
{
    char name[STORE_NAME];
    struct mapping *m = arena_alloc(a, sizeof *m);
    *out = SPAN_NONE;
    store_name(sha256, ending, name);
    if (!m) {
        return -1;
    }
    if (files_map(s->crl_fd, name, SIZE_MAX, &m->bytes) != 0) {
        return 0;
    }
    *out = m->bytes;
    return arena_defer(a, unmap, m);
}

static int held_crl(struct store *s, struct arena *a, struct store_held *out)
{
    if (map(s, a, out->sha256, ".der", &out->der) < 0 ||
        map(s, a, out->sha256, ".idx", &out->index) < 0) {
        return -1;
    }
    return out->der.p != NULL;
}

/* The row: sha256, this_update, next_update, stored_at, der (null: a list). */
static int held_row(struct store *s, struct arena *a, struct query *q, struct store_held *out)
{
    int row = query_row(q);
    if (row == 1) {
        *out = (struct store_held){.this_update = query_get_int(q, 1),
                                   .next_update = query_get_int(q, 2),
                                   .stored_at = query_get_int(q, 3),
                                   .der = query_get_blob(q, a, 4)};
        query_copy_text(q, 0, out->sha256, sizeof out->sha256);
    }
    if (query_end(q) < 0) {
        return -1;
    }
    return row == 1 && !out->der.p ? held_crl(s, a, out) : row;
}

int store_find_url(struct store *s, struct arena *a, const char *url, struct store_held *out)
{
    struct query q = query_begin(
        s->db, "SELECT coalesce(c.sha256, o.sha256, t.sha256),"
               " coalesce(c.this_update, o.this_update, t.not_before),"
               " coalesce(c.next_update, o.next_update, t.not_after),"
               " coalesce(c.stored_at, o.stored_at, t.stored_at), coalesce(o.der, t.der)"
               " FROM source s LEFT JOIN crl given ON given.id = s.crl"
               " LEFT JOIN crl c ON c.line = given.line AND c.current = 1"
               " LEFT JOIN ocsp o ON o.id = s.ocsp LEFT JOIN cert t ON t.sha256 = s.cert"
               " WHERE s.url = ? AND coalesce(c.sha256, o.sha256, t.sha256) IS NOT NULL");
    query_text(&q, url);
    return held_row(s, a, &q, out);
}

int store_find_crl(struct store *s, struct arena *a, struct span issuer, struct store_held *out)
{
    uint8_t hash[SHA256_SIZE];
    if (hash_sha256(issuer, hash) < 0) {
        return -1;
    }
    struct query q =
        query_begin(s->db, "SELECT sha256, this_update, next_update, stored_at, NULL FROM crl"
                           " WHERE issuer_hash = ? AND current = 1 AND delta = 0"
                           " ORDER BY this_update DESC LIMIT 1");
    query_blob(&q, span_make(hash, sizeof hash));
    return held_row(s, a, &q, out);
}

int store_find_ocsp(struct store *s, struct arena *a, struct span issuer_key_hash,
                    struct span serial, struct store_held *out)
{
    char key[READ_KEY];
    read_key(issuer_key_hash, serial, key);
    struct query q =
        query_begin(s->db, "SELECT o.sha256, o.this_update, o.next_update, o.stored_at, o.der"
                           " FROM ocsp_about b JOIN ocsp o ON o.id = b.ocsp WHERE b.key = ?"
                           " ORDER BY o.this_update DESC, o.id DESC LIMIT 1");
    query_text(&q, key);
    return held_row(s, a, &q, out);
}

static void free_current(void *p)
{
    current_free(p);
}

int store_add_to(struct store *s, struct arena *a, struct sp_evidence *evidence)
{
    char error[STORE_ERROR];
    struct current *c;
    if (store_publish(s) < 0 || current_load(s->data, &c, error) < 0) {
        return -1;
    }
    return arena_defer(a, free_current, c) < 0 || current_add_to(c, evidence) < 0 ? -1 : 0;
}

/* ---- retention ------------------------------------------------------------------------------- */

/* The rows to go: ended before the limit, and neither current nor one of the two newest. */
#define OLD_ROWS                                                                                   \
    " FROM crl WHERE current = 0 AND coalesce(next_update, this_update) < ?1 AND stored_at < ?1"   \
    " AND (SELECT count(*) FROM crl n WHERE n.line = crl.line AND (n.this_update, n.id) >"         \
    " (crl.this_update, crl.id)) >= 2"

static int old_names(struct store *s, struct arena *a, int64_t limit, const char ***names,
                     size_t *count)
{
    size_t capacity = 0;
    struct query q = query_begin(s->db, "SELECT sha256" OLD_ROWS);
    query_int(&q, limit);
    int row;
    while ((row = query_row(&q)) == 1) {
        if (arena_grow(a, (void **)names, &capacity, *count + 1, sizeof **names) < 0) {
            q.failed = true;
            break;
        }
        (*names)[(*count)++] = query_get_text(&q, a, 0);
    }
    return query_end(&q);
}

static int delete_rows(struct store *s, int64_t limit)
{
    struct query q = query_begin(s->db, "DELETE" OLD_ROWS);
    query_int(&q, limit);
    int rc = query_do(&q);
    struct query o = query_begin(
        s->db, "DELETE FROM ocsp WHERE coalesce(next_update, this_update) < ?1 AND stored_at < ?1");
    query_int(&o, limit);
    return query_do(&o) < 0 ? -1 : rc;
}

/* The rows go first: a crash in between leaves a file that nobody names. */
int store_retire(struct store *s, unsigned months)
{
    const char **names = NULL;
    size_t count = 0;
    int64_t limit = s->now - (int64_t)months * 30 * 86400;
    struct arena *a = months ? arena_new((size_t)1 << 26) : NULL;
    if (!a) {
        return months ? -1 : 0;
    }
    int rc = store_begin(s);
    if (rc == 0) {
        int before = sqlite3_total_changes(s->db);
        rc = old_names(s, a, limit, &names, &count) < 0 || delete_rows(s, limit) < 0 ? -1 : 0;
        bool changed = sqlite3_total_changes(s->db) != before; /* else it is no new generation */
        rc = store_commit(s, rc == 0 && changed) < 0 ? -1 : rc;
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char name[STORE_NAME];
        store_name(names[i], ".idx", name);
        (void)unlinkat(s->crl_fd, name, 0);
        store_name(names[i], ".der", name);
        (void)unlinkat(s->crl_fd, name, 0);
    }
    arena_free(a);
    return rc < 0 ? -1 : (int)count;
}
