/*
 * json - see json.h.
 */
#include "base/json.h"

#include "base/utf8.h"

enum { PIECE = 64 * 1024 };

static void before_value(struct json *j)
{
    if (j->comma) {
        buffer_char(j->out, ',');
    }
    j->comma = true;
}

void json_open(struct json *j, char bracket)
{
    before_value(j);
    buffer_char(j->out, bracket);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    buffer_char(j->out, bracket);
    j->comma = true;
    if (j->send && j->out->n >= PIECE) {
        j->out->failed = j->send(j->context, buffer_span(j->out)) != 0 || j->out->failed;
        j->out->n = 0;
    }
}

void json_key(struct json *j, const char *key)
{
    size_t n = strlen(key);
    uint8_t *p = buffer_room(j->out, n + 4);
    if (!p) {
        return;
    }
    if (j->comma) {
        *p++ = ',';
    }
    *p++ = '"';
    for (size_t i = 0; i < n; i++) {
        *p++ = (uint8_t)key[i];
    }
    *p++ = '"';
    *p++ = ':';
    buffer_took(j->out, p);
    j->comma = false;
}

#define EVERY ((uint64_t)0x0101010101010101)
#define HIGH  (EVERY * 0x80)

/* The high bit of each octet below 0x80 that equals c is set; octets above may say anything. */
static uint64_t equal_to(uint64_t v, uint8_t c)
{
    uint64_t x = v ^ EVERY * c;
    return (x - EVERY) & ~x;
}

/* Eight octets of printable ASCII without quotation mark and backslash. */
static bool plain_ascii(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    uint64_t special =
        v | (v - EVERY * 0x20) | equal_to(v, '"') | equal_to(v, '\\') | equal_to(v, 0x7f);
    return (special & HIGH) == 0;
}

/* Three octets that are one printable character, as those of Devanagari are; the rest is left to
 * utf8_printable. U+0800 to U+1FFF and U+3000 to U+CFFF have no form that is too long, no surrogate
 * and nothing that misleads. */
static bool plain_three(const uint8_t *p)
{
    return p[0] >= 0xe0 && p[0] <= 0xec && p[0] != 0xe2 && (p[0] != 0xe0 || p[1] >= 0xa0) &&
           (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
}

size_t json_plain(struct span s)
{
    size_t n = 0, one = 1;
    while (n < s.n && one) {
        uint8_t c = s.p[n];
        if (c < 0x80) {
            bool plain = c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
            one = s.n - n >= 8 && plain_ascii(s.p + n) ? 8 : plain;
        } else {
            one =
                s.n - n >= 3 && plain_three(s.p + n) ? 3 : utf8_printable(span_sub(s, n, s.n - n));
        }
        n += one;
    }
    return n;
}

static void one_special(struct buffer *out, struct span *s)
{
    uint8_t c = s->p[0];
    if (c == '"' || c == '\\') {
        buffer_char(out, '\\');
        buffer_char(out, (char)c);
    } else if (c == '\n') {
        buffer_str(out, "\\n");
    } else if (c < 0x20 || c == 0x7f) {
        buffer_printf(out, "\\u%04x", c);
    } else {
        buffer_str(out, "\xef\xbf\xbd");
    }
    *s = span_sub(*s, 1, s->n);
}

void json_text(struct json *j, const char *text)
{
    if (!text) {
        json_none(j);
        return;
    }
    struct span s = span_str(text);
    size_t n = json_plain(s);
    uint8_t *p = buffer_room(j->out, n + 3);
    if (!p) {
        return;
    }
    if (j->comma) {
        *p++ = ',';
    }
    *p++ = '"';
    memcpy(p, s.p, n);
    buffer_took(j->out, p + n);
    for (s = span_sub(s, n, s.n); s.n; s = span_sub(s, n, s.n)) {
        one_special(j->out, &s);
        n = json_plain(s);
        buffer_add(j->out, span_sub(s, 0, n));
    }
    buffer_char(j->out, '"');
    j->comma = true;
}

void json_number(struct json *j, int64_t n)
{
    before_value(j);
    buffer_printf(j->out, "%lld", (long long)n);
}

void json_truth(struct json *j, bool b)
{
    before_value(j);
    buffer_str(j->out, b ? "true" : "false");
}

void json_none(struct json *j)
{
    before_value(j);
    buffer_str(j->out, "null");
}

void json_put_text(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_text(j, s);
}

void json_put_number(struct json *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_number(j, n);
}

void json_put_truth(struct json *j, const char *key, bool b)
{
    json_key(j, key);
    json_truth(j, b);
}

void json_put_none(struct json *j, const char *key)
{
    json_key(j, key);
    json_none(j);
}

void json_put_finding(struct json *j, const struct json_finding *f)
{
    json_put_text(j, "code", f->code);
    json_put_text(j, "level", f->level);
    if (f->where) {
        json_put_text(j, "where", f->where);
    }
    json_put_text(j, "cite", f->cite);
    json_put_text(j, "text", f->text);
    json_put_text(j, "text_hi", f->text_hi);
    json_put_text(j, "hint", f->hint);
    json_put_text(j, "hint_hi", f->hint_hi);
}
