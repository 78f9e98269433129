/*
 * der - see der.h. X.690 8.1, 10.1.
 */
#include "asn1/der.h"

#include "base/buffer.h"
#include "base/finding.h"
#include "base/utc.h"
#include "base/utf8.h"

bool der_next(struct span *in, struct der *out)
{
    const uint8_t *p = in->p;
    size_t left = in->n;
    if (left < 2 || (p[0] & 0x1f) == 0x1f) {
        return false;
    }
    size_t header = 2, length = p[1];
    bool minimal = true;
    if (length & 0x80) {
        size_t octets = length & 0x7f;
        if (octets == 0 || octets > 4 || octets > left - 2) {
            return false;
        }
        length = 0;
        for (size_t i = 0; i < octets; i++) {
            length = length << 8 | p[2 + i];
        }
        header += octets;
        minimal = p[2] != 0 && length >= 0x80;
    }
    if (length > left - header) {
        return false;
    }
    *out =
        (struct der){p[0], span_make(p + header, length), span_make(p, header + length), minimal};
    *in = span_make(p + header + length, left - header - length);
    return true;
}

bool der_expect(struct span *in, uint8_t tag, struct der *out)
{
    return der_peek(*in) == tag && der_next(in, out);
}

uint8_t der_peek(struct span in)
{
    return in.n ? in.p[0] : 0;
}

bool der_only(struct span in, uint8_t tag, struct der *out)
{
    return der_expect(&in, tag, out) && in.n == 0;
}

bool der_bool(const struct der *d, bool *out)
{
    if (d->tag != DER_BOOLEAN || d->body.n != 1) {
        return false;
    }
    *out = d->body.p[0] != 0;
    return true;
}

bool der_small_int(const struct der *d, int64_t *out)
{
    if ((d->tag != DER_INTEGER && d->tag != DER_ENUMERATED && (d->tag & 0xc0) != 0x80) ||
        d->body.n == 0 || d->body.n > 8) {
        return false;
    }
    uint64_t v = d->body.p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < d->body.n; i++) {
        v = v << 8 | d->body.p[i];
    }
    memcpy(out, &v, sizeof v);
    return true;
}

bool der_bits_octets(const struct der *d, struct span *out)
{
    if (d->body.n < 1 || d->body.p[0] != 0) {
        return false;
    }
    *out = span_sub(d->body, 1, d->body.n);
    return true;
}

bool der_bits_flags(const struct der *d, uint32_t *out)
{
    if (d->body.n < 1 || d->body.p[0] > 7 || (d->body.n == 1 && d->body.p[0] != 0)) {
        return false;
    }
    uint32_t v = 0;
    for (size_t i = 0; i < 32 && i / 8 + 1 < d->body.n; i++) {
        if (d->body.p[i / 8 + 1] & (0x80 >> (i % 8))) {
            v |= (uint32_t)1 << i;
        }
    }
    *out = v;
    return true;
}

/* n decimal digits at offset *at of s; -1 when they are not there. */
static int two(struct span s, size_t *at, size_t n)
{
    int v = 0;
    if (s.n - *at < n) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.p[(*at)++];
        if (c < '0' || c > '9') {
            return -1;
        }
        v = v * 10 + (c - '0');
    }
    return v;
}

/* After the minutes or seconds: an optional fraction, then "Z" or an offset. */
static bool time_zone(struct span s, size_t at, int *offset)
{
    if (at < s.n && (s.p[at] == '.' || s.p[at] == ',')) {
        at++;
        while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9') {
            at++;
        }
    }
    *offset = 0;
    if (at + 1 == s.n && s.p[at] == 'Z') {
        return true;
    }
    if (at + 5 != s.n || (s.p[at] != '+' && s.p[at] != '-')) {
        return false;
    }
    bool minus = s.p[at++] == '-';
    int h = two(s, &at, 2), m = two(s, &at, 2);
    *offset = (h * 3600 + m * 60) * (minus ? -1 : 1);
    return h >= 0 && m >= 0 && h < 24 && m < 60;
}

bool der_time(const struct der *d, int64_t *out)
{
    struct span s = d->body;
    size_t at = 0;
    int year, offset;
    if (d->tag == DER_UTC_TIME) {
        year = two(s, &at, 2);
        year += year < 0 ? 0 : year < 50 ? 2000 : 1900;
    } else if (d->tag == DER_GENERALIZED_TIME) {
        year = two(s, &at, 4);
    } else {
        return false;
    }
    int month = two(s, &at, 2), day = two(s, &at, 2), hour = two(s, &at, 2),
        minute = two(s, &at, 2);
    int second = 0;
    if (at < s.n && s.p[at] >= '0' && s.p[at] <= '9') {
        second = two(s, &at, 2);
    }
    if (year < 0 || second < 0 || !time_zone(s, at, &offset) ||
        !utc_make(year, month, day, hour, minute, second, out)) {
        return false;
    }
    *out -= offset;
    return true;
}

struct span der_uint(const struct der *d, bool *negative)
{
    struct span s = d->body;
    *negative = s.n && (s.p[0] & 0x80);
    while (s.n > 1 && s.p[0] == 0) {
        s = span_sub(s, 1, s.n);
    }
    return s;
}

/* The code unit of width octets at p, big-endian. */
static uint32_t unit(const uint8_t *p, size_t width)
{
    uint32_t c = 0;
    for (size_t i = 0; i < width; i++) {
        c = c << 8 | p[i];
    }
    return c;
}

static bool surrogate_pair(struct span s, size_t i, uint32_t c)
{
    return c >= 0xd800 && c < 0xdc00 && i + 4 <= s.n && unit(s.p + i + 2, 2) >= 0xdc00 &&
           unit(s.p + i + 2, 2) < 0xe000;
}

bool der_extension(struct span *in, struct der_extension *out)
{
    struct der d, id, critical, value;
    if (!der_expect(in, DER_SEQUENCE, &d)) {
        return false;
    }
    struct span rest = d.body;
    out->critical = false;
    if (!der_expect(&rest, DER_OID, &id) ||
        (der_expect(&rest, DER_BOOLEAN, &critical) && !der_bool(&critical, &out->critical)) ||
        !der_expect(&rest, DER_OCTET_STRING, &value) || rest.n) {
        return false;
    }
    out->id = id.body;
    out->value = value.body;
    return true;
}

char *der_text(struct arena *a, const struct der *d)
{
    size_t width = d->tag == DER_BMP_STRING         ? 2
                   : d->tag == DER_UNIVERSAL_STRING ? 4
                   : d->tag == DER_T61_STRING       ? 1
                                                    : 0;
    if (width == 0) {
        return finding_clean_text(a, d->body);
    }
    struct buffer b;
    buffer_init(&b, d->body.n * 4 + 4);
    for (size_t i = 0; i + width <= d->body.n; i += width) {
        uint32_t c = unit(d->body.p + i, width);
        if (width == 2 && surrogate_pair(d->body, i, c)) {
            c = 0x10000 + ((c - 0xd800) << 10) + (unit(d->body.p + i + 2, 2) - 0xdc00);
            i += 2;
        }
        utf8_add(&b, c);
    }
    char *s = buffer_ok(&b) ? finding_clean_text(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}
