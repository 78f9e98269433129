/*
 * current - see current.h. Numbers in the header are in the byte order of the machine.
 */
#include "store/current/current.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "base/mem.h"
#include "base/utc.h"

#define CURRENT_MEMORY ((size_t)64 << 20)
#define CURRENT_MAX    ((size_t)256 << 20)

static const uint8_t magic[8] = {'S', 'P', 'C', 'U', 'R', 'R', 0, 1};

struct header {
    uint8_t magic[8];
    int64_t generation, written_at;
    uint64_t json_size, objects_size;
    uint8_t sha256[SHA256_SIZE]; /* of the header with this part 0, and of the rest */
};

_Static_assert(sizeof(struct header) == CURRENT_HEADER, "no padding");

struct blob {
    enum sp_evidence_kind kind;
    struct span bytes, index;
    const char *source;
    const char *sha256; /* of a list; NULL: compare the bytes */
};

struct current {
    struct arena *arena;
    struct header header;
    bool there;
    struct stat stat;
    struct store_source *sources;
    struct blob *blobs;
    size_t source_count, blob_count;
};

/* ---- the header ------------------------------------------------------------------------------ */

static int digest(const struct header *h, struct span json, struct span objects,
                  uint8_t out[SHA256_SIZE])
{
    struct header empty = *h;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    memset(empty.sha256, 0, sizeof empty.sha256);
    bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(ctx, &empty, sizeof empty) == 1 &&
              EVP_DigestUpdate(ctx, json.p, json.n) == 1 &&
              EVP_DigestUpdate(ctx, objects.p, objects.n) == 1 &&
              EVP_DigestFinal_ex(ctx, out, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return ok ? 0 : -1;
}

int current_header(int64_t generation, int64_t written_at, struct span json, struct span objects,
                   uint8_t out[CURRENT_HEADER])
{
    struct header h = {.generation = generation,
                       .written_at = written_at,
                       .json_size = json.n,
                       .objects_size = objects.n};
    memcpy(h.magic, magic, sizeof magic);
    if (digest(&h, json, objects, h.sha256) < 0) {
        return -1;
    }
    memcpy(out, &h, sizeof h);
    return 0;
}

/* Whole and as it was written. */
static bool read_header(struct span file, struct header *h, struct span *json, struct span *objects)
{
    uint8_t hash[SHA256_SIZE];
    if (file.n < sizeof *h) {
        return false;
    }
    memcpy(h, file.p, sizeof *h);
    size_t rest = file.n - sizeof *h;
    if (memcmp(h->magic, magic, sizeof magic) != 0 || h->json_size > rest ||
        h->objects_size != rest - h->json_size) {
        return false;
    }
    *json = span_sub(file, sizeof *h, h->json_size);
    *objects = span_sub(file, sizeof *h + h->json_size, h->objects_size);
    return digest(h, *json, *objects, hash) == 0 && memcmp(hash, h->sha256, sizeof hash) == 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

struct mapping {
    void *p;
    size_t n;
};

static void unmap(void *p)
{
    const struct mapping *m = p;
    (void)munmap(m->p, m->n);
}

/* Maps it for as long as the arena lives. 0, 1: not there, or not of that kind; -1 memory. */
static int map(struct arena *a, const char *path, size_t max, struct stat *st, struct span *out)
{
    struct mapping *m = arena_alloc(a, sizeof *m);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int rc = m ? 1 : -1;
    if (m && fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_size > 0 &&
        (uint64_t)st->st_size <= max) {
        m->n = (size_t)st->st_size;
        m->p = mmap(NULL, m->n, PROT_READ, MAP_PRIVATE, fd, 0);
        if (m->p != MAP_FAILED) {
            *out = span_make(m->p, m->n);
            rc = arena_defer(a, unmap, m);
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static const char *text_of(struct arena *a, const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    return s ? arena_str(a, span_str(s)) : NULL;
}

static int64_t time_of(const json_t *row, const char *key)
{
    const json_t *v = json_object_get(row, key);
    return json_is_integer(v) ? json_integer_value(v) : UTC_NONE;
}

static int64_t number_of(const json_t *row, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(row, key));
    return n > 0 ? n : 0;
}

static void copy(char *out, size_t size, const json_t *row, const char *key)
{
    const char *s = json_string_value(json_object_get(row, key));
    (void)snprintf(out, size, "%s", s ? s : "");
}

static struct store_source source_of(struct arena *a, const json_t *row)
{
    struct store_source s = {
        .kind = (enum store_kind)(number_of(row, "kind") % (STORE_UNKNOWN + 1)),
        .url = text_of(a, row, "url"),
        .ca = text_of(a, row, "ca"),
        .origin = text_of(a, row, "origin"),
        .error = text_of(a, row, "error"),
        .tried_at = number_of(row, "tried_at"),
        .fetched_at = number_of(row, "fetched_at"),
        .next_try = number_of(row, "next_try"),
        .failures = (unsigned)number_of(row, "failures"),
        .this_update = time_of(row, "this_update"),
        .next_update = time_of(row, "next_update"),
        .entries = (uint64_t)number_of(row, "entries"),
        .size = (uint64_t)number_of(row, "size"),
    };
    copy(s.sha256, sizeof s.sha256, row, "sha256");
    copy(s.issuer, sizeof s.issuer, row, "issuer");
    s.held = s.sha256[0] != 0;
    return s;
}

static int load_sources(struct current *c, const json_t *rows)
{
    size_t n = json_array_size(rows);
    c->sources = arena_array(c->arena, n + 1, sizeof *c->sources);
    if (!c->sources) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        c->sources[c->source_count++] = source_of(c->arena, json_array_get(rows, i));
    }
    return 0;
}

/* A list and its index, from their own files. */
static int load_list(struct current *c, const char *data, const json_t *row)
{
    struct stat st;
    const char *hash = text_of(c->arena, row, "sha256");
    struct blob b = {.kind = SP_EVIDENCE_CRL, .sha256 = hash};
    const char *issuer = text_of(c->arena, row, "issuer");
    if (!hash || strlen(hash) != SHA256_HEX - 1 || strspn(hash, "0123456789abcdef") != 64) {
        return 0;
    }
    const char *der = arena_printf(c->arena, "%s/revocation/crl/%s.der", data, hash);
    const char *idx = arena_printf(c->arena, "%s/revocation/crl/%s.idx", data, hash);
    b.source = arena_printf(c->arena, "store: %s", issuer ? issuer : hash);
    int rc = der && idx && b.source ? map(c->arena, der, STORE_OBJECT_MAX, &st, &b.bytes) : -1;
    if (rc || b.bytes.n != (size_t)number_of(row, "size")) {
        return rc < 0 ? -1 : 0;
    }
    if (map(c->arena, idx, STORE_OBJECT_MAX, &st, &b.index) < 0) {
        return -1;
    }
    c->blobs[c->blob_count++] = b;
    return 0;
}

static int load_object(struct current *c, struct span objects, const json_t *row)
{
    uint64_t at = (uint64_t)number_of(row, "offset"), n = (uint64_t)number_of(row, "size");
    const char *issuer = text_of(c->arena, row, "issuer");
    if (at > objects.n || n > objects.n - at || n == 0) {
        return 0;
    }
    struct blob b = {.kind =
                         number_of(row, "kind") == STORE_CERT ? SP_EVIDENCE_CERT : SP_EVIDENCE_OCSP,
                     .bytes = span_sub(objects, at, n),
                     .source = arena_printf(c->arena, "store: %s", issuer ? issuer : "")};
    c->blobs[c->blob_count++] = b;
    return b.source ? 0 : -1;
}

static int load_blobs(struct current *c, const char *data, const json_t *root, struct span objects)
{
    const json_t *lists = json_object_get(root, "crls"), *others = json_object_get(root, "objects");
    c->blobs = arena_array(c->arena, json_array_size(lists) + json_array_size(others) + 1,
                           sizeof *c->blobs);
    int rc = c->blobs ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < json_array_size(lists); i++) {
        rc = load_list(c, data, json_array_get(lists, i));
    }
    for (size_t i = 0; rc == 0 && i < json_array_size(others); i++) {
        rc = load_object(c, objects, json_array_get(others, i));
    }
    return rc;
}

/* ---- public ---------------------------------------------------------------------------------- */

static int load(struct current *c, const char *data)
{
    struct span file, json, objects;
    const char *path = arena_printf(c->arena, "%s/revocation/current", data);
    int rc = path ? map(c->arena, path, CURRENT_MAX, &c->stat, &file) : -1;
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    if (!read_header(file, &c->header, &json, &objects)) {
        return 0;
    }
    json_t *root = json_loadb((const char *)json.p, json.n, 0, NULL);
    if (!root) {
        return 0;
    }
    c->there = true;
    rc = load_sources(c, json_object_get(root, "sources")) < 0 ||
                 load_blobs(c, data, root, objects) < 0
             ? -1
             : 0;
    json_decref(root);
    return rc;
}

int current_load(const char *data, struct current **out, char *error)
{
    struct arena *a = arena_new(CURRENT_MEMORY);
    struct current *c = a ? arena_alloc(a, sizeof *c) : NULL;
    *out = NULL;
    if (!c) {
        arena_free(a);
        (void)snprintf(error, STORE_ERROR, "memory ran out");
        return -1;
    }
    c->arena = a;
    if (load(c, data) < 0) {
        (void)snprintf(error, STORE_ERROR, "%s/revocation/current: memory ran out", data);
        current_free(c);
        return -1;
    }
    error[0] = 0;
    *out = c;
    return 0;
}

void current_free(struct current *c)
{
    if (c) {
        arena_free(c->arena);
    }
}

int current_add_to(const struct current *c, struct sp_evidence *evidence)
{
    for (size_t i = 0; i < c->blob_count; i++) {
        const struct blob *b = &c->blobs[i];
        if (sp_evidence_add(evidence, b->kind, b->bytes.p, b->bytes.n, b->source) != 0) {
            return -1;
        }
        evidence->blobs[evidence->count - 1].index = b->index.p;
        evidence->blobs[evidence->count - 1].index_size = b->index.n;
    }
    return 0;
}

static bool same_blob(const struct blob *a, const struct blob *b)
{
    if (a->kind != b->kind || a->bytes.n != b->bytes.n || a->index.n != b->index.n) {
        return false;
    }
    return a->sha256 && b->sha256 ? strcmp(a->sha256, b->sha256) == 0 : span_eq(a->bytes, b->bytes);
}

bool current_same(const struct current *a, const struct current *b)
{
    bool same = a->blob_count == b->blob_count;
    for (size_t i = 0; same && i < a->blob_count; i++) {
        same = same_blob(&a->blobs[i], &b->blobs[i]);
    }
    return same;
}

const struct store_source *current_sources(const struct current *c, size_t *count)
{
    *count = c->source_count;
    return c->sources;
}

int64_t current_generation(const struct current *c)
{
    return c->there ? c->header.generation : -1;
}

int64_t current_written_at(const struct current *c)
{
    return c->there ? c->header.written_at : 0;
}

bool current_changed(const char *data, const struct current *c)
{
    char path[4096];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/revocation/current", data);
    if (stat(path, &st) != 0) {
        return c->there;
    }
    return st.st_ino != c->stat.st_ino || st.st_dev != c->stat.st_dev ||
           st.st_size != c->stat.st_size || st.st_mtim.tv_sec != c->stat.st_mtim.tv_sec ||
           st.st_mtim.tv_nsec != c->stat.st_mtim.tv_nsec;
}

enum store_state current_state(const struct store_source *s, int64_t now)
{
    if (s->kind == STORE_OCSP) {
        return STORE_STATE_ON_DEMAND;
    }
    /* An issuer that the trust list has already is fetched but not held. */
    if (!s->held && (s->kind != STORE_CERT || s->fetched_at == 0)) {
        return STORE_STATE_MISSING;
    }
    if (s->held && s->next_update != UTC_NONE && s->next_update < now) {
        return STORE_STATE_STALE;
    }
    return s->error ? STORE_STATE_FAILING : STORE_STATE_GOOD;
}
