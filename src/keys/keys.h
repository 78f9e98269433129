/*
 * keys - who signs: a private key that lives in a process of its own (satyapan-keyd), in a PKCS#12
 * file or behind PKCS#11, and answers only "sign this".
 *
 *   file:officer.p12                                  a PKCS#12 file (small sites, tests)
 *   register:DATA/keys/register.key                   the Ed25519 key of a register's log; its
 *                                                     vkey stands in the place of a certificate
 *   pkcs11:token=...;object=...;id=%01;module-path=/usr/lib/...so     RFC 7512; a token or an HSM
 *
 * The PIN or password comes from a file descriptor or a prompt, never from argv or the environment,
 * and is forgotten after the login. After the first wrong PIN nothing more is tried: a token locks
 * itself. A signer belongs to one thread.
 *
 * What it does not do: it does not judge the certificate (that is the verifier's), and the process
 * that holds the key never parses a document.
 */
#ifndef KEYS_KEYS_H
#define KEYS_KEYS_H

#include "base/arena.h"

enum keys_result {
    KEYS_OK,
    KEYS_NOT_FOUND, /* no file, module, token, certificate or key of that name */
    KEYS_AMBIGUOUS, /* several fit: name the object or its id */
    KEYS_WRONG_PIN, /* stop: further tries lock the token */
    KEYS_LOCKED,    /* the token has locked itself */
    KEYS_GONE,      /* the token was removed, the process ended */
    KEYS_UNSUITED,  /* key and certificate do not belong together, or no key we sign with */
    KEYS_FAILED     /* our own failure, or one the module does not explain */
};

enum keys_algorithm { KEYS_RSA, KEYS_EC_P256, KEYS_EC_P384, KEYS_ED25519 };

enum { KEYS_WHY = 256, KEYS_CHAIN_MAX = 8, KEYS_SIGNATURE_MAX = 1024 };

struct signer;

struct signer_options {
    const char *uri; /* file:... or pkcs11:... */
    int pin;     /* descriptor to read the PIN from; -1: none is needed, or ask on the terminal */
    bool prompt; /* may ask on the terminal */
};

/* Starts the process, logs in, finds certificate and key. why[KEYS_WHY]: one sentence with the next
 * step. */
enum keys_result signer_open(const struct signer_options *o, struct signer **out, char *why);
void signer_close(struct signer *s);

/* The signer's certificate, then those above it as far as file or token have them (DER,
 * borrowed). */
size_t signer_chain(const struct signer *s, struct span out[KEYS_CHAIN_MAX]);
enum keys_algorithm signer_algorithm(const struct signer *s);
/* Serial number and label of the token; "" for a file. For the audit trail. */
const char *signer_token(const struct signer *s);

/*
 * Signs the bytes: RSASSA-PKCS1-v1_5 with SHA-256, ECDSA with SHA-256 (P-384: SHA-384) as DER,
 * Ed25519. No PSS: Indian certificates are not used with it. out[KEYS_SIGNATURE_MAX].
 */
enum keys_result signer_sign(struct signer *s, struct span bytes, uint8_t *out, size_t *size,
                             char *why);

/* How the last signature ended: what the caller of those in between tells its own caller. */
enum keys_result signer_last(const struct signer *s);

#endif
