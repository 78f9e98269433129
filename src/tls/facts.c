/*
 * facts - see facts.h.
 */
#include "tls/facts.h"

void facts_init(struct tls_facts *f, struct arena *a, bool datagram)
{
    static const uint16_t stream[] = {TLS_SSL2, TLS_SSL3, TLS_10, TLS_11, TLS_12, TLS_13};
    static const uint16_t packet[] = {DTLS_10, DTLS_12};
    const uint16_t *rows = datagram ? packet : stream;
    memset(f, 0, sizeof *f);
    f->arena = a;
    f->version_count = datagram ? 2 : 6;
    for (size_t i = 0; i < f->version_count; i++) {
        f->versions[i].version = rows[i];
    }
}

struct version_facts *facts_version(struct tls_facts *f, uint16_t version)
{
    for (size_t i = 0; i < f->version_count; i++) {
        if (f->versions[i].version == version) {
            return &f->versions[i];
        }
    }
    return NULL;
}

const char *known_name(enum known k)
{
    static const char *const names[] = {"not-tested", "no", "yes", "inconclusive"};
    return names[k];
}

uint16_t facts_highest(const struct tls_facts *f)
{
    for (size_t i = f->version_count; i-- > 0;) {
        if (f->versions[i].state == KNOWN_YES) {
            return f->versions[i].version;
        }
    }
    return 0;
}

/* ---- one answer ------------------------------------------------------------------------------ */

static unsigned bits_of(struct span n)
{
    unsigned bits = (unsigned)n.n * 8;
    for (unsigned top = n.n ? n.p[0] : 0x80; top && !(top & 0x80); top <<= 1) {
        bits--;
    }
    return bits;
}

/* Remembers a public value; *reused when it was there before. */
static int note_point(struct tls_facts *f, uint16_t group, struct span value, bool *reused)
{
    for (size_t i = 0; i < f->point_count; i++) {
        if (f->point_groups[i] == group && span_eq(f->points[i], value)) {
            *reused = true;
            return 0;
        }
    }
    if (f->point_count == FACTS_POINTS || value.n == 0) {
        return 0;
    }
    f->points[f->point_count] = arena_dup(f->arena, value);
    f->point_groups[f->point_count] = group;
    return f->points[f->point_count++].p ? 0 : -1;
}

static int note_dh(struct tls_facts *f, const struct answer *a)
{
    unsigned bits = bits_of(a->dh_prime);
    if (f->dh_bits && f->dh_bits <= bits) {
        return note_point(f, 0, a->dh_public, &f->dh_reused);
    }
    f->dh_bits = bits;
    f->dh_name = tls_prime_name(a->dh_prime);
    f->dh_prime = arena_dup(f->arena, a->dh_prime);
    return f->dh_prime.p ? note_point(f, 0, a->dh_public, &f->dh_reused) : -1;
}

static bool is_weak_scheme(uint16_t code)
{
    const struct scheme *s = tls_scheme(code);
    return s && !s->strong;
}

void facts_group(struct tls_facts *f, uint16_t group)
{
    for (size_t i = 0; i < f->group_count; i++) {
        if (f->groups[i] == group) {
            return;
        }
    }
    if (group && f->group_count < HELLO_GROUPS) {
        f->groups[f->group_count++] = group;
    }
}

/* A fact is known once an answer could have shown it. "yes" stays. */
static void learn(enum known *fact, bool yes)
{
    if (*fact != KNOWN_YES) {
        *fact = yes ? KNOWN_YES : KNOWN_NO;
    }
}

static void note_extensions(struct tls_facts *f, const struct probe *p, const struct answer *a)
{
    const struct suite *s = tls_suite(a->suite);
    if ((p->flags & HELLO_EXTRAS) && p->version > TLS_SSL3) { /* SSL 3.0 has no extensions */
        learn(&f->ems, a->extensions & EXT_EMS);
        learn(&f->tickets, a->extensions & EXT_TICKET);
        learn(&f->staple, a->extensions & EXT_STATUS);
        if (s && s->mode == MO_CBC) {
            learn(&f->etm, a->extensions & EXT_ETM);
        }
    }
    if (p->flags & HELLO_HEARTBEAT) {
        learn(&f->heartbeat, a->extensions & EXT_HEARTBEAT);
    }
    learn(&f->secure_renegotiation, a->secure_renegotiation);
    if (a->extensions & EXT_ALPN) {
        memcpy(f->alpn, a->alpn, sizeof f->alpn);
    }
    f->unasked_extension |= (a->extensions & EXT_UNASKED) != 0;
}

/* Compression that was not offered is not taken for a fact about compression. */
static void note_compression(struct tls_facts *f, const struct probe *p, const struct answer *a)
{
    if (p->flags & HELLO_COMPRESS) {
        learn(&f->compression, a->compression != 0);
        f->compression_method = a->compression;
    }
}

static void note_sentinel(struct tls_facts *f, const struct answer *a)
{
    static const uint8_t mark[7] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
    if (!tls_is_datagram(a->version)) {
        learn(&f->sentinel, memcmp(a->random + 24, mark, 7) == 0 && a->random[31] <= 1);
    }
}

int facts_chain(struct tls_facts *f, const struct span *certs, size_t count)
{
    for (size_t i = 0; i < f->chain_count; i++) {
        if (count && span_eq(f->chains[i].certs[0], certs[0]) && f->chains[i].count == count) {
            return 0;
        }
    }
    if (count == 0 || f->chain_count == FACTS_CHAINS) {
        return 0;
    }
    struct chain_facts *c = &f->chains[f->chain_count];
    for (c->count = 0; c->count < count && c->count < ANSWER_CERTS; c->count++) {
        c->certs[c->count] = arena_dup(f->arena, certs[c->count]);
        if (!c->certs[c->count].p) {
            return -1;
        }
    }
    f->chain_count++;
    return 0;
}

static int note_ssl2(struct tls_facts *f, const struct answer *a)
{
    memcpy(f->suites2, a->suites2, sizeof f->suites2);
    f->suite2_count = a->suite2_count;
    return facts_chain(f, a->certs, a->cert_count);
}

int facts_note(struct tls_facts *f, const struct probe *p, const struct answer *a)
{
    if (p->version == TLS_SSL2) {
        return note_ssl2(f, a);
    }
    if (a->version == TLS_13) {
        facts_group(f, a->group);
        return 0;
    }
    note_extensions(f, p, a);
    note_compression(f, p, a);
    note_sentinel(f, a);
    facts_group(f, a->group);
    f->session_id |= a->session_id;
    f->explicit_curve |= a->explicit_curve;
    f->sha1_exchange |= a->scheme && is_weak_scheme(a->scheme);
    if (a->client_cert && f->client_cert < CLIENT_CERT_REQUESTED) {
        f->client_cert = CLIENT_CERT_REQUESTED;
    } else if (a->finished && f->client_cert == CLIENT_CERT_UNKNOWN) {
        f->client_cert = CLIENT_CERT_NONE;
    }
    for (size_t i = 0; i < p->group_count && a->dh_group && !f->dh_group; i++) {
        f->dh_group = p->groups[i] == a->dh_group ? a->dh_group : 0;
    }
    if (a->dh_prime.n && note_dh(f, a) < 0) {
        return -1;
    }
    if (a->ec_point.n && note_point(f, a->group, a->ec_point, &f->ec_reused) < 0) {
        return -1;
    }
    return facts_chain(f, a->certs, a->cert_count);
}
