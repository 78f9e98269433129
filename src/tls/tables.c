/*
 * tables - look-up in the registries. See tables.h.
 */
#include "tls/tables.h"

#include <stdio.h>

#include "base/hash.h"

static const struct suite suites[] = {
#define SUITE(code, name, kx, au, ci, bits, mode, since, assigned)                                 \
    {code, name, KX_##kx, AU_##au, CI_##ci, bits, MO_##mode, SINCE_##since, assigned},
#include "tls/suites.def"
#undef SUITE
};

static const struct group groups[] = {
#define GROUP(code, name, kind, bits) {code, name, GROUP_##kind, bits},
#include "tls/groups.def"
#undef GROUP
};

static const struct scheme schemes[] = {
#define SCHEME(code, name, strong) {code, name, strong},
#include "tls/schemes.def"
#undef SCHEME
};

static const struct {
    uint8_t code;
    const char *name;
} alerts[] = {
#define ALERT(code, name) {code, name},
#include "tls/alerts.def"
#undef ALERT
};

/* The SSL Protocol, version 2 (draft-hickman-netscape-ssl-00, C.4), and what servers added. */
static const struct suite2 suites2[] = {
    {0x010080, "SSL_CK_RC4_128_WITH_MD5"},
    {0x020080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5"},
    {0x030080, "SSL_CK_RC2_128_CBC_WITH_MD5"},
    {0x040080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"},
    {0x050080, "SSL_CK_IDEA_128_CBC_WITH_MD5"},
    {0x060040, "SSL_CK_DES_64_CBC_WITH_MD5"},
    {0x060140, "SSL_CK_DES_64_CBC_WITH_SHA"},
    {0x0700c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"},
    {0x0701c0, "SSL_CK_DES_192_EDE3_CBC_WITH_SHA"},
    {0x080080, "SSL_CK_RC4_64_WITH_MD5"},
    {0x000000, "SSL_CK_NULL_WITH_MD5"},
    {0xff8000, "SSL_CK_DES_64_CFB64_WITH_MD5_1"},
    {0xff8010, "SSL_CK_NULL"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const struct suite *tls_suites(size_t *count)
{
    *count = COUNT(suites);
    return suites;
}

const struct group *tls_groups(size_t *count)
{
    *count = COUNT(groups);
    return groups;
}

const struct scheme *tls_schemes(size_t *count)
{
    *count = COUNT(schemes);
    return schemes;
}

const struct suite2 *tls_suites2(size_t *count)
{
    *count = COUNT(suites2);
    return suites2;
}

const struct suite *tls_suite(uint16_t code)
{
    for (size_t i = 0; i < COUNT(suites); i++) {
        if (suites[i].code == code) {
            return &suites[i];
        }
    }
    return NULL;
}

const struct group *tls_group(uint16_t code)
{
    for (size_t i = 0; i < COUNT(groups); i++) {
        if (groups[i].code == code) {
            return &groups[i];
        }
    }
    return NULL;
}

const struct scheme *tls_scheme(uint16_t code)
{
    for (size_t i = 0; i < COUNT(schemes); i++) {
        if (schemes[i].code == code) {
            return &schemes[i];
        }
    }
    return NULL;
}

static const char *number(unsigned code, char *out)
{
    (void)snprintf(out, TLS_NAME, "0x%04X", code);
    return out;
}

const char *tls_suite_name(uint16_t code, char *out)
{
    const struct suite *s = tls_suite(code);
    return s ? s->name : number(code, out);
}

const char *tls_group_name(uint16_t code, char *out)
{
    const struct group *g = tls_group(code);
    return g ? g->name : number(code, out);
}

const char *tls_scheme_name(uint16_t code, char *out)
{
    const struct scheme *s = tls_scheme(code);
    return s ? s->name : number(code, out);
}

const char *tls_alert_name(uint8_t code, char *out)
{
    for (size_t i = 0; i < COUNT(alerts); i++) {
        if (alerts[i].code == code) {
            return alerts[i].name;
        }
    }
    (void)snprintf(out, TLS_NAME, "alert %u", code);
    return out;
}

const char *tls_suite2_name(uint32_t code)
{
    for (size_t i = 0; i < COUNT(suites2); i++) {
        if (suites2[i].code == code) {
            return suites2[i].name;
        }
    }
    return NULL;
}

const char *tls_version_name(uint16_t version, char *out)
{
    switch (version) {
    case TLS_SSL2:
        return "SSLv2";
    case TLS_SSL3:
        return "SSLv3";
    case TLS_10:
        return "TLSv1.0";
    case TLS_11:
        return "TLSv1.1";
    case TLS_12:
        return "TLSv1.2";
    case TLS_13:
        return "TLSv1.3";
    case DTLS_10:
        return "DTLSv1.0";
    case DTLS_12:
        return "DTLSv1.2";
    default:
        return number(version, out);
    }
}

bool tls_suite_fits(const struct suite *s, uint16_t version)
{
    if (s->code == 0) { /* RFC 5246 A.5: the state before there is any, never negotiated */
        return false;
    }
    switch (version) {
    case TLS_13:
        return s->since == SINCE_TLS13;
    case TLS_12:
        return s->since != SINCE_TLS13;
    case DTLS_12: /* RFC 6347 4.1.2.2: no RC4 */
        return s->since != SINCE_TLS13 && s->cipher != CI_RC4;
    case DTLS_10:
        return s->since == SINCE_SSL3 && s->cipher != CI_RC4;
    default:
        return s->since == SINCE_SSL3;
    }
}

/* ---- primes ---------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned bits;
    const char *sha256;
} primes[] = {
#define PRIME(name, bits, sha256) {name, bits, sha256},
#include "tls/primes.def"
#undef PRIME
};

const char *tls_prime_name(struct span prime)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX];
    if (hash_sha256(prime, digest) != 0) {
        return NULL;
    }
    hash_hex(span_make(digest, sizeof digest), false, hex);
    for (size_t i = 0; i < COUNT(primes); i++) {
        if (strcmp(primes[i].sha256, hex) == 0) {
            return primes[i].name;
        }
    }
    return NULL;
}

uint16_t tls_prime_group(struct span prime)
{
    const char *name = tls_prime_name(prime);
    for (size_t i = 0; name && i < COUNT(groups); i++) {
        if (groups[i].kind == GROUP_DH && strcmp(groups[i].name, name) == 0) {
            return groups[i].code;
        }
    }
    return 0;
}

/* ---- from names ------------------------------------------------------------------------------ */

bool tls_version_code(const char *name, uint16_t *out)
{
    static const uint16_t codes[] = {TLS_SSL2, TLS_SSL3, TLS_10,  TLS_11,
                                     TLS_12,   TLS_13,   DTLS_10, DTLS_12};
    char room[TLS_NAME];
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(tls_version_name(codes[i], room), name) == 0) {
            *out = codes[i];
            return true;
        }
    }
    return false;
}

bool tls_suite_code(const char *name, uint16_t *out)
{
    size_t n;
    const struct suite *rows = tls_suites(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i].code;
            return true;
        }
    }
    return false;
}

bool tls_group_code(const char *name, uint16_t *out)
{
    size_t n;
    const struct group *rows = tls_groups(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i].code;
            return true;
        }
    }
    return false;
}
