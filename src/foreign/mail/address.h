/*
 * address - mail addresses, read so strictly that two programs cannot read two things (RFC 5322
 * 3.4, RFC 6531, RFC 5891).
 *
 * One mailbox, no group, no comment, no route, no address literal, no quoted local part. A domain
 * is compared in its ASCII form (A-labels), whole, in lower case. What it does not do: say whether
 * anybody is there, or whom a domain belongs to (align.h).
 */
#ifndef FOREIGN_MAIL_ADDRESS_H
#define FOREIGN_MAIL_ADDRESS_H

#include "base/arena.h"

enum { MAIL_LOCAL = 65, MAIL_DOMAIN = 254 };

struct mail_address {
    char local[MAIL_LOCAL];   /* as it stands */
    char domain[MAIL_DOMAIN]; /* A-labels, lower case */
};

/* "local@domain". NULL, or what is wrong, as the end of a sentence. */
const char *mail_address_parse(struct span text, struct mail_address *out) WARN_UNUSED;

/* A domain alone, in any form, to A-labels in lower case; false: it is none. */
bool mail_domain_parse(struct span text, char out[MAIL_DOMAIN]) WARN_UNUSED;

/* The value of a From line (unfolded): one mailbox, with or without a name. *address: the part that
 * counts. NULL, or what is wrong. */
const char *mail_mailbox_parse(struct span value, struct mail_address *out) WARN_UNUSED;

#endif
