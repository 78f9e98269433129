/*
 * esign - the response of an Indian eSign service: an XML document with PKCS#7 signatures in it.
 */
#ifndef FORMAT_ESIGN_H
#define FORMAT_ESIGN_H

#include "format/extract.h"

/* The document may be one; asked before the costlier look. */
bool esign_likely(struct span file);

/* Adds the signatures of DocSignature to those found so far (the response's own XML signature).
 * content: the document given beside the file, or absent. Returns 0 or -1 (memory). */
int esign_extract(struct arena *a, struct span file, struct span content,
                  struct extraction *out) WARN_UNUSED;

#endif
