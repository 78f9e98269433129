/*
 * test_keys - keys in files and tokens through satyapan-keyd: SoftHSM is the token, openssl and
 * pkcs11-tool make what is in it. Every signature that comes out is checked here with the
 * certificate.
 *
 * Without softhsm2-util and pkcs11-tool the tests of tokens are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/x509.h>

#include "keys/keys.h"
#include "keys/uri.h"

/* Makes in $1: a CA, PKCS#12 files, and in a SoftHSM token "bench" an RSA key, an EC key with
 * certificates; in "other" one RSA key; "mixed" a certificate that is not of the key with its
 * id. */
static const char prepare[] =
    "cd $1 && exec >log 2>&1 && set -e\n"
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 3650 -subj "
    "'/CN=Test CA'\n"
    "leaf() {\n" /* name, public key */
    " openssl req -new -newkey rsa:2048 -nodes -keyout req.key -out req.csr -subj \"/CN=$1\"\n"
    " printf 'basicConstraints=CA:FALSE\\nkeyUsage=digitalSignature,nonRepudiation\\n' >ext\n"
    " openssl x509 -req -in req.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile "
    "ext ${2:+-force_pubkey $2} -out $1.crt\n"
    " openssl x509 -in $1.crt -outform DER -out $1.der\n"
    "}\n"
    "leaf officer; mv req.key officer.key\n"
    "openssl pkcs12 -export -in officer.crt -inkey officer.key -certfile ca.crt -passout "
    "pass:secret -out officer.p12\n"
    "openssl pkcs12 -export -in ca.crt -nokeys -passout pass:secret -out nokey.p12\n"
    "chmod 600 *.p12; cp officer.p12 open.p12; chmod 644 open.p12; cp ca.crt "
    "text.p12; chmod 600 text.p12\n"
    "command -v softhsm2-util pkcs11-tool || exit 77\n"
    "mkdir tokens; echo \"directories.tokendir = $1/tokens\" >softhsm.conf\n"
    "export SOFTHSM2_CONF=$1/softhsm.conf\n"
    "M=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head "
    "-1); echo $M >module\n"
    "tool() { pkcs11-tool --module $M --token-label $T --login --pin 1234 \"$@\"; }\n"
    "put() {\n" /* type, id, name of the certificate */
    " tool --keypairgen --key-type $1 --id $2 --label $3\n"
    " tool --read-object --type pubkey --id $2 -o pub.der\n"
    " openssl pkey -pubin -inform DER -in pub.der -out $3.pub\n"
    " leaf $3 $3.pub; tool --write-object $3.der --type cert --id $2 --label $3\n"
    "}\n"
    "for T in bench other mixed; do softhsm2-util --init-token --free --label $T --pin 1234 "
    "--so-pin 5678; done\n"
    "T=bench; put rsa:3072 01 rsa; put EC:prime256v1 02 ec\n"
    "openssl x509 -in ca.crt -outform DER -out ca.der; tool --write-object ca.der --type cert --id "
    "09 --label ca\n"
    "T=other; put rsa:2048 01 lone\n"
    "T=mixed; put EC:prime256v1 01 one\n"
    "tool --delete-object --type cert --id 01\n"
    "openssl ecparam -name prime256v1 -genkey -noout -out x.key; openssl pkey -in x.key -pubout "
    "-out x.pub\n"
    "leaf wrong x.pub; tool --write-object wrong.der --type cert --id 01 --label wrong\n";

static char folder[] = "/tmp/test-keys-XXXXXX";
static char module[512];

static int run(const char *script)
{
    char path[128], command[256];
    (void)snprintf(path, sizeof path, "%s/script", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(script, f);
    (void)fclose(f);
    (void)snprintf(command, sizeof command, "bash %s %s", path, folder);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int setup(void **state)
{
    char path[128];
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    int rc = run(prepare);
    (void)snprintf(path, sizeof path, "%s/softhsm.conf", folder);
    (void)setenv("SOFTHSM2_CONF", path, 1);
    (void)snprintf(path, sizeof path, "%s/module", folder);
    FILE *f = fopen(path, "r");
    if (f && fgets(module, sizeof module, f)) {
        module[strcspn(module, "\n")] = 0;
    }
    if (f) {
        (void)fclose(f);
    }
    if (rc != 0 && rc != 77) {
        (void)fprintf(stderr, "preparing failed; see %s/log\n", folder);
    }
    return rc == 0 || rc == 77 ? 0 : -1;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

static int pin_of(const char *text)
{
    int pair[2];
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(write(pair[1], text, strlen(text)), (ssize_t)strlen(text));
    (void)close(pair[1]);
    return pair[0];
}

static enum keys_result open_key(const char *uri, const char *pin, struct signer **s, char *why)
{
    struct signer_options o = {.uri = uri, .pin = pin_of(pin)};
    why[0] = 0;
    enum keys_result r = signer_open(&o, s, why);
    (void)close(o.pin);
    assert_true((r == KEYS_OK) == (*s != NULL));
    assert_true(r == KEYS_OK || why[0]);
    return r;
}

/* It signs what the certificate verifies. */
static void check_signs(struct signer *s)
{
    struct span chain[KEYS_CHAIN_MAX];
    uint8_t signature[KEYS_SIGNATURE_MAX], text[3000];
    char why[KEYS_WHY];
    size_t n;
    memset(text, 'x', sizeof text);
    assert_true(signer_chain(s, chain) >= 1);
    const unsigned char *p = chain[0].p;
    X509 *x = d2i_X509(NULL, &p, (long)chain[0].n);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(signer_sign(s, span_make(text, i * 1500), signature, &n, why), KEYS_OK);
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        assert_int_equal(EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, X509_get0_pubkey(x)), 1);
        assert_int_equal(EVP_DigestVerify(c, signature, n, text, i * 1500), 1);
        EVP_MD_CTX_free(c);
    }
    X509_free(x);
}

static const char *token_uri(const char *rest)
{
    static char uri[1024];
    (void)snprintf(uri, sizeof uri, "pkcs11:%s?module-path=%s", rest, module);
    return uri;
}

#define NEEDS_TOKEN()                                                                              \
    if (!module[0]) {                                                                              \
        skip();                                                                                    \
    }

/* ---- names ----------------------------------------------------------------------------------- */

static void test_uris(void **state)
{
    static const char *const bad[] = {"",
                                      "officer.p12",
                                      "file:",
                                      "pkcs11",
                                      "pkcs11:token",
                                      "pkcs11:=x",
                                      "pkcs11:colour=red",
                                      "pkcs11:id=%0",
                                      "pkcs11:id=%zz",
                                      "pkcs11:id=",
                                      "pkcs11:token=a%00b",
                                      "pkcs11:token=a?pin-value=1234",
                                      "pkcs11:token=a;pin-source=file:/x"};
    struct key_uri u;
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why = NULL;
        assert_false(key_uri_parse(bad[i], &u, &why));
        assert_non_null(why);
    }
    assert_true(key_uri_parse("file:/a b.p12", &u, &why));
    assert_true(u.file);
    assert_string_equal(u.path, "/a b.p12");
    assert_true(key_uri_parse("pkcs11:token=My%20Token;object=sign;id=%01%aF;serial=77"
                              "?module-path=/usr/lib/x.so",
                              &u, &why));
    assert_false(u.file);
    assert_string_equal(u.token, "My Token");
    assert_string_equal(u.object, "sign");
    assert_string_equal(u.serial, "77");
    assert_string_equal(u.module, "/usr/lib/x.so");
    assert_int_equal(u.id_size, 2);
    assert_memory_equal(u.id, "\x01\xAF", 2);
    assert_true(key_uri_parse("pkcs11:id=%01", &u, &why));
    assert_int_equal(u.id_size, 1);
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum keys_result open_file(const char *name, const char *pin, struct signer **s, char *why)
{
    char uri[256];
    (void)snprintf(uri, sizeof uri, "file:%s/%s", folder, name);
    return open_key(uri, pin, s, why);
}

static void test_file(void **state)
{
    struct signer *s;
    struct span chain[KEYS_CHAIN_MAX];
    char why[KEYS_WHY];
    (void)state;
    assert_int_equal(open_file("officer.p12", "secret\n", &s, why), KEYS_OK);
    assert_int_equal(signer_algorithm(s), KEYS_RSA);
    assert_string_equal(signer_token(s), "");
    assert_int_equal(signer_chain(s, chain), 2); /* and the CA, once */
    check_signs(s);
    signer_close(s);
    assert_int_equal(open_file("officer.p12", "secret\r\nmore", &s, why), KEYS_OK);
    signer_close(s);
}

static void test_file_refused(void **state)
{
    static const struct {
        const char *name, *pin;
        enum keys_result r;
        const char *says;
    } cases[] = {{"officer.p12", "Secret", KEYS_WRONG_PIN, "not right"},
                 {"officer.p12", "", KEYS_WRONG_PIN, "not right"},
                 {"absent.p12", "secret", KEYS_NOT_FOUND, "No such file"},
                 {"text.p12", "secret", KEYS_NOT_FOUND, "is no PKCS#12"},
                 {"open.p12", "secret", KEYS_UNSUITED, "chmod 600"},
                 {"nokey.p12", "secret", KEYS_NOT_FOUND, "no key"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct signer *s;
        char why[KEYS_WHY];
        assert_int_equal(open_file(cases[i].name, cases[i].pin, &s, why), cases[i].r);
        assert_non_null(strstr(why, cases[i].says));
    }
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void test_token(void **state)
{
    struct signer *s;
    struct span chain[KEYS_CHAIN_MAX];
    char why[KEYS_WHY];
    (void)state;
    NEEDS_TOKEN();
    assert_int_equal(open_key(token_uri("token=bench;object=rsa"), "1234", &s, why), KEYS_OK);
    assert_int_equal(signer_algorithm(s), KEYS_RSA);
    assert_int_equal(signer_chain(s, chain), 2);
    assert_non_null(strstr(signer_token(s), "bench"));
    check_signs(s);
    signer_close(s);
    assert_int_equal(open_key(token_uri("token=bench;id=%02"), "1234", &s, why), KEYS_OK);
    assert_int_equal(signer_algorithm(s), KEYS_EC_P256);
    check_signs(s);
    signer_close(s);
    assert_int_equal(open_key(token_uri("token=other"), "1234", &s, why), KEYS_OK);
    check_signs(s);
    signer_close(s);
}

static void test_token_refused(void **state)
{
    static const struct {
        const char *uri, *pin;
        enum keys_result r;
        const char *says;
    } cases[] = {{"token=bench", "1234", KEYS_AMBIGUOUS, "2 certificates"},
                 {"token=absent", "1234", KEYS_NOT_FOUND, "no token named absent"},
                 {"object=rsa", "1234", KEYS_AMBIGUOUS, "3 tokens"},
                 {"token=bench;object=none", "1234", KEYS_NOT_FOUND, "no signing certificate"},
                 {"token=bench;object=ca", "1234", KEYS_NOT_FOUND, "no signing certificate"},
                 {"token=bench;id=%07", "1234", KEYS_NOT_FOUND, "no signing certificate"}};
    struct signer *s;
    char why[KEYS_WHY];
    (void)state;
    NEEDS_TOKEN();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(open_key(token_uri(cases[i].uri), cases[i].pin, &s, why), cases[i].r);
        assert_non_null(strstr(why, cases[i].says));
    }
    assert_int_equal(open_key("pkcs11:token=bench?module-path=/nowhere.so", "1234", &s, why),
                     KEYS_NOT_FOUND);
    assert_non_null(strstr(why, "/nowhere.so"));
    assert_int_equal(open_key(token_uri("token=other"), "0000", &s, why), KEYS_WRONG_PIN);
    assert_non_null(strstr(why, "nothing more is tried"));
    assert_int_equal(open_key(token_uri("token=other"), "1234", &s, why), KEYS_OK);
    signer_close(s);
}

/* A certificate on the token whose key is another one: no signature comes out. */
static void test_token_mixed(void **state)
{
    struct signer *s;
    uint8_t signature[KEYS_SIGNATURE_MAX];
    char why[KEYS_WHY];
    size_t n;
    (void)state;
    NEEDS_TOKEN();
    assert_int_equal(open_key(token_uri("token=mixed"), "1234", &s, why), KEYS_OK);
    assert_int_equal(signer_sign(s, SPAN_LIT("x"), signature, &n, why), KEYS_UNSUITED);
    assert_non_null(strstr(why, "does not belong"));
    signer_close(s);
}

/* The process is killed, or the token is taken away, between two signatures. */
static void test_gone(void **state)
{
    struct signer *s;
    uint8_t signature[KEYS_SIGNATURE_MAX];
    char why[KEYS_WHY], command[256];
    size_t n;
    (void)state;
    assert_int_equal(open_file("officer.p12", "secret", &s, why), KEYS_OK);
    (void)snprintf(command, sizeof command,
                   "for p in $(ps -o pid= --ppid %d); do case $(ps -o comm= -p $p) in "
                   "satyapan-keyd) kill -9 $p;; esac; done",
                   (int)getpid());
    assert_int_equal(system(command), 0);
    assert_int_equal(signer_sign(s, SPAN_LIT("x"), signature, &n, why), KEYS_GONE);
    signer_close(s);
    NEEDS_TOKEN();
    assert_int_equal(open_key(token_uri("token=other"), "1234", &s, why), KEYS_OK);
    assert_int_equal(signer_sign(s, SPAN_LIT("x"), signature, &n, why), KEYS_OK);
    assert_int_equal(run("mv $1/tokens $1/away"), 0);
    enum keys_result r = signer_sign(s, SPAN_LIT("x"), signature, &n, why);
    assert_true(r == KEYS_GONE || r == KEYS_FAILED);
    assert_true(why[0]);
    signer_close(s);
    assert_int_equal(run("mv $1/away $1/tokens"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uris),          cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_refused),  cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_refused), cmocka_unit_test(test_token_mixed),
        cmocka_unit_test(test_gone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
