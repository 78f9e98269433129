/*
 * run - runs satyapan-tls beside the threads of a server, for the bench.
 *
 * Its arguments are made here and are words of ours, addresses, numbers; nothing goes through a
 * shell. It gets the descriptors it needs as 0 and 3 and ends with this program.
 */
#ifndef OFFICE_BENCH_RUN_H
#define OFFICE_BENCH_RUN_H

#include "base/buffer.h"

enum { BENCH_ARGUMENTS = 320 };

struct bench_run {
    const char *arguments[BENCH_ARGUMENTS]; /* ends with NULL; [0] is the program's name */
    size_t count;
    int input;         /* becomes descriptor 3; -1: none */
    int64_t seconds;   /* most time */
    bool lines_only;   /* what was told of is not kept: the output may be longer than output_max */
    size_t output_max; /* of its output */
    struct buffer out; /* what it wrote; the caller's */
    /* Called now and then, and for each new whole line; false: stop. May be NULL. */
    bool (*alive)(void *context, struct span line);
    void *context;
    bool finish; /* alive sets it: the program is asked to come to an end, and waited for */
};

enum bench_end {
    BENCH_ENDED,   /* by itself: exit is its code */
    BENCH_STOPPED, /* alive said so */
    BENCH_LATE,    /* the time was over, or it wrote too much */
    BENCH_BROKEN   /* it could not be run, or a signal ended it */
};

void bench_run_begin(struct bench_run *r);
void bench_run_add(struct bench_run *r, const char *argument);

/* program NULL: beside this program or below libexec. */
enum bench_end bench_run(struct bench_run *r, const char *program, int *exit);

#endif
