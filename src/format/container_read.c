/*
 * container_read - the content of a member: libzip inflates, under our caps and with our checks.
 *
 * libzip opens the archive from memory. Its consistency check (ZIP_CHECKCONS) is not asked for: it
 * compares fewer fields than container.c, and dates and versions, which say nothing about content.
 * A member may give exactly its declared octets with its declared CRC.
 */
#include <zip.h>

#include "base/mem.h"
#include "format/container.h"

enum { CHUNK = 1 << 20 };

static void close_reader(void *p)
{
    zip_discard(p);
}

static void fault(const struct container *c, struct arena *a, struct sp_findings *findings,
                  enum sp_reason reason, size_t index, const char *why)
{
    (void)a;
    finding_add(c->arena, findings, reason, "document", c->members[index].name, why, NULL);
}

/* libzip's reader, once. Returns 1, 0 when libzip refuses the archive, -1 when memory is out. */
static int open_reader(struct container *c)
{
    if (c->reader) {
        return 1;
    }
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(c->file.p, c->file.n, 0, &error);
    zip_t *z = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    bool memory = zip_error_code_zip(&error) == ZIP_ER_MEMORY;
    zip_error_fini(&error);
    if (!z) {
        zip_source_free(source);
        if (memory) {
            mem_note_failure();
        }
        return memory ? -1 : 0;
    }
    if (arena_defer(c->arena, close_reader, z)) {
        return -1;
    }
    c->reader = z;
    return 1;
}

/* Reads size octets and sees the end; why is set when the member is not what it says. */
static int inflate_all(struct container *c, size_t index, uint8_t *to, uint64_t size,
                       const char **why)
{
    zip_file_t *f = zip_fopen_index(c->reader, index, 0);
    if (!f) {
        if (zip_error_code_zip(zip_get_error(c->reader)) == ZIP_ER_MEMORY) {
            mem_note_failure();
            return -1;
        }
        *why = "it cannot be unpacked";
        return 0;
    }
    uint64_t at = 0;
    zip_int64_t n = 1;
    while (at < size && n > 0) {
        uint64_t want = size - at < CHUNK ? size - at : CHUNK;
        n = zip_fread(f, to + at, want);
        at += n > 0 ? (uint64_t)n : 0;
    }
    uint8_t more;
    n = n < 0 ? n : zip_fread(f, &more, 1); /* the end: libzip compares the CRC here */
    int code = zip_error_code_zip(zip_file_get_error(f));
    *why = code == ZIP_ER_CRC    ? "its checksum is wrong"
           : n > 0               ? "it is longer than it says"
           : n < 0 || at != size ? "it cannot be unpacked"
                                 : NULL;
    (void)zip_fclose(f);
    if (code == ZIP_ER_MEMORY) {
        mem_note_failure();
        return -1;
    }
    return 0;
}

int container_read(struct container *c, size_t index, struct arena *a, struct sp_findings *findings,
                   struct span *out)
{
    const struct container_member *m = &c->members[index];
    *out = SPAN_NONE;
    if (!c->sound || !m->readable) {
        return 0; /* container_open said why */
    }
    if (m->size > CONTAINER_WORK_MAX - c->budget->unpacked) {
        fault(c, a, findings, SP_CONTAINER_LIMIT, index, "1 GB for all files");
        return 0;
    }
    c->budget->unpacked += m->size;
    int r = open_reader(c);
    if (r <= 0) {
        if (r == 0) {
            fault(c, a, findings, SP_CONTAINER_SIZE, index, "libzip refuses the archive");
        }
        return r;
    }
    zip_stat_t seen;
    if (zip_stat_index(c->reader, index, 0, &seen) != 0 || seen.size != m->size ||
        seen.comp_size != m->packed || seen.comp_method != m->method) {
        fault(c, a, findings, SP_CONTAINER_SIZE, index, "two readers see it differently");
        return 0;
    }
    uint8_t *to = arena_alloc(a, (size_t)m->size);
    const char *why = NULL;
    if (!to || inflate_all(c, index, to, m->size, &why)) {
        return -1;
    }
    if (why) {
        fault(c, a, findings, SP_CONTAINER_SIZE, index, why);
        return 0;
    }
    *out = span_make(to, (size_t)m->size);
    return 0;
}

int container_resolve(struct container *c, struct span name, struct arena *a,
                      struct sp_findings *findings, struct span *out)
{
    size_t i = container_find(c, name);
    *out = SPAN_NONE;
    return i == SIZE_MAX ? 0 : container_read(c, i, a, findings, out);
}
