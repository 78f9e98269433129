/*
 * pool - all certificates, CRLs and OCSP responses one job may use, parsed lazily.
 */
#ifndef CHAIN_POOL_H
#define CHAIN_POOL_H

#include "asn1/cert.h"
#include "base/finding.h"
#include "satyapan/evidence.h"
#include "satyapan/policy.h"

struct pool;

/* A pool over the evidence given to sp_verify. Objects that do not parse are reported into findings
 * (once each, where = source). Returns 0 or -1. */
int pool_new(struct arena *a, const struct sp_evidence *evidence, struct sp_findings *findings,
             struct pool **out) WARN_UNUSED;

/* Reads evidence that many jobs will use, once: parsed certificates and their keys. *out stays NULL
 * when there is more in it than readable certificates. a and what the blobs point to outlive every
 * pool made from it. Returns 0 or -1 (memory). */
int pool_prepare(struct arena *a, const struct sp_evidence *evidence,
                 struct pool **out) WARN_UNUSED;

/* Adds DER found in the document itself (CMS certificates, CRLs, OCSP responses, DSS). Only CERT,
 * CRL and OCSP: nothing in a document becomes an anchor. Duplicates are dropped. */
int pool_add(struct pool *p, enum sp_evidence_kind kind, struct span der,
             const char *source) WARN_UNUSED;

/* First certificate with this issuer and serial (RFC 5652 IssuerAndSerialNumber; serial = INTEGER
 * contents), or with this subject key identifier, or with this SHA-256. NULL when there is none. */
struct cert *pool_by_issuer_serial(struct pool *p, struct span issuer, struct span serial);
struct cert *pool_by_ski(struct pool *p, struct span ski);
struct cert *pool_by_sha256(struct pool *p, const uint8_t sha256[32]);

#endif
