/*
 * test_tls_checks - every row of checks.def is given for facts that call for it, and for nothing
 * else.
 *
 * A good service is described first; each case changes one thing in it and names the codes that
 * come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tls/checks.h"
#include "tls/declared.h"
#include "tls/policy.h"
#include "tls/provoke.h"

static struct scan_target target = {.given = "device", .host = "device", .ip = "127.0.0.1"};
static struct scan_job job;
static struct cert_facts pair[2];
static size_t certs; /* of them */
static struct cert leaf;
static struct tls_facts *const f = &job.facts;
static bool seen[CHECK_COUNT];

static struct version_facts *version(uint16_t v)
{
    return facts_version(f, v);
}

static void offer(uint16_t v, uint16_t suite)
{
    struct version_facts *row = version(v);
    row->state = KNOWN_YES;
    row->complete = true;
    row->suites[row->count++] = suite;
}

/* TLS 1.2 and 1.3 with one good suite each, a certificate for this address under a known anchor. */
static const struct declared *said; /* by the vendor */

static void good(void)
{
    job = (struct scan_job){
        .target = &target, .service = service_by_name("https"), .state = SCAN_TLS};
    facts_init(f, NULL, false);
    for (size_t i = 0; i < f->version_count; i++) {
        f->versions[i].state = KNOWN_NO;
    }
    offer(TLS_12, 0xc02f);
    offer(TLS_13, 0x1301);
    f->order = ORDER_SERVER;
    f->confirmed = true;
    f->compression = KNOWN_NO;
    f->secure_renegotiation = f->ems = f->sentinel = f->fallback_scsv = KNOWN_YES;
    leaf = (struct cert){.not_before = 0, .not_after = 4000000000};
    *pair = (struct cert_facts){
        .leaf = &leaf, .kind = "RSA", .bits = 2048, .ip_matches = true, .spki_sha256 = "aa"};
    pair->form = CHAIN_OPEN;
    pair->trust[TRUST_LAB] = TRUST_YES;
    certs = 1;
}

/* The codes that come now are these, and no other but those a good service has (NO_TLS13 or
 * TLS12). */
static void expect(const enum check *codes, size_t count)
{
    struct arena *a = arena_new(1 << 20);
    struct check_list list;
    checks_init(&list, a);
    checks_run(&list, &job, pair, certs);
    if (said) {
        declared_check(&list, said, &job, pair, 1);
    }
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (const struct check_finding *x = list.first; x; x = x->next) {
            found |= x->id == codes[i];
        }
        if (!found) {
            fail_msg("%s is not given", check_row(codes[i])->code);
        }
        seen[codes[i]] = true;
    }
    for (const struct check_finding *x = list.first; x; x = x->next) {
        bool wanted = x->id == CHECK_TLS12_THERE;
        for (size_t i = 0; i < count; i++) {
            wanted |= x->id == codes[i];
        }
        if (!wanted) {
            fail_msg("%s is given too", check_row(x->id)->code);
        }
        assert_null(strchr(x->text, '{'));
    }
    arena_free(a);
    good();
}

#define EXPECT(...)                                                                                \
    do {                                                                                           \
        static const enum check codes[] = {__VA_ARGS__};                                           \
        expect(codes, sizeof codes / sizeof *codes);                                               \
    } while (0)

static void test_good(void **state)
{
    (void)state;
    good();
    EXPECT(CHECK_TLS12_THERE);
}

static void test_versions(void **state)
{
    (void)state;
    good();
    version(TLS_SSL2)->state = KNOWN_YES;
    EXPECT(CHECK_SSL2);
    offer(TLS_SSL3, 0xc009);
    EXPECT(CHECK_SSL3, CHECK_BEAST);
    offer(TLS_10, 0xc009);
    EXPECT(CHECK_TLS10, CHECK_BEAST);
    offer(TLS_11, 0xc009);
    EXPECT(CHECK_TLS11);
    version(TLS_13)->state = KNOWN_NO;
    EXPECT(CHECK_NO_TLS13);
    version(TLS_13)->state = version(TLS_12)->state = KNOWN_NO;
    offer(TLS_11, 0xc009);
    EXPECT(CHECK_NO_MODERN, CHECK_NO_TLS13, CHECK_TLS11);
    version(TLS_10)->state = KNOWN_UNSURE;
    EXPECT(CHECK_UNCLEAR);
}

static void test_suites(void **state)
{
    static const struct {
        uint16_t suite;
        enum check id;
    } rows[] = {{0xc010, CHECK_NULL_CIPHER}, {0xc018, CHECK_ANON},        {0x0014, CHECK_EXPORT},
                {0xc011, CHECK_RC4},         {0x0015, CHECK_WEAK_CIPHER}, {0xc012, CHECK_SWEET32},
                {0x009c, CHECK_NO_FS}};
    (void)state;
    good();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        offer(TLS_12, rows[i].suite);
        expect(&rows[i].id, 1);
    }
    version(TLS_13)->state = KNOWN_NO;
    version(TLS_13)->count = version(TLS_12)->count = 0;
    offer(TLS_12, 0x009c);
    EXPECT(CHECK_NO_FS, CHECK_ONLY_NO_FS, CHECK_NO_TLS13);
    offer(TLS_12, 0xc013);
    f->etm = KNOWN_NO;
    EXPECT(CHECK_CBC_MAC);
    f->order = ORDER_CLIENT;
    EXPECT(CHECK_CLIENT_ORDER);
}

static void test_key_exchange(void **state)
{
    (void)state;
    good();
    f->dh_bits = 1024;
    EXPECT(CHECK_DH_BROKEN);
    f->dh_bits = 1536;
    f->dh_name = "RFC 3526 MODP 1536";
    EXPECT(CHECK_DH_SHORT, CHECK_DH_KNOWN);
    static uint8_t modulus[256];
    memset(modulus, 0xc1, sizeof modulus); /* 0xc1 divides it */
    f->dh_bits = 2048;
    f->dh_prime = span_make(modulus, sizeof modulus);
    EXPECT(CHECK_DH_COMPOSITE);
    memset(modulus, 0xff, 66);
    modulus[0] = 1; /* 2^521 - 1 is a prime */
    f->dh_prime = span_make(modulus, 66);
    f->dh_bits = 2048;
    EXPECT(CHECK_TLS12_THERE);
    f->dh_bits = 2048;
    EXPECT(CHECK_TLS12_THERE);
    f->ec_reused = true;
    EXPECT(CHECK_KEY_REUSE);
    f->groups[f->group_count++] = 0x0013;
    EXPECT(CHECK_WEAK_GROUP);
    f->groups[f->group_count++] = 0x11ec;
    EXPECT(CHECK_PQ);
    f->groups[f->group_count++] = 0x001d;
    EXPECT(CHECK_TLS12_THERE);
}

static void test_behaviour(void **state)
{
    (void)state;
    good();
    f->compression = KNOWN_YES;
    EXPECT(CHECK_COMPRESSION);
    f->secure_renegotiation = KNOWN_NO;
    EXPECT(CHECK_RENEGOTIATION);
    f->ems = KNOWN_NO;
    EXPECT(CHECK_NO_EMS);
    f->fallback_scsv = KNOWN_NO; /* the sentinel protects */
    EXPECT(CHECK_TLS12_THERE);
    f->fallback_scsv = f->sentinel = KNOWN_NO;
    EXPECT(CHECK_NO_SCSV, CHECK_NO_SENTINEL);
    f->sha1_exchange = true;
    EXPECT(CHECK_SHA1_EXCHANGE);
    f->heartbeat = KNOWN_YES;
    EXPECT(CHECK_HEARTBEAT);
    f->provoked[0] = KNOWN_YES;
    EXPECT(CHECK_HEARTBLEED);
    f->provoked[1] = KNOWN_YES;
    EXPECT(CHECK_CCS);
    f->provoked[PROVOKE_ROBOT] = KNOWN_YES;
    EXPECT(CHECK_ROBOT);
    f->provoked[PROVOKE_RENEGOTIATION] = KNOWN_YES;
    EXPECT(CHECK_CLIENT_RENEGOTIATION);
    f->provoked[PROVOKE_ALIVE] = KNOWN_NO;
    EXPECT(CHECK_STOPPED);
    f->full.early_data = KNOWN_YES;
    EXPECT(CHECK_EARLY_DATA);
    f->unoffered_suite = true;
    EXPECT(CHECK_UNOFFERED);
    f->size_intolerant = true;
    EXPECT(CHECK_INTOLERANT);
    f->old_form = true;
    EXPECT(CHECK_OLD_FORM);
    f->changing = true;
    EXPECT(CHECK_CHANGING);
    f->changing = f->nameless = true;
    EXPECT(CHECK_NAMELESS);
    f->confirmed = false;
    EXPECT(CHECK_UNCONFIRMED);
    f->full.done = KNOWN_YES;
    f->full.version = TLS_12;
    f->full.suite = 0xc030;
    EXPECT(CHECK_HANDSHAKE_DIFFERS);
    f->full.done = KNOWN_YES;
    f->full.version = TLS_11;
    EXPECT(CHECK_HANDSHAKE_DIFFERS);
    f->full.done = KNOWN_YES;
    f->full.version = TLS_12;
    f->full.suite = 0xc02f;
    expect(NULL, 0);
    f->full.http_status = 200;
    EXPECT(CHECK_NO_HSTS);
    job.state = SCAN_SILENT;
    EXPECT(CHECK_SILENT);
    job.state = SCAN_PLAIN;
    EXPECT(CHECK_PLAINTEXT);
    job.state = SCAN_CLOSED;
    expect(NULL, 0);
}

static void test_certificate(void **state)
{
    static const struct known_key known = {.source = "list", .note = "camera"};
    (void)state;
    good();
    pair->leaf = NULL;
    pair->error = "no certificate";
    EXPECT(CHECK_CERT_UNREADABLE);
    pair->expired = true;
    EXPECT(CHECK_CERT_EXPIRED);
    pair[certs++] = *pair;
    pair[1].sha256[0] = 'b';
    EXPECT(CHECK_CERTS_CHANGE);
    pair[certs++] = *pair;
    pair[1].kind = "EC";
    pair[1].sha256[0] = 'b';
    expect(NULL, 0); /* one for each kind of key */
    pair->not_yet = true;
    EXPECT(CHECK_CERT_NOT_YET);
    pair->bits = 1024;
    EXPECT(CHECK_CERT_KEY_SHORT);
    pair->kind = "EC";
    pair->bits = 256;
    EXPECT(CHECK_TLS12_THERE);
    pair->weak_signature = true;
    pair->signature = "sha1";
    EXPECT(CHECK_CERT_WEAK_SIGNATURE);
    pair->known = true;
    pair->known_key = known;
    EXPECT(CHECK_CERT_KNOWN_KEY);
    pair->roca = true;
    EXPECT(CHECK_CERT_ROCA);
    pair->fermat = true;
    EXPECT(CHECK_CERT_FERMAT);
    pair->tiny_exponent = true;
    EXPECT(CHECK_CERT_EXPONENT);
    pair->history.same_firm = "Acme Cam, serial 2";
    EXPECT(CHECK_CERT_SHARED);
    pair->history.other_firm = "Other DVR, serial 1";
    EXPECT(CHECK_CERT_SHARED_FIRMS);
    pair->history.prime_with = "Acme Cam, serial 3";
    EXPECT(CHECK_CERT_COMMON_FACTOR);
    pair->history.unit = "Acme Cam, serial 4";
    EXPECT(CHECK_CERT_IN_REGISTER);
    pair->form = CHAIN_BROKEN;
    EXPECT(CHECK_CHAIN_SENT_BROKEN);
    pair->trust[TRUST_LAB] = TRUST_NO_ANCHOR;
    EXPECT(CHECK_CERT_NO_ANCHOR);
    pair->ip_matches = false;
    EXPECT(CHECK_CERT_NAME);
    pair->no_san = true;
    EXPECT(CHECK_CERT_NO_SAN);
    pair->is_ca = true;
    EXPECT(CHECK_CERT_PROFILE);
    pair->long_life = true;
    EXPECT(CHECK_CERT_LONG_LIFE);
    pair->low_serial = true;
    EXPECT(CHECK_CERT_SERIAL);
}

/* What the vendor says, and a device that is otherwise. */
static void test_declared(void **state)
{
    static struct declared d = {.services = {{.port = 443,
                                              .versions = {TLS_12, TLS_13},
                                              .version_count = 2,
                                              .suites = {0xc02f, 0x1301},
                                              .suite_count = 2,
                                              .has_client = true,
                                              .client = CLIENT_CERT_NONE,
                                              .keys = {"aa"},
                                              .key_count = 1}},
                                .service_count = 1};
    (void)state;
    said = &d;
    good();
    job.port = 443;
    f->versions[4].complete = f->versions[5].complete = true;
    expect(NULL, 0);
    job.port = 8443;
    EXPECT(CHECK_SERVICE_NOT_DECLARED);
    job.port = 443;
    job.state = SCAN_CLOSED;
    EXPECT(CHECK_SERVICE_NOT_FOUND);
    job.port = 443;
    offer(TLS_12, 0xc030);
    EXPECT(CHECK_MORE_THAN_DECLARED);
    job.port = 443;
    f->versions[5].state = KNOWN_NO;
    EXPECT(CHECK_LESS_THAN_DECLARED, CHECK_NO_TLS13);
    job.port = 443;
    f->client_cert = CLIENT_CERT_REQUESTED;
    EXPECT(CHECK_CLIENT_CERT_DIFFERS);
    job.port = 443;
    pair->spki_sha256[1] = 'b';
    EXPECT(CHECK_KEY_NOT_DECLARED);
    said = NULL;
}

/* What does not fit into a profile of the policy is named. */
static void test_profile(void **state)
{
    static struct tls_policy p;
    struct arena *a = arena_new(1 << 20);
    struct check_list list;
    char error[POLICY_ERROR];
    (void)state;
    assert_int_equal(policy_read(a, policy_builtin(), &p, error), 0);
    good();
    checks_init(&list, a);
    policy_profiles(&p, 2, &job, &list);
    assert_int_equal(list.count, 0); /* 0xc02f and 0x1301 are in the intermediate one */
    policy_profiles(&p, 3, &job, &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.first->where, "MOZILLA-modern");
    assert_non_null(strstr(list.first->text, "TLSv1.2"));
    seen[list.first->id] = true;
    offer(TLS_12, 0x002f);
    f->groups[f->group_count++] = 0x0013;
    f->dh_bits = 1024;
    checks_init(&list, a);
    policy_profiles(&p, 2, &job, &list);
    assert_int_equal(list.count, 1);
    assert_non_null(strstr(list.first->text, "TLS_RSA_WITH_AES_128_CBC_SHA, secp192r1, DH 1024"));
    arena_free(a);
    good();
}

static void test_every_row(void **state)
{
    (void)state;
    for (int i = 0; i < CHECK_COUNT; i++) {
        const struct check_row *row = check_row((enum check)i);
        bool client = i >= CHECK_CLIENT_NO_CHAIN && i <= CHECK_CLIENT_NO_SNI;
        if (!seen[i] && !client) { /* those of clients: test_tls_listen */
            fail_msg("no case gives %s", row->code);
        }
        assert_int_equal(check_by_code(row->code), i);
        assert_true((*row->hint != 0) == (*row->hint_hi != 0));
        assert_true(row->level == SP_LEVEL_INFO || *row->hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_versions),
        cmocka_unit_test(test_suites),    cmocka_unit_test(test_key_exchange),
        cmocka_unit_test(test_behaviour), cmocka_unit_test(test_certificate),
        cmocka_unit_test(test_declared),  cmocka_unit_test(test_profile),
        cmocka_unit_test(test_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
