/*
 * filter - the seccomp allow-list of the child, written by hand (no libseccomp).
 *
 * Two lists, one for every architecture: calls that only compute or answer are allowed; calls that
 * look up a path are answered EACCES, because libraries try configuration and locale files and cope
 * with a refusal. Everything else - sockets, processes, signals, tracing, the unknown - kills the
 * process. Memory that can be executed cannot be made.
 * See seccomp(2); struct seccomp_data carries the call's number, the architecture and arguments.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/span.h"
#include "sandbox/child.h"
#include "sandbox/sanitizer.h"

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#error "the sandbox knows x86_64 and aarch64 only"
#endif

static const int allowed[] = {
    /* memory; mmap and mprotect are below */
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    /* the answer */
    SYS_write,
    SYS_exit_group,
    SYS_exit,
    /* locks of libraries, uncontended in a process with one thread */
    SYS_futex,
    SYS_sched_yield,
    /* questions about itself and the time */
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_getpid,
    SYS_gettid,
    SYS_getrandom,
    SYS_rt_sigreturn,
    SYS_rt_sigprocmask,
    SYS_restart_syscall,
#ifdef SANDBOX_SANITIZED
    /* the sanitizers' own bookkeeping and reports */
    SYS_read,
    SYS_close,
    SYS_rt_sigaction,
    SYS_sigaltstack,
    SYS_getrlimit,
    SYS_prlimit64,
    SYS_sched_getaffinity,
    SYS_ioctl,
    SYS_uname,
#endif
};

static const int
    refused
        [] =
            {
#ifdef SYS_open
                SYS_open,       SYS_creat,    SYS_stat,       SYS_lstat,
                SYS_access,     SYS_readlink,
#endif
                SYS_openat,     SYS_openat2,  SYS_newfstatat, SYS_fstat,
                SYS_statx,      SYS_statfs,   SYS_faccessat,  SYS_faccessat2,
                SYS_readlinkat, SYS_getcwd,   SYS_sysinfo, /* qsort asks for the memory there is */
};

enum {
    /* arch and x32 checks, two rows a call, four rows for each guarded call, the final row */
    PROGRAM_MAX = 8 + 2 * (sizeof allowed + sizeof refused) / sizeof(int) + 2 * 4 + 1
};

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

/* Allowed unless the third argument asks for memory that can be executed. Leaves the argument in
 * the accumulator, but only on rows that end the program. */
static void when_not_executable(struct program *p, int number)
{
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    load(p, offsetof(struct seccomp_data, args[2]));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    give(p, SECCOMP_RET_KILL_PROCESS);
    give(p, SECCOMP_RET_ALLOW);
}

static void build(struct program *p)
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
    when_not_executable(p, SYS_mmap);
    when_not_executable(p, SYS_mprotect);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        when(p, allowed[i], SECCOMP_RET_ALLOW);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        when(p, refused[i], SECCOMP_RET_ERRNO | EACCES);
    }
    give(p, SECCOMP_RET_KILL_PROCESS);
}

int filter_install(void)
{
    struct program p = {.n = 0};
    build(&p);
    struct sock_fprog prog = {.len = p.n, .filter = p.rows};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0 ? 0 : -1;
}
