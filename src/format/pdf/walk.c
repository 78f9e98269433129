/*
 * walk - which objects an object refers to, without building it.
 *
 * Comparing two revisions needs to know what an object is reachable from; for that the tokens are
 * enough ("12 0 R"), so even a large document costs no memory but a bit per object number.
 */
#include "format/pdf/internal.h"

bool walk_init(struct walk *w, struct pdf_doc *d, struct arena *a)
{
    *w = (struct walk){.d = d, .a = a};
    w->seen = arena_alloc(a, (size_t)PDF_MAX_OBJECT / 8 + 1 < (size_t)d->max_num / 8 + 1
                                 ? (size_t)PDF_MAX_OBJECT / 8 + 1
                                 : (size_t)d->max_num / 8 + 1);
    d->failed = d->failed || !w->seen;
    return w->seen != NULL;
}

bool walk_has(const struct walk *w, uint32_t num)
{
    return num <= w->d->max_num && (w->seen[num / 8] & (1u << (num % 8))) != 0;
}

bool walk_add(struct walk *w, uint32_t num)
{
    if (num > w->d->max_num || walk_has(w, num)) {
        return false;
    }
    if (w->n == w->cap &&
        arena_grow(w->a, (void **)&w->queue, &w->cap, w->n + 1, sizeof *w->queue) != 0) {
        w->d->failed = true;
        return false;
    }
    w->seen[num / 8] |= (uint8_t)(1u << (num % 8));
    w->queue[w->n++] = num;
    return true;
}

/* Recursion is bounded by PDF_MAX_DEPTH of the parser. */
void walk_value(struct walk *w, const struct pdf_obj *o)
{
    if (!o) {
        return;
    }
    if (o->type == PDF_STREAM) {
        o = &o->stream->dict;
    }
    if (o->type == PDF_REF && o->i <= PDF_MAX_OBJECT) {
        (void)walk_add(w, (uint32_t)o->i);
    }
    for (size_t i = 0; o->type == PDF_ARRAY && i < o->n; i++) {
        walk_value(w, &o->items[i]);
    }
    for (size_t i = 0; o->type == PDF_DICT && i < o->n; i++) {
        walk_value(w, &o->pairs[i].value);
    }
}

void walk_entry(struct walk *w, size_t entry)
{
    struct span bytes;
    if (!doc_object_bytes(w->d, entry, &bytes)) {
        return;
    }
    struct lex x = {bytes, 0};
    struct token t[3] = {{LEX_END, SPAN_NONE, 0}, {LEX_END, SPAN_NONE, 0}, {LEX_END, SPAN_NONE, 0}};
    int depth = 0;
    bool number = false; /* the value begins with one */
    bool in_object_stream = w->d->entries[entry].type == ENTRY_IN_STREAM;
    for (uint64_t steps = 0;; steps++) {
        t[0] = t[1];
        t[1] = t[2];
        t[2] = lex_next(&x);
        enum lex_kind k = t[2].kind;
        depth += k == LEX_DICT_OPEN || k == LEX_ARRAY_OPEN;
        depth -= k == LEX_DICT_CLOSE || k == LEX_ARRAY_CLOSE;
        bool reference = lex_word(&t[2], "R") && t[0].kind == LEX_INT && t[1].kind == LEX_INT;
        if (reference && t[0].i >= 0 && t[0].i <= PDF_MAX_OBJECT) {
            (void)walk_add(w, (uint32_t)t[0].i);
        }
        /* In an object stream nothing marks the end: a value outside brackets is all there is, but
         * for a reference, which takes three tokens. */
        number = steps == 0 ? k == LEX_INT : number;
        bool more = number && (steps == 0 || (steps == 1 && k == LEX_INT));
        bool value = in_object_stream && !more && (depth <= 0 || number);
        bool end = k == LEX_END || k == LEX_BAD || lex_word(&t[2], "endobj") ||
                   lex_word(&t[2], "stream") || value;
        if (end) {
            (void)doc_work(w->d, steps);
            return;
        }
    }
}
