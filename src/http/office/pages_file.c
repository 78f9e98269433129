/*
 * pages_file - one file: itself beside what the machine and the officers say about it.
 *
 * The file is shown by the browser's own viewer in a frame of the same origin whose answer is
 * sandboxed (office/ops_files.c says which kinds may be shown). A decision stands beside the
 * machine's verdict and never changes it.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"

enum { WAITING_ROWS = 200 };

/* ---- the file itself ------------------------------------------------------------------------- */

static bool is_shown(const json_t *f)
{
    const char *format = get_text(f, "format"), *path = get_text(f, "path");
    const char *name = path && *path ? path : get_text(f, "name");
    size_t n = name ? strlen(name) : 0;
    return (format && strcmp(format, "PDF") == 0) ||
           (format && strcmp(format, "unknown") == 0 && n > 4 && strcmp(name + n - 4, ".txt") == 0);
}

static void content_address(struct view *v, const json_t *f)
{
    html_raw(&v->h, "/api/v1/files/");
    view_number(v, get_number(f, "id"));
    html_raw(&v->h, "/content");
}

static void viewer(struct view *v, const json_t *f)
{
    const char *path = get_text(f, "path");
    html_raw(&v->h, "<div class=\"viewer\">");
    if (is_shown(f)) {
        html_raw(&v->h, "<iframe src=\"");
        content_address(v, f);
        html_raw(&v->h, "#navpanes=0\"");
        html_attr(&v->h, "title", path && *path ? path : get_text(f, "name"));
        html_raw(&v->h, "></iframe>");
    } else {
        part_empty(v, OW_NOT_SHOWN);
    }
    html_raw(&v->h, "<p><a href=\"");
    content_address(v, f);
    view_element(v, "\">", OW_OPEN_FILE, "</a></p></div>");
}

/* ---- what the machine says ------------------------------------------------------------------- */

static enum tone level_tone(const char *level)
{
    return !level || strcmp(level, "INFO") == 0 ? TONE_INFO
           : strcmp(level, "FAIL") == 0         ? TONE_BAD
                                                : TONE_CARE;
}

static void finding(struct view *v, const json_t *f)
{
    const char *text = view_text(v, get_text(f, "text"), get_text(f, "text_hi"));
    const char *hint = view_text(v, get_text(f, "hint"), get_text(f, "hint_hi"));
    html_raw(&v->h, "<li class=\"rule");
    part_tone_class(v, level_tone(get_text(f, "level")));
    html_element(&v->h, "\"><p>", text, "</p>");
    if (hint && *hint) {
        view_element(v, "<p><strong>", OW_RULE_NEXT, "</strong> ");
        html_element(&v->h, "", hint, "</p>");
    }
    html_element(&v->h, "<p class=\"small\"><code>", get_text(f, "code"), "</code></p></li>");
}

/* All but what is only for information. */
static size_t findings(struct view *v, const json_t *all)
{
    size_t i, n = 0;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)all, i, one)
    {
        if (level_tone(get_text(one, "level")) != TONE_INFO) {
            finding(v, one);
            n++;
        }
    }
    return n;
}

/* What a signature covers, in the report's own words. */
static void coverage(struct view *v, const json_t *signature)
{
    const json_t *c = json_object_get(signature, "coverage");
    const char *text = view_text(v, get_text(c, "description"), get_text(c, "description_hi"));
    if (text) {
        html_element(&v->h, "<p>", text, "</p>");
    }
}

/* part: of the report about this file; of a file in a ZIP it holds a report of its own. */
static void reasons(struct view *v, const json_t *part)
{
    size_t i, n = 0;
    json_t *signature;
    const json_t *own = json_object_get(part, "report");
    const json_t *report = json_is_object(own) ? own : part;
    if (!json_is_object(report)) {
        return;
    }
    json_array_foreach(json_object_get(report, "signatures"), i, signature)
    {
        coverage(v, signature);
    }
    html_raw(&v->h, "<ul class=\"rules\">");
    n += findings(v, json_object_get(report, "findings"));
    json_array_foreach(json_object_get(report, "signatures"), i, signature)
    {
        n += findings(v, json_object_get(signature, "findings"));
    }
    html_raw(&v->h, "</ul>");
    if (n == 0) {
        part_empty(v, OW_NO_REASONS);
    }
}

static void machine(struct view *v, const json_t *f)
{
    static const char *const names[] = {"signer",
                                        "organisation",
                                        "signed_at",
                                        "india",
                                        "applicant_matches",
                                        "language",
                                        "language_sure",
                                        "number_found",
                                        "pages",
                                        "format",
                                        "size",
                                        "sha256",
                                        NULL};
    const char *verdict = get_text(f, "verdict");
    part_section(v, "machine", OW_MACHINE);
    html_raw(&v->h, "<p class=\"verdict\">");
    part_badge_word(v, verdict ? verdict : "waiting");
    if (get_has(f, "covered_by")) {
        html_raw(&v->h, " ");
        view_fill(v, OW_COVERED, get_text(f, "covered_by"), "");
    }
    html_raw(&v->h, "</p>");
    reasons(v, json_object_get(f, "report"));
    part_facts(v, f, names);
    if (get_has(f, "verification")) {
        html_raw(&v->h, "<p><a href=\"/api/v1/verifications/");
        view_number(v, get_number(f, "verification"));
        html_raw(&v->h, "/report?format=html");
        if (v->lang == LANG_HI) {
            html_raw(&v->h, "&amp;lang=hi");
        }
        view_element(v, "\">", OW_REPORT_WHOLE, "</a></p>");
    }
    page_duplicates(v, json_object_get(f, "duplicates"));
    part_section_end(v);
}

/* ---- what officers say ----------------------------------------------------------------------- */

void page_second_officer(struct view *v, const json_t *d)
{
    static const char *const ops[] = {"decision.confirm", "decision.reject"};
    const char *state = get_text(d, "state");
    if (!state || strcmp(state, "proposed") != 0) {
        return;
    }
    if (!view_may(v, "decision.confirm")) {
        return;
    }
    if (get_number(d, "person") == v->actor->person) {
        view_element(v, "<p>", OW_SECOND_WAIT, "</p>");
        return;
    }
    json_t *values = json_pack("{s:O}", "decision", json_object_get(d, "id"));
    for (size_t i = 0; i < 2; i++) {
        char key[48];
        (void)snprintf(key, sizeof key, "%s%lld-", i ? "reject" : "confirm",
                       (long long)get_number(d, "id"));
        struct form f = {.op = ops[i],
                         .values = values,
                         .button = OW_COUNT,
                         .will = i ? OW_WILL_REJECT : OW_WILL_CONFIRM,
                         .key = key,
                         .danger = i == 1,
                         .folded = i == 1};
        form_show(v, &f);
    }
    json_decref(values);
}

static void decision(struct view *v, const json_t *d)
{
    html_raw(&v->h, "<div class=\"note\"><p>");
    part_value(v, d, "decision");
    html_raw(&v->h, " · ");
    part_value(v, d, "state");
    html_raw(&v->h, " <code>");
    html_text(&v->h, get_text(d, "rule"));
    html_raw(&v->h, "</code></p><p class=\"lines\">");
    view_lines(v, get_text(d, "reason"));
    html_raw(&v->h, "</p><p class=\"small\">");
    if (get_has(d, "person_name")) {
        html_element(&v->h, "", get_text(d, "person_name"), " · ");
    }
    part_value(v, d, "at");
    if (get_has(d, "second_name")) {
        html_raw(&v->h, " · ");
        view_fill(v, OW_SECOND_BY, get_text(d, "second_name"), "");
        html_raw(&v->h, " ");
        part_value(v, d, "second_at");
    }
    html_raw(&v->h, "</p>");
    page_second_officer(v, d);
    html_raw(&v->h, "</div>");
}

static void decide(struct view *v, const json_t *f)
{
    static const char *const hidden[] = {"verification", NULL};
    json_t *values = json_pack("{s:O, s:O*, s:s}", "file", json_object_get(f, "id"), "verification",
                               json_object_get(f, "verification"), "rule", "R-SIG-1");
    struct form form = {.op = "decision.propose",
                        .values = values,
                        .hidden = hidden,
                        .button = OW_DECIDE,
                        .will = OW_WILL_DECIDE,
                        .key = "decide-",
                        .folded = json_array_size(json_object_get(f, "decisions")) > 0};
    form_show(v, &form);
    json_decref(values);
}

static void officers(struct view *v, const json_t *f)
{
    size_t i;
    json_t *d;
    const json_t *all = json_object_get(f, "decisions");
    part_section(v, "decisions", OW_DECISIONS);
    if (json_array_size(all) == 0) {
        part_empty(v, OW_DECISIONS_EMPTY);
    }
    json_array_foreach((json_t *)(uintptr_t)all, i, d)
    {
        decision(v, d);
    }
    if (get_has(f, "verdict")) {
        decide(v, f);
    }
    part_section_end(v);
}

static void says_kind(struct view *v, const json_t *f)
{
    struct form form = {.op = "file.set",
                        .values = f,
                        .button = OW_COUNT,
                        .will = OW_COUNT,
                        .key = "kind-",
                        .folded = true};
    json_t *values = json_copy((json_t *)(uintptr_t)f);
    if (values && json_object_set(values, "file", json_object_get(f, "id")) == 0) {
        form.values = values;
        form_show(v, &form);
    }
    json_decref(values);
}

void page_file_body(struct view *v, int64_t id)
{
    const json_t *f = view_read(v, "file.show", json_pack("{s:I}", "file", (json_int_t)id), NULL);
    if (!f) {
        return;
    }
    html_raw(&v->h, "<div class=\"beside\">");
    viewer(v, f);
    html_raw(&v->h, "<div>");
    machine(v, f);
    officers(v, f);
    says_kind(v, f);
    html_raw(&v->h, "</div></div>");
}

/* From file to file that waits for a decision, without going back. */
static void next_file(struct view *v, const json_t *f)
{
    size_t i;
    json_t *row;
    const json_t *first = NULL, *next = NULL, *items;
    if (!view_may(v, "decision.propose")) {
        return;
    }
    json_t *in =
        json_pack("{s:O, s:b}", "application", json_object_get(f, "application"), "undecided", 1);
    items = json_object_get(view_list(v, "file.list", in, WAITING_ROWS, NULL), "items");
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        bool other = get_number(row, "id") != get_number(f, "id");
        first = !first && other ? row : first;
        next = !next && get_number(row, "id") > get_number(f, "id") ? row : next;
    }
    next = next ? next : first;
    if (next) {
        html_raw(&v->h, "<a href=\"/office/files/");
        view_number(v, get_number(next, "id"));
        view_element(v, "\">", OW_NEXT_FILE, "</a>");
    }
}

int page_file(struct view *v)
{
    enum op_problem problem;
    int64_t id = view_id(v, "file");
    const json_t *f =
        view_read(v, "file.show", json_pack("{s:I}", "file", (json_int_t)id), &problem);
    if (!f) {
        return view_problem(v, problem, NULL);
    }
    const char *path = get_text(f, "path");
    bool inside = path && *path;
    view_begin(v, inside ? path : get_text(f, "name"), inside ? get_text(f, "name") : NULL);
    html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/office/documents/");
    view_number(v, get_number(f, "document"));
    view_element(v, "\">", OW_BACK_DOCUMENT, "</a>");
    page_application_link(v, get_number(f, "application"), "");
    view_element(v, "", OW_BACK_APPLICATION, "</a>");
    next_file(v, f);
    html_raw(&v->h, "</p>");
    page_file_body(v, id);
    return view_end(v);
}
