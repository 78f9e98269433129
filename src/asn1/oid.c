/*
 * oid - a table of dotted forms, encoded once per process. See oid.h.
 */
#include "asn1/oid.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/buffer.h"

enum { MAX_BODY = 24 };

struct row {
    const char *dotted, *name;
};

static const struct row rows[OID_COUNT] = {
    [OID_UNKNOWN] = {"", "unknown"},
#define OID(id, dotted, name) [OID_##id] = {dotted, name},
#include "asn1/oid.def"
#undef OID
};

struct body {
    uint8_t n, p[MAX_BODY];
};

/* Process-wide cache: the encoded bodies and their order for binary search. Filled by
 * oid_table, whose work is idempotent; published once through `ready`. */
static struct body bodies[OID_COUNT];
static uint16_t order[OID_COUNT];
static _Atomic bool ready;

static bool put_arc(uint8_t *out, size_t *n, uint64_t arc)
{
    uint8_t tmp[10];
    size_t k = 0;
    do {
        tmp[k++] = (uint8_t)(arc & 0x7f);
        arc >>= 7;
    } while (arc);
    if (*n + k > MAX_BODY) {
        return false;
    }
    while (k--) {
        out[(*n)++] = (uint8_t)(tmp[k] | (k ? 0x80 : 0));
    }
    return true;
}

/* Encodes a dotted OID into out[MAX_BODY]; 0 when it does not fit or is none. */
static size_t encode(const char *dotted, uint8_t *out)
{
    uint64_t first = 0;
    size_t n = 0;
    for (unsigned i = 0; *dotted; i++) {
        char *end;
        uint64_t arc = strtoull(dotted, &end, 10);
        if (end == dotted) {
            return 0;
        }
        if (i == 0) {
            first = arc;
        } else if (!put_arc(out, &n, i == 1 ? first * 40 + arc : arc)) {
            return 0;
        }
        dotted = *end == '.' ? end + 1 : end;
    }
    return n;
}

static int by_body(const void *a, const void *b)
{
    const struct body *x = &bodies[*(const uint16_t *)a], *y = &bodies[*(const uint16_t *)b];
    return span_cmp(span_make(x->p, x->n), span_make(y->p, y->n));
}

static void oid_table(void)
{
    if (atomic_load_explicit(&ready, memory_order_acquire)) {
        return;
    }
    for (unsigned i = 0; i < OID_COUNT; i++) {
        bodies[i].n = (uint8_t)encode(rows[i].dotted, bodies[i].p);
        order[i] = (uint16_t)i;
    }
    qsort(order, OID_COUNT, sizeof *order, by_body);
    atomic_store_explicit(&ready, true, memory_order_release);
}

enum oid oid_lookup(struct span body)
{
    oid_table();
    size_t lo = 0, hi = OID_COUNT;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct body *b = &bodies[order[mid]];
        int c = span_cmp(body, span_make(b->p, b->n));
        if (c == 0) {
            return body.n ? (enum oid)order[mid] : OID_UNKNOWN;
        }
        if (c < 0) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return OID_UNKNOWN;
}

struct span oid_body(enum oid oid)
{
    oid_table();
    return span_make(bodies[oid].p, bodies[oid].n);
}

const char *oid_name(enum oid oid)
{
    return rows[oid].name;
}

/* The next arc of an encoded OID; false at the end or when malformed. */
static bool next_arc(struct span *s, uint64_t *arc)
{
    *arc = 0;
    for (size_t i = 0; i < s->n && i < 9; i++) {
        *arc = *arc << 7 | (s->p[i] & 0x7f);
        if (!(s->p[i] & 0x80)) {
            *s = span_sub(*s, i + 1, s->n);
            return true;
        }
    }
    return false;
}

char *oid_dotted(struct arena *a, struct span body)
{
    struct buffer b;
    buffer_init(&b, 1024);
    uint64_t arc;
    for (bool first = true; body.n; first = false) {
        if (!next_arc(&body, &arc)) {
            buffer_free(&b);
            return arena_str(a, SPAN_LIT("malformed OID"));
        }
        if (first) {
            uint64_t top = arc < 80 ? arc / 40 : 2;
            buffer_printf(&b, "%llu.%llu", (unsigned long long)top,
                          (unsigned long long)(arc - top * 40));
        } else {
            buffer_printf(&b, ".%llu", (unsigned long long)arc);
        }
    }
    char *s = buffer_ok(&b) && b.n ? arena_str(a, buffer_span(&b))
                                   : arena_str(a, SPAN_LIT("malformed OID"));
    buffer_free(&b);
    return s;
}

bool oid_is(struct span body, const char *dotted)
{
    uint8_t want[MAX_BODY];
    return span_eq(body, span_make(want, encode(dotted, want)));
}

bool oid_below(struct span body, const char *arc)
{
    uint8_t want[MAX_BODY];
    size_t n = encode(arc, want);
    return n && span_starts(body, span_make(want, n));
}
