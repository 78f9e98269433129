/*
 * listen - the server that devices under test connect to (satyapan tls listen).
 *
 * One thread, epoll. A connection is read until its hello is complete, then shown one case; how it
 * ends is an attempt of its client (listen_plan.h). Everything a stranger sends is bounded:
 * connections, connections of one address, clients, octets, time.
 */
#ifndef TLS_LISTEN_H
#define TLS_LISTEN_H

#include <signal.h>

#include "tls/listen_lab.h"
#include "tls/listen_plan.h"

enum {
    LISTEN_SOCKETS = 16,
    LISTEN_CLIENTS = 512, /* in all */
    LISTEN_CLIENTS_OF_ADDRESS = 64,
    LISTEN_CONNECTIONS = 768, /* at once */
    LISTEN_OF_ADDRESS = 64,   /* at once */
    LISTEN_IP = 46,
    LISTEN_ERROR = 160
};

enum listen_kind {
    LISTEN_READY,   /* a port is open */
    LISTEN_HELLO,   /* a hello was read and got a case */
    LISTEN_CASE,    /* an attempt ended */
    LISTEN_PLAIN,   /* somebody spoke in the clear */
    LISTEN_BROKEN,  /* a hello could not be read; why */
    LISTEN_NOTHING, /* a connection ended before its hello was complete; why */
    LISTEN_LIMIT    /* refused: too many; why */
};

struct listen_event {
    enum listen_kind kind;
    const char *ip; /* of the device, or ours with LISTEN_READY */
    uint16_t port;
    const struct listen_client *client;
    const struct listen_case *row;
    const struct attempt *attempt;
    const struct hello_print *print;
    const char *why;
    enum first_pdu pdu;
    size_t done, of_all; /* connections of all clients; of_all 0: not said */
};

struct listen_address {
    char host[LISTEN_IP]; /* "" : every address */
    uint16_t port;        /* 0: a free one */
};

struct listen_options {
    struct listen_address at[LISTEN_SOCKETS];
    size_t at_count;
    const char *const *from; /* only these addresses are served; NULL: every one */
    size_t from_count;
    const char *name;           /* for devices that do not say one, or NULL */
    bool mail;                  /* every port is mail with STARTTLS */
    bool one_device;            /* every address is the same device */
    unsigned devices;           /* that must be complete before it ends; 0: never by itself */
    unsigned hello_ms, wait_ms; /* for a hello and each step of a handshake; for data after it */
    int64_t timeout_ms;         /* 0: none */
    struct plan_options plan;
    int64_t (*now)(void); /* seconds since 1970: of certificates and records */
    const volatile sig_atomic_t *stop;
};

struct listen_counts {
    uint64_t connections, hellos, nothing, broken, plain, refused;
};

struct listen {
    const struct listen_options *options;
    const struct case_list *cases;
    const struct lab *lab;
    struct arena *arena;
    struct listen_client *clients[LISTEN_CLIENTS];
    size_t client_count;
    struct listen_counts counts;
    bool timed_out;
    void (*event)(void *ctx, const struct listen_event *e);
    void (*idle)(void *ctx); /* a few times a second; may be NULL */
    void *ctx;
    char error[LISTEN_ERROR];
};

/* Serves until every case is settled, time is over or *stop is set. Returns 0; 1 with a sentence in
 * error when an address cannot be used; -1 when memory is out. */
int listen_run(struct listen *l) WARN_UNUSED;

#endif
