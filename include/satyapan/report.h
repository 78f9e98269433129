/*
 * report.h - the finished report of one document.
 *
 * A report is made by sp_verify (verify.h) or read back from its JSON form; the renderers only read
 * it. Every string is UTF-8, NUL-terminated and owned by the report; NULL means "not known".
 * Times are seconds since 1970-01-01T00:00:00Z, SP_NO_TIME when not known.
 * The JSON form is "satyapan-report/1". A pointer added to a struct here is also copied in
 * verify/keeper.c: the memory of a container's member is freed before its report is.
 */
#ifndef SATYAPAN_REPORT_H
#define SATYAPAN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satyapan/evidence.h"
#include "satyapan/reasons.h"

#define SP_NO_TIME INT64_MIN

enum sp_verdict { SP_ACCEPTED, SP_REVIEW, SP_REJECTED };

/* EN 319 102-1 clause 5.1.3. */
enum sp_indication { SP_TOTAL_PASSED, SP_INDETERMINATE, SP_TOTAL_FAILED };

enum sp_kind {
    SP_KIND_CMS,
    SP_KIND_CADES,
    SP_KIND_PADES,
    SP_KIND_PDF_PKCS7,
    SP_KIND_XMLDSIG,
    SP_KIND_XADES,
    SP_KIND_JWS,
    SP_KIND_SMIME,
    SP_KIND_DOCTIMESTAMP,
    SP_KIND_TST,
    SP_KIND_ERS
};

/* EN 319 122-1/132-1/142-1 baseline levels. */
enum sp_baseline {
    SP_BASELINE_NONE,
    SP_BASELINE_B,
    SP_BASELINE_T,
    SP_BASELINE_LT,
    SP_BASELINE_LTA
};

enum sp_tristate { SP_NO, SP_YES, SP_UNKNOWN };

/* What later revisions changed; the worst wins. */
enum sp_modification {
    SP_MOD_NONE,
    SP_MOD_LTA,
    SP_MOD_FORM_FILL,
    SP_MOD_ANNOTATIONS,
    SP_MOD_OTHER
};

/* What proves the best signature time. */
enum sp_time_basis { SP_BASIS_NOW, SP_BASIS_RECEIPT, SP_BASIS_TIMESTAMP };

struct sp_finding {
    enum sp_reason reason;
    enum sp_level level; /* the row's, unless the policy set another */
    const char *where;   /* "document", "sig[0]", "sig[0].chain[1]", ... */
    const char *text, *text_hi;
    struct sp_finding *next;
};

struct sp_findings {
    struct sp_finding *first, **end;
    size_t count;
};

struct sp_certificate {
    const char *subject, *issuer; /* RFC 4514 */
    const char *common_name, *organization;
    const char *serial; /* hex, upper case */
    const char *sha256; /* hex of the DER */
    const char *source; /* "trust", "document", "supplied", ... */
    int64_t not_before, not_after;
};

struct sp_revocation {
    const char *certificate; /* subject of the certificate asked about */
    const char *status;      /* "good", "revoked", "unknown", "not-needed" */
    const char *source;      /* "crl: ...", "ocsp: ..." or "" */
    int64_t produced_at;     /* thisUpdate / producedAt */
    int64_t revoked_at;      /* SP_NO_TIME unless revoked */
    const char *sha256;      /* hex of the DER of the CRL or OCSP answer, NULL without one */
};

struct sp_timestamp {
    const char *kind; /* "signature", "content", "archive", "document" */
    int64_t time;
    enum sp_indication indication;
    const char *subindication;
    const char *authority; /* subject common name of the TSA certificate */
    const char *sha256;    /* hex of the token */
};

struct sp_signature {
    const char *id; /* "sig[0]" */
    enum sp_kind kind;
    enum sp_baseline baseline;
    enum sp_indication indication;
    const char *subindication;
    enum sp_tristate intact;
    bool covers_whole_document;
    const char *coverage; /* one English sentence */
    const char *coverage_hi;
    /* The version that was signed is the first so many octets of the file (an earlier version of a
     * PDF); 0: it is the whole file, or not such a version. */
    uint64_t signed_octets;
    bool has_modification, modification_allowed;
    enum sp_modification modification;
    struct sp_certificate *signer; /* NULL when no certificate was found */
    int64_t claimed_time;
    int64_t best_time;
    enum sp_time_basis best_time_basis;
    const char *digest, *algorithm;
    unsigned key_bits;
    struct sp_certificate *chain; /* leaf first, anchor last; empty when no path was found */
    size_t chain_count;
    struct sp_revocation *revocation;
    size_t revocation_count;
    struct sp_timestamp *timestamps;
    size_t timestamp_count;
    struct sp_findings findings;
};

/*
 * Something that was not at hand and would help: the caller may fetch it, add it to the evidence
 * and verify again (evidence.h, attempts). Only http and https addresses; one that was tried
 * already (an attempt in the evidence) is left out, so a want is never asked for twice.
 */
struct sp_want {
    enum sp_evidence_kind kind;  /* SP_EVIDENCE_CERT, SP_EVIDENCE_CRL or SP_EVIDENCE_OCSP */
    const char *about;           /* subject of the certificate it is about */
    const char *issuer, *key_id; /* CERT: whose certificate is wanted, its key identifier in hex */
    const char *const *urls;     /* alternatives, in the order of the certificate */
    size_t url_count;
    const char *request;  /* OCSP: the request in base64 (RFC 6960 4.1), NULL otherwise */
    int64_t issued_after; /* CRL, OCSP: what is at hand was issued then; SP_NO_TIME: nothing is */
    /* CRL, OCSP: certificates of the issuer and those above it in the path judged, PEM, without the
     * anchor; NULL: none, or too many. For whoever keeps the answer; not in the public JSON. */
    const char *issuers;
};

enum {
    SP_WANTS_MAX = 32,
    SP_WANT_URLS_MAX = 4,
    SP_WANT_URL_MAX = 2047,
    SP_WANT_ISSUERS_MAX = 32768
};

/* What vouches for a file inside a container. */
enum sp_member_state {
    SP_MEMBER_SIGNED,    /* signatures of its own */
    SP_MEMBER_COVERED,   /* a signature elsewhere is over it, or a signed list names it */
    SP_MEMBER_SIGNATURE, /* it is the signature over another file: signs */
    SP_MEMBER_CONTAINER, /* it has members itself: each has its own state */
    SP_MEMBER_PART,      /* a folder, or a part of the container's own structure */
    SP_MEMBER_UNSIGNED,  /* nothing */
    SP_MEMBER_UNREAD     /* not known: it was not looked at */
};

/* A line of a signed list. */
struct sp_listed {
    const char *name, *sha256;
};

struct sp_report;

/* A file inside a container. */
struct sp_member {
    const char *name;
    uint64_t size;      /* unpacked */
    const char *sha256; /* NULL: not read */
    const char *format; /* as of a report; NULL: not read */
    enum sp_member_state state;
    enum sp_verdict verdict;
    const char *covered_by;   /* COVERED: the member that holds the signature or the list */
    const char *signs;        /* SIGNATURE: the member it is over */
    struct sp_report *report; /* its own signatures and findings; NULL: none */
    struct sp_listed *listed; /* it is a list of files with their SHA-256 */
    size_t listed_count;
    size_t unlisted_lines;       /* lines of the list that name no file */
    struct sp_findings findings; /* about it as a member */
};

struct sp_report {
    const char *name; /* document name as given */
    uint64_t size;
    const char *sha256; /* hex */
    /* "PDF", "CMS", "SMIME", "TST", "ERS", "XML", "JWS", "ESIGN", "ZIP", "ASiC-E", "unknown" */
    const char *format;
    const char *profile;
    enum sp_verdict verdict;
    int64_t validated_at;
    struct sp_signature **signatures; /* pointers, so that findings lists never move */
    size_t signature_count;
    struct sp_member *members; /* of a container, in the order of its directory */
    size_t member_count;
    size_t pending;              /* members that are listed but not verified yet: no verdict */
    struct sp_findings findings; /* about the document as a whole */
    struct sp_want *wants;
    size_t want_count; /* at most SP_WANTS_MAX */
    const char *engine_version, *openssl_version;
    struct arena *arena;   /* owns everything above; NULL: the report around it does */
    struct keeper *keeper; /* internal */
};

/* Frees a report and all it owns. NULL is allowed. */
void sp_report_free(struct sp_report *report);

/* The contract's words: "ACCEPTED", "TOTAL-PASSED", "PAdES", "B-LTA" (NULL for none), ... */
const char *sp_verdict_name(enum sp_verdict v);
const char *sp_indication_name(enum sp_indication i);
const char *sp_kind_name(enum sp_kind k);
const char *sp_baseline_name(enum sp_baseline b);
const char *sp_modification_name(enum sp_modification m);
const char *sp_basis_name(enum sp_time_basis b);
/* "certificate", "crl", "ocsp"; also of anchors: "anchor", "special", "distrusted". */
const char *sp_evidence_name(enum sp_evidence_kind k);
const char *sp_member_state_name(enum sp_member_state s); /* "signed", "covered", ... */

#endif
