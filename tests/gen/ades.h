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
struct span ades_bytes(const struct ades *x);

/* A CRL with a date: valid for that many days, with what had been revoked by then. */
struct span crl_dated(const char *issuer, const char *when, int days, const struct revoked *entries,
                      size_t count);

#endif
