/*
 * pages_list - see pages_list.h.
 */
#include "http/office/pages_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { AT_ONCE = 200, FILE_PAGES = 500 };

/* ---- order ----------------------------------------------------------------------------------- */

struct place {
    json_t *row;
    const json_t *value;
    size_t at; /* what is equal stays as it was */
};

static int by_value(const json_t *a, const json_t *b)
{
    const char *x = json_string_value(a), *y = json_string_value(b);
    if (x && y) {
        int rc = strcasecmp(x, y);
        return rc ? rc : strcmp(x, y);
    }
    json_int_t m = json_integer_value(a), n = json_integer_value(b);
    return m < n ? -1 : m > n;
}

/* What has no value comes last, whichever way. */
static int ordered(const struct place *a, const struct place *b, bool down)
{
    bool no = !a->value || json_is_null(a->value), none = !b->value || json_is_null(b->value);
    int rc = no || none ? no - none
             : down     ? by_value(b->value, a->value)
                        : by_value(a->value, b->value);
    return rc ? rc : a->at < b->at ? -1 : 1;
}

static int ascending(const void *a, const void *b)
{
    return ordered(a, b, false);
}

static int descending(const void *a, const void *b)
{
    return ordered(a, b, true);
}

/* The rows from there on, in order. NULL: memory. */
static json_t *sorted(struct view *v, const json_t *all, const char *column, bool down, size_t from,
                      size_t rows)
{
    size_t n = json_array_size(all), i;
    json_t *row, *out = json_array();
    struct place *places = arena_array(v->arena, n + 1, sizeof *places);
    if (!places || !out) {
        json_decref(out);
        return NULL;
    }
    json_array_foreach((json_t *)(uintptr_t)all, i, row)
    {
        places[i] = (struct place){row, json_object_get(row, column), i};
    }
    qsort(places, n, sizeof *places, down ? descending : ascending);
    for (i = from; i < n && i - from < rows; i++) {
        if (json_array_append(out, places[i].row) != 0) {
            v->broken = true;
        }
    }
    return out;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* Page by page; in stays the caller's. */
static json_t *whole(struct view *v, const char *op, json_t *in, list_ready ready)
{
    const char *after = NULL;
    json_t *all = json_array();
    do {
        const json_t *answer = view_list(v, op, json_incref(in), AT_ONCE, after);
        json_t *items = json_object_get(answer, "items");
        if (items && ready) {
            ready(v, items);
        }
        if (items && json_array_extend(all, items) != 0) {
            v->broken = true;
        }
        after = items ? get_text(answer, "next") : NULL;
    } while (after && json_array_size(all) < LIST_SORTED_MAX);
    return all;
}

static void drop(void *p)
{
    json_decref(p);
}

static const json_t *kept(struct view *v, json_t *answer)
{
    if (!answer || arena_defer(v->arena, drop, answer) != 0) {
        v->broken = true;
        return NULL;
    }
    return answer;
}

/* "after" is how many rows were shown before. */
static const json_t *in_order(struct view *v, const struct table *t, json_t *in, int64_t rows,
                              list_ready ready, const char *column, bool down)
{
    char next[24] = "";
    const char *after = view_query(v, "after");
    long shown = after ? strtol(after, NULL, 10) : 0;
    size_t from = shown > 0 && shown < LIST_SORTED_MAX ? (size_t)shown : 0;
    json_t *all = whole(v, t->op, in, ready);
    json_t *some = sorted(v, all, column, down, from, (size_t)rows);
    if (from + (size_t)rows < json_array_size(all)) {
        (void)snprintf(next, sizeof next, "%zu", from + (size_t)rows);
    }
    const json_t *answer =
        kept(v, some ? json_pack("{s:o, s:s?}", "items", some, "next", *next ? next : NULL) : NULL);
    json_decref(all);
    json_decref(in);
    return answer;
}

const json_t *list_rows(struct view *v, const struct table *t, json_t *in, int64_t rows,
                        list_ready ready)
{
    bool down;
    const char *column = table_sorted_by(v, t, &down);
    if (column) {
        return in_order(v, t, in, rows, ready, column, down);
    }
    const json_t *answer = view_list(v, t->op, in, rows, view_query(v, "after"));
    json_t *items = json_object_get(answer, "items");
    if (items && ready) {
        ready(v, items);
    }
    return answer;
}

/* ---- a file ---------------------------------------------------------------------------------- */

bool list_wants_file(const struct view *v)
{
    const char *format = view_query(v, "format");
    return format && strcmp(format, "csv") == 0;
}

bool list_file(struct view *v, const struct table *t, json_t *in, list_ready ready)
{
    const char *after = NULL, *const *columns = t->csv ? t->csv : t->columns;
    if (!list_wants_file(v)) {
        return false;
    }
    v->csv = true;
    for (int page = 0; page < FILE_PAGES; page++) {
        const json_t *answer = view_list(v, t->op, json_incref(in), AT_ONCE, after);
        json_t *items = json_object_get(answer, "items");
        if (items && ready) {
            ready(v, items);
        }
        table_csv(v, columns, items, page == 0);
        after = get_text(answer, "next");
        if (!after) {
            break;
        }
    }
    json_decref(in);
    return true;
}
