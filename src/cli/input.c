/*
 * input - see input.h.
 */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static enum exit_code refused(const char *path, int error)
{
    complain("%s: %s", path, strerror(error));
    return error == ENOENT || error == ENOTDIR ? EXIT_NO_INPUT
           : error == EACCES || error == EPERM ? EXIT_PERMISSION
                                               : EXIT_IO;
}

static enum exit_code too_large(const char *path)
{
    complain("%s: larger than %llu MiB, the most this program reads; split it or send it elsewhere",
             path, (unsigned long long)(INPUT_MAX >> 20));
    return EXIT_IO;
}

static enum exit_code read_stream(int fd, const char *path, struct input *out)
{
    size_t capacity = (size_t)1 << 16, n = 0;
    uint8_t *p = mem_alloc(capacity);
    while (p) {
        ssize_t got = read(fd, p + n, capacity - n);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            if (got < 0) {
                mem_free(p);
                return refused(path, errno);
            }
            *out = (struct input){.bytes = p, .size = n, .owned = p};
            memcpy(out->head, p, n < INPUT_HEAD ? n : INPUT_HEAD);
            return EXIT_GOOD;
        }
        n += (size_t)got;
        if (n > INPUT_MAX) {
            mem_free(p);
            return too_large(path);
        }
        if (n == capacity) {
            capacity *= 2;
            uint8_t *q = mem_realloc(p, capacity);
            if (!q) {
                mem_free(p);
            }
            p = q;
        }
    }
    complain("%s: memory ran out", path);
    return EXIT_INTERNAL;
}

static enum exit_code map_file(int fd, const char *path, const struct stat *st, struct input *out)
{
    static const uint8_t nothing[1];
    if ((uint64_t)st->st_size > INPUT_MAX) {
        return too_large(path);
    }
    size_t n = (size_t)st->st_size;
    if (n == 0) {
        *out = (struct input){.bytes = nothing};
        return EXIT_GOOD;
    }
    void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        return refused(path, errno);
    }
    *out = (struct input){.bytes = p, .size = n, .mapped = p};
    if (pread(fd, out->head, INPUT_HEAD, 0) < 0) {
        memset(out->head, 0, INPUT_HEAD); /* whoever reads it will be told */
    }
    return EXIT_GOOD;
}

enum exit_code input_open(const char *path, struct input *out)
{
    struct stat st;
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *out = (struct input){0};
    if (fd < 0 || fstat(fd, &st)) {
        return refused(path, errno);
    }
    enum exit_code code;
    if (S_ISREG(st.st_mode)) {
        code = map_file(fd, path, &st, out);
    } else if (standard || S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) {
        code = read_stream(fd, path, out);
    } else {
        complain("%s: %s; give a file", path,
                 S_ISDIR(st.st_mode) ? "is a directory" : "is a device");
        code = EXIT_NO_INPUT;
    }
    if (!standard) {
        (void)close(fd);
    }
    return code;
}

void input_close(struct input *in)
{
    if (in->mapped) {
        (void)munmap(in->mapped, in->size);
    }
    mem_free(in->owned);
    *in = (struct input){0};
}

static enum exit_code add_path(struct path_list *list, const char *path)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        char **p = mem_realloc(list->paths, capacity * sizeof *p);
        if (!p) {
            complain("memory ran out");
            return EXIT_INTERNAL;
        }
        list->paths = p;
        list->capacity = capacity;
    }
    size_t n = strlen(path) + 1;
    char *copy = mem_alloc(n);
    if (!copy) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    memcpy(copy, path, n);
    list->paths[list->count++] = copy;
    return EXIT_GOOD;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum exit_code walk(const char *path, struct path_list *list)
{
    enum exit_code code = EXIT_GOOD;
    size_t n = strlen(path) + 1;
    char *start = mem_alloc(n), *roots[] = {start, NULL};
    if (!start) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    memcpy(start, path, n);
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!fts) {
        code = refused(path, errno);
    }
    for (FTSENT *e; fts && (e = fts_read(fts)) != NULL;) {
        enum exit_code one = EXIT_GOOD;
        if (e->fts_info == FTS_F) {
            one = add_path(list, e->fts_path);
        } else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS) {
            one = refused(e->fts_path, e->fts_errno);
        }
        code = one ? one : code;
    }
    if (fts) {
        code = errno ? refused(path, errno) : code; /* 0 at the end: files may be missing */
        (void)fts_close(fts);
    }
    mem_free(start);
    return code;
}

enum exit_code input_list(const char *path, struct path_list *list)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return walk(path, list);
    }
    return add_path(list, path);
}

void path_list_free(struct path_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mem_free(list->paths[i]);
    }
    for (size_t i = 0; i < list->pair_count; i++) {
        mem_free(list->pairs[i].content);
        mem_free(list->pairs[i].name);
    }
    mem_free(list->pairs);
    mem_free(list->paths);
    *list = (struct path_list){0};
}
