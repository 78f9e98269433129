/*
 * match - see match.h.
 */
#include "foreign/match.h"

#include "foreign/name.h"
#include "foreign/normal.h"
#include "foreign/page_inside.h"

enum { RECORDS_MAX = 24, TEXT_SHOWN = 400 };

const char *part_name(enum part part)
{
    static const char *const names[] = {"number",   "holder", "issuer", "product",
                                        "standard", "status", "issued", "expires"};
    return names[part];
}

struct matcher {
    const struct page *page;
    struct arena *a;
    const struct claim *claim;
    struct claimed_number number;
    int64_t today;
    enum answer *numbers; /* of each field: how it compares as a number */
    uint8_t *others;      /* of each line: 0 not looked at, 1 no other number, 2 there is one */
    bool elsewhere;
};

struct record {
    unsigned first, end;
    unsigned wide_first, wide_end; /* what may speak against it stands in here */
    int group;                     /* box of rows it is one of; PAGE_NONE: none */
};

/* ---- numbers on the page --------------------------------------------------------------------- */

static int look_at_numbers(struct matcher *m)
{
    const struct page *p = m->page;
    m->numbers = arena_array(m->a, p->field_count + 1, sizeof *m->numbers);
    for (size_t i = 0; m->numbers && i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        m->numbers[i] =
            f->class == LABEL_NUMBER ? number_compare(m->a, &m->number, f->value) : ANSWER_ABSENT;
    }
    m->others = arena_alloc(m->a, p->line_count + 1);
    return m->numbers && m->others ? 0 : -1;
}

/* "Certificate #4282" as a heading: a field that the readers could not know of. */
static bool heading_number(struct matcher *m, const struct page_line *l, enum answer *answer)
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
        other = other || (l->kind >= PAGE_HEAD1 && heading_number(m, l, &answer) &&
                          answer == ANSWER_DIFFERS);
        m->others[line] = other ? 2 : 1;
    }
    return m->others[line] == 2;
}

/* True when another certificate's number stands in [first, end) outside of [not_first, not_end). */
static bool other_number(struct matcher *m, unsigned first, unsigned end, unsigned not_first,
                         unsigned not_end)
{
    const struct page *p = m->page;
    for (size_t i = 0; i < p->field_count; i++) {
        unsigned at = p->fields[i].at;
        if (at >= first && at < end && !(at >= not_first && at < not_end) &&
            (m->numbers[i] == ANSWER_DIFFERS || m->numbers[i] == ANSWER_UNCLEAR)) {
            return true;
        }
    }
    size_t low = 0, high = p->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = p->lines[middle].at < first;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
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
    for (size_t i = 0; i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        if (f->at < first || f->at >= end) {
            continue;
        }
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
    for (size_t i = 0; i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        if (f->at >= r->first && f->at < r->end && f->class != LABEL_NUMBER &&
            f->class != LABEL_OTHER) {
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
    for (size_t i = 0; i < p->field_count; i++) {
        if (p->fields[i].at >= r->first && p->fields[i].at < r->end) {
            ours[p->fields[i].class] = true;
            our_fields += p->fields[i].class != LABEL_OTHER;
        }
    }
    for (size_t b = (size_t)up + 1; b < p->box_count && p->boxes[b].first < p->boxes[up].end; b++) {
        const struct page_box *box = &p->boxes[b];
        size_t known = 0, same = 0;
        if (box->parent != up || (box->first <= r->first && box->end >= r->end)) {
            continue;
        }
        for (size_t i = 0; i < p->field_count; i++) {
            const struct page_field *f = &p->fields[i];
            bool inside = f->at >= box->first && f->at < box->end && f->class != LABEL_OTHER;
            known += inside;
            same += inside && ours[f->class];
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

static struct record record_around(struct matcher *m, int box, unsigned at)
{
    const struct page *p = m->page;
    struct record r = {.first = at, .end = at + 1, .group = PAGE_NONE}, wide = r;
    if (box >= 0 && other_number(m, p->boxes[box].first, p->boxes[box].end, at, at + 1)) {
        /* The field's own box holds other numbers: then the run in it is what there is. */
        struct record flat;
        r = flat_record(m, p->boxes[box].first, p->boxes[box].end, at, &flat) ? flat : r;
        wide = r;
    } else if (box >= 0) {
        r = climb(m, box, at, true);
        wide = climb(m, box, at, false);
    }
    r.wide_first = wide.first < r.first ? wide.first : r.first;
    r.wide_end = wide.end > r.end ? wide.end : r.end;
    return r;
}

/* ---- one part of a record -------------------------------------------------------------------- */

static bool class_is_of(enum label_class class, enum part part, bool maker)
{
    switch (part) {
    case PART_NUMBER:
        return class == LABEL_NUMBER;
    case PART_HOLDER:
        return class == (maker ? LABEL_MAKER : LABEL_HOLDER);
    case PART_ISSUER:
        return class == LABEL_ISSUER;
    case PART_PRODUCT:
        return class == LABEL_PRODUCT;
    case PART_STANDARD:
        return class == LABEL_STANDARD;
    case PART_STATUS:
        return class == LABEL_STATUS;
    case PART_ISSUED:
        return class == LABEL_ISSUED || class == LABEL_VALIDITY;
    default:
        return class == LABEL_EXPIRES || class == LABEL_VALIDITY;
    }
}

/* "from - to": two dates, the first or the second. */
static enum answer period_compare(struct matcher *m, const char *claimed, const char *value,
                                  bool end)
{
    struct date_found have[DATES_MAX], want;
    const char *folded = normal_fold(m->a, span_str(value));
    size_t n = folded ? dates_read(folded, m->page->profile->date_order, have) : 0;
    if (n == 0 || !date_iso(claimed, &want)) {
        return folded && *folded ? ANSWER_UNCLEAR : ANSWER_ABSENT;
    }
    if (n != 2 || !have[0].sure || !have[1].sure || date_days(&have[0]) > date_days(&have[1])) {
        return ANSWER_UNCLEAR;
    }
    return date_days(&have[end]) == date_days(&want) ? ANSWER_MATCH : ANSWER_DIFFERS;
}

/* The record's word for the body: itself, or what the profile says that it stands for. Bodies are
 * written in many ways: another one is unclear, not different. */
static enum answer issuer_compare(struct matcher *m, const char *value)
{
    const struct profile *p = m->page->profile;
    const char *names[PROFILE_LIST_MAX + 1] = {value}, *folded = normal_fold(m->a, span_str(value));
    size_t n = 1;
    for (size_t i = 0; folded && i < p->issuer_names.count; i++) {
        if (strcmp(p->issuer_values.items[i], folded) == 0) {
            names[n++] = p->issuer_names.items[i];
        }
    }
    return !*value                                          ? ANSWER_ABSENT
           : name_of_body(m->a, m->claim->issuer, names, n) ? ANSWER_MATCH
                                                            : ANSWER_UNCLEAR;
}

static enum answer compare_part(struct matcher *m, enum part part, const struct page_field *f)
{
    const struct claim *c = m->claim;
    enum date_order order = m->page->profile->date_order;
    switch (part) {
    case PART_HOLDER:
        return holder_compare(m->a, c->holder, f->value);
    case PART_ISSUER:
        return issuer_compare(m, f->value);
    case PART_PRODUCT:
        return product_compare(m->a, c->product, f->value);
    case PART_STANDARD:
        return standard_compare(m->a, c->standard, f->value);
    case PART_STATUS: {
        enum status_word w = status_read(m->a, m->page->profile, f->value);
        return w == STATUS_VALID      ? ANSWER_MATCH
               : w == STATUS_BLOCKING ? ANSWER_DIFFERS
               : w == STATUS_SILENT   ? ANSWER_ABSENT
                                      : ANSWER_UNCLEAR;
    }
    case PART_ISSUED:
        return f->class == LABEL_VALIDITY ? period_compare(m, c->issued, f->value, false)
                                          : date_compare(m->a, c->issued, f->value, order);
    case PART_EXPIRES:
        return f->class == LABEL_VALIDITY ? period_compare(m, c->expires, f->value, true)
                                          : date_compare(m->a, c->expires, f->value, order);
    default:
        return ANSWER_ABSENT;
    }
}

static bool is_claimed(const struct matcher *m, enum part part)
{
    const struct claim *c = m->claim;
    const char *issuer = m->page->profile->several ? c->issuer : NULL;
    const char *const claimed[PARTS] = {c->number,   c->holder, issuer,    c->product,
                                        c->standard, "active",  c->issued, c->expires};
    return claimed[part] && *claimed[part];
}

static void show(struct matcher *m, const struct page_field *f, struct snippet *s)
{
    struct span text = span_str(f->value);
    if (text.n > TEXT_SHOWN) {
        text.n = TEXT_SHOWN;
        while (text.n && (text.p[text.n] & 0xc0) == 0x80) {
            text.n--;
        }
    }
    s->label = f->label;
    s->text = arena_str(m->a, text);
    s->where = page_where(m->page, f->node);
    s->offset = page_offset(m->page, f->node);
}

/* Matches that are hidden, or a picture, are none; an empty value says nothing. */
static enum answer believed(const struct page_field *f, enum answer answer)
{
    if (answer == ANSWER_MATCH && f->shaky) {
        return ANSWER_UNCLEAR;
    }
    return f->picture && (answer == ANSWER_ABSENT || !*f->value) ? ANSWER_UNCLEAR : answer;
}

/* A line in front of a status says whose it is: words of the claim, and those that any certificate
 * has, are ours. */
static bool names_another(struct matcher *m, const char *text)
{
    static const char *const neutral[] = {
        "certificate", "certification", "certified", "data",    "details",  "information",
        "status",      "state",         "current",   "actual",  "validity", "entry",
        "record",      "result",        "of",        "the",     "this",     "is",
        "for",         "your",          "our",       "its",     "as",       "on",
        "valid",       "period",        "about",     "summary", "register", "verification",
        "general",     "overview",      "dates",     "and",     "today",    "now",
        "zertifikat",  "प्रमाणपत्र",      "की",        "का",      "के",        "वर्तमान",
        "स्थिति",       "विवरण",         "जानकारी",   "इस"};
    const struct claim *c = m->claim;
    const char *const claimed[] = {c->number, c->holder, c->issuer, c->product, c->standard};
    struct name line, own;
    if (!name_read(m->a, span_str(text), &line)) {
        return true;
    }
    for (size_t i = 0; i < line.count; i++) {
        bool ours = false;
        for (size_t k = 0; k < sizeof neutral / sizeof *neutral && !ours; k++) {
            ours = span_eq(line.words[i], span_str(neutral[k]));
        }
        for (size_t k = 0; k < sizeof claimed / sizeof *claimed && !ours; k++) {
            ours = claimed[k] && name_read(m->a, span_str(claimed[k]), &own) &&
                   name_has(&own, line.words[i]);
        }
        if (!ours) {
            return true;
        }
    }
    return false;
}

/* The field is alone, but for unknown ones, in a part of the page that has a heading of its own, or
 * begins with a line about somebody else: what it is about cannot be told. */
static bool is_apart(struct matcher *m, const struct page_field *f)
{
    const struct page *p = m->page;
    for (int b = f->box; b >= 0; b = p->boxes[b].parent) {
        const struct page_box *box = &p->boxes[b];
        for (size_t i = 0; i < p->field_count; i++) {
            const struct page_field *g = &p->fields[i];
            if (g != f && g->class != LABEL_OTHER && g->class != LABEL_STATUS &&
                g->at >= box->first && g->at < box->end) {
                return false;
            }
        }
        for (size_t i = 0; i < p->line_count; i++) {
            const struct page_line *l = &p->lines[i];
            bool before = l->at < f->at && !l->used && l->kind == PAGE_TEXT;
            if (l->at >= box->first && l->at < box->end &&
                (l->kind >= PAGE_HEAD1 || (before && names_another(m, l->text)))) {
                return true;
            }
        }
    }
    return false;
}

/* Several fields of one kind agree, or it is unclear; each standard or product may have a field of
 * its own. */
static enum answer both(enum part part, enum answer a, enum answer b)
{
    if (a == ANSWER_ABSENT || b == ANSWER_ABSENT) {
        return a == ANSWER_ABSENT ? b : a;
    }
    if (part == PART_PRODUCT && (a == ANSWER_MATCH || b == ANSWER_MATCH)) {
        return ANSWER_MATCH;
    }
    return a == b ? a : ANSWER_UNCLEAR;
}

static void judge_part(struct matcher *m, const struct record *r, enum part part, bool maker,
                       struct match *out)
{
    const struct page *p = m->page;
    struct snippet *s = &out->parts[part];
    enum answer answer = ANSWER_ABSENT;
    for (size_t i = 0; i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        if (f->at < r->first || f->at >= r->end || !class_is_of(f->class, part, maker)) {
            continue;
        }
        enum answer one = part == PART_NUMBER ? m->numbers[i] : compare_part(m, part, f);
        one = believed(f, one);
        if (part == PART_STATUS && one == ANSWER_MATCH && is_apart(m, f)) {
            one = ANSWER_UNCLEAR;
        }
        enum answer all = both(part, answer, one);
        if (one != ANSWER_ABSENT && (!s->text || all != answer)) {
            show(m, f, s);
        }
        answer = all;
    }
    s->answer = answer;
}

/* ---- what speaks against it ------------------------------------------------------------------ */

static void block(struct matcher *m, struct match *out, const char *word, const char *text,
                  const void *node)
{
    if (!out->blocking) {
        out->blocking = word;
        out->blocking_text = arena_str(m->a, span_sub(span_str(text), 0, TEXT_SHOWN));
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

static void look_at_field(struct matcher *m, const struct page_field *f, struct match *out)
{
    look_for_end(m, f, out);
    /* "Revoked: no" says nothing, "Revoked: yes" and "Withdrawal date: 3 May" do. */
    const char *word = status_blocking(m->a, m->page->profile, f->label);
    if (word && f->class == LABEL_OTHER && (!status_denied(m->a, f->value) || f->picture)) {
        block(m, out, word, f->value, f->node);
    }
    if (f->class == LABEL_OTHER && status_says_no(m->a, f->value) &&
        status_mentions_valid(m->a, m->page->profile, f->label)) {
        block(m, out, f->label, f->value, f->node);
    }
    word = f->class == LABEL_STATUS ? NULL : status_blocking(m->a, m->page->profile, f->value);
    if (word && !(f->class == LABEL_OTHER && status_blocking(m->a, m->page->profile, f->label))) {
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
    for (size_t i = 0; p->kind == PAGE_HTML && i < p->box_count; i++) {
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

static void look_against(struct matcher *m, const struct record *r, struct match *out)
{
    const struct page *p = m->page;
    for (size_t i = 0; i < p->field_count; i++) {
        const struct page_field *f = &p->fields[i];
        if (f->at < r->wide_first || f->at >= r->wide_end) {
            continue;
        }
        bool ours = f->at >= r->first && f->at < r->end;
        if (ours || f->class == LABEL_OTHER) {
            look_at_field(m, f, out);
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
        const char *word = status_blocking(m->a, p->profile, l->text);
        if (word) {
            block(m, out, word, l->text, l->node);
        }
    }
    look_at_headings(m, r->first, out);
    look_before_group(m, r, out);
    look_at_classes(m, r, out);
}

/* ---- all records ----------------------------------------------------------------------------- */

static void judge_record(struct matcher *m, const struct record *r, struct match *out)
{
    *out = (struct match){.found = MATCH_RECORD};
    for (int part = 0; part < PARTS; part++) {
        out->parts[part].offset = -1;
        if (is_claimed(m, (enum part)part)) {
            judge_part(m, r, (enum part)part, false, out);
        }
    }
    if (out->parts[PART_HOLDER].answer == ANSWER_ABSENT && is_claimed(m, PART_HOLDER)) {
        judge_part(m, r, PART_HOLDER, true, out);
    }
    out->blocked = out->parts[PART_STATUS].answer == ANSWER_DIFFERS;
    look_against(m, r, out);
}

static bool contradicts(const struct match *a, const struct match *b)
{
    for (int i = 0; i < PARTS; i++) {
        enum answer x = a->parts[i].answer, y = b->parts[i].answer;
        if ((x == ANSWER_MATCH && (y == ANSWER_DIFFERS || y == ANSWER_UNCLEAR)) ||
            (y == ANSWER_MATCH && (x == ANSWER_DIFFERS || x == ANSWER_UNCLEAR))) {
            return true;
        }
    }
    return a->expired != b->expired || a->blocked != b->blocked ||
           (a->blocking != NULL) != (b->blocking != NULL);
}

static size_t score(const struct match *m)
{
    size_t n = 0;
    for (int i = 0; i < PARTS; i++) {
        n += m->parts[i].answer == ANSWER_MATCH;
    }
    return n;
}

static void take(struct matcher *m, int box, unsigned at, struct match *out)
{
    struct match one;
    struct record r = record_around(m, box, at);
    if (out->records++ >= RECORDS_MAX) {
        out->found = MATCH_SEVERAL;
        return;
    }
    judge_record(m, &r, &one);
    if (out->found == MATCH_NOWHERE || out->found == MATCH_ELSEWHERE) {
        one.records = out->records;
        *out = one;
        return;
    }
    bool against = contradicts(out, &one);
    if (score(&one) > score(out)) {
        one.records = out->records;
        one.found = out->found;
        *out = one;
    }
    out->found = against ? MATCH_SEVERAL : out->found;
}

static int box_of_line(const struct page *p, unsigned at)
{
    int best = PAGE_NONE;
    for (size_t i = 0; i < p->box_count && p->boxes[i].first < at; i++) {
        if (at < p->boxes[i].end) {
            best = (int)i;
        }
    }
    return best;
}

int match_page(const struct page *page, const struct claim *claim, int64_t today, struct match *out)
{
    struct matcher m = {.page = page, .a = page->arena, .claim = claim, .today = today};
    *out = (struct match){.found = MATCH_NOWHERE};
    if (number_claimed(m.a, claim->number, &m.number) != 0 || look_at_numbers(&m) != 0) {
        return -1;
    }
    for (size_t i = 0; i < page->field_count && out->found != MATCH_SEVERAL; i++) {
        if (m.numbers[i] == ANSWER_MATCH && !page->fields[i].shaky && *m.number.text) {
            take(&m, page->fields[i].box, page->fields[i].at, out);
        }
    }
    for (size_t i = 0; i < page->line_count; i++) {
        const struct page_line *l = &page->lines[i];
        enum answer answer;
        bool other, there = *m.number.text && number_in_text(m.a, &m.number, l->text, &other);
        if (there && out->found != MATCH_SEVERAL && l->kind >= PAGE_HEAD1 && !l->shaky &&
            !l->used && heading_number(&m, l, &answer) && answer == ANSWER_MATCH) {
            take(&m, box_of_line(page, l->at), l->at, out);
            if (out->found == MATCH_RECORD && out->parts[PART_NUMBER].answer == ANSWER_ABSENT) {
                out->parts[PART_NUMBER] =
                    (struct snippet){ANSWER_MATCH, "heading", l->text, page_where(page, l->node),
                                     page_offset(page, l->node)};
            }
        }
        m.elsewhere = m.elsewhere || there;
    }
    if (out->found == MATCH_NOWHERE && m.elsewhere) {
        out->found = MATCH_ELSEWHERE;
    }
    return 0;
}
