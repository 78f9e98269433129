/*
 * setup - what verify, replay and serve-like commands judge by: policy, clock, evidence from files.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/input.h"
#include "satyapan/verify.h"
#include "trust/trust.h"

struct setup {
    struct arena *arena;
    const struct sp_policy *policy;
    struct sp_policy *owned_policy; /* from a file, or a copy with another grace */
    struct sp_clock clock;
    struct sp_evidence evidence;
    struct trust *trust;
    struct current *current; /* what the store of a data directory holds */
    struct input *files;     /* open evidence files, borrowed by the evidence */
    size_t file_count, file_capacity;
};

/* Returns EXIT_GOOD or EXIT_INTERNAL. */
enum exit_code setup_init(struct setup *s) WARN_UNUSED;
void setup_free(struct setup *s);

/* A built-in policy by name, or a policy file by path. */
enum exit_code setup_policy(struct setup *s, const char *name_or_path) WARN_UNUSED;

/* --grace HOURS: overrides the policy's. */
enum exit_code setup_grace(struct setup *s, const char *hours) WARN_UNUSED;

/* A file, or every file of a directory, as evidence of this kind. */
enum exit_code setup_evidence(struct setup *s, enum sp_evidence_kind kind,
                              const char *path) WARN_UNUSED;

/* Loads the trust list (NULL: where trust_directory finds it) and adds it to the evidence. */
enum exit_code setup_trust(struct setup *s, const char *dir) WARN_UNUSED;

/* Adds what is current in the store of revocation data of this directory, if there is one. */
enum exit_code setup_data(struct setup *s, const char *data) WARN_UNUSED;

/* Reads the anchors added so far once, for many documents: they are the operator's own files. */
enum exit_code setup_prepare(struct setup *s) WARN_UNUSED;

/* RFC 3339 or epoch seconds; complains and returns EXIT_USAGE otherwise. */
enum exit_code setup_time(const char *option, const char *text, int64_t *out) WARN_UNUSED;

#endif
