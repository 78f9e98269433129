/*
 * container_names - which names of members are safe, and which look the same to a file system.
 *
 * APPNOTE.TXT 4.4.17.1: relative, forward slashes only, no drive. The rest is what "zip slip" and
 * its relatives taught. What it does not do: full Unicode normalisation; the key drops combining
 * marks and case of the Latin, Greek and Cyrillic letters, which is enough for a warning.
 */
#include "base/utf8.h"
#include "format/container.h"

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A part of the path between slashes. */
static const char *part_fault(struct span part, bool last)
{
    if (part.n == 0) {
        return last ? NULL : "an empty part";
    }
    if (span_eq(part, SPAN_LIT("."))) {
        return "a part of it is only a dot";
    }
    return span_eq(part, SPAN_LIT("..")) ? "it leaves its folder" : NULL;
}

const char container_name_not_text[] = "it is not readable text";

const char *container_name_fault(struct span raw)
{
    if (raw.n == 0) {
        return "it is empty";
    }
    if (raw.p[0] == '/') {
        return "it is absolute";
    }
    if (raw.n > 1 && raw.p[1] == ':' && is_letter(raw.p[0])) {
        return "it names a drive";
    }
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\\') {
            return "it has a backslash";
        }
    }
    size_t step;
    for (size_t i = 0; i < raw.n; i += step) {
        step = utf8_printable(span_sub(raw, i, raw.n));
        if (step == 0) {
            return raw.p[i] < 0x20 || raw.p[i] == 0x7f ? "it has a control character"
                                                       : container_name_not_text;
        }
    }
    for (size_t start = 0, i = 0; i <= raw.n; i++) {
        if (i < raw.n && raw.p[i] != '/') {
            continue;
        }
        const char *fault = part_fault(span_sub(raw, start, i - start), i == raw.n);
        if (fault) {
            return fault;
        }
        start = i + 1;
    }
    return NULL;
}

static uint32_t code_point(struct span s, size_t n)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = n ? s.p[0] & masks[n] : s.p[0];
    for (size_t i = 1; i < n; i++) {
        c = c << 6 | (s.p[i] & 0x3fU);
    }
    return c;
}

/* The letter without case and accent; 0 for a mark that combines. */
static uint32_t fold(uint32_t c)
{
    /* U+00C0..U+00FF without their accents. */
    static const char latin[] = "aaaaaa\xe6"
                                "ceeeeiiii"
                                "\xf0nooooo\xd7ouuuuy\xfe\xdf"
                                "aaaaaa\xe6"
                                "ceeeeiiii"
                                "\xf0nooooo\xf7ouuuuy\xfey";
    if (c >= 'A' && c <= 'Z') {
        return c + 32;
    }
    if ((c >= 0x300 && c <= 0x36f) || c == 0x93c) {
        return 0;
    }
    if (c >= 0xc0 && c <= 0xff) {
        return (uint8_t)latin[c - 0xc0];
    }
    if (c >= 0x391 && c <= 0x3a9) {
        return c + 32;
    }
    if (c >= 0x410 && c <= 0x42f) {
        return c + 32;
    }
    /* Devanagari letters with nukta, and the same as two characters. */
    static const uint16_t nukta[] = {0x915, 0x916, 0x917, 0x91c, 0x921, 0x922, 0x92b, 0x92f};
    return c >= 0x958 && c <= 0x95f ? nukta[c - 0x958] : c;
}

struct span container_name_key(struct arena *a, struct span raw)
{
    struct buffer b;
    buffer_init(&b, raw.n * 4 + 16);
    for (size_t i = 0, step; i < raw.n; i += step) {
        struct span rest = span_sub(raw, i, raw.n);
        size_t n = utf8_printable(rest);
        step = n ? n : 1;
        uint32_t c = fold(n ? code_point(rest, n) : 0xfffd);
        if (c) {
            utf8_add(&b, c);
        }
    }
    while (b.n && (b.p[b.n - 1] == '.' || b.p[b.n - 1] == ' ')) {
        b.n--; /* Windows drops them */
    }
    struct span key = buffer_ok(&b) ? arena_dup(a, buffer_span(&b)) : SPAN_NONE;
    buffer_free(&b);
    return key;
}
