/*
 * match_record - where on a page the number stands, and how far the record around it reaches. See
 * match_inside.h.
 */
#include "foreign/match_inside.h"
#include "foreign/normal.h"
#include "foreign/page_inside.h"

/* ---- numbers on the page --------------------------------------------------------------------- */

int match_numbers(struct matcher *m)
{
    const struct page *p = m->page;
    m->numbers = arena_array(m->a, p->field_count + 1, sizeof *m->numbers);
    for (size_t i = 0; m->numbers && i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        m->numbers[i] =
            f->class == LABEL_NUMBER ? number_compare(m->a, &m->number, f->value) : ANSWER_ABSENT;
    }
    m->others = arena_alloc(m->a, p->line_count + 1);
    m->lines = arena_array(m->a, p->line_count + 1, sizeof *m->lines);
    m->labels = arena_array(m->a, p->field_count + 1, sizeof *m->labels);
    m->values = arena_array(m->a, p->field_count + 1, sizeof *m->values);
    return m->numbers && m->others && m->lines && m->labels && m->values ? 0 : -1;
}

bool match_heading(struct matcher *m, const struct page_line *l, enum answer *answer)
{
    static const char *const starts[] = {"certificate number", "certificate no.", "certificate no",
                                         "certificate id",     "certificate",     "zertifikat",
                                         "प्रमाणपत्र संख्या",      "प्रमाणपत्र"};
    const char *folded = normal_fold(m->a, span_str(l->text));
    for (size_t i = 0; folded && i < sizeof starts / sizeof *starts; i++) {
        size_t n = strlen(starts[i]);
        if (strncmp(folded, starts[i], n) == 0 && (folded[n] == ' ' || folded[n] == ':')) {
            *answer = number_compare(m->a, &m->number, folded + n + strspn(folded + n, " :"));
            return *answer == ANSWER_MATCH || *answer == ANSWER_DIFFERS;
        }
    }
    return false;
}

static bool line_has_other(struct matcher *m, size_t line)
{
    const struct page_line *l = &m->page->lines[line];
    if (!m->others[line]) {
        bool other = false;
        enum answer answer;
        (void)number_in_text(m->a, &m->number, l->text, &other);
        other = other ||
                (l->kind >= PAGE_HEAD1 && match_heading(m, l, &answer) && answer == ANSWER_DIFFERS);
        m->others[line] = other ? 2 : 1;
    }
    return m->others[line] == 2;
}

/* The first of fields or lines at that position or behind it: they are in order, and each begins
 * with its position. */
static size_t first_from(const void *items, size_t count, size_t size, unsigned at)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        unsigned place;
        memcpy(&place, (const char *)items + middle * size, sizeof place);
        low = place < at ? middle + 1 : low;
        high = place < at ? high : middle;
    }
    return low;
}

size_t match_field_from(const struct page *p, unsigned at)
{
    return first_from(p->fields, p->field_count, sizeof *p->fields, at);
}

size_t match_line_from(const struct page *p, unsigned at)
{
    return first_from(p->lines, p->line_count, sizeof *p->lines, at);
}

/* True when another certificate's number stands in [first, end) outside of [not_first, not_end). */
static bool other_number(struct matcher *m, unsigned first, unsigned end, unsigned not_first,
                         unsigned not_end)
{
    const struct page *p = m->page;
    for (size_t i = match_field_from(p, first); i < p->field_count && p->fields[i].at < end; i++) {
        unsigned at = p->fields[i].at;
        if (!(at >= not_first && at < not_end) &&
            (m->numbers[i] == ANSWER_DIFFERS || m->numbers[i] == ANSWER_UNCLEAR)) {
            return true;
        }
    }
    size_t low = match_line_from(p, first);
    for (size_t i = low; i < p->line_count && p->lines[i].at < end; i++) {
        unsigned at = p->lines[i].at;
        if (!(at >= not_first && at < not_end) && line_has_other(m, i)) {
            return true;
        }
    }
    return false;
}

/* ---- how far a record reaches ---------------------------------------------------------------- */

/* In a flat run of boxes or lines: from this field to the next with another number. Only when
 * nothing that belongs to a record stands before the first number. */
static bool flat_record(struct matcher *m, unsigned first, unsigned end, unsigned at,
                        struct record *out)
{
    const struct page *p = m->page;
    bool seen = false;
    *out = (struct record){.first = at, .end = end, .group = PAGE_NONE};
    for (size_t i = match_field_from(p, first); i < p->field_count && p->fields[i].at < end; i++) {
        const struct page_field *f = &p->fields[i];
        if (!seen && f->class != LABEL_NUMBER && f->class != LABEL_OTHER) {
            return false;
        }
        seen = seen || f->class == LABEL_NUMBER;
        if (f->at > at && (m->numbers[i] == ANSWER_DIFFERS || m->numbers[i] == ANSWER_UNCLEAR ||
                           (m->numbers[i] == ANSWER_MATCH))) {
            out->end = f->at;
            break;
        }
    }
    for (size_t i = 0; i < p->line_count && p->lines[i].at < out->end; i++) {
        if (p->lines[i].at > at && line_has_other(m, i)) {
            out->end = p->lines[i].at;
        }
    }
    return true;
}

/* Nothing of a record but its number is in here: the rest may follow in boxes beside it. */
static bool number_only(const struct page *p, const struct record *r)
{
    for (size_t i = match_field_from(p, r->first); i < p->field_count && p->fields[i].at < r->end;
         i++) {
        if (p->fields[i].class != LABEL_NUMBER && p->fields[i].class != LABEL_OTHER) {
            return false;
        }
    }
    return true;
}

/* Two boxes of HTML with one and the same class. */
static bool same_class(const struct page *p, int a, int b)
{
    if (p->kind != PAGE_HTML || !p->boxes[a].node || !p->boxes[b].node) {
        return false;
    }
    struct span x = html_attribute(p->boxes[a].node, "class");
    return x.n && span_eq(x, html_attribute(p->boxes[b].node, "class"));
}

/* A box beside ours with several values, one of them of a kind that ours has too: a record of its
 * own, though its number is not seen. */
static bool has_twin(struct matcher *m, int up, int own, const struct record *r)
{
    const struct page *p = m->page;
    bool ours[LABEL_CLASSES] = {false};
    size_t our_fields = 0;
    for (size_t i = match_field_from(p, r->first); i < p->field_count && p->fields[i].at < r->end;
         i++) {
        ours[p->fields[i].class] = true;
        our_fields += p->fields[i].class != LABEL_OTHER;
    }
    for (size_t b = (size_t)up + 1; b < p->box_count && p->boxes[b].first < p->boxes[up].end; b++) {
        const struct page_box *box = &p->boxes[b];
        size_t known = 0, same = 0;
        if (box->parent != up || (box->first <= r->first && box->end >= r->end)) {
            continue;
        }
        size_t from = match_field_from(p, box->first);
        for (size_t i = from; i < p->field_count && p->fields[i].at < box->end; i++) {
            bool told = p->fields[i].class != LABEL_OTHER;
            known += told;
            same += told && ours[p->fields[i].class];
        }
        bool alike = known >= 3 && our_fields >= 2 && same_class(p, own, (int)b);
        if ((known >= 2 && same) || alike) {
            return true;
        }
    }
    return false;
}

static struct record record_of_box(const struct page *p, int b)
{
    return (struct record){.first = p->boxes[b].first, .end = p->boxes[b].end, .group = PAGE_NONE};
}

static int group_of(const struct page *p, int b)
{
    int up = p->boxes[b].parent;
    while (up >= 0 && p->boxes[up].kind != BOX_TABLE) {
        up = p->boxes[up].parent;
    }
    return up;
}

/* Climbs from a box as long as the part of the page is about one number. narrow: and as long as it
 * is about one record. */
static struct record climb(struct matcher *m, int b, unsigned at, bool narrow)
{
    const struct page *p = m->page;
    struct record r = record_of_box(p, b);
    while (!p->boxes[b].closed) {
        int up = p->boxes[b].parent;
        if (up < 0 || (narrow && has_twin(m, up, b, &r))) {
            return r;
        }
        const struct page_box *u = &p->boxes[up];
        if (other_number(m, u->first, u->end, r.first, r.end)) {
            struct record flat;
            if (number_only(p, &r) && flat_record(m, u->first, u->end, at, &flat) &&
                flat.end > r.end) {
                flat.first = r.first < flat.first ? r.first : flat.first;
                return flat;
            }
            return r;
        }
        r = record_of_box(p, up);
        b = up;
    }
    r.group = group_of(p, b);
    return r;
}

/* Columns of text share a line: with another number beside ours it cannot be told whose the lines
 * below are. */
static bool shares_line(struct matcher *m, unsigned at)
{
    size_t i = match_line_from(m->page, at);
    return i < m->page->line_count && m->page->lines[i].at == at && line_has_other(m, i);
}

/* A line of text with two holders, two states, two dates of one kind: two records beside each
 * other, whatever the other one's number is called. A row of a table is one record. */
static bool beside(const struct page *p, const struct record *r)
{
    for (size_t i = match_field_from(p, r->first);
         p->kind == PAGE_PLAIN && i + 1 < p->field_count && p->fields[i + 1].at < r->end; i++) {
        const struct page_field *f = &p->fields[i];
        bool one_each = f->class != LABEL_OTHER && f->class != LABEL_PRODUCT &&
                        f->class != LABEL_STANDARD && p->boxes[f->box].kind != BOX_ROW;
        for (size_t k = i + 1; one_each && k < p->field_count && p->fields[k].at == f->at; k++) {
            if (p->fields[k].class == f->class) {
                return true;
            }
        }
    }
    return false;
}

struct record match_reach(struct matcher *m, int box, unsigned at)
{
    const struct page *p = m->page;
    struct record r = {.first = at, .end = at + 1, .group = PAGE_NONE}, wide = r;
    if (box >= 0 && other_number(m, p->boxes[box].first, p->boxes[box].end, at, at + 1)) {
        /* The field's own box holds other numbers: then the run in it is what there is. */
        struct record flat;
        r = flat_record(m, p->boxes[box].first, p->boxes[box].end, at, &flat) ? flat : r;
        wide = r;
    } else if (box >= 0 && shares_line(m, at)) {
        wide = climb(m, box, at, false);
    } else if (box >= 0) {
        r = climb(m, box, at, true);
        wide = climb(m, box, at, false);
        r = beside(p, &r) ? (struct record){.first = at, .end = at + 1, .group = PAGE_NONE} : r;
    }
    r.wide_first = wide.first < r.first ? wide.first : r.first;
    r.wide_end = wide.end > r.end ? wide.end : r.end;
    return r;
}
