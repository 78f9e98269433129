/*
 * cert_lint - `cert lint`: departures of one certificate from RFC 5280 and the Indian leaf profile.
 *
 * A table of rows; a row is a question about the certificate alone. What needs a path or a time is
 * asked by `cert check`. The Indian rows (CCA Interoperability Guidelines) look at leaves only.
 */
#include "cli/cert_run.h"

#include <jansson.h>

#include "asn1/strength.h"
#include "asn1/der.h"
#include "base/mem.h"
#include "base/utc.h"
#include "chain/sigcheck.h"

enum { LINT_MEMORY = 64 * 1024 * 1024 };

enum lint_scope { LINT_ANY, LINT_CA, LINT_LEAF };

struct lint_row {
    const char *id, *level, *cite, *text;
    enum lint_scope scope;
    bool (*wrong)(struct arena *a, struct cert *c);
};

static bool has(const struct cert *c, enum oid ext)
{
    return cert_ext(c, ext) != NULL;
}

static bool critical(const struct cert *c, enum oid ext)
{
    const struct cert_ext *e = cert_ext(c, ext);
    return e && e->critical;
}

static bool serial(struct arena *a, struct cert *c)
{
    (void)a;
    return (c->serial.p[0] & 0x80) || c->serial.n > 20 || (c->serial.n == 1 && !c->serial.p[0]);
}

static bool malformed(struct arena *a, struct cert *c)
{
    (void)a;
    return c->ext_error || c->duplicate_ext;
}

static bool version(struct arena *a, struct cert *c)
{
    (void)a;
    return c->ext_count > 0 && c->version != 3;
}

static bool unusable_key(struct arena *a, struct cert *c)
{
    (void)a;
    return !cert_key(c);
}

static bool weak_signature(struct arena *a, struct cert *c)
{
    (void)a;
    return signature_weak(c->signature_alg_der, c->not_before);
}

static bool weak_key(struct arena *a, struct cert *c)
{
    (void)a;
    EVP_PKEY *key = cert_key(c);
    return key && c->not_before >= strength_key_until(key, 2048, 256);
}

static bool ski(struct arena *a, struct cert *c)
{
    (void)a;
    return !c->ski.p || critical(c, OID_EXT_SKI);
}

static bool aki(struct arena *a, struct cert *c)
{
    (void)a;
    return (!c->aki.p && !cert_self_issued(c)) || critical(c, OID_EXT_AKI);
}

static bool ca_basic(struct arena *a, struct cert *c)
{
    (void)a;
    return !critical(c, OID_EXT_BASIC_CONSTRAINTS);
}

static bool ca_usage(struct arena *a, struct cert *c)
{
    (void)a;
    return !c->has_key_usage || !(c->key_usage & USAGE_KEY_CERT_SIGN);
}

static bool ca_subject(struct arena *a, struct cert *c)
{
    struct der d;
    (void)a;
    return !der_only(c->subject, DER_SEQUENCE, &d) || d.body.n == 0;
}

static bool leaf_constraints(struct arena *a, struct cert *c)
{
    (void)a;
    return has(c, OID_EXT_NAME_CONSTRAINTS) ||
           (c->has_key_usage && (c->key_usage & USAGE_KEY_CERT_SIGN)) || c->path_len >= 0;
}

static bool unknown_critical(struct arena *a, struct cert *c)
{
    (void)a;
    for (size_t i = 0; i < c->ext_count; i++) {
        if (c->exts[i].critical && c->exts[i].id == OID_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static bool reversed(struct arena *a, struct cert *c)
{
    (void)a;
    return c->not_after < c->not_before;
}

/* ---- Indian leaf profile ---- */

static bool no_name(struct arena *a, struct cert *c)
{
    return !cert_name_attr(a, c->subject, OID_AT_COMMON_NAME);
}

static bool no_organization(struct arena *a, struct cert *c)
{
    return !cert_name_attr(a, c->subject, OID_AT_ORGANIZATION);
}

static bool country(struct arena *a, struct cert *c)
{
    const char *s = cert_name_attr(a, c->subject, OID_AT_COUNTRY);
    return !s || strcmp(s, "IN") != 0;
}

static bool sign_usage(struct arena *a, struct cert *c)
{
    uint32_t both = USAGE_DIGITAL_SIGNATURE | USAGE_NON_REPUDIATION;
    (void)a;
    return !critical(c, OID_EXT_KEY_USAGE) || (c->key_usage & both) != both;
}

static bool sign_eku(struct arena *a, struct cert *c)
{
    static const enum oid fit[] = {OID_EKU_EMAIL_PROTECTION, OID_EKU_MS_DOCUMENT_SIGNING,
                                   OID_EKU_ADOBE_AUTHENTIC, OID_EKU_DOCUMENT_SIGNING, OID_EKU_ANY};
    (void)a;
    for (size_t i = 0; i < sizeof fit / sizeof *fit; i++) {
        if (cert_has_eku(c, fit[i])) {
            return false;
        }
    }
    return c->has_eku;
}

static bool no_crl(struct arena *a, struct cert *c)
{
    (void)a;
    return !has(c, OID_EXT_CDP);
}

static bool no_ocsp(struct arena *a, struct cert *c)
{
    const char *uri[1];
    return cert_uris(a, c, OID_AD_OCSP, uri, 1) == 0;
}

static bool no_class(struct arena *a, struct cert *c)
{
    static const enum oid known[] = {OID_INDIA_CLASS1, OID_INDIA_CLASS2, OID_INDIA_CLASS3,
                                     OID_INDIA_ESIGN_OTP, OID_INDIA_ESIGN_BIOMETRIC};
    const struct cert_ext *e = cert_ext(c, OID_EXT_POLICIES);
    struct der list, d, id;
    (void)a;
    if (!e || !der_only(e->value, DER_SEQUENCE, &list)) {
        return true;
    }
    for (struct span rest = list.body; der_expect(&rest, DER_SEQUENCE, &d);) {
        struct span in = d.body;
        for (size_t i = 0; der_expect(&in, DER_OID, &id) && i < sizeof known / sizeof *known; i++) {
            if (oid_lookup(id.body) == known[i]) {
                return false;
            }
            in = d.body;
        }
    }
    return true;
}

static bool long_life(struct arena *a, struct cert *c)
{
    (void)a;
    return c->not_after - c->not_before > (int64_t)(3 * 366 + 2) * 86400;
}

static const struct lint_row rows[] = {
    {"rfc5280.version", "error", "RFC 5280 4.1.2.1", "extensions need version 3", LINT_ANY,
     version},
    {"rfc5280.serial", "error", "RFC 5280 4.1.2.2",
     "the serial number must be positive and at most 20 octets", LINT_ANY, serial},
    {"rfc5280.validity", "error", "RFC 5280 4.1.2.5", "it ends before it begins", LINT_ANY,
     reversed},
    {"rfc5280.extension", "error", "RFC 5280 4.2", "an extension is malformed or there twice",
     LINT_ANY, malformed},
    {"rfc5280.unknown-critical", "error", "RFC 5280 4.2",
     "a critical extension is not known: nobody else will accept it", LINT_ANY, unknown_critical},
    {"key.unusable", "error", "RFC 5280 4.1.2.7", "the public key cannot be used", LINT_ANY,
     unusable_key},
    {"key.weak", "error", "CCA IOG; TS 119 312", "the key is weaker than RSA-2048 or P-256",
     LINT_ANY, weak_key},
    {"signature.weak", "error", "CCA IOG; TS 119 312", "signed with MD5, or with SHA-1 after 2011",
     LINT_ANY, weak_signature},
    {"rfc5280.aki", "warning", "RFC 5280 4.2.1.1",
     "the authority key identifier is missing or critical", LINT_ANY, aki},
    {"rfc5280.ca-subject", "error", "RFC 5280 4.1.2.6", "a CA needs a name", LINT_CA, ca_subject},
    {"rfc5280.ca-ski", "warning", "RFC 5280 4.2.1.2",
     "a CA needs a subject key identifier that is not critical", LINT_CA, ski},
    {"rfc5280.ca-basic", "warning", "RFC 5280 4.2.1.9",
     "the basic constraints of a CA must be critical", LINT_CA, ca_basic},
    {"rfc5280.ca-usage", "error", "RFC 5280 4.2.1.3", "a CA needs the key usage keyCertSign",
     LINT_CA, ca_usage},
    {"rfc5280.leaf-ca-fields", "error", "RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.10",
     "keyCertSign, a path length or name constraints in a certificate that is no CA", LINT_LEAF,
     leaf_constraints},
    {"india.common-name", "error", "CCA IOG, DSC profile", "the subject has no common name",
     LINT_LEAF, no_name},
    {"india.organization", "warning", "CCA IOG, DSC profile",
     "the subject has no organisation (\"Personal\" for a natural person)", LINT_LEAF,
     no_organization},
    {"india.country", "warning", "CCA IOG, DSC profile", "the country is not IN", LINT_LEAF,
     country},
    {"india.key-usage", "error", "CCA IOG, DSC profile",
     "key usage must be critical with digitalSignature and nonRepudiation", LINT_LEAF, sign_usage},
    {"india.extended-key-usage", "error", "CCA IOG, DSC profile",
     "no extended key usage that fits signing documents or mail", LINT_LEAF, sign_eku},
    {"india.class", "error", "CCA IOG, policy OIDs",
     "no policy OID of class 1, 2, 3 or eSign (2.16.356.100.2)", LINT_LEAF, no_class},
    {"india.crl", "error", "CCA IOG, DSC profile", "no CRL distribution point", LINT_LEAF, no_crl},
    {"india.ocsp", "note", "CCA IOG, DSC profile", "no OCSP address", LINT_LEAF, no_ocsp},
    {"india.lifetime", "warning", "CCA IOG, DSC profile", "valid for more than three years",
     LINT_LEAF, long_life},
};

static bool applies(const struct lint_row *row, const struct cert *c)
{
    return row->scope == LINT_ANY || (row->scope == LINT_CA) == c->is_ca;
}

static int add_json(json_t *list, const struct lint_row *row)
{
    return json_array_append_new(list, json_pack("{ss ss ss ss}", "id", row->id, "level",
                                                 row->level, "cite", row->cite, "text", row->text));
}

/* Writes the rows that are wrong. Returns 0 or -1. */
static int print(struct arena *a, struct cert *c, bool json, struct buffer *out, size_t *count)
{
    json_t *list = json_array();
    int rc = list ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < sizeof rows / sizeof *rows; i++) {
        if (!applies(&rows[i], c) || !rows[i].wrong(a, c)) {
            continue;
        }
        *count += strcmp(rows[i].level, "note") != 0;
        rc = add_json(list, &rows[i]);
        if (!json) {
            buffer_printf(out, "%-8s %-26s %s (%s)\n", rows[i].level, rows[i].id, rows[i].text,
                          rows[i].cite);
        }
    }
    char *text = rc == 0 && json ? json_dumps(list, JSON_COMPACT) : NULL;
    if (json) {
        buffer_printf(out, "{\"schema\":\"satyapan-lint/1\",\"deviations\":%s}\n",
                      text ? text : "[]");
        rc = text ? rc : -1;
    } else if (*count == 0) {
        buffer_str(out, "no deviation found\n");
    }
    mem_free(text);
    json_decref(list);
    return rc;
}

enum exit_code cert_lint_run(struct span file, bool json, struct buffer *out)
{
    uint64_t failures = mem_failures();
    struct cert *cert;
    const char *why;
    size_t count = 0;
    struct arena *a = arena_new(LINT_MEMORY);
    enum exit_code code = a ? cert_first(a, file, &cert, &why) : EXIT_INTERNAL;
    if (code == EXIT_DATA) {
        buffer_printf(out, "not a certificate: %s\n", why);
    } else if (code == EXIT_GOOD) {
        int rc = print(a, cert, json, out, &count);
        code = rc < 0 || mem_failures() != failures ? EXIT_INTERNAL
               : count > 0                          ? EXIT_BAD
                                                    : EXIT_GOOD;
    }
    arena_free(a);
    return code;
}
