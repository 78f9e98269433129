/*
 * scheme_rows - what the rules of the scheme need from the records beside applications and
 * documents: test reports, evidence, decisions in force, deadlines.
 *
 * Rows come out as JSON objects with the names of the columns (records.h).
 */
#ifndef RECORDS_SCHEME_ROWS_H
#define RECORDS_SCHEME_ROWS_H

#include "records/records.h"

/* ---- test reports: a document, and what is entered about it ---------------------------------- */

/* What is said about a document of the application; NULL and UTC_NONE: not known. */
struct report_row {
    const char *number, *kind; /* kind: "device", "audit" */
    int64_t lab;
    const char *tests_started_on, *tests_ended_on, *issued_on;
};
int report_put(struct records *r, int64_t document, const struct report_row *row) WARN_UNUSED;

/* Documents of the kind test-report, and those something was entered about: document, title,
 * number, kind, lab, issuer, tests_started_on, tests_ended_on, issued_on, original, duplicate
 * (SHA-256 of the latest version of each copy). */
int report_list(struct records *r, int64_t application, json_t **out) WARN_UNUSED;

/* ---- evidence and decisions ------------------------------------------------------------------ */

/* Certificates of others: rows of foreign_case that are not closed. */
int evidence_list(struct records *r, int64_t application, json_t **out) WARN_UNUSED;

/* All decisions in force of an application: file (null: about the rule), rule, decision, reason,
 * at, person_name; oldest first. */
int decision_in_force(struct records *r, int64_t application, json_t **out) WARN_UNUSED;

struct waiver_new {
    int64_t application, person, at;
    const char *rule, *reason, *state; /* state: "proposed" or "final" */
};
/* A rule waived as a whole; supersedes what stood about the same rule. Returns the id. */
int64_t waiver_add(struct records *r, const struct waiver_new *w) WARN_UNUSED;

/* ---- deadlines ------------------------------------------------------------------------------- */

/* Applications that are not closed, or have a deadline still, by id: id. */
int application_open(struct records *r, int64_t after, int limit, json_t **out) WARN_UNUSED;

/* The nearest deadline (NULL: none), by which the queue sorts; no change of the application's
 * version. 1: it is another one now; 0; or a code. */
int application_due(struct records *r, int64_t application, const char *due_on,
                    const char *rule) WARN_UNUSED;

struct reminder_row {
    const char *kind, *rule, *due_on, *remind_on;
};
/* Reminders of deadlines that wait become void; those that are added again wait again. One that was
 * shown or done stays so. */
int reminder_clear(struct records *r, int64_t application) WARN_UNUSED;
int reminder_add(struct records *r, int64_t application,
                 const struct reminder_row *row) WARN_UNUSED;

/* Those that wait and whose day has come by until, of an application or of all (UTC_NONE), by id:
 * with number, product and vendor_name of the application. */
int reminder_list(struct records *r, int64_t application, const char *until, int64_t after,
                  int limit, json_t **out) WARN_UNUSED;
/* The same row whatever its state; RECORDS_NONE. */
int reminder_get(struct records *r, int64_t reminder, json_t **out) WARN_UNUSED;
/* RECORDS_CONFLICT: it does not wait any more. */
int reminder_done(struct records *r, int64_t reminder, int64_t now) WARN_UNUSED;

#endif
