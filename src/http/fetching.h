/*
 * fetching - what reports want, asked of the process that gets it (obtain/obtain.h); any thread
 * may.
 *
 * A round takes one of the server's workers for seconds, so only some of them may fetch at a time:
 * documents that want nothing never wait for a slow server elsewhere. Who may not fetch, or cannot,
 * gets attempts that say so: the report explains why something is missing.
 */
#ifndef HTTP_FETCHING_H
#define HTTP_FETCHING_H

#include <pthread.h>
#include <stdatomic.h>

#include "obtain/obtain.h"

struct fetching {
    pthread_mutex_t lock;
    int socket; /* -1: the process is not there */
    unsigned starts, running, limit;
    bool stopping;
    atomic_ulong rounds, objects, failures;
};

/* limit: rounds at a time; 0: nothing is fetched. Returns 0 or -1. */
int fetching_init(struct fetching *f, unsigned limit) WARN_UNUSED;

/* A new process's socket (owned from now on), or -1: it is gone. */
void fetching_set(struct fetching *f, int socket);

/* Its socket for poll, -1 when it is gone. */
int fetching_socket(struct fetching *f);

/* How often a process came, and how many rounds run. */
void fetching_count(struct fetching *f, unsigned *starts, unsigned *running);

/* From now on nothing is fetched. */
void fetching_stop(struct fetching *f);

/* One round for a report, at most timeout_ms. *bundle becomes a sealed memory file of evidence and
 * attempts, the caller's. Returns 0, or -1 when there is none: the report stands as it is. */
int fetching_round(struct fetching *f, const struct sp_report *report, int timeout_ms,
                   int *bundle) WARN_UNUSED;

/* The same for a thread that is none of the workers and limits itself: it takes no worker's round
 * and gives none. Not when nothing is fetched (limit 0). */
int fetching_round_aside(struct fetching *f, const struct sp_report *report, int timeout_ms,
                         int *bundle) WARN_UNUSED;

#endif
