/*
 * crl - the head of a CRL: fields and extensions. See crl.h; entries are in crl_index.c.
 */
#include "revocation/crl.h"

#include "asn1/der.h"
#include "asn1/name.h"

/* The version, RFC 5280 5.1.2.1: v2 is written as 1. */
static bool read_version(struct span *in, struct crl *crl)
{
    struct der d;
    int64_t v = 0;
    if (der_expect(in, DER_INTEGER, &d) && (!der_small_int(&d, &v) || v < 0 || v > 1)) {
        return false;
    }
    crl->version = (int)v + 1;
    return true;
}

static bool read_times(struct span *in, struct crl *crl)
{
    struct der d;
    crl->next_update = UTC_NONE;
    if (!der_next(in, &d) || !der_time(&d, &crl->this_update)) {
        return false;
    }
    uint8_t tag = der_peek(*in);
    if (tag == DER_UTC_TIME || tag == DER_GENERALIZED_TIME) {
        return der_next(in, &d) && der_time(&d, &crl->next_update);
    }
    return true;
}

static void deviates(struct crl *crl, const char *what)
{
    if (!crl->deviation) {
        crl->deviation = what;
    }
}

static void refuse(struct crl *crl, const char *why)
{
    if (!crl->unusable) {
        crl->unusable = why;
    }
}

static bool read_integer(struct span value, struct span *out)
{
    struct der d;
    bool negative;
    if (!der_only(value, DER_INTEGER, &d) || d.body.n == 0) {
        return false;
    }
    *out = der_uint(&d, &negative);
    return !negative;
}

static bool read_flag(const struct der *d)
{
    return d->body.n == 1 && d->body.p[0] != 0;
}

/* IssuingDistributionPoint, RFC 5280 5.2.5. At most one of the three "only" flags may be set, and
 * an empty one says nothing. */
static bool read_idp(struct crl *crl, struct span value)
{
    struct der seq, d;
    if (!der_only(value, DER_SEQUENCE, &seq) || seq.body.n == 0) {
        return false;
    }
    for (struct span rest = seq.body; rest.n;) {
        if (!der_next(&rest, &d)) {
            return false;
        }
        switch (d.tag) {
        case DER_CONTEXT_C(0):
            crl->idp_point = d.body;
            break;
        case DER_CONTEXT(1):
            crl->idp_user = read_flag(&d);
            break;
        case DER_CONTEXT(2):
            crl->idp_ca = read_flag(&d);
            break;
        case DER_CONTEXT(3):
            if (!der_bits_flags(&d, &crl->idp_reasons)) {
                return false;
            }
            break;
        case DER_CONTEXT(4):
            crl->indirect = read_flag(&d);
            break;
        case DER_CONTEXT(5):
            crl->idp_attribute = read_flag(&d);
            break;
        default:
            return false;
        }
    }
    return crl->idp_user + crl->idp_ca + crl->idp_attribute <= 1;
}

static bool read_crl_aki(struct crl *crl, struct span value)
{
    struct der seq, d;
    if (!der_only(value, DER_SEQUENCE, &seq)) {
        return false;
    }
    struct span rest = seq.body;
    if (der_expect(&rest, DER_CONTEXT(0), &d)) {
        crl->aki = d.body;
    }
    return true;
}

static bool read_expired_since(struct crl *crl, struct span value)
{
    struct der d;
    struct span in = value;
    return der_next(&in, &d) && in.n == 0 && der_time(&d, &crl->expired_certs_since);
}

/* One extension. What is critical and not understood makes the CRL useless (RFC 5280 5.2). */
static void read_extension(struct crl *crl, enum oid id, bool critical, struct span value)
{
    bool ok = true;
    switch (id) {
    case OID_EXT_CRL_NUMBER:
        ok = read_integer(value, &crl->number);
        if (critical) {
            deviates(crl, "cRLNumber is critical");
        }
        break;
    case OID_EXT_DELTA_CRL:
        ok = read_integer(value, &crl->base_number);
        if (!critical) {
            deviates(crl, "deltaCRLIndicator is not critical");
        }
        break;
    case OID_EXT_IDP:
        crl->idp = value;
        ok = read_idp(crl, value);
        if (!critical) {
            deviates(crl, "issuingDistributionPoint is not critical");
        }
        break;
    case OID_EXT_AKI:
        ok = read_crl_aki(crl, value);
        break;
    case OID_EXT_EXPIRED_CERTS_ON_CRL:
        ok = read_expired_since(crl, value);
        break;
    case OID_EXT_FRESHEST_CRL:
    case OID_EXT_IAN:
        break;
    default:
        if (critical) {
            refuse(crl, "unknown critical extension");
        }
    }
    if (!ok) {
        refuse(crl, "malformed extension");
    }
}

static bool read_extensions(struct crl *crl, struct span in)
{
    struct der list;
    if (!der_only(in, DER_SEQUENCE, &list)) {
        return false;
    }
    enum { MAX_SEEN = 32 };
    struct span seen[MAX_SEEN];
    size_t count = 0;
    for (struct span rest = list.body; rest.n;) {
        struct der_extension e;
        if (count == MAX_SEEN || !der_extension(&rest, &e)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (span_eq(seen[i], e.id)) {
                refuse(crl, "an extension is there twice");
            }
        }
        seen[count++] = e.id;
        read_extension(crl, oid_lookup(e.id), e.critical, e.value);
    }
    return true;
}

/* TBSCertList, RFC 5280 5.1. */
static const char *read_tbs(struct crl *crl, struct span in, struct span outer_alg)
{
    struct der alg, name, d;
    if (!read_version(&in, crl) || !der_expect(&in, DER_SEQUENCE, &alg) ||
        !der_expect(&in, DER_SEQUENCE, &name) || !read_times(&in, crl)) {
        return "fields before the entries are malformed";
    }
    crl->issuer = name.whole;
    if (!span_eq(alg.whole, outer_alg)) {
        return "the two signature algorithm fields differ";
    }
    if (der_expect(&in, DER_SEQUENCE, &d)) {
        crl->revoked = d.body;
        if (d.body.n == 0) {
            deviates(crl, "empty list of revoked certificates");
        }
    }
    if (der_expect(&in, DER_CONTEXT_C(0), &d) && !read_extensions(crl, d.body)) {
        return "extensions are malformed";
    }
    return in.n ? "unexpected data after the extensions" : NULL;
}

static const char *read_crl(struct crl *crl)
{
    struct der whole, tbs, alg, value;
    if (!der_only(crl->der, DER_SEQUENCE, &whole)) {
        return "not one DER SEQUENCE, or trailing bytes";
    }
    struct span rest = whole.body;
    if (!der_expect(&rest, DER_SEQUENCE, &tbs) || !der_expect(&rest, DER_SEQUENCE, &alg) ||
        !der_expect(&rest, DER_BIT_STRING, &value) || rest.n ||
        !der_bits_octets(&value, &crl->signature)) {
        return "outer structure is malformed";
    }
    crl->tbs = tbs.whole;
    crl->signature_alg = alg.whole;
    return read_tbs(crl, tbs.body, alg.whole);
}

int crl_parse(struct arena *a, struct span der, struct crl **out, const char **why)
{
    *out = NULL;
    *why = "larger than 4 GB";
    struct crl *crl = arena_alloc(a, sizeof *crl);
    if (!crl) {
        return -1;
    }
    if (der.n > UINT32_MAX) {
        return 0;
    }
    crl->der = der;
    crl->idp_reasons = CRL_ALL_REASONS;
    crl->expired_certs_since = UTC_NONE;
    *why = read_crl(crl);
    if (*why) {
        return 0;
    }
    if (!crl->number.p) {
        deviates(crl, "cRLNumber is missing");
    }
    if (!crl->aki.p) {
        deviates(crl, "authorityKeyIdentifier is missing");
    }
    crl->issuer_canonical = name_canonical(a, crl->issuer);
    if (!crl->issuer_canonical.p) {
        return -1;
    }
    *out = crl;
    return 0;
}

const char *crl_reason_name(int reason)
{
    static const char *const names[] = {
        "unspecified",   "keyCompromise",        "cACompromise",    "affiliationChanged",
        "superseded",    "cessationOfOperation", "certificateHold", "",
        "removeFromCRL", "privilegeWithdrawn",   "aACompromise"};
    return reason >= 0 && reason <= 10 ? names[reason] : "";
}
