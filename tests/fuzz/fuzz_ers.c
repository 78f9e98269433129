/*
 * fuzz_ers - any bytes as an evidence record over a fixed content: the reader, the hash trees,
 * and as a document.
 */
#include "harness.h"

#include "asn1/algorithm.h"
#include "timestamp/ers.h"

static const uint8_t content[] = "The declaration of the manufacturer.\n";

/* Reduces every tree from the content's hash. */
static void reduce(struct arena *a, const struct ers *r)
{
    uint8_t hash[DIGEST_MAX];
    struct span root, one = span_make(hash, algorithm_digest_size(OID_SHA256));
    const char *why;
    if (algorithm_digest(OID_SHA256, span_make(content, sizeof content - 1), hash)) {
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        if (ers_root(a, &r->stamps[i], OID_SHA256, &one, 1, i % 2 == 0, &root, &why) == 0 &&
            root.p && root.n != one.n) {
            abort();
        }
        (void)ers_sequence(a, r, r->stamps[i].chain);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)64 << 20);
    struct ers *r = NULL;
    const char *why;
    if (!a) {
        abort();
    }
    if (ers_parse(a, span_make(data, size), &r, &why) == 0 && r) {
        reduce(a, r);
    }
    arena_free(a);
    harness_verify(data, size, content, sizeof content - 1);
    return 0;
}
