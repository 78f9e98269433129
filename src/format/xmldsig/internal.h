/*
 * internal - what the parts of xmldsig share.
 */
#ifndef FORMAT_XMLDSIG_INTERNAL_H
#define FORMAT_XMLDSIG_INTERNAL_H

#include "format/xmldsig/xmldsig.h"

#define NS_DS      "http://www.w3.org/2000/09/xmldsig#"
#define NS_DS11    "http://www.w3.org/2009/xmldsig11#"
#define NS_MORE    "http://www.w3.org/2007/05/xmldsig-more#"
#define NS_EXC     "http://www.w3.org/2001/10/xml-exc-c14n#"
#define NS_FILTER2 "http://www.w3.org/2002/06/xmldsig-filter2"
#define NS_OASIS   "http://docs.oasis-open.org/wss/2004/01/"
#define NS_WSU     NS_OASIS "oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define NS_XADES   "http://uri.etsi.org/01903/v1.3.2#"
#define NS_XADES14 "http://uri.etsi.org/01903/v1.4.1#"
#define NS_XADES12 "http://uri.etsi.org/01903/v1.2.2#"
#define NS_XADES11 "http://uri.etsi.org/01903/v1.1.1#"

enum {
    XD_MAX_SIGNATURES = XMLDSIG_MAX,
    XD_MAX_REFERENCES = 10000, /* of one signature, those of its manifests included */
    XD_MAX_TRANSFORMS = 10,    /* of one reference */
    XD_MAX_CERTIFICATES = 64   /* of one signature; CRLs and OCSP responses likewise */
};
#define XD_MAX_OCTETS ((size_t)128 * 1024 * 1024) /* what a transform makes on the way */

struct xd_id {
    const char *value;
    xmlNode *node;
};

/* A ds:Signature element (its psvi points here), and whether nothing stands in it that belongs to
 * no signature. */
struct xd_found {
    xmlNode *node;
    bool looked, pure;
};

struct xmldsig_file {
    struct arena *arena;
    struct xml_doc *doc;
    struct xd_id *ids; /* by value */
    size_t id_count, id_capacity;
    size_t node_count;
    struct xd_found *signatures; /* every ds:Signature, in document order */
    size_t signature_count, signature_capacity;
    struct xml_budget budget;
    bool exhausted; /* the budget did not suffice for something */
    xmldsig_resolver *resolve;
    void *resolve_ctx;
};

enum xd_transform_kind {
    XD_C14N,
    XD_ENVELOPED,
    XD_BASE64,
    XD_XPATH,   /* one of a few expressions, see xpath.c */
    XD_FILTER2, /* the same for XPath Filter 2 */
    XD_RELATIONSHIP
};

struct xd_transform {
    enum xd_transform_kind kind;
    struct xml_method method;
    const xmlNode *node;
};

enum xd_target {
    XD_DOCUMENT, /* URI="" or none, #xpointer(/) */
    XD_ELEMENT,  /* #id */
    XD_OUTSIDE
};

struct xd_reference {
    const xmlNode *node;
    const char *uri; /* NULL: no attribute */
    const char *type;
    enum xd_target target;
    bool comments;     /* a full XPointer keeps comments */
    const char *id;    /* XD_ELEMENT */
    xmlNode *apex;     /* the element, NULL when there is none (or not exactly one) */
    bool ambiguous;    /* the Id stands twice */
    xmlNode **without; /* what transforms take out of it, in document order */
    size_t without_count;
    bool refused; /* a finding says why it is not followed */
    bool octets;  /* ends in octets that are not a canonical form of all of it (base64) */
    bool blanks;  /* the digest is over relationships in the form of xmlsec */
    struct xd_transform transforms[XD_MAX_TRANSFORMS];
    size_t transform_count;
    enum oid digest;
    const char *digest_uri;
    struct span value;
    bool in_manifest, is_manifest, is_properties;
};

struct xmldsig {
    struct xmldsig_file *file;
    struct arena *arena;
    xmlNode *node, *signed_info;
    struct xml_method method;
    struct xd_reference *references;
    size_t reference_count, reference_capacity;
    const xmlNode *key_info;
    const xmlNode *properties;    /* xades:SignedProperties, when it is signed */
    const xmlNode *qualifying;    /* xades:QualifyingProperties */
    struct span signed_octets;    /* canonical SignedInfo, once made */
    const struct xmldsig *parent; /* the one this countersigns, or NULL */
    struct xmldsig_view view;
    struct xd_stamp *stamps;
    size_t stamp_count, stamp_capacity;
    bool in_whole; /* of the document itself nothing is left unsigned */
    bool pure;     /* nothing stands in it but what belongs to a signature */
};

/* A time-stamp property of XAdES. */
struct xd_stamp {
    enum xmldsig_stamp kind;
    xmlNode *node; /* the property */
    struct xml_method method;
    struct span token;
    size_t before;                    /* time-stamps that stand before its property */
    size_t crls, ocsps, certificates; /* of the view, likewise */
};

/* What reads one signature: the signature and its findings. */
struct xd_reader {
    struct xmldsig *s;
    struct extracted *e;
    const char *where;
};

/* Takes steps from the file's budget; false when it does not suffice. */
bool xd_spend(struct xmldsig_file *f, uint64_t steps);

void xd_report(const struct xd_reader *r, enum sp_reason reason, const char *a0, const char *a1);

/* uri.c: algorithms by name. */
enum oid xd_digest(const char *uri);
bool xd_canonical_method(const char *uri, struct xml_method *out);
/* false: unknown. PSS parameters are read from the SignatureMethod element. 0 or -1. */
int xd_signature_method(struct arena *a, const xmlNode *method, struct signature_alg *out,
                        bool *known) WARN_UNUSED;
bool xd_is_mac(const char *uri);

/* ids.c */
int xd_ids_collect(struct xmldsig_file *f) WARN_UNUSED;
/* The only element with this Id; NULL with *ambiguous when there are several. */
xmlNode *xd_ids_find(const struct xmldsig_file *f, const char *value, bool *ambiguous);
/* An Id that stands twice, NULL when there is none. */
const char *xd_ids_twice(const struct xmldsig_file *f);
/* The Id of an element, NULL when it has none. */
const char *xd_id_of(const xmlNode *node);

/* reference.c: reads ds:Reference elements below parent (SignedInfo or Manifest). */
int xd_read_references(const struct xd_reader *r, const xmlNode *parent, bool manifest) WARN_UNUSED;

/* transform.c: reads and applies ds:Transforms. */
int xd_read_transforms(const struct xd_reader *r, const xmlNode *transforms,
                       struct xd_reference *ref) WARN_UNUSED;
int xd_read_prefixes(struct arena *a, const xmlNode *element, struct xml_method *out) WARN_UNUSED;
/* What transforms that choose nodes leave of the reference's target; false: refused. 0 or -1. */
int xd_select(const struct xd_reader *r, struct xd_reference *ref) WARN_UNUSED;

/* xpath.c: the few expressions that are understood. Adds what they take out, or narrows the apex.
 * *known false: not understood. 0 or -1. */
int xd_xpath(struct xmldsig *s, const xmlNode *transform, struct xd_reference *ref,
             bool *known) WARN_UNUSED;
int xd_filter2(struct xmldsig *s, const xmlNode *transform, struct xd_reference *ref,
               bool *known) WARN_UNUSED;
/* Takes a node out of the reference. */
int xd_without(struct arena *a, struct xd_reference *ref, xmlNode *node) WARN_UNUSED;

/* digest.c: the digest of what a reference stands for. */
enum xd_outcome {
    XD_DIGESTED,
    XD_NO_OCTETS, /* outside and not given */
    XD_NO_FORM,   /* cannot be canonicalised, is no base64, ... */
    XD_OVER_LIMIT,
    XD_NO_ALGORITHM
};
int xd_digest_reference(struct xmldsig *s, struct xd_reference *ref, struct span content,
                        uint8_t out[DIGEST_MAX], enum xd_outcome *outcome) WARN_UNUSED;

/* The octets themselves; method: for what ends as nodes. */
int xd_reference_octets(struct xmldsig *s, struct xd_reference *ref, struct span content,
                        const struct xml_method *method, struct span *out,
                        enum xd_outcome *outcome) WARN_UNUSED;

/* check.c: the content given beside the signature, when it stands for its one detached reference;
 * else absent. */
struct span xd_content(const struct xmldsig *s, struct span content);

/* key.c: KeyInfo. */
int xd_read_key_info(const struct xd_reader *r) WARN_UNUSED;

/* Decodes an element into one of the lists of the view, at most XD_MAX_CERTIFICATES. */
int xd_add_octets(struct arena *a, const xmlNode *node, const struct span **list,
                  size_t *count) WARN_UNUSED;

/* xades.c: QualifyingProperties. */
int xd_read_xades(const struct xd_reader *r) WARN_UNUSED;
bool xd_is_xades(const xmlNode *node, const char *name);
xmlNode *xd_xades_child(const xmlNode *parent, const char *name);

/* cover.c: the sentences about what is signed, and whether that is the whole document. */
int xd_cover(const struct xd_reader *r) WARN_UNUSED;

/* own.c: a text (an element's attributes) that may stand in a ds:Signature unsigned. */
bool xd_own_text(const xmlNode *n);
bool xd_own_attributes(const xmlNode *element);

/* shown.c: tells what makes programs show something else than the document's text. */
void xd_shown(const struct xmldsig_file *f, struct sp_findings *findings);

#endif
