/*
 * lockdown - see lockdown.h.
 */
#include "net/fetch/lockdown.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "net/fetch/lockdown_internal.h"

/* ---- limits ---------------------------------------------------------------------------------- */

static int limit(__rlimit_resource_t what, uint64_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0) {
        return -1;
    }
    /* A hard limit that is lower already is good enough. */
    rlim_t top = most < now.rlim_max ? most : now.rlim_max;
    struct rlimit r = {top, top};
    return setrlimit(what, &r);
}

static int close_from(unsigned from, unsigned to)
{
    return from > to ? 0 : (int)syscall(SYS_close_range, from, to, 0);
}

/* Started by root or not: no right beyond those of the files' owner is left. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return (int)syscall(SYS_capset, &head, none);
}

/* ---- Landlock -------------------------------------------------------------------------------- */

/* From linux/landlock.h, which older headers lack or know less of. */
enum {
    CALL_CREATE = 444,
    CALL_ADD = 445,
    CALL_RESTRICT = 446,
    RULE_PATH = 1,
    RULE_PORT = 2,
    VERSION_FLAG = 1
};

#define RIGHT_READ_FILE   ((uint64_t)1 << 2)
#define RIGHT_READ_DIR    ((uint64_t)1 << 3)
#define RIGHT_CONNECT_TCP ((uint64_t)1 << 1)

struct landlock_attr {
    uint64_t fs, net, scoped;
};

struct path_attr {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));

struct port_attr {
    uint64_t access, port;
};

/* Not /etc/ssl as a whole: private keys lie there too. */
static const char *const readable[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/dev/urandom",
    "/usr/local/share/ca-certificates",
    "/dev/null",
};

/* A path that is not there needs no rule. */
static int allow_path(int ruleset, const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    struct stat st;
    int r = fstat(fd, &st);
    struct path_attr rule = {.access = RIGHT_READ_FILE, .parent = fd};
    if (r == 0 && S_ISDIR(st.st_mode)) {
        rule.access |= RIGHT_READ_DIR;
    }
    r = r ? r : (int)syscall(CALL_ADD, ruleset, RULE_PATH, &rule, 0);
    (void)close(fd);
    return r;
}

static int allow_all(int ruleset, long abi)
{
    static const uint64_t ports[] = {80, 443, 53};
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) {
        if (allow_path(ruleset, readable[i]) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; abi >= 4 && i < sizeof ports / sizeof *ports; i++) {
        const struct port_attr rule = {RIGHT_CONNECT_TCP, ports[i]};
        if (syscall(CALL_ADD, ruleset, RULE_PORT, &rule, 0) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Handles every right this version knows and grants the lists above. */
static int enter_landlock(void)
{
    long abi = syscall(CALL_CREATE, NULL, 0, VERSION_FLAG);
    if (abi <= 0) {
        return 0; /* the kernel has none, or a container hides it */
    }
    unsigned fs_bits = abi == 1 ? 13 : abi == 2 ? 14 : abi < 5 ? 15 : 16;
    struct landlock_attr attr = {
        .fs = ((uint64_t)1 << fs_bits) - 1, .net = abi >= 4 ? 3 : 0, .scoped = abi >= 6 ? 3 : 0};
    size_t size = abi >= 6   ? sizeof attr
                  : abi >= 4 ? offsetof(struct landlock_attr, scoped)
                             : offsetof(struct landlock_attr, net);
    long fd = syscall(CALL_CREATE, &attr, size, 0);
    if (fd < 0) {
        return -1;
    }
    int r = allow_all((int)fd, abi);
    r = r ? r : (int)syscall(CALL_RESTRICT, (int)fd, 0);
    (void)close((int)fd);
    return r;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Closes all descriptors from one on, but not keep. */
static int close_others(unsigned from, int keep)
{
    if (keep < (int)from) {
        return close_from(from, ~0u);
    }
    int r = keep > (int)from ? close_from(from, (unsigned)keep - 1) : 0;
    return r ? r : close_from((unsigned)keep + 1, ~0u);
}

int lockdown_broker(int keep)
{
    if (close_others(3, keep) || limit(RLIMIT_CORE, 0) || limit(RLIMIT_NOFILE, 1024)) {
        return -1;
    }
    return drop_capabilities() || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
                   prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || lockdown_filter_broker()
               ? -1
               : 0;
}

int lockdown_child(int keep, uint64_t bytes, int seconds)
{
    if (close_others(0, keep) || limit(RLIMIT_NOFILE, 64) ||
        limit(RLIMIT_CPU, (uint64_t)seconds + 1)) {
        return -1;
    }
#ifndef SANITIZED
    const uint64_t memory = (uint64_t)512 << 20;
    if (limit(RLIMIT_AS, memory) || limit(RLIMIT_FSIZE, bytes)) {
        return -1;
    }
#else
    (void)bytes;
#endif
    return enter_landlock() || lockdown_filter_child() ? -1 : 0;
}
