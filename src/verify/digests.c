/*
 * digests - every digest over the file in one pass.
 *
 * The file's own SHA-256 runs from the first byte to the last; where a signature's first range
 * ends, the running context is cloned and only the (usually short) second range is hashed apart.
 * Digests over other content (attached, detached, mail) are computed once per content and
 * algorithm.
 */
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/hash.h"
#include "base/mem.h"
#include "verify/job.h"

/* Octets hashed apart from the one pass, at most: a file of many large overlapping signatures must
 * not keep the machine busy. */
#define APART_MINIMUM ((uint64_t)512 * 1024 * 1024)

struct request {
    struct unit *unit;
    enum oid alg;
    struct byte_range first, second;
};

struct pass {
    struct job *job;
    EVP_MD_CTX *ctx;
    uint64_t at, apart, apart_max;
};

static int by_alg_and_end(const void *a, const void *b)
{
    const struct request *x = a, *y = b;
    if (x->alg != y->alg) {
        return x->alg < y->alg ? -1 : 1;
    }
    return x->first.len < y->first.len ? -1 : x->first.len > y->first.len;
}

static int advance(struct pass *p, uint64_t to)
{
    struct span part = span_sub(p->job->file, p->at, to - p->at);
    p->at = to;
    return EVP_DigestUpdate(p->ctx, part.p, part.n) == 1 ? 0 : -1;
}

/* The digest of one request: the running context so far, then the second range. */
static int branch(struct pass *p, const struct request *r)
{
    struct job *job = p->job;
    uint8_t *out = arena_alloc(job->arena, DIGEST_MAX);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    struct span rest = span_sub(job->file, r->second.off, r->second.len);
    int rc = -1;
    p->apart += rest.n;
    if (p->apart > p->apart_max) {
        finding_add(job->arena, &job->report->findings, SP_ENGINE_LIMIT, "document", "hashing work",
                    NULL);
        rc = 0;
    } else if (out && ctx && EVP_MD_CTX_copy_ex(ctx, p->ctx) == 1 &&
               EVP_DigestUpdate(ctx, rest.p, rest.n) == 1 &&
               algorithm_digest_final(ctx, r->alg, out)) {
        r->unit->digest = span_make(out, algorithm_digest_size(r->alg));
        rc = 0;
    }
    EVP_MD_CTX_free(ctx);
    return rc;
}

/* One pass with one algorithm over its requests; with whole, on to the end of the file. */
static int run_pass(struct pass *p, enum oid alg, const struct request *r, size_t n, uint8_t *whole)
{
    int rc = -1;
    p->at = 0;
    p->ctx = EVP_MD_CTX_new();
    if (!p->ctx || EVP_DigestInit_ex(p->ctx, algorithm_md(alg), NULL) != 1) {
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        if (advance(p, r[i].first.len) || branch(p, &r[i])) {
            goto out;
        }
    }
    if (whole && (advance(p, p->job->file.n) || EVP_DigestFinal_ex(p->ctx, whole, NULL) != 1)) {
        goto out;
    }
    rc = 0;
out:
    EVP_MD_CTX_free(p->ctx);
    return rc;
}

/* adbe.pkcs7.sha1 hashes the ranges with SHA-1, whatever the signer uses above it. */
enum oid verify_ranges_digest(const struct unit *u)
{
    bool ranges = u->from && u->from->range_count == 2 && !u->from->broken && u->from->blob.p;
    enum oid alg = ranges && u->from->blob_kind == BLOB_CMS_SHA1 ? OID_SHA1 : u->needed;
    return ranges && algorithm_md(alg) ? alg : OID_UNKNOWN;
}

static size_t collect(struct job *job, struct request *out)
{
    size_t n = 0;
    for (size_t i = 0; i < job->unit_count; i++) {
        struct unit *u = &job->units[i];
        enum oid alg = verify_ranges_digest(u);
        if (alg != OID_UNKNOWN) {
            out[n++] = (struct request){u, alg, u->from->ranges[0], u->from->ranges[1]};
        }
    }
    qsort(out, n, sizeof *out, by_alg_and_end);
    return n;
}

/* Content that is one run of bytes: the same (content, algorithm) is hashed once. */
static int hash_contents(struct job *job)
{
    for (size_t i = 0; i < job->unit_count; i++) {
        struct unit *u = &job->units[i];
        if (!u->content_known || !u->content.p || u->digest.p || !algorithm_md(u->needed)) {
            continue;
        }
        for (size_t k = 0; k < i && !u->digest.p; k++) {
            const struct unit *v = &job->units[k];
            if (v->content.p == u->content.p && v->content.n == u->content.n &&
                v->needed == u->needed) {
                u->digest = v->digest;
            }
        }
        uint8_t *out = u->digest.p ? NULL : arena_alloc(job->arena, DIGEST_MAX);
        if (!u->digest.p && (!out || algorithm_digest(u->needed, u->content, out))) {
            return -1;
        }
        if (out) {
            u->digest = span_make(out, algorithm_digest_size(u->needed));
        }
    }
    return 0;
}

int verify_digests(struct job *job)
{
    uint8_t whole[SHA256_SIZE];
    struct request *list = arena_array(job->arena, job->unit_count + 1, sizeof *list);
    if (!list) {
        return -1;
    }
    struct pass pass = {.job = job, .apart_max = APART_MINIMUM + 4 * (uint64_t)job->file.n};
    size_t n = collect(job, list), i = 0;
    bool hashed = false;
    while (i < n || !hashed) {
        size_t k = i;
        enum oid alg = i < n ? list[i].alg : OID_SHA256;
        while (k < n && list[k].alg == alg) {
            k++;
        }
        if (run_pass(&pass, alg, list + i, k - i, alg == OID_SHA256 ? whole : NULL)) {
            return -1;
        }
        hashed = hashed || alg == OID_SHA256;
        i = k;
    }
    job->report->sha256 = hash_hex_str(job->arena, span_make(whole, sizeof whole), false);
    return job->report->sha256 ? hash_contents(job) : -1;
}
