/*
 * case_ops - what the operations on foreign certificates share.
 */
#ifndef OFFICE_FOREIGN_CASE_OPS_H
#define OFFICE_FOREIGN_CASE_OPS_H

#include "office/cases.h"
#include "office/foreign/foreign.h"

/* The case of the parameter "case", if this actor may see it. 0; 1: a problem is set; -1. */
int foreign_op_find(struct op_call *c, json_t **out) WARN_UNUSED;

/* The scheme's data, and who it is. The data lives in the call's arena. 0, 1, -1 as above. */
int foreign_op_by(struct op_call *c, struct scheme_data *data, struct foreign_by *out) WARN_UNUSED;

/* Finds the case, asks office_may about its application, runs. */
int foreign_op(struct op_call *c,
               int (*run)(struct op_call *c, const struct foreign_by *by, const json_t *row));

/* Ends an operation whose rows of the trail foreign_apply or foreign_trace wrote: code is theirs
 * (0 of foreign_apply: not in this state). The answer is the case. */
int foreign_op_done(struct op_call *c, int code, int64_t id) WARN_UNUSED;

/* The answer: the case with everything this actor may see of it. 0 or -1. */
int foreign_op_answer(struct op_call *c, int64_t id) WARN_UNUSED;

/* Takes out of a row what is the body's own, for a vendor; adds days_left (NULL calendar: null). 0
 * or -1. */
int foreign_op_row(const struct op_call *c, const struct calendar *calendar,
                   json_t *row) WARN_UNUSED;

/* The reason parameter has ten letters at least. 0, 1: a problem is set, -1. */
int foreign_op_reason(struct op_call *c) WARN_UNUSED;

/* The same one did the first half: person, or, at the command line, the operator. */
bool foreign_op_same(const struct op_call *c, const json_t *row, const char *person,
                     const char *login);
const char *foreign_op_login(const struct op_call *c);

#define PARAM_CASE                                                                                 \
    {                                                                                              \
        "case", OP_IN_PATH, OP_ID, true, 0, NULL, "Case", "मामला"                        \
    }

#endif
