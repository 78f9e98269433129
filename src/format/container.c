/*
 * container - see container.h. The directory of a ZIP file against the rest of it.
 *
 * APPNOTE.TXT 6.3.10: 4.3.7 local header, 4.3.9 data descriptor, 4.3.12 directory, 4.3.14-16 ends,
 * 4.5.3 zip64. Two readers of one ZIP can see two different files when headers disagree, entries
 * overlap or there are two directories; so all of that is refused, never repaired.
 */
#include "format/container.h"

#include <strings.h>

#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"

enum {
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    ENTRY_SIZE = 46,
    LOCAL_SIZE = 30,
    COMMENT_MAX = 65535,
    FLAG_ENCRYPTED = 1,
    FLAG_DESCRIPTOR = 1 << 3,
    FLAG_PATCHED = 1 << 5,
    FLAG_STRONG = 1 << 6,
    FLAG_UTF8 = 1 << 11,
    FLAG_MASKED = 1 << 13,
    METHOD_STORE = 0,
    METHOD_DEFLATE = 8,
    EXTRA_ZIP64 = 0x0001,
    EXTRA_UNICODE_PATH = 0x7075,
    EXTRA_AES = 0x9901,
    HOST_UNIX = 3,
    HOST_FAT = 0,
    HOST_NTFS = 10,
    RATIO_MAX = 250,  /* from here on a bomb, when it is large as well */
    FINDINGS_MAX = 64 /* of one container; more of them say nothing new */
};
#define RATIO_FROM ((uint64_t)4 * 1024 * 1024)
#define FULL32     ((uint64_t)0xffffffff)

/* The directory's own place and the number of its entries. */
struct directory {
    uint64_t offset, size, entries;
    uint64_t tail; /* where the end records begin; the directory ends exactly there */
};

struct checker {
    struct container *c;
    struct sp_findings *findings;
    size_t start; /* findings that were there before */
};

static uint64_t le(struct span s, uint64_t at, unsigned octets)
{
    uint64_t v = 0;
    for (unsigned i = octets; i-- > 0;) {
        v = v << 8 | (at + i < s.n ? s.p[at + i] : 0U);
    }
    return v;
}

static uint16_t le16(struct span s, uint64_t at)
{
    return (uint16_t)le(s, at, 2);
}

static bool is_record(struct span s, uint64_t at, char a, char b)
{
    return at < s.n && s.n - at >= 4 && s.p[at] == 'P' && s.p[at + 1] == 'K' &&
           s.p[at + 2] == (uint8_t)a && s.p[at + 3] == (uint8_t)b;
}

/* A fact that makes the container a lie: listed, never read. */
static void lie(struct checker *k, enum sp_reason reason, const char *a0, const char *a1)
{
    k->c->sound = false;
    if (k->findings->count - k->start < FINDINGS_MAX) {
        finding_add(k->c->arena, k->findings, reason, "document", a0, a1, NULL);
    }
}

/* A fact about one member that leaves the others readable. */
static void note(struct checker *k, enum sp_reason reason, const char *a0, const char *a1)
{
    if (k->findings->count - k->start < FINDINGS_MAX) {
        finding_add(k->c->arena, k->findings, reason, "document", a0, a1, NULL);
    }
}

static const char *number(struct checker *k, uint64_t n)
{
    const char *s = arena_printf(k->c->arena, "%llu", (unsigned long long)n);
    return s ? s : "?";
}

/* ---- the end of the file --------------------------------------------------------------------- */

/* The end record whose comment reaches exactly to the end of the file; SIZE_MAX: none. A second one
 * that fits, or anything like one inside the comment, could be another reader's. (The end record of
 * a container that is the last member fits nothing, and nobody takes it.) */
static size_t find_end(struct checker *k)
{
    struct span f = k->c->file;
    size_t low = f.n > END_SIZE + COMMENT_MAX ? f.n - END_SIZE - COMMENT_MAX : 0;
    size_t found = SIZE_MAX, last = SIZE_MAX;
    bool twice = false;
    for (size_t at = low; f.n >= END_SIZE && at <= f.n - END_SIZE; at++) {
        if (is_record(f, at, 5, 6)) {
            bool fits = le16(f, at + 20) == f.n - at - END_SIZE;
            twice = twice || found != SIZE_MAX; /* behind one that fits: inside its comment */
            found = fits ? at : found;
            last = at;
        }
    }
    if (twice) {
        lie(k, SP_CONTAINER_AMBIGUOUS, NULL, NULL);
    }
    if (found == SIZE_MAX && last != SIZE_MAX) {
        uint64_t ends = last + END_SIZE + le16(f, last + 20);
        if (ends < f.n) {
            lie(k, SP_CONTAINER_HIDDEN, number(k, f.n - ends), number(k, ends));
        } else {
            lie(k, SP_CONTAINER_STRUCTURE, "the file is cut off", NULL);
        }
    } else if (found == SIZE_MAX) {
        lie(k, SP_CONTAINER_STRUCTURE, "it has no directory", NULL);
    }
    return found;
}

/* Either the short field says it, or it is full and the long one does. */
static bool agree(uint64_t brief, uint64_t full, uint64_t value)
{
    return brief == full || brief == value;
}

/* The zip64 end record and its locator, right before the end record (4.3.14, 4.3.15). */
static bool read_end64(struct checker *k, size_t end, struct directory *d)
{
    struct span f = k->c->file;
    size_t locator = end - LOCATOR_SIZE;
    uint64_t at = le(f, locator + 8, 8);
    if (at > locator || locator - at < END64_SIZE || !is_record(f, at, 6, 6) ||
        le(f, at + 4, 8) != locator - at - 12) {
        lie(k, SP_CONTAINER_STRUCTURE, "the zip64 end record is not where it should be", NULL);
        return false;
    }
    bool one_disk = le(f, locator + 4, 4) == 0 && le(f, locator + 16, 4) <= 1 &&
                    le(f, at + 16, 4) == 0 && le(f, at + 20, 4) == 0;
    d->entries = le(f, at + 32, 8);
    d->size = le(f, at + 40, 8);
    d->offset = le(f, at + 48, 8);
    d->tail = at;
    if (!one_disk || le(f, at + 24, 8) != d->entries ||
        !agree(le16(f, end + 10), 0xffff, d->entries) ||
        !agree(le(f, end + 12, 4), FULL32, d->size) ||
        !agree(le(f, end + 16, 4), FULL32, d->offset)) {
        lie(k, SP_CONTAINER_STRUCTURE, "the two end records disagree", NULL);
        return false;
    }
    return true;
}

static bool read_end(struct checker *k, struct directory *d)
{
    struct span f = k->c->file;
    size_t end = find_end(k);
    if (end == SIZE_MAX) {
        return false;
    }
    *d = (struct directory){.offset = le(f, end + 16, 4),
                            .size = le(f, end + 12, 4),
                            .entries = le16(f, end + 10),
                            .tail = end};
    if (end >= LOCATOR_SIZE && is_record(f, end - LOCATOR_SIZE, 6, 7)) {
        if (!read_end64(k, end, d)) {
            return false;
        }
    } else if (le16(f, end + 4) || le16(f, end + 6) || le16(f, end + 8) != d->entries) {
        lie(k, SP_CONTAINER_STRUCTURE, "it is one part of several disks", NULL);
        return false;
    }
    if (d->size > d->tail || d->offset > d->tail - d->size) {
        lie(k, SP_CONTAINER_STRUCTURE, "the directory reaches beyond the file", NULL);
        return false;
    }
    if (d->offset + d->size != d->tail) {
        uint64_t gap = d->tail - d->size - d->offset;
        lie(k, SP_CONTAINER_HIDDEN, number(k, gap), number(k, d->offset + d->size));
        return false;
    }
    if (d->entries > d->size / ENTRY_SIZE) {
        lie(k, SP_CONTAINER_STRUCTURE, "the directory is shorter than its entries", NULL);
        return false;
    }
    if (d->entries > CONTAINER_MEMBERS_MAX) {
        k->c->sound = false;
        note(k, SP_CONTAINER_LIMIT, number(k, d->entries), "10,000 files");
        return false;
    }
    return true;
}

/* ---- one entry ------------------------------------------------------------------------------- */

/* Sizes and offset that did not fit into 32 bits, in this order (4.5.3); in a local header both
 * sizes are there (offset NULL). False: the field is not as it must be. */
static bool read_zip64(struct span extra, uint64_t *size, uint64_t *packed, uint64_t *offset)
{
    bool seen = false;
    while (extra.n >= 4) {
        uint16_t id = le16(extra, 0), n = le16(extra, 2);
        if (n > extra.n - 4) {
            return false;
        }
        struct span body = span_sub(extra, 4, n);
        extra = span_sub(extra, 4 + (size_t)n, extra.n);
        if (id != EXTRA_ZIP64) {
            continue;
        }
        uint64_t *fields[] = {size, packed, offset};
        if (seen) {
            return false;
        }
        seen = true;
        for (size_t i = 0; i < 3; i++) {
            if (!fields[i] || (*fields[i] != FULL32 && offset)) {
                continue;
            }
            if (body.n < 8) {
                return false;
            }
            *fields[i] = le(body, 0, 8);
            body = span_sub(body, 8, body.n);
        }
    }
    return seen || (*size != FULL32 && *packed != FULL32 && (!offset || *offset != FULL32));
}

static struct span extra_field(struct span extra, uint16_t id)
{
    while (extra.n >= 4) {
        size_t n = le16(extra, 2);
        if (le16(extra, 0) == id) {
            return span_sub(extra, 4, n);
        }
        extra = span_sub(extra, 4 + n, extra.n);
    }
    return SPAN_NONE;
}

static void check_name(struct checker *k, const struct container_member *m, struct span extra)
{
    const char *fault =
        m->raw.n > CONTAINER_NAME_MAX ? "it is too long" : container_name_fault(m->raw);
    bool ascii = true;
    for (size_t i = 0; i < m->raw.n; i++) {
        ascii = ascii && m->raw.p[i] < 0x80;
    }
    /* Another name for readers that know the field: version, CRC of the first name, the name. */
    struct span other = extra_field(extra, EXTRA_UNICODE_PATH);
    if (other.p && !span_eq(span_sub(other, 5, other.n), m->stored)) {
        fault = "an extra field gives it another name";
    }
    if (fault && (fault != container_name_not_text || m->flags & FLAG_UTF8)) {
        lie(k, SP_CONTAINER_NAME, m->name, fault);
    } else if (!ascii && !(m->flags & FLAG_UTF8)) {
        note(k, SP_CONTAINER_ENCODING, m->name, NULL);
    }
    if (!fault && m->raw.p != m->stored.p) {
        note(k, SP_CONTAINER_BACKSLASH, m->name, NULL);
    }
}

/* .NET Framework before 4.6.1 wrote the separators of Windows, with its host system; there, and in
 * programs that know of it, they are slashes. A name with both is left as it is, and refused. */
static int read_slashes(struct checker *k, struct container_member *m, uint16_t made_by)
{
    bool windows = made_by >> 8 == HOST_FAT || made_by >> 8 == HOST_NTFS;
    m->raw = m->stored;
    if (!windows || m->stored.n == 0 || !memchr(m->stored.p, '\\', m->stored.n) ||
        memchr(m->stored.p, '/', m->stored.n)) {
        return 0;
    }
    uint8_t *p = arena_alloc(k->c->arena, m->stored.n);
    for (size_t i = 0; p && i < m->stored.n; i++) {
        p[i] = m->stored.p[i] == '\\' ? '/' : m->stored.p[i];
    }
    m->raw = p ? span_make(p, m->stored.n) : m->raw;
    return p ? 0 : -1;
}

/* What makes a member something else than a file whose octets can be read. */
static void check_kind(struct checker *k, struct container_member *m, uint16_t made_by,
                       uint32_t attributes, struct span extra)
{
    unsigned mode = attributes >> 16 & S_IFMT;
    m->readable = false;
    if (made_by >> 8 == HOST_UNIX && mode != 0 && mode != S_IFREG && mode != S_IFDIR) {
        lie(k, SP_CONTAINER_SYMLINK, m->name, NULL);
    } else if (m->directory) {
        if (m->size || m->packed > 2) { /* deflate of nothing takes two octets */
            lie(k, SP_CONTAINER_STRUCTURE, "a folder has content", NULL);
        }
    } else if (m->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED) || m->method == 99 ||
               extra_field(extra, EXTRA_AES).p) {
        note(k, SP_CONTAINER_ENCRYPTED, m->name, NULL);
    } else if ((m->method != METHOD_STORE && m->method != METHOD_DEFLATE) ||
               m->flags & FLAG_PATCHED) {
        note(k, SP_CONTAINER_METHOD, m->name, number(k, m->method));
    } else if (m->method == METHOD_STORE && m->size != m->packed) {
        lie(k, SP_CONTAINER_SIZE, m->name, "it is stored, but its two sizes differ");
    } else if (m->size > RATIO_FROM && m->size / RATIO_MAX > m->packed) {
        lie(k, SP_CONTAINER_BOMB, m->name, number(k, m->size / (m->packed + 1)));
    } else {
        m->readable = true;
    }
}

/* One entry of the directory, moving *in behind it. Returns 1, 0 (stop) or -1 (memory). */
static int read_entry(struct checker *k, struct span *in, struct container_member *m)
{
    struct span e = *in;
    if (!is_record(e, 0, 1, 2) || e.n < ENTRY_SIZE) {
        lie(k, SP_CONTAINER_STRUCTURE, "an entry of the directory is not one", NULL);
        return 0;
    }
    size_t name = le16(e, 28), extra_n = le16(e, 30), comment = le16(e, 32);
    size_t whole = ENTRY_SIZE + name + extra_n + comment;
    if (whole > e.n) {
        lie(k, SP_CONTAINER_STRUCTURE, "an entry is longer than the directory", NULL);
        return 0;
    }
    struct span extra = span_sub(e, ENTRY_SIZE + name, extra_n);
    *m = (struct container_member){.stored = span_sub(e, ENTRY_SIZE, name),
                                   .flags = le16(e, 8),
                                   .method = le16(e, 10),
                                   .crc = (uint32_t)le(e, 16, 4),
                                   .packed = le(e, 20, 4),
                                   .size = le(e, 24, 4),
                                   .header = le(e, 42, 4)};
    m->name = read_slashes(k, m, le16(e, 4))
                  ? NULL
                  : finding_clean_text(k->c->arena, span_sub(m->raw, 0, CONTAINER_NAME_MAX));
    if (!m->name) {
        return -1;
    }
    m->directory = m->raw.n && m->raw.p[m->raw.n - 1] == '/';
    if (!read_zip64(extra, &m->size, &m->packed, &m->header) || le16(e, 34) != 0) {
        lie(k, SP_CONTAINER_STRUCTURE, "the zip64 field of an entry is not as it must be", NULL);
        return 0;
    }
    check_name(k, m, extra);
    check_kind(k, m, le16(e, 4), (uint32_t)le(e, 38, 4), extra);
    *in = span_sub(e, whole, e.n);
    return 1;
}

/* The data descriptor after the content (4.3.9), with or without its mark, of 32 or 64 bits.
 * Returns its length, 0 when none of the forms fits. */
static uint64_t descriptor(struct span f, uint64_t at, uint64_t limit,
                           const struct container_member *m)
{
    for (unsigned form = 0; form < 4; form++) {
        unsigned mark = form & 1 ? 0 : 4, wide = form & 2 ? 8 : 4;
        uint64_t n = mark + 4 + 2 * (uint64_t)wide;
        if (n <= limit - at && (!mark || is_record(f, at, 7, 8)) && le(f, at + mark, 4) == m->crc &&
            le(f, at + mark + 4, wide) == m->packed &&
            le(f, at + mark + 4 + wide, wide) == m->size) {
            return n;
        }
    }
    return 0;
}

/* What of the local header differs from the directory's entry, NULL when nothing does. With a data
 * descriptor each of checksum and sizes may be zero in front (4.4.4, bit 3). */
static const char *differs(struct span f, const struct container_member *m, struct span extra)
{
    uint64_t at = m->header, crc = le(f, at + 14, 4);
    uint64_t packed = le(f, at + 18, 4), size = le(f, at + 22, 4);
    bool later = m->flags & FLAG_DESCRIPTOR;
    struct span other = extra_field(extra, EXTRA_UNICODE_PATH);
    if (!span_eq(span_sub(f, at + LOCAL_SIZE, le16(f, at + 26)), m->stored) ||
        (other.p && !span_eq(span_sub(other, 5, other.n), m->stored))) {
        return "the name";
    }
    if (le16(f, at + 6) != m->flags) {
        return "the flags";
    }
    if (le16(f, at + 8) != m->method) {
        return "the method";
    }
    if ((packed == FULL32 || size == FULL32) && !read_zip64(extra, &size, &packed, NULL)) {
        return "the zip64 sizes";
    }
    if (crc != m->crc && !(later && crc == 0)) {
        return "the checksum";
    }
    bool same = (size == m->size || (later && size == 0)) &&
                (packed == m->packed || (later && packed == 0));
    return same ? NULL : "the sizes";
}

/* The header in front of the member says the same as the directory. */
static void check_local(struct checker *k, struct container_member *m, uint64_t limit)
{
    struct span f = k->c->file;
    uint64_t at = m->header;
    m->end = m->data = at;
    if (at > limit || limit - at < LOCAL_SIZE || !is_record(f, at, 3, 4)) {
        lie(k, SP_CONTAINER_HEADER, m->name, "there is none where the directory points");
        return;
    }
    size_t name = le16(f, at + 26), extra_n = le16(f, at + 28);
    m->end = m->data = at + LOCAL_SIZE + name + extra_n;
    if (m->data > limit || m->packed > limit - m->data) {
        lie(k, SP_CONTAINER_HEADER, m->name, "it reaches into the directory");
        m->end = limit;
        return;
    }
    m->end = m->data + m->packed;
    const char *what = differs(f, m, span_sub(f, at + LOCAL_SIZE + name, extra_n));
    if (m->flags & FLAG_DESCRIPTOR) {
        uint64_t n = descriptor(f, m->end, limit, m);
        what = n || what ? what : "the sizes after the content";
        m->end += n;
    }
    if (what) {
        lie(k, SP_CONTAINER_HEADER, m->name, what);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct place {
    uint64_t from, to;
    size_t member;
};

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->from != y->from ? (x->from < y->from ? -1 : 1) : (x->to > y->to) - (x->to < y->to);
}

/* Every octet before the directory belongs to exactly one member. */
static int check_places(struct checker *k, const struct directory *d)
{
    struct container *c = k->c;
    struct place *list = arena_array(c->arena, c->count, sizeof *list);
    if (!list) {
        return -1;
    }
    for (size_t i = 0; i < c->count; i++) {
        list[i] = (struct place){c->members[i].header, c->members[i].end, i};
    }
    qsort(list, c->count, sizeof *list, by_place);
    uint64_t at = 0;
    for (size_t i = 0; i <= c->count; i++) {
        uint64_t from = i < c->count ? list[i].from : d->offset;
        if (from > at) {
            lie(k, SP_CONTAINER_HIDDEN, number(k, from - at), number(k, at));
        } else if (from < at && i > 0) {
            lie(k, SP_CONTAINER_OVERLAP, c->members[list[i - 1].member].name,
                i < c->count ? c->members[list[i].member].name : "");
        }
        at = i < c->count && list[i].to > at ? list[i].to : from > at ? from : at;
    }
    return 0;
}

struct key {
    struct span key;
    size_t member;
};

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int c = span_cmp(x->key, y->key);
    return c ? c : (x->member > y->member) - (x->member < y->member);
}

/* A file "a" beside "a/b": which of the two a reader makes is up to it. */
static void check_folders(struct checker *k, const struct container_member *m)
{
    for (size_t i = 1; i + 1 < m->raw.n; i++) {
        if (m->raw.p[i] == '/' && container_find(k->c, span_sub(m->raw, 0, i)) != SIZE_MAX) {
            lie(k, SP_CONTAINER_DUPLICATE, m->name, NULL);
        }
    }
}

/* Names that are the same, or that some file systems take for the same. */
static int check_twins(struct checker *k)
{
    struct container *c = k->c;
    struct key *exact = arena_array(c->arena, c->count, sizeof *exact);
    struct key *folded = arena_array(c->arena, c->count, sizeof *folded);
    c->sorted = arena_array(c->arena, c->count, sizeof *c->sorted);
    if (!exact || !folded || !c->sorted) {
        return -1;
    }
    for (size_t i = 0; i < c->count; i++) {
        exact[i] = (struct key){c->members[i].raw, i};
        folded[i] = (struct key){container_name_key(c->arena, c->members[i].raw), i};
        if (!folded[i].key.p) {
            return -1;
        }
    }
    qsort(exact, c->count, sizeof *exact, by_key);
    qsort(folded, c->count, sizeof *folded, by_key);
    for (size_t i = 0; i < c->count; i++) {
        c->sorted[i] = exact[i].member;
        const char *name = c->members[exact[i].member].name;
        if (i > 0 && span_eq(exact[i].key, exact[i - 1].key)) {
            lie(k, SP_CONTAINER_DUPLICATE, name, NULL);
        }
        const struct container_member *x = &c->members[folded[i].member];
        const struct container_member *y = i ? &c->members[folded[i - 1].member] : x;
        if (i > 0 && span_eq(folded[i].key, folded[i - 1].key) && !span_eq(x->raw, y->raw)) {
            note(k, SP_CONTAINER_SIMILAR, y->name, x->name);
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        check_folders(k, &c->members[i]);
    }
    return 0;
}

static void check_total(struct checker *k)
{
    struct container *c = k->c;
    uint64_t total = 0;
    for (size_t i = 0; i < c->count; i++) {
        struct container_member *m = &c->members[i];
        total = m->size > UINT64_MAX - total ? UINT64_MAX : total + m->size;
        if (m->size > CONTAINER_MEMBER_MAX) {
            m->readable = false;
            note(k, SP_CONTAINER_LIMIT, m->name, "200 MB for one file");
        }
    }
    if (total > CONTAINER_TOTAL_MAX) {
        c->sound = false;
        note(k, SP_CONTAINER_LIMIT, number(k, total), "1 GB for all files");
    }
}

static int read_all(struct checker *k)
{
    struct container *c = k->c;
    struct directory d;
    if (!read_end(k, &d)) {
        return 0;
    }
    c->members = arena_array(c->arena, (size_t)d.entries, sizeof *c->members);
    if (!c->members) {
        return -1;
    }
    struct span in = span_sub(c->file, d.offset, d.size);
    for (uint64_t i = 0; i < d.entries; i++) {
        int r = read_entry(k, &in, &c->members[c->count]);
        if (r <= 0) {
            return r;
        }
        check_local(k, &c->members[c->count++], d.offset);
    }
    if (in.n) {
        lie(k, SP_CONTAINER_STRUCTURE, "the directory has more than its entries", NULL);
    }
    check_total(k);
    return check_places(k, &d) || check_twins(k) ? -1 : 0;
}

int container_open(struct arena *a, struct span file, struct container_budget *budget,
                   struct sp_findings *findings, struct container **out)
{
    struct container *c = *out = arena_alloc(a, sizeof *c);
    if (!c) {
        return -1;
    }
    *c = (struct container){.arena = a, .file = file, .sound = true, .budget = budget};
    struct checker k = {c, findings, findings->count};
    return read_all(&k);
}

/* The place in c->sorted of the first name that is not before this one. */
static size_t lower_bound(const struct container *c, struct span name)
{
    size_t low = 0, high = c->sorted ? c->count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = span_cmp(c->members[c->sorted[middle]].raw, name) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

size_t container_find(const struct container *c, struct span name)
{
    size_t at = lower_bound(c, name);
    bool found = c->sorted && at < c->count && span_eq(c->members[c->sorted[at]].raw, name);
    return found ? c->sorted[at] : SIZE_MAX;
}

size_t container_signature_stem(struct span name)
{
    static const char *const endings[] = {".p7s", ".sig", ".p7m"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (name.n > n && strncasecmp((const char *)name.p + name.n - n, endings[i], n) == 0) {
            return name.n - n;
        }
    }
    return 0;
}

size_t container_stem(const struct container *c, struct span stem)
{
    size_t found = SIZE_MAX;
    for (size_t i = lower_bound(c, stem); c->sorted && i < c->count; i++) {
        const struct container_member *m = &c->members[c->sorted[i]];
        if (!span_starts(m->raw, stem)) {
            break;
        }
        struct span end = span_sub(m->raw, stem.n, m->raw.n);
        bool one = end.n > 1 && end.p[0] == '.' && !memchr(end.p + 1, '.', end.n - 1) &&
                   !memchr(end.p, '/', end.n) && !container_signature_stem(m->raw);
        if (one && found != SIZE_MAX) {
            return SIZE_MAX;
        }
        found = one ? c->sorted[i] : found;
    }
    return found;
}

struct span container_stored(const struct container *c, size_t index)
{
    const struct container_member *m = &c->members[index];
    return c->sound && m->readable && m->method == METHOD_STORE
               ? span_sub(c->file, m->data, m->size)
               : SPAN_NONE;
}
