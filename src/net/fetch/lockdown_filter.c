/*
 * lockdown_filter - which system calls are left: two seccomp programs, written by hand.
 *
 * The waiting process has a list of forbidden calls, because starting children needs much; a child
 * has a list of allowed ones besides. Calls that only an attack makes end the process.
 * See seccomp(2); struct seccomp_data carries the call's number, the architecture and arguments.
 */
#include "net/fetch/lockdown_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/bpf.h"
#include "base/span.h"

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

#define ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (size_t)(i))

/* Refused when the argument has one of the bits, else otherwise. */
static void unless_bits(struct bpf *p, int number, int argument, uint32_t bits, uint32_t otherwise)
{
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4));
    bpf_load(p, ARGUMENT(argument));
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    bpf_give(p, SECCOMP_RET_ERRNO | EACCES);
    bpf_give(p, otherwise);
}

#ifndef SANITIZED
/* mmap may map a library for execution (the resolver loads modules), but never memory that can be
 * written too. */
static void mmap_write_xor_execute(struct bpf *p)
{
    const uint32_t both = PROT_WRITE | PROT_EXEC;
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 5));
    bpf_load(p, ARGUMENT(2));
    bpf_add(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, both));
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, both, 0, 1));
    bpf_give(p, SECCOMP_RET_ERRNO | EACCES);
    bpf_give(p, SECCOMP_RET_ALLOW);
}

/* Internet sockets, and netlink, by which the resolver asks for the machine's own addresses; no
 * sockets of the file system, behind which other services listen. */
static void socket_families(struct bpf *p)
{
    static const uint32_t families[] = {AF_INET, AF_INET6, AF_NETLINK};
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 8));
    bpf_load(p, ARGUMENT(0));
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, families[i], 0, 1));
        bpf_give(p, SECCOMP_RET_ALLOW);
    }
    bpf_give(p, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}
#endif

static void begin(struct bpf *p)
{
    bpf_begin(p);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        bpf_when(p, forbidden[i], SECCOMP_RET_KILL_PROCESS);
    }
    unless_bits(p, SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, SECCOMP_RET_ALLOW);
#ifdef SYS_open
    unless_bits(p, SYS_open, 1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, SECCOMP_RET_ALLOW);
#endif
}

int lockdown_filter_broker(void)
{
    struct sock_filter rows[PROGRAM_MAX];
    struct bpf p = {.rows = rows};
    begin(&p);
    bpf_give(&p, SECCOMP_RET_ALLOW);
    return bpf_install(&p);
}

int lockdown_filter_child(void)
{
#ifdef SANITIZED
    return 0; /* the waiting process's list stays in force */
#else
    struct sock_filter rows[PROGRAM_MAX];
    struct bpf p = {.rows = rows};
    begin(&p);
    mmap_write_xor_execute(&p);
    unless_bits(&p, SYS_mprotect, 2, PROT_EXEC, SECCOMP_RET_ALLOW);
    socket_families(&p);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        bpf_when(&p, allowed[i], SECCOMP_RET_ALLOW);
    }
    /* What is unknown is answered as an old kernel would, and libraries cope. */
    bpf_give(&p, SECCOMP_RET_ERRNO | ENOSYS);
    return bpf_install(&p);
#endif
}
