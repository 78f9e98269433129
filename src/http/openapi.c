/*
 * openapi - takes openapi.json into the program, so that the server needs no other file.
 */
#include "http/openapi.h"

#include "base/embed.h"

EMBED_FILE(openapi_json, "http/openapi.json");

struct span openapi_document(void)
{
    return EMBEDDED(openapi_json);
}
