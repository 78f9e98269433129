/*
 * match - see match.h. How far a record reaches: match_record.c; what speaks against it:
 * match_against.c.
 */
#include "foreign/match_inside.h"
#include "foreign/name.h"
#include "foreign/normal.h"
#include "foreign/page_inside.h"

enum { RECORDS_MAX = 24 };

const char *part_name(enum part part)
{
    static const char *const names[] = {"number",   "holder", "issuer", "product",
                                        "standard", "status", "issued", "expires"};
    return names[part];
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
    if (text.n > MATCH_SHOWN) {
        text.n = MATCH_SHOWN;
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

/* A word of the claim, or of the register's own name. */
static bool is_own_word(struct matcher *m, struct span word)
{
    const struct claim *c = m->claim;
    const struct profile_list *names = &m->page->profile->names;
    const char *const claimed[] = {c->number, c->holder, c->issuer, c->product, c->standard};
    enum { CLAIMED = sizeof claimed / sizeof *claimed };
    struct name own;
    for (size_t k = 0; k < CLAIMED + names->count; k++) {
        const char *text = k < CLAIMED ? claimed[k] : names->items[k - CLAIMED];
        if (text && name_read(m->a, span_str(text), &own) && name_has(&own, word)) {
            return true;
        }
    }
    return false;
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
    struct name line;
    if (!name_read(m->a, span_str(text), &line)) {
        return true;
    }
    for (size_t i = 0; i < line.count; i++) {
        bool ours = is_own_word(m, line.words[i]);
        for (size_t k = 0; k < sizeof neutral / sizeof *neutral && !ours; k++) {
            ours = span_eq(line.words[i], span_str(neutral[k]));
        }
        if (!ours) {
            return true;
        }
    }
    return false;
}

/* "B-1", "XC200": a word with a letter and a digit, as models have; "3rd" is none. */
static bool has_model(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, " \t\n"), digits = 0, others = 0;
        for (size_t i = 0; i < n; i++) {
            bool digit = text[i] >= '0' && text[i] <= '9';
            digits += digit;
            others += !digit && normal_is_word((uint8_t)(text[i] | 0x20));
        }
        bool ordinal = n > 2 && others == 2 && text[0] >= '0' && text[0] <= '9';
        if (digits && others && !ordinal) {
            return true;
        }
        text += n + strspn(text + n, " \t\n");
    }
    return false;
}

/* Behind a status may stand any remark; a firm or a product that is not ours may not. */
static bool names_a_thing(struct matcher *m, const char *text)
{
    struct name line;
    bool firm = name_read(m->a, span_str(text), &line) && line.form;
    return (firm || has_model(text)) && names_another(m, text);
}

/* The line is about something else than the status in front of it or behind it. */
static bool is_strange(struct matcher *m, const struct page_field *f, const struct page_line *l)
{
    if (l->kind != PAGE_TEXT) {
        return l->kind >= PAGE_HEAD1;
    }
    return !l->used && (l->at < f->at ? names_another(m, l->text) : names_a_thing(m, l->text));
}

/* The field is alone, but for unknown ones, in a part of the page that has a heading of its own, or
 * that has a line about somebody else: what it is about cannot be told. */
static bool is_apart(struct matcher *m, const struct page_field *f)
{
    const struct page *p = m->page;
    for (int b = f->box; b >= 0; b = p->boxes[b].parent) {
        const struct page_box *box = &p->boxes[b];
        size_t i = match_field_from(p, box->first);
        for (; i < p->field_count && p->fields[i].at < box->end; i++) {
            const struct page_field *g = &p->fields[i];
            if (g != f && g->class != LABEL_OTHER && g->class != LABEL_STATUS) {
                return false;
            }
        }
        i = match_line_from(p, box->first);
        for (; i < p->line_count && p->lines[i].at < box->end; i++) {
            if (is_strange(m, f, &p->lines[i])) {
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
    match_against(m, r, out);
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
    struct record r = match_reach(m, box, at);
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
    if (number_claimed(m.a, claim->number, &m.number) != 0 || match_numbers(&m) != 0) {
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
            !l->used && match_heading(&m, l, &answer) && answer == ANSWER_MATCH) {
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
