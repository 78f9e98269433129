/*
 * known_import - see known_import.h.
 */
#include "tls/known_import.h"

enum { CELLS = 16, LOOK = 256 };

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static struct span trim(struct span s)
{
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r')) {
        s.n--;
    }
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s = span_sub(s, 1, s.n);
    }
    return s;
}

static struct span next_line(struct span *rest)
{
    size_t end = span_find(*rest, SPAN_LIT("\n"), 0);
    struct span line = span_sub(*rest, 0, end == SIZE_MAX ? rest->n : end);
    *rest = span_sub(*rest, end == SIZE_MAX ? rest->n : end + 1, rest->n);
    return trim(line);
}

/* ---- what it is ------------------------------------------------------------------------------ */

static bool is_text(struct span file)
{
    for (size_t i = 0; i < file.n && i < LOOK; i++) {
        uint8_t c = file.p[i];
        if (c < 0x20 && c != '\n' && c != '\r' && c != '\t') {
            return false;
        }
    }
    return true;
}

static bool has_kind(struct span line)
{
    for (int k = 0; k < KNOWN_KINDS; k++) {
        struct span word = span_str(known_kind_name((enum known_kind)k));
        if (span_starts(line, word) && line.n > word.n && line.p[word.n] == ' ') {
            return true;
        }
    }
    return false;
}

/* Hexadecimal at the beginning, colons between octets left out: how many digits; *used: of the
 * line. */
static size_t hex_digits(struct span line, char *out, size_t max, size_t *used)
{
    size_t n = 0, i = 0;
    for (; i < line.n; i++) {
        bool colon = line.p[i] == ':' && n && n % 2 == 0;
        if (!colon && !is_hex(line.p[i])) {
            break;
        }
        if (!colon && n < max) {
            out[n] = (char)(line.p[i] >= 'A' && line.p[i] <= 'F' ? line.p[i] + 32 : line.p[i]);
        }
        n += !colon;
    }
    *used = i;
    return n;
}

enum known_list known_list_of(struct span file)
{
    char hex[64];
    size_t used;
    if (!is_text(file)) {
        return file.n && file.n % BKHASH_ROW == 0 ? LIST_BADKEYS : LIST_UNKNOWN;
    }
    while (file.n) {
        struct span line = next_line(&file);
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        size_t digits = hex_digits(line, hex, sizeof hex, &used);
        return has_kind(line)                                            ? LIST_OURS
               : span_find(line, SPAN_LIT("spki_sha256"), 0) != SIZE_MAX ? LIST_TABLE
               : digits == 40 || digits == 64                            ? LIST_HASHES
                                                                         : LIST_UNKNOWN;
    }
    return LIST_UNKNOWN;
}

bool known_list_names_source(enum known_list kind)
{
    return kind == LIST_OURS || kind == LIST_BADKEYS;
}

bool known_block_sorted(struct span block)
{
    if (block.n == 0 || block.n % BKHASH_ROW) {
        return false;
    }
    for (size_t at = BKHASH_ROW; at < block.n; at += BKHASH_ROW) {
        if (memcmp(block.p + at - BKHASH_ROW, block.p + at, BKHASH) >= 0) {
            return false;
        }
    }
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* A note is one line of text without control characters. */
static void add_row(struct buffer *out, enum known_kind kind, const char *hex, const char *source,
                    struct span note)
{
    buffer_printf(out, "%s %.*s %s ", known_kind_name(kind), (int)(known_kind_size(kind) * 2), hex,
                  source);
    note = trim(note);
    for (size_t i = 0; i < note.n; i++) {
        buffer_char(out, note.p[i] < 0x20 ? ' ' : (char)note.p[i]);
    }
    buffer_str(out, note.n ? "\n" : "-\n");
}

static bool add_hash(struct span line, const char *source, struct buffer *out)
{
    char hex[65] = "";
    size_t used, n = hex_digits(line, hex, 64, &used);
    bool end = used == line.n || line.p[used] == ' ' || line.p[used] == '\t';
    if ((n != 40 && n != 64) || !end) {
        return false;
    }
    add_row(out, n == 40 ? KNOWN_CERT : KNOWN_SPKI, hex, source, span_sub(line, used, line.n));
    return true;
}

/* The cells of a line (RFC 4180, no line breaks inside). */
static size_t split(struct span line, struct span *cells)
{
    size_t n = 0;
    while (n < CELLS) {
        bool quoted = line.n && line.p[0] == '"';
        size_t end = quoted ? 1 : 0;
        while (end < line.n && line.p[end] != (quoted ? '"' : ',')) {
            end++;
        }
        cells[n++] = span_sub(line, quoted, end - quoted);
        end += quoted && end < line.n;
        if (end >= line.n) {
            break;
        }
        line = span_sub(line, end + 1, line.n);
    }
    return n;
}

static struct span cell(const struct span *head, const struct span *cells, size_t count,
                        const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_eq(head[i], span_str(name))) {
            return cells[i];
        }
    }
    return SPAN_NONE;
}

static bool add_cells(const struct span *head, const struct span *cells, size_t count,
                      const char *source, struct buffer *out)
{
    static const struct {
        const char *name;
        enum known_kind kind;
    } columns[] = {
        {"spki_sha256", KNOWN_SPKI}, {"modulus_sha256", KNOWN_MODULUS}, {"cert_sha1", KNOWN_CERT}};
    struct span note = cell(head, cells, count, "products");
    bool any = false;
    note = note.n ? note : cell(head, cells, count, "note");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        char hex[65] = "";
        size_t used, want = known_kind_size(columns[i].kind) * 2;
        struct span c = cell(head, cells, count, columns[i].name);
        if (c.n && hex_digits(c, hex, 64, &used) == want && used == c.n) {
            add_row(out, columns[i].kind, hex, source, note);
            any = true;
        }
    }
    return any;
}

static bool add_ours(struct span line, struct buffer *out)
{
    bool good = has_kind(line);
    if (good) {
        buffer_add(out, line);
        buffer_char(out, '\n');
    }
    return good;
}

void known_import(struct span file, enum known_list kind, const char *source, struct buffer *out,
                  struct known_tally *tally)
{
    struct span head[CELLS], cells[CELLS];
    size_t columns = 0, number = 0;
    *tally = (struct known_tally){0};
    while (file.n) {
        struct span line = next_line(&file);
        number++;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (kind == LIST_TABLE && columns == 0) {
            columns = split(line, head);
            continue;
        }
        bool good = kind == LIST_OURS     ? add_ours(line, out)
                    : kind == LIST_HASHES ? add_hash(line, source, out)
                                          : split(line, cells) == columns &&
                                                add_cells(head, cells, columns, source, out);
        tally->rows += good;
        tally->skipped += !good;
        tally->first_skipped = good || tally->first_skipped ? tally->first_skipped : number;
    }
}
