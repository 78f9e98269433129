/*
 * cms - CMS SignedData and RFC 3161 tokens, right ones and wrong ones.
 *
 * RFC 5652 5, RFC 5035 (ESS), EN 319 122-1 (CAdES), RFC 3161. The SignerInfo is put together here,
 * so every field can be varied.
 */
#ifndef GEN_CMS_H
#define GEN_CMS_H

#include "pki.h"

enum signer_flag {
    SI_NO_ATTRS = 1 << 0,
    SI_NO_DIGEST = 1 << 1,    /* no message-digest attribute */
    SI_BAD_DIGEST = 1 << 2,   /* message-digest of other content */
    SI_NO_TYPE = 1 << 3,      /* no content-type attribute */
    SI_BAD_TYPE = 1 << 4,     /* content-type names another type */
    SI_UNSORTED = 1 << 5,     /* attributes not in DER order */
    SI_BAD_VALUE = 1 << 6,    /* signature value broken */
    SI_BY_SKI = 1 << 7,       /* sid is a subject key identifier */
    SI_NO_TIME = 1 << 8,      /* no signing-time attribute */
    SI_DIGEST_NULL = 1 << 9,  /* digestAlgorithm with NULL parameters */
    SI_MISMATCH = 1 << 10,    /* signatureAlgorithm names another digest */
    SI_TWO_DIGESTS = 1 << 11, /* message-digest attribute twice */
    SI_TIME_TWO_VALUES = 1 << 12,
    SI_PROTECTED = 1 << 13,     /* cmsAlgorithmProtection (RFC 6211) */
    SI_PROTECTED_BAD = 1 << 14, /* ... naming another digest */
    SI_ODD_ALGORITHM = 1 << 15  /* a signatureAlgorithm nobody knows */
};

enum ess { ESS_V2, ESS_NONE, ESS_V1, ESS_WRONG };

enum tst_flag {
    TST_BAD_IMPRINT = 1 << 0,
    TST_BAD_VALUE = 1 << 1,
    TST_TWO_SIGNERS = 1 << 2,
    TST_NO_CERTS = 1 << 3
};

struct tst_spec {
    const char *tsa;   /* label */
    const char *certs; /* labels of the certificates in the token; NULL: the TSA's own */
    int64_t when;      /* relative to the clock */
    enum digest_id digest;
    unsigned flags;
    struct span imprint;        /* the hash itself, instead of that of the data; or absent */
    struct span revocation;     /* CRLs in the token, one after the other, or absent */
    struct span unsigned_attrs; /* of the token: Attributes one after the other, or absent */
};

struct signer_spec {
    const char *cert;
    enum sig_id sig;
    enum digest_id digest;
    enum ess ess;
    int64_t when; /* signing-time, relative to the clock; 0: an hour before */
    unsigned flags;
    const struct tst_spec *stamp, *stamp2, *content_stamp;
    const struct signer_spec *counter;
    struct span revocation_values; /* CRLs for the CAdES unsigned attribute */
    struct span adobe_revocation;  /* CRLs for Adobe's signed attribute */
    struct span unsigned_attrs;    /* Attributes one after the other, or absent */
};

enum cms_flag {
    CMS_DETACHED = 1 << 0,
    CMS_INDEFINITE = 1 << 1,
    CMS_TRAILING = 1 << 2,
    CMS_NO_SIGNERS = 1 << 3
};

struct cms_spec {
    const struct signer_spec *signers[3];
    const char *certs;      /* labels; NULL: the first signer's own and the two CAs above it */
    struct span revocation; /* content of the [1] crls field, or absent */
    const char *type;       /* eContentType; NULL: id-data */
    unsigned flags;
    size_t times; /* the last signer this often; 0: once */
};

/* The contents of a SignerInfo from version to signature; *value: the signature octets. */
struct span cms_signer_fields(const struct signer_spec *s, const char *type, struct span content,
                              struct span *value);

struct span cms_make(const struct cms_spec *spec, struct span content);
struct span tst_make(const struct tst_spec *spec, struct span data);

#endif
