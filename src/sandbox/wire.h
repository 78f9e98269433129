/*
 * wire - the frame around a report in the pipe from the child, and whole writes.
 *
 * Frame: "SPR1", length of the JSON as four octets big-endian, the JSON. Nothing follows.
 */
#ifndef SANDBOX_WIRE_H
#define SANDBOX_WIRE_H

#include "base/span.h"

enum { WIRE_HEADER = 8 };

/* Fills the header for a body of n bytes; false when n does not fit. */
bool wire_header(size_t n, uint8_t out[WIRE_HEADER]) WARN_UNUSED;

/* The JSON inside a complete frame; absent when the frame is short, too long or not one. */
struct span wire_body(struct span frame);

/* Writes all bytes to a blocking descriptor. Returns 0, or -1 with errno. */
int wire_write(int fd, struct span data) WARN_UNUSED;

#endif
