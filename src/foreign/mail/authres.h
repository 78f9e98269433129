/*
 * authres - the Authentication-Results of our own mail server (RFC 8601).
 *
 * Anybody can write such a line. One counts only when it is the first of all, under the name the
 * operator configured, and the only one under that name: our server takes away those that come
 * with a mail and adds its own on top. What it does not do: believe anybody else's.
 */
#ifndef FOREIGN_MAIL_AUTHRES_H
#define FOREIGN_MAIL_AUTHRES_H

#include "foreign/mail/address.h"
#include "foreign/mail/head.h"

struct mail_authres {
    bool ours;                      /* a line of our server was found */
    bool forged;                    /* one under its name that is not on top, or more than one */
    char spf_from[MAIL_DOMAIN];     /* domain of smtp.mailfrom of the SPF result; "": none */
    const char *spf, *dkim, *dmarc; /* "pass", "fail", ...; NULL: not said */
    char dmarc_from[MAIL_DOMAIN];   /* header.from of the DMARC result; "": none */
};

/* id: our server's name, NULL: none is trusted. Returns 0, or -1: memory. */
int mail_authres_read(struct arena *a, const struct mail_head *h, const char *id,
                      struct mail_authres *out) WARN_UNUSED;

#endif
