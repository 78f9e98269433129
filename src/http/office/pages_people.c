/*
 * pages_people - officers' administration: who there is, new persons, one-time passwords.
 */
#include <inttypes.h>
#include <stdio.h>

#include "http/office/pages_form.h"
#include "http/office/pages_list.h"
#include "http/office/people_view.h"

enum { ROWS = 100 };

#define LIST "/office/people"

static void firm_cell(struct people_page *p, const json_t *row)
{
    html_raw(&p->v.h, "<td");
    html_attr(&p->v.h, "data-label", people_word(p->v.lang, PW_FIRM));
    html_raw(&p->v.h, ">");
    if (get_has(row, "firm")) {
        html_raw(&p->v.h, "<a href=\"/office/firms/");
        view_number(&p->v, get_number(row, "firm"));
        html_raw(&p->v.h, "\">");
        part_text(&p->v, get_text(row, "firm_name"));
        html_raw(&p->v.h, "</a>");
    }
    html_raw(&p->v.h, "</td>");
}

static void roles(struct people_page *p, const json_t *row)
{
    size_t i;
    json_t *role;
    json_array_foreach(json_object_get(row, "roles"), i, role)
    {
        html_text(&p->v.h, i ? ", " : "");
        html_text(&p->v.h, people_role(p->v.lang, json_string_value(role)));
    }
}

static void state(struct people_page *p, const json_t *row)
{
    char until[UTC_TEXT];
    int64_t locked = get_number(row, "locked_until");
    if (get_has(row, "disabled_at")) {
        pw(p, PW_STATE_DISABLED);
    } else if (locked != UTC_NONE && locked > p->v.now) {
        pw_fill(p, PW_STATE_LOCKED, utc_people(locked, p->v.lang == LANG_HI, until));
    } else {
        pw(p, get_true(row, "must_change") ? PW_STATE_FIRST : PW_STATE_ACTIVE);
    }
}

/* ---- the list -------------------------------------------------------------------------------- */

static void row_shown(struct people_page *p, const json_t *row)
{
    struct html *h = &p->v.h;
    html_raw(h, "<tr><th scope=\"row\"><a href=\"/office/people/");
    view_number(&p->v, get_number(row, "id"));
    html_element(h, "\">", get_text(row, "login"), "</a></th><td");
    html_attr(h, "data-label", people_word(p->v.lang, PW_NAME));
    html_element(h, ">", get_text(row, "name"), "</td><td");
    html_attr(h, "data-label", people_word(p->v.lang, PW_ROLES));
    html_raw(h, ">");
    roles(p, row);
    html_raw(h, "</td>");
    firm_cell(p, row);
    html_raw(h, "<td");
    html_attr(h, "data-label", people_word(p->v.lang, PW_STATE));
    html_raw(h, ">");
    state(p, row);
    html_raw(h, "</td></tr>");
}

/* Names of firms, by the operation that shows one. */
static void ready(struct view *v, json_t *items)
{
    size_t i;
    json_t *row;
    json_array_foreach(items, i, row)
    {
        json_t *firm = json_object_get(row, "firm");
        const json_t *shown =
            json_is_integer(firm)
                ? view_read(v, "firm.show", json_pack("{s:O}", "firm", firm), NULL)
                : NULL;
        const char *name = get_text(shown, "name");
        if (name && json_object_set_new(row, "firm_name", json_string(name)) != 0) {
            v->broken = true;
        }
    }
}

static const char *const columns[] = {"login", "name", "roles", "firm_name", NULL};
static const char *const csv[] = {"login", "name", "email", "roles", "firm_name", NULL};
static const struct table list = {
    .op = "person.list", .columns = columns, .csv = csv, .sorts = true};

static void head(struct people_page *p, const char *column, enum people_word word)
{
    bool down;
    const char *by = column ? table_sorted_by(&p->v, &list, &down) : NULL;
    bool now = by && strcmp(by, column) == 0;
    char other[64];
    (void)snprintf(other, sizeof other, "%s%.40s", now && !down ? "-" : "", column ? column : "");
    html_raw(&p->v.h, "<th scope=\"col\"");
    buffer_str(p->v.h.out,
               now ? down ? " aria-sort=\"descending\"" : " aria-sort=\"ascending\"" : "");
    html_raw(&p->v.h, ">");
    if (column) {
        html_raw(&p->v.h, "<a href=\"");
        view_query_with(&p->v, "sort", other);
        html_raw(&p->v.h, "\">");
    }
    pw(p, word);
    buffer_str(p->v.h.out, column ? "</a></th>" : "</th>");
}

static void table(struct people_page *p, const json_t *answer)
{
    static const enum people_word heads[] = {PW_LOGIN_NAME, PW_NAME, PW_ROLES, PW_FIRM};
    size_t i;
    json_t *row;
    html_raw(&p->v.h, "<table class=\"rows\"><thead><tr>");
    for (i = 0; i < sizeof heads / sizeof *heads; i++) {
        head(p, i == 2 ? NULL : columns[i], heads[i]); /* a list of roles has no order */
    }
    head(p, NULL, PW_STATE);
    html_raw(&p->v.h, "</tr></thead><tbody>");
    json_array_foreach(json_object_get(answer, "items"), i, row)
    {
        row_shown(p, row);
    }
    html_raw(&p->v.h, "</tbody></table>");
    table_pages(&p->v, answer, true);
}

static void firm_choices(struct people_page *p, const json_t *firms, const char *now)
{
    struct html *h = &p->v.h;
    size_t i;
    json_t *row;
    html_raw(h, "<select id=\"firm\" name=\"firm\" aria-describedby=\"firm-hint\">");
    pw_element(p, "<option value=\"\">", PW_FIRM_NONE, "</option>");
    json_array_foreach((json_t *)(uintptr_t)firms, i, row)
    {
        char id[24];
        (void)snprintf(id, sizeof id, "%" PRId64, get_number(row, "id"));
        html_raw(h, "<option");
        html_attr(h, "value", id);
        if (now && strcmp(now, id) == 0) {
            html_raw(h, " selected");
        }
        html_element(h, ">", get_text(row, "name"), "</option>");
    }
    html_raw(h, "</select>");
}

/* A choice where there are not too many, else the firm's number. */
static void firm_field(struct people_page *p, const char *op)
{
    static const struct people_field number = {"firm", PW_FIRM, PW_FIRM_HINT, "text",
                                               NULL,   NULL,    false,        12};
    const json_t *firms = form_choices(&p->v, "firm");
    const char *why = office_why(p->r, op, "firm");
    if (!firms) {
        people_field(p, op, &number);
        return;
    }
    pw_element(p, "<div class=\"field\"><label for=\"firm\">", PW_FIRM, "</label>");
    pw_element(p, "<p class=\"hint\" id=\"firm-hint\">", PW_FIRM_HINT, "</p>");
    if (why) {
        html_element(&p->v.h, "<p class=\"wrong bad\">", why, "</p>");
    }
    firm_choices(p, firms, office_entered(p->r, op, "firm", NULL));
    html_raw(&p->v.h, "</div>");
}

static void add_form(struct people_page *p)
{
    static const struct people_field fields[] = {
        {"login", PW_LOGIN_NAME, PW_COUNT, "text", NULL, NULL, true, 63},
        {"name", PW_NAME, PW_COUNT, "text", NULL, NULL, true, 100},
        {"email", PW_EMAIL, PW_COUNT, "email", NULL, NULL, false, 100},
    };
    static const char op[] = "person.create";
    pw_element(p, "<section class=\"part\"><h2>", PW_ADD, "</h2>");
    people_failed(p, op);
    people_form_begin(p, LIST, op);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        people_field(p, op, &fields[i]);
    }
    people_roles(p, op, NULL);
    firm_field(p, op);
    people_form_end(p, PW_ADD, false);
    html_raw(&p->v.h, "</section>");
}

static int get_list(struct office_request *r)
{
    struct people_page p;
    people_page_init(&p, r);
    json_t *in = table_query(&p.v, list.op);
    if (list_file(&p.v, &list, in, ready)) {
        r->content_type = "text/csv; charset=utf-8";
        return buffer_ok(p.v.h.out) && !p.v.broken ? 0 : -1;
    }
    view_begin(&p.v, people_word(r->lang, PW_PEOPLE), NULL);
    table_filters(&p.v, list.op);
    table(&p, list_rows(&p.v, &list, in, ROWS, ready));
    add_form(&p);
    return view_end(&p.v);
}

/* ---- one ------------------------------------------------------------------------------------- */

/* A form of one button, saying before what it does. */
static void act(struct people_page *p, const char *op, enum people_word will,
                enum people_word label, bool danger)
{
    people_failed(p, op);
    people_form_begin(p, p->v.path, op);
    if (will != PW_COUNT) {
        pw_element(p, "<p class=\"will\">", will, "</p>");
    }
    people_form_end(p, label, danger);
}

static void set_form(struct people_page *p, const json_t *person)
{
    size_t i;
    const struct people_field fields[] = {
        {"name", PW_NAME, PW_COUNT, "text", NULL, get_text(person, "name"), true, 100},
        {"email", PW_EMAIL, PW_COUNT, "email", NULL, get_text(person, "email"), false, 100}};
    static const char op[] = "person.set";
    people_failed(p, op);
    people_form_begin(p, p->v.path, op);
    for (i = 0; i < sizeof fields / sizeof *fields; i++) {
        people_field(p, op, &fields[i]);
    }
    if (!get_has(person, "firm")) {
        people_roles(p, op, json_object_get(person, "roles"));
    }
    html_raw(&p->v.h, "<input type=\"hidden\" name=\"version\" value=\"");
    view_number(&p->v, get_number(person, "version"));
    html_raw(&p->v.h, "\">");
    people_form_end(p, PW_SET, false);
}

static void certificate_forms(struct people_page *p, const json_t *person)
{
    static const char op[] = "person.certificate";
    const char *waits = get_text(person, "certificate_new"), *now = get_text(person, "certificate");
    if (!view_may(&p->v, op) || (!waits && !now)) {
        return;
    }
    pw_element(p, "<h2>", PW_CERTIFICATE, "</h2>");
    people_failed(p, op);
    if (waits) {
        people_form_begin(p, p->v.path, op);
        html_raw(&p->v.h, "<p class=\"hash\">");
        pw_fill(p, PW_CERTIFICATE_WAITS, waits);
        html_raw(&p->v.h, "</p><input type=\"hidden\" name=\"sha256\"");
        html_attr(&p->v.h, "value", waits);
        html_raw(&p->v.h, ">");
        people_form_end(p, PW_CERTIFICATE_CONFIRM, false);
    }
    people_form_begin(p, p->v.path, op);
    html_raw(&p->v.h, "<input type=\"hidden\" name=\"sha256\" value=\"\"><p class=\"hash\">");
    pw_fill(p, PW_CERTIFICATE_COUNTS, now ? now : "–");
    html_raw(&p->v.h, "</p>");
    people_form_end(p, PW_CERTIFICATE_REMOVE, true);
}

static int get_person(struct office_request *r)
{
    struct people_page p;
    enum op_problem problem = OP_OK;
    people_page_init(&p, r);
    const json_t *person =
        view_read(&p.v, "person.show",
                  json_pack("{sI}", "person", (json_int_t)view_id(&p.v, "person")), &problem);
    if (!person) {
        return p.v.broken ? -1 : office_page_problem(r, problem, NULL, NULL);
    }
    view_begin(&p.v, get_text(person, "name"), get_text(person, "login"));
    html_raw(&p.v.h, "<p>");
    state(&p, person);
    html_raw(&p.v.h, "</p>");
    set_form(&p, person);
    if (get_has(person, "disabled_at") || get_number(person, "locked_until") > r->now) {
        act(&p, "person.enable", PW_COUNT, PW_ENABLE, false);
    }
    act(&p, "person.reset", PW_RESET_WILL, PW_RESET, false);
    if (get_true(person, "totp")) {
        act(&p, "person.reset-totp", PW_RESET_TOTP_WILL, PW_RESET_TOTP, false);
    }
    certificate_forms(&p, person);
    if (!get_has(person, "disabled_at")) {
        act(&p, "person.disable", PW_DISABLE_WILL, PW_DISABLE, true);
    }
    return view_end(&p.v);
}

/* ---- forms ----------------------------------------------------------------------------------- */

static int once_page(struct office_request *r, const json_t *out)
{
    struct people_page p;
    people_page_init(&p, r);
    view_begin(&p.v, get_text(out, "name"), NULL);
    html_raw(&p.v.h, "<p>");
    pw_fill(&p, PW_ONCE, get_text(out, "login"));
    html_element(&p.v.h, ": <code>", get_text(out, "password"), "</code></p>");
    pw_element(&p, "<p>", PW_ONCE_WHY,
               "</p><p class=\"actions\"><a class=\"button\" href=\"/office/people/");
    view_number(&p.v, get_number(out, "id"));
    pw_element(&p, "\">", PW_BACK, "</a></p>");
    return view_end(&p.v);
}

static int done(struct office_request *r, struct op_call *call)
{
    if (get_text(call->out, "password")) {
        return once_page(r, call->out);
    }
    r->op = call->op;
    r->set_flash = true;
    return office_redirect(r, r->url);
}

static int post(struct office_request *r, const char *const *ops,
                int (*again)(struct office_request *r))
{
    struct op_call call;
    enum people_done what;
    int rc = people_run(r, ops, &call, &what);
    if (rc == 0 && what == PEOPLE_DONE) {
        rc = done(r, &call);
    } else if (rc == 0 && what == PEOPLE_AGAIN) {
        rc = again(r);
    }
    op_call_clear(&call);
    return rc;
}

static int post_list(struct office_request *r)
{
    static const char *const ops[] = {"person.create", NULL};
    return post(r, ops, get_list);
}

static int post_person(struct office_request *r)
{
    static const char *const ops[] = {"person.set",
                                      "person.disable",
                                      "person.enable",
                                      "person.reset",
                                      "person.reset-totp",
                                      "person.certificate",
                                      NULL};
    return post(r, ops, get_person);
}

const struct office_page pages_people[] = {
    {LIST, ROLE_ADMIN | ROLE_INTAKE, get_list, post_list},
    {"/office/people/{person}", ROLE_ADMIN | ROLE_INTAKE, get_person, post_person},
    {0},
};
