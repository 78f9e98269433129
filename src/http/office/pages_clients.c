/*
 * pages_clients - what a device did as a client: a table of cases, those that are wrong first.
 *
 * Names and addresses come from the device: they are escaped.
 */
#include <string.h>

#include "http/office/pages_bench.h"

enum { CLIENTS_MAX = 3 };

/* To be looked at: it is wrong, or could not be told. */
static bool stands_out(const json_t *row)
{
    return bench_is(row, "sound", "no") || bench_is(row, "sound", "unsure");
}

static enum tone tone_of(const json_t *row)
{
    return bench_is(row, "sound", "yes")      ? TONE_GOOD
           : bench_is(row, "sound", "no")     ? TONE_BAD
           : bench_is(row, "sound", "unsure") ? TONE_CARE
           : bench_is(row, "sound", "never")  ? TONE_WAIT
                                              : TONE_NONE;
}

static void cell(struct view *v, enum office_word head)
{
    html_raw(&v->h, "</td><td");
    html_attr(&v->h, "data-label", office_word(v->lang, head));
    html_raw(&v->h, ">");
}

static void show_case(struct view *v, const json_t *row)
{
    const char *says = view_text(v, get_text(row, "text"), get_text(row, "text_hi"));
    const char *word = arena_printf(v->arena, "case-%s", get_text(row, "result"));
    v->broken |= !word;
    html_raw(&v->h, "<tr><td");
    html_attr(&v->h, "data-label", office_word(v->lang, OW_CASE));
    html_element(&v->h, ">", says ? says : get_text(row, "id"), "");
    html_element(&v->h, "<br><span class=\"small\"><code>", get_text(row, "id"), "</code>");
    if (get_has(row, "cite")) {
        html_element(&v->h, " · ", get_text(row, "cite"), "");
    }
    html_raw(&v->h, "</span>");
    cell(v, OW_CASE_WANTED);
    view_word(v, bench_is(row, "expect", "accept")   ? OW_CASE_ACCEPT
                 : bench_is(row, "expect", "reject") ? OW_CASE_REJECT
                                                     : OW_CASE_ANY);
    cell(v, OW_CASE_DONE);
    part_badge(v, tone_of(row), word ? vocab_text(v, word) : "");
    if (get_has(row, "alert")) {
        html_element(&v->h, " <code>", get_text(row, "alert"), "</code>");
    }
    if (get_has(row, "why")) {
        html_element(&v->h, "<br><span class=\"small\" lang=\"en\">", get_text(row, "why"),
                     "</span>");
    }
    html_raw(&v->h, "</td></tr>");
}

static void table(struct view *v, const json_t *cases, bool outstanding)
{
    static const enum office_word heads[] = {OW_CASE, OW_CASE_WANTED, OW_CASE_DONE};
    size_t i;
    json_t *one;
    view_element(v, "<table class=\"rows\"><caption class=\"unseen\">", OW_CLIENTS,
                 "</caption><thead><tr>");
    for (i = 0; i < 3; i++) {
        view_element(v, "<th scope=\"col\">", heads[i], "</th>");
    }
    html_raw(&v->h, "</tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)cases, i, one)
    {
        if (stands_out(one) == outstanding) {
            show_case(v, one);
        }
    }
    html_raw(&v->h, "</tbody></table>");
}

static void note(struct view *v, enum office_word word)
{
    html_raw(&v->h, "<p>");
    part_icon(v, TONE_CARE);
    view_element(v, " ", word, "</p>");
}

static void client(struct view *v, const json_t *c, bool open)
{
    char number[TEXT_SIZE];
    size_t i, outstanding = 0;
    json_t *one;
    const json_t *cases = json_object_get(c, "cases");
    json_array_foreach((json_t *)(uintptr_t)cases, i, one)
    {
        outstanding += stands_out(one);
    }
    html_raw(&v->h, "<h3>");
    view_fill(v, OW_CASES_OF, get_text(c, "place"),
              text_number(get_number(c, "connections"), number));
    html_raw(&v->h, " ");
    part_badge_word(v, get_text(c, "result"));
    html_raw(&v->h, "</h3>");
    if (!get_true(c, "controlled")) {
        note(v, OW_CASES_NO_CONTROL);
    } else if (!get_true(c, "complete")) {
        note(v, OW_CASES_NOT_ALL);
    }
    if (outstanding) {
        table(v, cases, true);
    }
    html_raw(&v->h, "<details");
    buffer_str(v->h.out, open ? " open><summary>" : "><summary>");
    view_fill(v, OW_CASES_OTHERS,
              text_number((int64_t)(json_array_size(cases) - outstanding), number), "");
    html_raw(&v->h, "</summary>");
    table(v, cases, false);
    html_raw(&v->h, "</details>");
}

void bench_client_cases(struct view *v, const json_t *list)
{
    char number[TEXT_SIZE];
    size_t n = json_array_size(list);
    part_section(v, "clients", OW_CLIENTS);
    for (size_t i = 0; i < n && i < CLIENTS_MAX; i++) {
        client(v, json_array_get(list, i), n == 1);
    }
    if (n > CLIENTS_MAX) {
        html_raw(&v->h, "<p>");
        view_fill(v, OW_CLIENTS_MORE, text_number((int64_t)(n - CLIENTS_MAX), number), "");
        html_raw(&v->h, "</p>");
    }
    part_section_end(v);
}
