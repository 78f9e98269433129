/*
 * validate - is one complete path valid: RFC 5280 6.1 through X509_verify_cert, and what it leaves
 * out.
 *
 * Links were checked by the builder; times are judged here. Revocation is not: see revocation/.
 */
#ifndef CHAIN_VALIDATE_H
#define CHAIN_VALIDATE_H

#include "chain/build.h"
#include "chain/options.h"

/* Adds what is wrong with the path. Returns 0 or -1. */
int path_validate(struct arena *a, const struct path *path, const struct chain_question *question,
                  const struct chain_options *options, struct sp_findings *findings) WARN_UNUSED;

/* Is every certificate inside its validity at the time asked about. */
void path_time_checks(struct arena *a, const struct path *path, const struct chain_question *q,
                      struct sp_findings *findings);

/* Checks that look at one certificate or its path without OpenSSL (extra.c). */
int path_extra_checks(struct arena *a, const struct path *path,
                      const struct chain_question *question, const struct chain_options *options,
                      struct sp_findings *findings) WARN_UNUSED;

/* Since when the certificate is known to have existed: by proof, else the time of validation; where
 * no proofs are asked for, the time that the question takes as given. */
int64_t path_proven(const struct chain_question *q, const struct cert *c);

/* "<where>.chain[i]" */
const char *path_where(struct arena *a, const char *where, size_t i);

/* Common name, else the whole name: how a finding calls a certificate. Never NULL. */
const char *path_cert_name(struct arena *a, const struct cert *c);

#endif
