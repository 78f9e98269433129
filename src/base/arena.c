/*
 * arena - chunks in a list, deferred calls in another. See arena.h.
 */
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_SIZE ((size_t)32 * 1024)
#define ALIGN      ((size_t)16)

struct chunk {
    struct chunk *next;
    size_t size, used;
    _Alignas(16) uint8_t data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *p;
};

struct arena {
    struct chunk *chunks;
    struct deferred *deferred;
    size_t cap, used;
    bool capped, secret;
};

struct arena *arena_new(size_t cap)
{
    struct arena *a = mem_zalloc(sizeof *a);
    if (a) {
        a->cap = cap;
    }
    return a;
}

void arena_set_secret(struct arena *a)
{
    a->secret = true;
}

void arena_free(struct arena *a)
{
    if (!a) {
        return;
    }
    for (struct deferred *d = a->deferred; d; d = d->next) {
        d->fn(d->p);
    }
    for (struct chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        if (a->secret) {
            explicit_bzero(c->data, c->used);
        }
        mem_free(c);
    }
    mem_free(a);
}

/* A chunk with room for n bytes: the current one, or a new one in front of it. A large piece gets a
 * chunk of its own behind the current one, whose remaining room stays in use. */
static struct chunk *room_for(struct arena *a, size_t n)
{
    struct chunk *head = a->chunks;
    if (head && head->size - head->used >= n) {
        return head;
    }
    size_t size = n > CHUNK_SIZE / 4 ? n : CHUNK_SIZE;
    struct chunk *c = mem_alloc(sizeof *c + size);
    if (!c) {
        return NULL;
    }
    c->size = size;
    c->used = 0;
    if (head && size == n) {
        c->next = head->next;
        head->next = c;
    } else {
        c->next = head;
        a->chunks = c;
    }
    return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n == 0) {
        n = 1;
    }
    if (n > a->cap - a->used || n > SIZE_MAX / 2) {
        a->capped = true;
        mem_note_failure();
        return NULL;
    }
    size_t rounded = (n + ALIGN - 1) & ~(ALIGN - 1);
    struct chunk *c = room_for(a, rounded);
    if (!c) {
        return NULL;
    }
    void *p = c->data + c->used;
    memset(p, 0, rounded); /* piece by piece: what is never handed out is never touched */
    c->used += rounded;
    a->used += n;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size) {
        a->capped = true;
        mem_note_failure();
        return NULL;
    }
    return arena_alloc(a, count * size);
}

int arena_grow(struct arena *a, void **items, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return 0;
    }
    size_t want = *cap ? *cap * 2 : 8;
    if (want < need) {
        want = need;
    }
    void *p = arena_array(a, want, size);
    if (!p) {
        return -1;
    }
    if (*cap) {
        memcpy(p, *items, *cap * size);
    }
    *items = p;
    *cap = want;
    return 0;
}

struct span arena_dup(struct arena *a, struct span s)
{
    uint8_t *p = arena_alloc(a, s.n);
    if (!p) {
        return SPAN_NONE;
    }
    if (s.n) {
        memcpy(p, s.p, s.n);
    }
    return span_make(p, s.n);
}

char *arena_str(struct arena *a, struct span s)
{
    if (s.n == SIZE_MAX) {
        return NULL;
    }
    char *p = arena_alloc(a, s.n + 1);
    if (!p) {
        return NULL;
    }
    for (size_t i = 0; i < s.n; i++) {
        p[i] = s.p[i] ? (char)s.p[i] : '?';
    }
    return p;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        mem_note_failure();
        return NULL;
    }
    char *p = arena_alloc(a, (size_t)n + 1);
    if (p) {
        (void)vsnprintf(p, (size_t)n + 1, fmt, ap);
    }
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

int arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
    struct deferred *d = arena_alloc(a, sizeof *d);
    if (!d) {
        fn(p);
        return -1;
    }
    *d = (struct deferred){a->deferred, fn, p};
    a->deferred = d;
    return 0;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

bool arena_capped(const struct arena *a)
{
    return a->capped;
}
