/*
 * jws - JSON signatures: JWS (RFC 7515, 7797) and JAdES (ETSI TS 119 182-1).
 *
 * Compact, flattened and general serialisation, with the payload inside or detached. Reading is
 * strict: base64url has one form, members are there once, header parameters are in one place.
 * What it does not do: check any value, digest or certificate, or follow a URL.
 */
#ifndef FORMAT_JWS_H
#define FORMAT_JWS_H

#include "asn1/algorithm.h"
#include "format/extract.h"

enum {
    JWS_MAX_SIGNATURES = 256,
    JWS_MAX_CERTS = 32,
    JWS_MAX_OBJECTS = 64,
    JWS_MAX_REFERENCES = 4,
    JWS_MAX_VALUES = 512
};

/* A digest of the signing certificate in the protected header (RFC 7515 4.1.8, TS 119 182-1
 * 5.2.2). */
struct jws_reference {
    enum oid digest; /* OID_UNKNOWN: one that is not known here */
    struct span value;
};

/* What sigD says is signed (TS 119 182-1 5.2.8). */
enum jws_objects {
    JWS_NO_OBJECTS,
    JWS_BY_URI,  /* the payload is the objects, one after the other */
    JWS_BY_HASH, /* the payload is empty, digests of the objects are in the header */
    JWS_BY_OTHER /* HttpHeaders, or a way of somebody's own */
};

enum jws_value_kind { JWS_CERT, JWS_CRL, JWS_OCSP, JWS_STAMP, JWS_CONTENT_STAMP };

/* Certificates, revocation data and time-stamps that travel in the header. */
struct jws_value {
    enum jws_value_kind kind;
    struct span der;
};

/* One signature. Spans point into the file, or live in the arena. */
struct jws {
    struct span protected_text, signature_text; /* base64url, as they stand */
    struct span signature;
    bool encoded;                     /* b64: the payload is signed in base64url */
    struct span payload_text;         /* the payload as it stands; absent when detached */
    struct span payload;              /* its octets */
    const char *algorithm;            /* "RS256", ... */
    struct signature_alg alg;         /* family SIG_NONE: not one we check */
    unsigned key_bits;                /* of the curve; 0: any */
    struct span certs[JWS_MAX_CERTS]; /* x5c, the signer's first */
    size_t cert_count;
    struct jws_reference references[JWS_MAX_REFERENCES];
    size_t reference_count;
    enum jws_objects objects;
    const char *object_method; /* mId */
    enum oid object_digest;
    size_t object_count;
    struct span object_digests[JWS_MAX_OBJECTS];
    struct jws_value *values;
    size_t value_count, value_capacity;
};

/* Finds the signatures: fills out->signatures and findings. Returns 0 or -1 (our failure). */
int jws_extract(struct arena *a, struct span file, struct extraction *out) WARN_UNUSED;

/* The text looks like a compact serialisation, or like a JSON one. */
bool jws_looks_compact(struct span text);
bool jws_looks_json(struct span text);

#endif
