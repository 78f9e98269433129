/*
 * office_request - a request of an officer, a vendor or their programs: the API of the operations
 * and the pages.
 *
 * Its life: the HTTP thread reads the head (which operation or page, how long is the body); before
 * a document is taken in, a thread of office_server asks who it is; the body arrives; such a thread
 * makes the answer; the HTTP thread sends it. While a thread has it, the connection is suspended.
 *
 * For pages: struct office_page, and the functions below.
 */
#ifndef HTTP_OFFICE_OFFICE_REQUEST_H
#define HTTP_OFFICE_OFFICE_REQUEST_H

#include "http/log.h"
#include "http/multipart.h"
#include "http/office/office_server.h"
#include "http/office/session.h"
#include "http/pages.h"
#include "http/server.h"

struct office_request;
struct public_route;

/* A page. Written into r->body; the frame of pages_frame.h fits (page_begin with
 * office_context(r)). */
struct office_page {
    const char *path; /* "/office/applications/{id}"; a segment in braces is a value */
    unsigned roles;   /* one of them is enough; 0: nobody needs to be logged in */
    /* Make the answer: 0 (perhaps with r->problem set), or -1: a failure of our own. post NULL:
     * forms go to /office/op/ID. Without r->status the answer is 200. */
    int (*get)(struct office_request *r);
    int (*post)(struct office_request *r);
};

/* http/office/pages.c: tables of pages, each ending with a row without path. */
const struct office_page *office_page_at(size_t i);

enum office_kind { OFFICE_NOTHING, OFFICE_API, OFFICE_PAGE, OFFICE_FORM, OFFICE_PUBLIC };
enum office_phase { PHASE_HEAD, PHASE_BODY, PHASE_RUN, PHASE_DONE };
enum office_body { BODY_NONE, BODY_JSON, BODY_WORDS, BODY_FORM, BODY_RAW };

enum { FORM_KEY = 44, HEADERS_MAX = 8, LOCATION = 1024, OFFICE_FIELD_MAX = 64 * 1024 };

struct office_request {
    struct exchange exchange; /* first */
    struct office_server *office;
    struct MHD_Connection *connection;
    /* ---- what is asked ---- */
    char id[LOG_ID];
    char method[8];
    char *url;
    enum office_kind kind;
    const struct op *op;               /* of the API, or of a form */
    const struct office_page *page;    /* NULL: none */
    const struct public_route *public; /* of the register: http/public/public.h */
    const char *rest;                  /* of its address */
    json_t *path, *query,
        *form; /* objects of texts: values in the path, the query, a form's fields */
    enum lang lang;
    int64_t started_ms, now;
    /* ---- who asks ---- */
    struct visitor visitor;
    const struct actor *actor; /* NULL: nobody is logged in */
    bool known;                /* both are filled in */
    /* ---- for the thread that works on it ---- */
    struct arena *arena;
    struct records *records; /* only while it works */
    /* ---- what pages show about the form before ---- */
    const char *failed; /* id of the operation that did not go through; NULL: none. r->form has what
                           was entered */
    enum op_problem failed_problem;
    const char *failed_detail, *failed_detail_hi;
    const struct op *done;   /* the form before did that (flash); NULL: none */
    char form_key[FORM_KEY]; /* to be put into forms as "form_key": a double click counts once */
    /* ---- the answer ---- */
    enum op_problem problem; /* the answer is a problem */
    const char *detail, *detail_hi;
    json_t *errors; /* [{"field", "why", "why_hi"}] of the problem or of the failed form; or NULL */
    unsigned status; /* 0: 200 */
    struct buffer body;
    const char *content_type; /* NULL: a page */
    const char *cache;        /* Cache-Control; NULL: no-store */
    char location[LOCATION];
    char cookie[VISITOR_SET_COOKIE]; /* Set-Cookie; "": none */
    struct op_file file;             /* fd -1: none */
    char etag[48];
    char *link; /* arena */
    unsigned retry;
    bool set_flash, clear_flash, replayed;
    int64_t stream; /* the application whose events are sent; 0: none */
    /* ---- inside: the way of the body ---- */
    enum office_phase phase;
    enum office_body body_kind;
    bool writing, away, head_answered; /* away: a thread had it */
    bool busy;                         /* a thread has it (office->turn) */
    struct buffer in;                  /* a body in memory */
    size_t discarded, held, sent;
    struct multipart *multipart;
    struct upload_disk upload;
    char sha256[SHA256_HEX]; /* of the upload, once it is whole; "": none */
    int64_t upload_size;
    char field[MULTIPART_NAME]; /* being read */
    bool in_file, unchosen;
    const char *allow;
    int64_t op_microseconds;
};

/* ---- for pages ------------------------------------------------------------------------------- */

/* A value of the path, the query, the form's fields; NULL: absent. */
const char *office_value(const struct office_request *r, const char *name);
const char *office_query(const struct office_request *r, const char *name);
const char *office_field(const struct office_request *r, const char *name);

/* What a field of a form shows: what was entered into the form of that operation when it did not go
 * through, else otherwise. */
const char *office_entered(const struct office_request *r, const char *op, const char *field,
                           const char *otherwise);
/* What was wrong with it, in the request's language; NULL: nothing. */
const char *office_why(const struct office_request *r, const char *op, const char *field);

/* Calls an operation as the one who asks. in: an object, taken over; NULL: {}. call->problem tells;
 * to be cleared with op_call_clear. Returns 0 or -1. */
int office_run(struct office_request *r, const char *op, json_t *in,
               struct op_call *call) WARN_UNUSED;

/* The same with ?limit= and ?after= (0, NULL: none). */
int office_run_paged(struct office_request *r, const char *op, json_t *in, int64_t limit,
                     const char *after, struct op_call *call) WARN_UNUSED;

/* The answer is another address of ours ("/office/..."): 303. Returns 0, to be returned. */
int office_redirect(struct office_request *r, const char *location);

/* The answer is that problem as a page. Returns 0, to be returned. */
int office_page_problem(struct office_request *r, enum op_problem p, const char *detail,
                        const char *detail_hi);

/* A call as the one who asks, with what the request carries (a document) where op is its own. */
void office_call_begin(struct office_request *r, const struct op *op, const json_t *in,
                       struct op_call *call);

/* For page_begin. */
struct page_context office_context(const struct office_request *r);

/* ---- for the server -------------------------------------------------------------------------- */

/* Addresses that are served here. */
bool office_claims(const char *url);

struct office_request *office_request_new(struct server *s, struct MHD_Connection *c,
                                          const char *url, const char *method);
enum MHD_Result office_request_go_on(struct office_request *r, const char *data, size_t *size);
void office_request_ended(struct office_request *r, bool complete);

#endif
