/*
 * crl_index - the entries of a CRL: one walk, a sorted index, look-ups. See crl.h.
 *
 * An index word is hash(serial) in the upper and the entry's offset in the lower 32 bits. Sorting
 * is a radix sort over the hash: linear, whatever the serials are.
 */
#include <stdlib.h>

#include "asn1/der.h"
#include "asn1/name.h"
#include "base/mem.h"
#include "revocation/crl.h"

enum { RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };

/* Serial octets as DER has them: no leading zero octet but the one that makes it positive. */
static struct span trimmed(struct span s)
{
    while (s.n > 1 && s.p[0] == 0 && !(s.p[1] & 0x80)) {
        s = span_sub(s, 1, s.n);
    }
    return s;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

/* Eight octets at a time; only spread matters, look-ups compare the serial itself. */
static uint32_t hash_serial(struct span s)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ s.n, word;
    while (s.n >= sizeof word) {
        memcpy(&word, s.p, sizeof word);
        h = mix(h, word);
        s = span_sub(s, sizeof word, s.n);
    }
    word = 0;
    memcpy(&word, s.p, s.n);
    h = mix(mix(h, word), 0x94d049bb133111ebu);
    return (uint32_t)(h >> 32);
}

/* The parts of one entry: { userCertificate, revocationDate, crlEntryExtensions OPTIONAL } */
struct raw_entry {
    struct span serial, extensions;
    struct der date;
};

static bool read_entry(struct span *in, struct raw_entry *out)
{
    struct der e, serial, ext = {0};
    if (!der_expect(in, DER_SEQUENCE, &e)) {
        return false;
    }
    struct span f = e.body;
    if (!der_expect(&f, DER_INTEGER, &serial) || serial.body.n == 0 || !der_next(&f, &out->date) ||
        (out->date.tag != DER_UTC_TIME && out->date.tag != DER_GENERALIZED_TIME)) {
        return false;
    }
    if (f.n && (!der_expect(&f, DER_SEQUENCE, &ext) || f.n)) {
        return false;
    }
    out->serial = trimmed(serial.body);
    out->extensions = ext.body;
    return true;
}

/* What an entry's extensions say. */
struct entry_extensions {
    int reason;
    int64_t invalid_since;
    struct span issuer; /* value of certificateIssuer, absent */
    bool unknown_critical;
};

static bool read_reason(struct span value, int *out)
{
    struct der d;
    int64_t v;
    if (!der_only(value, DER_ENUMERATED, &d) || !der_small_int(&d, &v) || v < 0 || v > 10) {
        return false;
    }
    *out = (int)v;
    return true;
}

static bool read_entry_extension(struct span *in, struct entry_extensions *out)
{
    struct der_extension e;
    struct der d;
    if (!der_extension(in, &e)) {
        return false;
    }
    /* id-ce entries are told by their last octet: this runs for every entry of a long list. */
    if (e.id.n == 3 && e.id.p[0] == 0x55 && e.id.p[1] == 0x1d) {
        switch (e.id.p[2]) {
        case 21: /* cRLReason */
            return read_reason(e.value, &out->reason);
        case 24: /* invalidityDate */
            return der_only(e.value, DER_GENERALIZED_TIME, &d) && der_time(&d, &out->invalid_since);
        case 29: /* certificateIssuer */
            out->issuer = e.value;
            return true;
        case 23: /* holdInstructionCode */
            return true;
        default:
            break;
        }
    }
    out->unknown_critical |= e.critical;
    return true;
}

static bool read_entry_extensions(struct span in, struct entry_extensions *out)
{
    *out = (struct entry_extensions){CRL_REASON_NONE, UTC_NONE, SPAN_NONE, false};
    while (in.n) {
        if (!read_entry_extension(&in, out)) {
            return false;
        }
    }
    return true;
}

/* certificateIssuer, RFC 5280 5.3.3: holds for this entry and those after it. */
static int mark_issuer(struct arena *a, struct crl *crl, uint32_t offset, struct span value)
{
    struct der names, d;
    if (!der_only(value, DER_SEQUENCE, &names)) {
        crl->unusable = "malformed certificateIssuer";
        return 0;
    }
    for (struct span rest = names.body; der_next(&rest, &d);) {
        if (d.tag != DER_CONTEXT_C(4)) {
            continue;
        }
        struct span canonical = name_canonical(a, d.body);
        if (!canonical.p || arena_grow(a, (void **)&crl->marks, &crl->mark_capacity,
                                       crl->mark_count + 1, sizeof *crl->marks) < 0) {
            return -1;
        }
        crl->marks[crl->mark_count++] = (struct crl_issuer_mark){offset, canonical};
        return 0;
    }
    crl->unusable = "certificateIssuer names no directory name";
    return 0;
}

static int judge_extensions(struct arena *a, struct crl *crl, uint32_t offset, struct span ext)
{
    struct entry_extensions x;
    if (!read_entry_extensions(ext, &x)) {
        crl->unusable = "malformed entry extension";
        return 0;
    }
    if (x.unknown_critical) {
        crl->unusable = "unknown critical entry extension";
    }
    /* Otherwise an entry could be hidden from everybody who reads it rightly (RFC 5280 5.3.3). */
    if (x.issuer.p && !crl->indirect) {
        crl->unusable = "certificateIssuer in a CRL that is not indirect";
        return 0;
    }
    if (x.reason == CRL_REASON_REMOVE && !crl->base_number.p) {
        crl->unusable = "removeFromCRL in a complete CRL";
    }
    return x.issuer.p ? mark_issuer(a, crl, offset, x.issuer) : 0;
}

/* An entry has at least 20 octets: two headers, a serial of one octet, a UTCTime. What is too
 * much is never touched, so it costs no memory. */
static size_t most_entries(struct span in)
{
    return in.n / 20 + 1;
}

/* One counting pass of a stable radix sort on the bits from shift. */
static void radix_pass(const uint64_t *from, uint64_t *to, size_t n, unsigned shift)
{
    size_t starts[RADIX] = {0}, at = 0;
    for (size_t i = 0; i < n; i++) {
        starts[from[i] >> shift & (RADIX - 1)]++;
    }
    for (size_t i = 0; i < RADIX; i++) {
        size_t k = starts[i];
        starts[i] = at;
        at += k;
    }
    for (size_t i = 0; i < n; i++) {
        to[starts[from[i] >> shift & (RADIX - 1)]++] = from[i];
    }
}

/* Sorts by the upper 32 bits. Returns 0 or -1. */
static int sort_index(uint64_t *v, size_t n)
{
    if (n < 2) {
        return 0;
    }
    uint64_t *other = mem_alloc(n * sizeof *other);
    if (!other) {
        return -1;
    }
    radix_pass(v, other, n, 32);
    radix_pass(other, v, n, 32 + RADIX_BITS);
    radix_pass(v, other, n, 32 + 2 * RADIX_BITS);
    memcpy(v, other, n * sizeof *v);
    mem_free(other);
    return 0;
}

static int walk(struct arena *a, struct crl *crl, uint64_t *index)
{
    struct raw_entry e;
    for (struct span rest = crl->revoked; rest.n;) {
        uint32_t offset = (uint32_t)(rest.p - crl->revoked.p);
        if (!read_entry(&rest, &e) || crl->count == most_entries(crl->revoked)) {
            crl->unusable = "malformed entry";
            return 0;
        }
        if (e.extensions.n && judge_extensions(a, crl, offset, e.extensions) < 0) {
            return -1;
        }
        index[crl->count++] = (uint64_t)hash_serial(e.serial) << 32 | offset;
    }
    return 0;
}

/* Where the hashes with the same upper bits begin: a look-up in a long list then touches one or two
 * cache lines of the index. */
static int make_starts(struct arena *a, struct crl *crl, const uint64_t *index)
{
    size_t slots = (size_t)1 << CRL_START_BITS, at = 0;
    if (crl->count < slots / 8) {
        return 0;
    }
    uint32_t *starts = arena_array(a, slots + 1, sizeof *starts);
    if (!starts) {
        return -1;
    }
    for (size_t slot = 0; slot <= slots; slot++) {
        while (at < crl->count && index[at] >> (64 - CRL_START_BITS) < slot) {
            at++;
        }
        starts[slot] = (uint32_t)at;
    }
    crl->starts = (const uint8_t *)starts;
    return 0;
}

int crl_index(struct arena *a, struct crl *crl)
{
    if (crl->indexed) {
        return 0;
    }
    size_t n = most_entries(crl->revoked);
    uint64_t *index = n < SIZE_MAX / 16 ? mem_alloc(n * sizeof *index) : NULL;
    if (!index || arena_defer(a, mem_free, index) < 0) {
        return -1;
    }
    crl->index = (const uint8_t *)index;
    if (walk(a, crl, index) < 0 || sort_index(index, crl->count) < 0 ||
        make_starts(a, crl, index) < 0) {
        return -1;
    }
    crl->indexed = true;
    return 0;
}

/* The issuer an entry speaks about. */
static struct span issuer_at(const struct crl *crl, uint32_t offset)
{
    struct span issuer = crl->issuer_canonical;
    size_t lo = 0, hi = crl->mark_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (crl->marks[mid].offset <= offset) {
            issuer = crl->marks[mid].issuer;
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return issuer;
}

/* The entry at offset, if it is about this certificate. A date or extension that cannot be read
 * makes it revoked since ever: a damaged entry must not read as "not revoked". */
static bool entry_at(const struct crl *crl, uint32_t offset, struct span serial, struct span issuer,
                     struct crl_entry *out)
{
    struct span in = span_sub(crl->revoked, offset, crl->revoked.n);
    struct raw_entry e;
    struct entry_extensions x;
    int64_t date;
    if (!read_entry(&in, &e) || !span_eq(e.serial, serial) ||
        !span_eq(issuer_at(crl, offset), issuer)) {
        return false;
    }
    *out = (struct crl_entry){INT64_MIN + 1, UTC_NONE, CRL_REASON_NONE};
    if (der_time(&e.date, &date) && read_entry_extensions(e.extensions, &x)) {
        *out = (struct crl_entry){date, x.invalid_since, x.reason};
    }
    return true;
}

/* Of two entries for one certificate: a revocation over its removal, then the earlier one. */
static bool worse(const struct crl_entry *a, const struct crl_entry *b)
{
    bool a_remove = a->reason == CRL_REASON_REMOVE, b_remove = b->reason == CRL_REASON_REMOVE;
    return a_remove != b_remove ? b_remove : a->revoked_at < b->revoked_at;
}

size_t crl_first(const struct crl *crl, struct span serial, uint32_t *hash)
{
    size_t lo = 0, hi = crl->count;
    *hash = hash_serial(trimmed(serial));
    if (crl->starts) {
        uint32_t slot = *hash >> (32 - CRL_START_BITS);
        uint32_t bounds[2];
        memcpy(bounds, crl->starts + slot * sizeof *bounds, sizeof bounds);
        lo = bounds[0];
        hi = bounds[1] < hi ? bounds[1] : hi;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((uint32_t)(crl_word(crl->index, mid) >> 32) < *hash) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool crl_find(const struct crl *crl, struct span serial, struct span issuer, struct crl_entry *out)
{
    uint32_t hash;
    size_t lo = crl_first(crl, serial, &hash);
    serial = trimmed(serial);
    bool found = false;
    for (; lo < crl->count && (uint32_t)(crl_word(crl->index, lo) >> 32) == hash; lo++) {
        struct crl_entry entry;
        if (entry_at(crl, (uint32_t)crl_word(crl->index, lo), serial, issuer, &entry)) {
            if (!found || worse(&entry, out)) {
                *out = entry;
            }
            found = true;
        }
    }
    return found;
}
