/*
 * blank - see blank.h.
 */
#include "verify/blank.h"

#include <openssl/crypto.h>

#include "base/finding.h"

struct sp_report *blank_report(const struct sp_document *document, const struct sp_policy *policy,
                               const struct sp_clock *clock, size_t memory)
{
    struct arena *a = arena_new(memory);
    struct sp_report *r = a ? arena_alloc(a, sizeof *r) : NULL;
    if (!r) {
        arena_free(a);
        return NULL;
    }
    r->arena = a;
    r->name = finding_clean_text(a, span_str(document->name ? document->name : ""));
    r->size = document->size;
    r->format = "unknown";
    r->profile = arena_str(a, span_str(policy->name));
    r->verdict = SP_REVIEW;
    r->validated_at = clock->now;
    r->engine_version = SATYAPAN_VERSION;
    r->openssl_version = arena_printf(a, "OpenSSL %s", OpenSSL_version(OPENSSL_VERSION_STRING));
    findings_init(&r->findings);
    if (!r->name || !r->profile || !r->openssl_version) {
        arena_free(a);
        return NULL;
    }
    return r;
}
