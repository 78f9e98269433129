/*
 * name - distinguished names in a form that can be compared (RFC 5280 7.1).
 */
#ifndef ASN1_NAME_H
#define ASN1_NAME_H

#include "base/arena.h"

/*
 * A byte string that is equal for names RFC 5280 7.1 calls equal: string types as UTF-8, ASCII
 * letters in lower case, white space trimmed and folded. A malformed name is its own form. The
 * order inside a multi-valued RDN is kept: DER fixes it. Absent when memory is out.
 */
struct span name_canonical(struct arena *a, struct span name) WARN_UNUSED;

/* The same for a name given relative to an issuer (RFC 5280 4.2.1.13 nameRelativeToCRLIssuer):
 * rdn is the contents of the SET. */
struct span name_canonical_relative(struct arena *a, struct span issuer,
                                    struct span rdn) WARN_UNUSED;

#endif
