/*
 * sigcheck - a signature over bytes by a public key, as certificates, CRLs and OCSP answers carry
 * it.
 *
 * RFC 4055, 5480, 5758, 8410, 8692. The bytes are the encoding as received: nothing is encoded
 * again. What is not judged here: whether the digest is still strong enough (signature_digest tells
 * which).
 */
#ifndef CHAIN_SIGCHECK_H
#define CHAIN_SIGCHECK_H

#include <openssl/evp.h>

#include "asn1/cert.h"
#include "base/span.h"

enum sig_result { SIG_GOOD, SIG_BAD, SIG_UNSUPPORTED };

/* By the key of this certificate. algorithm: the whole AlgorithmIdentifier. Returns 0 and *out, or
 * -1 when memory is out. */
int signature_check(struct cert *signer, struct span algorithm, struct span data,
                    struct span signature, enum sig_result *out) WARN_UNUSED;

/* The digest the algorithm uses: OID_SHA256, ..., OID_UNKNOWN when it brings its own (EdDSA) or is
 * not known. */
enum oid signature_digest(struct span algorithm);

/* The algorithm may not be relied on at that time (asn1/strength.h). at is a proven time, else the
 * time of validation. */
bool signature_weak(struct span algorithm, int64_t at);

#endif
