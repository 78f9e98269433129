/*
 * issuer - what an issuing body is called, out of its profile (trust/issuers/README.md), which was
 * read strictly when it was imported (foreign/profile).
 */
#ifndef FOREIGN_MAIL_ISSUER_H
#define FOREIGN_MAIL_ISSUER_H

#include <jansson.h>

#include "base/arena.h"

/* name, name_hi, aliases, accreditation; the texts are the profile's. 0, or -1: memory. */
int mail_issuer_names(struct arena *a, const json_t *profile, const char *const **names,
                      size_t *count) WARN_UNUSED;

#endif
