/*
 * full - one complete handshake by OpenSSL, and what only that shows: the TLS 1.3 certificate,
 * whether a client certificate is demanded, the staple, ALPN, resumption, what the service answers
 * inside.
 *
 * It judges nothing and accepts every certificate: judging is for certificate.h. The socket is
 * non-blocking and stays the caller's. SSL 2.0 and 3.0, RC4, EXPORT and short DH are not in
 * OpenSSL: that a handshake could not be made is no fact about the server's security.
 */
#ifndef TLS_FULL_H
#define TLS_FULL_H

#include "tls/facts.h"
#include "tls/service.h"

struct full;

/* Process-wide settings for all handshakes. Returns 0 or -1. */
int full_setup(void) WARN_UNUSED;
void full_cleanup(void);

struct full_plan {
    const char *name; /* SNI, or NULL */
    const char *host; /* for Host: lines */
    const struct service *service;
    bool datagram;
    bool no_alpn;                   /* the server refuses what is offered of it */
    struct ssl_session_st *session; /* to resume, or NULL */
    bool renegotiate;               /* --intrusive: a second handshake inside the first */
    bool old;                       /* as a client that has no newer version than TLS 1.1 */
};

enum full_step { FULL_READ, FULL_WRITE, FULL_DONE };

/* Begins on a connected socket; NULL when memory is out. */
struct full *full_new(int fd, const struct full_plan *plan);

/* Goes on as far as it can. */
enum full_step full_go(struct full *f);

/* The connection went away in a way that says nothing: the handshake may be tried again. */
bool full_lost(const struct full *f);

/* The server refused the application protocols (RFC 7301 3.2): it may take a client without. */
bool full_refused_alpn(const struct full *f);

/* How long to wait for more once the handshake is complete (milliseconds); 0: it is not. A server
 * that demands a client certificate says so only then (RFC 8446 4.4.2.4). */
unsigned full_patience(const struct full *f);

/* Time is over: takes what there is. */
void full_end(struct full *f);

/* Of a handshake that was to be renegotiated: yes, no (refused by an alert or by closing), untested
 * when the first one was not complete, unsure when nothing came. */
enum known full_renegotiated(const struct full *f);

/* Puts what was seen into the facts. Returns 0 or -1. */
int full_facts(struct full *f, struct tls_facts *facts) WARN_UNUSED;

/* The session for a second handshake, owned by the caller (full_session_free), or NULL. */
struct ssl_session_st *full_session(struct full *f);
void full_session_free(struct ssl_session_st *s);
void full_free(struct full *f);

#endif
