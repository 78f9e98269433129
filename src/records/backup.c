/*
 * backup - a whole copy of the records while others work, and what the database says of itself.
 *
 * The database is copied first (one moment of it), then the documents it names: documents only
 * come, so each row of the copy has its file. The copy is made under another name, checked, forced
 * to the disk and then renamed: a folder of the asked name is always a good copy.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/files.h"
#include "records/blob_files.h"
#include "records/inside.h"

struct copy {
    struct records *r;
    int from, to;             /* DATA and the copy: folders */
    int from_blobs, to_blobs; /* their folders blobs */
    char *path;               /* of the copy while it is made */
    char *why;
};

static int say(char *why, const char *what, const char *reason)
{
    int was = errno;
    (void)snprintf(why, RECORDS_WHY, "%s: %s", what, reason);
    errno = was;
    return -1;
}

static int say_errno(char *why, const char *what)
{
    return say(why, what, strerrordesc_np(errno));
}

/* ---- the database ---------------------------------------------------------------------------- */

static int say_db(struct copy *c, sqlite3 *db)
{
    errno = db ? sqlite3_system_errno(db) : ENOMEM;
    return say(c->why, "office.db", db ? sqlite3_errmsg(db) : "memory ran out");
}

static int copy_pages(struct copy *c, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", c->r->db, "main");
    if (!b) {
        return say_db(c, to);
    }
    (void)sqlite3_backup_step(b, -1); /* all at once: one moment, nobody waits for it */
    return sqlite3_backup_finish(b) == SQLITE_OK ? 0 : say_db(c, to);
}

static int copy_database(struct copy *c)
{
    sqlite3 *to = NULL;
    char *path = records_path(c->path, "/office.db");
    if (!path || mknod(path, S_IFREG | 0600, 0) != 0) {
        mem_free(path);
        return say_errno(c->why, "office.db");
    }
    int rc =
        sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) == SQLITE_OK
            ? copy_pages(c, to)
            : say_db(c, to);
    db_close(to);
    mem_free(path);
    return rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int copy_bytes(int from, int to)
{
    enum { CHUNK = 1 << 18 };
    uint8_t *buf = mem_alloc(CHUNK);
    int rc = buf ? 0 : -1;
    ssize_t n = 1;
    while (rc == 0 && n != 0) {
        n = read(from, buf, CHUNK);
        if (n > 0) {
            rc = files_write(to, span_make(buf, (size_t)n));
        } else if (n < 0 && errno != EINTR) {
            rc = -1;
        }
    }
    mem_free(buf);
    return rc == 0 ? fsync(to) : -1;
}

static int copy_file(int from_folder, int to_folder, const char *name, mode_t mode)
{
    int from = openat(from_folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = from < 0 ? -1
                      : openat(to_folder, name,
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    int rc = to < 0 ? -1 : copy_bytes(from, to);
    int was = errno;
    const int fds[] = {from, to};
    for (size_t i = 0; i < 2; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    errno = was;
    return rc;
}

/* A hard link where it is possible. */
static int copy_blob(struct copy *c, const char *sha256)
{
    char name[BLOB_NAME], part[3] = {sha256[0], sha256[1], 0};
    if (!blob_name(sha256, name)) {
        errno = EINVAL;
        return say(c->why, sha256, "this is no name of a document");
    }
    if (mkdirat(c->to_blobs, part, 0700) != 0 && errno != EEXIST) {
        return say_errno(c->why, part);
    }
    if (linkat(c->from_blobs, name, c->to_blobs, name, 0) == 0 ||
        (errno != ENOENT && copy_file(c->from_blobs, c->to_blobs, name, 0400) == 0)) {
        return 0;
    }
    return say_errno(c->why, name);
}

static int copy_blobs(struct copy *c, sqlite3 *copied)
{
    struct query q = query_begin(copied, "SELECT sha256 FROM blob ORDER BY sha256");
    int rc = 0;
    while (rc == 0 && query_row(&q) == 1) {
        char sha256[SHA256_HEX];
        query_copy_text(&q, 0, sha256, sizeof sha256);
        rc = copy_blob(c, sha256);
    }
    return query_end(&q) < 0 && rc == 0 ? say_db(c, copied) : rc;
}

/* Keys and settings: small plain files beside the database, not the database's own. */
static int copy_others(struct copy *c)
{
    enum { SMALL = 1 << 20 };
    int fd = dup(c->from), rc = 0;
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        return say_errno(c->why, "the data folder");
    }
    rewinddir(d);
    for (struct dirent *e; rc == 0 && (e = readdir(d));) {
        struct stat st;
        bool plain = fstatat(c->from, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                     S_ISREG(st.st_mode) && st.st_size <= SMALL;
        if (plain && !span_starts(span_str(e->d_name), SPAN_LIT("office.db"))) {
            rc = copy_file(c->from, c->to, e->d_name, st.st_mode & 0700);
            rc = rc < 0 ? say_errno(c->why, e->d_name) : 0;
        }
    }
    (void)closedir(d);
    return rc;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static int64_t check_rows(sqlite3 *db, const char *sql,
                          void (*bad)(void *context, const char *what), void *context)
{
    struct query q = query_begin(db, sql);
    int64_t count = 0;
    while (query_row(&q) == 1) {
        char what[RECORDS_WHY];
        query_copy_text(&q, 0, what, sizeof what);
        if (strcmp(what, "ok") != 0) {
            bad(context, what);
            count++;
        }
    }
    return query_end(&q) < 0 ? RECORDS_FAILED : count;
}

static int64_t check(sqlite3 *db, void (*bad)(void *context, const char *what), void *context)
{
    int64_t a = check_rows(db, "PRAGMA integrity_check", bad, context);
    int64_t b = a < 0 ? a
                      : check_rows(db,
                                   "SELECT \"table\" || ' ' || coalesce(rowid, '') ||"
                                   " ' names a row of ' || parent || ' that is not there'"
                                   " FROM pragma_foreign_key_check",
                                   bad, context);
    return b < 0 ? b : a + b;
}

int64_t records_check(struct records *r, void (*bad)(void *context, const char *what),
                      void *context)
{
    int64_t n = check(r->db, bad, context);
    return n < 0 ? records_failed(r) : n;
}

static void first_fault(void *context, const char *what)
{
    char *why = context;
    if (!why[0]) {
        errno = 0;
        (void)say(why, "the copy of office.db", what);
    }
}

/* Every row's file is there with its size. */
static int check_sizes(struct copy *c, sqlite3 *copied)
{
    struct query q = query_begin(copied, "SELECT sha256, size FROM blob");
    int rc = 0;
    while (rc == 0 && query_row(&q) == 1) {
        char sha256[SHA256_HEX], name[BLOB_NAME];
        struct stat st;
        query_copy_text(&q, 0, sha256, sizeof sha256);
        if (!blob_name(sha256, name) || fstatat(c->to_blobs, name, &st, 0) != 0) {
            rc = say_errno(c->why, sha256);
        } else if (st.st_size != query_get_int(&q, 1)) {
            errno = 0;
            rc = say(c->why, sha256, "its size is not the one in the records");
        }
    }
    return query_end(&q) < 0 && rc == 0 ? say_db(c, copied) : rc;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int fill(struct copy *c)
{
    const char *said;
    sqlite3 *copied = NULL;
    char *path = records_path(c->path, "/office.db");
    int rc = path && copy_database(c) == 0 ? 0 : -1;
    if (rc == 0 && db_open(path, &records_schema, 0, &copied, &said) < 0) {
        rc = say(c->why, "the copy of office.db", said);
    }
    if (rc == 0) {
        rc = copy_blobs(c, copied) == 0 && copy_others(c) == 0 && check_sizes(c, copied) == 0 ? 0
                                                                                              : -1;
    }
    if (rc == 0) {
        int64_t n = check(copied, first_fault, c->why);
        rc = n == 0 ? 0 : n < 0 ? say_db(c, copied) : -1;
    }
    db_close(copied); /* the last one takes the log into the file */
    mem_free(path);
    return rc;
}

static int folder_at(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static int open_folders(struct copy *c)
{
    c->from = open(c->r->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mkdir(c->path, 0700) != 0) {
        return errno == EEXIST
                   ? say(c->why, c->path, "it is left from a backup that was broken off; remove it")
                   : say_errno(c->why, c->path);
    }
    c->to = folder_at(AT_FDCWD, c->path);
    if (c->to < 0) {
        return say_errno(c->why, c->path);
    }
    c->from_blobs = blob_folder(c->r->data);
    c->to_blobs = mkdirat(c->to, "blobs", 0700) == 0 ? folder_at(c->to, "blobs") : -1;
    if (c->from < 0 || c->from_blobs < 0 || c->to_blobs < 0) {
        return say_errno(c->why, "blobs");
    }
    return mkdirat(c->to_blobs, "new", 0700) == 0 ? 0 : say_errno(c->why, "blobs/new");
}

static void close_folders(struct copy *c)
{
    const int fds[] = {c->from, c->to, c->from_blobs, c->to_blobs};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    (void)remove(path);
    return 0;
}

/* What was begun (the folder was made here) and is no good copy. */
static void remove_part(const struct copy *c)
{
    enum { DESCRIPTORS = 8 };
    if (c->to >= 0) {
        (void)nftw(c->path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    }
}

int records_backup(struct records *r, const char *folder, char *why)
{
    struct copy c = {.r = r, .from = -1, .to = -1, .from_blobs = -1, .to_blobs = -1, .why = why};
    struct stat st;
    why[0] = 0;
    if (lstat(folder, &st) == 0) {
        errno = EEXIST;
        return say(why, folder, "it is there already; name a new folder");
    }
    c.path = records_path(folder, ".part");
    if (!c.path) {
        return say(why, folder, "memory ran out");
    }
    int rc = open_folders(&c) == 0 && fill(&c) == 0 ? 0 : -1;
    if (rc == 0 && (syncfs(c.to) != 0 || rename(c.path, folder) != 0)) {
        rc = say_errno(why, folder);
    }
    int was = errno;
    if (rc < 0) {
        remove_part(&c);
    }
    close_folders(&c);
    mem_free(c.path);
    errno = was;
    return rc;
}
