/*
 * member - a file out of a container: unpacked by a sandboxed child into memory it shares with us.
 *
 * The memory is as large as the report said before the child exists, so whatever is in the
 * container can fill it and nothing else. A nested container is unpacked step by step.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/text/text.h"
#include "format/container.h"
#include "sandbox/sandbox.h"

#define MEMBER_MEMORY (2 * (size_t)CONTAINER_MEMBER_MAX + ((size_t)32 << 20))

enum { TAKEN, UNREADABLE, OTHER_SIZE };

struct taking {
    struct span document;
    const struct place *place;
    struct room *room;
};

bool member_open(struct arena *a, struct span document, const struct place *place, struct span *out)
{
    struct container_budget budget = {.unpacked = 0};
    *out = document;
    for (size_t i = 0; i < place->count; i++) {
        struct sp_findings findings;
        struct container *c;
        findings_init(&findings);
        if (container_open(a, *out, &budget, &findings, &c) != 0 || !c->sound ||
            place->indexes[i] >= c->count ||
            container_read(c, place->indexes[i], a, &findings, out) != 0 || !out->p) {
            return false;
        }
        budget.depth++;
    }
    return true;
}

static int take(void *context, struct buffer *answer)
{
    const struct taking *t = context;
    struct arena *a = arena_new(MEMBER_MEMORY);
    struct span bytes;
    (void)answer;
    if (!a || !member_open(a, t->document, t->place, &bytes)) {
        return UNREADABLE;
    }
    if (bytes.n != t->room->n) {
        return OTHER_SIZE;
    }
    memcpy(t->room->p, bytes.p, bytes.n);
    return TAKEN;
}

int room_make(struct room *r, int fd, size_t n)
{
    *r = (struct room){.fd = fd, .n = n};
    if (n == 0) {
        static uint8_t nothing[1];
        r->p = nothing;
        return 0;
    }
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    r->p = p == MAP_FAILED ? NULL : p;
    return r->p ? 0 : -1;
}

void room_free(struct room *r)
{
    if (r->n) {
        (void)munmap(r->p, r->n);
    }
}

int member_take(struct span document, const struct place *place, struct room *room)
{
    struct taking t = {document, place, room};
    struct buffer nothing;
    char why[160];
    buffer_init(&nothing, 16);
    int code = sandbox_task(take, &t, &nothing, why, sizeof why);
    buffer_free(&nothing);
    if (code < 0) {
        (void)fprintf(stderr, "satyapan-text: a file was not unpacked: %s\n", why);
    }
    return code < 0 ? -1 : code == TAKEN ? 0 : 1;
}
