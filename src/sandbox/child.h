/*
 * child - the inside of the sandbox module: what the two ways to a child share.
 *
 * The work is a function pointer so that tests can put a hostile child in its place; the product
 * only ever passes child_verify.
 */
#ifndef SANDBOX_CHILD_H
#define SANDBOX_CHILD_H

#include "base/buffer.h"
#include "sandbox/sandbox.h"

/* Exit codes of a child that could not answer. */
enum {
    CHILD_EXIT_MEMORY = 3,  /* memory ran out before a report could be made */
    CHILD_EXIT_REFUSED = 4, /* the sandbox or the hand-over could not be set up */
    CHILD_EXIT_WRITE = 5    /* the report could not be written */
};

/* Does the job inside the sandbox and writes the report's JSON. Returns 0, or -1: memory. */
typedef int (*child_work)(const struct sandbox_job *job, struct buffer *json);

/* The product's work: sp_verify, report_json. */
int child_verify(const struct sandbox_job *job, struct buffer *json) WARN_UNUSED;

/* In a fresh process: enters the sandbox, works, writes the reply to fd. Never returns. */
_Noreturn void child_run(const struct sandbox_job *job, child_work work,
                         const struct sandbox_limits *limits, pid_t parent, int fd);

/* sandbox_start with another work and other limits. */
int child_start(const struct sandbox_job *job, child_work work, const struct sandbox_limits *limits,
                struct sandbox_child *child) WARN_UNUSED;

/* Polls and reads until the child is done or its time is over. Returns 0, or -1: memory. */
int child_wait(struct sandbox_child *child) WARN_UNUSED;

/* Ends and reaps the child and appends the body of its answer, whatever it is. Returns 0, or -1
 * with the reason in why[size]. */
int child_answer(struct sandbox_child *child, struct buffer *out, char *why,
                 size_t size) WARN_UNUSED;

/* sandbox_enter with other limits. */
int enter_limited(int fd, const struct sandbox_limits *limits) WARN_UNUSED;

/* Closes every descriptor but these two (either may be -1). */
int enter_close_others(int keep, int also) WARN_UNUSED;

/* Installs the seccomp filter. filter_write only writes the program, at most FILTER_ROWS_MAX rows,
 * and returns their number: for the tests, which run it for every call. */
enum { FILTER_ROWS_MAX = 255 };
struct sock_filter;
int filter_install(void) WARN_UNUSED;
size_t filter_write(struct sock_filter *rows) WARN_UNUSED;

/* Default signal handling and an empty mask, whatever the parent had set up. */
void child_reset_signals(void);

/* A wait status and the processor time used, as an ending. */
struct sandbox_end child_ending(int status, const struct timeval *user,
                                const struct timeval *system, const struct sandbox_limits *limits);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t child_now_ms(void);

#endif
