/*
 * mem - counted allocation. See mem.h.
 */
#include "base/mem.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

static _Atomic uint64_t failures;
static _Atomic uint64_t count;
static _Atomic uint64_t fail_at;

/* True when this allocation is the one the fault test chose. */
static bool must_fail(void)
{
    uint64_t n = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed) + 1;
#ifdef SATYAPAN_FAULT
    return n == atomic_load_explicit(&fail_at, memory_order_relaxed);
#else
    (void)n;
    return false;
#endif
}

static void *counted(void *p, size_t n)
{
    if (!p && n) {
        mem_note_failure();
    }
    return p;
}

void *mem_alloc(size_t n)
{
    return counted(must_fail() ? NULL : malloc(n), n);
}

void *mem_zalloc(size_t n)
{
    return counted(must_fail() ? NULL : calloc(1, n), n);
}

void *mem_realloc(void *p, size_t n)
{
    return counted(must_fail() ? NULL : realloc(p, n), n);
}

void mem_free(void *p)
{
    free(p);
}

uint64_t mem_failures(void)
{
    return atomic_load(&failures);
}

void mem_free_wiped(void *p)
{
    if (p) {
        explicit_bzero(p, malloc_usable_size(p));
    }
    mem_free(p);
}

void mem_note_failure(void)
{
    atomic_fetch_add(&failures, 1);
}

uint64_t mem_count(void)
{
    return atomic_load(&count);
}

void mem_fail_at(uint64_t n)
{
    atomic_store(&fail_at, n ? atomic_load(&count) + n : 0);
}

static void *ssl_alloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return n ? mem_alloc(n) : NULL;
}

static void *ssl_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    if (n == 0) {
        mem_free(p);
        return NULL;
    }
    return mem_realloc(p, n);
}

static void ssl_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    mem_free(p);
}

int mem_hook_libraries(void)
{
    json_set_alloc_funcs(mem_alloc, mem_free_wiped);
    if (!CRYPTO_set_mem_functions(ssl_alloc, ssl_realloc, ssl_free)) {
        return -1;
    }
#ifdef SATYAPAN_FAULT
    const char *at = getenv("SATYAPAN_FAIL_AT");
    mem_fail_at(at ? strtoull(at, NULL, 10) : 0);
#endif
    return 0;
}
