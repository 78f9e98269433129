/*
 * fuzz_pdf - any bytes through the PDF reader alone: structure, discovery, comparison of revisions.
 *
 * Nothing but a failure of memory may make it fail, and a sound signature's ranges must lie in the
 * file with the gap between them.
 */
#include <stdlib.h>

#include "format/pdf/pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct extracted *s, size_t size)
{
    if (s->broken) {
        return;
    }
    const struct byte_range *g = s->ranges;
    if (s->range_count != 2 || g[0].off != 0 || g[0].len >= g[1].off || g[1].off > size ||
        g[1].len > size - g[1].off || !s->blob.p || !s->coverage || !s->coverage_hi) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct sp_findings document;
    findings_init(&document);
    struct extraction x = {.document = &document};
    if (a &&
        pdf_extract(a, size ? span_make(data, size) : SPAN_LIT(""), SPAN_LIT("user"), &x) == 0) {
        for (size_t i = 0; i < x.count; i++) {
            check(&x.signatures[i], size);
        }
    }
    arena_free(a);
    return 0;
}
