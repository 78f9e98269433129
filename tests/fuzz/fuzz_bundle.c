/*
 * fuzz_bundle - the reader of evidence handed from process to process: what it gives lies inside
 * the input, and its strings end there.
 */
#include <stdlib.h>

#include "sandbox/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(const void *p, size_t n, const uint8_t *data, size_t size)
{
    const uint8_t *q = p;
    return !q || (q >= data && q <= data + size && n <= (size_t)(data + size - q));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sp_evidence e = {0};
    struct span rest;
    struct bundle_record r;
    if (bundle_open(span_make(data, size), &rest)) {
        while (bundle_next(&rest, &r)) {
            for (size_t i = 0; i < 3; i++) {
                if (r.text[i] && !inside(r.text[i], strlen(r.text[i]) + 1, data, size)) {
                    abort();
                }
            }
            if (!inside(r.data.p, r.data.n, data, size) ||
                !inside(r.index.p, r.index.n, data, size)) {
                abort();
            }
        }
    }
    if (bundle_add_to(span_make(data, size), &e) == 0 && size < 4) {
        abort();
    }
    sp_evidence_clear(&e);
    return 0;
}
