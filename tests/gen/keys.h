/*
 * keys - key pairs made for this run, and raw signatures with them.
 */
#ifndef GEN_KEYS_H
#define GEN_KEYS_H

#include <openssl/evp.h>

#include "gen.h"

enum key_id {
    KEY_ROOT,
    KEY_CA,
    KEY_SUBCA,
    KEY_SIGNER,
    KEY_SECOND, /* another person */
    KEY_OTHER,  /* whoever wants to be somebody else */
    KEY_OCSP,
    KEY_TSA,
    KEY_WEAK, /* RSA-1024 */
    KEY_P256,
    KEY_P384,
    KEY_P521,
    KEY_ED25519,
    KEY_ED448,
    KEY_COUNT
};

enum digest_id {
    DIGEST_SHA256,
    DIGEST_SHA1,
    DIGEST_SHA384,
    DIGEST_SHA512,
    DIGEST_MD5,
    DIGEST_SHA3,
    DIGEST_SHAKE256 /* 64 octets (RFC 8419) */
};

enum sig_id {
    SIG_RSA,         /* PKCS#1 v1.5, named by its digest: sha256WithRSAEncryption */
    SIG_RSA_PLAIN,   /* the same, named rsaEncryption */
    SIG_RSA_NO_NULL, /* PKCS#1 v1.5 whose DigestInfo has no NULL (CCA India 2015 SPL) */
    SIG_PSS,
    SIG_ECDSA,
    SIG_ED25519,
    SIG_ED448
};

EVP_PKEY *key_get(enum key_id id);
struct span key_spki(enum key_id id);

struct span digest_of(enum digest_id digest, struct span data);
/* AlgorithmIdentifier of a digest, with or without the NULL. */
struct span digest_algorithm(enum digest_id digest, bool with_null);
/* AlgorithmIdentifier of a signature. */
struct span sig_algorithm(enum sig_id sig, enum digest_id digest);
/* The signature value over data. */
struct span sig_make(enum key_id key, enum sig_id sig, enum digest_id digest, struct span data);

#endif
