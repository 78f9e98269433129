/*
 * jws_header - the header parameters of one JWS signature.
 *
 * RFC 7515 4, RFC 7518 3.1, RFC 7797 3, RFC 8037, TS 119 182-1 5.1 and 5.2. What decides (alg, b64,
 * crit, the certificate's digest) is taken from the protected header only. What it does not do:
 * fetch what jku and x5u name, or use a key that the signature brings by itself (jwk).
 */
#include "base/utc.h"
#include "format/jws_parts.h"

/* ---- algorithms ---- */

static const struct algorithm_row {
    const char *name;
    enum signature_family family;
    enum oid digest;
    unsigned key_bits; /* of the curve (RFC 7518 3.4) */
} algorithms[] = {
    {"RS256", SIG_RSA_PKCS1, OID_SHA256, 0}, {"RS384", SIG_RSA_PKCS1, OID_SHA384, 0},
    {"RS512", SIG_RSA_PKCS1, OID_SHA512, 0}, {"PS256", SIG_RSA_PSS, OID_SHA256, 0},
    {"PS384", SIG_RSA_PSS, OID_SHA384, 0},   {"PS512", SIG_RSA_PSS, OID_SHA512, 0},
    {"ES256", SIG_ECDSA, OID_SHA256, 256},   {"ES384", SIG_ECDSA, OID_SHA384, 384},
    {"ES512", SIG_ECDSA, OID_SHA512, 521},   {"EdDSA", SIG_EDDSA, OID_UNKNOWN, 0},
    {"Ed25519", SIG_EDDSA, OID_UNKNOWN, 0},
};

/* "none" and the HMACs are no signatures: everybody can make them who can check them. */
static bool proves_nobody(const char *name)
{
    return strcasecmp(name, "none") == 0 || strncasecmp(name, "HS", 2) == 0;
}

static void read_algorithm(struct jws_reader *r, const json_t *header)
{
    const char *name = json_string_value(json_object_get(header, "alg"));
    if (!name) {
        jws_malformed(r, "the protected header names no algorithm");
        return;
    }
    r->jws->algorithm = name;
    if (proves_nobody(name)) {
        r->sig->broken = true;
        finding_add(r->a, &r->sig->findings, SP_JWS_NO_SIGNATURE, "signature", name, NULL);
        return;
    }
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        const struct algorithm_row *row = &algorithms[i];
        if (strcmp(name, row->name) == 0) {
            r->jws->alg = (struct signature_alg){row->family, row->digest, row->digest,
                                                 (int64_t)algorithm_digest_size(row->digest)};
            r->jws->key_bits = row->key_bits;
        }
    }
}

/* ---- crit and b64 ---- */

static bool in_list(const char *name, const char *const *list)
{
    while (*list && strcmp(name, *list) != 0) {
        list++;
    }
    return *list != NULL;
}

static bool understood(const char *name)
{
    static const char *const names[] = {"b64",   "sigT",  "sigD",  "sigX5ts", "x5t#o", "sigPId",
                                        "sigPl", "srCms", "srAts", "adoTst",  NULL};
    return in_list(name, names);
}

/* Names of RFC 7515 and 7518 themselves must not be listed (4.1.11). */
static bool registered(const char *name)
{
    static const char *const names[] = {"alg", "jku", "jwk",      "kid", "x5u",  "x5c",
                                        "x5t", "typ", "x5t#S256", "cty", "crit", NULL};
    return in_list(name, names);
}

static void critical(struct jws_reader *r, const json_t *header, const json_t *crit, size_t i)
{
    const char *name = json_string_value(json_array_get(crit, i));
    if (!name || registered(name) || !json_object_get(header, name)) {
        jws_malformed(r, "crit lists what it must not");
        return;
    }
    for (size_t k = 0; k < i; k++) {
        const char *other = json_string_value(json_array_get(crit, k));
        if (other && strcmp(other, name) == 0) {
            jws_malformed(r, "crit lists a name twice");
        }
    }
    if (!understood(name)) {
        finding_add(r->a, &r->sig->findings, SP_JWS_CRITICAL, "signature", name, NULL);
    }
}

static bool is_critical(const json_t *crit, const char *name)
{
    for (size_t i = 0; i < json_array_size(crit); i++) {
        const char *s = json_string_value(json_array_get(crit, i));
        if (s && strcmp(s, name) == 0) {
            return true;
        }
    }
    return false;
}

static void read_critical(struct jws_reader *r, const json_t *header)
{
    const json_t *crit = json_object_get(header, "crit"), *b64 = json_object_get(header, "b64");
    size_t count = json_array_size(crit);
    if (crit && (count == 0 || count > JWS_MAX_OBJECTS)) {
        jws_malformed(r, "crit is no list, empty, or too long");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        critical(r, header, crit, i);
    }
    if (b64 && (!json_is_boolean(b64) || !is_critical(crit, "b64"))) {
        jws_malformed(r, "b64 is neither true nor false, or not listed in crit");
    }
    r->jws->encoded = !b64 || json_is_true(b64);
}

/* ---- certificates ---- */

static void read_certificates(struct jws_reader *r, const json_t *x5c)
{
    size_t count = json_array_size(x5c);
    if (!x5c) {
        return;
    }
    if (count == 0 || count > JWS_MAX_CERTS) {
        jws_malformed(r, "x5c is no list, empty, or too long");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        r->jws->certs[i] = jws_octets(r, json_array_get(x5c, i), BASE64_PADDED);
        if (!r->jws->certs[i].p) {
            jws_malformed(r, "a certificate of x5c is not in base64");
            return;
        }
    }
    r->jws->cert_count = count;
}

static void add_reference(struct jws_reader *r, enum oid digest, const json_t *value)
{
    struct span octets = jws_octets(r, value, BASE64_URL);
    if (!octets.p) {
        jws_malformed(r, "the digest of the certificate is not in base64url");
    } else if (r->jws->reference_count < JWS_MAX_REFERENCES) {
        r->jws->references[r->jws->reference_count++] = (struct jws_reference){digest, octets};
    }
}

/* {digAlg, digVal} (TS 119 182-1 5.2.2.2): S256, S384, S512 (RFC 9278 has sha-256, ...). */
static void add_other_reference(struct jws_reader *r, const json_t *object)
{
    static const struct {
        const char *name;
        enum oid digest;
    } known[] = {{"S256", OID_SHA256},    {"S384", OID_SHA384},    {"S512", OID_SHA512},
                 {"sha-256", OID_SHA256}, {"sha-384", OID_SHA384}, {"sha-512", OID_SHA512}};
    const char *name = json_string_value(json_object_get(object, "digAlg"));
    enum oid digest = OID_UNKNOWN;
    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++) {
        digest = strcmp(name, known[i].name) == 0 ? known[i].digest : digest;
    }
    add_reference(r, digest, json_object_get(object, "digVal"));
}

static void read_references(struct jws_reader *r, const json_t *header)
{
    const json_t *s256 = json_object_get(header, "x5t#S256");
    const json_t *other = json_object_get(header, "x5t#o");
    const json_t *several = json_object_get(header, "sigX5ts");
    if (s256) {
        add_reference(r, OID_SHA256, s256);
    }
    if (other) {
        add_other_reference(r, other);
    }
    if (several) {
        add_other_reference(r, json_array_get(several, 0)); /* the signer's comes first */
    }
}

/* ---- the rest ---- */

/* sigT, or iat in the header (TS 119 182-1 5.1.11, 5.2.1): the signer's own clock. */
static void read_time(struct jws_reader *r, const json_t *header)
{
    const json_t *text = json_object_get(header, "sigT"), *number = json_object_get(header, "iat");
    int64_t t;
    if (json_is_string(text)) {
        if (utc_parse(span_str(json_string_value(text)), &t)) {
            r->sig->claimed_time = t;
        }
    } else if (json_is_integer(number)) {
        r->sig->claimed_time = json_integer_value(number);
    }
}

static void read_elsewhere(struct jws_reader *r, const json_t *header)
{
    static const char *const names[] = {"jku", "x5u", "jwk"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (json_object_get(header, names[i])) {
            finding_add(r->a, &r->sig->findings, SP_JWS_REFERENCE_IGNORED, "signature", names[i],
                        NULL);
        }
    }
}

/* A parameter may stand in one of the headers only (RFC 7515 7.2.1). */
static void check_disjoint(struct jws_reader *r, const json_t *one, const json_t *other)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)other, name, value)
    {
        if (json_object_get(one, name)) {
            jws_malformed(r, "a header parameter is both signed and not");
        }
    }
}

void jws_header(struct jws_reader *r, const json_t *protected, const json_t *unprotected)
{
    read_algorithm(r, protected);
    read_critical(r, protected);
    read_references(r, protected);
    read_time(r, protected);
    read_elsewhere(r, protected);
    const json_t *x5c = json_object_get(protected, "x5c"),
                 *sigd = json_object_get(protected, "sigD");
    const json_t *content_stamp = json_object_get(protected, "adoTst");
    if (sigd) {
        jws_objects_read(r, sigd);
    }
    if (content_stamp) {
        jws_tokens(r, content_stamp, JWS_CONTENT_STAMP);
    }
    if (unprotected) {
        check_disjoint(r, protected, unprotected);
        read_elsewhere(r, unprotected);
        x5c = x5c ? x5c : json_object_get(unprotected, "x5c");
        if (json_object_get(unprotected, "crit") || json_object_get(unprotected, "b64")) {
            jws_malformed(r, "crit or b64 is not in the protected header");
        }
        if (json_object_get(unprotected, "etsiU")) {
            jws_unsigned(r, json_object_get(unprotected, "etsiU"));
        }
    }
    read_certificates(r, x5c);
}
