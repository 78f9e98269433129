/*
 * judge_inside - what judge.c gathers, decides upon, and row.c writes.
 */
#ifndef FOREIGN_MAIL_JUDGE_INSIDE_H
#define FOREIGN_MAIL_JUDGE_INSIDE_H

#include "foreign/mail/authres.h"
#include "foreign/mail/classify.h"
#include "foreign/mail/judge.h"
#include "foreign/mail/result.h"
#include "foreign/mail/sentences.h"

/* Where a token stands. */
enum token_place {
    TOKEN_BODY = 1,
    TOKEN_TO = 2,
    TOKEN_CC = 4,
    TOKEN_REFERENCES = 8,
    TOKEN_IN_REPLY_TO = 16,
    TOKEN_ELSEWHERE = 32
};

enum { TOKENS_MAX = 16, SAID_MAX = 32 };

struct found_token {
    const struct mail_known *known;
    unsigned places;
};

enum mail_outcome { MAIL_UNCLEAR, MAIL_CONFIRMED_BY_ISSUER, MAIL_DENIED_BY_ISSUER };

struct judging {
    struct arena *a;
    const struct mail_question *q;
    struct mail_head head;
    struct mail_parts *parts;
    struct mail_kind kind;
    struct found_token tokens[TOKENS_MAX];
    size_t token_count;
    bool more_tokens;               /* of different cases */
    const struct mail_known *known; /* the request it is about, NULL: none */
    const struct mail_profile *profile;
    const char *from_text, *from_fault;
    struct mail_address from;
    bool from_approved, retry;
    const char *organisation; /* the domain below which all is the issuer's; NULL: none */
    struct mail_dkims dkim;
    struct mail_smime smime;
    struct mail_authres results;
    struct mail_result answer;
    bool texts_disagree;
    const char *by; /* "dkim", "smime", "dmarc", or NULL */
    bool aligned, token_covered, structure_covered;
    enum mail_outcome outcome;
    struct mail_said said[SAID_MAX];
    size_t said_count;
};

void judging_say(struct judging *j, enum mail_sentence s, const char *first, const char *second);

/* decide.c: fills outcome and said. */
void judging_decide(struct judging *j);

/* row.c */
int judging_write(const struct judging *j, struct buffer *out) WARN_UNUSED;

#endif
