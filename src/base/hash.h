/*
 * hash - SHA-256 of bytes and its hex form.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/arena.h"

enum { SHA256_SIZE = 32, SHA256_HEX = 65 };

/* Returns 0, or -1 when OpenSSL could not (memory). */
int hash_sha256(struct span data, uint8_t out[SHA256_SIZE]) WARN_UNUSED;

/* Lower-case hex (upper with upper). out has 2 * n + 1 bytes. Returns out. */
char *hash_hex(struct span data, bool upper, char *out);
char *hash_hex_str(struct arena *a, struct span data, bool upper) WARN_UNUSED;

/* Decodes exactly n octets of hex, either case. */
bool hash_unhex(const char *hex, uint8_t *out, size_t n) WARN_UNUSED;

#endif
