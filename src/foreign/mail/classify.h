/*
 * classify - what kind of mail it is: a report about a request that could not be delivered (RFC
 * 3464), an answer of a machine (RFC 3834), a list's, or somebody's reply.
 *
 * What it does not do: decide. Only a reply can.
 */
#ifndef FOREIGN_MAIL_CLASSIFY_H
#define FOREIGN_MAIL_CLASSIFY_H

#include "foreign/mail/head.h"
#include "foreign/mail/parts.h"

enum mail_class { MAIL_CLASS_REPLY, MAIL_CLASS_AUTO, MAIL_CLASS_BOUNCE };

struct mail_bounce {
    const char *action, *status, *recipient, *diagnostic; /* NULL: not said */
    bool permanent, delivered;
};

struct mail_kind {
    enum mail_class class;
    const char *why; /* AUTO: what says so */
    bool list;
    struct mail_bounce bounce;
};

/* Returns 0, or -1: memory. */
int mail_classify(struct arena *a, const struct mail_head *h, const struct mail_parts *parts,
                  struct mail_kind *out) WARN_UNUSED;

#endif
