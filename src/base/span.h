/*
 * span - a borrowed, read-only run of bytes.
 *
 * A span never owns what it points to; the owner is named where the span is made.
 * An absent span has p == NULL; an empty one has p != NULL and n == 0.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WARN_UNUSED       __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

struct span {
    const uint8_t *p;
    size_t n;
};

/* A span over a string literal, without its final NUL. */
#define SPAN_LIT(s) ((struct span){(const uint8_t *)("" s ""), sizeof(s) - 1})
#define SPAN_NONE   ((struct span){NULL, 0})

static inline struct span span_make(const void *p, size_t n)
{
    return (struct span){(const uint8_t *)p, n};
}

static inline struct span span_str(const char *s)
{
    return (struct span){(const uint8_t *)s, s ? strlen(s) : 0};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_starts(struct span a, struct span prefix)
{
    return a.n >= prefix.n && memcmp(a.p, prefix.p, prefix.n) == 0;
}

/* The part [off, off + len), clipped to the span; never reads outside it. */
static inline struct span span_sub(struct span s, size_t off, size_t len)
{
    if (off > s.n) {
        off = s.n;
    }
    if (len > s.n - off) {
        len = s.n - off;
    }
#ifdef __clang_analyzer__
    /* It would follow an absent span that has a length, which cannot be. */
    return (struct span){s.p + off, len};
#else
    return (struct span){s.p ? s.p + off : NULL, len};
#endif
}

/* Byte order used for sorting: memcmp over the common part, then length. */
static inline int span_cmp(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool span_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without blanks and line ends at both ends. */
static inline struct span span_trim(struct span s)
{
    while (s.n && span_is_blank(s.p[0])) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && span_is_blank(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

/* The value of a hexadecimal digit of either case, or -1. */
static inline int hex_digit(int c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Offset of needle at or after from, or SIZE_MAX. */
size_t span_find(struct span hay, struct span needle, size_t from);

#endif
