/*
 * requests - rows of certificates that are prepared and signed by officers: requests, and lists
 * that are being signed.
 *
 * Rows are JSON objects with the names of the columns. What writes wants a transaction. That the
 * second officer is another one than the first is said here, too: the tables refuse the same.
 *
 * What it does not do: judge (office/certificates), issue (satyapan-issue).
 */
#ifndef RECORDS_REQUESTS_H
#define RECORDS_REQUESTS_H

#include "records/records.h"

/* ---- requests -------------------------------------------------------------------------------- */

struct request_new {
    int64_t application; /* UTC_NONE */
    const char *registration, *request, *sha256;
    int64_t person, at;
};

/* What is open for the same registration is replaced. Its id; RECORDS_CONFLICT: it is being signed
 * at this moment. */
int64_t request_add(struct records *r, const struct request_new *n) WARN_UNUSED;

/* With the names of the officers (person_name, second_name) and "signing", the id of the list that
 * is being signed with it. */
int request_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;

/* The open one of a registration, for its application (UTC_NONE: by registration). */
int request_open(struct records *r, const char *registration, json_t **out) WARN_UNUSED;

/* Newest first, ids below before (UTC_NONE: from the newest); NULL and UTC_NONE: any. Without the
 * request itself. */
int request_list(struct records *r, const char *state, int64_t application, int64_t before,
                 int limit, json_t **out) WARN_UNUSED;

/* The latest request of anybody; RECORDS_NONE. */
int request_latest(struct records *r, json_t **out) WARN_UNUSED;

/* RECORDS_CONFLICT: it is not open any more, or being signed. */
int request_approve(struct records *r, int64_t id, int64_t second, int64_t now) WARN_UNUSED;
int request_discard(struct records *r, int64_t id, int64_t person, const char *reason,
                    int64_t now) WARN_UNUSED;

/* In the transaction of the event: the certificate of that registration is issued. The open request
 * is issued where its hash is this one, replaced else. second: UTC_NONE keeps who approved it. */
int request_issued(struct records *r, const char *registration, const char *sha256,
                   const char *number, int64_t second, int64_t now) WARN_UNUSED;

/* ---- lists being signed ---------------------------------------------------------------------- */

struct signing_new {
    const char *ticket, *sha256;
    int64_t person, at;
};
int64_t signing_add(struct records *r, const struct signing_new *n, const int64_t *requests,
                    size_t count) WARN_UNUSED;

/* {..., "person_name", "login", "count", "issued", "change"}; not the ticket. */
int signing_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
int signing_by_ticket(struct records *r, const char *ticket, int64_t *id) WARN_UNUSED;
int signing_list(struct records *r, int64_t before, int limit, json_t **out) WARN_UNUSED;
/* Instead of requests it has one change of a certificate (changes.h). */
int signing_add_change(struct records *r, int64_t signing, int64_t change) WARN_UNUSED;
/* Its requests with their text, in the order of the list. */
int signing_requests(struct records *r, int64_t id, json_t **out) WARN_UNUSED;

/* waiting -> running -> done | stopped. RECORDS_CONFLICT: it is in no such state. */
int signing_begin(struct records *r, int64_t id) WARN_UNUSED;
int signing_end(struct records *r, int64_t id, const char *state, const char *failure,
                const char *detail, int64_t now) WARN_UNUSED;

/* Those that were open when the server ended. */
int signing_interrupted(struct records *r, int64_t now) WARN_UNUSED;

/* ---- certificates for officers --------------------------------------------------------------- */

/* The certificate's id is its position in the status list plus one: never used twice. */
int issued_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;

enum issued_order { ISSUED_NEWEST, ISSUED_EXPIRY, ISSUED_NUMBER, ISSUED_HOLDER };
struct issued_filter {
    const char *status, *series, *text, *valid_to; /* text: in number, holder, product, models */
    enum issued_order order;
    int64_t after; /* id of the last one of the page before; UTC_NONE */
    int limit;
};
int issued_list(struct records *r, const struct issued_filter *f, json_t **out) WARN_UNUSED;

/* ---- changes of certificates (changes.h), for officers --------------------------------------- */

/* With number, holder, status and latest event of the certificate; "certificate" is its id as
 * above; names of the officers, "remark", "seen", its latest event when it was asked for, and
 * "signing", the open list that it is signed with. */
int changed_get(struct records *r, int64_t id, json_t **out) WARN_UNUSED;
/* Newest first; certificate NULL: of all; waiting: only what waits. */
int changed_list(struct records *r, const char *certificate, bool waiting, int64_t before,
                 int limit, json_t **out) WARN_UNUSED;

#endif
