/*
 * evidence - the list of satyapan/evidence.h; nothing is parsed here.
 */
#include "satyapan/evidence.h"

#include "base/mem.h"

int sp_evidence_add(struct sp_evidence *evidence, enum sp_evidence_kind kind, const void *bytes,
                    size_t size, const char *source)
{
    if (evidence->count == evidence->capacity) {
        size_t capacity = evidence->capacity ? evidence->capacity * 2 : 32;
        struct sp_evidence_blob *p = mem_realloc(evidence->blobs, capacity * sizeof *p);
        if (!p) {
            return -1;
        }
        evidence->blobs = p;
        evidence->capacity = capacity;
    }
    evidence->blobs[evidence->count++] =
        (struct sp_evidence_blob){kind, bytes, size, source, false};
    return 0;
}

void sp_evidence_clear(struct sp_evidence *evidence)
{
    mem_free(evidence->blobs);
    *evidence = (struct sp_evidence){0};
}
