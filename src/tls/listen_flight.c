/*
 * listen_flight - see listen_flight.h.
 */
#include "tls/listen_flight.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "tls/wire.h"

enum {
    HANDSHAKE = 22,
    ALERT = 21,
    SERVER_HELLO = 2,
    CERTIFICATE = 11,
    KEY_EXCHANGE = 12,
    HELLO_DONE = 14,
    CLIENT_KEY_EXCHANGE = 16,
    MESSAGE_MAX = 32 * 1024,
    RECORD_MOST = 16384,
    PARAMETERS_MAX = 1024,
    X25519 = 29,
    P256 = 23
};

/* 512 bits: the prime of the Java platform's DSA parameters. */
static const uint8_t prime_512[] = {
    0xfc, 0xa6, 0x82, 0xce, 0x8e, 0x12, 0xca, 0xba, 0x26, 0xef, 0xcc, 0xf7, 0x11, 0x0e, 0x52, 0x6d,
    0xb0, 0x78, 0xb0, 0x5e, 0xde, 0xcb, 0xcd, 0x1e, 0xb4, 0xa2, 0x08, 0xf3, 0xae, 0x16, 0x17, 0xae,
    0x01, 0xf3, 0x5b, 0x91, 0xa4, 0x7e, 0x6d, 0xf6, 0x34, 0x13, 0xc5, 0xe1, 0x2e, 0xd0, 0x89, 0x9b,
    0xcd, 0x13, 0x2a, 0xcd, 0x50, 0xd9, 0x91, 0x51, 0xbd, 0xc4, 0x3e, 0xe7, 0x37, 0x59, 0x2e, 0x17};

static void put_message(struct buffer *out, unsigned type, const struct buffer *body)
{
    wire_put8(out, type);
    wire_put24(out, body->n);
    buffer_add(out, buffer_span(body));
}

/* ---- ServerHello ----------------------------------------------------------------------------- */

static int hello(const struct flight_order *f, struct buffer *out)
{
    struct buffer b;
    uint8_t random[32];
    bool renegotiation = (f->hello->flags & CLIENT_RENEGOTIATION) != 0;
    if (RAND_bytes(random, sizeof random) != 1) {
        return -1;
    }
    if (f->sentinel) { /* RFC 8446 4.1.3 */
        static const uint8_t mark[] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
        memcpy(random + 24, mark, sizeof mark);
    }
    buffer_init(&b, 256);
    wire_put16(&b, f->version);
    buffer_add(&b, span_make(random, sizeof random));
    wire_put8(&b, 0); /* no session */
    wire_put16(&b, f->suite);
    wire_put8(&b, 0);
    if (f->version > TLS_SSL3 && renegotiation) {
        buffer_add(&b, SPAN_LIT("\x00\x05\xff\x01\x00\x01\x00"));
    }
    put_message(out, SERVER_HELLO, &b);
    int rc = buffer_ok(&b) && buffer_ok(out) ? 0 : -1;
    buffer_free(&b);
    return rc;
}

static int certificates(const struct minted *cert, struct buffer *out)
{
    struct buffer list, b;
    int rc = 0;
    buffer_init(&list, MESSAGE_MAX);
    buffer_init(&b, MESSAGE_MAX);
    for (size_t i = 0; i < cert->count && rc == 0; i++) {
        uint8_t *der = NULL;
        int n = i2d_X509(cert->chain[i], &der);
        rc = n > 0 ? 0 : -1;
        wire_put24(&list, n > 0 ? (size_t)n : 0);
        buffer_add(&list, span_make(der, n > 0 ? (size_t)n : 0));
        OPENSSL_free(der);
    }
    wire_put24(&b, list.n);
    buffer_add(&b, buffer_span(&list));
    put_message(out, CERTIFICATE, &b);
    rc = buffer_ok(&list) && buffer_ok(&b) ? rc : -1;
    buffer_free(&list);
    buffer_free(&b);
    return rc;
}

/* ---- ServerKeyExchange ----------------------------------------------------------------------- */

static int put_number(struct buffer *b, const BIGNUM *n)
{
    uint8_t bytes[PARAMETERS_MAX];
    if (!n || BN_num_bytes(n) > (int)sizeof bytes) {
        return -1;
    }
    int size = BN_bn2bin(n, bytes);
    wire_put16(b, (unsigned)size);
    buffer_add(b, span_make(bytes, (size_t)size));
    return 0;
}

/* A prime, 2, and any square below the prime: nobody will use the secret. A square, because clients
 * check that the public value is of the group that 2 makes. */
static int dh_parameters(unsigned bits, struct buffer *b)
{
    BIGNUM *p = bits == 512    ? BN_bin2bn(prime_512, sizeof prime_512, NULL)
                : bits == 1024 ? BN_get_rfc2409_prime_1024(NULL)
                               : BN_get_rfc3526_prime_2048(NULL);
    BIGNUM *g = BN_new(), *y = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    int rc = p && g && y && ctx && BN_set_word(g, 2) == 1 && BN_rand_range(y, p) == 1 &&
                     BN_set_bit(y, 17) == 1 && BN_mod_sqr(y, y, p, ctx) == 1 &&
                     put_number(b, p) == 0 && put_number(b, g) == 0 && put_number(b, y) == 0
                 ? 0
                 : -1;
    BN_CTX_free(ctx);
    BN_free(p);
    BN_free(g);
    BN_free(y);
    return rc;
}

static int ec_parameters(const struct client_hello *h, struct buffer *b)
{
    bool x = client_lists(h->groups, X25519) && !client_lists(h->groups, P256);
    EVP_PKEY *key = x ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519") : EVP_EC_gen("P-256");
    uint8_t point[256];
    size_t n = 0;
    int rc = key && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
                                                    sizeof point, &n) == 1
                 ? 0
                 : -1;
    wire_put8(b, 3); /* named_curve */
    wire_put16(b, x ? X25519 : P256);
    wire_put8(b, (unsigned)n);
    buffer_add(b, span_make(point, n));
    EVP_PKEY_free(key);
    return rc;
}

/* RSA_EXPORT: a short key for once (RFC 2246 7.4.3). */
static int rsa_parameters(struct buffer *b)
{
    BIGNUM *n = NULL, *e = NULL;
    EVP_PKEY *key = EVP_RSA_gen(512);
    int rc = key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
                     EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
                     put_number(b, n) == 0 && put_number(b, e) == 0
                 ? 0
                 : -1;
    BN_free(n);
    BN_free(e);
    EVP_PKEY_free(key);
    return rc;
}

static bool is_export(const struct suite *s)
{
    return strstr(s->name, "EXPORT") != NULL;
}

/* The scheme for TLS 1.2: the first of ours that the client takes. */
static uint16_t scheme_for(const struct client_hello *h, bool ec)
{
    static const uint16_t rsa[] = {0x0401, 0x0501, 0x0601, 0x0201}, ecdsa[] = {0x0403, 0x0203};
    const uint16_t *list = ec ? ecdsa : rsa;
    size_t n = ec ? 2 : 4;
    for (size_t i = 0; i < n; i++) {
        if (client_lists(h->schemes, list[i])) {
            return list[i];
        }
    }
    return ec ? 0x0203 : 0x0201;
}

static const EVP_MD *digest_for(uint16_t version, uint16_t scheme, bool ec)
{
    if (version < TLS_12) {
        return ec ? EVP_sha1() : EVP_md5_sha1();
    }
    return scheme >> 8 == 4   ? EVP_sha256()
           : scheme >> 8 == 5 ? EVP_sha384()
           : scheme >> 8 == 6 ? EVP_sha512()
                              : EVP_sha1();
}

/* Signed: both randoms and the parameters. */
static int sign(const struct flight_order *f, const uint8_t *server_random, struct span parameters,
                struct buffer *b)
{
    uint8_t signature[512];
    size_t n = sizeof signature;
    bool ec = EVP_PKEY_is_a(f->cert->key, "EC");
    uint16_t scheme = scheme_for(f->hello, ec);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx &&
                EVP_DigestSignInit(ctx, NULL, digest_for(f->version, scheme, ec), NULL,
                                   f->cert->proof) == 1 &&
                EVP_DigestSignUpdate(ctx, f->hello->random, 32) == 1 &&
                EVP_DigestSignUpdate(ctx, server_random, 32) == 1 &&
                EVP_DigestSignUpdate(ctx, parameters.p, parameters.n) == 1 &&
                EVP_DigestSignFinal(ctx, signature, &n) == 1;
    EVP_MD_CTX_free(ctx);
    if (f->version >= TLS_12) {
        wire_put16(b, scheme);
    }
    wire_put16(b, (unsigned)n);
    buffer_add(b, span_make(signature, good ? n : 0));
    return good ? 0 : -1;
}

static int key_exchange(const struct flight_order *f, const uint8_t *server_random,
                        struct buffer *out)
{
    const struct suite *s = tls_suite(f->suite);
    struct buffer b;
    int rc;
    if (!s || (s->exchange == KX_RSA && !is_export(s))) {
        return s ? 0 : -1; /* the certificate's key is used */
    }
    buffer_init(&b, MESSAGE_MAX);
    if (s->exchange == KX_ECDHE || s->exchange == KX_ECDH) {
        rc = ec_parameters(f->hello, &b);
    } else if (s->exchange == KX_RSA) {
        rc = rsa_parameters(&b);
    } else {
        rc = dh_parameters(is_export(s) ? 512 : f->dh_bits, &b);
    }
    if (rc == 0 && s->auth != AU_ANON) {
        struct span parameters = buffer_span(&b);
        uint8_t copy[PARAMETERS_MAX * 2];
        rc = parameters.n <= sizeof copy ? 0 : -1;
        if (rc == 0) {
            memcpy(copy, parameters.p, parameters.n);
            rc = sign(f, server_random, span_make(copy, parameters.n), &b);
        }
    }
    put_message(out, KEY_EXCHANGE, &b);
    rc = buffer_ok(&b) ? rc : -1;
    buffer_free(&b);
    return rc;
}

/* ---- records --------------------------------------------------------------------------------- */

static void put_records(uint16_t version, struct span messages, struct buffer *out)
{
    while (messages.n) {
        struct span part = span_sub(messages, 0, RECORD_MOST);
        wire_put8(out, HANDSHAKE);
        wire_put16(out, version);
        wire_put16(out, (unsigned)part.n);
        buffer_add(out, part);
        messages = span_sub(messages, part.n, messages.n);
    }
}

int flight_write(const struct flight_order *f, struct buffer *out)
{
    struct buffer all, none;
    const struct suite *s = tls_suite(f->suite);
    uint8_t random[32];
    buffer_init(&all, 2 * MESSAGE_MAX);
    buffer_init(&none, 1);
    int rc = s ? hello(f, &all) : -1;
    if (rc == 0 && all.n >= 6 + sizeof random) {
        memcpy(random, all.p + 6, sizeof random);
        rc = s->auth == AU_ANON ? 0 : certificates(f->cert, &all);
        rc = rc ? rc : key_exchange(f, random, &all);
        put_message(&all, HELLO_DONE, &none);
    }
    rc = buffer_ok(&all) ? rc : -1;
    if (rc == 0) {
        put_records(f->version, buffer_span(&all), out);
    }
    buffer_free(&all);
    return rc == 0 && buffer_ok(out) ? 0 : -1;
}

enum flight_answer flight_read(struct span bytes, uint8_t *alert)
{
    if (bytes.n < 6) {
        return FLIGHT_MORE;
    }
    size_t n = (size_t)bytes.p[3] << 8 | bytes.p[4];
    if (bytes.p[1] != 3) {
        return FLIGHT_OTHER;
    }
    if (bytes.p[0] == HANDSHAKE) {
        return bytes.p[5] == CLIENT_KEY_EXCHANGE ? FLIGHT_GOES_ON : FLIGHT_OTHER;
    }
    if (bytes.p[0] != ALERT || n != 2) {
        return FLIGHT_OTHER;
    }
    if (bytes.n < 7) {
        return FLIGHT_MORE;
    }
    *alert = bytes.p[6];
    return FLIGHT_ALERT;
}
