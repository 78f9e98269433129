/*
 * request - the question to a time-stamping authority (RFC 3161 2.4.1). It sends nothing.
 */
#ifndef TIMESTAMP_REQUEST_H
#define TIMESTAMP_REQUEST_H

#include "base/buffer.h"

/* Over a SHA-256, with that nonce and the certificate wanted: DER in out. Returns 0 or -1. */
int timestamp_request(struct span sha256, uint64_t nonce, struct buffer *out) WARN_UNUSED;

#endif
