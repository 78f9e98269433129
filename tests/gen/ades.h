/*
 * ades - CAdES signatures that are extended step by step: time-stamps, evidence, archive
 * time-stamps (EN 319 122-1), evidence records in attributes (RFC 4998 appendix A).
 *
 * Each step is about what is there when it is made, as in life.
 */
#ifndef GEN_ADES_H
#define GEN_ADES_H

#include "cms.h"

enum { ADES_MAX = 24 };

struct ades {
    const struct signer_spec *signer;
    struct span content;
    bool detached;
    struct span fields, value; /* of the SignerInfo without unsigned attributes; signature */
    struct span second;        /* one more SignerInfo, or absent */
    struct span certs[ADES_MAX], crls[ADES_MAX], attrs[ADES_MAX];
    size_t cert_count, crl_count, attr_count;
};

enum index_flag {
    INDEX_V1 = 1 << 0,
    INDEX_V2 = 1 << 1,
    INDEX_NONE = 1 << 2,      /* no hash index at all */
    INDEX_TWO = 1 << 3,       /* two of them */
    INDEX_MISSING = 1 << 4,   /* names a certificate that is not there */
    INDEX_LEAVE_OUT = 1 << 5, /* does not name the first certificate */
    INDEX_REORDERED = 1 << 6, /* last first */
    INDEX_OTHER_ALG = 1 << 7, /* names SHA-512, the hashes are SHA-256 */
    INDEX_SHA1 = 1 << 8,      /* SHA-1 throughout */
    INDEX_SWAPPED = 1 << 9,   /* the index in the token is not the one that was stamped */
    INDEX_NO_CRLS = 1 << 10,  /* names no CRL */
    INDEX_UNKNOWN_ALG = 1 << 11
};

void ades_start(struct ades *x, const struct signer_spec *signer, struct span content);
void ades_certs(struct ades *x, const char *labels);
void ades_crl(struct ades *x, struct span crl);
void ades_attribute(struct ades *x, const char *oid, struct span value);
/* id-aa-signatureTimeStampToken over the value. */
void ades_stamp(struct ades *x, const char *tsa, const char *when);
/* certificate-values, revocation-values attributes. */
void ades_cert_values(struct ades *x, const char *labels);
void ades_revocation_values(struct ades *x, const struct span *crls, size_t count);
void ades_archive_v3(struct ades *x, const char *tsa, const char *when, unsigned flags);
void ades_archive_v2(struct ades *x, const char *tsa, const char *when);
/* complete references and the time-stamps over them (TS 101 733 6.3.5, 6.3.6). */
void ades_references(struct ades *x, struct span crl, const char *cert);
void ades_stamp_references(struct ades *x, const char *tsa, const char *when, bool alone);
/* The SignerInfo alone, for `second` of another. */
struct span ades_info(const struct ades *x);
struct span ades_bytes(const struct ades *x);

/* An evidence record in the making (RFC 4998). */
struct record {
    enum digest_id digest;
    struct span chains[4], stamps[4]; /* chains that are closed; time-stamps of the open one */
    size_t chain_count, stamp_count;
    struct span token; /* the latest */
};

enum record_flag {
    RECORD_TREE = 1 << 0,       /* the data is one of several in the tree */
    RECORD_WRONG_TREE = 1 << 1, /* the tree in the record is not the one that was stamped */
    RECORD_EXTRA = 1 << 2,      /* one more hash in the first list */
    RECORD_MIXED = 1 << 3       /* digestAlgorithm names SHA-512, all hashes are SHA-256 */
};

void record_start(struct record *r, enum digest_id digest);
/* The first time-stamp of a chain, over these objects. crls: what its token carries when it is
 * renewed, one after the other, or absent. */
void record_first(struct record *r, const char *tsa, const char *when, struct span crls,
                  const struct span *objects, size_t count, unsigned flags);
/* One more in the same chain, over the token before it. */
void record_renew(struct record *r, const char *tsa, const char *when, struct span crls);
/* The tree is made anew: a new chain with this digest follows. */
void record_new_chain(struct record *r, enum digest_id digest);
struct span record_bytes(const struct record *r);

/* A CRL with a date: valid for that many days, with what had been revoked by then. */
struct span crl_dated(const char *issuer, const char *when, int days, const struct revoked *entries,
                      size_t count);

#endif
