/*
 * align - whose domain is it: public suffixes (libpsl), look-alikes (ICU uspoof, UTS 39).
 *
 * Domains are A-labels in lower case (address.h). What it does not do: ask anybody.
 */
#ifndef FOREIGN_MAIL_ALIGN_H
#define FOREIGN_MAIL_ALIGN_H

#include "base/span.h"

/* Reads the list and ICU's tables, once per process, before a sandbox is entered. 0 or -1. */
int align_warm(void) WARN_UNUSED;

/* The signing domain may speak for the From domain: it is the same, or stands above it and belongs
 * to the same organisation. One below does not: it may have been given to a customer. (RFC 7489
 * 3.1.1 allows it; here nobody is refused for good.) */
bool align_signs_for(const char *signer, const char *from);

/* The domain is nobody's own: a public suffix, as "co.uk". */
bool align_is_public(const char *domain);

/* It looks like the other one, or like a part or a variation of it, and is not it. */
bool align_looks_like(const char *domain, const char *other);

#endif
