/*
 * sandbox - runs one verification in a single-use child that can do nothing but compute.
 *
 * The child inherits the document (a mapping or a sealed memory file) and the evidence, enters the
 * sandbox (rlimits, Landlock with an empty ruleset, seccomp allow-list), verifies, and writes the
 * report's JSON, length-prefixed, into a pipe. The parent reads it with report_from_json. A crash, a
 * kill or a limit gives a report with an engine.* finding and the verdict REVIEW.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <sys/types.h>

#include "satyapan/verify.h"

struct sandbox_job {
    struct sp_document document;
    const struct sp_evidence *evidence;
    const struct sp_policy *policy;
    struct sp_clock clock;
};

/* A running child. fd is readable when there is something to read or the child has ended. */
struct sandbox_child {
    pid_t pid;
    int fd;
    int64_t deadline_ms; /* CLOCK_MONOTONIC; past it sandbox_finish kills the child */
    uint8_t *reply;
    size_t reply_size, reply_capacity;
};

/* Starts a child for the job. Returns 0 or -1 with errno (our failure). */
int sandbox_start(const struct sandbox_job *job, struct sandbox_child *child) WARN_UNUSED;

/* Reads what is there without blocking. Returns 1 when the child is done, 0 when it is not, -1. */
int sandbox_read(struct sandbox_child *child) WARN_UNUSED;

/* Ends the child if it still runs, reaps it and turns its answer into a report. Always gives a
 * report unless memory is out (-1). */
int sandbox_finish(const struct sandbox_job *job, struct sandbox_child *child,
                   struct sp_report **report) WARN_UNUSED;

/* Start, wait, finish. */
int sandbox_verify(const struct sandbox_job *job, struct sp_report **report) WARN_UNUSED;

/* Called in the child only: gives up every right but computing and writing to fd. -1 = could not. */
int sandbox_enter(int fd) WARN_UNUSED;

#endif
