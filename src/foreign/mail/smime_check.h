/*
 * smime_check - the S/MIME signature of a mail (RFC 8551), by our own verifier.
 *
 * It counts when it is over everything the mail says, its certificate names the From address, and
 * it leads to an anchor the operator gave, or is one the operator pinned for this issuer.
 */
#ifndef FOREIGN_MAIL_SMIME_CHECK_H
#define FOREIGN_MAIL_SMIME_CHECK_H

#include "foreign/mail/address.h"
#include "foreign/mail/head.h"
#include "foreign/mail/parts.h"
#include "satyapan/evidence.h"

struct mail_pin {
    const char *issuer, *sha256; /* profile; hex, lower case */
};

struct mail_smime_trust {
    const struct sp_evidence *evidence;
    const struct mail_pin *pins;
    size_t pin_count;
};

struct mail_smime {
    bool present, passed;
    const char *why;             /* NULL when it passed */
    const char *signer, *sha256; /* of the certificate; NULL: none */
};

/* Returns 0, or -1: our failure. */
int mail_smime_check(struct arena *a, const struct mail_head *h, const struct mail_parts *parts,
                     const struct mail_address *from, const char *issuer,
                     const struct mail_smime_trust *trust, int64_t now,
                     struct mail_smime *out) WARN_UNUSED;

#endif
