/*
 * amendment - a certificate that is drawn and signed anew (amend, correct), as one officer asks for
 * it and another signs it: what it says now, what it would say, what differs, and the SHA-256 that
 * the one who signs confirms.
 *
 * The SHA-256 is that of one line of canonical JSON and a line feed:
 *   {"before": SHA-256 of the data as they are, "change": what is asked for (issue_amend),
 *    "event": "amend"|"correct", "number", "reason"}
 * so that neither the change nor the certificate can be another one than was looked at.
 *
 * Officers and satyapan-issue judge by this one way. What it does not do: it changes nothing.
 */
#ifndef OFFICE_CERTIFICATES_AMENDMENT_H
#define OFFICE_CERTIFICATES_AMENDMENT_H

#include "issue/issue.h"
#include "records/records.h"

struct amendment {
    json_t *before, *after; /* new; after is NULL when it is refused */
    char sha256[SHA256_HEX];
    bool nothing; /* refused because the certificate is so already, by the same words */
    bool closed;  /* refused because no certificate of this state or age is changed */
    char why[ISSUE_WHY], why_hi[ISSUE_WHY]; /* why it is refused */
};

struct amendment_ask {
    const char *number, *event, *reason, *today;
    const json_t *change;
};

/* 0; 1: the rules or the certificate's state refuse it, or nothing would change (why);
 * RECORDS_NONE: there is no such certificate; RECORDS_FAILED. */
int amendment_read(struct records *r, const struct scheme_settings *settings,
                   const struct amendment_ask *ask, struct amendment *out) WARN_UNUSED;
void amendment_free(struct amendment *a);

/* What officers asked for is the member "change" of the row's data, beside their remark; what the
 * command line prepared is the data itself. Borrowed. */
const json_t *amendment_change(const json_t *row);

/* [{"path", "before", "after"}]: each text or number that differs, in the order of the data; null
 * where there is none. A name of holder or product has "similar", too. NULL: memory. */
json_t *amendment_differences(const json_t *before, const json_t *after);

/* What a correction may change, as parameters and pages name it beside its key in the data; the
 * cells of lines in their order. All end with NULL. */
extern const char *const amendment_holder[][2],
    *const amendment_product[][2], *const amendment_lab[][2], *const amendment_signatory[][2];
extern const char *const amendment_models[], *const amendment_places[];

/* How much of two names is the same, in percent: 100 less the letters to be changed, put in or
 * taken out, of the longer one's. Case of ASCII does not count. That of their first words counts
 * where it is less: "Nila Kamera Private Limited" is much of "Zeta Kamera Private Limited". */
int amendment_similar(const char *a, const char *b);

/* Less than this, and a name is another one rather than one that was written wrongly. */
enum { AMENDMENT_OTHER_NAME = 60 };

#endif
