/*
 * ber - see ber.h. X.690 8.1.3 (lengths), 8.7 (octet strings).
 *
 * What it does not do: high tag numbers, constructed strings other than OCTET STRING. CMS needs
 * neither; both are refused as malformed.
 */
#include "asn1/ber.h"

struct output {
    uint8_t *p;
    size_t n, cap;
};

struct header {
    uint8_t tag;
    size_t size;   /* identifier and length octets */
    size_t length; /* contents octets when definite */
    bool indefinite;
};

enum { CONSTRUCTED = 0x20, OCTETS = 0x04, OCTETS_CONSTRUCTED = 0x24, MAX_HEADER = 6 };

static bool read_header(struct span in, struct header *h)
{
    if (in.n < 2 || (in.p[0] & 0x1f) == 0x1f) {
        return false;
    }
    *h = (struct header){in.p[0], 2, in.p[1], in.p[1] == 0x80};
    if (h->indefinite) {
        return (h->tag & CONSTRUCTED) != 0;
    }
    if (in.p[1] & 0x80) {
        size_t octets = in.p[1] & 0x7f;
        if (octets > 4 || octets > in.n - 2) {
            return false;
        }
        h->length = 0;
        for (size_t i = 0; i < octets; i++) {
            h->length = h->length << 8 | in.p[2 + i];
        }
        h->size += octets;
    }
    return h->length <= in.n - h->size;
}

static bool put(struct output *out, struct span s)
{
    if (s.n > out->cap - out->n) {
        return false;
    }
    if (s.n) {
        memcpy(out->p + out->n, s.p, s.n);
        out->n += s.n;
    }
    return true;
}

/* Puts identifier and definite length in front of what was written since start. */
static bool wrap(struct output *out, size_t start, uint8_t tag)
{
    size_t length = out->n - start, octets = 0;
    for (size_t l = length; length >= 0x80 && l; l >>= 8) {
        octets++;
    }
    if (2 + octets > out->cap - out->n) {
        return false;
    }
    memmove(out->p + start + 2 + octets, out->p + start, length);
    out->p[start] = tag;
    out->p[start + 1] = (uint8_t)(octets ? 0x80 | octets : length);
    for (size_t i = 0; i < octets; i++) {
        out->p[start + 2 + i] = (uint8_t)(length >> 8 * (octets - 1 - i));
    }
    out->n += 2 + octets;
    return true;
}

/* The contents of a constructed value: ends at the end of its span, or at 00 00. */
struct cursor {
    struct span rest;
    bool indefinite, done;
};

static struct cursor enter(struct span in, const struct header *h)
{
    struct span body = span_sub(in, h->size, h->indefinite ? in.n : h->length);
    return (struct cursor){body, h->indefinite, false};
}

/* False when the contents are over, or when they never end (rest is then empty and !done). */
static bool more(struct cursor *c)
{
    if (!c->indefinite) {
        c->done = c->rest.n == 0;
        return !c->done;
    }
    if (c->rest.n >= 2 && c->rest.p[0] == 0 && c->rest.p[1] == 0) {
        c->rest = span_sub(c->rest, 2, c->rest.n);
        c->done = true;
    }
    return !c->done && c->rest.n > 0;
}

/* What a value took from its parent's contents. */
static struct span after(struct span in, const struct header *h, const struct cursor *c)
{
    return h->indefinite ? c->rest : span_sub(in, h->size + h->length, in.n);
}

/* Appends the joined segments of an OCTET STRING; moves *in behind it. */
static bool join_octets(struct span *in, struct output *out, int depth)
{
    struct header h;
    if (depth > BER_MAX_DEPTH || !read_header(*in, &h)) {
        return false;
    }
    if (h.tag == OCTETS) {
        bool ok = put(out, span_sub(*in, h.size, h.length));
        *in = span_sub(*in, h.size + h.length, in->n);
        return ok;
    }
    if (h.tag != OCTETS_CONSTRUCTED) {
        return false;
    }
    struct cursor c = enter(*in, &h);
    while (more(&c)) {
        if (!join_octets(&c.rest, out, depth + 1)) {
            return false;
        }
    }
    *in = after(*in, &h, &c);
    return c.done;
}

/* Converts one value; moves *in behind it; *changed tells whether its octets differ now. */
static bool convert(struct span *in, struct output *out, int depth, bool *changed)
{
    struct header h;
    if (depth > BER_MAX_DEPTH || !read_header(*in, &h)) {
        return false;
    }
    size_t start = out->n;
    if (h.tag == OCTETS_CONSTRUCTED) {
        *changed = true;
        return join_octets(in, out, depth) && wrap(out, start, OCTETS);
    }
    if (!(h.tag & CONSTRUCTED)) {
        bool ok = h.tag != 0 && put(out, span_sub(*in, 0, h.size + h.length));
        *in = span_sub(*in, h.size + h.length, in->n);
        return ok;
    }
    struct cursor c = enter(*in, &h);
    bool inner = h.indefinite;
    while (more(&c)) {
        if (!convert(&c.rest, out, depth + 1, &inner)) {
            return false;
        }
    }
    struct span rest = after(*in, &h, &c), whole = span_sub(*in, 0, in->n - rest.n);
    *in = rest;
    if (!c.done) {
        return false;
    }
    if (!inner) {
        out->n = start;
        return put(out, whole);
    }
    *changed = true;
    return wrap(out, start, h.tag);
}

/* True when the value and all it contains have definite lengths and no constructed strings. */
static bool is_definite(struct span in, size_t *consumed)
{
    struct span open[BER_MAX_DEPTH];
    int depth = 0;
    struct header h;
    if (!read_header(in, &h) || h.indefinite) {
        return false;
    }
    *consumed = h.size + h.length;
    open[0] = span_sub(in, 0, *consumed);
    while (depth >= 0) {
        struct span *s = &open[depth];
        if (s->n == 0) {
            depth--;
            continue;
        }
        if (!read_header(*s, &h) || h.indefinite || h.tag == OCTETS_CONSTRUCTED) {
            return false;
        }
        struct span body = span_sub(*s, h.size, h.length);
        *s = span_sub(*s, h.size + h.length, s->n);
        if (h.tag & CONSTRUCTED) {
            if (++depth >= BER_MAX_DEPTH) {
                return false;
            }
            open[depth] = body;
        }
    }
    return true;
}

int ber_to_der(struct arena *a, struct span in, struct ber_result *out)
{
    *out = (struct ber_result){0};
    size_t consumed = 0;
    if (is_definite(in, &consumed)) {
        *out = (struct ber_result){span_sub(in, 0, consumed), consumed, false};
        return 0;
    }
    /* Definite lengths only take more room for contents over 64 KiB: one or two octets each. */
    struct output o = {.cap = in.n + in.n / 512 + 256};
    o.p = arena_alloc(a, o.cap);
    if (!o.p) {
        return -1;
    }
    struct span rest = in;
    bool changed = false;
    if (convert(&rest, &o, 0, &changed)) {
        *out = (struct ber_result){span_make(o.p, o.n), in.n - rest.n, changed};
    }
    return 0;
}
