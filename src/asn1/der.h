/*
 * der - a read-only walker over DER (X.690), the only way this program reads ASN.1 by hand.
 *
 * Values are spans into the input; nothing is copied. Lengths must be definite and fit the input;
 * high tag numbers and lengths over 4 bytes of size are refused. Non-minimal lengths are accepted
 * (`minimal` tells), because real CAs write them; what must be DER is checked by its reader.
 * BER (indefinite lengths, constructed strings) is turned into DER first: see ber.h.
 * Depth is the caller's: the walker itself never recurses.
 */
#ifndef ASN1_DER_H
#define ASN1_DER_H

#include "base/arena.h"

/* Identifier octets as they stand in the encoding. */
enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_T61_STRING = 0x14,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};

/* Context-specific tags: [n] primitive and [n] constructed. */
#define DER_CONTEXT(n)   (0x80 | (n))
#define DER_CONTEXT_C(n) (0xa0 | (n))

struct der {
    uint8_t tag;       /* the identifier octet */
    struct span body;  /* contents octets */
    struct span whole; /* identifier, length and contents */
    bool minimal;      /* the length was minimal, as DER wants */
};

/* Reads the next value and moves *in behind it. False when there is none or it is malformed. */
bool der_next(struct span *in, struct der *out) WARN_UNUSED;

/* As der_next, but only if the next value has this tag; *in stays when it has not. */
bool der_expect(struct span *in, uint8_t tag, struct der *out) WARN_UNUSED;

/* The tag of the next value, 0 at the end. */
uint8_t der_peek(struct span in);

/* in is exactly one value of this tag, nothing behind it. */
bool der_only(struct span in, uint8_t tag, struct der *out) WARN_UNUSED;

/* Values of primitive types. All false when malformed. */
bool der_bool(const struct der *d, bool *out) WARN_UNUSED;
bool der_small_int(const struct der *d, int64_t *out) WARN_UNUSED;
/* BIT STRING with no unused bits: the octets. */
bool der_bits_octets(const struct der *d, struct span *out) WARN_UNUSED;
/* BIT STRING as flags: bit 0 of ASN.1 is bit 0 of *out; at most 32 bits are read. */
bool der_bits_flags(const struct der *d, uint32_t *out) WARN_UNUSED;
/* UTCTime or GeneralizedTime (RFC 5280 4.1.2.5; fractions, as RFC 3161 allows, are dropped). */
bool der_time(const struct der *d, int64_t *out) WARN_UNUSED;

/* INTEGER is positive and its octets without leading zero (two's complement sign octet). */
struct span der_uint(const struct der *d, bool *negative);

/* Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue
 * OCTET STRING } (RFC 5280 4.1), the next of a list. */
struct der_extension {
    struct span id, value; /* contents */
    bool critical;
};
bool der_extension(struct span *in, struct der_extension *out) WARN_UNUSED;

/* The content of a string type as UTF-8 text, cleaned for display (finding_clean_text). */
char *der_text(struct arena *a, const struct der *d) WARN_UNUSED;

#endif
