/*
 * names - file names as strangers send them, made fit for storing, showing and saving.
 *
 * What comes out is one path component of plain UTF-8: no separators, control characters or
 * bidirectional overrides (Unicode TR 36 3.2), no leading dot, no spaces at the ends, at most
 * NAMES_MAX octets with the extension kept. What was sent is kept in the audit trail.
 */
#ifndef OFFICE_INTAKE_NAMES_H
#define OFFICE_INTAKE_NAMES_H

#include <jansson.h>

#include "base/arena.h"

enum { NAMES_MAX = 150 };

/* NULL: memory. Never empty. */
char *names_clean(struct arena *a, struct span raw) WARN_UNUSED;

/* The name as it was sent, for the audit trail: "name_sent" as text, or "name_sent_hex" when it is
 * no text. Returns 0 or -1. */
int names_sent(json_t *detail, struct span raw) WARN_UNUSED;

#endif
