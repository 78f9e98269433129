/*
 * pages - the list of pages for officers and vendors: one table a file, each ending with a row
 * without path. And the page of a problem, and the list of operations as the first example.
 */
#include <stdio.h>

#include "http/office/office_work.h"
#include "http/pages_frame.h"

#define TABLES                                                                                     \
    HAVE(pages_login)                                                                              \
    HAVE(pages_account)                                                                            \
    HAVE(pages_people)                                                                             \
    HAVE(pages_answer)                                                                             \
    SOON(pages_queue) SOON(pages_application) SOON(pages_documents) SOON(pages_office)

#define SOON(name) extern const struct office_page name[] __attribute__((weak));
#define HAVE(name) extern const struct office_page name[];
TABLES
#undef SOON
#undef HAVE

/* ---- what one may do here, from the operations' rows ----------------------------------------- */

static int get_operations(struct office_request *r)
{
    const struct page_context c = office_context(r);
    const struct op *op;
    struct page p;
    bool hindi = r->lang == LANG_HI;
    const char *title = hindi ? "क्रियाएँ" : "Operations";
    page_begin(&p, &c, title, WORD_COUNT, &r->body);
    html_raw(&p.h, "<h1>");
    html_text(&p.h, title);
    html_raw(&p.h, "</h1><table><tbody>");
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (op_allowed(op, r->actor)) {
            html_raw(&p.h, "<tr><th scope=\"row\">");
            html_text(&p.h, hindi ? op->hi : op->en);
            html_raw(&p.h, "</th><td><code>");
            html_text(&p.h, op->method);
            html_raw(&p.h, " ");
            html_text(&p.h, op->path);
            html_raw(&p.h, "</code></td></tr>");
        }
    }
    html_raw(&p.h, "</tbody></table>");
    return page_end(&p);
}

static const struct office_page own[] = {
    {"/office/operations", ROLE_ANY, get_operations, NULL},
    {0},
};

/* ---- the list -------------------------------------------------------------------------------- */

#define SOON(name) name,
#define HAVE(name) name,
static const struct office_page *const tables[] = {TABLES own};
#undef SOON
#undef HAVE

const struct office_page *office_page_at(size_t i)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (const struct office_page *p = tables[t]; p && p->path; p++) {
            if (i-- == 0) {
                return p;
            }
        }
    }
    return NULL;
}

/* ---- problems -------------------------------------------------------------------------------- */

int office_problem_page(struct office_request *r)
{
    const struct page_context c = office_context(r);
    bool hindi = r->lang == LANG_HI;
    const char *detail = hindi ? r->detail_hi : r->detail;
    struct page p;
    r->content_type = NULL;
    page_begin(&p, &c, op_problem_title(r->problem, hindi), WORD_COUNT, &r->body);
    html_raw(&p.h, "<h1>");
    html_text(&p.h, op_problem_title(r->problem, hindi));
    html_raw(&p.h, "</h1>");
    if (detail) {
        html_raw(&p.h, "<p>");
        html_text(&p.h, detail);
        html_raw(&p.h, "</p>");
    }
    const char *back = office_form_page(r);
    if (r->problem == OP_NOT_LOGGED_IN) {
        html_raw(&p.h, "<p><a class=\"button\" href=\"/office/login");
        if (back && !strpbrk(back, "?#&")) {
            html_raw(&p.h, "?next=");
            html_text(&p.h, back);
        }
        html_element(&p.h, "\">", hindi ? "लॉगिन करें" : "Log in", "</a></p>");
    }
    html_raw(&p.h, "<p><a href=\"/office\">");
    html_text(&p.h, hindi ? "आरंभ पृष्ठ पर जाएँ" : "Go to the start page");
    html_raw(&p.h, "</a></p>");
    return page_end(&p);
}
