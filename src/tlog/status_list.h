/*
 * status_list - the compressed list of states that a register publishes (IETF Token Status List,
 * draft-ietf-oauth-status-list, section 4): bits per entry 1, 2, 4 or 8, the first entry in the
 * lowest bits of the first octet; then zlib (RFC 1950), then base64url.
 *
 * W3C's Bitstring Status List counts from the highest bit: the two must not be mixed.
 */
#ifndef TLOG_STATUS_LIST_H
#define TLOG_STATUS_LIST_H

#include "base/buffer.h"

enum status_value { STATUS_VALID = 0, STATUS_INVALID = 1, STATUS_SUSPENDED = 2 };

struct status_list {
    unsigned bits; /* 1, 2, 4 or 8 */
    size_t count;  /* entries */
    uint8_t *octets;
};

/* All 0 (VALID). Returns 0, or -1: memory, or no such number of bits. */
int status_list_init(struct status_list *l, unsigned bits, size_t count) WARN_UNUSED;
void status_list_free(struct status_list *l);

/* index < count, value < 2^bits; else nothing is set. */
void status_list_set(struct status_list *l, size_t index, unsigned value);
/* UINT_MAX past the end. */
unsigned status_list_get(const struct status_list *l, size_t index);

/* The value of "lst": base64url of the compressed octets. */
int status_list_encode(const struct status_list *l, struct buffer *out) WARN_UNUSED;

/* The other way; entries beyond max are refused. 0, 1: it is none; -1. */
int status_list_decode(struct span text, unsigned bits, size_t max,
                       struct status_list *out) WARN_UNUSED;

#endif
