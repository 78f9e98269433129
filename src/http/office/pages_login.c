/*
 * pages_login - logging in, the second factor, showing the password again, logging out.
 *
 * A form here is taken only from our own pages, also before there is a session: nobody is to be
 * logged in as somebody else without knowing. Which of login and password was wrong is never said.
 */
#include <stdio.h>

#include <openssl/crypto.h>

#include "base/tidy.h"

#include "http/office/kept.h"
#include "http/office/people_view.h"
#include "office/people/secret.h"

#define OWN "/office"

/* ---- answers --------------------------------------------------------------------------------- */

/* What did not go well, above the form. */
static void say(struct people_page *p, const struct people_entry *e)
{
    char seconds[16];
    if (!e) {
        return;
    }
    html_raw(&p->v.h, "<div class=\"note bad\" role=\"alert\" tabindex=\"-1\"><p>");
    if (e->result == PEOPLE_WAIT) {
        (void)snprintf(seconds, sizeof seconds, "%u", e->retry);
        pw_fill(p, PW_WAIT, seconds);
    } else {
        pw(p, e->result == PEOPLE_BUSY ? PW_BUSY : PW_WRONG);
    }
    html_raw(&p->v.h, "</p></div>");
}

static void set_status(struct office_request *r, const struct people_entry *e)
{
    r->retry = e->retry;
    r->status = e->result == PEOPLE_WAIT ? 429U : e->result == PEOPLE_BUSY ? 503U : 403U;
}

static int second_page(struct office_request *r, const struct people_entry *e);

/* From here on the request is the new session's: its pages carry its form token. */
static int become(struct office_request *r, const struct people_entry *e)
{
    if (people_session_find(r->office->people, r->records, e->cookie, r->visitor.address, r->now,
                            &r->visitor.session) != 0) {
        return -1;
    }
    r->actor = visitor_actor(&r->visitor);
    if (r->actor && !office_query(r, "lang")) {
        r->lang = r->visitor.session.hindi ? LANG_HI : LANG_EN;
    }
    return 0;
}

/* With what was entered before: the next page is made here, an address could not carry it. */
static int go_on_kept(struct office_request *r, const struct people_entry *e)
{
    const struct people_session *s = &r->visitor.session;
    if (become(r, e) != 0) {
        return -1;
    }
    if (e->stage != PEOPLE_FULL) {
        return second_page(r, NULL);
    }
    return s->must_change || s->must_enrol ? office_redirect(r, "/office/account") : kept_show(r);
}

/* The session there is now, and where to go. */
static int go_on(struct office_request *r, const struct people_entry *e)
{
    char location[LOCATION];
    visitor_set_cookie(people_settings(r->office->people), e->cookie, r->cookie);
    const char *next = people_next(r, OWN);
    if (kept_there(r)) {
        return go_on_kept(r, e);
    }
    if (e->stage == PEOPLE_FULL) {
        return office_redirect(r, next);
    }
    (void)snprintf(location, sizeof location, "/office/second?next=%s", next);
    return office_redirect(r, location);
}

/* Where to go afterwards, and what was entered there. */
static void keep_next(struct people_page *p)
{
    kept_fields(p->r, &p->v.h);
    html_raw(&p->v.h, "<input type=\"hidden\" name=\"next\"");
    html_attr(&p->v.h, "value", people_next(p->r, OWN));
    html_raw(&p->v.h, ">");
}

/* From a page of somebody else: nothing happens. */
static bool is_forged(struct office_request *r, int *rc)
{
    *rc = r->visitor.origin_ok ? 0 : office_page_problem(r, OP_FORGED, NULL, NULL);
    return !r->visitor.origin_ok;
}

static const char *text(const struct office_request *r, const char *name)
{
    const char *s = office_field(r, name);
    return s ? s : "";
}

/* ---- login ----------------------------------------------------------------------------------- */

static const char *shown_certificate(const struct office_request *r)
{
    const char *name = people_settings(r->office->people)->certificate_header;
    const char *pem = name[0] && r->office->server->settings->behind_proxy
                          ? MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name)
                          : NULL;
    return pem && *pem ? pem : NULL;
}

static void certificate_form(struct people_page *p)
{
    if (!shown_certificate(p->r)) {
        return;
    }
    people_form_begin(p, "/office/login/certificate", NULL);
    keep_next(p);
    people_form_end(p, PW_LOGIN_CERTIFICATE, false);
}

static int login_page(struct office_request *r, const struct people_entry *e)
{
    static const struct people_field login = {"login",    PW_LOGIN_NAME, PW_COUNT, "text",
                                              "username", NULL,          true,     63};
    static const struct people_field password = {
        "password", PW_PASSWORD, PW_COUNT, "password", "current-password", NULL, true, 256};
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, people_word(r->lang, PW_LOGIN), NULL);
    pw_element(&p, "<p>", PW_LOGIN_WHO, "</p>");
    if (!e && kept_wanted(r)) {
        pw_element(&p, "<div class=\"note care\" role=\"alert\"><p>", PW_LOGIN_KEPT, "</p></div>");
    }
    say(&p, e);
    people_form_begin(&p, "/office/login", NULL);
    keep_next(&p);
    people_field(&p, NULL, &login);
    people_field(&p, NULL, &password);
    people_form_end(&p, PW_LOGIN, false);
    certificate_form(&p);
    pw_element(&p, "<p>", PW_LOGIN_NONE, "</p>");
    return view_end(&p.v);
}

int kept_login(struct office_request *r)
{
    r->status = op_problem_status(OP_NOT_LOGGED_IN);
    return login_page(r, NULL);
}

static int get_login(struct office_request *r)
{
    return r->actor ? office_redirect(r, people_next(r, OWN)) : login_page(r, NULL);
}

static const char *own_cookie(const struct office_request *r)
{
    return visitor_cookie(r->connection, people_settings(r->office->people));
}

static int after_login(struct office_request *r, const struct people_entry *e)
{
    if (e->result == PEOPLE_FAILED) {
        return -1;
    }
    if (e->result == PEOPLE_OK) {
        return go_on(r, e);
    }
    set_status(r, e);
    return login_page(r, e);
}

/* Copied from a page or a mail, with a blank before or behind it. */
static const char *without_blanks(const struct office_request *r, const char *typed)
{
    struct buffer b;
    buffer_init(&b, strlen(typed) + 1);
    tidy_code(&b, span_str(typed));
    const char *text = buffer_cstr(&b);
    const char *kept = text ? arena_str(r->arena, span_str(text)) : NULL;
    buffer_free(&b);
    return kept ? kept : typed;
}

/* A password is taken as it is typed; a one-time password, told by its form, without the blanks. */
static const char *password_of(const struct office_request *r)
{
    char code[SECRET_CODE];
    const char *typed = text(r, "password"), *plain = without_blanks(r, typed);
    bool one_time = secret_code_read(plain, code) && strcmp(plain, code) == 0;
    OPENSSL_cleanse(code, sizeof code);
    return one_time ? plain : typed;
}

static int post_login(struct office_request *r)
{
    struct people_entry e;
    int rc;
    if (is_forged(r, &rc)) {
        return rc;
    }
    const struct people_try in = {without_blanks(r, text(r, "login")), password_of(r),
                                  own_cookie(r), r->visitor.address, r->now};
    people_login(r->office->people, r->records, &in, &e);
    return after_login(r, &e);
}

static int post_certificate(struct office_request *r)
{
    struct people_entry e;
    const char *pem = shown_certificate(r);
    int rc;
    if (is_forged(r, &rc)) {
        return rc;
    }
    if (!pem) {
        return office_page_problem(r, OP_NOT_FOUND, NULL, NULL);
    }
    const struct people_try in = {"", "", own_cookie(r), r->visitor.address, r->now};
    people_certificate(r->office->people, r->records, pem, &in, &e);
    return after_login(r, &e);
}

/* ---- the second factor ----------------------------------------------------------------------- */

static int second_page(struct office_request *r, const struct people_entry *e)
{
    static const struct people_field code = {"code",          PW_SECOND_CODE, PW_COUNT, "text",
                                             "one-time-code", NULL,           true,     40};
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, people_word(r->lang, PW_SECOND), NULL);
    pw_element(&p, "<p>", PW_SECOND_WHY, "</p>");
    say(&p, e);
    people_form_begin(&p, "/office/second", NULL);
    keep_next(&p);
    people_field(&p, NULL, &code);
    people_form_end(&p, PW_GO_ON, false);
    pw_element(&p, "<p><a href=\"/office/login\">", PW_OTHER_LOGIN, "</a></p>");
    return view_end(&p.v);
}

static int get_second(struct office_request *r)
{
    return r->visitor.session.stage == PEOPLE_PASSWORD ? second_page(r, NULL)
                                                       : office_redirect(r, "/office/login");
}

static int post_second(struct office_request *r)
{
    struct people_entry e;
    int rc;
    if (is_forged(r, &rc)) {
        return rc;
    }
    if (r->visitor.session.stage != PEOPLE_PASSWORD) {
        return office_redirect(r, "/office/login");
    }
    people_second(r->office->people, r->records, &r->visitor.session, text(r, "code"), r->now, &e);
    if (e.result == PEOPLE_FAILED) {
        return -1;
    }
    if (e.result == PEOPLE_OK) {
        return go_on(r, &e);
    }
    set_status(r, &e);
    return second_page(r, &e);
}

/* ---- once more ------------------------------------------------------------------------------- */

static int confirm_page(struct office_request *r, const struct people_entry *e)
{
    static const struct people_field password = {
        "password", PW_PASSWORD, PW_COUNT, "password", "current-password", NULL, true, 256};
    static const struct people_field code = {"code",          PW_CODE_IF, PW_COUNT, "text",
                                             "one-time-code", NULL,       false,    40};
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, people_word(r->lang, PW_CONFIRM), NULL);
    pw_element(&p, "<p>", kept_wanted(r) || kept_there(r) ? PW_CONFIRM_KEPT : PW_CONFIRM_WHY,
               "</p>");
    say(&p, e);
    people_form_begin(&p, "/office/again", NULL);
    keep_next(&p);
    people_field(&p, NULL, &password);
    people_field(&p, NULL, &code);
    people_form_end(&p, PW_GO_ON, false);
    return view_end(&p.v);
}

int kept_confirm(struct office_request *r)
{
    r->status = op_problem_status(OP_CONFIRM);
    return confirm_page(r, NULL);
}

static int get_confirm(struct office_request *r)
{
    return confirm_page(r, NULL);
}

static int post_confirm(struct office_request *r)
{
    struct people_entry e;
    people_confirm(r->office->people, r->records, &r->visitor.session, text(r, "password"),
                   text(r, "code"), r->now, &e);
    if (e.result == PEOPLE_FAILED) {
        return -1;
    }
    if (e.result == PEOPLE_OK) {
        return go_on(r, &e);
    }
    set_status(r, &e);
    return confirm_page(r, &e);
}

/* ---- out ------------------------------------------------------------------------------------- */

static int get_logout(struct office_request *r)
{
    return office_redirect(r, OWN);
}

static int post_logout(struct office_request *r)
{
    struct people *p = r->office->people;
    if (people_logout(p, r->records, &r->visitor.session, r->now) != 0) {
        return -1;
    }
    visitor_set_cookie(people_settings(p), "", r->cookie);
    return office_redirect(r, "/office/login");
}

const struct office_page pages_login[] = {
    {"/office/login", 0, get_login, post_login},
    {"/office/login/certificate", 0, get_login, post_certificate},
    {"/office/second", 0, get_second, post_second},
    {"/office/again", ROLE_ANY, get_confirm, post_confirm},
    {"/office/logout", 0, get_logout, post_logout},
    {0},
};
