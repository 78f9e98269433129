/*
 * request - from what an officer asks for to a certificate's data, judged.
 *
 * A request (certs/request.schema.json) is the data of a certificate without what is given at issue
 * (number, url) and what follows from rules or settings (issued_on, valid_from, valid_to, schema,
 * scheme, body), which may be left out.
 *
 *   request -> shape and dates (issue_check: R-LVL-1, R-VAL-1 to R-VAL-4) -> against.c: what the
 *   records say of its application, then every rule of the scheme that blocks (R-CC-1, R-REC-1 ...)
 *
 * The pages, the API and satyapan-issue judge by this one way. What it does not do: it changes
 * nothing.
 */
#ifndef OFFICE_CERTIFICATES_REQUEST_H
#define OFFICE_CERTIFICATES_REQUEST_H

#include "issue/issue.h"
#include "office/office.h"
#include "records/records.h"
#include "trust/scheme_data.h"

/* What requests are judged with; borrowed. */
struct certify {
    const struct office *office;
    const struct scheme_data *scheme;
    struct records *r;
    int64_t now;
};

enum certify_end {
    CERTIFY_NEW,     /* it can be issued */
    CERTIFY_ISSUED,  /* it was: data are those of then, number and previous say which */
    CERTIFY_REFUSED, /* why */
    CERTIFY_BROKEN   /* a failure of ours */
};

enum { CERTIFY_NUMBER = 65 };

struct certify_request {
    const json_t *request; /* as it came; borrowed */
    json_t *data;          /* new: complete but for number and url; of an issued one: all */
    int64_t application;   /* UTC_NONE: none in the records */
    int64_t previous;      /* entry of the event that issued it already, or -1 */
    char number[CERTIFY_NUMBER];
    char why[ISSUE_WHY], why_hi[ISSUE_WHY];
};

/* The caller gives up data. */
enum certify_end certify_read(const struct certify *c, struct certify_request *q) WARN_UNUSED;

/* SHA-256 of a request as a list of one - its canonical JSON and a newline -, which an officer
 * confirms. text: new, to be freed with mem_free, or NULL. 0 or -1. */
int certify_hash(const json_t *request, char hex[SHA256_HEX], char **text) WARN_UNUSED;

/* A sentence that was cut in the middle of a character has whole characters again. */
void certify_clean(char *text);

/* against.c: the data against their application, if the records have it. 0, 1 (why), -1. */
int certify_against(const struct certify *c, struct certify_request *q,
                    const json_t *data) WARN_UNUSED;

/* hindi.c: a sentence of issue_check in Hindi. */
void certify_hindi(const char *why, char out[ISSUE_WHY]);

#endif
