/*
 * cases - what operations on one application share: is it the actor's, is it in a state that allows
 * this, change it and leave a trace.
 *
 * Every operation with an {application} in its path goes through office_case, or office_application
 * where it only reads. That is the one place where a vendor is kept to its own: others'
 * applications are not there for it.
 */
#ifndef OFFICE_CASES_H
#define OFFICE_CASES_H

#include "office/op.h"

/* The application of the parameter "application" as application_get gives it (new). 0: go on;
 * 1: a problem is set (the operation returns 0); -1: our failure. */
int office_application(struct op_call *c, json_t **out) WARN_UNUSED;

/* The same for the application that a document, file or job belongs to. */
int office_application_by_id(struct op_call *c, int64_t id, json_t **out) WARN_UNUSED;

/* Is the operation allowed in the application's state (state.c), for this actor? As above. */
int office_may(struct op_call *c, const json_t *application) WARN_UNUSED;

/* The operation is possible now: state and role; what a menu shows. */
bool office_possible(const struct op *op, const struct actor *a, const char *state);

/* Finds the application, asks office_may, runs. What an operation's run does as a whole. */
int office_case(struct op_call *c, int (*run)(struct op_call *c, const json_t *application));

/* Changes the application by values (taken over) and to the state to (NULL: it stays), with an
 * audit row of what was changed and of the parameter "reason", and answers with what the
 * application is now. The version that the caller saw is the parameter "version" or, without it,
 * the row's. */
int office_change(struct op_call *c, const json_t *application, json_t *values, const char *to,
                  bool visible) WARN_UNUSED;

/* Answers with what the application is now, as this actor may see it. 0 or -1. */
int office_answer(struct op_call *c, int64_t application) WARN_UNUSED;

/* Takes out of a row of an application who in the certification body works on it, for a vendor. */
int office_hide(const struct op_call *c, json_t *row) WARN_UNUSED;

/* Rows of the trail for a vendor: it reads which of its own people did something; for the others
 * the body stands. 0 or -1. */
int office_hide_actors(const struct op_call *c, json_t *items) WARN_UNUSED;

/* The audit row of a change to a part of the application: "model:7". detail is taken over. */
int office_trace(struct op_call *c, const char *kind, int64_t id, const json_t *application,
                 bool visible, json_t *detail) WARN_UNUSED;

/* ---- parameters ------------------------------------------------------------------------------ */

/* Those parameters that were given (NULL-terminated names), as an object (new). One that was given
 * as null is null; "" for a name that begins with '!' (a column that is never null); refused for
 * one that begins with '+'. 0; 1: a problem is set; -1. */
int office_values(struct op_call *c, const char *const *names, json_t **out) WARN_UNUSED;

/* Today in India; out[OFFICE_DATE]. */
enum { OFFICE_DATE = 40 };
const char *office_today(const struct op_call *c, char out[OFFICE_DATE]);

/* The date parameter, today where it is absent. 0; 1: it is in the future, a problem is set; -1. */
int office_date(struct op_call *c, const char *name, char out[OFFICE_DATE]) WARN_UNUSED;

/* Members of rows. NULL and UTC_NONE for null. */
const char *office_str(const json_t *row, const char *name);
int64_t office_num(const json_t *row, const char *name);

/* The actor is a vendor's person and nothing else. */
bool office_is_vendor(const struct op_call *c);

/* clang-format off */
/* Parameters many operations have. */
#define PARAM_APPLICATION \
    { \
        "application", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the application", "आवेदन की आईडी" \
    }
#define PARAM_VERSION \
    { \
        "version", OP_IN_BODY, OP_INTEGER, false, 0, NULL, \
            "version that was seen; refused when it is another one now", \
            "जो संस्करण देखा गया; अब दूसरा हो तो अस्वीकृत" \
    }
#define PARAM_END \
    { \
        NULL, OP_IN_BODY, OP_TEXT, false, 0, NULL, NULL, NULL \
    }
/* clang-format on */

#endif
