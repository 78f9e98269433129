/*
 * selftest - see selftest.h. The files under selftest/ are signed by two invented PKIs (root.pem,
 * other.pem), trusted here only; their verdicts are the test suite's business. zip.zip holds enough
 * files to be given out to several children.
 */
#include "http/selftest.h"

#include <stdio.h>

#include "base/embed.h"
#include "sandbox/sandbox.h"

#define FIXTURE(id, file) EMBED_FILE(selftest_##id, "http/selftest/" file)
#define BYTES(id)         EMBEDDED(selftest_##id).p, EMBEDDED(selftest_##id).n

FIXTURE(pdf, "pdf.pdf");
FIXTURE(cms, "cms.p7m");
FIXTURE(mail, "mail.eml");
FIXTURE(token, "token.tst");
FIXTURE(token_content, "token.txt");
FIXTURE(xml, "xml.xml");
FIXTURE(asic, "asic.asice");
FIXTURE(zip, "zip.zip");
FIXTURE(jws, "jws.jws");
FIXTURE(root, "root.pem");
FIXTURE(other, "other.pem");
FIXTURE(crl, "root.crl");

static void tell(void *context, const char *line)
{
    (void)context;
    (void)fprintf(stderr, "satyapan serve: %s\n", line);
}

/* A document of one of the files above; what it is signed about may be beside it. */
#define JOB(what, file, ...)                                                                       \
    {                                                                                              \
        .document = {.name = "self-test " what,                                                    \
                     .bytes = EMBEDDED(selftest_##file).p,                                         \
                     .size = EMBEDDED(selftest_##file).n,                                          \
                     .kind = SP_DOC_OTHER,                                                         \
                     __VA_ARGS__},                                                                 \
        .evidence = own, .policy = generic, .clock = clock                                         \
    }

static int run(const struct trusted *t, struct sp_evidence *own)
{
    const struct sp_policy *generic = sp_policy_builtin("generic");
    const struct sp_clock clock = {.now = 1795305600, .received = SP_NO_TIME}; /* 2026-11-22 */
    struct sandbox_job jobs[] = {
        JOB("PDF", pdf, ),
        JOB("CMS", cms, ),
        JOB("mail", mail, ),
        JOB("time-stamp", token, .content = EMBEDDED(selftest_token_content).p,
            .content_size = EMBEDDED(selftest_token_content).n),
        JOB("XML", xml, ),
        JOB("JWS", jws, ),
        JOB("ASiC", asic, ),
        JOB("ZIP", zip, ),
        JOB("with the trust list", pdf, ),
    };
    struct sandbox_job *last = &jobs[sizeof jobs / sizeof *jobs - 1];
    last->document.kind = SP_DOC_DECLARATION;
    last->evidence = &t->evidence;
    last->policy = sp_policy_builtin("india-dsc");
    return sandbox_selftest(jobs, sizeof jobs / sizeof *jobs, tell, NULL) == 0 ? 0 : -1;
}

int selftest_run(const struct trusted *t)
{
    struct sp_evidence own = {0};
    int rc = sp_evidence_add(&own, SP_EVIDENCE_ANCHOR, BYTES(root), "self-test") ||
                     sp_evidence_add(&own, SP_EVIDENCE_ANCHOR, BYTES(other), "self-test") ||
                     sp_evidence_add(&own, SP_EVIDENCE_CRL, BYTES(crl), "self-test")
                 ? -1
                 : run(t, &own);
    sp_evidence_clear(&own);
    return rc;
}
