/*
 * stored - the evidence of a verification on disk, so that the verdict can be recomputed years
 * later.
 *
 * DIR/blobs/SHA256 holds every input once; DIR/SHA256.json (the document's hash) says which of them
 * were used how, under which policy and clock, and what the report was. Directories 0700, files
 * 0600.
 */
#ifndef CLI_STORED_H
#define CLI_STORED_H

#include "cli/commands.h"
#include "sandbox/sandbox.h"

/* Writes one verification. Returns EXIT_GOOD, or a failure with one sentence on stderr. */
enum exit_code stored_write(const char *dir, const struct sandbox_job *job,
                            const struct sp_report *report) WARN_UNUSED;

#endif
