/*
 * server - the HTTP process: sockets and requests, no keys, no parsing of documents.
 *
 * One thread talks HTTP (libmicrohttpd); a request whose documents have arrived is suspended
 * and put into the queue; `workers` threads hand documents to the zygote, wait, make the answer and
 * resume it. The process's first thread watches signals, the supervisor and slow clients.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <microhttpd.h>

#include "http/checker.h"
#include "http/fetching.h"
#include "http/limiter.h"
#include "http/metrics.h"
#include "http/settings.h"
#include "http/trusted.h"
#include "http/upload.h"
#include "http/work.h"
#include "store/current/current.h"

/* A connection and since when its client keeps us waiting, for sending or for receiving. */
struct connection {
    struct connection *next, **here;
    int fd;
    int64_t since_ms; /* 0: we keep the client waiting */
    uint8_t key[LIMITER_KEY];
    bool refused; /* its address has too many: it got its answer */
};

/* What is known of every request; first in struct request and struct office_request. */
struct exchange {
    struct work_item item; /* first */
    bool office;           /* about the body's records */
};

struct office_server;

struct server {
    const struct settings *settings;
    const struct trusted *trusted;
    struct checker checker;
    struct fetching fetching;
    struct work work;
    struct limiter limiter;
    struct metrics metrics;
    struct upload_budget budget;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of the list of connections */
    struct connection *connections;
    atomic_uint open_requests;
    struct office_server *office;
    struct current *held; /* revocation data, for the status page; used by the HTTP thread only */
};

/* Serves on a listening socket until SIGTERM, SIGINT or the end of the supervisor, whose messages
 * (a zygote's socket each) come over control. Returns the process's exit code. */
int server_run(const struct settings *s, const struct trusted *t, int listener, int control);

/* Since when the client keeps us waiting; 0: it does not; later: it may take the time of that many
 * bytes on a slow line. */
void server_waiting(struct server *s, struct MHD_Connection *c, int64_t since_ms, int64_t bytes);

#endif
