/*
 * test_people_parts - passwords, codes, sealed secrets and waiting times, each by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "office/people/gate.h"
#include "office/people/guess.h"
#include "office/people/password.h"
#include "office/people/seal.h"
#include "office/people/secret.h"
#include "office/people/totp.h"

/* ---- passwords ------------------------------------------------------------------------------- */

static void test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *password, *login;
        enum password_fault fault;
    } rows[] = {
        {"correct horse battery", "admin", PASSWORD_FINE},
        {"वही पुराना गाना", "admin", PASSWORD_FINE},
        {"eleven char", "admin", PASSWORD_SHORT},
        {"", "admin", PASSWORD_SHORT},
        {"वहीवही", "admin", PASSWORD_SHORT}, /* characters, not octets */
        {"sunita.sharma", "sunita.sharma", PASSWORD_LOGIN},
        {"Sunita.Sharma2026", "sunita.sharma", PASSWORD_LOGIN},
        {"sunita.sharma and the sea", "sunita.sharma", PASSWORD_FINE},
        {"Password1234", "admin", PASSWORD_COMMON},
        {"aaaaaaaaaaaaaaaa", "admin", PASSWORD_COMMON},
        {"abababababababab", "admin", PASSWORD_COMMON},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(password_judge(rows[i].password, rows[i].login), rows[i].fault);
    }
    char longest[PASSWORD_MAX + 2];
    for (size_t i = 0; i < sizeof longest - 1; i++) {
        longest[i] = (char)('a' + i % 26);
    }
    longest[PASSWORD_MAX + 1] = 0;
    assert_int_equal(password_judge(longest, "admin"), PASSWORD_LONG);
    longest[PASSWORD_MAX] = 0;
    assert_int_equal(password_judge(longest, "admin"), PASSWORD_FINE);
    for (int f = PASSWORD_FINE + 1; f < PASSWORD_FAULT_COUNT; f++) {
        assert_non_null(password_fault_text((enum password_fault)f, false));
        assert_non_null(password_fault_text((enum password_fault)f, true));
    }
}

static void test_scrypt(void **state)
{
    (void)state;
    char one[PASSWORD_STORED], two[PASSWORD_STORED];
    assert_int_equal(password_hash("correct horse battery", one), 0);
    assert_int_equal(password_hash("correct horse battery", two), 0);
    assert_string_not_equal(one, two); /* salt */
    assert_int_equal(strncmp(one, "scrypt$15$8$3$", 14), 0);
    assert_int_equal(password_matches(one, "correct horse battery"), 1);
    assert_int_equal(password_matches(one, "correct horse batterz"), 0);
    assert_int_equal(password_matches(one, ""), 0);
    /* Nobody's password, and rows that are none. */
    assert_int_equal(password_matches("", ""), 0);
    assert_int_equal(password_matches("scrypt$15$8$3$", ""), 0);
    assert_int_equal(password_matches("scrypt$63$8$3$AAAAAAAAAAAAAAAAAAAAAA$AA", "x"), 0);
    one[strlen(one) - 1] = one[strlen(one) - 1] == 'A' ? 'E' : 'A';
    assert_int_equal(password_matches(one, "correct horse battery"), 0);
}

/* RFC 7914 section 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1, 64) begins so; our
 * key has 32 octets, which is its beginning, and our salt 16, so the vector is checked through
 * libcrypto with the same call. */
static void test_scrypt_vector(void **state)
{
    (void)state;
    uint8_t key[64], right[64];
    assert_true(hash_unhex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                           "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
                           right, 64));
    assert_int_equal(EVP_PBE_scrypt("pleaseletmein", 13, (const uint8_t *)"SodiumChloride", 14,
                                    16384, 8, 1, 0, key, 64),
                     1);
    assert_memory_equal(key, right, 64);
}

/* ---- codes ----------------------------------------------------------------------------------- */

/* RFC 6238 appendix B (SHA-1), its last six digits. */
static void test_totp_vectors(void **state)
{
    (void)state;
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    static const struct {
        int64_t time;
        const char *code;
    } rows[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char code[TOTP_CODE];
        int64_t step = 0;
        assert_int_equal(totp_code(secret, rows[i].time / 30, code), 0);
        assert_string_equal(code, rows[i].code);
        assert_int_equal(totp_check(secret, code, rows[i].time, 0, &step), 1);
        assert_int_equal(step, rows[i].time / 30);
    }
}

static void test_totp_window(void **state)
{
    (void)state;
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    const int64_t now = 1234567890, current = now / 30;
    char code[TOTP_CODE], spaced[16];
    int64_t step = 0;
    for (int64_t s = -2; s <= 2; s++) {
        assert_int_equal(totp_code(secret, current + s, code), 0);
        assert_int_equal(totp_check(secret, code, now, 0, &step), s >= -1 && s <= 1);
        if (s >= -1 && s <= 1) {
            assert_int_equal(step, current + s);
            assert_int_equal(totp_check(secret, code, now, step, &step), 0); /* counts once */
        }
    }
    assert_int_equal(totp_code(secret, current, code), 0);
    (void)snprintf(spaced, sizeof spaced, "%.3s %s", code, code + 3);
    assert_int_equal(totp_check(secret, spaced, now, 0, &step), 1);
    const char *const wrong[] = {"", "12345", "1234567", "12345a", "      ", "-23456"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(totp_check(secret, wrong[i], now, 0, &step), 0);
    }
}

static void test_uri(void **state)
{
    (void)state;
    struct buffer b;
    buffer_init(&b, 1024);
    totp_uri((const uint8_t *)"12345678901234567890", "a b&c", &b);
    assert_string_equal(buffer_cstr(&b),
                        "otpauth://totp/Satyapan:a%20b%26c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                        "&issuer=Satyapan&algorithm=SHA1&digits=6&period=30");
    buffer_free(&b);
}

/* ---- secrets --------------------------------------------------------------------------------- */

/* RFC 4648 section 10, without padding. */
static void test_base32(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "MY"},
                                          {"fo", "MZXQ"},
                                          {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"},
                                          {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[32];
        secret_base32(span_str(rows[i][0]), out);
        assert_string_equal(out, rows[i][1]);
    }
}

static void test_recovery_code(void **state)
{
    (void)state;
    char code[SECRET_CODE], typed[64], read[SECRET_CODE];
    assert_int_equal(secret_code(code), 0);
    assert_int_equal(strlen(code), 23);
    assert_true(secret_code_read(code, read));
    assert_string_equal(read, code);
    (void)snprintf(typed, sizeof typed, " %s ", code);
    for (char *c = typed; *c; c++) {
        *c = *c == '-' ? ' ' : (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    assert_true(secret_code_read(typed, read));
    assert_string_equal(read, code);
    assert_false(secret_code_read("", read));
    assert_false(secret_code_read("123456", read));
    code[22] = 0;
    assert_false(secret_code_read(code, read));
    assert_false(secret_code_read("AAAAA-AAAAA-AAAAA-AAAAAA", read));
    assert_false(secret_code_read("AAAAA-AAAAA-AAAAA-AAAA1", read));
}

static void test_hash_purpose(void **state)
{
    (void)state;
    uint8_t a[SHA256_SIZE], b[SHA256_SIZE];
    assert_int_equal(secret_hash("cookie", "x", a), 0);
    assert_int_equal(secret_hash("token", "x", b), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(secret_same("abc", "abc"));
    assert_false(secret_same("abc", "abd"));
    assert_false(secret_same("abc", "ab"));
    assert_false(secret_same("", "a"));
}

/* ---- sealing --------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void test_seal(void **state)
{
    (void)state;
    uint8_t key[SEAL_KEY] = {1}, other[SEAL_KEY] = {2}, sealed[20 + SEAL_EXTRA], out[20];
    const struct span in = span_str("12345678901234567890");
    assert_int_equal(seal_close(key, "totp:1", in, sealed), 0);
    const struct span s = span_make(sealed, sizeof sealed);
    assert_int_equal(seal_open(key, "totp:1", s, out), 0);
    assert_memory_equal(out, in.p, 20);
    assert_int_equal(seal_open(key, "totp:2", s, out), -1); /* another person's row */
    assert_int_equal(seal_open(other, "totp:1", s, out), -1);
    assert_int_equal(seal_open(key, "totp:1", span_make(sealed, 27), out), -1);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        assert_int_equal(seal_open(key, "totp:1", s, out), -1);
        sealed[i] ^= 1;
    }
}

static void test_seal_key(void **state)
{
    (void)state;
    char dir[] = "/tmp/satyapan-key-XXXXXX", path[64], why[256];
    uint8_t one[SEAL_KEY], two[SEAL_KEY];
    struct stat st;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/keys/office.key", dir);
    assert_int_equal(seal_key(dir, one, why, sizeof why), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(seal_key(dir, two, why, sizeof why), 0);
    assert_memory_equal(one, two, sizeof one);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(seal_key(dir, two, why, sizeof why), -1);
    assert_non_null(strstr(why, "0600"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 31), 0);
    assert_int_equal(seal_key(dir, two, why, sizeof why), -1);
    assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* ---- waiting times --------------------------------------------------------------------------- */

static void test_guess(void **state)
{
    (void)state;
    struct guess *g = calloc(1, sizeof *g);
    const struct guess_rule rule = {3, 60};
    uint8_t k[GUESS_KEY], same[GUESS_KEY], other[GUESS_KEY];
    assert_non_null(g);
    guess_init(g, 7);
    assert_int_equal(guess_key_login("Admin", k), 0);
    assert_int_equal(guess_key_login("aDMIN", same), 0);
    assert_memory_equal(k, same, GUESS_KEY);
    assert_int_equal(guess_key_login("nobody", other), 0);
    int64_t now = 1000;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(guess_begin(g, k, &rule, now), 0);
    }
    static const unsigned waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        assert_int_equal(guess_begin(g, k, &rule, now), 0);
        assert_int_equal(guess_begin(g, k, &rule, now), waits[i]); /* at once: must wait */
        assert_int_equal(guess_begin(g, k, &rule, now + waits[i] - 1), 1);
        now += waits[i];
    }
    assert_int_equal(guess_begin(g, other, &rule, now), 0);
    guess_undo(g, k, true);
    assert_int_equal(guess_begin(g, k, &rule, now), 0);
    assert_int_equal(guess_begin(g, k, &rule, now), 0);
    free(g);
}

static void test_guess_address(void **state)
{
    (void)state;
    uint8_t a[GUESS_KEY], b[GUESS_KEY];
    assert_int_equal(guess_key_address("2001:db8:1:2::1", a), 0);
    assert_int_equal(guess_key_address("2001:db8:1:2:ffff::9", b), 0);
    assert_memory_equal(a, b, GUESS_KEY); /* one network */
    assert_int_equal(guess_key_address("2001:db8:1:3::1", b), 0);
    assert_memory_not_equal(a, b, GUESS_KEY);
    assert_int_equal(guess_key_address("192.0.2.1", a), 0);
    assert_int_equal(guess_key_address("192.0.2.2", b), 0);
    assert_memory_not_equal(a, b, GUESS_KEY);
}

static void test_gate(void **state)
{
    (void)state;
    struct gate g;
    gate_init(&g, 2, 0);
    assert_true(gate_enter(&g, 0));
    assert_true(gate_enter(&g, 0));
    assert_false(gate_enter(&g, 0)); /* nobody may wait */
    gate_leave(&g);
    assert_true(gate_enter(&g, 0));
    gate_init(&g, 1, 1);
    assert_true(gate_enter(&g, 0));
    assert_false(gate_enter(&g, 0)); /* waited, in vain */
    gate_leave(&g);
    assert_true(gate_enter(&g, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),         cmocka_unit_test(test_scrypt),
        cmocka_unit_test(test_scrypt_vector), cmocka_unit_test(test_totp_vectors),
        cmocka_unit_test(test_totp_window),   cmocka_unit_test(test_uri),
        cmocka_unit_test(test_base32),        cmocka_unit_test(test_recovery_code),
        cmocka_unit_test(test_hash_purpose),  cmocka_unit_test(test_seal),
        cmocka_unit_test(test_seal_key),      cmocka_unit_test(test_guess),
        cmocka_unit_test(test_guess_address), cmocka_unit_test(test_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
