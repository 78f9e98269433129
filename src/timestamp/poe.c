/*
 * poe - see poe.h. A table of lists by the first octet of the SHA-256.
 */
#include "timestamp/poe.h"

struct poe_entry {
    uint8_t sha256[SHA256_SIZE];
    struct poe_proof proof;
    struct poe_entry *next;
};

void poe_init(struct poe *p, struct arena *a)
{
    *p = (struct poe){.a = a};
}

static struct poe_entry *find(const struct poe *p, const uint8_t *sha256)
{
    struct poe_entry *e = p->buckets[sha256[0]];
    while (e && memcmp(e->sha256, sha256, SHA256_SIZE) != 0) {
        e = e->next;
    }
    return e;
}

int poe_add_hash(struct poe *p, const uint8_t sha256[SHA256_SIZE], const struct poe_proof *proof)
{
    struct poe_entry *e = find(p, sha256);
    if (e) {
        e->proof = proof->time < e->proof.time ? *proof : e->proof;
        return 0;
    }
    e = arena_alloc(p->a, sizeof *e);
    if (!e) {
        return -1;
    }
    memcpy(e->sha256, sha256, SHA256_SIZE);
    e->proof = *proof;
    e->next = p->buckets[sha256[0]];
    p->buckets[sha256[0]] = e;
    p->count++;
    return 0;
}

int poe_add(struct poe *p, struct span object, const struct poe_proof *proof)
{
    uint8_t sha256[SHA256_SIZE];
    return hash_sha256(object, sha256) ? -1 : poe_add_hash(p, sha256, proof);
}

const struct poe_proof *poe_of_hash(const struct poe *p, const uint8_t sha256[SHA256_SIZE])
{
    const struct poe_entry *e = p ? find(p, sha256) : NULL;
    return e ? &e->proof : NULL;
}

const struct poe_proof *poe_of(const struct poe *p, struct span object)
{
    uint8_t sha256[SHA256_SIZE];
    if (!p || p->count == 0 || !object.p || hash_sha256(object, sha256)) {
        return NULL;
    }
    return poe_of_hash(p, sha256);
}
