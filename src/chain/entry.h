/*
 * entry - the pool from the inside: what the path builder and the revocation engine see of it.
 */
#ifndef CHAIN_ENTRY_H
#define CHAIN_ENTRY_H

#include "chain/pool.h"
#include "chain/sigcheck.h"

enum pool_role {
    ROLE_ANCHOR = 1 << 0,
    ROLE_HISTORIC = 1 << 1, /* an anchor that issues no longer */
    ROLE_SPECIAL = 1 << 2,
    ROLE_DISTRUSTED = 1 << 3
};

struct sig_memo {
    const struct cert *issuer; /* the same object in a prepared pool and in those made from it */
    enum sig_result result;
    struct sig_memo *next;
};

struct pool_cert {
    struct cert *cert;
    unsigned roles;
    bool historic;               /* known to issue no longer */
    struct span subject, issuer; /* canonical names */
    struct pool_cert *next_subject, *next_issuer, *next_ski, *next_sha256, *next;
    struct sig_memo *memo;
};

/* A CRL or OCSP response; parsed at first use, view is what its reader made of it. */
struct pool_blob {
    struct span der;
    struct span index; /* of a CRL, kept with it; absent when there is none */
    const char *source;
    const char *sha256; /* hex, once somebody asked */
    void *view;
    bool tried, hashed;
    uint8_t digest[CERT_SHA256]; /* SHA-256, once hashed */
    struct pool_blob *next;
};

/* Any role that ends a path. */
static inline bool pool_is_root(const struct pool_cert *e)
{
    return (e->roles & (ROLE_ANCHOR | ROLE_HISTORIC | ROLE_SPECIAL)) != 0;
}

/* The pool's entry for a certificate, added when it is not there yet. NULL: memory is out. */
struct pool_cert *pool_entry(struct pool *p, struct cert *c);

/* First entry with this canonical subject; go on with pool_next_subject. */
struct pool_cert *pool_first_subject(struct pool *p, struct span subject);
struct pool_cert *pool_next_subject(struct pool_cert *e);

/* The certificate, or another one for the same key and name, is on the distrust list. */
bool pool_distrusted(struct pool *p, const struct pool_cert *e);

/* child is signed by issuer's key; asked once per pool. *checks counts real checks.
 * Returns 0, or -1 when memory is out. */
int pool_signed_by(struct pool *p, struct pool_cert *child, struct pool_cert *issuer,
                   unsigned *checks, enum sig_result *out) WARN_UNUSED;

bool pool_has_certificates(const struct pool *p);
struct pool_blob *pool_crls(struct pool *p);
struct pool_blob *pool_ocsps(struct pool *p);

#endif
