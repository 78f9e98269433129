/*
 * algorithm - digests and signature algorithms as AlgorithmIdentifier names them, on libcrypto.
 *
 * RSA PKCS#1 v1.5 and PSS (RFC 4055, 8017), ECDSA (RFC 5758), Ed25519 and Ed448 (RFC 8419), and DSA
 * for old certificates.
 * What is not decided here: whether an algorithm is strong enough at a date; that is policy.
 */
#ifndef ASN1_ALGORITHM_H
#define ASN1_ALGORITHM_H

#include <openssl/evp.h>

#include "asn1/oid.h"

enum { DIGEST_MAX = 64 };

enum signature_family { SIG_NONE, SIG_RSA_PKCS1, SIG_RSA_PSS, SIG_ECDSA, SIG_EDDSA, SIG_DSA };

struct signature_alg {
    enum signature_family family;
    enum oid digest; /* OID_UNKNOWN for EdDSA */
    enum oid mgf_digest;
    int64_t salt_length;
};

/* libcrypto's digest for an OID, NULL when not supported; its output size. */
const EVP_MD *algorithm_md(enum oid digest);
size_t algorithm_digest_size(enum oid digest);

/* Final octets of a digest; XOFs give algorithm_digest_size octets. False on failure. */
bool algorithm_digest_final(EVP_MD_CTX *ctx, enum oid digest, uint8_t *out) WARN_UNUSED;

/* Digest of bytes in one go. Returns 0, or -1 (not supported or our failure). */
int algorithm_digest(enum oid digest, struct span data, uint8_t out[DIGEST_MAX]) WARN_UNUSED;

/* The algorithm OID inside an AlgorithmIdentifier (whole value). OID_UNKNOWN when not known. */
enum oid algorithm_oid(struct span alg_id, struct span *oid_body);

/* Reads a signature AlgorithmIdentifier. digest: what is used with an algorithm that names no
 * digest itself (rsaEncryption, ecPublicKey). False when it is not supported or malformed. */
bool algorithm_signature(struct span alg_id, enum oid digest, struct signature_alg *out);

/* A key of this kind can make such a signature. */
bool algorithm_key_fits(const EVP_PKEY *key, const struct signature_alg *alg);

/* "rsa-pkcs1", "rsa-pss", "ecdsa", "ed25519"/"ed448" (by key). */
const char *algorithm_name(const struct signature_alg *alg, const EVP_PKEY *key);

/* A context for algorithm_verify_pkcs1, for EVP_PKEY_CTX_free; NULL when it cannot be made. */
EVP_PKEY_CTX *algorithm_recover_context(EVP_PKEY *key);

/* As algorithm_verify_message for RSA PKCS#1 v1.5, with the key's context at hand. */
void algorithm_verify_pkcs1(EVP_PKEY_CTX *ctx, const struct signature_alg *alg, struct span message,
                            struct span signature, bool *good);

/*
 * Checks a signature value over a digest already computed, or over the message itself (EdDSA needs
 * the message). *good tells; a failure inside libcrypto counts as not good, and mem_failures tells
 * whether memory was the reason.
 */
void algorithm_verify_digest(EVP_PKEY *key, const struct signature_alg *alg, struct span digest,
                             struct span signature, bool *good);
void algorithm_verify_message(EVP_PKEY *key, const struct signature_alg *alg, struct span message,
                              struct span signature, bool *good);

#endif
