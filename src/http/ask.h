/*
 * ask - what a request asks about a document besides its bytes, and the checks of these words.
 */
#ifndef HTTP_ASK_H
#define HTTP_ASK_H

#include "http/problem.h"
#include "http/upload.h"
#include "satyapan/policy.h"

enum { ASK_TEXT = 512 };

struct ask {
    const struct sp_policy *policy;
    enum sp_document_kind kind;
    int64_t at, received; /* SP_NO_TIME: not given */
    char applicant[ASK_TEXT], name[ASK_TEXT];
    enum lang lang;
    bool has_lang, has_form, etsi; /* etsi: the report as ETSI XML, not JSON */
    bool offline;                  /* nothing is to be fetched for it */
    unsigned seen;                 /* which words were given, one bit each */
};

void ask_init(struct ask *a);

/* One parameter of the address. Unknown words, unknown values and repetitions are problems: a word
 * that is skipped in silence could change a verdict. */
enum problem ask_set(struct ask *a, const char *word, struct span value);

/* A field of the page's form: an empty value is as none, unknown fields are skipped. */
enum problem ask_set_field(struct ask *a, const char *word, struct span value);

/* Once all is set: the times fit each other. now is the clock, used when `at` was not given. */
enum problem ask_check(struct ask *a, int64_t now);

#endif
