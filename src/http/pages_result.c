/*
 * pages_result - the result of one or more documents: the reports, a list of them when there are
 * several, and each report to keep, as HTML, JSON and ETSI XML.
 *
 * Nothing is stored, so a report to keep is inside the page itself, as a data: address (RFC 2397)
 * in base64 (RFC 4648); it needs no script. For the same reason a result has no address in the
 * other language: the page leads back to the form in that language.
 */
#include <openssl/evp.h>
#include <stdio.h>

#include "http/pages_frame.h"
#include "report/facts.h"
#include "report/tone.h"

enum { KEPT_MAX = 32 * 1024 * 1024, CHUNK = 3 * 1024 };

/* ---- reports to keep ---- */

/* Only letters, digits, '+', '/' and '=' come out: safe inside an attribute and an address. */
static void base64(struct html *h, struct span s)
{
    uint8_t text[CHUNK / 3 * 4 + 1];
    for (size_t at = 0; at < s.n; at += CHUNK) {
        struct span part = span_sub(s, at, CHUNK);
        int n = EVP_EncodeBlock(text, part.p, (int)part.n);
        buffer_add(h->out, span_make(text, (size_t)n));
    }
}

static const char *name_of(const struct sp_report *r, enum lang lang)
{
    return r->name && *r->name ? r->name : string_get(lang, STR_NO_NAME);
}

/* The link's start up to its text; type and ending are literals. */
#define KEEP_BEGIN(p, r, ending, type, bytes)                                                      \
    do {                                                                                           \
        html_raw(&(p)->h, "<li><a download=\"");                                                   \
        html_text(&(p)->h, (r)->name &&*(r)->name ? (r)->name : "document");                       \
        html_raw(&(p)->h, "-satyapan" ending "\" href=\"data:" type ";base64,");                   \
        base64(&(p)->h, bytes);                                                                    \
        html_raw(&(p)->h, "\">");                                                                  \
    } while (0)

static int keep(struct page *p, const struct sp_report *r)
{
    struct buffer html, json, etsi;
    buffer_init(&html, KEPT_MAX);
    buffer_init(&json, KEPT_MAX);
    buffer_init(&etsi, KEPT_MAX);
    bool made = report_html(r, p->lang, &html) == 0 && report_json(r, &json) == 0 &&
                report_etsi(r, &etsi) == 0;
    if (made) {
        html_raw(&p->h, "<ul class=\"keep\">");
        KEEP_BEGIN(p, r, ".html", "text/html;charset=utf-8", buffer_span(&html));
        page_element(p, "", WORD_KEEP_HTML, "</a></li>");
        KEEP_BEGIN(p, r, ".json", "application/json", buffer_span(&json));
        page_element(p, "", WORD_KEEP_JSON, "</a></li>");
        KEEP_BEGIN(p, r, ".xml", "application/xml", buffer_span(&etsi));
        page_element(p, "", WORD_KEEP_ETSI, "</a></li></ul>");
    }
    buffer_free(&html);
    buffer_free(&json);
    buffer_free(&etsi);
    return made ? 0 : -1;
}

/* In the other language: whoever needs it reads that one. */
static void other_language(struct page *p)
{
    struct html *h = &p->h;
    enum lang other = page_other(p->lang);
    html_raw(h, "<p class=\"noprint\"");
    html_attr(h, "lang", lang_code(other));
    html_element(h, ">", word_get(other, WORD_OTHER_LANGUAGE), " <a");
    page_home_link(p, other);
    html_attr(h, "hreflang", lang_code(other));
    html_element(h, ">", word_get(other, WORD_OTHER_LINK), "</a></p>");
}

static void again(struct page *p)
{
    html_raw(&p->h, "<p class=\"noprint\"><a class=\"button\"");
    page_home_link(p, p->lang);
    page_element(p, ">", WORD_AGAIN, "</a></p>");
}

/* ---- several documents ---- */

static enum sp_verdict worst(struct sp_report *const *reports, size_t count)
{
    enum sp_verdict v = SP_ACCEPTED;
    for (size_t i = 0; i < count; i++) {
        v = reports[i]->verdict > v ? reports[i]->verdict : v;
    }
    return v;
}

static void verdict(struct page *p, enum sp_verdict v)
{
    html_raw(&p->h, "<span class=\"badge");
    tone_class(&p->h, (int)v);
    html_raw(&p->h, "\">");
    tone_icon(&p->h, (int)v);
    html_element(&p->h, "<strong>", string_get(p->lang, facts_verdict_word(v)), "</strong></span>");
}

/* The worst verdict stands for all; below it the counts, worst first. */
static void overall(struct page *p, struct sp_report *const *reports, size_t count)
{
    struct html *h = &p->h;
    enum sp_verdict v = worst(reports, count);
    html_raw(h, "<div class=\"band");
    tone_class(h, (int)v);
    page_element(p, "\"><p class=\"overall\">", WORD_OVERALL, " ");
    tone_icon(h, (int)v);
    html_element(h, "<strong>", string_get(p->lang, facts_verdict_word(v)), "</strong></p>");
    html_raw(h, "<ul class=\"counts\">");
    for (int of = SP_REJECTED; of >= SP_ACCEPTED; of--) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++) {
            n += (int)reports[i]->verdict == of;
        }
        if (n) {
            html_element(h, "<li>", string_get(p->lang, facts_verdict_word((enum sp_verdict)of)),
                         ": ");
            html_number(h, n);
            html_raw(h, "</li>");
        }
    }
    html_raw(h, "</ul></div>");
}

static void contents(struct page *p, struct sp_report *const *reports, size_t count)
{
    struct html *h = &p->h;
    html_raw(h, "<nav class=\"card toc\" id=\"list\"");
    html_attr(h, "aria-label", word_get(p->lang, WORD_DOCUMENT_LIST));
    html_raw(h, "><ol>");
    for (size_t i = 0; i < count; i++) {
        html_raw(h, "<li>");
        verdict(p, reports[i]->verdict);
        html_raw(h, " <a href=\"#report-");
        html_number(h, i + 1);
        html_element(h, "\">", name_of(reports[i], p->lang), "</a></li>");
    }
    html_raw(h, "</ol></nav>");
}

static int several(struct page *p, struct sp_report *const *reports, size_t count)
{
    struct html *h = &p->h;
    overall(p, reports, count);
    contents(p, reports, count);
    page_element(p, "<p class=\"noprint\">", WORD_KEEP_HELP, "</p>");
    for (size_t i = 0; i < count; i++) {
        html_raw(h, "<div class=\"one\" id=\"report-");
        html_number(h, i + 1);
        html_raw(h, "\">");
        if (report_html_part(reports[i], p->lang, i + 1, h->out) != 0 || keep(p, reports[i]) != 0) {
            return -1;
        }
        page_element(p, "<p class=\"noprint\"><a href=\"#list\">", WORD_TO_LIST, "</a></p></div>");
    }
    return 0;
}

/* ---- what Adobe's programs say ---- */

/* A PDF with a signature that is good by the roots of the CCA. */
static bool is_indian_pdf(const struct sp_report *r)
{
    bool good = false;
    for (size_t i = 0; i < r->signature_count; i++) {
        const struct sp_signature *s = r->signatures[i];
        good |= s->chain_count > 1 && s->indication == SP_TOTAL_PASSED;
    }
    return good && r->format && strcmp(r->format, "PDF") == 0 && r->profile &&
           strcmp(r->profile, "india-dsc") == 0;
}

static void validity_unknown(struct page *p, struct sp_report *const *reports, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any |= is_indian_pdf(reports[i]);
    }
    if (any) {
        page_element(p, "<details class=\"card noprint\" id=\"adobe\"><summary>",
                     WORD_UNKNOWN_TITLE, "</summary>");
        page_element(p, "<p>", WORD_UNKNOWN_WHY, "</p>");
        page_element(p, "<p>", WORD_UNKNOWN_DO, "</p></details>");
    }
}

/* ---- the page ---- */

static int single(struct page *p, const struct sp_report *r)
{
    page_element(p, "<p class=\"small noprint\"><a href=\"#keep\">", WORD_KEEP_TITLE, "</a></p>");
    if (report_html_fragment(r, p->lang, p->h.out) != 0) {
        return -1;
    }
    page_element(p, "<section class=\"noprint\" aria-labelledby=\"keep\"><h2 id=\"keep\">",
                 WORD_KEEP_TITLE, "</h2>");
    page_element(p, "<p>", WORD_KEEP_HELP, "</p>");
    if (keep(p, r) != 0) {
        return -1;
    }
    html_raw(&p->h, "</section>");
    return 0;
}

int page_result(const struct page_context *c, struct sp_report *const *reports, size_t count,
                struct buffer *out)
{
    struct page p;
    char number[24];
    const char *word = string_get(c->lang, facts_verdict_word(worst(reports, count)));
    page_begin(&p, c, word, WORD_OTHER_LINK, out);
    html_raw(&p.h, "<h1 tabindex=\"-1\">");
    (void)snprintf(number, sizeof number, "%zu", count);
    page_fill(&p, count == 1 ? WORD_RESULT_TITLE : WORD_RESULT_MANY, number, "");
    html_raw(&p.h, "</h1>");
    int rc = count == 1 ? single(&p, reports[0]) : several(&p, reports, count);
    validity_unknown(&p, reports, count);
    other_language(&p);
    again(&p);
    return page_end(&p) == 0 && rc == 0 ? 0 : -1;
}
