/*
 * decode - from the bytes of an HTTP answer to text: transfer and content codings (RFC 9112 7,
 * RFC 9110 8.4), kind, character encoding (WHATWG Encoding, MIME Sniffing, as far as needed).
 *
 * Everything has a cap; what is not known is not guessed. It runs in the sandboxed child only.
 */
#ifndef FOREIGN_DECODE_H
#define FOREIGN_DECODE_H

#include "base/arena.h"

#define DECODED_MAX ((size_t)64 << 20)

enum decoded_kind {
    DECODED_HTML,
    DECODED_JSON,
    DECODED_PLAIN,
    DECODED_PDF,
    DECODED_OTHER,
    DECODED_CSV
};

struct decoded {
    struct span body; /* without its codings */
    enum decoded_kind kind;
    struct span type;    /* of the Content-Type line; absent: none */
    const char *charset; /* as used; "" for JSON and PDF */
    struct span text;    /* UTF-8; invalid sequences are U+FFFD. Not for PDF and OTHER */
    const char *wrong;   /* why it cannot be read; NULL: it can */
    bool too_large;
};

/* head: the header lines of the answer, with their line ends. Returns 0 or -1 (memory). */
int decode_answer(struct arena *a, struct span head, struct span wire,
                  struct decoded *out) WARN_UNUSED;

/* The value of the first header line of that name (small letters); SPAN_NONE: there is none. */
struct span decode_header(struct span head, const char *name);

#endif
