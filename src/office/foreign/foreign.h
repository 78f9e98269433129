/*
 * foreign - what operations and works on foreign certificates share: what happens to a case, its
 * dates, its tokens, where its addresses lead.
 *
 * Every change of a case goes through foreign_apply: the state that follows is
 * scheme/foreign_case's, it is written with its rows of the trail in the caller's transaction. Two
 * rows: one the vendor may see (the state and the dates), one he may not (what was found, and
 * why).
 */
#ifndef OFFICE_FOREIGN_FOREIGN_H
#define OFFICE_FOREIGN_FOREIGN_H

#include "office/office.h"
#include "records/foreign.h"
#include "scheme/foreign_case.h"
#include "scheme/foreign_clock.h"
#include "trust/scheme_data.h"

/* Who changes it, with what. */
struct foreign_by {
    struct records *r;
    const struct scheme_data *data; /* settings and closures */
    int64_t now, person;            /* person UTC_NONE: the program itself, or the operator */
    const char *login, *action;     /* of the rows of the trail */
};

void foreign_read(const json_t *row, struct foreign_case *out);
void foreign_dates_read(const json_t *row, struct foreign_dates *out);

/* The event happens to the case of the row (of foreign_get). values: columns that change with it,
 * taken over, may be NULL; detail: of the row of the trail that is not for the vendor, taken over,
 * may be NULL. 1: it happened; 0: not in this state, nothing was written; a code of records.h. */
int foreign_apply(const struct foreign_by *by, const json_t *row, enum foreign_event event,
                  json_t *values, json_t *detail) WARN_UNUSED;

/* Jobs for what waits in the case, after it was paused, closed or expired. */
int foreign_rejob(const struct foreign_by *by, int64_t id) WARN_UNUSED;

/* The row's state is an answer. */
bool foreign_answered_row(const json_t *row);

/* The body has asked the issuer for the first time, today: the clock may begin. Inside the
 * transaction that notes it. */
int foreign_queried(const struct foreign_by *by, const json_t *row) WARN_UNUSED;

/* Writes day 0 and the last day as they are now, when they changed; the vendor is told. 1: they
 * did; 0; a code. */
int foreign_redate(const struct foreign_by *by, const json_t *row, json_t *values,
                   const char *why) WARN_UNUSED;

/* A row of the trail about a case: "foreign:7". detail is taken over. */
int foreign_trace(const struct foreign_by *by, const json_t *row, bool visible,
                  json_t *detail) WARN_UNUSED;

/* The job of a case: kind "foreign-web", "foreign-mail"; key "case:7", "mail:9". */
int foreign_job(const struct foreign_by *by, const json_t *row, const char *kind, int64_t id,
                int64_t run_at) WARN_UNUSED;

/* ---- addresses ------------------------------------------------------------------------------- */

enum foreign_place { FOREIGN_APPROVED, FOREIGN_NOT_APPROVED, FOREIGN_BAD_ADDRESS };

/* Where the weblink or mail address leads: *issuer (may be NULL) is the approved issuer's row. -1:
 * the records fail. */
int foreign_link_place(struct records *r, const char *link, enum foreign_place *out,
                       json_t **issuer) WARN_UNUSED;
int foreign_mail_place(struct records *r, const char *address, enum foreign_place *out,
                       json_t **issuer) WARN_UNUSED;
/* A mailbox that anybody can have (gmail.com). */
bool foreign_free_mail(const char *address);

/* ---- tokens ---------------------------------------------------------------------------------- */

/* 128 bits as hex. Made from the key of the data folder, so that a mail that is sent again is the
 * same one; only their SHA-256 is in the database. */
enum { FOREIGN_TOKEN = 33, FOREIGN_MESSAGE_ID = 160 };
enum foreign_token { FOREIGN_TOKEN_MAIL, FOREIGN_TOKEN_LINK };
int foreign_token_make(const char *data, enum foreign_token kind, int64_t id, int64_t round,
                       char out[FOREIGN_TOKEN]) WARN_UNUSED;
/* Hex of the SHA-256 of a token. 0 or -1. */
int foreign_token_hash(const char *token, char out[SHA256_HEX]) WARN_UNUSED;

/* A mail that is to be sent: row and job. attempt 0 is a new round. 0, or a code. */
int foreign_mail_want(const struct foreign_by *by, const struct office *office, const char *data,
                      const json_t *row, bool reminder) WARN_UNUSED;

#endif
