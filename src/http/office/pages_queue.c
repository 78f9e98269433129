/*
 * pages_queue - the list of applications: for officers what is due first, for vendors their own.
 * Search is the same list with the words as its filter.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

enum { PAGE_ROWS = 50, CSV_ROWS = 200, CSV_PAGES = 500 };

static const char list_op[] = "application.list";

void page_application_link(struct view *v, int64_t id, const char *rest)
{
    html_raw(&v->h, "<a href=\"/office/applications/");
    view_number(v, id);
    buffer_str(v->h.out, rest);
    html_raw(&v->h, "\">");
}

const char *page_application_name(struct view *v, const json_t *a)
{
    const char *number = get_text(a, "number");
    return number && *number ? number : office_word(v->lang, OW_NO_NUMBER);
}

static void address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/applications/");
    view_number(v, get_number(row, "id"));
}

static bool cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "number") == 0) {
        html_text(&v->h, page_application_name(v, row));
        return true;
    }
    if (strcmp(column, "due_on") == 0 && get_has(row, "due_on")) {
        part_due(v, row);
        return true;
    }
    if (strcmp(column, "next_step") == 0 && page_asks(v, row) != OW_COUNT) {
        view_word(v, page_asks(v, row));
        return true;
    }
    return false;
}

static const char *const officer_columns[] = {"number", "product", "vendor_name", "kind",
                                              "state",  "due_on",  "owner_name",  NULL};
static const char *const vendor_columns[] = {"number", "product",   "kind", "state",
                                             "due_on", "next_step", NULL};
static const char *const csv_columns[] = {
    "number",        "product",    "vendor_name", "kind",          "series",
    "level",         "state",      "due_on",      "due_rule",      "submitted_on",
    "registered_on", "owner_name", "lab_name",    "assessor_name", NULL};

/* ---- what to look at: links above the list --------------------------------------------------- */

static bool takes(struct view *v, const char *name)
{
    const struct op *op = v->source->find(list_op);
    for (const struct op_param *p = op ? op->params : NULL; p && p->name; p++) {
        if (strcmp(p->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void chip(struct view *v, const char *name, const char *value, const char *label,
                 int64_t count)
{
    const char *now = name ? view_query(v, name) : NULL;
    bool current = name ? now && strcmp(now, value) == 0 : json_object_size(v->query) == 0;
    char text[TEXT_SIZE];
    html_raw(&v->h, "<li><a href=\"/office");
    if (name) {
        html_raw(&v->h, "?");
        view_part(v, name);
        html_raw(&v->h, "=");
        view_part(v, value);
    }
    html_raw(&v->h, "\"");
    if (current) {
        html_raw(&v->h, " aria-current=\"true\"");
    }
    html_element(&v->h, ">", label, "");
    if (count != UTC_NONE) {
        html_element(&v->h, " <b>", text_number(count, text), "</b>");
    }
    html_raw(&v->h, "</a></li>");
}

/* The day in India. */
static const char *today(const struct view *v, char out[UTC_TEXT])
{
    enum { IST = 19800, DATE = 10 };
    utc_rfc3339(v->now + IST, out);
    out[DATE] = 0;
    return out;
}

static void chips(struct view *v)
{
    static const char *const states[] = {"submitted", "registered", "testing", "assessment",
                                         "committee"};
    char person[32], day[UTC_TEXT];
    const json_t *counts = NULL;
    if (view_may(v, "statistics.states")) {
        counts = view_read(v, "statistics.states", NULL, NULL);
    }
    view_element(v, "<nav class=\"noprint\" aria-label=\"", OW_CHIPS, "\"><ul class=\"chips\">");
    chip(v, NULL, NULL, office_word(v->lang, OW_CHOOSE_ANY), UTC_NONE);
    if (takes(v, "owner")) {
        (void)snprintf(person, sizeof person, "%lld", (long long)v->actor->person);
        chip(v, "owner", person, office_word(v->lang, OW_MINE), UTC_NONE);
    }
    if (takes(v, "due")) {
        chip(v, "due", today(v, day), office_word(v->lang, OW_DUE_NOW), UTC_NONE);
    }
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        int64_t n = counts ? get_number(counts, states[i]) : UTC_NONE;
        chip(v, "state", states[i], vocab_text(v, states[i]), counts && n == UTC_NONE ? 0 : n);
    }
    html_raw(&v->h, "</ul></nav>");
}

/* ---- the pages ------------------------------------------------------------------------------- */

static void list(struct view *v, enum office_word empty)
{
    bool officer = view_officer(v);
    const struct table t = {.op = list_op,
                            .caption = officer ? OW_NAV_QUEUE : OW_NAV_MINE,
                            .empty = empty,
                            .columns = officer ? officer_columns : vendor_columns,
                            .address = address,
                            .cell = cell};
    const json_t *answer =
        view_list(v, list_op, table_query(v, list_op), PAGE_ROWS, view_query(v, "after"));
    table_rows(v, &t, json_object_get(answer, "items"));
    table_pages(v, answer, officer);
}

/* A vendor's first page says what to do, in words. */
static void vendor_hint(struct view *v)
{
    view_element(v, "<p class=\"lead\">", OW_VENDOR_LEAD, "</p>");
    if (view_may(v, "application.create")) {
        view_element(v, "<p class=\"actions\"><a class=\"button\" href=\"/office/new\">",
                     OW_NAV_NEW, "</a></p>");
    }
}

/* Proposals that wait for a second officer. */
static void waiting_decisions(struct view *v)
{
    if (!view_may(v, "decision.confirm")) {
        return;
    }
    const json_t *answer = view_list(v, "decision.waiting", NULL, PAGE_ROWS, NULL);
    size_t n = json_array_size(json_object_get(answer, "items"));
    if (n) {
        html_raw(&v->h, "<p class=\"flash wait\">");
        part_icon(v, TONE_WAIT);
        html_raw(&v->h, "<a href=\"/office/confirm\">");
        part_count(v, OW_CONFIRM_ONE, OW_CONFIRM_SOME, (int64_t)n);
        html_raw(&v->h, "</a></p>");
    }
}

int page_queue(struct view *v)
{
    bool officer = view_officer(v);
    view_begin(v, office_word(v->lang, officer ? OW_NAV_QUEUE : OW_NAV_MINE), NULL);
    if (officer) {
        waiting_decisions(v);
        chips(v);
        table_filters(v, list_op);
    } else {
        vendor_hint(v);
    }
    list(v, officer ? OW_QUEUE_EMPTY : OW_MINE_EMPTY);
    return view_end(v);
}

int page_search(struct view *v)
{
    const char *text = view_query(v, "text");
    view_begin(v, office_word(v->lang, OW_NAV_SEARCH), NULL);
    view_element(v,
                 "<form method=\"get\" class=\"ask\" role=\"search\"><div class=\"field\">"
                 "<label for=\"text\">",
                 OW_SEARCH_LABEL, "</label>");
    view_element(v, "<p class=\"hint\" id=\"text-hint\">", OW_SEARCH_HINT, "</p>");
    html_raw(&v->h, "<input type=\"search\" id=\"text\" name=\"text\" maxlength=\"200\" "
                    "aria-describedby=\"text-hint\"");
    html_attr(&v->h, "value", text);
    view_element(v, "></div><p class=\"actions\"><button>", OW_NAV_SEARCH, "</button></p></form>");
    if (text) {
        list(v, OW_SEARCH_EMPTY);
    }
    return view_end(v);
}

int page_queue_csv(struct view *v)
{
    const char *after = NULL;
    for (int page = 0; page < CSV_PAGES; page++) {
        const json_t *answer = view_list(v, list_op, table_query(v, list_op), CSV_ROWS, after);
        table_csv(v, csv_columns, json_object_get(answer, "items"), page == 0);
        after = get_text(answer, "next");
        if (!after) {
            break;
        }
    }
    return buffer_ok(v->h.out) && !v->broken ? 0 : -1;
}
