/*
 * judge - is this certificate good for this purpose at this time: path, then revocation.
 */
#ifndef CHAIN_JUDGE_H
#define CHAIN_JUDGE_H

#include "chain/pool.h"

enum chain_purpose { CHAIN_SIGN, CHAIN_TIMESTAMP, CHAIN_ANY };

struct chain_question {
    struct cert *leaf;
    enum chain_purpose purpose;
    int64_t time;     /* judged at this time (best signature time) */
    bool time_proven; /* by a timestamp or a receipt; false: it is the validation time */
    int64_t now;      /* the validation time */
    const struct sp_policy *policy;
    const char *where; /* prefix for findings, e.g. "sig[0]"; chain members get ".chain[i]" */
};

struct chain_answer {
    struct cert **path; /* leaf first, anchor last; NULL when no path was found */
    size_t path_count;
    bool anchored; /* the path ends at a usable anchor (not special, not distrusted) */
    struct sp_revocation *revocation;
    size_t revocation_count;
};

/* Judges the certificate; every reason goes into findings. Returns 0, or -1 for our own failure. */
int chain_judge(struct arena *a, struct pool *pool, const struct chain_question *question,
                struct sp_findings *findings, struct chain_answer *answer) WARN_UNUSED;

#endif
