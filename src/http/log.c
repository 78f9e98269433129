/*
 * log - see log.h.
 */
#include "http/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utc.h"

/* A method is a client's word: only the known ones are written. */
static const char *known(const char *method)
{
    static const char *const methods[] = {"GET",    "HEAD",  "POST",    "PUT",
                                          "DELETE", "PATCH", "OPTIONS", "TRACE"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(method, methods[i]) == 0) {
            return methods[i];
        }
    }
    return "other";
}

void log_write(const struct log_line *l)
{
    char when[UTC_TEXT], person[32] = "null", operation[96] = "null", id[80] = "null";
    if (l->person != UTC_NONE) {
        (void)snprintf(person, sizeof person, "%" PRId64, l->person);
    }
    if (l->operation) {
        (void)snprintf(operation, sizeof operation, "\"%s\"", l->operation);
    }
    if (l->id) {
        (void)snprintf(id, sizeof id, "\"%s\"", l->id);
    }
    (void)fprintf(stderr,
                  "{\"time\":\"%s\",\"id\":%s,\"method\":\"%s\",\"route\":\"%s\",\"operation\":%s,"
                  "\"status\":%u,\"ms\":%" PRId64 ",\"person\":%s,\"whole\":%s}\n",
                  utc_rfc3339((int64_t)time(NULL), when), id, known(l->method), l->route, operation,
                  l->status, l->ms, person, l->whole ? "true" : "false");
}
