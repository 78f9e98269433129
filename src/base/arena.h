/*
 * arena - memory of one job: allocated piece by piece, freed at once, with a cap.
 *
 * Everything that belongs to one document's verification lives in one arena; objects of other
 * libraries (X509, EVP_PKEY, ...) are tied to it with arena_defer and freed with it.
 * Not thread-safe: an arena belongs to one job.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>

#include "base/span.h"

struct arena;

/* A new arena that hands out at most cap bytes in all; NULL when memory is out. */
struct arena *arena_new(size_t cap) WARN_UNUSED;

/* Runs the deferred calls, newest first, and frees everything. NULL is allowed. */
void arena_free(struct arena *a);

/* It may come to hold a secret: arena_free overwrites what was handed out. */
void arena_set_secret(struct arena *a);

/* n zeroed bytes, 16-byte aligned; NULL on no memory or past the cap (counted by mem). */
void *arena_alloc(struct arena *a, size_t n) WARN_UNUSED;

/* count * size zeroed bytes, overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size) WARN_UNUSED;

/* Makes room in a growing array: *items has room for *cap items of size bytes, need are wanted.
 * Grows by doubling; the old block stays in the arena. Returns 0 or -1. */
int arena_grow(struct arena *a, void **items, size_t *cap, size_t need, size_t size) WARN_UNUSED;

/* A copy of the bytes. */
struct span arena_dup(struct arena *a, struct span s) WARN_UNUSED;

/* A NUL-terminated copy. Embedded NUL bytes become '?'. */
char *arena_str(struct arena *a, struct span s) WARN_UNUSED;

/* As asprintf. */
char *arena_printf(struct arena *a, const char *fmt, ...) WARN_UNUSED PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) WARN_UNUSED PRINTF_LIKE(2, 0);

/* Calls fn(p) when the arena is freed. On failure calls fn(p) at once and returns -1. */
int arena_defer(struct arena *a, void (*fn)(void *), void *p) WARN_UNUSED;

/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

/* True once a request went past the cap (a limit, not a lack of memory). */
bool arena_capped(const struct arena *a);

#endif
