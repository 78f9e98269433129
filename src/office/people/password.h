/*
 * password - what may be a password, and what is kept of it: scrypt (RFC 7914) through libcrypto.
 *
 * Kept: "scrypt$15$8$3$SALT$HASH", log2 N, r, p, base64url. N = 2^15, r = 8, p = 3 takes 32 MB and
 * is what OWASP's Password Storage Cheat Sheet gives for that much memory. Two at a time (gate.h),
 * so that a crowd of guesses takes 64 MB and two processors and no more.
 *
 * NIST SP 800-63B 5.1.1.2: length, a list of common ones, no rules of composition, no expiry.
 * What it does not do: normalise Unicode (the same keyboard gives the same octets).
 */
#ifndef OFFICE_PEOPLE_PASSWORD_H
#define OFFICE_PEOPLE_PASSWORD_H

#include "base/span.h"

enum { PASSWORD_MIN = 12, PASSWORD_MAX = 256, PASSWORD_STORED = 128 };

enum password_fault {
    PASSWORD_FINE,
    PASSWORD_SHORT,  /* fewer than 12 characters */
    PASSWORD_LONG,   /* more than 256 octets */
    PASSWORD_LOGIN,  /* the login with little else */
    PASSWORD_COMMON, /* on the list, or fewer than five different characters */
    PASSWORD_FAULT_COUNT
};

enum password_fault password_judge(const char *password, const char *login);

/* One sentence for people; NULL for PASSWORD_FINE. */
const char *password_fault_text(enum password_fault f, bool hindi);

/* Returns 0 or -1: memory. */
int password_hash(const char *password, char out[PASSWORD_STORED]) WARN_UNUSED;

/* stored "" or malformed: the same work is done, and the answer is no. Returns 1, 0, or -1:
 * memory. */
int password_matches(const char *stored, const char *password) WARN_UNUSED;

#endif
