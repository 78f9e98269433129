/*
 * compress - see compress.h.
 */
#include "http/compress.h"

#include <limits.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "http/accept.h"

enum { WINDOW_GZIP = 15 + 16, MEMORY = 8, LEVEL = 6 };

bool compress_suits(const char *content_type)
{
    return content_type &&
           (strncmp(content_type, "text/", 5) == 0 || strstr(content_type, "json") != NULL ||
            strstr(content_type, "xml") != NULL);
}

int compress_gzip(struct span body, struct buffer *out)
{
    z_stream z = {0};
    uint8_t room[4096];
    int rc = Z_OK;
    buffer_init(out, SIZE_MAX);
    if (body.n > UINT_MAX ||
        deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return -1;
    }
    z.next_in = body.p;
    z.avail_in = (uInt)body.n;
    while (rc == Z_OK) {
        z.next_out = room;
        z.avail_out = sizeof room;
        rc = deflate(&z, Z_FINISH);
        buffer_add(out, span_make(room, sizeof room - z.avail_out));
    }
    (void)deflateEnd(&z);
    return rc == Z_STREAM_END && buffer_ok(out) ? 0 : -1;
}

bool compress_body(struct buffer *body, const char *content_type, const char *accept)
{
    struct buffer small;
    if (body->n < COMPRESS_FROM || !compress_suits(content_type) ||
        accept_weight(accept, "gzip", false) == 0) {
        return false;
    }
    bool done = compress_gzip(buffer_span(body), &small) == 0 && small.n < body->n;
    if (done) {
        buffer_free(body);
        *body = small;
    } else {
        buffer_free(&small);
    }
    return done;
}
