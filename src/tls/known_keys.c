/*
 * known_keys - see known_keys.h.
 */
#include "tls/known_keys.h"

#include <stdlib.h>

#include "base/hash.h"

static const struct {
    const char *word;
    size_t size;
} kinds[] = {{"spki-sha256", 32}, {"modulus-sha256", 32}, {"cert-sha1", 20}};

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
    size_t number = 0, capacity = 0;
    void *rows = NULL;
    *out = (struct known_keys){0};
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

const struct known_key *known_keys_find(const struct known_keys *k, enum known_kind kind,
                                        const uint8_t *hash)
{
    struct known_key key = {.kind = kind};
    if (!k || k->count == 0) {
        return NULL;
    }
    memcpy(key.hash, hash, kinds[kind].size);
    return bsearch(&key, k->rows, k->count, sizeof key, compare);
}
