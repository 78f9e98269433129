/*
 * known_keys - device keys whose private half is public knowledge.
 *
 * The list is trust/device-keys.txt: one key a line, "KIND HEX SOURCE NOTE", where KIND is
 * spki-sha256, modulus-sha256, cert-sha1 or bkhash120 (the first 15 octets of the SHA-256 of one
 * number of the key, as badkeys has it: modulus, x, y or public value without leading zeros).
 * `satyapan trust import-device-keys` adds other lists (known_import.h). The blocklist of badkeys
 * is some millions of keys: it is searched where it lies.
 */
#ifndef TLS_KNOWN_KEYS_H
#define TLS_KNOWN_KEYS_H

#include "base/arena.h"

enum known_kind { KNOWN_SPKI, KNOWN_MODULUS, KNOWN_CERT, KNOWN_BKHASH, KNOWN_KINDS };

enum { BKHASH = 15, BKHASH_ROW = 16, BKHASH_LISTS = 256 };

struct known_key {
    uint8_t hash[32];
    enum known_kind kind;
    const char *source, *note;
};

struct known_keys {
    struct known_key *rows; /* sorted by kind and hash */
    size_t count;
    struct span block;                     /* badkeys: sorted rows of BKHASH octets and a number */
    const char *block_names[BKHASH_LISTS]; /* of those numbers, or NULL */
    struct known_key found;                /* of a row of block */
};

/* The word of a kind, and how many octets its hash has. */
const char *known_kind_name(enum known_kind kind);
size_t known_kind_size(enum known_kind kind);

/* Adds a list to *out (zeros at first); the text must outlive it. Returns 0, or -1 when memory is
 * out; a line that cannot be read is its number in *bad_line (0: none), the rest is read. */
int known_keys_read(struct arena *a, struct span text, struct known_keys *out,
                    size_t *bad_line) WARN_UNUSED;

/* The row of a hash, or NULL; one of badkeys lives until the next question. */
const struct known_key *known_keys_find(struct known_keys *k, enum known_kind kind,
                                        const uint8_t *hash);

#endif
