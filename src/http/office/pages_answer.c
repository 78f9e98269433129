/*
 * pages_answer - pages around secret addresses: the one on which an issuing body answers, without a
 * login, and the one that gives a calendar program its own.
 *
 * What was sent to the issuer's mailbox leads here. Opening the page changes nothing - programs
 * that look at mail open every link - and one of two buttons answers, once. The page says in
 * English and in Hindi exactly what is confirmed; it tells nothing about the application but that.
 */
#include <stdio.h>

#include "http/office/pages_form.h"
#include "http/office/people_view.h"

/* ---- an issuer's answer ---------------------------------------------------------------------- */

static void both(struct people_page *p, enum office_word id)
{
    html_element(&p->v.h, "<p lang=\"en\">", office_word(LANG_EN, id), "</p>");
    html_element(&p->v.h, "<p lang=\"hi\">", office_word(LANG_HI, id), "</p>");
}

static void fact(struct people_page *p, enum office_word id, const char *text)
{
    if (!text || !*text) {
        return;
    }
    html_element(&p->v.h, "<dt><span lang=\"en\">", office_word(LANG_EN, id), "</span> / ");
    html_element(&p->v.h, "<span lang=\"hi\">", office_word(LANG_HI, id), "</span></dt><dd>");
    part_text(&p->v, text);
    html_raw(&p->v.h, "</dd>");
}

static void claim(struct people_page *p, const json_t *q)
{
    char day[TEXT_SIZE];
    bool hindi = p->v.lang == LANG_HI;
    html_raw(&p->v.h, "<dl class=\"facts\">");
    fact(p, OW_ANSWER_NUMBER, get_text(q, "number"));
    fact(p, OW_ANSWER_ISSUER, get_text(q, "issuer"));
    fact(p, OW_ANSWER_HOLDER, get_text(q, "holder"));
    fact(p, OW_ANSWER_PRODUCT, get_text(q, "product"));
    fact(p, OW_ANSWER_STANDARD, get_text(q, "standard"));
    fact(p, OW_ANSWER_SCOPE, get_text(q, "scope"));
    if (get_has(q, "issued_on")) {
        fact(p, OW_ANSWER_ISSUED, text_date(get_text(q, "issued_on"), hindi, day));
    }
    if (get_has(q, "expires_on")) {
        fact(p, OW_ANSWER_EXPIRES, text_date(get_text(q, "expires_on"), hindi, day));
    }
    html_raw(&p->v.h, "</dl>");
}

static void input(struct people_page *p, const char *name, enum office_word label, bool lines)
{
    html_raw(&p->v.h, "<div class=\"field wide\"><label for=\"");
    html_element(&p->v.h, "", name, "\">");
    html_element(&p->v.h, "<span lang=\"en\">", office_word(LANG_EN, label), "</span> / ");
    html_element(&p->v.h, "<span lang=\"hi\">", office_word(LANG_HI, label), "</span></label>");
    buffer_str(p->v.h.out,
               lines ? "<textarea rows=\"3\" maxlength=\"2000\"" : "<input maxlength=\"200\"");
    html_attr(&p->v.h, "id", name);
    html_attr(&p->v.h, "name", name);
    buffer_str(p->v.h.out, lines ? "></textarea></div>" : " autocomplete=\"name\"></div>");
}

static void button(struct people_page *p, const char *answer, enum office_word word, bool bad)
{
    buffer_str(p->v.h.out, bad ? "<button class=\"bad\"" : "<button");
    html_attr(&p->v.h, "name", "answer");
    html_attr(&p->v.h, "value", answer);
    html_element(&p->v.h, "><span lang=\"en\">", office_word(LANG_EN, word), "</span> / ");
    html_element(&p->v.h, "<span lang=\"hi\">", office_word(LANG_HI, word), "</span></button> ");
}

static void ask(struct people_page *p, const json_t *q)
{
    both(p, OW_ANSWER_ASKS);
    claim(p, q);
    html_raw(&p->v.h, "<form class=\"ask\" method=\"post\"");
    html_attr(&p->v.h, "action", p->r->url);
    html_raw(&p->v.h, "><div class=\"fields\">");
    input(p, "name", OW_ANSWER_NAME, false);
    input(p, "remark", OW_ANSWER_REMARK, true);
    html_raw(&p->v.h, "</div>");
    both(p, OW_ANSWER_MEANS);
    html_raw(&p->v.h, "<p class=\"actions\">");
    button(p, "confirmed", OW_ANSWER_YES, false);
    button(p, "denied", OW_ANSWER_NO, true);
    html_raw(&p->v.h, "</p></form>");
}

static int answer_page(struct office_request *r, const json_t *q, enum office_word said)
{
    struct people_page p;
    const char *standing = get_text(q, "standing");
    people_page_init(&p, r);
    p.v.bare = true;
    view_begin(&p.v, office_word(p.v.lang, OW_ANSWER_TITLE),
               view_text(&p.v, get_text(q, "body"), get_text(q, "body_hi")));
    if (said != OW_COUNT) {
        html_raw(&p.v.h, "<div class=\"note\" role=\"status\">");
        both(&p, said);
        html_raw(&p.v.h, "</div>");
    } else if (strcmp(standing, "open") == 0) {
        ask(&p, q);
    } else {
        bool done = strcmp(standing, "answered") == 0;
        html_raw(&p.v.h, "<div class=\"note\">");
        both(&p, done ? OW_ANSWER_DONE_BEFORE : OW_ANSWER_OVER);
        html_raw(&p.v.h, "</div>");
        claim(&p, q);
    }
    return view_end(&p.v);
}

/* The question of the secret in the address; NULL: *rc is to be returned. */
static json_t *question(struct office_request *r, int *rc)
{
    struct op_call call;
    json_t *out = NULL;
    *rc = office_run(r, "foreign.question", json_pack("{s:s}", "secret", office_value(r, "secret")),
                     &call);
    if (call.problem) {
        *rc = office_page_problem(r, call.problem, call.detail, call.detail_hi);
    } else if (*rc == 0) {
        out = json_incref(call.out);
    }
    op_call_clear(&call);
    return out;
}

static int get_answer(struct office_request *r)
{
    int rc = 0;
    json_t *q = question(r, &rc);
    rc = q ? answer_page(r, q, OW_COUNT) : rc;
    json_decref(q);
    return rc;
}

static json_t *fields(const struct office_request *r)
{
    static const char *const names[] = {"answer", "name", "remark"};
    json_t *in = json_pack("{s:s}", "secret", office_value(r, "secret"));
    for (size_t i = 0; in && i < sizeof names / sizeof *names; i++) {
        const char *text = office_field(r, names[i]);
        if (text && *text && json_object_set_new(in, names[i], json_string(text)) != 0) {
            json_decref(in);
            return NULL;
        }
    }
    return in;
}

/* Only from our own page. */
static int post_answer(struct office_request *r)
{
    struct op_call call;
    int rc = 0;
    if (!r->visitor.origin_ok) {
        return office_page_problem(r, OP_FORGED, NULL, NULL);
    }
    json_t *q = question(r, &rc);
    if (!q) {
        return rc;
    }
    rc = office_run(r, "foreign.answer", fields(r), &call);
    if (call.problem) {
        rc = office_page_problem(r, call.problem, call.detail, call.detail_hi);
    } else if (rc == 0) {
        bool yes = strcmp(get_text(call.out, "answer"), "confirmed") == 0;
        rc = answer_page(r, q, yes ? OW_ANSWER_THANKS : OW_ANSWER_THANKS_NO);
    }
    op_call_clear(&call);
    json_decref(q);
    return rc;
}

/* ---- a calendar ------------------------------------------------------------------------------ */

static int calendar_page(struct office_request *r, const char *path)
{
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, office_word(p.v.lang, OW_FEED_TITLE), office_word(p.v.lang, OW_NAV_FOREIGN));
    view_element(&p.v, "<p class=\"lead\">", OW_FEED_LEAD, "</p>");
    if (path) {
        const struct office *o = people_settings(r->office->people);
        html_raw(&p.v.h, "<div class=\"note\" role=\"status\">");
        view_element(&p.v, "<p><strong>", OW_FEED_ONCE, "</strong></p><p><code class=\"long\">");
        html_text(&p.v.h, o->public_url);
        html_element(&p.v.h, "", path, "</code></p></div>");
    }
    people_form_begin(&p, "/office/foreign/calendar", "foreign.feed-new");
    people_form_end(&p, PW_FEED_NEW, false);
    people_form_begin(&p, "/office/foreign/calendar", "foreign.feed-end");
    people_form_end(&p, PW_FEED_END, true);
    view_element(&p.v, "<p><a href=\"/office/foreign\">", OW_NAV_FOREIGN, "</a></p>");
    return view_end(&p.v);
}

static int get_calendar(struct office_request *r)
{
    return calendar_page(r, NULL);
}

static int post_calendar(struct office_request *r)
{
    static const char *const ops[] = {"foreign.feed-new", "foreign.feed-end", NULL};
    struct op_call call;
    enum people_done done;
    int rc = people_run(r, ops, &call, &done);
    if (rc == 0 && done != PEOPLE_ELSEWHERE) {
        rc = calendar_page(r, done == PEOPLE_DONE ? get_text(call.out, "path") : NULL);
    }
    op_call_clear(&call);
    return rc;
}

const struct office_page pages_answer[] = {
    {"/office/answer/{secret}", 0, get_answer, post_answer},
    {"/office/foreign/calendar", ROLE_ANY, get_calendar, post_calendar},
    {0},
};
