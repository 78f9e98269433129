/*
 * wire - the numbers and runs that hellos and answers are made of (RFC 8446 3), read and written.
 *
 * A run is some octets with their number in front. What is taken is checked against what is there;
 * nothing is copied.
 */
#ifndef TLS_WIRE_H
#define TLS_WIRE_H

#include "base/buffer.h"

static inline bool wire_take(struct span *in, size_t n, struct span *out)
{
    if (in->n < n) {
        return false;
    }
    *out = span_make(in->p, n);
    *in = span_make(in->p + n, in->n - n);
    return true;
}

static inline bool wire_number(struct span *in, size_t octets, size_t *out)
{
    struct span s;
    if (!wire_take(in, octets, &s)) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < octets; i++) {
        *out = *out << 8 | s.p[i];
    }
    return true;
}

/* A run with its length of so many octets in front. */
static inline bool wire_run(struct span *in, size_t octets, struct span *out)
{
    size_t n;
    return wire_number(in, octets, &n) && wire_take(in, n, out);
}

static inline void wire_put8(struct buffer *b, unsigned n)
{
    buffer_char(b, (char)(n & 0xff));
}

static inline void wire_put16(struct buffer *b, unsigned n)
{
    wire_put8(b, n >> 8);
    wire_put8(b, n);
}

static inline void wire_put24(struct buffer *b, size_t n)
{
    wire_put8(b, (unsigned)(n >> 16));
    wire_put16(b, (unsigned)(n & 0xffff));
}

#endif
