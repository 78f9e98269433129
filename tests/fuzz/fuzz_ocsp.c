/*
 * fuzz_ocsp - any bytes as an OCSP response: the reader, look-ups, and as evidence beside its own
 * certificates.
 */
#include "harness.h"

#include "base/finding.h"
#include "chain/judge.h"
#include "revocation/ocsp.h"

/* Asks about every certificate in the response, as issued by itself. */
static void ask(struct arena *a, const struct ocsp *o, struct pool *pool)
{
    for (size_t i = 0; i < o->cert_count; i++) {
        struct cert *c;
        const char *why;
        bool conflict;
        struct sp_findings findings;
        struct chain_answer answer;
        findings_init(&findings);
        if (cert_parse(a, o->certs[i], "input", &c, &why) || !c) {
            continue;
        }
        (void)ocsp_find(o, c, c, &conflict);
        (void)ocsp_responder_is(o, c);
        struct chain_question q = {.leaf = c,
                                   .purpose = CHAIN_ANY,
                                   .time = o->produced_at,
                                   .now = 1795242600,
                                   .policy = sp_policy_builtin("generic"),
                                   .where = "sig[0]"};
        if (chain_judge(a, pool, &q, &findings, &answer) == 0 && answer.anchored) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready = -1;
    if (ready < 0) {
        ready = sp_init();
    }
    struct arena *a = arena_new((size_t)64 << 20);
    struct sp_evidence evidence = {0};
    struct sp_findings findings;
    struct pool *pool;
    struct ocsp *o;
    const char *why;
    if (!a || ready || sp_evidence_add(&evidence, SP_EVIDENCE_OCSP, data, size, "input")) {
        abort();
    }
    findings_init(&findings);
    if (ocsp_parse(a, span_make(data, size), &o, &why) == 0 && o &&
        pool_new(a, &evidence, &findings, &pool) == 0) {
        ask(a, o, pool);
    }
    sp_evidence_clear(&evidence);
    arena_free(a);
    return 0;
}
