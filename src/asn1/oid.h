/*
 * oid - the object identifiers this program knows, as data, and their text forms.
 */
#ifndef ASN1_OID_H
#define ASN1_OID_H

#include "base/arena.h"

enum oid {
    OID_UNKNOWN,
#define OID(id, dotted, name) OID_##id,
#include "asn1/oid.def"
#undef OID
    OID_COUNT
};

/* The known OID with these content octets (without tag and length), or OID_UNKNOWN. */
enum oid oid_lookup(struct span body);

/* Content octets and short name of a known OID. Static storage. */
struct span oid_body(enum oid oid);
const char *oid_name(enum oid oid);

/* "1.2.840..." for any content octets; "malformed OID" when they are none. */
char *oid_dotted(struct arena *a, struct span body) WARN_UNUSED;

/* The content octets equal the dotted form. */
bool oid_is(struct span body, const char *dotted);

/* The OID lies at or below the arc given in dotted form. */
bool oid_below(struct span body, const char *arc);

#endif
