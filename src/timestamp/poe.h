/*
 * poe - proofs of existence: since when an object is known to have been there, and by whom.
 *
 * EN 319 102-1 5.6.2.3. An object is a run of octets (a signature value, a certificate, a CRL, an
 * OCSP answer, a time-stamp token), named by its SHA-256, so that the same CRL is the same wherever
 * it lies. What proves it (a trusted time-stamp over it, the receipt of the document) is decided by
 * the caller; the claimed time of anything proves nothing.
 */
#ifndef TIMESTAMP_POE_H
#define TIMESTAMP_POE_H

#include "base/arena.h"
#include "base/hash.h"
#include "satyapan/report.h"

struct poe_proof {
    int64_t time;
    enum sp_time_basis basis;
    const char *by; /* the authority, NULL: the receipt */
};

struct poe_entry;

struct poe {
    struct arena *a;
    struct poe_entry *buckets[256];
    size_t count;
};

void poe_init(struct poe *p, struct arena *a);

/* Keeps the earliest proof of each object. Returns 0 or -1 (memory). */
int poe_add(struct poe *p, struct span object, const struct poe_proof *proof) WARN_UNUSED;
int poe_add_hash(struct poe *p, const uint8_t sha256[SHA256_SIZE],
                 const struct poe_proof *proof) WARN_UNUSED;

/* The earliest proof, or NULL: nothing proves it. p may be NULL. */
const struct poe_proof *poe_of(const struct poe *p, struct span object);
const struct poe_proof *poe_of_hash(const struct poe *p, const uint8_t sha256[SHA256_SIZE]);

#endif
