/*
 * tile - see tile.h.
 */
#include "tlog/tile.h"

#include <stdio.h>

enum { N_BITS = 55, GROUPS_MAX = 6 };

const char *tile_path(const struct tile *t, char *out)
{
    char groups[GROUPS_MAX * 5 + 1] = "", level[16] = "entries", part[16] = "";
    size_t at = sizeof groups - 1;
    uint64_t n = t->n;
    groups[at] = 0;
    for (bool last = true; last || n; last = false, n /= 1000) {
        char group[8];
        int wrote = snprintf(group, sizeof group, last ? "%03u" : "x%03u/", (unsigned)(n % 1000));
        if (at < (size_t)wrote) {
            break;
        }
        at -= (size_t)wrote;
        memcpy(groups + at, group, (size_t)wrote);
    }
    if (t->level >= 0) {
        (void)snprintf(level, sizeof level, "%d", t->level);
    }
    if (t->width < TILE_WIDTH) {
        (void)snprintf(part, sizeof part, ".p/%u", t->width);
    }
    (void)snprintf(out, TILE_PATH, "tile/%s/%s%s", level, groups + at, part);
    return out;
}

static bool digits(const char **p, size_t least, size_t most, uint64_t *out)
{
    size_t n = 0;
    uint64_t value = 0;
    while (n < most && (*p)[n] >= '0' && (*p)[n] <= '9') {
        value = value * 10 + (uint64_t)((*p)[n] - '0');
        n++;
    }
    *p += n;
    *out = value;
    return n >= least;
}

static bool parse_n(const char **p, uint64_t *out)
{
    uint64_t n = 0, group;
    for (unsigned i = 0; i < GROUPS_MAX; i++) {
        bool more = **p == 'x';
        *p += more;
        if (!digits(p, 3, 3, &group)) {
            return false;
        }
        n = n * 1000 + group;
        if (!more) {
            *out = n;
            return n < (uint64_t)1 << N_BITS;
        }
        if (*(*p)++ != '/') {
            return false;
        }
    }
    return false;
}

bool tile_parse(const char *path, struct tile *out)
{
    const char *p = path;
    uint64_t value;
    char again[TILE_PATH];
    *out = (struct tile){.level = TILE_ENTRIES, .width = TILE_WIDTH};
    if (strncmp(p, "entries/", 8) == 0) {
        p += 8;
    } else if (digits(&p, 1, 2, &value) && value < TILE_LEVELS && *p++ == '/') {
        out->level = (int)value;
    } else {
        return false;
    }
    if (!parse_n(&p, &out->n)) {
        return false;
    }
    if (strncmp(p, ".p/", 3) == 0) {
        p += 3;
        if (!digits(&p, 1, 3, &value) || value == 0 || value >= TILE_WIDTH) {
            return false;
        }
        out->width = (unsigned)value;
    }
    /* Leading zeros, an x000 in front: another spelling of the same tile is none. */
    return *p == 0 && strcmp(tile_path(out, again) + 5, path) == 0;
}

unsigned tile_width(int level, uint64_t n, uint64_t size)
{
    unsigned shift = level > 0 ? 8 * (unsigned)level : 0;
    uint64_t nodes = shift < 64 ? size >> shift : 0;
    if (n >= (uint64_t)1 << N_BITS || n * TILE_WIDTH >= nodes) {
        return 0;
    }
    uint64_t left = nodes - n * TILE_WIDTH;
    return left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
}

int tile_write(const struct merkle_source *s, const struct tile *t, struct buffer *out)
{
    for (unsigned i = 0; i < t->width; i++) {
        struct merkle_hash h;
        if (t->level < 0 || t->level >= 8 ||
            s->node(s->context, 8 * (unsigned)t->level, t->n * TILE_WIDTH + i, &h) < 0) {
            return -1;
        }
        buffer_add(out, span_make(h.h, sizeof h.h));
    }
    return buffer_ok(out) ? 0 : -1;
}

int tile_add_entry(struct span entry, struct buffer *out)
{
    if (entry.n > TILE_ENTRY_MAX) {
        return -1;
    }
    buffer_char(out, (char)(entry.n >> 8));
    buffer_char(out, (char)(entry.n & 0xFF));
    buffer_add(out, entry);
    return buffer_ok(out) ? 0 : -1;
}
