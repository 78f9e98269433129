/*
 * keeper - copies a report into another arena, so that the memory it was made in can be freed.
 *
 * Equal strings are kept once: the reports of many files signed by one person share nearly all of
 * their text, so that a row costs little.
 */
#ifndef VERIFY_KEEPER_H
#define VERIFY_KEEPER_H

#include "base/arena.h"
#include "satyapan/report.h"

struct keeper;

/* A keeper that copies into the report's arena, made at the first call; NULL when memory is out. */
struct keeper *keeper_for(struct sp_report *owner) WARN_UNUSED;

/* NULL stays NULL, which is no failure; failures are counted by mem and seen by keeper_failed. */
const char *keeper_text(struct keeper *k, const char *s);
struct sp_report *keeper_report(struct keeper *k, const struct sp_report *from);
void keeper_findings(struct keeper *k, struct sp_findings *to, const struct sp_findings *from);
/* A row with all it holds; to->findings is initialised. */
void keeper_member(struct keeper *k, struct sp_member *to, const struct sp_member *from);
/* What the other report lacked, added to the owner's list and put in order; each once. */
void keeper_wants(struct sp_report *owner, const struct sp_report *from);
/* The part lives on as long as the owner does: its rows may be used as they are. It is freed when
 * that fails: -1, no memory, or all parts together are larger than any report may be. */
int keeper_adopt(struct keeper *k, struct sp_report *part) WARN_UNUSED;
bool keeper_failed(const struct keeper *k);

#endif
