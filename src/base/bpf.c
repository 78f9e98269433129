/*
 * bpf - see bpf.h.
 */
#include "base/bpf.h"

#include <sys/prctl.h>

#include <linux/audit.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#else
#error "the filters know x86_64 and aarch64 only"
#endif

void bpf_add(struct bpf *p, struct sock_filter row)
{
    p->rows[p->n++] = row;
}

void bpf_load(struct bpf *p, size_t offset)
{
    bpf_add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

void bpf_give(struct bpf *p, uint32_t action)
{
    bpf_add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

void bpf_when(struct bpf *p, int number, uint32_t action)
{
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
    bpf_give(p, action);
}

void bpf_begin(struct bpf *p)
{
    bpf_load(p, offsetof(struct seccomp_data, arch));
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0));
    bpf_give(p, SECCOMP_RET_KILL_PROCESS);
    bpf_load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    /* The x32 numbers (bit 30) reach the same calls under other names. */
    bpf_add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    bpf_give(p, SECCOMP_RET_KILL_PROCESS);
#endif
}

int bpf_install(const struct bpf *p)
{
    struct sock_fprog prog = {.len = p->n, .filter = p->rows};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
