/*
 * ended - see ended.h. EN 319 102-1 5.1.3: what could not be checked is INDETERMINATE, here REVIEW.
 */
#include "sandbox/ended.h"

#include "base/finding.h"
#include "base/hash.h"
#include "verify/blank.h"

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

int ended_report(const struct sandbox_job *job, enum sp_reason reason, const char *argument,
                 bool readable, struct sp_report **out)
{
    struct sp_report *r = blank_report(&job->document, job->policy, &job->clock, ARENA_MAX);
    if (!r) {
        return -1;
    }
    r->sha256 = readable ? hash_text(r->arena, &job->document) : NULL;
    finding_add(r->arena, &r->findings, reason, "document", argument, NULL);
    if (job->evidence->demo) {
        finding_add(r->arena, &r->findings, SP_ENGINE_DEMO_TRUST, "document", NULL);
    }
    if (!finding_has(&r->findings, reason)) {
        sp_report_free(r);
        return -1;
    }
    *out = r;
    return 0;
}
