/*
 * batch - verifies many documents side by side, each in a child of its own, and hands the reports
 * out in input order.
 */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cli/password.h"
#include "cli/setup.h"
#include "obtain/obtain.h"
#include "sandbox/sandbox.h"

struct batch_options {
    const struct setup *setup;
    const char *content; /* detached content, NULL: none */
    const char *applicant;
    const struct password *password; /* of encrypted documents, NULL: none */
    enum sp_document_kind kind;
    size_t jobs; /* children at a time, at least 1 */
    bool no_sandbox;
    /* How what is missing is obtained, and how long a round may take; NULL: it is not. */
    const struct obtain_options *obtain;
    int round_ms;
    /* Called in input order. Returns an exit code that is kept when it is a failure (>= 64). */
    enum exit_code (*report)(const struct sandbox_job *job, const struct sp_report *report,
                             void *context);
    void *context;
};

/* Returns the worst exit code: a failure (>= 64) over BAD over UNSURE over GOOD. */
enum exit_code batch_verify(const struct path_list *paths, const struct batch_options *options);

/* The exit code of a verdict, and the worse of two codes. */
enum exit_code batch_code(enum sp_verdict verdict);
enum exit_code batch_worse(enum exit_code a, enum exit_code b);

#endif
