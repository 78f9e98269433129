/*
 * cades - see cades.h.
 */
#include "issue/cades.h"

#include <stdio.h>

#include <openssl/evp.h>

#include "asn1/der.h"
#include "base/hash.h"
#include "issue/der_make.h"

#define ID_DATA            "1.2.840.113549.1.7.1"
#define ID_SIGNED_DATA     "1.2.840.113549.1.7.2"
#define ID_CONTENT_TYPE    "1.2.840.113549.1.9.3"
#define ID_MESSAGE_DIGEST  "1.2.840.113549.1.9.4"
#define ID_CERTIFICATE_V2  "1.2.840.113549.1.9.16.2.47"
#define ID_SIGNATURE_STAMP "1.2.840.113549.1.9.16.2.14"

/* Key, digest and the identifiers that go with them: RFC 5754, RFC 5758, RFC 8419. */
static const struct suite {
    const char *digest, *digest_oid, *signature_oid;
    bool null; /* parameters of the signature algorithm */
} suites[] = {
    [KEYS_RSA] = {"SHA256", "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11", true},
    [KEYS_EC_P256] = {"SHA256", "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2", false},
    [KEYS_EC_P384] = {"SHA384", "2.16.840.1.101.3.4.2.2", "1.2.840.10045.4.3.3", false},
    [KEYS_ED25519] = {"SHA512", "2.16.840.1.101.3.4.2.3", "1.3.101.112", false},
};

const char *cades_digest(const struct signer *s)
{
    return suites[signer_algorithm(s)].digest;
}

static struct span attribute(struct arena *a, const char *oid, struct span value)
{
    return DER_SEQ(a, der_make_oid(a, oid), DER_SET(a, value));
}

/* What a SignerInfo needs of a certificate, RFC 5280 4.1: spans into it. */
struct parts {
    struct span serial, issuer, subject;
};

static bool take_apart(struct span certificate, struct parts *out)
{
    struct der outer, tbs, d = {0};
    struct span in = SPAN_NONE, rest = SPAN_NONE;
    bool good = der_only(certificate, DER_SEQUENCE, &outer);
    in = good ? outer.body : in;
    good = good && der_expect(&in, DER_SEQUENCE, &tbs);
    rest = good ? tbs.body : rest;
    (void)!(der_peek(rest) == DER_CONTEXT_C(0) && der_next(&rest, &d)); /* the version */
    good = good && der_expect(&rest, DER_INTEGER, &d);
    out->serial = d.whole;
    good = good && der_expect(&rest, DER_SEQUENCE, &d) && der_expect(&rest, DER_SEQUENCE, &d);
    out->issuer = d.whole;
    good = good && der_expect(&rest, DER_SEQUENCE, &d) && der_expect(&rest, DER_SEQUENCE, &d);
    out->subject = d.whole;
    return good;
}

static struct span identifier(struct arena *a, struct span certificate)
{
    struct parts p;
    return take_apart(certificate, &p) ? DER_SEQ(a, p.issuer, p.serial) : SPAN_NONE;
}

/* ESSCertIDv2 with SHA-256, its default. */
static struct span binding(struct arena *a, struct span certificate)
{
    uint8_t hash[SHA256_SIZE];
    if (hash_sha256(certificate, hash) != 0) {
        return SPAN_NONE;
    }
    struct span id = DER_SEQ(a, der_make_octets(a, span_make(hash, sizeof hash)));
    return DER_SEQ(a, DER_SEQ(a, id));
}

static struct span signed_attributes(struct arena *a, struct span digest, struct span certificate)
{
    const struct span list[] = {attribute(a, ID_CONTENT_TYPE, der_make_oid(a, ID_DATA)),
                                attribute(a, ID_MESSAGE_DIGEST, der_make_octets(a, digest)),
                                attribute(a, ID_CERTIFICATE_V2, binding(a, certificate))};
    return der_make_set(a, 0x31, list, sizeof list / sizeof *list);
}

/* [1] with the time-stamp over the signature value. 0, 1, -1. */
static int stamp(struct arena *a, const struct stamper *t, struct span value, struct span *out,
                 char *why)
{
    struct buffer token;
    uint8_t hash[SHA256_SIZE];
    if (hash_sha256(value, hash) != 0) {
        return -1;
    }
    buffer_init(&token, 1 << 20);
    int rc = t->stamp(t->context, span_make(hash, sizeof hash), &token, why);
    if (rc == 0) {
        struct span set = attribute(a, ID_SIGNATURE_STAMP, buffer_span(&token));
        *out = der_make(a, 0xA1, &set, 1);
        rc = out->p ? 0 : -1;
    }
    buffer_free(&token);
    return rc;
}

static struct span algorithm(struct arena *a, const char *oid, bool null)
{
    return null ? DER_SEQ(a, der_make_oid(a, oid), der_make_null())
                : DER_SEQ(a, der_make_oid(a, oid));
}

/* Its readers have it, or do not trust it. */
static bool self_issued(struct span certificate)
{
    struct parts p;
    return take_apart(certificate, &p) && span_eq(p.subject, p.issuer);
}

static struct span certificates(struct arena *a, const struct span *chain, size_t count)
{
    struct span kept[KEYS_CHAIN_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !self_issued(chain[i])) {
            kept[n++] = chain[i];
        }
    }
    return der_make_set(a, 0xA0, kept, n);
}

/* content: an EncapsulatedContentInfo (RFC 5652 5.2). */
static int sign(struct arena *a, struct signer *s, struct span digest, struct span content,
                const struct stamper *t, struct span *out, char *why)
{
    const struct suite *u = &suites[signer_algorithm(s)];
    struct span chain[KEYS_CHAIN_MAX], stamped = SPAN_LIT("");
    uint8_t value[KEYS_SIGNATURE_MAX];
    size_t n, count = signer_chain(s, chain);
    struct span attributes = signed_attributes(a, digest, chain[0]);
    if (!attributes.p) {
        return -1;
    }
    enum keys_result k = signer_sign(s, attributes, value, &n, why);
    if (k != KEYS_OK) {
        return k == KEYS_FAILED ? -1 : 1;
    }
    int rc = t ? stamp(a, t, span_make(value, n), &stamped, why) : 0;
    if (rc != 0) {
        return rc;
    }
    struct span digest_algorithm = algorithm(a, u->digest_oid, false);
    struct span info =
        DER_SEQ(a, der_make_small(a, 1), identifier(a, chain[0]), digest_algorithm,
                der_retag(a, 0xA0, attributes), algorithm(a, u->signature_oid, u->null),
                der_make_octets(a, span_make(value, n)), stamped);
    struct span data = DER_SEQ(a, der_make_small(a, 1), DER_SET(a, digest_algorithm), content,
                               certificates(a, chain, count), DER_SET(a, info));
    *out = DER_SEQ(a, der_make_oid(a, ID_SIGNED_DATA), der_make(a, 0xA0, &data, 1));
    return out->p ? 0 : -1;
}

int cades_sign(struct arena *a, struct signer *s, struct span digest, const struct stamper *t,
               struct span *out, char *why)
{
    return sign(a, s, digest, DER_SEQ(a, der_make_oid(a, ID_DATA)), t, out, why);
}

int cades_sign_content(struct arena *a, struct signer *s, struct span content, struct span *out,
                       char *why)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_MD *md = EVP_MD_fetch(NULL, cades_digest(s), NULL);
    bool good = md && EVP_Digest(content.p, content.n, digest, &n, md, NULL) == 1;
    struct span octets = der_make_octets(a, content);
    EVP_MD_free(md);
    if (!good) {
        return -1;
    }
    struct span inside = DER_SEQ(a, der_make_oid(a, ID_DATA), der_make(a, 0xA0, &octets, 1));
    return sign(a, s, span_make(digest, n), inside, NULL, out, why);
}
