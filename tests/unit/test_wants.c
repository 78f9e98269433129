/*
 * test_wants - what a verification lacks and says where to get, and what came of trying.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ocsp.h>

#include "chain/want.h"
#include "revocation/ocsp.h"
#include "world.h"

/* Authority information access with one address of one method. */
static struct span mint_access(struct arena *a, enum oid method, const char *url)
{
    return mint_ext(
        a, OID_EXT_AIA, false,
        TLV(a, DER_SEQUENCE,
            TLV(a, DER_SEQUENCE, mint_oid(a, method), TLV(a, DER_CONTEXT(6), span_str(url)))));
}

static void sign_signer(struct world *w, const char *crl, struct span more)
{
    w->signer = mint_certificate(w->a, &(struct mint_cert){.subject = SIGNER,
                                                           .key = w->signer_key,
                                                           .issuer = CA,
                                                           .issuer_key = w->ca_key,
                                                           .serial = SIGNER_NO,
                                                           .crl = crl,
                                                           .more = more});
}

/* As world_ask, and the list of wants. */
static struct want_list ask(struct world *w)
{
    world_ask(w);
    return *pool_wants(w->pool);
}

static void test_crl(void **state)
{
    (void)state;
    struct world w = world_new(true);
    w.policy.require_revocation = true;
    world_root_crl(&w);
    struct want_list list = ask(&w);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].kind, SP_EVIDENCE_CRL);
    assert_int_equal(list.items[0].url_count, 1);
    assert_string_equal(list.items[0].urls[0], "http://crl.test/ca.crl");
    assert_string_equal(list.items[0].about, "CN=" SIGNER ",C=IN");
    assert_null(list.items[0].request);
    assert_true(list.items[0].issued_after == SP_NO_TIME);
    const char *pem = list.items[0].issuers; /* the CA, not the root */
    assert_non_null(pem);
    const char *first = strstr(pem, "-----BEGIN CERTIFICATE-----");
    assert_true(first == pem && !strstr(pem + 1, "-----BEGIN"));
    world_free(&w);
}

/* A list that is out of date: a newer one is wanted. */
static void test_newer(void **state)
{
    (void)state;
    struct world w = world_new(true);
    w.policy.require_revocation = true;
    world_root_crl(&w);
    world_add(&w, SP_EVIDENCE_CRL,
              world_ca_crl(&w, MINT_NOW - 9 * MINT_DAY, MINT_NOW - 2 * MINT_DAY, 0, 0, 3, 0));
    struct want_list list = ask(&w);
    assert_non_null(strstr(world_codes(&w), "revocation.stale"));
    assert_int_equal(list.count, 1);
    assert_true(list.items[0].issued_after == MINT_NOW - 9 * MINT_DAY);
    world_free(&w);
}

/* Nothing is wanted when all is known. */
static void test_nothing(void **state)
{
    (void)state;
    struct world w = world_new(true);
    w.policy.require_revocation = true;
    world_root_crl(&w);
    world_add(&w, SP_EVIDENCE_CRL,
              world_ca_crl(&w, MINT_NOW - HOUR, MINT_NOW + MINT_DAY, 0, 0, 3, 0));
    assert_int_equal(ask(&w).count, 0);
    world_free(&w);
}

static void test_issuer(void **state)
{
    (void)state;
    struct world w = world_new(false);
    world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
    sign_signer(&w, NULL, mint_access(w.a, OID_AD_CA_ISSUERS, "https://ca.test/ca.cer"));
    struct want_list list = ask(&w);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].kind, SP_EVIDENCE_CERT);
    assert_string_equal(list.items[0].urls[0], "https://ca.test/ca.cer");
    assert_string_equal(list.items[0].issuer, "CN=" CA ",C=IN");
    assert_int_equal(strlen(list.items[0].key_id), 40);
    world_free(&w);
}

/* The request is one that OpenSSL reads and that is about this certificate. */
static void test_ocsp_request(void **state)
{
    (void)state;
    struct world w = world_new(true);
    struct cert *leaf, *ca;
    const char *why;
    struct span der;
    assert_int_equal(cert_parse(w.a, w.signer, "t", &leaf, &why), 0);
    assert_int_equal(cert_parse(w.a, w.ca, "t", &ca, &why), 0);
    assert_int_equal(ocsp_request(w.a, leaf, ca, &der), 0);
    const unsigned char *p = der.p;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &p, (long)der.n);
    assert_non_null(request);
    assert_ptr_equal(p, der.p + der.n);
    assert_int_equal(OCSP_request_onereq_count(request), 1);
    OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    OCSP_CERTID *want = OCSP_cert_to_id(EVP_sha1(), cert_x509(leaf), cert_x509(ca));
    assert_int_equal(OCSP_id_cmp(id, want), 0);
    OCSP_CERTID_free(want);
    OCSP_REQUEST_free(request);
    leaf->serial = span_make(w.signer.p, 33); /* longer than a serial number may be */
    assert_int_equal(ocsp_request(w.a, leaf, ca, &der), 0);
    assert_null(der.p);
    world_free(&w);
}

static void test_ocsp(void **state)
{
    (void)state;
    struct world w = world_new(true);
    w.policy.require_revocation = true;
    world_root_crl(&w);
    sign_signer(&w, NULL, mint_access(w.a, OID_AD_OCSP, "http://ocsp.test/"));
    struct want_list list = ask(&w);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].kind, SP_EVIDENCE_OCSP);
    assert_non_null(list.items[0].request);
    assert_int_equal(strlen(list.items[0].request) % 4, 0);
    world_free(&w);
}

/* What was tried is not asked for again, and why nothing came is said. */
static void test_attempts(void **state)
{
    (void)state;
    struct world w = world_new(true);
    w.policy.require_revocation = true;
    world_root_crl(&w);
    const struct sp_attempt t = {.kind = SP_EVIDENCE_CRL,
                                 .url = "http://crl.test/ca.crl",
                                 .failed = "the server answered 404"};
    assert_int_equal(sp_evidence_attempt(&w.evidence, &t), 0);
    assert_int_equal(ask(&w).count, 0);
    assert_string_equal(world_codes(&w), "revocation.missing revocation.fetch-failed");
    assert_non_null(strstr(w.findings.first->next->text, "404"));
    world_free(&w);
}

static void test_attempts_issuer(void **state)
{
    (void)state;
    struct world w = world_new(false);
    world_add(&w, SP_EVIDENCE_ANCHOR, w.root);
    sign_signer(&w, NULL, mint_access(w.a, OID_AD_CA_ISSUERS, "https://ca.test/ca.cer"));
    const struct sp_attempt t = {
        .kind = SP_EVIDENCE_CERT, .url = "https://ca.test/ca.cer", .failed = "no answer"};
    assert_int_equal(sp_evidence_attempt(&w.evidence, &t), 0);
    assert_int_equal(ask(&w).count, 0);
    assert_non_null(strstr(world_codes(&w), "chain.issuer-missing chain.fetch-failed"));
    world_free(&w);
}

/* Another kind of thing at the same address was not tried. */
static void test_attempt_of_another_kind(void **state)
{
    (void)state;
    struct world w = world_new(true);
    w.policy.require_revocation = true;
    world_root_crl(&w);
    const struct sp_attempt t = {
        .kind = SP_EVIDENCE_CERT, .url = "http://crl.test/ca.crl", .failed = "no answer"};
    assert_int_equal(sp_evidence_attempt(&w.evidence, &t), 0);
    assert_int_equal(ask(&w).count, 1);
    assert_string_equal(world_codes(&w), "revocation.missing");
    world_free(&w);
}

/* LDAP and directory names are never asked: said, not wanted. */
static void test_never_fetched(void **state)
{
    (void)state;
    static const char *const urls[] = {"ldap://ldap.test/cn=ca", "http://crl.test/a b",
                                       "ftp://crl.test/ca.crl"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct world w = world_new(true);
        w.policy.require_revocation = true;
        world_root_crl(&w);
        sign_signer(&w, urls[i], SPAN_NONE);
        assert_int_equal(ask(&w).count, 0);
        assert_string_equal(world_codes(&w), "revocation.missing revocation.address-not-fetched");
        world_free(&w);
    }
}

/* The list has an end, and nothing is in it twice. */
static void test_bounded(void **state)
{
    (void)state;
    struct want_list list = {.count = 0}, one = {.count = 1};
    struct arena *a = arena_new((size_t)1 << 20);
    for (unsigned i = 0; i < 3 * SP_WANTS_MAX; i++) {
        const char **url = arena_array(a, 1, sizeof *url);
        assert_non_null(url);
        *url = arena_printf(a, "http://crl.test/%u", i / 2);
        one.items[0] = (struct sp_want){.kind = SP_EVIDENCE_CRL,
                                        .urls = url,
                                        .url_count = 1,
                                        .issued_after = i % 2 ? (int64_t)i : SP_NO_TIME};
        want_merge(&list, &one);
    }
    assert_int_equal(list.count, SP_WANTS_MAX);
    assert_string_equal(list.items[1].urls[0], "http://crl.test/1");
    assert_int_equal(list.items[1].issued_after, 3);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crl),
        cmocka_unit_test(test_newer),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_ocsp_request),
        cmocka_unit_test(test_ocsp),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_attempts_issuer),
        cmocka_unit_test(test_attempt_of_another_kind),
        cmocka_unit_test(test_never_fetched),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
