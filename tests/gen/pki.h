/*
 * pki - an invented public key infrastructure in the shape of the Indian one.
 *
 * Certificates, CRLs and OCSP responses are written from rows (RFC 5280, RFC 6960; shapes after
 * the CCA Interoperability Guidelines). Times are seconds relative to the clock given to
 * pki_start, so the same rows make a fixed test set and a demonstration that is valid today.
 */
#ifndef GEN_PKI_H
#define GEN_PKI_H

#include "keys.h"

/* Key usage bits, RFC 5280 4.2.1.3. */
enum {
    KU_SIGN = 1 << 0,
    KU_NONREP = 1 << 1,
    KU_ENCIPHER = 1 << 2,
    KU_AGREE = 1 << 4,
    KU_CERTS = 1 << 5,
    KU_CRLS = 1 << 6,
    KU_NONE = 1 << 15 /* leave the extension out */
};

enum { PATHLEN_NONE = -1 };

enum cert_flag {
    CERT_UNKNOWN_CRITICAL = 1 << 0,
    CERT_OCSP_NOCHECK = 1 << 1,
    CERT_EKU_CRITICAL = 1 << 2,
    CERT_NO_CDP = 1 << 3,
    CERT_BAD_SIGNATURE = 1 << 4,
    CERT_NO_BASIC = 1 << 5,
    CERT_LEAF_IS_CA = 1 << 6,
    CERT_BAD_KEY = 1 << 7,      /* the public key cannot be read */
    CERT_BASIC_PLAIN = 1 << 8,  /* basicConstraints of a CA, not critical */
    CERT_POLICY_PLAIN = 1 << 9, /* policyConstraints, not critical */
};

struct cert_spec {
    const char *label, *subject;
    const char *issuer; /* label; NULL: self-signed */
    enum key_id key;
    int64_t from, to;          /* relative to the clock; both 0: two years, most of it to come */
    const char *since, *until; /* absolute, instead */
    bool ca;
    int path_len;
    unsigned key_usage; /* 0: the usual for a CA or a signer */
    const char *eku;    /* dotted OIDs */
    const char *policies;
    enum sig_id sig;
    enum digest_id digest;
    unsigned flags;
    const char *email;     /* subjectAltName rfc822Name; NULL: none */
    const char *permitted; /* name constraint: the only subtree of names allowed below */
};

struct issued {
    struct cert_spec spec;
    struct span der, subject, serial, ski;
};

struct revoked {
    const char *label;
    int64_t when;       /* relative */
    int reason;         /* CRLReason, -1: no extension */
    int64_t invalidity; /* relative; 0: no extension */
};

enum { CRL_MAX_ENTRIES = 6 };

enum crl_flag {
    CRL_OTHER_KEY = 1 << 0, /* signed with a key that is not the issuer's */
    CRL_NO_NUMBER = 1 << 1,
    CRL_UNKNOWN_CRITICAL = 1 << 2,
    CRL_NO_NEXT = 1 << 3
};

struct crl_spec {
    const char *name; /* file name without ".crl" */
    const char *issuer;
    int64_t from, to;
    struct revoked entries[CRL_MAX_ENTRIES];
    enum digest_id digest;
    unsigned flags;
};

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

enum ocsp_flag {
    OCSP_OTHER_KEY = 1 << 0, /* signed with a key that is not the responder's */
    OCSP_NO_NEXT = 1 << 1,
    OCSP_BY_KEY = 1 << 2, /* ResponderID byKey */
    OCSP_NO_CERT = 1 << 3,
    OCSP_CRITICAL = 1 << 4,        /* unknown critical extension of the response */
    OCSP_SINGLE_CRITICAL = 1 << 5, /* of the first answer */
    OCSP_UNKNOWN_EXTENSION = 1 << 6,
    OCSP_NONCE = 1 << 7,
    OCSP_EXTENDED_REVOKE = 1 << 8,
    OCSP_TRAILING = 1 << 9,
    OCSP_OTHER_TYPE = 1 << 10, /* response type that is not basic */
    OCSP_VERSION_2 = 1 << 11,
    OCSP_NO_ANSWER = 1 << 12, /* no SingleResponse at all */
    OCSP_ALTERED = 1 << 13,   /* one bit changed after signing */
    OCSP_BARE = 1 << 14       /* BasicOCSPResponse without its envelope */
};

/* A second and third SingleResponse: unset fields as in the first. */
struct ocsp_more {
    const char *about;
    enum ocsp_status status;
    int64_t revoked_at, from;
};

enum { OCSP_MAX_MORE = 2 };

struct ocsp_spec {
    const char *name;
    const char *about, *issuer, *responder;
    enum ocsp_status status;
    int64_t revoked_at;
    int reason;       /* CRLReason of a revoked one, 0: none given */
    int64_t from, to; /* thisUpdate, nextUpdate */
    int64_t produced; /* producedAt; 0: thisUpdate */
    int64_t cutoff;   /* archiveCutoff; 0: none */
    bool other_hash;  /* the CertID is made with id_hash, not SHA-1 */
    enum digest_id id_hash, digest;
    enum sig_id sig;         /* SIG_RSA: by the kind of the responder's key */
    const char *certificate; /* included instead of the responder's */
    unsigned flags;
    struct ocsp_more more[OCSP_MAX_MORE];
    int error; /* not 0: an error response with this status */
};

void pki_start(int64_t clock);
int64_t pki_clock(void);

const struct issued *pki_issue(const struct cert_spec *spec);
void pki_issue_all(const struct cert_spec *specs, size_t count);
/* Never NULL: an unknown label ends the program. */
const struct issued *pki_find(const char *label);

struct span pki_crl(const struct crl_spec *spec);
struct span pki_ocsp(const struct ocsp_spec *spec);

/* A Name from "C=IN;O=...;CN=...". */
struct span pki_name(const char *text);

#endif
