/*
 * command - what the parts of `satyapan revocation` share.
 */
#ifndef CLI_REVOCATION_COMMAND_H
#define CLI_REVOCATION_COMMAND_H

#include <stdio.h>

#include "cli/commands.h"
#include "store/store.h"
#include "trust/trust.h"

struct revocation {
    struct arena *a;
    const char *data, *trust_dir, *url, *ca;
    const char *const *files;
    size_t file_count;
    bool json, colour, offline, due, quiet;
    unsigned keep_months;
    int64_t now;
    bool fixed_time; /* --at was given */
    struct trust *trust;
    struct store *store;
};

/* Loads the trust list and opens the store. EXIT_GOOD, or an exit code after saying why. */
int revocation_open(struct revocation *c) WARN_UNUSED;

/* The exit code for a failure of ours with that errno. */
int revocation_failure(int error);

int revocation_status(struct revocation *c);
int revocation_refresh(struct revocation *c);
int revocation_import(struct revocation *c);

/* ---- sources.c: which addresses there are */

/* Adds those of trust/endpoints.csv and of the certificates of the trust list to the store.
 * Returns 0 or -1. */
int sources_add(struct revocation *c) WARN_UNUSED;

/* ---- words.c: pieces of text. out has WORD_SIZE bytes; each returns out. */
enum { WORD_SIZE = 32 };
const char *word_age(int64_t seconds, char *out);                 /* "3 h", "12 d", "-" */
const char *word_date(int64_t t, char *out);                      /* "2026-11-21 06:30", "-" */
const char *word_count(uint64_t n, char *out);                    /* "1,000,000" */
const char *word_colour(const struct revocation *c, int badness); /* start of colour, or "" */
const char *word_plain(const struct revocation *c);               /* its end, or "" */

/* A string as it may go to a terminal: control characters become '?'. Arena. */
const char *word_safe(struct arena *a, const char *s);

#endif
