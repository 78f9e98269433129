/*
 * password - the password of encrypted documents, from a file of the operator.
 *
 * Never from the command line, which other users of the machine can read, nor from the environment.
 * The child that verifies inherits it; it is in no report, log or stored evidence.
 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "base/span.h"
#include "cli/commands.h"
#include "satyapan/verify.h"

struct password {
    uint8_t text[SP_PASSWORD_MAX];
    size_t size; /* 0: none */
};

/* Reads the file, without one line end behind it. Returns EXIT_GOOD, or the exit code of the
 * failure with one sentence on stderr. */
enum exit_code password_read(const char *path, struct password *out) WARN_UNUSED;
void password_wipe(struct password *p);

/* Lends it to a document. */
void password_lend(const struct password *p, struct sp_document *d);

#endif
