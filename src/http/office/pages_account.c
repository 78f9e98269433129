/*
 * pages_account - what a person sees and does about his own account.
 *
 * Secrets - a token, the secret of the second factor, recovery codes - are in the answer to the
 * form that made them and nowhere else: a reload of the page does not show them again.
 */
#include <inttypes.h>
#include <stdio.h>

#include "http/office/people_view.h"
#include "http/office/qr.h"

#define PAGE "/office/account"

static void section(struct people_page *p, enum people_word title)
{
    pw_element(p, "<section class=\"part\"><h2>", title, "</h2>");
}

#define section_end(p) html_raw(&(p)->v.h, "</section>")

static void time_cell(struct people_page *p, enum people_word label, int64_t t)
{
    char text[UTC_TEXT];
    html_raw(&p->v.h, "<td");
    html_attr(&p->v.h, "data-label", people_word(p->v.lang, label));
    html_raw(&p->v.h, ">");
    html_text(&p->v.h, t == UTC_NONE ? people_word(p->v.lang, PW_NEVER)
                                     : utc_people(t, p->v.lang == LANG_HI, text));
    html_raw(&p->v.h, "</td>");
}

static void head_cell(struct people_page *p, enum people_word label)
{
    pw_element(p, "<th scope=\"col\">", label, "</th>");
}

/* A button that is a form of its own: op with one value. */
static void button(struct people_page *p, const char *op, const char *name, const char *value,
                   enum people_word label)
{
    struct html *h = &p->v.h;
    html_raw(h, "<form method=\"post\" action=\"/office/account\">");
    html_raw(h, "<input type=\"hidden\" name=\"form_token\"");
    html_attr(h, "value", p->v.form_token);
    html_raw(h, "><input type=\"hidden\" name=\"do\"");
    html_attr(h, "value", op);
    html_raw(h, ">");
    if (name) {
        html_raw(h, "<input type=\"hidden\"");
        html_attr(h, "name", name);
        html_attr(h, "value", value);
        html_raw(h, ">");
    }
    pw_element(p, "<button>", label, "</button></form>");
}

/* ---- parts of the page ----------------------------------------------------------------------- */

static void password_part(struct people_page *p)
{
    static const struct people_field old = {
        "old", PW_PASSWORD_OLD, PW_COUNT, "password", "current-password", NULL, true, 256};
    static const struct people_field new = {
        "new", PW_PASSWORD_NEW, PW_PASSWORD_HINT, "password", "new-password", NULL, true, 256};
    static const char op[] = "account.password";
    section(p, PW_CHANGE_PASSWORD);
    people_failed(p, op);
    people_form_begin(p, PAGE, op);
    people_field(p, op, &old);
    people_field(p, op, &new);
    people_form_end(p, PW_CHANGE_PASSWORD, false);
    section_end(p);
}

static void totp_part(struct people_page *p, const json_t *account)
{
    char left[24];
    bool on = get_true(account, "totp");
    section(p, PW_SECOND);
    people_failed(p, "account.totp-begin");
    pw_element(p, "<p>", on ? PW_TOTP_ON : PW_TOTP_OFF, "</p>");
    button(p, "account.totp-begin", NULL, NULL, on ? PW_TOTP_AGAIN : PW_TOTP_BEGIN);
    if (on) {
        (void)snprintf(left, sizeof left, "%" PRId64, get_number(account, "recovery_left"));
        html_raw(&p->v.h, "<p>");
        pw_fill(p, PW_RECOVERY_LEFT, left);
        html_raw(&p->v.h, "</p>");
        button(p, "account.recovery", NULL, NULL, PW_RECOVERY_NEW);
    }
    section_end(p);
}

static void language_part(struct people_page *p)
{
    section(p, PW_LANGUAGE);
    html_raw(&p->v.h, "<div class=\"actions\">");
    button(p, "account.language", "lang", p->v.lang == LANG_HI ? "en" : "hi", PW_LANGUAGE_SET);
    html_raw(&p->v.h, "<span");
    html_attr(&p->v.h, "lang", p->v.lang == LANG_HI ? "en" : "hi");
    html_element(&p->v.h, ">", p->v.lang == LANG_HI ? "English" : "हिन्दी", "</span></div>");
    section_end(p);
}

static void certificate_line(struct people_page *p, enum people_word word, const char *sha256)
{
    if (sha256) {
        html_raw(&p->v.h, "<p class=\"hash\">");
        pw_fill(p, word, sha256);
        html_raw(&p->v.h, "</p>");
    }
}

static void certificate_part(struct people_page *p, const json_t *account)
{
    static const struct people_field sha256 = {
        "sha256", PW_CERTIFICATE_SHA256, PW_COUNT, "text", NULL, NULL, true, 64};
    static const char op[] = "account.certificate";
    section(p, PW_CERTIFICATE);
    pw_element(p, "<p>", PW_CERTIFICATE_WHY, "</p>");
    certificate_line(p, PW_CERTIFICATE_COUNTS, get_text(account, "certificate"));
    certificate_line(p, PW_CERTIFICATE_WAITS, get_text(account, "certificate_new"));
    people_failed(p, op);
    people_form_begin(p, PAGE, op);
    people_field(p, op, &sha256);
    people_form_end(p, PW_CERTIFICATE_REGISTER, false);
    section_end(p);
}

static void session_row(struct people_page *p, const json_t *row)
{
    html_element(&p->v.h, "<tr><th scope=\"row\">", get_text(row, "address"), "</th>");
    time_cell(p, PW_SESSION_SINCE, get_number(row, "created_at"));
    time_cell(p, PW_SESSION_SEEN, get_number(row, "seen_at"));
    html_raw(&p->v.h, "<td class=\"doing\">");
    if (get_true(row, "this")) {
        pw(p, PW_SESSION_THIS);
    } else {
        button(p, "session.end", "session", get_text(row, "id"), PW_SESSION_END);
    }
    html_raw(&p->v.h, "</td></tr>");
}

static void sessions_part(struct people_page *p)
{
    size_t i;
    json_t *row;
    const json_t *items = json_object_get(view_read(&p->v, "session.list", NULL, NULL), "items");
    section(p, PW_SESSIONS);
    html_raw(&p->v.h, "<table class=\"rows\"><thead><tr>");
    head_cell(p, PW_SESSION_FROM);
    head_cell(p, PW_SESSION_SINCE);
    head_cell(p, PW_SESSION_SEEN);
    html_raw(&p->v.h, "<td></td></tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        session_row(p, row);
    }
    html_raw(&p->v.h, "</tbody></table>");
    if (json_array_size(items) > 1) {
        button(p, "session.end-others", NULL, NULL, PW_SESSION_END_OTHERS);
    }
    section_end(p);
}

static void token_row(struct people_page *p, const json_t *row)
{
    char id[24];
    html_element(&p->v.h, "<tr><th scope=\"row\">", get_text(row, "name"), "</th><td");
    html_attr(&p->v.h, "data-label", people_word(p->v.lang, PW_TOKEN_SCOPES));
    html_element(&p->v.h, "><code>", get_text(row, "scopes"), "</code></td>");
    time_cell(p, PW_TOKEN_EXPIRES, get_number(row, "expires_at"));
    time_cell(p, PW_TOKEN_USED, get_number(row, "used_at"));
    html_raw(&p->v.h, "<td class=\"doing\">");
    if (get_has(row, "revoked_at")) {
        pw(p, PW_TOKEN_REVOKED);
    } else {
        (void)snprintf(id, sizeof id, "%" PRId64, get_number(row, "id"));
        button(p, "token.revoke", "token", id, PW_TOKEN_REVOKE);
    }
    html_raw(&p->v.h, "</td></tr>");
}

static void token_form(struct people_page *p)
{
    static const struct people_field name = {"name", PW_TOKEN_NAME, PW_COUNT, "text",
                                             NULL,   NULL,          true,     30};
    static const struct people_field scopes = {
        "scopes", PW_TOKEN_SCOPES, PW_TOKEN_SCOPES_HINT, "text", NULL, NULL, true, 400};
    static const struct people_field days = {"days", PW_TOKEN_DAYS, PW_COUNT, "text",
                                             NULL,   "90",          true,     3};
    static const char op[] = "token.create";
    people_failed(p, op);
    people_form_begin(p, PAGE, op);
    people_field(p, op, &name);
    people_field(p, op, &scopes);
    people_field(p, op, &days);
    people_form_end(p, PW_TOKEN_MAKE, false);
}

static void tokens_part(struct people_page *p)
{
    size_t i;
    json_t *row;
    const json_t *items = json_object_get(view_read(&p->v, "token.list", NULL, NULL), "items");
    section(p, PW_TOKENS);
    pw_element(p, "<p>", PW_TOKENS_WHY, "</p>");
    if (json_array_size(items)) {
        html_raw(&p->v.h, "<table class=\"rows\"><thead><tr>");
        head_cell(p, PW_TOKEN_NAME);
        head_cell(p, PW_TOKEN_SCOPES);
        head_cell(p, PW_TOKEN_EXPIRES);
        head_cell(p, PW_TOKEN_USED);
        html_raw(&p->v.h, "<td></td></tr></thead><tbody>");
        json_array_foreach((json_t *)(uintptr_t)items, i, row)
        {
            token_row(p, row);
        }
        html_raw(&p->v.h, "</tbody></table>");
    }
    token_form(p);
    section_end(p);
}

/* ---- the page -------------------------------------------------------------------------------- */

/* What has to be done first; nothing else is shown then. */
static bool first_steps(struct people_page *p, const json_t *account)
{
    const struct people_session *s = &p->r->visitor.session;
    if (!s->must_change && !s->must_enrol) {
        return false;
    }
    pw_element(p, "<div class=\"next-step wait\"><h2>", PW_FIRST_STEPS, "</h2><ol>");
    if (s->must_change) {
        pw_element(p, "<li>", PW_MUST_CHANGE, "</li>");
    }
    if (s->must_enrol) {
        pw_element(p, "<li>", PW_MUST_ENROL, "</li>");
    }
    html_raw(&p->v.h, "</ol></div>");
    if (s->must_change) {
        password_part(p);
    } else {
        totp_part(p, account);
    }
    return true;
}

static int get_account(struct office_request *r)
{
    struct people_page p;
    people_page_init(&p, r);
    const json_t *account = view_read(&p.v, "account.show", NULL, NULL);
    view_begin(&p.v, people_word(r->lang, PW_ACCOUNT), get_text(account, "login"));
    if (!first_steps(&p, account)) {
        password_part(&p);
        totp_part(&p, account);
        language_part(&p);
        certificate_part(&p, account);
        sessions_part(&p);
        tokens_part(&p);
    }
    return view_end(&p.v);
}

/* ---- answers that are shown once
 * -------------------------------------------------------------- */

static void code_form(struct people_page *p, const char *secret, const char *uri)
{
    static const struct people_field code = {"code",          PW_TOTP_CODE, PW_COUNT, "text",
                                             "one-time-code", NULL,         true,     20};
    struct html *h = &p->v.h;
    static const char op[] = "account.totp-confirm";
    people_failed(p, op);
    if (secret && uri) {
        pw_element(p, "<p>", PW_TOTP_SCAN, "</p>");
        p->v.broken |= qr_svg(h, uri, people_word(p->v.lang, PW_TOTP_PICTURE)) != 0;
        pw_element(p, "<dl class=\"facts\"><dt>", PW_TOTP_SECRET, "</dt>");
        html_element(h, "<dd><code>", secret, "</code></dd>");
        pw_element(p, "<dt>", PW_TOTP_ADDRESS, "</dt>");
        html_element(h, "<dd><code class=\"hash\">", uri, "</code></dd></dl>");
    }
    people_form_begin(p, PAGE, op);
    people_field(p, op, &code);
    people_form_end(p, PW_TOTP_CONFIRM, false);
}

static int totp_page(struct office_request *r, const json_t *out)
{
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, people_word(r->lang, PW_SECOND), NULL);
    code_form(&p, get_text(out, "secret"), get_text(out, "uri"));
    return view_end(&p.v);
}

static int recovery_page(struct office_request *r, const json_t *out)
{
    struct people_page p;
    size_t i;
    json_t *code;
    people_page_init(&p, r);
    view_begin(&p.v, people_word(r->lang, PW_RECOVERY), NULL);
    pw_element(&p, "<p>", PW_RECOVERY_WHY, "</p><ul>");
    json_array_foreach(json_object_get(out, "recovery"), i, code)
    {
        html_element(&p.v.h, "<li><code>", json_string_value(code), "</code></li>");
    }
    pw_element(&p, "</ul><p class=\"actions\"><a class=\"button\" href=\"/office/account\">",
               PW_BACK, "</a></p>");
    return view_end(&p.v);
}

static int token_page(struct office_request *r, const json_t *out)
{
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, people_word(r->lang, PW_TOKENS), get_text(out, "name"));
    pw_element(&p, "<p>", PW_TOKEN_ONCE, "</p>");
    html_element(&p.v.h, "<p><code>", get_text(out, "token"), "</code></p>");
    pw_element(&p, "<p class=\"actions\"><a class=\"button\" href=\"/office/account\">", PW_BACK,
               "</a></p>");
    return view_end(&p.v);
}

/* ---- forms ----------------------------------------------------------------------------------- */

static bool is(const struct op_call *call, const char *op)
{
    return strcmp(call->op->id, op) == 0;
}

static int done(struct office_request *r, struct op_call *call)
{
    if (is(call, "account.totp-begin")) {
        return totp_page(r, call->out);
    }
    if (is(call, "account.recovery")) {
        return recovery_page(r, call->out);
    }
    if (is(call, "token.create")) {
        return token_page(r, call->out);
    }
    /* What a session may do has changed: it gets another cookie. */
    if (is(call, "account.password") || is(call, "account.totp-confirm")) {
        if (people_new_cookie(r) != 0) {
            return -1;
        }
        if (is(call, "account.totp-confirm")) {
            return recovery_page(r, call->out);
        }
    }
    r->op = call->op;
    r->set_flash = true;
    return office_redirect(r, PAGE);
}

static int post_account(struct office_request *r)
{
    static const char *const ops[] = {"account.password",
                                      "account.totp-begin",
                                      "account.totp-confirm",
                                      "account.recovery",
                                      "account.language",
                                      "account.certificate",
                                      "session.end",
                                      "session.end-others",
                                      "token.create",
                                      "token.revoke",
                                      NULL};
    struct op_call call;
    enum people_done what;
    int rc = people_run(r, ops, &call, &what);
    if (rc == 0 && what == PEOPLE_DONE) {
        rc = done(r, &call);
    } else if (rc == 0 && what == PEOPLE_AGAIN) {
        rc = is(&call, "account.totp-confirm") ? totp_page(r, NULL) : get_account(r);
    }
    op_call_clear(&call);
    return rc;
}

const struct office_page pages_account[] = {
    {PAGE, ROLE_ANY, get_account, post_account},
    {0},
};
