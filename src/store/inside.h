/*
 * inside - the store from the inside: what its files share.
 */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include "db/db.h"
#include "store/store.h"

extern const struct db_schema store_schema;

enum { STORE_NAME = SHA256_HEX + 8 };

struct store {
    char *data;   /* DATA */
    char *folder; /* DATA/revocation */
    int folder_fd, crl_fd, lock_fd;
    sqlite3 *db;
    int64_t now;
    const struct sp_evidence *trust;
    /* The trust list and the issuers held: who may vouch for what is put in. */
    struct arena *arena;
    struct sp_evidence known;
    bool stale; /* known lacks an issuer that was put in */
    bool dirty; /* something was committed that is not published */
};

/* DATA/revocation/crl/<sha256>.der or .idx; out[STORE_NAME]. */
void store_name(const char *sha256, const char *ending, char *out);

/* known, brought up to date. NULL: our own failure. */
const struct sp_evidence *store_known(struct store *s);

/* A transaction that writes. store_commit counts it as a new generation of what is published.
 * store_commit(s, false) gives it up. Returns 0 or -1. */
int store_begin(struct store *s) WARN_UNUSED;
int store_commit(struct store *s, bool good) WARN_UNUSED;

/* One number. Returns 0 or -1. */
int store_generation(struct store *s, int64_t *out) WARN_UNUSED;

/* Inside a transaction: the source's answer was good, or not. crl, ocsp: rows, UTC_NONE for none;
 * cert: a hash or NULL. */
struct source_good {
    enum store_kind kind;
    const struct store_origin *from;
    int64_t crl, ocsp, next_update;
    const char *cert;
};
int source_ensure(struct store *s, enum store_kind kind, const char *url, const char *ca,
                  const char *origin) WARN_UNUSED;
int source_good(struct store *s, const struct source_good *g) WARN_UNUSED;
bool source_known(struct store *s, const char *url);
int source_bad(struct store *s, const char *url, enum store_kind kind,
               const char *error) WARN_UNUSED;

#endif
