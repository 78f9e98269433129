/*
 * page - see page.h. What the readers share, and the reader of plain text.
 */
#include "foreign/page.h"

#include <stdlib.h>

#include "foreign/normal.h"
#include "foreign/page_inside.h"

enum { LABEL_BYTES = 120 };

int page_open(struct page *p, int parent, const void *node)
{
    void *items = p->boxes;
    if (p->failed || p->box_count >= PAGE_ITEMS_MAX ||
        arena_grow(p->arena, &items, &p->box_room, p->box_count + 1, sizeof *p->boxes) != 0) {
        p->failed = true;
        return PAGE_NONE;
    }
    p->boxes = items;
    p->boxes[p->box_count] = (struct page_box){.parent = parent, .first = p->next++, .node = node};
    return (int)p->box_count++;
}

void page_close(struct page *p, int box)
{
    if (box >= 0) {
        p->boxes[box].end = p->next++;
    }
}

void page_add_line(struct page *p, const struct page_line *line)
{
    void *items = p->lines;
    if (p->failed || p->line_count >= PAGE_ITEMS_MAX ||
        arena_grow(p->arena, &items, &p->line_room, p->line_count + 1, sizeof *p->lines) != 0) {
        p->failed = true;
        return;
    }
    p->lines = items;
    p->lines[p->line_count] = *line;
    p->lines[p->line_count++].at = p->next++;
    p->visible += normal_visible(span_str(line->text));
}

const char *page_bare_label(struct arena *a, const char *label)
{
    const char *folded = normal_fold(a, span_str(label));
    size_t n = folded ? strlen(folded) : 0;
    while (n && (folded[n - 1] == ':' || folded[n - 1] == '*' || folded[n - 1] == ' ')) {
        n--;
    }
    return folded ? arena_str(a, span_make(folded, n)) : NULL;
}

bool page_is_label(struct page *p, const char *text)
{
    const char *folded = page_bare_label(p->arena, text);
    return folded && profile_label(p->profile, folded) != LABEL_OTHER;
}

void page_add_field(struct page *p, int box, unsigned at, const char *label, const char *value,
                    const void *node, bool shaky, bool picture)
{
    void *items = p->fields;
    const char *folded = page_bare_label(p->arena, label);
    if (p->failed || !folded || p->field_count >= PAGE_ITEMS_MAX ||
        arena_grow(p->arena, &items, &p->field_room, p->field_count + 1, sizeof *p->fields) != 0) {
        p->failed = true;
        return;
    }
    p->fields = items;
    p->fields[p->field_count++] = (struct page_field){.at = at,
                                                      .box = box,
                                                      .class = profile_label(p->profile, folded),
                                                      .shaky = shaky,
                                                      .picture = picture,
                                                      .label = label,
                                                      .label_folded = folded,
                                                      .value = value,
                                                      .node = node};
}

bool page_split(struct page *p, const char *text, const char **label, const char **value)
{
    static const char wide[] = "\xef\xbc\x9a"; /* U+FF1A, as Chinese and Japanese pages have it */
    const char *colon = strchr(text, ':'), *other = strstr(text, wide);
    size_t n = 1;
    if (other && (!colon || other < colon)) {
        colon = other;
        n = 3;
    }
    if (!colon || colon == text || (size_t)(colon - text) > LABEL_BYTES) {
        return false;
    }
    if (n == 1 && colon[1] && colon[1] != ' ' && colon[1] != '\t' && colon[1] != '\n' &&
        (uint8_t)colon[1] != 0xc2) {
        return false; /* 10:30, https://, a standard with its edition */
    }
    const char *v = colon + n;
    v += strspn(v, " \t\n");
    *label = arena_str(p->arena, span_make(text, (size_t)(colon - text)));
    *value = v;
    p->failed = p->failed || !*label;
    return *label != NULL;
}

static int by_position(const void *a, const void *b)
{
    const struct page_field *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

void page_finish(struct page *p)
{
    if (p->field_count) {
        qsort(p->fields, p->field_count, sizeof *p->fields, by_position);
    }
}

/* ---- plain text ------------------------------------------------------------------------------ */

/* Where a line of plain text stands. */
struct plain_place {
    int64_t offset;
    int64_t number;
};

/* The first place behind two blanks or a tab, or NULL: where pdftotext -layout begins a column. */
static const char *next_column(const char *text)
{
    for (const char *q = text; *q; q++) {
        if ((q[0] == ' ' && q[1] == ' ') || q[0] == '\t') {
            return q;
        }
    }
    return NULL;
}

/* One field at the start of text, and where the next begins (NULL: nowhere). False: no field. */
static bool take_columns(struct page *p, const char *text, const char **label, const char **value,
                         const char **next)
{
    const char *gap = next_column(text);
    const char *cut = gap ? arena_str(p->arena, span_make(text, (size_t)(gap - text))) : text;
    *next = NULL;
    if (!cut) {
        p->failed = true;
        return false;
    }
    if (gap && page_is_label(p, cut)) { /* label, gap, value */
        const char *v = gap + strspn(gap, " \t"), *end = next_column(v);
        *label = cut;
        *value = end ? arena_str(p->arena, span_make(v, (size_t)(end - v))) : v;
        *next = end ? end + strspn(end, " \t") : NULL;
        return *value != NULL;
    }
    if (!page_split(p, gap ? cut : text, label, value)) {
        return false;
    }
    if (gap && **value) { /* label: value, gap, next */
        *next = gap + strspn(gap, " \t");
    } else if (gap) {
        const char *v = gap + strspn(gap, " \t"), *end = next_column(v);
        *value = end ? arena_str(p->arena, span_make(v, (size_t)(end - v))) : v;
        *next = end ? end + strspn(end, " \t") : NULL;
    }
    return *value != NULL;
}

static void plain_line(struct page *p, int box, const char *text, const struct plain_place *place)
{
    const char *label, *value, *next = text;
    unsigned at = p->next;
    bool field = false;
    size_t line = p->line_count;
    page_add_line(p, &(struct page_line){.text = text, .node = place});
    while (next && !p->failed && take_columns(p, next, &label, &value, &next)) {
        page_add_field(p, box, at, label, value, place, false, false);
        field = true;
    }
    if (!p->failed) {
        p->lines[line].used = field && !next;
    }
}

void page_plain(struct page *p, struct span text)
{
    p->kind = PAGE_PLAIN;
    int root = page_open(p, PAGE_NONE, NULL), box = page_open(p, root, NULL);
    const char *label = NULL;
    int64_t number = 0;
    size_t at = 0;
    while (at < text.n && !p->failed) {
        size_t end = at;
        while (end < text.n && text.p[end] != '\n' && text.p[end] != '\f') {
            end++;
        }
        struct plain_place *place = arena_alloc(p->arena, sizeof *place);
        size_t start = at;
        while (start < end && (text.p[start] == ' ' || text.p[start] == '\t')) {
            start++;
        }
        size_t stop = end;
        while (stop > start && (text.p[stop - 1] == ' ' || text.p[stop - 1] == '\r')) {
            stop--;
        }
        const char *line = arena_str(p->arena, span_sub(text, start, stop - start));
        if (!place || !line) {
            p->failed = true;
            break;
        }
        *place = (struct plain_place){(int64_t)start, ++number};
        if (label && *line && !page_is_label(p, line)) {
            unsigned here = p->next;
            page_add_line(p, &(struct page_line){.text = line, .node = place, .used = true});
            page_add_field(p, box, here, label, line, place, false, false);
        } else if (*line) {
            plain_line(p, box, line, place);
        } else if (p->boxes[box].first < p->next) { /* a paragraph is a box */
            page_close(p, box);
            box = page_open(p, root, NULL);
        }
        label = *line && page_is_label(p, line) ? line : NULL;
        at = end + 1;
    }
    page_close(p, box);
    page_close(p, root);
    page_finish(p);
}

const char *plain_where(const struct page *p, const void *node)
{
    const struct plain_place *place = node;
    return place ? arena_printf(p->arena, "line %lld", (long long)place->number) : "";
}

int64_t plain_offset(const void *node)
{
    const struct plain_place *place = node;
    return place ? place->offset : -1;
}

const char *page_where(const struct page *p, const void *node)
{
    return p->kind == PAGE_HTML   ? html_where(p, node)
           : p->kind == PAGE_JSON ? json_where(p, node)
                                  : plain_where(p, node);
}

int64_t page_offset(const struct page *p, const void *node)
{
    return p->kind == PAGE_HTML   ? html_offset(node)
           : p->kind == PAGE_JSON ? -1
                                  : plain_offset(node);
}
