/*
 * ers - evidence records (RFC 4998): time-stamps over hash trees, renewed again and again.
 *
 * Parsing and the arithmetic of the tree. What is not done here: tokens are not judged, and whether
 * the record was renewed in time is found by judging them (verify/record.c).
 */
#ifndef TIMESTAMP_ERS_H
#define TIMESTAMP_ERS_H

#include "asn1/oid.h"
#include "base/arena.h"

enum { ERS_MAX_STAMPS = 64, ERS_MAX_HASHES = 4096 };

/* One ArchiveTimeStamp. */
struct ers_stamp {
    size_t chain;      /* 0-based; a new chain begins where the hash tree was renewed */
    bool first;        /* of its chain */
    enum oid digest;   /* of the tree; OID_UNKNOWN: as the token's imprint */
    struct span tree;  /* contents of reducedHashtree, absent when there is none */
    struct span token; /* timeStamp, DER */
};

struct ers {
    struct span whole;
    struct ers_stamp *stamps; /* in the order they were made */
    size_t count;
    struct span *chains; /* each ArchiveTimeStampChain */
    size_t chain_count;
};

/* It looks like an EvidenceRecord: version, digestAlgorithms, ... */
bool ers_looks_like(struct span in);

/* Returns 0 with *out NULL when it is malformed (*why, static text), -1 for our own failure. */
int ers_parse(struct arena *a, struct span in, struct ers **out, const char **why) WARN_UNUSED;

/* The root of the reduced tree above these hashes (of one object, or of all objects of a group):
 * RFC 4998 4.3. group: the first list must hold these and nothing else. Returns 0 with *root absent
 * when the tree does not lead from them (*why), or -1. Without a tree the only hash is the root. */
int ers_root(struct arena *a, const struct ers_stamp *stamp, enum oid digest,
             const struct span *hashes, size_t count, bool group, struct span *root,
             const char **why) WARN_UNUSED;

/* SEQUENCE OF the first n chains, as hash-tree renewal hashes it (RFC 4998 5.2). Absent: memory. */
struct span ers_sequence(struct arena *a, const struct ers *r, size_t n);

#endif
