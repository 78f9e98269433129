/*
 * crypto - may the digest of the signed content be relied on.
 *
 * The dates are in asn1/strength.c, for everything that is signed. They are compared with a proven
 * time, else with the time of validation. Keys and signatures of certificates are judged with
 * their path (src/chain/extra.c).
 */
#include "policy/rules.h"

#include "asn1/strength.h"
#include "base/utc.h"

bool policy_digest_ok(enum oid digest, int64_t t)
{
    return t < strength_digest_until(digest);
}

static int64_t reference_time(const struct policy_facts *f)
{
    return f->time_proven ? f->judged_at : f->now;
}

static void content_digest(const struct policy_facts *f)
{
    if (f->digest == OID_UNKNOWN || policy_digest_ok(f->digest, reference_time(f))) {
        return;
    }
    /* SHA-1 has a switch of its own, because it is still seen; nothing older may pass by it. */
    finding_add(f->arena, f->findings,
                f->digest == OID_SHA1 ? SP_POLICY_WEAK_DIGEST : SP_POLICY_BROKEN_DIGEST, f->where,
                f->digest_name, NULL);
}

const struct policy_rule policy_rules_crypto[] = {
    {"content-digest", false, UTC_NONE, UTC_NONE, content_digest},
    {0},
};
