/*
 * pages_lists - the plain lists: firms, laboratories with their empanelment, deadlines, settings,
 * the audit trail, proposals that wait.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_list.h"

enum { ROWS = 100 };

/* The trail is read from its end; who wants it as a file has it from its beginning. */
static json_t *plain_query(struct view *v, const struct table *t)
{
    json_t *in = table_query(v, t->op);
    bool trail = strcmp(t->op, "audit.list") == 0 && !list_wants_file(v);
    if (trail && in && !json_object_get(in, "sort") &&
        json_object_set_new(in, "sort", json_string("newest")) != 0) {
        v->broken = true;
    }
    return in;
}

/* A list with its filters, and the form that adds to it. */
static int plain_list(struct view *v, enum office_word title, const struct table *t,
                      const char *add, const char *next)
{
    json_t *in = plain_query(v, t);
    if (list_file(v, t, in, NULL)) {
        return 0;
    }
    view_begin(v, office_word(v->lang, title), NULL);
    const json_t *answer = list_rows(v, t, in, ROWS, NULL);
    const struct op *op = v->source->find(t->op);
    if (op && op->params && op->params[0].name) {
        table_filters(v, t->op);
    }
    table_rows(v, t, json_object_get(answer, "items"));
    table_pages(v, answer, true);
    if (add) {
        struct form f = {.op = add,
                         .next = next,
                         .button = OW_COUNT,
                         .will = OW_COUNT,
                         .key = "add-",
                         .folded = true};
        form_show(v, &f);
    }
    return view_end(v);
}

static void firm_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/firms/");
    view_number(v, get_number(row, "id"));
}

static void lab_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/labs/");
    view_number(v, get_number(row, "id"));
}

int page_firms(struct view *v)
{
    static const char *const columns[] = {"name", "address", "country", "email", "phone", NULL};
    static const struct table t = {.op = "firm.list",
                                   .caption = OW_NAV_FIRMS,
                                   .empty = OW_FIRMS_EMPTY,
                                   .columns = columns,
                                   .address = firm_address,
                                   .sorts = true};
    return plain_list(v, OW_NAV_FIRMS, &t, "firm.create", "/office/firms/{id}");
}

int page_labs(struct view *v)
{
    static const char *const columns[] = {"name", "kind", "city", "email", NULL};
    static const struct table t = {.op = "lab.list",
                                   .caption = OW_NAV_LABS,
                                   .empty = OW_LABS_EMPTY,
                                   .columns = columns,
                                   .address = lab_address,
                                   .sorts = true};
    return plain_list(v, OW_NAV_LABS, &t, "lab.create", "/office/labs/{id}");
}

static void application_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/applications/");
    view_number(v, get_number(row, "application"));
}

static bool deadline_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "due_on") == 0) {
        part_due(v, row);
        return true;
    }
    if (strcmp(column, "number") == 0) {
        html_text(&v->h, page_application_name(v, row));
        return true;
    }
    return false;
}

static void reminder_done(struct view *v, const json_t *row)
{
    char key[32];
    json_t *values = json_pack("{s:O}", "reminder", json_object_get(row, "id"));
    (void)snprintf(key, sizeof key, "done%lld-", (long long)get_number(row, "id"));
    struct form f = {.op = "reminder.done",
                     .values = values,
                     .button = OW_REMINDER_DONE,
                     .will = OW_COUNT,
                     .key = key};
    form_show(v, &f);
    json_decref(values);
}

int page_deadlines(struct view *v)
{
    static const char *const columns[] = {"number", "product", "vendor_name", "kind",
                                          "rule",   "due_on",  "remind_on",   NULL};
    static const struct table t = {.op = "reminder.list",
                                   .caption = OW_NAV_DEADLINES,
                                   .empty = OW_DEADLINES_EMPTY,
                                   .columns = columns,
                                   .address = application_address,
                                   .cell = deadline_cell,
                                   .actions = reminder_done,
                                   .actions_head = OW_REMINDER,
                                   .sorts = true};
    return plain_list(v, OW_NAV_DEADLINES, &t, NULL, NULL);
}

int page_audit(struct view *v)
{
    static const char *const columns[] = {"seq",     "at",          "actor", "action",
                                          "subject", "application", NULL};
    static const char *const csv[] = {"seq",         "at",      "actor", "action", "subject",
                                      "application", "visible", "hash",  NULL};
    static const struct table t = {.op = "audit.list",
                                   .caption = OW_NAV_AUDIT,
                                   .empty = OW_AUDIT_EMPTY,
                                   .columns = columns,
                                   .csv = csv};
    return plain_list(v, OW_NAV_AUDIT, &t, NULL, NULL);
}

/* ---- one firm, one laboratory ---------------------------------------------------------------- */

/* What is known, and the form that changes it. */
static const json_t *record(struct view *v, const char *op, const char *param, int *rc)
{
    enum op_problem problem;
    const json_t *row =
        view_read(v, op, json_pack("{s:I}", param, (json_int_t)view_id(v, param)), &problem);
    if (!row) {
        *rc = view_problem(v, problem, NULL);
    }
    return row;
}

static void change(struct view *v, const char *op, const json_t *row, const char *param,
                   const char *key)
{
    json_t *values = json_copy((json_t *)(uintptr_t)row);
    if (values && json_object_set(values, param, json_object_get(row, "id")) == 0) {
        struct form f = {.op = op,
                         .values = values,
                         .button = OW_COUNT,
                         .will = OW_COUNT,
                         .key = key,
                         .folded = true};
        form_show(v, &f);
    }
    json_decref(values);
}

static void own_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/applications/");
    view_number(v, get_number(row, "id"));
}

int page_firm(struct view *v)
{
    static const char *const names[] = {"name",  "name_hi", "address", "country",
                                        "email", "phone",   NULL};
    static const char *const columns[] = {"number", "product", "kind", "state", "due_on", NULL};
    int rc = 0;
    const json_t *row = record(v, "firm.show", "firm", &rc);
    if (!row) {
        return rc;
    }
    view_begin(v, get_text(row, "name"), office_word(v->lang, OW_NAV_FIRMS));
    part_facts(v, row, names);
    change(v, "firm.set", row, "firm", "firm-");
    part_section(v, "applications", OW_APPLICATIONS);
    const json_t *answer =
        view_list(v, "application.list", json_pack("{s:O}", "vendor", json_object_get(row, "id")),
                  ROWS, NULL);
    const struct table t = {.caption = OW_APPLICATIONS,
                            .empty = OW_QUEUE_EMPTY,
                            .columns = columns,
                            .address = own_address,
                            .cell = deadline_cell};
    table_rows(v, &t, json_object_get(answer, "items"));
    part_section_end(v);
    return view_end(v);
}

int page_lab(struct view *v)
{
    static const char *const names[] = {"name", "kind", "city", "email", NULL};
    static const char *const columns[] = {"from_on", "to_on", NULL};
    static const struct table t = {
        .caption = OW_EMPANELMENTS, .empty = OW_EMPANELMENTS_EMPTY, .columns = columns};
    int rc = 0;
    const json_t *row = record(v, "lab.show", "lab", &rc);
    if (!row) {
        return rc;
    }
    view_begin(v, get_text(row, "name"), office_word(v->lang, OW_NAV_LABS));
    part_facts(v, row, names);
    part_section(v, "empanelments", OW_EMPANELMENTS);
    table_rows(v, &t, json_object_get(row, "empanelments"));
    change(v, "lab.empanel", row, "lab", "empanel-");
    part_section_end(v);
    change(v, "lab.set", row, "lab", "lab-");
    return view_end(v);
}

/* ---- proposals that wait --------------------------------------------------------------------- */

/* A proposal about a file is on the file's page, one about a rule on that of the rules. */
static void waiting_address(struct view *v, const json_t *row)
{
    if (get_has(row, "file")) {
        html_raw(&v->h, "/office/files/");
        view_number(v, get_number(row, "file"));
    } else {
        html_raw(&v->h, "/office/applications/");
        view_number(v, get_number(row, "application"));
        html_raw(&v->h, "/rules");
    }
}

static bool waiting_cell(struct view *v, const json_t *row, const char *column)
{
    const char *path = get_text(row, "path"), *name = get_text(row, "name");
    if (strcmp(column, "path") != 0) {
        return false;
    }
    html_text(&v->h, path && *path ? path : name ? name : get_text(row, "rule"));
    return true;
}

int page_confirm(struct view *v)
{
    static const char *const columns[] = {"path",        "decision", "verdict", "reason",
                                          "person_name", "at",       NULL};
    static const char *const csv[] = {"path",   "name",        "rule", "decision", "verdict",
                                      "reason", "person_name", "at",   NULL};
    static const struct table t = {.op = "decision.waiting",
                                   .caption = OW_CONFIRM,
                                   .empty = OW_CONFIRM_EMPTY,
                                   .columns = columns,
                                   .address = waiting_address,
                                   .cell = waiting_cell,
                                   .csv = csv,
                                   .sorts = true};
    json_t *in = table_query(v, t.op);
    if (list_file(v, &t, in, NULL)) {
        return 0;
    }
    view_begin(v, office_word(v->lang, OW_CONFIRM), NULL);
    view_element(v, "<p class=\"lead\">", OW_CONFIRM_LEAD, "</p>");
    const json_t *answer = list_rows(v, &t, in, ROWS, NULL);
    table_rows(v, &t, json_object_get(answer, "items"));
    table_pages(v, answer, json_array_size(json_object_get(answer, "items")) > 0);
    return view_end(v);
}

/* ---- settings -------------------------------------------------------------------------------- */

static void setting_value(struct view *v, const json_t *value)
{
    char text[TEXT_SIZE];
    if (json_is_boolean(value)) {
        view_word(v, json_is_true(value) ? OW_YES : OW_NO);
    } else if (json_is_integer(value)) {
        html_text(&v->h, text_number(json_integer_value(value), text));
    } else {
        const char *s = json_string_value(value);
        part_text(v, s && *s ? s : "–");
    }
}

/* A list is shown as its members. */
static void scheme_value(struct view *v, const json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)value, i, one)
    {
        buffer_str(v->h.out, i ? ", " : "");
        setting_value(v, one);
    }
    if (!json_is_array(value) || json_array_size(value) == 0) {
        setting_value(v, value);
    }
}

/* What stands where the memorandum is silent: value, default where it is another one, source. */
static void scheme_settings(struct view *v)
{
    size_t i;
    json_t *row;
    const json_t *items = json_object_get(view_read(v, "setting.scheme", NULL, NULL), "items");
    part_section(v, "scheme", OW_SETTINGS_SCHEME);
    view_element(v, "<p>", OW_SETTINGS_SCHEME_LEAD, "</p><dl class=\"facts\">");
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        html_element(&v->h, "<dt>", view_text(v, get_text(row, "about"), get_text(row, "about_hi")),
                     " ");
        html_element(&v->h, "<code>", get_text(row, "key"), "</code></dt><dd>");
        scheme_value(v, json_object_get(row, "value"));
        if (get_true(row, "changed")) {
            view_element(v, " <span class=\"tag care\">", OW_SETTINGS_CHANGED, "</span> ");
            scheme_value(v, json_object_get(row, "default"));
        }
        html_element(&v->h, "<br><span class=\"small\" lang=\"en\">", get_text(row, "source"),
                     "</span></dd>");
    }
    html_raw(&v->h, "</dl>");
    part_section_end(v);
}

int page_settings(struct view *v)
{
    const char *key;
    json_t *value;
    view_begin(v, office_word(v->lang, OW_NAV_SETTINGS), NULL);
    scheme_settings(v);
    const json_t *all =
        view_may(v, "setting.list") ? view_read(v, "setting.list", NULL, NULL) : NULL;
    if (!all) {
        return view_end(v);
    }
    part_section(v, "server", OW_SETTINGS_SERVER);
    view_element(v, "<p>", OW_SETTINGS_LEAD, "</p><dl class=\"facts\">");
    json_object_foreach((json_t *)(uintptr_t)all, key, value)
    {
        html_element(&v->h, "<dt><code>", key, "</code></dt><dd>");
        setting_value(v, value);
        html_raw(&v->h, "</dd>");
    }
    html_raw(&v->h, "</dl>");
    part_section_end(v);
    return view_end(v);
}
