/*
 * show - see show.h.
 */
#include "cli/office/show.h"

#include <inttypes.h>

#include "base/utc.h"
#include "base/utf8.h"

enum { COLUMNS_MAX = 40, CELL = 60, DEPTH_MAX = 4 };

/* ---- one value on one line ------------------------------------------------------------------- */

/* Text of several lines is cut after the first, in a table long text too: a table stays a table. */
static void put_text(struct buffer *out, const char *text, bool table)
{
    struct buffer clean;
    size_t n = strcspn(text, "\r\n"), width = 0;
    bool cut = text[n] != 0;
    buffer_init(&clean, 1 << 20);
    utf8_clean(&clean, span_make(text, n));
    for (size_t i = 0; i < clean.n;) {
        struct span rest = span_make(clean.p + i, clean.n - i);
        size_t step = utf8_printable(rest);
        step = step ? step : 1;
        if (table && width >= CELL) {
            cut = true;
            break;
        }
        struct span one = span_sub(rest, 0, step);
        buffer_add(out, one);
        width += utf8_width(one);
        i += step;
    }
    if (cut) {
        buffer_str(out, "…");
    }
    buffer_free(&clean);
}

/* Columns that end in _at are times (records/schema.c). */
static bool is_time(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, "_at") == 0;
}

static void put_value(struct buffer *out, const char *name, const json_t *v, bool table)
{
    char when[UTC_TEXT];
    if (json_is_string(v)) {
        put_text(out, json_string_value(v), table);
    } else if (json_is_integer(v) && is_time(name)) {
        buffer_str(out, utc_rfc3339(json_integer_value(v), when));
    } else if (json_is_integer(v)) {
        buffer_printf(out, "%" PRId64, (int64_t)json_integer_value(v));
    } else if (json_is_boolean(v)) {
        buffer_str(out, json_is_true(v) ? "yes" : "no");
    } else if (json_is_array(v)) {
        buffer_printf(out, "(%zu)", json_array_size(v));
    } else if (json_is_object(v)) {
        buffer_str(out, "{...}");
    } else {
        buffer_str(out, "-");
    }
}

static bool is_cell(const json_t *v)
{
    return !json_is_array(v) && !json_is_object(v);
}

/* ---- tables ---------------------------------------------------------------------------------- */

struct column {
    const char *name;
    size_t width;
    bool number; /* on the right */
};

struct table {
    struct column columns[COLUMNS_MAX];
    size_t count;
};

static struct column *find_column(struct table *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->columns[i].name, name) == 0) {
            return &t->columns[i];
        }
    }
    if (t->count == COLUMNS_MAX) {
        return NULL;
    }
    t->columns[t->count] = (struct column){.name = name, .width = strlen(name), .number = true};
    return &t->columns[t->count++];
}

static int measure(struct table *t, const json_t *rows)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i), *v;
        const char *name;
        json_object_foreach(row, name, v)
        {
            /* What no row has is no column. */
            struct column *c = is_cell(v) && !json_is_null(v) ? find_column(t, name) : NULL;
            struct buffer b;
            buffer_init(&b, 1 << 20);
            put_value(&b, name, v, true);
            size_t width = utf8_width(buffer_span(&b));
            if (c) {
                c->width = width > c->width ? width : c->width;
                c->number = c->number && json_is_integer(v) && !is_time(name);
            }
            rc |= buffer_ok(&b) ? 0 : -1;
            buffer_free(&b);
        }
    }
    return rc;
}

static void put_cell(struct buffer *line, const struct column *c, struct span text, bool last)
{
    size_t width = utf8_width(text), pad = c->width > width ? c->width - width : 0;
    if (c->number) {
        buffer_printf(line, "%*s", (int)pad, "");
    }
    buffer_add(line, text);
    if (!last) {
        buffer_printf(line, "%*s  ", c->number ? 0 : (int)pad, "");
    }
}

static int put_row(FILE *out, const struct table *t, const json_t *row, const char *indent)
{
    struct buffer line;
    buffer_init(&line, 1 << 20);
    buffer_str(&line, indent);
    for (size_t i = 0; i < t->count; i++) {
        struct buffer cell;
        buffer_init(&cell, 1 << 20);
        if (row) {
            put_value(&cell, t->columns[i].name, json_object_get(row, t->columns[i].name), true);
        } else {
            buffer_str(&cell, t->columns[i].name);
        }
        put_cell(&line, &t->columns[i], cell.n ? buffer_span(&cell) : SPAN_LIT(""),
                 i + 1 == t->count);
        buffer_free(&cell);
    }
    while (line.n && line.p[line.n - 1] == ' ') {
        line.n--;
    }
    const char *text = buffer_cstr(&line);
    int rc = text ? 0 : -1;
    (void)fprintf(out, "%s\n", text ? text : "");
    buffer_free(&line);
    return rc;
}

static int show_table(FILE *out, const json_t *rows, const char *indent)
{
    struct table t = {.count = 0};
    if (json_array_size(rows) == 0) {
        (void)fprintf(out, "%s(none)\n", indent);
        return 0;
    }
    if (!json_is_object(json_array_get(rows, 0))) {
        for (size_t i = 0; i < json_array_size(rows); i++) {
            struct buffer b;
            buffer_init(&b, 1 << 20);
            put_value(&b, "", json_array_get(rows, i), true);
            (void)fprintf(out, "%s%s\n", indent, buffer_cstr(&b) ? buffer_cstr(&b) : "");
            buffer_free(&b);
        }
        return 0;
    }
    int rc = measure(&t, rows) | put_row(out, &t, NULL, indent);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        rc |= put_row(out, &t, json_array_get(rows, i), indent);
    }
    return rc;
}

/* ---- an object ------------------------------------------------------------------------------- */

static int show_object(FILE *out, const json_t *object, const char *indent, int depth);

static int show_member(FILE *out, const char *name, const json_t *v, size_t width,
                       const char *indent, int depth)
{
    struct buffer b;
    if (json_is_array(v) && depth < DEPTH_MAX) {
        (void)fprintf(out, "%s%s:\n", indent, name);
        return show_table(out, v, "  ");
    }
    if (json_is_object(v) && depth < DEPTH_MAX) {
        (void)fprintf(out, "%s%s:\n", indent, name);
        return show_object(out, v, "  ", depth + 1);
    }
    buffer_init(&b, 1 << 20);
    put_value(&b, name, v, false);
    const char *text = buffer_cstr(&b);
    (void)fprintf(out, "%s%-*s  %s\n", indent, (int)width, name, text ? text : "");
    int rc = text ? 0 : -1;
    buffer_free(&b);
    return rc;
}

static int show_object(FILE *out, const json_t *object, const char *indent, int depth)
{
    size_t width = 0;
    int rc = 0;
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)object, name, v)
    {
        width = strlen(name) > width && is_cell(v) ? strlen(name) : width;
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, v)
    {
        rc |= show_member(out, name, v, width, indent, depth);
    }
    return rc;
}

int show_text(FILE *out, const json_t *value)
{
    const json_t *items = json_object_get(value, "items");
    if (json_is_array(items)) {
        int rc = show_table(out, items, "");
        const char *next = json_string_value(json_object_get(value, "next"));
        if (next) {
            (void)fprintf(out, "more: --after %s\n", next);
        }
        return rc;
    }
    return json_is_array(value) ? show_table(out, value, "") : show_object(out, value, "", 0);
}
