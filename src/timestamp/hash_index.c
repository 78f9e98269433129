/*
 * hash_index - see hash_index.h.
 */
#include "timestamp/hash_index.h"

#include "asn1/algorithm.h"
#include "asn1/der.h"

static bool hashes_only(struct span list, size_t size)
{
    struct der d;
    for (size_t n = 0; list.n; n++) {
        if (n >= HASH_INDEX_MAX || !der_expect(&list, DER_OCTET_STRING, &d) || d.body.n != size) {
            return false;
        }
    }
    return true;
}

/* SEQUENCE { hashIndAlgorithm AlgorithmIdentifier, three SEQUENCE OF OCTET STRING }; in v1 the
 * algorithm may be left out and is SHA-256 then. */
bool hash_index_parse(enum oid version, struct span value, struct hash_index *out)
{
    struct der seq, d, list[3];
    *out = (struct hash_index){.version = version, .whole = value, .digest = OID_SHA256};
    if (!der_only(value, DER_SEQUENCE, &seq)) {
        return false;
    }
    struct span in = seq.body;
    bool left_out = version == OID_ATTR_ATS_HASH_INDEX && der_expect(&in, DER_SEQUENCE, &d) &&
                    der_peek(d.body) != DER_OID;
    in = seq.body;
    if (!left_out) {
        if (!der_expect(&in, DER_SEQUENCE, &d)) {
            return false;
        }
        out->digest = algorithm_oid(d.whole, NULL);
    }
    for (size_t i = 0; i < 3; i++) {
        if (!der_expect(&in, DER_SEQUENCE, &list[i])) {
            return false;
        }
    }
    out->certs = list[0].body;
    out->crls = list[1].body;
    out->attrs = list[2].body;
    if (in.n) {
        return false;
    }
    if (!algorithm_md(out->digest)) {
        out->digest = OID_UNKNOWN;
        return true;
    }
    size_t size = algorithm_digest_size(out->digest);
    return hashes_only(out->certs, size) && hashes_only(out->crls, size) &&
           hashes_only(out->attrs, size);
}

bool hash_index_find(const struct cms_attrs *attrs, struct hash_index *out, const char **why)
{
    static const enum oid versions[] = {OID_ATTR_ATS_HASH_INDEX_V3, OID_ATTR_ATS_HASH_INDEX_V2,
                                        OID_ATTR_ATS_HASH_INDEX};
    const struct cms_attr *found = NULL;
    size_t all = 0;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        size_t count;
        const struct cms_attr *attr = cms_attr(attrs, versions[i], &count);
        found = attr ? attr : found;
        all += count;
    }
    if (all != 1) {
        *why = all ? "it has several hash indexes" : "it has no hash index";
        return false;
    }
    if (!hash_index_parse(found->id, found->values, out)) {
        *why = "its hash index is malformed";
        return false;
    }
    return true;
}

size_t hash_index_count(struct span list)
{
    struct der d;
    size_t n = 0;
    while (der_expect(&list, DER_OCTET_STRING, &d)) {
        n++;
    }
    return n;
}

size_t hash_index_match(struct span list, struct span hash)
{
    struct der d;
    for (size_t i = 0; der_expect(&list, DER_OCTET_STRING, &d); i++) {
        if (span_eq(d.body, hash)) {
            return i;
        }
    }
    return SIZE_MAX;
}
