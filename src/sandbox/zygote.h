/*
 * zygote - a process forked before threads are started, which forks one child per document.
 *
 * A server with threads must not fork: locks of other threads would stay locked in the child. The
 * zygote has one thread, OpenSSL and the trust store already warm, and no descriptor but its
 * socket. A job comes as one message over a socket pair: a fixed header, the names, and the
 * descriptors of the reply pipe, the status pipe, the document and, if there are any, the detached
 * content and what was fetched for this document (bundle.h). The child writes its report into the
 * reply pipe itself; the zygote only says how it ended.
 *
 * The evidence is what the zygote was started with: when it changes, start another and close the
 * socket of the first: it finishes the jobs that were handed over, then ends. A signal ends it and
 * its children at once.
 * It does not queue: at most `slots` children run, further jobs wait in the socket. The caller
 * limits what it submits (a full queue is its 503).
 */
#ifndef SANDBOX_ZYGOTE_H
#define SANDBOX_ZYGOTE_H

#include "sandbox/sandbox.h"

enum { ZYGOTE_SLOTS_MAX = 64 };

struct zygote {
    pid_t pid;
    int socket;
};

/* Starts the zygote; the caller must have one thread, and have called sp_init and sandbox_warm.
 * evidence is borrowed by the copy of the process. Returns 0, or -1 with errno. */
int zygote_start(const struct sp_evidence *evidence, unsigned slots, struct zygote *z) WARN_UNUSED;

/*
 * Hands a job over; then sandbox_read and sandbox_finish as with sandbox_start. The document and
 * the content (-1: none) are sealed memory files, or files of our own user that have one name and
 * no right to write (0400), opened for reading; job->document.bytes may be NULL (then the report
 * of a child that failed has no hash), job->document.size must be the size of the file. The policy
 * goes by its name and must be a built-in one. May be called from any thread. Returns 0, or -1
 * with errno (EPIPE, ECONNRESET: the zygote is gone; EAGAIN: too many jobs wait).
 */
struct zygote_files {
    int document, content;
    int extra[SANDBOX_EXTRA_MAX]; /* bundles (bundle.h), sealed as well */
    size_t extra_count;
};
int zygote_submit(const struct zygote *z, const struct sandbox_job *job,
                  const struct zygote_files *files, struct sandbox_child *child) WARN_UNUSED;

/* Ends the zygote and its children and waits for it. */
void zygote_stop(struct zygote *z);

/* A memory file that can be sealed, and the sealing: after it nobody can change or cut the bytes.
 * zygote_seal returns 0 or -1. */
int zygote_memfd(const char *name) WARN_UNUSED;
int zygote_seal(int fd) WARN_UNUSED;

#endif
