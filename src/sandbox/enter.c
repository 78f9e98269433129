/*
 * enter - gives up every right but computing and writing to one pipe.
 *
 * Order matters: what needs a right comes before the step that takes it away. Landlock (a kernel
 * may lack it) and the limits are a second wall; seccomp is the first, and without it nothing runs.
 * See landlock(7), seccomp(2), setrlimit(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/child.h"
#include "sandbox/sanitizer.h"

/* From linux/landlock.h, which older headers lack or know less of. */
#define LANDLOCK_VERSION_FLAG 1u

struct landlock_attr {
    uint64_t fs, net, scoped;
};

static long landlock_create(const struct landlock_attr *attr, size_t size, unsigned flags)
{
    return syscall(444, attr, size, flags);
}

/* 0: the kernel has none (or a container hides it). */
static long landlock_abi(void)
{
    long abi = landlock_create(NULL, 0, LANDLOCK_VERSION_FLAG);
    return abi > 0 ? abi : 0;
}

bool sandbox_has_landlock(void)
{
    return landlock_abi() > 0;
}

/* Handles every right this ABI version knows and grants none. */
static int enter_landlock(void)
{
    long abi = landlock_abi();
    if (abi == 0) {
        return 0;
    }
    unsigned fs_bits = abi == 1 ? 13 : abi == 2 ? 14 : abi < 5 ? 15 : 16;
    struct landlock_attr attr = {
        .fs = ((uint64_t)1 << fs_bits) - 1, .net = abi >= 4 ? 3 : 0, .scoped = abi >= 6 ? 3 : 0};
    size_t size = abi >= 6   ? sizeof attr
                  : abi >= 4 ? offsetof(struct landlock_attr, scoped)
                             : offsetof(struct landlock_attr, net);
    long fd = landlock_create(&attr, size, 0);
    if (fd < 0) {
        return -1;
    }
    long r = syscall(446, (int)fd, 0);
    (void)close((int)fd);
    return r == 0 ? 0 : -1;
}

/* close_range where the kernel has it, one by one where it has not. */
static int close_between(unsigned from, unsigned to)
{
    if (from > to || syscall(436, from, to, 0) == 0) {
        return 0;
    }
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0) {
        return -1;
    }
    for (unsigned fd = from; fd <= to && fd < r.rlim_cur; fd++) {
        (void)close((int)fd);
    }
    return 0;
}

int enter_close_others(int keep, int also)
{
    int low = keep < also ? keep : also, high = keep < also ? also : keep;
    unsigned from = 0;
    for (int i = 0; i < 2; i++) {
        int fd = i == 0 ? low : high;
        if (fd < 0) {
            continue;
        }
        if (fd > 0 && close_between(from, (unsigned)fd - 1) != 0) {
            return -1;
        }
        from = (unsigned)fd + 1;
    }
    return close_between(from, ~0u);
}

#ifndef SANDBOX_SANITIZED
/* Bytes mapped now (first field of /proc/self/statm, in pages); 0 when that cannot be told. */
static uint64_t mapped_now(void)
{
    char text[64];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, text, sizeof text - 1);
    (void)close(fd);
    if (n <= 0) {
        return 0;
    }
    text[n] = 0;
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}
#endif

static int limit(__rlimit_resource_t what, uint64_t soft, uint64_t hard)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0) {
        return -1;
    }
    /* An ordinary user cannot raise a hard limit that is already lower; lower is good enough. */
    rlim_t top = hard < now.rlim_max ? hard : now.rlim_max;
    struct rlimit r = {soft < top ? soft : top, top};
    return setrlimit(what, &r);
}

static int enter_limits(const struct sandbox_limits *limits)
{
#ifndef SANDBOX_SANITIZED
    uint64_t mapped = mapped_now();
    if (mapped == 0 || limit(RLIMIT_AS, mapped + limits->memory, mapped + limits->memory) != 0) {
        return -1;
    }
#endif
    if (limit(RLIMIT_CPU, limits->cpu_seconds, (uint64_t)limits->cpu_seconds + 1) != 0 ||
        limit(RLIMIT_NOFILE, 16, 16) != 0 || limit(RLIMIT_CORE, 0, 0) != 0) {
        return -1;
    }
#ifndef SANDBOX_SANITIZED
    return limit(RLIMIT_FSIZE, 0, 0);
#else
    return 0; /* a sanitizer's report may go to a file */
#endif
}

int enter_limited(int fd, const struct sandbox_limits *limits)
{
#ifdef SANDBOX_SANITIZED
    int also = STDERR_FILENO;
#else
    int also = -1;
#endif
    if (enter_close_others(fd, also) != 0 || enter_limits(limits) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        enter_landlock() != 0) {
        return -1;
    }
    return filter_install();
}

int sandbox_enter(int fd)
{
    return enter_limited(fd, &sandbox_limits_default);
}
