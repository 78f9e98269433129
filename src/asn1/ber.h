/*
 * ber - turns BER into the same values with definite lengths (X.690 8.1.3.6, 8.7, 8.21).
 *
 * Indefinite lengths become definite, constructed OCTET STRINGs are joined into primitive ones;
 * order and all other content octets stay. Needed for CMS as written by streaming signers.
 */
#ifndef ASN1_BER_H
#define ASN1_BER_H

#include "base/arena.h"

enum { BER_MAX_DEPTH = 64 };

struct ber_result {
    struct span der; /* one complete value; the input itself when nothing had to change */
    size_t consumed; /* octets of the input that value took; the rest is trailing data */
    bool converted;  /* the input was not definite-length */
};

/* Returns 0 with out->der absent when the input is malformed or deeper than BER_MAX_DEPTH,
 * -1 when memory is out. */
int ber_to_der(struct arena *a, struct span in, struct ber_result *out) WARN_UNUSED;

#endif
