/*
 * password - see password.h.
 */
#include "office/people/password.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "office/people/secret.h"

enum { LOG_N = 15, R = 8, P = 3, SALT = 16, KEY = 32, MEMORY = 160 << 20, LEFT = 8, KINDS = 5 };

/* Twelve characters and more: the commonest of the published lists, and what people make of a
 * shorter one when twelve are asked for. Lower case. */
static const char *const common[] = {
    "123456789012",   "1234567890123",    "1234567891011",    "123456789123",
    "12345678910",    "123123123123",     "112233445566",     "121212121212",
    "qwertyuiop123",  "qwertyuiop[]",     "qwerty123456",     "qwerty1234567",
    "qwertyuiopasdf", "1q2w3e4r5t6y",     "1qaz2wsx3edc",     "1qazxsw23edc",
    "zaq12wsxcde3",   "q1w2e3r4t5y6",     "asdfghjkl123",     "zxcvbnm12345",
    "password1234",   "password12345",    "password123456",   "passwordpassword",
    "password@123",   "password@1234",    "mypassword123",    "changeme1234",
    "changemenow!",   "letmein12345",     "letmeinplease",    "welcome12345",
    "welcome@1234",   "welcome123456",    "administrator",    "administrator1",
    "admin1234567",   "admin12345678",    "admin@123456",     "administrator@1",
    "iloveyou1234",   "iloveyou12345",    "iloveyouforever",  "abcdefghijkl",
    "abcdefghijklm",  "abcdef123456",     "abc123456789",     "abcd12345678",
    "a1b2c3d4e5f6",   "india@123456",     "india1234567",     "indiaindia12",
    "bharat123456",   "bharatmatakijai",  "jaishriram123",    "jaishreeram1",
    "omnamahshivay",  "omnamahshivaya",   "harekrishna1",     "harekrishna123",
    "ganpatibappa",   "saibaba12345",     "radheradhe12",     "krishna12345",
    "sachin123456",   "tendulkar123",     "trustno1trustno1", "correcthorsebatterystaple",
    "satyapan1234",   "satyapan12345",    "satyapan@1234",    "satyapan@2026",
    "stqc12345678",   "certification",    "certification1",   "computer1234",
    "superman1234",   "princess1234",     "football1234",     "cricket12345",
    "sunshine1234",   "dragon123456",     "monkey123456",     "master123456",
    "test12345678",   "testtesttest",     "secret123456",     "default12345",
    "987654321098",   "0987654321qwerty", "google123456",     "facebook1234",
    "qwerty@12345",   "pass@word1234",    "passw0rd1234",     "p@ssw0rd1234",
    "p@ssword1234",   "p@ssw0rd12345",    "p@ssword12345",    "p@ssw0rd@123",
};

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return n;
}

static unsigned kinds(const char *s)
{
    bool seen[256] = {0};
    unsigned n = 0;
    for (; *s; s++) {
        unsigned char c = (unsigned char)tolower((unsigned char)*s);
        n += !seen[c];
        seen[c] = true;
    }
    return n;
}

static bool is_common(const char *password)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        if (strcasecmp(common[i], password) == 0) {
            return true;
        }
    }
    return kinds(password) < KINDS;
}

/* How many octets are left when every login in it is taken away. */
static size_t without(const char *password, const char *login)
{
    size_t n = strlen(login), left = 0;
    while (*password) {
        bool here = n >= 3 && strncasecmp(password, login, n) == 0;
        left += !here;
        password += here ? n : 1;
    }
    return left;
}

enum password_fault password_judge(const char *password, const char *login)
{
    if (characters(password) < PASSWORD_MIN) {
        return PASSWORD_SHORT;
    }
    if (strlen(password) > PASSWORD_MAX) {
        return PASSWORD_LONG;
    }
    if (without(password, login) < LEFT) {
        return PASSWORD_LOGIN;
    }
    return is_common(password) ? PASSWORD_COMMON : PASSWORD_FINE;
}

const char *password_fault_text(enum password_fault f, bool hindi)
{
    static const char *const texts[PASSWORD_FAULT_COUNT][2] = {
        [PASSWORD_SHORT] = {"The password needs at least 12 characters.",
                            "पासवर्ड में कम से कम 12 अक्षर होने चाहिए।"},
        [PASSWORD_LONG] = {"The password is longer than 256 bytes.", "पासवर्ड 256 बाइट से लंबा है।"},
        [PASSWORD_LOGIN] = {"The password is little more than the login.",
                            "पासवर्ड लॉगिन नाम से बहुत कम भिन्न है।"},
        [PASSWORD_COMMON] = {"This password is one of the first that are guessed.",
                             "यह पासवर्ड सबसे पहले आज़माए जाने वाले पासवर्डों में से है।"},
    };
    return texts[f][hindi];
}

/* ---- scrypt ---------------------------------------------------------------------------------- */

struct stored {
    unsigned long log_n, r, p;
    uint8_t salt[SALT], key[KEY];
};

static int derive(const struct stored *s, const char *password, uint8_t key[KEY])
{
    return EVP_PBE_scrypt(password, strlen(password), s->salt, sizeof s->salt,
                          (uint64_t)1 << s->log_n, s->r, s->p, MEMORY, key, KEY) == 1
               ? 0
               : -1;
}

static bool read_number(const char **at, unsigned long max, unsigned long *out)
{
    char *end;
    *out = isdigit((unsigned char)**at) ? strtoul(*at, &end, 10) : 0;
    if (*out == 0 || *out > max || *end != '$') {
        return false;
    }
    *at = end + 1;
    return true;
}

static int read_octets(struct arena *a, struct span text, uint8_t *out, size_t n)
{
    struct span bytes;
    if (base64_decode(a, text, BASE64_URL, &bytes) != 0) {
        return -1;
    }
    bool fits = bytes.p && bytes.n == n;
    if (fits) {
        memcpy(out, bytes.p, n);
    }
    return fits;
}

/* 1, 0: it is none; -1: memory. */
static int parse(struct arena *a, const char *text, struct stored *out)
{
    const char *at = text, *dollar;
    if (strncmp(at, "scrypt$", 7) != 0) {
        return 0;
    }
    at += 7;
    if (!read_number(&at, 17, &out->log_n) || !read_number(&at, 8, &out->r) ||
        !read_number(&at, 16, &out->p) || (dollar = strchr(at, '$')) == NULL) {
        return 0;
    }
    int rc = read_octets(a, span_make(at, (size_t)(dollar - at)), out->salt, SALT);
    return rc == 1 ? read_octets(a, span_str(dollar + 1), out->key, KEY) : rc;
}

int password_hash(const char *password, char out[PASSWORD_STORED])
{
    struct stored s = {.log_n = LOG_N, .r = R, .p = P};
    uint8_t salt[SALT * 2], key[KEY * 2];
    out[0] = 0;
    if (secret_random(s.salt, sizeof s.salt) != 0 || derive(&s, password, s.key) != 0) {
        return -1;
    }
    size_t m = base64_url(span_make(s.salt, SALT), salt);
    size_t n = base64_url(span_make(s.key, KEY), key);
    (void)snprintf(out, PASSWORD_STORED, "scrypt$%d$%d$%d$%.*s$%.*s", LOG_N, R, P, (int)m, salt,
                   (int)n, key);
    OPENSSL_cleanse(&s, sizeof s);
    return 0;
}

int password_matches(const char *stored, const char *password)
{
    static const struct stored nobody = {.log_n = LOG_N, .r = R, .p = P};
    struct stored s = nobody;
    uint8_t key[KEY];
    struct arena *a = arena_new(4096);
    int there = a ? parse(a, stored, &s) : -1;
    arena_free(a);
    if (there < 0) {
        return -1;
    }
    if (there == 0) {
        s = nobody;
    }
    int rc = derive(&s, password, key);
    bool same = CRYPTO_memcmp(key, s.key, KEY) == 0;
    OPENSSL_cleanse(&s, sizeof s);
    OPENSSL_cleanse(key, sizeof key);
    return rc != 0 ? -1 : there == 1 && same;
}
