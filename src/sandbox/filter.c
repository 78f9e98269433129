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
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/bpf.h"
#include "base/span.h"
#include "sandbox/child.h"
#include "sandbox/sanitizer.h"

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
    RULES = (sizeof allowed + sizeof refused) / sizeof(int),
    LEAF = 2, /* calls compared one after the other */
    /* arch and x32 checks, five rows for each guarded call, two a call, at most one fork and one
     * last row for each leaf, of which there are no more than calls */
    PROGRAM_MAX = 8 + 2 * 5 + (2 + 1 + 1) * RULES
};
_Static_assert((int)PROGRAM_MAX <= (int)FILTER_ROWS_MAX, "jumps are 8 bits");

struct rule {
    int number;
    uint32_t action;
};

/* Allowed unless the third argument asks for memory that can be executed. Leaves the argument in
 * the accumulator, but only on rows that end the program. */
static void when_not_executable(struct bpf *p, int number)
{
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    bpf_load(p, offsetof(struct seccomp_data, args[2]));
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
    bpf_give(p, SECCOMP_RET_KILL_PROCESS);
    bpf_give(p, SECCOMP_RET_ALLOW);
}

static int by_number(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* The kernel runs the program for every call there is when it is installed, in every child: so the
 * call is looked for by halves. Every way ends in a row that answers; nothing falls through. Depth:
 * the logarithm of RULES. */
static void look_up(struct bpf *p, const struct rule *rules, size_t n)
{
    if (n <= LEAF) {
        for (size_t i = 0; i < n; i++) {
            bpf_when(p, rules[i].number, rules[i].action);
        }
        bpf_give(p, SECCOMP_RET_KILL_PROCESS);
        return;
    }
    unsigned short fork = p->n;
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
                                            (uint32_t)rules[n / 2].number, 0, 0));
    look_up(p, rules, n / 2);
    p->rows[fork].jt = (uint8_t)(p->n - fork - 1);
    look_up(p, rules + n / 2, n - n / 2);
}

static void build(struct bpf *p)
{
    struct rule rules[RULES];
    size_t n = 0;
    bpf_begin(p);
    when_not_executable(p, SYS_mmap);
    when_not_executable(p, SYS_mprotect);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        rules[n++] = (struct rule){allowed[i], SECCOMP_RET_ALLOW};
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        rules[n++] = (struct rule){refused[i], SECCOMP_RET_ERRNO | EACCES};
    }
    qsort(rules, n, sizeof *rules, by_number);
    look_up(p, rules, n);
}

size_t filter_write(struct sock_filter *rows)
{
    struct bpf p = {.rows = rows};
    build(&p);
    return p.n;
}

int filter_install(void)
{
    struct sock_filter rows[FILTER_ROWS_MAX];
    struct bpf p = {.rows = rows, .n = (unsigned short)filter_write(rows)};
    return bpf_install(&p);
}
