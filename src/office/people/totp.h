/*
 * totp - codes of six digits from a secret and the time: RFC 6238 over RFC 4226, HMAC-SHA-1, 30
 * seconds.
 *
 * SHA-1 because that is what every authenticator app does; HMAC does not need its collision
 * resistance.
 */
#ifndef OFFICE_PEOPLE_TOTP_H
#define OFFICE_PEOPLE_TOTP_H

#include "base/buffer.h"

enum { TOTP_SECRET = 20, TOTP_CODE = 7, TOTP_STEP_SECONDS = 30 };

/* Returns 0 or -1: memory. */
int totp_code(const uint8_t secret[TOTP_SECRET], int64_t step, char out[TOTP_CODE]) WARN_UNUSED;

/* Six digits (spaces are skipped) that are right at now, one step early or late, and of a step
 * after used. *step: which. Returns 1, 0, -1: memory. Every step is computed whatever the first one
 * says. */
int totp_check(const uint8_t secret[TOTP_SECRET], const char *typed, int64_t now, int64_t used,
               int64_t *step) WARN_UNUSED;

/* "otpauth://totp/Satyapan:login?secret=...&issuer=Satyapan" for apps (Google's Key Uri Format). */
void totp_uri(const uint8_t secret[TOTP_SECRET], const char *login, struct buffer *out);

#endif
