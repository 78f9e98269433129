/*
 * extract - what a container hands to the engine: the signatures it holds and what they cover.
 *
 * A format reader finds signatures and judges the structure around them; it checks no digest and no
 * certificate. What it finds wrong goes into findings: the signature's own list, or the document's.
 */
#ifndef FORMAT_EXTRACT_H
#define FORMAT_EXTRACT_H

#include "base/arena.h"
#include "base/finding.h"
#include "satyapan/evidence.h"

/* How the blob is encoded and what of it has to be checked. */
enum blob_kind {
    BLOB_CMS,      /* CMS SignedData over the ranges (or over the detached content) */
    BLOB_CMS_SHA1, /* adbe.pkcs7.sha1: CMS whose eContent is the SHA-1 of the ranges */
    BLOB_RSA_SHA1, /* adbe.x509.rsa_sha1: a DER OCTET STRING with a PKCS#1 value; cert in `cert` */
    BLOB_TST,      /* an RFC 3161 token over the ranges */
    BLOB_ERS,      /* an evidence record over the detached content (RFC 4998) */
    BLOB_JWS,      /* a JSON signature, read already: `jws` */
    BLOB_XML       /* ds:Signature; the blob is its value, the rest is behind `xml` */
};

struct byte_range {
    uint64_t off, len;
};

struct xmldsig; /* format/xmldsig */

struct extracted {
    enum sp_kind kind;
    enum blob_kind blob_kind;
    bool cades_required;   /* ETSI.CAdES.detached: ESS binding and signed attributes are a must */
    bool single_signer;    /* PAdES: exactly one SignerInfo, no eContent */
    const char *field;     /* full field name; NULL when there is none */
    struct span blob;      /* exact encoding of the signature value; absent when unusable */
    const struct jws *jws; /* BLOB_JWS (format/jws.h) */
    struct xmldsig *xml;   /* BLOB_XML */
    struct span cert;      /* BLOB_RSA_SHA1: the signing certificate (DER), or absent */
    struct byte_range ranges[2];
    size_t range_count;  /* 0: the blob brings its content, or it is detached */
    bool other_content;  /* it is not about the document given beside the file */
    bool seal;           /* of the system that made the file (eSign): no signatory's */
    const char *sender;  /* mail: the address of the From line, NULL: none */
    struct span content; /* signed octets that are no range of the file (mail), or absent */
    bool broken;         /* structure is wrong: reported as FAILED, its digest is never computed */
    int64_t claimed_time;
    size_t revision; /* 0-based revision that defines it; later ones came after it */
    bool covers_whole_document;
    const char *coverage, *coverage_hi; /* one sentence each */
    uint64_t signed_octets;             /* as in struct sp_signature */
    bool has_modification, modification_allowed;
    enum sp_modification modification;
    /* Other signatures (indexes) that the changes after this one rely on: each must be intact, or
     * the change that brought it is not allowed (SSA). */
    const size_t *relies_on;
    size_t relies_on_count;
    struct sp_findings findings;
};

struct extracted_evidence {
    enum sp_evidence_kind kind; /* CERT, CRL or OCSP */
    struct span der;
    size_t revision; /* the revision that brought it */
};

/* A file attached to a mail. */
struct extracted_file {
    const char *name;
    struct span bytes;          /* absent: it is not what its encoding says */
    const struct extracted *by; /* the signature of the mail that is over it, NULL: none */
    const char *by_name;        /* the file that signature stands in */
    bool beside;                /* belongs to the mail: a calendar, a card, a key, a trailer */
};

struct extraction {
    const char *format; /* "PDF", ... */
    struct extracted *signatures;
    size_t count;
    struct extracted_evidence *evidence; /* DSS and the like */
    size_t evidence_count;
    struct extracted_file *files; /* of a mail */
    size_t file_count;
    struct sp_findings *document; /* the report's list */
};

#endif
