/*
 * test_ocsp - who may answer for a CA, and what an answer says at time T.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "revocation/ocsp.h"
#include "world.h"

#define RESPONDER "Test OCSP"

static struct mint_ocsp answer_of(const struct world *w)
{
    return (struct mint_ocsp){.issuer = CA,
                              .issuer_key = w->ca_key,
                              .serial = SIGNER_NO,
                              .produced = MINT_NOW - HOUR,
                              .from = MINT_NOW - HOUR,
                              .to = MINT_NOW + HOUR,
                              .revoked_at = T,
                              .responder = CA,
                              .key = w->ca_key};
}

/* A responder certificate of its own, as a row of flaws. */
static struct span responder(struct world *w, const char *issuer, EVP_PKEY *issuer_key,
                             enum oid eku, bool nocheck)
{
    return mint_certificate(w->a, &(struct mint_cert){.subject = RESPONDER,
                                                      .key = w->other_key,
                                                      .issuer = issuer,
                                                      .issuer_key = issuer_key,
                                                      .serial = 500,
                                                      .eku = eku,
                                                      .nocheck = nocheck});
}

static void expect(struct world *w, const struct mint_ocsp *m, const char *codes)
{
    struct sp_evidence before = w->evidence;
    world_add(w, SP_EVIDENCE_OCSP, mint_ocsp_response(w->a, m));
    world_ask(w);
    assert_string_equal(world_codes(w), codes);
    w->evidence.count = before.count;
}

static void ca_answers(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    (void)state;
    world_root_crl(&w);
    expect(&w, &m, "");
    m.status = 1;
    expect(&w, &m, "revocation.revoked-no-proof");
    m.twice = true; /* good beside it does not help */
    expect(&w, &m, "revocation.revoked-no-proof");
    m.status = 2; /* unknown and good at once */
    expect(&w, &m, "revocation.unusable");
    m.twice = false;
    expect(&w, &m, "revocation.unknown");
    m.status = 0;
    m.serial++;
    expect(&w, &m, "revocation.missing");
    m = answer_of(&w);
    m.key = w.other_key;
    expect(&w, &m, "revocation.untrusted");
    world_free(&w);
}

static void times(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    (void)state;
    world_root_crl(&w);
    m.to = MINT_NOW - 1;
    expect(&w, &m, "revocation.stale");
    m.to = 0; /* no nextUpdate: newer answers are always to be had, so it counts for a day */
    expect(&w, &m, "");
    m.from = MINT_NOW - 2 * MINT_DAY;
    expect(&w, &m, "revocation.stale");
    m = answer_of(&w);
    m.produced = MINT_NOW + HOUR;
    expect(&w, &m, "revocation.unusable");
    m = answer_of(&w);
    m.status = 1;
    m.revoked_at = T + 1;
    w.time = T;
    w.proven = true;
    expect(&w, &m, "revocation.revoked-later");
    m.revoked_at = T;
    expect(&w, &m, "revocation.revoked-no-proof");
    world_free(&w);
}

static void delegated(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    (void)state;
    world_root_crl(&w);
    m.responder = RESPONDER;
    m.key = w.other_key;
    m.cert = responder(&w, CA, w.ca_key, OID_EKU_OCSP_SIGNING, true);
    expect(&w, &m, "");
    m.cert = responder(&w, CA, w.ca_key, OID_EKU_EMAIL_PROTECTION, true);
    expect(&w, &m, "revocation.untrusted");
    m.cert = responder(&w, ROOT, w.root_key, OID_EKU_OCSP_SIGNING, true);
    expect(&w, &m, "revocation.untrusted"); /* not issued by the CA it answers for */
    m.cert = responder(&w, CA, w.other_key, OID_EKU_OCSP_SIGNING, true);
    expect(&w, &m, "revocation.untrusted"); /* not signed by that CA */
    m.cert = responder(&w, CA, w.ca_key, OID_EKU_OCSP_SIGNING, false);
    expect(&w, &m, "revocation.untrusted"); /* nothing says it is not revoked */
    world_free(&w);
}

/* Whoever has the key of an expired responder can date an answer back; its nextUpdate is then as
 * far off as they like. Asked about a time when the responder was valid, it counts. */
static void expired_responder(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    (void)state;
    world_root_crl(&w);
    m.responder = RESPONDER;
    m.key = w.other_key;
    m.produced = m.from = MINT_NOW - 3 * MINT_DAY;
    m.to = MINT_NOW + 300 * MINT_DAY;
    m.cert = mint_certificate(w.a, &(struct mint_cert){.subject = RESPONDER,
                                                       .key = w.other_key,
                                                       .issuer = CA,
                                                       .issuer_key = w.ca_key,
                                                       .serial = 500,
                                                       .to = MINT_NOW - 2 * MINT_DAY,
                                                       .eku = OID_EKU_OCSP_SIGNING,
                                                       .nocheck = true});
    expect(&w, &m, "revocation.no-proof-of-existence");
    w.time = MINT_NOW - 2 * MINT_DAY;
    w.proven = true;
    expect(&w, &m, "");
    world_free(&w);
}

/* An answer that says it is older than the responder's revocation proves nothing by saying so. */
static void revoked_responder(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    struct mint_entry e = {500, T, 1};
    struct mint_crl list = {.issuer = CA,
                            .key = w.ca_key,
                            .from = T,
                            .to = MINT_NOW - HOUR, /* it no longer answers for the signer */
                            .number = 3,
                            .entries = &e,
                            .count = 1};
    (void)state;
    world_root_crl(&w);
    m.responder = RESPONDER;
    m.key = w.other_key;
    m.produced = m.from = T - MINT_DAY;
    m.to = MINT_NOW + 300 * MINT_DAY;
    m.cert = responder(&w, CA, w.ca_key, OID_EKU_OCSP_SIGNING, true);
    expect(&w, &m, "");
    world_add(&w, SP_EVIDENCE_CRL, mint_revocation_list(w.a, &list));
    expect(&w, &m, "revocation.stale revocation.untrusted");
    w.time = T - MINT_DAY; /* asked about when it was good */
    w.proven = true;
    expect(&w, &m, "");
    world_free(&w);
}

/* Without ocspNoCheck the responder's own certificate has to be on no list. */
static void responder_checked_by_crl(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    struct mint_entry e = {500, T, 1};
    struct mint_crl list = {
        .issuer = CA, .key = w.ca_key, .from = MINT_NOW - HOUR, .to = MINT_NOW + HOUR, .number = 3};
    (void)state;
    world_root_crl(&w);
    m.responder = RESPONDER;
    m.key = w.other_key;
    m.status = 1;
    m.cert = responder(&w, CA, w.ca_key, OID_EKU_OCSP_SIGNING, false);
    world_add(&w, SP_EVIDENCE_CRL, mint_revocation_list(w.a, &list));
    expect(&w, &m, "revocation.revoked-no-proof");
    list.entries = &e;
    list.count = 1;
    world_add(&w, SP_EVIDENCE_CRL, mint_revocation_list(w.a, &list));
    expect(&w, &m, ""); /* the answer no longer counts; the CA's list does */
    world_free(&w);
}

static void damage_is_refused(void **state)
{
    struct world w = world_new(true);
    struct mint_ocsp m = answer_of(&w);
    struct span der = mint_ocsp_response(w.a, &m);
    struct ocsp *o;
    const char *why;
    (void)state;
    for (size_t n = 0; n < der.n; n++) {
        assert_int_equal(ocsp_parse(w.a, span_sub(der, 0, n), &o, &why), 0);
        assert_null(o);
    }
    assert_int_equal(ocsp_parse(w.a, SPAN_LIT("\x30\x03\x0a\x01\x06"), &o, &why), 0);
    assert_null(o);
    assert_string_equal(why, "the responder refused to answer");
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ca_answers),
        cmocka_unit_test(times),
        cmocka_unit_test(delegated),
        cmocka_unit_test(expired_responder),
        cmocka_unit_test(responder_checked_by_crl),
        cmocka_unit_test(revoked_responder),
        cmocka_unit_test(damage_is_refused),
    };
    return sp_init() ? 70 : cmocka_run_group_tests(tests, NULL, NULL);
}
