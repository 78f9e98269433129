/*
 * checker - hands a document to the zygote and waits for its report; any thread may.
 *
 * The zygote can end (killed, out of memory) and be replaced by its supervisor while documents
 * wait: a document that was not handed over yet waits a moment for the new one.
 */
#ifndef HTTP_CHECKER_H
#define HTTP_CHECKER_H

#include <pthread.h>

#include "sandbox/zygote.h"

struct checker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct zygote zygote; /* socket -1: gone */
    unsigned starts;
    bool stopping;
    int64_t give_up_ms; /* once stopping: children that run longer are given up */
};

enum checked {
    CHECKED,        /* *out is the report, perhaps one of a failure of our own */
    CHECKED_GONE,   /* no zygote, or the server is stopping: the document was not looked at */
    CHECKED_FAILED, /* memory or descriptors are out */
};

/* Returns 0, or -1 when the system refuses. */
int checker_init(struct checker *c) WARN_UNUSED;

/* A new zygote's socket (owned from now on), or -1: it is gone. */
void checker_set(struct checker *c, int socket);

/* The zygote's socket for poll, -1 when it is gone. */
int checker_socket(struct checker *c);
bool checker_ready(struct checker *c);

/* How often a zygote came. */
unsigned checker_starts(struct checker *c);

/* Verifies sealed memory files; content -1: none. */
enum checked checker_verify(struct checker *c, const struct sandbox_job *job,
                            const struct zygote_files *files, struct sp_report **out) WARN_UNUSED;

/* From now on documents are refused and, after that many milliseconds, running ones given up. */
void checker_stop(struct checker *c, int64_t after_ms);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t checker_now_ms(void);

#endif
