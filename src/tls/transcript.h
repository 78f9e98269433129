/*
 * transcript - the bytes of a scan, kept so that a newer policy can judge again without the device.
 *
 * One line for each hello: outcome, what was sent, what came, both in hexadecimal.
 */
#ifndef TLS_TRANSCRIPT_H
#define TLS_TRANSCRIPT_H

#include "tls/hello.h"

/* Appends a line. */
void transcript_add(struct buffer *out, struct span sent, struct span got, enum outcome how);

#endif
