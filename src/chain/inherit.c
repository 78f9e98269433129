/*
 * inherit - see inherit.h.
 */
#include "chain/inherit.h"

#include <limits.h>

#include <openssl/err.h>

#include "asn1/der.h"
#include "base/buffer.h"

/* SubjectPublicKeyInfo of a DSA key: the algorithm's parameters (absent when left out), the BIT
 * STRING. */
static bool split(const struct cert *c, struct span *parameters, struct der *key)
{
    struct der spki, alg, id;
    if (!der_only(c->spki, DER_SEQUENCE, &spki)) {
        return false;
    }
    struct span in = spki.body;
    if (!der_expect(&in, DER_SEQUENCE, &alg) || !der_expect(&in, DER_BIT_STRING, key)) {
        return false;
    }
    *parameters = alg.body;
    return der_expect(parameters, DER_OID, &id) && oid_lookup(id.body) == OID_DSA;
}

bool dsa_without_parameters(const struct cert *c)
{
    struct span parameters;
    struct der key;
    return split(c, &parameters, &key) && der_peek(parameters) != DER_SEQUENCE;
}

static void add_header(struct buffer *b, uint8_t tag, size_t n)
{
    buffer_char(b, (char)tag);
    buffer_char(b, (char)0x82);
    buffer_char(b, (char)(n >> 8 & 0xff));
    buffer_char(b, (char)(n & 0xff));
}

/* The key with the other one's parameters; NULL when that one has none either. */
static EVP_PKEY *key_from(const struct cert *c, const struct cert *issuer)
{
    struct span none, parameters, oid = oid_body(OID_DSA);
    struct der key, other;
    if (!split(c, &none, &key) || !split(issuer, &parameters, &other) ||
        der_peek(parameters) != DER_SEQUENCE || parameters.n > 8192 || key.whole.n > 8192) {
        return NULL;
    }
    struct buffer b;
    size_t alg = 2 + oid.n + parameters.n;
    buffer_init(&b, 32768);
    add_header(&b, DER_SEQUENCE, 4 + alg + key.whole.n);
    add_header(&b, DER_SEQUENCE, alg);
    buffer_char(&b, DER_OID);
    buffer_char(&b, (char)oid.n);
    buffer_add(&b, oid);
    buffer_add(&b, parameters);
    buffer_add(&b, key.whole);
    struct span s = buffer_span(&b);
    const uint8_t *p = s.p;
    EVP_PKEY *out = buffer_ok(&b) ? d2i_PUBKEY(NULL, &p, (long)s.n) : NULL;
    ERR_clear_error();
    buffer_free(&b);
    return out;
}

bool dsa_inherit(struct cert *c, const struct cert *issuer)
{
    if (!dsa_without_parameters(c) || cert_key(c) || !cert_x509(c)) {
        return false;
    }
    EVP_PKEY *key = key_from(c, issuer);
    bool done = key && X509_set_pubkey(cert_x509(c), key) == 1;
    EVP_PKEY_free(key);
    ERR_clear_error();
    return done;
}
