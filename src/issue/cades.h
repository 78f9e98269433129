/*
 * cades - a CAdES baseline signature (EN 319 122-1, RFC 5652), detached over a digest or with the
 * content inside, made with a key that only signs octets: a token can, too.
 *
 * Signed attributes: content-type, message-digest, signing-certificate-v2 (RFC 5035). No
 * signing-time: PAdES has it in /M (EN 319 142-1 6.3). Level T: a signature-time-stamp over the
 * value.
 */
#ifndef ISSUE_CADES_H
#define ISSUE_CADES_H

#include "issue/issue.h"

/* The digest that goes with a signer's key: "SHA256", "SHA384", "SHA512". */
const char *cades_digest(const struct signer *s);

/* The signature over content whose digest that is. Certificates of the signer's chain go in, but
 * for a self-signed one. stamper NULL: level B. 0, 1 (why), -1. */
int cades_sign(struct arena *a, struct signer *s, struct span digest, const struct stamper *t,
               struct span *out, char *why) WARN_UNUSED;

/* The same at level B with the content inside: one file that is complete by itself. */
int cades_sign_content(struct arena *a, struct signer *s, struct span content, struct span *out,
                       char *why) WARN_UNUSED;

#endif
