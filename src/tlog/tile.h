/*
 * tile - the files a log is published as: C2SP tlog-tiles.
 *
 * /tile/L/N[.p/W]: 256 (or W) consecutive hashes of the tree's level 8 * L; /tile/entries/N[.p/W]:
 * the entries, each with its length in two octets. N stands in groups of three digits, all but the
 * last with 'x' in front.
 */
#ifndef TLOG_TILE_H
#define TLOG_TILE_H

#include "base/buffer.h"
#include "tlog/merkle.h"

enum {
    TILE_WIDTH = 256,
    TILE_LEVELS = 64,
    TILE_ENTRIES = -1,
    TILE_PATH = 64,
    TILE_ENTRY_MAX = 65535
};

struct tile {
    int level;      /* 0..63, or TILE_ENTRIES */
    uint64_t n;     /* below 2^55 */
    unsigned width; /* 1..256 */
};

/* "tile/0/x001/234.p/17" into out[TILE_PATH]. Returns out. */
const char *tile_path(const struct tile *t, char *out);

/* What stands after "/tile/"; false: no tile has that name. Each tile has one name only. */
bool tile_parse(const char *path, struct tile *out) WARN_UNUSED;

/* How wide the tile of that level and number is in a tree of that size: 0: it has none; 256:
 * complete. */
unsigned tile_width(int level, uint64_t n, uint64_t size);

/* The hashes of a tile that the tree has. */
int tile_write(const struct merkle_source *s, const struct tile *t, struct buffer *out) WARN_UNUSED;

/* An entry of a bundle; at most TILE_ENTRY_MAX octets, else -1. */
int tile_add_entry(struct span entry, struct buffer *out) WARN_UNUSED;

#endif
