/*
 * strength - until when a digest, a key or a signature algorithm may be relied on: the one table.
 *
 * Used alike for documents, certificates, CRLs, OCSP answers and time-stamps, so that no two parts
 * of the program disagree about SHA-1. Sources: CCA (SHA-256 and RSA-2048 for everything issued
 * from 2012-01-01), ETSI TS 119 312 (suites), NIST SP 800-57 part 1 (112 bits until the end of
 * 2030), SP 800-131A (MD5, RIPEMD). A caller compares with a proven time, else with the time of
 * validation. What is not said here: what follows from it; that is a reason's row.
 */
#ifndef ASN1_STRENGTH_H
#define ASN1_STRENGTH_H

#include <openssl/evp.h>

#include "asn1/oid.h"

/* The first second at which it may no longer be relied on. */
#define STRENGTH_NEVER   INT64_MIN /* at no time */
#define STRENGTH_FOREVER INT64_MAX /* no end is set */

/* A digest of a document, an imprint or a message; STRENGTH_NEVER when it is not in the table. */
int64_t strength_digest_until(enum oid digest);

/* A key of this kind and length. min_*_bits: the policy's own lower bounds; a shorter key counts
 * until 2012-01-01 at most. Kinds that are not in the table have no end: nothing they sign is
 * supported anyway. */
int64_t strength_rsa_until(unsigned bits, int64_t min_rsa_bits);
int64_t strength_key_until(const EVP_PKEY *key, int64_t min_rsa_bits, int64_t min_ec_bits);

/* A signature by its AlgorithmIdentifier (whole value): its digest's end, and its family's (DSA).
 * STRENGTH_FOREVER for what brings its own digest (EdDSA) and for what is not known. */
int64_t strength_signature_until(struct span algorithm);

/* The rows, for listings: returns false behind the last one. */
struct strength_row {
    const char *name; /* "sha1", "rsa >= 1024" */
    int64_t until;
    const char *source;
};
bool strength_row(size_t index, struct strength_row *out);

#endif
