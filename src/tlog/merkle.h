/*
 * merkle - the hash tree of a transparency log: RFC 6962 2.1, proofs as RFC 9162 2.1.3 and 2.1.4.
 *
 * A leaf is SHA-256(00 || entry), a node SHA-256(01 || left || right). Trees of up to 2^63 leaves.
 * Functions that compare return 1: it is so, 0: it is not, -1: libcrypto failed (memory).
 *
 * What it does not do: it does not know who signed a root; that is note.h and checkpoint.h.
 */
#ifndef TLOG_MERKLE_H
#define TLOG_MERKLE_H

#include "base/hash.h"

enum { MERKLE_PROOF_MAX = 64, MERKLE_LEVELS = 64 };

struct merkle_hash {
    uint8_t h[SHA256_SIZE];
};

/* The root of no leaves: SHA-256 of nothing. */
int merkle_empty(struct merkle_hash *out) WARN_UNUSED;
int merkle_leaf(struct span entry, struct merkle_hash *out) WARN_UNUSED;
int merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                struct merkle_hash *out) WARN_UNUSED;

/* A list of hashes: a proof, from the leaf towards the root. */
struct merkle_proof {
    struct merkle_hash hashes[MERKLE_PROOF_MAX];
    size_t count;
};

/* The leaf stands at index in the tree of that size and root. */
int merkle_included(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
                    const struct merkle_proof *proof, const struct merkle_hash *root) WARN_UNUSED;

/* The larger tree begins with the smaller one. The smaller one has at least one leaf: that any tree
 * begins with an empty one proves nothing. */
int merkle_consistent(uint64_t size1, const struct merkle_hash *root1, uint64_t size2,
                      const struct merkle_hash *root2,
                      const struct merkle_proof *proof) WARN_UNUSED;

/* Where the hashes of complete subtrees are kept: level 0 are leaves, a node of level l and index i
 * spans the leaves [i << l, (i + 1) << l). Returns 0 or -1. */
struct merkle_source {
    int (*node)(void *context, unsigned level, uint64_t index, struct merkle_hash *out);
    void *context;
};

int merkle_root(const struct merkle_source *s, uint64_t size, struct merkle_hash *out) WARN_UNUSED;

/* index < size; 0 < size1 <= size2, else -1. */
int merkle_prove_included(const struct merkle_source *s, uint64_t index, uint64_t size,
                          struct merkle_proof *out) WARN_UNUSED;
int merkle_prove_consistent(const struct merkle_source *s, uint64_t size1, uint64_t size2,
                            struct merkle_proof *out) WARN_UNUSED;

/* The subtrees that the leaf number size (counted from 0) completes, from level 0 (the leaf itself)
 * on, to be kept by the caller. Returns how many (1..MERKLE_LEVELS), or -1. */
int merkle_append(const struct merkle_source *s, uint64_t size, const struct merkle_hash *leaf,
                  struct merkle_hash out[MERKLE_LEVELS]) WARN_UNUSED;

#endif
