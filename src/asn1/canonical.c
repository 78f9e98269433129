/*
 * canonical - the comparable form of a name. See name.h.
 *
 * Form: per RDN one 'R', per attribute 'A', the OID octets and the value, each with a length in
 * front. What it does not do: case folding beyond ASCII (as OpenSSL: both sides of a chain write
 * the same).
 */
#include "asn1/name.h"

#include "asn1/der.h"
#include "base/buffer.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Four octets; a name is far shorter. */
static void add_length(struct buffer *b, size_t n)
{
    uint8_t octets[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    buffer_add(b, span_make(octets, sizeof octets));
}

/* Octets per character of a string type, 0 when the type is none we fold. */
static size_t width_of(uint8_t tag)
{
    switch (tag) {
    case DER_UTF8_STRING:
    case DER_PRINTABLE_STRING:
    case DER_T61_STRING:
    case DER_IA5_STRING:
    case 0x1a: /* VisibleString */
        return 1;
    case DER_BMP_STRING:
        return 2;
    case DER_UNIVERSAL_STRING:
        return 4;
    default:
        return 0;
    }
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The value with white space folded and ASCII in lower case, as UTF-8. */
static void add_folded(struct buffer *b, const struct der *value, size_t width)
{
    bool started = false, gap = false;
    for (size_t i = 0; i + width <= value->body.n; i += width) {
        uint32_t c = 0;
        for (size_t k = 0; k < width; k++) {
            c = c << 8 | value->body.p[i + k];
        }
        if (is_space(c)) {
            gap = started;
            continue;
        }
        if (gap) {
            buffer_char(b, ' ');
        }
        started = true;
        gap = false;
        if (c >= 'A' && c <= 'Z') {
            c += 'a' - 'A';
        }
        if (width == 1 && value->tag != DER_T61_STRING) {
            buffer_char(b, (char)c);
        } else {
            utf8_add(b, c);
        }
    }
}

static bool add_attribute(struct buffer *b, struct buffer *text, struct span *rdn)
{
    struct der d, type, value;
    if (!der_expect(rdn, DER_SEQUENCE, &d)) {
        return false;
    }
    struct span in = d.body;
    if (!der_expect(&in, DER_OID, &type) || !der_next(&in, &value) || in.n) {
        return false;
    }
    size_t width = width_of(value.tag);
    text->n = 0;
    if (width && value.body.n % width == 0) {
        add_folded(text, &value, width);
    } else {
        buffer_add(text, value.whole);
    }
    buffer_char(b, 'A');
    add_length(b, type.body.n);
    buffer_add(b, type.body);
    add_length(b, text->n);
    buffer_add(b, buffer_span(text));
    return true;
}

static bool add_rdn(struct buffer *b, struct buffer *text, struct span rdn)
{
    buffer_char(b, 'R');
    while (rdn.n) {
        if (!add_attribute(b, text, &rdn)) {
            return false;
        }
    }
    return true;
}

static bool add_name(struct buffer *b, struct buffer *text, struct span name)
{
    struct der whole, set;
    if (!der_only(name, DER_SEQUENCE, &whole)) {
        return false;
    }
    struct span rest = whole.body;
    while (der_expect(&rest, DER_SET, &set)) {
        if (!add_rdn(b, text, set.body)) {
            return false;
        }
    }
    return rest.n == 0;
}

struct span name_canonical_relative(struct arena *a, struct span issuer, struct span rdn)
{
    size_t max = issuer.n < SIZE_MAX / 16 && rdn.n < SIZE_MAX / 16 ? issuer.n + rdn.n : 0;
    struct buffer b, text;
    buffer_init(&b, max * 5 + 256);
    buffer_init(&text, max * 4 + 16);
    bool ok = add_name(&b, &text, issuer) && (!rdn.p || add_rdn(&b, &text, rdn));
    struct span out = SPAN_NONE;
    if (buffer_ok(&b) && buffer_ok(&text)) {
        out = ok ? arena_dup(a, buffer_span(&b)) : arena_dup(a, issuer);
    } else {
        mem_note_failure();
    }
    buffer_free(&b);
    buffer_free(&text);
    return out;
}

struct span name_canonical(struct arena *a, struct span name)
{
    return name_canonical_relative(a, name, SPAN_NONE);
}
