/*
 * smime - signed mail (RFC 8551): multipart/signed and application/pkcs7-mime.
 */
#ifndef FORMAT_SMIME_H
#define FORMAT_SMIME_H

#include "format/extract.h"

/* Finds the signature of a mail: fills out->signatures and findings. Returns 0 or -1 (our
 * failure). */
int smime_extract(struct arena *a, struct span file, struct extraction *out) WARN_UNUSED;

/* The content of a signature that brings its own, which is a message: adds the files in it to
 * out->files. Signatures inside are not looked for. Returns 0 or -1. */
int smime_inside(struct arena *a, struct span content, const struct extracted *by,
                 struct extraction *out) WARN_UNUSED;

#endif
