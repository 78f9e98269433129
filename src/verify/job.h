/*
 * job - the state of one verification, shared by the steps of the engine (internal to verify/).
 *
 * The flow: open (detect, extract) -> units (one per signature to report) -> digests -> stamps ->
 * signers -> conclude. Every step adds findings; only conclude.c turns them into words.
 */
#ifndef VERIFY_JOB_H
#define VERIFY_JOB_H

#include "chain/judge.h"
#include "format/cms.h"
#include "format/cms_signer.h"
#include "format/container.h"
#include "format/detect.h"
#include "format/extract.h"
#include "satyapan/verify.h"
#include "timestamp/ers.h"
#include "timestamp/poe.h"
#include "timestamp/token.h"

struct unit_ops; /* judging.h */
struct asic;     /* format/asic.h */

/* One signature of the report. */
struct unit {
    const struct extracted *from; /* NULL for a counter-signature */
    size_t parent;                /* index of the unit a counter-signature is over */
    bool counter;
    struct cms *cms;           /* NULL when the blob is unusable or no CMS */
    struct cms_signer *signer; /* NULL likewise */
    struct token *token;       /* time-stamps only */
    struct ers *record;        /* evidence records only; token is its first time-stamp */
    bool is_timestamp;
    enum oid needed;            /* digest wanted over the signed octets, OID_UNKNOWN: none */
    bool content_known;         /* the signed octets are at hand */
    struct span content;        /* them, when they are one run of bytes */
    struct span digest;         /* computed over them with `needed`; absent when not at hand */
    struct cert *cert;          /* the signer's */
    const struct unit_ops *ops; /* NULL: it cannot be read, and its findings say why */
    struct sp_signature *sig;
};

/* What a document and those inside it share. */
struct verify_shared {
    struct container_budget *budget;
    struct span content; /* out: what the message brings and signs; in the report's arena */
};

struct job {
    struct arena *arena;
    const struct sp_document *document;
    const struct sp_evidence *evidence;
    struct verify_shared *shared;
    const struct sp_policy *policy;
    const struct sp_clock *clock;
    struct span file;
    struct pool *pool;
    struct sp_report *report;
    struct extraction extraction;
    struct container *container; /* a ZIP of any kind; NULL otherwise */
    struct asic *asic;           /* an ASiC: what its signatures are over */
    bool construction;           /* a plain one: its members are documents of their own */
    uint64_t forgiven;           /* failed allocations that members have answered for */
    struct unit *units;
    size_t unit_count, unit_capacity;
    struct poe proofs;  /* since when signature values, certificates, CRLs, ... existed */
    struct poe stamped; /* of those, by time-stamps alone */
    struct poe inside;  /* what travels in the document (times do not matter) */
    struct held *held;  /* the same as a list */
    size_t held_count, held_capacity;
    size_t revision;   /* of the document: what is taken in belongs to it */
    bool in_token;     /* what is taken in comes out of a time-stamp token */
    const char *limit; /* what there is too much of to go on; NULL: nothing */
};

/* An object of the document: a certificate, CRL, OCSP answer or time-stamp token. */
struct held {
    struct span der;
    size_t revision; /* 0-based; later ones came after it */
    bool evidence;   /* certificate, CRL or OCSP answer, not inside a time-stamp token */
};

/* open.c: what kind of file it is and which signatures it holds. */
int verify_open(struct job *job) WARN_UNUSED;

/* units.c: one unit per signer, with the document's certificates and revocation data in the
 * pool. */
int verify_units(struct job *job) WARN_UNUSED;
/* Takes in an object of the document: into the pool, and noted as one that travels with it. */
int verify_take(struct job *job, enum sp_evidence_kind kind, struct span der) WARN_UNUSED;
/* Only noted: a time-stamp token, which is no evidence by itself. */
int verify_hold(struct job *job, struct span der) WARN_UNUSED;
/* The certificates, CRLs and OCSP responses a message brings. */
int verify_pool_cms(struct job *job, const struct cms *cms) WARN_UNUSED;
/* The same for attributes that carry such values. */
int verify_pool_attributes(struct job *job, const struct cms_attrs *attrs) WARN_UNUSED;

/* digests.c: all digests in one pass over the file, and the file's own SHA-256. */
int verify_digests(struct job *job) WARN_UNUSED;

/* The digest that is made over the unit's byte ranges, OID_UNKNOWN when there are none. */
enum oid verify_ranges_digest(const struct unit *u);

/* timeline.c: judges everything: time-stamps of all signatures from the latest to the earliest,
 * each proving what it is over, then the signatures. */
int verify_timeline(struct job *job) WARN_UNUSED;

/* stamp.c: a time-stamp token over a message. */
struct stamp_question {
    const struct token *token;
    struct span digest; /* what the imprint must be */
    const char *kind;   /* "signature", "content", ... */
    const char *where;
};
struct stamp_answer {
    struct sp_timestamp view; /* for the report */
    bool genuine;             /* the token is what it says and about this message */
    bool trusted;             /* and may be relied on */
    const char *why;          /* code of the decisive reason, "" when trusted */
};
/* Judged as of now, and when that does not do, at the time by which it is proven to have existed.
 */
int verify_stamp(struct job *job, const struct stamp_question *question,
                 struct stamp_answer *answer) WARN_UNUSED;

/* conclude.c: the one place where findings become an indication and a verdict. */
void conclude_list(const struct sp_policy *policy, struct sp_findings *findings,
                   enum sp_indication *indication, const char **subindication,
                   enum sp_reason *decisive);
/* What one signature alone gives a document. */
enum sp_verdict conclude_signature(const struct sp_policy *policy, struct sp_signature *s);
void conclude_report(const struct sp_policy *policy, struct arena *a, struct sp_report *report);

#endif
