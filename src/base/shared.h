/*
 * shared - equal texts and equal blocks of one arena, stored once.
 *
 * Reports repeat themselves: the same issuers, chains and sentences stand in every row. A small
 * table remembers what was stored last; what it forgot is stored again. So the work for each piece
 * is bounded, whatever a stranger chooses to send.
 */
#ifndef BASE_SHARED_H
#define BASE_SHARED_H

#include "base/arena.h"

enum { SHARED_SETS = 64, SHARED_WAYS = 4 };

struct shared_place {
    uint8_t *p;
    size_t n;
};

struct shared {
    struct arena *arena;
    struct shared_place places[SHARED_SETS][SHARED_WAYS]; /* each set: the latest first */
};

/* The piece as stored before; NULL when it is not remembered. */
void *shared_find(struct shared *s, struct span piece);

/* A copy in the arena, followed by a NUL, or the one that is there. NULL: no memory. */
void *shared_keep(struct shared *s, struct span piece) WARN_UNUSED;

#endif
