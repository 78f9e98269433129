/*
 * xades - the qualifying properties of XAdES (EN 319 132-1 clauses 4 and 5).
 *
 * Properties count only when they stand in the signature itself, say so (Target), and are covered
 * by one of its references. What is read: SigningTime, SigningCertificate(V2), DataObjectFormat,
 * time-stamps, certificate and revocation values.
 */
#include "base/utc.h"
#include "format/xmldsig/internal.h"

static const char *const namespaces[] = {NS_XADES, NS_XADES14, NS_XADES12, NS_XADES11};

bool xd_is_xades(const xmlNode *node, const char *name)
{
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        if (xml_is(node, namespaces[i], name)) {
            return true;
        }
    }
    return false;
}

xmlNode *xd_xades_child(const xmlNode *parent, const char *name)
{
    for (xmlNode *n = parent ? xml_first(parent) : NULL; n; n = xml_next(n)) {
        if (xd_is_xades(n, name)) {
            return n;
        }
    }
    return NULL;
}

/* The only QualifyingProperties of the signature; NULL when there is none. */
static const xmlNode *find_qualifying(const struct xd_reader *r)
{
    const xmlNode *found = NULL;
    for (const xmlNode *o = xml_first(r->s->node); o; o = xml_next(o)) {
        for (const xmlNode *q = xml_is(o, NS_DS, "Object") ? xml_first(o) : NULL; q;
             q = xml_next(q)) {
            if (xd_is_xades(q, "QualifyingProperties") && found) {
                xd_report(r, SP_XADES_STRUCTURE, "QualifyingProperties stands twice", NULL);
            } else if (xd_is_xades(q, "QualifyingProperties")) {
                found = q;
            }
        }
    }
    return found;
}

/* 4.3.1: Target is the Id of the signature. */
static bool targets(const struct xd_reader *r, const xmlNode *qualifying)
{
    const char *target = xml_attr(qualifying, "Target"), *id = xml_attr(r->s->node, "Id");
    return target && id && *target == '#' && strcmp(target + 1, id) == 0;
}

/* 4.3.2: at most one SignedProperties; a program that takes another one than we do would show what
 * nobody signed. */
static bool stands_twice(const xmlNode *properties)
{
    for (const xmlNode *n = properties ? xml_next(properties) : NULL; n; n = xml_next(n)) {
        if (xd_is_xades(n, "SignedProperties")) {
            return true;
        }
    }
    return false;
}

static bool is_signed(const struct xmldsig *s, const xmlNode *properties)
{
    for (size_t i = 0; i < s->reference_count; i++) {
        const struct xd_reference *ref = &s->references[i];
        bool whole =
            !ref->refused && ref->target == XD_ELEMENT && ref->without_count == 0 && !ref->octets;
        if (whole && xml_inside(properties, ref->apex)) {
            return true;
        }
    }
    return false;
}

/* A reference that says it is over the properties leads to them and nowhere else. */
static bool led_elsewhere(const struct xmldsig *s, const xmlNode *properties)
{
    for (size_t i = 0; i < s->reference_count; i++) {
        const struct xd_reference *ref = &s->references[i];
        if (ref->is_properties && !ref->refused && ref->apex != properties) {
            return true;
        }
    }
    return false;
}

static int read_time(const struct xd_reader *r, const xmlNode *node)
{
    const char *word;
    int64_t t;
    if (xml_word(r->s->arena, node, &word)) {
        return -1;
    }
    struct span s = span_str(word ? word : "");
    /* xsd:dateTime: a fraction of seconds is left out; without a zone UTC is meant. */
    size_t dot = span_find(s, SPAN_LIT("."), 0), end = dot;
    while (end < s.n && (s.p[end] == '.' || (s.p[end] >= '0' && s.p[end] <= '9'))) {
        end++;
    }
    char *text = dot == SIZE_MAX
                     ? arena_str(r->s->arena, s)
                     : arena_printf(r->s->arena, "%.*s%.*s", (int)dot, (const char *)s.p,
                                    (int)(s.n - end), (const char *)s.p + end);
    if (text && strlen(text) == 19) {
        text = arena_printf(r->s->arena, "%sZ", text);
    }
    if (!text) {
        return -1;
    }
    if (utc_parse(span_str(text), &t)) {
        r->e->claimed_time = t;
    } else {
        xd_report(r, SP_XADES_STRUCTURE, "SigningTime is no time", NULL);
    }
    return 0;
}

/* Cert ::= CertDigest (DigestMethod, DigestValue), IssuerSerial or IssuerSerialV2. */
static int read_certificate(const struct xd_reader *r, const xmlNode *cert,
                            struct xmldsig_certificate_ref *out)
{
    const xmlNode *digest = xd_xades_child(cert, "CertDigest");
    const xmlNode *method = digest ? xml_child(digest, NS_DS, "DigestMethod") : NULL;
    const xmlNode *value = digest ? xml_child(digest, NS_DS, "DigestValue") : NULL;
    const xmlNode *serial = xd_xades_child(cert, "IssuerSerialV2");
    *out = (struct xmldsig_certificate_ref){.digest = OID_UNKNOWN};
    if (!method || !value) {
        xd_report(r, SP_XADES_STRUCTURE, "CertDigest is incomplete", NULL);
        return 0;
    }
    out->digest = xd_digest(xml_attr(method, "Algorithm"));
    return xml_base64(r->s->arena, value, &out->value) ||
                   (serial && xml_base64(r->s->arena, serial, &out->issuer_serial))
               ? -1
               : 0;
}

static int read_signing(const struct xd_reader *r, const xmlNode *properties)
{
    struct xmldsig_view *v = &r->s->view;
    const xmlNode *signing = xd_xades_child(properties, "SigningCertificateV2");
    signing = signing ? signing : xd_xades_child(properties, "SigningCertificate");
    size_t count = 0;
    struct xmldsig_certificate_ref *list =
        arena_array(r->s->arena, XD_MAX_CERTIFICATES, sizeof *list);
    if (!list) {
        return -1;
    }
    for (const xmlNode *n = signing ? xml_first(signing) : NULL; n && count < XD_MAX_CERTIFICATES;
         n = xml_next(n)) {
        if (xd_is_xades(n, "Cert") && read_certificate(r, n, &list[count++])) {
            return -1;
        }
    }
    v->names_certificate = signing != NULL;
    v->signing = list;
    v->signing_count = count;
    return 0;
}

static bool is_reference_id(const struct xmldsig *s, const char *id)
{
    for (size_t i = 0; i < s->reference_count; i++) {
        const char *own = xml_attr(s->references[i].node, "Id");
        if (own && strcmp(own, id) == 0) {
            return true;
        }
    }
    return false;
}

/* 5.2.4: DataObjectFormat names a ds:Reference of this signature. */
static void check_formats(const struct xd_reader *r, const xmlNode *objects)
{
    for (const xmlNode *n = objects ? xml_first(objects) : NULL; n; n = xml_next(n)) {
        const char *ref = xml_attr(n, "ObjectReference");
        bool good = ref && *ref == '#' && is_reference_id(r->s, ref + 1);
        if (xd_is_xades(n, "DataObjectFormat") && !good) {
            xd_report(r, SP_XADES_FORMAT, ref ? ref : "?", NULL);
        }
    }
}

/* XAdESTimeStampType: CanonicalizationMethod?, EncapsulatedTimeStamp+ (5.1.4.4.1). */
static int read_stamp(const struct xd_reader *r, xmlNode *n, enum xmldsig_stamp kind)
{
    struct xmldsig *s = r->s;
    const struct xmldsig_view *v = &s->view;
    size_t before = s->stamp_count;
    struct xml_method method = {XML_C14N_INCLUSIVE, false, NULL};
    const xmlNode *canonical = xml_child(n, NS_DS, "CanonicalizationMethod");
    const char *uri = canonical ? xml_attr(canonical, "Algorithm") : NULL;
    if (canonical && !xd_canonical_method(uri, &method)) {
        xd_report(r, SP_XADES_STRUCTURE, "a time-stamp's canonicalisation is not known", NULL);
        return 0;
    }
    if (canonical && xd_read_prefixes(s->arena, canonical, &method)) {
        return -1;
    }
    for (const xmlNode *t = xml_first(n); t; t = xml_next(t)) {
        struct span token;
        if (!xd_is_xades(t, "EncapsulatedTimeStamp")) {
            continue;
        }
        if (xml_base64(s->arena, t, &token) ||
            arena_grow(s->arena, (void **)&s->stamps, &s->stamp_capacity, s->stamp_count + 1,
                       sizeof *s->stamps)) {
            return -1;
        }
        s->stamps[s->stamp_count++] =
            (struct xd_stamp){kind,          n,
                              method,        token.p ? token : SPAN_LIT(""),
                              before,        v->crl_count,
                              v->ocsp_count, v->more_certificate_count};
    }
    return 0;
}

static int read_signed(const struct xd_reader *r)
{
    const xmlNode *own = xd_xades_child(r->s->properties, "SignedSignatureProperties");
    const xmlNode *time = xd_xades_child(own, "SigningTime");
    const xmlNode *objects = xd_xades_child(r->s->properties, "SignedDataObjectProperties");
    check_formats(r, objects);
    for (xmlNode *n = objects ? xml_first(objects) : NULL; n; n = xml_next(n)) {
        if (xd_is_xades(n, "AllDataObjectsTimeStamp") && read_stamp(r, n, XMLDSIG_STAMP_CONTENT)) {
            return -1;
        }
    }
    if (!own) {
        return 0;
    }
    return (time && read_time(r, time)) || read_signing(r, own) ? -1 : 0;
}

static int read_values(const struct xd_reader *r, const xmlNode *holder, const char *name,
                       const struct span **list, size_t *count)
{
    for (const xmlNode *n = holder ? xml_first(holder) : NULL; n; n = xml_next(n)) {
        if (xd_is_xades(n, name) && xd_add_octets(r->s->arena, n, list, count)) {
            return -1;
        }
    }
    return 0;
}

static int read_certificate_values(const struct xd_reader *r, const xmlNode *n)
{
    struct xmldsig_view *v = &r->s->view;
    return read_values(r, n, "EncapsulatedX509Certificate", &v->more_certificates,
                       &v->more_certificate_count);
}

static int read_revocation_values(const struct xd_reader *r, const xmlNode *n)
{
    struct xmldsig_view *v = &r->s->view;
    return read_values(r, xd_xades_child(n, "CRLValues"), "EncapsulatedCRLValue", &v->crls,
                       &v->crl_count) ||
                   read_values(r, xd_xades_child(n, "OCSPValues"), "EncapsulatedOCSPValue",
                               &v->ocsps, &v->ocsp_count)
               ? -1
               : 0;
}

static int read_unsigned_property(const struct xd_reader *r, xmlNode *n)
{
    if (xd_is_xades(n, "SignatureTimeStamp")) {
        return read_stamp(r, n, XMLDSIG_STAMP_SIGNATURE);
    }
    if (xd_is_xades(n, "CertificateValues") || xd_is_xades(n, "AttrAuthoritiesCertValues")) {
        return read_certificate_values(r, n);
    }
    if (xd_is_xades(n, "RevocationValues") || xd_is_xades(n, "AttributeRevocationValues")) {
        return read_revocation_values(r, n);
    }
    if (xd_is_xades(n, "TimeStampValidationData")) {
        const xmlNode *certificates = xd_xades_child(n, "CertificateValues");
        const xmlNode *revocation = xd_xades_child(n, "RevocationValues");
        return (certificates && read_certificate_values(r, certificates)) ||
                       (revocation && read_revocation_values(r, revocation))
                   ? -1
                   : 0;
    }
    if (xml_is(n, NS_XADES14, "ArchiveTimeStamp")) {
        return read_stamp(r, n, XMLDSIG_STAMP_ARCHIVE);
    }
    if (xd_is_xades(n, "ArchiveTimeStamp")) {
        xd_report(r, SP_XADES_STRUCTURE, "an archive time-stamp is of an older kind", NULL);
    }
    return 0;
}

static int read_unsigned(const struct xd_reader *r)
{
    const xmlNode *holder = xd_xades_child(xd_xades_child(r->s->qualifying, "UnsignedProperties"),
                                           "UnsignedSignatureProperties");
    for (xmlNode *n = holder ? xml_first(holder) : NULL; n; n = xml_next(n)) {
        if (read_unsigned_property(r, n)) {
            return -1;
        }
    }
    return 0;
}

int xd_read_xades(const struct xd_reader *r)
{
    struct xmldsig *s = r->s;
    const xmlNode *qualifying = find_qualifying(r);
    const xmlNode *properties = xd_xades_child(qualifying, "SignedProperties");
    if (led_elsewhere(s, properties)) {
        xd_report(r, SP_XADES_UNSIGNED, "a reference to them leads elsewhere", NULL);
    }
    if (!qualifying) {
        return 0;
    }
    r->e->kind = SP_KIND_XADES;
    if (stands_twice(properties)) {
        xd_report(r, SP_XADES_UNSIGNED, "SignedProperties stands twice", NULL);
    }
    if (!targets(r, qualifying)) {
        xd_report(r, SP_XADES_UNSIGNED, "their Target is not this signature", NULL);
    }
    if (properties && !is_signed(s, properties)) {
        xd_report(r, SP_XADES_UNSIGNED, "no reference covers them", NULL);
        properties = NULL;
    }
    s->qualifying = qualifying;
    s->properties = properties;
    s->view.xades = properties != NULL;
    return (properties && read_signed(r)) || read_unsigned(r) ? -1 : 0;
}
