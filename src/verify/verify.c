/*
 * verify - sp_verify: runs the steps of job.h, and makes sure that a failure of our own is never a
 * verdict about the document.
 */
#include "verify/members.h"

#include <stdatomic.h>

#include <openssl/crypto.h>

#include "base/mem.h"
#include "base/utc.h"
#include "chain/want.h"
#include "verify/blank.h"
#include "xml/xml.h"

#define JOB_MEMORY ((size_t)384 * 1024 * 1024)

int sp_init(void)
{
    static _Atomic bool done;
    if (atomic_exchange(&done, true)) {
        return 0;
    }
    (void)oid_lookup(SPAN_LIT("x")); /* fills its table before there are threads */
    if (mem_hook_libraries()) {
        return -1;
    }
    /* OpenSSL 3.0 makes its context at the first use of it; when memory runs out there, it goes on
     * without and follows a null pointer (EVP_MD_fetch). Only this call tells that it has none. */
    return !OSSL_LIB_CTX_get0_global_default() || xml_init() ? -1 : 0;
}

/* What later revisions brought must itself verify, or it was not allowed (PDF: a new signature
 * field is fine only if its signature is). */
static void check_reliance(struct job *job)
{
    for (size_t i = 0; i < job->unit_count; i++) {
        const struct extracted *e = job->units[i].from;
        for (size_t k = 0; e && k < e->relies_on_count; k++) {
            for (size_t n = 0; n < job->unit_count; n++) {
                const struct unit *other = &job->units[n];
                if (other->from == &job->extraction.signatures[e->relies_on[k]] &&
                    other->sig->intact != SP_YES) {
                    struct sp_signature *s = job->units[i].sig;
                    s->modification = SP_MOD_OTHER;
                    s->modification_allowed = false;
                    finding_add(job->arena, &s->findings, SP_PDF_FIELD_UNSIGNED, s->id,
                                arena_printf(job->arena, "%zu", other->from->revision + 1),
                                other->from->field ? other->from->field : other->sig->id, NULL);
                }
            }
        }
    }
}

static int list_signatures(struct job *job)
{
    struct sp_report *r = job->report;
    r->signatures = arena_array(job->arena, job->unit_count, sizeof(struct sp_signature *));
    if (!r->signatures) {
        return -1;
    }
    for (size_t i = 0; i < job->unit_count; i++) {
        r->signatures[i] = job->units[i].sig;
    }
    r->signature_count = job->unit_count;
    return 0;
}

/* What the job lacked. Nothing is wanted for a document that is refused as a whole. */
static int list_wants(struct job *job)
{
    const struct want_list *list = pool_wants(job->pool);
    struct sp_report *r = job->report;
    for (const struct sp_finding *f = r->findings.first; f; f = f->next) {
        if (sp_policy_level(job->policy, f->reason) == SP_LEVEL_FAIL) {
            return 0;
        }
    }
    r->wants = arena_array(job->arena, list->count, sizeof *r->wants);
    if (!r->wants) {
        return -1;
    }
    memcpy(r->wants, list->items, list->count * sizeof *r->wants);
    r->want_count = list->count;
    return 0;
}

/* The content that a message brings and all of its signers sign: a list of files may stand in
 * it. */
static struct span own_content(const struct job *job)
{
    struct span content = SPAN_NONE;
    for (size_t i = 0; i < job->unit_count; i++) {
        const struct unit *u = &job->units[i];
        if (u->cms && !u->counter && u->cms->econtent.p && !job->document->content) {
            content = u->content;
        }
    }
    return content;
}

static void say_content_unused(struct job *job)
{
    finding_add(job->arena, &job->report->findings, SP_FORMAT_CONTENT_UNUSED, "document", NULL);
}

/* A document was given beside the file, and there are signatures, but all are about the file itself
 * (PDF, mail, ASiC): they say nothing about the document. JSON and XML signatures say so
 * themselves. */
static void check_content_used(struct job *job)
{
    bool any = false;
    for (size_t i = 0; job->document->content && i < job->unit_count; i++) {
        const struct unit *u = &job->units[i];
        if (u->ops && !u->counter) {
            any = true;
            if (u->content.p == job->document->content || u->from->blob_kind == BLOB_JWS ||
                u->from->blob_kind == BLOB_XML) {
                return;
            }
        }
    }
    if (any) {
        say_content_unused(job);
    }
}

static int run_signatures(struct job *job)
{
    poe_init(&job->proofs, job->arena);
    poe_init(&job->stamped, job->arena);
    poe_init(&job->inside, job->arena);
    if (pool_new(job->arena, job->evidence, &job->report->findings, &job->pool) ||
        verify_units(job) || verify_digests(job) || verify_timeline(job) || list_signatures(job)) {
        return -1;
    }
    check_reliance(job);
    check_content_used(job);
    job->shared->content = own_content(job);
    if (list_wants(job)) {
        return -1;
    }
    return job->asic ? verify_parts(job) : job->extraction.files ? verify_attachments(job) : 0;
}

static int run_members(struct job *job)
{
    bool part = job->document->part == SP_PART_MEMBERS;
    if (!part && job->document->content) {
        say_content_unused(job);
    }
    return (!part && verify_digests(job)) || verify_members(job) ? -1 : 0;
}

/* A file of a container is told in its row. */
static void check_name(struct job *job)
{
    const char *name = job->document->name;
    bool alone = job->shared->budget->depth == 0 && job->document->part != SP_PART_MEMBERS;
    bool holds = job->report->signature_count > 0 || job->report->member_count > 0;
    if (alone && holds && name && verify_misnamed(job->report->format, span_str(name), job->file)) {
        finding_add(job->arena, &job->report->findings, SP_CONTAINER_MISNAMED, "document", name,
                    job->report->format, NULL);
    }
}

static int run(struct job *job)
{
    if (verify_open(job)) {
        return -1;
    }
    job->report->format = job->extraction.format;
    if (job->construction ? run_members(job) : run_signatures(job)) {
        return -1;
    }
    if (job->evidence->demo && job->shared->budget->depth == 0) {
        finding_add(job->arena, &job->report->findings, SP_ENGINE_DEMO_TRUST, "document", NULL);
    }
    check_name(job);
    conclude_report(job->policy, job->arena, job->report);
    return 0;
}

/* Nothing that was worked out before our own failure is kept: half a check is no check. */
static void replace_by_failure(struct sp_report **report, struct sp_report *spare,
                               const struct sp_policy *policy, const char *limit)
{
    sp_report_free(*report);
    *report = spare;
    if (limit) {
        finding_add(spare->arena, &spare->findings, SP_ENGINE_LIMIT, "document", limit, NULL);
    } else {
        finding_add(spare->arena, &spare->findings, SP_ENGINE_MEMORY, "document", NULL);
    }
    conclude_report(policy, spare->arena, spare);
}

int verify_document(const struct sp_document *document, const struct sp_evidence *evidence,
                    const struct sp_policy *policy, const struct sp_clock *clock,
                    struct verify_shared *shared, struct sp_report **report)
{
    uint64_t before = mem_failures();
    struct sp_report *spare = blank_report(document, policy, clock, (size_t)1 << 20);
    *report = blank_report(document, policy, clock, JOB_MEMORY);
    if (!spare || !*report) {
        sp_report_free(spare);
        sp_report_free(*report);
        *report = NULL;
        return -1;
    }
    struct job job = {.arena = (*report)->arena,
                      .document = document,
                      .evidence = evidence,
                      .shared = shared,
                      .policy = policy,
                      .clock = clock,
                      .file = span_make(document->bytes, document->size),
                      .report = *report};
    int rc = run(&job);
    if (rc == 0 && mem_failures() - before == job.forgiven) {
        sp_report_free(spare);
        return 0;
    }
    const char *limit = job.limit ? job.limit : arena_capped(job.arena) ? "memory" : NULL;
    replace_by_failure(report, spare, policy, limit);
    if ((*report)->findings.count == 0) {
        sp_report_free(*report);
        *report = NULL;
        return -1;
    }
    return 0;
}

int sp_verify(const struct sp_document *document, const struct sp_evidence *evidence,
              const struct sp_policy *policy, const struct sp_clock *clock,
              struct sp_report **report)
{
    struct container_budget budget = {0};
    struct verify_shared shared = {.budget = &budget};
    return verify_document(document, evidence, policy, clock, &shared, report);
}
