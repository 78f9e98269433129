/*
 * html_fields - labels and values out of tables, definition lists, and boxes that stand beside each
 * other.
 *
 * A table with a line of headings gives a record a row; one with two columns a field a row; one
 * that has tables inside is layout only. A cell that spans several columns belongs to none of them.
 */
#include <stdlib.h>

#include "base/buffer.h"
#include "foreign/page_inside.h"

enum { COLUMNS_MAX = 64, VALUE_LINES = 12, SPAN_MAX = 1000, CLIMB = 3 };

/* ---- texts of boxes -------------------------------------------------------------------------- */

/* The first line at or behind a position. */
static size_t line_at(const struct page *p, unsigned at)
{
    size_t low = 0, high = p->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->lines[middle].at < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct text {
    const char *value; /* lines parted by '\n' */
    const void *node;
    size_t lines;
    bool shaky, picture, used;
};

/* What a reader sees in the box; lines of pictures are not text. */
static struct text text_of(struct page *p, const struct page_box *box)
{
    struct text t = {.value = "", .picture = box->picture};
    struct buffer b;
    buffer_init(&b, PAGE_FIELD_TEXT);
    for (size_t i = line_at(p, box->first); i < p->line_count && p->lines[i].at < box->end; i++) {
        const struct page_line *l = &p->lines[i];
        const xmlNode *n = l->node;
        if (n && n->type == XML_ELEMENT_NODE) {
            t.picture = true;
            continue;
        }
        t.node = t.node ? t.node : n;
        t.shaky = t.shaky || l->shaky;
        t.used = t.used || l->used;
        if (t.lines++) {
            buffer_char(&b, '\n');
        }
        buffer_str(&b, l->text);
    }
    if (b.n) {
        t.value = arena_str(p->arena, buffer_span(&b));
    }
    if (!t.value || (b.failed && !b.full)) {
        p->failed = true;
        t.value = "";
    }
    buffer_free(&b);
    t.node = t.node ? t.node : box->node;
    return t;
}

/* A picture is no part of a value: what it says is looked at by itself. */
static void use_lines(struct page *p, const struct page_box *box)
{
    for (size_t i = line_at(p, box->first); i < p->line_count && p->lines[i].at < box->end; i++) {
        const xmlNode *n = p->lines[i].node;
        p->lines[i].used = !n || n->type != XML_ELEMENT_NODE;
    }
}

static void add(struct page *p, int box, unsigned at, const char *label, const struct text *t)
{
    page_add_field(p, box, at, label, t->value, t->node, t->shaky, t->picture);
}

/* ---- definition lists ------------------------------------------------------------------------ */

static size_t next_sibling(const struct page *p, size_t i)
{
    const struct page_box *b = &p->boxes[i];
    size_t j = i + 1;
    while (j < p->box_count && p->boxes[j].first < b->end) {
        j++;
    }
    return j < p->box_count && p->boxes[j].parent == b->parent ? j : p->box_count;
}

static void take_term(struct page *p, size_t term)
{
    struct page_box *dt = &p->boxes[term];
    struct text label = text_of(p, dt);
    struct text all = {.value = ""};
    for (size_t i = next_sibling(p, term); i < p->box_count && p->boxes[i].kind == BOX_DATA;
         i = next_sibling(p, i)) {
        struct text t = text_of(p, &p->boxes[i]);
        const char *both =
            *all.value && *t.value ? arena_printf(p->arena, "%s\n%s", all.value, t.value) : NULL;
        all.value = both ? both : *t.value ? t.value : all.value;
        all.node = all.node ? all.node : t.node;
        all.shaky = all.shaky || t.shaky;
        all.picture = all.picture || t.picture;
        use_lines(p, &p->boxes[i]);
    }
    if (*label.value && label.lines == 1) {
        all.shaky = all.shaky || label.shaky;
        all.node = all.node ? all.node : label.node;
        add(p, (int)term, dt->first, label.value, &all);
        use_lines(p, dt);
    }
}

/* ---- tables ---------------------------------------------------------------------------------- */

struct cell {
    size_t box; /* index; SIZE_MAX: none */
    bool wide;  /* spans several columns */
};

struct carry {
    struct cell cell;
    unsigned rows; /* it still reaches down over so many */
};

struct table {
    struct page *p;
    size_t box;
    const char *heads[COLUMNS_MAX];
    size_t head_count; /* 0: no headings yet */
    struct carry carry[COLUMNS_MAX];
    struct cell cells[COLUMNS_MAX]; /* of the row at hand */
    size_t count, own;              /* columns; cells that begin in the row */
    bool skewed;                    /* more columns than are looked at */
};

static unsigned span_of(const struct page_box *b, const char *name)
{
    struct span v = html_attribute(b->node, name);
    unsigned n = 0;
    for (size_t i = 0; i < v.n && v.p[i] >= '0' && v.p[i] <= '9' && n < SPAN_MAX; i++) {
        n = n * 10 + (v.p[i] - '0');
    }
    return n == 0 ? 1 : n;
}

static void carry_down(struct table *t)
{
    while (t->count < COLUMNS_MAX && t->carry[t->count].rows) {
        t->carry[t->count].rows--;
        t->cells[t->count] = t->carry[t->count].cell;
        t->count++;
    }
}

static void read_row(struct table *t, size_t row)
{
    struct page *p = t->p;
    t->count = t->own = 0;
    t->skewed = false;
    for (size_t i = row + 1; i < p->box_count && p->boxes[i].first < p->boxes[row].end; i++) {
        const struct page_box *b = &p->boxes[i];
        if (b->parent != (int)row || (b->kind != BOX_CELL && b->kind != BOX_HEAD)) {
            continue;
        }
        carry_down(t);
        unsigned wide = span_of(b, "colspan"), deep = span_of(b, "rowspan");
        struct cell cell = {i, wide > 1};
        t->own++;
        for (unsigned k = 0; k < wide; k++) {
            if (t->count >= COLUMNS_MAX) {
                t->skewed = true;
                break;
            }
            if (deep > 1) {
                t->carry[t->count] = (struct carry){cell, deep - 1};
            }
            t->cells[t->count++] = cell;
        }
    }
    carry_down(t);
}

static bool in_heads(const struct page *p, size_t row)
{
    int parent = p->boxes[row].parent;
    return parent >= 0 && p->boxes[parent].kind == BOX_HEADS;
}

/* A row of headings: in thead, all th, or at the start with at least two known labels. */
static bool is_heading_row(struct table *t, size_t row, bool first)
{
    size_t th = 0, known = 0;
    for (size_t i = 0; i < t->count; i++) {
        th += t->p->boxes[t->cells[i].box].kind == BOX_HEAD;
        if (first) {
            struct text text = text_of(t->p, &t->p->boxes[t->cells[i].box]);
            known += *text.value && page_is_label(t->p, text.value);
        }
    }
    return t->count >= 2 && (in_heads(t->p, row) || th == t->count || known * 2 > t->count);
}

/* Two columns named by headings that are no labels, and labels below: a field a row all the
 * same. */
static bool names_nothing(struct table *t)
{
    return t->head_count == 2 && !page_is_label(t->p, t->heads[0]) &&
           !page_is_label(t->p, t->heads[1]);
}

static void take_heads(struct table *t)
{
    t->head_count = t->count;
    for (size_t i = 0; i < t->count; i++) {
        struct text text = text_of(t->p, &t->p->boxes[t->cells[i].box]);
        t->heads[i] = t->cells[i].wide ? "" : text.value;
        use_lines(t->p, &t->p->boxes[t->cells[i].box]);
    }
}

static void add_cell(struct table *t, size_t row, const char *label, const struct cell *cell)
{
    const struct page_box *b = &t->p->boxes[cell->box];
    struct text text = text_of(t->p, b);
    add(t->p, (int)row, t->p->boxes[row].first, label, &text);
    use_lines(t->p, b);
}

static void take_record(struct table *t, size_t row)
{
    if (t->skewed || t->count != t->head_count) {
        return; /* which column a cell belongs to cannot be told */
    }
    for (size_t i = 0; i < t->count; i++) {
        if (!t->cells[i].wide && *t->heads[i]) {
            add_cell(t, row, t->heads[i], &t->cells[i]);
        }
    }
}

/* label | value, or label | value | label | value with every label known or a th. */
static void take_pairs(struct table *t, size_t row)
{
    bool pairs = t->count >= 2 && t->count % 2 == 0 && !t->skewed && t->own == t->count;
    for (size_t i = 0; pairs && i < t->count; i += 2) {
        const struct page_box *b = &t->p->boxes[t->cells[i].box];
        struct text label = text_of(t->p, b);
        pairs = *label.value && label.lines == 1 && !t->cells[i].wide && !t->cells[i + 1].wide &&
                (t->count == 2 || b->kind == BOX_HEAD || page_is_label(t->p, label.value));
    }
    for (size_t i = 0; pairs && i < t->count; i += 2) {
        struct page_box *b = &t->p->boxes[t->cells[i].box];
        struct text label = text_of(t->p, b);
        add_cell(t, row, label.value, &t->cells[i + 1]);
        use_lines(t->p, b);
    }
}

static void head_lines(struct page *p, const struct page_box *row)
{
    for (size_t i = line_at(p, row->first); i < p->line_count && p->lines[i].at < row->end; i++) {
        p->lines[i].kind = PAGE_HEAD7;
    }
}

static void take_table(struct page *p, size_t box)
{
    static const struct table none;
    struct table *t = arena_alloc(p->arena, sizeof *t);
    bool nested = p->boxes[box].nested, first = true;
    size_t rows = 0;
    if (!t) {
        p->failed = true;
        return;
    }
    *t = none;
    t->p = p;
    t->box = box;
    for (size_t i = box + 1; i < p->box_count && p->boxes[i].first < p->boxes[box].end; i++) {
        struct page_box *row = &p->boxes[i];
        if (row->kind != BOX_ROW || row->nested) {
            continue;
        }
        int table = row->parent;
        while (table >= 0 && p->boxes[table].kind != BOX_TABLE) {
            table = p->boxes[table].parent;
        }
        if (table != (int)box) {
            continue; /* of a table inside */
        }
        read_row(t, i);
        if (t->own == 1 && t->count > 1) {
            head_lines(p, row); /* one cell across: it is about the rows below */
        } else if (!nested && is_heading_row(t, i, first)) {
            take_heads(t);
            t->head_count = names_nothing(t) ? 0 : t->head_count;
        } else if (t->head_count) {
            take_record(t, i);
            row->closed = true;
            rows++;
        } else {
            take_pairs(t, i);
        }
        first = false;
    }
    for (size_t i = box + 1; rows == 1 && i < p->box_count && p->boxes[i].first < p->boxes[box].end;
         i++) {
        p->boxes[i].closed = false; /* one row: a form laid out on its side */
    }
}

/* ---- a label in a box, its value in the next ------------------------------------------------- */

static bool only_line(const struct page *p, const struct page_box *b)
{
    size_t first = line_at(p, b->first);
    return first < p->line_count && p->lines[first].at < b->end &&
           (first + 1 == p->line_count || p->lines[first + 1].at >= b->end);
}

/* Fields of its own, or labels of some. */
static bool has_fields(struct page *p, const struct page_box *b)
{
    for (size_t i = line_at(p, b->first); i < p->line_count && p->lines[i].at < b->end; i++) {
        if (p->lines[i].used || page_is_label(p, p->lines[i].text)) {
            return true;
        }
    }
    return false;
}

static void take_neighbour(struct page *p, size_t box)
{
    struct page_box *b = &p->boxes[box];
    size_t line = line_at(p, b->first);
    const char *label = p->lines[line].text;
    size_t n = strlen(label), e = box, value = p->box_count;
    bool leaf = box + 1 == p->box_count || p->boxes[box + 1].first > b->end;
    if (!leaf || !n || n > 120 || p->lines[line].used ||
        !(label[n - 1] == ':' || page_is_label(p, label))) {
        return;
    }
    for (int i = 0; i < CLIMB && value == p->box_count; i++) {
        if (p->boxes[e].control || p->boxes[e].kind != BOX_PLAIN) {
            return;
        }
        value = next_sibling(p, e);
        int up = p->boxes[e].parent;
        if (value == p->box_count && (up < 0 || !only_line(p, &p->boxes[up]))) {
            return;
        }
        e = value == p->box_count ? (size_t)up : e;
    }
    if (value == p->box_count || p->boxes[value].kind != BOX_PLAIN || p->boxes[value].control) {
        return;
    }
    /* Text between the two boxes is the value then, which no box has. */
    size_t between = line_at(p, p->boxes[e].end);
    if (between < p->line_count && p->lines[between].at < p->boxes[value].first) {
        return;
    }
    struct text t = text_of(p, &p->boxes[value]);
    if (t.lines > VALUE_LINES || has_fields(p, &p->boxes[value])) {
        return;
    }
    t.shaky = t.shaky || p->lines[line].shaky;
    add(p, (int)e, b->first, label, &t);
    p->lines[line].used = true;
    use_lines(p, &p->boxes[value]);
}

/* ---- all of it ------------------------------------------------------------------------------- */

void html_fields(struct page *p)
{
    for (size_t i = 0; i < p->box_count && !p->failed; i++) {
        if (p->boxes[i].kind == BOX_TERM) {
            take_term(p, i);
        } else if (p->boxes[i].kind == BOX_TABLE) {
            take_table(p, i);
        }
    }
    for (size_t i = 0; i < p->box_count && !p->failed; i++) {
        if (p->boxes[i].kind == BOX_PLAIN && only_line(p, &p->boxes[i])) {
            take_neighbour(p, i);
        }
    }
}
