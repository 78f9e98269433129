/*
 * quick - the plain case of path validation without OpenSSL's certificate objects.
 *
 * d2i_X509 and X509_verify_cert cost several times the RSA checks of a path, and have nothing to
 * say about nearly all of them. Here is the narrow shape in which that is certain: version 3
 * throughout, a few extensions in their usual form, names in the usual string types, each
 * certificate with the very name and key identifier of the one above, CAs that say so. Everything
 * else is OpenSSL's to judge (validate.c): policies asked for, name constraints, purposes, other
 * extensions, odd strings. tests/unit/test_quick.c compares both ways over all suites. Not looked
 * at here: times, signatures, strength of algorithms, extended key usage (build.c, validate.c,
 * extra.c).
 */
#ifndef CHAIN_QUICK_H
#define CHAIN_QUICK_H

#include "chain/build.h"
#include "chain/options.h"

/* X509_verify_cert, strict, would have nothing to say about this path (RFC 5280 6.1). False: ask
 * it; that is no verdict. */
bool quick_clean(const struct path *path, const struct chain_options *options);

#endif
