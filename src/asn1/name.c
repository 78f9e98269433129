/*
 * name - distinguished names as people read them (RFC 4514, RFC 5280 4.1.2.4). See cert.h.
 *
 * Attribute types are shown by their short name where the table knows one, else as dotted OID;
 * values as text even then, because "#1303..." helps nobody. A display form: never used to compare
 * names.
 */
#include "asn1/cert.h"

#include "asn1/der.h"
#include "base/buffer.h"
#include "base/hash.h"

enum { MAX_NAME_TEXT = 64 * 1024 };

/* AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY } */
static bool next_attribute(struct span *rdn, struct der *type, struct der *value)
{
    struct der d;
    if (!der_expect(rdn, DER_SEQUENCE, &d)) {
        return false;
    }
    struct span in = d.body;
    return der_expect(&in, DER_OID, type) && der_next(&in, value);
}

static bool is_text(uint8_t tag)
{
    return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING || tag == DER_T61_STRING ||
           tag == DER_IA5_STRING || tag == DER_BMP_STRING || tag == DER_UNIVERSAL_STRING ||
           tag == 0x12 || tag == 0x1a;
}

/* RFC 4514 2.4: which characters are written with a backslash. */
static void add_escaped(struct buffer *b, const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++) {
        bool edge = (i == 0 && (s[i] == ' ' || s[i] == '#')) || (i + 1 == n && s[i] == ' ');
        if (edge || strchr("\"+,;<>\\", s[i])) {
            buffer_char(b, '\\');
        }
        buffer_char(b, s[i]);
    }
}

static int add_attribute(struct arena *a, struct buffer *b, const struct der *type,
                         const struct der *value)
{
    enum oid id = oid_lookup(type->body);
    const char *name = id == OID_UNKNOWN ? oid_dotted(a, type->body) : oid_name(id);
    const char *text =
        is_text(value->tag) ? der_text(a, value) : hash_hex_str(a, value->whole, false);
    if (!name || !text) {
        return -1;
    }
    buffer_str(b, name);
    buffer_char(b, '=');
    if (is_text(value->tag)) {
        add_escaped(b, text);
    } else {
        buffer_char(b, '#');
        buffer_str(b, text);
    }
    return 0;
}

static int add_rdn(struct arena *a, struct buffer *b, struct span rdn)
{
    struct der type, value;
    for (bool first = true; next_attribute(&rdn, &type, &value); first = false) {
        if (!first) {
            buffer_char(b, '+');
        }
        if (add_attribute(a, b, &type, &value) < 0) {
            return -1;
        }
    }
    return 0;
}

char *cert_name_text(struct arena *a, struct span name)
{
    struct der whole, set;
    size_t count = 0;
    if (!der_only(name, DER_SEQUENCE, &whole)) {
        return arena_str(a, SPAN_LIT("(malformed name)"));
    }
    for (struct span rest = whole.body; der_expect(&rest, DER_SET, &set);) {
        count++;
    }
    struct span *rdns = arena_array(a, count, sizeof *rdns);
    if (!rdns) {
        return NULL;
    }
    struct span rest = whole.body;
    for (size_t i = 0; i < count && der_expect(&rest, DER_SET, &set); i++) {
        rdns[i] = set.body;
    }
    struct buffer b;
    buffer_init(&b, MAX_NAME_TEXT);
    int rc = 0;
    for (size_t i = count; i-- > 0 && rc == 0 && buffer_ok(&b);) {
        rc = add_rdn(a, &b, rdns[i]);
        if (i) {
            buffer_char(&b, ',');
        }
    }
    char *s = rc < 0          ? NULL
              : b.full        ? arena_str(a, SPAN_LIT("(name too long)"))
              : buffer_ok(&b) ? arena_str(a, buffer_span(&b))
                              : NULL;
    buffer_free(&b);
    return s;
}

char *cert_name_attr(struct arena *a, struct span name, enum oid attr)
{
    struct der whole, set, type, value;
    if (!der_only(name, DER_SEQUENCE, &whole)) {
        return NULL;
    }
    for (struct span rest = whole.body; der_expect(&rest, DER_SET, &set);) {
        for (struct span rdn = set.body; next_attribute(&rdn, &type, &value);) {
            if (oid_lookup(type.body) == attr) {
                return der_text(a, &value);
            }
        }
    }
    return NULL;
}
