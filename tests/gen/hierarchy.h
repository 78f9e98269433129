/*
 * hierarchy - the rows of the test PKI: who exists, who is revoked, which CRLs and OCSP answers.
 */
#ifndef GEN_HIERARCHY_H
#define GEN_HIERARCHY_H

#include "pki.h"

/* Root, licensed CA, sub-CA, signers, TSA, responder: enough for a demonstration. */
void hierarchy_base(void);
/* Every variation the cases need; after hierarchy_base. */
void hierarchy_variants(void);

/* All issued certificates, in order; NULL at the end. */
const struct issued *hierarchy_at(size_t index);

/* CRLs of the base hierarchy, current for valid_for seconds from a day ago. */
void hierarchy_write_crls(const char *dir, int64_t valid_for);
/* The other CRLs and the OCSP responses. */
void hierarchy_write_variants(const char *dir);

#endif
