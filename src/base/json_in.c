/*
 * json_in - see json_in.h.
 */
#include "base/json_in.h"

#include "base/json.h"

static bool starts(const struct json_in *j, const char *s, size_t n)
{
    return !j->bad && j->rest.n >= n && memcmp(j->rest.p, s, n) == 0;
}

static void skip(struct json_in *j, size_t n)
{
    j->rest.p += n;
    j->rest.n -= n;
}

static void expect(struct json_in *j, char c)
{
    if (j->bad || j->rest.n == 0 || j->rest.p[0] != (uint8_t)c) {
        j->bad = true;
        return;
    }
    skip(j, 1);
}

static void before_value(struct json_in *j)
{
    if (j->comma) {
        expect(j, ',');
    }
    j->comma = true;
}

void json_in_open(struct json_in *j, char bracket)
{
    before_value(j);
    expect(j, bracket);
    j->comma = false;
}

void json_in_close(struct json_in *j, char bracket)
{
    expect(j, bracket);
    j->comma = true;
}

bool json_in_more(const struct json_in *j)
{
    return !j->bad && j->rest.n && j->rest.p[0] != ']';
}

/* Octets of the key with what stands around it; 0: another one comes. */
static size_t key_length(const struct json_in *j, const char *key)
{
    size_t n = strlen(key), before = j->comma ? 2 : 1;
    const uint8_t *p = j->rest.p;
    bool here = !j->bad && j->rest.n >= before + n + 2 && (!j->comma || p[0] == ',') &&
                p[before - 1] == '"' && memcmp(p + before, key, n) == 0 && p[before + n] == '"' &&
                p[before + n + 1] == ':';
    return here ? before + n + 2 : 0;
}

bool json_in_has(const struct json_in *j, const char *key)
{
    return key_length(j, key) != 0;
}

void json_in_key(struct json_in *j, const char *key)
{
    size_t n = key_length(j, key);
    j->bad = j->bad || n == 0;
    skip(j, n);
    j->comma = false;
}

static bool word(struct json_in *j, const char *s, size_t n)
{
    if (!starts(j, s, n)) {
        return false;
    }
    skip(j, n);
    return true;
}

bool json_in_none(struct json_in *j)
{
    size_t before = j->comma ? 1 : 0;
    if (j->bad || j->rest.n < before + 4 || memcmp(j->rest.p + before, "null", 4) != 0) {
        return false;
    }
    before_value(j);
    return word(j, "null", 4);
}

bool json_in_truth(struct json_in *j)
{
    before_value(j);
    if (word(j, "true", 4)) {
        return true;
    }
    j->bad = !word(j, "false", 5) || j->bad;
    return false;
}

uint64_t json_in_number(struct json_in *j, uint64_t max)
{
    uint64_t n = 0;
    size_t digits = 0;
    before_value(j);
    while (!j->bad && digits < j->rest.n && j->rest.p[digits] >= '0' && j->rest.p[digits] <= '9') {
        uint64_t digit = (uint64_t)(j->rest.p[digits] - '0');
        j->bad = n > max / 10 || n * 10 > max - digit;
        n = n * 10 + digit;
        digits++;
    }
    j->bad = j->bad || digits == 0 || (digits > 1 && j->rest.p[0] == '0');
    if (j->bad) {
        return 0;
    }
    skip(j, digits);
    return n;
}

struct span json_in_string(struct json_in *j, bool *escapes)
{
    before_value(j);
    expect(j, '"');
    *escapes = false;
    size_t n = 0, to = 0; /* a quotation mark at to, unless n has passed it */
    while (!j->bad) {
        const uint8_t *p = j->rest.p;
        const uint8_t *end = to < n || n == 0 ? memchr(p + n, '"', j->rest.n - n) : p + to;
        if (!end) {
            j->bad = true;
            break;
        }
        to = (size_t)(end - p);
        const uint8_t *escape = memchr(p + n, '\\', to - n);
        if (!escape) {
            struct span s = span_make(p, to);
            skip(j, to + 1);
            return s;
        }
        *escapes = true;
        n = (size_t)(escape - p) + 2; /* what is escaped may be a quotation mark */
        j->bad = n > j->rest.n;
    }
    return SPAN_NONE;
}

/* The character of an escape at the start of s, and its length; 0: none of ours. */
static char escaped(struct span s, size_t *n)
{
    *n = 2;
    if (s.n >= 2 && (s.p[1] == '"' || s.p[1] == '\\')) {
        return (char)s.p[1];
    }
    if (s.n >= 2 && s.p[1] == 'n') {
        return '\n';
    }
    *n = 6;
    if (s.n < 6 || s.p[1] != 'u' || s.p[2] != '0' || s.p[3] != '0') {
        return 0;
    }
    int high = hex_digit(s.p[4]), low = hex_digit(s.p[5]);
    int c = high < 0 || low < 0 ? 0 : high * 16 + low;
    return (char)(c < 0x20 || c == 0x7f ? c : 0);
}

bool json_in_decode(struct span raw, struct buffer *out)
{
    while (raw.n) {
        size_t n = json_plain(raw);
        buffer_add(out, span_sub(raw, 0, n));
        raw = span_sub(raw, n, raw.n);
        if (raw.n) {
            char c = raw.p[0] == '\\' ? escaped(raw, &n) : 0;
            if (!c) {
                return false;
            }
            buffer_char(out, c);
            raw = span_sub(raw, n, raw.n);
        }
    }
    return true;
}

bool json_in_plain(struct span raw)
{
    return json_plain(raw) == raw.n;
}

bool json_in_done(const struct json_in *j)
{
    return !j->bad && j->rest.n == 0;
}
