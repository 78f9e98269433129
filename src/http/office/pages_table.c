/*
 * pages_table - see pages_table.h.
 */
#include "http/office/pages_table.h"

#include <stdio.h>

#include "http/office/pages_form.h"
#include "office/params.h"

enum { CSV_LIST = 64 << 10 };

/* ---- rows ------------------------------------------------------------------------------------ */

static bool numeric(const char *column)
{
    const struct field *f = field_find(column);
    return f && (f->kind == FIELD_MONEY || f->kind == FIELD_BYTES || f->kind == FIELD_NUMBER);
}

/* The word of the operation's parameter "sort" for a column: "due" or "due_on" for due_on. NULL. */
static const char *sort_word(struct view *v, const char *op, const char *column)
{
    const struct op *o = op ? v->source->find(op) : NULL;
    for (const struct op_param *p = o ? o->params : NULL; p && p->name; p++) {
        for (size_t i = 0; strcmp(p->name, "sort") == 0 && p->words && p->words[i]; i++) {
            size_t n = strlen(p->words[i]);
            if (strncmp(p->words[i], column, n) == 0 && (!column[n] || column[n] == '_')) {
                return p->words[i];
            }
        }
    }
    return NULL;
}

const char *table_sorted_by(const struct view *v, const struct table *t, bool *down)
{
    const char *sort = t->sorts ? view_query(v, "sort") : NULL;
    *down = sort && *sort == '-';
    for (const char *const *c = t->columns; sort && *c; c++) {
        if (strcmp(*c, sort + *down) == 0) {
            return *c;
        }
    }
    return NULL;
}

static void sort_link(struct view *v, const char *word, const char *column)
{
    html_raw(&v->h, "<a href=\"");
    view_query_with(v, "sort", word);
    html_element(&v->h, "\">", field_label(v, column), "</a>");
}

static void header(struct view *v, const struct table *t, const char *column)
{
    bool down;
    char other[TEXT_SIZE];
    const char *sort = view_query(v, "sort"), *word = sort_word(v, t->op, column);
    const char *by = table_sorted_by(v, t, &down);
    bool own = by && strcmp(by, column) == 0; /* clicked again: the other way round */
    bool now = own || (sort && word && strcmp(sort, word) == 0);
    (void)snprintf(other, sizeof other, "%s%.60s", own && !down ? "-" : "", column);
    html_raw(&v->h, "<th scope=\"col\"");
    if (numeric(column) && column != t->columns[0]) {
        html_raw(&v->h, " class=\"number\"");
    }
    if (now) {
        buffer_str(v->h.out,
                   own && down ? " aria-sort=\"descending\"" : " aria-sort=\"ascending\"");
    }
    html_raw(&v->h, ">");
    if (word || t->sorts) {
        sort_link(v, word ? word : other, column);
    } else {
        html_text(&v->h, field_label(v, column));
    }
    html_raw(&v->h, "</th>");
}

static void value(struct view *v, const struct table *t, const json_t *row, const char *column)
{
    if (!t->cell || !t->cell(v, row, column)) {
        part_value(v, row, column);
    }
}

static void row_shown(struct view *v, const struct table *t, const json_t *row)
{
    html_raw(&v->h, "<tr><th scope=\"row\">");
    if (t->address) {
        html_raw(&v->h, "<a href=\"");
        t->address(v, row);
        html_raw(&v->h, "\">");
        value(v, t, row, t->columns[0]);
        html_raw(&v->h, "</a>");
    } else {
        value(v, t, row, t->columns[0]);
    }
    html_raw(&v->h, "</th>");
    for (const char *const *c = t->columns + 1; *c; c++) {
        html_raw(&v->h, "<td");
        if (numeric(*c)) {
            html_raw(&v->h, " class=\"number\"");
        }
        html_attr(&v->h, "data-label", field_label(v, *c));
        html_raw(&v->h, ">");
        value(v, t, row, *c);
        html_raw(&v->h, "</td>");
    }
    if (t->actions) {
        html_raw(&v->h, "<td class=\"doing\">");
        t->actions(v, row);
        html_raw(&v->h, "</td>");
    }
    html_raw(&v->h, "</tr>");
}

void table_rows(struct view *v, const struct table *t, const json_t *items)
{
    size_t i;
    json_t *row;
    if (json_array_size(items) == 0) {
        part_empty(v, t->empty);
        return;
    }
    view_element(v, "<table class=\"rows\"><caption class=\"unseen\">", t->caption,
                 "</caption><thead><tr>");
    for (const char *const *c = t->columns; *c; c++) {
        header(v, t, *c);
    }
    if (t->actions) {
        view_element(v, "<th scope=\"col\">", t->actions_head, "</th>");
    }
    html_raw(&v->h, "</tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        row_shown(v, t, row);
    }
    html_raw(&v->h, "</tbody></table>");
}

/* ---- filters --------------------------------------------------------------------------------- */

static bool is_filter(const struct op_param *p)
{
    return p->place == OP_IN_QUERY && strcmp(p->name, "limit") != 0 &&
           strcmp(p->name, "after") != 0;
}

json_t *table_query(const struct view *v, const char *op)
{
    const struct op *o = v->source->find(op);
    json_t *in = json_object(), *errors = NULL, *wrong;
    size_t i;
    bool path;
    int rc = in ? 0 : -1;
    for (const struct op_param *p = o ? o->params : NULL; p && p->name && rc == 0; p++) {
        const char *text = view_query(v, p->name);
        if (is_filter(p) && text) {
            rc = params_text(o, PARAMS_QUERY, p->name, span_str(form_plain(v->arena, p, text)), in,
                             &errors);
        }
    }
    rc = rc == 0 && o ? params_check(o, in, &errors, &path) : rc;
    json_array_foreach(errors, i, wrong)
    {
        const char *field = get_text(wrong, "field");
        (void)json_object_del(in, field ? field : "");
    }
    json_decref(errors);
    if (rc != 0) {
        json_decref(in);
        return NULL;
    }
    return in;
}

void table_filters(struct view *v, const char *op)
{
    const struct op *o = v->source->find(op);
    struct form f = {.op = op, .values = v->query, .key = "filter-"};
    bool used = false;
    for (const struct op_param *p = o ? o->params : NULL; p && p->name; p++) {
        used = used || (is_filter(p) && strcmp(p->name, "sort") != 0 && view_query(v, p->name));
    }
    html_raw(&v->h, "<details class=\"filters noprint\"");
    if (used) {
        html_raw(&v->h, " open");
    }
    view_element(v, "><summary>", OW_FILTER, "</summary><form method=\"get\" class=\"fields\">");
    for (const struct op_param *p = o ? o->params : NULL; p && p->name; p++) {
        if (is_filter(p)) {
            struct op_param asked = *p;
            asked.required = false;
            form_field(v, &f, &asked);
        }
    }
    view_element(v, "<p class=\"actions\"><button>", OW_FILTER_SHOW, "</button> <a href=\"?\">");
    view_element(v, "", OW_FILTER_NONE, "</a></p></form></details>");
}

void table_pages(struct view *v, const json_t *answer, bool csv)
{
    const char *next = get_text(answer, "next");
    bool later = view_query(v, "after") != NULL;
    if (!next && !later && !csv) {
        return;
    }
    html_raw(&v->h, "<nav class=\"pages noprint\"");
    html_attr(&v->h, "aria-label", office_word(v->lang, OW_PAGES));
    html_raw(&v->h, "><ul>");
    if (later) {
        html_raw(&v->h, "<li><a href=\"");
        view_query_with(v, "after", NULL);
        view_element(v, "\">", OW_PAGE_FIRST, "</a></li>");
    }
    if (next) {
        html_raw(&v->h, "<li><a class=\"button\" rel=\"next\" href=\"");
        view_query_with(v, "after", next);
        view_element(v, "\">", OW_PAGE_NEXT, "</a></li>");
    }
    if (csv) {
        html_raw(&v->h, "<li><a href=\"");
        view_query_with(v, "format", "csv");
        view_element(v, "\" download>", OW_CSV, "</a></li>");
    }
    html_raw(&v->h, "</ul></nav>");
}

/* ---- CSV ------------------------------------------------------------------------------------- */

/* Quoted always; a text that begins as a formula does gets an apostrophe (OWASP, CSV injection). */
static void csv_cell(struct view *v, const char *text)
{
    buffer_char(v->h.out, '"');
    if (*text && strchr("=+-@\t\r", *text)) {
        buffer_char(v->h.out, '\'');
    }
    for (; *text; text++) {
        if (*text == '"') {
            buffer_char(v->h.out, '"');
        }
        buffer_char(v->h.out, *text);
    }
    buffer_char(v->h.out, '"');
}

/* Texts, one behind the other. */
static void csv_list(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    struct buffer all;
    buffer_init(&all, CSV_LIST);
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        const char *text = json_string_value(one);
        buffer_str(&all, i && text ? ", " : "");
        buffer_str(&all, text ? text : "");
    }
    const char *text = buffer_cstr(&all);
    csv_cell(v, text ? text : "");
    buffer_free(&all);
}

static void csv_value(struct view *v, const json_t *row, const char *column)
{
    const json_t *one = json_object_get(row, column);
    const struct field *f = field_find(column);
    const char *text = json_string_value(one);
    char out[TEXT_SIZE];
    if (json_is_integer(one) && f && f->kind == FIELD_TIME) {
        csv_cell(v, utc_rfc3339(json_integer_value(one), out));
    } else if (json_is_integer(one) && f && f->kind == FIELD_MONEY) {
        buffer_str(v->h.out, text_rupees(json_integer_value(one), out));
    } else if (json_is_integer(one)) {
        view_number(v, json_integer_value(one));
    } else if (json_is_array(one)) {
        csv_list(v, one);
    } else if (text && f && (f->kind == FIELD_WORD || f->kind == FIELD_BADGE)) {
        csv_cell(v, vocab_text(v, text));
    } else {
        csv_cell(v, text ? text : "");
    }
}

void table_csv(struct view *v, const char *const *columns, const json_t *items, bool head)
{
    size_t i;
    json_t *row;
    if (head) {
        html_raw(&v->h, "\xef\xbb\xbf");
        for (const char *const *c = columns; *c; c++) {
            csv_cell(v, field_label(v, *c));
            buffer_str(v->h.out, c[1] ? "," : "\r\n");
        }
    }
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        for (const char *const *c = columns; *c; c++) {
            csv_value(v, row, *c);
            buffer_str(v->h.out, c[1] ? "," : "\r\n");
        }
    }
}
