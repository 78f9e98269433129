/*
 * read - what is in bytes that came from outside, found out in a sandboxed child.
 *
 * The child unpacks DER, PEM, bare base64 and p7c bundles, parses, makes the index of a CRL and
 * checks its signature: the signer must be a certificate at hand whose path ends at an anchor of
 * the trust list, at the time it signed if it has ended since. So is the signer of an OCSP answer.
 * The answer comes back through shared memory and is checked for its form: offsets, sizes, strings.
 * RFC 5280 6.3.3 (f), (g); RFC 6960 4.2.2.2.
 */
#ifndef STORE_READ_H
#define STORE_READ_H

#include "store/store.h"

enum {
    READ_OBJECTS_MAX = 256, /* in one file */
    READ_KEYS_MAX = 8,      /* certificates that one OCSP answer is about */
    READ_KEY = 200,         /* text of such a key, with its NUL */
    READ_URLS_MAX = 4,      /* distribution points of a certificate */
    READ_URL = 512,         /* text of one */
    READ_NUMBER = 24        /* octets of a cRLNumber; RFC 5280 5.2.3 allows 20 */
};

struct read_place {
    bool in_input; /* else in the memory of the answer */
    uint64_t at, size;
};

struct read_object {
    enum store_kind kind;
    enum store_outcome outcome; /* STORE_STORED: it is good */
    char why[STORE_WHY], issuer[STORE_LABEL];
    char above[STORE_LABEL];      /* of a certificate: who issued it; issuer is its subject */
    struct read_place der, index; /* index: size 0 when there is none; not yet named */
    uint8_t line[SHA256_SIZE];    /* of a CRL: the same for all versions of one list */
    uint8_t issuer_hash[SHA256_SIZE], signer[SHA256_SIZE];
    uint8_t number[READ_NUMBER];
    uint32_t number_size; /* 0: no number */
    bool delta;
    int64_t this_update, next_update, produced_at;
    uint64_t entries;
    uint32_t key_count;
    char keys[READ_KEYS_MAX][READ_KEY]; /* of an OCSP answer: read_key */
    uint32_t url_count;
    char urls[READ_URLS_MAX][READ_URL]; /* of a certificate: where lists about it are */
};

struct read_answer {
    struct span input;
    size_t count;
    const struct read_object *objects;
    /* private */
    void *memory;
    size_t memory_size;
};

struct read_question {
    struct span input;
    enum store_kind expected;           /* STORE_UNKNOWN: anything */
    const struct sp_evidence *evidence; /* anchors and certificates at hand */
    int64_t now;
    bool anchored_only; /* certificates are good only when their path ends at an anchor */
    void (*meanwhile)(void *with); /* runs here while the child works; may be NULL */
    void *with;
};

/* Returns 0, or -1 with the reason in why[STORE_WHY] (our own failure). */
int read_objects(const struct read_question *question, struct read_answer *out,
                 char *why) WARN_UNUSED;
void read_free(struct read_answer *answer);

/* The bytes of a place; absent when there are none. */
struct span read_bytes(const struct read_answer *answer, const struct read_place *place);

/* The same bytes to be changed, when they are in the memory of the answer; NULL otherwise. */
uint8_t *read_room(const struct read_answer *answer, const struct read_place *place);

/* What an OCSP answer is found by: "<hash of the issuer's key>:<serial>" in hex; "" when they are
 * too long. out[READ_KEY] */
void read_key(struct span issuer_key_hash, struct span serial, char *out);

#endif
