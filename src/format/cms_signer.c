/*
 * cms_signer - see cms_signer.h.
 */
#include "format/cms_signer.h"

#include <stdlib.h>

#include "asn1/der.h"
#include "base/hash.h"
#include "base/utc.h"

struct work {
    struct arena *a;
    const struct cms_signer_check *in;
    struct sp_findings *findings;
    struct cms_signer_result *out;
};

static void report(struct work *w, enum sp_reason reason, const char *arg)
{
    finding_add(w->a, w->findings, reason, w->in->where, arg, NULL);
}

/* An attribute that must be there exactly once with one value (RFC 5652 11.1, 11.2). */
static bool single_value(struct work *w, enum oid id, uint8_t tag, struct der *value)
{
    size_t count;
    const struct cms_attr *attr = cms_attr(&w->in->signer->signed_attrs, id, &count);
    if (count == 1 && der_only(attr->values, tag, value)) {
        return true;
    }
    report(w, SP_CMS_ATTRIBUTE_MISSING, oid_name(id));
    return false;
}

/* content-type: must equal the content's type; must not be there in a counter-signature. */
static bool content_type_fits(struct work *w)
{
    struct der oid;
    size_t count;
    if (w->in->counter) {
        return true;
    }
    const struct cms_attr *attr =
        cms_attr(&w->in->signer->signed_attrs, OID_ATTR_CONTENT_TYPE, &count);
    if (!attr || count != 1 || !der_only(attr->values, DER_OID, &oid)) {
        report(w, SP_CMS_ATTRIBUTE_MISSING, oid_name(OID_ATTR_CONTENT_TYPE));
        return false;
    }
    if (span_eq(oid.body, w->in->content_type_oid)) {
        return true;
    }
    finding_add(w->a, w->findings, SP_CMS_CONTENT_TYPE, w->in->where, oid_dotted(w->a, oid.body),
                oid_dotted(w->a, w->in->content_type_oid), NULL);
    return false;
}

/* message-digest against the content. Unknown when the content was not given. */
static enum sp_tristate digest_fits(struct work *w)
{
    struct der value;
    if (!single_value(w, OID_ATTR_MESSAGE_DIGEST, DER_OCTET_STRING, &value)) {
        return SP_NO;
    }
    if (!w->in->content_digest.p) {
        finding_add(w->a, w->findings, SP_CMS_CONTENT_MISSING, w->in->where, w->out->digest_name,
                    hash_hex_str(w->a, value.body, false), NULL);
        return SP_UNKNOWN;
    }
    if (span_eq(value.body, w->in->content_digest)) {
        return SP_YES;
    }
    report(w, SP_CMS_DIGEST_MISMATCH, w->out->digest_name);
    return SP_NO;
}

static int by_octets(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* SET OF with the attributes in DER order (X.690 11.6); absent when memory is out. */
static struct span attributes_sorted(struct arena *a, const struct cms_attrs *attrs, bool *same)
{
    struct span *list = arena_array(a, attrs->count, sizeof *list);
    uint8_t *out = arena_alloc(a, attrs->stored.n + 8);
    if (!list || !out) {
        return SPAN_NONE;
    }
    size_t body = 0;
    *same = true;
    for (size_t i = 0; i < attrs->count; i++) {
        list[i] = attrs->items[i].whole;
        body += list[i].n;
        *same = *same && (i == 0 || span_cmp(list[i - 1], list[i]) <= 0);
    }
    qsort(list, attrs->count, sizeof *list, by_octets);
    size_t octets = body < 0x80        ? 0
                    : body < 0x100     ? 1
                    : body < 0x10000   ? 2
                    : body < 0x1000000 ? 3
                                       : 4;
    size_t n = 0;
    out[n++] = DER_SET;
    out[n++] = (uint8_t)(octets ? 0x80 | octets : body);
    for (size_t i = octets; i > 0; i--) {
        out[n++] = (uint8_t)(body >> 8 * (i - 1));
    }
    for (size_t i = 0; i < attrs->count; i++) {
        memcpy(out + n, list[i].p, list[i].n);
        n += list[i].n;
    }
    return span_make(out, n);
}

/* The signature over the signed attributes: as stored (tag [0] read as SET OF), else in DER order
 * (RFC 5652 5.4). */
static int value_over_attributes(struct work *w, EVP_PKEY *key, bool *good)
{
    const struct cms_attrs *attrs = &w->in->signer->signed_attrs;
    struct span stored = arena_dup(w->a, attrs->stored);
    uint8_t *first = arena_alloc(w->a, attrs->stored.n);
    bool same = true;
    struct span sorted = attributes_sorted(w->a, attrs, &same);
    if (!stored.p || !first || !sorted.p) {
        return -1;
    }
    memcpy(first, stored.p, stored.n);
    first[0] = DER_SET;
    algorithm_verify_message(key, &w->out->alg, span_make(first, stored.n),
                             w->in->signer->signature, good);
    if (!*good) {
        algorithm_verify_message(key, &w->out->alg, sorted, w->in->signer->signature, good);
    }
    if (*good && !same) {
        report(w, SP_CMS_ATTRIBUTE_ORDER, NULL);
    }
    return 0;
}

/* Without signed attributes the value is over the content itself. */
static enum sp_tristate value_over_content(struct work *w, EVP_PKEY *key)
{
    const struct cms_signer_check *in = w->in;
    bool good = false;
    if (!in->content_digest.p) {
        finding_add(w->a, w->findings, SP_CMS_CONTENT_MISSING, in->where, w->out->digest_name, "?",
                    NULL);
        return SP_UNKNOWN;
    }
    if (w->out->alg.family == SIG_EDDSA) {
        algorithm_verify_message(key, &w->out->alg, in->content, in->signer->signature, &good);
    } else {
        algorithm_verify_digest(key, &w->out->alg, in->content_digest, in->signer->signature,
                                &good);
    }
    return good ? SP_YES : SP_NO;
}

static void compare_algorithms(struct work *w)
{
    enum oid of_value = w->out->alg.digest, of_content = w->in->signer->digest;
    if (w->out->alg.family != SIG_EDDSA && of_value != of_content) {
        finding_add(w->a, w->findings, SP_CMS_DIGEST_DIFFERS, w->in->where, oid_name(of_content),
                    oid_name(of_value), NULL);
    }
}

/* CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, [1] signatureAlgorithm } (RFC 6211 2);
 * compared by OID: encoders differ in the NULL parameter. */
static void check_algorithm_protection(struct work *w)
{
    size_t count;
    const struct cms_attr *attr =
        cms_attr(&w->in->signer->signed_attrs, OID_ATTR_CMS_ALGORITHM_PROTECTION, &count);
    struct der seq, digest, sig, oid;
    struct span mine = SPAN_NONE;
    if (!attr) {
        return;
    }
    (void)algorithm_oid(w->in->signer->signature_alg, &mine);
    bool ok = count == 1 && der_only(attr->values, DER_SEQUENCE, &seq) &&
              der_expect(&seq.body, DER_SEQUENCE, &digest) &&
              der_expect(&digest.body, DER_OID, &oid) &&
              span_eq(oid.body, w->in->signer->digest_oid) &&
              der_expect(&seq.body, DER_CONTEXT_C(1), &sig) &&
              der_expect(&sig.body, DER_OID, &oid) && mine.p && span_eq(oid.body, mine);
    if (!ok) {
        report(w, SP_CMS_ALGORITHM_PROTECTION, NULL);
    }
}

/* The first ESSCertID or ESSCertIDv2 of an ESS attribute: hash algorithm, hash, issuerSerial. */
static bool first_ess(const struct cms_attr *attr, enum oid *digest, struct span *hash,
                      struct span *issuer_serial)
{
    struct der seq, list, id, d;
    if (!der_only(attr->values, DER_SEQUENCE, &seq) ||
        !der_expect(&seq.body, DER_SEQUENCE, &list) || !der_expect(&list.body, DER_SEQUENCE, &id)) {
        return false;
    }
    *digest = attr->id == OID_ATTR_SIGNING_CERTIFICATE ? OID_SHA1 : OID_SHA256;
    if (attr->id != OID_ATTR_SIGNING_CERTIFICATE && der_expect(&id.body, DER_SEQUENCE, &d)) {
        *digest = algorithm_oid(d.whole, NULL);
    }
    if (!der_expect(&id.body, DER_OCTET_STRING, &d)) {
        return false;
    }
    *hash = d.body;
    *issuer_serial = der_expect(&id.body, DER_SEQUENCE, &d) ? d.body : SPAN_NONE;
    return true;
}

/* IssuerSerial ::= SEQUENCE { GeneralNames, serial }: the one directoryName must be the issuer. */
static bool issuer_serial_fits(struct span in, const struct cert *cert)
{
    struct der names, name, dn, serial;
    if (!in.p) {
        return true;
    }
    return der_expect(&in, DER_SEQUENCE, &names) && der_expect(&in, DER_INTEGER, &serial) &&
           der_expect(&names.body, DER_CONTEXT_C(4), &name) &&
           der_expect(&name.body, DER_SEQUENCE, &dn) && span_eq(dn.whole, cert->issuer) &&
           span_eq(serial.body, cert->serial);
}

/* One ESS attribute: 1 binds this certificate, 0 does not. */
static bool ess_binds(const struct cms_attr *attr, const struct cert *cert)
{
    enum oid digest;
    struct span hash, issuer_serial;
    uint8_t mine[DIGEST_MAX];
    return first_ess(attr, &digest, &hash, &issuer_serial) &&
           algorithm_digest(digest, cert->der, mine) == 0 &&
           span_eq(hash, span_make(mine, algorithm_digest_size(digest))) &&
           issuer_serial_fits(issuer_serial, cert);
}

/* Every ESS attribute that is there must bind the certificate (RFC 5035 3, EN 319 122-1 5.2.2). */
static bool check_ess(struct work *w)
{
    static const enum oid ids[] = {OID_ATTR_SIGNING_CERTIFICATE_V2, OID_ATTR_SIGNING_CERTIFICATE};
    bool found = false, binds = true;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        size_t count;
        const struct cms_attr *attr = cms_attr(&w->in->signer->signed_attrs, ids[i], &count);
        if (attr) {
            found = true;
            binds = binds && count == 1 && ess_binds(attr, w->in->cert);
        }
    }
    if (found && !binds) {
        report(w, SP_CMS_ESS_MISMATCH, NULL);
    }
    if (!found && w->in->cades_required) {
        report(w, SP_CMS_CADES_ATTRIBUTES, "signing-certificate-v2");
    }
    return found && binds;
}

/* Exactly one value, in one attribute (RFC 5652 11.3); of several, none is believed. */
static void read_signing_time(struct work *w)
{
    size_t count;
    struct der value;
    const struct cms_attr *attr =
        cms_attr(&w->in->signer->signed_attrs, OID_ATTR_SIGNING_TIME, &count);
    struct span values = attr ? attr->values : SPAN_NONE;
    if (!attr) {
        return;
    }
    if (count != 1 || !der_next(&values, &value) || values.n ||
        !der_time(&value, &w->out->claimed_time)) {
        w->out->claimed_time = UTC_NONE;
        report(w, SP_CMS_SIGNING_TIME, NULL);
    }
}

static void describe_algorithms(struct work *w)
{
    const struct cms_signer *s = w->in->signer;
    w->out->claimed_time = UTC_NONE;
    w->out->alg_supported = algorithm_signature(s->signature_alg, s->digest, &w->out->alg) &&
                            algorithm_md(s->digest) != NULL;
    w->out->digest_name =
        s->digest != OID_UNKNOWN ? oid_name(s->digest) : oid_dotted(w->a, s->digest_oid);
    w->out->algorithm_name = algorithm_name(&w->out->alg, NULL);
}

/* The certificate's key, or NULL with the reason reported. */
static EVP_PKEY *signer_key(struct work *w)
{
    const struct cms_signer *s = w->in->signer;
    if (!w->in->cert) {
        const char *who =
            s->issuer.p ? cert_name_text(w->a, s->issuer) : hash_hex_str(w->a, s->ski, true);
        report(w, SP_CMS_SIGNER_CERT_MISSING, who ? who : "?");
        return NULL;
    }
    EVP_PKEY *key = cert_key(w->in->cert);
    if (!key) {
        report(w, SP_CMS_SIGNER_CERT_UNUSABLE, "its public key cannot be read");
    }
    return key;
}

static enum sp_tristate worse(enum sp_tristate a, enum sp_tristate b)
{
    return a == SP_NO || b == SP_NO             ? SP_NO
           : a == SP_UNKNOWN || b == SP_UNKNOWN ? SP_UNKNOWN
                                                : SP_YES;
}

static int check_with_attributes(struct work *w, EVP_PKEY *key)
{
    enum sp_tristate type = content_type_fits(w) ? SP_YES : SP_NO;
    enum sp_tristate digest = digest_fits(w), value = SP_UNKNOWN;
    if (key) {
        bool good = false;
        if (value_over_attributes(w, key, &good)) {
            return -1;
        }
        value = good ? SP_YES : SP_NO;
    }
    if (value == SP_NO) {
        report(w, SP_CMS_SIGNATURE_INVALID, NULL);
    }
    w->out->intact = worse(type, worse(digest, value));
    return 0;
}

/* SET OF Attribute with a message-digest: what a signer with attributes signs (RFC 5652 5.4). Given
 * as the content of a message without attributes, it has the same value. */
static bool are_attributes(struct span content)
{
    struct der set, attr, oid;
    if (!der_only(content, DER_SET, &set)) {
        return false;
    }
    while (der_expect(&set.body, DER_SEQUENCE, &attr) && der_expect(&attr.body, DER_OID, &oid)) {
        if (oid_lookup(oid.body) == OID_ATTR_MESSAGE_DIGEST) {
            return true;
        }
    }
    return false;
}

static void check_without_attributes(struct work *w, EVP_PKEY *key)
{
    const struct cms_signer_check *in = w->in;
    if (!in->counter && in->content.p && are_attributes(in->content)) {
        report(w, SP_CMS_ATTRIBUTES_AS_CONTENT, NULL);
    }
    if (!in->counter && in->content_type != OID_DATA) { /* 5.3: then they must be there */
        report(w, SP_CMS_ATTRIBUTE_MISSING, oid_name(OID_ATTR_CONTENT_TYPE));
    }
    if (w->in->cades_required) {
        report(w, SP_CMS_CADES_ATTRIBUTES, "signed attributes");
    } else if (!w->in->counter) {
        report(w, SP_CMS_NO_SIGNED_ATTRIBUTES, NULL);
    }
    w->out->intact = key ? value_over_content(w, key) : SP_UNKNOWN;
    if (w->out->intact == SP_NO) {
        report(w, SP_CMS_SIGNATURE_INVALID, NULL);
    }
    if (finding_has(w->findings, SP_CMS_ATTRIBUTES_AS_CONTENT) ||
        finding_has(w->findings, SP_CMS_ATTRIBUTE_MISSING)) {
        w->out->intact = SP_NO;
    }
}

int cms_signer_check(struct arena *a, const struct cms_signer_check *check,
                     struct sp_findings *findings, struct cms_signer_result *out)
{
    *out = (struct cms_signer_result){.intact = SP_UNKNOWN};
    struct work w = {a, check, findings, out};
    describe_algorithms(&w);
    if (!w.out->digest_name) {
        return -1;
    }
    EVP_PKEY *key = signer_key(&w);
    if (!out->alg_supported) {
        struct span oid;
        (void)algorithm_oid(check->signer->signature_alg, &oid);
        const char *name = oid_dotted(a, oid);
        finding_add(a, findings, SP_CMS_ALGORITHM_UNSUPPORTED, check->where, name ? name : "?",
                    NULL);
        return 0;
    }
    out->algorithm_name = algorithm_name(&out->alg, key);
    compare_algorithms(&w);
    if (!check->signer->signed_attrs.stored.p) {
        check_without_attributes(&w, key);
        return 0;
    }
    read_signing_time(&w);
    check_algorithm_protection(&w);
    out->cades = check->cert && check_ess(&w);
    return check_with_attributes(&w, key);
}

struct span cms_signer_ess_sha256(const struct cms_signer *signer)
{
    size_t count;
    const struct cms_attr *attr =
        cms_attr(&signer->signed_attrs, OID_ATTR_SIGNING_CERTIFICATE_V2, &count);
    enum oid digest;
    struct span hash, rest;
    if (attr && first_ess(attr, &digest, &hash, &rest) && digest == OID_SHA256 && hash.n == 32) {
        return hash;
    }
    return SPAN_NONE;
}
