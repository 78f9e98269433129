/*
 * cms - CMS SignedData (RFC 5652) as spans: what a signer signed, and what he sent along.
 *
 * Parsing only; nothing is verified. The input may be BER: it is turned into DER first.
 */
#ifndef FORMAT_CMS_H
#define FORMAT_CMS_H

#include "asn1/oid.h"
#include "base/arena.h"

enum { CMS_MAX_SIGNERS = 256, CMS_MAX_ATTRS = 256, CMS_MAX_CERTS = 4096 };

struct cms_attr {
    enum oid id;
    struct span oid;    /* content octets */
    struct span values; /* contents of the SET OF; may hold several values */
    struct span whole;  /* the Attribute */
};

struct cms_attrs {
    struct span stored; /* the whole [0] or [1] value as stored; absent when there are none */
    struct cms_attr *items;
    size_t count;
};

struct cms_signer {
    int64_t version;
    struct span issuer, serial; /* whole Name and INTEGER contents; absent with ski */
    struct span ski;            /* SubjectKeyIdentifier octets, or absent */
    struct span whole;          /* the SignerInfo */
    struct span fields;         /* its contents from version to signature, as stored */
    enum oid digest;
    struct span digest_oid;
    struct cms_attrs signed_attrs, unsigned_attrs;
    struct span signature_alg; /* AlgorithmIdentifier */
    struct span signature;     /* octets */
};

struct cms {
    enum oid content_type; /* of the outer ContentInfo */
    struct span content_type_oid;
    /* The rest is filled for signedData only. */
    enum oid econtent_type;
    struct span econtent_type_oid;
    struct span head; /* SignedData's contents before encapContentInfo: version, digestAlgorithms */
    struct span econtent_type_der, encap; /* the whole OBJECT IDENTIFIER, encapContentInfo */
    struct span certs_field, crls_field;  /* the whole [0] and [1], absent when not there */
    struct span econtent;                 /* octets; absent when detached */
    struct span *certs;                   /* DER of each Certificate */
    size_t cert_count;
    struct span *crls;
    size_t crl_count;
    struct span *ocsps; /* OCSPResponse DER from OtherRevocationInfoFormat (RFC 5940) */
    size_t ocsp_count;
    struct cms_signer *signers;
    size_t signer_count;
    size_t trailing; /* octets behind the ContentInfo */
    bool ber;        /* the encoding was not definite-length */
};

/* *why when there are more signers than CMS_MAX_SIGNERS: our limit, not the document's fault. */
extern const char cms_too_many_signers[];

/* Parses a ContentInfo. Returns 0 with *out NULL when it is malformed (*why, static text, tells
 * where), -1 for our own failure. */
int cms_parse(struct arena *a, struct span in, struct cms **out, const char **why) WARN_UNUSED;

/* Parses one SignerInfo value, as a counter-signature attribute holds it. Same returns. */
int cms_parse_signer(struct arena *a, struct span in, struct cms_signer **out,
                     const char **why) WARN_UNUSED;

/* The only attribute with this id; *count tells how many there are. */
const struct cms_attr *cms_attr(const struct cms_attrs *attrs, enum oid id, size_t *count);

#endif
