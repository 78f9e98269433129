/*
 * head - see head.h.
 */
#include "foreign/mail/head.h"

#include <strings.h>

bool mail_same(struct span s, const char *word)
{
    return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

bool mail_contains(struct span s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++) {
        if (strncasecmp((const char *)s.p + i, word, n) == 0) {
            return true;
        }
    }
    return false;
}

struct span mail_unfold(struct arena *a, struct span value)
{
    value = span_trim(value);
    uint8_t *p = arena_alloc(a, value.n + 1);
    size_t n = 0;
    for (size_t i = 0; p && i < value.n; i++) {
        if (value.p[i] != '\r' && value.p[i] != '\n') {
            p[n++] = value.p[i];
        }
    }
    return span_make(p, n);
}

/* ---- line ends ---- */

struct ends {
    size_t crlf, lf, cr, nul;
};

static struct ends count_ends(struct span raw)
{
    struct ends e = {0};
    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i];
        bool after_cr = c == '\n' && i && raw.p[i - 1] == '\r';
        bool before_lf = c == '\r' && i + 1 < raw.n && raw.p[i + 1] == '\n';
        e.crlf += after_cr;
        e.lf += c == '\n' && !after_cr;
        e.cr += c == '\r' && !before_lf;
        e.nul += c == 0;
    }
    return e;
}

/* A file of an old program with CR alone becomes one of lines; else only LF alone is mended, as it
 * is stored in a Maildir. */
static int plain_bytes(struct arena *a, struct span raw, struct mail_head *out)
{
    struct ends e = count_ends(raw);
    bool cr_only = e.cr && !e.lf && !e.crlf;
    size_t more = cr_only ? e.cr : e.lf, n = 0;
    out->odd = e.nul     ? "it has NUL octets in it"
               : cr_only ? "its lines end in CR alone"
               : e.cr    ? "it has CR octets that end no line"
                         : NULL;
    if (more == 0) {
        out->bytes = raw;
        return 0;
    }
    uint8_t *p = arena_alloc(a, raw.n + more);
    if (!p) {
        return -1;
    }
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\n' && (i == 0 || raw.p[i - 1] != '\r')) {
            p[n++] = '\r';
        }
        p[n++] = raw.p[i];
        if (cr_only && raw.p[i] == '\r') {
            p[n++] = '\n';
        }
    }
    out->bytes = span_make(p, n);
    return 0;
}

/* ---- header lines ---- */

/* One line without its CRLF; moves behind it. */
static struct span take_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\r\n"), 0);
    struct span line = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end);
    *rest = span_sub(*rest, end == SIZE_MAX ? rest->n : end + 2, rest->n);
    return line;
}

static bool field_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f) {
            return false;
        }
    }
    return s.n > 0;
}

static void add_field(struct span line, struct span *rest, struct mail_head *out)
{
    while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
        struct span more = take_line(rest);
        line.n = (size_t)(more.p + more.n - line.p);
    }
    const uint8_t *colon = memchr(line.p, ':', line.n);
    struct span name = span_sub(line, 0, colon ? (size_t)(colon - line.p) : 0);
    if (!field_name(name)) {
        out->odd = out->odd ? out->odd : "a header line cannot be read";
        return;
    }
    out->fields[out->count++] = (struct mail_field){
        .name = name, .value = span_sub(line, name.n + 1, line.n), .whole = line};
}

int mail_head_read(struct arena *a, struct span raw, struct mail_head *out)
{
    *out = (struct mail_head){.body = span_make("", 0)};
    out->fields = arena_array(a, MAIL_FIELDS_MAX, sizeof *out->fields);
    if (!out->fields || plain_bytes(a, raw, out) != 0) {
        return -1;
    }
    struct span rest = out->bytes;
    while (rest.n) {
        struct span line = take_line(&rest);
        if (line.n == 0) {
            out->body = rest.p ? rest : out->body;
            return 0;
        }
        if (out->count == MAIL_FIELDS_MAX) {
            out->odd = "it has too many header lines";
            return 0;
        }
        add_field(line, &rest, out);
    }
    return 0;
}

const struct mail_field *mail_head_find(const struct mail_head *h, const char *name, size_t from)
{
    for (size_t i = from; i < h->count; i++) {
        if (mail_same(h->fields[i].name, name)) {
            return &h->fields[i];
        }
    }
    return NULL;
}

size_t mail_head_times(const struct mail_head *h, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < h->count; i++) {
        n += mail_same(h->fields[i].name, name);
    }
    return n;
}

struct span mail_head_value(struct arena *a, const struct mail_head *h, const char *name)
{
    const struct mail_field *f = mail_head_find(h, name, 0);
    return f && mail_head_times(h, name) == 1 ? mail_unfold(a, f->value) : SPAN_NONE;
}
