/*
 * store - the revocation data on disk: CRLs as received with their index, OCSP answers, issuers.
 *
 * DATA/revocation/crl/HASH.der   a CRL as received: evidence, never changed
 * DATA/revocation/crl/HASH.idx   its index (revocation/crl_stored.c), written once the signature
 *                                was checked by a certificate that chains to the trust list
 * DATA/revocation/store.db       SQLite (WAL, synchronous FULL): what is held, what is current,
 *                                OCSP answers, issuers, when to ask whom again
 * DATA/revocation/current        all that is current in one file for programs without a database
 *                                (store/current/current.h), replaced as a whole
 *
 * Files are complete and on the disk before the row that names them is committed, so a crash at any
 * moment leaves either the old state or the new one. A list that is older than the one held never
 * becomes current; it is kept as evidence. Bytes from outside are parsed in a sandboxed child only.
 * RFC 5280 5, RFC 6960, RFC 9111 (expires, etag, last-modified).
 * What it does not do: fetch (refresh.h), judge a certificate, trust what it holds: a verification
 * checks OCSP answers and issuers itself, and a CRL unless its index names the signer it found.
 * One process, one thread a store; several processes may have it open.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/hash.h"
#include "satyapan/evidence.h"

enum { STORE_ERROR = 512, STORE_WHY = 256, STORE_LABEL = 160 };

/* The largest object taken. */
#define STORE_OBJECT_MAX ((size_t)256 << 20)

struct store;

/*
 * Opens DATA/revocation, made when it is not there. trust: anchors (and intermediates) that the
 * signers of CRLs must chain to; borrowed as long as the store is open. now: seconds, the clock of
 * everything that is written. Returns 0, or -1 with one sentence in error[STORE_ERROR] and errno.
 */
int store_open(const char *data, const struct sp_evidence *trust, int64_t now, struct store **out,
               char *error) WARN_UNUSED;
void store_close(struct store *s);
void store_set_time(struct store *s, int64_t now);

/* ---- putting in ------------------------------------------------------------------------------ */

enum store_kind { STORE_CRL, STORE_OCSP, STORE_CERT, STORE_UNKNOWN };

enum store_outcome {
    STORE_STORED,         /* new, and current from now on */
    STORE_SAME,           /* held already */
    STORE_OLDER,          /* not newer than the one held: kept as evidence, not current */
    STORE_UNREADABLE,     /* not what was expected, or malformed */
    STORE_UNKNOWN_ISSUER, /* its signer is not at hand or does not chain to the trust list */
    STORE_BAD_SIGNATURE,
    STORE_UNUSABLE, /* a CRL that must not be used: why tells */
    STORE_FAILED    /* our own failure: memory, disk, database */
};

/* "stored", "same", "older", ... */
const char *store_outcome_name(enum store_outcome o);
const char *store_kind_name(enum store_kind k);

/* Where the bytes came from; every pointer may be NULL. With a url the back-off of that source is
 * reset when the bytes were good and raised when they were not. */
struct store_origin {
    const char *url, *ca;             /* ca: the licensed CA, for people */
    const char *etag, *last_modified; /* as the server sent them */
    int64_t expires;                  /* of the HTTP answer; 0: not said */
    bool only_good;                   /* a bad answer makes no source of a url that is new */
    bool anchored_only; /* takes only certificates that chain to the trust list themselves */
};

struct store_result {
    enum store_outcome outcome;
    enum store_kind kind;
    char why[STORE_WHY];      /* one sentence when it was not stored, else "" */
    char issuer[STORE_LABEL]; /* who issued it, for people */
    char sha256[SHA256_HEX];
    int64_t this_update,
        next_update;  /* UTC_NONE: not said; not_before, not_after of a certificate */
    uint64_t entries; /* of a CRL */
};

/* One object of that kind, DER, PEM or bare base64. The result is always filled. Returns 0, or -1
 * with STORE_FAILED. */
int store_put_crl(struct store *s, struct span bytes, const struct store_origin *from,
                  struct store_result *out) WARN_UNUSED;
int store_put_ocsp(struct store *s, struct span bytes, const struct store_origin *from,
                   struct store_result *out) WARN_UNUSED;

/* One certificate, or a p7c bundle of them: an issuer as AIA caIssuers serves it. Only certificates
 * of CAs are taken. The result is that of the last one that was not stored, else of the last. */
int store_put_cert(struct store *s, struct span bytes, const struct store_origin *from,
                   struct store_result *out) WARN_UNUSED;

/* Whatever is in the bytes; each object is told to each(). Certificates first, so that they can
 * vouch for the CRLs beside them. Returns 0 or -1 (our own failure, error tells). */
int store_put_any(struct store *s, struct span bytes, const struct store_origin *from,
                  void (*each)(void *context, const struct store_result *r), void *context,
                  char *error) WARN_UNUSED;

/* ---- asking ---------------------------------------------------------------------------------- */

/* Something current. der and index live in the arena. */
struct store_held {
    struct span der, index; /* index: of a CRL, absent when there is none */
    char sha256[SHA256_HEX];
    int64_t this_update, next_update; /* UTC_NONE: not said */
    int64_t stored_at;
};

/* What came last from this address (any kind); by the issuer's name (a whole Name) the current
 * complete CRL; the newest OCSP answer about a certificate, by the hash of the issuer's key that
 * its CertID has (SHA-1 as a rule). Returns 1 and *out, 0 when there is none, -1 on our own
 * failure. */
int store_find_url(struct store *s, struct arena *a, const char *url,
                   struct store_held *out) WARN_UNUSED;
int store_find_crl(struct store *s, struct arena *a, struct span issuer,
                   struct store_held *out) WARN_UNUSED;
int store_find_ocsp(struct store *s, struct arena *a, struct span issuer_key_hash,
                    struct span serial, struct store_held *out) WARN_UNUSED;

/* Adds all that is current: CRLs with their index, OCSP answers, issuers. The bytes live in the
 * arena. Returns 0 or -1. */
int store_add_to(struct store *s, struct arena *a, struct sp_evidence *evidence) WARN_UNUSED;

/* ---- sources --------------------------------------------------------------------------------- */

/* An address that is asked again and again. Strings live in the arena. */
struct store_source {
    enum store_kind kind;
    const char *url, *ca, *origin; /* origin: "endpoint", "certificate", "want", "import" */
    const char *etag, *last_modified, *error; /* error: of the last try, NULL when it was good */
    int64_t expires, tried_at, fetched_at, next_try; /* 0: never; next_try 0: at once */
    unsigned failures;                               /* in a row */
    /* What came from it last; held false: nothing yet. */
    bool held;
    char sha256[SHA256_HEX], issuer[STORE_LABEL];
    int64_t this_update, next_update;
    uint64_t entries, size;
};

/* Adds the address if it is new. Returns 0 or -1. */
int store_source_add(struct store *s, enum store_kind kind, const char *url, const char *ca,
                     const char *origin) WARN_UNUSED;

/* Calls each() for every source, CA by CA; it must not write to the store. Returns 0 or -1. */
int store_sources(struct store *s, struct arena *a,
                  int (*each)(void *context, const struct store_source *source),
                  void *context) WARN_UNUSED;

/* 1 and *out, 0: not known, -1. */
int store_source_get(struct store *s, struct arena *a, const char *url,
                     struct store_source *out) WARN_UNUSED;

/* The server said 304: what is held counts as fetched now. */
int store_source_unchanged(struct store *s, const char *url,
                           const struct store_origin *from) WARN_UNUSED;

/* It could not be fetched: back-off min(6 h, 60 s * 2^n) with jitter. */
int store_source_failed(struct store *s, const char *url, const char *error) WARN_UNUSED;

/* ---- upkeep ---------------------------------------------------------------------------------- */

/* One refresh at a time: 1 locked until the store is closed, 0 somebody else has it, -1. */
int store_lock(struct store *s) WARN_UNUSED;

/* Deletes versions whose nextUpdate (or thisUpdate) is more than that many months past, never the
 * current one nor the two newest of a CA's list. 0 months: keeps all. Returns how many, or -1. */
int store_retire(struct store *s, unsigned months) WARN_UNUSED;

/* Writes DATA/revocation/current from what is committed; done by every change, and at the next
 * opening after a crash. Returns 0 or -1. */
int store_publish(struct store *s) WARN_UNUSED;

#endif
