/*
 * head - the octets of a mail made plain, and its header lines (RFC 5322 2.2).
 *
 * What DKIM is computed over and what is read are the same bytes. What several programs could read
 * differently is said (odd), and then nothing in the mail decides anything. What it does not do:
 * look into the body.
 */
#ifndef FOREIGN_MAIL_HEAD_H
#define FOREIGN_MAIL_HEAD_H

#include "base/arena.h"

enum { MAIL_FIELDS_MAX = 2000 };

struct mail_field {
    struct span name;  /* without the colon */
    struct span value; /* with its folds, without the last line end */
    struct span whole; /* name, colon, value */
};

struct mail_head {
    struct span bytes; /* the whole mail, every line ends in CRLF */
    struct mail_field *fields;
    size_t count;
    struct span body;
    const char *odd; /* why programs may read it differently, or NULL */
};

/* Returns 0, or -1: memory. */
int mail_head_read(struct arena *a, struct span raw, struct mail_head *out) WARN_UNUSED;

/* The first line of that name at or behind index from, NULL: none. */
const struct mail_field *mail_head_find(const struct mail_head *h, const char *name, size_t from);

/* How often it is there. */
size_t mail_head_times(const struct mail_head *h, const char *name);

/* Its value unfolded and without white space around, once; absent when it is not there exactly
 * once, or memory is out (which mem counts). */
struct span mail_head_value(struct arena *a, const struct mail_head *h, const char *name);

/* A value unfolded: line ends become nothing, white space around goes. */
struct span mail_unfold(struct arena *a, struct span value);

/* ASCII, without regard to case. */
bool mail_same(struct span s, const char *word);
bool mail_contains(struct span s, const char *word);

#endif
