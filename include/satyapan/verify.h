/*
 * verify.h - the verifier: a pure function from document, evidence, policy and clock to a report.
 *
 * It opens no file, no socket and no database, reads no environment and no clock. The same inputs
 * give the same report, today and in ten years.
 */
#ifndef SATYAPAN_VERIFY_H
#define SATYAPAN_VERIFY_H

#include "satyapan/evidence.h"
#include "satyapan/policy.h"
#include "satyapan/report.h"

#define SATYAPAN_VERSION "0.1.0"

/* Longest password of a document; what PDF counts of it is shorter. */
enum { SP_PASSWORD_MAX = 1024 };

/* Which part of a container's work is asked for (sandbox/split.h). */
enum sp_part {
    SP_PART_WHOLE,  /* everything */
    SP_PART_OPEN,   /* everything, but the members of a large container are only listed */
    SP_PART_MEMBERS /* members [first, first + count) and nothing else; no verdict */
};

struct sp_document {
    const char *name; /* as shown in the report */
    const uint8_t *bytes;
    size_t size;
    const uint8_t *content; /* detached content, NULL when not given */
    size_t content_size;
    enum sp_document_kind kind;
    /* Opens encrypted PDFs, also those inside a container; NULL: none was given. UTF-8, borrowed;
     * nothing of it gets into the report. */
    const uint8_t *password;
    size_t password_size;
    const char *applicant; /* to compare with the signer's organisation; NULL: not compared */
    enum sp_part part;
    size_t first, count; /* SP_PART_MEMBERS */
};

struct sp_clock {
    int64_t now;      /* the time of validation */
    int64_t received; /* proof of existence: when the CB received it; SP_NO_TIME when not known */
};

/* Once per process, before any other call and before OpenSSL is used. Returns 0 or -1. */
int sp_init(void) __attribute__((warn_unused_result));

/*
 * Verifies one document. Returns 0 and a report the caller frees, or -1 when not even a report
 * could be made for lack of memory. Any other failure of our own gives a report with an engine.*
 * finding and the verdict REVIEW: never ACCEPTED, never a false "bad signature".
 */
int sp_verify(const struct sp_document *document, const struct sp_evidence *evidence,
              const struct sp_policy *policy, const struct sp_clock *clock,
              struct sp_report **report) __attribute__((warn_unused_result));

/*
 * The end of a verification in parts: listed is the report of SP_PART_OPEN with members pending,
 * whose rows were filled from the reports of SP_PART_MEMBERS. Pure as sp_verify; returns 0 or -1.
 */
int sp_verify_members_done(struct sp_report *listed, const struct sp_policy *policy)
    __attribute__((warn_unused_result));

/* Takes the rows of a report of SP_PART_MEMBERS over into the listed report, from row first on; of
 * a report that has others, its findings say in each row why it stays unread. The part belongs to
 * the listed report afterwards, also after a failure. Returns 0 or -1. */
int sp_verify_members_add(struct sp_report *listed, size_t first, size_t count,
                          struct sp_report *part) __attribute__((warn_unused_result));

#endif
