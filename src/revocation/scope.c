/*
 * scope - is this CRL about this certificate: distribution points (RFC 5280 4.2.1.13, 5.2.5,
 * 6.3.3).
 */
#include "asn1/der.h"
#include "asn1/name.h"
#include "revocation/gather.h"

/* A DistributionPointName: a list of GeneralName, or one name in canonical form. */
struct point {
    struct span full, relative;
};

struct distribution_point {
    struct point name;
    bool has_name, has_issuer;
    struct span crl_issuer; /* GeneralNames */
    uint32_t reasons;
};

/* in: fullName [0] or nameRelativeToCRLIssuer [1]. */
static int read_point(struct arena *a, struct span in, struct span issuer, struct point *out)
{
    struct der d;
    *out = (struct point){SPAN_NONE, SPAN_NONE};
    if (der_expect(&in, DER_CONTEXT_C(0), &d)) {
        out->full = d.body;
    } else if (der_expect(&in, DER_CONTEXT_C(1), &d)) {
        out->relative = name_canonical_relative(a, issuer, d.body);
        return out->relative.p ? 0 : -1;
    }
    return 0;
}

static int same_general_name(struct arena *a, const struct der *x, const struct der *y, bool *same)
{
    *same = false;
    if (x->tag != y->tag) {
        return 0;
    }
    if (x->tag != DER_CONTEXT_C(4)) {
        *same = span_eq(x->body, y->body);
        return 0;
    }
    struct span p = name_canonical(a, x->body), q = name_canonical(a, y->body);
    *same = p.p && q.p && span_eq(p, q);
    return p.p && q.p ? 0 : -1;
}

/* A GeneralNames list holds this directory name (canonical). */
static int names_hold(struct arena *a, struct span names, struct span canonical, bool *out)
{
    struct der d;
    *out = false;
    while (!*out && der_next(&names, &d)) {
        if (d.tag == DER_CONTEXT_C(4)) {
            struct span c = name_canonical(a, d.body);
            if (!c.p) {
                return -1;
            }
            *out = span_eq(c, canonical);
        }
    }
    return 0;
}

static int points_match(struct arena *a, const struct point *x, const struct point *y, bool *out)
{
    struct der p, q;
    *out = false;
    if (x->relative.p && y->relative.p) {
        *out = span_eq(x->relative, y->relative);
        return 0;
    }
    if (x->relative.p) {
        return names_hold(a, y->full, x->relative, out);
    }
    if (y->relative.p) {
        return names_hold(a, x->full, y->relative, out);
    }
    /* Both lists are of the same two objects each time; 64 x 64 pairs are plenty. */
    unsigned n = 0;
    for (struct span r = x->full; !*out && n < 4096 && der_next(&r, &p);) {
        for (struct span s = y->full; !*out && n < 4096 && der_next(&s, &q); n++) {
            if (same_general_name(a, &p, &q, out) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* The first directory name of a list, as a whole Name. */
static struct span first_directory_name(struct span names)
{
    struct der d;
    while (der_next(&names, &d)) {
        if (d.tag == DER_CONTEXT_C(4)) {
            return d.body;
        }
    }
    return SPAN_NONE;
}

static int read_distribution_point(struct arena *a, struct span in, struct span cert_issuer,
                                   struct distribution_point *out)
{
    struct der name = {0}, d;
    *out = (struct distribution_point){.reasons = CRL_ALL_REASONS};
    out->has_name = der_expect(&in, DER_CONTEXT_C(0), &name);
    if (der_expect(&in, DER_CONTEXT(1), &d) && !der_bits_flags(&d, &out->reasons)) {
        out->reasons = 0;
    }
    if (der_expect(&in, DER_CONTEXT_C(2), &d)) {
        out->has_issuer = true;
        out->crl_issuer = d.body;
    }
    struct span issuer = out->has_issuer ? first_directory_name(out->crl_issuer) : cert_issuer;
    return out->has_name ? read_point(a, name.body, issuer, &out->name) : 0;
}

/* RFC 5280 6.3.3 (b) for one distribution point. */
static int point_applies(struct arena *a, const struct crl *crl, const struct pool_cert *cert,
                         const struct distribution_point *dp, bool *out)
{
    struct point idp;
    *out = span_eq(crl->issuer_canonical, cert->issuer);
    if (dp->has_issuer) {
        if (!crl->indirect) {
            *out = false;
        } else if (names_hold(a, dp->crl_issuer, crl->issuer_canonical, out) < 0) {
            return -1;
        }
    }
    if (!*out || !crl->idp_point.p) {
        return 0;
    }
    if (read_point(a, crl->idp_point, crl->issuer, &idp) < 0) {
        return -1;
    }
    struct point from_issuer = {dp->crl_issuer, SPAN_NONE};
    return points_match(a, &idp, dp->has_name ? &dp->name : &from_issuer, out);
}

/* The point to assume when none fits: the certificate's issuer, all reasons (RFC 5280 6.3.3,
 * end). */
static int assumed_point(struct arena *a, const struct crl *crl, const struct pool_cert *cert,
                         bool *out)
{
    struct point idp, issuer = {SPAN_NONE, cert->issuer};
    *out = span_eq(crl->issuer_canonical, cert->issuer);
    if (!*out || !crl->idp_point.p) {
        return 0;
    }
    if (read_point(a, crl->idp_point, crl->issuer, &idp) < 0) {
        return -1;
    }
    return points_match(a, &idp, &issuer, out);
}

int crl_scope(struct arena *a, const struct crl *crl, const struct pool_cert *cert,
              uint32_t *reasons)
{
    const struct cert *c = cert->cert;
    const struct cert_ext *e = cert_ext(c, OID_EXT_CDP);
    struct der list, d;
    bool applies;
    *reasons = 0;
    if (crl->idp_attribute || (crl->idp_user && c->is_ca) || (crl->idp_ca && !c->is_ca)) {
        return 0;
    }
    if (assumed_point(a, crl, cert, &applies) < 0) {
        return -1;
    }
    *reasons |= applies ? CRL_ALL_REASONS : 0;
    if (e && der_only(e->value, DER_SEQUENCE, &list)) {
        for (struct span rest = list.body; der_expect(&rest, DER_SEQUENCE, &d);) {
            struct distribution_point dp;
            if (read_distribution_point(a, d.body, c->issuer, &dp) < 0 ||
                point_applies(a, crl, cert, &dp, &applies) < 0) {
                return -1;
            }
            *reasons |= applies ? dp.reasons : 0;
        }
    }
    *reasons &= crl->idp_reasons & CRL_ALL_REASONS;
    return 0;
}
