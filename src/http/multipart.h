/*
 * multipart - reads a form upload (multipart/form-data, RFC 7578, RFC 2046 5.1) as it arrives.
 *
 * A part's bytes are handed on in pieces, so that a document is never held here. Strict where
 * leniency could change a document: a transfer encoding is refused, a missing final boundary is a
 * mistake. What it does not do: nested multiparts, character set conversion.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/span.h"

enum { MULTIPART_NAME = 64, MULTIPART_FILENAME = 512 };

/* A part as its header names it. */
struct multipart_part {
    char name[MULTIPART_NAME];
    char filename[MULTIPART_FILENAME]; /* as sent, without a path; not yet fit for showing */
    bool is_file;                      /* a file name was given, perhaps an empty one */
};

/* Called for each part: begin, data any number of times, end. All but 0 stops the reading. */
struct multipart_sink {
    int (*begin)(void *context, const struct multipart_part *part);
    int (*data)(void *context, struct span bytes);
    int (*end)(void *context);
};

struct multipart;

/* True for the content type "multipart/form-data". */
bool multipart_is_form(const char *content_type);

/* A reader for this content type. Returns 0, with *out NULL when the type names no usable
 * boundary, or -1: memory. */
int multipart_new(const char *content_type, const struct multipart_sink *sink, void *context,
                  struct multipart **out) WARN_UNUSED;
void multipart_free(struct multipart *m);

/* Takes the next bytes. Returns 0; -1 when this is no form or the sink said stop. After -1 only
 * multipart_free may follow. */
int multipart_feed(struct multipart *m, struct span bytes) WARN_UNUSED;

/* The final boundary was seen. */
bool multipart_complete(const struct multipart *m);

#endif
