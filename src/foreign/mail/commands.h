/*
 * commands - what satyapan-mail can be asked.
 */
#ifndef FOREIGN_MAIL_COMMANDS_H
#define FOREIGN_MAIL_COMMANDS_H

#include <jansson.h>

#include "base/arena.h"

/* Exit codes (CONTRACT.md). */
enum { MAIL_EXIT_USAGE = 64, MAIL_EXIT_UNAVAILABLE = 69, MAIL_EXIT_INTERNAL = 70 };

/* Each answers on standard output and returns the exit code. */
int mail_preview(struct arena *a, const json_t *request) WARN_UNUSED;
int mail_send(struct arena *a, const json_t *request) WARN_UNUSED;
int mail_poll(struct arena *a, const json_t *request) WARN_UNUSED;

/* The arena's folder of templates: given, else trust/mail. NULL: none. */
const char *mail_templates(struct arena *a, const json_t *request);

#endif
