/*
 * blank - a report about a document of which nothing is known yet.
 */
#ifndef VERIFY_BLANK_H
#define VERIFY_BLANK_H

#include "base/arena.h"
#include "satyapan/verify.h"

/* Name, size, profile, time and program are filled in; no hash, no format, no finding. memory: cap
 * of the report's arena. NULL when memory is out. */
struct sp_report *blank_report(const struct sp_document *document, const struct sp_policy *policy,
                               const struct sp_clock *clock, size_t memory) WARN_UNUSED;

#endif
