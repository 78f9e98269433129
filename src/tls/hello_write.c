/*
 * hello_write - the bytes of a ClientHello. See hello.h.
 *
 * RFC 8446 4.1.2 and 4.2, RFC 5246 7.4.1.2, RFC 6347 4.2.1, draft-hickman-netscape-ssl-00 2.5.
 * Lengths that known servers do not survive are avoided by padding (RFC 7685).
 */
#include "base/hash.h"
#include "tls/hello.h"
#include "tls/wire.h"

enum {
    HANDSHAKE = 22,
    CLIENT_HELLO = 1,
    SCSV_RENEGOTIATION = 0x00ff,
    SCSV_FALLBACK = 0x5600,
    MAX_HELLO = 4096,
    PAD_LOW = 256,
    PAD_HIGH = 512
};

/* A run with a 16-bit length in front, as most of TLS is. */
static void put_run(struct buffer *b, const struct buffer *run)
{
    wire_put16(b, (unsigned)run->n);
    buffer_add(b, buffer_span(run));
}

/* ---- extensions ------------------------------------------------------------------------------ */

static void ext(struct buffer *b, unsigned type, struct span body)
{
    wire_put16(b, type);
    wire_put16(b, (unsigned)body.n);
    buffer_add(b, body);
}

static void ext_name(struct buffer *b, const char *name)
{
    size_t n = strlen(name);
    wire_put16(b, 0);
    wire_put16(b, (unsigned)(n + 5));
    wire_put16(b, (unsigned)(n + 3));
    wire_put8(b, 0);
    wire_put16(b, (unsigned)n);
    buffer_str(b, name);
}

static void ext_groups(struct buffer *b, const struct probe *p)
{
    wire_put16(b, 10);
    wire_put16(b, (unsigned)(p->group_count * 2 + 2));
    wire_put16(b, (unsigned)(p->group_count * 2));
    for (size_t i = 0; i < p->group_count; i++) {
        wire_put16(b, p->groups[i]);
    }
}

static void ext_schemes(struct buffer *b)
{
    size_t n;
    const struct scheme *s = tls_schemes(&n);
    wire_put16(b, 13);
    wire_put16(b, (unsigned)(n * 2 + 2));
    wire_put16(b, (unsigned)(n * 2));
    for (size_t i = 0; i < n; i++) {
        wire_put16(b, s[i].code);
    }
}

/* names: "h2,http/1.1" */
static void ext_alpn(struct buffer *b, const char *names)
{
    uint8_t memory[64];
    size_t used = 0;
    while (*names) {
        size_t n = strcspn(names, ",");
        if (n == 0 || used + n + 1 > sizeof memory) {
            break;
        }
        memory[used++] = (uint8_t)n;
        memcpy(memory + used, names, n);
        used += n;
        names += n + (names[n] == ',');
    }
    wire_put16(b, 16);
    wire_put16(b, (unsigned)(used + 2));
    wire_put16(b, (unsigned)used);
    buffer_add(b, span_make(memory, used));
}

static void extras(struct buffer *b)
{
    ext(b, 5, SPAN_LIT("\1\0\0\0\0")); /* status_request: OCSP */
    ext(b, 22, SPAN_LIT(""));          /* encrypt_then_mac */
    ext(b, 23, SPAN_LIT(""));          /* extended_master_secret */
    ext(b, 35, SPAN_LIT(""));          /* session_ticket */
}

static void versions_13(struct buffer *b)
{
    ext(b, 43, SPAN_LIT("\2\3\4"));
    ext(b, 51, SPAN_LIT("\0\0")); /* key_share without a share: HelloRetryRequest names the group */
    ext(b, 45, SPAN_LIT("\1\1")); /* psk_dhe_ke */
}

static void extensions(struct buffer *b, const struct probe *p, const struct hello_frame *f)
{
    if (f->name && !(p->flags & HELLO_NO_NAME)) {
        ext_name(b, f->name);
    }
    if (p->group_count) {
        ext_groups(b, p);
        ext(b, 11, SPAN_LIT("\1\0"));
    }
    if (p->version == TLS_12 || p->version == TLS_13 || p->version == DTLS_12) {
        ext_schemes(b);
    }
    if (p->version == TLS_13) {
        versions_13(b);
    } else {
        ext(b, 0xff01, SPAN_LIT("\0")); /* renegotiation_info */
    }
    if (p->flags & HELLO_EXTRAS) {
        extras(b);
    }
    if ((p->flags & HELLO_ALPN) && f->alpn) {
        ext_alpn(b, f->alpn);
    }
    if (p->flags & HELLO_HEARTBEAT) {
        ext(b, 15, SPAN_LIT("\1"));
    }
}

/* ---- the hello ------------------------------------------------------------------------------- */

static void put_suites(struct buffer *b, const struct probe *p)
{
    bool plain = (p->flags & HELLO_PLAIN) || p->version == TLS_SSL3;
    bool renegotiation = plain && p->version != TLS_13;
    size_t n = p->suite_count + renegotiation + ((p->flags & HELLO_SCSV) != 0);
    wire_put16(b, (unsigned)(n * 2));
    for (size_t i = 0; i < p->suite_count; i++) {
        wire_put16(b, p->suites[i]);
    }
    if (renegotiation) {
        wire_put16(b, SCSV_RENEGOTIATION);
    }
    if (p->flags & HELLO_SCSV) {
        wire_put16(b, SCSV_FALLBACK);
    }
}

/* How much more the message must get: servers are known to fail on 256 to 511 octets of it (F5),
 * and on records whose length modulo 256 is 10 or 14. */
static size_t padding(size_t message)
{
    size_t n = 0;
    if (message >= PAD_LOW && message < PAD_HIGH) {
        n = PAD_HIGH - message;
    }
    while (n < 4 && n > 0) {
        n++;
    }
    while ((message + n) % 256 == 10 || (message + n) % 256 == 14) {
        n += n ? 1 : 4;
    }
    return n;
}

static void pad(struct buffer *b, size_t n)
{
    static const uint8_t zeros[PAD_HIGH];
    if (n >= 4) {
        ext(b, 21, span_make(zeros, n - 4));
    }
}

/* The body up to the extensions. */
static void put_head(struct buffer *b, const struct probe *p, const struct hello_frame *f)
{
    wire_put16(b, p->version == TLS_13 ? TLS_12 : p->version);
    buffer_add(b, span_make(f->random, sizeof f->random));
    if (p->version == TLS_13) { /* middlebox compatibility, RFC 8446 D.4 */
        wire_put8(b, 32);
        buffer_add(b, span_make(f->random, sizeof f->random));
    } else {
        wire_put8(b, 0);
    }
    if (tls_is_datagram(p->version)) {
        wire_put8(b, (unsigned)f->cookie.n);
        buffer_add(b, f->cookie);
    }
    put_suites(b, p);
    buffer_add(b, p->flags & HELLO_COMPRESS ? SPAN_LIT("\3\1\100\0") : SPAN_LIT("\1\0"));
}

static void put_body(struct buffer *b, const struct probe *p, const struct hello_frame *f)
{
    struct buffer list;
    put_head(b, p, f);
    if ((p->flags & HELLO_PLAIN) || p->version == TLS_SSL3) {
        return;
    }
    buffer_init(&list, MAX_HELLO);
    extensions(&list, p, f);
    pad(&list, padding(b->n + 4 + 2 + list.n));
    put_run(b, &list);
    b->failed |= list.failed;
    buffer_free(&list);
}

/* SSL 2.0: a record with two octets of length, three-octet suites. */
static void write_ssl2(const struct hello_frame *f, struct buffer *out)
{
    size_t count;
    const struct suite2 *rows = tls_suites2(&count);
    wire_put16(out, (unsigned)(0x8000 | (9 + count * 3 + 16)));
    wire_put8(out, CLIENT_HELLO);
    wire_put16(out, TLS_SSL2);
    wire_put16(out, (unsigned)(count * 3));
    wire_put16(out, 0);
    wire_put16(out, 16);
    for (size_t i = 0; i < count; i++) {
        wire_put24(out, rows[i].code);
    }
    buffer_add(out, span_make(f->random, 16));
}

static void write_datagram(const struct probe *p, const struct hello_frame *f,
                           const struct buffer *body, struct buffer *out)
{
    wire_put8(out, HANDSHAKE);
    wire_put16(out, DTLS_10); /* RFC 6347 4.2.1 */
    wire_put16(out, 0);
    wire_put24(out, 0);
    wire_put24(out, f->message_seq);
    wire_put16(out, (unsigned)(body->n + 12));
    wire_put8(out, CLIENT_HELLO);
    wire_put24(out, body->n);
    wire_put16(out, f->message_seq);
    wire_put24(out, 0);
    wire_put24(out, body->n);
    buffer_add(out, buffer_span(body));
    (void)p;
}

int hello_random(const uint8_t seed[32], unsigned number, uint8_t out[32])
{
    uint8_t bytes[36];
    memcpy(bytes, seed, 32);
    for (size_t i = 0; i < 4; i++) {
        bytes[32 + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    return hash_sha256(span_make(bytes, sizeof bytes), out);
}

void hello_write(const struct probe *p, const struct hello_frame *frame, struct buffer *out)
{
    struct buffer body;
    if (p->version == TLS_SSL2) {
        write_ssl2(frame, out);
        return;
    }
    buffer_init(&body, MAX_HELLO);
    put_body(&body, p, frame);
    if (tls_is_datagram(p->version)) {
        write_datagram(p, frame, &body, out);
    } else {
        wire_put8(out, HANDSHAKE);
        wire_put16(out, p->version == TLS_SSL3 ? TLS_SSL3 : TLS_10);
        wire_put16(out, (unsigned)(body.n + 4));
        wire_put8(out, CLIENT_HELLO);
        wire_put24(out, body.n);
        buffer_add(out, buffer_span(&body));
    }
    out->failed |= body.failed;
    buffer_free(&body);
}
