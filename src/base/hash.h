/*
 * hash - SHA-256 of bytes and its hex form.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdatomic.h>

#include <openssl/evp.h>

#include "base/arena.h"

enum { SHA256_SIZE = 32, SHA256_HEX = 65 };

/* A digest by libcrypto's name, looked up once per process and kept in *slot: the look-up costs
 * more than hashing a certificate. NULL when there is none, or memory is out. Safe from any
 * thread. */
const EVP_MD *hash_cached(_Atomic(EVP_MD *) *slot, const char *name);

/* Returns 0, or -1 when OpenSSL could not (memory). */
int hash_sha256(struct span data, uint8_t out[SHA256_SIZE]) WARN_UNUSED;

/* Lower-case hex (upper with upper). out has 2 * n + 1 bytes. Returns out. */
char *hash_hex(struct span data, bool upper, char *out);
char *hash_hex_str(struct arena *a, struct span data, bool upper) WARN_UNUSED;

/* Decodes exactly n octets of hex, either case. */
bool hash_unhex(const char *hex, uint8_t *out, size_t n) WARN_UNUSED;

#endif
