/*
 * hash_index - the list of hashes an archive time-stamp v3 protects (EN 319 122-1 5.5.2).
 *
 * ATSHashIndex-v3, and its forerunners v2 and v1 (TS 101 733 6.4.2). Parsing only: whether the
 * hashes are those of what is in the message is asked with hash_index_match.
 */
#ifndef TIMESTAMP_HASH_INDEX_H
#define TIMESTAMP_HASH_INDEX_H

#include "asn1/oid.h"
#include "format/cms.h"

enum { HASH_INDEX_MAX = 8192 }; /* hashes in a list */

struct hash_index {
    enum oid version;               /* the attribute's OID_ATTR_ATS_HASH_INDEX... */
    struct span whole;              /* the value */
    enum oid digest;                /* OID_UNKNOWN: not supported */
    struct span certs, crls, attrs; /* contents of the SEQUENCE OF OCTET STRING */
};

/* The one hash index among a token's unsigned attributes. False when there is none, several, or it
 * is malformed (*why, static text). */
bool hash_index_find(const struct cms_attrs *attrs, struct hash_index *out, const char **why);

/* The value of one version. False when malformed. */
bool hash_index_parse(enum oid version, struct span value, struct hash_index *out);

/* How many hashes a list holds. */
size_t hash_index_count(struct span list);

/* The position of a hash in a list, SIZE_MAX when it is not there. */
size_t hash_index_match(struct span list, struct span hash);

#endif
