/*
 * pages_rules - see pages_rules.h. The sentences come from scheme/ in both languages; here is only
 * their order and look: what stands in the way first, then what is open, then what is done.
 */
#include "http/office/pages_rules.h"

#include <stdio.h>

#include "http/office/pages_all.h"

#include "http/office/pages_form.h"

enum { WAITING = 100, ITEMS_SHOWN = 20 };

const json_t *rules_rows(const json_t *answer)
{
    static const char *const names[] = {"rules", "results", "items"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *rows = json_object_get(answer, names[i]);
        if (json_is_array(rows)) {
            return rows;
        }
    }
    return answer;
}

static bool is(const json_t *row, const char *name, const char *word)
{
    const char *text = get_text(row, name);
    return text && strcmp(text, word) == 0;
}

static bool blocks(const json_t *row)
{
    return is(row, "level", "FAIL") && (is(row, "result", "FAIL") || is(row, "result", "PENDING"));
}

size_t rules_blocking(const json_t *rows)
{
    size_t i, n = 0;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        n += blocks(row);
    }
    return n;
}

/* A failed rule that only warns looks so. */
static enum tone tone_of(const json_t *row)
{
    const char *result = get_text(row, "result");
    if (is(row, "result", "FAIL") && !is(row, "level", "FAIL")) {
        return TONE_CARE;
    }
    return result ? vocab_tone(result) : TONE_NONE;
}

static const char *result_word(struct view *v, const json_t *row)
{
    if (is(row, "result", "FAIL") && !is(row, "level", "FAIL")) {
        return vocab_text(v, "WARN");
    }
    const char *result = get_text(row, "result");
    return result ? vocab_text(v, result) : "";
}

static const char *both(struct view *v, const json_t *row, const char *name, const char *name_hi)
{
    const char *text = view_text(v, get_text(row, name), get_text(row, name_hi));
    return text && *text ? text : NULL;
}

static void sentences(struct view *v, const json_t *row)
{
    const char *text = both(v, row, "text", "text_hi"), *next = both(v, row, "next", "next_hi");
    if (text) {
        html_element(&v->h, "<p>", text, "</p>");
    }
    if (next) {
        view_element(v, "<p><strong>", OW_RULE_NEXT, "</strong> ");
        html_element(&v->h, "", next, "</p>");
    }
}

static void head(struct view *v, const json_t *row)
{
    const char *cite = get_text(row, "cite");
    part_badge(v, tone_of(row), result_word(v, row));
    if (get_has(row, "until")) {
        html_raw(&v->h, "<span>");
        view_word(v, OW_RULE_UNTIL);
        html_raw(&v->h, " ");
        part_value(v, row, "until");
        html_raw(&v->h, "</span>");
    }
    html_raw(&v->h, "<span class=\"small\"><code>");
    html_text(&v->h, get_text(row, "rule"));
    html_raw(&v->h, "</code> ");
    html_text(&v->h, cite);
    html_raw(&v->h, "</span>");
}

static void title(struct view *v, const json_t *row)
{
    const char *text = both(v, row, "title", "title_hi");
    html_text(&v->h, text ? text : get_text(row, "rule"));
}

void rules_blocking_list(struct view *v, const json_t *rows)
{
    size_t i;
    json_t *row;
    html_raw(&v->h, "<ul class=\"rules\">");
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        if (!blocks(row)) {
            continue;
        }
        html_raw(&v->h, "<li class=\"rule");
        part_tone_class(v, tone_of(row));
        html_raw(&v->h, "\"><h3><a href=\"/office/applications/"); /* there with what it is about */
        view_number(v, view_id(v, "application"));
        html_raw(&v->h, "/rules#");
        html_text(&v->h, get_text(row, "rule"));
        html_raw(&v->h, "\">");
        title(v, row);
        html_raw(&v->h, "</a></h3><div class=\"state\">");
        head(v, row);
        html_raw(&v->h, "</div>");
        sentences(v, row);
        html_raw(&v->h, "</li>");
    }
    html_raw(&v->h, "</ul>");
}

/* ---- the whole page -------------------------------------------------------------------------- */

static void item(struct view *v, const json_t *one)
{
    const char *text = both(v, one, "text", "text_hi"), *next = both(v, one, "next", "next_hi");
    const char *result = get_text(one, "result");
    html_raw(&v->h, "<li>");
    if (result) {
        part_badge_word(v, result);
    }
    html_element(&v->h, " <strong>", both(v, one, "about", "about_hi"), "</strong> ");
    html_text(&v->h, text);
    if (next) {
        html_raw(&v->h, " ");
        html_text(&v->h, next);
    }
    html_raw(&v->h, "</li>");
}

/* Documents, reports, evidence that a rule looked at, the worst first; of what is in order, and of
 * very many, only how many there are. */
static void items(struct view *v, const json_t *row)
{
    size_t i, shown = 0, passed = 0, rest = 0;
    json_t *one;
    const json_t *all = json_object_get(row, "items");
    html_raw(&v->h, "<ul class=\"items\">");
    json_array_foreach((json_t *)(uintptr_t)all, i, one)
    {
        if (is(one, "result", "PASS") || is(one, "result", "NA")) {
            passed++;
        } else if (shown < ITEMS_SHOWN) {
            item(v, one);
            shown++;
        } else {
            rest++;
        }
    }
    /* Only the worst are in the answer: after one that is in order come only others like it. */
    int64_t told = (int64_t)json_array_size(all), every = get_number(row, "item_count");
    size_t *untold = passed ? &passed : &rest;
    *untold += every > told ? (size_t)(every - told) : 0;
    if (rest) {
        html_raw(&v->h, "<li>");
        part_count(v, OW_ITEM_MORE, OW_ITEMS_MORE, (int64_t)rest);
        html_raw(&v->h, "</li>");
    }
    if (passed) {
        html_raw(&v->h, "<li>");
        part_badge(v, TONE_GOOD, vocab_text(v, "PASS"));
        html_raw(&v->h, " ");
        part_count(v, OW_ITEM_PASSED, OW_ITEMS_PASSED, (int64_t)passed);
        html_raw(&v->h, "</li>");
    }
    html_raw(&v->h, "</ul>");
}

static void facts(struct view *v, const json_t *row)
{
    const char *key;
    json_t *one;
    const json_t *used = json_object_get(row, "facts");
    if (json_object_size(used) == 0) {
        return;
    }
    view_element(v, "<details><summary>", OW_RULE_FACTS, "</summary><dl class=\"facts\">");
    json_object_foreach((json_t *)(uintptr_t)used, key, one)
    {
        html_element(&v->h, "<dt>", field_label(v, key), "</dt><dd>");
        part_value(v, used, key);
        html_raw(&v->h, "</dd>");
    }
    html_raw(&v->h, "</dl></details>");
}

/* A rule that is not passed can be waived by an officer, with a reason. */
static void waive(struct view *v, const json_t *row, int64_t application, size_t number)
{
    static const char *const hidden[] = {"rule", NULL};
    char key[32];
    const json_t *foreseen = json_object_get(row, "waivable");
    if (v->bare || json_is_false(foreseen) || is(row, "result", "PASS") ||
        is(row, "result", "NA") || is(row, "result", "WAIVED")) {
        return;
    }
    json_t *values = json_pack("{s:I, s:s}", "application", (json_int_t)application, "rule",
                               get_text(row, "rule"));
    (void)snprintf(key, sizeof key, "waive%zu-", number);
    struct form f = {.op = "rule.waive",
                     .values = values,
                     .hidden = hidden,
                     .button = OW_WAIVE_RULE,
                     .will = OW_WAIVE_WILL,
                     .key = key,
                     .folded = true};
    if (values) {
        form_show(v, &f);
    }
    json_decref(values);
}

static void rule(struct view *v, const json_t *row, int64_t application, size_t number)
{
    html_raw(&v->h, "<li class=\"rule");
    part_tone_class(v, tone_of(row));
    html_raw(&v->h, "\" id=\"");
    html_text(&v->h, get_text(row, "rule"));
    html_raw(&v->h, "\"><h3>");
    title(v, row);
    html_raw(&v->h, "</h3><div class=\"state\">");
    head(v, row);
    html_raw(&v->h, "</div>");
    sentences(v, row);
    if (json_array_size(json_object_get(row, "items"))) {
        items(v, row);
    }
    facts(v, row);
    waive(v, row, application, number);
    html_raw(&v->h, "</li>");
}

/* In which of the groups of the page a rule stands. */
enum group { GROUP_BLOCKS, GROUP_LOOK, GROUP_DONE, GROUP_NA, GROUP_COUNT };

static enum group group_of(const json_t *row)
{
    if (blocks(row)) {
        return GROUP_BLOCKS;
    }
    if (is(row, "result", "NA")) {
        return GROUP_NA;
    }
    return is(row, "result", "FAIL") || is(row, "result", "PENDING") ? GROUP_LOOK : GROUP_DONE;
}

static void group_shown(struct view *v, const json_t *rows, enum group wanted, int64_t application)
{
    static const enum office_word words[GROUP_COUNT] = {OW_RULES_BLOCK, OW_RULES_LOOK,
                                                        OW_RULES_DONE, OW_RULES_NA};
    size_t i, n = 0;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        if (group_of(row) != wanted) {
            continue;
        }
        if (n++ == 0) {
            view_element(v, "<section class=\"part\"><h2>", words[wanted],
                         "</h2><ul class=\"rules\">");
        }
        rule(v, row, application, i);
    }
    if (n) {
        html_raw(&v->h, "</ul></section>");
    }
}

static void counts(struct view *v, const json_t *rows)
{
    static const char *const words[] = {"FAIL", "PENDING", "WAIVED", "PASS", "NA"};
    html_raw(&v->h, "<p class=\"state counts\">");
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        size_t i, n = 0;
        json_t *row;
        char text[TEXT_SIZE];
        json_array_foreach((json_t *)(uintptr_t)rows, i, row)
        {
            n += is(row, "result", words[w]);
        }
        if (n) {
            part_badge_word(v, words[w]);
            html_element(&v->h, " <b>", text_number((int64_t)n, text), "</b> ");
        }
    }
    html_raw(&v->h, "</p>");
}

/* Waivers of rules that wait for a second officer. */
static void proposals(struct view *v, int64_t application)
{
    size_t i;
    json_t *d;
    if (v->bare || !view_may(v, "decision.waiting")) {
        return;
    }
    const json_t *answer =
        view_list(v, "decision.waiting", json_pack("{s:I}", "application", (json_int_t)application),
                  WAITING, NULL);
    json_array_foreach(json_object_get(answer, "items"), i, d)
    {
        if (get_has(d, "file")) {
            continue;
        }
        html_raw(&v->h, "<div class=\"note\"><p>");
        part_badge(v, TONE_WAIT, office_word(v->lang, OW_DECISION_PROPOSED));
        html_element(&v->h, " <code>", get_text(d, "rule"), "</code></p><p class=\"lines\">");
        view_lines(v, get_text(d, "reason"));
        html_element(&v->h, "</p><p class=\"small\">", get_text(d, "person_name"), " · ");
        part_value(v, d, "at");
        html_raw(&v->h, "</p>");
        page_second_officer(v, d);
        html_raw(&v->h, "</div>");
    }
}

/* Days that matter, and until when a certificate of today would be valid. */
static void days(struct view *v, const json_t *answer)
{
    size_t i;
    json_t *one;
    const json_t *all = json_object_get(answer, "deadlines");
    const json_t *valid = json_object_get(answer, "validity_if_issued_today");
    const char *text = both(v, valid, "text", "text_hi");
    if (json_array_size(all) == 0 && !text) {
        return;
    }
    part_section(v, "days", OW_NAV_DEADLINES);
    html_raw(&v->h, "<dl class=\"facts\">");
    json_array_foreach((json_t *)(uintptr_t)all, i, one)
    {
        char date[TEXT_SIZE];
        html_element(&v->h, "<dt>", text_date(get_text(one, "date"), v->lang == LANG_HI, date),
                     "</dt><dd>");
        html_text(&v->h, both(v, one, "text", "text_hi"));
        html_element(&v->h, " <code>", get_text(one, "rule"), "</code></dd>");
    }
    html_raw(&v->h, "</dl>");
    if (text) {
        view_element(v, "<p>", OW_IF_TODAY, " ");
        html_element(&v->h, "", text, "</p>");
    }
    part_section_end(v);
}

int page_rules(struct view *v)
{
    int64_t id = view_id(v, "application");
    enum op_problem problem;
    const json_t *a = view_read(v, "application.show",
                                json_pack("{s:I}", "application", (json_int_t)id), &problem);
    if (!a) {
        return view_problem(v, problem, NULL);
    }
    const json_t *answer = view_read(v, "application.check",
                                     json_pack("{s:I}", "application", (json_int_t)id), &problem);
    if (!answer) {
        return view_problem(v, problem, NULL);
    }
    const json_t *rows = rules_rows(answer);
    view_begin(v, office_word(v->lang, OW_RULES), get_text(a, "product"));
    html_raw(&v->h, "<p><a href=\"/office/applications/");
    view_number(v, id);
    view_element(v, "\">", OW_BACK_APPLICATION, "</a></p>");
    counts(v, rows);
    proposals(v, id);
    for (int g = 0; g < GROUP_COUNT; g++) {
        group_shown(v, rows, (enum group)g, id);
    }
    days(v, answer);
    return view_end(v);
}

int page_rules_print(struct view *v)
{
    v->bare = true;
    return page_rules(v);
}
