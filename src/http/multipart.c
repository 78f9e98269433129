/*
 * multipart - see multipart.h. Written here because the library's own post processor (before
 * 0.9.76) reads past the boundary when it holds a NUL.
 *
 * The input is treated as if CR LF stood before it, so that the first boundary is found like every
 * other one. What is kept between two pieces is at most a part's header or a piece of a boundary.
 */
#include "http/multipart.h"

#include <strings.h>

#include "base/mem.h"

enum {
    WINDOW = 32768,
    HEADER_MAX = 8192,
    BOUNDARY_MAX = 70, /* RFC 2046 5.1.1 */
    DELIMITER_MAX = BOUNDARY_MAX + 4
};

enum state { PREAMBLE, AFTER, HEADER, BODY, EPILOGUE };

struct multipart {
    enum state state;
    struct multipart_sink sink;
    void *context;
    uint8_t delimiter[DELIMITER_MAX];
    size_t delimiter_size;
    uint8_t window[WINDOW];
    size_t n;
};

/* ---- parameters of a header ------------------------------------------------------------------ */

static bool is_token(uint8_t c)
{
    return c > 0x20 && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

static void skip_space(struct span *s)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t')) {
        *s = span_sub(*s, 1, s->n);
    }
}

static struct span take_token(struct span *s)
{
    size_t n = 0;
    while (n < s->n && is_token(s->p[n])) {
        n++;
    }
    struct span token = span_sub(*s, 0, n);
    *s = span_sub(*s, n, s->n);
    return token;
}

/* A quoted string without its quotes. A backslash only escapes a quote: some clients send whole
 * Windows paths. Returns false when it does not end or does not fit. */
static bool take_quoted(struct span *s, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 1; i < s->n; i++) {
        uint8_t c = s->p[i];
        if (c == '"') {
            out[n] = 0;
            *s = span_sub(*s, i + 1, s->n);
            return true;
        }
        if (c == '\\' && i + 1 < s->n && s->p[i + 1] == '"') {
            c = s->p[++i];
        }
        if (n + 1 == size) {
            return false;
        }
        out[n++] = (char)c;
    }
    return false;
}

static bool take_value(struct span *s, char *out, size_t size)
{
    if (s->n && s->p[0] == '"') {
        return take_quoted(s, out, size);
    }
    struct span token = take_token(s);
    if (token.n == 0 || token.n >= size) {
        return false;
    }
    memcpy(out, token.p, token.n);
    out[token.n] = 0;
    return true;
}

/* Takes `; name=value`. Returns 1, 0 at the end, -1 when it is malformed. */
static int take_parameter(struct span *s, struct span *name, char *value, size_t size)
{
    skip_space(s);
    if (s->n == 0) {
        return 0;
    }
    if (s->p[0] != ';') {
        return -1;
    }
    *s = span_sub(*s, 1, s->n);
    skip_space(s);
    *name = take_token(s);
    if (name->n == 0 || s->n == 0 || s->p[0] != '=') {
        return -1;
    }
    *s = span_sub(*s, 1, s->n);
    return take_value(s, value, size) ? 1 : -1;
}

static bool is_word(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

/* ---- a part's header ------------------------------------------------------------------------- */

/* UTF-8''percent-encoded (RFC 8187) to bytes; some clients still send it. */
static bool decode_extended(const char *value, char *out, size_t size)
{
    const char *p = strncasecmp(value, "utf-8'", 6) == 0 ? strchr(value + 6, '\'') : NULL;
    size_t n = 0;
    for (p = p ? p + 1 : NULL; p && *p; p++) {
        char c = *p;
        if (c == '%') {
            int high = hex_digit(p[1]), low = high >= 0 ? hex_digit(p[2]) : -1;
            if (low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            p += 2;
        }
        if (c == 0 || n + 1 == size) {
            return false;
        }
        out[n++] = c;
    }
    out[n] = 0;
    return p != NULL;
}

/* Leaves the last component of a path. */
static void strip_path(char *filename)
{
    char *last = filename;
    for (char *p = filename; *p; p++) {
        last = *p == '/' || *p == '\\' ? p + 1 : last;
    }
    memmove(filename, last, strlen(last) + 1);
}

static bool read_disposition(struct span value, struct multipart_part *part)
{
    char text[3 * MULTIPART_FILENAME];
    struct span name;
    bool extended = false, named = false;
    int r;
    skip_space(&value);
    if (!is_word(take_token(&value), "form-data")) {
        return false;
    }
    while ((r = take_parameter(&value, &name, text, sizeof text)) > 0) {
        if (is_word(name, "name")) {
            named = !named && strlen(text) < sizeof part->name;
            memcpy(part->name, text, named ? strlen(text) + 1 : 0);
            r = named ? 1 : -1;
        } else if (is_word(name, "filename*")) {
            extended = part->is_file = true;
            r = decode_extended(text, part->filename, sizeof part->filename) ? 1 : -1;
        } else if (is_word(name, "filename") && !extended) {
            part->is_file = true;
            strip_path(text);
            r = strlen(text) < sizeof part->filename ? 1 : -1;
            memcpy(part->filename, text, r > 0 ? strlen(text) + 1 : 0);
        }
        if (r < 0) {
            return false;
        }
    }
    strip_path(part->filename);
    return r == 0 && named;
}

/* Base64 or quoted-printable bytes would not be the document (RFC 7578 4.7 deprecates them). */
static bool is_plain_encoding(struct span value)
{
    skip_space(&value);
    struct span word = take_token(&value);
    return is_word(word, "binary") || is_word(word, "8bit") || is_word(word, "7bit");
}

static bool read_line(struct span line, struct multipart_part *part, bool *disposition)
{
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] < 0x20 && line.p[i] != '\t') {
            return false;
        }
    }
    struct span rest = line, name = take_token(&rest);
    if (name.n == 0 || rest.n == 0 || rest.p[0] != ':') {
        return false;
    }
    rest = span_sub(rest, 1, rest.n);
    if (is_word(name, "content-disposition")) {
        bool first = !*disposition;
        *disposition = true;
        return first && read_disposition(rest, part);
    }
    return !is_word(name, "content-transfer-encoding") || is_plain_encoding(rest);
}

/* header: lines, each with its CR LF. */
static bool read_header(struct span header, struct multipart_part *part)
{
    bool disposition = false;
    while (header.n) {
        size_t end = span_find(header, SPAN_LIT("\r\n"), 0);
        if (end == SIZE_MAX || !read_line(span_sub(header, 0, end), part, &disposition)) {
            return false;
        }
        header = span_sub(header, end + 2, header.n);
    }
    return disposition;
}

/* ---- the states: each returns 1 when it went on, 0 when it needs more, -1 to stop ------------ */

static void consume(struct multipart *m, size_t n)
{
    m->n -= n;
    memmove(m->window, m->window + n, m->n);
}

static int hand_on(struct multipart *m, size_t n)
{
    return m->state == BODY && n ? m->sink.data(m->context, span_make(m->window, n)) : 0;
}

/* Preamble or body: up to the next boundary. */
static int to_boundary(struct multipart *m)
{
    size_t at =
        span_find(span_make(m->window, m->n), span_make(m->delimiter, m->delimiter_size), 0);
    if (at == SIZE_MAX) {
        size_t whole = m->n < m->delimiter_size ? 0 : m->n - m->delimiter_size + 1;
        if (hand_on(m, whole) != 0) {
            return -1;
        }
        consume(m, whole);
        return 0;
    }
    if (hand_on(m, at) != 0 || (m->state == BODY && m->sink.end(m->context) != 0)) {
        return -1;
    }
    consume(m, at + m->delimiter_size);
    m->state = AFTER;
    return 1;
}

static int after_boundary(struct multipart *m)
{
    if (m->n < 2) {
        return 0;
    }
    if (memcmp(m->window, "--", 2) == 0) {
        m->state = EPILOGUE;
        return 1;
    }
    if (memcmp(m->window, "\r\n", 2) != 0) {
        return -1;
    }
    consume(m, 2);
    m->state = HEADER;
    return 1;
}

static int header(struct multipart *m)
{
    struct multipart_part part = {0};
    size_t end = span_find(span_make(m->window, m->n), SPAN_LIT("\r\n\r\n"), 0);
    if (end == SIZE_MAX) {
        return m->n > HEADER_MAX ? -1 : 0;
    }
    if (end > HEADER_MAX || !read_header(span_make(m->window, end + 2), &part) ||
        m->sink.begin(m->context, &part) != 0) {
        return -1;
    }
    consume(m, end + 4);
    m->state = BODY;
    return 1;
}

static int step(struct multipart *m)
{
    switch (m->state) {
    case AFTER:
        return after_boundary(m);
    case HEADER:
        return header(m);
    case EPILOGUE:
        m->n = 0;
        return 0;
    case PREAMBLE:
    case BODY:
        break;
    }
    return to_boundary(m);
}

int multipart_feed(struct multipart *m, struct span bytes)
{
    do {
        struct span piece = span_sub(bytes, 0, WINDOW - m->n);
        memcpy(m->window + m->n, piece.p, piece.n);
        m->n += piece.n;
        bytes = span_sub(bytes, piece.n, bytes.n);
        int r;
        while ((r = step(m)) > 0) {
        }
        if (r < 0) {
            return -1;
        }
    } while (bytes.n);
    return 0;
}

bool multipart_complete(const struct multipart *m)
{
    return m->state == EPILOGUE;
}

/* ---- start and end --------------------------------------------------------------------------- */

bool multipart_is_form(const char *content_type)
{
    struct span s = span_str(content_type);
    static const char form[] = "multipart/form-data";
    return s.n >= sizeof form - 1 && strncasecmp(content_type, form, sizeof form - 1) == 0 &&
           (s.n == sizeof form - 1 || strchr("; \t", content_type[sizeof form - 1]));
}

/* The boundary, 1 to 70 printable characters; 0 when there is none. */
static size_t read_boundary(const char *content_type, char boundary[BOUNDARY_MAX + 1])
{
    char text[512];
    struct span s = span_str(content_type), name;
    size_t found = 0;
    s = span_sub(s, strlen("multipart/form-data"), s.n);
    int r;
    while ((r = take_parameter(&s, &name, text, sizeof text)) > 0) {
        size_t n = strlen(text);
        if (is_word(name, "boundary")) {
            if (found || n == 0 || n > BOUNDARY_MAX) {
                return 0;
            }
            memcpy(boundary, text, n + 1);
            found = n;
        }
    }
    return r == 0 ? found : 0;
}

int multipart_new(const char *content_type, const struct multipart_sink *sink, void *context,
                  struct multipart **out)
{
    char boundary[BOUNDARY_MAX + 1];
    size_t n = multipart_is_form(content_type) ? read_boundary(content_type, boundary) : 0;
    *out = NULL;
    if (n == 0) {
        return 0;
    }
    struct multipart *m = mem_zalloc(sizeof *m);
    if (!m) {
        return -1;
    }
    m->sink = *sink;
    m->context = context;
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, n);
    m->delimiter_size = n + 4;
    memcpy(m->window, "\r\n", 2);
    m->n = 2;
    *out = m;
    return 0;
}

void multipart_free(struct multipart *m)
{
    mem_free_wiped(m); /* parts of fields, such as a PIN */
}
