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

/* Two moduli: 1, 0, or -1 when memory is out. Equal ones have both primes in common. */
int primes_shared(struct span a, struct span b) WARN_UNUSED;

/* One modulus against many, one after the other: a product modulo it, and one greatest common
 * divisor at the end. */
struct prime_hunt;
struct prime_hunt *prime_hunt_new(struct span modulus);                  /* NULL: memory is out */
int prime_hunt_add(struct prime_hunt *h, struct span other) WARN_UNUSED; /* 0, -1 */
int prime_hunt_end(struct prime_hunt *h) WARN_UNUSED; /* 1: one of them shares a prime; 0, -1 */
void prime_hunt_free(struct prime_hunt *h);

#endif
