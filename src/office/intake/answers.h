/*
 * answers - what the operations on documents share: who may see it, pages of rows, files as
 * answers.
 */
#ifndef OFFICE_INTAKE_ANSWERS_H
#define OFFICE_INTAKE_ANSWERS_H

#include "base/buffer.h"
#include "office/op.h"

/* A person of a vendor, who sees the own firm's applications only. */
bool answers_is_vendor(const struct op_call *c);

/* Ends the reading of a row that has the column vendor: code is the repository's. True: there is
 * one and this actor may see it. False: the problem is set and *row is gone; *rc is to be
 * returned. */
bool answers_may(struct op_call *c, int code, json_t **row, int *rc);

/* Takes out of a version's row who of the body received it, where a vendor asks. */
void answers_for_vendor(const struct op_call *c, json_t *row);

/* c->after as a row's id; UTC_NONE: the beginning. False: the problem is set. */
bool answers_after(struct op_call *c, int64_t *after);

/* The answer {"items", "next"} from at most c->limit + 1 rows that have the member id; rows is
 * taken over. Returns 0 or -1. */
int answers_page(struct op_call *c, json_t *rows) WARN_UNUSED;

/* The answer {"items"}; rows is taken over. */
int answers_all(struct op_call *c, json_t *rows) WARN_UNUSED;

/* The answer is these bytes. Returns 0 or -1. */
int answers_bytes(struct op_call *c, struct span bytes, const char *name, const char *media,
                  bool shown) WARN_UNUSED;

/* "version:12". */
enum { ANSWERS_SUBJECT = 64 };
const char *answers_subject(const char *what, int64_t id, char out[ANSWERS_SUBJECT]);

#endif
