/*
 * test_filter - the sandbox's filter, run here row by row for every number a call can have.
 *
 * The lists are written down a second time on purpose: what the child may do is not to change by
 * an edit in one place.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sandbox/child.h"
#include "sandbox/sanitizer.h"

#ifdef __x86_64__
#define OURS   AUDIT_ARCH_X86_64
#define OTHERS AUDIT_ARCH_I386
#else
#define OURS   AUDIT_ARCH_AARCH64
#define OTHERS AUDIT_ARCH_ARM
#endif

static struct sock_filter rows[FILTER_ROWS_MAX];
static size_t row_count;

/* What the kernel would answer (Documentation/networking/filter.rst, the few codes in use). */
static uint32_t answer(uint32_t arch, uint32_t number, uint64_t third)
{
    struct seccomp_data data = {.nr = (int)number, .arch = arch, .args = {1, 2, third, 4, 5, 6}};
    uint32_t a = 0;
    for (size_t i = 0; i < row_count; i++) {
        const struct sock_filter *r = &rows[i];
        bool yes = false;
        switch (r->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(r->k % 4 == 0 && r->k + 4 <= sizeof data);
            memcpy(&a, (const uint8_t *)&data + r->k, sizeof a);
            continue;
        case BPF_RET | BPF_K:
            return r->k;
        case BPF_JMP | BPF_JEQ | BPF_K:
            yes = a == r->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            yes = a >= r->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            yes = (a & r->k) != 0;
            break;
        default:
            fail_msg("row %zu: code %u", i, r->code);
        }
        i += yes ? r->jt : r->jf;
    }
    fail_msg("call %u: the program has no end", number);
    return 0;
}

static uint32_t expected(uint32_t number)
{
    static const int allowed[] = {
        SYS_brk,
        SYS_munmap,
        SYS_mremap,
        SYS_madvise,
        SYS_write,
        SYS_exit_group,
        SYS_exit,
        SYS_futex,
        SYS_sched_yield,
        SYS_clock_gettime,
        SYS_gettimeofday,
        SYS_getpid,
        SYS_gettid,
        SYS_getrandom,
        SYS_rt_sigreturn,
        SYS_mmap,
        SYS_mprotect,
        SYS_rt_sigprocmask,
        SYS_restart_syscall,
#ifdef SANDBOX_SANITIZED
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
    static const int refused[] = {
#ifdef SYS_open
        SYS_open,      SYS_creat,      SYS_stat,       SYS_lstat,  SYS_access,  SYS_readlink,
#endif
        SYS_openat,    SYS_openat2,    SYS_newfstatat, SYS_fstat,  SYS_statx,   SYS_statfs,
        SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getcwd, SYS_sysinfo,
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if ((uint32_t)allowed[i] == number) {
            return SECCOMP_RET_ALLOW;
        }
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if ((uint32_t)refused[i] == number) {
            return SECCOMP_RET_ERRNO | EACCES;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

static void test_every_call(void **state)
{
    (void)state;
    for (uint32_t n = 0; n < 70000; n++) {
        if (answer(OURS, n, PROT_READ | PROT_WRITE) != expected(n)) {
            fail_msg("call %u: %x", n, answer(OURS, n, PROT_READ | PROT_WRITE));
        }
        assert_int_equal(answer(OTHERS, n, 0), SECCOMP_RET_KILL_PROCESS);
        assert_int_equal(answer(OURS, UINT32_MAX - n, 0), SECCOMP_RET_KILL_PROCESS);
        assert_int_equal(answer(OURS, 0x40000000 + n, 0), SECCOMP_RET_KILL_PROCESS);
        assert_int_equal(answer(OURS, 0x80000000 + n, 0), SECCOMP_RET_KILL_PROCESS);
    }
}

static void test_executable(void **state)
{
    (void)state;
    for (uint64_t p = 0; p < 16; p++) {
        uint32_t said = p & PROT_EXEC ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
        assert_int_equal(answer(OURS, SYS_mmap, p), said);
        assert_int_equal(answer(OURS, SYS_mprotect, p), said);
        assert_int_equal(answer(OURS, SYS_brk, p), SECCOMP_RET_ALLOW);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call),
        cmocka_unit_test(test_executable),
    };
    row_count = filter_write(rows);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
