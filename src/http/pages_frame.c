/*
 * pages_frame - see pages_frame.h. WCAG 2.1: 2.4.1 (skip link), 2.4.2 (title), 3.1.1 and 3.1.2
 * (language of the page and of its parts). No inline script or style, so that the server can
 * forbid both.
 */
#include "http/pages_frame.h"

#include <stdio.h>

#include "report/strings.h"

static const char *const words[WORD_COUNT][2] = {
#define WORD(id, en, hi) [WORD_##id] = {en, hi},
#include "http/pages_words.def"
#undef WORD
};

enum { SIZE_TEXT = 32 };

const char *word_get(enum lang lang, enum word_id id)
{
    return words[id][lang == LANG_HI];
}

void page_word(struct page *p, enum word_id id)
{
    html_text(&p->h, word_get(p->lang, id));
}

void page_fill(struct page *p, enum word_id id, const char *first, const char *second)
{
    const char *rest = word_get(p->lang, id);
    const char *mark;
    while ((mark = strchr(rest, '{')) != NULL) {
        bool known = (mark[1] == '0' || mark[1] == '1') && mark[2] == '}';
        html_span(&p->h, span_make(rest, (size_t)(mark - rest) + (known ? 0 : 1)));
        if (known) {
            html_text(&p->h, mark[1] == '0' ? first : second);
        }
        rest = mark + (known ? 3 : 1);
    }
    html_text(&p->h, rest);
}

static void size_text(size_t bytes, char out[SIZE_TEXT])
{
    static const struct {
        unsigned shift;
        const char *unit;
    } units[] = {{30, "GB"}, {20, "MB"}, {10, "KB"}, {0, "B"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t whole = bytes >> units[i].shift;
        if (whole && (bytes == whole << units[i].shift || whole >= 10)) {
            (void)snprintf(out, SIZE_TEXT, "%zu %s", whole, units[i].unit);
            return;
        }
    }
    (void)snprintf(out, SIZE_TEXT, "%zu B", bytes);
}

void page_limits(struct page *p, enum word_id id)
{
    char files[16], size[SIZE_TEXT];
    (void)snprintf(files, sizeof files, "%u", p->c->files);
    size_text(p->c->upload_bytes, size);
    page_fill(p, id, files, size);
}

enum lang page_other(enum lang lang)
{
    return lang == LANG_HI ? LANG_EN : LANG_HI;
}

void page_home_link(struct page *p, enum lang lang)
{
    html_raw(&p->h, " href=\"/?lang=");
    html_text(&p->h, lang_code(lang));
    html_raw(&p->h, "\"");
}

static void head(struct page *p, const char *about)
{
    struct html *h = &p->h;
    html_raw(h, "<!DOCTYPE html>\n<html");
    html_attr(h, "lang", lang_code(p->lang));
    html_raw(h, "><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                "<meta name=\"color-scheme\" content=\"light dark\"><title>");
    html_text(h, about);
    page_element(p, " | ", WORD_SITE,
                 "</title><link rel=\"stylesheet\" href=\"/assets/report.css\">"
                 "<link rel=\"stylesheet\" href=\"/assets/style.css\">"
                 "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/assets/icon.svg\">"
                 "<script src=\"/assets/app.js\" defer></script>");
    if (p->c->checker) {
        html_raw(h, "<link rel=\"stylesheet\" href=\"/assets/register.css\">"
                    "<script src=\"/assets/register.js\" defer></script>");
    }
    html_raw(h, "</head>");
}

/* The language that is not shown now, named in itself (WCAG technique H58). */
static void language_switch(struct page *p, enum word_id leave)
{
    struct html *h = &p->h;
    enum lang other = page_other(p->lang);
    html_raw(h, "<nav");
    html_attr(h, "aria-label", word_get(p->lang, WORD_LANGUAGE));
    html_raw(h, "><a class=\"language\"");
    if (p->c->here) {
        html_raw(h, " href=\"");
        html_text(h, p->c->here);
        html_raw(h, "lang=");
        html_text(h, lang_code(other));
        html_raw(h, "\"");
    } else if (p->c->status) {
        html_raw(h, " href=\"/status?lang=");
        html_text(h, lang_code(other));
        html_raw(h, "\"");
    } else {
        page_home_link(p, other);
    }
    html_attr(h, "lang", lang_code(other));
    html_attr(h, "hreflang", lang_code(other));
    html_element(h, ">", word_get(other, leave == WORD_COUNT ? WORD_LANGUAGE_NAME : leave),
                 "</a></nav>");
}

static void demo_banner(struct page *p)
{
    page_element(p, "<p class=\"banner\" role=\"note\"><strong>", WORD_DEMO_WORD, ":</strong> ");
    page_element(p, "", WORD_DEMO, "</p>");
}

void page_begin(struct page *p, const struct page_context *c, const char *about, enum word_id leave,
                struct buffer *out)
{
    *p = (struct page){{out}, c, c->lang};
    struct html *h = &p->h;
    head(p, about);
    page_element(p, "<body><a class=\"skip\" href=\"#main\">", WORD_SKIP, "</a>");
    if (c->demo) {
        demo_banner(p);
    }
    html_raw(h, "<header class=\"top\"><a class=\"mark\"");
    page_home_link(p, p->lang);
    html_raw(h, "><span lang=\"hi\">सत्यापन</span> <span lang=\"en\">Satyapan</span></a>");
    page_element(p, "<a class=\"login\" href=\"/office\">", WORD_OFFICE_LINK, "</a>");
    language_switch(p, leave);
    html_raw(h, "</header><main id=\"main\" tabindex=\"-1\">");
}

int page_end(struct page *p)
{
    struct html *h = &p->h;
    html_raw(h, "</main><footer><p><a href=\"/register?lang=");
    html_text(h, lang_code(p->lang));
    page_element(p, "\">", WORD_REGISTER_LINK, "</a></p><p><a href=\"/status?lang=");
    html_text(h, lang_code(p->lang));
    page_element(p, "\">", WORD_STATUS_LINK, "</a></p><p>");
    page_word(p, WORD_FOR_PROGRAMS);
    page_element(p, "<a href=\"/api/v1/openapi.json\">", WORD_API_DESCRIPTION,
                 "</a></p></footer></body></html>\n");
    return buffer_ok(h->out) ? 0 : -1;
}
