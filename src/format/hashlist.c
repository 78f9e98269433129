/*
 * hashlist - see hashlist.h. GNU coreutils sha256sum(1); RFC 8493 2.1.3 (BagIt manifests).
 */
#include "format/hashlist.h"

#include "base/buffer.h"
#include "base/finding.h"
#include "base/hash.h"

enum { FIELDS_MAX = 8, NAME_MAX_SIZE = 1024 };

static bool is_hex(struct span s)
{
    bool hex = s.n == 2 * SHA256_SIZE;
    for (size_t i = 0; hex && i < s.n; i++) {
        uint8_t c = s.p[i];
        hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
    return hex;
}

static struct span trim(struct span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = span_sub(s, 1, s.n);
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r')) {
        s.n--;
    }
    return s;
}

struct entry {
    struct span name, hash;
};

/* "HASH  name" or "HASH *name". The name is everything up to the end of the line. */
static bool read_sum(struct span line, struct entry *e)
{
    e->hash = span_sub(line, 0, 2 * SHA256_SIZE);
    struct span rest = span_sub(line, 2 * SHA256_SIZE, line.n);
    if (!is_hex(e->hash) || rest.n < 2 || (rest.p[0] != ' ' && rest.p[0] != '\t')) {
        return false;
    }
    rest = span_sub(rest, 1, rest.n);
    rest = span_sub(rest, rest.p[0] == ' ' || rest.p[0] == '*' ? 1 : 0, rest.n);
    e->name = trim(rest);
    return e->name.n > 0;
}

/* "SHA256 (name) = HASH" */
static bool read_tag(struct span line, struct entry *e)
{
    struct span start = SPAN_LIT("SHA256 ("), middle = SPAN_LIT(") = ");
    size_t tail = middle.n + 2 * SHA256_SIZE;
    if (!span_starts(line, start) || line.n < start.n + tail + 1) {
        return false;
    }
    size_t at = line.n - tail;
    e->name = span_sub(line, start.n, at - start.n);
    e->hash = span_sub(line, at + middle.n, line.n);
    return span_starts(span_sub(line, at, line.n), middle) && is_hex(e->hash);
}

/* The next field of a CSV line (RFC 4180), quotes taken off; a doubled quote inside is not a name
 * we take. */
static struct span csv_field(struct span *line, uint8_t comma)
{
    struct span s = trim(*line), field;
    size_t n = 0;
    if (s.n && s.p[0] == '"') {
        s = span_sub(s, 1, s.n);
        while (n < s.n && s.p[n] != '"') {
            n++;
        }
        field = span_sub(s, 0, n);
        s = span_sub(s, n + 1, s.n);
        for (n = 0; n < s.n && s.p[n] != comma;) {
            n++;
        }
    } else {
        while (n < s.n && s.p[n] != comma) {
            n++;
        }
        field = trim(span_sub(s, 0, n));
    }
    *line = n < s.n ? span_sub(s, n + 1, s.n) : SPAN_NONE;
    return field;
}

static bool is_number(struct span s)
{
    size_t i = 0;
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') {
        i++;
    }
    return i == s.n;
}

/* Exactly one field is a hash; the name is the first other one that is not only a number. */
static bool read_csv(struct span line, struct entry *e)
{
    static const uint8_t commas[] = {',', ';', '\t'};
    for (size_t k = 0; k < sizeof commas; k++) {
        struct span rest = line;
        size_t fields = 0, hashes = 0;
        e->name = SPAN_NONE;
        while (rest.p && fields++ < FIELDS_MAX) {
            struct span field = csv_field(&rest, commas[k]);
            if (is_hex(field)) {
                e->hash = field;
                hashes++;
            } else if (!e->name.p && !is_number(field)) {
                e->name = field;
            }
        }
        if (hashes == 1 && e->name.p && e->name.n) {
            return true;
        }
    }
    return false;
}

static struct span next_line(struct span *text)
{
    size_t n = 0;
    while (n < text->n && text->p[n] != '\n') {
        n++;
    }
    struct span line = span_sub(*text, 0, n);
    *text = span_sub(*text, n + 1, text->n);
    return trim(line);
}

static int add(struct arena *a, const struct entry *e, struct sp_listed **lines, size_t *count,
               size_t *capacity)
{
    char *hash = arena_str(a, e->hash);
    char *name = finding_clean_text(a, span_sub(e->name, 0, NAME_MAX_SIZE));
    if (!hash || !name ||
        arena_grow(a, (void **)lines, capacity, *count + 1, sizeof **lines) != 0) {
        return -1;
    }
    for (char *c = hash; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c + 32 : *c);
    }
    (*lines)[(*count)++] = (struct sp_listed){name, hash};
    return 0;
}

int hashlist_parse(struct arena *a, struct span text, struct sp_listed **lines, size_t *count,
                   size_t *others)
{
    size_t capacity = 0;
    *lines = NULL;
    *count = *others = 0;
    if (text.n > HASHLIST_SIZE_MAX || (text.n && memchr(text.p, 0, text.n))) {
        return 0;
    }
    if (span_starts(text, SPAN_LIT("\xef\xbb\xbf"))) {
        text = span_sub(text, 3, text.n);
    }
    for (bool first = true; text.n && *count + *others < HASHLIST_LINES_MAX; first = false) {
        struct span line = next_line(&text);
        struct entry e;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (read_sum(line, &e) || read_tag(line, &e) || read_csv(line, &e)) {
            if (add(a, &e, lines, count, &capacity)) {
                return -1;
            }
        } else if (!first) {
            (*others)++;
        }
    }
    *others += text.n > 0; /* more lines than we read */
    if (*others > *count) {
        *count = 0;
    }
    return 0;
}
