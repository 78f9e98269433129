/*
 * names - see names.h.
 */
#include "office/intake/names.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "base/tidy.h"
#include "base/utf8.h"

enum { EXTENSION_MAX = 10, HEX_MAX = 500 };

/* What follows the last separator, of either kind. */
static struct span last_part(struct span raw)
{
    size_t from = 0;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '/' || raw.p[i] == '\\') {
            from = i + 1;
        }
    }
    return span_sub(raw, from, raw.n - from);
}

/* Characters that mean something to a shell, a header or another system's file names. */
static bool is_awkward(uint8_t c)
{
    return c < 0x20 || c == 0x7f || strchr("\"*:<>?|", c) != NULL;
}

/* Copies what may stay. */
static void copy(struct buffer *out, struct span in)
{
    while (in.n) {
        size_t n = utf8_printable(in);
        if (n == 1 && is_awkward(in.p[0])) {
            buffer_char(out, '_');
        } else if (n && !span_starts(in, SPAN_LIT("\xef\xbf\xbd"))) { /* U+FFFD: cleaned before */
            buffer_add(out, span_sub(in, 0, n));
        }
        in = span_sub(in, n ? n : 1, in.n);
    }
}

/* The start of the name that fits in room octets, cut between characters. */
static size_t cut(struct span name, size_t room)
{
    size_t n = room < name.n ? room : name.n;
    while (n > 0 && n < name.n && (name.p[n] & 0xc0) == 0x80) {
        n--;
    }
    return n;
}

static struct span trim(struct span s)
{
    while (s.n && (s.p[0] == '.' || s.p[0] == ' ')) {
        s = span_sub(s, 1, s.n - 1);
    }
    while (s.n && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == ' ')) {
        s.n--;
    }
    return s;
}

char *names_clean(struct arena *a, struct span raw)
{
    struct buffer b, tidy;
    buffer_init(&b, raw.n + 16);
    buffer_init(&tidy, raw.n + 16);
    tidy_line(&tidy, last_part(raw)); /* runs of blanks are one, nothing that is not seen */
    copy(&b, buffer_ok(&tidy) ? buffer_span(&tidy) : SPAN_NONE);
    b.failed |= !buffer_ok(&tidy);
    buffer_free(&tidy);
    struct span name = trim(buffer_ok(&b) ? buffer_span(&b) : SPAN_NONE);
    char *out = NULL;
    if (!buffer_ok(&b)) {
        buffer_free(&b);
        return NULL;
    }
    size_t dot = name.n;
    while (dot > 0 && name.p[dot - 1] != '.') {
        dot--;
    }
    struct span end =
        dot > 1 && name.n - dot <= EXTENSION_MAX ? span_sub(name, dot - 1, name.n) : SPAN_LIT("");
    if (name.n == 0) {
        out = arena_str(a, SPAN_LIT("document"));
    } else if (name.n <= NAMES_MAX) {
        out = arena_str(a, name);
    } else {
        size_t n = cut(name, NAMES_MAX - end.n);
        out = arena_printf(a, "%.*s%.*s", (int)n, (const char *)name.p, (int)end.n,
                           (const char *)end.p);
    }
    buffer_free(&b);
    return out;
}

int names_sent(json_t *detail, struct span raw)
{
    char hex[2 * HEX_MAX + 1];
    json_t *text = json_stringn((const char *)raw.p, raw.n);
    if (text) {
        return json_object_set_new(detail, "name_sent", text);
    }
    struct span some = span_sub(raw, 0, HEX_MAX);
    return json_object_set_new(detail, "name_sent_hex", json_string(hash_hex(some, false, hex)));
}
