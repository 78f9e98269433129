/*
 * buffer - a growing run of bytes that never grows past its maximum.
 *
 * A failed append is remembered: later appends do nothing, so one check of buffer_ok at the end of
 * a run of appends is enough.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/span.h"

struct buffer {
    uint8_t *p;
    size_t n, cap, max;
    bool failed, full;
    bool secret; /* set by its owner: what it gives back is overwritten */
};

/* An empty buffer that may hold up to max bytes. Needs no allocation. */
void buffer_init(struct buffer *b, size_t max);
void buffer_free(struct buffer *b);

/* Room for n more bytes: adding them will not move what is there. False when it cannot be. */
bool buffer_reserve(struct buffer *b, size_t n) WARN_UNUSED;

void buffer_add(struct buffer *b, struct span s);
void buffer_str(struct buffer *b, const char *s);
void buffer_char(struct buffer *b, char c);
void buffer_printf(struct buffer *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* For what is written octet by octet: room for n, NULL when there is none; then how far it was
 * used. */
uint8_t *buffer_room(struct buffer *b, size_t n) WARN_UNUSED;
void buffer_took(struct buffer *b, const uint8_t *end);

/* False once an append failed; full tells whether the maximum was the reason. */
bool buffer_ok(const struct buffer *b);

/* What was written; borrowed from the buffer. */
struct span buffer_span(const struct buffer *b);

/* The bytes as a NUL-terminated string, NULL if an append failed. Borrowed. */
const char *buffer_cstr(struct buffer *b);

#endif
