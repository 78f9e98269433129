/*
 * people_view - what the pages about logging in, accounts and people share: their words, a view of
 * the request, fields, and forms that run an operation.
 *
 * These forms post to their own page, not to /office/op/: their answers have secrets that are shown
 * once, or the session needs another cookie afterwards.
 */
#ifndef HTTP_OFFICE_PEOPLE_VIEW_H
#define HTTP_OFFICE_PEOPLE_VIEW_H

#include "http/office/office_request.h"
#include "http/office/pages_view.h"

enum people_word {
#define PEOPLE_WORD(id, en, hi) PW_##id,
#include "http/office/people_words.def"
#undef PEOPLE_WORD
    PW_COUNT
};

struct people_page {
    struct view v;
    struct view_source source;
    struct office_request *r;
};

/* To be called before anything else of the page. */
void people_page_init(struct people_page *p, struct office_request *r);

const char *people_word(enum lang lang, enum people_word id);
void pw(struct people_page *p, enum people_word id);
void pw_fill(struct people_page *p, enum people_word id, const char *value);

#define pw_element(p, open, id, close)                                                             \
    do {                                                                                           \
        html_raw(&(p)->v.h, open);                                                                 \
        pw(p, id);                                                                                 \
        html_raw(&(p)->v.h, close);                                                                \
    } while (0)

/* ---- forms ----------------------------------------------------------------------------------- */

struct people_field {
    const char *name;
    enum people_word label, hint; /* hint PW_COUNT: none */
    const char *type;             /* of the input; "password" is never shown back */
    const char *autocomplete;     /* WCAG 2.1 1.3.5; NULL: off */
    const char *value;            /* NULL: empty */
    bool required;
    unsigned max;
};

/* op: whose failed form brings its values back; NULL: none. */
void people_field(struct people_page *p, const char *op, const struct people_field *f);

/* action: this page's address; op goes along as the field "do"; NULL: none. */
void people_form_begin(struct people_page *p, const char *action, const char *op);
void people_form_end(struct people_page *p, enum people_word button, bool danger);

/* A role for people. */
const char *people_role(enum lang lang, const char *role);

/* Boxes for the roles of an officer; now: an array of words, or NULL. */
void people_roles(struct people_page *p, const char *op, const json_t *now);

/* What was wrong with the form of that operation, in a box. */
void people_failed(struct people_page *p, const char *op);

/* ---- what a form did ------------------------------------------------------------------------- */

enum people_done {
    PEOPLE_DONE,     /* call->out has the answer */
    PEOPLE_AGAIN,    /* the page is to be written again; r->status, r->failed and so on are set */
    PEOPLE_ELSEWHERE /* the answer is another page (the password first) or a problem */
};

/* Runs the operation of the field "do", when it is one of those (NULL-terminated), with the form's
 * fields and the path's values. Returns 0 or -1. call is to be cleared. */
int people_run(struct office_request *r, const char *const *ops, struct op_call *call,
               enum people_done *done) WARN_UNUSED;

/* The session gets another cookie. 0 or -1. */
int people_new_cookie(struct office_request *r) WARN_UNUSED;

/* An address of ours to go to: the field or parameter "next", or otherwise. */
const char *people_next(const struct office_request *r, const char *otherwise);

#endif
