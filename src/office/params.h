/*
 * params - what is given to an operation, against its row: how text becomes a value, and what is
 * wrong.
 *
 * A page's form, a query and a command line have text; a JSON body has values. Both end as one
 * object with the parameters' names. A text that cannot be the parameter's type stays text, so that
 * params_check says so.
 */
#ifndef OFFICE_PARAMS_H
#define OFFICE_PARAMS_H

#include "office/op.h"

/* Where a parameter may come from: bits. */
enum {
    PARAMS_PATH = 1 << OP_IN_PATH,
    PARAMS_QUERY = 1 << OP_IN_QUERY,
    PARAMS_BODY = 1 << OP_IN_BODY
};
enum { PARAMS_ALL = PARAMS_PATH | PARAMS_QUERY | PARAMS_BODY };

/* The row's parameter of that name from one of those places; NULL: none. */
const struct op_param *params_find(const struct op *op, unsigned places, const char *name);

/* Adds a parameter given as text to in (an object). Empty text is null where the parameter is not
 * required. One that is not known at those places or was given before goes to *errors (made when
 * NULL). Returns 0, or -1: memory. */
int params_text(const struct op *op, unsigned places, const char *name, struct span text,
                json_t *in, json_t **errors) WARN_UNUSED;

/* The same for the members of a JSON object. */
int params_object(const struct op *op, unsigned places, const json_t *object, json_t *in,
                  json_t **errors) WARN_UNUSED;

/* One more {"field", "why", "why_hi"}. Returns 0, or -1: memory. */
int params_error(json_t **errors, const char *field, const char *why,
                 const char *why_hi) WARN_UNUSED;

/* Every parameter is there that must be and is as the row says; what is wrong goes to *errors.
 * *path: whether one in the path is wrong, which means that there is no such thing. Returns 0, or
 * -1: memory. */
int params_check(const struct op *op, const json_t *in, json_t **errors, bool *path) WARN_UNUSED;

#endif
