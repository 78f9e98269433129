/*
 * text - a report for a terminal: a headline, a card per signature, reasons with what to do.
 *
 * Colour is an addition only: every colour stands beside a word. All text of the document is
 * cleaned of control characters, so that it cannot move the cursor or pose as a verdict (utf8.h).
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "report/facts.h"

enum { WIDTH_MIN = 40, WIDTH_DEFAULT = 80, WIDTH_MAX = 160, SHOWN_MAX = 200 };
enum { ARENA_MAX = 64 * 1024 * 1024 };

enum paint { PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_GOOD, PAINT_CARE, PAINT_BAD };

struct text {
    struct buffer *out;
    struct arena *a;
    enum lang lang;
    bool colour;
    size_t width;
    size_t label; /* columns of the widest label */
};

static void paint(struct text *t, enum paint p)
{
    static const char *const codes[] = {"",           "\x1b[1m",    "\x1b[2m",
                                        "\x1b[1;32m", "\x1b[1;33m", "\x1b[1;31m"};
    if (t->colour) {
        buffer_str(t->out, codes[p]);
    }
}

static void plain(struct text *t, enum paint p)
{
    if (t->colour && p != PAINT_NONE) {
        buffer_str(t->out, "\x1b[0m");
    }
}

static void spaces(struct text *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buffer_char(t->out, ' ');
    }
}

/* Bytes of s that fit into columns, at least one character. */
static size_t fitting(struct span s, size_t columns)
{
    size_t n = 0;
    while (n < s.n) {
        size_t step = utf8_printable(span_sub(s, n, s.n));
        step = step ? step : 1;
        if (n && utf8_width(span_sub(s, 0, n + step)) > columns) {
            break;
        }
        n += step;
    }
    return n;
}

/* The text from column `at` on, wrapped at blanks, further lines indented by `indent`. */
static void flow(struct text *t, const char *s, size_t at, size_t indent)
{
    struct span rest = span_str(s);
    while (rest.n) {
        struct span word = span_sub(rest, 0, span_find(rest, SPAN_LIT(" "), 0));
        size_t width = utf8_width(word);
        if (at > indent && at + 1 + width > t->width) {
            buffer_char(t->out, '\n');
            spaces(t, indent);
            at = indent;
        } else if (at > indent) {
            buffer_char(t->out, ' ');
            at++;
        }
        if (at + width > t->width) {
            word = span_sub(word, 0, fitting(word, t->width - at));
            utf8_clean(t->out, word);
            buffer_char(t->out, '\n');
            spaces(t, indent);
            at = indent;
            rest = span_sub(rest, word.n, rest.n);
            continue;
        }
        utf8_clean(t->out, word);
        at += width;
        rest = span_sub(rest, word.n + 1, rest.n);
    }
}

static void wrapped(struct text *t, const char *s, size_t at, size_t indent)
{
    flow(t, s, at, indent);
    buffer_char(t->out, '\n');
}

/* An indented paragraph in one colour. */
static void paragraph(struct text *t, enum paint p, size_t indent, const char *s)
{
    spaces(t, indent);
    paint(t, p);
    flow(t, s, indent, indent);
    plain(t, p);
    buffer_char(t->out, '\n');
}

static size_t widest_label(const struct facts *f, enum lang lang)
{
    size_t width = 0;
    for (size_t i = 0; i < f->count; i++) {
        size_t w = utf8_width(span_str(string_get(lang, f->items[i].label)));
        width = w > width ? w : width;
    }
    return width;
}

static void rows(struct text *t, const struct facts *f, size_t indent)
{
    size_t label = widest_label(f, t->lang);
    t->label = label > t->label ? label : t->label;
    size_t value = indent + t->label + 2;
    for (size_t i = 0; i < f->count; i++) {
        const char *word = string_get(t->lang, f->items[i].label);
        bool again = i && f->items[i].label == f->items[i - 1].label;
        spaces(t, indent);
        paint(t, PAINT_DIM);
        buffer_str(t->out, again ? "" : word);
        plain(t, PAINT_DIM);
        spaces(t, value - indent - (again ? 0 : utf8_width(span_str(word))));
        wrapped(t, f->items[i].value, value, value);
    }
}

static enum paint level_paint(enum sp_level l)
{
    static const enum paint paints[] = {PAINT_NONE, PAINT_CARE, PAINT_CARE, PAINT_BAD};
    return paints[l];
}

static const char *level_icon(enum sp_level l)
{
    static const char *const icons[] = {"·", "!", "?", "✗"};
    return icons[l];
}

static void finding(struct text *t, const struct sp_finding *f, size_t indent)
{
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    const char *word = string_get(t->lang, facts_level_word(f->level));
    const char *hint = t->lang == LANG_HI ? row->hint_hi : row->hint;
    enum paint p = level_paint(f->level);
    spaces(t, indent);
    paint(t, p);
    buffer_printf(t->out, "%s %s:", level_icon(f->level), word);
    plain(t, p);
    size_t at = indent + 2 + utf8_width(span_str(word)) + 1;
    wrapped(t, t->lang == LANG_HI ? f->text_hi : f->text, at, indent + 2);
    if (*hint) {
        const char *advice =
            arena_printf(t->a, "%s: %s", string_get(t->lang, STR_WHAT_TO_DO), hint);
        paragraph(t, PAINT_NONE, indent + 2, advice ? advice : hint);
    }
    const char *small = arena_printf(t->a, "%s · %s · %s", row->code, row->cite, f->where);
    paragraph(t, PAINT_DIM, indent + 2, small ? small : row->code);
}

static void findings(struct text *t, const struct sp_findings *list, size_t indent)
{
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        finding(t, f, indent);
    }
}

static void verdict(struct text *t, const struct sp_report *r)
{
    static const char *const icons[] = {"✓", "?", "✗"};
    static const enum paint paints[] = {PAINT_GOOD, PAINT_CARE, PAINT_BAD};
    enum string_id word = facts_verdict_word(r->verdict);
    enum lang other = t->lang == LANG_HI ? LANG_EN : LANG_HI;
    paint(t, paints[r->verdict]);
    buffer_printf(t->out, "%s %s · %s:", icons[r->verdict], string_get(t->lang, word),
                  string_get(other, word));
    plain(t, paints[r->verdict]);
    size_t at = 2 + utf8_width(span_str(string_get(LANG_EN, word))) + 4 +
                utf8_width(span_str(string_get(LANG_HI, word)));
    wrapped(t, r->name ? r->name : string_get(t->lang, STR_NO_NAME), at, 2);
}

static int headline(struct text *t, const struct sp_report *r)
{
    struct headline h;
    if (facts_headline(t->a, r, t->lang, &h) != 0) {
        return -1;
    }
    const char *next = arena_printf(t->a, "%s: %s", string_get(t->lang, STR_WHAT_NEXT), h.next);
    const char *why = arena_printf(t->a, "%s%s%s", h.why, *h.more ? " " : "", h.more);
    if (!next || !why) {
        return -1;
    }
    verdict(t, r);
    if (facts_demo(r)) {
        paragraph(t, PAINT_CARE, 2, string_get(t->lang, STR_DEMO));
    }
    paragraph(t, PAINT_NONE, 2, why);
    paragraph(t, PAINT_NONE, 2, next);
    return 0;
}

static int card(struct text *t, const struct sp_report *r, size_t index)
{
    const struct sp_signature *s = r->signatures[index];
    static const enum paint paints[] = {PAINT_GOOD, PAINT_CARE, PAINT_BAD};
    const char *title = facts_title(t->a, r, index, t->lang);
    struct facts f;
    const char *words =
        arena_printf(t->a, "%s%s%s", sp_indication_name(s->indication),
                     s->subindication ? ", " : "", s->subindication ? s->subindication : "");
    if (!title || !words || facts_signature(t->a, s, t->lang, &f) != 0) {
        return -1;
    }
    buffer_char(t->out, '\n');
    spaces(t, 2);
    paint(t, PAINT_BOLD);
    buffer_str(t->out, title);
    plain(t, PAINT_BOLD);
    buffer_str(t->out, ": ");
    enum paint tone = paints[facts_signature_verdict(s)];
    paint(t, tone);
    buffer_str(t->out, string_get(t->lang, facts_signature_word(s)));
    plain(t, tone);
    buffer_char(t->out, '\n');
    paragraph(t, PAINT_DIM, 4, words);
    rows(t, &f, 4);
    findings(t, &s->findings, 4);
    return 0;
}

static int cards(struct text *t, const struct sp_report *r)
{
    size_t shown = r->signature_count > SHOWN_MAX ? SHOWN_MAX : r->signature_count;
    for (size_t i = 0; i < shown; i++) {
        if (card(t, r, i) != 0) {
            return -1;
        }
    }
    if (shown == r->signature_count) {
        return 0;
    }
    const char *n = arena_printf(t->a, "%zu", r->signature_count - shown);
    const char *more = n ? string_fill(t->a, t->lang, STR_MORE_SIGNATURES, n, NULL) : NULL;
    if (!more) {
        return -1;
    }
    buffer_char(t->out, '\n');
    paragraph(t, PAINT_NONE, 2, more);
    return 0;
}

/* ---- the files of a container ---- */

enum { FILES_MAX = 2000, REASONS_MAX = 3, NAME_COLUMNS_MAX = 48 };

/* Columns of the widest name (with its indent) and the number of rows. */
static void measure(const struct sp_report *r, size_t depth, size_t *name)
{
    for (size_t i = 0; i < r->member_count; i++) {
        const struct sp_member *m = &r->members[i];
        size_t w = 2 * depth + utf8_width(span_str(m->name));
        *name = w > *name && w <= NAME_COLUMNS_MAX ? w : *name;
        if (m->state == SP_MEMBER_CONTAINER && m->report) {
            measure(m->report, depth + 1, name);
        }
    }
}

static int member(struct text *t, const struct sp_member *m, size_t depth, size_t name)
{
    static const char *const icons[] = {"✓", "?", "✗"};
    static const enum paint paints[] = {PAINT_GOOD, PAINT_CARE, PAINT_BAD};
    size_t word = 0, at = 4;
    for (int v = SP_ACCEPTED; v <= SP_REJECTED; v++) {
        size_t w =
            utf8_width(span_str(string_get(t->lang, facts_verdict_word((enum sp_verdict)v))));
        word = w > word ? w : word;
    }
    const char *state = facts_member(t->a, m, t->lang);
    const char *verdict_word = string_get(t->lang, facts_verdict_word(m->verdict));
    if (!state) {
        return -1;
    }
    spaces(t, at);
    paint(t, m->state == SP_MEMBER_PART ? PAINT_DIM : paints[m->verdict]);
    buffer_printf(t->out, "%s %s", m->state == SP_MEMBER_PART ? "·" : icons[m->verdict],
                  m->state == SP_MEMBER_PART ? "" : verdict_word);
    plain(t, PAINT_BOLD);
    size_t used = m->state == SP_MEMBER_PART ? 0 : utf8_width(span_str(verdict_word));
    spaces(t, word - used + 2 + 2 * depth);
    at += 2 + word + 2;
    size_t width = 2 * depth + utf8_width(span_str(m->name));
    flow(t, m->name, at + 2 * depth, at + 2 * depth);
    if (width > name || at + name + 2 + utf8_width(span_str(state)) > t->width) {
        buffer_char(t->out, '\n');
        spaces(t, at + 2 * depth + 2);
        wrapped(t, state, at + 2 * depth + 2, at + 2 * depth + 2);
    } else {
        spaces(t, name - width + 2);
        wrapped(t, state, at + name + 2, at + name + 2);
    }
    const struct sp_finding *list[REASONS_MAX];
    size_t n = facts_member_reasons(m, list, REASONS_MAX);
    for (size_t i = 0; i < n; i++) {
        finding(t, list[i], at + 2 * depth);
    }
    return 0;
}

static int files(struct text *t, const struct sp_report *r, size_t depth, size_t name, size_t *left)
{
    for (size_t i = 0; i<r->member_count && * left> 0; i++, (*left)--) {
        const struct sp_member *m = &r->members[i];
        if (member(t, m, depth, name) != 0 || (m->state == SP_MEMBER_CONTAINER && m->report &&
                                               files(t, m->report, depth + 1, name, left) != 0)) {
            return -1;
        }
    }
    return 0;
}

static int container(struct text *t, const struct sp_report *r)
{
    size_t name = 0, left = FILES_MAX;
    if (r->member_count == 0) {
        return 0;
    }
    measure(r, 0, &name);
    buffer_char(t->out, '\n');
    paragraph(t, PAINT_BOLD, 2, string_get(t->lang, STR_FILES));
    if (files(t, r, 0, name, &left) != 0) {
        return -1;
    }
    const char *n = left == 0 && r->member_count > FILES_MAX
                        ? arena_printf(t->a, "%zu", r->member_count - FILES_MAX)
                        : NULL;
    const char *more = n ? string_fill(t->a, t->lang, STR_MORE_FILES, n, NULL) : NULL;
    if (more) {
        paragraph(t, PAINT_NONE, 4, more);
    }
    return 0;
}

static int whole(struct text *t, const struct sp_report *r)
{
    struct facts f;
    if (headline(t, r) != 0 || facts_document(t->a, r, t->lang, &f) != 0) {
        return -1;
    }
    buffer_char(t->out, '\n');
    rows(t, &f, 2);
    t->label = 0;
    if (r->findings.first) {
        buffer_char(t->out, '\n');
        paragraph(t, PAINT_BOLD, 2, string_get(t->lang, STR_ABOUT_DOCUMENT));
        findings(t, &r->findings, 4);
    }
    return container(t, r) || cards(t, r) ? -1 : 0;
}

int report_text(const struct sp_report *r, enum lang lang, bool colour, unsigned width,
                struct buffer *out)
{
    size_t columns = width == 0          ? WIDTH_DEFAULT
                     : width < WIDTH_MIN ? WIDTH_MIN
                     : width > WIDTH_MAX ? WIDTH_MAX
                                         : width;
    struct text t = {out, arena_new(ARENA_MAX), lang, colour, columns, 0};
    if (!t.a) {
        return -1;
    }
    uint64_t before = mem_failures();
    int rc = whole(&t, r);
    arena_free(t.a);
    return rc == 0 && buffer_ok(out) && mem_failures() == before ? 0 : -1;
}
