/*
 * target - one want while it is followed, and the means to follow it (internal to satyapan-obtain).
 */
#ifndef OBTAIN_BROKER_TARGET_H
#define OBTAIN_BROKER_TARGET_H

#include "base/buffer.h"
#include "base/hash.h"
#include "net/fetch.h"
#include "sandbox/bundle.h"

struct target {
    enum sp_evidence_kind kind;
    const char *urls[SP_WANT_URLS_MAX]; /* alternatives */
    size_t url_count;
    const char *request; /* base64; NULL: none */
    int64_t issued_after;
    struct span issuers; /* of a CRL or OCSP answer: certificates as a document has them, PEM */
};

struct means {
    struct fetcher fetcher;
    struct fetch_hosts hosts;
    const struct sp_evidence *trust; /* what signers of kept CRLs must chain to */
    const char *data;                /* NULL: nothing is kept */
    bool refresh;
};

/* Reads the records of one want (they follow each other in *records); false when they are none. */
bool target_read(struct span *records, struct target *out) WARN_UNUSED;

/* The same thing is asked for: kind, addresses, request. Returns 0 or -1. */
int target_key(const struct target *t, uint8_t key[SHA256_SIZE]) WARN_UNUSED;

/* The request's DER; absent when there is none. */
struct span target_request(struct arena *a, const struct target *t);

/* The hash of the issuer's key and the serial number that a request is about, as ocsp_request
 * (revocation/ocsp.h) makes it; false when it is of another form. */
bool target_about(struct span request, struct span *key_hash, struct span *serial) WARN_UNUSED;

/* How long one want may be followed, background included. */
enum { TARGET_MS = 60000 };

/*
 * In a process of its own: follows the want, writes records of what came of it to result (a memory
 * file, without the first octets of a bundle), one octet to status when they are complete, and
 * ends; with refresh it may go on to renew what it gave from the store.
 */
_Noreturn void worker_run(const struct means *m, const struct target *t, int result, int status);

/* Whether the bytes are what the want is for, found out in a sandboxed child. False with the end of
 * a sentence in why[size]. */
bool sniff(const struct target *t, struct span bytes, char *why, size_t size) WARN_UNUSED;

#endif
