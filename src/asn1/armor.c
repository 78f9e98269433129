/*
 * armor - see armor.h. RFC 7468 (PEM), RFC 4648 (base64).
 */
#include "asn1/armor.h"

enum { LABEL_MAX = 24 };

static int value_of(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int armor_base64(struct arena *a, struct span text, struct span *out)
{
    *out = SPAN_NONE;
    uint8_t *p = arena_alloc(a, text.n / 4 * 3 + 4);
    if (!p) {
        return -1;
    }
    uint32_t bits = 0;
    size_t n = 0, count = 0, pads = 0;
    for (size_t i = 0; i < text.n; i++) {
        int v = value_of(text.p[i]);
        if (is_space(text.p[i])) {
            continue;
        }
        if (text.p[i] == '=' && pads < 2) {
            pads++;
            continue;
        }
        if (v < 0 || pads) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)v;
        if (++count % 4 == 0) {
            p[n++] = (uint8_t)(bits >> 16);
            p[n++] = (uint8_t)(bits >> 8);
            p[n++] = (uint8_t)bits;
        }
    }
    if (count % 4 == 1 || (pads && (count + pads) % 4)) {
        return 0;
    }
    if (count % 4 == 2) {
        p[n++] = (uint8_t)(bits >> 4);
    } else if (count % 4 == 3) {
        p[n++] = (uint8_t)(bits >> 10);
        p[n++] = (uint8_t)(bits >> 2);
    }
    *out = span_make(p, n);
    return 0;
}

/* The line at the start of *s; moves behind its end of line. */
static struct span take_line(struct span *s)
{
    const uint8_t *nl = s->n ? memchr(s->p, '\n', s->n) : NULL;
    size_t n = nl ? (size_t)(nl - s->p) : s->n;
    struct span line = span_sub(*s, 0, n);
    *s = span_sub(*s, n + (nl != NULL), s->n);
    while (line.n && is_space(line.p[line.n - 1])) {
        line.n--;
    }
    return line;
}

/* Octets that are no white space. */
static size_t ink(struct span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        n += !is_space(s.p[i]);
    }
    return n;
}

/* "LABEL-----": capitals, digits, blanks and #, as in "PKCS #7 SIGNED DATA". */
static bool is_label(struct span line)
{
    if (line.n < 5 || line.n > LABEL_MAX + 5 || memcmp(line.p + line.n - 5, "-----", 5) != 0) {
        return false;
    }
    for (size_t i = 0; i + 5 < line.n; i++) {
        uint8_t c = line.p[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != ' ' && c != '#') {
            return false;
        }
    }
    return true;
}

/* The next PEM block: label and base64 text. Header lines ("Proc-Type: ...") are left out by
 * starting the text behind the last of them. *outside grows by what belongs to no block. */
static bool next_block(struct span *rest, struct span *label, struct span *text, size_t *outside)
{
    struct span begin = SPAN_LIT("-----BEGIN "), end = SPAN_LIT("-----END "), before = *rest;
    size_t at = span_find(*rest, begin, 0);
    if (at == SIZE_MAX) {
        return false;
    }
    *rest = span_sub(*rest, at + begin.n, rest->n);
    struct span line = take_line(rest);
    *label = span_sub(line, 0, line.n >= 5 ? line.n - 5 : 0);
    size_t stop = span_find(*rest, end, 0);
    if (stop == SIZE_MAX) {
        *rest = before;
        return false;
    }
    struct span all = *text = span_sub(*rest, 0, stop);
    for (struct span s = *text; s.n;) {
        struct span l = take_line(&s);
        if (l.n && memchr(l.p, ':', l.n)) {
            *text = s;
        }
    }
    *rest = span_sub(*rest, stop + end.n, rest->n);
    *rest = span_sub(*rest, span_starts(*rest, line) ? line.n : 0, rest->n);
    *outside += ink(span_sub(before, 0, at)) + ink(span_sub(all, 0, all.n - text->n));
    *outside += is_label(line) ? 0 : ink(line);
    return true;
}

static int add_item(struct arena *a, struct armor_item **items, size_t *cap, size_t *count,
                    const char *label, struct span der)
{
    if (!label || arena_grow(a, (void **)items, cap, *count + 1, sizeof **items)) {
        return -1;
    }
    (*items)[(*count)++] = (struct armor_item){label, der};
    return 0;
}

int armor_decode_all(struct arena *a, struct span file, struct armor_item **items, size_t *count,
                     size_t *outside)
{
    size_t cap = 0;
    struct span der;
    *items = NULL;
    *count = *outside = 0;
    if (file.n && file.p[0] == 0x30) {
        return add_item(a, items, &cap, count, "", file);
    }
    struct span rest = file, label, text;
    while (next_block(&rest, &label, &text, outside)) {
        if (armor_base64(a, text, &der)) {
            return -1;
        }
        *outside += der.p ? 0 : ink(text);
        if (der.p && add_item(a, items, &cap, count, arena_str(a, label), der)) {
            return -1;
        }
    }
    *outside += ink(rest);
    if (*count || file.n < 16) {
        return 0;
    }
    if (armor_base64(a, file, &der)) {
        return -1;
    }
    *outside = 0;
    return der.n && der.p[0] == 0x30 ? add_item(a, items, &cap, count, "", der) : 0;
}

int armor_decode(struct arena *a, struct span file, struct armor_item **items, size_t *count)
{
    size_t outside;
    return armor_decode_all(a, file, items, count, &outside);
}
