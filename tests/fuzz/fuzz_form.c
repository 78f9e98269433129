/*
 * fuzz_form - the reader of form uploads: the content type up to the first line feed, then the
 * body, in pieces whose size the first byte of the body gives.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "http/multipart.h"

enum { TYPE_MAX = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t fed, given;
    bool open;
};

static int begin(void *context, const struct multipart_part *part)
{
    struct seen *s = context;
    if (s->open || strlen(part->name) >= sizeof part->name ||
        strlen(part->filename) >= sizeof part->filename || strpbrk(part->filename, "/\\")) {
        abort();
    }
    s->open = true;
    return 0;
}

static int data_of(void *context, struct span bytes)
{
    struct seen *s = context;
    s->given += bytes.n;
    if (!s->open || s->given > s->fed) {
        abort();
    }
    return 0;
}

static int end(void *context)
{
    struct seen *s = context;
    if (!s->open) {
        abort();
    }
    s->open = false;
    return 0;
}

/* Each piece in memory of its own size, so that a read past it is seen. */
static int feed(struct multipart *m, struct span body, struct seen *s)
{
    size_t piece = body.n ? 1 + body.p[0] % 64U : 1;
    int rc = 0;
    for (size_t at = 0; at < body.n && rc == 0; at += piece) {
        struct span part = span_sub(body, at, piece);
        uint8_t *copy = mem_alloc(part.n);
        if (!copy) {
            return -1;
        }
        memcpy(copy, part.p, part.n);
        s->fed += part.n;
        rc = multipart_feed(m, span_make(copy, part.n));
        mem_free(copy);
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct multipart_sink sink = {begin, data_of, end};
    struct span input = span_make(data, size);
    struct seen s = {0};
    struct multipart *m;
    char type[TYPE_MAX] = "multipart/form-data";
    size_t line = span_find(input, SPAN_LIT("\n"), 0), room = sizeof type - strlen(type) - 1;
    line = line == SIZE_MAX ? size : line;
    memcpy(type + strlen(type), data, line < room ? line : room);
    if (multipart_new(type, &sink, &s, &m) == 0 && m) {
        int rc = feed(m, span_sub(input, line + 1, size), &s);
        if (rc == 0 && multipart_complete(m) && s.open) {
            abort();
        }
        multipart_free(m);
    }
    return 0;
}
