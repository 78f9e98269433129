/*
 * evaluate - one answer of a register: what kind of page it is, and what it says of a certificate.
 *
 * The work of the sandboxed child: everything a stranger's bytes go through. The result leaves the
 * child as JSON; the parent reads it back strictly and decides (decide.h).
 */
#ifndef FOREIGN_EVALUATE_H
#define FOREIGN_EVALUATE_H

#include "base/json.h"
#include "foreign/match.h"

enum page_class {
    CLASS_PAGE,
    CLASS_BLOCKED,
    CLASS_JS_ONLY,
    CLASS_LOGIN,
    CLASS_NOT_FOUND,
    CLASS_FRAMES,
    CLASS_REFRESH,
    CLASS_BINARY,
    CLASS_UNREADABLE,
    CLASS_TOO_LARGE,
    CLASS_SERVER, /* it has a fault of its own now */
    CLASS_PDF,    /* text of it is wanted */
    CLASSES
};

const char *page_class_name(enum page_class class);

enum { EVALUATE_CLAIMS_MAX = 2 };

/* What came, and what is looked for in it. */
struct evaluate_job {
    const struct profile *profile;
    const struct claim *claims[EVALUATE_CLAIMS_MAX];
    size_t claim_count;
    long status;
    struct span head, wire;
    struct span text; /* of a PDF, by poppler; absent: head and wire are the answer */
    int64_t today;    /* days since 1970-01-01 */
};

struct evaluation {
    enum page_class class;
    const char *detail, *kind, *charset, *title;
    char sha256[65]; /* of the body without its codings */
    int64_t size, visible;
    struct match matches[EVALUATE_CLAIMS_MAX];
    size_t match_count;
};

/* Evaluates in this process: for the child and for tests. *pdf: the document, when the class is
 * CLASS_PDF. Returns 0 or -1 (memory). */
int evaluate(struct arena *a, const struct evaluate_job *job, struct evaluation *out,
             struct span *pdf) WARN_UNUSED;

void evaluation_json(struct json *j, const struct evaluation *e);

/* What a child wrote; texts are copied. Returns 0, 1: it is none; -1: memory. */
int evaluation_read(struct arena *a, struct span text, struct evaluation *out) WARN_UNUSED;

#endif
