/*
 * align - which domain may speak for which: public suffixes by libpsl.
 *
 * Domains are A-labels in lower case (address.h). What it does not do: ask anybody; look-alikes
 * (foreign/domain.h).
 */
#ifndef FOREIGN_MAIL_ALIGN_H
#define FOREIGN_MAIL_ALIGN_H

#include "base/span.h"

/* Reads the list, once per process, before a sandbox is entered. 0 or -1. */
int align_warm(void) WARN_UNUSED;

/* The signing domain may speak for the From domain: it is the same, or stands above it and belongs
 * to the same organisation. One below does not: it may have been given to a customer. (RFC 7489
 * 3.1.1 allows it; here nobody is refused for good.) */
bool align_signs_for(const char *signer, const char *from);

/* The domain is that one or lies below it, and that one is no public suffix. */
bool align_within(const char *domain, const char *above);

#endif
