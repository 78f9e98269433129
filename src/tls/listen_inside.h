/*
 * listen_inside - one connection of listen: shared by listen.c (sockets, time) and listen_conn.c
 * (what is said).
 */
#ifndef TLS_LISTEN_INSIDE_H
#define TLS_LISTEN_INSIDE_H

#include "tls/listen.h"
#include "tls/listen_side.h"

enum conn_state {
    CONN_MAIL,   /* the plain part before STARTTLS */
    CONN_HELLO,  /* reading the hello */
    CONN_FULL,   /* OpenSSL speaks */
    CONN_FLIGHT, /* our flight was sent */
    CONN_TALK,   /* data came; a little more is read */
    CONN_LINGER, /* all is said: waiting for the other end */
    CONN_OVER    /* to be closed */
};

struct conn {
    struct listen *l;
    int fd;
    enum conn_state state;
    char ip[LISTEN_IP], local[LISTEN_IP];
    uint16_t port;
    int64_t deadline_ms;
    struct client_reader reader;
    struct buffer out, got; /* to be sent; lines of mail, records after a flight */
    size_t sent;
    bool offer, no_starttls, shut; /* offer: this connection offers STARTTLS */
    struct listen_client *client;
    struct attempt *attempt; /* NULL: none, or it has ended */
    const struct listen_case *row;
    struct side *side;
    struct conn *next;
};

void conn_begin(struct conn *c, bool mail, int64_t now_ms);
void conn_take(struct conn *c, struct span bytes, int64_t now_ms);
void conn_eof(struct conn *c, bool reset);
void conn_late(struct conn *c, int64_t now_ms);
void conn_free_parts(struct conn *c);

#endif
