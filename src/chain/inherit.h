/*
 * inherit - DSA keys that leave out their parameters and use their issuer's (RFC 3279 2.3.2).
 *
 * Found in old hierarchies and in NIST PKITS 4.1.5 only. libcrypto 3 cannot read such a key at all.
 */
#ifndef CHAIN_INHERIT_H
#define CHAIN_INHERIT_H

#include "asn1/cert.h"

/* The certificate has a DSA key without parameters. */
bool dsa_without_parameters(const struct cert *c);

/* Gives the certificate's key the parameters of its issuer's key. The issuer's signature on it must
 * have been checked: anybody else could choose parameters that make forging easy. False when
 * nothing was done. */
bool dsa_inherit(struct cert *c, const struct cert *issuer);

#endif
