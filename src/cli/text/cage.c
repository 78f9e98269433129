/*
 * cage - poppler's programs on a stranger's PDF: a large parser that is not ours.
 *
 * Before it is executed the process gives up the network (its own empty network namespace where
 * that is allowed, and no call that makes a socket), every file but the system's libraries and
 * fonts (Landlock), making processes (seccomp), memory and time beyond a limit (rlimits). It reads
 * the document from its standard input and writes to a pipe, of which no more than a maximum is
 * read. landlock(7), seccomp(2), unshare(2), setrlimit(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/text/text.h"
#include "sandbox/child.h"
#include "sandbox/sanitizer.h"

enum { CPU_SECONDS = 20, WALL_MS = 40000, FILES = 64 };
#define CAGE_MEMORY ((rlim_t)1 << 30)

/* ---- what it may do
 * ---------------------------------------------------------------------------- */

static const int allowed[] = {
    SYS_execve,
    SYS_exit,
    SYS_exit_group,
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_read,
    SYS_pread64,
    SYS_readv,
    SYS_write,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_openat,
    SYS_newfstatat,
    SYS_fstat,
    SYS_statx,
    SYS_fstatfs,
    SYS_statfs,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_readlinkat,
    SYS_getdents64,
    SYS_getcwd,
    SYS_fadvise64,
    SYS_futex,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_set_tid_address,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_prlimit64,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sysinfo,
    SYS_uname,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_sched_getaffinity,
    SYS_fcntl,
    SYS_dup,
    SYS_restart_syscall,
#ifdef __x86_64__
    SYS_arch_prctl,
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
#endif
};

#if defined(__x86_64__)
#define CAGE_ARCH AUDIT_ARCH_X86_64
#else
#define CAGE_ARCH AUDIT_ARCH_AARCH64
#endif

enum { ROWS = 8 + 2 * sizeof allowed / sizeof *allowed + 1 };

/* What is not in the list is answered EPERM: libraries try this and that and cope. */
static int filter(void)
{
    struct sock_filter rows[ROWS];
    unsigned short n = 0;
    rows[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    rows[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CAGE_ARCH, 1, 0);
    rows[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    rows[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        rows[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 1);
        rows[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    rows[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {.len = n, .filter = rows};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* ---- what it may see
 * ----------------------------------------------------------------------------- */

/* From linux/landlock.h, which older headers lack. */
struct ruleset {
    uint64_t fs, net, scoped;
};
struct beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

enum { EXECUTE = 1, READ_FILE = 4, READ_DIR = 8, PATH_BENEATH = 1 };

static void may_read(int ruleset, const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct beneath rule = {.allowed = EXECUTE | READ_FILE | READ_DIR, .parent = fd};
    if (fd >= 0 && syscall(445, ruleset, PATH_BENEATH, &rule, 0) != 0) {
        rule.allowed = EXECUTE | READ_FILE; /* it is a file */
        (void)syscall(445, ruleset, PATH_BENEATH, &rule, 0);
    }
}

/* A kernel without it has the other walls. */
static int landlock(void)
{
    static const char *const seen[] = {"/usr",
                                       "/lib",
                                       "/lib64",
                                       "/etc/ld.so.cache",
                                       "/etc/fonts",
                                       "/etc/localtime",
                                       "/var/cache/fontconfig"};
    long abi = syscall(444, NULL, (size_t)0, 1u);
    if (abi <= 0) {
        return 0;
    }
    unsigned bits = abi == 1 ? 13 : abi == 2 ? 14 : abi < 5 ? 15 : 16;
    struct ruleset attr = {
        .fs = ((uint64_t)1 << bits) - 1, .net = abi >= 4 ? 3 : 0, .scoped = abi >= 6 ? 3 : 0};
    size_t size = abi >= 6 ? sizeof attr : abi >= 4 ? 16 : 8;
    int fd = (int)syscall(444, &attr, size, 0u);
    if (fd < 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        may_read(fd, seen[i]);
    }
    return (int)syscall(446, fd, 0u);
}

static int limit(__rlimit_resource_t what, rlim_t n)
{
    struct rlimit r;
    if (getrlimit(what, &r) != 0) {
        return -1;
    }
    r.rlim_max = n < r.rlim_max ? n : r.rlim_max;
    r.rlim_cur = r.rlim_max;
    return setrlimit(what, &r);
}

static int enter(pid_t parent)
{
    child_reset_signals();
    /* Best effort: a user without the right has the filter alone. */
    if (unshare(CLONE_NEWNET) != 0) {
        (void)!unshare(CLONE_NEWUSER | CLONE_NEWNET);
    }
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent ||
                   prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                   limit(RLIMIT_AS, CAGE_MEMORY) != 0 || limit(RLIMIT_CPU, CPU_SECONDS) != 0 ||
                   limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_CORE, 0) != 0 ||
                   limit(RLIMIT_NOFILE, FILES) != 0 || landlock() != 0
               ? -1
               : filter();
}

_Noreturn static void inside(const char *path, const char *const *arguments, int pdf, int out,
                             pid_t parent)
{
    static char locale[] = "LC_ALL=C.UTF-8", home[] = "HOME=/nonexistent";
    static char *const environment[] = {locale, home, NULL};
    char *const *words;
    memcpy(&words, &arguments, sizeof words); /* execve changes none of them */
    int null = open("/dev/null", O_WRONLY);
    if (null < 0 || dup2(pdf, 0) != 0 || dup2(out, 1) != 1 || dup2(null, 2) != 2 ||
        lseek(0, 0, SEEK_SET) != 0) {
        _exit(126);
    }
    (void)syscall(436, 3u, ~0u, 0);
    if (enter(parent) == 0) {
        (void)execve(path, words, environment);
    }
    _exit(errno == ENOENT ? 127 : 126);
}

/* ---- outside
 * ------------------------------------------------------------------------------------- */

/* Reads until the end, the maximum or the time is over. */
static const char *read_all(int fd, struct buffer *out)
{
    int64_t until = child_now_ms() + WALL_MS;
    uint8_t piece[65536];
    for (;;) {
        int64_t left = until - child_now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&p, 1, (int)left) == 0) {
            return "it took too long";
        }
        ssize_t n = read(fd, piece, sizeof piece);
        if (n <= 0) {
            return NULL;
        }
        buffer_add(out, span_make(piece, (size_t)n));
        if (!buffer_ok(out)) {
            return "it says more than is read";
        }
    }
}

static int ended(int status, const char *stopped, char *why)
{
    if (stopped) {
        (void)snprintf(why, CAGE_WHY, "%s", stopped);
        return 1;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) < 100) {
        (void)snprintf(why, CAGE_WHY, "it cannot read the document");
        return WEXITSTATUS(status) != 0;
    }
    if (WIFSIGNALED(status)) {
        (void)snprintf(why, CAGE_WHY, "it was ended by signal %d", WTERMSIG(status));
        return 1;
    }
    (void)snprintf(why, CAGE_WHY,
                   WEXITSTATUS(status) == 127 ? "poppler-utils is not installed"
                                              : "it cannot be run");
    return -1;
}

int cage_exec(const char *path, const char *const *arguments, int pdf, struct buffer *out,
              char *why)
{
    int fds[2], status = 0;
    if (pipe2(fds, O_CLOEXEC) != 0) {
        (void)snprintf(why, CAGE_WHY, "no pipe");
        return -1;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        inside(path, arguments, pdf, fds[1], parent);
    }
    (void)close(fds[1]);
    const char *stopped = pid > 0 ? read_all(fds[0], out) : NULL;
    (void)close(fds[0]);
    if (pid < 0) {
        (void)snprintf(why, CAGE_WHY, "no process");
        return -1;
    }
    if (stopped) {
        (void)kill(pid, SIGKILL);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return ended(status, stopped, why);
}

int cage_run(const char *program, int pdf, struct buffer *out, char *why)
{
    static const char *const text[] = {"pdftotext", "-q", "-enc", "UTF-8", "-", "-", NULL};
    static const char *const fonts[] = {"pdffonts", "-", NULL};
    return strcmp(program, "pdffonts") == 0 ? cage_exec("/usr/bin/pdffonts", fonts, pdf, out, why)
                                            : cage_exec("/usr/bin/pdftotext", text, pdf, out, why);
}
