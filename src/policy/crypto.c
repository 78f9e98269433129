/*
 * crypto - which algorithms may be relied on at which date, as a table.
 *
 * ETSI TS 119 312 (suites), CCA's order (RSA-2048 and SHA-256 from 2012-01-01). A date in the table
 * is compared with a proven time, else with the time of validation. Keys and signatures of
 * certificates are judged with their path (src/chain/extra.c).
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

const struct policy_rule policy_rules_crypto[] = {
    {"content-digest", false, UTC_NONE, UTC_NONE, content_digest},
    {0},
};
