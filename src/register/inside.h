/*
 * inside - the register from the inside.
 */
#ifndef REGISTER_INSIDE_H
#define REGISTER_INSIDE_H

#include "register/register.h"

/* What an event makes of a certificate's status; from NULL: there is none yet. data: it brings
 * data. */
struct register_step {
    const char *event, *from, *to;
    bool data;
};
extern const struct register_step register_steps[]; /* ends with event NULL */
const struct register_step *register_step_find(const char *event, const char *status);

/* Canonical text (mem_free) of a certificate's data and its SHA-256. */
int register_data_hash(const json_t *data, char **canonical, char hex[SHA256_HEX]) WARN_UNUSED;

struct register_last {
    uint64_t size; /* 0: none yet */
    struct merkle_hash root;
    uint8_t note[SHA256_SIZE];
};

/* A signed head is of this log: signed by the key, at most size entries, its root that of the first
 * entries.
 * 0; RECORDS_CONFLICT; RECORDS_FAILED. */
int register_continues(struct records *r, struct span note, const struct note_key *key,
                       int64_t size) WARN_UNUSED;

#endif
