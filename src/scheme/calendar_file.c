/*
 * calendar_file - closure lists as CSV (RFC 4180): read strictly, written back, merged.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "scheme/calendar.h"

enum { COLUMNS = 6, FIELD_MAX = 500 };

static const char head[] = "date,name,kind,order,declared_on,source_note";
static const char *const kinds[] = {"gazetted", "declared", "withdrawn"};

struct reader {
    struct arena *a;
    struct span rest;
    int line;
    char *error;
};

static int refuse(struct reader *r, const char *what)
{
    (void)snprintf(r->error, CALENDAR_ERROR, "line %d: %s", r->line, what);
    return 1;
}

static bool at_end(struct span s)
{
    return s.n == 0 || s.p[0] == '\n' || (s.p[0] == '\r' && s.n > 1 && s.p[1] == '\n');
}

/* The content of a field, without quotes; false: not closed. */
static bool read_quoted(struct span *rest, struct buffer *out)
{
    struct span s = span_sub(*rest, 1, rest->n);
    while (s.n && (s.p[0] != '"' || (s.n > 1 && s.p[1] == '"'))) {
        size_t n = s.p[0] == '"' ? 2 : 1;
        buffer_char(out, (char)s.p[0]);
        s = span_sub(s, n, s.n);
    }
    if (!s.n) {
        return false;
    }
    *rest = span_sub(s, 1, s.n);
    return true;
}

static void read_plain(struct span *rest, struct buffer *out)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ',' && rest->p[n] != '"' &&
           !at_end(span_sub(*rest, n, rest->n))) {
        n++;
    }
    buffer_add(out, span_sub(*rest, 0, n));
    *rest = span_sub(*rest, n, rest->n);
}

static bool is_text(struct span s)
{
    while (s.n) {
        size_t n = utf8_printable(s);
        if (!n) {
            return false;
        }
        s = span_sub(s, n, s.n);
    }
    return true;
}

static int read_field(struct reader *r, const char **out)
{
    struct buffer b;
    int rc = 0;
    buffer_init(&b, FIELD_MAX);
    if (r->rest.n && r->rest.p[0] == '"') {
        rc = read_quoted(&r->rest, &b) ? 0 : refuse(r, "a quotation mark is not closed");
    } else {
        read_plain(&r->rest, &b);
    }
    if (rc == 0 && b.full) {
        rc = refuse(r, "a field is too long");
    } else if (rc == 0 && !is_text(buffer_span(&b))) {
        rc = refuse(r, "not plain text in UTF-8");
    } else if (rc == 0) {
        *out = b.failed ? NULL : arena_str(r->a, buffer_span(&b));
        rc = *out ? 0 : -1;
    }
    buffer_free(&b);
    return rc;
}

static int read_row(struct reader *r, const char *fields[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        int rc = read_field(r, &fields[i]);
        if (rc) {
            return rc;
        }
        bool comma = r->rest.n && r->rest.p[0] == ',';
        if (i + 1 < COLUMNS ? !comma : !at_end(r->rest)) {
            return refuse(r, "a row has six fields: date,name,kind,order,declared_on,source_note");
        }
        r->rest = span_sub(r->rest, comma ? 1 : 0, r->rest.n);
    }
    if (r->rest.n) {
        r->rest = span_sub(r->rest, r->rest.p[0] == '\r' ? 2 : 1, r->rest.n);
    }
    return 0;
}

static int make_closure(struct reader *r, const char *const f[COLUMNS],
                        struct calendar_closure *out)
{
    *out = (struct calendar_closure){DATE_NONE, DATE_NONE, CALENDAR_GAZETTED, f[1], f[3], f[5]};
    size_t kind = 0;
    while (kind < 3 && strcmp(kinds[kind], f[2]) != 0) {
        kind++;
    }
    if (!date_parse(span_str(f[0]), &out->date)) {
        return refuse(r, "the date is not YYYY-MM-DD, or there is no such day");
    }
    if (!*f[1]) {
        return refuse(r, "the name is missing");
    }
    if (kind == 3) {
        return refuse(r, "the kind is not gazetted, declared or withdrawn");
    }
    if (*f[4] && !date_parse(span_str(f[4]), &out->declared_on)) {
        return refuse(r, "declared_on is not YYYY-MM-DD, or there is no such day");
    }
    if (kind != CALENDAR_GAZETTED && !*f[4]) {
        return refuse(r, "declared_on is missing; it tells from when on the row counts");
    }
    out->kind = (enum calendar_kind)kind;
    return 0;
}

static int by_date(const void *x, const void *y)
{
    const struct calendar_closure *a = x, *b = y;
    if (a->date != b->date) {
        return a->date < b->date ? -1 : 1;
    }
    if (a->declared_on != b->declared_on) {
        return a->declared_on < b->declared_on ? -1 : 1;
    }
    return (a->kind > b->kind) - (a->kind < b->kind);
}

static bool has_twice(const struct calendar_closure *rows, size_t count, int32_t *date)
{
    for (size_t i = 1; i < count; i++) {
        if (rows[i].date == rows[i - 1].date && rows[i].kind == rows[i - 1].kind &&
            rows[i].declared_on == rows[i - 1].declared_on) {
            *date = rows[i].date;
            return true;
        }
    }
    return false;
}

static int read_rows(struct reader *r, struct calendar_closure **rows, size_t *count)
{
    const char *fields[COLUMNS];
    size_t room = 0;
    for (; r->rest.n; r->line++) {
        if (at_end(r->rest)) { /* an empty line */
            r->rest = span_sub(r->rest, r->rest.p[0] == '\r' ? 2 : 1, r->rest.n);
            continue;
        }
        if (*count == CALENDAR_CLOSURES_MAX) {
            return refuse(r, "too many rows");
        }
        int rc = read_row(r, fields);
        if (rc) {
            return rc;
        }
        if (arena_grow(r->a, (void **)rows, &room, *count + 1, sizeof **rows) < 0) {
            return -1;
        }
        if ((rc = make_closure(r, fields, &(*rows)[*count])) != 0) {
            return rc;
        }
        ++*count;
    }
    return 0;
}

int calendar_parse(struct arena *a, struct span csv, struct calendar *out,
                   char error[CALENDAR_ERROR])
{
    struct reader r = {a, csv, 1, error};
    const char *fields[COLUMNS];
    struct calendar_closure *rows = NULL;
    size_t count = 0;
    int32_t twice;
    char day[DATE_TEXT];
    *out = (struct calendar){0};
    error[0] = 0;
    if (span_starts(r.rest, SPAN_LIT("\xef\xbb\xbf"))) {
        r.rest = span_sub(r.rest, 3, r.rest.n);
    }
    if (!span_starts(r.rest, span_make(head, sizeof head - 1)) ||
        !at_end(span_sub(r.rest, sizeof head - 1, r.rest.n))) {
        return refuse(&r, "the head line is not date,name,kind,order,declared_on,source_note");
    }
    int rc = read_row(&r, fields);
    r.line = 2;
    rc = rc ? rc : read_rows(&r, &rows, &count);
    if (rc) {
        return rc;
    }
    if (count) {
        qsort(rows, count, sizeof *rows, by_date);
    }
    if (has_twice(rows, count, &twice)) {
        (void)snprintf(error, CALENDAR_ERROR, "%s stands there twice", date_text(twice, day));
        return 1;
    }
    *out = (struct calendar){rows, count};
    return 0;
}

static bool same_slot(const struct calendar_closure *a, const struct calendar_closure *b)
{
    return a->date == b->date && a->kind == b->kind;
}

static bool same_row(const struct calendar_closure *a, const struct calendar_closure *b)
{
    return same_slot(a, b) && a->declared_on == b->declared_on && strcmp(a->name, b->name) == 0 &&
           strcmp(a->order, b->order) == 0 && strcmp(a->note, b->note) == 0;
}

static bool any(const struct calendar *c, const struct calendar_closure *row,
                bool (*same)(const struct calendar_closure *, const struct calendar_closure *))
{
    for (size_t i = 0; i < c->count && c->closures[i].date <= row->date; i++) {
        if (same(&c->closures[i], row)) {
            return true;
        }
    }
    return false;
}

int calendar_merge(struct arena *a, const struct calendar *base, const struct calendar *more,
                   struct calendar *out, size_t *fresh)
{
    struct calendar_closure *rows = arena_array(a, base->count + more->count + 1, sizeof *rows);
    size_t count = 0, unknown = 0;
    if (!rows) {
        return -1;
    }
    for (size_t i = 0; i < base->count; i++) {
        if (!any(more, &base->closures[i], same_slot)) {
            rows[count++] = base->closures[i];
        }
    }
    for (size_t i = 0; i < more->count; i++) {
        unknown += !any(base, &more->closures[i], same_row);
        rows[count++] = more->closures[i];
    }
    if (count) {
        qsort(rows, count, sizeof *rows, by_date);
    }
    *out = (struct calendar){rows, count};
    if (fresh) {
        *fresh = unknown;
    }
    return 0;
}

static void put_field(struct buffer *out, const char *s, char end)
{
    if (s[strcspn(s, ",\"")]) {
        buffer_char(out, '"');
        for (; *s; s++) {
            buffer_str(out, *s == '"' ? "\"\"" : (char[]){*s, 0});
        }
        buffer_char(out, '"');
    } else {
        buffer_str(out, s);
    }
    buffer_char(out, end);
}

void calendar_csv(const struct calendar *c, struct buffer *out)
{
    char day[DATE_TEXT];
    buffer_str(out, head);
    buffer_char(out, '\n');
    for (size_t i = 0; i < c->count; i++) {
        const struct calendar_closure *row = &c->closures[i];
        put_field(out, date_text(row->date, day), ',');
        put_field(out, row->name, ',');
        put_field(out, kinds[row->kind], ',');
        put_field(out, row->order, ',');
        put_field(out, date_text(row->declared_on, day), ',');
        put_field(out, row->note, '\n');
    }
}
