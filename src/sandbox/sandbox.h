/*
 * sandbox - runs one verification in a single-use child that can do nothing but compute.
 *
 * The child inherits the document (a mapping or a sealed memory file) and the evidence, enters the
 * sandbox (rlimits, Landlock with an empty ruleset, seccomp allow-list), verifies, and writes the
 * report's JSON, length-prefixed, into a pipe. The parent reads it with report_from_json. A crash,
 * a kill or a limit gives a report with an engine.* finding and the verdict REVIEW.
 *
 * Two ways to the same child: sandbox_start forks from a single-threaded process (the command
 * line); zygote.h asks a process that was forked before threads were started (the server).
 *
 * What it does not do: it does not hide the document from the child, and it does not judge. A child
 * that is taken over can lie about its own document, never about another one.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <sys/types.h>

#include "base/buffer.h"
#include "satyapan/verify.h"

/* As often may a document be verified again with more evidence (DESIGN.md, idea 2). */
enum { SANDBOX_EXTRA_MAX = 3 };

struct sandbox_job {
    struct sp_document document;
    const struct sp_evidence *evidence;
    const struct sp_policy *policy;
    struct sp_clock clock;
    /* What was fetched for this document alone, as bundles (bundle.h); taken apart in the child. */
    struct span extra[SANDBOX_EXTRA_MAX];
    size_t extra_count;
};

/* For all members of one container, when nobody waits at a page. */
#define SANDBOX_MEMBERS_MS ((int64_t)3600 * 1000)

struct sandbox_limits {
    size_t memory;        /* address space beyond what is mapped at the start, bytes */
    unsigned cpu_seconds; /* processor time */
    unsigned wall_ms;     /* elapsed time */
    size_t reply;         /* longest report, bytes of JSON */
};

extern const struct sandbox_limits sandbox_limits_default;

/* How a child ended. */
struct sandbox_end {
    int status;    /* as waitpid gives it */
    bool cpu_out;  /* the processor time was used up */
    bool wall_out; /* it was killed because its time was over */
    bool known;    /* false: nobody could tell */
};

/* A running child. fd is readable when there is something to read or the child has ended. */
struct sandbox_child {
    pid_t pid;           /* 0: the zygote's child */
    int fd;              /* -1 once closed */
    int status_fd;       /* zygote: delivers struct sandbox_end; -1 otherwise */
    int64_t deadline_ms; /* CLOCK_MONOTONIC; past it sandbox_finish kills the child */
    uint8_t *reply;
    size_t reply_size, reply_capacity;
    bool ended, overflow, memory_out;
    struct sandbox_limits limits;
};

/* Once per process, after sp_init and before the first child: lets OpenSSL load what every
 * verification needs, so that no child pays for it. Worth it for more than one document. Returns 0,
 * or -1 when OpenSSL does not work. */
int sandbox_warm(void) WARN_UNUSED;

/* Starts a child for the job. Returns 0 or -1 with errno (our failure). */
int sandbox_start(const struct sandbox_job *job, struct sandbox_child *child) WARN_UNUSED;

/* Reads what is there without blocking. Returns 1 when the child is done, 0 when it is not, -1 when
 * memory is out; after 1 or -1 call sandbox_finish. */
int sandbox_read(struct sandbox_child *child) WARN_UNUSED;

/* Milliseconds until the deadline, at least 0: the longest time to poll. */
int sandbox_time_left(const struct sandbox_child *child);

/* Ends the child if it still runs, reaps it and turns its answer into a report. Always gives a
 * report unless memory is out (-1). */
int sandbox_finish(const struct sandbox_job *job, struct sandbox_child *child,
                   struct sp_report **report) WARN_UNUSED;

/* The job's evidence with what was fetched for it; freed with sp_evidence_clear. The bytes stay
 * where they are. Returns 0, 1 when a bundle is malformed, -1: memory. */
int sandbox_evidence(const struct sandbox_job *job, struct sp_evidence *out) WARN_UNUSED;

/* In this process, without a child: for tests and --no-sandbox. Returns as sp_verify. */
int sandbox_none(const struct sandbox_job *job, struct sp_report **report) WARN_UNUSED;

/* Start, wait, finish. A child that cannot be started gives an engine.internal report. */
int sandbox_verify(const struct sandbox_job *job, struct sp_report **report) WARN_UNUSED;

/* How children for the members of a container are started, and for how long. */
struct sandbox_starter {
    int (*start)(void *context, const struct sandbox_job *job, struct sandbox_child *child);
    bool (*stop)(void *context);                 /* may be NULL: never */
    void (*step)(void *context, size_t members); /* may be NULL: so many more are done */
    /* May be NULL: rows [first, first + count) of the listed report are filled. What covers a file
     * is decided at the end: only the row of a file with signatures of its own is final, and not
     * even that when it is a signature over another one. */
    void (*seen)(void *context, const struct sp_report *listed, size_t first, size_t count);
    void *context;
    size_t jobs;      /* children at a time */
    int64_t total_ms; /* for all members together */
};

/*
 * The second half of a verification whose report has members pending: verifies them in several
 * children side by side and completes the report. The caller never looks into the container. What a
 * child could not answer is asked of smaller ones, until the member is found that is at fault: it
 * alone stays unread. Returns 0, 1 when stop said so, or -1: memory.
 */
int sandbox_members(const struct sandbox_job *job, const struct sandbox_starter *starter,
                    struct sp_report *report) WARN_UNUSED;

/* sandbox_start as a starter's start; context is not used. */
int sandbox_start_plain(void *context, const struct sandbox_job *job,
                        struct sandbox_child *child) WARN_UNUSED;

/*
 * Any other work on bytes of strangers, in a child with the same limits: work writes its output
 * into the buffer it is given and returns a code from 0 to 255. Appends the output to out and gives
 * the code; -1 when the child could not answer, with the reason in why[size].
 */
typedef int (*sandbox_work)(void *context, struct buffer *out);
int sandbox_task(sandbox_work work, void *context, struct buffer *out, char *why,
                 size_t size) WARN_UNUSED;

/* The same; while the child works, meanwhile runs here. */
int sandbox_task_while(sandbox_work work, void *context, void (*meanwhile)(void *with), void *with,
                       struct buffer *out, char *why, size_t size) WARN_UNUSED;

/* Called in the child only: gives up every right but computing and writing to fd; -1: failed. */
int sandbox_enter(int fd) WARN_UNUSED;

/* The kernel offers Landlock. Without it seccomp and the limits still hold; say so in the log. */
bool sandbox_has_landlock(void);

/*
 * Runs every job under the filter; at the start of a server, one fixture of each format shows that
 * no code path needs a call the filter forbids. Each job whose report carries a failure of our own
 * is told to log (may be NULL), as is a kernel without Landlock. Returns the number of failed jobs,
 * or -1 when memory is out.
 */
int sandbox_selftest(const struct sandbox_job *jobs, size_t count,
                     void (*log)(void *context, const char *line), void *context) WARN_UNUSED;

#endif
