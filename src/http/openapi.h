/*
 * openapi - the description of the API (OpenAPI 3.1), openapi.json beside this file.
 */
#ifndef HTTP_OPENAPI_H
#define HTTP_OPENAPI_H

#include "base/span.h"

struct span openapi_document(void);

#endif
