/*
 * html_report - a report as an HTML fragment for a page and as a complete printable file.
 *
 * Headings begin at h2; the page around the fragment holds the h1. The verdict is told by word,
 * icon and colour together (WCAG 2.1 1.4.1). The complete file forbids itself every load (its own
 * CSP). What it does not do: links. Nothing of a document ever becomes an address.
 */
#include "base/mem.h"
#include "base/utc.h"
#include "report/facts.h"
#include "report/html.h"
#include "report/style.h"
#include "report/tone.h"

enum { FRAGMENT_MAX = 50, FILE_MAX = 1000, ARENA_MAX = 64 * 1024 * 1024 };

struct page {
    struct html h;
    struct arena *a;
    enum lang lang;
    size_t shown_max;
    bool open;     /* details unfolded, for print */
    size_t number; /* of several reports on one page; 0: the only one */
};

static void word(struct page *p, enum string_id id)
{
    html_text(&p->h, string_get(p->lang, id));
}

/* Ends an id: of several reports on one page each has its own. */
static void id_end(struct page *p)
{
    if (p->number) {
        html_raw(&p->h, "-");
        html_number(&p->h, p->number);
    }
    html_raw(&p->h, "\"");
}

/* ---- the headline ---- */

static void verdict_words(struct page *p, enum string_id id)
{
    if (p->lang == LANG_HI) {
        html_element(&p->h, "<span lang=\"hi\">", string_get(LANG_HI, id), "</span> ");
        html_element(&p->h, "<span class=\"other\" lang=\"en\">", string_get(LANG_EN, id),
                     "</span>");
    } else {
        html_element(&p->h, "<span lang=\"en\">", string_get(LANG_EN, id), "</span> ");
        html_element(&p->h, "<span class=\"other\" lang=\"hi\">", string_get(LANG_HI, id),
                     "</span>");
    }
}

static int headline(struct page *p, const struct sp_report *r)
{
    struct headline text;
    if (facts_headline(p->a, r, p->lang, &text) != 0) {
        return -1;
    }
    struct html *h = &p->h;
    html_raw(h, "<div class=\"band");
    tone_class(h, (int)r->verdict);
    html_raw(h, "\"><h2 id=\"verdict");
    id_end(p);
    html_raw(h, ">");
    tone_icon(h, (int)r->verdict);
    verdict_words(p, facts_verdict_word(r->verdict));
    html_raw(h, "</h2>");
    html_element(h, "<p class=\"file\">", r->name ? r->name : string_get(p->lang, STR_NO_NAME),
                 "</p></div>");
    html_raw(h, "<p class=\"why\">");
    html_text(h, text.why);
    if (*text.more) {
        html_raw(h, " ");
        html_text(h, text.more);
    }
    html_raw(h, "</p><p class=\"next\"><strong>");
    word(p, STR_WHAT_NEXT);
    html_raw(h, ":</strong> ");
    html_text(h, text.next);
    html_raw(h, "</p>");
    return 0;
}

/* ---- lists ---- */

static void fact_list(struct page *p, const struct facts *f)
{
    struct html *h = &p->h;
    html_raw(h, "<dl class=\"facts\">");
    for (size_t i = 0; i < f->count; i++) {
        if (i == 0 || f->items[i].label != f->items[i - 1].label) {
            html_raw(h, "<dt>");
            word(p, f->items[i].label);
            html_raw(h, "</dt>");
        }
        html_element(h, "<dd>", f->items[i].value, "</dd>");
    }
    html_raw(h, "</dl>");
}

static void finding(struct page *p, const struct sp_finding *f)
{
    static const int badness[] = {0, 1, 1, 2};
    const struct sp_reason_row *row = sp_reason_row(f->reason);
    const char *hint = p->lang == LANG_HI ? row->hint_hi : row->hint;
    struct html *h = &p->h;
    html_raw(h, "<li class=\"reason");
    tone_class(h, badness[f->level]);
    html_raw(h, "\"><p><strong class=\"level\">");
    word(p, facts_level_word(f->level));
    html_raw(h, ":</strong> ");
    html_text(h, p->lang == LANG_HI ? f->text_hi : f->text);
    html_raw(h, "</p>");
    if (*hint) {
        html_raw(h, "<p><strong>");
        word(p, STR_WHAT_TO_DO);
        html_raw(h, ":</strong> ");
        html_text(h, hint);
        html_raw(h, "</p>");
    }
    html_element(h, "<p class=\"small\"><code>", row->code, "</code> · ");
    html_text(h, row->cite);
    html_element(h, " · <code>", f->where, "</code></p></li>");
}

static void findings(struct page *p, const struct sp_findings *list)
{
    if (!list->first) {
        html_element(&p->h, "<p class=\"small\">", string_get(p->lang, STR_NO_REASONS), "</p>");
        return;
    }
    html_raw(&p->h, "<ul class=\"reasons\">");
    for (const struct sp_finding *f = list->first; f; f = f->next) {
        finding(p, f);
    }
    html_raw(&p->h, "</ul>");
}

/* ---- a signature ---- */

static void row(struct page *p, enum string_id label, const char *value)
{
    html_raw(&p->h, "<dt>");
    word(p, label);
    html_element(&p->h, "</dt><dd>", value ? value : string_get(p->lang, STR_UNKNOWN), "</dd>");
}

static int certificate(struct page *p, const struct sp_certificate *c)
{
    char from[UTC_TEXT], to[UTC_TEXT];
    bool hindi = p->lang == LANG_HI;
    const char *valid =
        string_fill(p->a, p->lang, STR_VALID_FROM_TO, utc_people(c->not_before, hindi, from),
                    utc_people(c->not_after, hindi, to), NULL);
    if (!valid) {
        return -1;
    }
    html_element(&p->h, "<li><p><strong>", facts_name(c, p->lang), "</strong></p>");
    html_raw(&p->h, "<dl class=\"facts\">");
    row(p, STR_SUBJECT, c->subject);
    row(p, STR_ISSUER, c->issuer);
    row(p, STR_SERIAL, c->serial);
    row(p, STR_VALID, valid);
    row(p, STR_SHA256, c->sha256);
    row(p, STR_SOURCE, c->source);
    html_raw(&p->h, "</dl></li>");
    return 0;
}

static int details(struct page *p, const struct sp_signature *s)
{
    if (!s->chain_count && !s->signer) {
        return 0;
    }
    if (p->open) {
        html_raw(&p->h, "<details open><summary>");
    } else {
        html_raw(&p->h, "<details><summary>");
    }
    word(p, STR_DETAILS);
    html_raw(&p->h, "</summary><ol class=\"chain\">");
    int rc = 0;
    if (!s->chain_count) {
        rc = certificate(p, s->signer);
    }
    for (size_t i = 0; rc == 0 && i < s->chain_count; i++) {
        rc = certificate(p, &s->chain[i]);
    }
    html_raw(&p->h, "</ol></details>");
    return rc;
}

static void card_head(struct page *p, const struct sp_signature *s, size_t index, const char *title)
{
    struct html *h = &p->h;
    html_raw(h, "<article class=\"card\" aria-labelledby=\"signature-");
    html_number(h, index + 1);
    id_end(p);
    html_raw(h, "><h3 id=\"signature-");
    html_number(h, index + 1);
    id_end(p);
    html_raw(h, ">");
    html_text(h, title);
    html_raw(h, "</h3><p class=\"badge");
    tone_class(h, (int)facts_signature_verdict(s));
    html_raw(h, "\">");
    tone_icon(h, (int)facts_signature_verdict(s));
    html_raw(h, "<strong>");
    word(p, facts_signature_word(s));
    html_element(h, "</strong> <span class=\"small\" lang=\"en\">",
                 sp_indication_name(s->indication), "");
    if (s->subindication) {
        html_element(h, ", ", s->subindication, "");
    }
    html_raw(h, "</span></p>");
}

/* For a script that has the file at hand (app.js): it shows this and fills it in. */
static void signed_version(struct page *p, const struct sp_report *r, const struct sp_signature *s)
{
    struct html *h = &p->h;
    if (!s->signed_octets || s->intact != SP_YES) {
        return;
    }
    html_raw(h, "<p class=\"noprint\" hidden data-octets=\"");
    html_number(h, s->signed_octets);
    html_raw(h, "\" data-size=\"");
    html_number(h, r->size);
    html_raw(h, "\"");
    html_attr(h, "data-name", r->name);
    html_element(h, ">", string_get(p->lang, STR_SIGNED_SAVE), "</p>");
}

static int card(struct page *p, const struct sp_report *r, size_t index)
{
    const struct sp_signature *s = r->signatures[index];
    struct facts f;
    const char *title = facts_title(p->a, r, index, p->lang);
    if (!title || facts_signature(p->a, s, p->lang, &f) != 0) {
        return -1;
    }
    card_head(p, s, index, title);
    fact_list(p, &f);
    signed_version(p, r, s);
    html_element(&p->h, "<h4>", string_get(p->lang, STR_REASONS), "</h4>");
    findings(p, &s->findings);
    int rc = details(p, s);
    html_raw(&p->h, "</article>");
    return rc;
}

static int cards(struct page *p, const struct sp_report *r)
{
    size_t shown = r->signature_count > p->shown_max ? p->shown_max : r->signature_count;
    for (size_t i = 0; i < shown; i++) {
        if (card(p, r, i) != 0) {
            return -1;
        }
    }
    if (shown < r->signature_count) {
        const char *n = arena_printf(p->a, "%zu", r->signature_count - shown);
        const char *more = n ? string_fill(p->a, p->lang, STR_MORE_SIGNATURES, n, NULL) : NULL;
        if (!more) {
            return -1;
        }
        html_element(&p->h, "<p>", more, "</p>");
    }
    return 0;
}

/* ---- the files of a container ---- */

enum { ROWS_MAX = 3000, ROW_REASONS = 4, DETAILS_ALL = 100 };

struct tree {
    size_t rows;    /* shown so far */
    size_t details; /* with their signatures so far */
    bool all;       /* details of accepted files too */
};

/* The signatures of one file, folded away. */
static int member_details(struct page *p, const struct sp_member *m)
{
    struct html *h = &p->h;
    int rc = 0;
    html_element(h, "<details><summary>", string_get(p->lang, STR_FILE_DETAILS), "</summary>");
    for (size_t i = 0; rc == 0 && i < m->report->signature_count; i++) {
        const struct sp_signature *s = m->report->signatures[i];
        struct facts f;
        const char *title = facts_title(p->a, m->report, i, p->lang);
        if (!title || facts_signature(p->a, s, p->lang, &f) != 0) {
            return -1;
        }
        html_element(h, "<p><strong>", title, "</strong></p>");
        fact_list(p, &f);
        findings(p, &s->findings);
    }
    html_raw(h, "</details>");
    return rc;
}

static int member_row(struct page *p, const struct sp_member *m, struct tree *t)
{
    struct html *h = &p->h;
    const char *state = facts_member(p->a, m, p->lang);
    const struct sp_finding *list[ROW_REASONS];
    size_t n = facts_member_reasons(m, list, ROW_REASONS);
    if (!state) {
        return -1;
    }
    html_raw(h, "<div class=\"row\">");
    if (m->state != SP_MEMBER_PART) {
        html_raw(h, "<span class=\"badge");
        tone_class(h, (int)m->verdict);
        html_raw(h, "\">");
        tone_icon(h, (int)m->verdict);
        html_element(h, "<strong>", string_get(p->lang, facts_verdict_word(m->verdict)),
                     "</strong></span> ");
    }
    html_element(h, "<span class=\"name\">", m->name, "</span> ");
    html_element(h, "<span class=\"small\">", state, "</span></div>");
    if (n) {
        html_raw(h, "<ul class=\"reasons\">");
        for (size_t i = 0; i < n; i++) {
            finding(p, list[i]);
        }
        html_raw(h, "</ul>");
    }
    bool wanted = t->all || m->verdict != SP_ACCEPTED;
    if (m->report && m->report->signature_count && wanted && t->details < p->shown_max) {
        t->details++;
        return member_details(p, m);
    }
    return 0;
}

static int tree(struct page *p, const struct sp_report *r, struct tree *t)
{
    html_raw(&p->h, "<ul class=\"tree\">");
    for (size_t i = 0; i < r->member_count && t->rows < ROWS_MAX; i++) {
        const struct sp_member *m = &r->members[i];
        t->rows++;
        html_raw(&p->h, "<li>");
        if (member_row(p, m, t) != 0 ||
            (m->state == SP_MEMBER_CONTAINER && m->report && tree(p, m->report, t) != 0)) {
            return -1;
        }
        html_raw(&p->h, "</li>");
    }
    html_raw(&p->h, "</ul>");
    return 0;
}

static int files(struct page *p, const struct sp_report *r)
{
    struct html *h = &p->h;
    struct tree t = {.all = r->member_count <= DETAILS_ALL};
    const char *summary = facts_files(p->a, r, p->lang);
    if (r->member_count == 0) {
        return 0;
    }
    if (!summary) {
        return -1;
    }
    html_raw(h, "<article class=\"card\" aria-labelledby=\"files");
    id_end(p);
    html_raw(h, "><h3 id=\"files");
    id_end(p);
    html_element(h, ">", string_get(p->lang, STR_FILES), "</h3>");
    html_element(h, "<p>", summary, "</p>");
    if (tree(p, r, &t) != 0) {
        return -1;
    }
    if (r->member_count > ROWS_MAX) {
        const char *n = arena_printf(p->a, "%zu", r->member_count - ROWS_MAX);
        const char *more = n ? string_fill(p->a, p->lang, STR_MORE_FILES, n, NULL) : NULL;
        html_element(h, "<p>", more, "</p>");
    }
    html_raw(h, "</article>");
    return 0;
}

/* ---- the whole ---- */

static int document(struct page *p, const struct sp_report *r)
{
    struct facts f;
    if (facts_document(p->a, r, p->lang, &f) != 0) {
        return -1;
    }
    struct html *h = &p->h;
    html_raw(h, "<article class=\"card\" aria-labelledby=\"document");
    id_end(p);
    html_raw(h, "><h3 id=\"document");
    id_end(p);
    html_element(h, ">", string_get(p->lang, STR_ABOUT_DOCUMENT), "</h3>");
    fact_list(p, &f);
    if (r->findings.first) {
        html_element(h, "<h4>", string_get(p->lang, STR_REASONS), "</h4>");
        findings(p, &r->findings);
    }
    html_raw(h, "</article>");
    return 0;
}

static void adobe_note(struct page *p)
{
    html_element(&p->h, "<aside class=\"note\"><h3>", string_get(p->lang, STR_ADOBE_TITLE),
                 "</h3>");
    html_element(&p->h, "<p>", string_get(p->lang, STR_ADOBE), "</p></aside>");
}

/* Reasons about the whole document that decide come before the signatures; notes come after. */
static bool decides(const struct sp_findings *list)
{
    const struct sp_finding *f = list->first;
    while (f && f->level < SP_LEVEL_REVIEW) {
        f = f->next;
    }
    return f != NULL;
}

static int section(struct page *p, const struct sp_report *r)
{
    html_raw(&p->h, "<section class=\"report\" aria-labelledby=\"verdict");
    id_end(p);
    html_raw(&p->h, ">");
    if (facts_demo(r)) {
        html_element(&p->h, "<p class=\"demo\" role=\"note\">", string_get(p->lang, STR_DEMO),
                     "</p>");
    }
    if (headline(p, r) != 0) {
        return -1;
    }
    bool first = r->signature_count + r->member_count == 0 || decides(&r->findings);
    if ((first && document(p, r) != 0) || files(p, r) != 0 || cards(p, r) != 0 ||
        (!first && document(p, r) != 0)) {
        return -1;
    }
    if (facts_cca_root(r)) {
        adobe_note(p);
    }
    html_raw(&p->h, "</section>");
    return 0;
}

static int render(const struct sp_report *r, struct page p)
{
    p.a = arena_new(ARENA_MAX);
    if (!p.a) {
        return -1;
    }
    uint64_t before = mem_failures();
    int rc = section(&p, r);
    arena_free(p.a);
    return rc == 0 && buffer_ok(p.h.out) && mem_failures() == before ? 0 : -1;
}

int report_html_fragment(const struct sp_report *r, enum lang lang, struct buffer *out)
{
    return report_html_part(r, lang, 0, out);
}

int report_html_part(const struct sp_report *r, enum lang lang, size_t number, struct buffer *out)
{
    struct page p = {.h = {out}, .lang = lang, .shown_max = FRAGMENT_MAX, .number = number};
    return render(r, p);
}

int report_html(const struct sp_report *r, enum lang lang, struct buffer *out)
{
    struct html h = {out};
    struct page p = {.h = h, .lang = lang, .shown_max = FILE_MAX, .open = true};
    html_raw(&h, "<!DOCTYPE html>\n<html lang=\"");
    html_text(&h, lang_code(lang));
    html_raw(&h, "\"><head><meta charset=\"utf-8\">"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'\">"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    html_text(&h, string_get(lang, facts_verdict_word(r->verdict)));
    html_raw(&h, " – ");
    html_text(&h, r->name ? r->name : string_get(lang, STR_NO_NAME));
    html_raw(&h, "</title><style>");
    buffer_add(out, report_style());
    html_raw(&h, "</style></head><body><main><p class=\"mark\">");
    html_text(&h, string_get(lang, STR_TEXT_MARK));
    html_element(&h, "</p><h1>", string_get(lang, STR_REPORT_TITLE), "</h1>");
    if (render(r, p) != 0) {
        return -1;
    }
    html_raw(&h, "</main></body></html>\n");
    return buffer_ok(out) ? 0 : -1;
}
