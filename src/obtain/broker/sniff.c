/*
 * sniff - is it a certificate, a CRL, an OCSP answer: by its bytes, in a sandboxed child.
 *
 * Servers send PEM under the type of DER, bundles, bare base64, and pages that say sorry
 * (INDIA-PKI). What a server claims in Content-Type does not matter. What it does not do: check a
 * signature.
 */
#include <stdio.h>

#include "chain/entry.h"
#include "obtain/broker/target.h"
#include "revocation/crl.h"
#include "revocation/ocsp.h"
#include "sandbox/sandbox.h"

enum { GOOD, WRONG };

#define SNIFF_MEMORY ((size_t)256 << 20)

struct question {
    const struct target *target;
    struct span bytes;
};

/* Why the CRLs or OCSP answers cannot be read, NULL when one can. */
static int read_blobs(struct arena *a, const struct pool_blob *b, bool crl, const char **why)
{
    *why = crl ? "there is no CRL in it" : "there is no OCSP answer in it";
    for (; b; b = b->next) {
        struct crl *c = NULL;
        struct ocsp *o = NULL;
        if ((crl ? crl_parse(a, b->der, &c, why) : ocsp_parse(a, b->der, &o, why)) < 0) {
            return -1;
        }
        if (c || o) {
            *why = NULL;
            return 0;
        }
    }
    return 0;
}

/* In the child. */
static int look(struct arena *a, const struct question *q, const char **why)
{
    struct sp_evidence e = {0};
    struct sp_findings findings;
    struct pool *pool = NULL;
    findings_init(&findings);
    enum sp_evidence_kind kind = q->target->kind;
    int rc = sp_evidence_add(&e, kind, q->bytes.p, q->bytes.n, "fetched");
    rc = rc ? rc : pool_new(a, &e, &findings, &pool);
    if (rc == 0 && kind == SP_EVIDENCE_CERT) {
        *why = pool_has_certificates(pool) ? NULL : "there is no certificate in it";
    } else if (rc == 0) {
        bool crl = kind == SP_EVIDENCE_CRL;
        rc = read_blobs(a, crl ? pool_crls(pool) : pool_ocsps(pool), crl, why);
    }
    sp_evidence_clear(&e);
    return rc;
}

static int work(void *context, struct buffer *out)
{
    const char *why = "memory is out";
    struct arena *a = arena_new(SNIFF_MEMORY);
    if (!a || look(a, context, &why) != 0) {
        why = "memory is out";
    }
    buffer_str(out, why ? why : "");
    arena_free(a);
    return why ? WRONG : GOOD;
}

bool sniff(const struct target *t, struct span bytes, char *why, size_t size)
{
    struct question q = {t, bytes};
    struct buffer out;
    char ended[128] = "";
    buffer_init(&out, 1024);
    int code = sandbox_task(work, &q, &out, ended, sizeof ended);
    const char *text = code < 0 ? ended : buffer_cstr(&out);
    (void)snprintf(why, size, "what came cannot be used: %s", text ? text : "memory is out");
    buffer_free(&out);
    return code == GOOD;
}
