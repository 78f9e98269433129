/*
 * provoke - what is sent only when it was asked for (--intrusive), and what the answers mean.
 *
 * Heartbleed (CVE-2014-0160): a heartbeat that claims more than it holds. Early ChangeCipherSpec
 * (CVE-2014-0224): keys are switched before there are any. ROBOT: see robot.h. Renegotiation that
 * the client begins is tried in a complete handshake (full.h): it lets a client make a server work
 * (CVE-2011-1473). All of them can stop a weak management processor: at the end a good hello tells
 * whether the device still answers.
 */
#ifndef TLS_PROVOKE_H
#define TLS_PROVOKE_H

#include "tls/facts.h"
#include "tls/robot.h"

enum provocation {
    PROVOKE_HEARTBLEED,
    PROVOKE_CCS,
    PROVOKE_ROBOT,
    PROVOKE_RENEGOTIATION,
    PROVOKE_ALIVE, /* yes: the device answers as before */
    PROVOCATIONS
};

/* Heartbleed and ChangeCipherSpec: the record to send in this version. */
void provoke_write(enum provocation what, uint16_t version, struct buffer *out);

/* What the octets received after it mean; over: nothing more comes (closed, or the wait is over);
 * sent: records so far. KNOWN_UNTESTED: wait on. *again: send once more. */
enum known provoke_read(enum provocation what, struct span got, unsigned sent, bool over,
                        bool *again);

#endif
