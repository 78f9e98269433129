/*
 * seal - keeps small secrets that must be read again: AES-256-GCM under a key in a file of its own.
 *
 * Who gets the database alone - a copy, a backup on its way - gets no second factor with it. What
 * it is for is bound in: the secret of one person cannot be put into another one's row.
 *
 * NIST SP 800-38D; nonces are random, 96 bits, for far fewer than 2^32 secrets.
 */
#ifndef OFFICE_PEOPLE_SEAL_H
#define OFFICE_PEOPLE_SEAL_H

#include "base/span.h"

enum { SEAL_KEY = 32, SEAL_EXTRA = 28 }; /* octets a sealed secret is longer */

/* Reads DATA/keys/office.key, or makes it (folder 0700, file 0600). A file that others may read is
 * refused. Returns 0, or -1 with a sentence in why[size]. */
int seal_key(const char *data, uint8_t key[SEAL_KEY], char *why, size_t size) WARN_UNUSED;

/* out has in.n + SEAL_EXTRA octets. Returns 0 or -1. */
int seal_close(const uint8_t key[SEAL_KEY], const char *use, struct span in,
               uint8_t *out) WARN_UNUSED;

/* out has in.n - SEAL_EXTRA octets. Returns 0, or -1: another key, another use, changed. */
int seal_open(const uint8_t key[SEAL_KEY], const char *use, struct span in,
              uint8_t *out) WARN_UNUSED;

#endif
