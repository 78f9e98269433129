/*
 * trust - the trust list on disk: anchors, intermediates, distrusted certificates, licensed-CA
 * pins.
 *
 * DIR/manifest.json names every certificate with its SHA-256, role, purpose and status;
 * DIR/local.json (same form) holds what the operator imported. A file whose hash is not the
 * manifest's makes the load fail: the program refuses to start with it. Nothing here is found out
 * from the network.
 */
#ifndef TRUST_TRUST_H
#define TRUST_TRUST_H

#include "asn1/cert.h"
#include "base/arena.h"
#include "satyapan/evidence.h"

enum { TRUST_ERROR = 512 };

struct trust_entry {
    const char *name, *file; /* file: relative to the trust directory */
    const char *sha256;      /* hex, lower case */
    const char *role;        /* "anchor", "intermediate", "distrusted" */
    const char *purpose;     /* "signing", "special" */
    const char *status;      /* "live", "historic", "explanation", "distrusted" */
    const char *source, *confirmed_by, *confirmed_on; /* the latter two NULL when nobody did yet */
    struct span der;
    bool local; /* imported by the operator */
};

struct trust_pin {
    const char *name, *sha256, *role;
};

struct trust;

/* The directory to use: given, else $SATYAPAN_TRUST, else beside the program (../trust in a
 * checkout, ../share/satyapan/trust when installed). Returns an arena string, or NULL when there is
 * none. */
char *trust_directory(struct arena *a, const char *given);

/* Loads and checks the trust list. Returns 0, or -1 with one sentence in error[TRUST_ERROR]. */
int trust_load(const char *dir, struct trust **out, char *error) WARN_UNUSED;
void trust_free(struct trust *t);

/* As evidence for a verification with profile india-dsc. Borrowed. */
const struct sp_evidence *trust_evidence(const struct trust *t);

/* Appends the same to other evidence, which borrows from the list. Returns 0, or -1 (memory). */
int trust_add_to(const struct trust *t, struct sp_evidence *evidence) WARN_UNUSED;

const struct trust_entry *trust_entries(const struct trust *t, size_t *count);
const struct trust_pin *trust_pins(const struct trust *t, size_t *count);

/* The entry or pin with this SHA-256 (hex), or NULL. */
const struct trust_entry *trust_entry_by_sha256(const struct trust *t, const char *sha256);
const struct trust_pin *trust_pin_by_sha256(const struct trust *t, const char *sha256);

#endif
