/*
 * crypto - which algorithms may be relied on at which date, as a table.
 *
 * ETSI TS 119 312 (suites), CCA's order (RSA-2048 and SHA-256 from 2012-01-01). A date in the table is
 * compared with a proven time, else with the time of validation.
 */
#include "policy/rules.h"

#include "asn1/algorithm.h"
#include "base/utc.h"

struct digest_row {
    enum oid digest;
    int64_t until; /* first second it may no longer be relied on; UTC_NONE: no end set */
    const char *source;
};

static const struct digest_row digest_rows[] = {
    {OID_MD5, 1072915200, "TS 119 312 (not listed since the first edition); 2004-01-01"},
    {OID_SHA1, 1325376000, "CCA order, SHA-256 from 2012-01-01"},
    {OID_RIPEMD160, 1325376000, "TS 119 312"},
    {OID_SHA224, 1893456000, "TS 119 312; 2030-01-01"},
    {OID_SHA256, UTC_NONE, "TS 119 312"},
    {OID_SHA384, UTC_NONE, "TS 119 312"},
    {OID_SHA512, UTC_NONE, "TS 119 312"},
    {OID_SHA512_256, UTC_NONE, "TS 119 312"},
    {OID_SHA3_256, UTC_NONE, "TS 119 312"},
    {OID_SHA3_384, UTC_NONE, "TS 119 312"},
    {OID_SHA3_512, UTC_NONE, "TS 119 312"},
    {OID_SHAKE256, UTC_NONE, "RFC 8419"},
    {OID_SHAKE256_LEN, UTC_NONE, "RFC 8419"},
};

bool policy_digest_ok(enum oid digest, int64_t t)
{
    for (size_t i = 0; i < sizeof digest_rows / sizeof *digest_rows; i++) {
        if (digest_rows[i].digest == digest) {
            return digest_rows[i].until == UTC_NONE || t < digest_rows[i].until;
        }
    }
    return false;
}

bool policy_key_ok(const struct sp_policy *policy, struct cert *cert, unsigned *bits)
{
    EVP_PKEY *key = cert_key(cert);
    *bits = cert_key_bits(cert);
    if (!key) {
        return true; /* reported as unusable elsewhere */
    }
    int id = EVP_PKEY_get_base_id(key);
    if (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS || id == EVP_PKEY_DSA) {
        return *bits >= policy->min_rsa_bits;
    }
    return id != EVP_PKEY_EC || *bits >= policy->min_ec_bits;
}

static int64_t reference_time(const struct policy_facts *f)
{
    return f->time_proven ? f->judged_at : f->now;
}

static void content_digest(const struct policy_facts *f)
{
    if (f->digest != OID_UNKNOWN && !policy_digest_ok(f->digest, reference_time(f))) {
        finding_add(f->arena, f->findings, SP_POLICY_WEAK_DIGEST, f->where, f->digest_name, NULL);
    }
}

/* The members of the path whose key or signature counts: all but the anchor's own signature. */
static void each_member(const struct policy_facts *f,
                        void (*check)(const struct policy_facts *, struct cert *,
                                      const char *where))
{
    if (f->path_count == 0 && f->signer) {
        check(f, f->signer, f->where);
    }
    for (size_t i = 0; i < f->path_count; i++) {
        bool anchor = i + 1 == f->path_count && i > 0;
        char *where = arena_printf(f->arena, "%s.chain[%zu]", f->where, i);
        if (where && !anchor) {
            check(f, f->path[i], where);
        }
    }
}

static const char *name_of(const struct policy_facts *f, const struct cert *c)
{
    const char *cn = cert_name_attr(f->arena, c->subject, OID_AT_COMMON_NAME);
    return cn ? cn : "?";
}

static void check_key(const struct policy_facts *f, struct cert *c, const char *where)
{
    unsigned bits;
    if (!policy_key_ok(f->policy, c, &bits)) {
        const char *text = arena_printf(f->arena, "%u", bits);
        finding_add(f->arena, f->findings, SP_POLICY_WEAK_KEY, where, name_of(f, c), text, NULL);
    }
}

static void check_certificate_digest(const struct policy_facts *f, struct cert *c,
                                     const char *where)
{
    struct signature_alg alg;
    if (algorithm_signature(c->signature_alg_der, OID_UNKNOWN, &alg) && alg.digest != OID_UNKNOWN &&
        !policy_digest_ok(alg.digest, reference_time(f))) {
        finding_add(f->arena, f->findings, SP_POLICY_WEAK_CERT, where, name_of(f, c),
                    oid_name(alg.digest), NULL);
    }
}

static void keys(const struct policy_facts *f)
{
    each_member(f, check_key);
}

static void certificate_digests(const struct policy_facts *f)
{
    each_member(f, check_certificate_digest);
}

const struct policy_rule policy_rules_crypto[] = {
    {"content-digest", false, UTC_NONE, UTC_NONE, content_digest},
    {"key-size", false, UTC_NONE, UTC_NONE, keys},
    {"certificate-digest", false, UTC_NONE, UTC_NONE, certificate_digests},
    {0},
};
