/*
 * smtp - hands a composed request to the body's mail server (RFC 5321, 3207), by libcurl.
 *
 * One recipient. It may end without knowing whether the server took the mail: then it counts as not
 * sent and is sent again, the same bytes with the same Message-ID. What it does not do: talk to the
 * issuer's server, queue, or try again.
 */
#ifndef FOREIGN_MAIL_SMTP_H
#define FOREIGN_MAIL_SMTP_H

#include "foreign/mail/compose.h"
#include "foreign/mail/server.h"

struct mail_sending {
    bool sent, permanent;
    long status; /* the server's last code, 0: none */
    struct mail_said said;
};

/* Returns 0, or -1: memory. */
int mail_smtp_send(struct arena *a, const struct mail_server *server,
                   const struct mail_message *message, struct mail_sending *out) WARN_UNUSED;

#endif
