/*
 * store - opening, closing, transactions, the lock. See store.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/files.h"
#include "store/inside.h"

#define KNOWN_MEMORY ((size_t)256 << 20)

void store_name(const char *sha256, const char *ending, char *out)
{
    (void)snprintf(out, STORE_NAME, "%.64s%s", sha256, ending);
}

const char *store_outcome_name(enum store_outcome o)
{
    static const char *const names[] = {"stored",         "same",          "older",    "unreadable",
                                        "unknown issuer", "bad signature", "unusable", "failed"};
    return names[o];
}

const char *store_kind_name(enum store_kind k)
{
    static const char *const names[] = {"CRL", "OCSP", "certificate", "file"};
    return names[k];
}

/* ---- who may vouch --------------------------------------------------------------------------- */

static int add_issuers(struct store *s)
{
    struct query q = query_begin(s->db, "SELECT der FROM cert ORDER BY stored_at");
    int row;
    while ((row = query_row(&q)) == 1) {
        struct span der = query_get_blob(&q, s->arena, 0);
        if (q.failed || sp_evidence_add(&s->known, SP_EVIDENCE_CERT, der.p, der.n, "store") != 0) {
            break;
        }
    }
    return query_end(&q) < 0 || row ? -1 : 0;
}

const struct sp_evidence *store_known(struct store *s)
{
    if (!s->stale) {
        return &s->known;
    }
    arena_free(s->arena);
    sp_evidence_clear(&s->known);
    s->known = (struct sp_evidence){0};
    s->arena = arena_new(KNOWN_MEMORY);
    for (size_t i = 0; s->arena && s->trust && i < s->trust->count; i++) {
        const struct sp_evidence_blob *b = &s->trust->blobs[i];
        if (sp_evidence_add(&s->known, b->kind, b->bytes, b->size, b->source) != 0) {
            return NULL;
        }
        s->known.blobs[s->known.count - 1].historic = b->historic;
    }
    if (!s->arena || add_issuers(s) < 0) {
        return NULL;
    }
    s->stale = false;
    return &s->known;
}

/* ---- opening --------------------------------------------------------------------------------- */

static int fail(const struct store *s, char *error, const char *what, const char *why)
{
    int was = errno;
    (void)snprintf(error, STORE_ERROR, "%s%s: %s", s->folder ? s->folder : "the store", what, why);
    errno = was;
    return -1;
}

static char *path_of(const char *data, const char *rest)
{
    size_t n = strlen(data) + strlen(rest) + 1;
    char *p = mem_alloc(n);
    if (p) {
        (void)snprintf(p, n, "%s%s", data, rest);
    }
    return p;
}

static int open_folder(struct store *s, const char *rest)
{
    char *path = path_of(s->folder, rest);
    int fd = path && files_folder(path) == 0
                 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                 : -1;
    mem_free(path);
    return fd;
}

static int open_all(struct store *s, const char *data, char *error)
{
    const char *why;
    s->data = path_of(data, "");
    s->folder = path_of(data, "/revocation");
    char *db = path_of(data, "/revocation/store.db");
    if (!s->data || !s->folder || !db || files_folder(data) != 0) {
        mem_free(db);
        return fail(s, error, "", strerrordesc_np(errno));
    }
    s->folder_fd = open_folder(s, "");
    s->crl_fd = s->folder_fd < 0 ? -1 : open_folder(s, "/crl");
    int rc = s->crl_fd < 0 ? fail(s, error, "", strerrordesc_np(errno)) : 0;
    if (rc == 0 && db_open(db, &store_schema, s->now, &s->db, &why) < 0) {
        errno = sqlite3_system_errno(s->db);
        rc = fail(s, error, "/store.db", why);
    }
    mem_free(db);
    return rc;
}

int store_open(const char *data, const struct sp_evidence *trust, int64_t now, struct store **out,
               char *error)
{
    struct store *s = mem_zalloc(sizeof *s);
    *out = NULL;
    error[0] = 0;
    if (!s) {
        (void)snprintf(error, STORE_ERROR, "memory ran out");
        return -1;
    }
    s->folder_fd = s->crl_fd = s->lock_fd = -1;
    s->now = now;
    s->trust = trust;
    s->stale = true;
    mode_t mask = umask(077); /* the database's files are its own to make */
    int rc = open_all(s, data, error);
    int was = errno;
    (void)umask(mask);
    if (rc < 0) {
        store_close(s);
        errno = was;
        return -1;
    }
    (void)!store_publish(s); /* what a crash left undone; a full disk is no reason not to open */
    *out = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    if (s->db && s->dirty) {
        (void)!store_publish(s); /* the next opening would do it otherwise */
    }
    db_close(s->db);
    const int fds[] = {s->folder_fd, s->crl_fd, s->lock_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    sp_evidence_clear(&s->known);
    arena_free(s->arena);
    mem_free(s->data);
    mem_free(s->folder);
    mem_free(s);
}

void store_set_time(struct store *s, int64_t now)
{
    s->now = now;
}

int store_lock(struct store *s)
{
    if (s->lock_fd < 0) {
        s->lock_fd = openat(s->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    if (s->lock_fd < 0) {
        return -1;
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? 0 : -1;
    }
    char *crl = path_of(s->folder, "/crl");
    files_sweep(s->folder);
    if (crl) {
        files_sweep(crl);
    }
    mem_free(crl);
    return 1;
}

/* ---- transactions ---------------------------------------------------------------------------- */

int store_begin(struct store *s)
{
    return db_run(s->db, "BEGIN IMMEDIATE");
}

int store_commit(struct store *s, bool good)
{
    if (good &&
        db_run(s->db, "UPDATE state SET value = value + 1 WHERE name = 'generation'") == 0 &&
        db_run(s->db, "COMMIT") == 0) {
        s->dirty = true;
        return 0;
    }
    (void)!db_run(s->db, "ROLLBACK");
    return good ? -1 : 0;
}

int store_generation(struct store *s, int64_t *out)
{
    struct query q = query_begin(s->db, "SELECT value FROM state WHERE name = 'generation'");
    int row = query_row(&q);
    if (row == 1) {
        *out = query_get_int(&q, 0);
    }
    return query_end(&q) < 0 || row != 1 ? -1 : 0;
}
