/*
 * office_server - what the HTTP process holds for the certification body: the records, its people,
 * the threads that work on requests about them.
 *
 * Requests about records never wait behind documents being verified: they have threads of their own
 * (settings office_workers), each with a connection to the records of its own. What arrives of an
 * upload is written to the disk by further threads, so that a slow disk holds up that upload only.
 */
#ifndef HTTP_OFFICE_OFFICE_SERVER_H
#define HTTP_OFFICE_OFFICE_SERVER_H

#include <stdatomic.h>

#include "http/office/office_metrics.h"
#include "http/office/upload_disk.h"
#include "http/work.h"
#include "office/office.h"
#include "office/people/people.h"

struct server;
struct settings;

enum { POOL_MAX = 80 };

struct office_server {
    struct server *server;
    const char *data;
    struct arena *arena; /* of the settings */
    struct office office;
    struct people *people;
    struct work work, writers;
    pthread_mutex_t turn; /* whose turn it is to touch a request: the HTTP thread's or a worker's */
    struct disk_budget disk;
    atomic_size_t held; /* bodies in memory */
    struct office_metrics metrics;
    pthread_mutex_t lock; /* of the pool */
    struct records *pool[POOL_MAX];
    size_t idle;
    bool resting;                  /* no new work is taken */
    struct streams *streams;       /* stream.h */
    struct health *health;         /* health.h */
    struct events *events;         /* what happens to applications: office/intake/events.h */
    struct office_intake *intake;  /* intake.h */
    struct witnessing *witnessing; /* witnessing.h */
    struct desk *desk;             /* who signs certificates: office/certificates/desk.h */
};

/* Reads the settings, opens the records, starts the threads. Returns NULL with a sentence in
 * why[RECORDS_WHY]. */
struct office_server *office_server_start(struct server *s, char *why);

/* Lets running requests end; later ones are refused. */
void office_server_rest(struct office_server *o);

/* NULL is allowed. */
void office_server_stop(struct office_server *o);

/* What is counted, as Prometheus text. */
void office_server_metrics(struct office_server *o, struct buffer *out);

/* A connection to the records for one thread, NULL: it cannot be opened; given back with
 * office_records_give. */
struct records *office_records_take(struct office_server *o) WARN_UNUSED;
void office_records_give(struct office_server *o, struct records *r);

#endif
