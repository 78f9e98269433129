/*
 * keyrecord - the DKIM key in the DNS server's answer (RFC 1035 4.1, RFC 6376 3.6.2.2).
 *
 * The answer is a packet of strangers and is read in the sandbox. Exactly one TXT record counts.
 * An empty packet stands for a name that does not exist.
 */
#ifndef FOREIGN_MAIL_KEYRECORD_H
#define FOREIGN_MAIL_KEYRECORD_H

#include "base/arena.h"

/* The record's text, its pieces joined; absent with *why otherwise. Returns 0, or -1: memory. */
int mail_keyrecord_read(struct arena *a, struct span packet, struct span *out,
                        const char **why) WARN_UNUSED;

/* The resolver says the answer was checked by DNSSEC (RFC 4035 3.2.3). */
bool mail_keyrecord_secure(struct span packet);

#endif
