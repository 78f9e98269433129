/*
 * base64 - RFC 4648, strictly: no white space, no other alphabet, unused bits zero, so that one
 * text stands for the octets and no other. (For files as people send them: asn1/armor.h.)
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/arena.h"
#include "base/buffer.h"

enum base64_form {
    BASE64_PADDED, /* section 4: + and /, with padding */
    BASE64_URL     /* section 5: - and _, without padding (RFC 7515 2) */
};

/* *out absent when the text is not that. Returns 0, or -1 when memory is out. */
int base64_decode(struct arena *a, struct span text, enum base64_form form,
                  struct span *out) WARN_UNUSED;

/* Appends in as BASE64_PADDED. */
void base64_put(struct buffer *out, struct span in);

/* Encodes for the URL into out, which has room for (n + 2) / 3 * 4 octets; returns how many. */
size_t base64_url(struct span in, uint8_t *out);

#endif
