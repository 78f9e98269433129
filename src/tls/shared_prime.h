/*
 * shared_prime - RSA keys that have a prime in common with another key: both can be factored.
 *
 * Bernstein's batch GCD (Heninger et al., "Mining Your Ps and Qs", 2012): one product tree and one
 * remainder tree, instead of a greatest common divisor for every pair.
 */
#ifndef TLS_SHARED_PRIME_H
#define TLS_SHARED_PRIME_H

#include "base/span.h"

/* moduli: big-endian, not empty; equal ones must be given once. shares[i] becomes true when modulus
 * i has a prime in common with another one. Returns 0, or -1 when memory is out. */
int shared_primes(const struct span *moduli, size_t count, bool *shares) WARN_UNUSED;

#endif
