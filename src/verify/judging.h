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

/* What a time-stamp is over, and so what it proves when it may be relied on:
 * CONTENT      the signed content: nothing about the signature (EN 319 122-1 5.2.8)
 * SIGNATURE    the signature value
 * REFERENCES   the value and the references to the evidence (CAdES-C, XAdES SigAndRefs), or the
 *              references alone: nothing about the evidence itself
 * ARCHIVE      the value, the evidence and the time-stamps named by stamp_proves
 * RECORD       the same, by an evidence record (RFC 4998) */
enum stamp_kind { STAMP_CONTENT, STAMP_SIGNATURE, STAMP_REFERENCES, STAMP_ARCHIVE, STAMP_RECORD };

/* A time-stamp found in a signature. What is filled by which technology does not matter: a token,
 * what it must be about, and what existed when it was made. */
struct stamp_item {
    enum stamp_kind kind;
    struct span token; /* DER */
    /* The octets its imprint must be the digest of, one after the other; or, where the imprint is
     * no digest of octets (a hash tree), the imprint itself. */
    struct span *parts;
    size_t part_count, part_capacity;
    struct span imprint; /* absent: by parts */
    enum oid index;      /* digest of a hash index in between; OID_UNKNOWN: none */
    const char *defect;  /* it is not genuine whatever its imprint says (why); NULL: none */
    bool silent_value;   /* it does not prove the signature value (references alone) */
    struct span *proves; /* objects that existed before it, beside the signature value */
    size_t proves_count, proves_capacity;
    struct span *covers; /* parts of the document: every object in them existed before it */
    size_t covers_count, covers_capacity;
    /* Filled by stamps.c. */
    struct token *parsed; /* NULL: malformed */
    const char *why;      /* then */
    bool judged, trusted;
    struct sp_timestamp view;
    struct stamp_item *next;
};

struct stamp_list {
    struct stamp_item *first, **end;
    struct stamp_item *last; /* the one added last, NULL when the limit was reached */
    size_t count;
};

/* What a signature carries beyond its value, for the level (EN 319 122-1, 132-1, 142-1). */
struct level_facts {
    bool bound; /* a signed property names the signing certificate, and it fits */
};

struct judging {
    struct job *job;
    struct unit *u;
    enum oid digest;          /* of the signed content; for the policy rows */
    struct span value;        /* octets of the signature value: what proofs of it are about */
    struct level_facts level; /* filled by ops->check */
    struct stamp_list stamps;
    int64_t proven_at;        /* earliest proof of the value, UTC_NONE: none */
    enum sp_time_basis basis; /* of it */
    bool stamped, archived;   /* a trusted time-stamp over the value; over value and evidence */
    int64_t content_stamp;    /* times of the earliest trusted ones, UTC_NONE: none */
    int64_t signature_stamp;
    struct chain_answer chain;
};

/* One row per technology. Each returns 0 or -1 (our failure); facts go into the findings. */
struct unit_ops {
    /* The signer's certificate from the pool, NULL when it is not there. */
    struct cert *(*find_cert)(struct judging *j);
    /* Integrity: digests, the value by u->cert's key, binding of the certificate. Fills
     * u->sig->{intact,digest,algorithm,claimed_time}, j->digest, j->value and j->level.bound. */
    int (*check)(struct judging *j);
    /* Lists the time-stamps in the order they were made, as far as the format tells; NULL: it can
     * have none. */
    int (*stamps)(struct judging *j, struct stamp_list *out);
};

extern const struct unit_ops unit_ops_cms; /* check_cms.c: CMS, CAdES, PAdES, tokens */
extern const struct unit_ops unit_ops_rsa; /* check_rsa.c: adbe.x509.rsa_sha1 */
extern const struct unit_ops unit_ops_xml; /* check_xml.c: XMLDSig, XAdES */

extern const struct unit_ops unit_ops_jws; /* check_jws.c: JWS, JAdES */

/* check_jws.c: what a JSON signature signs, and what it brings, into the unit and the pool. */
int verify_jws_unit(struct job *job, struct unit *u) WARN_UNUSED;

/* Adds a finding about this signature. */
void judging_add(struct judging *j, enum sp_reason reason, const char *a0, const char *a1);

/* Adds to the list; list->last is the new item. message: what the imprint must be the digest of;
 * absent: by stamp_part or item->imprint. Returns 0 or -1. */
int stamp_list_add(struct arena *a, struct stamp_list *list, enum stamp_kind kind,
                   struct span token, struct span message) WARN_UNUSED;

/* One more part of the message. Returns 0 or -1. */
int stamp_part(struct arena *a, struct stamp_item *item, struct span octets) WARN_UNUSED;

/* This object (certificate, CRL, OCSP answer, token: DER) existed before the time-stamp, if it may
 * be relied on. The signature value and the bound certificate need not be named. 0 or -1. */
int stamp_proves(struct arena *a, struct stamp_item *item, struct span object) WARN_UNUSED;

/* The same for all objects inside a part of the document: what was given to verify_take or
 * verify_hold as a span of it. 0 or -1. */
int stamp_covers(struct arena *a, struct stamp_item *item, struct span part) WARN_UNUSED;

/* The same for an earlier time-stamp token with all that travels inside it. 0 or -1. */
int stamp_proves_token(struct job *job, struct stamp_item *item, struct span token) WARN_UNUSED;

/* archive_cms.c: the archive time-stamps (v2, v3) and those over references of a CMS signature. */
int archive_stamps(struct judging *j, struct stamp_list *out) WARN_UNUSED;

/* sender.c: of signed mail, whether the From line fits the signer. */
void judge_sender(struct judging *j);

/* signer.c: the two halves of judging a signature. In between the time-stamps of all signatures are
 * judged, the latest first (timeline.c). */
int judge_begin(struct judging *j, struct job *job, struct unit *u) WARN_UNUSED;
int judge_finish(struct judging *j) WARN_UNUSED;

/* stamps.c: notes what a trusted time-stamp proves. 0 or -1. */
int stamps_prove(struct job *job, struct span object, const struct poe_proof *proof) WARN_UNUSED;
int stamps_prove_cert(struct job *job, const struct cert *c,
                      const struct poe_proof *proof) WARN_UNUSED;

/* stamps.c: reads the tokens of a list, so that what travels in them is at hand. 0 or -1. */
int stamps_read(struct judging *j) WARN_UNUSED;
/* Judges one and records what it proves. 0 or -1. */
int stamps_judge(struct judging *j, struct stamp_item *item) WARN_UNUSED;
/* Reports all of a signature. 0 or -1. */
int stamps_report(struct judging *j) WARN_UNUSED;

#endif
