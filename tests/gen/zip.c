/*
 * zip - see zip.h.
 */
#include "zip.h"

#include <zlib.h>

struct written {
    const struct zip_entry *e;
    struct span packed;
    uint32_t crc, offset;
};

static void le(struct buffer *b, uint64_t v, unsigned octets)
{
    for (unsigned i = 0; i < octets; i++) {
        buffer_char(b, (char)(v >> (8 * i)));
    }
}

static struct span deflated(struct span data)
{
    z_stream z = {0};
    uLong bound = compressBound(data.n) + 64;
    uint8_t *out = gen_alloc(bound);
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        gen_die("zlib");
    }
    uint8_t *in = gen_alloc(data.n + 1);
    memcpy(in, data.p ? data.p : in, data.n);
    z.next_in = in;
    z.avail_in = (uInt)data.n;
    z.next_out = out;
    z.avail_out = (uInt)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
        gen_die("zlib");
    }
    size_t n = z.total_out;
    (void)deflateEnd(&z);
    return span_make(out, n);
}

static unsigned flag_bits(const struct zip_entry *e, bool local)
{
    unsigned bits = e->flags & ZIP_NOT_UTF8 ? 0 : 1U << 11;
    bits |= e->flags & ZIP_DESCRIPTOR ? 1U << 3 : 0;
    return bits | (local || !(e->flags & ZIP_LOCAL_ONLY) ? e->set_flags : 0);
}

static unsigned method_of(const struct zip_entry *e)
{
    return e->method ? (unsigned)e->method : e->flags & ZIP_STORED ? 0 : 8;
}

static struct span name_of(const struct zip_entry *e, bool local)
{
    return local && e->local_name ? span_str(e->local_name)
           : e->name_n            ? span_make(e->name, e->name_n)
                                  : span_str(e->name);
}

static struct span extras(const struct written *w, bool local)
{
    const struct zip_entry *e = w->e;
    struct buffer b;
    buffer_init(&b, 4096);
    if (e->flags & ZIP_WIDE) {
        le(&b, 1, 2);
        le(&b, local ? 16 : 24, 2);
        le(&b, e->data.n + (uint64_t)e->size_more, 8);
        le(&b, w->packed.n + (uint64_t)e->packed_more, 8);
        if (!local) {
            le(&b, w->offset, 8);
        }
    }
    if (e->path_extra) {
        struct span other = span_str(e->path_extra), name = name_of(e, local);
        le(&b, 0x7075, 2);
        le(&b, 5 + other.n, 2);
        le(&b, 1, 1);
        le(&b, crc32(0, name.p, (uInt)name.n), 4);
        buffer_add(&b, other);
    }
    return gen_take(&b);
}

/* The part that both headers have: flags to extra length. */
static void common(struct buffer *b, const struct written *w, bool local, size_t extra)
{
    const struct zip_entry *e = w->e;
    bool later = local && e->flags & ZIP_DESCRIPTOR, wide = e->flags & ZIP_WIDE;
    uint64_t size = e->data.n + (uint64_t)e->size_more;
    uint64_t packed = w->packed.n + (uint64_t)e->packed_more;
    le(b, flag_bits(e, local), 2);
    le(b, method_of(e), 2);
    le(b, 0x5d756000, 4); /* a date in 2026 */
    le(b, later ? 0 : w->crc ^ e->crc_xor, 4);
    le(b, later ? 0 : wide ? 0xffffffff : packed, 4);
    if (later && e->flags & (ZIP_SIZE_IN_FRONT | ZIP_LIE_IN_FRONT)) {
        le(b, size + (e->flags & ZIP_LIE_IN_FRONT ? 1 : 0), 4);
    } else {
        le(b, later ? 0 : wide ? 0xffffffff : size, 4);
    }
    le(b, name_of(e, local).n, 2);
    le(b, extra, 2);
}

static void put_local(struct buffer *b, struct written *w)
{
    const struct zip_entry *e = w->e;
    struct span extra = extras(w, true);
    buffer_str(b, "PK\x03\x04");
    le(b, 20, 2);
    common(b, w, true, extra.n);
    buffer_add(b, name_of(e, true));
    buffer_add(b, extra);
    buffer_add(b, w->packed);
    if (e->flags & ZIP_DESCRIPTOR) {
        buffer_str(b, "PK\x07\x08");
        le(b, w->crc ^ (e->flags & ZIP_BAD_DESCRIPTOR ? 1U : 0), 4);
        le(b, w->packed.n, 4);
        le(b, e->data.n, 4);
    }
}

static void put_entry(struct buffer *b, const struct written *w)
{
    const struct zip_entry *e = w->e;
    struct span extra = extras(w, false);
    buffer_str(b, "PK\x01\x02");
    le(b, e->mode ? 3 << 8 | 20 : 20, 2);
    le(b, 20, 2);
    common(b, w, false, extra.n);
    le(b, 0, 2); /* comment */
    le(b, 0, 2); /* disk */
    le(b, 0, 2);
    le(b, (uint64_t)e->mode << 16, 4);
    le(b, e->flags & ZIP_WIDE ? 0xffffffff : w->offset, 4);
    buffer_add(b, name_of(e, false));
    buffer_add(b, extra);
}

static void put_end(struct buffer *b, const struct zip_end *end, size_t entries, size_t start)
{
    size_t size = b->n - start, at;
    buffer_add(b, end->gap_end);
    at = b->n;
    if (end->wide) {
        uint64_t n = entries + (uint64_t)end->wide_entries_more;
        buffer_str(b, "PK\x06\x06");
        le(b, 44, 8);
        le(b, 45, 2);
        le(b, 45, 2);
        le(b, 0, 8);
        le(b, n, 8);
        le(b, n, 8);
        le(b, size, 8);
        le(b, start, 8);
        buffer_str(b, "PK\x06\x07");
        le(b, 0, 4);
        le(b, at, 8);
        le(b, 1, 4);
    }
    uint64_t said = entries + (uint64_t)end->entries_more;
    buffer_str(b, "PK\x05\x06");
    le(b, 0, 4);
    le(b, said, 2);
    le(b, said, 2);
    le(b, size, 4);
    le(b, start, 4);
    le(b, end->comment.n, 2);
    buffer_add(b, end->comment);
    buffer_add(b, end->after);
}

struct span zip_make(const struct zip_entry *entries, size_t count, const struct zip_end *end)
{
    static const struct zip_end plain;
    struct written *list = gen_alloc((count + 1) * sizeof *list);
    struct buffer b;
    size_t listed = 0;
    end = end ? end : &plain;
    buffer_init(&b, (size_t)256 << 20);
    buffer_add(&b, end->before);
    for (size_t i = 0; i < count; i++) {
        struct written *w = &list[i];
        const struct zip_entry *e = w->e = &entries[i];
        w->packed = e->flags & ZIP_STORED ? e->data : deflated(e->data);
        w->crc = (uint32_t)crc32(0, e->data.p, (uInt)e->data.n);
        w->offset = (uint32_t)b.n;
        if (e->flags & ZIP_GHOST) {
            w->offset = list[i - 1].offset;
        } else {
            put_local(&b, w);
        }
        if (i == 0) {
            buffer_add(&b, end->gap);
        }
    }
    size_t start = b.n;
    for (size_t i = 0; i < count; i++) {
        if (!(entries[i].flags & ZIP_HIDDEN)) {
            put_entry(&b, &list[i]);
            listed++;
        }
    }
    put_end(&b, end, listed, start);
    return gen_take(&b);
}
