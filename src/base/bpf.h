/*
 * bpf - the rows of a seccomp program, written one after the other (seccomp(2), linux/filter.h).
 *
 * The same few rows make every filter of ours: the sandbox's allow-list, the fetch process's lists.
 * What is allowed is said there; this only writes it.
 */
#ifndef BASE_BPF_H
#define BASE_BPF_H

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

struct bpf {
    struct sock_filter *rows; /* the caller's; he knows how many it takes */
    unsigned short n;
};

void bpf_add(struct bpf *p, struct sock_filter row);
/* A word of struct seccomp_data into the accumulator. */
void bpf_load(struct bpf *p, size_t offset);
/* Ends with this answer. */
void bpf_give(struct bpf *p, uint32_t action);
/* The same when the accumulator is this number. */
void bpf_when(struct bpf *p, int number, uint32_t action);
/* The start of each program: another architecture, or the x32 numbers, end the process; then the
 * number of the call is in the accumulator. */
void bpf_begin(struct bpf *p);

/* Installs it for this process. Returns 0, or -1 with errno. */
int bpf_install(const struct bpf *p);

#endif
