/*
 * smime - signed mail (RFC 8551): multipart/signed and application/pkcs7-mime.
 */
#ifndef FORMAT_SMIME_H
#define FORMAT_SMIME_H

#include "format/extract.h"

/* Finds the signature of a mail: fills out->signatures and findings. Returns 0 or -1 (our
 * failure). */
int smime_extract(struct arena *a, struct span file, struct extraction *out) WARN_UNUSED;

#endif
