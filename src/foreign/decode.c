/*
 * decode - see decode.h.
 */
#include "foreign/decode.h"

#include <strings.h>
#include <unicode/ucnv.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { SNIFF = 1024, CHARSET_MAX = 40 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static struct span trim(struct span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r' ||
                   s.p[s.n - 1] == '\n')) {
        s.n--;
    }
    return s;
}

static bool same(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

/* Where a word in small letters begins, whatever the case of the text; SIZE_MAX: nowhere. */
static size_t find_word(struct span text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++) {
        size_t k = 0;
        while (k < n && lower(text.p[i + k]) == (uint8_t)word[k]) {
            k++;
        }
        if (k == n) {
            return i;
        }
    }
    return SIZE_MAX;
}

struct span decode_header(struct span head, const char *name)
{
    size_t n = strlen(name);
    while (head.n) {
        size_t end = span_find(head, SPAN_LIT("\n"), 0);
        end = end == SIZE_MAX ? head.n : end + 1;
        struct span line = span_sub(head, 0, end);
        head = span_sub(head, end, head.n);
        if (line.n > n && line.p[n] == ':' && same(span_sub(line, 0, n), name)) {
            return trim(span_sub(line, n + 1, line.n));
        }
    }
    return SPAN_NONE;
}

/* ---- codings --------------------------------------------------------------------------------- */

static int hex(uint8_t c)
{
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9112 7.1; false: broken. */
static bool unchunk(struct span in, struct buffer *out)
{
    for (;;) {
        size_t size = 0, i = 0;
        while (i < in.n && hex(in.p[i]) >= 0 && size < DECODED_MAX) {
            size = size * 16 + (size_t)hex(in.p[i++]);
        }
        size_t end = span_find(in, SPAN_LIT("\n"), i);
        if (i == 0 || end == SIZE_MAX || size > in.n) {
            return false;
        }
        in = span_sub(in, end + 1, in.n);
        if (size == 0) {
            return true;
        }
        if (size > in.n) {
            return false;
        }
        buffer_add(out, span_sub(in, 0, size));
        in = span_sub(in, size, in.n);
        size_t skip = in.n && in.p[0] == '\r' ? 2 : 1;
        in = span_sub(in, skip, in.n);
    }
}

/* gzip or zlib, or deflate without a head as some servers send it. False: broken or too much. */
static bool inflate_all(struct span in, int bits, struct buffer *out)
{
    z_stream z = {.avail_in = (uInt)in.n};
    uint8_t piece[65536];
    int rc = Z_OK;
    memcpy(&z.next_in, &in.p, sizeof in.p);
    if (inflateInit2(&z, bits) != Z_OK) {
        mem_note_failure();
        return false;
    }
    while (rc == Z_OK && buffer_ok(out)) {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        rc = inflate(&z, Z_NO_FLUSH);
        buffer_add(out, span_make(piece, sizeof piece - z.avail_out));
        if (rc == Z_OK && z.avail_in == 0 && z.avail_out == sizeof piece) {
            break; /* it ends too early */
        }
    }
    (void)inflateEnd(&z);
    return rc == Z_STREAM_END && buffer_ok(out);
}

static void free_buffer(void *buffer)
{
    buffer_free(buffer);
    mem_free(buffer);
}

/* A buffer that lives as long as the arena. */
static struct buffer *kept_buffer(struct arena *a)
{
    struct buffer *b = mem_zalloc(sizeof *b);
    if (!b) {
        return NULL;
    }
    buffer_init(b, DECODED_MAX);
    return arena_defer(a, free_buffer, b) == 0 ? b : NULL;
}

static int take_codings(struct arena *a, struct span head, struct span wire, struct decoded *out)
{
    struct span transfer = decode_header(head, "transfer-encoding");
    struct span content = decode_header(head, "content-encoding");
    out->body = wire;
    if (transfer.n && !same(transfer, "identity")) {
        struct buffer *b = kept_buffer(a);
        if (!b) {
            return -1;
        }
        if (!same(transfer, "chunked") || !unchunk(wire, b)) {
            out->wrong = "its transfer coding cannot be undone";
            return 0;
        }
        out->body = span_make(b->p ? b->p : (const uint8_t *)"", b->n);
    }
    if (content.n && !same(content, "identity")) {
        struct buffer *b = kept_buffer(a);
        bool gzip = same(content, "gzip") || same(content, "x-gzip");
        if (!b) {
            return -1;
        }
        bool good =
            (gzip || same(content, "deflate")) && inflate_all(out->body, gzip ? 15 + 16 : 15, b);
        if (!good && !b->full && same(content, "deflate")) {
            b->n = 0;
            good = inflate_all(out->body, -15, b);
        }
        if (!good) {
            out->too_large = b->full;
            out->wrong = b->full ? "it is larger than 64 MiB when unpacked"
                                 : "its content coding cannot be undone";
            return b->failed && !b->full ? -1 : 0;
        }
        out->body = span_make(b->p ? b->p : (const uint8_t *)"", b->n);
    }
    return 0;
}

/* ---- kind ------------------------------------------------------------------------------------ */

static struct span media_type(struct span type)
{
    size_t n = span_find(type, SPAN_LIT(";"), 0);
    return trim(n == SIZE_MAX ? type : span_sub(type, 0, n));
}

static bool ends_with(struct span s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && same(span_sub(s, s.n - n, n), end);
}

static uint8_t first_sign(struct span body)
{
    size_t i = 0;
    if (span_starts(body, SPAN_LIT("\xef\xbb\xbf"))) {
        i = 3;
    }
    while (i < body.n &&
           (body.p[i] == ' ' || body.p[i] == '\t' || body.p[i] == '\n' || body.p[i] == '\r')) {
        i++;
    }
    return i < body.n ? body.p[i] : 0;
}

static bool has_nul(struct span body)
{
    struct span start = span_sub(body, 0, SNIFF);
    bool wide = span_starts(body, SPAN_LIT("\xff\xfe")) || span_starts(body, SPAN_LIT("\xfe\xff"));
    return start.n && !wide && memchr(start.p, 0, start.n) != NULL;
}

static enum decoded_kind kind_of(struct span type, struct span body)
{
    struct span media = media_type(type);
    uint8_t sign = first_sign(body);
    if (span_find(span_sub(body, 0, SNIFF), SPAN_LIT("%PDF-"), 0) != SIZE_MAX) {
        return DECODED_PDF;
    }
    bool utf16 = find_word(type, "utf-16") != SIZE_MAX;
    if (has_nul(body) && !utf16) {
        return DECODED_OTHER;
    }
    if (same(media, "application/json") || ends_with(media, "+json") || same(media, "text/json")) {
        return DECODED_JSON;
    }
    if (same(media, "text/html") || same(media, "application/xhtml+xml")) {
        return DECODED_HTML;
    }
    if (same(media, "text/csv") || same(media, "text/tab-separated-values")) {
        return DECODED_CSV;
    }
    if (same(media, "text/plain")) {
        return DECODED_PLAIN;
    }
    if (media.n == 0) {
        return sign == '<'                  ? DECODED_HTML
               : sign == '{' || sign == '[' ? DECODED_JSON
                                            : DECODED_OTHER;
    }
    return DECODED_OTHER;
}

/* ---- character encoding ---------------------------------------------------------------------- */

static struct span charset_in(struct span text)
{
    size_t at = find_word(text, "charset");
    if (at == SIZE_MAX) {
        return SPAN_NONE;
    }
    struct span s = trim(span_sub(text, at + 7, text.n));
    if (!s.n || s.p[0] != '=') {
        return SPAN_NONE;
    }
    s = trim(span_sub(s, 1, s.n));
    if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
        s = span_sub(s, 1, s.n);
    }
    size_t n = 0;
    while (n < s.n && n < CHARSET_MAX &&
           ((lower(s.p[n]) >= 'a' && lower(s.p[n]) <= 'z') || (s.p[n] >= '0' && s.p[n] <= '9') ||
            s.p[n] == '-' || s.p[n] == '_')) {
        n++;
    }
    return span_sub(s, 0, n);
}

/* Encodings that browsers read, by the names of ICU; the first three stand for windows-1252
 * there. */
static const struct {
    const char *label, *icu;
} encodings[] = {{"iso-8859-1", "windows-1252"},
                 {"us-ascii", "windows-1252"},
                 {"ascii", "windows-1252"},
                 {"latin1", "windows-1252"},
                 {"windows-1252", "windows-1252"},
                 {"cp1252", "windows-1252"},
                 {"windows-1250", "windows-1250"},
                 {"windows-1251", "windows-1251"},
                 {"windows-1253", "windows-1253"},
                 {"windows-1254", "windows-1254"},
                 {"windows-1257", "windows-1257"},
                 {"iso-8859-2", "iso-8859-2"},
                 {"iso-8859-9", "windows-1254"},
                 {"iso-8859-15", "iso-8859-15"},
                 {"koi8-r", "koi8-r"},
                 {"gb2312", "gb18030"},
                 {"gbk", "gb18030"},
                 {"gb18030", "gb18030"},
                 {"big5", "big5"},
                 {"shift_jis", "shift_jis"},
                 {"euc-jp", "euc-jp"},
                 {"euc-kr", "euc-kr"}};

static const char *icu_name(struct span label)
{
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        if (same(label, encodings[i].label)) {
            return encodings[i].icu;
        }
    }
    return NULL;
}

/* Octets that UTF-8 never has in this order (RFC 3629 3, 4); what is merely odd does not count. */
static bool is_other_encoding(struct span in)
{
    for (size_t i = 0; i < in.n;) {
        uint8_t c = in.p[i];
        size_t more = c < 0x80 ? 0 : c >= 0xf0 && c <= 0xf4 ? 3 : c >= 0xe0 ? 2 : 1;
        if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || more >= in.n - i) {
            return true;
        }
        for (size_t k = 1; k <= more; k++) {
            if ((in.p[i + k] & 0xc0) != 0x80) {
                return true;
            }
        }
        i += more + 1;
    }
    return false;
}

/* As UTF-8 with U+FFFD for what is not; controls stay, the readers see to them. */
static int keep_utf8(struct arena *a, struct span in, struct decoded *out)
{
    bool good = true;
    for (size_t i = 0; good && i < in.n;) {
        good = in.p[i] < 0x80 || utf8_printable(span_sub(in, i, 4)) > 0;
        i += in.p[i] < 0x80 ? 1 : good ? utf8_printable(span_sub(in, i, 4)) : 1;
    }
    out->charset = "utf-8";
    if (good) {
        out->text = in;
        return 0;
    }
    struct buffer *b = kept_buffer(a);
    for (size_t i = 0; b && i < in.n;) {
        size_t n = in.p[i] < 0x80 ? 1 : utf8_printable(span_sub(in, i, 4));
        /* Direction marks are refused by utf8_printable; the comparison must see that they are
         * there. */
        if (n == 0) {
            buffer_str(b, "\xef\xbf\xbd");
            i++;
            while (i < in.n && (in.p[i] & 0xc0) == 0x80) {
                i++;
            }
            continue;
        }
        buffer_add(b, span_sub(in, i, n));
        i += n;
    }
    if (!b || (b->failed && !b->full)) {
        return -1;
    }
    out->text = span_make(b->p, b->n);
    return 0;
}

static int convert(struct arena *a, struct span in, const char *name, struct decoded *out)
{
    UErrorCode e = U_ZERO_ERROR;
    if (in.n > DECODED_MAX / 4) {
        out->wrong = "it is too large for its character encoding";
        return 0;
    }
    UConverter *from = ucnv_open(name, &e);
    size_t room = in.n * 2 + 2;
    UChar *units = U_SUCCESS(e) ? mem_alloc(room * sizeof *units) : NULL;
    int32_t n =
        units ? ucnv_toUChars(from, units, (int32_t)room, (const char *)in.p, (int32_t)in.n, &e)
              : 0;
    struct buffer *b = kept_buffer(a);
    for (int32_t i = 0; b && units && i < n; i++) {
        uint32_t c = units[i];
        if (U16_IS_LEAD(units[i]) && i + 1 < n && U16_IS_TRAIL(units[i + 1])) {
            c = 0x10000 + ((c - 0xd800) << 10) + (units[i + 1] - 0xdc00u);
            i++;
        }
        bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        utf8_add(b, direction || (c >= 0xd800 && c <= 0xdfff) ? 0xfffd : c);
    }
    bool memory = !units || !b || (b->failed && !b->full);
    mem_free(units);
    ucnv_close(from);
    if (U_FAILURE(e) || memory) {
        return -1;
    }
    out->charset = name;
    out->text = span_make(b->p ? b->p : (const uint8_t *)"", b->n);
    return 0;
}

/* What a byte order mark, the header, or the start of the page says, in this order. */
static int take_text(struct arena *a, struct decoded *out)
{
    struct span body = out->body, label = charset_in(out->type);
    if (span_starts(body, SPAN_LIT("\xef\xbb\xbf"))) {
        return keep_utf8(a, span_sub(body, 3, body.n), out);
    }
    if (span_starts(body, SPAN_LIT("\xff\xfe")) || same(label, "utf-16le") ||
        same(label, "utf-16")) {
        size_t mark = span_starts(body, SPAN_LIT("\xff\xfe")) ? 2 : 0;
        return convert(a, span_sub(body, mark, body.n), "utf-16le", out);
    }
    if (span_starts(body, SPAN_LIT("\xfe\xff")) || same(label, "utf-16be")) {
        size_t mark = span_starts(body, SPAN_LIT("\xfe\xff")) ? 2 : 0;
        return convert(a, span_sub(body, mark, body.n), "utf-16be", out);
    }
    if (!label.n && out->kind == DECODED_HTML) {
        label = charset_in(span_sub(body, 0, SNIFF));
    }
    /* Without a word about it, browsers take what is no UTF-8 for windows-1252 (WHATWG HTML
     * 13.2.3.2); that it was not said is no reason to refuse a list that is read there. */
    bool western = !label.n && out->kind != DECODED_JSON && is_other_encoding(body);
    if (!western &&
        (!label.n || same(label, "utf-8") || same(label, "utf8") || out->kind == DECODED_JSON)) {
        return keep_utf8(a, body, out);
    }
    const char *name = western ? "windows-1252" : icu_name(label);
    if (!name) {
        out->wrong = "its character encoding is not one that is read";
        return 0;
    }
    return convert(a, body, name, out);
}

int decode_answer(struct arena *a, struct span head, struct span wire, struct decoded *out)
{
    *out = (struct decoded){.charset = "", .kind = DECODED_OTHER};
    out->type = decode_header(head, "content-type");
    if (take_codings(a, head, wire, out) != 0) {
        return -1;
    }
    if (out->wrong) {
        return 0;
    }
    out->kind = kind_of(out->type, out->body);
    if (out->kind == DECODED_PDF || out->kind == DECODED_OTHER) {
        return 0;
    }
    return take_text(a, out);
}
