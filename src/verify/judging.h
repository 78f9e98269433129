/*
 * judging - one signature while it is judged, and what differs between signature technologies.
 *
 * The flow (signer.c) is the same for all: certificate, value, time-stamps, best signature time,
 * path and revocation at that time, policy rows, level. How the value is checked and where
 * time-stamps and level are found differs; each technology gives one table of operations (internal
 * to verify/).
 */
#ifndef VERIFY_JUDGING_H
#define VERIFY_JUDGING_H

#include "verify/job.h"

enum stamp_kind { STAMP_CONTENT, STAMP_SIGNATURE };

/* A time-stamp found in a signature. */
struct stamp_item {
    enum stamp_kind kind;
    struct span token;   /* DER */
    struct span message; /* the octets its imprint must be the digest of */
    struct stamp_item *next;
};

struct stamp_list {
    struct stamp_item *first, **end;
    size_t count;
};

/* What a signature carries beyond its value, for the level (EN 319 122-1, 132-1, 142-1). */
struct level_facts {
    bool bound;             /* a signed property names the signing certificate, and it fits */
    bool revocation_values; /* revocation data travel inside the signature */
    bool archived;          /* a time-stamp over all of it */
};

struct judging {
    struct job *job;
    struct unit *u;
    enum oid digest;          /* of the signed content; for the policy rows */
    struct level_facts level; /* filled by ops->check and ops->stamps */
    int64_t proven_at;        /* earliest proof, UTC_NONE: none */
    enum sp_time_basis basis; /* of it */
    int64_t content_stamp;    /* times of the earliest trusted ones, UTC_NONE: none */
    int64_t signature_stamp;
    struct chain_answer chain;
};

/* One row per technology. Each returns 0 or -1 (our failure); facts go into the findings. */
struct unit_ops {
    /* The signer's certificate from the pool, NULL when it is not there. */
    struct cert *(*find_cert)(struct judging *j);
    /* Integrity: digests, the value by u->cert's key, binding of the certificate. Fills
     * u->sig->{intact,digest,algorithm,claimed_time}, j->digest and j->level.bound. */
    int (*check)(struct judging *j);
    /* Lists the time-stamps; NULL: it can have none. Fills the rest of j->level. */
    int (*stamps)(struct judging *j, struct stamp_list *out);
};

extern const struct unit_ops unit_ops_cms; /* check_cms.c: CMS, CAdES, PAdES, tokens */
extern const struct unit_ops unit_ops_rsa; /* check_rsa.c: adbe.x509.rsa_sha1 */

/* Adds a finding about this signature. */
void judging_add(struct judging *j, enum sp_reason reason, const char *a0, const char *a1);

/* Adds to the list. Returns 0 or -1. */
int stamp_list_add(struct arena *a, struct stamp_list *list, enum stamp_kind kind,
                   struct span token, struct span message) WARN_UNUSED;

/* stamps.c: judges the signature's time-stamps, and with them its earliest proofs. */
int judge_stamps(struct judging *j) WARN_UNUSED;

#endif
