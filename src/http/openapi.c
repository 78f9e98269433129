/*
 * openapi - the server's description: the part by hand (openapi.json) and the operations.
 */
#include "http/openapi.h"

#include <pthread.h>

#include "base/embed.h"
#include "office/openapi.h"

EMBED_FILE(openapi_json, "http/openapi.json");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char *text; /* the process's; never freed */

static void make(void)
{
    struct span hand = EMBEDDED(openapi_json);
    json_t *d = json_loadb((const char *)hand.p, hand.n, JSON_REJECT_DUPLICATES, NULL);
    if (d && openapi_add(d) == 0) {
        text = json_dumps(d, JSON_COMPACT);
    }
    json_decref(d);
}

struct span openapi_document(void)
{
    (void)pthread_once(&once, make);
    return span_str(text);
}
