/*
 * der_make - DER put together from its inside out (X.690). Every piece lives in the arena; a piece
 * that could not be made is absent and makes all around it absent, so that one check at the end is
 * enough.
 */
#ifndef ISSUE_DER_MAKE_H
#define ISSUE_DER_MAKE_H

#include "base/arena.h"

/* tag, length, the parts one after the other. */
struct span der_make(struct arena *a, uint8_t tag, const struct span *parts, size_t count);

/* The parts sorted as a SET OF wants them (X.690 11.6). */
struct span der_make_set(struct arena *a, uint8_t tag, const struct span *parts, size_t count);

#define DER_PARTS(...)                                                                             \
    (const struct span[]){__VA_ARGS__},                                                            \
        sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span)
#define DER_SEQ(a, ...) der_make(a, 0x30, DER_PARTS(__VA_ARGS__))
#define DER_SET(a, ...) der_make(a, 0x31, DER_PARTS(__VA_ARGS__))

struct span der_make_oid(struct arena *a, const char *dotted);
struct span der_make_octets(struct arena *a, struct span bytes);
struct span der_make_small(struct arena *a, uint8_t n); /* INTEGER 0..127 */
struct span der_make_null(void);

/* The same encoding with another tag (IMPLICIT). */
struct span der_retag(struct arena *a, uint8_t tag, struct span der);

#endif
