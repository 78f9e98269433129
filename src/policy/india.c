/*
 * india - the Indian leaf profile as rows: key usage, purpose, class, document signer, eSign.
 *
 * CCA Interoperability Guidelines (certificate profiles), CCA CP, document signer guidelines. The
 * leaf's own policy OIDs are read; RFC 5280 explicit-policy processing is never used here: CA
 * certificates assert only 2.16.356.100.2, so the policy tree empties on a good path.
 */
#include <stdio.h>

#include "asn1/der.h"
#include "base/buffer.h"
#include "base/utc.h"
#include "policy/organisation.h"
#include "policy/rules.h"

#define CLASS2_END ((int64_t)1609459200) /* 2021-01-01T00:00:00Z */

enum { DAY = 86400 };

static bool judged(const struct policy_facts *f)
{
    return f->signer && !f->is_timestamp;
}

static void add(const struct policy_facts *f, enum sp_reason reason, const char *arg)
{
    finding_add(f->arena, f->findings, reason, f->where, arg, NULL);
}

static void add_number(const struct policy_facts *f, enum sp_reason reason, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    add(f, reason, text);
}

static void key_usage(const struct policy_facts *f)
{
    if (!judged(f)) {
        return;
    }
    uint32_t ku = f->signer->has_key_usage ? f->signer->key_usage : 0;
    uint32_t sign = ku & (USAGE_DIGITAL_SIGNATURE | USAGE_NON_REPUDIATION);
    if (sign == 0 &&
        (ku & (USAGE_KEY_ENCIPHERMENT | USAGE_DATA_ENCIPHERMENT | USAGE_KEY_AGREEMENT))) {
        add(f, SP_POLICY_ENCRYPTION_CERT, NULL);
    } else if (sign == 0) {
        add(f, SP_POLICY_NO_SIGN_USAGE, NULL);
    } else if (sign == USAGE_DIGITAL_SIGNATURE) {
        add(f, SP_POLICY_KEY_USAGE, "digitalSignature");
    } else if (sign == USAGE_NON_REPUDIATION) {
        add(f, SP_POLICY_KEY_USAGE, "nonRepudiation");
    }
}

/* The extended key usages as text, for the reason. */
static const char *usages(const struct policy_facts *f)
{
    const struct cert_ext *ext = cert_ext(f->signer, OID_EXT_EKU);
    struct der seq, d;
    struct buffer b;
    buffer_init(&b, 1024);
    if (ext && der_only(ext->value, DER_SEQUENCE, &seq)) {
        while (der_expect(&seq.body, DER_OID, &d)) {
            enum oid id = oid_lookup(d.body);
            const char *name = id == OID_UNKNOWN ? oid_dotted(f->arena, d.body) : oid_name(id);
            buffer_printf(&b, "%s%s", b.n ? ", " : "", name ? name : "?");
        }
    }
    const char *text = buffer_ok(&b) ? arena_str(f->arena, buffer_span(&b)) : "...";
    buffer_free(&b);
    return text;
}

/* If there is an EKU it must name a purpose that signs documents; clientAuth only beside one. */
static void extended_key_usage(const struct policy_facts *f)
{
    static const enum oid allowed[] = {OID_EKU_EMAIL_PROTECTION, OID_EKU_MS_DOCUMENT_SIGNING,
                                       OID_EKU_ADOBE_AUTHENTIC, OID_EKU_DOCUMENT_SIGNING,
                                       OID_EKU_ANY};
    if (!judged(f) || !f->signer->has_eku) {
        return;
    }
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (cert_has_eku(f->signer, allowed[i])) {
            return;
        }
    }
    const char *text = usages(f);
    add(f, SP_POLICY_EKU, text ? text : "?");
}

static bool has(const struct policy_facts *f, const char *policy)
{
    return cert_has_policy(f->signer, policy);
}

static bool is_esign(const struct policy_facts *f)
{
    return has(f, "2.16.356.100.2.4.1") || has(f, "2.16.356.100.2.4.2");
}

/* The certification body accepts one of its policies beside class 3. */
static bool is_accepted(const struct policy_facts *f)
{
    for (size_t i = 0; i < f->policy->accepted_policies.count; i++) {
        if (has(f, f->policy->accepted_policies.items[i])) {
            return true;
        }
    }
    return false;
}

static bool is_document_signer(const struct policy_facts *f)
{
    return has(f, "2.16.356.100.10.1");
}

/* The policy OIDs as text, for the reason. */
static const char *policies(const struct policy_facts *f)
{
    const struct cert_ext *ext = cert_ext(f->signer, OID_EXT_POLICIES);
    struct der seq, info, d;
    struct buffer b;
    buffer_init(&b, 1024);
    if (ext && der_only(ext->value, DER_SEQUENCE, &seq)) {
        while (der_expect(&seq.body, DER_SEQUENCE, &info)) {
            const char *text =
                der_expect(&info.body, DER_OID, &d) ? oid_dotted(f->arena, d.body) : NULL;
            buffer_printf(&b, "%s%s", b.n ? ", " : "", text ? text : "?");
        }
    }
    const char *text = buffer_ok(&b) && b.n ? arena_str(f->arena, buffer_span(&b)) : "-";
    buffer_free(&b);
    return text;
}

static void certificate_class(const struct policy_facts *f)
{
    if (!judged(f) || is_esign(f) || has(f, "2.16.356.100.2.3") || is_accepted(f)) {
        return;
    }
    if (has(f, "2.16.356.100.2.2")) {
        if (f->signer->not_before >= CLASS2_END) {
            add(f, SP_POLICY_CLASS2, NULL);
        }
    } else if (has(f, "2.16.356.100.2.1") || has(f, "2.16.356.100.2.0")) {
        add(f, SP_POLICY_CLASS1, has(f, "2.16.356.100.2.1") ? "1" : "0");
    } else if (!is_document_signer(f)) {
        const char *text = policies(f);
        add(f, SP_POLICY_CLASS_UNKNOWN, text ? text : "?");
    }
}

static void document_signer(const struct policy_facts *f)
{
    if (!judged(f) || !is_document_signer(f)) {
        return;
    }
    const char *name = cert_name_attr(f->arena, f->signer->subject, OID_AT_COMMON_NAME);
    bool seal_is_fine = f->policy->accept_document_signer || f->document_kind != SP_DOC_DECLARATION;
    add(f, seal_is_fine ? SP_POLICY_SEAL : SP_POLICY_DOCUMENT_SIGNER, name ? name : "?");
}

/* CCA IOG, end-entity profile: basicConstraints absent or CA FALSE. */
static void end_entity(const struct policy_facts *f)
{
    if (judged(f) && f->signer->is_ca) {
        const char *name = cert_name_attr(f->arena, f->signer->subject, OID_AT_COMMON_NAME);
        finding_add(f->arena, f->findings, SP_CHAIN_PROFILE_DEVIATION, f->where, name ? name : "?",
                    "it is a CA's certificate, not a signer's", NULL);
    }
}

static void esign(const struct policy_facts *f)
{
    if (!judged(f) || !is_esign(f)) {
        return;
    }
    if (!f->policy->accept_esign) {
        add(f, SP_POLICY_ESIGN, NULL);
    }
    int64_t life = f->signer->not_after - f->signer->not_before;
    if (f->policy->esign_max_life_seconds > 0 && life > f->policy->esign_max_life_seconds) {
        add_number(f, SP_POLICY_ESIGN_LIFE, life / 60);
    }
}

static void lifetime(const struct policy_facts *f)
{
    if (!judged(f)) {
        return;
    }
    int64_t days = (f->signer->not_after - f->signer->not_before) / DAY;
    if (f->policy->max_life_days > 0 && days > f->policy->max_life_days) {
        add_number(f, SP_POLICY_LIFETIME, days);
    }
}

static void applicant(const struct policy_facts *f)
{
    if (!judged(f) || !f->applicant) {
        return;
    }
    const char *org = cert_name_attr(f->arena, f->signer->subject, OID_AT_ORGANIZATION);
    if (!organisation_match(org, f->applicant)) {
        finding_add(f->arena, f->findings, SP_POLICY_APPLICANT, f->where, org ? org : "-",
                    f->applicant, NULL);
    }
}

const struct policy_rule policy_rules_india[] = {
    {"key-usage", true, UTC_NONE, UTC_NONE, key_usage},
    {"extended-key-usage", true, UTC_NONE, UTC_NONE, extended_key_usage},
    {"class", true, UTC_NONE, UTC_NONE, certificate_class},
    {"document-signer", true, UTC_NONE, UTC_NONE, document_signer},
    {"end-entity", true, UTC_NONE, UTC_NONE, end_entity},
    {"esign", true, UTC_NONE, UTC_NONE, esign},
    {"lifetime", true, UTC_NONE, UTC_NONE, lifetime},
    {"applicant", false, UTC_NONE, UTC_NONE, applicant},
    {0},
};
