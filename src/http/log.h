/*
 * log - one line of JSON on standard error for every request: for the operator's tools.
 *
 *   {"time":"2026-11-21T10:00:00Z","id":"60e1...","method":"POST","route":"/api/v1/verify",
 *    "operation":null,"status":200,"ms":12,"person":null,"whole":true}
 *
 * What it does not do: it names no document, no address, no parameter, no secret; a person only by
 * number.
 */
#ifndef HTTP_LOG_H
#define HTTP_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct log_line {
    const char *id;        /* NULL: none */
    const char *method;    /* as it came */
    const char *route;     /* of a table of ours */
    const char *operation; /* NULL: none */
    unsigned status;
    int64_t ms;
    int64_t person; /* UTC_NONE: nobody, or not known */
    bool whole;     /* the client took all of the answer */
};

void log_write(const struct log_line *l);

/* The number of a request, random, or as a proxy gave it; given NULL: none. */
enum { LOG_ID = 64 };
void log_id(const char *given, char id[LOG_ID]);

#endif
