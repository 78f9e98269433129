/*
 * pages_scans - a run of a unit under test: what it comes to, requirements by level, findings with
 * what to do, services, and comparisons.
 *
 * Everything a device said is a stranger's: it is escaped, and the report that was made of it is
 * saved, never shown as a page of this server.
 */
#include <stdio.h>

#include "http/office/pages_bench.h"

enum { FINDINGS_MAX = 30, INFO_MAX = 15, SERVICES_MAX = 60, COMPARED_MAX = 150, SUITES_MAX = 120 };

static const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

/* ---- what it comes to ------------------------------------------------------------------------ */

/* The run is about the device as a client. */
static bool is_client(const json_t *scan)
{
    return json_array_size(json_object_get(scan, "clients")) > 0;
}

/* The row of a level; NULL: nothing was judged. */
static const json_t *level_row(const json_t *scan, int64_t level)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(scan, "levels"), i, one)
    {
        if (get_number(one, "level") == level) {
            return one;
        }
    }
    return NULL;
}

static const struct {
    const char *result;
    enum tone tone;
    enum office_word says, next;
} headlines[] = {
    {"pass", TONE_GOOD, OW_RUN_PASS, OW_RUN_PASS_NEXT},
    {"fail", TONE_BAD, OW_RUN_FAIL, OW_RUN_FAIL_NEXT},
    {"inconclusive", TONE_CARE, OW_RUN_UNSURE, OW_RUN_UNSURE_NEXT},
    {"not-tested", TONE_WAIT, OW_RUN_UNTESTED, OW_RUN_UNTESTED_NEXT},
};

static void headline_done(struct view *v, const json_t *scan)
{
    char level[TEXT_SIZE], broken[TEXT_SIZE];
    const json_t *row = level_row(scan, get_number(scan, "level"));
    const char *result = text_or(get_text(row, "result"), "not-tested");
    size_t i = 0;
    while (i < 3 && strcmp(headlines[i].result, result) != 0) {
        i++;
    }
    (void)text_number(get_number(scan, "level"), level);
    (void)text_number(get_number(row, "fail") < 0 ? 0 : get_number(row, "fail"), broken);
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, headlines[i].tone);
    html_raw(&v->h, "\" aria-labelledby=\"result\"><h2 id=\"result\">");
    part_badge_word(v, result);
    html_raw(&v->h, "</h2><p>");
    view_fill(v, headlines[i].says, i == 1 ? broken : level, level);
    view_element(v, "</p><p>", headlines[i].next, "</p></section>");
}

static void headline_failed(struct view *v, const json_t *scan)
{
    bool cancelled = bench_is(scan, "state", "cancelled");
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, cancelled ? TONE_WAIT : TONE_BAD);
    html_raw(&v->h, "\" aria-labelledby=\"result\"><h2 id=\"result\">");
    part_icon(v, cancelled ? TONE_WAIT : TONE_BAD);
    view_element(v, " ", cancelled ? OW_RUN_CANCELLED : OW_RUN_FAILED, "</h2>");
    if (get_has(scan, "failure")) {
        html_element(&v->h, "<p>", vocab_text(v, get_text(scan, "failure")), "");
        if (get_has(scan, "detail")) {
            html_element(&v->h, ": <span lang=\"en\">", get_text(scan, "detail"), "</span>");
        }
        html_raw(&v->h, "</p>");
    }
    if (!cancelled) {
        view_element(v, "<p>", OW_RUN_FAILED_NEXT, "</p>");
    }
    html_raw(&v->h, "</section>");
}

static void headline(struct view *v, const json_t *scan)
{
    char text[TEXT_SIZE];
    if (bench_open(scan)) {
        bench_progress(v, scan);
    } else if (bench_is(scan, "state", "done")) {
        headline_done(v, scan);
    } else {
        headline_failed(v, scan);
    }
    if (get_number(scan, "starts") > 1) {
        html_raw(&v->h, "<p>");
        part_icon(v, TONE_CARE);
        html_raw(&v->h, " ");
        view_fill(v, OW_RUN_INTERRUPTED, text_number(get_number(scan, "starts"), text), "");
        html_raw(&v->h, "</p>");
    }
}

/* Who made what is read here. */
static void made_by(struct view *v, const json_t *scan)
{
    char text[TEXT_SIZE];
    if (bench_is(scan, "kind", "judge")) {
        html_raw(&v->h, "<p>");
        bench_scan_link(v, get_number(scan, "source"), "");
        view_fill(v, OW_RUN_OF, text_number(get_number(scan, "source"), text), "");
        html_raw(&v->h, "</a></p>");
    }
    if (!bench_is(scan, "kind", "upload")) {
        return;
    }
    bool derived = get_has(scan, "record");
    html_raw(&v->h, "<p>");
    part_icon(v, get_has(scan, "maker") ? TONE_GOOD : TONE_CARE);
    html_raw(&v->h, " ");
    if (get_has(scan, "maker")) {
        view_fill(v, OW_RUN_MAKER, get_text(scan, "maker"), "");
    } else {
        view_word(v, OW_RUN_NO_MAKER);
    }
    html_raw(&v->h, " ");
    if (bench_is(scan, "state", "done")) {
        view_word(v, derived                  ? OW_RUN_DERIVED
                     : get_has(scan, "maker") ? OW_RUN_SIGNED_WORD
                                              : OW_RUN_WORD_ONLY);
    }
    html_raw(&v->h, "</p>");
}

/* ---- requirements ---------------------------------------------------------------------------- */

static void levels(struct view *v, const json_t *scan)
{
    static const char *const names[] = {"pass", "fail", "inconclusive", "not_tested"};
    static const char *const words[] = {"pass", "fail", "inconclusive", "not-tested"};
    size_t i;
    json_t *one;
    view_element(v, "<table class=\"rows\"><caption class=\"unseen\">", OW_LEVELS,
                 "</caption><thead><tr><th scope=\"col\">");
    html_text(&v->h, field_label(v, "level"));
    html_element(&v->h, "</th><th scope=\"col\">", field_label(v, "result"), "</th>");
    for (size_t k = 0; k < 4; k++) {
        html_element(&v->h, "<th scope=\"col\" class=\"number\">", vocab_text(v, words[k]),
                     "</th>");
    }
    html_raw(&v->h, "</tr></thead><tbody>");
    json_array_foreach(json_object_get(scan, "levels"), i, one)
    {
        char text[TEXT_SIZE];
        html_raw(&v->h, "<tr><th scope=\"row\">");
        view_fill(v, OW_LEVEL_N, text_number(get_number(one, "level"), text), "");
        html_raw(&v->h, "</th><td");
        html_attr(&v->h, "data-label", field_label(v, "result"));
        html_raw(&v->h, ">");
        if (get_number(one, "level") == 0) {
            view_word(v, OW_LEVEL_ZERO);
        } else {
            part_badge_word(v, get_text(one, "result"));
        }
        html_raw(&v->h, "</td>");
        for (size_t k = 0; k < 4; k++) {
            html_raw(&v->h, "<td class=\"number\"");
            html_attr(&v->h, "data-label", vocab_text(v, words[k]));
            html_element(&v->h, ">", text_number(get_number(one, names[k]), text), "</td>");
        }
        html_raw(&v->h, "</tr>");
    }
    html_raw(&v->h, "</tbody></table>");
}

static bool of_level(const json_t *requirement, int64_t level)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(requirement, "levels"), i, one)
    {
        if (json_integer_value(one) == level) {
            return true;
        }
    }
    return false;
}

static void codes(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        buffer_str(v->h.out, i ? " " : "");
        html_element(&v->h, "<code>", json_string_value(one), "</code>");
    }
}

static void requirement(struct view *v, const json_t *r)
{
    char text[TEXT_SIZE];
    const char *says = view_text(v, get_text(r, "text"), get_text(r, "text_hi"));
    html_element(&v->h, "<tr><th scope=\"row\">", get_text(r, "id"), "");
    html_element(&v->h, "<br><span class=\"optional\">", text_or(says, ""), "</span></th>");
    for (int level = 1; level <= 3; level++) {
        (void)text_number(level, text);
        html_raw(&v->h, "<td data-label=\"");
        view_fill(v, OW_LEVEL_N, text, "");
        html_raw(&v->h, "\">");
        if (of_level(r, level)) {
            part_badge_word(v, get_text(r, "result"));
        } else {
            view_element(v, "<span class=\"empty\">", OW_NOT_ASKED, "</span>");
        }
        html_raw(&v->h, "</td>");
    }
    html_raw(&v->h, "<td");
    html_attr(&v->h, "data-label", office_word(v->lang, OW_BECAUSE));
    html_raw(&v->h, ">");
    codes(v, json_object_get(r, "because"));
    html_element(&v->h, "<br><span class=\"small\">", text_or(get_text(r, "source"), ""),
                 "</span></td></tr>");
}

static void matrix(struct view *v, const json_t *scan)
{
    size_t i;
    json_t *one;
    char text[TEXT_SIZE];
    const json_t *list = json_object_get(scan, "matrix");
    part_section(v, "matrix", OW_MATRIX);
    if (json_array_size(list) == 0) {
        part_empty(v, OW_MATRIX_EMPTY);
        part_section_end(v);
        return;
    }
    levels(v, scan);
    view_element(v, "<table class=\"rows matrix\"><caption class=\"unseen\">", OW_MATRIX,
                 "</caption><thead><tr>");
    view_element(v, "<th scope=\"col\">", OW_REQUIREMENT, "</th>");
    for (int level = 1; level <= 3; level++) {
        html_raw(&v->h, "<th scope=\"col\">");
        view_fill(v, OW_LEVEL_N, text_number(level, text), "");
        html_raw(&v->h, "</th>");
    }
    view_element(v, "<th scope=\"col\">", OW_BECAUSE, "</th></tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        requirement(v, one);
    }
    html_raw(&v->h, "</tbody></table>");
    part_section_end(v);
}

/* ---- findings -------------------------------------------------------------------------------- */

static enum tone level_tone(const char *level)
{
    return !level || strcmp(level, "INFO") == 0 ? TONE_INFO
           : strcmp(level, "FAIL") == 0         ? TONE_BAD
                                                : TONE_CARE;
}

static void where(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        buffer_str(v->h.out, i ? ", " : " · ");
        html_text(&v->h, json_string_value(one));
    }
}

static void finding(struct view *v, const json_t *f)
{
    const char *text = view_text(v, get_text(f, "text"), get_text(f, "text_hi"));
    const char *hint = view_text(v, get_text(f, "hint"), get_text(f, "hint_hi"));
    html_raw(&v->h, "<li class=\"rule");
    part_tone_class(v, level_tone(get_text(f, "level")));
    html_raw(&v->h, "\"><p>");
    part_icon(v, level_tone(get_text(f, "level")));
    html_element(&v->h, " ", text_or(text, get_text(f, "text")), "</p>");
    if (hint && *hint) {
        view_element(v, "<p><strong>", OW_RULE_NEXT, "</strong> ");
        html_element(&v->h, "", hint, "</p>");
    }
    html_element(&v->h, "<p class=\"small\"><code>", get_text(f, "code"), "</code>");
    if (get_has(f, "cite")) {
        html_element(&v->h, " · ", get_text(f, "cite"), "");
    }
    where(v, json_object_get(f, "where"));
    html_raw(&v->h, "</p></li>");
}

/* Those for information, or the others; at most so many. How many there are. */
static size_t some_findings(struct view *v, const json_t *list, bool info, size_t most)
{
    size_t i, n = 0;
    json_t *one;
    char text[TEXT_SIZE];
    html_raw(&v->h, "<ul class=\"rules\">");
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        if ((level_tone(get_text(one, "level")) == TONE_INFO) == info && n++ < most) {
            finding(v, one);
        }
    }
    html_raw(&v->h, "</ul>");
    if (n > most) {
        html_raw(&v->h, "<p>");
        view_fill(v, OW_FINDINGS_MORE, text_number((int64_t)(n - most), text), "");
        html_raw(&v->h, "</p>");
    }
    return n;
}

static bool has_info(const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        if (level_tone(get_text(one, "level")) == TONE_INFO) {
            return true;
        }
    }
    return false;
}

static void findings(struct view *v, const json_t *list)
{
    part_section(v, "findings", OW_FINDINGS);
    if (some_findings(v, list, false, FINDINGS_MAX) == 0) {
        part_empty(v, OW_FINDINGS_EMPTY);
    }
    if (has_info(list)) {
        view_element(v, "<details><summary>", OW_FINDINGS_INFO, "</summary>");
        (void)some_findings(v, list, true, INFO_MAX);
        html_raw(&v->h, "</details>");
    }
    part_section_end(v);
}

/* ---- services -------------------------------------------------------------------------------- */

/* The versions a service speaks. */
static void versions(struct view *v, const json_t *protocols)
{
    const char *name;
    json_t *value;
    bool first = true;
    json_object_foreach((json_t *)(uintptr_t)protocols, name, value)
    {
        const char *state = json_string_value(value);
        if (state && strcmp(state, "yes") == 0) {
            buffer_str(v->h.out, first ? "" : ", ");
            html_text(&v->h, name);
            first = false;
        }
    }
    buffer_str(v->h.out, first ? "–" : "");
}

static void services(struct view *v, const json_t *scan)
{
    size_t i;
    json_t *one;
    const json_t *list = json_object_get(scan, "service_list");
    static const enum office_word heads[] = {OW_PROTOCOLS, OW_CERTIFICATE_OF};
    part_section(v, "services", OW_SERVICES);
    if (json_array_size(list) == 0) {
        part_empty(v, OW_SERVICES_EMPTY);
        part_section_end(v);
        return;
    }
    view_element(v, "<table class=\"rows\"><caption class=\"unseen\">", OW_SERVICES,
                 "</caption><thead><tr><th scope=\"col\">");
    html_text(&v->h, field_label(v, "place"));
    html_element(&v->h, "</th><th scope=\"col\">", field_label(v, "state"), "</th>");
    view_element(v, "<th scope=\"col\">", heads[0], "</th>");
    view_element(v, "<th scope=\"col\">", heads[1], "</th></tr></thead><tbody>");
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        char rest[48];
        if (i == SERVICES_MAX) {
            break;
        }
        (void)snprintf(rest, sizeof rest, "/services/%lld", (long long)get_number(one, "number"));
        html_raw(&v->h, "<tr><th scope=\"row\">");
        bench_scan_link(v, get_number(scan, "id"), rest);
        html_element(&v->h, "", get_text(one, "place"), "</a></th><td");
        html_attr(&v->h, "data-label", field_label(v, "state"));
        html_raw(&v->h, ">");
        part_badge_word(v, get_text(one, "state"));
        html_raw(&v->h, "</td><td");
        html_attr(&v->h, "data-label", office_word(v->lang, heads[0]));
        html_raw(&v->h, ">");
        versions(v, json_object_get(one, "protocols"));
        html_raw(&v->h, "</td><td");
        html_attr(&v->h, "data-label", office_word(v->lang, heads[1]));
        html_element(&v->h, ">", text_or(get_text(one, "subject"), "–"), "</td></tr>");
    }
    html_raw(&v->h, "</tbody></table>");
    part_section_end(v);
}

/* ---- the page of a run ----------------------------------------------------------------------- */

static void downloads(struct view *v, const json_t *scan)
{
    size_t most = is_client(scan) ? 3 : 4; /* what a device offers has no place there */
    static const struct {
        const char *format, *label;
        bool spoken;
    } forms[] = {{"json", "JSON", false},
                 {"csv", "CSV", true},
                 {"html", "HTML", true},
                 {"cbom", "CycloneDX 1.6 CBOM", false}};
    if (!bench_is(scan, "state", "done")) {
        return;
    }
    view_element(v, "<h3 class=\"noprint\">", OW_DOWNLOADS, "</h3><p class=\"actions noprint\">");
    for (size_t i = 0; i < most; i++) {
        char rest[64];
        if (i && !get_has(scan, "record")) {
            break; /* a mere report has no other forms */
        }
        (void)snprintf(rest, sizeof rest, "/report?format=%s%s", forms[i].format,
                       forms[i].spoken && v->lang == LANG_HI ? "&amp;lang=hi" : "");
        html_raw(&v->h, "<a href=\"/api/v1/scans/");
        view_number(v, get_number(scan, "id"));
        buffer_str(v->h.out, rest);
        html_element(&v->h, "\">", forms[i].label, "</a>");
    }
    if (get_has(scan, "record") || get_has(scan, "file")) {
        html_raw(&v->h, "<a href=\"/api/v1/scans/");
        view_number(v, get_number(scan, "id"));
        view_element(v, "/record\">", OW_SAVE_RECORD, "</a>");
    }
    html_raw(&v->h, "</p>");
}

/* How it becomes a signed test record: the key is the laboratory's, not this server's. */
static void how_to_sign(struct view *v, const json_t *scan)
{
    if (!view_officer(v) || !get_has(scan, "record") || !bench_is(scan, "state", "done")) {
        return;
    }
    view_element(v, "<details class=\"noprint\"><summary>", OW_SIGN_HOW, "</summary>");
    view_element(v, "<p>", OW_SIGN_HOW_NEXT, "</p><pre lang=\"en\">");
    html_raw(&v->h, "satyapan tls sign --level all --key KEY --firm FIRM --model MODEL --serial "
                    "SERIAL --out record.p7m scan-");
    view_number(v, get_number(scan, "id"));
    html_raw(&v->h, ".record</pre></details>");
}

static void run_links(struct view *v, const json_t *scan)
{
    int64_t id = get_number(scan, "id");
    html_raw(&v->h, "<p class=\"actions noprint\">");
    bench_device_link(v, get_number(scan, "device"));
    view_element(v, "", OW_BACK_UNIT, "</a>");
    if (get_has(scan, "application")) {
        page_application_link(v, get_number(scan, "application"), "");
        view_element(v, "", OW_BACK_APPLICATION, "</a>");
    }
    if (get_has(scan, "before") && bench_is(scan, "state", "done")) {
        bench_scan_link(v, id, "/compare");
        view_element(v, "", OW_COMPARE_BEFORE, "</a>");
    }
    if (bench_is(scan, "state", "done") && !is_client(scan)) {
        bench_scan_link(v, id, "/declared");
        view_element(v, "", OW_COMPARE_DECLARED, "</a>");
    }
    html_raw(&v->h, "</p>");
}

static void run_form(struct view *v, const json_t *scan, const char *op, enum office_word will,
                     const char *key, const char *next)
{
    json_t *values = bench_about("scan", get_number(scan, "id"));
    struct form f = {.op = op,
                     .values = values,
                     .next = next,
                     .button = OW_COUNT,
                     .will = will,
                     .key = key,
                     .folded = true};
    form_show(v, &f);
    json_decref(values);
}

static void run_forms(struct view *v, const json_t *scan)
{
    if (!bench_is(scan, "state", "done") || v->bare) {
        return;
    }
    if (!get_has(scan, "released_at") && get_has(scan, "application")) {
        run_form(v, scan, "scan.release", OW_WILL_RELEASE, "release-", NULL);
    }
    if (get_has(scan, "record")) {
        run_form(v, scan, "scan.judge", OW_WILL_JUDGE, "judge-", "/office/scans/{id}");
    }
}

static const char *run_name(struct view *v, const json_t *scan)
{
    const char *name =
        arena_printf(v->arena, "%s · %s", get_text(scan, "model"), get_text(scan, "serial"));
    v->broken |= !name;
    return name ? name : "";
}

int page_scan(struct view *v)
{
    static const char *const names[] = {"kind",
                                        "level",
                                        "firmware",
                                        "targets",
                                        "name",
                                        "intrusive",
                                        "started_at",
                                        "finished_at",
                                        "services",
                                        "spoke",
                                        "connections",
                                        "policy",
                                        "person_name",
                                        "note",
                                        "record",
                                        "released_at",
                                        "released_by_name",
                                        NULL};
    /* What is about services alone is left out. */
    static const char *const of_client[] = {
        "kind",       "level",       "firmware",    "targets",          "name",
        "started_at", "finished_at", "connections", "policy",           "person_name",
        "note",       "record",      "released_at", "released_by_name", NULL};
    enum op_problem problem;
    const json_t *scan =
        view_read(v, "scan.show", bench_about("scan", view_id(v, "scan")), &problem);
    if (!scan) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, run_name(v, scan), get_text(scan, "firm"));
    run_links(v, scan);
    headline(v, scan);
    made_by(v, scan);
    run_forms(v, scan);
    if (bench_is(scan, "state", "done")) {
        matrix(v, scan);
        findings(v, json_object_get(scan, "findings"));
        if (is_client(scan)) {
            bench_client_cases(v, json_object_get(scan, "clients"));
        } else {
            services(v, scan);
        }
    }
    part_section(v, "run", OW_THIS_RUN);
    part_facts(v, scan, is_client(scan) || bench_is(scan, "kind", "listen") ? of_client : names);
    downloads(v, scan);
    how_to_sign(v, scan);
    part_section_end(v);
    return view_end(v);
}

/* ---- the page of a service ------------------------------------------------------------------- */

static void suites(struct view *v, const json_t *ciphers)
{
    const char *version;
    json_t *list, *one;
    size_t i;
    char text[TEXT_SIZE];
    json_object_foreach((json_t *)(uintptr_t)ciphers, version, list)
    {
        html_element(&v->h, "<details open><summary>", version, " ");
        html_element(&v->h, "(", text_number((int64_t)json_array_size(list), text),
                     ")</summary><ol class=\"items\">");
        json_array_foreach(list, i, one)
        {
            if (i < SUITES_MAX) {
                html_element(&v->h, "<li><code>", json_string_value(one), "</code></li>");
            }
        }
        html_raw(&v->h, "</ol></details>");
    }
}

static void known(struct view *v, const json_t *protocols)
{
    const char *name;
    json_t *value;
    html_raw(&v->h, "<ul class=\"items\">");
    json_object_foreach((json_t *)(uintptr_t)protocols, name, value)
    {
        const char *state = text_or(json_string_value(value), "");
        html_element(&v->h, "<li><code>", name, "</code> ");
        if (strcmp(state, "yes") == 0 || strcmp(state, "no") == 0) {
            view_word(v, *state == 'y' ? OW_YES : OW_NO);
        } else {
            part_badge_word(v, state);
        }
        html_raw(&v->h, "</li>");
    }
    html_raw(&v->h, "</ul>");
}

static void certificate(struct view *v, const json_t *c)
{
    static const char *const names[] = {"not_before",  "not_after", "key",
                                        "key_bits",    "signature", "chain",
                                        "spki_sha256", "known_key", NULL};
    if (!json_is_object(c)) {
        return;
    }
    part_section(v, "certificate", OW_CERTIFICATE_OF);
    html_element(&v->h, "<p class=\"lines\">", text_or(get_text(c, "subject"), "–"), "</p>");
    html_element(&v->h, "<p class=\"small\">", text_or(get_text(c, "issuer"), "–"), "</p>");
    part_facts(v, c, names);
    part_section_end(v);
}

static void groups(struct view *v, const json_t *list)
{
    size_t i;
    json_t *one;
    html_raw(&v->h, "<p>");
    json_array_foreach((json_t *)(uintptr_t)list, i, one)
    {
        buffer_str(v->h.out, i ? ", " : "");
        html_element(&v->h, "<code>", json_string_value(one), "</code>");
    }
    html_raw(&v->h, "</p>");
}

int page_scan_service(struct view *v)
{
    static const char *const names[] = {
        "ended",       "banner",      "cipher_order",         "dh_bits",
        "compression", "client_cert", "secure_renegotiation", "extended_master_secret",
        "ocsp_staple", "alpn",        "connections",          NULL};
    enum op_problem problem;
    int64_t id = view_id(v, "scan");
    json_t *in = json_pack("{s:I, s:I}", "scan", (json_int_t)id, "service",
                           (json_int_t)view_id(v, "service"));
    const json_t *s = view_read(v, "scan.service", in, &problem);
    if (!s) {
        return view_problem(v, problem, NULL);
    }
    const char *title =
        arena_printf(v->arena, "%s %lld/%s", text_or(get_text(s, "ip"), ""),
                     (long long)get_number(s, "port"), text_or(get_text(s, "service"), ""));
    view_begin(v, title, office_word(v->lang, OW_SERVICES));
    html_raw(&v->h, "<p class=\"noprint\">");
    bench_scan_link(v, id, "");
    view_element(v, "", OW_BACK_RUN, "</a></p><p>");
    part_badge_word(v, get_text(s, "state"));
    html_raw(&v->h, "</p>");
    findings(v, json_object_get(s, "findings"));
    part_section(v, "protocols", OW_PROTOCOLS);
    known(v, json_object_get(s, "protocols"));
    part_section_end(v);
    certificate(v, json_object_get(s, "certificate"));
    part_section(v, "ciphers", OW_CIPHERS);
    suites(v, json_object_get(s, "ciphers"));
    groups(v, json_object_get(s, "groups"));
    part_section_end(v);
    part_section(v, "behaviour", OW_BEHAVIOUR);
    part_facts(v, s, names);
    part_section_end(v);
    return view_end(v);
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static void compared_value(struct view *v, const json_t *value)
{
    char text[TEXT_SIZE];
    const char *s = json_string_value(value);
    if (json_is_boolean(value)) {
        view_word(v, json_is_true(value) ? OW_YES : OW_NO);
    } else if (json_is_integer(value)) {
        html_text(&v->h, text_number(json_integer_value(value), text));
    } else if (s && (strcmp(s, "yes") == 0 || strcmp(s, "no") == 0)) {
        view_word(v, *s == 'y' ? OW_YES : OW_NO);
    } else {
        html_text(&v->h, s && *s ? vocab_text(v, s) : "–");
    }
}

static bool compared_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "before") == 0 || strcmp(column, "after") == 0 ||
        strcmp(column, "declared") == 0 || strcmp(column, "found") == 0) {
        compared_value(v, json_object_get(row, column));
    } else if (strcmp(column, "item") == 0) {
        const char *item = text_or(get_text(row, "item"), "");
        const struct field *f = field_find(item);
        html_text(&v->h, f ? view_text(v, f->en, f->hi) : item);
    } else if (strcmp(column, "result") == 0 && get_has(row, "tone")) {
        bool good = bench_is(row, "tone", "good"), bad = bench_is(row, "tone", "bad");
        part_badge(v,
                   good  ? TONE_GOOD
                   : bad ? TONE_BAD
                         : TONE_INFO,
                   office_word(v->lang, good  ? OW_BETTER
                                        : bad ? OW_WORSE
                                              : OW_OTHERWISE));
    } else if (strcmp(column, "result") == 0) {
        bool good = get_true(row, "good");
        part_badge(v, good ? TONE_GOOD : TONE_BAD,
                   office_word(v->lang, good ? OW_DECLARED_AS : OW_DECLARED_NOT));
    } else {
        return false;
    }
    return true;
}

/* The first rows of the list: new. */
static json_t *first_rows(const json_t *list, size_t most)
{
    json_t *out = json_array();
    for (size_t i = 0; i < json_array_size(list) && i < most; i++) {
        (void)json_array_append(out, json_array_get(list, i));
    }
    return out;
}

static void compared_table(struct view *v, const struct table *t, const json_t *items)
{
    char text[TEXT_SIZE];
    size_t n = json_array_size(items);
    json_t *rows = first_rows(items, COMPARED_MAX);
    table_rows(v, t, rows);
    json_decref(rows);
    if (n > COMPARED_MAX) {
        html_raw(&v->h, "<p>");
        view_fill(v, OW_FINDINGS_MORE, text_number((int64_t)(n - COMPARED_MAX), text), "");
        html_raw(&v->h, "</p>");
    }
}

static void back_to_run(struct view *v, int64_t id)
{
    html_raw(&v->h, "<p class=\"noprint\">");
    bench_scan_link(v, id, "");
    view_element(v, "", OW_BACK_RUN, "</a></p>");
}

int page_scan_compare(struct view *v)
{
    static const char *const columns[] = {"item",  "result",  "what", "before",
                                          "after", "service", NULL};
    static const struct table t = {.caption = OW_COMPARE_TITLE,
                                   .empty = OW_COMPARE_EMPTY,
                                   .columns = columns,
                                   .cell = compared_cell};
    char a[TEXT_SIZE], b[TEXT_SIZE];
    enum op_problem problem;
    int64_t id = view_id(v, "scan");
    json_t *in = table_query(v, "scan.compare");
    if (in) {
        (void)json_object_set_new(in, "scan", json_integer(id));
    }
    const json_t *c = view_read(v, "scan.compare", in, &problem);
    if (!c) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, office_word(v->lang, OW_COMPARE_TITLE), NULL);
    back_to_run(v, id);
    html_raw(&v->h, "<p class=\"lead\">");
    view_fill(v, OW_COMPARE_OF, text_number(get_number(c, "scan"), a),
              text_number(get_number(c, "with"), b));
    html_raw(&v->h, "</p>");
    compared_table(v, &t, json_object_get(c, "items"));
    return view_end(v);
}

int page_scan_declared(struct view *v)
{
    static const char *const columns[] = {"item",  "result",  "what", "declared",
                                          "found", "service", NULL};
    static const struct table t = {.caption = OW_DECLARED,
                                   .empty = OW_DECLARED_EMPTY,
                                   .columns = columns,
                                   .cell = compared_cell};
    enum op_problem problem;
    int64_t id = view_id(v, "scan");
    const json_t *c = view_read(v, "scan.declared", bench_about("scan", id), &problem);
    if (!c && problem != OP_STATE) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, office_word(v->lang, OW_COMPARE_DECLARED), NULL);
    back_to_run(v, id);
    compared_table(v, &t, json_object_get(c, "items"));
    return view_end(v);
}
