/*
 * checkpoint - see checkpoint.h. C2SP tlog-checkpoint v1.0.0, tlog-proof v1.
 */
#include "tlog/checkpoint.h"

#include "base/base64.h"

enum { HASH_TEXT = 44 }; /* base64 of 32 octets */

#define MAGIC SPAN_LIT("c2sp.org/tlog-proof@v1\n")

/* The next line without its newline; false: there is none. */
static bool take(struct span *rest, struct span *line)
{
    size_t end = rest->n ? span_find(*rest, SPAN_LIT("\n"), 0) : SIZE_MAX;
    if (end == SIZE_MAX) {
        return false;
    }
    *line = span_sub(*rest, 0, end);
    *rest = span_sub(*rest, end + 1, rest->n);
    return true;
}

/* ASCII decimal, no leading zeros, below 2^63. */
static bool number(struct span text, uint64_t *out)
{
    uint64_t n = 0;
    if (text.n == 0 || text.n > 19 || (text.p[0] == '0' && text.n > 1)) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = n;
    return n <= INT64_MAX;
}

/* 0, 1: it is no hash; -1. */
static int hash(struct span text, struct merkle_hash *out)
{
    struct arena *a = text.n == HASH_TEXT ? arena_new(4096) : NULL;
    struct span raw = SPAN_NONE;
    if (text.n != HASH_TEXT) {
        return 1;
    }
    int rc = a ? base64_decode(a, text, BASE64_PADDED, &raw) : -1;
    if (rc == 0) {
        rc = raw.p && raw.n == sizeof out->h ? 0 : 1;
        memcpy(out->h, raw.p ? raw.p : out->h, rc == 0 ? sizeof out->h : 0);
    }
    arena_free(a);
    return rc;
}

static void put_hash(const struct merkle_hash *h, struct buffer *out)
{
    base64_put(out, span_make(h->h, sizeof h->h));
    buffer_char(out, '\n');
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

int checkpoint_parse(struct span text, struct checkpoint *out)
{
    struct span size, root, more;
    *out = (struct checkpoint){.size = 0};
    if (!take(&text, &out->origin) || out->origin.n == 0 || !take(&text, &size) ||
        !number(size, &out->size) || !take(&text, &root)) {
        return 1;
    }
    int rc = hash(root, &out->root);
    while (rc == 0 && text.n) {
        out->extended = true;
        rc = take(&text, &more) && more.n ? 0 : 1;
    }
    return rc;
}

int checkpoint_write(const char *origin, uint64_t size, const struct merkle_hash *root,
                     struct buffer *out)
{
    buffer_printf(out, "%s\n%llu\n", origin, (unsigned long long)size);
    put_hash(root, out);
    return buffer_ok(out) ? 0 : -1;
}

int checkpoint_open(struct span bytes, const struct note_key *key, struct note *note,
                    struct checkpoint *out)
{
    int rc = note_parse(bytes, note);
    if (rc == 0) {
        rc = checkpoint_parse(note->text, out);
    }
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    return span_eq(out->origin, span_str(key->name)) ? note_signed(note, key, NULL) : 0;
}

/* ---- proofs ---------------------------------------------------------------------------------- */

static bool take_word(struct span *rest, struct span word, struct span *value)
{
    struct span line;
    if (!span_starts(*rest, word) || !take(rest, &line)) {
        return false;
    }
    *value = span_sub(line, word.n, line.n);
    return true;
}

int tlog_proof_parse(struct span bytes, struct tlog_proof *out)
{
    struct span rest = bytes, line;
    *out = (struct tlog_proof){.extra = SPAN_NONE};
    if (bytes.n > NOTE_MAX || !span_starts(bytes, MAGIC)) {
        return 1;
    }
    rest = span_sub(rest, MAGIC.n, rest.n);
    (void)take_word(&rest, SPAN_LIT("extra "), &out->extra);
    if (!take_word(&rest, SPAN_LIT("index "), &line) || !number(line, &out->index)) {
        return 1;
    }
    for (;;) {
        if (!take(&rest, &line)) {
            return 1;
        }
        if (line.n == 0) {
            break;
        }
        if (out->path.count == MERKLE_PROOF_MAX) {
            return 1;
        }
        int rc = hash(line, &out->path.hashes[out->path.count++]);
        if (rc != 0) {
            return rc;
        }
    }
    out->checkpoint = rest;
    return 0;
}

int tlog_proof_write(const struct tlog_proof *p, struct buffer *out)
{
    buffer_add(out, MAGIC);
    if (p->extra.p) {
        buffer_str(out, "extra ");
        buffer_add(out, p->extra);
        buffer_char(out, '\n');
    }
    buffer_printf(out, "index %llu\n", (unsigned long long)p->index);
    for (size_t i = 0; i < p->path.count; i++) {
        put_hash(&p->path.hashes[i], out);
    }
    buffer_char(out, '\n');
    buffer_add(out, p->checkpoint);
    return buffer_ok(out) ? 0 : -1;
}

int tlog_proof_check(const struct tlog_proof *p, struct span entry, const struct note_key *key,
                     struct note *note, struct checkpoint *head)
{
    struct merkle_hash leaf;
    int rc = checkpoint_open(p->checkpoint, key, note, head);
    if (rc == 1) {
        rc = merkle_leaf(entry, &leaf) < 0
                 ? -1
                 : merkle_included(&leaf, p->index, head->size, &p->path, &head->root);
    }
    return rc;
}
