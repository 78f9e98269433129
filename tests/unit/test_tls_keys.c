/*
 * test_tls_keys - weak RSA moduli made here, the list of known device keys, the built-in policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <openssl/bn.h>

#include "tls/certificate.h"
#include "tls/policy.h"
#include "tls/shared_prime.h"

static BIGNUM *prime(int bits)
{
    BIGNUM *p = BN_new();
    assert_int_equal(BN_generate_prime_ex(p, bits, 0, NULL, NULL, NULL), 1);
    return p;
}

/* p * q as a span over static memory; frees both. */
static struct span modulus(BIGNUM *p, BIGNUM *q)
{
    static uint8_t bytes[8][512];
    static size_t next;
    uint8_t *out = bytes[next++ % 8];
    BIGNUM *n = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    assert_int_equal(BN_mul(n, p, q, ctx), 1);
    struct span s = span_make(out, (size_t)BN_bn2bin(n, out));
    BN_free(n);
    BN_free(p);
    BN_free(q);
    BN_CTX_free(ctx);
    return s;
}

/* A prime as Infineon's library made them: k * M + (65537^a mod M), M a product of small primes. */
static BIGNUM *roca_prime(unsigned seed)
{
    BIGNUM *m = BN_new(), *p = BN_new(), *base = BN_new(), *e = BN_new(), *k = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    BN_one(m);
    for (unsigned n = 2; n <= 167; n++) {
        BN_set_word(base, n);
        if (BN_check_prime(base, ctx, NULL) == 1) {
            BN_mul_word(m, n);
        }
    }
    BN_set_word(base, 65537);
    do {
        BN_set_word(e, seed++);
        BN_mod_exp(p, base, e, m, ctx);
        BN_rand(k, 37, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
        BN_mul(k, k, m, ctx);
        BN_add(p, p, k);
    } while (BN_check_prime(p, ctx, NULL) != 1);
    BN_free(m);
    BN_free(base);
    BN_free(e);
    BN_free(k);
    BN_CTX_free(ctx);
    return p;
}

static void test_roca(void **state)
{
    (void)state;
    assert_true(key_is_roca(modulus(roca_prime(100), roca_prime(90000))));
    for (int i = 0; i < 20; i++) {
        assert_false(key_is_roca(modulus(prime(256), prime(256))));
    }
}

static void test_close_primes(void **state)
{
    BIGNUM *p = prime(512), *q = BN_dup(p);
    BN_CTX *ctx = BN_CTX_new();
    (void)state;
    do {
        BN_add_word(q, 2);
    } while (BN_check_prime(q, ctx, NULL) != 1);
    assert_true(key_has_close_primes(modulus(p, q)));
    BN_CTX_free(ctx);
    p = prime(512);
    assert_true(key_has_close_primes(modulus(p, BN_dup(p)))); /* a square */
    for (int i = 0; i < 5; i++) {
        assert_false(key_has_close_primes(modulus(prime(512), prime(512))));
    }
    assert_false(key_has_close_primes(SPAN_LIT("")));
}

/* Which of n moduli share a prime is found for any number of them. */
static void test_shared_primes(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 7; n++) {
        struct span m[7];
        bool shares[7];
        BIGNUM *common = prime(256);
        for (size_t i = 0; i < n; i++) {
            bool pair = i == 0 || i + 1 == n;
            m[i] = modulus(pair ? BN_dup(common) : prime(256), prime(256));
        }
        BN_free(common);
        assert_int_equal(shared_primes(m, n, shares), 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(shares[i], n > 1 && (i == 0 || i + 1 == n));
        }
    }
    assert_int_equal(shared_primes(NULL, 0, NULL), 0);
}

static struct span read_file(const char *path, char **memory)
{
    FILE *f = fopen(path, "r");
    size_t max = 4 << 20;
    assert_non_null(f);
    *memory = malloc(max);
    size_t n = fread(*memory, 1, max, f);
    (void)fclose(f);
    return span_make(*memory, n);
}

static void test_known_keys(void **state)
{
    struct arena *a = arena_new(64 << 20);
    struct known_keys k = {0};
    char *memory;
    size_t bad;
    (void)state;
    struct span text = read_file("trust/device-keys.txt", &memory);
    assert_int_equal(known_keys_read(a, text, &k, &bad), 0);
    assert_int_equal(bad, 0);
    assert_true(k.count >= 566 + 2047);
    for (size_t i = 0; i < k.count; i += 97) {
        const struct known_key *found = known_keys_find(&k, k.rows[i].kind, k.rows[i].hash);
        assert_non_null(found);
        assert_memory_equal(found->hash, k.rows[i].hash, sizeof found->hash);
    }
    uint8_t other[32] = {1, 2, 3};
    assert_null(known_keys_find(&k, KNOWN_SPKI, other));
    assert_int_equal(known_keys_read(a, SPAN_LIT("# x\n\nspki-sha256 12 a b\n"), &k, &bad), 0);
    assert_int_equal(bad, 3);
    arena_free(a);
    free(memory);
}

static void test_policy(void **state)
{
    struct arena *a = arena_new(4 << 20);
    struct tls_policy *p = arena_alloc(a, sizeof *p);
    char error[POLICY_ERROR] = "";
    (void)state;
    assert_int_equal(policy_read(a, policy_builtin(), p, error), 0);
    assert_true(p->count > 20);
    for (size_t i = 0; i < p->count; i++) {
        assert_null(p->rows[i].er); /* no number is ever guessed */
        assert_null(p->rows[i].iso27402);
    }
    assert_int_equal(policy_read(a, SPAN_LIT("{}"), p, error), 1);
    assert_int_equal(
        policy_read(a,
                    SPAN_LIT("{\"schema\":\"satyapan-tls-policy/1\",\"version\":\"1\","
                             "\"requirements\":[{\"id\":\"x\",\"text\":\"t\",\"text_hi\":"
                             "\"t\",\"source\":\"s\",\"levels\":[1],\"fail\":[\"nope\"]}]}"),
                    p, error),
        1);
    assert_non_null(strstr(error, "x: "));
    arena_free(a);
}

/* The same findings by another policy: the facts need not be asked for again. */
static void test_judging(void **state)
{
    struct arena *a = arena_new(4 << 20);
    struct tls_policy *p = arena_alloc(a, sizeof *p);
    static struct scan_job job = {.state = SCAN_TLS};
    struct check_list list;
    struct policy_result results[POLICY_ROWS];
    char error[POLICY_ERROR];
    static const char text[] =
        "{\"schema\":\"satyapan-tls-policy/1\",\"version\":\"1\",\"requirements\":["
        "{\"id\":\"a\",\"text\":\"t\",\"text_hi\":\"t\",\"source\":\"s\",\"levels\":[1],\"needs\":["
        "\"tls\"],"
        "\"fail\":[\"tls.rc4\"],\"review\":[\"tls.inconclusive\"]},"
        "{\"id\":\"b\",\"text\":\"t\",\"text_hi\":\"t\",\"source\":\"s\",\"levels\":[1,2],"
        "\"needs\":[\"units\"],\"fail\":[\"tls.known-private-key\"]}]}";
    (void)state;
    assert_int_equal(policy_read(a, span_str(text), p, error), 0);
    checks_init(&list, a);
    assert_int_equal(policy_judge(p, 1, &job, &list, (struct policy_known){.units = 1}, results),
                     2);
    assert_int_equal(results[0].result, RESULT_PASS);
    assert_int_equal(results[1].result, RESULT_NOT_TESTED);
    assert_int_equal(policy_judge(p, 1, &job, &list, (struct policy_known){.units = 2}, results),
                     2);
    assert_int_equal(results[1].result, RESULT_PASS);
    checks_add(&list, CHECK_UNCLEAR, "x", "y", "z");
    (void)policy_judge(p, 1, &job, &list, (struct policy_known){.units = 1}, results);
    assert_int_equal(results[0].result, RESULT_INCONCLUSIVE);
    checks_add(&list, CHECK_RC4, "x", "y", NULL);
    (void)policy_judge(p, 1, &job, &list, (struct policy_known){.units = 1}, results);
    assert_int_equal(results[0].result, RESULT_FAIL);
    assert_string_equal(results[0].because, "tls.rc4");
    assert_int_equal(policy_judge(p, 2, &job, &list, (struct policy_known){.units = 1}, results),
                     1);
    assert_int_equal(policy_judge(p, 0, &job, &list, (struct policy_known){.units = 1}, results),
                     0);
    job.state = SCAN_CLOSED;
    checks_init(&list, a);
    (void)policy_judge(p, 1, &job, &list, (struct policy_known){.units = 2}, results);
    assert_int_equal(results[0].result, RESULT_NOT_TESTED);
    assert_int_equal(results[1].result, RESULT_NOT_TESTED);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roca),          cmocka_unit_test(test_close_primes),
        cmocka_unit_test(test_shared_primes), cmocka_unit_test(test_known_keys),
        cmocka_unit_test(test_policy),        cmocka_unit_test(test_judging),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
