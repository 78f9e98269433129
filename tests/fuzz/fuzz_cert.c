/*
 * fuzz_cert - any bytes as a certificate: the reader, the report's view of it, a path
 * check with the bytes as the leaf and as evidence.
 */
#include "harness.h"

#include "base/mem.h"
#include "chain/entry.h"
#include "chain/options.h"

/* Nothing in a document is an anchor, so no path from it may ever be anchored. */
static void judge(struct arena *a, struct pool *pool, struct cert *leaf)
{
    static const struct chain_options strict = {
        .depth = 4, .policies_wanted = true, .host = "example.com"};
    struct sp_findings findings;
    struct chain_answer answer;
    struct chain_question q = {.leaf = leaf,
                               .purpose = CHAIN_SIGN,
                               .time = 1795242600,
                               .now = 1795242600,
                               .policy = sp_policy_builtin("generic"),
                               .where = "sig[0]"};
    findings_init(&findings);
    if (chain_judge_with(a, pool, &q, &strict, &findings, &answer) == 0 &&
        (answer.anchored || (findings.count == 0 && mem_failures() == 0))) {
        abort();
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
    struct cert *leaf;
    const char *why, *uri[8];
    struct sp_certificate text;
    if (!a || sp_evidence_add(&evidence, SP_EVIDENCE_CERT, data, size, "input")) {
        abort();
    }
    findings_init(&findings);
    if (cert_parse(a, span_make(data, size), "input", &leaf, &why) == 0 && leaf &&
        cert_describe(a, leaf, &text) == 0 && pool_new(a, &evidence, &findings, &pool) == 0) {
        (void)cert_uris(a, leaf, OID_EXT_CDP, uri, 8);
        (void)cert_has_policy(leaf, "2.16.356.100.2.3");
        judge(a, pool, leaf);
    }
    sp_evidence_clear(&evidence);
    arena_free(a);
    return 0;
}
