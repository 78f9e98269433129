/*
 * lines - see lines.h.
 */
#include "office/certificates/lines.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

enum { TEXT_MAX = 1 << 20 };

/* Without the blanks around. */
static struct span trimmed(const char *text, size_t n)
{
    while (n && (*text == ' ' || *text == '\t' || *text == '\r')) {
        text++;
        n--;
    }
    while (n && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r')) {
        n--;
    }
    return span_make(text, n);
}

static json_t *text_of(struct span s)
{
    return json_stringn((const char *)s.p, s.n);
}

json_t *lines_of(const char *text)
{
    json_t *out = json_array();
    while (*text) {
        size_t n = strcspn(text, "\n");
        struct span line = trimmed(text, n);
        if (line.n && json_array_append_new(out, text_of(line)) != 0) {
            json_decref(out);
            return NULL;
        }
        text += n;
        text += *text == '\n';
    }
    return out;
}

static void put_cells(struct buffer *b, const json_t *row, const char *const *keys)
{
    size_t gaps = 0;
    for (size_t k = 0; keys[k]; k++, gaps++) {
        const char *cell = json_string_value(json_object_get(row, keys[k]));
        if (!cell) {
            continue;
        }
        for (; gaps; gaps--) {
            buffer_str(b, " | ");
        }
        buffer_str(b, cell);
    }
}

json_t *lines_text(const json_t *list, const char *const *keys)
{
    struct buffer b;
    buffer_init(&b, TEXT_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *text = json_string_value(one);
        buffer_str(&b, i ? "\n" : "");
        if (keys) {
            put_cells(&b, one, keys);
        } else {
            buffer_str(&b, text ? text : "");
        }
    }
    const char *whole = buffer_cstr(&b);
    json_t *out = whole ? json_string(whole) : NULL;
    buffer_free(&b);
    return out;
}

/* NULL with *bad: too many cells, or too few. */
static json_t *row_of(const char *line, const char *const *keys, size_t least, bool *bad)
{
    json_t *row = json_object();
    size_t k = 0;
    int rc = row ? 0 : -1;
    for (bool more = true; rc == 0 && more && !*bad; k++) {
        size_t n = strcspn(line, "|");
        struct span cell = trimmed(line, n);
        *bad = !keys[k] || (k < least && !cell.n);
        if (!*bad && cell.n) {
            rc = json_object_set_new(row, keys[k], text_of(cell));
        }
        more = line[n] == '|';
        line += n + (more ? 1 : 0);
    }
    *bad = *bad || k < least;
    if (rc != 0 || *bad) {
        json_decref(row);
        return NULL;
    }
    return row;
}

json_t *lines_rows(const char *text, const char *const *keys, size_t least, size_t *bad)
{
    json_t *lines = lines_of(text), *out = json_array(), *line;
    size_t i;
    int rc = lines && out ? 0 : -1;
    *bad = 0;
    json_array_foreach(rc == 0 ? lines : NULL, i, line)
    {
        bool none = false;
        json_t *row = rc == 0 && !*bad ? row_of(json_string_value(line), keys, least, &none) : NULL;
        *bad = *bad ? *bad : none ? i + 1 : 0;
        rc = rc || *bad ? rc : json_array_append_new(out, row);
    }
    json_decref(lines);
    if (rc != 0 || *bad) {
        json_decref(out);
        return NULL;
    }
    return out;
}

json_t *lines_pairs(const char *en, const char *hi, bool *uneven)
{
    json_t *a = lines_of(en), *b = lines_of(hi), *out = json_array();
    int rc = a && b && out ? 0 : -1;
    *uneven = rc == 0 && json_array_size(a) != json_array_size(b);
    for (size_t i = 0; rc == 0 && !*uneven && i < json_array_size(a); i++) {
        rc = json_array_append_new(
            out, json_pack("{sO sO}", "en", json_array_get(a, i), "hi", json_array_get(b, i)));
    }
    json_decref(a);
    json_decref(b);
    if (rc != 0 || *uneven) {
        json_decref(out);
        return NULL;
    }
    return out;
}
