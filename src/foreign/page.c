/*
 * page - see page.h. What the readers share.
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
