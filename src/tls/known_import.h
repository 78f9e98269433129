/*
 * known_import - lists of device keys whose private half is public, as others publish them, turned
 * into lines of our own list (known_keys.h).
 *
 * Read are: our own lines; lists of hexadecimal hashes, one a line, with a note behind it or none
 * (LittleBlackBox: SHA-1 of certificates; others: SHA-256 of the key); tables with a heading (House
 * of Keys: spki_sha256, modulus_sha256, products). The blocklist of badkeys is binary and stays as
 * it is; it is only looked at whether it can be searched.
 */
#ifndef TLS_KNOWN_IMPORT_H
#define TLS_KNOWN_IMPORT_H

#include "base/buffer.h"
#include "tls/known_keys.h"

enum known_list { LIST_OURS, LIST_HASHES, LIST_TABLE, LIST_BADKEYS, LIST_UNKNOWN };

/* By its content. */
enum known_list known_list_of(struct span file);

/* Does each row say where it comes from? Else the caller must. */
bool known_list_names_source(enum known_list kind);

struct known_tally {
    size_t rows, skipped, first_skipped; /* lines; first_skipped is a line number */
};

/* Appends lines of our list. Not for LIST_BADKEYS. source without blanks. A full buffer is told by
 * itself. */
void known_import(struct span file, enum known_list kind, const char *source, struct buffer *out,
                  struct known_tally *tally);

/* The blocklist of badkeys: whole rows, each greater than the one before. */
bool known_block_sorted(struct span block);

#endif
