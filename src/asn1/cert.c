/*
 * cert - our own walk over a certificate, and OpenSSL's object on demand. See cert.h.
 *
 * RFC 5280 4.1 and the extensions of 4.2.1 that every check needs. Names are in name.c.
 */
#include "asn1/cert.h"

#include <limits.h>
#include <strings.h>

#include <openssl/err.h>

#include "asn1/algorithm.h"
#include "asn1/der.h"
#include "asn1/key.h"
#include "base/hash.h"
#include "base/mem.h"

/* AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL } */
static bool read_algorithm(struct span *in, struct der *whole, struct span *oid)
{
    struct der d, id;
    if (!der_expect(in, DER_SEQUENCE, &d)) {
        return false;
    }
    struct span rest = d.body;
    if (!der_expect(&rest, DER_OID, &id)) {
        return false;
    }
    *whole = d;
    *oid = id.body;
    return true;
}

static bool read_validity(struct span *in, struct cert *c)
{
    struct der v, t;
    if (!der_expect(in, DER_SEQUENCE, &v)) {
        return false;
    }
    struct span rest = v.body;
    return der_next(&rest, &t) && der_time(&t, &c->not_before) && der_next(&rest, &t) &&
           der_time(&t, &c->not_after) && rest.n == 0;
}

static bool read_name(struct span *in, struct span *out)
{
    struct der d;
    if (!der_expect(in, DER_SEQUENCE, &d)) {
        return false;
    }
    *out = d.whole;
    return true;
}

static bool read_extension(struct span *in, struct cert_ext *e)
{
    struct der_extension x;
    *e = (struct cert_ext){0};
    if (!der_extension(in, &x)) {
        return false;
    }
    e->id = oid_lookup(x.id);
    e->oid = x.id;
    e->value = x.value;
    e->critical = x.critical;
    return true;
}

static bool repeated(const struct cert *c, const struct cert_ext *e)
{
    for (size_t i = 0; i < c->ext_count; i++) {
        if (span_eq(c->exts[i].oid, e->oid)) {
            return true;
        }
    }
    return false;
}

/* Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension, in [3] EXPLICIT. Returns 0, -1 for no memory;
 * *why is set when the list is malformed. */
static int read_extensions(struct arena *a, struct span in, struct cert *c, const char **why)
{
    struct der list;
    if (!der_only(in, DER_SEQUENCE, &list) || list.body.n == 0) {
        *why = "extension list is malformed";
        return 0;
    }
    c->exts = arena_array(a, CERT_MAX_EXTS, sizeof *c->exts);
    if (!c->exts) {
        return -1;
    }
    for (struct span rest = list.body; rest.n;) {
        struct cert_ext e;
        if (c->ext_count == CERT_MAX_EXTS || !read_extension(&rest, &e)) {
            *why = "extension list is malformed or too long";
            return 0;
        }
        c->duplicate_ext |= repeated(c, &e);
        c->exts[c->ext_count++] = e;
    }
    return 0;
}

static bool read_ski(struct cert *c, struct span value)
{
    struct der d;
    bool ok = der_only(value, DER_OCTET_STRING, &d) && d.body.n;
    c->ski = ok ? d.body : SPAN_NONE;
    return ok;
}

static bool read_aki(struct cert *c, struct span value)
{
    struct der d, part;
    if (!der_only(value, DER_SEQUENCE, &d)) {
        return false;
    }
    for (struct span rest = d.body; rest.n;) {
        if (!der_next(&rest, &part)) {
            return false;
        }
        if (part.tag == DER_CONTEXT(0)) {
            c->aki = part.body;
        }
    }
    return true;
}

static bool read_key_usage(struct cert *c, struct span value)
{
    struct der d;
    c->has_key_usage = true;
    return der_only(value, DER_BIT_STRING, &d) && der_bits_flags(&d, &c->key_usage);
}

static bool read_basic(struct cert *c, struct span value)
{
    struct der d, part;
    c->has_basic = true;
    if (!der_only(value, DER_SEQUENCE, &d)) {
        return false;
    }
    struct span rest = d.body;
    if (der_expect(&rest, DER_BOOLEAN, &part) && !der_bool(&part, &c->is_ca)) {
        return false;
    }
    if (der_expect(&rest, DER_INTEGER, &part) &&
        (!der_small_int(&part, &c->path_len) || c->path_len < 0)) {
        return false;
    }
    return rest.n == 0;
}

static bool read_eku(struct cert *c, struct span value)
{
    struct der d, id;
    c->has_eku = true;
    if (!der_only(value, DER_SEQUENCE, &d) || d.body.n == 0) {
        return false;
    }
    for (struct span rest = d.body; rest.n;) {
        if (!der_expect(&rest, DER_OID, &id) || id.body.n == 0) {
            return false;
        }
    }
    return true;
}

/* The extensions that nearly every check looks at, read once. */
static void read_known_extensions(struct cert *c)
{
    static const struct {
        enum oid id;
        bool (*read)(struct cert *, struct span);
    } known[] = {{OID_EXT_SKI, read_ski},
                 {OID_EXT_AKI, read_aki},
                 {OID_EXT_KEY_USAGE, read_key_usage},
                 {OID_EXT_BASIC_CONSTRAINTS, read_basic},
                 {OID_EXT_EKU, read_eku}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct cert_ext *e = cert_ext(c, known[i].id);
        if (e && !known[i].read(c, e->value) && !c->ext_error) {
            c->ext_error = oid_name(known[i].id);
        }
    }
}

/* Version ::= [0] EXPLICIT INTEGER DEFAULT v1; then the serial number. */
static bool read_version_and_serial(struct span *in, struct cert *c)
{
    struct der d, n;
    int64_t version = 0;
    if (der_expect(in, DER_CONTEXT_C(0), &d) &&
        (!der_only(d.body, DER_INTEGER, &n) || !der_small_int(&n, &version) || version < 0 ||
         version > 2)) {
        return false;
    }
    c->version = (int)version + 1;
    if (!der_expect(in, DER_INTEGER, &d) || d.body.n == 0) {
        return false;
    }
    c->serial = d.body;
    return true;
}

/* TBSCertificate up to the public key. Returns what is malformed, or NULL. */
static const char *read_tbs(struct span *in, struct cert *c, struct der *algorithm)
{
    struct span id;
    struct der spki;
    if (!read_version_and_serial(in, c)) {
        return "version or serial number is malformed";
    }
    if (!read_algorithm(in, algorithm, &id)) {
        return "signature algorithm is malformed";
    }
    if (!read_name(in, &c->issuer)) {
        return "issuer name is malformed";
    }
    if (!read_validity(in, c)) {
        return "validity is malformed";
    }
    if (!read_name(in, &c->subject)) {
        return "subject name is malformed";
    }
    if (!der_expect(in, DER_SEQUENCE, &spki)) {
        return "public key is malformed";
    }
    c->spki = spki.whole;
    return NULL;
}

/* What follows the public key: unique identifiers (skipped) and extensions. */
static int read_tbs_tail(struct arena *a, struct span in, struct cert *c, const char **why)
{
    struct der d;
    for (uint8_t n = 1; n <= 2; n++) {
        if ((der_peek(in) & 0xdf) != DER_CONTEXT(n)) {
            continue;
        }
        c->unique_ids = true;
        if (!der_next(&in, &d)) {
            *why = "unique identifier is malformed";
            return 0;
        }
    }
    if (der_expect(&in, DER_CONTEXT_C(3), &d) && read_extensions(a, d.body, c, why) < 0) {
        return -1;
    }
    if (!*why && in.n) {
        *why = "unexpected data after the extensions";
    }
    return 0;
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } */
static int read_certificate(struct arena *a, struct cert *c, const char **why)
{
    struct der whole, tbs, inner, outer, value;
    struct span id;
    if (!der_only(c->der, DER_SEQUENCE, &whole)) {
        *why = "not one DER SEQUENCE, or trailing bytes";
        return 0;
    }
    struct span rest = whole.body;
    if (!der_expect(&rest, DER_SEQUENCE, &tbs) || !read_algorithm(&rest, &outer, &id) ||
        !der_expect(&rest, DER_BIT_STRING, &value) || rest.n ||
        !der_bits_octets(&value, &c->signature)) {
        *why = "outer structure is malformed";
        return 0;
    }
    c->tbs = tbs.whole;
    c->signature_alg = oid_lookup(id);
    c->signature_alg_der = outer.whole;
    struct span in = tbs.body;
    *why = read_tbs(&in, c, &inner);
    if (*why) {
        return 0;
    }
    /* RFC 5280 4.1.1.2: both fields must be the same algorithm. */
    if (!span_eq(inner.whole, outer.whole)) {
        *why = "the two signature algorithm fields differ";
        return 0;
    }
    return read_tbs_tail(a, in, c, why);
}

int cert_parse(struct arena *a, struct span der, const char *source, struct cert **out,
               const char **why)
{
    const char *reason = NULL;
    *out = NULL;
    struct cert *c = arena_alloc(a, sizeof *c);
    if (!c) {
        return -1;
    }
    c->der = der;
    c->source = source;
    c->arena = a;
    c->path_len = -1;
    if (read_certificate(a, c, &reason) < 0 || hash_sha256(der, c->sha256) < 0) {
        return -1;
    }
    if (why) {
        *why = reason;
    }
    if (!reason) {
        read_known_extensions(c);
        *out = c;
    }
    return 0;
}

static void free_x509(void *p)
{
    X509_free(p);
}

X509 *cert_x509(struct cert *c)
{
    if (c->x509_tried) {
        return c->x509;
    }
    c->x509_tried = true;
    const uint8_t *p = c->der.p;
    X509 *x = c->der.n <= LONG_MAX ? d2i_X509(NULL, &p, (long)c->der.n) : NULL;
    /* A failed allocation inside d2i can leave a "successful" object without its key. */
    if (!x || p != c->der.p + c->der.n || !X509_get_X509_PUBKEY(x)) {
        X509_free(x);
        ERR_clear_error();
        return NULL;
    }
    if (arena_defer(c->arena, free_x509, x) == 0) {
        c->x509 = x;
    }
    return c->x509;
}

static void free_key(void *key)
{
    EVP_PKEY_free(key);
}

/* Keys of the common kinds are read without OpenSSL's object for the whole certificate. */
EVP_PKEY *cert_key_own(struct cert *c)
{
    if (!c->key_tried) {
        c->key_tried = true;
        EVP_PKEY *own = key_from_spki(c->spki);
        if (own && arena_defer(c->arena, free_key, own) == 0) {
            c->key = own;
        }
    }
    return c->key;
}

static void free_context(void *ctx)
{
    EVP_PKEY_CTX_free(ctx);
}

EVP_PKEY_CTX *cert_recover(struct cert *c)
{
    EVP_PKEY *key = cert_key_own(c);
    if (c->recover_tried || !key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        return c->recover;
    }
    c->recover_tried = true;
    EVP_PKEY_CTX *ctx = algorithm_recover_context(key);
    if (ctx && arena_defer(c->arena, free_context, ctx) == 0) {
        c->recover = ctx;
    }
    return c->recover;
}

EVP_PKEY *cert_key(struct cert *c)
{
    if (cert_key_own(c)) {
        return c->key;
    }
    X509 *x = cert_x509(c);
    EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
    if (x && !key) {
        ERR_clear_error();
    }
    return key;
}

unsigned cert_key_bits(struct cert *c)
{
    EVP_PKEY *key = cert_key(c);
    int bits = key ? EVP_PKEY_get_bits(key) : 0;
    return bits > 0 ? (unsigned)bits : 0;
}

const struct cert_ext *cert_ext(const struct cert *c, enum oid id)
{
    for (size_t i = 0; i < c->ext_count; i++) {
        if (c->exts[i].id == id) {
            return &c->exts[i];
        }
    }
    return NULL;
}

bool cert_unknown_critical(const struct cert *c)
{
    static const enum oid known[] = {OID_EXT_KEY_USAGE,
                                     OID_EXT_BASIC_CONSTRAINTS,
                                     OID_EXT_EKU,
                                     OID_EXT_SAN,
                                     OID_EXT_POLICIES,
                                     OID_EXT_CDP,
                                     OID_EXT_NAME_CONSTRAINTS,
                                     OID_EXT_POLICY_CONSTRAINTS,
                                     OID_EXT_POLICY_MAPPINGS,
                                     OID_EXT_INHIBIT_ANY_POLICY,
                                     OID_EXT_OCSP_NOCHECK};
    for (size_t i = 0; i < c->ext_count; i++) {
        bool understood = !c->exts[i].critical;
        for (size_t k = 0; k < sizeof known / sizeof *known && !understood; k++) {
            understood = c->exts[i].id == known[k];
        }
        if (!understood) {
            return true;
        }
    }
    return false;
}

bool cert_has_eku(const struct cert *c, enum oid eku)
{
    const struct cert_ext *e = cert_ext(c, OID_EXT_EKU);
    struct der list, id;
    if (!e || !der_only(e->value, DER_SEQUENCE, &list)) {
        return false;
    }
    for (struct span rest = list.body; der_expect(&rest, DER_OID, &id);) {
        if (oid_lookup(id.body) == eku) {
            return true;
        }
    }
    return false;
}

bool cert_has_policy(const struct cert *c, const char *dotted)
{
    const struct cert_ext *e = cert_ext(c, OID_EXT_POLICIES);
    struct der list, info, id;
    if (!e || !der_only(e->value, DER_SEQUENCE, &list)) {
        return false;
    }
    for (struct span rest = list.body; der_expect(&rest, DER_SEQUENCE, &info);) {
        struct span in = info.body;
        if (der_expect(&in, DER_OID, &id) && oid_is(id.body, dotted)) {
            return true;
        }
    }
    return false;
}

bool cert_self_issued(const struct cert *c)
{
    return span_eq(c->issuer, c->subject);
}

const char *cert_subject_text(struct cert *c)
{
    if (!c->subject_text) {
        c->subject_text = cert_name_text(c->arena, c->subject);
    }
    return c->subject_text;
}

char *cert_serial_text(struct arena *a, const struct cert *c)
{
    struct span s = c->serial;
    while (s.n > 1 && s.p[0] == 0) {
        s = span_sub(s, 1, s.n);
    }
    return hash_hex_str(a, s, true);
}

int cert_describe(struct arena *a, const struct cert *c, struct sp_certificate *out)
{
    uint64_t failures = mem_failures();
    *out = (struct sp_certificate){
        .subject = cert_name_text(a, c->subject),
        .issuer = cert_name_text(a, c->issuer),
        .common_name = cert_name_attr(a, c->subject, OID_AT_COMMON_NAME),
        .organization = cert_name_attr(a, c->subject, OID_AT_ORGANIZATION),
        .serial = cert_serial_text(a, c),
        .sha256 = hash_hex_str(a, span_make(c->sha256, sizeof c->sha256), false),
        .source = c->source,
        .not_before = c->not_before,
        .not_after = c->not_after,
    };
    return mem_failures() == failures && out->subject && out->issuer && out->serial && out->sha256
               ? 0
               : -1;
}

/* One GeneralName that is a URI of a scheme we could fetch; false when it is not. */
static int add_uri(struct arena *a, const struct der *name, const char **out, size_t *count,
                   size_t max)
{
    static const char *const schemes[] = {"http://", "https://", "ldap://", "ldaps://"};
    if (name->tag != DER_CONTEXT(6) || *count == max) {
        return 0;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t n = strlen(schemes[i]);
        if (name->body.n > n && strncasecmp((const char *)name->body.p, schemes[i], n) == 0) {
            struct der text = {DER_IA5_STRING, name->body, name->whole, true};
            out[*count] = der_text(a, &text);
            return out[*count] ? (int)++*count : -1;
        }
    }
    return 0;
}

/* DistributionPoint ::= SEQUENCE { [0] { [0] fullName GeneralNames } OPTIONAL, ... } */
static void uris_of_point(struct arena *a, struct span point, const char **out, size_t *count,
                          size_t max)
{
    struct der dp_name, full, name;
    if (!der_expect(&point, DER_CONTEXT_C(0), &dp_name) ||
        !der_only(dp_name.body, DER_CONTEXT_C(0), &full)) {
        return;
    }
    for (struct span rest = full.body; der_next(&rest, &name);) {
        if (add_uri(a, &name, out, count, max) < 0) {
            return;
        }
    }
}

size_t cert_uris(struct arena *a, const struct cert *c, enum oid what, const char **out, size_t max)
{
    bool points = what == OID_EXT_CDP || what == OID_EXT_FRESHEST_CRL;
    const struct cert_ext *e = cert_ext(c, points ? what : OID_EXT_AIA);
    struct der list, item, id, name;
    size_t count = 0;
    if (!e || !der_only(e->value, DER_SEQUENCE, &list)) {
        return 0;
    }
    for (struct span rest = list.body; der_expect(&rest, DER_SEQUENCE, &item);) {
        struct span in = item.body;
        if (points) {
            uris_of_point(a, in, out, &count, max);
        } else if (der_expect(&in, DER_OID, &id) && oid_lookup(id.body) == what &&
                   der_next(&in, &name) && add_uri(a, &name, out, &count, max) < 0) {
            break;
        }
    }
    return count;
}
