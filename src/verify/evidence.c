/*
 * evidence - the list of satyapan/evidence.h; nothing is parsed here, but by sp_evidence_prepare.
 */
#include "satyapan/evidence.h"

#include "base/arena.h"
#include "base/mem.h"
#include "chain/pool.h"

#define PREPARED_MEMORY ((size_t)64 * 1024 * 1024)

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
        (struct sp_evidence_blob){.kind = kind, .bytes = bytes, .size = size, .source = source};
    return 0;
}

int sp_evidence_attempt(struct sp_evidence *evidence, const struct sp_attempt *attempt)
{
    if (evidence->attempt_count == evidence->attempt_capacity) {
        size_t capacity = evidence->attempt_capacity ? evidence->attempt_capacity * 2 : 8;
        struct sp_attempt *p = mem_realloc(evidence->attempts, capacity * sizeof *p);
        if (!p) {
            return -1;
        }
        evidence->attempts = p;
        evidence->attempt_capacity = capacity;
    }
    evidence->attempts[evidence->attempt_count++] = *attempt;
    return 0;
}

int sp_evidence_extend(struct sp_evidence *evidence, const struct sp_evidence *from)
{
    bool empty = evidence->count == 0 && !evidence->prepared;
    for (size_t i = 0; i < from->count; i++) {
        const struct sp_evidence_blob *b = &from->blobs[i];
        if (sp_evidence_add(evidence, b->kind, b->bytes, b->size, b->source)) {
            return -1;
        }
        evidence->blobs[evidence->count - 1] = *b;
    }
    for (size_t i = 0; i < from->attempt_count; i++) {
        if (sp_evidence_attempt(evidence, &from->attempts[i])) {
            return -1;
        }
    }
    if (empty) { /* its arena stays with from */
        evidence->prepared = from->prepared;
        evidence->prepared_count = from->prepared_count;
    }
    evidence->demo = evidence->demo || from->demo;
    return 0;
}

int sp_evidence_prepare(struct sp_evidence *evidence)
{
    if (evidence->prepared || !(evidence->arena = arena_new(PREPARED_MEMORY))) {
        return -1;
    }
    int rc = pool_prepare(evidence->arena, evidence, &evidence->prepared);
    if (rc || !evidence->prepared) {
        arena_free(evidence->arena);
        evidence->arena = NULL;
        evidence->prepared = NULL;
        return rc;
    }
    evidence->prepared_count = evidence->count;
    return 0;
}

void sp_evidence_clear(struct sp_evidence *evidence)
{
    arena_free(evidence->arena);
    mem_free(evidence->blobs);
    mem_free(evidence->attempts);
    *evidence = (struct sp_evidence){0};
}
