/*
 * plain - the fields of plain text, also of a PDF by poppler (pdftotext -layout): "label: value", a
 * label with its value behind a gap or in the line below, and tables: a line of labels with the
 * values of a record below each of them.
 *
 * A value belongs to the label it stands below; one that stands below none, or below two, makes its
 * line one that is not read.
 */
#include "foreign/normal.h"
#include "foreign/page_inside.h"

enum { HEADS_MAX = 24, CELLS_LEAST = 2 };

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

/* ---- tables ---------------------------------------------------------------------------------- */

/* A text with its place in the line, in characters. */
struct column {
    const char *text;
    size_t start, end;
};

struct columns {
    struct column items[HEADS_MAX];
    size_t count;
};

/* The texts of a line between its gaps; none when there are more than are looked at. */
static void split_columns(struct page *p, struct span line, struct columns *out)
{
    size_t at = 0, here = 0; /* character; byte */
    out->count = 0;
    while (here < line.n) {
        while (here < line.n && (line.p[here] == ' ' || line.p[here] == '\t')) {
            here++;
            at++;
        }
        size_t first = here, start = at, last = here, end = at;
        while (here < line.n && line.p[here] != '\t' &&
               !(line.p[here] == ' ' && here + 1 < line.n && line.p[here + 1] == ' ')) {
            bool begins = (line.p[here] & 0xc0) != 0x80;
            at += begins;
            here++;
            bool blank = line.p[here - 1] == ' ' || line.p[here - 1] == '\r';
            last = blank ? last : here;
            end = blank ? end : at;
        }
        if (last == first) {
            continue;
        }
        if (out->count == HEADS_MAX) {
            out->count = 0;
            return;
        }
        const char *text = arena_str(p->arena, span_sub(line, first, last - first));
        p->failed = p->failed || !text;
        out->items[out->count++] = (struct column){text ? text : "", start, end};
    }
}

/* More than half of at least two texts are labels. */
static bool are_heads(struct page *p, const struct columns *c)
{
    size_t known = 0;
    for (size_t i = 0; i < c->count; i++) {
        known += page_is_label(p, c->items[i].text);
    }
    return known >= CELLS_LEAST && known * 2 > c->count;
}

/* The only heading above the value that no other value has; SIZE_MAX: none. */
static size_t head_of(const struct columns *heads, const struct columns *values, size_t at)
{
    size_t found = SIZE_MAX, times = 0;
    for (size_t i = 0; i < heads->count; i++) {
        const struct column *h = &heads->items[i], *v = &values->items[at];
        if (v->start < h->end && h->start < v->end) {
            found = i;
            times++;
        }
    }
    for (size_t k = 0; times == 1 && k < values->count; k++) {
        const struct column *h = &heads->items[found], *v = &values->items[k];
        times += k != at && v->start < h->end && h->start < v->end;
    }
    return times == 1 ? found : SIZE_MAX;
}

/* A record below the headings: its box, which stays open, for what stands below it may be about it;
 * PAGE_NONE: the line is none. *row is the one before, which ends then. */
static int take_row(struct page *p, int parent, int row, const struct columns *heads,
                    struct span line, const struct plain_place *place)
{
    struct columns values;
    size_t under[HEADS_MAX];
    split_columns(p, line, &values);
    if (values.count < CELLS_LEAST) {
        return PAGE_NONE;
    }
    for (size_t i = 0; i < values.count; i++) {
        under[i] = head_of(heads, &values, i);
        if (under[i] == SIZE_MAX) {
            return PAGE_NONE;
        }
    }
    page_close(p, row);
    int box = page_open(p, parent, place);
    if (box < 0) {
        return PAGE_NONE;
    }
    p->boxes[box].kind = BOX_ROW;
    for (size_t i = 0; i < values.count; i++) {
        page_add_line(
            p, &(struct page_line){.text = values.items[i].text, .node = place, .used = true});
        page_add_field(p, box, p->boxes[box].first, heads->items[under[i]].text,
                       values.items[i].text, place, false, false);
    }
    return box;
}

/* ---- all of it ------------------------------------------------------------------------------- */

struct reading {
    struct page *p;
    int root, box;         /* a paragraph is a box */
    const char *label;     /* the line before is a label: its value follows */
    struct columns *heads; /* count 0: no table */
    int table, row;        /* their boxes; PAGE_NONE: none is open */
    size_t rows;
};

/* Of several rows each is a record; one alone is a form laid out on its side. */
static void end_table(struct reading *r)
{
    struct page *p = r->p;
    page_close(p, r->row);
    page_close(p, r->table);
    for (size_t i = (size_t)r->table + 1; r->table >= 0 && r->rows > 1 && i < p->box_count; i++) {
        p->boxes[i].closed = p->boxes[i].kind == BOX_ROW;
    }
    r->table = r->row = PAGE_NONE;
    r->heads->count = r->rows = 0;
}

static void end_paragraph(struct reading *r)
{
    struct page *p = r->p;
    end_table(r);
    r->label = NULL;
    if (!p->failed && p->boxes[r->box].first + 1 < p->next) {
        page_close(p, r->box);
        r->box = page_open(p, r->root, NULL);
    }
}

static bool begins_table(struct reading *r, struct span raw, const struct plain_place *place)
{
    struct page *p = r->p;
    struct columns heads;
    split_columns(p, raw, &heads);
    if (!are_heads(p, &heads)) {
        return false;
    }
    end_table(r);
    *r->heads = heads;
    r->table = page_open(p, r->box, place);
    if (r->table >= 0) {
        p->boxes[r->table].kind = BOX_TABLE;
    }
    for (size_t i = 0; i < heads.count; i++) {
        page_add_line(
            p, &(struct page_line){.text = heads.items[i].text, .node = place, .used = true});
    }
    return true;
}

/* A line of a table: a row, or a remark, to the row above or about those below: it counts for both.
 * Before the first row it could be about all of them: then it is no table. */
static bool in_table(struct reading *r, struct span raw, const char *line,
                     const struct plain_place *place)
{
    if (!r->heads->count) {
        return false;
    }
    int row = take_row(r->p, r->table, r->row, r->heads, raw, place);
    if (row < 0 && r->row < 0) {
        end_table(r);
        return false;
    }
    if (row < 0) {
        size_t remark = r->p->line_count;
        plain_line(r->p, r->row, line, place);
        if (!r->p->failed) {
            r->p->lines[remark].kind = PAGE_HEAD7;
        }
        return true;
    }
    r->row = row;
    r->rows++;
    return true;
}

/* raw: with the blanks it begins with. */
static void take_line(struct reading *r, struct span raw, const char *line,
                      const struct plain_place *place)
{
    struct page *p = r->p;
    bool is_label = false;
    if (!begins_table(r, raw, place) && !in_table(r, raw, line, place)) {
        is_label = page_is_label(p, line);
        if (r->label && !is_label) {
            unsigned here = p->next;
            page_add_line(p, &(struct page_line){.text = line, .node = place, .used = true});
            page_add_field(p, r->box, here, r->label, line, place, false, false);
        } else {
            plain_line(p, r->box, line, place);
        }
    }
    r->label = is_label ? line : NULL;
}

void page_plain(struct page *p, struct span text)
{
    p->kind = PAGE_PLAIN;
    struct reading r = {.p = p,
                        .heads = arena_alloc(p->arena, sizeof *r.heads),
                        .table = PAGE_NONE,
                        .row = PAGE_NONE};
    int64_t number = 0;
    size_t at = 0;
    r.root = page_open(p, PAGE_NONE, NULL);
    r.box = page_open(p, r.root, NULL);
    p->failed = p->failed || !r.heads;
    if (!p->failed) {
        r.heads->count = 0;
    }
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
        if (*line) {
            take_line(&r, span_sub(text, at, stop - at), line, place);
        } else {
            end_paragraph(&r);
        }
        at = end + 1;
    }
    if (!p->failed) {
        end_table(&r);
    }
    page_close(p, r.box);
    page_close(p, r.root);
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
