/*
 * gen - see gen.h. X.690 (DER), RFC 7468 (PEM).
 */
#include "gen.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/arena.h"
#include "base/utc.h"

static struct arena *arena;

void gen_die(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("gen: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(70);
}

void *gen_alloc(size_t n)
{
    if (!arena) {
        arena = arena_new((size_t)1 << 30);
    }
    void *p = arena ? arena_alloc(arena, n ? n : 1) : NULL;
    if (!p) {
        gen_die("out of memory");
    }
    return p;
}

struct span gen_dup(struct span s)
{
    uint8_t *p = gen_alloc(s.n);
    if (s.n) {
        memcpy(p, s.p, s.n);
    }
    return span_make(p, s.n);
}

char *gen_printf(const char *fmt, ...)
{
    gen_alloc(1);
    va_list ap;
    va_start(ap, fmt);
    char *s = arena_vprintf(arena, fmt, ap);
    va_end(ap);
    if (!s) {
        gen_die("out of memory");
    }
    return s;
}

struct span gen_take(struct buffer *b)
{
    if (!buffer_ok(b)) {
        gen_die("a buffer is full");
    }
    struct span s = gen_dup(buffer_span(b));
    buffer_free(b);
    return s;
}

static void make_folders(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            if (mkdir(path, 0777) != 0 && errno != EEXIST) {
                gen_die("%s: %s", path, strerrordesc_np(errno));
            }
            *p = '/';
        }
    }
}

void gen_write(const char *dir, const char *name, struct span data)
{
    char *path = gen_printf("%s/%s", dir, name);
    make_folders(path);
    FILE *f = fopen(path, "wb");
    if (!f || (data.n && fwrite(data.p, 1, data.n, f) != data.n) || fclose(f) != 0) {
        gen_die("%s: %s", path, strerrordesc_np(errno));
    }
}

struct span gen_base64(struct span data, size_t line)
{
    uint8_t *text = gen_alloc(data.n * 4 / 3 + 8);
    int n = EVP_EncodeBlock(text, data.p, (int)data.n);
    struct buffer b;
    buffer_init(&b, SIZE_MAX / 2);
    for (size_t i = 0; i < (size_t)n; i += line) {
        buffer_add(&b, span_sub(span_make(text, (size_t)n), i, line));
        buffer_char(&b, '\n');
    }
    return gen_take(&b);
}

struct span gen_pem(const char *label, struct span der)
{
    return CAT(span_str(gen_printf("-----BEGIN %s-----\n", label)), gen_base64(der, 64),
               span_str(gen_printf("-----END %s-----\n", label)));
}

struct span gen_cat(const struct span *parts, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        n += parts[i].n;
    }
    uint8_t *p = gen_alloc(n), *at = p;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].n) {
            memcpy(at, parts[i].p, parts[i].n);
            at += parts[i].n;
        }
    }
    return span_make(p, n);
}

struct span gen_tlv(uint8_t tag, const struct span *parts, size_t count)
{
    struct span body = gen_cat(parts, count);
    uint8_t head[6] = {tag};
    size_t n = 2;
    if (body.n < 0x80) {
        head[1] = (uint8_t)body.n;
    } else {
        size_t octets = body.n > 0xffffff ? 4 : body.n > 0xffff ? 3 : body.n > 0xff ? 2 : 1;
        head[1] = (uint8_t)(0x80 | octets);
        for (size_t i = octets; i > 0; i--) {
            head[n++] = (uint8_t)(body.n >> (8 * (i - 1)));
        }
    }
    return CAT(span_make(head, n), body);
}

static int by_octets(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return span_cmp(*x, *y);
}

struct span gen_set_of(struct span *items, size_t count)
{
    qsort(items, count, sizeof *items, by_octets);
    return gen_tlv(0x31, items, count);
}

struct span gen_oid(const char *dotted)
{
    uint8_t body[64];
    size_t n = 0, index = 0;
    unsigned long first = 0;
    for (const char *p = dotted; *p; index++) {
        char *end;
        unsigned long arc = strtoul(p, &end, 10);
        p = *end == '.' ? end + 1 : end;
        if (index == 0) {
            first = arc;
            continue;
        }
        arc += index == 1 ? first * 40 : 0;
        unsigned shift = 28;
        while (shift && !(arc >> shift)) {
            shift -= 7;
        }
        for (; n < sizeof body; shift -= 7) {
            body[n++] = (uint8_t)((arc >> shift & 0x7f) | (shift ? 0x80 : 0));
            if (!shift) {
                break;
            }
        }
    }
    return TLV(0x06, span_make(body, n));
}

struct span gen_int(int64_t v)
{
    uint8_t octets[8];
    size_t n = 8;
    for (size_t i = 0; i < 8; i++) {
        octets[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
    }
    uint8_t *p = octets;
    while (n > 1 && ((p[0] == 0 && p[1] < 0x80) || (p[0] == 0xff && p[1] >= 0x80))) {
        p++;
        n--;
    }
    return TLV(0x02, span_make(p, n));
}

struct span gen_uint(struct span octets)
{
    bool pad = octets.n == 0 || octets.p[0] >= 0x80;
    return TLV(0x02, pad ? SPAN_LIT("\0") : SPAN_NONE, octets);
}

struct span gen_str(uint8_t tag, const char *s)
{
    return TLV(tag, span_str(s));
}

struct span gen_octets(struct span s)
{
    return TLV(0x04, s);
}

struct span gen_bits(struct span s)
{
    return TLV(0x03, SPAN_LIT("\0"), s);
}

struct span gen_flags(unsigned flags)
{
    uint8_t body[3] = {0, 0, 0};
    unsigned last = 0;
    for (unsigned i = 0; i < 16; i++) {
        if (flags >> i & 1) {
            body[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
            last = i;
        }
    }
    body[0] = (uint8_t)(7 - last % 8);
    return TLV(0x03, span_make(body, 2 + last / 8));
}

struct span gen_bool(bool v)
{
    return TLV(0x01, span_make(v ? "\xff" : "\0", 1));
}

struct span gen_null(void)
{
    return TLV(0x05, SPAN_NONE);
}

static struct tm broken_down(int64_t t)
{
    time_t when = (time_t)t;
    struct tm tm;
    if (!gmtime_r(&when, &tm)) {
        gen_die("a time is out of range");
    }
    return tm;
}

struct span gen_gentime(int64_t t)
{
    struct tm tm = broken_down(t);
    char text[32];
    return gen_str(0x18, strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &tm) ? text : "");
}

struct span gen_time(int64_t t)
{
    struct span full = gen_gentime(t);
    return t < 2524608000 ? TLV(0x17, span_sub(gen_body(full), 2, 13)) : full;
}

struct span gen_retag(uint8_t tag, struct span tlv)
{
    uint8_t *p = gen_alloc(tlv.n);
    memcpy(p, tlv.p, tlv.n);
    p[0] = tag;
    return span_make(p, tlv.n);
}

struct span gen_body(struct span tlv)
{
    size_t head = tlv.p[1] < 0x80 ? 2 : (size_t)2 + (tlv.p[1] & 0x7f);
    return span_sub(tlv, head, tlv.n - head);
}

int64_t gen_when(const char *text)
{
    int64_t t;
    if (!utc_parse(span_str(text), &t)) {
        gen_die("%s: not a time", text);
    }
    return t;
}

char *gen_word(const char **list)
{
    const char *p = *list ? *list : "";
    p += strspn(p, " ");
    size_t n = strcspn(p, " ");
    *list = p + n;
    return n ? gen_printf("%.*s", (int)n, p) : NULL;
}
