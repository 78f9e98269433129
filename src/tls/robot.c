/*
 * robot - see robot.h.
 */
#include "tls/robot.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "tls/wire.h"

enum {
    CHANGE_CIPHER = 20,
    ALERT = 21,
    HANDSHAKE = 22,
    CLIENT_KEY_EXCHANGE = 16,
    SECRET = 48,
    JUNK = 64, /* a Finished that no key fits; whole blocks of every cipher */
    MODULUS_MAX = 2048
};

/* ---- what is asked --------------------------------------------------------------------------- */

static bool has_rsa(const struct suite *s)
{
    return s && s->exchange == KX_RSA && !strstr(s->name, "EXPORT");
}

bool robot_probe(const struct tls_facts *f, struct probe *p)
{
    for (size_t i = f->version_count; i-- > 0;) {
        const struct version_facts *v = &f->versions[i];
        if (v->state != KNOWN_YES || v->version >= TLS_13 || v->version < TLS_10) {
            continue;
        }
        p->version = v->version;
        p->suite_count = 0;
        for (size_t k = 0; k < v->count && p->suite_count < HELLO_SUITES; k++) {
            if (has_rsa(tls_suite(v->suites[k]))) {
                p->suites[p->suite_count++] = v->suites[k];
            }
        }
        if (p->suite_count) {
            return true;
        }
    }
    return false;
}

/* PKCS #1 v1.5: 00 02 padding 00 version secret; each vector but the first is wrong somewhere. */
static bool fill_block(unsigned vector, uint16_t version, uint8_t *block, size_t n)
{
    size_t zero = n - SECRET - 1;
    if (RAND_bytes(block, (int)n) != 1) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        block[i] = block[i] ? block[i] : 0x55;
    }
    block[0] = 0;
    block[1] = 2;
    block[zero] = 0;
    block[zero + 1] = (uint8_t)(version >> 8);
    block[zero + 2] = (uint8_t)(version & 0xff);
    switch (vector) {
    case 1: /* not a block of type 2 */
        block[0] = 0x41;
        block[1] = 0x17;
        break;
    case 2: /* the secret would begin elsewhere */
        block[zero] = 0x11;
        block[n - 2] = 0;
        break;
    case 3: /* the padding does not end */
        block[zero] = 0x11;
        break;
    case 4: /* another version than in the hello */
        block[zero + 1] = 2;
        block[zero + 2] = 2;
        break;
    default:
        break;
    }
    return true;
}

/* block to the e, modulo n, into the same octets. */
static int encrypt(EVP_PKEY *key, uint8_t *block, size_t size)
{
    BIGNUM *n = NULL, *e = NULL, *m = BN_bin2bn(block, (int)size, NULL);
    BN_CTX *ctx = BN_CTX_new();
    bool good = m && ctx && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) &&
                BN_mod_exp(m, m, e, n, ctx) && BN_bn2binpad(m, block, (int)size) > 0;
    BN_free(n);
    BN_free(e);
    BN_free(m);
    BN_CTX_free(ctx);
    return good ? 0 : -1;
}

static void put_record(struct buffer *out, char type, uint16_t version, struct span body)
{
    buffer_char(out, type);
    wire_put16(out, version);
    wire_put16(out, (unsigned)body.n);
    buffer_add(out, body);
}

static void put_records(const struct robot *r, uint16_t version, struct span block,
                        struct buffer *out)
{
    static const uint8_t change[] = {1};
    uint8_t junk[JUNK];
    buffer_char(out, HANDSHAKE);
    wire_put16(out, version);
    wire_put16(out, (unsigned)(block.n + 6));
    buffer_char(out, CLIENT_KEY_EXCHANGE);
    buffer_char(out, 0);
    wire_put16(out, (unsigned)(block.n + 2));
    wire_put16(out, (unsigned)block.n);
    buffer_add(out, block);
    if (r->flow == 0) {
        memset(junk, 0x5a, sizeof junk);
        put_record(out, CHANGE_CIPHER, version, span_make(change, 1));
        put_record(out, HANDSHAKE, version, span_make(junk, sizeof junk));
    }
}

int robot_write(const struct robot *r, uint16_t version, struct span cert, struct buffer *out)
{
    uint8_t block[MODULUS_MAX];
    const uint8_t *p = cert.p;
    X509 *x = d2i_X509(NULL, &p, (long)cert.n);
    EVP_PKEY *key = X509_get0_pubkey(x);
    int size = key && EVP_PKEY_is_a(key, "RSA") ? EVP_PKEY_get_size(key) : 0;
    int rc = size >= ROBOT_LEAST_OCTETS && size <= MODULUS_MAX ? 0 : 1;
    if (rc == 0) {
        rc = fill_block(r->vector, version, block, (size_t)size) &&
                     encrypt(key, block, (size_t)size) == 0
                 ? 0
                 : -1;
    }
    if (rc == 0) {
        put_records(r, version, span_make(block, (size_t)size), out);
    }
    X509_free(x);
    return rc;
}

/* ---- what came ------------------------------------------------------------------------------- */

unsigned robot_read(struct span got, bool over, enum outcome how)
{
    if (got.n >= 7 && got.p[0] == ALERT) {
        return ROBOT_ALERT | got.p[6];
    }
    if (got.n >= 7) {
        return ROBOT_OTHER;
    }
    return !over                    ? ROBOT_NOTHING
           : how == OUTCOME_CLOSED  ? ROBOT_CLOSED
           : how == OUTCOME_RESET   ? ROBOT_RESET
           : how == OUTCOME_TIMEOUT ? ROBOT_NOTHING
                                    : ROBOT_LOST;
}

static bool same_round(const struct robot *r, unsigned round)
{
    for (unsigned v = 1; v < ROBOT_VECTORS; v++) {
        if (r->seen[r->flow][v][round] != r->seen[r->flow][0][round]) {
            return false;
        }
    }
    return true;
}

/* Of one flow: yes when each message got its own answer every time, and they differ. */
static enum known judge_flow(const struct robot *r, unsigned flow)
{
    const unsigned(*seen)[ROBOT_ROUNDS] = r->seen[flow];
    bool differ = false, steady = true, lost = false;
    for (unsigned v = 0; v < ROBOT_VECTORS; v++) {
        differ |= seen[v][0] != seen[0][0];
        lost |= seen[v][0] == ROBOT_LOST;
    }
    if (!differ) {
        return lost ? KNOWN_UNSURE : KNOWN_NO;
    }
    for (unsigned v = 0; v < ROBOT_VECTORS; v++) {
        for (unsigned i = 0; i < ROBOT_ROUNDS; i++) {
            steady &= seen[v][i] == seen[v][0] && seen[v][i] != ROBOT_LOST;
        }
    }
    return steady ? KNOWN_YES : KNOWN_UNSURE;
}

void robot_note(struct robot *r, unsigned seen)
{
    r->seen[r->flow][r->vector][r->round] = seen;
    if (++r->vector < ROBOT_VECTORS) {
        return;
    }
    r->vector = 0;
    bool same = r->round == 0 && same_round(r, 0);
    if (!same && ++r->round < ROBOT_ROUNDS) {
        return;
    }
    r->round = 0;
    r->over = judge_flow(r, r->flow) == KNOWN_YES || ++r->flow == ROBOT_FLOWS;
}

enum known robot_verdict(const struct robot *r)
{
    enum known worst = KNOWN_NO;
    for (unsigned f = 0; f <= r->flow && f < ROBOT_FLOWS; f++) {
        enum known k = judge_flow(r, f);
        worst = k == KNOWN_YES || worst == KNOWN_YES ? KNOWN_YES
                : k == KNOWN_UNSURE                  ? KNOWN_UNSURE
                                                     : worst;
    }
    return r->over ? worst : KNOWN_UNSURE;
}
