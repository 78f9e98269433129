/*
 * result - the answer lines in the text of a reply: "RESULT: CONFIRMED", "RESULT: NOT CONFIRMED".
 *
 * A line counts when it is that and nothing else, and when the writer of the mail wrote it: not in
 * a quotation, a forwarded mail or below a signature, whichever way these are marked; what cannot
 * be told apart does not count. Our own request has no such line (compose.h), so it cannot come
 * back as one. A word beside it that the certificate is not in force any more is noted, for a
 * person to read. What it does not do: understand any other sentence, in any language.
 */
#ifndef FOREIGN_MAIL_RESULT_H
#define FOREIGN_MAIL_RESULT_H

#include "base/arena.h"

struct mail_result {
    size_t confirmed, denied;
    size_t other;     /* lines that begin with RESULT: and say something else */
    size_t quoted;    /* answer lines that are quoted */
    bool hindi;       /* the writer's own text has Devanagari letters */
    const char *over; /* a word of the writer's own: "withdrawn"; NULL: none */
};

/* Adds what the text (UTF-8, lines ended by LF or CRLF) says. normal_init was called. Returns 0 or
 * -1 (memory). */
int mail_result_read(struct arena *a, struct span text, struct mail_result *out) WARN_UNUSED;

#endif
