/*
 * members - a container's members as documents of their own (internal to verify/).
 */
#ifndef VERIFY_MEMBERS_H
#define VERIFY_MEMBERS_H

#include "verify/job.h"

/* Rows for the members of job->container, verified as the document's part asks. */
int verify_members(struct job *job) WARN_UNUSED;

/* cover.c: which signature or signed list vouches for which member. Needs every row; changes
 * states, verdicts and findings of rows, never the report's verdict. */
int verify_cover(struct arena *a, struct sp_report *report) WARN_UNUSED;

/* parts.c: rows for the files of an ASiC, once its signatures are judged. */
int verify_parts(struct job *job) WARN_UNUSED;

/* verify.c: sp_verify for a document inside another one. */
int verify_document(const struct sp_document *document, const struct sp_evidence *evidence,
                    const struct sp_policy *policy, const struct sp_clock *clock,
                    struct verify_shared *shared, struct sp_report **report) WARN_UNUSED;

#endif
