/*
 * compose - the verification request as a mail (RFC 5322, 2045-2047), from its template.
 *
 * One recipient, a fixed Message-ID, the token in every place that survives. What stands in the
 * certificate was written by the vendor: nothing of it can end a header line, or make a line of the
 * body that reads as an answer, however an issuer's program quotes or wraps it. What it does not
 * do: send (smtp.h), or decide whom to write to.
 */
#ifndef FOREIGN_MAIL_COMPOSE_H
#define FOREIGN_MAIL_COMPOSE_H

#include <jansson.h>

#include "foreign/mail/address.h"
#include "foreign/mail/sentences.h"

/* The line that comes first: what stands below it in an answer is our own text. */
#define MAIL_ANSWER_ABOVE "----- Please write your answer above this line -----"

struct mail_message {
    const char *from, *to, *return_path, *reply_to, *subject, *message_id;
    struct span text;  /* the body as people read it, UTF-8, LF */
    struct span bytes; /* the whole mail, CRLF */
};

/* request: as of `satyapan-mail send`. templates: the folder. Returns 0; 1: it cannot be made, the
 * sentence in *fault; -1: our failure (memory, no template), the reason in *why. */
int mail_compose(struct arena *a, const json_t *request, const char *templates,
                 struct mail_message *out, struct mail_said *fault, const char **why) WARN_UNUSED;

#endif
