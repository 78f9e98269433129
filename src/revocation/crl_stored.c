/*
 * crl_stored - the index of a CRL in a file: written once, mapped and used as it is.
 *
 * A fixed header, a checksum for each block of the list, the index words, where the hashes begin.
 * The header's own checksum covers the whole file. Numbers are in the byte order of the machine:
 * the file is a cache, a machine of the other order finds it damaged and makes its own.
 * A look-up checks the blocks that hold the entries it reads, so neither a damaged file nor a
 * damaged list changes an answer. Forgery is no matter of checksums: who can write here could write
 * the trust list as well.
 */
#include "asn1/der.h"
#include "revocation/crl.h"

enum { BLOCK_BITS = 14, LANES = 4, STARTS = (1 << CRL_START_BITS) + 1 };

#define BLOCK ((size_t)1 << BLOCK_BITS)

static const uint8_t magic[8] = {'S', 'P', 'C', 'R', 'L', 'I', 'X', 1};

struct header {
    uint8_t magic[8];
    uint64_t der_size, blocks, count, starts; /* starts: 0 or STARTS */
    uint8_t der_sha256[32], signer_sha256[32];
    int64_t this_update, next_update;
    uint64_t sum; /* of the whole file, this field taken as 0 */
};

_Static_assert(sizeof(struct header) == 128, "no padding");

/* ---- checksums ------------------------------------------------------------------------------- */

/* For a given word each state has one successor and the other way round: two inputs that differ in
 * one word never have the same sum. */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9fb21c651e98df25u;
    return h ^ h >> 32;
}

static uint64_t sum_of(uint64_t seed, struct span s)
{
    uint64_t lane[LANES] = {seed ^ 0x243f6a8885a308d3u, seed ^ 0x13198a2e03707344u,
                            seed ^ 0xa4093822299f31d0u, seed ^ 0x082efa98ec4e6c89u};
    uint64_t word[LANES], h = mix(seed, s.n);
    while (s.n) {
        size_t n = s.n < sizeof word ? s.n : sizeof word;
        if (n < sizeof word) {
            memset(word, 0, sizeof word);
        }
        memcpy(word, s.p, n);
        for (int i = 0; i < LANES; i++) {
            lane[i] = mix(lane[i], word[i]);
        }
        s = span_sub(s, n, s.n);
    }
    for (int i = 0; i < LANES; i++) {
        h = mix(h, lane[i]);
    }
    return h;
}

static uint64_t block_sum(struct span der, size_t block)
{
    return sum_of(block, span_sub(der, block << BLOCK_BITS, BLOCK));
}

static size_t blocks_of(size_t size)
{
    return (size >> BLOCK_BITS) + (size % BLOCK != 0);
}

static uint64_t file_sum(struct header h, struct span rest)
{
    h.sum = 0;
    return sum_of(sum_of(0, span_make(&h, sizeof h)), rest);
}

/* ---- writing --------------------------------------------------------------------------------- */

bool crl_stored_write(const struct crl *crl, const uint8_t der_sha256[32],
                      const uint8_t signer_sha256[32], struct buffer *out)
{
    struct header h = {.der_size = crl->der.n,
                       .blocks = blocks_of(crl->der.n),
                       .count = crl->count,
                       .starts = crl->starts ? STARTS : 0,
                       .this_update = crl->this_update,
                       .next_update = crl->next_update};
    size_t from = out->n;
    if (!crl->indexed || crl->mark_count) {
        return false;
    }
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.der_sha256, der_sha256, sizeof h.der_sha256);
    memcpy(h.signer_sha256, signer_sha256, sizeof h.signer_sha256);
    buffer_add(out, span_make(&h, sizeof h));
    for (size_t i = 0; i < h.blocks; i++) {
        uint64_t sum = block_sum(crl->der, i);
        buffer_add(out, span_make(&sum, sizeof sum));
    }
    buffer_add(out, span_make(crl->index, crl->count * sizeof(uint64_t)));
    if (crl->starts) {
        buffer_add(out, span_make(crl->starts, STARTS * sizeof(uint32_t)));
    }
    if (!buffer_ok(out)) {
        return false;
    }
    h.sum = file_sum(h, span_sub(buffer_span(out), from + sizeof h, out->n));
    memcpy(out->p + from, &h, sizeof h);
    return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The header of a whole file; the three tables behind it fit. */
static bool read_header(struct span file, struct header *h)
{
    if (file.n < sizeof *h) {
        return false;
    }
    memcpy(h, file.p, sizeof *h);
    if (memcmp(h->magic, magic, sizeof magic) != 0 || h->der_size > UINT32_MAX ||
        h->blocks != blocks_of(h->der_size) || h->count > h->der_size ||
        (h->starts && h->starts != STARTS)) {
        return false;
    }
    return file.n == sizeof *h + (h->blocks + h->count) * sizeof(uint64_t) +
                         h->starts * sizeof(uint32_t) &&
           h->sum == file_sum(*h, span_sub(file, sizeof *h, file.n));
}

bool crl_stored_read(struct span file, struct crl_stored *out)
{
    struct header h;
    if (!read_header(file, &h)) {
        return false;
    }
    *out = (struct crl_stored){.der_size = h.der_size,
                               .count = h.count,
                               .this_update = h.this_update,
                               .next_update = h.next_update};
    memcpy(out->der_sha256, h.der_sha256, sizeof h.der_sha256);
    memcpy(out->signer_sha256, h.signer_sha256, sizeof h.signer_sha256);
    return true;
}

bool crl_stored_name(uint8_t *file, size_t size, const uint8_t der_sha256[32])
{
    struct header h;
    if (!read_header(span_make(file, size), &h)) {
        return false;
    }
    memcpy(h.der_sha256, der_sha256, sizeof h.der_sha256);
    h.sum = file_sum(h, span_sub(span_make(file, size), sizeof h, size));
    memcpy(file, &h, sizeof h);
    return true;
}

/* The bytes [from, to) of the list are as they were. */
static bool intact(const struct crl *crl, const uint8_t *sums, size_t from, size_t to)
{
    to = to < crl->der.n ? to : crl->der.n;
    for (size_t b = from >> BLOCK_BITS; from < to && b <= (to - 1) >> BLOCK_BITS; b++) {
        if (crl_word(sums, b) != block_sum(crl->der, b)) {
            return false;
        }
    }
    return true;
}

bool crl_stored_use(struct crl *crl, struct span file)
{
    struct header h;
    if (crl->indexed || !read_header(file, &h) || h.der_size != crl->der.n) {
        return false;
    }
    const uint8_t *sums = file.p + sizeof h, *index = sums + h.blocks * sizeof(uint64_t);
    const uint8_t *starts = index + h.count * sizeof(uint64_t);
    size_t list = crl->revoked.p ? (size_t)(crl->revoked.p - crl->der.p) : 0;
    if (!intact(crl, sums, 0, list) || !intact(crl, sums, list + crl->revoked.n, crl->der.n)) {
        return false;
    }
    crl->block_sums = sums;
    crl->index = index;
    crl->count = h.count;
    crl->starts = h.starts ? starts : NULL;
    crl->signer = file.p + offsetof(struct header, signer_sha256);
    crl->indexed = true;
    return true;
}

/* The entry at offset: its header first, which tells how far it reaches. */
static bool entry_intact(const struct crl *crl, size_t offset)
{
    enum { DER_HEADER = 6 };
    struct der e;
    if (offset >= crl->revoked.n) {
        return false;
    }
    size_t at = (size_t)(crl->revoked.p - crl->der.p) + offset;
    struct span in = span_sub(crl->revoked, offset, crl->revoked.n);
    return intact(crl, crl->block_sums, at, at + DER_HEADER) && der_next(&in, &e) &&
           intact(crl, crl->block_sums, at, at + e.whole.n);
}

bool crl_stored_intact(const struct crl *crl, struct span serial)
{
    uint32_t hash;
    if (!crl->block_sums) {
        return true;
    }
    for (size_t i = crl_first(crl, serial, &hash);
         i < crl->count && (uint32_t)(crl_word(crl->index, i) >> 32) == hash; i++) {
        if (!entry_intact(crl, (uint32_t)crl_word(crl->index, i))) {
            return false;
        }
    }
    return true;
}

void crl_stored_drop(struct crl *crl)
{
    if (crl->block_sums) {
        crl->index = NULL;
        crl->count = 0;
        crl->starts = NULL;
        crl->block_sums = NULL;
        crl->signer = NULL;
        crl->indexed = false;
    }
}
