/*
 * scan - asks many devices at once, each one connection at a time: one thread, epoll.
 *
 * Politeness per device: the next connection begins only after the peer closed the last one (or 200
 * ms), after a pause that grows when something was lost. Every wait has a deadline, every service a
 * budget of time and connections; what was spent where is reported.
 */
#ifndef TLS_SCAN_H
#define TLS_SCAN_H

#include <signal.h>
#include <sys/socket.h>

#include "tls/plan.h"
#include "tls/service.h"

struct scan_target {
    const char *given; /* as the operator wrote it */
    const char *host;  /* name or address */
    const char *name;  /* for SNI; NULL for addresses */
    char ip[64];
    struct sockaddr_storage address; /* the port is set for each service */
    socklen_t address_size;
};

enum scan_state {
    SCAN_TLS,         /* it speaks TLS */
    SCAN_PLAIN,       /* it speaks, but not TLS */
    SCAN_CLOSED,      /* refused */
    SCAN_FILTERED,    /* no connection */
    SCAN_SILENT,      /* a connection, and no usable answer */
    SCAN_UNSUPPORTED, /* the plain dialogue does not offer TLS */
    SCAN_STATES
};

enum scan_cost { COST_CONNECT, COST_ANSWER, COST_DRAIN, COST_PAUSE, COST_FULL, COST_KINDS };

/* One service of one device: what is asked and what came of it. */
struct scan_job {
    const struct scan_target *target;
    const struct service *service;
    uint16_t port;
    struct arena *arena;
    struct tls_facts facts;
    enum scan_state state;
    const char *ended; /* why it ended early, or NULL */
    enum outcome ended_by;
    char banner[96];
    unsigned connections;
    int64_t ms[COST_KINDS], total_ms;
    struct buffer transcript; /* probes and answers, see transcript.h; empty when not wanted */
    int64_t slowest_ms;       /* of the answers */
    int64_t peak_ms;          /* DTLS: of the latest answers; an old one fades */
    unsigned pace_ms;         /* pause that this device was found to need */
};

struct scan_options {
    unsigned concurrency; /* devices at once */
    unsigned delay_ms;    /* between connections to a device */
    unsigned connect_ms, answer_ms, drain_ms;
    int64_t budget_ms;        /* of a service */
    unsigned max_connections; /* of a service */
    bool keep_transcript, intrusive;
    bool services_at_once;             /* several connections to a device, one for each service */
    uint8_t random[32];                /* of the hellos; the caller's choice */
    const volatile sig_atomic_t *stop; /* set: nothing more is asked; or NULL */
};

/* What is to be asked: a job, with its memory, is made of it when its turn comes. */
struct scan_ask {
    const struct scan_target *target;
    const struct service *service;
    uint16_t port;
};

struct scan_list {
    struct scan_ask *asks; /* those of one address stand together */
    size_t count;
};

void scan_defaults(struct scan_options *o);

/* What the facts and the way it ended amount to. */
enum scan_state scan_state_of(const struct tls_facts *f, enum outcome ended_by);

const char *scan_state_name(enum scan_state s);
const char *scan_cost_name(enum scan_cost c);

/* Runs all jobs; done is called for each as it ends (not in order), for those that were stopped
 * not. Returns 0, or -1 for our own failure (memory, epoll). */
int scan_run(const struct scan_options *o, const struct scan_list *list,
             void (*done)(void *ctx, struct scan_job *job), void *ctx) WARN_UNUSED;

#endif
