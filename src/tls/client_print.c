/*
 * client_print - fingerprints of a ClientHello: JA3 and JA4. See client_hello.h.
 *
 * JA3 (github.com/salesforce/ja3): version, suites, extensions, groups, point formats in decimal
 * without GREASE; MD5. JA4 (github.com/FoxIO-LLC/ja4, client form): sorted, so that clients which
 * shuffle their extensions keep their fingerprint. They name a TLS stack, they prove nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/hash.h"
#include "tls/client_hello.h"

enum { SUITES_MOST = 1024 };

static void add_numbers(struct buffer *b, struct span list)
{
    bool first = true;
    for (size_t i = 0; i < client_count(list); i++) {
        uint16_t n = client_at(list, i);
        if (!client_grease(n)) {
            buffer_printf(b, "%s%u", first ? "" : "-", n);
            first = false;
        }
    }
}

static void ja3_text(const struct client_hello *h, struct buffer *b)
{
    bool first = true;
    buffer_printf(b, "%u,", h->version);
    add_numbers(b, h->suites);
    buffer_char(b, ',');
    for (size_t i = 0; i < h->extension_count; i++) {
        if (!client_grease(h->extensions[i])) {
            buffer_printf(b, "%s%u", first ? "" : "-", h->extensions[i]);
            first = false;
        }
    }
    buffer_char(b, ',');
    add_numbers(b, h->groups);
    buffer_char(b, ',');
    for (size_t i = 0; i < h->points.n; i++) {
        buffer_printf(b, "%s%u", i ? "-" : "", h->points.p[i]);
    }
}

void client_ja3(const struct client_hello *h, char out[JA3_HASH])
{
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct buffer b;
    out[0] = 0;
    buffer_init(&b, 512 * 1024);
    ja3_text(h, &b);
    if (!h->ssl2 && buffer_ok(&b) && EVP_Digest(b.p, b.n, md, &n, EVP_md5(), NULL) == 1 &&
        n == 16) {
        (void)hash_hex(span_make(md, n), false, out);
    }
    buffer_free(&b);
}

/* ---- JA4 ------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint16_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void add_sorted(struct buffer *b, uint16_t *list, size_t n)
{
    qsort(list, n, sizeof *list, by_number);
    for (size_t i = 0; i < n; i++) {
        buffer_printf(b, "%s%04x", i ? "," : "", list[i]);
    }
}

static const char *short_hash(struct buffer *b, char out[13])
{
    uint8_t md[SHA256_SIZE];
    (void)snprintf(out, 13, "000000000000");
    if (b->n && buffer_ok(b) && hash_sha256(buffer_span(b), md) == 0) {
        (void)hash_hex(span_make(md, 6), false, out);
    }
    b->n = 0;
    return out;
}

static size_t suites_of(const struct client_hello *h, uint16_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < client_count(h->suites) && n < SUITES_MOST; i++) {
        uint16_t s = client_at(h->suites, i);
        if (!client_grease(s)) {
            out[n++] = s;
        }
    }
    return n;
}

/* every: SNI and ALPN count as extensions, and stay out of the hash. */
static size_t extensions_of(const struct client_hello *h, bool every, uint16_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < h->extension_count; i++) {
        uint16_t e = h->extensions[i];
        if (!client_grease(e) && (every || (e != 0 && e != 16))) {
            out[n++] = e;
        }
    }
    return n;
}

static void add_schemes(struct buffer *b, struct span list)
{
    bool first = true;
    for (size_t i = 0; i < client_count(list); i++) {
        uint16_t s = client_at(list, i);
        if (!client_grease(s)) {
            buffer_printf(b, "%s%04x", first ? "_" : ",", s);
            first = false;
        }
    }
}

static const char *ja4_version(uint16_t version)
{
    switch (version) {
    case TLS_13:
        return "13";
    case TLS_12:
        return "12";
    case TLS_11:
        return "11";
    case TLS_10:
        return "10";
    case TLS_SSL3:
        return "s3";
    case TLS_SSL2:
        return "s2";
    default:
        return "00";
    }
}

/* First and last character of the first protocol; hexadecimal ones when they are no letters. */
static void ja4_alpn(const struct client_hello *h, char out[3])
{
    static const char hex[] = "0123456789abcdef";
    out[0] = out[1] = '0';
    out[2] = 0;
    if (h->alpn.n < 2 || h->alpn.p[0] == 0 || (size_t)h->alpn.p[0] + 1 > h->alpn.n) {
        return;
    }
    uint8_t first = h->alpn.p[1], last = h->alpn.p[h->alpn.p[0]];
    bool plain = (first | 32) >= 'a' && (first | 32) <= 'z';
    plain = plain || (first >= '0' && first <= '9');
    bool end = ((last | 32) >= 'a' && (last | 32) <= 'z') || (last >= '0' && last <= '9');
    out[0] = plain && end ? (char)first : hex[first >> 4];
    out[1] = plain && end ? (char)last : hex[last & 15];
}

void client_ja4(const struct client_hello *h, char out[JA4_TEXT])
{
    uint16_t suites[SUITES_MOST], ext[CLIENT_HELLO_EXTENSIONS];
    char alpn[3], first[13], second[13];
    struct buffer b;
    size_t n = suites_of(h, suites), all = extensions_of(h, true, ext);
    buffer_init(&b, 64 * 1024);
    add_sorted(&b, suites, n);
    (void)short_hash(&b, first);
    add_sorted(&b, ext, extensions_of(h, false, ext));
    if (b.n) {
        add_schemes(&b, h->schemes);
    }
    (void)short_hash(&b, second);
    buffer_free(&b);
    ja4_alpn(h, alpn);
    (void)snprintf(out, JA4_TEXT, "t%.2s%c%02u%02u%.2s_%.12s_%.12s", ja4_version(h->highest),
                   client_has_extension(h, 0) ? 'd' : 'i', (unsigned)(n < 99 ? n : 99) % 100,
                   (unsigned)(all < 99 ? all : 99) % 100, alpn, first, second);
}
