/*
 * fuzz_index - any bytes as the hash index of an archive time-stamp, in each of its versions.
 */
#include "harness.h"

#include "asn1/algorithm.h"
#include "timestamp/hash_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum oid versions[] = {OID_ATTR_ATS_HASH_INDEX_V3, OID_ATTR_ATS_HASH_INDEX_V2,
                                        OID_ATTR_ATS_HASH_INDEX};
    static const uint8_t hash[DIGEST_MAX];
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct hash_index index;
        if (!hash_index_parse(versions[i], span_make(data, size), &index) ||
            index.digest == OID_UNKNOWN) {
            continue;
        }
        struct span one = span_make(hash, algorithm_digest_size(index.digest));
        size_t n = hash_index_count(index.certs), at = hash_index_match(index.certs, one);
        if ((at != SIZE_MAX && at >= n) || hash_index_count(index.crls) * one.n > size ||
            hash_index_count(index.attrs) * one.n > size) {
            abort();
        }
    }
    return 0;
}
