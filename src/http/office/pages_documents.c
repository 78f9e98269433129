/*
 * pages_documents - a document with its files, versions and verifications; taking one in.
 *
 * A document that is a single file is shown as its file's page (pages_file.c); a construction file
 * as a tree of folders with a verdict and a decision for each file. While the machine works, the
 * script shows verdicts as they arrive; without it a link shows the present state.
 */
#include <stdio.h>
#include <stdlib.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

enum { FILES_ROWS = 200, FOLDERS_OPEN = 80 };

/* ---- files as a table ------------------------------------------------------------------------ */

static void file_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/files/");
    view_number(v, get_number(row, "id"));
}

static const char *file_name(const json_t *row)
{
    const char *path = get_text(row, "path"), *name = get_text(row, "name");
    return path && *path ? path : name;
}

static void verdict_badge(struct view *v, const json_t *row)
{
    const char *verdict = get_text(row, "verdict");
    part_badge_word(v, verdict ? verdict : "waiting");
}

static void decision_badge(struct view *v, const json_t *row)
{
    const char *decision = get_text(row, "decision");
    bool proposed = get_has(row, "proposed");
    if (decision) {
        part_badge(v, vocab_tone(decision),
                   office_word(v->lang, strcmp(decision, "accept") == 0   ? OW_DECIDED_ACCEPT
                                        : strcmp(decision, "refuse") == 0 ? OW_DECIDED_REFUSE
                                                                          : OW_DECIDED_WAIVE));
    }
    if (proposed) {
        part_badge(v, TONE_WAIT, office_word(v->lang, OW_DECISION_PROPOSED));
    }
    if (get_true(row, "verdict_changed")) {
        part_badge(v, TONE_CARE, office_word(v->lang, OW_VERDICT_CHANGED));
    }
}

static bool file_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "path") == 0) {
        html_text(&v->h, file_name(row));
    } else if (strcmp(column, "verdict") == 0) {
        verdict_badge(v, row);
    } else if (strcmp(column, "decision") == 0 &&
               (get_has(row, "decision") || get_has(row, "proposed"))) {
        decision_badge(v, row);
    } else {
        return false;
    }
    return true;
}

void page_files_table(struct view *v, const json_t *items)
{
    static const char *const columns[] = {"path",     "verdict",  "signer",
                                          "language", "decision", NULL};
    static const struct table t = {.caption = OW_FILES,
                                   .empty = OW_FILES_EMPTY,
                                   .columns = columns,
                                   .address = file_address,
                                   .cell = file_cell};
    table_rows(v, &t, items);
}

/* ---- files as a tree ------------------------------------------------------------------------- */

struct tree {
    const json_t **rows;
    size_t count;
};

static int by_path(const void *a, const void *b)
{
    const char *x = get_text(*(const json_t *const *)a, "path");
    const char *y = get_text(*(const json_t *const *)b, "path");
    return strcmp(x ? x : "", y ? y : "");
}

/* Length of the folder's name at the beginning of a path, without the last '/'. */
static size_t folder_of(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? (size_t)(slash - path) : 0;
}

static int collect(struct view *v, const json_t *items, struct tree *t)
{
    t->count = json_array_size(items);
    t->rows = arena_array(v->arena, t->count ? t->count : 1, sizeof(const json_t *));
    for (size_t i = 0; t->rows && i < t->count; i++) {
        t->rows[i] = json_array_get(items, i);
    }
    if (!t->rows) {
        v->broken = true;
        return -1;
    }
    qsort(t->rows, t->count, sizeof(const json_t *), by_path);
    return 0;
}

static void leaf(struct view *v, const json_t *row, size_t folder)
{
    const char *path = get_text(row, "path"), *name = file_name(row);
    html_raw(&v->h, "<li><div class=\"one-line\">");
    verdict_badge(v, row);
    html_raw(&v->h, "<a class=\"name\" href=\"");
    file_address(v, row);
    html_element(&v->h, "\">", path && folder ? path + folder + 1 : name, "</a>");
    decision_badge(v, row);
    if (get_has(row, "language")) {
        html_raw(&v->h, "<span class=\"small\">");
        part_value(v, row, "language");
        html_raw(&v->h, "</span>");
    }
    if (get_has(row, "covered_by")) {
        html_raw(&v->h, "<span class=\"small\">");
        view_fill(v, OW_COVERED, get_text(row, "covered_by"), "");
        html_raw(&v->h, "</span>");
    }
    html_raw(&v->h, "</div></li>");
}

/* How many of a folder are not yet in order. */
static size_t open_ones(const struct tree *t, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        const char *verdict = get_text(t->rows[i], "verdict");
        n += !get_has(t->rows[i], "decision") && (!verdict || strcmp(verdict, "ACCEPTED") != 0);
    }
    return n;
}

static void folder(struct view *v, const struct tree *t, size_t from, size_t to, size_t name)
{
    char text[TEXT_SIZE];
    size_t open = open_ones(t, from, to);
    if (name) {
        html_raw(&v->h, "<li><details");
        if (open || t->count <= FOLDERS_OPEN) {
            html_raw(&v->h, " open");
        }
        html_raw(&v->h, "><summary>");
        html_span(&v->h, span_make(get_text(t->rows[from], "path"), name));
        html_raw(&v->h, " <span class=\"small\">");
        part_count(v, OW_FILE_ONE, OW_FILE_SOME, (int64_t)(to - from));
        if (open) {
            html_raw(&v->h, ", ");
            view_fill(v, OW_FILE_OPEN, text_number((int64_t)open, text), "");
        }
        html_raw(&v->h, "</span></summary><ul class=\"tree\">");
    }
    for (size_t i = from; i < to; i++) {
        leaf(v, t->rows[i], name);
    }
    if (name) {
        html_raw(&v->h, "</ul></details></li>");
    }
}

static void tree(struct view *v, const json_t *items)
{
    struct tree t;
    if (collect(v, items, &t) != 0) {
        return;
    }
    html_raw(&v->h, "<ul class=\"tree\">");
    for (size_t i = 0, end; i < t.count; i = end) {
        const char *path = get_text(t.rows[i], "path");
        size_t name = folder_of(path);
        for (end = i + 1; end < t.count; end++) {
            const char *next = get_text(t.rows[end], "path");
            if (folder_of(next) != name || (name && strncmp(next, path, name) != 0)) {
                break;
            }
        }
        folder(v, &t, i, end, name);
    }
    html_raw(&v->h, "</ul>");
}

/* ---- the machine at work --------------------------------------------------------------------- */

/* Words and addresses for the script; it opens the stream of the application's events. */
static void follow_words(struct view *v, int64_t application, int64_t document, int64_t version)
{
    static const char *const verdicts[] = {"ACCEPTED", "REVIEW", "REJECTED"};
    static const char *const tones[] = {"good", "care", "bad"};
    html_raw(&v->h, " data-events=\"/api/v1/applications/");
    view_number(v, application);
    html_raw(&v->h, "/events\" data-document=\"");
    view_number(v, document);
    html_raw(&v->h, "\" data-state=\"/api/v1/versions/");
    view_number(v, version);
    html_raw(&v->h, "\"");
    html_attr(&v->h, "data-some", office_word(v->lang, OW_PROGRESS));
    for (size_t i = 0; i < 3; i++) {
        html_raw(&v->h, " data-tone-");
        buffer_str(v->h.out, verdicts[i]);
        html_raw(&v->h, "=\"");
        buffer_str(v->h.out, tones[i]);
        html_raw(&v->h, "\" data-word-");
        buffer_str(v->h.out, verdicts[i]);
        html_raw(&v->h, "=\"");
        html_text(&v->h, vocab_text(v, verdicts[i]));
        html_raw(&v->h, "\"");
    }
}

static void at_work(struct view *v, const json_t *d, const json_t *version)
{
    const json_t *progress = json_object_get(version, "progress");
    int64_t done = get_number(progress, "done"), all = get_number(progress, "of_all");
    char a[TEXT_SIZE], b[TEXT_SIZE];
    html_raw(&v->h, "<section class=\"next-step wait\"");
    follow_words(v, get_number(d, "application"), get_number(d, "id"), get_number(d, "version_id"));
    view_element(v, "><h2>", OW_WORKING, "</h2>");
    html_raw(&v->h, "<progress");
    html_attr(&v->h, "aria-label", office_word(v->lang, OW_WORKING));
    if (all > 0) {
        html_raw(&v->h, " max=\"");
        view_number(v, all);
        html_raw(&v->h, "\" value=\"");
        view_number(v, done < 0 ? 0 : done);
        html_raw(&v->h, "\"");
    }
    html_raw(&v->h, "></progress><p class=\"said\" role=\"status\">");
    if (all > 0) {
        view_fill(v, OW_PROGRESS, text_number(done < 0 ? 0 : done, a), text_number(all, b));
    } else {
        view_word(v, OW_WORKING_SOON);
    }
    html_raw(&v->h, "</p><ul class=\"tree\" id=\"arriving\"></ul>"
                    "<p class=\"noprint\" id=\"reload\"><a href=\"");
    html_text(&v->h, v->path);
    view_element(v, "\">", OW_RELOAD, "</a></p></section>");
}

/* ---- versions, verifications ----------------------------------------------------------------- */

static bool version_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "verdict") == 0 && !get_has(row, "verdict")) {
        part_badge_word(v, get_text(row, "state") ? get_text(row, "state") : "waiting");
        return true;
    }
    if (strcmp(column, "name") == 0) {
        html_raw(&v->h, "<a href=\"/api/v1/versions/");
        view_number(v, get_number(row, "id"));
        html_element(&v->h, "/content\">", get_text(row, "name"), "</a>");
        return true;
    }
    return false;
}

static void versions(struct view *v, const json_t *d)
{
    static const char *const columns[] = {"version", "name",   "received_at", "received_by_name",
                                          "size",    "sha256", "verdict",     NULL};
    static const struct table t = {
        .caption = OW_VERSIONS, .empty = OW_FILES_EMPTY, .columns = columns, .cell = version_cell};
    part_section(v, "versions", OW_VERSIONS);
    table_rows(v, &t, json_object_get(d, "versions"));
    part_section_end(v);
}

static void report_links(struct view *v, int64_t verification)
{
    static const char *const formats[] = {"html", "json", "etsi-xml"};
    static const enum office_word labels[] = {OW_REPORT_HTML, OW_REPORT_JSON, OW_REPORT_ETSI};
    for (size_t i = 0; i < 3; i++) {
        html_raw(&v->h, "<a href=\"/api/v1/verifications/");
        view_number(v, verification);
        html_raw(&v->h, "/report?format=");
        buffer_str(v->h.out, formats[i]);
        if (i == 0 && v->lang == LANG_HI) {
            html_raw(&v->h, "&amp;lang=hi");
        }
        view_element(v, "\">", labels[i], "</a> ");
    }
}

static void report_cell(struct view *v, const json_t *row)
{
    report_links(v, get_number(row, "id"));
}

static bool reason_cell(struct view *v, const json_t *row, const char *column)
{
    const char *reason = get_text(row, column);
    if (strcmp(column, "reason") != 0 || !reason) {
        return false;
    }
    html_text(&v->h, vocab_text(v, reason));
    return true;
}

static void verifications(struct view *v, const json_t *version)
{
    static const char *const columns[] = {"at", "reason", "verdict", NULL};
    static const struct table t = {.caption = OW_VERIFICATIONS,
                                   .empty = OW_VERIFICATIONS_EMPTY,
                                   .columns = columns,
                                   .cell = reason_cell,
                                   .actions = report_cell,
                                   .actions_head = OW_REPORTS};
    int64_t id = get_number(version, "id");
    const json_t *answer =
        view_read(v, "verification.list", json_pack("{s:I}", "version", (json_int_t)id), NULL);
    part_section(v, "verifications", OW_VERIFICATIONS);
    table_rows(v, &t, json_object_get(answer, "items"));
    json_t *values = json_pack("{s:I}", "version", (json_int_t)id);
    struct form f = {.op = "verification.again",
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_WILL_AGAIN,
                     .key = "again-",
                     .folded = true};
    form_show(v, &f);
    json_decref(values);
    part_section_end(v);
}

void page_duplicates(struct view *v, const json_t *rows)
{
    size_t i;
    json_t *row;
    if (json_array_size(rows) == 0) {
        return;
    }
    view_element(v, "<h3>", OW_DUPLICATES, "</h3><ul>");
    json_array_foreach((json_t *)(uintptr_t)rows, i, row)
    {
        const char *path = get_text(row, "path");
        html_raw(&v->h, "<li><a href=\"/office/documents/");
        view_number(v, get_number(row, "document"));
        html_element(&v->h, "\">", get_text(row, "title"), "</a>");
        if (path && *path) {
            html_element(&v->h, " · ", path, "");
        }
        html_raw(&v->h, " · ");
        html_text(&v->h, page_application_name(v, row));
        html_raw(&v->h, " · ");
        part_value(v, row, "received_at");
        html_raw(&v->h, "</li>");
    }
    html_raw(&v->h, "</ul>");
}

/* ---- the page -------------------------------------------------------------------------------- */

static void counts(struct view *v, const json_t *version)
{
    static const char *const verdicts[] = {"REJECTED", "REVIEW", "ACCEPTED"};
    const json_t *c = json_object_get(version, "counts");
    html_raw(&v->h, "<p class=\"counts\">");
    for (size_t i = 0; i < 3; i++) {
        char text[TEXT_SIZE];
        int64_t n = get_number(c, verdicts[i]);
        if (n > 0) {
            part_badge_word(v, verdicts[i]);
            html_element(&v->h, " <b>", text_number(n, text), "</b> ");
        }
    }
    html_raw(&v->h, "</p>");
}

static void back_to_application(struct view *v, const json_t *row)
{
    html_raw(&v->h, "<p class=\"noprint\">");
    page_application_link(v, get_number(row, "application"), "");
    view_element(v, "", OW_BACK_APPLICATION, "</a></p>");
}

static void new_version(struct view *v, const json_t *d)
{
    static const char *const leave[] = {"kind", "author", "title", "copy", NULL};
    static const char *const leave_copy[] = {"kind", "author", "title", NULL};
    const char *kind = get_text(d, "kind");
    bool twice = kind && strcmp(kind, "test-report") == 0; /* original and duplicate: R-LAB-3 */
    static const char *const hidden[] = {"document", NULL};
    json_t *values = json_pack("{s:O, s:O}", "application", json_object_get(d, "application"),
                               "document", json_object_get(d, "id"));
    struct form f = {.op = "document.add",
                     .values = values,
                     .hidden = hidden,
                     .leave = twice ? leave_copy : leave,
                     .button = OW_NEW_VERSION,
                     .will = OW_WILL_UPLOAD,
                     .key = "version-",
                     .folded = true};
    form_show(v, &f);
    json_decref(values);
}

/* Of a test report: who tested and when, for the rules. */
static void test_report(struct view *v, const json_t *d)
{
    size_t i;
    json_t *row;
    const char *kind = get_text(d, "kind");
    if (!kind || strcmp(kind, "test-report") != 0 || !view_may(v, "report.set")) {
        return;
    }
    json_t *in = json_pack("{s:O}", "application", json_object_get(d, "application"));
    json_t *values = json_pack("{s:O}", "document", json_object_get(d, "id"));
    json_array_foreach(json_object_get(view_read(v, "report.list", in, NULL), "items"), i, row)
    {
        if (get_number(row, "document") == get_number(d, "id")) {
            (void)json_object_update_missing(values, row);
        }
    }
    struct form f = {.op = "report.set",
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_COUNT,
                     .key = "report-",
                     .folded = true};
    form_show(v, &f);
    json_decref(values);
}

static bool is_working(const json_t *d)
{
    const char *state = get_text(d, "state");
    return state && (strcmp(state, "waiting") == 0 || strcmp(state, "verifying") == 0);
}

static const json_t *files_of(struct view *v, int64_t version)
{
    json_t *in = table_query(v, "file.of-version");
    if (in) {
        (void)json_object_set_new(in, "version", json_integer(version));
    }
    return view_list(v, "file.of-version", in, FILES_ROWS, view_query(v, "after"));
}

static void failure(struct view *v, const json_t *d)
{
    const char *why = get_text(d, "failure");
    if (why && *why) {
        html_raw(&v->h, "<p class=\"flash bad\">");
        part_icon(v, TONE_BAD);
        html_element(&v->h, "<span>", why, "</span></p>");
    }
}

int page_document(struct view *v)
{
    enum op_problem problem;
    json_t *in = json_pack("{s:I}", "document", (json_int_t)view_id(v, "document"));
    const json_t *d = view_read(v, "document.show", in, &problem);
    if (!d) {
        return view_problem(v, problem, NULL);
    }
    int64_t id = get_number(d, "version_id");
    const json_t *version =
        view_read(v, "document.version", json_pack("{s:I}", "version", (json_int_t)id), &problem);
    const json_t *files = files_of(v, id), *items = json_object_get(files, "items");
    bool single = json_array_size(items) == 1 && get_number(d, "files") == 1;
    view_begin(v, get_text(d, "title"), vocab_text(v, get_text(d, "kind")));
    back_to_application(v, d);
    if (is_working(d)) {
        at_work(v, d, version);
    }
    failure(v, d);
    if (single && !is_working(d)) {
        page_file_body(v, get_number(json_array_get(items, 0), "id"));
    } else {
        part_section(v, "files", OW_FILES);
        counts(v, version);
        if (get_number(d, "files") > 10) {
            table_filters(v, "file.of-version");
        }
        tree(v, items);
        table_pages(v, files, false);
        page_duplicates(v, json_object_get(version, "duplicates"));
        part_section_end(v);
    }
    test_report(v, d);
    new_version(v, d);
    versions(v, d);
    verifications(v, version);
    return view_end(v);
}

/* ---- taking one in --------------------------------------------------------------------------- */

int page_upload(struct view *v)
{
    static const char *const leave[] = {"document", NULL}, *const need[] = {"kind", NULL};
    int rc = 0;
    const json_t *a = page_the_application(v, &rc);
    if (!a) {
        return rc;
    }
    view_begin(v, office_word(v->lang, OW_UPLOAD), get_text(a, "product"));
    back_to_application(v, a);
    view_element(v, "<p class=\"lead\">", OW_UPLOAD_LEAD, "</p>");
    json_t *values = json_pack("{s:O}", "application", json_object_get(a, "id"));
    struct form f = {.op = "document.add",
                     .values = values,
                     .leave = leave,
                     .need = need,
                     .next = "/office/documents/{document}",
                     .button = OW_UPLOAD_BUTTON,
                     .will = OW_WILL_UPLOAD,
                     .key = ""};
    form_show(v, &f);
    json_decref(values);
    return view_end(v);
}
