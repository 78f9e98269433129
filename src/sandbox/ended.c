/*
 * ended - see ended.h. EN 319 102-1 5.1.3: what could not be checked is INDETERMINATE, here REVIEW.
 */
#include "sandbox/ended.h"

#include <openssl/crypto.h>

#include "base/finding.h"
#include "base/hash.h"

/* A document is hashed for the report only up to this size: the parent must not be kept busy. */
#define HASH_MAX ((size_t)256 * 1024 * 1024)

#define ARENA_MAX ((size_t)4 * 1024 * 1024)

static const char *hash_text(struct arena *a, const struct sp_document *d)
{
    uint8_t digest[SHA256_SIZE];
    if (!d->bytes || d->size > HASH_MAX || hash_sha256(span_make(d->bytes, d->size), digest) != 0) {
        return NULL;
    }
    return hash_hex_str(a, span_make(digest, sizeof digest), false);
}

static int fill(const struct sandbox_job *job, enum sp_reason reason, const char *argument,
                bool readable, struct sp_report *r)
{
    struct arena *a = r->arena;
    findings_init(&r->findings);
    r->name = finding_clean_text(a, span_str(job->document.name ? job->document.name : ""));
    r->size = job->document.size;
    r->sha256 = readable ? hash_text(a, &job->document) : NULL;
    r->format = arena_str(a, SPAN_LIT("unknown"));
    r->profile = arena_str(a, span_str(job->policy->name));
    r->verdict = SP_REVIEW;
    r->validated_at = job->clock.now;
    r->engine_version = arena_str(a, SPAN_LIT(SATYAPAN_VERSION));
    r->openssl_version = arena_str(a, span_str(OpenSSL_version(OPENSSL_VERSION_STRING)));
    finding_add(a, &r->findings, reason, "document", argument, NULL);
    if (job->evidence->demo) {
        finding_add(a, &r->findings, SP_ENGINE_DEMO_TRUST, "document", NULL);
    }
    bool whole = r->name && r->format && r->profile && r->engine_version && r->openssl_version &&
                 finding_has(&r->findings, reason);
    return whole ? 0 : -1;
}

int ended_report(const struct sandbox_job *job, enum sp_reason reason, const char *argument,
                 bool readable, struct sp_report **out)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct sp_report *r = a ? arena_alloc(a, sizeof *r) : NULL;
    if (!r) {
        arena_free(a);
        return -1;
    }
    r->arena = a;
    if (fill(job, reason, argument, readable, r) != 0) {
        arena_free(a);
        return -1;
    }
    *out = r;
    return 0;
}
