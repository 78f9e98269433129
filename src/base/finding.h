/*
 * finding - facts about a document, collected while it is read.
 *
 * A finding is never an error of ours (that is a return code) and never a log line (DESIGN.md,
 * idea 1). Findings are copied into the list's arena. Adding can only fail for lack of memory,
 * which mem counts, so callers need not check: the job then ends as engine.*, whatever else it
 * says.
 */
#ifndef BASE_FINDING_H
#define BASE_FINDING_H

#include "base/arena.h"
#include "satyapan/report.h"

/* An empty list; must be called before the first add, and again if the struct moves. */
void findings_init(struct sp_findings *list);

/* After the struct was moved as it is: an empty list ends in itself again. */
void findings_settle(struct sp_findings *list);

/* Adds a finding. where is copied. The arguments for {0}..{3} are const char *, ended by NULL:
 *     finding_add(arena, list, SP_PDF_BYTERANGE, where, "reason text", NULL); */
void finding_add(struct arena *a, struct sp_findings *list, enum sp_reason reason,
                 const char *where, ...) __attribute__((sentinel));

/* Appends all of from, which is empty afterwards. */
void findings_move(struct sp_findings *to, struct sp_findings *from);

/* A time as an argument: shown as people write it (IST), with month names in the text's language.
 * Writes into out[FINDING_TIME], returns out. */
enum { FINDING_TIME = 24 };
const char *finding_time(int64_t t, char *out);

/* True when the list holds this reason. */
bool finding_has(const struct sp_findings *list, enum sp_reason reason);

/* Replaces bytes that are not valid UTF-8 or are control characters by U+FFFD. */
char *finding_clean_text(struct arena *a, struct span raw) WARN_UNUSED;

#endif
