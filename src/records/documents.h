/*
 * documents - documents with their versions, the files in them, what the machine and officers said.
 *
 * document -> document_version (each upload) -> file (one for a document, many for a ZIP) ->
 * decision (an officer's word). A verification belongs to a version; the rows of its files hold
 * what the latest one found, the report is a blob. A verification never touches a decision, a
 * decision never a verdict.
 * Rows come out as JSON objects with the names of the columns (records.h).
 */
#ifndef RECORDS_DOCUMENTS_H
#define RECORDS_DOCUMENTS_H

#include "base/arena.h"
#include "records/records.h"

/* ---- documents and versions ------------------------------------------------------------------ */

/* id, number, vendor, state, owner. */
int application_brief(struct records *r, int64_t application, json_t **out) WARN_UNUSED;

/* Returns the id. */
int64_t document_add(struct records *r, int64_t application, const char *kind, const char *author,
                     const char *title, int64_t now) WARN_UNUSED;

/* What the applications of a vendor hold: versions, and the bytes of all of them. */
struct documents_held {
    int64_t versions, bytes;
};
int documents_held(struct records *r, int64_t firm, struct documents_held *out) WARN_UNUSED;

struct version_new {
    const char *name, *sha256;
    int64_t size, received_at, received_by; /* UTC_NONE: the operator */
    const char *copy;                       /* NULL: none */
};

/* The next version of a document; its blob's row is there. Returns the id. */
int64_t version_add(struct records *r, int64_t document, const struct version_new *v) WARN_UNUSED;

/* With the application's number, vendor, and the latest version (version_id, version, name, sha256,
 * size, received_at, state, verdict, ...). */
int document_get(struct records *r, int64_t document, json_t **out) WARN_UNUSED;
/* Of an application, with their latest versions, by id after that one. */
int document_list(struct records *r, int64_t application, int64_t after, int limit,
                  json_t **out) WARN_UNUSED;

/* With document, kind, author, application, number, vendor (id), vendor_name, oem_name; token as
 * has_token. */
int version_get(struct records *r, int64_t version, json_t **out) WARN_UNUSED;
int version_list(struct records *r, int64_t document, json_t **out) WARN_UNUSED;

/* Where the same bytes came before: versions, and files inside containers. firm: only in the
 * applications of this vendor; UTC_NONE: in all. Rows: application, number, document, version_id,
 * version, path, received_at. */
int version_same(struct records *r, const char *sha256, int64_t except_version, int64_t firm,
                 json_t **out) WARN_UNUSED;

/* One that has its verdict stays verified, whatever comes of a later verification. failure: NULL:
 * none. */
int version_state(struct records *r, int64_t version, const char *state,
                  const char *failure) WARN_UNUSED;
/* RECORDS_NONE: it has one already; or it has none. */
int version_token(struct records *r, int64_t version, struct span token, int64_t at) WARN_UNUSED;
int version_token_get(struct records *r, int64_t version, struct arena *a,
                      struct span *out) WARN_UNUSED;

/* ---- what the machine says ------------------------------------------------------------------- */

struct file_row {
    const char *path, *sha256, *format, *state, *covered_by;
    int64_t size;
    const char *verdict, *indication, *sub_indication, *reasons;
    const char *signer, *organisation;
    int64_t india, signed_at, applicant_matches; /* UTC_NONE: not known */
};

/* Adds or renews the row of a file; kind, author, decision and what its text says stay. */
int file_put(struct records *r, int64_t version, const struct file_row *f) WARN_UNUSED;

/* Removes the placeholders (state "listed") of files that were waiting for their verdict. */
int file_drop_listed(struct records *r, int64_t version) WARN_UNUSED;

/* {"path": "verdict", ...} of all files of a version that have one. */
int file_verdicts(struct records *r, int64_t version, json_t **out) WARN_UNUSED;

/* What its text says. UTC_NONE: not known. */
struct file_text {
    const char *language;
    int64_t language_sure, pages, number_found;
};
int file_text(struct records *r, int64_t version, const char *path,
              const struct file_text *t) WARN_UNUSED;

struct verification_new {
    const char *reason, *verdict, *policy, *report, *evidence, *crls; /* evidence: NULL: none */
    int64_t at, milliseconds, changed;
};
/* Also makes it the version's latest, whose state is verified from then on. Returns the id. */
int64_t verification_add(struct records *r, int64_t version,
                         const struct verification_new *v) WARN_UNUSED;
int verification_get(struct records *r, int64_t verification, json_t **out) WARN_UNUSED;
int verification_list(struct records *r, int64_t version, json_t **out) WARN_UNUSED;

/* Files of the version whose decision in force was taken about another verdict than the row's. */
int file_disputed(struct records *r, int64_t version, json_t **out) WARN_UNUSED;

/* Versions without a verdict for which no job waits or runs any more, because its workers ended
 * every time: id, application, error. */
int version_abandoned(struct records *r, json_t **out) WARN_UNUSED;

/* Jobs that read the text of an application's documents once more: there is a number to look
 * for. */
int version_read_again(struct records *r, int64_t application, int64_t now) WARN_UNUSED;

/* Latest versions in applications that are not closed, verified before that time: id, application,
 * received_at, at, verdict, crls. */
int version_open(struct records *r, int64_t before, int64_t after, int limit,
                 json_t **out) WARN_UNUSED;

/* ---- files ----------------------------------------------------------------------------------- */

struct file_filter {
    int64_t application; /* one of both: all latest versions of an application, */
    int64_t version;     /* or this version */
    const char *verdict; /* NULL: any */
    const char *text;    /* part of the path; NULL: any */
    bool undecided;      /* not ACCEPTED, and no decision in force */
};
int file_list(struct records *r, const struct file_filter *filter, int64_t after, int limit,
              json_t **out) WARN_UNUSED;
/* With the version's and the application's columns. */
int file_get(struct records *r, int64_t file, json_t **out) WARN_UNUSED;
/* NULL: as the document's. */
int file_set(struct records *r, int64_t file, const char *kind, const char *author) WARN_UNUSED;

/* How many files of each verdict a version has: {"ACCEPTED", "REVIEW", "REJECTED", "none"}. */
int file_counts(struct records *r, int64_t version, json_t **out) WARN_UNUSED;

/* ---- what officers say ----------------------------------------------------------------------- */

struct decision_new {
    int64_t application, file, verification, person, at; /* verification: UTC_NONE: none yet */
    const char *rule, *decision, *reason, *state, *verdict;
};
/* Final ones supersede what was in force about the same file and rule; proposed ones supersede what
 * was proposed. Returns the id. */
int64_t decision_add(struct records *r, const struct decision_new *d) WARN_UNUSED;
int decision_get(struct records *r, int64_t decision, json_t **out) WARN_UNUSED;
int decision_list(struct records *r, int64_t file, json_t **out) WARN_UNUSED;
/* Proposed ones of an application, or of all (UTC_NONE), for the second officer. */
int decision_waiting(struct records *r, int64_t application, int64_t after, int limit,
                     json_t **out) WARN_UNUSED;
/* The second officer's word: final (supersedes what was in force) or rejected. RECORDS_CONFLICT: it
 * is proposed no more. */
int decision_close(struct records *r, int64_t decision, const char *state, int64_t second,
                   int64_t now) WARN_UNUSED;

/* What was decided about a file of the version before holds for the same file - path, bytes and
 * verdict - of this one, whose first verification it is. Rows of what was taken over: file, path,
 * rule, decision. */
int decision_carry(struct records *r, int64_t version, int64_t verification,
                   json_t **out) WARN_UNUSED;

/* ---- for the intake of documents ------------------------------------------------------------- */

/* A notice for the officers of an application, today's; once a day for each kind. */
int notice_add(struct records *r, int64_t application, const char *kind, const char *rule,
               const char *on) WARN_UNUSED;

/* The unfinished or last job of that kind and key: id, state, done, of_all, tries, error. */
int job_about(struct records *r, const char *kind, const char *key, json_t **out) WARN_UNUSED;

#endif
