/*
 * take - see take.h.
 */
#include "office/intake/take.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "office/intake/spawn.h"

enum { INDEXES_TEXT = 128 };

static int wrong(char *why, const char *what)
{
    (void)snprintf(why, TAKE_WHY, "%s", what);
    return -1;
}

/* "3.0.12": the indexes as one word. */
static bool put_indexes(const size_t *indexes, size_t count, char out[INDEXES_TEXT])
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        int m = snprintf(out + n, INDEXES_TEXT - n, "%s%zu", i ? "." : "", indexes[i]);
        if (m < 0 || (size_t)m >= INDEXES_TEXT - n) {
            return false;
        }
        n += (size_t)m;
    }
    return count > 0;
}

/* The bytes are those the report is about. */
static bool is_same(int fd, size_t size, const char *sha256)
{
    uint8_t want[SHA256_SIZE], got[SHA256_SIZE];
    bool same = false;
    void *p = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (p != MAP_FAILED) {
        same = hash_unhex(sha256, want, sizeof want) &&
               hash_sha256(size ? span_make(p, size) : SPAN_LIT(""), got) == 0 &&
               memcmp(want, got, sizeof want) == 0;
    }
    if (p && p != MAP_FAILED) {
        (void)munmap(p, size);
    }
    return same;
}

static int seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int take_member(const char *program, int document, const size_t *indexes, size_t count,
                int64_t size, const char *sha256, char *why)
{
    char place[INDEXES_TEXT], bytes[32];
    if (size < 0 || !put_indexes(indexes, count, place)) {
        return wrong(why, "it is nested too deep");
    }
    int fd = memfd_create("member", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, size) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return wrong(why, "there is no memory for it");
    }
    (void)snprintf(bytes, sizeof bytes, "%lld", (long long)size);
    const char *const arguments[] = {"satyapan-text", "member", bytes, place, NULL};
    struct spawned child;
    int code =
        spawn_program(program, arguments, document, fd, -1, &child) == 0 ? spawn_wait(&child) : -1;
    bool good = code == 0 && is_same(fd, (size_t)size, sha256) && seal(fd) == 0;
    if (!good) {
        (void)close(fd);
        return wrong(why, code == 0   ? "it is not what the report is about"
                          : code == 1 ? "it cannot be unpacked"
                                      : "the program that unpacks it failed");
    }
    return fd;
}
