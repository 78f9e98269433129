/*
 * pages_devices - units under test: the list, a unit with its keys, its runs and what is done with
 * it, and what an application's page tells of them.
 *
 * A key that another unit has too is said first, before everything else. Without JavaScript a run
 * that is at work is looked at by loading the page again.
 */
#include <stdio.h>

#include "http/office/pages_bench.h"
#include "http/office/pages_list.h"

enum { DEVICES_ROWS = 50, RUNS_ROWS = 50, UNITS_ROWS = 100 };

json_t *bench_about(const char *name, int64_t id)
{
    return json_pack("{s:I}", name, (json_int_t)id);
}

bool bench_is(const json_t *row, const char *name, const char *word)
{
    const char *text = get_text(row, name);
    return text && strcmp(text, word) == 0;
}

bool bench_open(const json_t *scan)
{
    return bench_is(scan, "state", "waiting") || bench_is(scan, "state", "running");
}

void bench_badge(struct view *v, const char *state, const char *result)
{
    bool done = state && strcmp(state, "done") == 0 && result;
    part_badge_word(v, done ? result : state ? state : "waiting");
}

void bench_scan_link(struct view *v, int64_t id, const char *rest)
{
    html_raw(&v->h, "<a href=\"/office/scans/");
    view_number(v, id);
    buffer_str(v->h.out, rest);
    html_raw(&v->h, "\">");
}

void bench_device_link(struct view *v, int64_t id)
{
    html_raw(&v->h, "<a href=\"/office/devices/");
    view_number(v, id);
    html_raw(&v->h, "\">");
}

/* ---- a run at work --------------------------------------------------------------------------- */

static bool listens(const json_t *scan)
{
    return bench_is(scan, "kind", "listen");
}

/* Words and addresses for the script; it opens the stream of the unit's events. */
static void progress_words(struct view *v, const json_t *scan)
{
    static const char *const results[] = {"pass", "fail", "inconclusive", "not-tested"};
    static const char *const tones[] = {"good", "bad", "care", ""};
    html_raw(&v->h, " data-run=\"");
    view_number(v, get_number(scan, "id"));
    html_raw(&v->h, "\" data-stream=\"/api/v1/devices/");
    view_number(v, get_number(scan, "device"));
    html_raw(&v->h, "/events\" data-state=\"/api/v1/scans/");
    view_number(v, get_number(scan, "id"));
    html_raw(&v->h, "\"");
    html_attr(&v->h, "data-some",
              office_word(v->lang, listens(scan) ? OW_LISTEN_SOME : OW_RUN_SERVICES));
    if (listens(scan)) {
        bench_listen_words(v);
    }
    for (size_t i = 0; i < 4; i++) {
        html_raw(&v->h, " data-tone-");
        buffer_str(v->h.out, results[i]);
        html_raw(&v->h, "=\"");
        buffer_str(v->h.out, tones[i]);
        html_raw(&v->h, "\" data-word-");
        buffer_str(v->h.out, results[i]);
        html_raw(&v->h, "=\"");
        html_text(&v->h, vocab_text(v, results[i]));
        html_raw(&v->h, "\"");
    }
}

void bench_progress(struct view *v, const json_t *scan)
{
    char a[TEXT_SIZE], b[TEXT_SIZE];
    const json_t *progress = json_object_get(scan, "progress");
    int64_t done = get_number(progress, "done"), all = get_number(progress, "of_all");
    done = done < 0 ? 0 : done;
    html_raw(&v->h, "<section class=\"next-step wait\" aria-labelledby=\"work\"");
    progress_words(v, scan);
    enum office_word title = listens(scan) ? OW_LISTEN_AT_WORK : OW_RUN_AT_WORK;
    view_element(v, "><h2 id=\"work\">", title, "</h2>");
    if (listens(scan)) {
        bench_listen_steps(v, scan);
    }
    html_raw(&v->h, "<progress");
    html_attr(&v->h, "aria-label", office_word(v->lang, title));
    if (all > 0) {
        html_raw(&v->h, " max=\"");
        view_number(v, all);
        html_raw(&v->h, "\" value=\"");
        view_number(v, done);
        html_raw(&v->h, "\"");
    }
    html_raw(&v->h, "></progress><p class=\"said\" role=\"status\">");
    if (all > 0) {
        view_fill(v, listens(scan) ? OW_LISTEN_SOME : OW_RUN_SERVICES, text_number(done, a),
                  text_number(all, b));
    } else {
        view_word(v, listens(scan) && !bench_is(scan, "state", "waiting") ? OW_LISTEN_NOBODY_YET
                                                                          : OW_RUN_WAITS);
    }
    html_raw(&v->h, "</p><ul class=\"tree\" id=\"arriving\" tabindex=\"0\"");
    html_attr(&v->h, "aria-label", office_word(v->lang, OW_RUN_SO_FAR));
    html_raw(&v->h, "></ul>"
                    "<p class=\"noprint\" id=\"reload\"><a href=\"");
    html_text(&v->h, v->path);
    view_element(v, "\">", OW_RELOAD, "</a></p>");
    json_t *values = bench_about("scan", get_number(scan, "id"));
    if (listens(scan) && bench_is(scan, "state", "running")) {
        bench_listen_finish(v, scan, values);
    }
    struct form f = {.op = "scan.cancel",
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_WILL_CANCEL,
                     .key = "cancel-",
                     .folded = true,
                     .danger = true};
    form_show(v, &f);
    json_decref(values);
    html_raw(&v->h, "</section>");
}

/* ---- tables of runs -------------------------------------------------------------------------- */

static void run_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/scans/");
    view_number(v, get_number(row, "id"));
}

static bool run_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "result") == 0) {
        bench_badge(v, get_text(row, "state"), get_text(row, "result"));
    } else if (strcmp(column, "created_at") == 0 && get_has(row, "finished_at")) {
        part_value(v, row, "finished_at");
    } else if (strcmp(column, "model") == 0) {
        html_text(&v->h, get_text(row, "model"));
        html_raw(&v->h, " · ");
        html_text(&v->h, get_text(row, "serial"));
    } else {
        return false;
    }
    return true;
}

/* The pair of a comparison is this run and the one below it; others are chosen in the address. */
static void run_actions(struct view *v, const json_t *row)
{
    if (get_true(row, "compares")) {
        bench_scan_link(v, get_number(row, "id"), "/compare");
        view_element(v, "", OW_COMPARE_BEFORE, "</a>");
    }
}

/* Bits of the directions that a run may be about: a record handed in or judged again, of either. */
static unsigned directions(const json_t *row)
{
    return bench_is(row, "kind", "scan") ? 1 : listens(row) ? 2 : 3;
}

/* The rows, marked where there is an earlier run among them to compare with: new. */
static json_t *marked(const json_t *items)
{
    json_t *out = json_array();
    unsigned before = 0;
    for (size_t i = json_array_size(items); i > 0; i--) {
        json_t *row = json_copy(json_array_get(items, i - 1));
        bool done = bench_is(row, "state", "done"), like = (before & directions(row)) != 0;
        (void)json_object_set_new(row, "compares", json_boolean(done && like));
        (void)json_array_insert_new(out, 0, row);
        before |= done ? directions(row) : 0;
    }
    return out;
}

void bench_runs(struct view *v, const json_t *items, bool with_unit)
{
    json_t *rows = marked(items);
    static const char *const columns[] = {"created_at", "result", "level",       "kind",
                                          "firmware",   "spoke",  "released_at", NULL};
    static const char *const with[] = {"created_at", "model",       "result", "level",
                                       "kind",       "released_at", NULL};
    struct table t = {.caption = OW_RUNS,
                      .empty = view_officer(v) ? OW_RUNS_EMPTY : OW_RUNS_EMPTY_VENDOR,
                      .columns = with_unit ? with : columns,
                      .address = run_address,
                      .cell = run_cell,
                      .actions = with_unit || !view_officer(v) ? NULL : run_actions,
                      .actions_head = OW_COMPARE_THIS};
    table_rows(v, &t, rows);
    json_decref(rows);
}

/* ---- the list -------------------------------------------------------------------------------- */

static void device_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/devices/");
    view_number(v, get_number(row, "id"));
}

static bool device_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "result") == 0) {
        if (get_has(row, "scan")) {
            bench_badge(v, get_text(row, "scan_state"), get_text(row, "result"));
        }
        if (get_number(row, "shared") > 0) {
            html_raw(&v->h, " ");
            part_badge(v, TONE_BAD, office_word(v->lang, OW_SHARED_MARK));
        }
        return get_has(row, "scan") || get_number(row, "shared") > 0;
    }
    if (strcmp(column, "application") == 0 && get_has(row, "application")) {
        page_application_link(v, get_number(row, "application"), "");
        html_text(&v->h,
                  get_has(row, "number") ? get_text(row, "number") : get_text(row, "product"));
        html_raw(&v->h, "</a>");
        return true;
    }
    return false;
}

static const char *const device_columns[] = {"model",  "serial",     "firm", "application",
                                             "result", "scanned_at", NULL};

int page_devices(struct view *v)
{
    static const char *const csv[] = {"model",   "serial", "hardware",   "firmware", "number",
                                      "product", "result", "scanned_at", NULL};
    static const struct table t = {.op = "device.list",
                                   .caption = OW_NAV_DEVICES,
                                   .empty = OW_DEVICES_EMPTY,
                                   .columns = device_columns,
                                   .address = device_address,
                                   .cell = device_cell,
                                   .csv = csv,
                                   .sorts = true};
    static const char *const leave[] = {"application", NULL}, *const need[] = {"firm", NULL};
    static const char *const more[] = {"hardware", "name", "note", NULL};
    json_t *in = table_query(v, t.op);
    if (list_file(v, &t, in, NULL)) {
        return 0;
    }
    const json_t *answer = list_rows(v, &t, in, DEVICES_ROWS, NULL);
    view_begin(v, office_word(v->lang, OW_NAV_DEVICES), NULL);
    view_element(v, "<p class=\"lead\">", view_officer(v) ? OW_DEVICES_LEAD : OW_VENDOR_WAITS,
                 "</p>");
    part_section(v, "units", OW_UNITS);
    table_filters(v, t.op);
    table_rows(v, &t, json_object_get(answer, "items"));
    table_pages(v, answer, true);
    struct form f = {.op = "device.create",
                     .leave = leave,
                     .need = need,
                     .more = more,
                     .next = "/office/devices/{id}",
                     .button = OW_DEVICE_NEW,
                     .will = OW_COUNT,
                     .key = "",
                     .folded = true};
    form_show(v, &f);
    part_section_end(v);
    return view_end(v);
}

/* ---- a unit ---------------------------------------------------------------------------------- */

static const char *unit_name(struct view *v, const json_t *row)
{
    const char *name =
        arena_printf(v->arena, "%s · %s", get_text(row, "model"), get_text(row, "serial"));
    v->broken |= !name;
    return name ? name : "";
}

static void shared_one(struct view *v, const json_t *s)
{
    const char *who = arena_printf(v->arena, "%s %s %s", get_text(s, "firm"), get_text(s, "model"),
                                   get_text(s, "serial"));
    enum office_word word = bench_is(s, "code", "tls.shared-prime")               ? OW_SHARED_PRIME
                            : bench_is(s, "code", "tls.key-shared-between-units") ? OW_SHARED_UNITS
                                                                                  : OW_SHARED_FIRMS;
    html_raw(&v->h, "<li>");
    bench_device_link(v, get_number(s, "device"));
    view_fill(v, word, who ? who : "", "");
    html_element(&v->h, "</a> <code class=\"hash\">", get_text(s, "spki_sha256"), "</code></li>");
}

/* Before everything else. */
static void shared(struct view *v, const json_t *unit)
{
    size_t i;
    json_t *s;
    const json_t *list = json_object_get(unit, "shared_with");
    if (json_array_size(list) == 0) {
        return;
    }
    html_raw(&v->h, "<section class=\"next-step bad\" aria-labelledby=\"shared\">"
                    "<h2 id=\"shared\">");
    part_icon(v, TONE_BAD);
    view_element(v, " ", OW_SHARED_TITLE, "</h2><ul class=\"items\">");
    json_array_foreach((json_t *)(uintptr_t)list, i, s)
    {
        shared_one(v, s);
    }
    view_element(v, "</ul><p>", OW_SHARED_NEXT, "</p></section>");
}

static void change(struct view *v, const char *op, const json_t *unit, const char *key,
                   enum office_word will)
{
    json_t *values = json_copy((json_t *)(uintptr_t)unit);
    if (values && json_object_set(values, "device", json_object_get(unit, "id")) == 0) {
        struct form f = {.op = op,
                         .values = values,
                         .button = OW_COUNT,
                         .will = will,
                         .key = key,
                         .folded = true};
        form_show(v, &f);
    }
    json_decref(values);
}

/* What may be done about the bench: a scan is begun from here, or a record handed in. */
static void begin_run(struct view *v, const json_t *unit, bool open, bool first)
{
    static const char *const more[] = {"intrusive", "note", NULL};
    static const char *const leave[] = {"kind", "mail", "minutes", NULL};
    const char *targets = get_text(unit, "targets");
    json_t *values = bench_about("device", get_number(unit, "id"));
    struct form scan = {.op = "scan.start",
                        .values = values,
                        .leave = leave,
                        .more = more,
                        .next = "/office/scans/{id}",
                        .button = OW_SCAN_BUTTON,
                        .will = OW_WILL_SCAN,
                        .key = "scan-",
                        .folded = !first};
    struct form record = {.op = "scan.upload",
                          .values = values,
                          .next = "/office/scans/{id}",
                          .button = OW_COUNT,
                          .will = OW_WILL_RECORD,
                          .key = "record-",
                          .folded = true};
    if (!open && targets && *targets) {
        form_show(v, &scan);
        bench_listen_start(v, unit);
    }
    if (!open) {
        form_show(v, &record);
    }
    json_decref(values);
}

static void unit_facts(struct view *v, const json_t *unit)
{
    static const char *const names[] = {"firm",    "model", "serial", "firmware",   "hardware",
                                        "targets", "name",  "note",   "created_at", NULL};
    part_facts(v, unit, names);
    if (get_has(unit, "application")) {
        html_raw(&v->h, "<p>");
        html_text(&v->h, field_label(v, "application"));
        html_raw(&v->h, ": ");
        page_application_link(v, get_number(unit, "application"), "");
        html_text(&v->h,
                  get_has(unit, "number") ? get_text(unit, "number") : get_text(unit, "product"));
        html_raw(&v->h, "</a></p>");
    }
    change(v, "device.set", unit, "set-", OW_COUNT);
    change(v, "device.attach", unit, "attach-", OW_COUNT);
}

static void declaration(struct view *v, const json_t *unit)
{
    static const char *const names[] = {"declared_at", "declared_by_name", NULL};
    const char *text = get_text(unit, "declared");
    part_section(v, "declared", OW_DECLARED);
    if (text && *text) {
        html_raw(&v->h, "<p class=\"lines\"><code>");
        view_lines(v, text);
        html_raw(&v->h, "</code></p>");
        part_facts(v, unit, names);
    } else {
        part_empty(v, OW_DECLARED_EMPTY);
    }
    change(v, "device.declare", unit, "declare-", OW_COUNT);
    part_section_end(v);
}

static void keys(struct view *v, const json_t *unit)
{
    static const char *const columns[] = {"spki_sha256", "kind",     "bits",  "service",
                                          "firmware",    "first_at", "units", NULL};
    static const struct table t = {.caption = OW_KEYS, .empty = OW_KEYS_EMPTY, .columns = columns};
    if (view_officer(v)) {
        part_section(v, "keys", OW_KEYS);
        table_rows(v, &t, json_object_get(unit, "key_list"));
        part_section_end(v);
    }
}

/* The run that waits or is at work, or NULL; with its progress. */
static const json_t *open_run(struct view *v, const json_t *items)
{
    const json_t *first = json_array_get(items, 0);
    return first && bench_open(first) && view_officer(v)
               ? view_read(v, "scan.show", bench_about("scan", get_number(first, "id")), NULL)
               : NULL;
}

int page_device(struct view *v)
{
    enum op_problem problem;
    int64_t id = view_id(v, "device");
    const json_t *unit = view_read(v, "device.show", bench_about("device", id), &problem);
    if (!unit) {
        return view_problem(v, problem, NULL);
    }
    const json_t *answer =
        view_list(v, "scan.list", bench_about("device", id), RUNS_ROWS, view_query(v, "after"));
    const json_t *items = json_object_get(answer, "items"), *open = open_run(v, items);
    view_begin(v, unit_name(v, unit), get_text(unit, "firm"));
    html_raw(&v->h, "<p class=\"noprint\"><a href=\"/office/devices\">");
    view_element(v, "", OW_NAV_DEVICES, "</a></p>");
    shared(v, unit);
    if (open && bench_open(open)) {
        bench_progress(v, open);
    }
    part_section(v, "runs", OW_RUNS);
    begin_run(v, unit, open && bench_open(open), json_array_size(items) == 0);
    bench_runs(v, items, false);
    table_pages(v, answer, false);
    part_section_end(v);
    part_section(v, "unit", OW_UNIT);
    unit_facts(v, unit);
    part_section_end(v);
    declaration(v, unit);
    keys(v, unit);
    return view_end(v);
}

/* ---- on an application's page ---------------------------------------------------------------- */

void page_units(struct view *v, const json_t *application)
{
    static const char *const columns[] = {"model",  "serial",     "firmware",
                                          "result", "scanned_at", NULL};
    static const struct table t = {.caption = OW_UNITS,
                                   .empty = OW_UNITS_EMPTY,
                                   .columns = columns,
                                   .address = device_address,
                                   .cell = device_cell};
    static const char *const hidden[] = {"application", NULL}, *const leave[] = {"firm", NULL};
    static const char *const more[] = {"hardware", "name", "note", NULL};
    int64_t id = get_number(application, "id");
    const json_t *items = json_object_get(
        view_list(v, "device.list", bench_about("application", id), UNITS_ROWS, NULL), "items");
    if (!view_may(v, "device.create") && json_array_size(items) == 0) {
        return;
    }
    part_section(v, "units", OW_UNITS);
    table_rows(v, &t, items);
    json_t *values = bench_about("application", id);
    struct form f = {.op = "device.create",
                     .values = values,
                     .hidden = hidden,
                     .leave = leave,
                     .more = more,
                     .next = "/office/devices/{id}",
                     .button = OW_DEVICE_NEW,
                     .will = OW_COUNT,
                     .key = "unit-",
                     .folded = true};
    if (!v->bare) {
        form_show(v, &f);
    }
    json_decref(values);
    const json_t *runs = json_object_get(
        view_list(v, "scan.of-application", bench_about("application", id), UNITS_ROWS, NULL),
        "items");
    if (json_array_size(runs)) {
        view_element(v, "<h3>", OW_RUNS, "</h3>");
        bench_runs(v, runs, true);
    }
    part_section_end(v);
}
