/*
 * shared - see shared.h.
 */
#include "base/shared.h"

static uint64_t eight(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Beginning, middle, end and length: enough to tell texts of reports apart, and fast. Pieces that
 * fall into one set only push each other out. */
static struct shared_place *set_of(struct shared *s, struct span piece)
{
    uint64_t h = piece.n * 0x9e3779b97f4a7c15ULL;
    if (piece.n >= 8) {
        h ^= eight(piece.p) ^ eight(piece.p + piece.n / 2 - 4) * 0xc2b2ae3d27d4eb4fULL ^
             eight(piece.p + piece.n - 8) * 0x165667b19e3779f9ULL;
    }
    for (size_t i = 0; piece.n < 8 && i < piece.n; i++) {
        h = (h ^ piece.p[i]) * 1099511628211ULL;
    }
    h *= 0x9e3779b97f4a7c15ULL;
    return s->places[(h >> 40) % SHARED_SETS];
}

/* Puts the place first in its set; the last one is forgotten unless the place was there. */
static void to_front(struct shared_place *set, size_t from, struct shared_place place)
{
    memmove(set + 1, set, from * sizeof *set);
    set[0] = place;
}

void *shared_find(struct shared *s, struct span piece)
{
    struct shared_place *set = set_of(s, piece);
    for (size_t i = 0; i < SHARED_WAYS && set[i].p; i++) {
        if (span_eq(span_make(set[i].p, set[i].n), piece)) {
            to_front(set, i, set[i]);
            return set[0].p;
        }
    }
    return NULL;
}

void *shared_keep(struct shared *s, struct span piece)
{
    void *known = shared_find(s, piece);
    if (known || piece.n == SIZE_MAX) {
        return known;
    }
    uint8_t *p = arena_alloc(s->arena, piece.n + 1);
    if (!p) {
        return NULL;
    }
    if (piece.n) {
        memcpy(p, piece.p, piece.n);
    }
    to_front(set_of(s, piece), SHARED_WAYS - 1, (struct shared_place){p, piece.n});
    return p;
}
