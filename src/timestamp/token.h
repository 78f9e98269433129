/*
 * token - an RFC 3161 time-stamp token as spans. Parsing only; see verify/stamp.c for the check.
 */
#ifndef TIMESTAMP_TOKEN_H
#define TIMESTAMP_TOKEN_H

#include "format/cms.h"

struct token {
    struct span whole; /* as given */
    struct cms *cms;
    enum oid digest; /* of the imprint */
    struct span digest_oid;
    struct span imprint;
    struct span serial;
    int64_t time; /* genTime; fractions are dropped */
};

/* Parses a TimeStampToken (ContentInfo). Returns 0 with *out NULL
 * when malformed (*why, static text), -1 for our own failure. */
int token_parse(struct arena *a, struct span in, struct token **out, const char **why) WARN_UNUSED;

/* Of the two digests a token rests on, imprint and signature, the one that counts shorter. */
enum oid token_weakest_digest(const struct token *t);

/* The token inside a TimeStampResp; absent when it is none, or the TSA refused. */
struct span token_from_response(struct span in);

#endif
