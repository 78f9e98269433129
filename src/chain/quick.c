/*
 * quick - see quick.h. Every function answers "is it surely plain", never "is it bad".
 */
#include "chain/quick.h"

#include "asn1/der.h"
#include "asn1/key.h"
#include "base/utf8.h"

/* Nothing is asked but the path itself. */
static bool plain_question(const struct chain_options *o)
{
    return !o->openssl_always && !o->policies_wanted && !o->partial_chain && !o->tls_server &&
           !o->tls_client && !o->host && !o->ip;
}

static bool ascii(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] > 0x7e) {
            return false;
        }
    }
    return s.n > 0;
}

static bool plain_text(const struct der *value)
{
    if (value->tag == DER_PRINTABLE_STRING || value->tag == DER_IA5_STRING) {
        return ascii(value->body);
    }
    if (value->tag != DER_UTF8_STRING || value->body.n == 0) {
        return false;
    }
    for (struct span rest = value->body; rest.n;) {
        size_t n = utf8_printable(rest);
        if (n == 0) {
            return false;
        }
        rest = span_sub(rest, n, rest.n);
    }
    return true;
}

/* No subidentifier begins with 0x80, the last octet ends one (X.690 8.19.2). */
static bool plain_oid(struct span oid)
{
    bool start = true;
    for (size_t i = 0; i < oid.n; i++) {
        if (start && oid.p[i] == 0x80) {
            return false;
        }
        start = !(oid.p[i] & 0x80);
    }
    return oid.n > 0 && start;
}

/* One attribute a set, in the string types that are used. */
static bool plain_name(struct span name)
{
    struct der list, set, pair, type, value;
    if (!der_only(name, DER_SEQUENCE, &list) || list.body.n == 0) {
        return false;
    }
    for (struct span rest = list.body; rest.n;) {
        if (!der_expect(&rest, DER_SET, &set) || !der_only(set.body, DER_SEQUENCE, &pair) ||
            !der_expect(&pair.body, DER_OID, &type) || !plain_oid(type.body) ||
            !der_next(&pair.body, &value) || pair.body.n || !plain_text(&value)) {
            return false;
        }
    }
    return true;
}

/* INTEGER in its shortest form. */
static bool plain_serial(struct span s)
{
    bool padded =
        s.n > 1 && ((s.p[0] == 0 && !(s.p[1] & 0x80)) || (s.p[0] == 0xff && s.p[1] & 0x80));
    return s.n > 0 && s.n <= 20 && !padded;
}

/* Only the key identifier, that of the certificate above. */
static bool plain_aki(const struct cert_ext *e, struct span ski)
{
    struct der seq, id;
    return !e->critical && ski.p && der_only(e->value, DER_SEQUENCE, &seq) &&
           der_only(seq.body, DER_CONTEXT(0), &id) && span_eq(id.body, ski);
}

static bool plain_key_usage(struct span value)
{
    struct der bits;
    if (!der_only(value, DER_BIT_STRING, &bits) || bits.body.n < 2 || bits.body.n > 3 ||
        bits.body.p[0] > 7) {
        return false;
    }
    unsigned unused = (1u << bits.body.p[0]) - 1; /* bits that are not there must be zero */
    return bits.body.p[1] != 0 && !(bits.body.p[bits.body.n - 1] & unused);
}

static bool plain_oids(struct span value)
{
    struct der list, id;
    if (!der_only(value, DER_SEQUENCE, &list) || list.body.n == 0) {
        return false;
    }
    for (struct span rest = list.body; rest.n;) {
        if (!der_expect(&rest, DER_OID, &id) || !plain_oid(id.body)) {
            return false;
        }
    }
    return true;
}

/* rfc822Name, dNSName, URI in ASCII. */
static bool plain_general_names(struct span names)
{
    struct der d;
    while (names.n) {
        if (!der_next(&names, &d) ||
            (d.tag != DER_CONTEXT(1) && d.tag != DER_CONTEXT(2) && d.tag != DER_CONTEXT(6)) ||
            !ascii(d.body)) {
            return false;
        }
    }
    return true;
}

static bool plain_alt_names(struct span value)
{
    struct der list;
    return der_only(value, DER_SEQUENCE, &list) && list.body.n > 0 &&
           plain_general_names(list.body);
}

/* Distribution points with a full name and nothing else. */
static bool plain_points(struct span value)
{
    struct der list, point, name, full;
    if (!der_only(value, DER_SEQUENCE, &list) || list.body.n == 0) {
        return false;
    }
    for (struct span rest = list.body; rest.n;) {
        if (!der_expect(&rest, DER_SEQUENCE, &point) ||
            !der_only(point.body, DER_CONTEXT_C(0), &name) ||
            !der_only(name.body, DER_CONTEXT_C(0), &full) || full.body.n == 0 ||
            !plain_general_names(full.body)) {
            return false;
        }
    }
    return true;
}

/* ski: of the certificate above. What OpenSSL reads of a certificate is checked to its form; the
 * information access and the policies it does not read unless asked. */
static bool plain_extension(const struct cert_ext *e, struct span ski)
{
    struct der d;
    switch (e->id) {
    case OID_EXT_BASIC_CONSTRAINTS:
        return true; /* read_basic of cert.c was strict; see plain_ca, plain_leaf */
    case OID_EXT_KEY_USAGE:
        return plain_key_usage(e->value);
    case OID_EXT_EKU:
        return plain_oids(e->value);
    case OID_EXT_SKI:
        return !e->critical && der_only(e->value, DER_OCTET_STRING, &d) && d.body.n > 0;
    case OID_EXT_AKI:
        return plain_aki(e, ski);
    case OID_EXT_SAN:
        return !e->critical && plain_alt_names(e->value);
    case OID_EXT_CDP:
        return !e->critical && plain_points(e->value);
    case OID_EXT_AIA:
    case OID_EXT_POLICIES:
        return !e->critical;
    case OID_EXT_OCSP_NOCHECK:
        return !e->critical && der_only(e->value, DER_NULL, &d) && d.body.n == 0;
    default:
        return false;
    }
}

/* What every certificate of a plain path is. up: the one above, itself for the root. */
static bool plain_cert(const struct cert *c, const struct cert *up)
{
    if (c->version != 3 || c->ext_error || c->duplicate_ext || c->unique_ids ||
        !plain_serial(c->serial) || !span_eq(c->issuer, up->subject) || !plain_name(c->subject)) {
        return false;
    }
    for (size_t i = 0; i < c->ext_count; i++) {
        if (!plain_extension(&c->exts[i], up->ski)) {
            return false;
        }
    }
    return true;
}

static bool plain_leaf(struct cert *c, const struct cert *up)
{
    unsigned bits;
    return plain_cert(c, up) && !c->is_ca && c->path_len < 0 && c->aki.p &&
           !(c->key_usage & USAGE_KEY_CERT_SIGN) &&
           (key_rsa_bits(c->spki, &bits) || cert_key_own(c) != NULL);
}

/* below: how many certificates between it and the leaf are not self-issued. */
static bool plain_ca(struct cert *c, const struct cert *up, int64_t below)
{
    const struct cert_ext *basic = cert_ext(c, OID_EXT_BASIC_CONSTRAINTS);
    return plain_cert(c, up) && basic && basic->critical && c->is_ca && c->has_key_usage &&
           (c->key_usage & USAGE_KEY_CERT_SIGN) && c->ski.p && (c->aki.p || c == up) &&
           (c->path_len < 0 || c->path_len >= below) && cert_key_own(c) != NULL;
}

bool quick_clean(const struct path *path, const struct chain_options *options)
{
    int64_t below = 0;
    if (!plain_question(options) || path->n < 2 || path->end != PATH_ROOT ||
        !plain_leaf(path->certs[0]->cert, path->certs[1]->cert)) {
        return false;
    }
    for (size_t i = 1; i < path->n; i++) {
        struct cert *c = path->certs[i]->cert;
        struct cert *up = i + 1 < path->n ? path->certs[i + 1]->cert : c;
        if (!plain_ca(c, up, below)) {
            return false;
        }
        below += !cert_self_issued(c);
    }
    return true;
}
