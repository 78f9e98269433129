/*
 * judge - is this certificate good for this purpose at this time: path, then revocation.
 */
#ifndef CHAIN_JUDGE_H
#define CHAIN_JUDGE_H

#include "chain/pool.h"
#include "timestamp/poe.h"

enum chain_purpose { CHAIN_SIGN, CHAIN_TIMESTAMP, CHAIN_ANY };

struct chain_question {
    struct cert *leaf;
    enum chain_purpose purpose;
    int64_t time;     /* judged at this time (best signature time) */
    bool time_proven; /* by a timestamp or a receipt; false: it is the validation time */
    bool renewal;     /* of a time-stamp: data current at that time suffice, no grace */
    int64_t now;      /* the validation time */
    /* The signature was made after this: the time of a trusted time-stamp over signed content
     * (EN 319 102-1 5.3.4, 5.5.4). 0: nothing proves such a thing. */
    int64_t created_after;
    const struct poe
        *poe; /* proofs of existence of certificates and evidence; NULL: not asked for */
    const struct sp_policy *policy;
    const struct poe *only; /* CRLs and OCSP answers not in this set do not count; NULL: all do */
    const char *where;      /* prefix for findings, e.g. "sig[0]"; chain members get ".chain[i]" */
};

/* One path that was tried, with everything that was said about it. */
struct chain_tried {
    struct cert **path; /* leaf first; as far as it got */
    size_t path_count;
    bool complete; /* it reached a root */
    bool accepted; /* nothing is against it, and its root is live */
    struct sp_findings findings;
    struct chain_tried *next;
};

struct chain_answer {
    struct cert **path; /* leaf first, anchor last; NULL when no path was found */
    size_t path_count;
    bool anchored; /* the path ends at a usable anchor (not special, not distrusted) */
    struct sp_revocation *revocation;
    size_t revocation_count;
    const struct chain_tried *tried; /* in the order tried; chain_options.all_paths only */
    struct span *answers; /* the CRL or OCSP answer by which path[i] is good, or absent; DER */
};

/* Judges the certificate; every reason goes into findings. Returns 0, or -1 for our own failure. */
int chain_judge(struct arena *a, struct pool *pool, const struct chain_question *question,
                struct sp_findings *findings, struct chain_answer *answer) WARN_UNUSED;

#endif
