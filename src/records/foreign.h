/*
 * foreign - rows about foreign certificates: cases, what was found, mails to issuers, decisions,
 * issuers.
 *
 * Rows are JSON objects with the names of the columns (records.h). Functions that write want a
 * transaction. Which state may follow which is not known here: office/foreign/.
 */
#ifndef RECORDS_FOREIGN_H
#define RECORDS_FOREIGN_H

#include "records/records.h"

/* ---- cases ----------------------------------------------------------------------------------- */

int64_t foreign_add(struct records *r, const json_t *values, int64_t now) WARN_UNUSED;
/* Every column, with the application's number (registration), vendor, vendor_name, owner,
 * complete_on, registered_on, application_state, product of the application (application_product),
 * title of the document. */
int foreign_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
/* version UTC_NONE: whatever it is. */
int foreign_update(struct records *r, int64_t id, int64_t version, const json_t *values,
                   int64_t now) WARN_UNUSED;

/* What is NULL or UTC_NONE is not asked for. Rows as foreign_get, by their last day (those without
 * one at the end), then id. after: "DATE.ID" of the last row, or NULL. */
struct foreign_filter {
    const char *state, *due_until;
    int64_t application, vendor;
    bool open; /* not answered, not closed, not expired */
    const char *after;
    int64_t limit;
};
int foreign_list(struct records *r, const struct foreign_filter *f, json_t **out,
                 char next[48]) WARN_UNUSED;

/* How many cases in which state: {"waiting_reply": 3}. */
int foreign_states(struct records *r, json_t **out) WARN_UNUSED;

/* For the clock: cases neither answered nor closed, by id after that one: the columns it needs. */
struct foreign_open_row {
    int64_t id;
    char state[24], mail[16];
    char queried_on[12], started_on[12], due_on[12], complete_on[12], registered_on[12];
    int64_t extra_days, missing_year;
    char steps[200]; /* "remind-issuer:4 tell-vendor:10": those that were done */
    bool over;       /* the application is decided or closed */
};
int foreign_open_rows(struct records *r, int64_t after, size_t limit, struct foreign_open_row *out,
                      size_t *count) WARN_UNUSED;

/* 1: noted now; 0: it was before. */
int foreign_step_done(struct records *r, int64_t id, const char *task, int64_t day, const char *on,
                      int64_t now) WARN_UNUSED;
/* The window begins anew: what was done in the old one is undone. */
int foreign_steps_clear(struct records *r, int64_t id) WARN_UNUSED;
int foreign_step_list(struct records *r, int64_t id, json_t **out) WARN_UNUSED;

/* ---- what was found -------------------------------------------------------------------------- */

/* Returns its id; RECORDS_CONFLICT: that "once" is there. "claim": of the case now, unless it is
 * given. */
int64_t foreign_evidence_add(struct records *r, const json_t *values) WARN_UNUSED;
/* With the case's application and vendor. */
int foreign_evidence_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
/* What a file in it turned out to be. */
int foreign_evidence_result(struct records *r, int64_t id, const char *reason,
                            const char *result) WARN_UNUSED;
/* What a mail says, read once more. */
int foreign_evidence_said(struct records *r, int64_t id, const char *outcome,
                          const char *result) WARN_UNUSED;
/* Newest first. */
int foreign_evidence_list(struct records *r, int64_t foreign, json_t **out) WARN_UNUSED;

/* ---- mails ----------------------------------------------------------------------------------- */

int64_t foreign_mail_add(struct records *r, const json_t *values) WARN_UNUSED;
int foreign_mail_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
int foreign_mail_update(struct records *r, int64_t id, const json_t *values) WARN_UNUSED;
int foreign_mail_list(struct records *r, int64_t foreign, json_t **out) WARN_UNUSED;
/* The last one of a case; RECORDS_NONE. */
int foreign_mail_last(struct records *r, int64_t foreign, json_t **out) WARN_UNUSED;
/* By the hash of the confirmation page's token. */
int foreign_mail_by_link(struct records *r, const char *sha256, json_t **out) WARN_UNUSED;
/* Those whose answer may still come - of open cases, and of answered ones for two years, as a "no"
 * may come late: token_sha256, case, issuer (the key of the profile), claimed (the body the case
 * names), earlier (another address or claim took its place). */
int foreign_mail_known(struct records *r, json_t **out) WARN_UNUSED;
/* The mail of the case with that token; RECORDS_NONE. */
int foreign_mail_by_token(struct records *r, int64_t foreign, const char *sha256,
                          json_t **out) WARN_UNUSED;
/* Cases whose answer from this issuer is awaited, with their application; at most 20. */
int foreign_waiting_for(struct records *r, int64_t issuer, json_t **out) WARN_UNUSED;
/* All of the case are void: another address, another case. */
int foreign_mail_void(struct records *r, int64_t foreign) WARN_UNUSED;

int foreign_source_get(struct records *r, const char *name, json_t **out) WARN_UNUSED;
int foreign_source_put(struct records *r, const char *name, const json_t *state) WARN_UNUSED;

/* ---- decisions ------------------------------------------------------------------------------- */

/* What was proposed or final before is superseded. Returns the id. */
int64_t foreign_decision_add(struct records *r, const json_t *values) WARN_UNUSED;
/* The certificate is entered otherwise: what was found and asked is about another one (rows have
 * earlier_claim 1 from now on), and so is what was proposed. */
int foreign_claim_changed(struct records *r, int64_t foreign) WARN_UNUSED;
/* With the case's application. */
int foreign_decision_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
int foreign_decision_list(struct records *r, int64_t foreign, json_t **out) WARN_UNUSED;
/* RECORDS_CONFLICT: it is proposed no more. */
int foreign_decision_close(struct records *r, int64_t id, const char *state, int64_t second,
                           const char *login, int64_t now) WARN_UNUSED;

/* ---- issuers --------------------------------------------------------------------------------- */

/* The living row of that key; RECORDS_NONE. */
int issuer_living(struct records *r, const char *key, json_t **out) WARN_UNUSED;
int issuer_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
/* By id after that one; state NULL: those that are proposed or approved. */
int issuer_list(struct records *r, const char *state, int64_t after, int limit,
                json_t **out) WARN_UNUSED;
/* What lives under the key is superseded and loses its domains. Returns the id. */
int64_t issuer_add(struct records *r, const json_t *values) WARN_UNUSED;
/* state: approved, rejected, superseded. RECORDS_CONFLICT: it is not what it was. */
int issuer_judge(struct records *r, int64_t id, const char *from, const char *state, int64_t person,
                 const char *login, const char *reason, int64_t now) WARN_UNUSED;
/* below: what lies below it is the issuer's as well. */
int issuer_domain_add(struct records *r, int64_t id, const char *kind, const char *domain,
                      bool below) WARN_UNUSED;
/* The approved issuer one of whose domains the host is or may lie in, the longest first, or
 * RECORDS_NONE.
 * kind: "web" or "mail". */
int issuer_of_host(struct records *r, const char *kind, const char *host, json_t **out) WARN_UNUSED;
/* Approved profiles as objects. */
int issuer_profiles(struct records *r, json_t **out) WARN_UNUSED;

/* ---- calendars ------------------------------------------------------------------------------- */

int feed_put(struct records *r, int64_t person, const uint8_t hash[SHA256_SIZE],
             int64_t now) WARN_UNUSED;
int feed_drop(struct records *r, int64_t person) WARN_UNUSED;
/* The person, its roles and firm, unless it is disabled; RECORDS_NONE. */
int feed_find(struct records *r, const uint8_t hash[SHA256_SIZE], json_t **out) WARN_UNUSED;

#endif
