/*
 * openapi_parts - what an operation takes, as OpenAPI: parameters and bodies from its row; and
 * which problems it may give.
 */
#ifndef OFFICE_OPENAPI_PARTS_H
#define OFFICE_OPENAPI_PARTS_H

#include "office/op.h"

/* An array of parameters; NULL: memory. */
json_t *openapi_parameters(const struct op *op);

/* The body's description; NULL: it takes none. */
json_t *openapi_body(const struct op *op);

/* The problems it may give beside failures of our own: those every such operation has, and its own.
 * Returns how many. */
size_t openapi_problems(const struct op *op, enum op_problem *out, size_t max);

#endif
