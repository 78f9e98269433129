/*
 * world - a root, a CA, a signer and a question about the signer, for the tests of chain and
 * revocation.
 */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include "chain/options.h"
#include "mint.h"
#include "satyapan/verify.h"

#define ROOT      "Test Root"
#define CA        "Test CA"
#define SIGNER    "Test Signer"
#define T         (MINT_NOW - 10 * MINT_DAY)
#define HOUR      ((int64_t)3600)
#define SIGNER_NO 77

struct world {
    struct arena *a;
    EVP_PKEY *root_key, *ca_key, *signer_key, *other_key;
    struct span root, ca, signer;
    struct sp_evidence evidence;
    struct sp_policy policy;
    int64_t time;
    bool proven;
    enum chain_purpose purpose;
    struct chain_options options;
    struct sp_findings findings;
    struct chain_answer answer;
    struct pool *pool; /* of the last question */
};

static inline void world_add(struct world *w, enum sp_evidence_kind kind, struct span der)
{
    if (sp_evidence_add(&w->evidence, kind, der.p, der.n, "test")) {
        abort();
    }
}

static inline struct span world_ca(struct world *w, const char *subject, EVP_PKEY *key,
                                   const char *issuer, EVP_PKEY *issuer_key, uint32_t serial)
{
    return mint_certificate(w->a, &(struct mint_cert){.subject = subject,
                                                      .key = key,
                                                      .issuer = issuer,
                                                      .issuer_key = issuer_key,
                                                      .serial = serial,
                                                      .ca = true});
}

/* With trust: the root is an anchor and the CA is at hand. */
static inline struct world world_new(bool trust)
{
    struct world w = {.a = arena_new((size_t)1 << 24),
                      .root_key = mint_key(),
                      .ca_key = mint_key(),
                      .signer_key = mint_key(),
                      .other_key = mint_key(),
                      .policy = *sp_policy_builtin("generic"),
                      .time = MINT_NOW,
                      .options = {.depth = -1}};
    w.root = world_ca(&w, ROOT, w.root_key, ROOT, w.root_key, 1);
    w.ca = world_ca(&w, CA, w.ca_key, ROOT, w.root_key, 2);
    w.signer = mint_certificate(w.a, &(struct mint_cert){.subject = SIGNER,
                                                         .key = w.signer_key,
                                                         .issuer = CA,
                                                         .issuer_key = w.ca_key,
                                                         .serial = SIGNER_NO,
                                                         .crl = "http://crl.test/ca.crl"});
    if (trust) {
        world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
        world_add(&w, SP_EVIDENCE_CERT, w.ca);
    }
    return w;
}

static inline void world_free(struct world *w)
{
    sp_evidence_clear(&w->evidence);
    arena_free(w->a);
    EVP_PKEY_free(w->root_key);
    EVP_PKEY_free(w->ca_key);
    EVP_PKEY_free(w->signer_key);
    EVP_PKEY_free(w->other_key);
}

/* A current list of the root, with nobody on it. */
static inline void world_root_crl(struct world *w)
{
    world_add(w, SP_EVIDENCE_CRL,
              mint_revocation_list(w->a, &(struct mint_crl){.issuer = ROOT,
                                                            .key = w->root_key,
                                                            .from = MINT_NOW - HOUR,
                                                            .to = MINT_NOW + MINT_DAY,
                                                            .number = 5}));
}

/* A list of the CA with the signer on it (when != 0) or not. */
static inline struct span world_ca_crl(struct world *w, int64_t from, int64_t to, int64_t when,
                                       int reason, uint32_t number, uint32_t base)
{
    struct mint_entry e = {SIGNER_NO, when, reason};
    return mint_revocation_list(w->a, &(struct mint_crl){.issuer = CA,
                                                         .key = w->ca_key,
                                                         .from = from,
                                                         .to = to,
                                                         .entries = &e,
                                                         .count = when != 0,
                                                         .number = number,
                                                         .base = base});
}

/* Judges; the findings and the answer are in w. */
static inline void world_ask(struct world *w)
{
    struct cert *leaf;
    const char *why;
    findings_init(&w->findings);
    if (pool_new(w->a, &w->evidence, &w->findings, &w->pool) ||
        cert_parse(w->a, w->signer, "test", &leaf, &why) || !leaf) {
        abort();
    }
    struct chain_question q = {.leaf = leaf,
                               .purpose = w->purpose,
                               .time = w->time,
                               .time_proven = w->proven,
                               .now = MINT_NOW,
                               .policy = &w->policy,
                               .where = "sig[0]"};
    if (chain_judge_with(w->a, w->pool, &q, &w->options, &w->findings, &w->answer)) {
        abort();
    }
    for (const struct sp_finding *f = w->findings.first; f; f = f->next) {
        /* read by tests/e2e/reasons.py */
        (void)printf("# reason %s\n", sp_reason_row(f->reason)->code);
    }
}

/* The codes of all findings, in order, with a space between. */
static inline const char *world_codes(struct world *w)
{
    const char *s = "";
    for (const struct sp_finding *f = w->findings.first; f; f = f->next) {
        const char *code = sp_reason_row(f->reason)->code;
        s = arena_printf(w->a, "%s%s%s", s, *s ? " " : "", code);
    }
    return s;
}

#define ASSERT_CODES(w, expected)                                                                  \
    do {                                                                                           \
        world_ask(w);                                                                              \
        assert_string_equal(world_codes(w), expected);                                             \
    } while (0)

#endif
