/*
 * listen_side - the server's side of one complete handshake, by OpenSSL over memory.
 *
 * Octets in, octets out; the socket is the caller's. Sessions are never resumed and tickets never
 * given, so that each connection verifies anew. Anything the client can do is served (security
 * level 0): what is judged is the client.
 */
#ifndef TLS_LISTEN_SIDE_H
#define TLS_LISTEN_SIDE_H

#include "tls/listen_lab.h"

struct side;

enum side_state {
    SIDE_SHAKING,
    SIDE_SHAKEN, /* the handshake is complete, no data yet */
    SIDE_DATA,   /* application data came */
    SIDE_ALERT,  /* the client ended it: side_alert says how; 0: close_notify */
    SIDE_BROKEN  /* nothing in common, or not TLS any more */
};

struct side_order {
    const struct listen_case *row;
    const struct minted *cert;
    const struct client_hello *hello;
};

/* Once for the program. Returns 0 or -1. */
int side_setup(void) WARN_UNUSED;
void side_cleanup(void);

/* NULL when memory is out. Borrows nothing after it returns. */
struct side *side_new(const struct side_order *order);
void side_free(struct side *s);

/* Takes what came and goes as far as it can. */
enum side_state side_take(struct side *s, struct span bytes);

/* Moves what is to be sent behind out. */
void side_output(struct side *s, struct buffer *out);

/* Encrypts an answer; ends the connection politely. Both are followed by side_output. */
void side_say(struct side *s, struct span bytes);
void side_end(struct side *s);

/* What is known: data so far (bounded), the alert, the handshake. */
struct span side_data(const struct side *s);
uint8_t side_alert(const struct side *s);
bool side_shaken(const struct side *s);
uint16_t side_version(const struct side *s);
uint16_t side_suite(const struct side *s);

/* The client's certificate as DER of OPENSSL_malloc; 0 when it showed none. */
int side_certificate(const struct side *s, uint8_t **der);

#endif
