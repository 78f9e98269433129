/*
 * test_chain - which path is chosen, and what is said when there is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "world.h"

/* A world in which only the path matters. */
static struct world path_world(bool trust)
{
    struct world w = world_new(trust);
    w.policy.require_revocation = false;
    return w;
}

static void finds_a_path(void **state)
{
    struct world w = path_world(true);
    (void)state;
    ASSERT_CODES(&w, "");
    assert_true(w.answer.anchored);
    assert_int_equal(w.answer.path_count, 3);
    world_free(&w);
}

static void embedded_root_is_not_trusted(void **state)
{
    struct world w = path_world(false);
    (void)state;
    world_add(&w, SP_EVIDENCE_CERT, w.root);
    world_add(&w, SP_EVIDENCE_CERT, w.ca);
    ASSERT_CODES(&w, "chain.untrusted-root");
    assert_false(w.answer.anchored);
    world_free(&w);
}

static void names_the_missing_issuer(void **state)
{
    struct world w = path_world(false);
    (void)state;
    world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
    ASSERT_CODES(&w, "chain.issuer-missing");
    assert_null(w.answer.path);
    assert_non_null(strstr(w.findings.first->text, "CN=" CA ",C=IN"));
    assert_non_null(
        strstr(w.findings.first->text, hash_hex_str(w.a, mint_key_id(w.a, w.ca_key), true)));
    world_free(&w);
}

static void special_root_is_refused(void **state)
{
    struct world w = path_world(false);
    (void)state;
    world_add(&w, SP_EVIDENCE_SPECIAL, w.root);
    world_add(&w, SP_EVIDENCE_CERT, w.ca);
    ASSERT_CODES(&w, "chain.special-purpose-root");
    assert_false(w.answer.anchored);
    world_free(&w);
}

/* The same CA below two roots: the trusted one is taken, whichever came first. */
static void live_root_beats_special_and_historic(void **state)
{
    static const enum sp_evidence_kind first[] = {SP_EVIDENCE_SPECIAL, SP_EVIDENCE_ANCHOR};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w = path_world(false);
        struct span other = world_ca(&w, "Other Root", w.other_key, "Other Root", w.other_key, 9);
        world_add(&w, SP_EVIDENCE_CERT, world_ca(&w, CA, w.ca_key, "Other Root", w.other_key, 3));
        world_add(&w, first[i], other);
        w.evidence.blobs[w.evidence.count - 1].historic = i == 1;
        world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
        world_add(&w, SP_EVIDENCE_CERT, w.ca);
        ASSERT_CODES(&w, "");
        assert_true(w.answer.anchored);
        assert_true(span_eq(w.answer.path[2]->der, w.root));
        world_free(&w);
    }
}

static void historic_root_is_said(void **state)
{
    struct world w = path_world(true);
    (void)state;
    w.evidence.blobs[0].historic = true;
    ASSERT_CODES(&w, "chain.historic-root");
    assert_true(w.answer.anchored);
    world_free(&w);
}

/* What only `cert check` asks. */
static void options(void **state)
{
    struct world w = path_world(true);
    (void)state;
    w.options.emails[0] = "asha@example.test";
    w.options.email_count = 1;
    ASSERT_CODES(&w, "chain.name-mismatch");
    w.options.email_count = 0;
    w.options.policies_wanted = true;
    ASSERT_CODES(&w, "");
    w.options.explicit_policy = true;
    ASSERT_CODES(&w, "chain.policy");
    w.options.explicit_policy = false;
    w.options.depth = 0;
    ASSERT_CODES(&w, "chain.constraints");
    world_free(&w);
}

static void small_deviation(void **state)
{
    struct world w = path_world(false);
    (void)state;
    world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
    world_add(&w, SP_EVIDENCE_CERT,
              mint_certificate(
                  w.a, &(struct mint_cert){.subject = CA,
                                           .key = w.ca_key,
                                           .issuer = ROOT,
                                           .issuer_key = w.root_key,
                                           .serial = 2,
                                           .ca = true,
                                           .more = mint_ext(w.a, OID_EXT_POLICY_CONSTRAINTS, false,
                                                            SPAN_LIT("\x30\x03\x80\x01\x05"))}));
    ASSERT_CODES(&w, "chain.profile-deviation-minor");
    world_free(&w);
}

static void distrusted_ca_is_refused(void **state)
{
    struct world w = path_world(true);
    (void)state;
    world_add(&w, SP_EVIDENCE_DISTRUSTED, w.ca);
    ASSERT_CODES(&w, "chain.distrusted");
    assert_false(w.answer.anchored);
    world_free(&w);
}

/* A new certificate for the key of a distrusted CA is no way around the list. */
static void distrust_follows_the_key(void **state)
{
    struct world w = path_world(true);
    (void)state;
    world_add(&w, SP_EVIDENCE_DISTRUSTED, world_ca(&w, CA, w.ca_key, ROOT, w.root_key, 99));
    ASSERT_CODES(&w, "chain.distrusted");
    world_free(&w);
}

static void forged_certificate(void **state)
{
    struct world w = path_world(true);
    uint8_t *p = arena_alloc(w.a, w.signer.n);
    (void)state;
    assert_non_null(p);
    memcpy(p, w.signer.p, w.signer.n);
    p[w.signer.n - 1] ^= 1;
    w.signer.p = p;
    ASSERT_CODES(&w, "chain.certificate-signature-bad");
    world_free(&w);
}

/* RFC 5280 4.1.2.5: the last second still belongs to the validity. */
static void validity_is_inclusive(void **state)
{
    struct world w = path_world(true);
    (void)state;
    w.signer = mint_certificate(w.a, &(struct mint_cert){.subject = SIGNER,
                                                         .key = w.signer_key,
                                                         .issuer = CA,
                                                         .issuer_key = w.ca_key,
                                                         .serial = 5,
                                                         .from = T,
                                                         .to = T + HOUR});
    w.time = T + HOUR;
    ASSERT_CODES(&w, "");
    w.time++;
    ASSERT_CODES(&w, "chain.expired");
    w.time = T;
    ASSERT_CODES(&w, "");
    w.time--;
    ASSERT_CODES(&w, "chain.not-yet-valid");
    world_free(&w);
}

static void purposes(void **state)
{
    struct world w = path_world(true);
    struct mint_cert m = {.subject = SIGNER,
                          .key = w.signer_key,
                          .issuer = CA,
                          .issuer_key = w.ca_key,
                          .serial = 5,
                          .key_usage = 0x20};
    (void)state;
    w.signer = mint_certificate(w.a, &m);
    ASSERT_CODES(&w, "chain.key-usage");
    w.purpose = CHAIN_TIMESTAMP;
    m.key_usage = 0;
    m.eku = OID_EKU_TIME_STAMPING;
    w.signer = mint_certificate(w.a, &m);
    ASSERT_CODES(&w, "chain.not-a-timestamp-certificate"); /* not critical */
    m.eku_critical = true;
    w.signer = mint_certificate(w.a, &m);
    ASSERT_CODES(&w, "");
    m.eku = OID_EKU_CODE_SIGNING;
    w.signer = mint_certificate(w.a, &m);
    ASSERT_CODES(&w, "chain.extended-key-usage chain.not-a-timestamp-certificate");
    world_free(&w);
}

/* A leaf that signs a certificate: not a CA, so the path is none. */
static void leaf_as_issuer(void **state)
{
    struct world w = path_world(true);
    (void)state;
    world_add(&w, SP_EVIDENCE_CERT, w.signer);
    w.signer = mint_certificate(w.a, &(struct mint_cert){.subject = "Below",
                                                         .key = w.other_key,
                                                         .issuer = SIGNER,
                                                         .issuer_key = w.signer_key,
                                                         .serial = 5});
    world_ask(&w);
    assert_true(finding_has(&w.findings, SP_CHAIN_CONSTRAINTS));
    world_free(&w);
}

/* Many certificates with the CA's name and other keys: the search ends, and says it gave up. */
static void search_is_bounded(void **state)
{
    struct world w = path_world(false);
    (void)state;
    world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
    for (uint32_t i = 0; i < 80; i++) {
        world_add(&w, SP_EVIDENCE_CERT,
                  world_ca(&w, CA, w.ca_key, i % 2 ? CA : SIGNER, w.ca_key, 1000 + i));
    }
    world_ask(&w);
    assert_true(finding_has(&w.findings, SP_CHAIN_SEARCH_LIMIT));
    assert_false(w.answer.anchored);
    world_free(&w);
}

/* A CA with two certificates: by an old root nobody trusts, and by the trusted one. Both paths are
 * kept with what was said about them; without the option none is. */
static void every_path_is_kept(void **state)
{
    struct world w = world_new(false);
    (void)state;
    w.policy.require_revocation = false;
    world_add(&w, SP_EVIDENCE_CERT, world_ca(&w, CA, w.ca_key, "Old Root", w.other_key, 9));
    world_add(&w, SP_EVIDENCE_CERT,
              world_ca(&w, "Old Root", w.other_key, "Old Root", w.other_key, 8));
    world_add(&w, SP_EVIDENCE_CERT, w.ca);
    world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
    ASSERT_CODES(&w, "");
    assert_null(w.answer.tried);
    w.options.all_paths = true;
    ASSERT_CODES(&w, "");
    const struct chain_tried *old = w.answer.tried, *good = old ? old->next : NULL;
    assert_non_null(good);
    assert_null(good->next);
    assert_false(old->accepted || old->complete);
    assert_int_equal(old->path_count, 3);
    assert_true(finding_has(&old->findings, SP_CHAIN_UNTRUSTED_ROOT));
    assert_true(good->accepted && good->complete);
    assert_int_equal(good->findings.count, 0);
    assert_ptr_equal(good->path[0], w.answer.path[0]);
    world_free(&w);
}

/* A path of one certificate: the anchor itself, expired. Nobody is asked about it. */
static void expired_anchor_alone(void **state)
{
    struct world w = world_new(true);
    (void)state;
    w.signer = w.root;
    w.purpose = CHAIN_ANY;
    w.time = MINT_NOW + 366 * MINT_DAY;
    ASSERT_CODES(&w, "chain.expired");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_is_kept),
        cmocka_unit_test(expired_anchor_alone),
        cmocka_unit_test(finds_a_path),
        cmocka_unit_test(embedded_root_is_not_trusted),
        cmocka_unit_test(names_the_missing_issuer),
        cmocka_unit_test(special_root_is_refused),
        cmocka_unit_test(live_root_beats_special_and_historic),
        cmocka_unit_test(historic_root_is_said),
        cmocka_unit_test(options),
        cmocka_unit_test(small_deviation),
        cmocka_unit_test(distrusted_ca_is_refused),
        cmocka_unit_test(distrust_follows_the_key),
        cmocka_unit_test(forged_certificate),
        cmocka_unit_test(validity_is_inclusive),
        cmocka_unit_test(purposes),
        cmocka_unit_test(leaf_as_issuer),
        cmocka_unit_test(search_is_bounded),
    };
    return sp_init() ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
