/*
 * cms - see cms.h. RFC 5652 section 3 (ContentInfo), 5.1 (SignedData), 5.3 (SignerInfo).
 *
 * What is not done here: no signature, digest or certificate is checked; attribute values are only
 * cut out.
 */
#include "format/cms.h"

#include "asn1/algorithm.h"
#include "asn1/ber.h"
#include "asn1/der.h"

const char cms_too_many_signers[] = "256 signers";

/* Every parser below returns 1 when the document is malformed (and sets *why), 0, or -1. */
static int bad(const char **why, const char *what)
{
    *why = what;
    return 1;
}

static int parse_attrs(struct arena *a, const struct der *set, struct cms_attrs *out,
                       const char **why)
{
    size_t cap = 0;
    struct span in = set->body;
    out->stored = set->whole;
    while (in.n) {
        struct der attr, oid, values;
        if (!der_expect(&in, DER_SEQUENCE, &attr) || out->count >= CMS_MAX_ATTRS) {
            return bad(why, "attribute is not a SEQUENCE, or there are too many");
        }
        struct span body = attr.body;
        if (!der_expect(&body, DER_OID, &oid) || !der_expect(&body, DER_SET, &values) || body.n) {
            return bad(why, "attribute without type and values");
        }
        if (arena_grow(a, (void **)&out->items, &cap, out->count + 1, sizeof *out->items)) {
            return -1;
        }
        out->items[out->count++] =
            (struct cms_attr){oid_lookup(oid.body), oid.body, values.body, attr.whole};
    }
    return 0;
}

/* SignerIdentifier ::= CHOICE { IssuerAndSerialNumber, [0] SubjectKeyIdentifier }. */
static int parse_sid(struct span *in, struct cms_signer *out, const char **why)
{
    struct der d;
    if (der_expect(in, DER_CONTEXT(0), &d)) {
        out->ski = d.body;
        return 0;
    }
    struct der issuer, serial;
    if (!der_expect(in, DER_SEQUENCE, &d) || !der_expect(&d.body, DER_SEQUENCE, &issuer) ||
        !der_expect(&d.body, DER_INTEGER, &serial) || d.body.n) {
        return bad(why, "SignerInfo does not name its signer");
    }
    out->issuer = issuer.whole;
    out->serial = serial.body;
    return 0;
}

static int parse_signer_fields(struct arena *a, struct der whole, struct cms_signer *out,
                               const char **why)
{
    struct der d;
    struct span in = whole.body;
    out->whole = whole.whole;
    if (!der_expect(&in, DER_INTEGER, &d) || !der_small_int(&d, &out->version)) {
        return bad(why, "SignerInfo without version");
    }
    int rc = parse_sid(&in, out, why);
    if (rc) {
        return rc;
    }
    if (!der_expect(&in, DER_SEQUENCE, &d)) {
        return bad(why, "SignerInfo without digestAlgorithm");
    }
    out->digest = algorithm_oid(d.whole, &out->digest_oid);
    if (!out->digest_oid.p) {
        return bad(why, "digestAlgorithm is malformed");
    }
    if (der_expect(&in, DER_CONTEXT_C(0), &d)) {
        rc = parse_attrs(a, &d, &out->signed_attrs, why);
        if (rc) {
            return rc;
        }
    }
    if (!der_expect(&in, DER_SEQUENCE, &d)) {
        return bad(why, "SignerInfo without signatureAlgorithm");
    }
    out->signature_alg = d.whole;
    if (!der_expect(&in, DER_OCTET_STRING, &d)) {
        return bad(why, "SignerInfo without signature value");
    }
    out->signature = d.body;
    out->fields = span_sub(whole.body, 0, whole.body.n - in.n);
    if (der_expect(&in, DER_CONTEXT_C(1), &d)) {
        rc = parse_attrs(a, &d, &out->unsigned_attrs, why);
        if (rc) {
            return rc;
        }
    }
    return in.n ? bad(why, "bytes behind a SignerInfo") : 0;
}

int cms_parse_signer(struct arena *a, struct span in, struct cms_signer **out, const char **why)
{
    *out = NULL;
    struct der seq;
    struct cms_signer *s = arena_alloc(a, sizeof *s);
    if (!s) {
        return -1;
    }
    if (!der_only(in, DER_SEQUENCE, &seq)) {
        *why = "SignerInfo is not a SEQUENCE";
        return 0;
    }
    int rc = parse_signer_fields(a, seq, s, why);
    *out = rc == 0 ? s : NULL;
    return rc < 0 ? -1 : 0;
}

static int add_span(struct arena *a, struct span **list, size_t *count, size_t *cap, struct span s)
{
    if (arena_grow(a, (void **)list, cap, *count + 1, sizeof **list)) {
        return -1;
    }
    (*list)[(*count)++] = s;
    return 0;
}

/* CertificateSet: plain certificates are kept; attribute and other certificates are passed over. */
static int parse_certs(struct arena *a, struct span in, struct cms *out, const char **why)
{
    size_t cap = 0;
    struct der d;
    while (in.n) {
        if (!der_next(&in, &d) || out->cert_count >= CMS_MAX_CERTS) {
            return bad(why, "certificate set is malformed or too large");
        }
        if (d.tag == DER_SEQUENCE && add_span(a, &out->certs, &out->cert_count, &cap, d.whole)) {
            return -1;
        }
    }
    return 0;
}

/* OtherRevocationInfoFormat [1] { id-ri-ocsp-response, OCSPResponse } (RFC 5940 2.1). */
static struct span other_revocation(struct span in)
{
    struct der oid, value;
    if (der_expect(&in, DER_OID, &oid) && oid_is(oid.body, "1.3.6.1.5.5.7.16.2") &&
        der_expect(&in, DER_SEQUENCE, &value)) {
        return value.whole;
    }
    return SPAN_NONE;
}

static int parse_crls(struct arena *a, struct span in, struct cms *out, const char **why)
{
    size_t crl_cap = 0, ocsp_cap = 0;
    struct der d;
    while (in.n) {
        if (!der_next(&in, &d) || out->crl_count + out->ocsp_count >= CMS_MAX_CERTS) {
            return bad(why, "revocation set is malformed or too large");
        }
        if (d.tag == DER_SEQUENCE && add_span(a, &out->crls, &out->crl_count, &crl_cap, d.whole)) {
            return -1;
        }
        struct span ocsp = d.tag == DER_CONTEXT_C(1) ? other_revocation(d.body) : SPAN_NONE;
        if (ocsp.p && add_span(a, &out->ocsps, &out->ocsp_count, &ocsp_cap, ocsp)) {
            return -1;
        }
    }
    return 0;
}

static int parse_signers(struct arena *a, struct span in, struct cms *out, const char **why)
{
    for (struct span count = in; count.n; out->signer_count++) {
        struct der d;
        if (!der_next(&count, &d)) {
            return bad(why, "signerInfos is malformed");
        }
    }
    if (out->signer_count > CMS_MAX_SIGNERS) {
        return bad(why, cms_too_many_signers);
    }
    out->signers = arena_array(a, out->signer_count, sizeof *out->signers);
    if (!out->signers) {
        return -1;
    }
    for (size_t i = 0; i < out->signer_count; i++) {
        struct der d;
        if (!der_expect(&in, DER_SEQUENCE, &d)) {
            return bad(why, "SignerInfo is not a SEQUENCE");
        }
        int rc = parse_signer_fields(a, d, &out->signers[i], why);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

/* EncapsulatedContentInfo. PKCS#7 content that is no OCTET STRING (RFC 5652 5.2.1) is kept as the
 * contents octets of whatever value it is. */
static int parse_encap(struct span *in, struct cms *out, const char **why)
{
    struct der seq, oid, explicit, value;
    if (!der_expect(in, DER_SEQUENCE, &seq) || !der_expect(&seq.body, DER_OID, &oid)) {
        return bad(why, "encapContentInfo is malformed");
    }
    out->encap = seq.whole;
    out->econtent_type_der = oid.whole;
    out->econtent_type_oid = oid.body;
    out->econtent_type = oid_lookup(oid.body);
    if (seq.body.n == 0) {
        return 0;
    }
    if (!der_expect(&seq.body, DER_CONTEXT_C(0), &explicit) || seq.body.n ||
        !der_next(&explicit.body, &value) || explicit.body.n) {
        return bad(why, "eContent is malformed");
    }
    out->econtent = value.body;
    return 0;
}

/* SignedData, RFC 5652 5.1. */
static int parse_signed_data(struct arena *a, struct span in, struct cms *out, const char **why)
{
    struct der d;
    struct span whole = in;
    int rc;
    if (!der_expect(&in, DER_INTEGER, &d) || !der_expect(&in, DER_SET, &d)) {
        return bad(why, "SignedData without version or digestAlgorithms");
    }
    out->head = span_sub(whole, 0, whole.n - in.n);
    if ((rc = parse_encap(&in, out, why)) != 0) {
        return rc;
    }
    if (der_expect(&in, DER_CONTEXT_C(0), &d)) {
        out->certs_field = d.whole;
        if ((rc = parse_certs(a, d.body, out, why)) != 0) {
            return rc;
        }
    }
    if (der_expect(&in, DER_CONTEXT_C(1), &d)) {
        out->crls_field = d.whole;
        if ((rc = parse_crls(a, d.body, out, why)) != 0) {
            return rc;
        }
    }
    if (!der_expect(&in, DER_SET, &d) || in.n) {
        return bad(why, "SignedData without signerInfos");
    }
    return parse_signers(a, d.body, out, why);
}

static int parse_content_info(struct arena *a, struct span in, struct cms *out, const char **why)
{
    struct der info, oid, explicit, content;
    if (!der_only(in, DER_SEQUENCE, &info) || !der_expect(&info.body, DER_OID, &oid)) {
        return bad(why, "it is not a ContentInfo");
    }
    out->content_type_oid = oid.body;
    out->content_type = oid_lookup(oid.body);
    if (out->content_type != OID_SIGNED_DATA) {
        return 0;
    }
    if (!der_expect(&info.body, DER_CONTEXT_C(0), &explicit) || info.body.n ||
        !der_only(explicit.body, DER_SEQUENCE, &content)) {
        return bad(why, "signedData has no content");
    }
    return parse_signed_data(a, content.body, out, why);
}

int cms_parse(struct arena *a, struct span in, struct cms **out, const char **why)
{
    *out = NULL;
    *why = NULL;
    struct ber_result der;
    struct cms *c = arena_alloc(a, sizeof *c);
    if (!c || ber_to_der(a, in, &der)) {
        return -1;
    }
    if (!der.der.p) {
        *why = "its lengths do not fit (truncated or not BER)";
        return 0;
    }
    int rc = parse_content_info(a, der.der, c, why);
    c->ber = der.converted;
    c->trailing = in.n - der.consumed;
    *out = rc == 0 ? c : NULL;
    return rc < 0 ? -1 : 0;
}

const struct cms_attr *cms_attr(const struct cms_attrs *attrs, enum oid id, size_t *count)
{
    const struct cms_attr *found = NULL;
    *count = 0;
    for (size_t i = 0; i < attrs->count; i++) {
        if (attrs->items[i].id == id) {
            found = found ? found : &attrs->items[i];
            ++*count;
        }
    }
    return found;
}
