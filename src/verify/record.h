/*
 * record - evidence records (RFC 4998) over known data (internal to verify/).
 */
#ifndef VERIFY_RECORD_H
#define VERIFY_RECORD_H

#include "timestamp/ers.h"
#include "verify/judging.h"

enum { RECORD_MAX_OBJECTS = 2 };

/* The octets of one object, one part after the other. */
struct record_object {
    struct span *parts;
    size_t count, capacity;
};

struct record_question {
    const struct ers *record;
    const struct record_object *objects; /* one, or a group of which all must be in the tree */
    size_t count;
    const struct span *covers; /* parts of the document that the objects are made of */
    size_t cover_count;
};

int record_part(struct arena *a, struct record_object *o, struct span octets) WARN_UNUSED;

/* What the imprint of time-stamp i must be; absent when the tree does not lead there (*why). 0 or
 * -1. */
int record_imprint(struct arena *a, const struct record_question *q, size_t i,
                   const struct token *token, struct span *imprint, const char **why) WARN_UNUSED;

/* Lists the time-stamps of a record from the one at `from` on. 0 or -1. */
int record_stamps(struct judging *j, const struct record_question *q, size_t from,
                  struct stamp_list *out) WARN_UNUSED;

/* Lists those of all records in the unsigned attributes of a CMS signer. 0 or -1. */
int record_attributes(struct judging *j, struct stamp_list *out) WARN_UNUSED;

#endif
