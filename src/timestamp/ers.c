/*
 * ers - see ers.h. RFC 4998 3.1 (record), 4.1 (ArchiveTimeStamp), 4.3, 5.3; the module has IMPLICIT
 * tags.
 */
#include "timestamp/ers.h"

#include <stdlib.h>

#include "asn1/algorithm.h"
#include "asn1/ber.h"
#include "asn1/der.h"

/* Passes over an optional value. */
static void skip(struct span *in, uint8_t tag)
{
    struct der d;
    struct span look = *in;
    *in = der_expect(&look, tag, &d) ? look : *in;
}

/* EvidenceRecord ::= SEQUENCE { version INTEGER (1), digestAlgorithms SEQUENCE OF, [0] cryptoInfos,
 * [1] encryptionInfo, archiveTimeStampSequence }. */
static bool open_record(struct span in, struct der *sequence, struct span *rest)
{
    struct der seq, d, alg;
    int64_t version;
    if (!der_expect(&in, DER_SEQUENCE, &seq)) {
        return false;
    }
    *rest = in;
    struct span body = seq.body;
    if (!der_expect(&body, DER_INTEGER, &d) || !der_small_int(&d, &version) || version != 1 ||
        !der_expect(&body, DER_SEQUENCE, &d)) {
        return false;
    }
    while (d.body.n) {
        if (!der_expect(&d.body, DER_SEQUENCE, &alg) || der_peek(alg.body) != DER_OID) {
            return false;
        }
    }
    skip(&body, DER_CONTEXT_C(0));
    skip(&body, DER_CONTEXT_C(1));
    return der_expect(&body, DER_SEQUENCE, sequence) && body.n == 0;
}

bool ers_looks_like(struct span in)
{
    struct der sequence, chain, stamp;
    struct span rest;
    return open_record(in, &sequence, &rest) && der_expect(&sequence.body, DER_SEQUENCE, &chain) &&
           der_expect(&chain.body, DER_SEQUENCE, &stamp);
}

/* ArchiveTimeStamp ::= SEQUENCE { [0] digestAlgorithm, [1] attributes, [2] reducedHashtree,
 * timeStamp ContentInfo }. */
static bool parse_stamp(struct span in, struct ers_stamp *out)
{
    struct der d;
    out->digest = OID_UNKNOWN;
    if (der_expect(&in, DER_CONTEXT_C(0), &d)) {
        struct der oid;
        struct span alg = d.body;
        if (!der_expect(&alg, DER_OID, &oid)) {
            return false;
        }
        out->digest = oid_lookup(oid.body);
    }
    skip(&in, DER_CONTEXT_C(1));
    out->tree = der_expect(&in, DER_CONTEXT_C(2), &d) ? d.body : SPAN_NONE;
    if (!der_expect(&in, DER_SEQUENCE, &d) || in.n) {
        return false;
    }
    out->token = d.whole;
    return true;
}

static int parse_chain(struct arena *a, struct ers *r, struct span in, size_t *cap)
{
    struct der d;
    bool first = true;
    while (in.n) {
        if (!der_expect(&in, DER_SEQUENCE, &d) || r->count >= ERS_MAX_STAMPS) {
            return 1;
        }
        if (arena_grow(a, (void **)&r->stamps, cap, r->count + 1, sizeof *r->stamps)) {
            return -1;
        }
        struct ers_stamp *s = &r->stamps[r->count++];
        *s = (struct ers_stamp){.chain = r->chain_count, .first = first};
        first = false;
        if (!parse_stamp(d.body, s)) {
            return 1;
        }
    }
    return first ? 1 : 0;
}

int ers_parse(struct arena *a, struct span in, struct ers **out, const char **why)
{
    struct ber_result ber;
    struct der sequence, d;
    struct span rest;
    size_t stamps = 0, chains = 0;
    struct ers *r = arena_alloc(a, sizeof *r);
    *out = NULL;
    *why = "it is no EvidenceRecord (RFC 4998 3.1)";
    if (!r || ber_to_der(a, in, &ber)) {
        return -1;
    }
    if (!ber.der.p || !open_record(ber.der, &sequence, &rest) || rest.n) {
        return 0;
    }
    r->whole = ber.der;
    *why = "its archive time-stamps are malformed, or too many (RFC 4998 4.1)";
    while (sequence.body.n) {
        if (!der_expect(&sequence.body, DER_SEQUENCE, &d)) {
            return 0;
        }
        int rc = parse_chain(a, r, d.body, &stamps);
        if (rc) {
            return rc < 0 ? -1 : 0;
        }
        if (arena_grow(a, (void **)&r->chains, &chains, r->chain_count + 1, sizeof *r->chains)) {
            return -1;
        }
        r->chains[r->chain_count++] = d.whole;
    }
    *out = r->count ? r : NULL;
    return 0;
}

/* ---- the tree ------------------------------------------------------------------------------- */

static int by_octets(const void *x, const void *y)
{
    return span_cmp(*(const struct span *)x, *(const struct span *)y);
}

/* The hashes of one PartialHashtree with one more in front, sorted; absent hashes are not added. */
static int read_list(struct arena *a, struct span in, struct span above, size_t size,
                     struct span **list, size_t *count)
{
    struct der d;
    size_t n = above.p ? 1 : 0;
    for (struct span look = in; look.n; n++) {
        if (!der_expect(&look, DER_OCTET_STRING, &d) || d.body.n != size || n >= ERS_MAX_HASHES) {
            *count = 0;
            return 0;
        }
    }
    *list = arena_array(a, n, sizeof **list);
    if (!*list) {
        return -1;
    }
    *count = 0;
    if (above.p) {
        (*list)[(*count)++] = above;
    }
    while (der_expect(&in, DER_OCTET_STRING, &d)) {
        (*list)[(*count)++] = d.body;
    }
    qsort(*list, *count, sizeof **list, by_octets);
    return 0;
}

/* The digest of the sorted hashes one after the other; a single hash stands for itself. */
static int combine(struct arena *a, enum oid digest, const struct span *list, size_t count,
                   struct span *out)
{
    uint8_t *hash = arena_alloc(a, DIGEST_MAX);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = hash && ctx && EVP_DigestInit_ex(ctx, algorithm_md(digest), NULL) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        ok = EVP_DigestUpdate(ctx, list[i].p, list[i].n) == 1;
    }
    ok = ok && algorithm_digest_final(ctx, digest, hash);
    EVP_MD_CTX_free(ctx);
    *out = count == 1 ? list[0] : span_make(hash, algorithm_digest_size(digest));
    return ok ? 0 : -1;
}

static bool holds(const struct span *list, size_t count, struct span hash)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(list[i], hash)) {
            return true;
        }
    }
    return false;
}

int ers_root(struct arena *a, const struct ers_stamp *stamp, enum oid digest,
             const struct span *hashes, size_t count, bool group, struct span *root,
             const char **why)
{
    struct span tree = stamp->tree, above = SPAN_NONE, *list = NULL;
    struct der d;
    size_t n = 0, size = algorithm_digest_size(digest);
    *root = SPAN_NONE;
    *why = "its hash tree is malformed";
    if (!tree.p) {
        *root = count == 1 ? hashes[0] : SPAN_NONE;
        *why = "several objects need a hash tree";
        return 0;
    }
    for (bool first = true; tree.n; first = false) {
        if (!der_expect(&tree, DER_SEQUENCE, &d)) {
            return 0;
        }
        if (read_list(a, d.body, above, size, &list, &n)) {
            return -1;
        }
        if (n == 0) {
            return 0;
        }
        for (size_t i = 0; first && i < count; i++) {
            if (!holds(list, n, hashes[i])) {
                *why = "its hash tree does not hold the hash of this data";
                return 0;
            }
        }
        if (first && group && n != count) {
            *why = "its first list holds hashes of other data";
            return 0;
        }
        if (combine(a, digest, list, n, &above)) {
            return -1;
        }
    }
    *root = above;
    return 0;
}

struct span ers_sequence(struct arena *a, const struct ers *r, size_t n)
{
    size_t length = 0, at = 0, octets = 0;
    for (size_t i = 0; i < n; i++) {
        length += r->chains[i].n;
    }
    uint8_t *p = arena_alloc(a, length + 10);
    if (!p) {
        return SPAN_NONE;
    }
    while (length >= 0x80 && octets < sizeof length && length >> (8 * octets)) {
        octets++;
    }
    p[at++] = DER_SEQUENCE;
    p[at++] = (uint8_t)(octets ? 0x80 | octets : length);
    for (size_t i = octets; i > 0; i--) {
        p[at++] = (uint8_t)(length >> (8 * (i - 1)));
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(p + at, r->chains[i].p, r->chains[i].n);
        at += r->chains[i].n;
    }
    return span_make(p, at);
}
