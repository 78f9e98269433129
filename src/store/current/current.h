/*
 * current - what the store holds now, read without a database: DATA/revocation/current.
 *
 * One file, replaced as a whole: a header with a SHA-256 over the rest, JSON about sources and
 * lists, then the OCSP answers and issuers themselves. The lists are mapped from their own files.
 * A file that is damaged counts as absent, and a list whose file is missing is left out: the next
 * program that opens the store writes it again. For the verifier, the server and its pages, which
 * link no SQLite.
 */
#ifndef STORE_CURRENT_CURRENT_H
#define STORE_CURRENT_CURRENT_H

#include "base/buffer.h"
#include "store/store.h"

struct current;

/* Returns 0 and what is there (nothing, when there is no store), or -1 with error[STORE_ERROR]. */
int current_load(const char *data, struct current **out, char *error) WARN_UNUSED;
void current_free(struct current *c);

/* Adds all of it; the evidence borrows from c. Returns 0 or -1 (memory). */
int current_add_to(const struct current *c, struct sp_evidence *evidence) WARN_UNUSED;

/* Both hold the same evidence; what is known of the sources may differ. */
bool current_same(const struct current *a, const struct current *b);

/* The sources, CA by CA, as they were when the file was written; borrowed. */
const struct store_source *current_sources(const struct current *c, size_t *count);

/* -1: there is no file. */
int64_t current_generation(const struct current *c);
int64_t current_written_at(const struct current *c);

/* Another file is there than the one that was loaded. */
bool current_changed(const char *data, const struct current *c);

/* How a source stands at that time, for people. */
enum store_state {
    STORE_STATE_GOOD,      /* held and valid */
    STORE_STATE_FAILING,   /* held and valid, but it could not be fetched lately */
    STORE_STATE_STALE,     /* past its nextUpdate */
    STORE_STATE_MISSING,   /* never fetched */
    STORE_STATE_ON_DEMAND, /* OCSP: asked when a document needs it */
    STORE_STATES
};
enum store_state current_state(const struct store_source *s, int64_t now);

/* The header for such a file: for publish.c. */
enum { CURRENT_HEADER = 72 };
int current_header(int64_t generation, int64_t written_at, struct span json, struct span objects,
                   uint8_t out[CURRENT_HEADER]) WARN_UNUSED;

#endif
