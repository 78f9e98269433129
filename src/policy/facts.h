/*
 * facts - what the policy rows look at: one signature, its certificate and path, its times.
 */
#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include "asn1/cert.h"
#include "base/finding.h"
#include "satyapan/policy.h"

struct policy_facts {
    struct arena *arena;
    struct sp_findings *findings;
    const char *where;
    const struct sp_policy *policy;
    enum sp_document_kind document_kind;
    const char *applicant; /* NULL: not compared */
    struct cert *signer;   /* NULL when not found */
    struct cert *const *path;
    size_t path_count; /* 0: no path; the signer alone is looked at */
    bool is_timestamp; /* a time-stamp's own signature: rules for signers do not apply */
    enum oid digest;   /* of the signed content, OID_UNKNOWN when not supported */
    const char *digest_name;
    int64_t judged_at;    /* best signature time */
    int64_t now;          /* validation time */
    int64_t claimed_time; /* UTC_NONE when absent */
    bool time_proven;
};

/* Runs every row of the policy that applies; reasons go into facts->findings. */
void policy_apply(const struct policy_facts *facts);

/* Until when a digest may be relied on: it is acceptable at t. */
bool policy_digest_ok(enum oid digest, int64_t t);

#endif
