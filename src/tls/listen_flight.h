/*
 * listen_flight - a server's first flight written by hand: what OpenSSL would not serve.
 *
 * SSL 3.0 to TLS 1.2: ServerHello, Certificate, ServerKeyExchange, ServerHelloDone (RFC 5246 7.4,
 * RFC 6101 5.6, RFC 8422 5.4). A client that answers with its key exchange has agreed to the
 * version, the suite and the proof; the handshake is never completed and no secret is kept.
 */
#ifndef TLS_LISTEN_FLIGHT_H
#define TLS_LISTEN_FLIGHT_H

#include "tls/listen_lab.h"

struct flight_order {
    const struct client_hello *hello;
    const struct minted *cert;
    uint16_t version, suite;
    unsigned dh_bits; /* of a DHE suite; 0: 2048 */
    bool sentinel;
};

/* Appends the records. Returns 0 or -1. */
int flight_write(const struct flight_order *f, struct buffer *out) WARN_UNUSED;

enum flight_answer { FLIGHT_MORE, FLIGHT_GOES_ON, FLIGHT_ALERT, FLIGHT_OTHER };

/* What the octets that came after the flight are; alert: with FLIGHT_ALERT. */
enum flight_answer flight_read(struct span bytes, uint8_t *alert);

#endif
