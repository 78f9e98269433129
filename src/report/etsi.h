/*
 * etsi - the parts of the ETSI validation report (TS 119 102-2), shared by its two files.
 */
#ifndef REPORT_ETSI_H
#define REPORT_ETSI_H

#include "base/arena.h"
#include "report/render.h"
#include "report/xmlout.h"

/* Identifiers in the document: "S" a signature, with its number from 0; "C", "R", "O", "T" a
 * validation object of these types, with its place in the list. */
enum etsi_type { ETSI_CERTIFICATE, ETSI_CRL, ETSI_OCSP, ETSI_TIMESTAMP };

/* Something the validation used. */
struct etsi_object {
    enum etsi_type type;
    const char *sha256;
    const struct sp_certificate *certificate; /* one of the two, for certificates and stamps */
    const struct sp_timestamp *timestamp;
    size_t signature; /* index of the first that used it */
};

struct etsi {
    struct xmlout x;
    const struct sp_report *r;          /* of a container: with the signatures of all its files */
    const struct sp_report *d;          /* the document at hand: r's own, or a file inside */
    const struct sp_report **documents; /* by signature */
    struct arena *a;
    struct etsi_object *objects; /* sorted, each once */
    size_t count, capacity;
};

/* Finds the objects of all signatures. Returns 0 or -1 (memory). */
int etsi_collect(struct etsi *e) WARN_UNUSED;

/* <SignatureValidationObjects>, or nothing when there are none. */
void etsi_objects(struct etsi *e);

/* ` VOReference="..."` to an object, and to a signature. */
void etsi_refer(struct etsi *e, enum etsi_type type, const char *sha256);
void etsi_refer_signature(struct etsi *e, size_t index);

/* Of a CRL or an OCSP answer, by the way its source is named. */
enum etsi_type etsi_revocation_type(const struct sp_revocation *r);

/* A <SubIndication> when there is one. */
void etsi_subindication(struct etsi *e, const char *word);

/* <DigestMethod> and <DigestValue> of a SHA-256. */
void etsi_digest(struct etsi *e, const char *sha256);

#endif
