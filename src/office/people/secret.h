/*
 * secret - random secrets, their text and what is kept of them.
 *
 * 256 random bits need no slow hash: SHA-256 of them cannot be guessed backwards.
 */
#ifndef OFFICE_PEOPLE_SECRET_H
#define OFFICE_PEOPLE_SECRET_H

#include "base/hash.h"

enum { SECRET_SIZE = 32, SECRET_TEXT = 44, SECRET_CODE = 24 };

/* Random octets from the operating system. Returns 0 or -1. */
int secret_random(uint8_t *out, size_t n) WARN_UNUSED;

/* 256 bits as base64url (43 characters). */
int secret_new(char out[SECRET_TEXT]) WARN_UNUSED;
void secret_text(const uint8_t in[SECRET_SIZE], char out[SECRET_TEXT]);

/* 100 bits to be typed by people: four groups of five letters and digits, "K7QWX-...". */
int secret_code(char out[SECRET_CODE]) WARN_UNUSED;

/* A typed code as it was made: upper case, with its hyphens; false when it is none. */
bool secret_code_read(const char *typed, char out[SECRET_CODE]);

/* What is kept: SHA-256 over purpose, a zero octet and the text. */
int secret_hash(const char *purpose, const char *text, uint8_t out[SHA256_SIZE]) WARN_UNUSED;

/* The same text, compared in a time that does not depend on where they differ. */
bool secret_same(const char *a, const char *b);

/* RFC 4648 section 6, upper case, without padding; out: (n * 8 + 4) / 5 + 1. */
void secret_base32(struct span in, char *out);

#endif
