/*
 * buffer - see buffer.h.
 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

void buffer_init(struct buffer *b, size_t max)
{
    *b = (struct buffer){.max = max};
}

void buffer_free(struct buffer *b)
{
    (b->secret ? mem_free_wiped : mem_free)(b->p);
    *b = (struct buffer){.max = b->max, .secret = b->secret};
}

/* What a growing run leaves behind is overwritten, too. */
static uint8_t *grow(struct buffer *b, size_t cap)
{
    if (!b->secret) {
        return mem_realloc(b->p, cap);
    }
    uint8_t *p = mem_alloc(cap);
    if (p) {
        if (b->n) {
            memcpy(p, b->p, b->n);
        }
        mem_free_wiped(b->p);
    }
    return p;
}

/* A final NUL has room too. */
bool buffer_reserve(struct buffer *b, size_t n)
{
    if (b->failed) {
        return false;
    }
    if (n > b->max || b->n > b->max - n) {
        b->failed = b->full = true;
        return false;
    }
    size_t need = b->n + n + 1;
    if (need <= b->cap) {
        return true;
    }
    size_t cap = b->cap ? b->cap * 2 : 256;
    if (cap < need) {
        cap = need;
    }
    uint8_t *p = grow(b, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

void buffer_add(struct buffer *b, struct span s)
{
    if (s.n && buffer_reserve(b, s.n)) {
        memcpy(b->p + b->n, s.p, s.n);
        b->n += s.n;
    }
}

uint8_t *buffer_room(struct buffer *b, size_t n)
{
    return buffer_reserve(b, n) ? b->p + b->n : NULL;
}

void buffer_took(struct buffer *b, const uint8_t *end)
{
    b->n = (size_t)(end - b->p);
}

void buffer_str(struct buffer *b, const char *s)
{
    buffer_add(b, span_str(s));
}

void buffer_char(struct buffer *b, char c)
{
    buffer_add(b, span_make(&c, 1));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0) {
        b->failed = true;
    } else if (buffer_reserve(b, (size_t)n)) {
        (void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
        b->n += (size_t)n;
    }
    va_end(ap);
}

bool buffer_ok(const struct buffer *b)
{
    return !b->failed;
}

struct span buffer_span(const struct buffer *b)
{
    static const uint8_t nothing[1];
    return b->p ? span_make(b->p, b->n) : span_make(nothing, 0);
}

const char *buffer_cstr(struct buffer *b)
{
    if (!buffer_reserve(b, 0)) {
        return NULL;
    }
    b->p[b->n] = 0;
    return (const char *)b->p;
}
