/*
 * put - what comes in: read in the sandbox, written as files, then one transaction. See store.h.
 *
 * The order is what makes a crash harmless: the list and its index are whole files on the disk, and
 * their names too, before the row that makes them current is committed.
 */
#include <errno.h>
#include <stdio.h>

#include "asn1/der.h"
#include "revocation/crl.h"
#include "db/files.h"
#include "store/inside.h"
#include "store/read.h"

/* Bounds of what strangers can make us keep. */
enum { CERTS_MAX = 1000, OCSP_MAX = 20000, OCSP_BYTES = 1 << 20, CERT_BYTES = 1 << 16 };

/* One object on its way in. */
struct item {
    const struct read_object *o;
    struct span der, index;
    struct store_result result;
    int64_t row; /* crl or ocsp, once there; of a certificate: 1 */
};

/* A large list is hashed and written while the child reads it: on the disk, but without a name. */
struct early {
    struct store *s;
    struct span bytes;
    struct files_draft draft;
    uint8_t hash[SHA256_SIZE];
    bool hashed;
};

struct intake {
    struct store *s;
    struct early early;
    const struct store_origin *from;
    struct read_answer answer;
    struct item *items;
};

static int failed(struct store_result *r, const char *what, const char *why)
{
    r->outcome = STORE_FAILED;
    (void)snprintf(r->why, sizeof r->why, "%s: %s", what, why);
    return -1;
}

static int db_failed(struct store *s, struct store_result *r)
{
    return failed(r, "the database", sqlite3_errmsg(s->db));
}

/* ---- files ----------------------------------------------------------------------------------- */

static void work_early(void *with)
{
    enum { LARGE = 1 << 20 };
    struct early *e = with;
    if (e->bytes.n >= LARGE && e->bytes.p[0] == DER_SEQUENCE) {
        e->hashed = hash_sha256(e->bytes, e->hash) == 0;
        /* A full disk is told when the list is written again with its name. */
        (void)!files_draft_write(e->s->crl_fd, e->bytes, &e->draft);
    }
}

static bool is_early(const struct early *e, struct span der)
{
    return e->hashed && der.p == e->bytes.p && der.n == e->bytes.n;
}

/* The index the child made is that of these bytes; it gets their name. */
static bool name_index(const struct intake *in, const struct item *it,
                       const uint8_t hash[SHA256_SIZE])
{
    struct crl_stored about;
    uint8_t *file = read_room(&in->answer, &it->o->index);
    return file && crl_stored_name(file, it->index.n, hash) && crl_stored_read(it->index, &about) &&
           about.der_size == it->der.n && about.count == it->o->entries &&
           memcmp(about.signer_sha256, it->o->signer, SHA256_SIZE) == 0;
}

static int put_list(struct intake *in, const struct item *it, const char *name)
{
    struct files_draft *draft = &in->early.draft;
    if (files_same(in->s->crl_fd, name, it->der)) {
        return 0;
    }
    return is_early(&in->early, it->der) && draft->tmp[0] ? files_draft_name(draft, name)
                                                          : files_put(in->s->crl_fd, name, it->der);
}

/* The list's own file and its index, on the disk. What is there already is compared, so that a
 * damaged file is mended. */
static int put_files(struct intake *in, struct item *it, const uint8_t hash[SHA256_SIZE])
{
    char der[STORE_NAME], idx[STORE_NAME];
    int folder = in->s->crl_fd;
    store_name(it->result.sha256, ".der", der);
    store_name(it->result.sha256, ".idx", idx);
    if (it->index.p && !name_index(in, it, hash)) {
        return failed(&it->result, "the index", "it is not that of the list");
    }
    if (put_list(in, it, der) != 0 ||
        (it->index.p && !files_same(folder, idx, it->index) &&
         files_put(folder, idx, it->index) != 0) ||
        files_sync(folder) != 0) {
        return failed(&it->result, "the list cannot be written", strerrordesc_np(errno));
    }
    return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct held {
    int64_t row, this_update;
    struct span number;
};

/* What is current of the same list. 1, 0 or -1. */
static int find_current(struct store *s, struct arena *a, const struct read_object *o,
                        struct held *out)
{
    struct query q = query_begin(
        s->db, "SELECT id, this_update, number FROM crl WHERE line = ? AND current = 1");
    query_blob(&q, span_make(o->line, sizeof o->line));
    int row = query_row(&q);
    if (row == 1) {
        out->row = query_get_int(&q, 0);
        out->this_update = query_get_int(&q, 1);
        out->number = query_get_blob(&q, a, 2);
    }
    return query_end(&q) < 0 ? -1 : row;
}

/* Unsigned integers without leading zeros. */
static int compare_numbers(struct span a, struct span b)
{
    return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : span_cmp(a, b);
}

/* The later one by what the CA signed: thisUpdate, then cRLNumber (RFC 5280 5.2.3: two lists of one
 * moment differ by their numbers). */
static bool newer(const struct read_object *o, const struct held *h)
{
    return o->this_update != h->this_update
               ? o->this_update > h->this_update
               : compare_numbers(span_make(o->number, o->number_size), h->number) > 0;
}

static int find_row(struct store *s, const char *sql, const char *sha256, int64_t *row)
{
    struct query q = query_begin(s->db, sql);
    query_text(&q, sha256);
    int found = query_row(&q);
    if (found == 1) {
        *row = query_get_int(&q, 0);
    }
    return query_end(&q) < 0 ? -1 : found;
}

static int insert_crl(struct store *s, struct item *it, bool current)
{
    const struct read_object *o = it->o;
    char signer[SHA256_HEX];
    struct query q = query_begin(
        s->db, "INSERT INTO crl(sha256, size, line, issuer_hash, issuer, signer, number, delta,"
               " this_update, next_update, entries, indexed, stored_at, current)"
               " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query_text(&q, it->result.sha256);
    query_int(&q, (int64_t)it->der.n);
    query_blob(&q, span_make(o->line, sizeof o->line));
    query_blob(&q, span_make(o->issuer_hash, sizeof o->issuer_hash));
    query_text(&q, o->issuer);
    query_text(&q, hash_hex(span_make(o->signer, sizeof o->signer), false, signer));
    query_blob(&q, o->number_size ? span_make(o->number, o->number_size) : SPAN_NONE);
    query_int(&q, o->delta);
    query_int(&q, o->this_update);
    query_int(&q, o->next_update);
    query_int(&q, (int64_t)o->entries);
    query_int(&q, it->index.p != NULL);
    query_int(&q, s->now);
    query_int(&q, current);
    int rc = query_do(&q);
    it->row = sqlite3_last_insert_rowid(s->db);
    return rc;
}

static int retire_row(struct store *s, int64_t row)
{
    struct query q = query_begin(s->db, "UPDATE crl SET current = 0 WHERE id = ?");
    query_int(&q, row);
    return query_do(&q);
}

static int put_crl_row(struct store *s, struct arena *a, struct item *it)
{
    struct held h = {0};
    int held = find_row(s, "SELECT id FROM crl WHERE sha256 = ?", it->result.sha256, &it->row);
    if (held) {
        it->result.outcome = STORE_SAME;
        return held < 0 ? db_failed(s, &it->result) : 0;
    }
    held = find_current(s, a, it->o, &h);
    bool current = held == 0 || newer(it->o, &h);
    if (held < 0 || (held && current && retire_row(s, h.row) < 0) ||
        insert_crl(s, it, current) < 0) {
        return db_failed(s, &it->result);
    }
    if (!current) {
        it->result.outcome = STORE_OLDER;
        (void)snprintf(it->result.why, sizeof it->result.why,
                       "the list held is as new or newer; this one is kept as evidence");
    }
    return 0;
}

/* Room for one more row, at the cost of the oldest. */
static int make_room(struct store *s)
{
    struct query q =
        query_begin(s->db, "DELETE FROM ocsp WHERE id IN (SELECT id FROM ocsp ORDER BY id DESC"
                           " LIMIT -1 OFFSET ?)");
    query_int(&q, OCSP_MAX - 1);
    return query_do(&q);
}

static int put_ocsp_row(struct store *s, struct item *it)
{
    const struct read_object *o = it->o;
    int held = find_row(s, "SELECT id FROM ocsp WHERE sha256 = ?", it->result.sha256, &it->row);
    if (held) {
        it->result.outcome = STORE_SAME;
        return held < 0 ? db_failed(s, &it->result) : 0;
    }
    struct query q = query_begin(
        s->db, "INSERT INTO ocsp(sha256, der, responder, produced_at, this_update, next_update,"
               " stored_at) VALUES(?, ?, ?, ?, ?, ?, ?)");
    query_text(&q, it->result.sha256);
    query_blob(&q, it->der);
    query_text(&q, o->issuer);
    query_int(&q, o->produced_at);
    query_int(&q, o->this_update);
    query_int(&q, o->next_update);
    query_int(&q, s->now);
    int rc = make_room(s);
    rc = query_do(&q) < 0 ? -1 : rc;
    it->row = sqlite3_last_insert_rowid(s->db);
    for (uint32_t i = 0; rc == 0 && i < o->key_count; i++) {
        q = query_begin(s->db, "INSERT OR IGNORE INTO ocsp_about VALUES(?, ?)");
        query_text(&q, o->keys[i]);
        query_int(&q, it->row);
        rc = query_do(&q);
    }
    return rc < 0 ? db_failed(s, &it->result) : 0;
}

static int put_cert_row(struct store *s, struct item *it, const struct store_origin *from)
{
    int64_t n = 0;
    int held = find_row(s, "SELECT 1 FROM cert WHERE sha256 = ?", it->result.sha256, &n);
    s->stale = true; /* held, it may be by another process since known was read */
    if (held) {
        it->row = 1;
        it->result.outcome = STORE_SAME;
        return held < 0 ? db_failed(s, &it->result) : 0;
    }
    if (find_row(s, "SELECT count(*) FROM cert WHERE ? IS NOT NULL", "", &n) < 0) {
        return db_failed(s, &it->result);
    }
    if (n >= CERTS_MAX) {
        it->result.outcome = STORE_UNUSABLE;
        (void)snprintf(it->result.why, sizeof it->result.why, "too many issuers are held");
        return 0;
    }
    struct query q =
        query_begin(s->db, "INSERT INTO cert(sha256, der, subject, not_before, not_after, url,"
                           " stored_at) VALUES(?, ?, ?, ?, ?, ?, ?)");
    query_text(&q, it->result.sha256);
    query_blob(&q, it->der);
    query_text(&q, it->o->issuer);
    query_int(&q, it->o->this_update);
    query_int(&q, it->o->next_update);
    query_text(&q, from->url);
    query_int(&q, s->now);
    int rc = query_do(&q);
    for (uint32_t i = 0; rc == 0 && i < it->o->url_count; i++) {
        rc = source_ensure(s, STORE_CRL, it->o->urls[i], it->o->above, "certificate");
    }
    it->row = 1;
    return rc < 0 ? db_failed(s, &it->result) : 0;
}

/* ---- all of one input ------------------------------------------------------------------------ */

static void begin_item(struct intake *in, size_t i)
{
    struct item *it = &in->items[i];
    it->o = &in->answer.objects[i];
    it->der = read_bytes(&in->answer, &it->o->der);
    it->index = read_bytes(&in->answer, &it->o->index);
    it->row = UTC_NONE;
    it->result = (struct store_result){.outcome = it->o->outcome,
                                       .kind = it->o->kind,
                                       .this_update = it->o->this_update,
                                       .next_update = it->o->next_update,
                                       .entries = it->o->entries};
    memcpy(it->result.why, it->o->why, sizeof it->result.why);
    memcpy(it->result.issuer, it->o->issuer, sizeof it->result.issuer);
    if (it->result.outcome == STORE_STORED &&
        ((it->o->kind == STORE_OCSP && it->der.n > OCSP_BYTES) ||
         (it->o->kind == STORE_CERT && it->der.n > CERT_BYTES))) {
        it->result.outcome = STORE_UNUSABLE;
        (void)snprintf(it->result.why, sizeof it->result.why, "it is too large");
    }
}

static int prepare_item(struct intake *in, struct item *it)
{
    uint8_t hash[SHA256_SIZE];
    if (!it->der.p) {
        return 0;
    }
    bool early = is_early(&in->early, it->der);
    if (early) {
        memcpy(hash, in->early.hash, sizeof hash);
    }
    if (!early && hash_sha256(it->der, hash) < 0) {
        return failed(&it->result, "its hash", "memory ran out");
    }
    (void)hash_hex(span_make(hash, sizeof hash), false, it->result.sha256);
    return it->result.outcome == STORE_STORED && it->o->kind == STORE_CRL ? put_files(in, it, hash)
                                                                          : 0;
}

static int put_row(struct intake *in, struct arena *a, struct item *it)
{
    if (it->result.outcome != STORE_STORED) {
        return 0;
    }
    return it->o->kind == STORE_CRL    ? put_crl_row(in->s, a, it)
           : it->o->kind == STORE_OCSP ? put_ocsp_row(in->s, it)
                                       : put_cert_row(in->s, it, in->from);
}

static bool is_good(const struct store_result *r)
{
    return r->outcome == STORE_STORED || r->outcome == STORE_SAME || r->outcome == STORE_OLDER;
}

/* The source is as good as the best object that came from it. */
static int put_source(struct intake *in, enum store_kind expected)
{
    struct item *best = &in->items[0];
    for (size_t i = 0; i < in->answer.count; i++) {
        struct item *it = &in->items[i];
        best = is_good(&it->result) && !is_good(&best->result) ? it : best;
    }
    enum store_kind kind = expected == STORE_UNKNOWN ? best->result.kind : expected;
    if (!is_good(&best->result)) {
        if (in->from->only_good && !source_known(in->s, in->from->url)) {
            return 0;
        }
        return source_bad(in->s, in->from->url, kind, best->result.why);
    }
    const struct source_good g = {
        .kind = kind,
        .from = in->from,
        .crl = best->o->kind == STORE_CRL ? best->row : UTC_NONE,
        .ocsp = best->o->kind == STORE_OCSP ? best->row : UTC_NONE,
        .cert = best->o->kind == STORE_CERT && best->row == 1 ? best->result.sha256 : NULL,
        .next_update = best->o->kind == STORE_CERT ? UTC_NONE : best->result.next_update};
    return source_good(in->s, &g);
}

static int put_rows(struct intake *in, struct arena *a, enum store_kind expected, char *error)
{
    int rc = 0;
    if (store_begin(in->s) < 0) {
        (void)snprintf(error, STORE_ERROR, "the database: %s", sqlite3_errmsg(in->s->db));
        return -1;
    }
    for (size_t i = 0; rc == 0 && i < in->answer.count; i++) {
        rc = put_row(in, a, &in->items[i]);
        if (rc < 0) {
            (void)snprintf(error, STORE_ERROR, "%s", in->items[i].result.why);
        }
    }
    if (rc == 0 && in->from->url && put_source(in, expected) < 0) {
        (void)snprintf(error, STORE_ERROR, "the database: %s", sqlite3_errmsg(in->s->db));
        rc = -1;
    }
    if (store_commit(in->s, rc == 0) < 0) {
        (void)snprintf(error, STORE_ERROR, "the database: %s", sqlite3_errmsg(in->s->db));
        rc = -1;
    }
    return rc;
}

typedef void each_result(void *context, const struct store_result *r);

static int put_items(struct intake *in, enum store_kind expected, struct arena *a, char *error)
{
    in->items = arena_array(a, in->answer.count, sizeof *in->items);
    if (!in->items) {
        (void)snprintf(error, STORE_ERROR, "memory ran out");
        return -1;
    }
    for (size_t i = 0; i < in->answer.count; i++) {
        begin_item(in, i);
        if (prepare_item(in, &in->items[i]) < 0) {
            (void)snprintf(error, STORE_ERROR, "%s", in->items[i].result.why);
            return -1;
        }
    }
    return put_rows(in, a, expected, error);
}

static int put(struct store *s, struct span bytes, enum store_kind expected,
               const struct store_origin *from, each_result *each, void *context, char *error)
{
    static const struct store_origin nowhere = {0};
    struct intake in = {.s = s, .early = {.s = s, .bytes = bytes}, .from = from ? from : &nowhere};
    const struct read_question q = {.input = bytes,
                                    .expected = expected,
                                    .evidence = store_known(s),
                                    .now = s->now,
                                    .anchored_only = in.from->anchored_only,
                                    .meanwhile = work_early,
                                    .with = &in.early};
    char why[STORE_WHY] = "memory ran out";
    struct arena *a = arena_new((size_t)1 << 24);
    int rc = a && q.evidence ? read_objects(&q, &in.answer, why) : -1;
    if (rc < 0) {
        (void)snprintf(error, STORE_ERROR, "%s", why);
    } else {
        rc = put_items(&in, expected, a, error);
    }
    for (size_t i = 0; rc == 0 && i < in.answer.count; i++) {
        each(context, &in.items[i].result);
    }
    files_draft_drop(&in.early.draft);
    read_free(&in.answer);
    arena_free(a);
    return rc;
}

int store_put_any(struct store *s, struct span bytes, const struct store_origin *from,
                  each_result *each, void *context, char *error)
{
    return put(s, bytes, STORE_UNKNOWN, from, each, context, error);
}

/* Of several objects: the first that is bad, else the last. */
static void keep_result(void *context, const struct store_result *r)
{
    struct store_result *out = context;
    if (out->outcome == STORE_FAILED || is_good(out)) {
        *out = *r;
    }
}

static int put_one(struct store *s, struct span bytes, enum store_kind kind,
                   const struct store_origin *from, struct store_result *out)
{
    char error[STORE_ERROR] = "";
    *out = (struct store_result){.outcome = STORE_FAILED, .kind = kind};
    if (put(s, bytes, kind, from, keep_result, out, error) == 0) {
        return 0;
    }
    *out = (struct store_result){.outcome = STORE_FAILED, .kind = kind};
    (void)snprintf(out->why, sizeof out->why, "%.*s", STORE_WHY - 1, error);
    return -1;
}

int store_put_crl(struct store *s, struct span bytes, const struct store_origin *from,
                  struct store_result *out)
{
    return put_one(s, bytes, STORE_CRL, from, out);
}

int store_put_ocsp(struct store *s, struct span bytes, const struct store_origin *from,
                   struct store_result *out)
{
    return put_one(s, bytes, STORE_OCSP, from, out);
}

int store_put_cert(struct store *s, struct span bytes, const struct store_origin *from,
                   struct store_result *out)
{
    return put_one(s, bytes, STORE_CERT, from, out);
}
