/*
 * tables - the code points of TLS as data: suites, groups, signature schemes, alerts, versions.
 *
 * Written from the IANA registries (suites.def and its neighbours say the date). What is not in
 * them is shown by number. What they do not say: whether a suite is good; that is policy.
 */
#ifndef TLS_TABLES_H
#define TLS_TABLES_H

#include "base/span.h"

enum tls_version {
    TLS_SSL2 = 0x0002,
    TLS_SSL3 = 0x0300,
    TLS_10 = 0x0301,
    TLS_11 = 0x0302,
    TLS_12 = 0x0303,
    TLS_13 = 0x0304,
    DTLS_10 = 0xfeff,
    DTLS_12 = 0xfefd
};

enum suite_exchange {
    KX_NULL,
    KX_RSA,
    KX_DH,
    KX_DHE,
    KX_ECDH,
    KX_ECDHE,
    KX_PSK,
    KX_DHE_PSK,
    KX_RSA_PSK,
    KX_ECDHE_PSK,
    KX_KRB5,
    KX_SRP,
    KX_ECCPWD,
    KX_CECPQ1,
    KX_GOST,
    KX_TLS13
};

enum suite_auth { AU_ANON, AU_RSA, AU_DSS, AU_ECDSA, AU_PSK, AU_KRB5, AU_SRP, AU_GOST, AU_ANY };

enum suite_cipher {
    CI_NULL,
    CI_RC2,
    CI_RC4,
    CI_DES,
    CI_TDES,
    CI_IDEA,
    CI_SEED,
    CI_AES,
    CI_CAMELLIA,
    CI_ARIA,
    CI_CHACHA20,
    CI_SM4,
    CI_AEGIS,
    CI_GOST
};

enum suite_mode { MO_STREAM, MO_CBC, MO_GCM, MO_CCM, MO_CCM_8, MO_AEAD };

enum suite_since { SINCE_SSL3, SINCE_TLS12, SINCE_TLS13 };

struct suite {
    uint16_t code;
    const char *name;
    enum suite_exchange exchange;
    enum suite_auth auth;
    enum suite_cipher cipher;
    unsigned bits;
    enum suite_mode mode;
    enum suite_since since;
    bool assigned; /* by IANA */
};

enum group_kind { GROUP_EC, GROUP_DH, GROUP_PQ };

struct group {
    uint16_t code;
    const char *name;
    enum group_kind kind;
    unsigned bits;
};

struct scheme {
    uint16_t code;
    const char *name;
    bool strong;
};

/* SSL 2.0: three octets. */
struct suite2 {
    uint32_t code;
    const char *name;
};

/* Every row, in the order in which a scan offers them. */
const struct suite *tls_suites(size_t *count);
const struct group *tls_groups(size_t *count);
const struct scheme *tls_schemes(size_t *count);
const struct suite2 *tls_suites2(size_t *count);

/* The row, or NULL when the number is not known. */
const struct suite *tls_suite(uint16_t code);
const struct group *tls_group(uint16_t code);
const struct scheme *tls_scheme(uint16_t code);

/* Its name, or "0x1234" written into out[TLS_NAME]. Returns a string either way. */
enum { TLS_NAME = 16 };
const char *tls_suite_name(uint16_t code, char *out);
const char *tls_group_name(uint16_t code, char *out);
const char *tls_scheme_name(uint16_t code, char *out);
const char *tls_alert_name(uint8_t code, char *out);

/* SSL 2.0: the name or NULL. */
const char *tls_suite2_name(uint32_t code);

/* "TLSv1.2" as in reports; "0x0305" written into out[TLS_NAME] when there is no such version. */
const char *tls_version_name(uint16_t version, char *out);

/* May the suite be offered in this version. */
bool tls_suite_fits(const struct suite *s, uint16_t version);

/* The code point of a name as above; false: not known. */
bool tls_version_code(const char *name, uint16_t *out);
bool tls_suite_code(const char *name, uint16_t *out);
bool tls_group_code(const char *name, uint16_t *out);

/* A well-known Diffie-Hellman prime: its name ("ffdhe2048", "RFC 2409 Group 2"), or NULL. prime is
 * big-endian without leading zeros. */
const char *tls_prime_name(struct span prime);

/* The group of RFC 7919 that has this prime, or 0. */
uint16_t tls_prime_group(struct span prime);

static inline bool tls_is_datagram(uint16_t version)
{
    return version == DTLS_10 || version == DTLS_12;
}

#endif
