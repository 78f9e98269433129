/*
 * xmldsig - XML signatures: found, read strictly, and checked.
 *
 * XML Signature 1.1 (W3C), RFC 9231 (algorithms), XAdES (EN 319 132-1). xmldsig_extract finds every
 * ds:Signature of a document and says what each covers; xmldsig_digests and xmldsig_value check it.
 * Which attribute is an Id is decided here (Id, ID, id, xml:id, wsu:Id and SAML's), and no element
 * is signed through an Id that stands twice. Transforms come from a short list; whatever else a
 * signature asks for is refused by name. Nothing is fetched.
 * What is not checked here: whether the certificate is trusted, and whether algorithms are strong
 * enough.
 */
#ifndef FORMAT_XMLDSIG_H
#define FORMAT_XMLDSIG_H

#include "asn1/algorithm.h"
#include "format/extract.h"
#include "xml/c14n.h"

struct xmldsig;      /* one signature */
struct xmldsig_file; /* the document it stands in, shared by its signatures */

/* The octets a URI stands for outside the document (a container's member). *out stays absent when
 * there is none. Returns 0 or -1 (memory). */
typedef int xmldsig_resolver(void *ctx, const char *uri, struct span *out);

/* Finds the signatures of an XML document. resolve may be NULL: then a single detached reference is
 * over the content given beside the file. Structure, coverage and claimed time are filled in; what
 * is wrong goes into findings. Returns 0 or -1 (memory). */
int xmldsig_extract(struct arena *a, struct span file, xmldsig_resolver *resolve, void *ctx,
                    struct extraction *out) WARN_UNUSED;

/* A signature and what it names, for the checks of verify/check_xml.c. */
struct xmldsig_certificate_ref {
    enum oid digest; /* OID_UNKNOWN: not supported */
    struct span value;
    struct span issuer_serial; /* IssuerSerialV2 (DER), or absent */
};

/* A name in KeyInfo that no reference is over: what people read, and nobody signed. */
struct xmldsig_name {
    struct span text;
    bool of_key; /* KeyName: whatever its writer liked; else a distinguished name */
};

struct xmldsig_view {
    const struct span *certificates; /* X509Certificate values, in the order of the document */
    size_t certificate_count;
    const struct span *crls; /* X509CRL and CRLValues */
    size_t crl_count;
    const struct span *ocsps; /* OCSPValues */
    size_t ocsp_count;
    const struct span *more_certificates; /* CertificateValues */
    size_t more_certificate_count;
    const struct xmldsig_name *names; /* unsigned names in KeyInfo */
    size_t name_count;
    struct span ski; /* X509SKI */
    bool key_value;  /* a bare key is named */
    enum oid digest; /* the weakest digest over the content */
    struct signature_alg alg;
    struct span value;      /* the signature value's octets */
    bool xades;             /* SignedProperties are signed */
    bool names_certificate; /* SigningCertificate or SigningCertificateV2 is there */
    const struct xmldsig_certificate_ref *signing; /* the first one is the signer's */
    size_t signing_count;
    bool detached; /* a reference leads outside the document */
};
const struct xmldsig_view *xmldsig_view(const struct xmldsig *s);

/* The address of the index-th reference that covers something outside the document as it is (a file
 * of the container, no transform but a canonical form), NULL when there are no more; "" for one
 * that does not count. */
const char *xmldsig_outside(const struct xmldsig *s, size_t index);

/* The index-th reference of all, those of manifests included, as far as it is over a part of the
 * package around the document. False when there are no more. */
struct xmldsig_part {
    const char *uri;              /* NULL: it is over something else, or changes the part */
    const xmlNode *relationships; /* the transform that chooses relationships, or NULL */
};
bool xmldsig_part(const struct xmldsig *s, size_t index, struct xmldsig_part *out);

/* What the Relationships transform makes of a part; absent when it is no list of relationships.
 * blanks: in the form of xmlsec, which keeps a trace of white space. *complete: all are chosen but
 * those that signing programs leave out. Returns 0 or -1. */
int xmldsig_relationships(struct arena *a, const xmlNode *transform, struct span part, bool blanks,
                          struct span *out, bool *complete) WARN_UNUSED;

/* Nothing stands in the signature but what belongs to one and what it is over itself. */
bool xmldsig_is_pure(const struct xmldsig *s);

/* Signatures of one document, at most. */
enum { XMLDSIG_MAX = 2000 };

/* The signature that this one is a counter-signature of, or NULL. */
const struct xmldsig *xmldsig_parent(const struct xmldsig *s);

/* Compares every digest. content: the file given beside the signature, or absent. Reasons go into
 * findings. *all: SP_YES when all fit, SP_NO when one does not, SP_UNKNOWN when octets are missing.
 * Returns 0 or -1. */
int xmldsig_digests(struct xmldsig *s, struct span content, const char *where,
                    struct sp_findings *findings, enum sp_tristate *all) WARN_UNUSED;

/* Whether the value is good under this key; SP_UNKNOWN when SignedInfo has no canonical form or a
 * limit was reached. Returns 0 or -1. */
int xmldsig_value(struct xmldsig *s, EVP_PKEY *key, enum sp_tristate *good) WARN_UNUSED;

/* The key that stands in KeyValue, for EVP_PKEY_free; NULL when there is none that can be read. */
EVP_PKEY *xmldsig_key_value(const struct xmldsig *s);

/* A time-stamp of XAdES: its token, and the octets it is over. */
enum xmldsig_stamp { XMLDSIG_STAMP_CONTENT, XMLDSIG_STAMP_SIGNATURE, XMLDSIG_STAMP_ARCHIVE };
struct xmldsig_stamp_view {
    enum xmldsig_stamp kind;
    struct span token;
    struct span *parts; /* the message, piece by piece */
    size_t part_count;
    bool incomplete; /* a piece of the message is not at hand */
    /* What stands before it: time-stamps, and evidence of the view (an archive time-stamp is over
     * these, and over KeyInfo). */
    size_t before, crls, ocsps, certificates;
};
size_t xmldsig_stamp_count(const struct xmldsig *s);
int xmldsig_stamp(struct xmldsig *s, size_t index, struct span content,
                  struct xmldsig_stamp_view *out) WARN_UNUSED;

#endif
