/*
 * crl - a certificate revocation list through our own DER index (RFC 5280 5).
 *
 * d2i_X509_CRL needs 1.4 s and 375 MB for a million entries; here the entries stay where they are,
 * and an index of 8 bytes an entry (hash of the serial, offset) is sorted once. Nothing is trusted
 * here: the caller checks the signature over tbs and who signed.
 *
 * The index can be kept in a file beside the list (crl_stored.c), with the hash of the certificate
 * that the signature was checked with. Such a file is as trusted as the program that wrote it; its
 * checksums tell damage, not forgery.
 */
#ifndef REVOCATION_CRL_H
#define REVOCATION_CRL_H

#include "asn1/oid.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/utc.h"

/* CRLReason, RFC 5280 5.3.1; -1: not given. */
enum { CRL_REASON_NONE = -1, CRL_REASON_HOLD = 6, CRL_REASON_REMOVE = 8 };

/* ReasonFlags, RFC 5280 4.2.1.13: bits 1..8; bit 0 is unused. */
enum { CRL_ALL_REASONS = 0x1fe };

enum { CRL_START_BITS = 16 };

struct crl_issuer_mark {
    uint32_t offset;    /* of the entry that names it */
    struct span issuer; /* canonical name */
};

struct crl {
    struct span der, tbs, issuer, issuer_canonical, signature_alg, signature;
    int64_t this_update, next_update; /* UTC_NONE: no nextUpdate */
    struct span revoked;              /* contents of revokedCertificates */
    int version;
    /* Extensions */
    struct span number, base_number, aki; /* INTEGER contents; absent */
    struct span idp;                      /* whole value of the extension, for comparison */
    struct span idp_point;                /* contents of DistributionPointName [0], absent */
    bool idp_user, idp_ca, idp_attribute, indirect;
    uint32_t idp_reasons; /* CRL_ALL_REASONS unless onlySomeReasons */
    int64_t expired_certs_since;
    const char *unusable;  /* why it may not be used at all (static text), or NULL */
    const char *deviation; /* first departure from the profile that does no harm, or NULL */
    /* Index, made by crl_index or taken from a file, and then at any address: read by crl_word. */
    const uint8_t *index; /* words of 64 bits */
    size_t count;
    const uint8_t *starts; /* words of 32, per upper bits of the hash; NULL for a short list */
    struct crl_issuer_mark *marks;
    size_t mark_count, mark_capacity;
    bool indexed;
    /* From a file only: checksums of the list's blocks, and the SHA-256 of the certificate that the
     * signature was checked with. NULL otherwise. */
    const uint8_t *block_sums; /* words of 64 bits */
    const uint8_t *signer;
};

struct crl_entry {
    int64_t revoked_at, invalid_since; /* invalid_since: UTC_NONE when not given */
    int reason;
};

/* Reads everything but the entries. Returns 0 with *out NULL when it is no CRL (*why tells), -1
 * when memory is out. der is borrowed. */
int crl_parse(struct arena *a, struct span der, struct crl **out, const char **why) WARN_UNUSED;

/* Walks the entries once and sorts the index; sets unusable when one is malformed or carries a
 * critical extension that is not understood. Returns 0 or -1. Done at the first look-up. */
int crl_index(struct arena *a, struct crl *crl) WARN_UNUSED;

/* The entry for this serial (INTEGER contents) of this issuer (canonical). The CRL must be
 * indexed. */
bool crl_find(const struct crl *crl, struct span serial, struct span issuer, struct crl_entry *out);

/* A word of these tables. */
static inline uint64_t crl_word(const uint8_t *table, size_t i)
{
    uint64_t word;
    memcpy(&word, table + i * sizeof word, sizeof word);
    return word;
}

/* The place of the first index word with the serial's hash, or of the next greater one. */
size_t crl_first(const struct crl *crl, struct span serial, uint32_t *hash);

/* ---- crl_stored.c: an index in a file -------------------------------------------------------- */

/* Appends the file for an indexed list. An indirect list has none (false). */
bool crl_stored_write(const struct crl *crl, const uint8_t der_sha256[32],
                      const uint8_t signer_sha256[32], struct buffer *out);

/* Writes the list's hash into such a file, for who did not know it before. False: it is none. */
bool crl_stored_name(uint8_t *file, size_t size, const uint8_t der_sha256[32]) WARN_UNUSED;

/* Takes the index from the file, which must outlive the list. False, and nothing is changed, when
 * the file is damaged or was made of other bytes than this list's. */
bool crl_stored_use(struct crl *crl, struct span file) WARN_UNUSED;

/* What the list says about this serial is what it said when the index was made. Always true for an
 * index of our own making. */
bool crl_stored_intact(const struct crl *crl, struct span serial);

/* Forgets an index that was taken from a file. */
void crl_stored_drop(struct crl *crl);

/* What a file says of itself; false when it is damaged. */
struct crl_stored {
    uint8_t der_sha256[32], signer_sha256[32];
    uint64_t der_size, count;
    int64_t this_update, next_update;
};
bool crl_stored_read(struct span file, struct crl_stored *out) WARN_UNUSED;

/* "keyCompromise", ...; "" when none is given. */
const char *crl_reason_name(int reason);

#endif
