/*
 * known_keys - device keys whose private half is public knowledge.
 *
 * The list is trust/device-keys.txt: one key a line, "KIND HEX SOURCE NOTE", where KIND is
 * spki-sha256, modulus-sha256 or cert-sha1. `satyapan tls device import-keys` turns other lists
 * into these lines.
 */
#ifndef TLS_KNOWN_KEYS_H
#define TLS_KNOWN_KEYS_H

#include "base/arena.h"

enum known_kind { KNOWN_SPKI, KNOWN_MODULUS, KNOWN_CERT };

struct known_key {
    uint8_t hash[32];
    enum known_kind kind;
    const char *source, *note;
};

struct known_keys {
    struct known_key *rows; /* sorted by kind and hash */
    size_t count;
};

/* Reads a list; the text must outlive it. Returns 0, or -1 when memory is out; a line that cannot
 * be read is its number in *bad_line (0: none), the rest is read. */
int known_keys_read(struct arena *a, struct span text, struct known_keys *out,
                    size_t *bad_line) WARN_UNUSED;

/* The row of a hash (20 octets used for KNOWN_CERT), or NULL. */
const struct known_key *known_keys_find(const struct known_keys *k, enum known_kind kind,
                                        const uint8_t *hash);

#endif
