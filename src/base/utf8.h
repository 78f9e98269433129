/*
 * utf8 - text of documents made safe to show, and its width on a terminal (RFC 3629).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buffer.h"

/* Length of the sequence at the start of s; 0 when it is not valid UTF-8, or is a control character
 * or a bidirectional override, which could make a report read as something else. s is not empty. */
size_t utf8_printable(struct span s);

/* The code point of a sequence of n octets at the start of s (n as utf8_printable tells). */
uint32_t utf8_code(struct span s, size_t n);

/* Appends raw with U+FFFD for every byte that utf8_printable refuses. */
void utf8_clean(struct buffer *out, struct span raw);

/* Appends one code point as UTF-8. */
void utf8_add(struct buffer *out, uint32_t c);

/* Is the code point in one of the ranges? Of an array: UTF8_IN. */
struct utf8_range {
    uint32_t first, last;
};
bool utf8_in_ranges(uint32_t c, const struct utf8_range *ranges, size_t count);
#define UTF8_IN(c, ranges) utf8_in_ranges(c, ranges, sizeof(ranges) / sizeof *(ranges))

/* In a block of Devanagari. */
bool utf8_is_devanagari(uint32_t c);

/* Columns a terminal gives the text: 0 for combining marks (the Devanagari signs that stack above
 * or below among them), 2 for wide East Asian characters and emoji, else 1. */
size_t utf8_width(struct span s);

#endif
