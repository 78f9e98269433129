/*
 * witness - see witness.h.
 */
#include "tlog/witness.h"

#include "base/mem.h"

int witness_request(uint64_t old, const struct merkle_proof *proof, struct span checkpoint,
                    struct buffer *out)
{
    buffer_printf(out, "old %llu\n", (unsigned long long)old);
    for (size_t i = 0; old > 0 && i < proof->count; i++) {
        unsigned char text[48];
        int n = EVP_EncodeBlock(text, proof->hashes[i].h, sizeof proof->hashes[i].h);
        buffer_add(out, span_make(text, (size_t)n));
        buffer_char(out, '\n');
    }
    buffer_char(out, '\n');
    buffer_add(out, checkpoint);
    return buffer_ok(out) ? 0 : -1;
}

/* A note of the checkpoint's text and these lines. */
static int join(struct span text, struct span lines, struct buffer *out)
{
    buffer_add(out, text);
    buffer_char(out, '\n');
    buffer_add(out, lines);
    return buffer_ok(out) ? 0 : -1;
}

/* 1: the line alone is the key's and verifies. */
static int is_good(struct span text, struct span line, const struct note_key *key, int64_t *at)
{
    struct buffer b;
    struct note *one = mem_alloc(sizeof *one);
    buffer_init(&b, NOTE_MAX);
    int rc = one && join(text, line, &b) == 0 ? note_parse(buffer_span(&b), one) : -1;
    int good = rc < 0 ? -1 : rc ? 0 : note_signed(one, key, at);
    buffer_free(&b);
    mem_free(one);
    return good;
}

int witness_answer(struct span body, struct span checkpoint, const struct note_key *key,
                   struct buffer *out, int64_t *at)
{
    struct note *note = mem_alloc(sizeof *note);
    size_t start = 0, lines = 0;
    int good = 0, rc = note ? note_parse(checkpoint, note) : -1;
    while (rc == 0 && good == 0 && start < body.n && lines++ < NOTE_LINES) {
        size_t end = span_find(body, SPAN_LIT("\n"), start);
        if (end == SIZE_MAX) {
            break;
        }
        struct span line = span_sub(body, start, end + 1 - start);
        good = is_good(note->text, line, key, at);
        if (good == 1) {
            buffer_add(out, line);
        }
        start = end + 1;
    }
    mem_free(note);
    return rc < 0 || good < 0 || !buffer_ok(out) ? -1 : good == 1 ? 0 : 1;
}

int witness_conflict(struct span body, uint64_t *size)
{
    uint64_t n = 0;
    if (body.n < 2 || body.n > 20 || body.p[body.n - 1] != '\n' ||
        (body.p[0] == '0' && body.n > 2)) {
        return 1;
    }
    for (size_t i = 0; i + 1 < body.n; i++) {
        if (body.p[i] < '0' || body.p[i] > '9') {
            return 1;
        }
        n = 10 * n + (uint64_t)(body.p[i] - '0');
    }
    *size = n;
    return n <= INT64_MAX ? 0 : 1;
}
