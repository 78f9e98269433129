/*
 * provoke - what is sent only when it was asked for (--intrusive), and what the answers mean.
 *
 * Heartbleed (CVE-2014-0160): a heartbeat that claims more than it holds. Early ChangeCipherSpec
 * (CVE-2014-0224): keys are switched before there are any. Both can stop a weak management
 * processor.
 */
#ifndef TLS_PROVOKE_H
#define TLS_PROVOKE_H

#include "tls/facts.h"

enum provocation { PROVOKE_HEARTBLEED, PROVOKE_CCS, PROVOCATIONS };

/* The record to send in this version; sent: how often one was sent before. */
void provoke_write(enum provocation what, uint16_t version, struct buffer *out);

/* What the octets received after it mean; over: nothing more comes (closed, or the wait is over).
 * KNOWN_UNTESTED: wait on. *again: send once more. */
enum known provoke_read(enum provocation what, struct span got, unsigned sent, bool over,
                        bool *again);

#endif
