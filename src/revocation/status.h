/*
 * status - was this certificate revoked at time T: from all CRLs and OCSP answers at hand.
 *
 * RFC 5280 6.3, RFC 6960, EN 319 102-1 5.2.5 and 5.2.6. A revocation in any trusted source wins;
 * "good" needs evidence that covers all reasons, is fresh enough for T and comes from a trusted
 * signer. Nothing is fetched: what is missing is a finding that names where the answer would be,
 * and a want (chain/want.h).
 */
#ifndef REVOCATION_STATUS_H
#define REVOCATION_STATUS_H

#include "chain/entry.h"
#include "chain/want.h"

enum revocation_outcome { REVOCATION_GOOD, REVOCATION_REVOKED, REVOCATION_UNKNOWN };

/* One path whose members are asked about. */
struct revocation_context {
    struct arena *a;
    struct pool *pool;
    const struct sp_policy *policy;
    struct pool_cert *const *path; /* leaf first, anchor last */
    size_t n;
    int64_t time; /* T */
    bool time_proven;
    bool renewal; /* data current at T suffice whatever the policy's grace */
    int64_t now;
    int64_t created_after; /* the signature was made after this; 0: not known */
    /* Past certificate validation (EN 319 102-1 5.6.2.1, 5.6.2.2), when T is proven and poe given:
     * evidence counts if it existed before control, the time until which those who signed it are
     * known to have been good. The caller goes from the anchor down; every answer moves it. */
    const struct poe *poe;
    int64_t control;
    int64_t bad_from;       /* when the certificate asked about was revoked, INT64_MAX: never */
    const struct poe *only; /* sources not in this set are passed over; NULL: all count */
    struct span answer;     /* DER of the CRL or OCSP answer that says "good", or absent */
    const char *where;      /* prefix of findings */
    unsigned *checks;       /* signature checks so far */
    unsigned depth;         /* > 0: asking about the signer of an OCSP answer */
    /* Is this certificate, not in the path, trusted under the path's own anchor at that time, and
     * until when is it known to have been good? */
    int (*trust)(void *ctx, struct pool_cert *signer, int64_t time, bool *trusted, int64_t *until);
    void *trust_ctx;
    struct want_list *wants; /* what would answer, noted where nothing does; NULL: not noted */
};

/* Asks about path[i] (i + 1 < n). Findings and the report's row are filled; out may be NULL.
 * Returns 0 or -1. */
int revocation_judge(struct revocation_context *c, size_t i, struct sp_findings *findings,
                     struct sp_revocation *out, enum revocation_outcome *outcome) WARN_UNUSED;

/* T is proven and proofs are asked for. */
static inline bool revocation_past(const struct revocation_context *c)
{
    return c->time_proven && c->poe;
}

#endif
