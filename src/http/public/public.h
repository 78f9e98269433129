/*
 * public - the register as anybody may read it, without a login: search, a certificate's page and
 * data, the log (C2SP tlog-tiles), the status list, signed dumps.
 *
 * It only reads. It works in the threads of office_server, each request with records of its own. A
 * state is always "on a date": of the query (?on=), else today in India.
 */
#ifndef HTTP_PUBLIC_PUBLIC_H
#define HTTP_PUBLIC_PUBLIC_H

#include "http/office/office_request.h"
#include "register/register.h"

struct public_route {
    const char *path; /* ends with '/': what follows is r->rest */
    bool api;         /* problems are JSON */
    bool free;        /* no rate limit: what clients of the log fetch, and what computes nothing */
    int (*get)(struct office_request *r);
};

bool public_claims(const char *url);

/* Which of them, the method, the rate: r->public, or a problem. */
void public_find(struct office_request *r);
int public_problem_page(struct office_request *r) WARN_UNUSED;

/* ---- what its pages and answers share -------------------------------------------------------- */

enum { PUBLIC_DATE = 16, PUBLIC_NUMBER = 128, PUBLIC_ROWS = 50, PUBLIC_ROWS_MAX = 200 };

/* What is asked: ?on= (today without), ?number=, model, firmware, holder, after, limit. false: one
 * of them is not as it must be; *wrong is its name. */
struct public_ask {
    char on[PUBLIC_DATE];
    bool dated; /* the query has a date */
    struct certificate_search search;
};
bool public_ask_read(const struct office_request *r, struct public_ask *out, const char **wrong);

/* Without blanks and what is not seen, in capitals and digits of ASCII, as all numbers are. */
const char *public_number(struct arena *a, const char *text);

void public_today(const struct office_request *r, char out[PUBLIC_DATE]);

/* Certificates that cover what is asked on that date, each as public_row makes it, and the number
 * after which the next page begins ("": there is none). */
int public_search(struct office_request *r, const struct public_ask *a, json_t **items,
                  char next[PUBLIC_NUMBER]) WARN_UNUSED;

/* For people, where nothing fits: the end of a number ("ER/1"), the beginning of a model, a
 * firmware with or without its "v". Never mixed with what fits. */
int public_near(struct office_request *r, const struct public_ask *a, json_t **items) WARN_UNUSED;

/* A row of the records with its state on a date. data: as it was then, NULL without; borrowed from
 * the row's "data" when it is kept there. */
json_t *public_row(struct records *r, const json_t *row, const char *on, bool whole);

/* The register's public key. RECORDS_NONE: there is none yet. */
int public_key(const struct office_request *r, struct note_key *out) WARN_UNUSED;

/* A signature with the register's key, made in the process that holds it. 0 or -1. */
int public_sign(const struct office_request *r, struct span text,
                uint8_t out[NOTE_SIGNATURE]) WARN_UNUSED;

int public_bad(struct office_request *r, const char *field);
int public_none(struct office_request *r);
int public_json(struct office_request *r, json_t *value) WARN_UNUSED; /* taken over */

/* Everything but letters, digits and - . _ ~ / is percent-encoded. */
void public_path(struct buffer *out, const char *text);

/* ---- the answers ----------------------------------------------------------------------------- */

int public_api_list(struct office_request *r) WARN_UNUSED;
int public_api_one(struct office_request *r) WARN_UNUSED;
int public_checkpoint(struct office_request *r) WARN_UNUSED;
int public_tile(struct office_request *r) WARN_UNUSED;
int public_key_file(struct office_request *r) WARN_UNUSED;
int public_status_list(struct office_request *r) WARN_UNUSED;
int public_dump_csv(struct office_request *r) WARN_UNUSED;
int public_dump_json(struct office_request *r) WARN_UNUSED;
int public_dump_csv_sig(struct office_request *r) WARN_UNUSED;
int public_dump_json_sig(struct office_request *r) WARN_UNUSED;
int public_register_page(struct office_request *r) WARN_UNUSED;
int public_certificate_page(struct office_request *r) WARN_UNUSED;
int public_check_page(struct office_request *r) WARN_UNUSED;
int public_check_file(struct office_request *r) WARN_UNUSED;

#endif
