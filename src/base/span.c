/*
 * span - the one search routine; everything else is inline in span.h.
 */
#include "base/span.h"

size_t span_find(struct span hay, struct span needle, size_t from)
{
    if (from > hay.n || needle.n == 0 || !hay.p) {
        return SIZE_MAX;
    }
    const uint8_t *hit = memmem(hay.p + from, hay.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - hay.p) : SIZE_MAX;
}
