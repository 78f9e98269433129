/*
 * pages_view - what every page of the officers and vendors has: who looks, what was read, the
 * frame with its navigation, the words.
 *
 * A page reads through view_read only, that is through operations (office/op.h): it can show
 * nothing that its reader may not have. What it does not do: it knows no HTTP and no database, so
 * that a test can hand it JSON.
 */
#ifndef HTTP_OFFICE_PAGES_VIEW_H
#define HTTP_OFFICE_PAGES_VIEW_H

#include "http/office/pages_text.h"
#include "office/op.h"
#include "report/html.h"
#include "report/render.h"

enum office_word {
#define OFFICE_WORD(id, en, hi) OW_##id,
#include "http/office/words.def"
#undef OFFICE_WORD
    OW_COUNT
};

/* How something is meant: an icon and a colour, always beside a word. */
enum tone { TONE_GOOD, TONE_CARE, TONE_BAD, TONE_INFO, TONE_WAIT, TONE_NONE };

/* What a page stands on: operations, or a test in their place. */
struct view_source {
    const struct op *(*find)(const char *id); /* NULL: there is no such operation */
    const struct op *(*at)(size_t i);         /* NULL: past the last */
    /* Runs one that reads. 0, or -1: a failure of our own. */
    int (*read)(void *context, const struct op *op, const json_t *in, int64_t limit,
                const char *after, json_t **out, enum op_problem *problem);
    /* Working days from today to a date (2026-11-21); UTC_NONE: not known. May be NULL. */
    int64_t (*days_left)(void *context, const char *date);
    void *context;
};

struct view {
    struct html h;
    enum lang lang;
    struct arena *arena;
    const struct view_source *source;
    const struct actor *actor; /* NULL: nobody is logged in */
    int64_t now;
    bool demo;
    bool bare;               /* for paper: no navigation */
    bool broken;             /* a failure of our own */
    bool csv;                /* what was written is a table for a spreadsheet, no page */
    enum op_problem problem; /* the page cannot be shown: say this instead */
    const char *form_token;  /* against forged requests */
    const char *path;        /* of this page, without the query */
    const json_t *query;     /* its parameters: an object of texts */
    const json_t *args;      /* {application} of its path: an object of texts */
    const struct op *done;   /* what the form before did; NULL: nothing */
    unsigned forms;          /* on this page so far */
    const char *form_key;    /* of the forms on this page: a double click counts once */
    /* ---- a form that did not go through ---- */
    const char *failed; /* id of its operation; NULL: none */
    enum op_problem failed_problem;
    const char *failed_detail;
    const json_t *entered, *errors; /* its fields as texts; [{"field", "why", "why_hi"}] or NULL */
};

/* ---- words ---- */
const char *office_word(enum lang lang, enum office_word id);
void view_word(struct view *v, enum office_word id);
/* With {0} and {1} filled in. */
void view_fill(struct view *v, enum office_word id, const char *first, const char *second);
/* One of two texts by the language of the page. */
const char *view_text(const struct view *v, const char *en, const char *hi);

/* Text of several lines, escaped; its line breaks stay. */
void view_lines(struct view *v, const char *text);

#define view_element(v, open, id, close)                                                           \
    do {                                                                                           \
        html_raw(&(v)->h, open);                                                                   \
        view_word(v, id);                                                                          \
        html_raw(&(v)->h, close);                                                                  \
    } while (0)

/* ---- what was read ---- */
/* in: taken over, NULL for none. Returns what the operation answered, borrowed from the view's
 * arena, or NULL; then *problem (may be NULL) tells why. Memory and failures of our own set
 * v->failed. */
const json_t *view_read(struct view *v, const char *op, json_t *in, enum op_problem *problem);
/* The same of a list: up to limit rows from after on. */
const json_t *view_list(struct view *v, const char *op, json_t *in, int64_t limit,
                        const char *after);

/* The operation exists and the reader may call it. */
bool view_may(const struct view *v, const char *op);

/* NULL, UTC_NONE, false: there is none of that name. */
const char *get_text(const json_t *object, const char *name);
int64_t get_number(const json_t *object, const char *name);
bool get_true(const json_t *object, const char *name);
bool get_has(const json_t *object, const char *name); /* there and not null */

/* A parameter of the address; NULL: not there, or empty. */
const char *view_query(const struct view *v, const char *name);
/* {application} of the path as a number; UTC_NONE: it is none. */
int64_t view_id(const struct view *v, const char *name);

/* ---- addresses ---- */
/* Part of an address: everything but letters, digits and - . _ ~ is percent-encoded. */
void view_part(struct view *v, const char *text);
void view_number(struct view *v, int64_t n); /* in an address or an attribute */
/* The address of this page with its query, as a text; NULL: memory. */
const char *view_here(struct view *v);
/* The query of this page with name set to value (NULL: without it); begins with "?". */
void view_query_with(struct view *v, const char *name, const char *value);

/* ---- the frame ---- */
bool view_officer(const struct view *v);
/* Everything up to and into <main>, with the heading. */
void view_begin(struct view *v, const char *title, const char *above);
int view_end(struct view *v) WARN_UNUSED;
/* The whole page when it cannot be shown: v->problem as a sentence with the next step. */
int view_problem(struct view *v, enum op_problem problem, const char *detail) WARN_UNUSED;

#endif
