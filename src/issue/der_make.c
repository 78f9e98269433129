/*
 * der_make - see der_make.h.
 */
#include "issue/der_make.h"

#include <stdlib.h>

#include <openssl/objects.h>

static size_t put_length(uint8_t *p, size_t n)
{
    uint8_t bytes[sizeof n];
    size_t count = 0;
    if (n < 0x80) {
        p[0] = (uint8_t)n;
        return 1;
    }
    for (size_t rest = n; rest; rest >>= 8) {
        bytes[count++] = (uint8_t)rest;
    }
    p[0] = (uint8_t)(0x80 | count);
    for (size_t i = 0; i < count; i++) {
        p[1 + i] = bytes[count - 1 - i];
    }
    return 1 + count;
}

struct span der_make(struct arena *a, uint8_t tag, const struct span *parts, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].p || parts[i].n > SIZE_MAX / 4 - n) {
            return SPAN_NONE;
        }
        n += parts[i].n;
    }
    uint8_t *p = arena_alloc(a, n + 2 + sizeof n);
    if (!p) {
        return SPAN_NONE;
    }
    p[0] = tag;
    size_t at = 1 + put_length(p + 1, n);
    for (size_t i = 0; i < count; i++) {
        memcpy(p + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return span_make(p, at);
}

static int compare(const void *x, const void *y)
{
    struct span a, b;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    return span_cmp(a, b);
}

struct span der_make_set(struct arena *a, uint8_t tag, const struct span *parts, size_t count)
{
    struct span *sorted = arena_array(a, count ? count : 1, sizeof *sorted);
    for (size_t i = 0; sorted && i < count; i++) {
        if (!parts[i].p) {
            return SPAN_NONE;
        }
        sorted[i] = parts[i];
    }
    if (!sorted) {
        return SPAN_NONE;
    }
    qsort(sorted, count, sizeof *sorted, compare);
    return der_make(a, tag, sorted, count);
}

struct span der_make_oid(struct arena *a, const char *dotted)
{
    ASN1_OBJECT *o = OBJ_txt2obj(dotted, 1);
    struct span out = SPAN_NONE;
    if (o) {
        struct span body = span_make(OBJ_get0_data(o), OBJ_length(o));
        out = der_make(a, 0x06, &body, 1);
    }
    ASN1_OBJECT_free(o);
    return out;
}

struct span der_make_octets(struct arena *a, struct span bytes)
{
    return der_make(a, 0x04, &bytes, 1);
}

struct span der_make_small(struct arena *a, uint8_t n)
{
    struct span body = span_make(&n, 1);
    return der_make(a, 0x02, &body, 1);
}

struct span der_make_null(void)
{
    return SPAN_LIT("\x05\x00");
}

struct span der_retag(struct arena *a, uint8_t tag, struct span der)
{
    struct span copy = der.p ? arena_dup(a, der) : SPAN_NONE;
    if (copy.p) {
        uint8_t *first;
        memcpy(&first, &copy.p, sizeof first);
        first[0] = tag;
    }
    return copy;
}
