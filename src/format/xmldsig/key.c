/*
 * key - ds:KeyInfo: certificates in any order, CRLs, hints, and a bare key (XML Signature 1.1
 * clause 4.5).
 *
 * KeyName, RetrievalMethod and the other kinds are passed over: nothing is fetched, and a name
 * proves nothing.
 */
#include "asn1/der.h"
#include "asn1/key.h"
#include "format/xmldsig/internal.h"

enum { KEY_OCTETS_MAX = 2200 };

int xd_add_octets(struct arena *a, const xmlNode *node, const struct span **list, size_t *count)
{
    struct span octets;
    if (*count >= XD_MAX_CERTIFICATES) {
        return 0;
    }
    if (xml_base64(a, node, &octets)) {
        return -1;
    }
    if (!octets.n) {
        return 0;
    }
    struct span *all = arena_array(a, *count + 1, sizeof *all);
    if (!all) {
        return -1;
    }
    for (size_t i = 0; i < *count; i++) {
        all[i] = (*list)[i];
    }
    all[(*count)++] = octets;
    *list = all;
    return 0;
}

static int read_x509(const struct xd_reader *r, const xmlNode *data)
{
    struct xmldsig_view *v = &r->s->view;
    struct arena *a = r->s->arena;
    for (const xmlNode *n = xml_first(data); n; n = xml_next(n)) {
        int rc = xml_is(n, NS_DS, "X509Certificate")
                     ? xd_add_octets(a, n, &v->certificates, &v->certificate_count)
                 : xml_is(n, NS_DS, "X509CRL") ? xd_add_octets(a, n, &v->crls, &v->crl_count)
                 : xml_is(n, NS_DS, "X509SKI") ? xml_base64(a, n, &v->ski)
                                               : 0;
        if (rc) {
            return rc;
        }
    }
    return 0;
}

int xd_read_key_info(const struct xd_reader *r)
{
    const xmlNode *info = r->s->key_info;
    for (const xmlNode *n = info ? xml_first(info) : NULL; n; n = xml_next(n)) {
        if (xml_is(n, NS_DS, "X509Data") && read_x509(r, n)) {
            return -1;
        }
        r->s->view.key_value = r->s->view.key_value || xml_is(n, NS_DS, "KeyValue") ||
                               xml_is(n, NS_DS11, "DEREncodedKeyValue");
    }
    return 0;
}

struct writer {
    uint8_t bytes[KEY_OCTETS_MAX];
    size_t at; /* written from the end to the beginning */
};

static bool put(struct writer *w, struct span s)
{
    if (s.n > w->at) {
        return false;
    }
    w->at -= s.n;
    memcpy(w->bytes + w->at, s.p, s.n);
    return true;
}

/* Tag and length before what was written since `end`. */
static bool wrap(struct writer *w, uint8_t tag, size_t end)
{
    size_t n = end - w->at;
    uint8_t head[4] = {tag, 0x82, (uint8_t)(n >> 8), (uint8_t)n};
    uint8_t brief[3] = {tag, 0x81, (uint8_t)n};
    uint8_t least[2] = {tag, (uint8_t)n};
    return n < 0x80    ? put(w, span_make(least, sizeof least))
           : n < 0x100 ? put(w, span_make(brief, sizeof brief))
                       : put(w, span_make(head, sizeof head));
}

static bool put_number(struct writer *w, struct span s)
{
    size_t end = w->at;
    while (s.n > 1 && s.p[0] == 0) {
        s = span_sub(s, 1, s.n);
    }
    return s.n && put(w, s) && (s.p[0] < 0x80 || put(w, SPAN_LIT("\0"))) &&
           wrap(w, DER_INTEGER, end);
}

static bool put_algorithm(struct writer *w, enum oid id, struct span parameters)
{
    size_t end = w->at, name;
    if (!put(w, parameters)) {
        return false;
    }
    name = w->at;
    return put(w, oid_body(id)) && wrap(w, DER_OID, name) && wrap(w, DER_SEQUENCE, end);
}

static EVP_PKEY *finish(const struct writer *w)
{
    return key_from_spki(span_make(w->bytes + w->at, sizeof w->bytes - w->at));
}

static EVP_PKEY *rsa_key(struct arena *a, const xmlNode *value)
{
    const xmlNode *modulus = xml_child(value, NS_DS, "Modulus");
    const xmlNode *exponent = xml_child(value, NS_DS, "Exponent");
    struct writer w = {.at = sizeof w.bytes};
    struct span n, e;
    if (!modulus || !exponent || xml_base64(a, modulus, &n) || xml_base64(a, exponent, &e) ||
        !n.n || !e.n) {
        return NULL;
    }
    bool fits = put_number(&w, e) && put_number(&w, n) && wrap(&w, DER_SEQUENCE, sizeof w.bytes) &&
                put(&w, SPAN_LIT("\0")) && wrap(&w, DER_BIT_STRING, sizeof w.bytes) &&
                put_algorithm(&w, OID_RSA, SPAN_LIT("\x05\0")) &&
                wrap(&w, DER_SEQUENCE, sizeof w.bytes);
    return fits ? finish(&w) : NULL;
}

/* ECKeyValue ::= NamedCurve URI="urn:oid:...", PublicKey (clause 4.5.2.3.1). */
static EVP_PKEY *ec_key(struct arena *a, const xmlNode *value)
{
    static const enum oid curves[] = {OID_CURVE_P256, OID_CURVE_P384, OID_CURVE_P521};
    const xmlNode *named = xml_child(value, NS_DS11, "NamedCurve");
    const xmlNode *public = xml_child(value, NS_DS11, "PublicKey");
    const char *uri = named ? xml_attr(named, "URI") : NULL;
    struct span point;
    if (!public || !uri || strncmp(uri, "urn:oid:", 8) != 0 || xml_base64(a, public, &point) ||
        !point.n) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        struct writer w = {.at = sizeof w.bytes}, id = {.at = sizeof id.bytes};
        struct span curve = oid_body(curves[i]);
        if (!oid_is(curve, uri + 8)) {
            continue;
        }
        bool fits =
            put(&id, curve) && wrap(&id, DER_OID, sizeof id.bytes) && put(&w, point) &&
            put(&w, SPAN_LIT("\0")) && wrap(&w, DER_BIT_STRING, sizeof w.bytes) &&
            put_algorithm(&w, OID_EC, span_make(id.bytes + id.at, sizeof id.bytes - id.at)) &&
            wrap(&w, DER_SEQUENCE, sizeof w.bytes);
        return fits ? finish(&w) : NULL;
    }
    return NULL;
}

EVP_PKEY *xmldsig_key_value(const struct xmldsig *s)
{
    const xmlNode *info = s->key_info;
    for (const xmlNode *n = info ? xml_first(info) : NULL; n; n = xml_next(n)) {
        struct span spki;
        const xmlNode *value = xml_is(n, NS_DS, "KeyValue") ? xml_first(n) : NULL;
        EVP_PKEY *key = NULL;
        if (value && xml_is(value, NS_DS, "RSAKeyValue")) {
            key = rsa_key(s->arena, value);
        } else if (value && xml_is(value, NS_DS11, "ECKeyValue")) {
            key = ec_key(s->arena, value);
        } else if (xml_is(n, NS_DS11, "DEREncodedKeyValue") &&
                   xml_base64(s->arena, n, &spki) == 0 && spki.n) {
            key = key_from_spki(spki);
        }
        if (key) {
            return key;
        }
    }
    return NULL;
}
