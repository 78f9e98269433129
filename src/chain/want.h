/*
 * want - what a path or a revocation check lacked, with the addresses where it would be.
 *
 * A check notes into a list what it lacks; when it turns out not to matter (another path is good,
 * another source answers) the list is cut back to what it was. What is left at the end of a job is
 * the report's list (satyapan/report.h). Nothing is fetched here: DESIGN.md, idea 2.
 */
#ifndef CHAIN_WANT_H
#define CHAIN_WANT_H

#include "asn1/cert.h"
#include "chain/pool.h"

struct pool_cert; /* chain/entry.h */

struct want_list {
    struct sp_want items[SP_WANTS_MAX];
    size_t count;
};

/* What is noted about a certificate; where and findings take the reasons for failed attempts. */
struct want_context {
    struct arena *a;
    struct pool *pool;
    struct want_list *list; /* NULL: nothing is noted */
    const char *where;
    struct sp_findings *findings;
};

/* The list of the job, and what was tried (evidence.h). */
struct want_list *pool_wants(struct pool *p);
const struct sp_attempt *pool_attempts(const struct pool *p, size_t *count);

/* The certificate of cert's issuer, at caIssuers (RFC 5280 4.2.2.1). Returns 0 or -1. */
int want_issuer(const struct want_context *c, const struct cert *cert) WARN_UNUSED;

/* Whether cert is revoked: its CRLs, delta CRLs and OCSP responders. above: the path from its
 * issuer to the anchor. issued_after: of the newest data at hand, UTC_NONE when there are none.
 * Returns 0 or -1. */
int want_revocation(const struct want_context *c, const struct cert *cert,
                    struct pool_cert *const *above, size_t count, int64_t issued_after) WARN_UNUSED;

/* Adds what is not in the list yet, as far as there is room. */
void want_merge(struct want_list *list, const struct want_list *from);

#endif
