/*
 * known_keys - see known_keys.h.
 */
#include "tls/known_keys.h"

#include <stdlib.h>

#include "base/hash.h"

static const struct {
    const char *word;
    size_t size;
} kinds[KNOWN_KINDS] = {
    {"spki-sha256", 32}, {"modulus-sha256", 32}, {"cert-sha1", 20}, {"bkhash120", BKHASH}};

const char *known_kind_name(enum known_kind kind)
{
    return kinds[kind].word;
}

size_t known_kind_size(enum known_kind kind)
{
    return kinds[kind].size;
}

static int compare(const void *a, const void *b)
{
    const struct known_key *x = a, *y = b;
    int by_kind = (x->kind > y->kind) - (x->kind < y->kind);
    return by_kind ? by_kind : memcmp(x->hash, y->hash, sizeof x->hash);
}

/* The next word of a line; the rest of it when last. */
static struct span word(struct span *line, bool last)
{
    size_t i = 0;
    while (line->n && line->p[0] == ' ') {
        *line = span_sub(*line, 1, line->n);
    }
    while (i < line->n && (last || line->p[i] != ' ')) {
        i++;
    }
    struct span w = span_sub(*line, 0, i);
    *line = span_sub(*line, i, line->n);
    return w;
}

/* Returns 1 for a row, 0 for a line that is none, -1 for memory. */
static int read_line(struct arena *a, struct span line, struct known_key *out)
{
    struct span kind = word(&line, false), hex = word(&line, false), source = word(&line, false);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[65] = "";
        if (!span_eq(kind, span_str(kinds[i].word)) || hex.n != kinds[i].size * 2) {
            continue;
        }
        memcpy(text, hex.p, hex.n);
        out->kind = (enum known_kind)i;
        out->source = arena_str(a, source);
        out->note = arena_str(a, word(&line, true));
        if (!out->source || !out->note) {
            return -1;
        }
        return hash_unhex(text, out->hash, kinds[i].size);
    }
    return 0;
}

int known_keys_read(struct arena *a, struct span text, struct known_keys *out, size_t *bad_line)
{
    size_t number = 0, capacity = out->count;
    void *rows = out->rows;
    *bad_line = 0;
    while (text.n) {
        size_t end = span_find(text, SPAN_LIT("\n"), 0);
        struct span line = span_sub(text, 0, end == SIZE_MAX ? text.n : end);
        text = span_sub(text, end == SIZE_MAX ? text.n : end + 1, text.n);
        number++;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (arena_grow(a, &rows, &capacity, out->count + 1, sizeof *out->rows) < 0) {
            return -1;
        }
        out->rows = rows;
        int rc = read_line(a, line, &out->rows[out->count]);
        if (rc < 0) {
            return -1;
        }
        out->count += rc == 1;
        if (rc == 0 && *bad_line == 0) {
            *bad_line = number;
        }
    }
    if (out->count) {
        qsort(out->rows, out->count, sizeof *out->rows, compare);
    }
    return 0;
}

/* A row of badkeys' blocklist. */
static const struct known_key *find_block(struct known_keys *k, const uint8_t *hash)
{
    size_t low = 0, high = k->block.n / BKHASH_ROW;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const uint8_t *row = k->block.p + middle * BKHASH_ROW;
        int c = memcmp(hash, row, BKHASH);
        if (c == 0) {
            const char *name = k->block_names[row[BKHASH]];
            k->found = (struct known_key){
                .kind = KNOWN_BKHASH, .source = "badkeys", .note = name ? name : "blocklist"};
            memcpy(k->found.hash, hash, BKHASH);
            return &k->found;
        }
        low = c > 0 ? middle + 1 : low;
        high = c > 0 ? high : middle;
    }
    return NULL;
}

const struct known_key *known_keys_find(struct known_keys *k, enum known_kind kind,
                                        const uint8_t *hash)
{
    struct known_key key = {.kind = kind};
    const struct known_key *row = NULL;
    if (!k) {
        return NULL;
    }
    memcpy(key.hash, hash, kinds[kind].size);
    if (k->count) {
        row = bsearch(&key, k->rows, k->count, sizeof key, compare);
    }
    return row || kind != KNOWN_BKHASH ? row : find_block(k, hash);
}
