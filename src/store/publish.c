/*
 * publish - writes DATA/revocation/current: see current/current.h.
 */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "store/current/current.h"
#include "db/files.h"
#include "store/inside.h"

#define PUBLISH_MAX ((size_t)256 << 20)

enum { OCSP_KEEP_SECONDS = 7 * 86400, OCSP_PUBLISH_MAX = 2000 };

struct publication {
    struct store *s;
    struct buffer text, objects;
    struct json j;
};

static void put_time(struct json *j, const char *key, int64_t t)
{
    if (t != UTC_NONE) {
        json_put_number(j, key, t);
    }
}

static int put_source(void *context, const struct store_source *s)
{
    struct json *j = context;
    json_open(j, '{');
    json_put_number(j, "kind", s->kind);
    json_put_text(j, "url", s->url);
    json_put_text(j, "ca", s->ca);
    json_put_text(j, "origin", s->origin);
    json_put_text(j, "error", s->error);
    json_put_number(j, "tried_at", s->tried_at);
    json_put_number(j, "fetched_at", s->fetched_at);
    json_put_number(j, "next_try", s->next_try);
    json_put_number(j, "failures", s->failures);
    if (s->held) {
        json_put_text(j, "sha256", s->sha256);
        json_put_text(j, "issuer", s->issuer);
        put_time(j, "this_update", s->this_update);
        put_time(j, "next_update", s->next_update);
        json_put_number(j, "entries", (int64_t)s->entries);
        json_put_number(j, "size", (int64_t)s->size);
    }
    json_close(j, '}');
    return 0;
}

static int put_lists(struct publication *p)
{
    struct query q =
        query_begin(p->s->db, "SELECT sha256, issuer, size FROM crl WHERE current = 1 ORDER BY id");
    int row;
    while ((row = query_row(&q)) == 1) {
        char sha256[SHA256_HEX], issuer[STORE_LABEL];
        query_copy_text(&q, 0, sha256, sizeof sha256);
        query_copy_text(&q, 1, issuer, sizeof issuer);
        json_open(&p->j, '{');
        json_put_text(&p->j, "sha256", sha256);
        json_put_text(&p->j, "issuer", issuer);
        json_put_number(&p->j, "size", query_get_int(&q, 2));
        json_close(&p->j, '}');
    }
    return query_end(&q);
}

/* Rows of DER and the issuer's name. */
static int put_objects(struct publication *p, struct query *q, enum store_kind kind)
{
    int row;
    while ((row = query_row(q)) == 1) {
        char issuer[STORE_LABEL];
        struct arena *a = arena_new((size_t)4 << 20);
        struct span der = a ? query_get_blob(q, a, 0) : SPAN_NONE;
        query_copy_text(q, 1, issuer, sizeof issuer);
        json_open(&p->j, '{');
        json_put_number(&p->j, "kind", kind);
        json_put_number(&p->j, "offset", (int64_t)p->objects.n);
        json_put_number(&p->j, "size", (int64_t)der.n);
        json_put_text(&p->j, "issuer", issuer);
        json_close(&p->j, '}');
        buffer_add(&p->objects, der);
        q->failed |= !a;
        arena_free(a);
    }
    return query_end(q);
}

static int put_certs(struct publication *p)
{
    struct query q = query_begin(p->s->db, "SELECT der, subject FROM cert ORDER BY stored_at");
    return put_objects(p, &q, STORE_CERT);
}

/* The newest answer about each certificate, while it is of any use. */
static int put_ocsps(struct publication *p)
{
    struct query q = query_begin(
        p->s->db, "SELECT o.der, o.responder FROM ocsp o WHERE EXISTS (SELECT 1 FROM ocsp_about b"
                  " WHERE b.ocsp = o.id AND NOT EXISTS (SELECT 1 FROM ocsp_about b2 JOIN ocsp o2 ON"
                  " o2.id = b2.ocsp WHERE b2.key = b.key AND (o2.this_update, o2.id) > "
                  "(o.this_update, o.id)))"
                  " AND coalesce(o.next_update, o.this_update) > ? ORDER BY o.id DESC LIMIT ?");
    query_int(&q, p->s->now - OCSP_KEEP_SECONDS);
    query_int(&q, OCSP_PUBLISH_MAX);
    return put_objects(p, &q, STORE_OCSP);
}

static int write_text(struct publication *p)
{
    struct arena *a = arena_new((size_t)64 << 20);
    json_open(&p->j, '{');
    json_put_text(&p->j, "schema", "satyapan-revocation/1");
    json_key(&p->j, "sources");
    json_open(&p->j, '[');
    int rc = a ? store_sources(p->s, a, put_source, &p->j) : -1;
    json_close(&p->j, ']');
    json_key(&p->j, "crls");
    json_open(&p->j, '[');
    rc = rc < 0 || put_lists(p) < 0 ? -1 : 0;
    json_close(&p->j, ']');
    json_key(&p->j, "objects");
    json_open(&p->j, '[');
    rc = rc < 0 || put_certs(p) < 0 || put_ocsps(p) < 0 ? -1 : 0;
    json_close(&p->j, ']');
    json_close(&p->j, '}');
    arena_free(a);
    return rc < 0 || !buffer_ok(&p->text) || !buffer_ok(&p->objects) ? -1 : 0;
}

static int write_file(struct publication *p, int64_t generation)
{
    uint8_t header[CURRENT_HEADER];
    struct buffer file;
    buffer_init(&file, 2 * PUBLISH_MAX);
    int rc = current_header(generation, p->s->now, buffer_span(&p->text), buffer_span(&p->objects),
                            header);
    buffer_add(&file, span_make(header, sizeof header));
    buffer_add(&file, buffer_span(&p->text));
    buffer_add(&file, buffer_span(&p->objects));
    rc = rc < 0 || !buffer_ok(&file) ||
                 files_put(p->s->folder_fd, "current", buffer_span(&file)) != 0 ||
                 files_sync(p->s->folder_fd) != 0
             ? -1
             : 0;
    buffer_free(&file);
    return rc;
}

/* What is published is that generation. */
static bool published(struct store *s, int64_t generation)
{
    struct current *c;
    char error[STORE_ERROR];
    if (current_load(s->data, &c, error) < 0) {
        return false;
    }
    bool same = current_generation(c) == generation;
    current_free(c);
    return same;
}

static int publish(struct store *s, int64_t generation)
{
    struct publication p = {.s = s};
    buffer_init(&p.text, PUBLISH_MAX);
    buffer_init(&p.objects, PUBLISH_MAX);
    p.j = (struct json){.out = &p.text};
    int rc = write_text(&p) < 0 ? -1 : write_file(&p, generation);
    buffer_free(&p.text);
    buffer_free(&p.objects);
    return rc;
}

/* Written under the database's write lock: of two programs, the one with the later state writes
 * last. */
int store_publish(struct store *s)
{
    int64_t generation = 0;
    if (store_generation(s, &generation) < 0) {
        return -1;
    }
    if (published(s, generation)) {
        s->dirty = false;
        return 0;
    }
    if (store_begin(s) < 0) {
        return -1;
    }
    int rc = store_generation(s, &generation);
    rc = rc < 0 ? -1 : publish(s, generation);
    (void)!store_commit(s, false);
    s->dirty = s->dirty && rc < 0;
    return rc;
}
