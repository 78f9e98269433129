/*
 * records - opening, closing, transactions. See records.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "db/files.h"
#include "records/inside.h"
#include "records/turn.h"

enum { TURN_MS = 30000 }; /* as long as SQLite waits for another process */

char *records_path(const char *data, const char *rest)
{
    size_t n = strlen(data) + strlen(rest) + 1;
    char *p = mem_alloc(n);
    if (p) {
        (void)snprintf(p, n, "%s%s", data, rest);
    }
    return p;
}

static int fail(const char *data, char *error, const char *what, const char *why)
{
    int was = errno;
    (void)snprintf(error, RECORDS_WHY, "%s%s: %s", data, what, why);
    errno = was;
    return -1;
}

/* The name without links: the database refuses to be opened through one. */
static char *folder_of(const char *data)
{
    char real[PATH_MAX];
    if (files_folder(data) != 0 || !realpath(data, real)) {
        return NULL;
    }
    return records_path(real, "");
}

static int make_folders(const char *data)
{
    static const char *const names[] = {"/blobs", "/blobs/new"};
    int rc = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && rc == 0; i++) {
        char *path = records_path(data, names[i]);
        rc = path ? files_folder(path) : -1;
        mem_free(path);
    }
    return rc;
}

/* The file is made without a descriptor (closing one would drop the locks that other threads have
 * on it) and for its owner alone; SQLite gives its other files the same rights. */
static int open_database(struct records *r, int64_t now, char *why)
{
    const char *said;
    char *path = records_path(r->data, "/office.db");
    if (!path || (mknod(path, S_IFREG | 0600, 0) != 0 && errno != EEXIST)) {
        mem_free(path);
        return fail(r->data, why, "/office.db", strerrordesc_np(errno));
    }
    int rc = db_open(path, &records_schema, now, &r->db, &said);
    if (rc == 0) {
        rc = db_run(r->db, "PRAGMA cache_size = -8192");
        said = "memory ran out";
    }
    if (rc < 0) {
        errno = r->db ? sqlite3_system_errno(r->db) : ENOMEM;
        (void)fail(r->data, why, "/office.db", said);
    }
    mem_free(path);
    return rc;
}

int records_open(const char *data, int64_t now, struct records **out, char *why)
{
    *out = NULL;
    why[0] = 0;
    struct records *r = mem_zalloc(sizeof *r);
    if (!r) {
        errno = ENOMEM;
        return fail(data, why, "", "memory ran out");
    }
    r->data = folder_of(data);
    int rc = 0;
    r->turn = r->data ? turn_open(r->data) : NULL;
    if (!r->turn || make_folders(r->data) != 0) {
        rc = fail(data, why, "", strerrordesc_np(errno));
    } else {
        rc = open_database(r, now, why);
    }
    if (rc < 0) {
        int was = errno;
        records_close(r);
        errno = was;
        return -1;
    }
    *out = r;
    return 0;
}

void records_close(struct records *r)
{
    if (r) {
        if (r->writing) {
            turn_give(r->turn);
        }
        db_close(r->db);
        turn_close(r->turn);
        mem_free(r->data);
        mem_free(r);
    }
}

const char *records_error(const struct records *r)
{
    return r->error ? r->error : "no failure was noted";
}

const char *records_data(const struct records *r)
{
    return r->data;
}

/* ---- transactions ---------------------------------------------------------------------------- */

int records_begin(struct records *r)
{
    if (!r->writing && turn_take(r->turn, TURN_MS) != 0) {
        return records_wrong(r, "writing", "others write for too long");
    }
    if (db_run(r->db, "BEGIN IMMEDIATE") < 0) {
        if (!r->writing) {
            turn_give(r->turn);
        }
        return records_failed(r);
    }
    r->writing = true;
    return 0;
}

static int end(struct records *r, bool good)
{
    if (good && db_run(r->db, "COMMIT") == 0) {
        return 0;
    }
    if (good) {
        (void)records_failed(r);
    }
    /* After some failures (a full disk) SQLite has undone it already. */
    if (!sqlite3_get_autocommit(r->db)) {
        (void)!db_run(r->db, "ROLLBACK");
    }
    return good ? RECORDS_FAILED : 0;
}

int records_commit(struct records *r, bool good)
{
    int rc = end(r, good);
    if (r->writing) {
        turn_give(r->turn);
    }
    r->writing = false;
    return rc;
}

int records_read_begin(struct records *r)
{
    return db_run(r->db, "BEGIN") == 0 ? 0 : records_failed(r);
}

void records_read_end(struct records *r)
{
    (void)!db_run(r->db, "COMMIT");
}
