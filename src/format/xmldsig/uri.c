/*
 * uri - algorithms of XML signatures by their names (XML Signature 1.1 clause 6, RFC 9231).
 */
#include <stdlib.h>

#include "format/xmldsig/internal.h"

#define DSIG   "http://www.w3.org/2000/09/xmldsig#"
#define MORE1  "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE7  "http://www.w3.org/2007/05/xmldsig-more#"
#define MORE21 "http://www.w3.org/2021/04/xmldsig-more#"
#define XENC   "http://www.w3.org/2001/04/xmlenc#"

struct digest_name {
    const char *uri;
    enum oid digest;
};

static const struct digest_name digest_names[] = {
    {XENC "sha256", OID_SHA256},      {DSIG "sha1", OID_SHA1},
    {XENC "sha512", OID_SHA512},      {MORE1 "sha384", OID_SHA384},
    {MORE1 "sha224", OID_SHA224},     {MORE7 "sha3-256", OID_SHA3_256},
    {MORE7 "sha3-384", OID_SHA3_384}, {MORE7 "sha3-512", OID_SHA3_512},
    {MORE1 "md5", OID_MD5},
};

struct signature_name {
    const char *uri;
    enum signature_family family;
    enum oid digest;
};

static const struct signature_name signature_names[] = {
    {MORE1 "rsa-sha256", SIG_RSA_PKCS1, OID_SHA256},
    {DSIG "rsa-sha1", SIG_RSA_PKCS1, OID_SHA1},
    {MORE1 "rsa-sha384", SIG_RSA_PKCS1, OID_SHA384},
    {MORE1 "rsa-sha512", SIG_RSA_PKCS1, OID_SHA512},
    {MORE1 "rsa-sha224", SIG_RSA_PKCS1, OID_SHA224},
    {MORE1 "rsa-md5", SIG_RSA_PKCS1, OID_MD5},
    {MORE7 "rsa-pss", SIG_RSA_PSS, OID_SHA256},
    {MORE7 "sha1-rsa-MGF1", SIG_RSA_PSS, OID_SHA1},
    {MORE7 "sha224-rsa-MGF1", SIG_RSA_PSS, OID_SHA224},
    {MORE7 "sha256-rsa-MGF1", SIG_RSA_PSS, OID_SHA256},
    {MORE7 "sha384-rsa-MGF1", SIG_RSA_PSS, OID_SHA384},
    {MORE7 "sha512-rsa-MGF1", SIG_RSA_PSS, OID_SHA512},
    {MORE7 "sha3-256-rsa-MGF1", SIG_RSA_PSS, OID_SHA3_256},
    {MORE7 "sha3-384-rsa-MGF1", SIG_RSA_PSS, OID_SHA3_384},
    {MORE7 "sha3-512-rsa-MGF1", SIG_RSA_PSS, OID_SHA3_512},
    {MORE1 "ecdsa-sha256", SIG_ECDSA, OID_SHA256},
    {MORE1 "ecdsa-sha384", SIG_ECDSA, OID_SHA384},
    {MORE1 "ecdsa-sha512", SIG_ECDSA, OID_SHA512},
    {MORE1 "ecdsa-sha224", SIG_ECDSA, OID_SHA224},
    {MORE1 "ecdsa-sha1", SIG_ECDSA, OID_SHA1},
    {MORE21 "ecdsa-sha3-256", SIG_ECDSA, OID_SHA3_256},
    {MORE21 "ecdsa-sha3-384", SIG_ECDSA, OID_SHA3_384},
    {MORE21 "ecdsa-sha3-512", SIG_ECDSA, OID_SHA3_512},
    {MORE21 "eddsa-ed25519", SIG_EDDSA, OID_UNKNOWN},
    {MORE21 "eddsa-ed448", SIG_EDDSA, OID_UNKNOWN},
    {DSIG "dsa-sha1", SIG_DSA, OID_SHA1},
    {NS_DS11 "dsa-sha256", SIG_DSA, OID_SHA256},
};

struct canonical_name {
    const char *uri;
    enum xml_c14n_mode mode;
    bool comments;
};

static const struct canonical_name canonical_names[] = {
    {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", XML_C14N_INCLUSIVE, false},
    {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", XML_C14N_INCLUSIVE, true},
    {"http://www.w3.org/2001/10/xml-exc-c14n#", XML_C14N_EXCLUSIVE, false},
    {"http://www.w3.org/2001/10/xml-exc-c14n#WithComments", XML_C14N_EXCLUSIVE, true},
    {"http://www.w3.org/2006/12/xml-c14n11", XML_C14N_INCLUSIVE_11, false},
    {"http://www.w3.org/2006/12/xml-c14n11#WithComments", XML_C14N_INCLUSIVE_11, true},
};

enum oid xd_digest(const char *uri)
{
    for (size_t i = 0; uri && i < sizeof digest_names / sizeof *digest_names; i++) {
        if (strcmp(uri, digest_names[i].uri) == 0) {
            return digest_names[i].digest;
        }
    }
    return OID_UNKNOWN;
}

bool xd_canonical_method(const char *uri, struct xml_method *out)
{
    for (size_t i = 0; uri && i < sizeof canonical_names / sizeof *canonical_names; i++) {
        if (strcmp(uri, canonical_names[i].uri) == 0) {
            *out = (struct xml_method){canonical_names[i].mode, canonical_names[i].comments, NULL};
            return true;
        }
    }
    return false;
}

bool xd_is_mac(const char *uri)
{
    return strstr(uri, "hmac") || strstr(uri, "HMAC") || strstr(uri, "poly1305") ||
           strstr(uri, "siphash");
}

/* A number in SaltLength or TrailerField: plain decimal digits. */
static int small_number(struct arena *a, const xmlNode *node, int64_t *out)
{
    const char *word;
    *out = -1;
    if (xml_word(a, node, &word)) {
        return -1;
    }
    size_t n = word ? strlen(word) : 0;
    if (n > 0 && n <= 4 && strspn(word, "0123456789") == n) {
        *out = strtol(word, NULL, 10);
    }
    return 0;
}

/* RSAPSSParams (RFC 9231 2.3.9): every part may be missing. */
static int pss_params(struct arena *a, const xmlNode *params, struct signature_alg *out, bool *good)
{
    int64_t trailer = 1, salt = -1;
    const xmlNode *digest = xml_child(params, NS_DS, "DigestMethod");
    const xmlNode *mask = xml_child(params, NS_MORE, "MaskGenerationFunction");
    const xmlNode *salt_length = xml_child(params, NS_MORE, "SaltLength");
    const xmlNode *field = xml_child(params, NS_MORE, "TrailerField");
    out->digest = digest ? xd_digest(xml_attr(digest, "Algorithm")) : OID_SHA256;
    out->mgf_digest = out->digest;
    *good = true;
    if (mask) {
        const char *uri = xml_attr(mask, "Algorithm");
        const xmlNode *inner = xml_child(mask, NS_DS, "DigestMethod");
        *good = uri && strcmp(uri, MORE7 "MGF1") == 0;
        out->mgf_digest = inner ? xd_digest(xml_attr(inner, "Algorithm")) : out->digest;
    }
    if ((salt_length && small_number(a, salt_length, &salt)) ||
        (field && small_number(a, field, &trailer))) {
        return -1;
    }
    out->salt_length = salt_length ? salt : (int64_t)algorithm_digest_size(out->digest);
    *good = *good && trailer == 1 && out->salt_length >= 0 && out->salt_length <= 512 &&
            algorithm_md(out->digest) && algorithm_md(out->mgf_digest);
    return 0;
}

int xd_signature_method(struct arena *a, const xmlNode *method, struct signature_alg *out,
                        bool *known)
{
    const char *uri = xml_attr(method, "Algorithm");
    *known = false;
    *out = (struct signature_alg){SIG_NONE, OID_UNKNOWN, OID_UNKNOWN, 0};
    for (size_t i = 0; uri && i < sizeof signature_names / sizeof *signature_names; i++) {
        const struct signature_name *row = &signature_names[i];
        if (strcmp(uri, row->uri) != 0) {
            continue;
        }
        out->family = row->family;
        out->digest = out->mgf_digest = row->digest;
        out->salt_length = (int64_t)algorithm_digest_size(row->digest);
        *known = true;
        const xmlNode *params = xml_child(method, NS_MORE, "RSAPSSParams");
        if (params && strcmp(uri, MORE7 "rsa-pss") == 0) {
            return pss_params(a, params, out, known);
        }
    }
    return 0;
}
