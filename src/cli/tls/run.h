/*
 * run - one run of `scan` or `judge`: what reports are judged by, where they go, what came of them.
 */
#ifndef CLI_TLS_RUN_H
#define CLI_TLS_RUN_H

#include "cli/progress.h"
#include "cli/tls/register.h"

enum { STORED_MAX = 16 * 1024 * 1024 };

struct run {
    struct tls_command *c;
    struct judging judging;
    struct progress progress;
    struct records *records; /* NULL: no register of devices */
    struct register_question question;
    struct report_basis basis;
    struct buffer out, *into; /* into: instead of standard output; NULL: none */
    int record;               /* descriptor, -1: none */
    void (*judged)(struct run *r, const struct tls_report *report); /* before it is written */
    bool fail, unsure, broken;
    size_t spoke, written;
};

/* makes: a register that is not there is made for a unit that is named. Returns an exit code;
 * run_close in both cases. */
int run_open(struct run *r, struct tls_command *c, bool makes) WARN_UNUSED;
void run_close(struct run *r);

/* Judges a finished job and writes its report. */
void run_judge(struct run *r, struct scan_job *job);

void run_begin_output(struct run *r);
void run_end_output(struct run *r);
void run_print(struct run *r);

/* The exit code. */
int run_verdict(const struct run *r);

#endif
