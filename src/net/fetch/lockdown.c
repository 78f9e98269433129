/*
 * lockdown - see lockdown.h.
 */
#include "net/fetch/lockdown.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#error "the lockdown knows x86_64 and aarch64 only"
#endif

/* AddressSanitizer needs terabytes of address space and calls of its own: its builds keep the list
 * of forbidden calls, not the list of allowed ones. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif

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

/* ---- seccomp --------------------------------------------------------------------------------- */

/* Nothing of this process has a use for these: a call is an attack, and ends it. */
static const int forbidden[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_personality,
    SYS_acct,
    SYS_quotactl,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_truncate,
    SYS_setxattr,
    SYS_openat2,
#ifdef SYS_unlink
    SYS_unlink,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_mknod,
    SYS_link,
    SYS_symlink,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_creat,
#endif
};

#ifndef SANITIZED
/* What libcurl, libcrypto and the resolver use once they run; found with strace. */
static const int allowed[] = {
    /* memory; mmap and mprotect are below */
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    /* files to read; open and openat are below */
    SYS_read,
    SYS_readv,
    SYS_pread64,
    SYS_lseek,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_fcntl,
    SYS_ioctl,
    /* the body and the answer */
    SYS_write,
    SYS_writev,
    SYS_memfd_create,
    SYS_sendmsg,
    /* the network; socket is below */
    SYS_connect,
    SYS_bind,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_sendto,
    SYS_sendmmsg,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    SYS_shutdown,
    SYS_ppoll,
    SYS_pselect6,
    SYS_socketpair,
    SYS_pipe2,
    SYS_eventfd2,
    /* locks, time, signals, questions about itself, the end */
    SYS_futex,
    SYS_sched_yield,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_sysinfo,
    SYS_prlimit64,
    SYS_sched_getaffinity,
    SYS_exit,
    SYS_exit_group,
#ifdef SYS_open
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_select,
    SYS_pipe,
    SYS_time,
    SYS_getrlimit,
#endif
};
#endif

/* Two rows for each call, four to six for each guarded one. */
enum { PROGRAM_MAX = 512 };

struct program {
    struct sock_filter rows[PROGRAM_MAX];
    unsigned short n;
};

static void add(struct program *p, struct sock_filter row)
{
    p->rows[p->n++] = row;
}

static void load(struct program *p, size_t offset)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void give(struct program *p, uint32_t action)
{
    add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void when(struct program *p, int number, uint32_t action)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
    give(p, action);
}

#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (size_t)(i))

/* Refused when the argument has one of the bits, else otherwise. */
static void unless_bits(struct program *p, int number, int argument, uint32_t bits,
                        uint32_t otherwise)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    load(p, ARGUMENT(argument));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    give(p, SECCOMP_RET_ERRNO | EACCES);
    give(p, otherwise);
}

#ifndef SANITIZED
/* mmap may map a library for execution (the resolver loads modules), but never memory that can be
 * written too. */
static void mmap_write_xor_execute(struct program *p)
{
    const uint32_t both = PROT_WRITE | PROT_EXEC;
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 5));
    load(p, ARGUMENT(2));
    add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, both));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, both, 0, 1));
    give(p, SECCOMP_RET_ERRNO | EACCES);
    give(p, SECCOMP_RET_ALLOW);
}

/* Internet sockets, and netlink, by which the resolver asks for the machine's own addresses; no
 * sockets of the file system, behind which other services listen. */
static void socket_families(struct program *p)
{
    static const uint32_t families[] = {AF_INET, AF_INET6, AF_NETLINK};
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 8));
    load(p, ARGUMENT(0));
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, families[i], 0, 1));
        give(p, SECCOMP_RET_ALLOW);
    }
    give(p, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}
#endif

static void begin(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0));
    give(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    /* The x32 numbers (bit 30) reach the same calls under other names. */
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    give(p, SECCOMP_RET_KILL_PROCESS);
#endif
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        when(p, forbidden[i], SECCOMP_RET_KILL_PROCESS);
    }
    unless_bits(p, SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, SECCOMP_RET_ALLOW);
#ifdef SYS_open
    unless_bits(p, SYS_open, 1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, SECCOMP_RET_ALLOW);
#endif
}

static int install(struct program *p)
{
    struct sock_fprog prog = {.len = p->n, .filter = p->rows};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

static int filter_broker(void)
{
    static struct program p;
    p.n = 0;
    begin(&p);
    give(&p, SECCOMP_RET_ALLOW);
    return install(&p);
}

static int filter_child(void)
{
#ifdef SANITIZED
    return 0; /* the waiting process's list stays in force */
#else
    static struct program p;
    p.n = 0;
    begin(&p);
    mmap_write_xor_execute(&p);
    unless_bits(&p, SYS_mprotect, 2, PROT_EXEC, SECCOMP_RET_ALLOW);
    socket_families(&p);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        when(&p, allowed[i], SECCOMP_RET_ALLOW);
    }
    /* What is unknown is answered as an old kernel would, and libraries cope. */
    give(&p, SECCOMP_RET_ERRNO | ENOSYS);
    return install(&p);
#endif
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
                   prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || filter_broker()
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
    return enter_landlock() || filter_child() ? -1 : 0;
}
