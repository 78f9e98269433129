/*
 * filter - stream decoding (ISO 32000-2 7.4): FlateDecode with PNG predictors, ASCIIHexDecode.
 * Crypt is the first filter or none: what it says was done before (unlock.c).
 *
 * That is what cross-reference streams, object streams and embedded certificates need. Inflating
 * stops at PDF_MAX_STREAM for one stream and PDF_MAX_INFLATED for the document, so a deflate bomb
 * costs a few milliseconds. What it does not do: LZW, images, TIFF prediction.
 */
#include "format/pdf/internal.h"

#include <zlib.h>

#include "base/buffer.h"
#include "base/mem.h"

static void *zip_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return mem_alloc((size_t)count * size);
}

static void zip_free(void *opaque, void *p)
{
    (void)opaque;
    mem_free(p);
}

/* Runs the inflater to its end. Returns zlib's last answer. */
static int run_inflate(z_stream *z, struct span in, struct buffer *out)
{
    uint8_t chunk[16384];
    int rc = Z_OK;
    z->next_in = (z_const Bytef *)(uintptr_t)in.p;
    while (rc == Z_OK && buffer_ok(out)) {
        if (z->avail_in == 0 && in.n) {
            z->avail_in = in.n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)in.n;
            in.n -= z->avail_in;
        }
        z->next_out = chunk;
        z->avail_out = sizeof chunk;
        rc = inflate(z, Z_NO_FLUSH);
        buffer_add(out, span_make(chunk, sizeof chunk - z->avail_out));
    }
    return rc;
}

static bool flate(struct pdf_doc *d, struct span in, struct span *out)
{
    size_t room = PDF_MAX_INFLATED - d->inflated;
    struct buffer b;
    buffer_init(&b, room < PDF_MAX_STREAM ? room : PDF_MAX_STREAM);
    z_stream z = {.zalloc = zip_alloc, .zfree = zip_free};
    if (inflateInit(&z) != Z_OK) {
        d->failed = true;
        return false;
    }
    int rc = run_inflate(&z, in, &b);
    (void)inflateEnd(&z);
    bool full = b.full;
    if (rc == Z_MEM_ERROR || (!buffer_ok(&b) && !full)) {
        d->failed = true;
    }
    if (rc == Z_STREAM_END && buffer_ok(&b)) {
        *out = arena_dup(d->arena, buffer_span(&b));
        d->failed = d->failed || !out->p;
        d->inflated += out->n;
        buffer_free(&b);
        return out->p != NULL;
    }
    buffer_free(&b);
    return full ? doc_limit(d, "size of compressed data")
                : doc_bad(d, "compressed data is damaged");
}

static uint8_t paeth(int a, int b, int c)
{
    int p = a + b - c;
    int pa = p > a ? p - a : a - p;
    int pb = p > b ? p - b : b - p;
    int pc = p > c ? p - c : c - p;
    if (pa <= pb && pa <= pc) {
        return (uint8_t)a;
    }
    return (uint8_t)(pb <= pc ? b : c);
}

/* One row of PNG prediction (ISO 15948 9.2): row and up are n bytes, bpp bytes a pixel. */
static bool png_row(uint8_t kind, uint8_t *row, const uint8_t *up, size_t n, size_t bpp)
{
    for (size_t i = 0; i < n; i++) {
        int left = i >= bpp ? row[i - bpp] : 0;
        int above = up ? up[i] : 0;
        int corner = up && i >= bpp ? up[i - bpp] : 0;
        switch (kind) {
        case 0:
            break;
        case 1:
            row[i] = (uint8_t)(row[i] + left);
            break;
        case 2:
            row[i] = (uint8_t)(row[i] + above);
            break;
        case 3:
            row[i] = (uint8_t)(row[i] + (left + above) / 2);
            break;
        case 4:
            row[i] = (uint8_t)(row[i] + paeth(left, above, corner));
            break;
        default:
            return false;
        }
    }
    return true;
}

/* A small positive integer parameter, or its default. */
static int64_t parameter(struct pdf_doc *d, const struct pdf_obj *parms, const char *key,
                         int64_t otherwise, size_t rev)
{
    const struct pdf_obj *o = doc_get(d, parms, key, rev);
    return o && o->type == PDF_INT ? o->i : otherwise;
}

static bool predict(struct pdf_doc *d, const struct pdf_obj *parms, size_t rev, struct span *data)
{
    int64_t predictor = parameter(d, parms, "Predictor", 1, rev);
    if (predictor == 1) {
        return true;
    }
    int64_t columns = parameter(d, parms, "Columns", 1, rev);
    int64_t colors = parameter(d, parms, "Colors", 1, rev);
    int64_t bits = parameter(d, parms, "BitsPerComponent", 8, rev);
    if (predictor < 10 || predictor > 15 || columns < 1 || columns > 1 << 20 || colors < 1 ||
        colors > 32 || bits < 1 || bits > 16) {
        return doc_bad(d, "a stream uses an unknown predictor");
    }
    size_t row = (size_t)((columns * colors * bits + 7) / 8);
    size_t bpp = (size_t)((colors * bits + 7) / 8);
    size_t rows = data->n / (row + 1);
    if (data->n % (row + 1) != 0) {
        return doc_bad(d, "predicted data is not whole rows");
    }
    uint8_t *out = doc_alloc(d, rows * row, 1);
    if (!out) {
        return false;
    }
    for (size_t i = 0; i < rows; i++) {
        memcpy(out + i * row, data->p + i * (row + 1) + 1, row);
        if (!png_row(data->p[i * (row + 1)], out + i * row, i ? out + (i - 1) * row : NULL, row,
                     bpp)) {
            return doc_bad(d, "a stream uses an unknown predictor");
        }
    }
    *data = span_make(out, rows * row);
    return true;
}

/* The decoder of hex strings wants the delimiters: the data, "<" before it, up to its own ">". */
static bool ascii_hex(struct pdf_doc *d, struct span in, struct span *out)
{
    size_t n = span_find(in, SPAN_LIT(">"), 0);
    if (n == SIZE_MAX) {
        return doc_bad(d, "ASCIIHexDecode data has no end");
    }
    uint8_t *text = doc_alloc(d, n + 2, 1);
    if (!text) {
        return false;
    }
    text[0] = '<';
    memcpy(text + 1, in.p, n + 1);
    struct pdf_obj o = {.type = PDF_STRING, .raw = span_make(text, n + 2)};
    *out = object_string(d, &o);
    return out->p != NULL;
}

static bool decode_one(struct pdf_doc *d, const struct pdf_obj *name, const struct pdf_obj *parms,
                       size_t rev, struct span *data)
{
    if (object_is_name(name, "FlateDecode") || object_is_name(name, "Fl")) {
        return flate(d, *data, data) && predict(d, parms, rev, data);
    }
    if (object_is_name(name, "ASCIIHexDecode") || object_is_name(name, "AHx")) {
        return ascii_hex(d, *data, data);
    }
    return doc_bad(d, "a stream uses a filter that is not known here");
}

bool filter_decode(struct pdf_doc *d, const struct pdf_obj *stream, size_t rev, struct span raw,
                   struct span *out)
{
    const struct pdf_obj *filter = doc_get(d, stream, "Filter", rev);
    const struct pdf_obj *parms = doc_get(d, stream, "DecodeParms", rev);
    *out = raw;
    if (!filter) {
        return true;
    }
    if (filter->type != PDF_ARRAY) {
        return object_is_name(filter, "Crypt") || decode_one(d, filter, parms, rev, out);
    }
    if (filter->n > 4) {
        return doc_bad(d, "a stream uses too many filters");
    }
    for (size_t i = 0; i < filter->n; i++) {
        const struct pdf_obj *p =
            parms && parms->type == PDF_ARRAY && i < parms->n ? &parms->items[i] : NULL;
        const struct pdf_obj *name = doc_resolve(d, &filter->items[i], rev);
        bool done = i == 0 && object_is_name(name, "Crypt");
        if (!done && !decode_one(d, name, doc_resolve(d, p, rev), rev, out)) {
            return false;
        }
    }
    return true;
}
