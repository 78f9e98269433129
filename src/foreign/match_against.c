/*
 * match_against - what on a page could speak against a record: in it, in the headings above it, in
 * front of its table, and, when the page has one certificate only, everywhere. See match_inside.h.
 */
#include "foreign/match_inside.h"
#include "foreign/normal.h"
#include "foreign/page_inside.h"

static void block(struct matcher *m, struct match *out, const char *word, const char *text,
                  const void *node)
{
    if (!out->blocking) {
        out->blocking = word;
        out->blocking_text = arena_str(m->a, span_sub(span_str(text), 0, MATCH_SHOWN));
        out->blocking_where = page_where(m->page, node);
    }
}

/* Dates in the record that are over: those of an end, and "until" in a status. */
static void look_for_end(struct matcher *m, const struct page_field *f, struct match *out)
{
    struct date_found dates[DATES_MAX];
    const char *folded = normal_fold(m->a, span_str(f->value));
    size_t n = folded ? dates_read(folded, m->page->profile->date_order, dates) : 0;
    bool until = f->class == LABEL_EXPIRES || f->class == LABEL_VALIDITY;
    if (f->class == LABEL_STATUS && folded) {
        until = strstr(folded, "until") || strstr(folded, "till") || strstr(folded, " to ") ||
                strstr(folded, "through") || strstr(folded, "bis ") || strstr(folded, "तक");
    }
    if (n && until && dates[n - 1].sure && date_days(&dates[n - 1]) < m->today) {
        out->expired = true;
    }
    bool begins = f->class == LABEL_STATUS || f->class == LABEL_ISSUED;
    if (n && begins && dates[0].sure && !until && date_days(&dates[0]) > m->today) {
        block(m, out, "date", f->value, f->node); /* not yet */
    }
    if (n && until && f->class == LABEL_STATUS && !dates[n - 1].sure) {
        block(m, out, "date", f->value, f->node);
    }
}

/* The register has a later end than is claimed. */
static bool is_later(struct matcher *m, const struct page_field *f)
{
    struct date_found dates[DATES_MAX], want;
    const char *claimed = m->claim->expires, *folded = normal_fold(m->a, span_str(f->value));
    size_t n = folded ? dates_read(folded, m->page->profile->date_order, dates) : 0;
    return n && claimed && (f->class == LABEL_EXPIRES || f->class == LABEL_VALIDITY) &&
           dates[n - 1].sure && date_iso(claimed, &want) &&
           date_days(&dates[n - 1]) > date_days(&want);
}

static const char *word_of(struct matcher *m, struct match_word *w, const char *text)
{
    if (!w->known) {
        *w = (struct match_word){true, status_blocking(m->a, m->page->profile, text)};
    }
    return w->word;
}

static void look_at_field(struct matcher *m, size_t i, struct match *out)
{
    const struct page_field *f = &m->page->fields[i];
    if (f->class != LABEL_OTHER) {
        look_for_end(m, f, out);
        out->renewed = out->renewed || is_later(m, f);
    }
    /* "Revoked: no" says nothing, "Revoked: yes" and "Withdrawal date: 3 May" do. */
    const char *label = word_of(m, &m->labels[i], f->label), *word = label;
    if (word && f->class == LABEL_OTHER && (!status_denied(m->a, f->value) || f->picture)) {
        block(m, out, word, f->value, f->node);
    }
    if (f->class == LABEL_OTHER && status_says_no(m->a, f->value) &&
        status_mentions_valid(m->a, m->page->profile, f->label)) {
        block(m, out, f->label, f->value, f->node);
    }
    word = f->class == LABEL_STATUS ? NULL : word_of(m, &m->values[i], f->value);
    if (word && !(f->class == LABEL_OTHER && label)) {
        block(m, out, word, f->value, f->node);
    }
}

/* The headings above a position that are still in force there. */
static void look_at_headings(struct matcher *m, unsigned at, struct match *out)
{
    const struct page *p = m->page;
    const struct page_line *heads[7] = {NULL};
    for (size_t i = 0; i < p->line_count && p->lines[i].at < at; i++) {
        if (p->lines[i].kind >= PAGE_HEAD1) {
            size_t level = (size_t)(p->lines[i].kind - PAGE_HEAD1);
            heads[level] = &p->lines[i];
            for (size_t k = level + 1; k < 7; k++) {
                heads[k] = NULL;
            }
        }
    }
    for (size_t k = 0; k < 7; k++) {
        const char *word =
            heads[k] ? status_blocking(m->a, m->page->profile, heads[k]->text) : NULL;
        if (word) {
            block(m, out, word, heads[k]->text, heads[k]->node);
        }
    }
}

/* "The following certificates were withdrawn" before a table: its last lines, unless they speak of
 * those in force as well. */
static void look_before_group(struct matcher *m, const struct record *r, struct match *out)
{
    const struct page *p = m->page;
    const struct page_line *before[3] = {NULL};
    size_t n = 0;
    for (size_t i = 0; r->group >= 0 && i < p->line_count; i++) {
        if (p->lines[i].at >= p->boxes[r->group].first) {
            break;
        }
        before[n++ % 3] = &p->lines[i];
    }
    for (size_t i = 0; i < 3; i++) {
        const char *word = before[i] && before[i]->kind != PAGE_LINK
                               ? status_blocking(m->a, p->profile, before[i]->text)
                               : NULL;
        if (word && !status_mentions_valid(m->a, p->profile, before[i]->text)) {
            block(m, out, word, before[i]->text, before[i]->node);
        }
    }
}

/* A row or cell that its class calls revoked: how it is shown is not known. */
static void look_at_classes(struct matcher *m, const struct record *r, struct match *out)
{
    const struct page *p = m->page;
    for (size_t i = 0; p->kind == PAGE_HTML && i < p->box_count && !out->blocking; i++) {
        const struct page_box *b = &p->boxes[i];
        if (b->first < r->first || b->end > r->end ||
            (b->kind != BOX_ROW && b->kind != BOX_CELL && b->kind != BOX_DATA)) {
            continue;
        }
        const char *class = html_class(m->a, b->node);
        const char *word = class && *class ? status_blocking(m->a, NULL, class) : NULL;
        if (word) {
            block(m, out, word, class, b->node);
        }
    }
}

void match_against(struct matcher *m, const struct record *r, struct match *out)
{
    const struct page *p = m->page;
    for (size_t i = 0; i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        if (f->at < r->wide_first || f->at >= r->wide_end) {
            continue;
        }
        bool ours = f->at >= r->first && f->at < r->end;
        if (ours || f->class == LABEL_OTHER) {
            look_at_field(m, i, out);
        } else if (f->class == LABEL_STATUS &&
                   status_read(m->a, p->profile, f->value) == STATUS_BLOCKING) {
            block(m, out, "status", f->value, f->node);
        }
    }
    for (size_t i = 0; i < p->line_count; i++) {
        const struct page_line *l = &p->lines[i];
        if (l->at < r->wide_first || l->at >= r->wide_end || l->used || l->kind == PAGE_LINK) {
            continue;
        }
        const char *word = word_of(m, &m->lines[i], l->text);
        if (word) {
            block(m, out, word, l->text, l->node);
        }
    }
    look_at_headings(m, r->first, out);
    look_before_group(m, r, out);
    look_at_classes(m, r, out);
}
