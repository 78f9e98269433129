/*
 * armor - finds the binary objects in a file as people send them.
 *
 * DER stays as it is; PEM (LF or CRLF, any label, several blocks) and bare base64 without armour
 * (as cca.gov.in serves certificates) are decoded. RFC 7468, leniently.
 */
#ifndef ASN1_ARMOR_H
#define ASN1_ARMOR_H

#include "base/arena.h"

struct armor_item {
    const char *label; /* "CERTIFICATE", ...; "" for DER and bare base64 */
    struct span der;
};

/* All objects of the file. Returns 0 (*count may be 0: nothing recognised), -1 on no memory. */
int armor_decode(struct arena *a, struct span file, struct armor_item **items,
                 size_t *count) WARN_UNUSED;

/* The same; *outside: how many octets other than white space belong to none of them. */
int armor_decode_all(struct arena *a, struct span file, struct armor_item **items, size_t *count,
                     size_t *outside) WARN_UNUSED;

/* Strict-alphabet base64 with white space allowed. out absent when it is none. 0 or -1. */
int armor_base64(struct arena *a, struct span text, struct span *out) WARN_UNUSED;

#endif
