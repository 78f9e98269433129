/*
 * build - finds the paths from a certificate to a root: depth first, bounded (RFC 4158).
 *
 * Every link of a path handed out has a signature that was checked. Nothing else was: see
 * validate.h.
 */
#ifndef CHAIN_BUILD_H
#define CHAIN_BUILD_H

#include "chain/entry.h"

enum { PATH_MAX_CERTS = 16, PATH_MAX_PATHS = 64, PATH_MAX_CHECKS = 400 };

enum path_end {
    PATH_ROOT,           /* the last certificate is an anchor or a special root */
    PATH_DISTRUSTED,     /* no root reached, but a distrusted certificate is in it */
    PATH_UNTRUSTED_ROOT, /* the last one is self-signed and nobody trusts it */
    PATH_MISSING,        /* the issuer of the last one is not there */
    PATH_BAD_SIGNATURE   /* its issuer is there, but did not sign it */
};

struct path {
    struct pool_cert *certs[PATH_MAX_CERTS];
    size_t n;
    enum path_end end;
};

struct builder {
    struct pool *pool;
    int64_t time; /* paths valid at this time are tried first */
    bool partial_chain;
    const struct sp_policy *policy; /* its own lists of roots and of distrusted certificates */
    /* Called for each complete path; *stop ends the search. Returns 0 or -1. */
    int (*found)(void *ctx, const struct path *path, bool *stop);
    /* Called for each end that is no root; NULL: not wanted. Returns 0 or -1. */
    int (*dead_found)(void *ctx, const struct path *path);
    void *ctx;
    /* Results. */
    unsigned paths, checks;
    bool limited;     /* a bound was reached: there may be more paths */
    struct path dead; /* the most telling end when nothing was found */
    bool has_dead;
};

/* Returns 0 or -1 (our own failure). */
int path_search(struct builder *b, struct pool_cert *leaf) WARN_UNUSED;

#endif
