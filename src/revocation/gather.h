/*
 * gather - what every CRL and OCSP answer at hand says about one certificate, as plain statements.
 *
 * Only statements whose signer is trusted are kept; for the others it is noted why not. What they
 * mean at time T is decided in status.c.
 */
#ifndef REVOCATION_GATHER_H
#define REVOCATION_GATHER_H

#include "revocation/crl.h"
#include "revocation/ocsp.h"
#include "revocation/status.h"

enum statement_kind { SAYS_CLEAN, SAYS_LISTED, SAYS_REMOVED, SAYS_UNKNOWN };

struct statement {
    enum statement_kind kind;
    int64_t this_update, next_update, revoked_at, invalid_since;
    int reason;
    uint32_t reasons;       /* which revocation reasons it speaks about */
    int64_t covers_expired; /* certificates expired after this are still listed; UTC_NONE: none */
    bool weak, is_ocsp;
    int64_t proven;        /* it existed then: by proof, else now */
    int64_t until;         /* its signer is known to have been good until then */
    bool over;             /* its signer's certificate is over at T: see below */
    const struct crl *crl; /* NULL for OCSP */
    const char *source;
    struct pool_blob *blob; /* the CRL or OCSP answer it is from */
};

struct statements {
    struct statement *items;
    size_t count, capacity;
    /* Why sources about this certificate were not used; NULL when there was none. */
    const char *untrusted, *unusable, *unusable_why;
};

/* All statements about path[i]. Returns 0 or -1. */
int statements_gather(struct revocation_context *c, size_t i, struct sp_findings *findings,
                      struct statements *out) WARN_UNUSED;

/* Since when the CRL or OCSP answer is known to have existed: by proof, else the time of
 * validation; and whether its signature by this key counts for that time (signer NULL: its key is
 * judged with the path). */
int64_t statement_proven(const struct revocation_context *c, struct pool_blob *b);
/* The source may be used at all (revocation_context.only). */
bool statement_wanted(const struct revocation_context *c, struct pool_blob *b);
bool statement_weak(const struct revocation_context *c, struct span algorithm, struct cert *signer,
                    int64_t proven);

/* The signer's certificate is over at T: whoever has its key since can date back what they sign
 * with it, so it says nothing good. About the past what is proven to be older counts (admissible).
 */
static inline bool statement_signer_over(const struct revocation_context *c,
                                         const struct cert *signer)
{
    return !revocation_past(c) && c->time > signer->not_after;
}

/* Adds one. Returns 0 or -1. */
int statements_add(struct arena *a, struct statements *list, const struct statement *s) WARN_UNUSED;

/* From gather_crl.c and gather_ocsp.c. */
int gather_crls(struct revocation_context *c, size_t i, struct sp_findings *findings,
                struct statements *out) WARN_UNUSED;
int gather_ocsps(struct revocation_context *c, size_t i, struct sp_findings *findings,
                 struct statements *out) WARN_UNUSED;

/* Which reasons this CRL covers for this certificate; 0: it is not about it (RFC 5280 6.3.3 (b)).
 * Returns 0 or -1. */
int crl_scope(struct arena *a, const struct crl *crl, const struct pool_cert *cert,
              uint32_t *reasons) WARN_UNUSED;

#endif
