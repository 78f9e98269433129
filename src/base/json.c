/*
 * json - see json.h.
 */
#include "base/json.h"

#include "base/utf8.h"

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
}

void json_key(struct json *j, const char *key)
{
    before_value(j);
    buffer_char(j->out, '"');
    buffer_str(j->out, key);
    buffer_str(j->out, "\":");
    j->comma = false;
}

/* Octets from the start of s that need neither escape nor replacement. */
static size_t plain(struct span s)
{
    size_t n = 0, one = 1;
    while (n < s.n && one) {
        uint8_t c = s.p[n];
        one = c == '"' || c == '\\' ? 0
              : c < 0x80            ? c >= 0x20 && c != 0x7f
                                    : utf8_printable(span_sub(s, n, s.n - n));
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
    before_value(j);
    buffer_char(j->out, '"');
    for (struct span s = span_str(text); s.n;) {
        size_t n = plain(s);
        buffer_add(j->out, span_sub(s, 0, n));
        s = span_sub(s, n, s.n);
        if (s.n) {
            one_special(j->out, &s);
        }
    }
    buffer_char(j->out, '"');
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
