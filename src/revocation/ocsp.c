/*
 * ocsp - see ocsp.h.
 */
#include "revocation/ocsp.h"

#include <openssl/sha.h>

#include "asn1/der.h"

/* RFC 6960 4.4, 4.1.1: extensions of the response or of one answer. */
static bool read_extensions(struct span in, bool *unknown_critical, int64_t *archive_cutoff,
                            bool *extended_revoke)
{
    struct der list, d;
    if (!der_only(in, DER_SEQUENCE, &list)) {
        return false;
    }
    for (struct span rest = list.body; rest.n;) {
        struct der_extension e;
        if (!der_extension(&rest, &e)) {
            return false;
        }
        enum oid known = oid_lookup(e.id);
        if (known == OID_OCSP_ARCHIVE_CUTOFF && archive_cutoff) {
            if (!der_only(e.value, DER_GENERALIZED_TIME, &d) || !der_time(&d, archive_cutoff)) {
                return false;
            }
        } else if (known == OID_OCSP_EXTENDED_REVOKE && extended_revoke) {
            *extended_revoke = true;
        } else if (e.critical && known != OID_OCSP_NONCE) {
            *unknown_critical = true;
        }
    }
    return true;
}

/* CertID, RFC 6960 4.1.1. */
static bool read_cert_id(struct span *in, struct ocsp_single *s)
{
    struct der id, alg, hash, name, key, serial;
    if (!der_expect(in, DER_SEQUENCE, &id)) {
        return false;
    }
    struct span f = id.body, g;
    if (!der_expect(&f, DER_SEQUENCE, &alg)) {
        return false;
    }
    g = alg.body;
    if (!der_expect(&g, DER_OID, &hash) || !der_expect(&f, DER_OCTET_STRING, &name) ||
        !der_expect(&f, DER_OCTET_STRING, &key) || !der_expect(&f, DER_INTEGER, &serial)) {
        return false;
    }
    s->hash = oid_lookup(hash.body);
    s->name_hash = name.body;
    s->key_hash = key.body;
    s->serial = serial.body;
    return f.n == 0;
}

/* RevokedInfo ::= SEQUENCE { revocationTime, revocationReason [0] EXPLICIT OPTIONAL } */
static bool read_revoked(struct span in, struct ocsp_single *s)
{
    struct der t, r, n;
    int64_t v;
    if (!der_expect(&in, DER_GENERALIZED_TIME, &t) || !der_time(&t, &s->revoked_at)) {
        return false;
    }
    if (der_expect(&in, DER_CONTEXT_C(0), &r)) {
        if (!der_only(r.body, DER_ENUMERATED, &n) || !der_small_int(&n, &v) || v < 0 || v > 10) {
            return false;
        }
        s->reason = (int)v;
    }
    return in.n == 0;
}

static bool read_status(struct span *in, struct ocsp_single *s)
{
    struct der d;
    if (!der_next(in, &d)) {
        return false;
    }
    switch (d.tag) {
    case DER_CONTEXT(0):
        s->status = OCSP_GOOD;
        return d.body.n == 0;
    case DER_CONTEXT_C(1):
        s->status = OCSP_REVOKED;
        return read_revoked(d.body, s);
    case DER_CONTEXT(2):
        s->status = OCSP_UNKNOWN;
        return true;
    default:
        return false;
    }
}

static bool read_single(struct span *in, struct ocsp_single *s)
{
    struct der seq, d, t;
    *s = (struct ocsp_single){
        .revoked_at = UTC_NONE, .reason = -1, .next_update = UTC_NONE, .archive_cutoff = UTC_NONE};
    if (!der_expect(in, DER_SEQUENCE, &seq)) {
        return false;
    }
    struct span f = seq.body;
    if (!read_cert_id(&f, s) || !read_status(&f, s) || !der_expect(&f, DER_GENERALIZED_TIME, &t) ||
        !der_time(&t, &s->this_update)) {
        return false;
    }
    if (der_expect(&f, DER_CONTEXT_C(0), &d) &&
        (!der_only(d.body, DER_GENERALIZED_TIME, &t) || !der_time(&t, &s->next_update))) {
        return false;
    }
    if (der_expect(&f, DER_CONTEXT_C(1), &d) &&
        !read_extensions(d.body, &s->unknown_critical, &s->archive_cutoff, NULL)) {
        return false;
    }
    return f.n == 0;
}

static int read_singles(struct arena *a, struct span in, struct ocsp *o, const char **why)
{
    o->singles = arena_array(a, OCSP_MAX_SINGLES, sizeof *o->singles);
    if (!o->singles) {
        return -1;
    }
    while (in.n) {
        if (o->count == OCSP_MAX_SINGLES || !read_single(&in, &o->singles[o->count])) {
            *why = "an answer in it is malformed, or there are too many";
            return 0;
        }
        o->count++;
    }
    return 0;
}

static bool read_responder(struct span *in, struct ocsp *o)
{
    struct der d, v;
    if (der_expect(in, DER_CONTEXT_C(1), &d)) {
        bool ok = der_only(d.body, DER_SEQUENCE, &v);
        o->by_name = ok ? v.whole : SPAN_NONE;
        return ok;
    }
    if (der_expect(in, DER_CONTEXT_C(2), &d)) {
        bool ok = der_only(d.body, DER_OCTET_STRING, &v) && v.body.n == SHA_DIGEST_LENGTH;
        o->by_key = ok ? v.body : SPAN_NONE;
        return ok;
    }
    return false;
}

/* ResponseData, RFC 6960 4.2.1. */
static int read_data(struct arena *a, struct span in, struct ocsp *o, const char **why)
{
    struct der d, list;
    int64_t version;
    *why = "response data is malformed";
    if (der_expect(&in, DER_CONTEXT_C(0), &d) &&
        (!der_only(d.body, DER_INTEGER, &list) || !der_small_int(&list, &version) || version)) {
        return 0;
    }
    if (!read_responder(&in, o) || !der_expect(&in, DER_GENERALIZED_TIME, &d) ||
        !der_time(&d, &o->produced_at) || !der_expect(&in, DER_SEQUENCE, &list)) {
        return 0;
    }
    bool unknown = false;
    if (der_expect(&in, DER_CONTEXT_C(1), &d) &&
        !read_extensions(d.body, &unknown, NULL, &o->extended_revoke)) {
        return 0;
    }
    if (in.n) {
        return 0;
    }
    o->unusable = unknown ? "unknown critical extension" : NULL;
    *why = NULL;
    return read_singles(a, list.body, o, why);
}

static void read_certs(struct span in, struct ocsp *o)
{
    struct der list, c;
    if (!der_only(in, DER_SEQUENCE, &list)) {
        return;
    }
    for (struct span rest = list.body; o->cert_count < OCSP_MAX_CERTS && der_next(&rest, &c);) {
        o->certs[o->cert_count++] = c.whole;
    }
}

static int read_basic(struct arena *a, struct span der, struct ocsp *o, const char **why)
{
    struct der basic, tbs, alg, value, certs;
    *why = "BasicOCSPResponse is malformed";
    if (!der_only(der, DER_SEQUENCE, &basic)) {
        return 0;
    }
    struct span in = basic.body;
    if (!der_expect(&in, DER_SEQUENCE, &tbs) || !der_expect(&in, DER_SEQUENCE, &alg) ||
        !der_expect(&in, DER_BIT_STRING, &value) || !der_bits_octets(&value, &o->signature)) {
        return 0;
    }
    o->tbs = tbs.whole;
    o->signature_alg = alg.whole;
    if (der_expect(&in, DER_CONTEXT_C(0), &certs)) {
        read_certs(certs.body, o);
    }
    return in.n ? 0 : read_data(a, tbs.body, o, why);
}

/* OCSPResponse: the status, then the response in an OCTET STRING (RFC 6960 4.2.1). */
static bool unwrap(struct span der, struct span *basic, const char **why)
{
    struct der outer, status, bytes, seq, id, value;
    int64_t code;
    *why = "not one OCSP response, or trailing bytes";
    if (!der_only(der, DER_SEQUENCE, &outer)) {
        return false;
    }
    struct span in = outer.body;
    if (der_peek(in) == DER_SEQUENCE) {
        *basic = der;
        return true;
    }
    if (!der_expect(&in, DER_ENUMERATED, &status) || !der_small_int(&status, &code)) {
        return false;
    }
    if (code != 0) {
        *why = "the responder refused to answer";
        return false;
    }
    if (!der_expect(&in, DER_CONTEXT_C(0), &bytes) || in.n ||
        !der_only(bytes.body, DER_SEQUENCE, &seq)) {
        return false;
    }
    in = seq.body;
    if (!der_expect(&in, DER_OID, &id) || oid_lookup(id.body) != OID_OCSP_BASIC ||
        !der_expect(&in, DER_OCTET_STRING, &value) || in.n) {
        return false;
    }
    *basic = value.body;
    return true;
}

int ocsp_parse(struct arena *a, struct span der, struct ocsp **out, const char **why)
{
    struct span basic;
    *out = NULL;
    struct ocsp *o = arena_alloc(a, sizeof *o);
    if (!o) {
        return -1;
    }
    o->der = der;
    if (!unwrap(der, &basic, why)) {
        return 0;
    }
    if (read_basic(a, basic, o, why) < 0) {
        return -1;
    }
    *out = *why ? NULL : o;
    return 0;
}

/* The octets of subjectPublicKey, which key hashes are made of. */
static struct span key_octets(const struct cert *c)
{
    struct der spki, alg, bits;
    struct span out = SPAN_NONE;
    if (der_only(c->spki, DER_SEQUENCE, &spki)) {
        struct span in = spki.body;
        if (der_expect(&in, DER_SEQUENCE, &alg) && der_expect(&in, DER_BIT_STRING, &bits) &&
            !der_bits_octets(&bits, &out)) {
            out = SPAN_NONE;
        }
    }
    return out;
}

static bool hash_is(enum oid hash, struct span data, struct span expected)
{
    static const struct {
        enum oid id;
        const char *name;
    } known[] = {{OID_SHA1, "SHA1"},
                 {OID_SHA224, "SHA224"},
                 {OID_SHA256, "SHA256"},
                 {OID_SHA384, "SHA384"},
                 {OID_SHA512, "SHA512"}};
    uint8_t md[EVP_MAX_MD_SIZE];
    size_t n = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].id == hash && data.p) {
            return EVP_Q_digest(NULL, known[i].name, NULL, data.p, data.n, md, &n) == 1 &&
                   span_eq(span_make(md, n), expected);
        }
    }
    return false;
}

static struct span positive(struct span serial)
{
    while (serial.n > 1 && serial.p[0] == 0 && !(serial.p[1] & 0x80)) {
        serial = span_sub(serial, 1, serial.n);
    }
    return serial;
}

const struct ocsp_single *ocsp_find(const struct ocsp *o, const struct cert *cert,
                                    const struct cert *issuer, bool *conflict)
{
    const struct ocsp_single *found = NULL;
    struct span key = key_octets(issuer);
    *conflict = false;
    for (size_t i = 0; i < o->count; i++) {
        const struct ocsp_single *s = &o->singles[i];
        if (!span_eq(positive(s->serial), positive(cert->serial)) ||
            !hash_is(s->hash, cert->issuer, s->name_hash) || !hash_is(s->hash, key, s->key_hash)) {
            continue;
        }
        bool worse = s->status == OCSP_REVOKED && found &&
                     (found->status != OCSP_REVOKED || s->revoked_at < found->revoked_at);
        *conflict |= found && found->status != s->status;
        if (!found || worse) {
            found = s;
        }
    }
    *conflict &= found && found->status != OCSP_REVOKED;
    return found;
}

bool ocsp_responder_is(const struct ocsp *o, const struct cert *c)
{
    return o->by_name.p ? span_eq(o->by_name, c->subject)
                        : hash_is(OID_SHA1, key_octets(c), o->by_key);
}

/* Wraps the n octets at p, which have two octets of room before them, in a tag; all lengths here
 * are below 128. Returns the new start. */
static uint8_t *wrap(uint8_t *p, size_t n, uint8_t tag)
{
    p[-1] = (uint8_t)n;
    p[-2] = tag;
    return p - 2;
}

int ocsp_request(struct arena *a, const struct cert *cert, const struct cert *issuer,
                 struct span *out)
{
    enum { SERIAL_MAX = 32, HEAD = 5 * 2 };
    static const uint8_t algorithm[] = {0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                        0x03, 0x02, 0x1a, 0x05, 0x00}; /* SHA-1 */
    uint8_t all[HEAD + 128], *p = all + HEAD;
    struct span key = key_octets(issuer), name = cert->issuer;
    const struct span hashed[] = {name, key};
    *out = SPAN_NONE;
    if (!key.p || cert->serial.n == 0 || cert->serial.n > SERIAL_MAX) {
        return 0;
    }
    memcpy(p, algorithm, sizeof algorithm);
    size_t n = sizeof algorithm;
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        p[n] = DER_OCTET_STRING;
        p[n + 1] = SHA_DIGEST_LENGTH;
        if (EVP_Q_digest(NULL, "SHA1", NULL, hashed[i].p, hashed[i].n, p + n + 2, &size) != 1) {
            return -1;
        }
        n += 2 + SHA_DIGEST_LENGTH;
    }
    p[n] = DER_INTEGER;
    p[n + 1] = (uint8_t)cert->serial.n;
    memcpy(p + n + 2, cert->serial.p, cert->serial.n);
    n += 2 + cert->serial.n;
    for (int i = 0; i < HEAD / 2;
         i++, n += 2) { /* CertID, Request, list, TBSRequest, OCSPRequest */
        p = wrap(p, n, DER_SEQUENCE);
    }
    *out = arena_dup(a, span_make(p, n));
    return out->p ? 0 : -1;
}
