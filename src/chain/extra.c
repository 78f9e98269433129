/*
 * extra - checks of a path that X509_verify_cert does not make (or makes only for TLS).
 *
 * RFC 5280 4.1.2.2 (serial), 4.2.1.3 (key usage), 4.2.1.10 (name constraints), 4.2.1.12 (extended
 * key usage), RFC 3161 2.3 (time-stamping), TS 119 312 (algorithms). India-specific rows:
 * src/policy.
 */
#include "chain/validate.h"

#include <stdio.h>
#include <strings.h>

#include "asn1/der.h"
#include "asn1/key.h"
#include "asn1/strength.h"

/* What the checks share. */
struct look {
    struct arena *a;
    const struct path *path;
    const struct chain_question *q;
    const struct chain_options *o;
    struct sp_findings *findings;
};

static void say(const struct look *l, enum sp_reason reason, size_t i, const char *detail)
{
    finding_add(l->a, l->findings, reason, path_where(l->a, l->q->where, i),
                path_cert_name(l->a, l->path->certs[i]->cert), detail, NULL);
}

static void check_form(const struct look *l, size_t i)
{
    const struct cert *c = l->path->certs[i]->cert;
    if (c->ext_error) {
        say(l, SP_CHAIN_CONSTRAINTS, i,
            arena_printf(l->a, "extension %s is malformed", c->ext_error));
    }
    if (c->duplicate_ext) {
        say(l, SP_CHAIN_CONSTRAINTS, i, "an extension is there twice");
    }
    bool zero = c->serial.n == 1 && c->serial.p[0] == 0;
    if (zero || (c->serial.p[0] & 0x80) || c->serial.n > 20) {
        say(l, SP_CHAIN_PROFILE_DEVIATION, i, "serial number is not positive or over 20 octets");
    }
    if (cert_ext(c, OID_EXT_NAME_CONSTRAINTS) && !c->is_ca) {
        say(l, SP_CHAIN_PROFILE_DEVIATION, i, "name constraints in a certificate that is no CA");
    }
    const struct cert_ext *pc = cert_ext(c, OID_EXT_POLICY_CONSTRAINTS);
    const struct cert_ext *aia = cert_ext(c, OID_EXT_AIA);
    /* RFC 5280 4.2.1.11 tells CAs to make it critical; 6.1.4 (i) processes it either way, and 29
     * paths of PKITS (4.8.6, ...) that have it so are valid: minor. */
    if (pc && !pc->critical) {
        say(l, SP_CHAIN_PROFILE_MINOR, i, "policy constraints are not critical");
    }
    if (aia && aia->critical) {
        say(l, SP_CHAIN_PROFILE_DEVIATION, i, "authority information access is critical");
    }
}

/* A signature counts if it existed while its algorithm did: that of a certificate since the
 * certificate is proven, that of the leaf's key since the time asked about. */
static void check_algorithms(const struct look *l, size_t i)
{
    struct cert *c = l->path->certs[i]->cert;
    bool root = l->path->end == PATH_ROOT && i + 1 == l->path->n;
    int64_t at = l->q->time_proven ? l->q->time : l->q->now;
    if (i > 0) {
        at = path_proven(l->q, l->path->certs[i - 1]->cert);
    }
    if (!root && signature_weak(c->signature_alg_der, path_proven(l->q, c))) {
        say(l, SP_CHAIN_WEAK_SIGNATURE, i, oid_name(signature_digest(c->signature_alg_der)));
    }
    int64_t min_rsa = l->q->policy->min_rsa_bits, min_ec = l->q->policy->min_ec_bits;
    unsigned bits;
    if (key_rsa_bits(c->spki, &bits)) {
        if (at >= strength_rsa_until(bits, min_rsa)) {
            say(l, SP_CHAIN_WEAK_KEY, i, arena_printf(l->a, "RSA %u", bits));
        }
        return; /* faster than to ask the key, and it need not be made */
    }
    EVP_PKEY *key = cert_key(c);
    if (key && at >= strength_key_until(key, min_rsa, min_ec)) {
        int type = EVP_PKEY_get_base_id(key);
        const char *kind = type == EVP_PKEY_DSA ? "DSA" : type == EVP_PKEY_EC ? "EC" : "RSA";
        say(l, SP_CHAIN_WEAK_KEY, i, arena_printf(l->a, "%s %u", kind, cert_key_bits(c)));
    }
}

/* Short names of RFC 5280 4.2.1.12, or a dotted OID. */
static bool eku_allows(const struct cert *c, const char *wanted)
{
    const struct cert_ext *e = cert_ext(c, OID_EXT_EKU);
    struct der list, id;
    if (!e) {
        return true;
    }
    if (!der_only(e->value, DER_SEQUENCE, &list)) {
        return false;
    }
    for (struct span rest = list.body; der_expect(&rest, DER_OID, &id);) {
        enum oid known = oid_lookup(id.body);
        if (known == OID_EKU_ANY || oid_is(id.body, wanted) ||
            (known != OID_UNKNOWN && strcasecmp(oid_name(known), wanted) == 0)) {
            return true;
        }
    }
    return false;
}

/* Some purpose of the leaf is one the CA may issue for. */
static bool eku_overlap(const struct cert *leaf, const struct cert *ca)
{
    const struct cert_ext *e = cert_ext(leaf, OID_EXT_EKU);
    struct der list, id;
    if (!e || !cert_ext(ca, OID_EXT_EKU) || cert_has_eku(ca, OID_EKU_ANY)) {
        return true;
    }
    if (!der_only(e->value, DER_SEQUENCE, &list)) {
        return false;
    }
    const struct cert_ext *f = cert_ext(ca, OID_EXT_EKU);
    struct der ca_list, ca_id;
    if (!der_only(f->value, DER_SEQUENCE, &ca_list)) {
        return false;
    }
    for (struct span rest = list.body; der_expect(&rest, DER_OID, &id);) {
        bool any = oid_lookup(id.body) == OID_EKU_ANY;
        for (struct span in = ca_list.body; der_expect(&in, DER_OID, &ca_id);) {
            if (any || span_eq(id.body, ca_id.body)) {
                return true;
            }
        }
    }
    return false;
}

static void check_eku(const struct look *l, size_t i)
{
    const struct cert *c = l->path->certs[i]->cert, *leaf = l->path->certs[0]->cert;
    const char *wanted = l->q->purpose == CHAIN_TIMESTAMP ? oid_name(OID_EKU_TIME_STAMPING)
                         : l->o->eku                      ? l->o->eku
                         : l->o->tls_server               ? oid_name(OID_EKU_SERVER_AUTH)
                         : l->o->tls_client               ? oid_name(OID_EKU_CLIENT_AUTH)
                                                          : NULL;
    bool root = l->path->end == PATH_ROOT && i + 1 == l->path->n && i > 0;
    if (root || !c->has_eku) {
        return; /* trust anchors are names and keys (RFC 5280 6.1.1 (d)); their EKU binds nobody */
    }
    if (wanted ? !eku_allows(c, wanted) : i > 0 && !eku_overlap(leaf, c)) {
        say(l, SP_CHAIN_EXTENDED_KEY_USAGE, i, wanted ? wanted : "the purposes of the signer");
    }
}

/* RFC 3161 2.3: exactly one purpose, id-kp-timeStamping, critical. */
static void check_timestamp_leaf(const struct look *l)
{
    const struct cert *c = l->path->certs[0]->cert;
    const struct cert_ext *e = cert_ext(c, OID_EXT_EKU);
    struct der list, id;
    bool ok = e && e->critical && der_only(e->value, DER_SEQUENCE, &list) &&
              der_only(list.body, DER_OID, &id) && oid_lookup(id.body) == OID_EKU_TIME_STAMPING;
    if (!ok) {
        say(l, SP_CHAIN_TIMESTAMP_EKU, 0, NULL);
    }
}

/* A key that may sign documents at all. The Indian leaf profile has stricter rows of its own
 * (src/policy/india.c), so that one fact gives one reason. */
static void check_sign_leaf(const struct look *l)
{
    const struct cert *c = l->path->certs[0]->cert;
    if (!l->q->policy->india && c->has_key_usage &&
        !(c->key_usage & (USAGE_DIGITAL_SIGNATURE | USAGE_NON_REPUDIATION))) {
        say(l, SP_CHAIN_KEY_USAGE, 0, NULL);
    }
}

/* The next rfc822Name of a SubjectAltName list. */
static bool next_email(struct span *rest, struct span *out)
{
    struct der name;
    while (der_next(rest, &name)) {
        if (name.tag == DER_CONTEXT(1)) {
            *out = name.body;
            return true;
        }
    }
    return false;
}

static struct span alt_names(const struct cert *c)
{
    const struct cert_ext *e = cert_ext(c, OID_EXT_SAN);
    struct der list;
    return e && der_only(e->value, DER_SEQUENCE, &list) ? list.body : SPAN_NONE;
}

/* Mailbox of RFC 5280 4.2.1.6: one '@', neither side empty. */
static bool email_well_formed(struct span s)
{
    const uint8_t *at = s.n ? memchr(s.p, '@', s.n) : NULL;
    if (!at || at == s.p || at + 1 == s.p + s.n) {
        return false;
    }
    size_t tail = s.n - (size_t)(at - s.p) - 1;
    return !memchr(at + 1, '@', tail);
}

static void check_emails(const struct look *l)
{
    struct span email, names = alt_names(l->path->certs[0]->cert);
    bool constrained = false;
    for (size_t i = 1; i < l->path->n; i++) {
        constrained |= cert_ext(l->path->certs[i]->cert, OID_EXT_NAME_CONSTRAINTS) != NULL;
    }
    for (struct span rest = names; constrained && next_email(&rest, &email);) {
        if (!email_well_formed(email)) {
            say(l, SP_CHAIN_NAME_CONSTRAINTS, 0, "malformed e-mail address");
            break;
        }
    }
    for (size_t i = 0; i < l->o->email_count; i++) {
        bool found = false;
        for (struct span rest = names; !found && next_email(&rest, &email);) {
            found = email.n == strlen(l->o->emails[i]) &&
                    strncasecmp((const char *)email.p, l->o->emails[i], email.n) == 0;
        }
        if (!found) {
            say(l, SP_CHAIN_NAME_MISMATCH, 0, l->o->emails[i]);
        }
    }
}

/* Self-issued certificates do not count (RFC 5280 6.1.4 (l)). */
static void check_depth(const struct look *l)
{
    int n = 0;
    for (size_t i = 1; i + 1 < l->path->n; i++) {
        n += !cert_self_issued(l->path->certs[i]->cert);
    }
    if (l->o->depth >= 0 && n > l->o->depth) {
        say(l, SP_CHAIN_CONSTRAINTS, 0, "the path is longer than allowed");
    }
}

/* "*.example.com" may stand for "bar.example.com": refused when that is excluded. */
static bool wildcard_may_match(struct span wildcard, struct span excluded)
{
    struct span suffix = span_sub(wildcard, 1, wildcard.n); /* ".example.com" */
    return wildcard.n > 2 && wildcard.p[0] == '*' && excluded.n > suffix.n &&
           strncasecmp((const char *)excluded.p + excluded.n - suffix.n, (const char *)suffix.p,
                       suffix.n) == 0;
}

/* NameConstraints ::= SEQUENCE { [0] permitted, [1] excluded GeneralSubtrees } */
static struct span excluded_subtrees(const struct cert *c)
{
    const struct cert_ext *e = cert_ext(c, OID_EXT_NAME_CONSTRAINTS);
    struct der seq, d;
    if (!e || !der_only(e->value, DER_SEQUENCE, &seq)) {
        return SPAN_NONE;
    }
    struct span rest = seq.body;
    if (der_peek(rest) == DER_CONTEXT_C(0) && !der_next(&rest, &d)) {
        return SPAN_NONE;
    }
    return der_expect(&rest, DER_CONTEXT_C(1), &d) ? d.body : SPAN_NONE;
}

static bool wildcard_excluded(struct span names, struct span subtrees)
{
    struct der name, tree, base;
    unsigned n = 0;
    while (der_next(&names, &name)) {
        for (struct span t = subtrees; der_expect(&t, DER_SEQUENCE, &tree) && n < 65536; n++) {
            struct span in = tree.body;
            if (name.tag == DER_CONTEXT(2) && der_expect(&in, DER_CONTEXT(2), &base) &&
                wildcard_may_match(name.body, base.body)) {
                return true;
            }
        }
    }
    return n >= 65536;
}

static void check_wildcards(const struct look *l)
{
    struct span names = alt_names(l->path->certs[0]->cert);
    for (size_t i = 1; names.n && i < l->path->n; i++) {
        if (wildcard_excluded(names, excluded_subtrees(l->path->certs[i]->cert))) {
            say(l, SP_CHAIN_NAME_CONSTRAINTS, 0, "a wildcard name may stand for an excluded one");
            return;
        }
    }
}

int path_extra_checks(struct arena *a, const struct path *path,
                      const struct chain_question *question, const struct chain_options *options,
                      struct sp_findings *findings)
{
    struct look l = {a, path, question, options, findings};
    for (size_t i = 0; i < path->n; i++) {
        check_form(&l, i);
        check_algorithms(&l, i);
        check_eku(&l, i);
    }
    if (question->purpose == CHAIN_TIMESTAMP) {
        check_timestamp_leaf(&l);
    } else if (question->purpose == CHAIN_SIGN) {
        check_sign_leaf(&l);
    }
    check_emails(&l);
    check_wildcards(&l);
    check_depth(&l);
    return 0;
}
