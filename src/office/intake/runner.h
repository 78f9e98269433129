/*
 * runner - does the jobs about documents: verify, text, timestamp, recheck.
 *
 * In the server some threads of its own, so that no officer's request ever waits behind a large
 * construction file; at the command line one job after the other in the caller's thread. Each
 * thread has its own struct records. How a document is verified is the caller's: through the
 * zygote, or in a child (struct office_verifier); nothing here parses a document.
 *
 * A job is done under a lease with a fence (records/jobs.h): what a worker found after another one
 * took over is thrown away as a whole. A failure of our own never becomes a verdict: the job waits
 * and is tried again, and in the end says that a human is needed.
 */
#ifndef OFFICE_INTAKE_RUNNER_H
#define OFFICE_INTAKE_RUNNER_H

#include "base/buffer.h"
#include "office/intake/events.h"
#include "office/office.h"
#include "records/jobs.h"
#include "satyapan/verify.h"

/* A document on the disk (0400, records/blobs.h), opened for reading. */
struct office_document {
    int fd;
    int64_t size;
    const char *name, *applicant; /* applicant NULL: not compared */
    enum sp_document_kind kind;
    int64_t received, now;
    int content; /* what a time-stamp is over: -1: none */
    int64_t content_size;
};

/* What the runner wants to hear meanwhile. Both are called in the thread that verifies. */
struct office_watch {
    void *context;
    /* Rows [first, first + count) of the listed report are filled; count 0: they are only listed.
     * May be called again for a row in a later round. */
    void (*seen)(void *context, const struct sp_report *listed, size_t first, size_t count);
    bool (*stop)(void *context); /* true: the work is wanted no more */
};

struct office_verified {
    struct sp_report *report;
    struct buffer
        evidence; /* what was fetched for it, as a bundle (sandbox/bundle.h); may be empty */
};

struct office_verifier {
    void *context;
    const char *policy; /* its name */
    /* Returns 0 with a report (perhaps of a failure of our own); 1: stopped, or not possible now;
     * -1: memory or descriptors are out. Any thread. */
    int (*verify)(void *context, const struct office_document *d, const struct office_watch *watch,
                  struct office_verified *out);
};

struct runner_options {
    const char *data;
    const struct office *office;
    const struct office_verifier *verifier;
    bool offline;             /* nothing is fetched: no time-stamps */
    struct events *events;    /* may be NULL */
    const char *text_program; /* NULL: satyapan-text below libexec */
    const char *tls_program;  /* NULL: satyapan-tls below libexec */
    int64_t (*now)(void);     /* NULL: the system's clock */
};

/* ---- in a server ---- */
struct runner;
/* Starts office->intake_jobs threads for documents and one for the rest. Returns 0 or -1 with a
 * sentence in why[RECORDS_WHY]. The options are copied, what they point to is borrowed. */
int runner_start(const struct runner_options *o, struct runner **out, char *why) WARN_UNUSED;
/* There may be something to do: looks at once, not only twice a second. NULL is allowed. */
void runner_wake(struct runner *r);
/* Ends the threads; work that is running is given up and will be taken up again. */
void runner_stop(struct runner *r);

/* ---- at the command line ---- */
struct runner_step {
    char kind[32];
    int64_t application;
    bool done; /* false: it failed, and will be tried again or needs a human */
};
/* Takes one job that is due and does it in this thread. 1: done one; 0: nothing is due; -1. */
int runner_once(const struct runner_options *o, struct records *records,
                struct runner_step *out) WARN_UNUSED;
/* The same of the bench's jobs alone, for which no verifier is needed. */
int runner_bench_once(const struct runner_options *o, struct records *records,
                      struct runner_step *out) WARN_UNUSED;

#endif
