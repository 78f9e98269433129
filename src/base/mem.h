/*
 * mem - every allocation of this program, so that a failed one is never forgotten.
 *
 * A verdict may only be formed when no allocation failed while it was worked out: OpenSSL answers
 * some failed allocations with "success" and an unusable object. mem counts each failure, ours and
 * the libraries' alike; verify/conclude.c turns a raised count into an engine.* finding (REVIEW).
 * What it does not do: limits per job; those are the arena's.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/span.h"

/* As malloc, calloc, realloc, free; NULL on failure, which is counted. */
void *mem_alloc(size_t n) WARN_UNUSED;
void *mem_zalloc(size_t n) WARN_UNUSED;
void *mem_realloc(void *p, size_t n) WARN_UNUSED;
void mem_free(void *p);
/* The same for what may hold a secret: it is overwritten first. */
void mem_free_wiped(void *p);

/* Failed allocations of this process so far. Compare before and after a job. */
uint64_t mem_failures(void);

/* Counts a failure that was noticed elsewhere (an arena's cap, a library's own allocator). */
void mem_note_failure(void);

/* Allocations asked for so far; the fault test runs over 1..N of them. */
uint64_t mem_count(void);

/* Fault test only: the n-th allocation from now on fails once (0: none). */
void mem_fail_at(uint64_t n);

/* Routes the allocators of OpenSSL and jansson through mem; must run before their first use. What
 * jansson gives back is overwritten: PINs and passwords come as JSON.
 * Reads SATYAPAN_FAIL_AT in the fault variant (-DSATYAPAN_FAULT). Returns 0, or -1 when refused. */
int mem_hook_libraries(void);

#endif
