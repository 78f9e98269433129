/*
 * test_tls_hello - the tables against other lists, and the hello engine against OpenSSL's server in
 * memory: what was offered is what it takes, and its flight is read the same however it is cut.
 *
 * $SHARED (default ../shared) data/tls/cipher-mapping.txt is somebody else's list of suites;
 * without it that comparison is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tls/hello.h"

/* ---- tables ---------------------------------------------------------------------------------- */

static void test_tables_have_no_double(void **state)
{
    size_t n, g;
    const struct suite *s = tls_suites(&n);
    const struct group *groups = tls_groups(&g);
    (void)state;
    assert_true(n > 350);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            assert_int_not_equal(s[i].code, s[j].code);
            assert_string_not_equal(s[i].name, s[j].name);
        }
    }
    for (size_t i = 0; i < g; i++) {
        for (size_t j = i + 1; j < g; j++) {
            assert_int_not_equal(groups[i].code, groups[j].code);
        }
    }
    assert_true(g <= HELLO_GROUPS);
}

static FILE *shared_file(const char *name)
{
    char path[4096];
    const char *shared = getenv("SHARED");
    (void)snprintf(path, sizeof path, "%s/%s", shared ? shared : "../shared", name);
    return fopen(path, "r");
}

/* Names of numbers that were never assigned, and SSL_ for TLS_, are a matter of taste. */
static void test_suites_agree_with_another_list(void **state)
{
    char line[1024], rfc[256];
    unsigned a, b, compared = 0;
    FILE *f = shared_file("data/tls/cipher-mapping.txt");
    (void)state;
    if (!f) {
        print_message("skipped: data/tls/cipher-mapping.txt is not there (SHARED)\n");
        skip();
    }
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, " 0x%2x,0x%2x - %*s %255s", &a, &b, rfc) != 3 || a >= 0xfe) {
            continue;
        }
        const struct suite *s = tls_suite((uint16_t)(a << 8 | b));
        assert_non_null(s);
        assert_string_equal(s->name, rfc);
        compared++;
    }
    (void)fclose(f);
    assert_true(compared > 330);
}

static enum suite_cipher cipher_of(int nid)
{
    const char *name = nid == NID_undef ? "" : OBJ_nid2sn(nid);
    return strstr(name, "AES") || strstr(name, "aes") ? CI_AES
           : strstr(name, "CAMELLIA")                 ? CI_CAMELLIA
           : strstr(name, "ARIA")                     ? CI_ARIA
           : strstr(name, "haCha20")                  ? CI_CHACHA20
           : strstr(name, "DES-EDE3")                 ? CI_TDES
           : strstr(name, "SEED")                     ? CI_SEED
           : strstr(name, "IDEA")                     ? CI_IDEA
           : strstr(name, "RC4")                      ? CI_RC4
                                                      : CI_NULL;
}

static void test_suites_agree_with_openssl(void **state)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    (void)state;
    SSL_CTX_set_security_level(ctx, 0);
    assert_int_equal(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL"), 1);
    STACK_OF(SSL_CIPHER) *list = SSL_CTX_get_ciphers(ctx);
    assert_true(sk_SSL_CIPHER_num(list) > 100);
    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++) {
        const SSL_CIPHER *c = sk_SSL_CIPHER_value(list, i);
        const struct suite *s = tls_suite(SSL_CIPHER_get_protocol_id(c));
        const char *version = SSL_CIPHER_get_version(c);
        assert_non_null(s);
        assert_string_equal(s->name, SSL_CIPHER_standard_name(c));
        assert_int_equal(s->cipher, cipher_of(SSL_CIPHER_get_cipher_nid(c)));
        int bits = SSL_CIPHER_get_bits(c, NULL);
        assert_int_equal(s->cipher == CI_TDES ? 168 : (int)s->bits, bits);
        bool new = s->since == SINCE_TLS12, theirs = strcmp(version, "TLSv1.2") == 0;
        assert_int_equal(s->since == SINCE_TLS13, strcmp(version, "TLSv1.3") == 0);
        assert_int_equal(new, theirs);
        bool aead = s->mode != MO_CBC && s->mode != MO_STREAM;
        assert_int_equal(aead, SSL_CIPHER_is_aead(c));
    }
    SSL_CTX_free(ctx);
}

/* RFC 7919 groups by name, as OpenSSL has them. */
static void test_primes(void **state)
{
    static const char *const names[] = {"ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
                                        "ffdhe8192"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
        EVP_PKEY *key = NULL;
        BIGNUM *p = NULL;
        uint8_t bytes[1024];
        OSSL_PARAM params[2] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                                 (char *)(uintptr_t)names[i], 0),
                                OSSL_PARAM_construct_end()};
        assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
        assert_int_equal(EVP_PKEY_CTX_set_params(ctx, params), 1);
        assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &p), 1);
        int n = BN_bn2bin(p, bytes);
        const char *name = tls_prime_name(span_make(bytes, (size_t)n));
        assert_non_null(name);
        assert_string_equal(name, names[i]);
        bytes[n - 1] ^= 2;
        assert_null(tls_prime_name(span_make(bytes, (size_t)n)));
        BN_free(p);
        EVP_PKEY_free(key);
        EVP_PKEY_CTX_free(ctx);
    }
}

/* ---- a server in memory ---------------------------------------------------------------------- */

static SSL_CTX *server;

static int make_server(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *cert = X509_new();
    (void)state;
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 4711);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_set_min_proto_version(server, TLS1_VERSION);
    SSL_CTX_set_cipher_list(server, "ALL:eNULL");
    SSL_CTX_set_dh_auto(server, 1);
    char groups[] = "P-384:X25519:P-256";
    SSL_CTX_set1_groups_list(server, groups);
    SSL_CTX_set_options(server, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_use_certificate(server, cert);
    SSL_CTX_use_PrivateKey(server, key);
    X509_free(cert);
    EVP_PKEY_free(key);
    return 0;
}

static int free_server(void **state)
{
    (void)state;
    SSL_CTX_free(server);
    return 0;
}

/* What the server writes when it gets this hello. */
static size_t flight(const struct probe *p, const struct hello_frame *f, uint8_t *out, size_t max)
{
    struct buffer hello;
    SSL *ssl = SSL_new(server);
    BIO *in = BIO_new(BIO_s_mem()), *back = BIO_new(BIO_s_mem());
    buffer_init(&hello, 8192);
    hello_write(p, f, &hello);
    assert_true(buffer_ok(&hello));
    SSL_set_bio(ssl, in, back);
    assert_int_equal(BIO_write(in, hello.p, (int)hello.n), (int)hello.n);
    (void)SSL_accept(ssl);
    int n = BIO_read(back, out, (int)max);
    SSL_free(ssl);
    buffer_free(&hello);
    return n > 0 ? (size_t)n : 0;
}

static struct probe offer(uint16_t version, size_t from)
{
    struct probe p = {.version = version};
    size_t n;
    const struct suite *s = tls_suites(&n);
    for (size_t i = from; i < n && p.suite_count < HELLO_SUITES; i++) {
        if (tls_suite_fits(&s[i], version)) {
            p.suites[p.suite_count++] = s[i].code;
        }
    }
    const struct group *g = tls_groups(&n);
    for (size_t i = 0; i < n; i++) {
        p.groups[p.group_count++] = g[i].code;
    }
    return p;
}

/* The answer, read whole and octet by octet, which must be the same. */
static void ask(const struct probe *p, struct reader *r)
{
    static uint8_t bytes[65536];
    struct hello_frame frame = {.name = "camera.example", .alpn = "h2,http/1.1"};
    memset(frame.random, 7, sizeof frame.random);
    size_t n = flight(p, &frame, bytes, sizeof bytes);
    struct reader slow;
    reader_init(&slow);
    reader_start(&slow, p);
    for (size_t i = 0; i < n && !reader_take(&slow, span_make(bytes + i, 1)); i++) {
    }
    reader_end(&slow, OUTCOME_CLOSED);
    reader_init(r);
    reader_start(r, p);
    (void)reader_take(r, span_make(bytes, n));
    reader_end(r, OUTCOME_CLOSED);
    assert_int_equal(r->answer.outcome, slow.answer.outcome);
    assert_int_equal(r->answer.suite, slow.answer.suite);
    assert_int_equal(r->answer.group, slow.answer.group);
    assert_int_equal(r->answer.cert_count, slow.answer.cert_count);
    assert_int_equal(r->answer.finished, slow.answer.finished);
    if (r->answer.cert_count) {
        assert_true(span_eq(r->answer.certs[0], slow.answer.certs[0]));
    }
    reader_free(&slow);
}

static void test_tls12(void **state)
{
    struct probe p = offer(TLS_12, 0);
    struct reader r;
    (void)state;
    p.flags = HELLO_EXTRAS;
    ask(&p, &r);
    assert_int_equal(r.answer.outcome, OUTCOME_HELLO);
    assert_int_equal(r.answer.version, TLS_12);
    assert_int_equal(r.answer.suite, 0xc030);
    assert_int_equal(r.answer.group, 0x0018);
    assert_int_equal(r.answer.cert_count, 1);
    assert_true(r.answer.finished && r.answer.secure_renegotiation);
    assert_int_equal(r.answer.compression, 0);
    assert_true(r.answer.extensions & EXT_EMS && r.answer.extensions & EXT_TICKET);
    assert_int_equal(r.answer.extensions & EXT_UNASKED, 0);
    assert_int_equal(r.answer.scheme, 0x0804);
    reader_free(&r);
}

static void test_dhe(void **state)
{
    struct probe p = {.version = TLS_11, .suites = {0x0033}, .suite_count = 1};
    struct reader r;
    (void)state;
    ask(&p, &r);
    assert_int_equal(r.answer.outcome, OUTCOME_HELLO);
    assert_int_equal(r.answer.version, TLS_11);
    assert_int_equal(r.answer.dh_prime.n, 256);
    assert_int_equal(r.answer.dh_generator.n, 1);
    assert_int_equal(r.answer.scheme, 0);
    reader_free(&r);
}

static void test_retry_request(void **state)
{
    struct probe p = offer(TLS_13, 0);
    struct reader r;
    (void)state;
    ask(&p, &r);
    assert_int_equal(r.answer.outcome, OUTCOME_HELLO);
    assert_int_equal(r.answer.version, TLS_13);
    assert_true(r.answer.retry_request);
    assert_int_equal(r.answer.suite, 0x1302);
    assert_int_equal(r.answer.group, 0x0018);
    reader_free(&r);
}

static void test_refusal(void **state)
{
    struct probe p = {.version = TLS_12, .suites = {0x0001, 0x0003}, .suite_count = 2};
    struct reader r;
    (void)state;
    p.suites[0] = 0x0060;
    ask(&p, &r);
    assert_int_equal(r.answer.outcome, OUTCOME_ALERT);
    assert_int_equal(r.answer.alert, 40);
    reader_free(&r);
    p = (struct probe){.version = TLS_SSL3, .suites = {0x0005}, .suite_count = 1};
    ask(&p, &r);
    assert_int_equal(r.answer.outcome, OUTCOME_ALERT);
    assert_int_equal(r.answer.alert, 40); /* SSL 3.0 has no protocol_version alert */
    reader_free(&r);
}

/* Lengths that servers are known to fail on never go out, whatever is offered. */
static void test_lengths(void **state)
{
    struct hello_frame f = {0};
    char name[201];
    (void)state;
    for (size_t n = 1; n <= HELLO_SUITES; n++) {
        struct probe p = offer(TLS_12, 0);
        struct buffer b;
        p.suite_count = n;
        p.group_count = n % 40;
        p.flags = n % 3 ? HELLO_EXTRAS : 0;
        memset(name, 'a', n);
        name[n] = 0;
        f.name = n % 2 ? name : NULL;
        buffer_init(&b, 8192);
        hello_write(&p, &f, &b);
        assert_true(buffer_ok(&b));
        size_t message = b.n - 5;
        assert_int_equal(message, (size_t)b.p[3] << 8 | b.p[4]);
        assert_int_equal(message - 4, (size_t)b.p[7] << 8 | b.p[8]);
        assert_false(message >= 256 && message < 512);
        assert_false(message % 256 == 10 || message % 256 == 14);
        buffer_free(&b);
    }
}

/* ---- answers made by hand -------------------------------------------------------------------- */

static enum outcome read_hex(uint16_t version, const char *bytes, size_t n, struct reader *r)
{
    static struct probe p;
    p = (struct probe){.version = version};
    reader_init(r);
    reader_start(r, &p);
    (void)reader_take(r, span_make(bytes, n));
    reader_end(r, OUTCOME_CLOSED);
    enum outcome o = r->answer.outcome;
    reader_free(r);
    return o;
}

#define READ(version, literal, r) read_hex(version, literal, sizeof(literal) - 1, r)

static void test_odd_answers(void **state)
{
    struct reader r;
    (void)state;
    assert_int_equal(READ(TLS_12, "HTTP/1.1 400 Bad Request\r\n", &r), OUTCOME_NOT_TLS);
    assert_int_equal(READ(TLS_12, "", &r), OUTCOME_CLOSED);
    assert_int_equal(READ(TLS_12, "\x15\3\3\0\2\2\x28", &r), OUTCOME_ALERT);
    assert_int_equal(r.answer.alert, 40);
    /* unrecognized_name is only a warning */
    assert_int_equal(READ(TLS_12, "\x15\3\3\0\2\1\x70", &r), OUTCOME_CLOSED);
    assert_int_equal(r.answer.alert, 112);
    assert_int_equal(READ(TLS_12, "\x15\3\3\0\2\1\x70\x15\3\3\0\2\2\x46", &r), OUTCOME_ALERT);
    assert_int_equal(r.answer.alert, 70);
    /* wrong lengths: of the record, of the message, of the ServerHello, of its extensions */
    assert_int_equal(READ(TLS_12, "\x16\3\3\xff\xff", &r), OUTCOME_MALFORMED);
    assert_int_equal(READ(TLS_12, "\x16\3\3\0\4\2\xff\xff\xff", &r), OUTCOME_MALFORMED);
    assert_int_equal(READ(TLS_12, "\x16\3\3\0\6\2\0\0\2\3\3", &r), OUTCOME_MALFORMED);
    assert_int_equal(READ(TLS_12,
                          "\x16\3\3\0\x2e\2\0\0\x2a\3\3"
                          "01234567890123456789012345678901"
                          "\0\0\x2f\0\0\3\0\0\1",
                          &r),
                     OUTCOME_MALFORMED);
    /* a Certificate before the ServerHello */
    assert_int_equal(READ(TLS_12, "\x16\3\3\0\7\x0b\0\0\3\0\0\0", &r), OUTCOME_MALFORMED);
    assert_int_equal(READ(TLS_12, "\x17\3\3\0\1x", &r), OUTCOME_MALFORMED);
}

static void test_ssl2_answer(void **state)
{
    static const char hello[] = "\x80\x12\4\0\1\0\2\0\1\0\6\0\0C\1\0\x80\7\0\xc0";
    struct reader r;
    (void)state;
    assert_int_equal(READ(TLS_SSL2, hello, &r), OUTCOME_HELLO);
    assert_int_equal(r.answer.suite2_count, 2);
    assert_int_equal(r.answer.suites2[1], 0x0700c0);
    for (size_t n = 0; n < sizeof hello - 1; n++) {
        assert_int_not_equal(read_hex(TLS_SSL2, hello, n, &r), OUTCOME_HELLO);
    }
    assert_int_equal(READ(TLS_SSL2, "\x15\3\1\0\2\2\x28", &r), OUTCOME_ALERT);
    assert_int_equal(READ(TLS_SSL2, "\x80\3\0\0\1", &r), OUTCOME_ALERT);
}

/* Records and messages without end stop at a limit. */
static void test_endless(void **state)
{
    struct probe p = {.version = TLS_12};
    struct reader r;
    (void)state;
    reader_init(&r);
    reader_start(&r, &p);
    size_t i;
    for (i = 0; i < 1000000 && !reader_take(&r, SPAN_LIT("\x15\3\3\0\2\1\x70")); i++) {
    }
    assert_true(i < 100 && r.answer.outcome == OUTCOME_MALFORMED);
    reader_start(&r, &p);
    for (i = 0; i < 1000000 && !reader_take(&r, SPAN_LIT("\x16\3\3\0\4\0\0\0\0")); i++) {
    }
    assert_true(i < 100 && r.answer.outcome == OUTCOME_MALFORMED);
    static const uint8_t zeros[4000];
    reader_start(&r, &p);
    (void)reader_take(&r, SPAN_LIT("\x16\3\3\x40\0\2\1\xff\xff"));
    for (i = 0; i < 1000000 && !reader_take(&r, span_make(zeros, sizeof zeros)); i++) {
    }
    assert_true(i < 100 && r.answer.outcome == OUTCOME_MALFORMED);
    reader_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_have_no_double),
        cmocka_unit_test(test_suites_agree_with_another_list),
        cmocka_unit_test(test_suites_agree_with_openssl),
        cmocka_unit_test(test_primes),
        cmocka_unit_test(test_tls12),
        cmocka_unit_test(test_dhe),
        cmocka_unit_test(test_retry_request),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_odd_answers),
        cmocka_unit_test(test_ssl2_answer),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests(tests, make_server, free_server);
}
