/*
 * holder - a key in satyapan-keyd: in a file or in a token, the same to the loop that answers.
 *
 * The certificate decides: the key is the one whose certificate it is, by identifier and by public
 * key, never by a label alone; and every signature is checked with the certificate before it leaves
 * the process.
 */
#ifndef KEYS_KEYD_HOLDER_H
#define KEYS_KEYD_HOLDER_H

#include <openssl/x509.h>

#include "base/buffer.h"
#include "keys/uri.h"
#include "keys/wire.h"

enum { PIN_MAX = 256 };

struct pin {
    size_t size;
    char text[PIN_MAX];
};

struct holder {
    X509 *certificate;
    STACK_OF(X509) * others; /* those beside it: perhaps above it */
    EVP_PKEY *public_key;    /* of the certificate; borrowed */
    char token[KEYS_TOKEN];
    EVP_PKEY *file_key; /* NULL: a token has it */
    struct token *token_key;
    bool seed; /* the key of a register: what it signs is looked at first */
};

/* What went wrong, as a sentence in why[KEYS_WHY]. */
enum keys_result holder_fail(char *why, enum keys_result r, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A PKCS#12 file. */
enum keys_result file_open(const struct key_uri *uri, const struct pin *pin, struct holder *h,
                           char *why);

/* The Ed25519 key of a register; made when it is not there and an origin is given. */
enum keys_result seed_open(const char *path, const char *origin, struct holder *h, char *why);
int seed_vkey(struct buffer *out) WARN_UNUSED;
enum keys_result seed_allows(struct span text, char *why);

/* A token. The PIN is kept only when the key asks for it before every signature. */
enum keys_result token_open(const struct key_uri *uri, const struct pin *pin, struct holder *h,
                            char *why);
enum keys_result token_sign(struct token *t, EVP_PKEY *public_key, struct span bytes, uint8_t *out,
                            size_t *size, char *why);
void token_close(struct token *t);

#endif
