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

/* The zygote that came as that number is still there: a child that ended did so by itself. */
bool checker_same(struct checker *c, unsigned starts);

/* What is wanted of a verification nobody waits for at a page; members are NULL or 0: not
 * wanted. */
struct checker_watch {
    void *context;
    /* Rows [first, first + count) of the listed report are filled; count 0: they are only
     * listed. */
    void (*seen)(void *context, const struct sp_report *listed, size_t first, size_t count);
    bool (*stop)(void *context); /* true: give up (CHECKED_GONE) */
    size_t jobs;                 /* children at a time for the members of one container */
    int64_t members_ms;          /* for all of them */
};

/* Verifies sealed memory files, or files as zygote.h takes them; content -1: none. watch may be
 * NULL. */
enum checked checker_verify_watched(struct checker *c, const struct sandbox_job *job,
                                    const struct zygote_files *files,
                                    const struct checker_watch *watch,
                                    struct sp_report **out) WARN_UNUSED;
enum checked checker_verify(struct checker *c, const struct sandbox_job *job,
                            const struct zygote_files *files, struct sp_report **out) WARN_UNUSED;

/* From now on documents are refused and, after that many milliseconds, running ones given up. */
void checker_stop(struct checker *c, int64_t after_ms);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t checker_now_ms(void);

#endif
