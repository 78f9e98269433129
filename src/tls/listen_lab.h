/*
 * listen_lab - the laboratory's CA and keys, and the certificates a device is shown.
 *
 * The CA and the server keys are made on first use and kept (0600), so that a tester installs the
 * CA on the device once and pinned keys stay the same; every other key lives as long as the
 * program. Certificates are minted for one connection, for the name that the device asked for.
 */
#ifndef TLS_LISTEN_LAB_H
#define TLS_LISTEN_LAB_H

#include "tls/listen_case.h"

#include <openssl/x509.h>

enum { LAB_ERROR = 256, MINT_CHAIN = 4 };

struct lab {
    X509 *ca;
    EVP_PKEY *ca_key, *server, *server_ec; /* kept on the disk */
    EVP_PKEY *other, *other_ec, *middle, *weak;
    bool made; /* the CA is new */
};

/* Opens the folder, or makes it. Returns 0; 1 with a sentence in error[LAB_ERROR] when it cannot be
 * used; -1 when memory is out. */
int lab_open(const char *folder, int64_t now, struct lab *out, char *error) WARN_UNUSED;
void lab_close(struct lab *lab);

/* Makes the keys of this run; before mint. Returns 0 or -1. */
int lab_prepare(struct lab *lab) WARN_UNUSED;

/* What a certificate is minted for. */
struct mint_order {
    unsigned twists;
    const char *name; /* host name; NULL: none is known */
    const char *ip;   /* the address that the device connected to */
    bool ec;          /* the client cannot do RSA */
    int64_t now;
};

struct minted {
    X509 *chain[MINT_CHAIN]; /* leaf first */
    size_t count;
    EVP_PKEY *key;   /* of the leaf; the lab's */
    EVP_PKEY *proof; /* what signs the handshake: key, or another one (TWIST_WRONG_PROOF) */
    uint8_t *staple; /* OCSP response, DER, of OPENSSL_malloc; NULL: none */
    int staple_size;
};

/* Returns 0 or -1 (memory, or OpenSSL cannot make it). Free in either case. */
int mint(const struct lab *lab, const struct mint_order *order, struct minted *out) WARN_UNUSED;
void minted_free(struct minted *m);

#endif
