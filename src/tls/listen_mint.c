/*
 * listen_mint - one chain for one connection, good but for its twists. See listen_lab.h.
 *
 * RFC 5280 4.1 and 4.2. A twist changes one thing, so that a client which takes the certificate is
 * known not to check that thing.
 */
#include "tls/listen_lab.h"

#include <stdio.h>

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

/* Whatever a device's clock says: if the good certificate is valid to it, the expired one has ended
 * and the one that is not valid yet has not begun. */
enum { DAY = 86400, LEAF_BACK = 30, LEAF_FORTH = 200, TWIST_AWAY = 40 };

/* Not a name of anybody: RFC 2606. */
static const char other_name[] = "other-server.example.net";

/* One certificate to be made. */
struct making {
    X509 *x;
    const X509_NAME *subject;
    const char *common_name;
    X509 *issuer; /* NULL: itself */
    EVP_PKEY *key, *issuer_key;
    const EVP_MD *md;
    int64_t from, to;
};

static int extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer ? issuer : x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    int rc = e && X509_add_ext(x, e, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(e);
    return rc;
}

static bool set_serial(X509 *x)
{
    BIGNUM *n = BN_new();
    bool good = n && BN_rand(n, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return good;
}

/* An own subject name: O and a CN, which at most 64 characters may have (RFC 5280 A.1). */
static bool set_subject(X509 *x, const char *cn)
{
    X509_NAME *name = X509_get_subject_name(x);
    static const unsigned char org[] = "Satyapan laboratory";
    if (X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, org, -1, -1, 0) != 1) {
        return false;
    }
    return !cn || strlen(cn) > 64 ||
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1,
                                      0) == 1;
}

static int begin(struct making *m)
{
    m->x = X509_new();
    if (!m->x || !set_serial(m->x) || X509_set_version(m->x, X509_VERSION_3) != 1 ||
        X509_set_pubkey(m->x, m->key) != 1 ||
        !ASN1_TIME_set(X509_getm_notBefore(m->x), (time_t)m->from) ||
        !ASN1_TIME_set(X509_getm_notAfter(m->x), (time_t)m->to)) {
        return -1;
    }
    bool named = m->subject ? X509_set_subject_name(m->x, m->subject) == 1
                            : set_subject(m->x, m->common_name);
    const X509_NAME *issuer =
        m->issuer ? X509_get_subject_name(m->issuer) : X509_get_subject_name(m->x);
    return named && X509_set_issuer_name(m->x, issuer) == 1 &&
                   extend(m->x, m->issuer, NID_subject_key_identifier, "hash") == 0
               ? 0
               : -1;
}

static int finish(struct making *m)
{
    if (m->issuer && extend(m->x, m->issuer, NID_authority_key_identifier, "keyid") < 0) {
        return -1;
    }
    return X509_sign(m->x, m->issuer_key, m->md) > 0 ? 0 : -1;
}

/* ---- names ----------------------------------------------------------------------------------- */

static int add_dns(GENERAL_NAMES *names, const char *text, size_t n)
{
    GENERAL_NAME *g = GENERAL_NAME_new();
    ASN1_IA5STRING *s = ASN1_IA5STRING_new();
    if (!g || !s || ASN1_STRING_set(s, text, (int)n) != 1) {
        GENERAL_NAME_free(g);
        ASN1_IA5STRING_free(s);
        return -1;
    }
    GENERAL_NAME_set0_value(g, GEN_DNS, s);
    if (sk_GENERAL_NAME_push(names, g) <= 0) {
        GENERAL_NAME_free(g);
        return -1;
    }
    return 0;
}

static int add_ip(GENERAL_NAMES *names, const char *text)
{
    ASN1_OCTET_STRING *s = a2i_IPADDRESS(text);
    GENERAL_NAME *g = GENERAL_NAME_new();
    if (!s || !g) {
        ASN1_OCTET_STRING_free(s);
        GENERAL_NAME_free(g);
        return -1;
    }
    GENERAL_NAME_set0_value(g, GEN_IPADD, s);
    if (sk_GENERAL_NAME_push(names, g) <= 0) {
        GENERAL_NAME_free(g);
        return -1;
    }
    return 0;
}

static int add_null_name(GENERAL_NAMES *names, const char *name)
{
    char text[CLIENT_NAME + sizeof other_name + 2];
    int n = snprintf(text, sizeof text, "%s.%s", name, other_name);
    size_t zero = strlen(name);
    if (n < 0 || (size_t)n >= sizeof text) {
        return -1;
    }
    text[zero] = 0; /* good.example NUL other-server.example.net */
    return add_dns(names, text, (size_t)n);
}

/* Wildcards that match nothing by RFC 9525 6.3: alone, twice, over more than one label. */
static int add_wildcards(GENERAL_NAMES *names, const char *name)
{
    const char *first = strchr(name, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    char text[CLIENT_NAME + 4];
    int rc = add_dns(names, "*", 1);
    rc = rc ? rc : add_dns(names, "*.*", 3);
    if (second) {
        int n = snprintf(text, sizeof text, "*%s", second);
        rc = rc ? rc : add_dns(names, text, (size_t)n);
        n = snprintf(text, sizeof text, "*.*%s", second);
        rc = rc ? rc : add_dns(names, text, (size_t)n);
    }
    return rc;
}

static int fill_names(GENERAL_NAMES *names, const struct mint_order *o)
{
    unsigned t = o->twists;
    if (t & TWIST_OTHER_NAME) {
        return add_dns(names, other_name, sizeof other_name - 1);
    }
    if (t & TWIST_NULL_NAME) {
        return add_null_name(names, o->name ? o->name : o->ip);
    }
    if (t & TWIST_WILDCARD) {
        return add_wildcards(names, o->name ? o->name : o->ip);
    }
    if (t & TWIST_ADDRESS_NAME) {
        return add_dns(names, o->ip, strlen(o->ip));
    }
    if (o->name && !(t & TWIST_ADDRESS) && add_dns(names, o->name, strlen(o->name)) < 0) {
        return -1;
    }
    return add_ip(names, o->ip);
}

static int add_names(X509 *x, const struct mint_order *o)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    int rc = names ? fill_names(names, o) : -1;
    if (rc == 0 && X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0) != 1) {
        rc = -1;
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    return rc;
}

/* ---- certificates ---------------------------------------------------------------------------- */

/* 2.25 and a UUID: an extension of nobody. */
static int add_unknown(X509 *x)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("2.25.167094273146573521563948150137682410725", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *e = NULL;
    int rc = -1;
    if (oid && value && ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2) == 1) {
        e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
        rc = e && X509_add_ext(x, e, -1) == 1 ? 0 : -1;
    }
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
    return rc;
}

static int leaf_extensions(X509 *x, const struct mint_order *o)
{
    bool names = !(o->twists & TWIST_COMMON_NAME);
    const char *usage = o->twists & TWIST_CLIENT_USAGE ? "clientAuth" : "serverAuth";
    if ((names && add_names(x, o) < 0) ||
        extend(x, NULL, NID_basic_constraints, "critical,CA:FALSE") < 0 ||
        extend(x, NULL, NID_key_usage,
               o->ec ? "critical,digitalSignature" : "critical,digitalSignature,keyEncipherment") <
            0 ||
        extend(x, NULL, NID_ext_key_usage, usage) < 0) {
        return -1;
    }
    return o->twists & TWIST_CRITICAL ? add_unknown(x) : 0;
}

/* A CA, or what only says so: constraints as the twist wants them. */
static X509 *make_middle(X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY *key, const char *cn,
                         const char *constraints, int64_t now)
{
    struct making m = {.common_name = cn,
                       .issuer = issuer,
                       .key = key,
                       .issuer_key = issuer_key,
                       .md = EVP_sha256(),
                       .from = now - (int64_t)LEAF_BACK * DAY,
                       .to = now + (int64_t)LEAF_FORTH * DAY};
    int rc = begin(&m);
    if (rc == 0 && constraints) {
        rc = extend(m.x, NULL, NID_basic_constraints, constraints);
    }
    bool leaf = constraints && strstr(constraints, "CA:FALSE");
    if (rc == 0 && constraints) { /* keyCertSign alone would be a CA to OpenSSL (check_ca) */
        rc = extend(m.x, NULL, NID_key_usage,
                    leaf ? "critical,digitalSignature,keyEncipherment"
                         : "critical,keyCertSign,cRLSign");
    }
    rc = rc ? rc : finish(&m);
    if (rc < 0) {
        X509_free(m.x);
        return NULL;
    }
    return m.x;
}

/* A root beside the lab's: with its name, or one of its own. */
static X509 *make_root(const struct lab *lab, bool same_name, int64_t now)
{
    struct making m = {.subject = same_name ? X509_get_subject_name(lab->ca) : NULL,
                       .common_name = "Somebody's CA",
                       .key = lab->other,
                       .issuer_key = lab->other,
                       .md = EVP_sha256(),
                       .from = now - (int64_t)LEAF_BACK * DAY,
                       .to = now + (int64_t)LEAF_FORTH * DAY};
    if (begin(&m) < 0 || extend(m.x, NULL, NID_basic_constraints, "critical,CA:TRUE") < 0 ||
        extend(m.x, NULL, NID_key_usage, "critical,keyCertSign,cRLSign") < 0 || finish(&m) < 0) {
        X509_free(m.x);
        return NULL;
    }
    return m.x;
}

/* Who issues the leaf. */
struct issuing {
    X509 *issuer;
    EVP_PKEY *key;
    X509 *above[MINT_CHAIN - 1]; /* sent behind the leaf, owned */
    size_t count;
};

static int put_above(struct issuing *i, X509 *x, EVP_PKEY *key)
{
    if (!x) {
        return -1;
    }
    i->above[i->count++] = x;
    i->issuer = x;
    i->key = key;
    return 0;
}

static int constrain(const struct lab *lab, struct issuing *i, int64_t now)
{
    struct making m = {.common_name = "Satyapan laboratory constrained CA",
                       .issuer = lab->ca,
                       .key = lab->middle,
                       .issuer_key = lab->ca_key,
                       .md = EVP_sha256(),
                       .from = now - (int64_t)LEAF_BACK * DAY,
                       .to = now + (int64_t)LEAF_FORTH * DAY};
    if (begin(&m) < 0 || extend(m.x, NULL, NID_basic_constraints, "critical,CA:TRUE") < 0 ||
        extend(m.x, NULL, NID_key_usage, "critical,keyCertSign,cRLSign") < 0 ||
        extend(m.x, NULL, NID_name_constraints,
               "critical,permitted;DNS:only-here.example.org,"
               "permitted;IP:192.0.2.1/255.255.255.255") < 0 ||
        finish(&m) < 0) {
        X509_free(m.x);
        return -1;
    }
    return put_above(i, m.x, lab->middle);
}

/* CA of path length 0, one more CA below it. */
static int lengthen(const struct lab *lab, struct issuing *i, int64_t now)
{
    X509 *upper = make_middle(lab->ca, lab->ca_key, lab->middle, "Satyapan laboratory last CA",
                              "critical,CA:TRUE,pathlen:0", now);
    if (!upper) {
        return -1;
    }
    X509 *lower = make_middle(upper, lab->middle, lab->other, "Satyapan laboratory extra CA",
                              "critical,CA:TRUE", now);
    if (put_above(i, lower, lab->other) < 0) {
        X509_free(upper);
        return -1;
    }
    i->above[i->count++] = upper;
    return 0;
}

static int choose_issuer(const struct lab *lab, const struct mint_order *o, struct issuing *i)
{
    unsigned t = o->twists;
    int64_t now = o->now;
    *i = (struct issuing){.issuer = lab->ca, .key = lab->ca_key};
    if (t & (TWIST_OTHER_CA | TWIST_FAKE_CA)) {
        int rc = put_above(i, make_root(lab, (t & TWIST_FAKE_CA) != 0, now), lab->other);
        if (t & TWIST_FAKE_CA) {
            i->issuer = lab->ca; /* name and key identifier of the true one */
        }
        return rc;
    }
    if (t & TWIST_CONSTRAINED) {
        return constrain(lab, i, now);
    }
    if (t & TWIST_LONG_PATH) {
        return lengthen(lab, i, now);
    }
    const char *constraints = t & TWIST_LEAF_ISSUER ? "critical,CA:FALSE" : "critical,CA:TRUE";
    EVP_PKEY *signer = t & TWIST_FAKE_INTERMEDIATE ? lab->other : lab->ca_key;
    if (t &
        (TWIST_LEAF_ISSUER | TWIST_NO_CONSTRAINTS | TWIST_INTERMEDIATE | TWIST_FAKE_INTERMEDIATE)) {
        X509 *x = make_middle(lab->ca, signer, lab->middle, "Satyapan laboratory CA in between",
                              t & TWIST_NO_CONSTRAINTS ? NULL : constraints, now);
        return put_above(i, x, lab->middle);
    }
    return 0;
}

static EVP_PKEY *leaf_key(const struct lab *lab, const struct mint_order *o)
{
    if (o->twists & TWIST_RSA_1024) {
        return lab->weak;
    }
    if (o->twists & TWIST_OTHER_KEY) {
        return o->ec ? lab->other_ec : lab->other;
    }
    return o->ec ? lab->server_ec : lab->server;
}

static const EVP_MD *leaf_digest(unsigned twists)
{
    return twists & TWIST_MD5 ? EVP_md5() : twists & TWIST_SHA1 ? EVP_sha1() : EVP_sha256();
}

/* The last octet of a certificate is the last of its signature. */
static X509 *damage(X509 *x)
{
    uint8_t *der = NULL;
    int n = i2d_X509(x, &der);
    X509 *out = NULL;
    if (n > 0) {
        const uint8_t *p = der;
        der[n - 1] ^= 1;
        out = d2i_X509(NULL, &p, n);
    }
    OPENSSL_free(der);
    X509_free(x);
    return out;
}

static int make_leaf(const struct lab *lab, const struct mint_order *o, const struct issuing *i,
                     struct minted *out)
{
    int64_t back = o->twists & TWIST_EXPIRED ? 400 : LEAF_BACK;
    int64_t from = o->now - back * DAY, to = o->now + (int64_t)LEAF_FORTH * DAY;
    bool alone = (o->twists & TWIST_SELF_SIGNED) != 0;
    struct making m = {.common_name = o->twists & TWIST_OTHER_NAME ? other_name
                                      : o->name                    ? o->name
                                                                   : o->ip,
                       .issuer = alone ? NULL : i->issuer,
                       .key = leaf_key(lab, o),
                       .md = leaf_digest(o->twists),
                       .from = o->twists & TWIST_FUTURE ? to + (int64_t)TWIST_AWAY * DAY : from,
                       .to = o->twists & TWIST_EXPIRED  ? o->now - (int64_t)TWIST_AWAY * DAY
                             : o->twists & TWIST_FUTURE ? to + (int64_t)LEAF_FORTH * DAY
                                                        : to};
    if (o->twists & (TWIST_NULL_NAME | TWIST_WILDCARD | TWIST_ADDRESS | TWIST_ADDRESS_NAME)) {
        m.common_name = "A server of the laboratory"; /* nothing to fall back to */
    }
    out->key = m.key;
    out->proof = o->twists & TWIST_WRONG_PROOF ? (o->ec ? lab->other_ec : lab->other) : m.key;
    m.issuer_key = alone ? m.key : i->key;
    if (begin(&m) < 0 || leaf_extensions(m.x, o) < 0 || finish(&m) < 0) {
        X509_free(m.x);
        return -1;
    }
    out->chain[0] = o->twists & TWIST_BROKEN_SIGNATURE ? damage(m.x) : m.x;
    out->count = 1;
    return out->chain[0] ? 0 : -1;
}

/* ---- OCSP ------------------------------------------------------------------------------------ */

static int add_revoked(OCSP_BASICRESP *basic, const struct lab *lab, X509 *leaf, int64_t now)
{
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, lab->ca);
    ASN1_TIME *since = ASN1_TIME_set(NULL, (time_t)(now - (int64_t)5 * DAY));
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(now - DAY));
    ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)(now + DAY));
    int rc = id && since && from && to &&
                     OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_REVOKED,
                                            OCSP_REVOKED_STATUS_KEYCOMPROMISE, since, from, to) &&
                     OCSP_basic_sign(basic, lab->ca, lab->ca_key, EVP_sha256(), NULL, 0) == 1
                 ? 0
                 : -1;
    OCSP_CERTID_free(id);
    ASN1_TIME_free(since);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return rc;
}

static int staple(const struct lab *lab, int64_t now, struct minted *out)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_RESPONSE *response = NULL;
    if (basic && add_revoked(basic, lab, out->chain[0], now) == 0) {
        response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    }
    out->staple_size = response ? i2d_OCSP_RESPONSE(response, &out->staple) : -1;
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return out->staple_size > 0 ? 0 : -1;
}

/* ---- all ------------------------------------------------------------------------------------- */

int mint(const struct lab *lab, const struct mint_order *order, struct minted *out)
{
    struct issuing issuing;
    memset(out, 0, sizeof *out);
    int rc = choose_issuer(lab, order, &issuing);
    rc = rc ? rc : make_leaf(lab, order, &issuing, out);
    for (size_t i = 0; i < issuing.count; i++) {
        if (rc == 0) {
            out->chain[out->count++] = issuing.above[i];
        } else {
            X509_free(issuing.above[i]);
        }
    }
    return rc == 0 && (order->twists & TWIST_REVOKED) ? staple(lab, order->now, out) : rc;
}

void minted_free(struct minted *m)
{
    for (size_t i = 0; i < m->count; i++) {
        X509_free(m->chain[i]);
    }
    OPENSSL_free(m->staple);
    memset(m, 0, sizeof *m);
}
