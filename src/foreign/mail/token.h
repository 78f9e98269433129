/*
 * token - the secret of one verification request, and the addresses that carry it.
 *
 * 128 random bits as 32 lower-case hex digits. Who holds the records keeps its SHA-256 only. It
 * stands in the plus-address for answers, in the return path (VERP), in Message-ID, References and
 * the body, because programs rewrite or drop any one of them. It says which request an answer is
 * about; it never proves who answers.
 */
#ifndef FOREIGN_MAIL_TOKEN_H
#define FOREIGN_MAIL_TOKEN_H

#include "base/hash.h"
#include "base/span.h"

enum { MAIL_TOKEN_DIGITS = 32, MAIL_TOKEN = MAIL_TOKEN_DIGITS + 1, MAIL_ID = 320 };

/* A new one; 0, or -1 when there is no randomness. */
int mail_token_make(char out[MAIL_TOKEN]) WARN_UNUSED;

/* What is kept of it. The digits may be in either case. Returns 0 or -1. */
int mail_token_sha256(struct span token, char hex[SHA256_HEX]) WARN_UNUSED;

/* 32 hex digits. */
bool mail_token_is(struct span text);

/* Where the next one stands in the text at or behind from, in either case, not a part of a longer
 * run of letters and digits; SIZE_MAX: nowhere. */
size_t mail_token_find(struct span text, size_t from);

/* "<TOKEN.NUMBER@DOMAIN>": of the request (0) and its reminders, fixed before the first try, so
 * that a mail that is sent twice is the same mail. Returns false when it does not fit. */
bool mail_message_id(const char *token, unsigned number, const char *domain, char out[MAIL_ID]);

#endif
