/*
 * members - a container's members as documents of their own (internal to verify/).
 */
#ifndef VERIFY_MEMBERS_H
#define VERIFY_MEMBERS_H

#include "verify/job.h"

/* Rows for the members of job->container, verified as the document's part asks. */
int verify_members(struct job *job) WARN_UNUSED;

/* cover.c: which signature or signed list vouches for which member. Needs every row; changes
 * states, verdicts and findings of rows, never the report's verdict. unsigned_row: what is told of
 * a file that nothing vouches for. */
int verify_cover(struct arena *a, struct sp_report *report,
                 enum sp_reason unsigned_row) WARN_UNUSED;

/* The document `data` of a job's document: its row gets what it says. content: what is given beside
 * it, or absent. */
int verify_member_data(struct job *job, struct sp_member *row, struct span data,
                       struct span content) WARN_UNUSED;

/* By this name programs show something else than the signed document that it is. */
bool verify_misnamed(const char *format, struct span name, struct span data);

/* cover.c: `by`, whose verdict that is, is over exactly the octets of the row. */
void verify_vouch(struct arena *a, struct sp_member *row, const char *by, enum sp_verdict verdict);

/* What a signature of the document alone would give a file it is over: the worst of its signers. */
enum sp_verdict verify_verdict_of(const struct job *job, const struct extracted *signature);

/* attachments.c: rows for the files of a mail, once its signatures are judged. */
int verify_attachments(struct job *job) WARN_UNUSED;

/* parts.c: rows for the files of an ASiC, once its signatures are judged. */
int verify_parts(struct job *job) WARN_UNUSED;

/* verify.c: sp_verify for a document inside another one. */
int verify_document(const struct sp_document *document, const struct sp_evidence *evidence,
                    const struct sp_policy *policy, const struct sp_clock *clock,
                    struct verify_shared *shared, struct sp_report **report) WARN_UNUSED;

#endif
