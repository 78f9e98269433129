/*
 * log - see log.h.
 */
#include "http/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/hash.h"
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

void log_id(const char *given, char id[LOG_ID])
{
    size_t n = given ? strspn(given, "0123456789abcdefABCDEF-") : 0;
    uint8_t random[8] = {0};
    if (given && n >= 8 && n < LOG_ID && given[n] == 0) {
        memcpy(id, given, n + 1);
        return;
    }
    (void)!getrandom(random, sizeof random, GRND_NONBLOCK);
    (void)hash_hex(span_make(random, sizeof random), false, id);
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
