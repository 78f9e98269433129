/*
 * crypt - encrypted PDFs: the standard security handler (ISO 32000-2 7.6), for reading only.
 *
 * V 1, 2, 4, 5 with R 2, 3, 4, 5 (Adobe's extension level 3) and 6: RC4 with 40 to 128 bits,
 * AES-128 and AES-256, crypt filters, user and owner password. Everything else is named and stays
 * closed. What encryption protects is who may read; it proves nothing about who wrote. So nothing
 * here trusts that decrypted bytes are the author's: that is what signatures are for.
 * What it does not do: enforce permissions (/P, /Perms), write, SASLprep of passwords.
 */
#ifndef FORMAT_PDF_CRYPT_H
#define FORMAT_PDF_CRYPT_H

#include "base/span.h"

enum {
    CRYPT_KEY_MAX = 32,
    CRYPT_FILTERS = 16, /* crypt filters of one document */
    /* What counts of a password: 7.6.4.3.2 (a), 7.6.4.3.3 (a). */
    CRYPT_PASSWORD_OLD = 32,
    CRYPT_PASSWORD_NEW = 127
};

enum crypt_method { CRYPT_PLAIN, CRYPT_RC4, CRYPT_AES_128, CRYPT_AES_256 };

/* What the encryption dictionary says that makes the key. */
struct crypt_facts {
    int v, r;
    struct span o, u, oe, ue; /* 32 octets each, 48 of O and U from R 5 on; OE and UE only then */
    uint32_t p;
    bool metadata;  /* EncryptMetadata */
    struct span id; /* first element of ID; empty when there is none */
    size_t key_size;
};

/* 0: the password does not open it; 1: as user, 2: as owner; -1: libcrypto failed, or has no MD5.
 * key gets key_size octets. */
int crypt_password(const struct crypt_facts *f, struct span password,
                   uint8_t key[CRYPT_KEY_MAX]) WARN_UNUSED;

/* The key of one object (7.6.3.2); its size, 0: libcrypto failed. */
size_t crypt_object_key(struct span key, enum crypt_method method, uint32_t num, uint16_t gen,
                        uint8_t out[CRYPT_KEY_MAX]) WARN_UNUSED;

/* Octets that were encrypted, into out[data.n]. *n gets how many there are. False: they are not
 * what this method makes (or libcrypto failed). */
bool crypt_decrypt(enum crypt_method method, struct span key, struct span data, uint8_t *out,
                   size_t *n) WARN_UNUSED;

#endif
