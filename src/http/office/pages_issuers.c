/*
 * pages_issuers - profiles of issuing bodies: the list, one profile with what it says, importing,
 * approving.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_list.h"

enum { ROWS = 100 };

static void issuer_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/issuers/");
    view_number(v, get_number(row, "id"));
}

/* "issuer.example", or with a dot before it when those below it are meant as well. */
static void domain(struct view *v, const json_t *one)
{
    const char *name = json_is_string(one) ? json_string_value(one) : get_text(one, "domain");
    html_element(&v->h, "<code class=\"long\">", name, "</code>");
    if (get_true(one, "subdomains")) {
        html_element(&v->h, ", <code class=\"long\">*.", name, "</code>");
    }
}

/* The texts of a list in the profile, one beside the other. */
static void texts(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        buffer_str(v->h.out, i ? ", " : "");
        domain(v, one);
    }
    if (json_array_size(list) == 0) {
        html_raw(&v->h, "–");
    }
}

/* Names of bodies, labels: words, not addresses. */
static void words(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        buffer_str(v->h.out, i ? ", " : "");
        html_text(&v->h, json_string_value(one));
    }
    if (json_array_size(list) == 0) {
        html_raw(&v->h, "–");
    }
}

static bool cell(struct view *v, const json_t *row, const char *column)
{
    const json_t *p = json_object_get(row, "profile");
    if (strcmp(column, "domains") == 0 || strcmp(column, "mail_domains") == 0) {
        texts(v, json_object_get(p, column));
        return true;
    }
    if (strcmp(column, "state") == 0) {
        char word[40];
        (void)snprintf(word, sizeof word, "profile-%s", get_text(row, "state"));
        part_badge(v, vocab_tone(word), vocab_text(v, word));
        return true;
    }
    return false;
}

static void take_in(struct view *v)
{
    struct form f = {.op = "issuer.import",
                     .next = "/office/issuers/{id}",
                     .button = OW_COUNT,
                     .will = OW_WILL_IMPORT,
                     .key = "import-",
                     .folded = true};
    form_show(v, &f);
}

/* Of the file: what the profile says. */
static void ready(struct view *v, json_t *items)
{
    size_t i;
    json_t *row;
    json_array_foreach(items, i, row)
    {
        json_t *p = json_object_get(row, "profile");
        json_t *domains = json_object_get(p, "domains"), *mail = json_object_get(p, "mail_domains");
        if ((domains && json_object_set(row, "domains", domains) != 0) ||
            (mail && json_object_set(row, "mail_domains", mail) != 0)) {
            v->broken = true;
        }
    }
}

int page_issuers(struct view *v)
{
    static const char *const columns[] = {
        "name", "domains", "mail_domains", "state", "judged_name", "imported_name", NULL};
    static const struct table t = {.op = "issuer.list",
                                   .caption = OW_NAV_ISSUERS,
                                   .empty = OW_ISSUERS_EMPTY,
                                   .columns = columns,
                                   .address = issuer_address,
                                   .cell = cell,
                                   .sorts = true};
    json_t *in = table_query(v, t.op);
    if (list_file(v, &t, in, ready)) {
        return 0;
    }
    view_begin(v, office_word(v->lang, OW_NAV_ISSUERS), office_word(v->lang, OW_NAV_FOREIGN));
    view_element(v, "<p class=\"lead\">", OW_ISSUERS_LEAD, "</p>");
    const json_t *answer = list_rows(v, &t, in, ROWS, NULL);
    table_filters(v, t.op);
    table_rows(v, &t, json_object_get(answer, "items"));
    table_pages(v, answer, true);
    take_in(v);
    return view_end(v);
}

/* ---- one profile ----------------------------------------------------------------------------- */

/* In the page's language: an object with "what" and "what_hi", or a text. */
static const char *said(struct view *v, const json_t *one, const char *en, const char *hi)
{
    return json_is_string(one) ? json_string_value(one)
                               : view_text(v, get_text(one, en), get_text(one, hi));
}

static void known(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    part_section(v, "known", OW_ISSUER_KNOWN);
    if (json_array_size(list) == 0) {
        view_element(v, "<p>", OW_ISSUER_NO_SOURCES, "</p>");
        part_section_end(v);
        return;
    }
    view_element(v, "<table class=\"rows\"><thead><tr><th scope=\"col\">", OW_ISSUER_WHAT, "</th>");
    view_element(v, "<th scope=\"col\">", OW_ISSUER_SOURCE, "</th></tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        const char *what = said(v, one, "what", "what_hi");
        const char *source = said(v, one, "source", "source_hi");
        html_raw(&v->h, "<tr><td");
        html_attr(&v->h, "data-label", office_word(v->lang, OW_ISSUER_WHAT));
        html_element(&v->h, "><span>", what ? what : "–", "</span></td><td");
        html_attr(&v->h, "data-label", office_word(v->lang, OW_ISSUER_SOURCE));
        html_element(&v->h, "><span>", source && !json_is_string(one) ? source : "–",
                     "</span></td></tr>");
    }
    html_raw(&v->h, "</tbody></table>");
    part_section_end(v);
}

static void not_known(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    part_section(v, "not-known", OW_ISSUER_NOT_KNOWN);
    if (json_array_size(list) == 0) {
        view_element(v, "<p>", OW_ISSUER_NONE_OPEN, "</p>");
    } else {
        html_raw(&v->h, "<ul>");
    }
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        const char *what = said(v, one, "what", "what_hi");
        html_element(&v->h, "<li>", what ? what : "–", "</li>");
    }
    buffer_str(v->h.out, json_array_size(list) ? "</ul>" : "");
    part_section_end(v);
}

/* {"DE": ["BSI", ...]}: a line each. */
static void groups(struct view *v, const json_t *object)
{
    const char *name;
    json_t *list;
    size_t n = 0;
    json_object_foreach((json_t *)(uintptr_t)object, name, list)
    {
        if (json_is_array(list) && json_array_size(list) == 0) {
            continue;
        }
        buffer_str(v->h.out, n++ ? "<br>" : "");
        html_element(&v->h, "<code>", name, "</code>: ");
        if (json_is_array(list)) {
            words(v, list);
        } else {
            part_text(v, json_string_value(list));
        }
    }
    buffer_str(v->h.out, n ? "" : "–");
}

static void member(struct view *v, const char *name, const json_t *value)
{
    char n[TEXT_SIZE];
    html_element(&v->h, "<dt>", field_label(v, name), "</dt><dd>");
    if (strcmp(name, "issuers") == 0 && json_object_size(value) == 0) {
        view_word(v, json_is_object(value) ? OW_ISSUER_SEVERAL : OW_ISSUER_OWN);
    } else if (json_is_array(value) && strcmp(name, "aliases") == 0) {
        words(v, value);
    } else if (json_is_array(value)) {
        texts(v, value);
    } else if (json_is_object(value)) {
        groups(v, value);
    } else if (json_is_integer(value)) {
        html_text(&v->h, text_number(json_integer_value(value), n));
    } else if (json_is_string(value)) {
        part_text(v, json_string_value(value));
    } else {
        html_raw(&v->h, "–");
    }
    html_raw(&v->h, "</dd>");
}

/* What counts as the body's own comes first; what is shown elsewhere on the page is left out. */
static void profile(struct view *v, const json_t *p)
{
    static const char *const order[] = {
        "name_hi",      "country",    "domains",       "hosts",    "mail_domains",
        "templates",    "aliases",    "issuers",       "labels",   "answers",
        "status_words", "date_order", "accreditation", "pause_ms", "ignored_parameters"};
    part_section(v, "profile", OW_ISSUER_PROFILE);
    html_raw(&v->h, "<dl class=\"facts\">");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const json_t *value = json_object_get(p, order[i]);
        if (value) {
            member(v, order[i], value);
        }
    }
    html_raw(&v->h, "</dl>");
    part_section_end(v);
}

static void judge(struct view *v, const json_t *row, const char *op, enum office_word will,
                  const char *key, bool danger)
{
    static const char *const hidden[] = {"sha256", NULL};
    json_t *values = json_pack("{s:O, s:O}", "issuer", json_object_get(row, "id"), "sha256",
                               json_object_get(row, "sha256"));
    struct form f = {.op = op,
                     .values = values,
                     .hidden = hidden,
                     .button = OW_COUNT,
                     .will = will,
                     .key = key,
                     .danger = danger,
                     .folded = true};
    form_show(v, &f);
    json_decref(values);
}

int page_issuer(struct view *v)
{
    static const char *const names[] = {"key",       "imported_name", "imported_at", "judged_name",
                                        "judged_at", "reason",        "sha256",      NULL};
    enum op_problem problem = OP_NOT_FOUND;
    const json_t *row = view_read(
        v, "issuer.show", json_pack("{s:I}", "issuer", (json_int_t)view_id(v, "issuer")), &problem);
    if (!row) {
        return view_problem(v, problem, NULL);
    }
    const char *state = get_text(row, "state");
    view_begin(v, get_text(row, "name"), office_word(v->lang, OW_NAV_ISSUERS));
    html_raw(&v->h, "<p>");
    (void)cell(v, row, "state");
    html_raw(&v->h, "</p>");
    part_facts(v, row, names);
    const json_t *p = json_object_get(row, "profile");
    known(v, json_object_get(p, "established"));
    not_known(v, json_object_get(p, "open"));
    profile(v, p);
    if (strcmp(state, "proposed") == 0 && v->actor &&
        get_number(row, "imported_by") == v->actor->person) {
        view_element(v, "<p class=\"noprint\"><strong>", OW_ISSUER_YOURS, "</strong></p>");
    }
    html_raw(&v->h, "<div class=\"acts noprint\">");
    if (strcmp(state, "proposed") == 0) {
        judge(v, row, "issuer.approve", OW_WILL_APPROVE, "approve-", false);
        judge(v, row, "issuer.reject", OW_COUNT, "reject-", true);
    } else if (strcmp(state, "approved") == 0) {
        judge(v, row, "issuer.withdraw", OW_WILL_WITHDRAW_PROFILE, "withdraw-", true);
    }
    html_raw(&v->h, "</div>");
    return view_end(v);
}
