/*
 * mime - see mime.h.
 */
#include "format/mime.h"

#include <strings.h>

#include "asn1/armor.h"

enum { MAX_HEADERS = 1000 };

/* ---- lines and words ---- */

/* One line without its end; moves behind LF. */
static struct span take_line(struct span *s)
{
    const uint8_t *nl = s->n ? memchr(s->p, '\n', s->n) : NULL;
    size_t n = nl ? (size_t)(nl - s->p) : s->n;
    struct span line = span_sub(*s, 0, n);
    *s = span_sub(*s, n + (nl != NULL), s->n);
    if (line.n && line.p[line.n - 1] == '\r') {
        line.n--;
    }
    return line;
}

static bool same_word(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

/* ---- header lines (RFC 5322 2.2) ---- */

/* A value without line ends and without comments (3.2.2), which some programs read and some do
 * not. Quoted text stays as it is. */
static int clean_value(struct arena *a, struct span in, struct span *out)
{
    uint8_t *p = arena_alloc(a, in.n + 1);
    size_t n = 0, depth = 0;
    bool quoted = false;
    if (!p) {
        return -1;
    }
    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];
        bool escaped = c == '\\' && i + 1 < in.n && (quoted || depth);
        if (c == '\r' || c == '\n') {
            continue;
        }
        if (c == '"' && depth == 0) {
            quoted = !quoted;
        }
        depth += c == '(' && !quoted;
        if (depth == 0) {
            p[n++] = c;
        }
        if (escaped) {
            i++;
            if (depth == 0) {
                p[n++] = in.p[i];
            }
        } else if (c == ')' && !quoted && depth) {
            depth--;
        }
    }
    *out = span_trim(span_make(p, n));
    return 0;
}

static struct span *field(struct mime_entity *e, struct span name)
{
    return same_word(name, "Content-Type")                ? &e->type
           : same_word(name, "Content-Transfer-Encoding") ? &e->encoding
           : same_word(name, "Content-Disposition")       ? &e->disposition
           : same_word(name, "From")                      ? &e->from
                                                          : NULL;
}

/* A line end that only some programs take for one, or the end of a C string. */
static bool reads_two_ways(struct span line)
{
    return memchr(line.p, '\r', line.n) || memchr(line.p, 0, line.n);
}

/* The value with its continuation lines; moves behind them. */
static struct span whole_value(struct span line, struct span value, struct span *rest,
                               const char **fault)
{
    const uint8_t *end = line.p + line.n;
    bool odd = reads_two_ways(line);
    while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
        struct span more = take_line(rest);
        odd = odd || reads_two_ways(more);
        end = more.p + more.n;
    }
    *fault = odd ? "a header line holds a line end that not every program reads as one" : *fault;
    return span_make(value.p, (size_t)(end - value.p));
}

static int take_field(struct arena *a, struct span line, struct span *rest, struct mime_entity *out)
{
    const uint8_t *colon = memchr(line.p, ':', line.n);
    if (!colon || colon == line.p) {
        out->fault = "a header line cannot be read";
        return 0;
    }
    struct span name = span_trim(span_sub(line, 0, (size_t)(colon - line.p)));
    struct span value = span_sub(line, (size_t)(colon - line.p) + 1, line.n);
    value = whole_value(line, value, rest, &out->fault);
    struct span *to = field(out, name);
    if (!to) {
        return 0;
    }
    if (to->p) {
        out->fault = "a header line is there twice";
    }
    return clean_value(a, value, to);
}

int mime_parse(struct arena *a, struct span in, struct mime_entity *out)
{
    *out = (struct mime_entity){.whole = in};
    for (int i = 0; in.n && i < MAX_HEADERS; i++) {
        struct span line = take_line(&in);
        if (line.n == 0) {
            out->body = in.p ? in : span_make("", 0);
            return 0;
        }
        if (take_field(a, line, &in, out)) {
            return -1;
        }
    }
    out->fault = in.n ? "it has too many header lines" : out->fault;
    out->body = span_make("", 0); /* header lines only */
    return 0;
}

/* ---- values with parameters (RFC 2045 5.1) ---- */

/* The next of "; name=value"; moves behind it. */
static bool next_parameter(struct span *s, struct span *name, struct span *value)
{
    while (s->n && (span_is_blank(s->p[0]) || s->p[0] == ';')) {
        *s = span_sub(*s, 1, s->n);
    }
    size_t n = 0;
    while (n < s->n && s->p[n] != '=' && s->p[n] != ';') {
        n++;
    }
    if (s->n == 0) {
        return false;
    }
    *name = span_trim(span_sub(*s, 0, n));
    bool has = n < s->n && s->p[n] == '=';
    *s = span_sub(*s, n + has, s->n);
    *value = span_make("", 0);
    if (!has) {
        return true;
    }
    while (s->n && span_is_blank(s->p[0])) {
        *s = span_sub(*s, 1, s->n);
    }
    n = 0;
    if (s->n && s->p[0] == '"') {
        for (n = 1; n < s->n && s->p[n] != '"'; n++) {
            n += s->p[n] == '\\';
        }
        n = n < s->n ? n + 1 : s->n;
    } else {
        while (n < s->n && s->p[n] != ';' && !span_is_blank(s->p[n])) {
            n++;
        }
    }
    *value = span_sub(*s, 0, n);
    *s = span_sub(*s, n, s->n);
    return true;
}

static int unquote(struct arena *a, struct span in, struct span *out)
{
    uint8_t *p = arena_alloc(a, in.n + 1);
    size_t n = 0;
    bool quoted = in.n && in.p[0] == '"';
    if (!p) {
        return -1;
    }
    for (size_t i = quoted; i < in.n && !(quoted && in.p[i] == '"'); i++) {
        i += quoted && in.p[i] == '\\' && i + 1 < in.n;
        p[n++] = in.p[i];
    }
    *out = span_make(p, n);
    return 0;
}

/* RFC 2231 4: charset'language'text with %hh. */
static int percent(struct arena *a, struct span in, struct span *out)
{
    uint8_t *p = arena_alloc(a, in.n + 1);
    size_t n = 0, quotes = 0;
    if (!p) {
        return -1;
    }
    for (size_t i = 0; i < in.n; i++) {
        int high = i + 2 < in.n ? hex_digit(in.p[i + 1]) : -1;
        int low = i + 2 < in.n ? hex_digit(in.p[i + 2]) : -1;
        if (quotes < 2) {
            quotes += in.p[i] == '\'';
        } else if (in.p[i] == '%' && high >= 0 && low >= 0) {
            p[n++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            p[n++] = in.p[i];
        }
    }
    *out = span_make(p, n);
    return 0;
}

int mime_parameter(struct arena *a, struct span value, const char *name, struct span *out,
                   bool *twice)
{
    struct span rest = value, key, text;
    size_t n = strlen(name);
    *out = SPAN_NONE;
    while (rest.n && rest.p[0] != ';') {
        rest = span_sub(rest, 1, rest.n);
    }
    while (next_parameter(&rest, &key, &text)) {
        bool extended = key.n == n + 1 && key.p[n] == '*' && same_word(span_sub(key, 0, n), name);
        if (!extended && !same_word(key, name)) {
            continue;
        }
        *twice = *twice || out->p;
        if (unquote(a, text, &text) || (extended && percent(a, text, &text))) {
            return -1;
        }
        *out = text;
    }
    return 0;
}

bool mime_is(const struct mime_entity *e, const char *type)
{
    size_t n = 0, want = strlen(type);
    while (n < e->type.n && e->type.p[n] != ';' && !span_is_blank(e->type.p[n])) {
        n++;
    }
    bool kind = want && type[want - 1] == '/';
    return (kind ? n > want : n == want) && strncasecmp((const char *)e->type.p, type, want) == 0;
}

/* key is name*number or name*number*, the latter percent-encoded. */
static bool is_piece(struct span key, const char *name, unsigned number, bool *encoded)
{
    size_t n = strlen(name);
    unsigned value = 0;
    if (key.n < n + 2 || !same_word(span_sub(key, 0, n), name) || key.p[n] != '*') {
        return false;
    }
    *encoded = key.p[key.n - 1] == '*';
    struct span digits = span_sub(key, n + 1, key.n - n - 1 - *encoded);
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9' || i > 2) {
            return false;
        }
        value = value * 10 + (unsigned)(digits.p[i] - '0');
    }
    return digits.n > 0 && value == number;
}

/* name*0=..., name*1*=...: a value in pieces (RFC 2231 3). Absent when the first is not there. */
static int continued(struct arena *a, struct span value, const char *name, struct span *out)
{
    struct span rest = value, key, text, piece;
    size_t length = 0;
    unsigned next = 0;
    bool encoded = false, star;
    uint8_t *p = arena_alloc(a, value.n + 1);
    *out = SPAN_NONE;
    if (!p) {
        return -1;
    }
    while (rest.n && rest.p[0] != ';') {
        rest = span_sub(rest, 1, rest.n);
    }
    while (next_parameter(&rest, &key, &text)) {
        if (!is_piece(key, name, next, &star)) {
            continue;
        }
        if (unquote(a, text, &piece)) {
            return -1;
        }
        encoded = encoded || (next == 0 && star);
        memcpy(p + length, piece.p, piece.n);
        length += piece.n;
        next++;
    }
    if (next == 0) {
        return 0;
    }
    *out = span_make(p, length);
    return encoded ? percent(a, *out, out) : 0;
}

int mime_filename(struct arena *a, const struct mime_entity *e, struct span *out)
{
    bool twice = false;
    if (mime_parameter(a, e->disposition, "filename", out, &twice) ||
        (!out->p && continued(a, e->disposition, "filename", out)) ||
        (!out->p && mime_parameter(a, e->type, "name", out, &twice)) ||
        (!out->p && continued(a, e->type, "name", out))) {
        return -1;
    }
    return out->p ? mime_words(a, *out, out) : 0;
}

/* ---- multipart (RFC 2046 5.1.1) ---- */

enum delimiter { DELIMITER_NONE, DELIMITER_NEXT, DELIMITER_LAST };

/* "--boundary" or "--boundary--", white space behind it, nothing else on the line. */
static enum delimiter is_delimiter(struct span line, struct span boundary)
{
    if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
        memcmp(line.p + 2, boundary.p, boundary.n) != 0) {
        return DELIMITER_NONE;
    }
    struct span rest = span_sub(line, boundary.n + 2, line.n);
    bool last = span_starts(rest, SPAN_LIT("--"));
    rest = span_trim(span_sub(rest, last ? 2 : 0, rest.n));
    return rest.n ? DELIMITER_NONE : last ? DELIMITER_LAST : DELIMITER_NEXT;
}

/* Before the first delimiter and behind the last no program shows anything, unless it reads another
 * boundary than we do, or takes CR alone for a line end. "-- " and "--" alone are no delimiters. A
 * ZIP file is read from its end, whatever stands before it. */
static void outside(struct span line, struct mime_parts *out)
{
    while (line.n && !out->stray.p) {
        const uint8_t *cr = memchr(line.p, '\r', line.n);
        struct span own = span_sub(line, 0, cr ? (size_t)(cr - line.p) : line.n);
        line = span_sub(line, own.n + (cr != NULL), line.n);
        bool delimiter = span_starts(own, SPAN_LIT("--")) && span_trim(span_sub(own, 2, own.n)).n;
        if (delimiter || span_find(own, SPAN_LIT("PK\x05\x06"), 0) != SIZE_MAX) {
            out->stray = span_trim(own);
        }
    }
}

void mime_split(struct span body, struct span boundary, struct mime_parts *out)
{
    struct span rest = body;
    const uint8_t *start = NULL;
    *out = (struct mime_parts){.count = 0};
    while (rest.n && !out->closed) {
        const uint8_t *at = rest.p;
        struct span line = take_line(&rest);
        enum delimiter d = is_delimiter(line, boundary);
        if (d == DELIMITER_NONE && !start) {
            outside(line, out);
        }
        if (d == DELIMITER_NONE) {
            continue;
        }
        if (start) {
            size_t n = (size_t)(at - start);
            n -= n && start[n - 1] == '\n';
            n -= n && start[n - 1] == '\r' && at[-1] == '\n';
            if (out->count == MIME_MAX_PARTS) {
                out->too_many = true;
                return;
            }
            out->part[out->count++] = span_make(start, n);
        }
        start = rest.n ? rest.p : at;
        out->closed = d == DELIMITER_LAST;
    }
    while (rest.n) {
        outside(take_line(&rest), out);
    }
}

/* ---- transfer encodings (RFC 2045 6) ---- */

static int quoted_printable(struct arena *a, struct span in, struct span *out)
{
    uint8_t *p = arena_alloc(a, in.n + 1);
    size_t n = 0;
    if (!p) {
        return -1;
    }
    while (in.n) {
        if (in.p[0] != '=') {
            p[n++] = in.p[0];
            in = span_sub(in, 1, in.n);
            continue;
        }
        int high = in.n > 2 ? hex_digit(in.p[1]) : -1, low = in.n > 2 ? hex_digit(in.p[2]) : -1;
        size_t end = 1; /* a soft line break: white space may stand before the line end */
        while (end < in.n && (in.p[end] == ' ' || in.p[end] == '\t' || in.p[end] == '\r')) {
            end++;
        }
        if (high >= 0 && low >= 0) {
            p[n++] = (uint8_t)(high << 4 | low);
            in = span_sub(in, 3, in.n);
        } else if (end == in.n || in.p[end] == '\n') {
            in = span_sub(in, end + 1, in.n);
        } else {
            return 0;
        }
    }
    *out = span_make(p, n);
    return 0;
}

bool mime_is_encoded(const struct mime_entity *e)
{
    return e->encoding.p && !same_word(e->encoding, "binary") && !same_word(e->encoding, "7bit") &&
           !same_word(e->encoding, "8bit");
}

int mime_decode(struct arena *a, const struct mime_entity *e, struct span *out)
{
    *out = mime_is_encoded(e) ? SPAN_NONE : e->body;
    if (!mime_is_encoded(e)) {
        return 0;
    }
    if (same_word(e->encoding, "base64")) {
        return armor_base64(a, e->body, out);
    }
    return same_word(e->encoding, "quoted-printable") ? quoted_printable(a, e->body, out) : 0;
}

int mime_canonical(struct arena *a, struct span in, struct span *out)
{
    size_t bare = 0;
    for (size_t i = 0; i < in.n; i++) {
        bare += in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r');
    }
    if (bare == 0) {
        *out = in;
        return 0;
    }
    uint8_t *p = arena_alloc(a, in.n + bare);
    size_t n = 0;
    if (!p) {
        return -1;
    }
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r')) {
            p[n++] = '\r';
        }
        p[n++] = in.p[i];
    }
    *out = span_make(p, n);
    return 0;
}
