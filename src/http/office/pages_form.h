/*
 * pages_form - the form of an operation, made from its parameters.
 *
 * Labels, kinds, lengths and what is required come from the operation's table (office/op.h). A form
 * that was not taken comes back with what was entered and the mistake beside its field (WCAG 2.1
 * 3.3.1, 3.3.2, 3.3.3). It posts to /office/op/<operation> (form_post.c).
 */
#ifndef HTTP_OFFICE_PAGES_FORM_H
#define HTTP_OFFICE_PAGES_FORM_H

#include "http/office/pages_parts.h"

struct form {
    const char *op;
    const json_t *values;      /* of the parameters as they are now; NULL */
    const char *const *hidden; /* parameters that are not asked: their values go along; NULL */
    const char *const *leave;  /* parameters that are left out; NULL */
    const char *const *need;   /* parameters that have to be filled in here; NULL */
    const char *const *more;   /* parameters that are folded away at the end; NULL */
    const char *next;          /* where it leads; {id} is taken from the answer; NULL: this page */
    enum office_word button;   /* OW_COUNT: what the operation does */
    enum office_word will;     /* what will happen, said before the button; OW_COUNT: nothing */
    const char *key;           /* makes ids of this form its own; "" for one a page */
    bool folded;               /* inside details: its summary is what the operation does */
    bool danger;               /* the button is red: not easily undone */
    /* ---- set by form_show ---- */
    bool plain; /* it changes what is there: nothing is said about what may stay empty */
    bool again; /* it did not go through: the entered values, the mistakes */
};

/* Nothing when the reader may not call it. */
void form_show(struct view *v, const struct form *f);

/* The field of one parameter. */
void form_field(struct view *v, const struct form *f, const struct op_param *p);

/* The text of a field as office/params.h reads it: rupees become paise; the rest stays. NULL:
 * memory. */
const char *form_plain(struct arena *a, const struct op_param *p, const char *text);

/* A hidden field; the name is a literal. */
void form_hidden(struct view *v, const char *name, const char *value);

/* ` name="form_token"` of this session. */
void form_token(struct view *v);

/* The list behind a parameter that names a record: "lab" -> lab.list. NULL: there is none to
 * show. */
const json_t *form_choices(struct view *v, const char *param);

#endif
