/*
 * cert - a certificate as this program reads it: spans into its DER, plus OpenSSL's object on
 * demand.
 *
 * Parsing is our own walk (about 2 us); the X509 and the public key are made only when a signature
 * is checked. A certificate that cannot be parsed here or by OpenSSL is not usable and never
 * becomes part of a path. RFC 5280 4.1.
 * What is not checked here: signatures, validity, whether extensions contradict each other.
 */
#ifndef ASN1_CERT_H
#define ASN1_CERT_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "asn1/oid.h"
#include "base/arena.h"
#include "satyapan/report.h"

enum { CERT_SHA256 = 32 };

/* RFC 5280 4.2.1.3, bit numbers of der_bits_flags. Not KU_: OpenSSL has macros of such names, with
 * other values. */
enum {
    USAGE_DIGITAL_SIGNATURE = 1 << 0,
    USAGE_NON_REPUDIATION = 1 << 1,
    USAGE_KEY_ENCIPHERMENT = 1 << 2,
    USAGE_DATA_ENCIPHERMENT = 1 << 3,
    USAGE_KEY_AGREEMENT = 1 << 4,
    USAGE_KEY_CERT_SIGN = 1 << 5,
    USAGE_CRL_SIGN = 1 << 6
};

struct cert_ext {
    enum oid id;
    struct span oid;   /* content octets */
    struct span value; /* inside the OCTET STRING */
    bool critical;
};

enum { CERT_MAX_EXTS = 64 };

struct cert {
    struct span der;
    uint8_t sha256[CERT_SHA256];
    const char *source;                             /* where it came from, for the report */
    struct span tbs, serial, issuer, subject, spki; /* issuer, subject, spki, tbs: whole values */
    int64_t not_before, not_after;
    enum oid signature_alg;
    struct span signature_alg_der, signature; /* AlgorithmIdentifier; signature octets */
    int version;                              /* 1..3 */
    struct cert_ext *exts;
    size_t ext_count;
    bool duplicate_ext, unique_ids; /* unique_ids: issuer or subject UniqueID is there */
    /* Often used extensions; ext_error names the first malformed one. */
    struct span ski, aki; /* key identifiers, absent when not there */
    bool has_key_usage, has_basic, is_ca, has_eku;
    uint32_t key_usage;
    int64_t path_len; /* -1: none */
    const char *ext_error;
    const char *subject_text; /* see cert_subject_text */
    /* Made on demand, owned by the arena the certificate was parsed in. */
    struct arena *arena;
    X509 *x509;
    EVP_PKEY *key; /* read by key.h; other kinds stay in x509 */
    EVP_PKEY_CTX *recover;
    bool x509_tried, key_tried, recover_tried;
};

/*
 * Parses one DER certificate; trailing bytes are refused. der and source are borrowed for the life
 * of the arena. Returns 0 with *out NULL when it is no usable certificate (*why, static text,
 * tells), -1 when memory is out.
 */
int cert_parse(struct arena *a, struct span der, const char *source, struct cert **out,
               const char **why) WARN_UNUSED;

/* OpenSSL's object, made at the first call; NULL when OpenSSL refuses the certificate or memory is
 * out (mem tells which). Borrowed. */
X509 *cert_x509(struct cert *c);

/* The public key; NULL as above, or when the key type is not supported. Borrowed. */
EVP_PKEY *cert_key(struct cert *c);

/* The same, only when it is of a kind that key.h reads; NULL otherwise. */
EVP_PKEY *cert_key_own(struct cert *c);

/* A context that opens PKCS#1 v1.5 signatures by this key, kept; NULL for other keys. */
EVP_PKEY_CTX *cert_recover(struct cert *c);

/* The extension, or NULL. */
const struct cert_ext *cert_ext(const struct cert *c, enum oid id);

/* A critical extension that neither this program nor OpenSSL understands (RFC 5280 4.2). */
bool cert_unknown_critical(const struct cert *c);

/* Extended key usage lists this purpose (not anyExtendedKeyUsage). */
bool cert_has_eku(const struct cert *c, enum oid eku);

/* certificatePolicies lists this policy OID (dotted). */
bool cert_has_policy(const struct cert *c, const char *dotted);

/* Subject and issuer are the same name. */
bool cert_self_issued(const struct cert *c);

/* First value of a name attribute as display text; NULL when absent or memory is out. */
char *cert_name_attr(struct arena *a, struct span name, enum oid attr);

/* A Name (whole value) as RFC 4514 text, most specific first. */
char *cert_name_text(struct arena *a, struct span name);

/* The subject likewise, made at the first call and kept with the certificate. */
const char *cert_subject_text(struct cert *c);

/* Serial as upper-case hex. */
char *cert_serial_text(struct arena *a, const struct cert *c);

/* Fills the report's view of a certificate. Returns 0, or -1 when memory is out. */
int cert_describe(struct arena *a, const struct cert *c, struct sp_certificate *out) WARN_UNUSED;

/* Public key size in bits (0 unknown) and its kind ("rsa", "ec", "ed25519", ...). */
unsigned cert_key_bits(struct cert *c);

/* All http(s)/ldap URIs of cRLDistributionPoints or of one access method of authorityInfoAccess. */
size_t cert_uris(struct arena *a, const struct cert *c, enum oid what, const char **out,
                 size_t max);

#endif
