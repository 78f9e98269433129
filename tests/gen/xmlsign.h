/*
 * xmlsign - XML signatures, right ones and wrong ones (XML Signature 1.1, EN 319 132-1).
 *
 * What is signed is written in canonical form from the beginning (Exclusive XML Canonicalization):
 * its octets are their own canonical form, so nothing here shares code with the reader under test.
 */
#ifndef GEN_XMLSIGN_H
#define GEN_XMLSIGN_H

#include "cms.h"

#define XS_DS    "http://www.w3.org/2000/09/xmldsig#"
#define XS_XADES "http://uri.etsi.org/01903/v1.3.2#"
#define XS_EXC   "http://www.w3.org/2001/10/xml-exc-c14n#"
#define XS_INC   "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

/* <ds:Transform Algorithm="..."/> for a literal. */
#define XS_TRANSFORM(uri) "<ds:Transform Algorithm=\"" uri "\"></ds:Transform>"
#define XS_ENVELOPED      XS_TRANSFORM(XS_DS "enveloped-signature") XS_TRANSFORM(XS_EXC)
#define XS_XPATH(text)                                                                             \
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>" text     \
    "</ds:XPath></ds:Transform>"
#define XS_FILTER2(filter, text)                                                                   \
    "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\"><f:XPath "              \
    "xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"" filter "\">" text            \
    "</f:XPath></ds:Transform>"

struct xml_ref {
    const char *uri;        /* NULL: no attribute */
    const char *octets;     /* what the digest is over */
    const char *transforms; /* NULL: no ds:Transforms */
    const char *attributes; /* more of them, as ` Type="..."`, or NULL */
    enum digest_id digest;
    const char *digest_uri;   /* instead of the digest's own */
    const char *digest_value; /* base64, instead of the right one */
};

enum xml_flag {
    XS_BAD_VALUE = 1 << 0,  /* one bit of the signature value changed */
    XS_BAD_DIGEST = 1 << 1, /* of the first digest */
    XS_NO_CERTS = 1 << 2,   /* no KeyInfo */
    XS_KEY_VALUE = 1 << 3,  /* RSAKeyValue in its place */
    XS_REVERSED = 1 << 4,   /* the chain from the top down */
    XS_CRLF = 1 << 5,       /* base64 in lines that end in &#13; */
    XS_DER_VALUE = 1 << 6,  /* ECDSA as a SEQUENCE, not as r || s */
    XS_ZERO_VALUE = 1 << 7, /* as many zeros */
    XS_SHORT_VALUE = 1 << 8,
    XS_LONG_VALUE = 1 << 9 /* a zero before it */
};

/* XAdES properties; Target and Id are made from the signature's Id. */
struct xades_spec {
    enum digest_id digest; /* of the certificate */
    const char *named;     /* label of the certificate that is named; NULL: the signer's */
    int64_t when;          /* relative; 0: an hour before */
    bool old;              /* SigningCertificate, not V2 */
    bool none;             /* names no certificate */
    const char *target;    /* instead of the signature's Id */
    const char *format;    /* ObjectReference, NULL: no DataObjectFormat */
    bool unreferenced;     /* the properties are there, but not signed */
    const struct tst_spec *stamp;
    const struct tst_spec *content_stamp; /* over the octets of the references */
    struct span crls[4];                  /* RevocationValues; absent ones end the list */
    const struct tst_spec *archive;       /* over all of it */
    bool archive_misses;                  /* the archive time-stamp's message lacks KeyInfo */
    const char *more;                     /* further unsigned properties */
};

struct xml_spec {
    const char *cert; /* label */
    enum sig_id sig;
    enum digest_id digest;
    const char *method;     /* SignatureMethod, instead of the one of sig and digest */
    const char *parameter;  /* inside it */
    const char *canonical;  /* CanonicalizationMethod, instead of XS_EXC */
    const char *prefixes;   /* inside it */
    const char *scope;      /* namespaces and attributes of the canonical ds:SignedInfo, NULL: ds */
    const char *info_end;   /* last in ds:SignedInfo */
    const char *attributes; /* more of ds:Signature */
    const char *id;
    struct xml_ref refs[4];
    const char *objects;  /* ds:Object elements */
    const char *key_info; /* instead of the certificates */
    const struct xades_spec *xades;
    unsigned flags;
};

/* The ds:Signature element. */
char *xml_sign(const struct xml_spec *spec);

/* text with the first "@" replaced by the signature. */
char *xml_put(const char *text, const char *signature);

/* text with the first `from` replaced; one that is not there ends the program. NULL: as it is. */
char *xml_replace(const char *text, const char *from, const char *to);

/* The ds:X509Certificate of a label, and the chain of a signer as ds:KeyInfo. */
char *xml_certificate(const char *label);
char *xml_chain(const char *label);

#endif
