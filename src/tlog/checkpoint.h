/*
 * checkpoint - the signed head of a log (C2SP tlog-checkpoint v1) and the proof file of one entry
 * (C2SP tlog-proof v1).
 *
 * Functions that read return 0, 1 when the text is not that, or -1: memory.
 */
#ifndef TLOG_CHECKPOINT_H
#define TLOG_CHECKPOINT_H

#include "tlog/merkle.h"
#include "tlog/note.h"

struct checkpoint {
    struct span origin; /* borrowed */
    uint64_t size;
    struct merkle_hash root;
    bool extended; /* there are extension lines: signed, but nothing is known of them */
};

/* From a note's text. */
int checkpoint_parse(struct span text, struct checkpoint *out) WARN_UNUSED;
int checkpoint_write(const char *origin, uint64_t size, const struct merkle_hash *root,
                     struct buffer *out) WARN_UNUSED;

/* The note is signed by the key and its text is a checkpoint of the key's log. 1, 0: not, -1.
 * The origin is the name of the key: tlog-checkpoint says SHOULD, here it must be. */
int checkpoint_open(struct span bytes, const struct note_key *key, struct note *note,
                    struct checkpoint *out) WARN_UNUSED;

struct tlog_proof {
    uint64_t index;
    struct merkle_proof path;
    struct span extra;      /* base64 as it stands; absent: none. Not signed: never trust it */
    struct span checkpoint; /* the whole note, borrowed */
};
int tlog_proof_parse(struct span bytes, struct tlog_proof *out) WARN_UNUSED;
int tlog_proof_write(const struct tlog_proof *p, struct buffer *out) WARN_UNUSED;

/* The entry is in the log whose key that is. 1, 0: not, -1. The note and head that say so in *note
 * and *head, for witnesses and the size. */
int tlog_proof_check(const struct tlog_proof *p, struct span entry, const struct note_key *key,
                     struct note *note, struct checkpoint *head) WARN_UNUSED;

#endif
