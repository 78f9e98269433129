/*
 * pages_view - see pages_view.h.
 */
#include "http/office/pages_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/strings.h"

static const char *const words[OW_COUNT][2] = {
#define OFFICE_WORD(id, en, hi) [OW_##id] = {en, hi},
#include "http/office/words.def"
#undef OFFICE_WORD
};

/* ---- words ----------------------------------------------------------------------------------- */

const char *office_word(enum lang lang, enum office_word id)
{
    return words[id][lang == LANG_HI];
}

const char *view_text(const struct view *v, const char *en, const char *hi)
{
    return v->lang == LANG_HI && hi && *hi ? hi : en;
}

void view_lines(struct view *v, const char *text)
{
    while (text && *text) {
        size_t n = strcspn(text, "\r\n");
        html_span(&v->h, span_make(text, n));
        text += n;
        if (*text == '\n') {
            html_raw(&v->h, "\n");
        }
        text += *text != 0;
    }
}

void view_word(struct view *v, enum office_word id)
{
    html_text(&v->h, office_word(v->lang, id));
}

void view_fill(struct view *v, enum office_word id, const char *first, const char *second)
{
    const char *rest = office_word(v->lang, id), *mark;
    while ((mark = strchr(rest, '{')) != NULL) {
        bool known = (mark[1] == '0' || mark[1] == '1') && mark[2] == '}';
        html_span(&v->h, span_make(rest, (size_t)(mark - rest) + (known ? 0 : 1)));
        if (known) {
            html_text(&v->h, mark[1] == '0' ? first : second);
        }
        rest = mark + (known ? 3 : 1);
    }
    html_text(&v->h, rest);
}

/* ---- what was read --------------------------------------------------------------------------- */

static void drop(void *p)
{
    json_decref(p);
}

static const json_t *run(struct view *v, const char *id, json_t *in, int64_t limit,
                         const char *after, enum op_problem *problem)
{
    enum op_problem ignored = OP_OK;
    json_t *out = NULL;
    const struct op *op = v->source->find(id);
    problem = problem ? problem : &ignored;
    *problem = OP_OK;
    if (!op) {
        *problem = OP_NOT_FOUND;
    } else if (!in) {
        v->broken = true;
    } else if (v->source->read(v->source->context, op, in, limit, after, &out, problem) != 0) {
        v->broken = true;
        *problem = OP_INTERNAL;
    }
    json_decref(in);
    if (out && arena_defer(v->arena, drop, out) != 0) {
        v->broken = true;
        return NULL;
    }
    return *problem ? NULL : out;
}

const json_t *view_read(struct view *v, const char *op, json_t *in, enum op_problem *problem)
{
    return run(v, op, in ? in : json_object(), 0, NULL, problem);
}

const json_t *view_list(struct view *v, const char *op, json_t *in, int64_t limit,
                        const char *after)
{
    return run(v, op, in ? in : json_object(), limit, after, NULL);
}

bool view_may(const struct view *v, const char *op)
{
    const struct op *o = v->source->find(op);
    return o && v->actor && op_allowed(o, v->actor);
}

const char *get_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

int64_t get_number(const json_t *object, const char *name)
{
    const json_t *n = json_object_get(object, name);
    return json_is_integer(n) ? json_integer_value(n) : UTC_NONE;
}

bool get_true(const json_t *object, const char *name)
{
    const json_t *t = json_object_get(object, name);
    return json_is_true(t) || (json_is_integer(t) && json_integer_value(t) != 0);
}

bool get_has(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return v && !json_is_null(v);
}

const char *view_query(const struct view *v, const char *name)
{
    const char *text = get_text(v->query, name);
    return text && *text ? text : NULL;
}

int64_t view_id(const struct view *v, const char *name)
{
    const char *text = get_text(v->args, name);
    int64_t n = 0;
    for (size_t i = 0; text && text[i]; i++) {
        if (text[i] < '0' || text[i] > '9' || i > 17) {
            return UTC_NONE;
        }
        n = n * 10 + (text[i] - '0');
    }
    return n > 0 ? n : UTC_NONE;
}

/* ---- addresses ------------------------------------------------------------------------------- */

void view_part(struct view *v, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    for (; text && *text; text++) {
        if (strchr(plain, *text)) {
            buffer_char(v->h.out, *text);
        } else {
            buffer_printf(v->h.out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

void view_number(struct view *v, int64_t n)
{
    buffer_printf(v->h.out, "%lld", (long long)n);
}

static void one_of_query(struct view *v, const char **glue, const char *name, const char *value)
{
    buffer_str(v->h.out, *glue);
    view_part(v, name);
    html_raw(&v->h, "=");
    view_part(v, value);
    *glue = "&amp;";
}

void view_query_with(struct view *v, const char *name, const char *value)
{
    const char *key, *glue = "?";
    json_t *one;
    json_object_foreach((json_t *)(uintptr_t)v->query, key, one)
    {
        const char *text = json_string_value(one);
        if (text && *text && strcmp(key, name) != 0 && strcmp(key, "after") != 0) {
            one_of_query(v, &glue, key, text);
        }
    }
    if (value) {
        one_of_query(v, &glue, name, value);
    } else if (*glue == '?') {
        html_raw(&v->h, "?");
    }
}

const char *view_here(struct view *v)
{
    struct buffer address, *page = v->h.out;
    buffer_init(&address, 4096);
    v->h.out = &address;
    buffer_str(&address, v->path);
    if (json_object_size(v->query)) {
        const char *key, *glue = "?";
        json_t *one;
        json_object_foreach((json_t *)(uintptr_t)v->query, key, one)
        {
            if (strcmp(key, "lang") != 0) {
                one_of_query(v, &glue, key, json_string_value(one));
                glue = "&";
            }
        }
    }
    v->h.out = page;
    const char *text = buffer_cstr(&address);
    char *kept = text ? arena_str(v->arena, span_str(text)) : NULL;
    buffer_free(&address);
    return kept;
}

/* ---- the frame ------------------------------------------------------------------------------- */

bool view_officer(const struct view *v)
{
    return v->actor && (v->actor->roles & ROLE_OFFICER) != 0;
}

static void head(struct view *v, const char *title)
{
    struct html *h = &v->h;
    html_raw(h, "<!DOCTYPE html>\n<html");
    html_attr(h, "lang", lang_code(v->lang));
    html_raw(h, "><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                "<meta name=\"color-scheme\" content=\"light dark\">"
                "<meta name=\"robots\" content=\"noindex\"><title>");
    html_text(h, title);
    view_element(v, " | ", OW_SITE,
                 "</title><link rel=\"stylesheet\" href=\"/assets/report.css\">"
                 "<link rel=\"stylesheet\" href=\"/assets/style.css\">"
                 "<link rel=\"stylesheet\" href=\"/assets/office.css\">"
                 "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/assets/icon.svg\">"
                 "<script src=\"/assets/office.js\" defer></script></head>");
}

/* Drawn once, used by reference: no font has to have them (report/tone.c draws the same). */
static void icons(struct view *v)
{
    html_raw(&v->h,
             "<svg class=\"symbols\" aria-hidden=\"true\" focusable=\"false\">"
             "<symbol id=\"i-good\" viewBox=\"0 0 24 24\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>"
             "<path d=\"M7 12.5l3.5 3.5L17 9\"/></symbol>"
             "<symbol id=\"i-care\" viewBox=\"0 0 24 24\"><path d=\"M12 3L2.5 20.5h19z\"/>"
             "<path d=\"M12 10v5M12 17.4v.6\"/></symbol>"
             "<symbol id=\"i-bad\" viewBox=\"0 0 24 24\"><path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/>"
             "<path d=\"M8.5 8.5l7 7M15.5 8.5l-7 7\"/></symbol>"
             "<symbol id=\"i-info\" viewBox=\"0 0 24 24\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>"
             "<path d=\"M12 11v6M12 6.8v.6\"/></symbol>"
             "<symbol id=\"i-wait\" viewBox=\"0 0 24 24\"><circle cx=\"12\" cy=\"12\" r=\"10\"/>"
             "<path d=\"M12 6v6.5l4 2.5\"/></symbol></svg>");
}

struct nav_item {
    const char *path, *op;
    enum office_word word;
    unsigned roles;
};

static const struct nav_item nav[] = {
    {"/office", "application.list", OW_NAV_QUEUE, ROLE_OFFICER},
    {"/office", "application.list", OW_NAV_MINE, ROLE_VENDOR},
    {"/office/new", "application.create", OW_NAV_NEW, ROLE_ANY},
    {"/office/search", NULL, OW_NAV_SEARCH, ROLE_OFFICER},
    {"/office/deadlines", NULL, OW_NAV_DEADLINES, ROLE_OFFICER},
    {"/office/foreign", "foreign.list", OW_NAV_FOREIGN, ROLE_ANY},
    {"/office/certificates", "certificate.list", OW_NAV_CERTIFICATES, ROLE_OFFICER},
    {"/office/firms", "firm.list", OW_NAV_FIRMS, ROLE_OFFICER},
    {"/office/labs", "lab.list", OW_NAV_LABS, ROLE_OFFICER},
    {"/office/devices", "device.list", OW_NAV_DEVICES, ROLE_ANY},
    {"/office/statistics", NULL, OW_NAV_STATISTICS, ROLE_OFFICER},
    {"/office/people", "person.list", OW_NAV_PEOPLE, ROLE_ADMIN | ROLE_INTAKE},
    {"/office/settings", NULL, OW_NAV_SETTINGS, ROLE_OFFICER},
    {"/office/audit", "audit.list", OW_NAV_AUDIT, ROLE_ADMIN},
};

static void navigation(struct view *v)
{
    struct html *h = &v->h;
    html_raw(h, "<nav class=\"main\"");
    html_attr(h, "aria-label", office_word(v->lang, OW_NAV));
    html_raw(h, "><ul>");
    for (size_t i = 0; i < sizeof nav / sizeof *nav; i++) {
        const struct nav_item *n = &nav[i];
        if (!(v->actor->roles & n->roles) || (n->op && !view_may(v, n->op))) {
            continue;
        }
        html_raw(h, "<li><a href=\"");
        buffer_str(h->out, n->path);
        html_raw(h, "\"");
        if (v->path && strcmp(v->path, n->path) == 0) {
            html_raw(h, " aria-current=\"page\"");
        }
        view_element(v, ">", n->word, "</a></li>");
    }
    html_raw(h, "</ul></nav>");
}

static void hidden(struct view *v, const char *name, const char *value)
{
    html_raw(&v->h, "<input type=\"hidden\"");
    html_attr(&v->h, "name", name);
    html_attr(&v->h, "value", value);
    html_raw(&v->h, ">");
}

/* The language that is not shown now, named in itself (WCAG technique H58). Whoever is logged in
 * changes the language of the account; others that of the page. */
static void language(struct view *v)
{
    struct html *h = &v->h;
    enum lang other = v->lang == LANG_HI ? LANG_EN : LANG_HI;
    bool account = view_may(v, "account.language");
    if (account) {
        html_raw(h, "<form method=\"post\" action=\"/office/op/account.language\">");
        hidden(v, "form_token", v->form_token);
        hidden(v, "page", view_here(v));
        hidden(v, "lang", lang_code(other));
        html_raw(h, "<button class=\"plain language\"");
    } else {
        html_raw(h, "<a class=\"language\" href=\"");
        view_query_with(v, "lang", lang_code(other));
        html_raw(h, "\"");
        html_attr(h, "hreflang", lang_code(other));
    }
    html_attr(h, "lang", lang_code(other));
    html_element(h, ">", office_word(other, OW_LANGUAGE_NAME), "");
    if (account) {
        html_raw(h, "</button></form>");
    } else {
        html_raw(h, "</a>");
    }
}

static void who(struct view *v)
{
    struct html *h = &v->h;
    html_raw(h, "<nav class=\"who\"");
    html_attr(h, "aria-label", office_word(v->lang, OW_WHO));
    html_raw(h, ">");
    if (v->actor) {
        html_element(h, "<a href=\"/office/account\">", v->actor->name, "</a>");
        html_raw(h, "<form method=\"post\" action=\"/office/logout\">");
        hidden(v, "form_token", v->form_token);
        view_element(v, "<button class=\"plain\">", OW_LOG_OUT, "</button></form>");
    }
    language(v);
    html_raw(h, "</nav>");
}

static void done_notice(struct view *v)
{
    const struct op *op = v->done;
    if (!op || strcmp(op->id, "account.language") == 0) { /* that one is seen */
        return;
    }
    html_raw(&v->h,
             "<p class=\"flash good\" role=\"status\">"
             "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-good\"/></svg> <span>");
    view_fill(v, OW_DONE, view_text(v, op->en, op->hi), "");
    html_raw(&v->h, "</span></p>");
}

void view_begin(struct view *v, const char *title, const char *above)
{
    struct html *h = &v->h;
    head(v, title);
    view_element(v, "<body class=\"office\"><a class=\"skip\" href=\"#main\">", OW_SKIP, "</a>");
    icons(v);
    if (v->demo) {
        view_element(v, "<p class=\"banner\" role=\"note\">", OW_DEMO, "</p>");
    }
    html_raw(h, "<header class=\"top\"><div class=\"bar\"><a class=\"mark\" href=\"/office\">"
                "<span lang=\"hi\">सत्यापन</span> <span lang=\"en\">Satyapan</span></a>");
    who(v);
    html_raw(h, "</div>");
    if (v->actor && !v->bare) {
        navigation(v);
    }
    html_raw(h, "</header><main id=\"main\" tabindex=\"-1\">");
    done_notice(v);
    if (above) {
        html_element(h, "<p class=\"above\">", above, "</p>");
    }
    html_element(h, "<h1>", title, "</h1>");
}

int view_end(struct view *v)
{
    view_element(v, "</main><footer><p><a href=\"/\">", OW_VERIFY_LINK,
                 "</a></p><p class=\"small\">");
    view_element(v, "", OW_IST, "</p></footer></body></html>\n");
    return buffer_ok(v->h.out) && !v->broken ? 0 : -1;
}

/* ---- what cannot be shown -------------------------------------------------------------------- */

int view_problem(struct view *v, enum op_problem problem, const char *detail)
{
    char status[16];
    v->problem = problem = problem ? problem : OP_INTERNAL;
    view_begin(v, office_word(v->lang, OW_PROBLEM), NULL);
    html_element(&v->h, "<p class=\"why\">", op_problem_title(problem, v->lang == LANG_HI), "</p>");
    if (detail) {
        html_element(&v->h, "<p>", detail, "</p>");
    }
    view_element(v, "<p class=\"actions\"><a class=\"button\" href=\"/office\">", OW_PROBLEM_BACK,
                 "</a></p>");
    (void)snprintf(status, sizeof status, "%u", op_problem_status(problem));
    html_raw(&v->h, "<p class=\"small\">");
    view_fill(v, OW_PROBLEM_STATUS, status, "");
    html_raw(&v->h, "</p>");
    return view_end(v);
}
