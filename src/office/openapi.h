/*
 * openapi - the operations as OpenAPI 3.1: paths, parameters, bodies, answers and problems, from
 * their rows (op.h) and the schemas of answers (schemas.json).
 *
 * tests/e2e/openapi_walk.py walks what is written here against a running server.
 */
#ifndef OFFICE_OPENAPI_H
#define OFFICE_OPENAPI_H

#include <jansson.h>

#include "base/span.h"

/* Adds paths, schemas and security schemes to an OpenAPI document. Returns 0, or -1: memory, or a
 * schema is missing. */
int openapi_add(json_t *document) WARN_UNUSED;

#endif
