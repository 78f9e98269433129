/*
 * robot - Bleichenbacher's oracle in the RSA key exchange (Boeck, Somorovsky, Young: "Return Of
 * Bleichenbacher's Oracle Threat", USENIX Security 2018).
 *
 * Five ClientKeyExchange messages, one with correct padding and four with padding that is wrong in
 * different ways, each on a connection of its own. A sound server answers all of them alike (RFC
 * 5246 7.4.7.1). A difference counts only when it comes again every time: each message is sent
 * ROBOT_ROUNDS times, in turn, and must get the same answer each time. What answers a message now
 * so, now so is no oracle but a bad path: unsure.
 *
 * Two ways are tried: with ChangeCipherSpec and a Finished behind it, and the key exchange alone,
 * to which some servers answer at once when the padding is wrong.
 */
#ifndef TLS_ROBOT_H
#define TLS_ROBOT_H

#include "base/buffer.h"
#include "tls/facts.h"

enum { ROBOT_VECTORS = 5, ROBOT_ROUNDS = 3, ROBOT_FLOWS = 2, ROBOT_LEAST_OCTETS = 64 };

/* What came back. */
enum robot_seen {
    ROBOT_NOTHING, /* until the wait was over */
    ROBOT_CLOSED,
    ROBOT_RESET,
    ROBOT_OTHER, /* a record that is no alert */
    ROBOT_LOST,  /* the handshake did not get that far */
    ROBOT_ALERT = 0x100
};

struct robot {
    unsigned seen[ROBOT_FLOWS][ROBOT_VECTORS][ROBOT_ROUNDS];
    unsigned flow, vector, round;
    bool over;
};

/* Suites of the facts whose key exchange is RSA, of the highest version below 1.3 that has some.
 * False: there is none, so there is no oracle. */
bool robot_probe(const struct tls_facts *f, struct probe *p);

/* The records to send now, for the key in the certificate. 0, 1: the certificate has no usable RSA
 * key, -1: memory. */
int robot_write(const struct robot *r, uint16_t version, struct span cert,
                struct buffer *out) WARN_UNUSED;

/* What was received means; over: nothing more comes, in this way. ROBOT_NOTHING while not over:
 * wait on. */
unsigned robot_read(struct span got, bool over, enum outcome how);

/* Takes it, and goes to the next message; over is set when enough is known. */
void robot_note(struct robot *r, unsigned seen);

enum known robot_verdict(const struct robot *r);

#endif
