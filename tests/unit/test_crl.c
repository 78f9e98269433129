/*
 * test_crl - the index of a CRL against a plain search, damage, and what a CRL says at time T.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "revocation/crl.h"
#include "world.h"

static struct crl *parsed(struct arena *a, struct span der)
{
    struct crl *crl;
    const char *why;
    assert_int_equal(crl_parse(a, der, &crl, &why), 0);
    assert_non_null(crl);
    assert_int_equal(crl_index(a, crl), 0);
    return crl;
}

/* Every serial on the list is found with its date, no other one is. */
static void index_finds_all_and_only(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 100, 20000};
    EVP_PKEY *key = mint_key();
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct arena *a = arena_new((size_t)1 << 27);
        struct mint_entry *list = arena_array(a, sizes[s] + 1, sizeof *list);
        assert_non_null(list);
        for (size_t i = 0; i < sizes[s]; i++) {
            list[i] = (struct mint_entry){(uint32_t)((i * 2 + 1) * 2654435761u) | 1, T + (int64_t)i,
                                          i % 3 ? 1 : 0};
        }
        struct crl *crl = parsed(a, mint_revocation_list(a, &(struct mint_crl){.issuer = CA,
                                                                               .key = key,
                                                                               .from = T,
                                                                               .entries = list,
                                                                               .count = sizes[s],
                                                                               .number = 1}));
        assert_null(crl->unusable);
        for (size_t i = 0; i < sizes[s]; i++) {
            struct der n;
            struct span in = mint_int(a, list[i].serial), even = mint_int(a, list[i].serial & ~1u);
            struct crl_entry e;
            assert_true(der_next(&in, &n));
            assert_true(crl_find(crl, n.body, crl->issuer_canonical, &e));
            assert_true(e.revoked_at <= list[i].when && e.revoked_at >= T);
            assert_false(crl_find(crl, n.body, SPAN_LIT("another issuer"), &e));
            assert_true(der_next(&even, &n));
            assert_false(crl_find(crl, n.body, crl->issuer_canonical, &e));
        }
        arena_free(a);
    }
    EVP_PKEY_free(key);
}

static void damage_is_refused(void **state)
{
    struct world w = world_new(true);
    struct span der = world_ca_crl(&w, T, MINT_NOW, T, 1, 3, 0);
    struct crl *crl;
    const char *why;
    (void)state;
    for (size_t n = 0; n < der.n; n++) {
        assert_int_equal(crl_parse(w.a, span_sub(der, 0, n), &crl, &why), 0);
        assert_null(crl);
    }
    world_free(&w);
}

/* An entry whose date cannot be read counts as revoked since ever. */
static void unreadable_date_is_revoked(void **state)
{
    struct world w = world_new(true);
    struct span der = world_ca_crl(&w, T, MINT_NOW, T, 0, 3, 0);
    uint8_t *p = arena_alloc(w.a, der.n);
    struct crl_entry e;
    (void)state;
    assert_non_null(p);
    memcpy(p, der.p, der.n);
    struct crl *crl = parsed(w.a, span_make(p, der.n));
    p[crl->revoked.p - p + 8] = 'x'; /* SEQUENCE, INTEGER of one octet, UTCTime: its 2nd digit */
    assert_true(crl_find(crl, SPAN_LIT("\x4d"), crl->issuer_canonical, &e));
    assert_true(e.revoked_at < 0);
    world_free(&w);
}

/* One row: the CA's CRLs and what must come out. */
struct row {
    const char *about;
    bool proven;
    int64_t grace;
    struct {
        int64_t from, to, when;
        int reason;
        uint32_t number, base;
    } crl[2];
    const char *codes;
};

#define CURRENT MINT_NOW - HOUR, MINT_NOW + MINT_DAY

static const struct row rows[] = {
    {"no list at all", false, 0, {{0}}, "revocation.missing"},
    {"current, not listed", false, 0, {{CURRENT, 0, 0, 3, 0}}, ""},
    {"ended yesterday", false, 0, {{T, MINT_NOW - MINT_DAY, 0, 0, 3, 0}}, "revocation.stale"},
    {"no nextUpdate", false, 0, {{MINT_NOW - HOUR, 0, 0, 0, 3, 0}}, "revocation.stale"},
    {"revoked, no proof", false, 0, {{CURRENT, T, 1, 3, 0}}, "revocation.revoked-no-proof"},
    {"revoked before the proven time",
     true,
     0,
     {{CURRENT, T - 1, 1, 3, 0}},
     "revocation.revoked-no-proof"},
    {"revoked in the proven second",
     true,
     0,
     {{CURRENT, T, 1, 3, 0}},
     "revocation.revoked-no-proof"},
    {"revoked a second later", true, 0, {{CURRENT, T + 1, 1, 3, 0}}, "revocation.revoked-later"},
    {"a stale list still revokes",
     false,
     0,
     {{T, T + HOUR, T, 1, 3, 0}, {CURRENT, 0, 0, 4, 0}},
     "revocation.revoked-no-proof"},
    {"suspended", false, 0, {{CURRENT, T, 6, 3, 0}}, "revocation.on-hold"},
    {"suspended, later released", false, 0, {{T, T + HOUR, T, 6, 3, 0}, {CURRENT, 0, 0, 4, 0}}, ""},
    {"suspended at the proven time, released later",
     true,
     0,
     {{T, T + HOUR, T, 6, 3, 0}, {CURRENT, 0, 0, 4, 0}},
     "revocation.on-hold"},
    {"grace not over",
     true,
     MINT_DAY,
     {{T + HOUR, T + 5 * MINT_DAY, 0, 0, 3, 0}},
     "revocation.too-early"},
    {"grace over", true, MINT_DAY, {{T + MINT_DAY, T + 5 * MINT_DAY, 0, 0, 3, 0}}, ""},
    {"grace without a proven time", false, MINT_DAY, {{CURRENT, 0, 0, 3, 0}}, ""},
    {"a delta alone", false, 0, {{CURRENT, 0, 0, 4, 3}}, "revocation.missing"},
    {"a delta revokes",
     false,
     0,
     {{CURRENT, 0, 0, 3, 0}, {CURRENT, T, 1, 4, 3}},
     "revocation.revoked-no-proof"},
    {"a delta removes a hold", false, 0, {{CURRENT, T, 6, 3, 0}, {CURRENT, T, 8, 4, 3}}, ""},
    {"a delta of a later base does not",
     false,
     0,
     {{CURRENT, T, 6, 3, 0}, {CURRENT, T, 8, 6, 5}},
     "revocation.on-hold"},
    {"removal in a complete list", false, 0, {{CURRENT, T, 8, 3, 0}}, "revocation.unusable"},
};

static void semantics(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct world w = world_new(true);
        w.proven = r->proven;
        w.time = r->proven ? T : MINT_NOW;
        w.policy.grace_seconds = r->grace;
        world_root_crl(&w);
        for (size_t k = 0; k < 2 && r->crl[k].from; k++) {
            world_add(&w, SP_EVIDENCE_CRL,
                      world_ca_crl(&w, r->crl[k].from, r->crl[k].to, r->crl[k].when,
                                   r->crl[k].reason, r->crl[k].number, r->crl[k].base));
        }
        world_ask(&w);
        if (strcmp(world_codes(&w), r->codes) != 0) {
            fail_msg("%s: expected \"%s\", got \"%s\"", r->about, r->codes, world_codes(&w));
        }
        world_free(&w);
    }
}

/* The name is the CA's, the key is not. */
static void foreign_signature(void **state)
{
    struct world w = world_new(true);
    (void)state;
    world_root_crl(&w);
    world_add(&w, SP_EVIDENCE_CRL,
              mint_revocation_list(w.a, &(struct mint_crl){.issuer = CA,
                                                           .key = w.other_key,
                                                           .from = MINT_NOW - HOUR,
                                                           .to = MINT_NOW + HOUR,
                                                           .number = 3}));
    world_add(&w, SP_EVIDENCE_CERT, world_ca(&w, CA, w.other_key, CA, w.other_key, 9));
    ASSERT_CODES(&w, "revocation.untrusted");
    world_free(&w);
}

/* The CA's key before the present one: its certificate has expired, and whoever has the key can
 * date a list back to when it had not. */
static void expired_signer(void **state)
{
    struct world w = world_new(true);
    (void)state;
    world_add(&w, SP_EVIDENCE_CRL,
              mint_revocation_list(w.a, &(struct mint_crl){.issuer = ROOT,
                                                           .key = w.root_key,
                                                           .from = MINT_NOW - 4 * MINT_DAY,
                                                           .to = MINT_NOW + MINT_DAY,
                                                           .number = 5}));
    world_add(&w, SP_EVIDENCE_CRL,
              mint_revocation_list(w.a, &(struct mint_crl){.issuer = CA,
                                                           .key = w.other_key,
                                                           .from = MINT_NOW - 3 * MINT_DAY,
                                                           .to = MINT_NOW + 300 * MINT_DAY,
                                                           .number = 3}));
    world_add(&w, SP_EVIDENCE_CERT,
              mint_certificate(w.a, &(struct mint_cert){.subject = CA,
                                                        .key = w.other_key,
                                                        .issuer = ROOT,
                                                        .issuer_key = w.root_key,
                                                        .serial = 9,
                                                        .to = MINT_NOW - 2 * MINT_DAY,
                                                        .ca = true}));
    ASSERT_CODES(&w, "revocation.no-proof-of-existence");
    w.time = MINT_NOW - 2 * MINT_DAY;
    w.proven = true;
    world_ask(&w);
    assert_string_equal(w.answer.revocation[0].status, "good");
    world_free(&w);
}

static void missing_names_the_address(void **state)
{
    struct world w = world_new(true);
    (void)state;
    world_root_crl(&w);
    ASSERT_CODES(&w, "revocation.missing");
    assert_non_null(strstr(w.findings.first->text, "http://crl.test/ca.crl"));
    assert_string_equal(w.answer.revocation[0].status, "unknown");
    assert_string_equal(w.answer.revocation[1].status, "good");
    world_free(&w);
}

static void revoked_ca(void **state)
{
    struct world w = world_new(true);
    struct mint_entry e = {2, T, 2};
    (void)state;
    world_add(&w, SP_EVIDENCE_CRL, world_ca_crl(&w, CURRENT, 0, 0, 3, 0));
    world_add(&w, SP_EVIDENCE_CRL,
              mint_revocation_list(w.a, &(struct mint_crl){.issuer = ROOT,
                                                           .key = w.root_key,
                                                           .from = MINT_NOW - HOUR,
                                                           .to = MINT_NOW + HOUR,
                                                           .entries = &e,
                                                           .count = 1,
                                                           .number = 3}));
    ASSERT_CODES(&w, "revocation.ca-revoked");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_finds_all_and_only),   cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(unreadable_date_is_revoked), cmocka_unit_test(semantics),
        cmocka_unit_test(foreign_signature),          cmocka_unit_test(expired_signer),
        cmocka_unit_test(missing_names_the_address),  cmocka_unit_test(revoked_ca),
    };
    return sp_init() ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
