/*
 * people_view - see people_view.h.
 */
#include "http/office/people_view.h"

#include <stdio.h>

#include "http/office/kept.h"
#include "http/office/office_work.h"
#include "office/params.h"

static const char *const words[PW_COUNT][2] = {
#define PEOPLE_WORD(id, en, hi) [PW_##id] = {en, hi},
#include "http/office/people_words.def"
#undef PEOPLE_WORD
};

/* ---- the view -------------------------------------------------------------------------------- */

static int read_op(void *context, const struct op *op, const json_t *in, int64_t limit,
                   const char *after, json_t **out, enum op_problem *problem)
{
    struct office_request *r = context;
    struct op_call call;
    int rc = office_run_paged(r, op->id, json_deep_copy(in), limit, after, &call);
    *out = json_incref(call.out);
    *problem = call.problem;
    op_call_clear(&call);
    return rc;
}

void people_page_init(struct people_page *p, struct office_request *r)
{
    *p = (struct people_page){.r = r, .source = {op_find, op_at, read_op, NULL, r}};
    p->v = (struct view){.h = {&r->body},
                         .lang = r->lang,
                         .arena = r->arena,
                         .source = &p->source,
                         .actor = r->actor,
                         .now = r->now,
                         .demo = r->office->server->trusted->evidence.demo,
                         .form_token = r->visitor.session.form_token,
                         .path = r->url,
                         .query = r->query,
                         .args = r->path,
                         .done = r->done,
                         .form_key = r->form_key};
}

const char *people_word(enum lang lang, enum people_word id)
{
    return words[id][lang == LANG_HI];
}

void pw(struct people_page *p, enum people_word id)
{
    html_text(&p->v.h, people_word(p->v.lang, id));
}

void pw_fill(struct people_page *p, enum people_word id, const char *value)
{
    const char *text = people_word(p->v.lang, id), *mark = strstr(text, "{0}");
    html_span(&p->v.h, span_make(text, mark ? (size_t)(mark - text) : strlen(text)));
    if (mark) {
        html_text(&p->v.h, value);
        html_text(&p->v.h, mark + 3);
    }
}

/* ---- forms ----------------------------------------------------------------------------------- */

static void mistake(struct people_page *p, const struct people_field *f, const char *why)
{
    struct html *h = &p->v.h;
    html_raw(h, "<p class=\"wrong bad\" id=\"");
    html_text(h, f->name);
    html_element(h, "-wrong\">", why, "</p>");
}

static void described_by(struct html *h, const struct people_field *f, bool wrong)
{
    if (!wrong && f->hint == PW_COUNT) {
        return;
    }
    html_raw(h, " aria-describedby=\"");
    if (wrong) {
        html_text(h, f->name);
        html_raw(h, "-wrong ");
    }
    if (f->hint != PW_COUNT) {
        html_text(h, f->name);
        html_raw(h, "-hint");
    }
    html_raw(h, "\"");
}

void people_field(struct people_page *p, const char *op, const struct people_field *f)
{
    struct html *h = &p->v.h;
    const char *why = op ? office_why(p->r, op, f->name) : NULL;
    const char *now = op ? office_entered(p->r, op, f->name, f->value) : f->value;
    html_raw(h, "<div class=\"field\"><label for=\"");
    html_element(h, "", f->name, "\">");
    pw_element(p, "", f->label, "</label>");
    if (f->hint != PW_COUNT) {
        html_raw(h, "<p class=\"hint\" id=\"");
        html_element(h, "", f->name, "-hint\">");
        pw_element(p, "", f->hint, "</p>");
    }
    if (why) {
        mistake(p, f, why);
    }
    html_raw(h, "<input");
    html_attr(h, "id", f->name);
    html_attr(h, "name", f->name);
    html_attr(h, "type", f->type);
    html_attr(h, "autocomplete", f->autocomplete ? f->autocomplete : "off");
    described_by(h, f, why != NULL);
    if (why) {
        html_raw(h, " aria-invalid=\"true\"");
    }
    if (f->required) {
        html_raw(h, " required");
    }
    if (f->max) {
        html_raw(h, " maxlength=\"");
        html_number(h, f->max);
        html_raw(h, "\"");
    }
    if (now && strcmp(f->type, "password") != 0) {
        html_attr(h, "value", now);
    }
    html_raw(h, "></div>");
}

static void hidden(struct html *h, const char *name, const char *value)
{
    html_raw(h, "<input type=\"hidden\"");
    html_attr(h, "name", name);
    html_attr(h, "value", value);
    html_raw(h, ">");
}

void people_form_begin(struct people_page *p, const char *action, const char *op)
{
    struct html *h = &p->v.h;
    html_raw(h, "<form class=\"ask\" method=\"post\" action=\"");
    html_text(h, action);
    if (!p->v.actor) { /* nobody's language is known yet */
        html_raw(h, "?lang=");
        html_text(h, p->v.lang == LANG_HI ? "hi" : "en");
    }
    html_raw(h, "\">");
    hidden(h, "form_token", p->v.form_token);
    if (op) {
        hidden(h, "do", op);
    }
}

void people_form_end(struct people_page *p, enum people_word button, bool danger)
{
    html_raw(&p->v.h, "<p class=\"actions\"><button");
    if (danger) {
        html_raw(&p->v.h, " class=\"bad\"");
    }
    pw_element(p, ">", button, "</button></p></form>");
}

void people_failed(struct people_page *p, const char *op)
{
    struct office_request *r = p->r;
    bool hindi = p->v.lang == LANG_HI;
    const char *more = hindi ? r->failed_detail_hi : r->failed_detail;
    if (!r->failed || strcmp(r->failed, op) != 0) {
        return;
    }
    bool kept = r->failed_problem == OP_OK; /* nothing is wrong: http/office/kept.h */
    buffer_str(p->v.h.out, kept ? "<div class=\"note care\"" : "<div class=\"note bad\"");
    pw_element(p, " role=\"alert\"><h3>", kept ? PW_NOT_SENT : PW_PROBLEM, "</h3>");
    if (!kept) {
        html_element(&p->v.h, "<p>", op_problem_title(r->failed_problem, hindi), "</p>");
    }
    if (more) {
        html_element(&p->v.h, "<p>", more, "</p>");
    }
    html_raw(&p->v.h, "</div>");
}

/* ---- roles ----------------------------------------------------------------------------------- */

#define ROLE "role_"

static const char *const officer_roles[] = {"intake", "assessor", "committee", "signer", "admin"};

enum { ROLES = sizeof officer_roles / sizeof *officer_roles };

const char *people_role(enum lang lang, const char *role)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (strcmp(officer_roles[i], role) == 0) {
            return people_word(lang, (enum people_word)(PW_ROLE_INTAKE + (int)i));
        }
    }
    return people_word(lang, PW_ROLE_VENDOR);
}

static bool has_role(const json_t *roles, const char *role)
{
    size_t i;
    json_t *word;
    json_array_foreach((json_t *)(uintptr_t)roles, i, word)
    {
        if (strcmp(json_string_value(word), role) == 0) {
            return true;
        }
    }
    return false;
}

void people_roles(struct people_page *p, const char *op, const json_t *now)
{
    struct html *h = &p->v.h;
    const char *why = office_why(p->r, op, "roles");
    bool again = p->r->failed && strcmp(p->r->failed, op) == 0;
    pw_element(p, "<fieldset class=\"field\"><legend>", PW_ROLES, "</legend>");
    pw_element(p, "<p class=\"hint\">", PW_ROLES_HINT, "</p>");
    if (why) {
        html_element(h, "<p class=\"wrong bad\">", why, "</p>");
    }
    for (size_t i = 0; i < ROLES; i++) {
        char name[32] = ROLE;
        (void)snprintf(name, sizeof name, ROLE "%s", officer_roles[i]);
        html_raw(h, "<label class=\"check\"><input type=\"checkbox\" value=\"1\"");
        html_attr(h, "name", name);
        if (again ? office_field(p->r, name) != NULL : has_role(now, officer_roles[i])) {
            html_raw(h, " checked");
        }
        html_element(h, "> ", people_role(p->v.lang, officer_roles[i]), "</label> ");
    }
    html_raw(h, "</fieldset>");
}

/* The boxes that were ticked, as the operation has them. */
static int take_roles(const struct office_request *r, const struct op *op, json_t *in)
{
    char ticked[128] = "", name[32];
    size_t n = 0;
    for (size_t i = 0; i < ROLES; i++) {
        (void)snprintf(name, sizeof name, ROLE "%s", officer_roles[i]);
        if (office_field(r, name)) {
            n += (size_t)snprintf(ticked + n, sizeof ticked - n, "%s%s", n ? " " : "",
                                  officer_roles[i]);
        }
    }
    return n && params_find(op, PARAMS_BODY, "roles")
               ? json_object_set_new(in, "roles", json_string(ticked))
               : 0;
}

/* ---- what a form did ------------------------------------------------------------------------- */

static bool is_ours(const char *name)
{
    static const char *const ours[] = {"form_token", "form_key", "do", "page", "next", "lang_page"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcmp(name, ours[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, ROLE, sizeof ROLE - 1) == 0;
}

static int take(const struct op *op, const json_t *from, json_t *in, json_t **errors)
{
    int rc = 0;
    for (void *i = json_object_iter((json_t *)(uintptr_t)from); i && rc == 0;
         i = json_object_iter_next((json_t *)(uintptr_t)from, i)) {
        const char *name = json_object_iter_key(i);
        const json_t *value = json_object_iter_value(i);
        if (!is_ours(name)) {
            rc = params_text(op, PARAMS_ALL, name,
                             span_make(json_string_value(value), json_string_length(value)), in,
                             errors);
        }
    }
    return rc;
}

static const struct op *chosen(const struct office_request *r, const char *const *ops)
{
    const char *id = office_field(r, "do");
    for (; id && *ops; ops++) {
        if (strcmp(*ops, id) == 0) {
            return op_find(id);
        }
    }
    return NULL;
}

static int not_done(struct office_request *r, const struct op *op, struct op_call *call,
                    enum people_done *done)
{
    if (call->problem == OP_CONFIRM) {
        char location[LOCATION];
        *done = PEOPLE_ELSEWHERE;
        if (kept_wanted(r)) {
            return kept_confirm(r);
        }
        (void)snprintf(location, sizeof location, "/office/again?next=%.900s", r->url);
        return office_redirect(r, location);
    }
    if (call->problem == OP_NOT_FOUND || call->problem == OP_INTERNAL) {
        *done = PEOPLE_ELSEWHERE;
        return office_page_problem(r, call->problem, call->detail, call->detail_hi);
    }
    *done = PEOPLE_AGAIN;
    r->failed = op->id;
    r->failed_problem = call->problem;
    r->failed_detail = call->detail;
    r->failed_detail_hi = call->detail_hi;
    r->status = op_problem_status(call->problem);
    json_decref(r->errors);
    r->errors = json_incref(call->errors);
    return 0;
}

int people_run(struct office_request *r, const char *const *ops, struct op_call *call,
               enum people_done *done)
{
    const struct op *op = chosen(r, ops);
    json_t *in = json_object();
    *call = (struct op_call){.file = {.fd = -1}};
    *done = PEOPLE_ELSEWHERE;
    if (!op || !in) {
        json_decref(in);
        return in ? office_page_problem(r, OP_NOT_FOUND, NULL, NULL) : -1;
    }
    office_call_begin(r, op, in, call);
    int rc = take(op, r->form, in, &call->errors);
    rc = rc == 0 ? take(op, r->path, in, &call->errors) : rc;
    rc = rc == 0 ? take_roles(r, op, in) : rc;
    rc = rc == 0 ? op_call(call) : rc;
    if (rc == 0 && call->problem) {
        rc = not_done(r, op, call, done);
    } else if (rc == 0) {
        *done = PEOPLE_DONE;
    }
    call->in = NULL;
    json_decref(in);
    return rc;
}

int people_new_cookie(struct office_request *r)
{
    char cookie[PEOPLE_COOKIE];
    struct people *p = r->office->people;
    if (people_renew(p, r->records, &r->visitor.session, cookie) != 0) {
        return -1;
    }
    visitor_set_cookie(people_settings(p), cookie, r->cookie);
    return 0;
}

const char *people_next(const struct office_request *r, const char *otherwise)
{
    const char *next = office_field(r, "next");
    next = next ? next : office_query(r, "next");
    if (!next || strncmp(next, "/office", 7) != 0 || (next[7] && !strchr("/?", next[7])) ||
        strlen(next) > LOCATION / 2) {
        return otherwise;
    }
    for (const char *s = next; *s; s++) {
        if (*s <= ' ' || *s > '~' || *s == '\\' || *s == '"' || (*s == '/' && s[1] == '/')) {
            return otherwise;
        }
    }
    return next;
}
