/*
 * utf8 - see utf8.h.
 */
#include "base/utf8.h"

/* Unicode 15 general categories Mn and Cf of the scripts seen in Indian certificates, and the
 * common ones. Devanagari spacing marks (Mc) take a column and are not here. */
static const struct utf8_range zero_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x0900, 0x0902}, {0x093a, 0x093a}, {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d},
    {0x0951, 0x0957}, {0x0962, 0x0963}, {0x0981, 0x0981}, {0x09bc, 0x09bc}, {0x09c1, 0x09c4},
    {0x09cd, 0x09cd}, {0x0a01, 0x0a02}, {0x0a3c, 0x0a51}, {0x0a81, 0x0a82}, {0x0abc, 0x0abc},
    {0x0ac1, 0x0ac8}, {0x0acd, 0x0acd}, {0x0bcd, 0x0bcd}, {0x0c3e, 0x0c40}, {0x0c46, 0x0c56},
    {0x0cbc, 0x0cbc}, {0x0ccc, 0x0ccd}, {0x0d41, 0x0d44}, {0x0d4d, 0x0d4d}, {0x200b, 0x200f},
    {0x202a, 0x202e}, {0x2060, 0x2064}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};

/* Unicode Standard Annex 11, wide and fullwidth. */
static const struct utf8_range double_width[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

bool utf8_in_ranges(uint32_t c, const struct utf8_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

bool utf8_is_devanagari(uint32_t c)
{
    static const struct utf8_range blocks[] = {{0x900, 0x97f}, {0x1cd0, 0x1cff}, {0xa8e0, 0xa8ff}};
    return UTF8_IN(c, blocks);
}

/* Length that the first octet of a UTF-8 sequence announces; 0 when it cannot be one. */
static size_t announced(uint8_t c)
{
    return c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 0;
}

/* Too long a form, a surrogate, or above U+10FFFF (RFC 3629 4), told by the first two octets. */
static bool outside(uint8_t c, uint8_t next)
{
    return (c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f) || (c == 0xf0 && next < 0x90) ||
           (c == 0xf4 && next > 0x8f);
}

/* C1 controls and the bidirectional overrides could make a report read as something else. */
static bool misleading(const uint8_t *p)
{
    bool c1 = p[0] == 0xc2 && p[1] < 0xa0;
    bool bidi = p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
                                 (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
    return c1 || bidi;
}

size_t utf8_printable(struct span s)
{
    uint8_t c = s.p[0];
    if (c < 0x80) {
        return c >= 0x20 && c != 0x7f;
    }
    size_t n = announced(c);
    if (n == 0 || s.n < n) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s.p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return outside(c, s.p[1]) || misleading(s.p) ? 0 : n;
}

void utf8_clean(struct buffer *out, struct span raw)
{
    while (raw.n) {
        size_t good = 0, n = 1;
        while (good < raw.n && n) {
            n = utf8_printable(span_sub(raw, good, raw.n - good));
            good += n;
        }
        buffer_add(out, span_sub(raw, 0, good));
        raw = span_sub(raw, good, raw.n - good);
        if (raw.n) {
            buffer_add(out, SPAN_LIT("\xef\xbf\xbd"));
            raw = span_sub(raw, 1, raw.n);
        }
    }
}

uint32_t utf8_code(struct span s, size_t n)
{
    static const uint8_t lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = s.p[0] & lead[n];
    for (size_t i = 1; i < n; i++) {
        c = (c << 6) | (s.p[i] & 0x3fU);
    }
    return c;
}

size_t utf8_width(struct span s)
{
    size_t width = 0;
    while (s.n) {
        size_t n = utf8_printable(s);
        uint32_t c = n ? utf8_code(s, n) : 0xfffd;
        if (UTF8_IN(c, double_width)) {
            width += 2;
        } else if (!UTF8_IN(c, zero_width)) {
            width += 1;
        }
        s = span_sub(s, n ? n : 1, s.n);
    }
    return width;
}

void utf8_add(struct buffer *out, uint32_t c)
{
    if (c < 0x80) {
        buffer_char(out, (char)c);
    } else if (c < 0x800) {
        buffer_char(out, (char)(0xc0 | c >> 6));
        buffer_char(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buffer_char(out, (char)(0xe0 | c >> 12));
        buffer_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buffer_char(out, (char)(0x80 | (c & 0x3f)));
    } else {
        buffer_char(out, (char)(0xf0 | (c >> 18 & 0x07)));
        buffer_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
        buffer_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buffer_char(out, (char)(0x80 | (c & 0x3f)));
    }
}
