/*
 * ocsp - an OCSP response as spans into its DER (RFC 6960 4.2).
 *
 * Takes an OCSPResponse or a bare BasicOCSPResponse (as CAdES revocation-values carries it).
 * Nothing is trusted here: the caller finds the responder and checks the signature over tbs.
 */
#ifndef REVOCATION_OCSP_H
#define REVOCATION_OCSP_H

#include "asn1/cert.h"
#include "base/utc.h"

enum { OCSP_MAX_SINGLES = 256, OCSP_MAX_CERTS = 16 };

enum ocsp_status { OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN };

struct ocsp_single {
    enum oid hash;
    struct span name_hash, key_hash, serial;
    enum ocsp_status status;
    int64_t revoked_at; /* UTC_NONE unless revoked */
    int reason;         /* CRLReason, -1: none */
    int64_t this_update, next_update, archive_cutoff;
    bool unknown_critical;
};

struct ocsp {
    struct span der, tbs, signature_alg, signature;
    struct span by_name, by_key; /* responder: Name (whole) or SHA-1 of its key; one is absent */
    int64_t produced_at;
    struct ocsp_single *singles;
    size_t count;
    struct span certs[OCSP_MAX_CERTS];
    size_t cert_count;
    bool extended_revoke; /* "revoked, hold, 1970-01-01" means never issued (RFC 6960 2.2, 4.4.8) */
    const char *unusable; /* static text, or NULL */
};

/* Returns 0 with *out NULL when it is none (*why tells), -1 when memory is out. der is borrowed. */
int ocsp_parse(struct arena *a, struct span der, struct ocsp **out, const char **why) WARN_UNUSED;

/* The answer about this certificate of this issuer; NULL when there is none. Of several answers the
 * one that says revoked counts, the earliest; good and unknown at once set *conflict. */
const struct ocsp_single *ocsp_find(const struct ocsp *o, const struct cert *cert,
                                    const struct cert *issuer, bool *conflict);

/* The question about this certificate of this issuer, one CertID with SHA-1 as every responder
 * knows it (RFC 5019 2.1.1), without nonce, so that answers can be kept. *out is absent when the
 * serial number is longer than one may be. Returns 0, or -1 when memory is out. */
int ocsp_request(struct arena *a, const struct cert *cert, const struct cert *issuer,
                 struct span *out) WARN_UNUSED;

/* This certificate is the responder the response names. */
bool ocsp_responder_is(const struct ocsp *o, const struct cert *c);

#endif
