/*
 * pages_home - the verify page: one sentence, one drop area, one button.
 *
 * The form is complete without JavaScript (POST /verify, multipart/form-data; fields lang, file,
 * content, password, kind). The script only reads the data- attributes written here; it adds
 * dropping files, progress and messages. WCAG 2.1: 1.3.1, 3.3.2 (labels), 4.1.3 (status messages).
 */
#include "http/pages_frame.h"
#include "report/strings.h"
#include "satyapan/policy.h"

static void data_word(struct page *p, const char *value)
{
    html_text(&p->h, value);
    html_raw(&p->h, "\"");
}

/* Every text the script may say, so that no text is in the script. */
static void script_words(struct page *p)
{
    struct html *h = &p->h;
#define DATA(name, id)                                                                             \
    html_raw(h, " data-" name "=\"");                                                              \
    data_word(p, word_get(p->lang, id))
    DATA("drop", WORD_FILES_DROP);
    DATA("choose", WORD_JS_CHOOSE);
    DATA("choose-one", WORD_JS_CHOOSE_ONE);
    DATA("pair", WORD_JS_PAIR);
    DATA("chosen", WORD_JS_CHOSEN);
    DATA("uploading", WORD_JS_UPLOADING);
    DATA("checking", WORD_JS_CHECKING);
    DATA("cancel", WORD_JS_CANCEL);
    DATA("cancelled", WORD_JS_CANCELLED);
    DATA("failed", WORD_JS_FAILED);
    DATA("too-large", WORD_JS_TOO_LARGE);
    DATA("too-many", WORD_JS_TOO_MANY);
    DATA("empty", WORD_JS_EMPTY);
    DATA("check", WORD_SAMPLE_CHECK);
#undef DATA
    html_raw(h, " data-max-bytes=\"");
    html_number(h, p->c->upload_bytes);
    html_raw(h, "\" data-max-files=\"");
    html_number(h, p->c->files);
    html_raw(h, "\"");
}

static void file_field(struct page *p)
{
    struct html *h = &p->h;
    html_raw(h, "<div class=\"drop\" id=\"drop\">");
    page_element(p, "<label for=\"file\">", WORD_FILES, "</label>");
    html_raw(h, "<input type=\"file\" id=\"file\" name=\"file\"");
    if (p->c->files > 1) {
        html_raw(h, " multiple");
    }
    html_raw(h, " required aria-describedby=\"file-help\">");
    page_element(p, "<p class=\"small\" id=\"file-help\">", WORD_FILES_HELP, " ");
    page_limits(p, WORD_FILES_LIMIT);
    html_raw(h, "</p></div>");
}

static void content_field(struct page *p)
{
    page_element(p, "<details class=\"content\"><summary>", WORD_CONTENT_ASK, "</summary>");
    page_element(p, "<label for=\"content\">", WORD_CONTENT, "</label>");
    html_raw(
        &p->h,
        "<input type=\"file\" id=\"content\" name=\"content\" aria-describedby=\"content-help\">");
    page_element(p, "<p class=\"small\" id=\"content-help\">", WORD_CONTENT_HELP, "</p></details>");
}

static void password_field(struct page *p)
{
    page_element(p, "<details class=\"content\"><summary>", WORD_PASSWORD_ASK, "</summary>");
    page_element(p, "<label for=\"password\">", WORD_PASSWORD, "</label>");
    html_raw(&p->h,
             "<input type=\"password\" id=\"password\" name=\"password\" maxlength=\"256\" "
             "autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"password-help\">");
    page_element(p, "<p class=\"small\" id=\"password-help\">", WORD_PASSWORD_HELP,
                 "</p></details>");
}

static void kind_field(struct page *p)
{
    static const struct {
        enum sp_document_kind kind;
        enum word_id word;
    } kinds[] = {{SP_DOC_DECLARATION, WORD_KIND_DECLARATION},
                 {SP_DOC_CERTIFICATE, WORD_KIND_CERTIFICATE},
                 {SP_DOC_TEST_REPORT, WORD_KIND_TEST_REPORT},
                 {SP_DOC_OTHER, WORD_KIND_OTHER}};
    struct html *h = &p->h;
    page_element(p, "<div class=\"field\"><label for=\"kind\">", WORD_KIND,
                 "</label><select id=\"kind\" name=\"kind\">");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        html_raw(h, "<option");
        html_attr(h, "value", sp_document_kind_name(kinds[i].kind));
        page_element(p, ">", kinds[i].word, "</option>");
    }
    html_raw(h, "</select></div>");
}

static void form(struct page *p)
{
    struct html *h = &p->h;
    html_raw(h, "<form class=\"card\" id=\"verify\" method=\"post\" action=\"/verify?lang=");
    html_text(h, lang_code(p->lang));
    html_raw(h, "\" enctype=\"multipart/form-data\"");
    script_words(p);
    html_raw(h, "><input type=\"hidden\" name=\"lang\"");
    html_attr(h, "value", lang_code(p->lang));
    html_raw(h, ">");
    file_field(p);
    content_field(p);
    password_field(p);
    kind_field(p);
    page_element(p, "<button type=\"submit\">", WORD_CHECK, "</button>");
    html_raw(h,
             "<div id=\"busy\"></div><p id=\"status\" role=\"status\" aria-live=\"polite\"></p>");
    page_element(p, "<p class=\"small\">", WORD_NOT_STORED, "</p></form>");
}

static void what_is_checked(struct page *p)
{
    page_element(p, "<section aria-labelledby=\"checked\"><h2 id=\"checked\">", WORD_CHECKED_TITLE,
                 "</h2><ul>");
    page_element(p, "<li>", WORD_CHECKED_INTACT, "</li>");
    page_element(p, "<li>", WORD_CHECKED_SIGNER, "</li>");
    page_element(p, "<li>", WORD_CHECKED_VALID, "</li>");
    page_element(p, "<li>", WORD_CHECKED_METHOD, "</li></ul>");
    page_element(p, "<p>", WORD_NOT_CHECKED, "</p></section>");
}

/* Names are of letters, digits, '.', '-' and '_' (trusted.h), so they may be part of an address. */
static void samples(struct page *p)
{
    struct html *h = &p->h;
    page_element(p, "<section aria-labelledby=\"samples\"><h2 id=\"samples\">", WORD_SAMPLES_TITLE,
                 "</h2>");
    page_element(p, "<p>", WORD_SAMPLES_HELP, "</p><ul class=\"samples\">");
    for (size_t i = 0; i < p->c->sample_count; i++) {
        const char *name = p->c->samples[i].name;
        html_raw(h, "<li><a download href=\"/samples/");
        html_text(h, name);
        html_element(h, "\">", name, "</a></li>");
    }
    html_raw(h, "</ul></section>");
}

int page_home(const struct page_context *c, struct buffer *out)
{
    struct page p;
    page_begin(&p, c, word_get(c->lang, WORD_HOME_TITLE), WORD_COUNT, out);
    page_element(&p, "<h1>", WORD_HOME_TITLE, "</h1>");
    page_element(&p, "<p class=\"lead\">", WORD_HOME_LEAD, "</p>");
    form(&p);
    if (c->demo && c->sample_count) {
        samples(&p);
    }
    what_is_checked(&p);
    return page_end(&p);
}
