/*
 * source - where mails come from: the body's mailbox (IMAP), a Maildir, or files.
 *
 * Each is copied to the folder of blobs under its SHA-256 and looked at afterwards. The mailbox is
 * read by a process of its own, which alone has the network and the password, and never looks into
 * a mail.
 */
#ifndef FOREIGN_MAIL_SOURCE_H
#define FOREIGN_MAIL_SOURCE_H

#include <jansson.h>

#include "base/hash.h"
#include "foreign/mail/sentences.h"
#include "foreign/mail/server.h"

/* The largest mail that is read: an attachment of 25 MB and more. */
#define MAIL_SIZE_MAX      ((size_t)48 * 1024 * 1024)
#define MAIL_SIZE_MAX_TEXT "48 MB"

enum { SOURCE_LIMIT_MAX = 1000 };

struct source_mail {
    uint32_t uid;            /* IMAP; 0: none */
    const char *path, *name; /* Maildir and files: where it was; name: in the Maildir */
    char sha256[SHA256_HEX]; /* "": it was too large */
    size_t size;
};

struct source {
    struct source_mail *mails;
    size_t count, left;
    uint32_t uidvalidity, uid; /* IMAP: where to go on */
    int maildir;               /* the folder, -1: none */
    bool failed;
    struct mail_said said; /* why */
};

/* Takes up to limit mails into the folder (a descriptor). Returns 0; 1: the request is wrong, what
 * in *wrong; -1: our failure. */
int source_take(struct arena *a, const json_t *request, int folder, size_t limit,
                struct source *out, const char **wrong) WARN_UNUSED;

/* After its row was written: a mail of a Maildir goes from new/ to cur/. */
void source_done(const struct source *s, const struct source_mail *mail);

/* imap.c, in the process of its own: writes lines of JSON about what it took to fd. */
struct imap_request {
    const struct mail_server *server;
    const char *mailbox;
    uint32_t uidvalidity, uid;
    size_t limit;
    int folder;
};
void imap_run(struct arena *a, const struct imap_request *r, int fd);

#endif
