/*
 * ended - the report of a job whose child could not answer: one engine.* finding, verdict REVIEW.
 */
#ifndef SANDBOX_ENDED_H
#define SANDBOX_ENDED_H

#include "sandbox/sandbox.h"

/* The reason and its argument {0}; readable tells whether the document's bytes may still be read
 * (not after SIGBUS: the file was cut off under its mapping). Returns 0, or -1: memory. */
int ended_report(const struct sandbox_job *job, enum sp_reason reason, const char *argument,
                 bool readable, struct sp_report **out) WARN_UNUSED;

#endif
