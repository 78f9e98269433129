/*
 * witness - asking a witness to cosign a head: C2SP tlog-witness v1 (add-checkpoint) and
 * tlog-cosignature v1.
 *
 * A witness signs only heads that continue what it signed before; so whoever trusts one knows that
 * nobody was shown another log. What it does not do: it does not send anything.
 */
#ifndef TLOG_WITNESS_H
#define TLOG_WITNESS_H

#include "tlog/checkpoint.h"

/* The body of POST <prefix>/add-checkpoint: that the head continues the tree of the old size, which
 * the witness has seen last (0: none; then without a proof). 0 or -1. */
int witness_request(uint64_t old, const struct merkle_proof *proof, struct span checkpoint,
                    struct buffer *out) WARN_UNUSED;

/* The body of its 200: signature lines, of which that of the key must verify over the text of the
 * checkpoint. Appends that line alone to out. 0; 1: it is none; -1. */
int witness_answer(struct span body, struct span checkpoint, const struct note_key *key,
                   struct buffer *out, int64_t *at) WARN_UNUSED;

/* The body of its 409: the size it has seen last. 0 or 1: it is none. */
int witness_conflict(struct span body, uint64_t *size) WARN_UNUSED;

#endif
