/*
 * obtain - gets what reports want (satyapan/report.h): from the store of revocation data, else from
 * the network, through a process of its own.
 *
 * obtainer_start runs satyapan-obtain, which keeps the store and starts the fetch process
 * (net/fetch.h); this header and its source link neither a database nor a network library. Each
 * question is one round: wants go in, a bundle of evidence and attempts comes out
 * (sandbox/bundle.h), ready to be handed to the child that verifies the document again. Every want
 * gets an attempt, whatever happens to it. See DESIGN.md, idea 2.
 * What it does not do: judge what came, beyond that it is of the kind asked for.
 */
#ifndef OBTAIN_OBTAIN_H
#define OBTAIN_OBTAIN_H

#include <sys/types.h>

#include "base/span.h"
#include "satyapan/report.h"

/* How long one round may take by default. */
enum { OBTAIN_ROUND_MS = 8000, OBTAIN_FILES_MAX = 8 };

struct obtain_options {
    const char *trust; /* directory of the trust list: its endpoints are the allow-list */
    const char *data;  /* the operator's directory with the store; NULL: nothing is kept */
    bool refresh;      /* an old but usable answer is given at once and renewed afterwards */
    /* Files with further anchors and intermediates that signers of CRLs in the store may chain to
     * (a demonstration's own), NULL where there are less. */
    const char *anchors[OBTAIN_FILES_MAX], *certificates[OBTAIN_FILES_MAX];
    const char *program; /* NULL: satyapan-obtain below libexec */
};

struct obtainer {
    pid_t pid;
    int socket;
};

/* Starts the process. Returns 0, or -1 with errno. What is wrong with its files it says itself on
 * the standard error output, and then ends. */
int obtainer_start(const struct obtain_options *options, struct obtainer *o) WARN_UNUSED;
void obtainer_stop(struct obtainer *o);

/* What came of a round. */
struct obtained {
    int bundle;                 /* a sealed memory file, the caller's; -1: none */
    uint32_t objects, failures; /* found or fetched; wants of which nothing came */
};

/* Asks for everything in the list, to be answered within timeout_ms. *reply becomes a descriptor
 * that is readable when obtain_take may be called. Any thread may. Returns 0, or -1 with errno
 * (EPIPE: the process is gone; EAGAIN: too much is asked of it). */
int obtain_ask(int socket, const struct sp_want *wants, size_t count, int timeout_ms,
               int *reply) WARN_UNUSED;

/* Takes the answer. Returns 1 and *out, 0 when there is none yet, -1 when none will come. The
 * descriptor is closed by the caller in any case. */
int obtain_take(int reply, struct obtained *out) WARN_UNUSED;

/* Asks and waits. Returns 0, or -1 with errno. */
int obtain_now(int socket, const struct sp_want *wants, size_t count, int timeout_ms,
               struct obtained *out) WARN_UNUSED;

/* An answer made here: an attempt for every address, and why it was not made. Returns 0 or -1. */
int obtain_nothing(const struct sp_want *wants, size_t count, const char *why,
                   struct obtained *out) WARN_UNUSED;

/* The bytes of a bundle, mapped until obtain_unmap; absent when it cannot be. */
struct span obtain_map(int bundle);
void obtain_unmap(struct span bundle);

#endif
