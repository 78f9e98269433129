/*
 * files - see files.h.
 */
#include "db/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ABANDONED_SECONDS = 3600 };

int files_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int files_write(int fd, struct span s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return -1;
        }
        s = span_sub(s, (size_t)n, s.n);
    }
    return 0;
}

int files_draft_write(int folder, struct span bytes, struct files_draft *out)
{
    static atomic_uint number;
    *out = (struct files_draft){.folder = folder};
    (void)snprintf(out->tmp, sizeof out->tmp, "%ld.%u.tmp", (long)getpid(),
                   atomic_fetch_add(&number, 1));
    int fd = openat(folder, out->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = fd >= 0 && files_write(fd, bytes) == 0 && fsync(fd) == 0 ? 0 : -1;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (rc < 0 && fd >= 0) {
        (void)unlinkat(folder, out->tmp, 0);
    }
    out->tmp[rc < 0 ? 0 : sizeof out->tmp - 1] = 0;
    errno = error;
    return rc;
}

int files_draft_name(struct files_draft *draft, const char *name)
{
    int rc = renameat(draft->folder, draft->tmp, draft->folder, name);
    if (rc == 0) {
        draft->tmp[0] = 0;
    }
    return rc;
}

void files_draft_drop(struct files_draft *draft)
{
    if (draft->tmp[0]) {
        int error = errno;
        (void)unlinkat(draft->folder, draft->tmp, 0);
        draft->tmp[0] = 0;
        errno = error;
    }
}

int files_put(int folder, const char *name, struct span bytes)
{
    struct files_draft draft;
    int rc = files_draft_write(folder, bytes, &draft);
    if (rc == 0) {
        rc = files_draft_name(&draft, name);
        files_draft_drop(&draft);
    }
    return rc;
}

int files_sync(int folder)
{
    return fsync(folder);
}

static bool abandoned(int folder, const char *name)
{
    struct stat st;
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".tmp") == 0 &&
           fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           time(NULL) - st.st_mtime > ABANDONED_SECONDS;
}

void files_sweep(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (abandoned(dirfd(d), e->d_name)) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d) {
        (void)closedir(d);
    }
}

int files_map(int folder, const char *name, size_t max, struct span *out)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return -1;
    }
    int rc = fstat(fd, &st);
    if (rc == 0 && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)) {
        errno = EFBIG;
        rc = -1;
    }
    *out = SPAN_LIT("");
    if (rc == 0 && st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        rc = p == MAP_FAILED ? -1 : 0;
        *out = span_make(p, (size_t)st.st_size);
    }
    int error = errno;
    (void)close(fd);
    errno = error;
    return rc;
}

void files_unmap(struct span bytes)
{
    if (bytes.n) {
        union {
            const uint8_t *given;
            void *mapped;
        } p = {bytes.p};
        (void)munmap(p.mapped, bytes.n);
    }
}

bool files_same(int folder, const char *name, struct span bytes)
{
    struct span held;
    if (files_map(folder, name, bytes.n, &held) != 0) {
        return false;
    }
    bool same = span_eq(held, bytes);
    files_unmap(held);
    return same;
}
