/*
 * status_list - see status_list.h.
 */
#include "tlog/status_list.h"

#include <limits.h>

#include <zlib.h>

#include "base/base64.h"
#include "base/mem.h"

static size_t octets_for(unsigned bits, size_t count)
{
    size_t each = 8 / bits;
    return count / each + (count % each != 0);
}

static bool good_bits(unsigned bits)
{
    return bits == 1 || bits == 2 || bits == 4 || bits == 8;
}

int status_list_init(struct status_list *l, unsigned bits, size_t count)
{
    *l = (struct status_list){.bits = bits, .count = count};
    size_t n = good_bits(bits) ? octets_for(bits, count) : 0;
    l->octets = good_bits(bits) ? mem_zalloc(n ? n : 1) : NULL;
    return l->octets ? 0 : -1;
}

void status_list_free(struct status_list *l)
{
    mem_free(l->octets);
    *l = (struct status_list){.bits = 0};
}

static unsigned mask_of(const struct status_list *l)
{
    return (1U << l->bits) - 1;
}

static unsigned shift_of(const struct status_list *l, size_t index)
{
    return (unsigned)(index % (8 / l->bits)) * l->bits;
}

void status_list_set(struct status_list *l, size_t index, unsigned value)
{
    if (index >= l->count || value > mask_of(l)) {
        return;
    }
    uint8_t *o = &l->octets[index / (8 / l->bits)];
    *o = (uint8_t)((*o & ~(mask_of(l) << shift_of(l, index))) | value << shift_of(l, index));
}

unsigned status_list_get(const struct status_list *l, size_t index)
{
    return index < l->count
               ? (unsigned)l->octets[index / (8 / l->bits)] >> shift_of(l, index) & mask_of(l)
               : UINT_MAX;
}

int status_list_encode(const struct status_list *l, struct buffer *out)
{
    size_t n = octets_for(l->bits, l->count);
    uLongf wrote = compressBound(n);
    uint8_t *packed = mem_alloc(wrote), *text = mem_alloc((wrote + 2) / 3 * 4);
    bool ok = packed && text && compress2(packed, &wrote, l->octets, n, Z_BEST_COMPRESSION) == Z_OK;
    if (ok) {
        buffer_add(out, span_make(text, base64_url(span_make(packed, wrote), text)));
    }
    mem_free(packed);
    mem_free(text);
    return ok && buffer_ok(out) ? 0 : -1;
}

/* Into l, which has room for max entries. 0, 1, -1. */
static int inflate_all(struct span packed, size_t max, struct status_list *l)
{
    size_t room = octets_for(l->bits, max);
    uLongf wrote = room + 1, used = packed.n; /* one octet more shows that there is more */
    uint8_t *raw = mem_alloc(room + 1);
    int rc = raw ? uncompress2(raw, &wrote, packed.p, &used) : Z_MEM_ERROR;
    if (rc == Z_OK && used == packed.n && wrote <= room) {
        l->octets = raw;
        l->count = wrote * (8 / l->bits);
        return 0;
    }
    mem_free(raw);
    return rc == Z_MEM_ERROR ? -1 : 1;
}

int status_list_decode(struct span text, unsigned bits, size_t max, struct status_list *out)
{
    *out = (struct status_list){.bits = bits};
    struct span packed = SPAN_NONE;
    if (!good_bits(bits)) {
        return 1;
    }
    struct arena *a = arena_new(text.n + 4096);
    int rc = a ? base64_decode(a, text, BASE64_URL, &packed) : -1;
    if (rc == 0) {
        rc = packed.p ? inflate_all(packed, max, out) : 1;
    }
    arena_free(a);
    return rc;
}
