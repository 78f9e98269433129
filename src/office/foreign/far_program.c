/*
 * far_program - see works.h: runs satyapan-weblink and satyapan-mail.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/files.h"
#include "net/fetch_wire.h"
#include "office/check.h"
#include "office/foreign/works.h"
#include "office/intake/spawn.h"
#include "records/blobs.h"

enum { ANSWER_MAX = 64 << 20, SLICE_MS = 500, WAIT_S = 900, FILE_MAX_ = 512 << 20 };

/* ---- running --------------------------------------------------------------------------------- */

/* The request as a memory file that stands at its beginning; -1. */
static int request_file(const json_t *request)
{
    char *text = json_dumps(request, JSON_COMPACT);
    int fd = text ? memfd_create("request", MFD_CLOEXEC) : -1;
    size_t n = text ? strlen(text) : 0;
    bool good = fd >= 0 && write(fd, text, n) == (ssize_t)n && write(fd, "\n", 1) == 1 &&
                lseek(fd, 0, SEEK_SET) == 0;
    mem_free(text);
    if (!good && fd >= 0) {
        (void)close(fd);
    }
    return good ? fd : -1;
}

/* False: stop. */
static bool listen_to(struct worker *w, int fd, struct buffer *out)
{
    uint8_t piece[4096];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (!work_alive(w)) {
            return false;
        }
        if (poll(&p, 1, SLICE_MS) > 0) {
            ssize_t n = read(fd, piece, sizeof piece);
            if (n <= 0) {
                return true;
            }
            buffer_add(out, span_make(piece, (size_t)n));
        }
    }
}

/* Each line an object; anything else, and there are no rows. */
static json_t *read_rows(struct span text)
{
    json_t *rows = json_array();
    while (rows && text.n) {
        size_t end = span_find(text, SPAN_LIT("\n"), 0);
        size_t n = end == SIZE_MAX ? text.n : end;
        json_t *row = json_loadb((const char *)text.p, n, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(row) || json_array_append_new(rows, row) != 0) {
            json_decref(rows);
            return NULL;
        }
        text = end == SIZE_MAX ? SPAN_NONE : span_sub(text, end + 1, text.n);
    }
    return rows;
}

static enum program_end run(struct worker *w, const char *path, const char *const *arguments,
                            int request, struct buffer *answer)
{
    int fds[2];
    struct spawned child;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || pipe2(fds, O_CLOEXEC) != 0) {
        if (nothing >= 0) {
            (void)close(nothing);
        }
        return PROGRAM_FAILED;
    }
    int rc = spawn_program(path, arguments, request, nothing, fds[1], &child);
    (void)close(fds[1]);
    (void)close(nothing);
    enum program_end end = rc == 0 ? PROGRAM_DONE : PROGRAM_FAILED;
    if (rc == 0 && !listen_to(w, fds[0], answer)) {
        spawn_end(&child);
        end = PROGRAM_STOPPED;
    } else if (rc == 0) {
        end = spawn_wait(&child) == 0 && buffer_ok(answer) ? PROGRAM_DONE : PROGRAM_FAILED;
    }
    (void)close(fds[0]);
    return end;
}

enum program_end program_run(struct worker *w, const char *name, const char *argument,
                             const json_t *request, json_t **rows)
{
    char path[PATH_MAX];
    const char *const arguments[] = {name, argument, NULL};
    struct buffer answer;
    *rows = NULL;
    if (!fetch_find_program(name, path, sizeof path) || access(path, X_OK) != 0) {
        return PROGRAM_MISSING;
    }
    int fd = request_file(request);
    if (fd < 0) {
        return PROGRAM_FAILED;
    }
    buffer_init(&answer, ANSWER_MAX);
    enum program_end end = run(w, path, arguments, fd, &answer);
    if (end == PROGRAM_DONE) {
        *rows = read_rows(buffer_span(&answer));
        end = *rows ? PROGRAM_DONE : PROGRAM_FAILED;
    }
    buffer_free(&answer);
    (void)close(fd);
    return end;
}

enum work_end program_wait(struct worker *w, const char *name)
{
    char why[64];
    (void)snprintf(why, sizeof why, "%s%s", name ? name : "this server",
                   name ? " is not installed" : " is offline");
    int rc = records_begin(w->records);
    if (rc == 0) {
        rc = job_wait(w->records, w->job, work_now(w) + WAIT_S, why);
        rc = records_commit(w->records, rc == 0) != 0 ? RECORDS_FAILED : rc;
    }
    (void)fprintf(stderr, "satyapan: job %s %s: %s; it waits\n", w->job->kind, w->job->key, why);
    return rc == 0 ? WORK_FAILED : rc == RECORDS_CONFLICT ? WORK_LOST : WORK_BROKEN;
}

/* ---- files ----------------------------------------------------------------------------------- */

void program_folder(struct worker *w, char out[PROGRAM_FOLDER])
{
    char parent[PROGRAM_FOLDER];
    int n = snprintf(parent, sizeof parent, "%s/foreign", w->o->data);
    int m = snprintf(out, PROGRAM_FOLDER, "%s/foreign/run-XXXXXX", w->o->data);
    bool good = n > 0 && n < PROGRAM_FOLDER && m > 0 && m < PROGRAM_FOLDER &&
                files_folder(parent) == 0 && mkdtemp(out) != NULL;
    if (!good) {
        *out = 0;
    }
}

static int open_plain(const char *folder, const char *path, struct stat *st)
{
    char whole[PATH_MAX];
    size_t n = strlen(folder);
    const char *name = strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : path;
    if (strchr(name, '/') || *name == '.' || !*name ||
        snprintf(whole, sizeof whole, "%s/%s", folder, name) >= (int)sizeof whole) {
        errno = EINVAL;
        return -1;
    }
    int fd = open(whole, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || st->st_size > FILE_MAX_)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static int copy(const struct worker *w, int fd, char hex[SHA256_HEX], int64_t *size)
{
    uint8_t piece[1 << 16];
    struct blob_draft *d = NULL;
    ssize_t n = 0;
    int rc = blob_begin(w->o->data, FILE_MAX_, &d);
    while (rc == 0 && (n = read(fd, piece, sizeof piece)) > 0) {
        rc = blob_write(d, span_make(piece, (size_t)n));
    }
    if (rc != 0 || n < 0) {
        blob_drop(d);
        return -1;
    }
    return blob_done(d, hex, size);
}

int program_file(struct worker *w, const char *folder, const char *path, const char *sha256,
                 char hex[SHA256_HEX], int64_t *size)
{
    struct stat st;
    int fd = path && *folder ? open_plain(folder, path, &st) : -1;
    if (fd < 0) {
        return 1;
    }
    int rc = copy(w, fd, hex, size);
    (void)close(fd);
    return rc == 0 && sha256 && strcmp(sha256, hex) != 0 ? 1 : rc;
}

/* Its files are plain: programs make no folders in it. */
void program_folder_remove(const char *folder)
{
    DIR *d = *folder ? opendir(folder) : NULL;
    for (const struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d) {
        (void)closedir(d);
        (void)rmdir(folder);
    }
}

void program_folder_sweep(struct worker *w)
{
    enum { OLD_S = 86400 };
    char path[PROGRAM_FOLDER], run[PROGRAM_FOLDER + 256];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/foreign", w->o->data);
    DIR *d = opendir(path);
    for (const struct dirent *e; d && (e = readdir(d));) {
        bool ours = strncmp(e->d_name, "run-", 4) == 0 &&
                    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    S_ISDIR(st.st_mode) && st.st_mtime + OLD_S < (int64_t)time(NULL);
        if (ours && snprintf(run, sizeof run, "%s/%s", path, e->d_name) < (int)sizeof run) {
            program_folder_remove(run);
        }
    }
    if (d) {
        (void)closedir(d);
    }
}

/* ---- who ------------------------------------------------------------------------------------- */

bool works_by(struct worker *w, const char *action, struct scheme_data *data,
              struct foreign_by *out)
{
    char why[SCHEME_DATA_ERROR];
    if (check_data(w->arena, w->o->office, w->o->data, data, why) != 0) {
        (void)fprintf(stderr, "satyapan: the scheme's data: %s\n", why);
        return false;
    }
    *out = (struct foreign_by){.r = w->records,
                               .data = data,
                               .now = work_now(w),
                               .person = UTC_NONE,
                               .login = "satyapan",
                               .action = action};
    return true;
}
