/*
 * lookup - asks the system's resolver for DKIM keys (TXT records), by libresolv.
 *
 * Names are made of checked letters only (dkim_check.c) and belong to approved issuers. The answer
 * is not read here but in the sandbox. What it does not do: DNSSEC of its own; the resolver's AD
 * bit is passed on.
 */
#ifndef FOREIGN_MAIL_LOOKUP_H
#define FOREIGN_MAIL_LOOKUP_H

#include "foreign/mail/dkim_check.h"

/* Returns 0, or -1: memory. A name that does not exist has an empty answer. */
int mail_lookup(struct arena *a, const char *name, struct mail_key *out) WARN_UNUSED;

#endif
