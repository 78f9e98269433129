/*
 * compress - a body as gzip (RFC 1952), for clients that take it (RFC 9110 12.5.3).
 *
 * Only for bodies made for one answer: assets keep one form for their ETag. Pages with a secret of
 * the server beside text of a stranger must not pass here (BREACH); today there is none.
 */
#ifndef HTTP_COMPRESS_H
#define HTTP_COMPRESS_H

#include "base/buffer.h"

enum { COMPRESS_FROM = 1024 }; /* shorter bodies gain nothing */

/* Worth it for this content type. */
bool compress_suits(const char *content_type);

/* Replaces a body of that type by its gzip form where the client takes it and it is shorter. True
 * when it did. accept: the client's Accept-Encoding, or NULL. */
bool compress_body(struct buffer *body, const char *content_type, const char *accept);

/* Fills out, which the caller frees whatever comes back. Returns 0, or -1: send it as it is. */
int compress_gzip(struct span body, struct buffer *out) WARN_UNUSED;

#endif
