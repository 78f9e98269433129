/*
 * public_pages - the list of certificates with its search, the page that checks QR codes (and the
 * same as one file for use without a network), the page of a problem.
 */
#include <stdio.h>

#include <openssl/evp.h>

#include "base/embed.h"
#include "base/mem.h"
#include "http/office/pages_text.h"
#include "http/public/public_view.h"
#include "report/style.h"
#include "report/tone.h"

/* ---- the list -------------------------------------------------------------------------------- */

static bool asked(const struct public_ask *a)
{
    const struct certificate_search *s = &a->search;
    return s->number || s->model || s->firmware || s->holder || s->after;
}

static void search_form(struct public_view *v)
{
    struct html *h = &v->p.h;
    html_raw(h, "<form class=\"card search\" method=\"get\" action=\"/register\" role=\"search\">");
    html_raw(h, "<input type=\"hidden\" name=\"lang\"");
    html_attr(h, "value", v->hindi ? "hi" : "en");
    html_raw(h, ">");
    public_field(v, "number", PW_NUMBER, false);
    public_field(v, "model", PW_MODEL, false);
    public_field(v, "firmware", PW_FIRMWARE, false);
    public_field(v, "holder", PW_HOLDER, false);
    public_field(v, "on", PW_ON, true);
    public_element(v, "<p class=\"small\">", PW_ON_HINT, "</p><button>");
    public_element(v, "", PW_SEARCH, "</button></form>");
}

static void models(struct public_view *v, const json_t *row)
{
    size_t i;
    json_t *m;
    const json_t *all = json_object_get(row, "models");
    json_array_foreach(all, i, m)
    {
        if (i == 3) {
            html_raw(&v->p.h, "… ");
            html_number(&v->p.h, json_array_size(all) - i);
            html_raw(&v->p.h, "+");
            break;
        }
        html_element(&v->p.h, "<span class=\"one-model\">", public_get(m, "model"), " ");
        html_element(&v->p.h, "<code>", public_get(m, "firmware"), "</code></span>");
    }
}

static void list_row(struct public_view *v, const json_t *row)
{
    char date[TEXT_SIZE];
    struct html *h = &v->p.h;
    html_raw(h, "<tr><th scope=\"row\"><a href=\"");
    public_address(v, public_get(row, "number"));
    html_element(h, "\">", public_get(row, "number"), "</a></th><td class=\"state");
    tone_class(h, public_tone(public_get(row, "status")));
    html_raw(h, "\"><span class=\"pill\">");
    public_state(v, public_get(row, "status"));
    html_raw(h, "</span></td><td>");
    models(v, row);
    html_element(h, "</td><td>", public_get(row, "holder"), "</td>");
    html_element(h, "<td>", public_get(row, "product"), "</td>");
    html_element(h, "<td class=\"date\">", public_date(v, public_get(row, "valid_to"), date),
                 "</td></tr>");
}

static void list_table(struct public_view *v, const json_t *items, const char *on)
{
    size_t i;
    json_t *row;
    char date[TEXT_SIZE];
    struct html *h = &v->p.h;
    public_element(v, "<h2 id=\"list\">", PW_LIST,
                   "</h2><div class=\"scroll\" role=\"region\" tabindex=\"0\" "
                   "aria-labelledby=\"list\"><table class=\"register\"><thead><tr>");
    public_element(v, "<th scope=\"col\">", PW_NUMBER, "</th><th scope=\"col\">");
    public_fill(v, PW_STATE_ON, public_date(v, on, date), "");
    public_element(v, "</th><th scope=\"col\">", PW_MODEL, "</th>");
    public_element(v, "<th scope=\"col\">", PW_HOLDER_HEAD, "</th>");
    public_element(v, "<th scope=\"col\">", PW_PRODUCT, "</th>");
    public_element(v, "<th scope=\"col\">", PW_UNTIL, "</th></tr></thead><tbody>");
    json_array_foreach(items, i, row)
    {
        list_row(v, row);
    }
    html_raw(h, "</tbody></table></div>");
}

static void empty(struct public_view *v, bool searched)
{
    html_raw(&v->p.h, "<div class=\"note\">");
    public_element(v, "<p class=\"why\">", searched ? PW_EMPTY : PW_EMPTY_ALL, "</p>");
    if (searched) {
        public_element(v, "<p>", PW_EMPTY_NEXT, "</p><p><a href=\"/register\">");
        public_element(v, "", PW_SHOW_ALL, "</a></p>");
    }
    html_raw(&v->p.h, "</div>");
}

/* The same question with another "after". */
static void page_link(struct public_view *v, enum public_word label, const char *after)
{
    const char *name;
    json_t *value;
    struct buffer *out = v->p.h.out;
    html_raw(&v->p.h, "<a class=\"button\" href=\"/register?");
    json_object_foreach(v->r->query, name, value)
    {
        const char *text = json_string_value(value);
        if (strcmp(name, "after") != 0 && *text) {
            public_path(out, name);
            buffer_char(out, '=');
            public_path(out, text);
            buffer_str(out, "&amp;");
        }
    }
    if (after) {
        buffer_str(out, "after=");
        public_path(out, after);
    }
    public_element(v, "\">", label, "</a> ");
}

static void below(struct public_view *v, const struct public_ask *a, const char *next)
{
    html_raw(&v->p.h, "<nav class=\"pages\"");
    html_attr(&v->p.h, "aria-label", public_text(v->hindi, PW_LIST));
    html_raw(&v->p.h, ">");
    if (a->search.after) {
        page_link(v, PW_FIRST, NULL);
    }
    if (next[0]) {
        page_link(v, PW_NEXT, next);
    }
    public_element(v, "</nav><h2>", PW_WHOLE, "</h2><ul><li><a href=\"/api/v1/certificates.csv\">");
    public_element(v, "CSV</a> (<a href=\"/api/v1/certificates.csv.sig\">", PW_SIGNATURE,
                   "</a>)</li><li><a href=\"/api/v1/certificates.json\">");
    public_element(v, "JSON</a> (<a href=\"/api/v1/certificates.json.sig\">", PW_SIGNATURE,
                   "</a>)</li></ul><p><a href=\"/check?lang=");
    html_text(&v->p.h, v->hindi ? "hi" : "en");
    public_element(v, "\">", PW_CHECK_LINK, "</a></p>");
}

int public_register_page(struct office_request *r)
{
    struct public_view v;
    struct public_ask a;
    const char *wrong;
    json_t *items = NULL, *near = NULL;
    char next[PUBLIC_NUMBER] = "";
    bool good = public_ask_read(r, &a, &wrong);
    if (good && (public_search(r, &a, &items, next) != 0 ||
                 (!json_array_size(items) && !next[0] && public_near(r, &a, &near) != 0))) {
        json_decref(items);
        json_decref(near);
        return -1;
    }
    int rc = public_begin(&v, r, public_text(r->lang == LANG_HI, PW_REGISTER));
    public_element(&v, "<h1>", PW_REGISTER, "</h1>");
    public_element(&v, "<p class=\"lead\">", PW_REGISTER_LEAD, "</p>");
    search_form(&v);
    if (!good) {
        r->status = MHD_HTTP_BAD_REQUEST;
        public_element(&v, "<p class=\"reason bad\" role=\"alert\">", PW_DATE_WRONG, "</p>");
    } else if (json_array_size(items)) {
        list_table(&v, items, a.on);
    } else if (!next[0]) {
        empty(&v, asked(&a));
    }
    if (json_array_size(near)) {
        public_element(&v, "<p class=\"reason care\" role=\"status\"><strong>", PW_NEAR,
                       "</strong></p>");
        list_table(&v, near, a.on);
    }
    below(&v, &a, next);
    json_decref(items);
    json_decref(near);
    return page_end(&v.p) == 0 ? rc : -1;
}

/* ---- codes ----------------------------------------------------------------------------------- */

EMBED_FILE(public_script, "http/assets/register.js");
EMBED_FILE(public_style, "http/assets/register.css");
EMBED_FILE(public_site_style, "http/assets/style.css");

static void check_form(struct public_view *v, const struct note_key *k)
{
    public_element(v, "<h1>", PW_CHECK, "</h1><p class=\"lead\">");
    public_element(v, "", PW_CHECK_LEAD, "</p><form id=\"code-form\" class=\"card\">");
    public_element(
        v, "<div class=\"field\"><label for=\"code\">", PW_CHECK_TEXT,
        "</label><textarea id=\"code\" rows=\"5\" spellcheck=\"false\"></textarea></div>");
    public_element(v, "<button>", PW_CHECK_BUTTON, "</button></form>");
    public_checker(v, k, "", "", "");
    public_element(v, "<noscript><p class=\"reason care\">", PW_CHECK_NO_SCRIPT, "</p></noscript>");
    public_element(v, "<h2>", PW_KEY, "</h2><p>");
    public_vkey(v, k);
    html_raw(&v->p.h, "</p>");
}

static int no_key(struct office_request *r, int rc)
{
    if (rc == RECORDS_NONE) {
        bool hindi = r->lang == LANG_HI;
        (void)public_none(r);
        r->detail = r->detail_hi = public_text(hindi, PW_CHECK_NO_KEY);
        return 0;
    }
    return -1;
}

int public_check_page(struct office_request *r)
{
    struct public_view v;
    struct note_key k;
    int rc = public_key(r, &k);
    if (rc != 0) {
        return no_key(r, rc);
    }
    rc = public_begin(&v, r, public_text(r->lang == LANG_HI, PW_CHECK));
    check_form(&v, &k);
    html_raw(&v.p.h, "<p class=\"noprint\"><a download=\"satyapan-check.html\" "
                     "href=\"/check/offline.html?lang=");
    html_text(&v.p.h, v.hindi ? "hi" : "en");
    public_element(&v, "\">", PW_CHECK_SAVE, "</a></p>");
    return page_end(&v.p) == 0 ? rc : -1;
}

/* "'sha256-...'" of an element's text: the only script and style the saved file may have. */
static int put_source(struct buffer *out, struct span text)
{
    uint8_t hash[SHA256_SIZE];
    char encoded[SHA256_SIZE * 2];
    int rc = hash_sha256(text, hash);
    int n = rc == 0 ? EVP_EncodeBlock((unsigned char *)encoded, hash, sizeof hash) : 0;
    buffer_str(out, "'sha256-");
    buffer_add(out, span_make(encoded, (size_t)n));
    buffer_char(out, '\'');
    return rc;
}

static int offline_head(struct public_view *v)
{
    struct buffer style, *out = v->p.h.out;
    struct html *h = &v->p.h;
    buffer_init(&style, SIZE_MAX);
    buffer_add(&style, report_style());
    buffer_add(&style, EMBEDDED(public_site_style));
    buffer_add(&style, EMBEDDED(public_style));
    html_raw(h, "<!DOCTYPE html>\n<html");
    html_attr(h, "lang", v->hindi ? "hi" : "en");
    html_raw(h, "><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                "content=\"width=device-width, initial-scale=1\">"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src ");
    int rc = put_source(out, buffer_span(&style));
    html_raw(h, "; script-src ");
    rc |= put_source(out, EMBEDDED(public_script));
    public_element(v, "; form-action 'none'; base-uri 'none'\"><title>", PW_CHECK,
                   "</title><style>");
    buffer_add(out, buffer_span(&style));
    html_raw(h, "</style></head><body><main>");
    rc |= buffer_ok(&style) ? 0 : -1;
    buffer_free(&style);
    return rc;
}

int public_check_file(struct office_request *r)
{
    struct public_view v = {
        .p = {.h = {&r->body}, .lang = r->lang}, .r = r, .hindi = r->lang == LANG_HI};
    struct note_key k;
    int rc = public_key(r, &k);
    if (rc != 0) {
        return no_key(r, rc);
    }
    rc = offline_head(&v);
    check_form(&v, &k);
    html_raw(&v.p.h, "</main><script>");
    buffer_add(&r->body, EMBEDDED(public_script));
    html_raw(&v.p.h, "</script></body></html>\n");
    return rc == 0 && buffer_ok(&r->body) ? 0 : -1;
}

/* ---- problems -------------------------------------------------------------------------------- */

int public_problem_page(struct office_request *r)
{
    struct public_view v;
    bool hindi = r->lang == LANG_HI;
    bool none = r->problem == OP_NOT_FOUND && strcmp(r->public->path, "/certificate/") == 0;
    const char *title = none ? public_text(hindi, PW_NONE) : op_problem_title(r->problem, hindi);
    const char *detail = hindi ? r->detail_hi : r->detail;
    r->content_type = NULL;
    int rc = public_begin(&v, r, title);
    html_element(&v.p.h, "<h1>", title, "</h1>");
    if (none) {
        html_raw(&v.p.h, "<p class=\"band bad not-there\"><strong>");
        tone_icon(&v.p.h, 2);
        html_element(&v.p.h, " ", r->rest, "</strong></p>");
        public_element(&v, "<p class=\"why\">", PW_NONE_WHY, "</p>");
        public_element(&v, "<p class=\"next\">", PW_NONE_NEXT, "</p>");
    } else {
        html_element(&v.p.h, "<p class=\"why\">", detail, "</p>");
        public_element(&v, "<p class=\"next\">", PW_PROBLEM_NEXT, "</p>");
    }
    html_raw(&v.p.h, "<p><a class=\"button\" href=\"/register?lang=");
    html_text(&v.p.h, hindi ? "hi" : "en");
    public_element(&v, "\">", PW_REGISTER, "</a></p>");
    return page_end(&v.p) == 0 ? rc : -1;
}
