/*
 * slot - one device being asked: its connection of the moment, and what comes next on it.
 *
 * connect, plain dialogue, hello, answer, drain, pause; again until the plan has no question; then
 * the complete handshakes. Internal to scan.
 */
#ifndef TLS_SLOT_H
#define TLS_SLOT_H

#include "tls/full.h"
#include "tls/provoke.h"
#include "tls/scan.h"

enum slot_phase {
    SLOT_FREE,
    SLOT_PAUSE,
    SLOT_CONNECT,
    SLOT_DIALOGUE,
    SLOT_ANSWER,
    SLOT_DRAIN,
    SLOT_FULL,
    SLOT_TALK,   /* a service without TLS */
    SLOT_PROVOKE /* --intrusive: after the server's flight */
};

enum slot_work {
    WORK_HELLOS,
    WORK_FULL,
    WORK_RESUME,
    WORK_OLD, /* a complete handshake as an old client */
    WORK_PROVOKE,
    WORK_RENEGOTIATE, /* --intrusive too, but a complete handshake */
    WORK_PLAIN
};

enum slot_result { SLOT_WAITS, SLOT_ENDED, SLOT_FAILED };

struct slot {
    enum slot_phase phase;
    enum slot_work work;
    const struct scan_options *options;
    struct scan_job *job;
    size_t job_index, job_next, job_end;
    struct plan plan;
    struct probe probe;
    struct reader reader;
    struct dialogue dialogue;
    struct buffer out, talk;
    size_t sent;
    uint8_t cookie[HELLO_COOKIE];
    size_t cookie_size;
    enum provocation provocation;
    unsigned provoked; /* records sent */
    unsigned alive_tries;
    struct robot robot;
    unsigned repeats; /* datagrams sent again */
    int fd, watched;
    bool want_write, watched_write;
    bool talking;         /* the handshake is complete, only what the service says is waited for */
    enum outcome drained; /* how the connection ended, from the answer's side */
    struct full *full;
    bool no_alpn; /* for complete handshakes: HTTP/2 alone is spoken there */
    unsigned full_tries;
    struct ssl_session_st *session;
    int64_t deadline, since, begun, hard; /* hard: of this connection */
    enum scan_cost cost;
};

int64_t slot_now(void); /* milliseconds, monotonic */

void slot_init(struct slot *s);
void slot_free(struct slot *s);
void slot_begin(struct slot *s, struct scan_job *job, const struct scan_options *o);

/* Goes on until it waits for its socket or its deadline. ready: the socket is. */
enum slot_result slot_go(struct slot *s, bool ready, int64_t now);

/* Sets what the job says at its end. */
void slot_finish(struct slot *s);

#endif
