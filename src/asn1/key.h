/*
 * key - public keys straight from SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
 *
 * RSA and named-curve EC keys are read here and handed to libcrypto as numbers: its own way through
 * the decoders costs 100 us a key in OpenSSL 3.0, this one about a tenth. Everything else is left
 * to libcrypto.
 */
#ifndef ASN1_KEY_H
#define ASN1_KEY_H

#include <openssl/evp.h>

#include "base/span.h"

/* The key, for EVP_PKEY_free; NULL when it is of another kind, malformed, or memory is out. */
EVP_PKEY *key_from_spki(struct span spki);

/* A well-formed RSA key (its exponent not 1) and the length of its modulus, without making a key of
 * it. */
bool key_rsa_bits(struct span spki, unsigned *bits);

#endif
