/*
 * server - the body's own mail servers, as the operator configured them, for libcurl.
 *
 * TLS is required and verified (RFC 8314), by STARTTLS or from the start. The addresses are the
 * operator's, so no address guard; no proxy, no .netrc, no other protocol. The password is read
 * from its file just before it is used, by the process that uses it.
 */
#ifndef FOREIGN_MAIL_SERVER_H
#define FOREIGN_MAIL_SERVER_H

#include <curl/curl.h>
#include <jansson.h>

#include "base/arena.h"

struct mail_server {
    const char *url;                       /* without a path */
    const char *ca, *user, *password_file; /* NULL: the system's, none, none */
};

/* scheme: "smtp" or "imap"; "smtps", "imaps" too. NULL, or which member is wrong. */
const char *mail_server_read(struct arena *a, const json_t *given, const char *scheme,
                             struct mail_server *out) WARN_UNUSED;

/* Sets what both protocols share. path: behind the URL. Returns 0, or -1 with *why. */
int mail_server_use(struct arena *a, const struct mail_server *server, const char *path, CURL *curl,
                    const char **why) WARN_UNUSED;

#endif
