/*
 * problem - what the server answers when it cannot do as asked: RFC 9457 under /api/, else a page.
 */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "base/buffer.h"
#include "report/render.h"

enum problem {
    PROBLEM_NONE,
#define PROBLEM(id, status, code, en, hi) PROBLEM_##id,
#include "http/problem.def"
#undef PROBLEM
    PROBLEM_COUNT
};

unsigned problem_status(enum problem p);

/* "429 Too Many Requests" without the number. */
const char *problem_title(enum problem p);

/* application/problem+json. Returns 0 or -1 (memory). */
int problem_json(enum problem p, enum lang lang, unsigned retry_seconds,
                 struct buffer *out) WARN_UNUSED;

#endif
