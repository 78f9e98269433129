/*
 * mime - the structure of a mail: header lines, parts, transfer encodings (RFC 5322, 2045, 2046,
 * 2183, 2231).
 *
 * Strict where two programs could read two things: header lines that count must be there once,
 * parameters too, and a boundary is a whole line. What it does not do: character sets, fragments
 * (message/partial).
 */
#ifndef FORMAT_MIME_H
#define FORMAT_MIME_H

#include "base/arena.h"

enum { MIME_MAX_PARTS = 256, MIME_MAX_BOUNDARY = 70 };

/* Values are unfolded, without comments; absent: no such line. */
struct mime_entity {
    struct span whole, body;
    struct span type, encoding, disposition, from;
    const char *fault; /* why it is not to be relied on, or NULL */
};

/* The parts of a multipart body. */
struct mime_parts {
    struct span part[MIME_MAX_PARTS];
    size_t count;
    bool closed;       /* the last delimiter is there */
    bool too_many;     /* more than MIME_MAX_PARTS */
    struct span stray; /* a line outside of the parts that others may take for a delimiter */
};

/* Returns 0, or -1 when memory is out. */
int mime_parse(struct arena *a, struct span in, struct mime_entity *out) WARN_UNUSED;

/* The media type is this one ("multipart/signed"), or of this kind ("multipart/"). */
bool mime_is(const struct mime_entity *e, const char *type);

/* A parameter of a value, without quotes; absent when it is not there. Sets *twice when it is there
 * more than once. Also name*=charset'lang'percent-encoded. Returns 0 or -1. */
int mime_parameter(struct arena *a, struct span value, const char *name, struct span *out,
                   bool *twice) WARN_UNUSED;

/* The name of the file in the part; absent when it has none. Returns 0 or -1. */
int mime_filename(struct arena *a, const struct mime_entity *e, struct span *out) WARN_UNUSED;

/* The text with its encoded words decoded (RFC 2047; mime_word.c). Returns 0 or -1. */
int mime_words(struct arena *a, struct span text, struct span *out) WARN_UNUSED;

/* Splits a multipart body. The line end before a delimiter belongs to the delimiter. */
void mime_split(struct span body, struct span boundary, struct mime_parts *out);

/* The body is in base64, quoted-printable, or something unknown. */
bool mime_is_encoded(const struct mime_entity *e);

/* The octets of the body; absent when it is not what its encoding says. Returns 0 or -1. */
int mime_decode(struct arena *a, const struct mime_entity *e, struct span *out) WARN_UNUSED;

/* The canonical form that is signed has CRLF line ends (RFC 8551 3.1.1). Returns 0 or -1. */
int mime_canonical(struct arena *a, struct span in, struct span *out) WARN_UNUSED;

#endif
