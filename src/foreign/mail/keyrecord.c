/*
 * keyrecord - see keyrecord.h.
 */
#include "foreign/mail/keyrecord.h"

enum { HEADER = 12, TYPE_TXT = 16, CLASS_IN = 1, NAME_LABELS = 128, RECORDS_MAX = 64 };

/* Without octets of its own, so that a cut packet reads as zeros and ends nowhere. */
struct cursor {
    struct span p;
    size_t at;
    bool bad;
};

static unsigned take(struct cursor *c, size_t n)
{
    unsigned v = 0;
    if (c->at + n > c->p.n) {
        c->bad = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | c->p.p[c->at++];
    }
    return v;
}

/* A name is stepped over; a pointer ends it. */
static void skip_name(struct cursor *c)
{
    for (size_t i = 0; i < NAME_LABELS && !c->bad; i++) {
        unsigned n = take(c, 1);
        if (n >= 0xc0) {
            (void)take(c, 1);
            return;
        }
        if (n == 0) {
            return;
        }
        c->at += n & 0x3f;
        c->bad = c->bad || n > 63 || c->at > c->p.n;
    }
    c->bad = true;
}

/* The character-strings of one record, joined. */
static struct span join(struct arena *a, struct span data, bool *bad)
{
    uint8_t *p = arena_alloc(a, data.n + 1);
    size_t n = 0;
    while (p && data.n) {
        size_t len = data.p[0];
        if (len + 1 > data.n) {
            *bad = true;
            break;
        }
        memcpy(p + n, data.p + 1, len);
        n += len;
        data = span_sub(data, len + 1, data.n);
    }
    return span_make(p, n);
}

bool mail_keyrecord_secure(struct span packet)
{
    return packet.n >= HEADER && (packet.p[3] & 0x20) != 0; /* AD */
}

int mail_keyrecord_read(struct arena *a, struct span packet, struct span *out, const char **why)
{
    struct cursor c = {.p = packet};
    struct span found = SPAN_NONE;
    size_t texts = 0;
    (void)take(&c, 4);
    unsigned questions = take(&c, 2), answers = take(&c, 2);
    (void)take(&c, 4);
    for (unsigned i = 0; i < questions && !c.bad; i++) {
        skip_name(&c);
        (void)take(&c, 4);
    }
    for (unsigned i = 0; i < answers && i < RECORDS_MAX && !c.bad; i++) {
        skip_name(&c);
        unsigned type = take(&c, 2), class = take(&c, 2);
        (void)take(&c, 4);
        size_t n = take(&c, 2);
        c.bad = c.bad || n > c.p.n - c.at;
        if (!c.bad && type == TYPE_TXT && class == CLASS_IN) {
            texts++;
            found = join(a, span_sub(c.p, c.at, n), &c.bad);
            if (!found.p) {
                return -1;
            }
        }
        c.at += c.bad ? 0 : n;
    }
    *why = packet.n == 0 ? "there is no key record"
           : c.bad       ? "the DNS answer is malformed"
           : texts == 0  ? "there is no key record"
           : texts > 1   ? "there is more than one key record"
                         : NULL;
    *out = *why ? SPAN_NONE : found;
    return 0;
}
