/*
 * pages_certificates - issued certificates as a list with filters and CSV; what waits to be signed;
 * the list an officer signs, and how far it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

enum { ROWS = 50, OPEN_ROWS = 100, CSV_ROWS = 200, CSV_PAGES = 500, IDS = 2048 };

/* ---- issued ---------------------------------------------------------------------------------- */

static void certificate_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/certificates/");
    view_number(v, get_number(row, "id"));
}

/* The column "number" is labelled as an application's elsewhere. */
static const json_t *with_names(struct view *v, const json_t *items)
{
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        if (json_object_set(row, "certificate", json_object_get(row, "number")) != 0) {
            v->broken = true;
        }
    }
    return items;
}

static const char *const issued_columns[] = {"certificate", "status",   "holder", "product",
                                             "issued_on",   "valid_to", NULL};

static void issued(struct view *v)
{
    const struct table t = {.op = "certificate.list",
                            .caption = OW_CERT_ISSUED,
                            .empty = OW_CERT_ISSUED_EMPTY,
                            .columns = issued_columns,
                            .address = certificate_address};
    part_section(v, "issued", OW_CERT_ISSUED);
    const json_t *answer = view_list(v, t.op, table_query(v, t.op), ROWS, view_query(v, "after"));
    table_filters(v, t.op);
    table_rows(v, &t, with_names(v, json_object_get(answer, "items")));
    table_pages(v, answer, true);
    part_section_end(v);
}

int page_certificates_csv(struct view *v)
{
    static const char *const columns[] = {
        "certificate", "status",       "status_since", "series",    "level",
        "kind",        "holder",       "product",      "issued_on", "valid_from",
        "valid_to",    "registration", "successor",    NULL};
    const char *after = NULL;
    for (int page = 0; page < CSV_PAGES; page++) {
        const json_t *answer =
            view_list(v, "certificate.list", table_query(v, "certificate.list"), CSV_ROWS, after);
        table_csv(v, columns, with_names(v, json_object_get(answer, "items")), page == 0);
        after = get_text(answer, "next");
        if (!after) {
            break;
        }
    }
    return buffer_ok(v->h.out) && !v->broken ? 0 : -1;
}

/* ---- to be signed ---------------------------------------------------------------------------- */

static void request_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/requests/");
    view_number(v, get_number(row, "id"));
}

/* A box for those this officer may sign. */
static void pick(struct view *v, const json_t *row)
{
    char id[TEXT_SIZE];
    if (get_has(row, "signing")) {
        view_element(v, "<span class=\"small\">", OW_CERT_SIGNING_NOW, "</span>");
        return;
    }
    if (get_number(row, "person") == v->actor->person) {
        view_element(v, "<span class=\"small\">", OW_CERT_NOT_YOU, "</span>");
        return;
    }
    (void)snprintf(id, sizeof id, "pick-%lld", (long long)get_number(row, "id"));
    html_raw(&v->h, "<label class=\"pick\"><input type=\"checkbox\" value=\"on\"");
    html_attr(&v->h, "name", id);
    html_raw(&v->h, "><span class=\"unseen\">");
    view_fill(v, OW_CERT_PICK_ONE, get_text(row, "registration"), NULL);
    html_raw(&v->h, "</span></label>");
}

static const json_t *open_requests(struct view *v, const char *state)
{
    return json_object_get(
        view_list(v, "certificate.requests", json_pack("{s:s}", "state", state), OPEN_ROWS, NULL),
        "items");
}

static void open_ones(struct view *v)
{
    static const char *const columns[] = {"registration", "holder", "product",     "model_count",
                                          "state",        "at",     "person_name", NULL};
    bool signer = view_may(v, "certificate.sign");
    const struct table t = {.caption = OW_CERT_OPEN,
                            .empty = OW_CERT_OPEN_EMPTY,
                            .columns = columns,
                            .address = request_address,
                            .actions = signer ? pick : NULL,
                            .actions_head = OW_CERT_PICK};
    const json_t *prepared = open_requests(v, "prepared"), *approved = open_requests(v, "approved");
    json_t *all = json_array();
    part_section(v, "open", OW_CERT_OPEN);
    if (!all || json_array_extend(all, (json_t *)(uintptr_t)prepared) != 0 ||
        json_array_extend(all, (json_t *)(uintptr_t)approved) != 0) {
        v->broken = !all;
    }
    bool some = signer && json_array_size(all) > 0;
    if (some) {
        html_raw(&v->h, "<form method=\"get\" action=\"/office/sign\">");
    }
    table_rows(v, &t, all);
    if (some) {
        view_element(v, "<p class=\"actions noprint\"><button>", OW_CERT_LOOK,
                     "</button></p></form>");
    }
    json_decref(all);
    view_element(v, "<p><a href=\"/office/signings\">", OW_CERT_LISTS, "</a></p>");
    part_section_end(v);
}

static void waiting(struct view *v)
{
    size_t i;
    json_t *row;
    const json_t *items = json_object_get(
        view_list(v, "certificate.changes", json_pack("{s:b}", "waiting", 1), OPEN_ROWS, NULL),
        "items");
    if (json_array_size(items) == 0) {
        return;
    }
    part_section(v, "changes", OW_CERT_CHANGES);
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        page_change(v, row);
    }
    part_section_end(v);
}

int page_certificates(struct view *v)
{
    view_begin(v, office_word(v->lang, OW_NAV_CERTIFICATES), NULL);
    if (!view_query(v, "after")) {
        waiting(v);
        open_ones(v);
    }
    issued(v);
    return view_end(v);
}

/* ---- a list is signed ------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const long long *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* "1,2,3" of the address's requests=1,2,3, or of its pick-1=on&pick-2=on, sorted; "" for none. */
static void picked(const struct view *v, char out[IDS])
{
    long long ids[OPEN_ROWS] = {0};
    size_t n = 0, at = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)v->query, key, value)
    {
        long long id = strncmp(key, "pick-", 5) == 0 ? strtoll(key + 5, NULL, 10) : 0;
        if (id > 0 && n < OPEN_ROWS) {
            ids[n++] = id;
        }
    }
    qsort(ids, n, sizeof *ids, compare);
    (void)snprintf(out, IDS, "%s",
                   n || !view_query(v, "requests") ? "" : view_query(v, "requests"));
    for (size_t i = 0; i < n && at + 24 < IDS; i++) {
        at += (size_t)snprintf(out + at, IDS - at, "%s%lld", i ? "," : "", ids[i]);
    }
}

static void list_shown(struct view *v, const json_t *items)
{
    static const char *const columns[] = {"registration", "holder",      "product",
                                          "series",       "level",       "model_count",
                                          "signatory",    "person_name", NULL};
    const struct table t = {.caption = OW_CERT_SIGN_LIST,
                            .empty = OW_CERT_OPEN_EMPTY,
                            .columns = columns,
                            .address = request_address};
    part_section(v, "list", OW_CERT_SIGN_LIST);
    table_rows(v, &t, items);
    part_section_end(v);
}

static void sign_form(struct view *v, const char *ids, const char *sha256)
{
    static const char *const hidden[] = {"requests", "sha256", NULL};
    static const char *const need[] = {"confirm", NULL};
    json_t *values = json_pack("{s:s, s:s}", "requests", ids, "sha256", sha256);
    const struct form f = {.op = "certificate.sign",
                           .values = values,
                           .hidden = hidden,
                           .need = need,
                           .next = "/office/signings/{id}",
                           .button = OW_CERT_SIGN_BUTTON,
                           .will = OW_CERT_SIGN_WILL,
                           .key = "",
                           .danger = true};
    form_show(v, &f);
    json_decref(values);
}

static int sign_shown(struct view *v, const char *ids)
{
    enum op_problem problem;
    const json_t *list = ids[0] ? view_read(v, "certificate.selection",
                                            json_pack("{s:s}", "requests", ids), &problem)
                                : NULL;
    if (ids[0] && !list) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, office_word(v->lang, OW_CERT_SIGN_TITLE),
               office_word(v->lang, OW_NAV_CERTIFICATES));
    view_element(v, "<p><a href=\"/office/certificates\">", OW_CERT_BACK, "</a></p>");
    if (!list) {
        part_empty(v, OW_CERT_SIGN_NONE);
        return view_end(v);
    }
    list_shown(v, json_object_get(list, "items"));
    view_element(v, "<section class=\"part\"><h2>", OW_CERT_SIGN_HASH,
                 "</h2><p class=\"hash\"><code>");
    html_text(&v->h, get_text(list, "sha256"));
    html_raw(&v->h, "</code></p>");
    if (get_true(list, "possible")) {
        sign_form(v, ids, get_text(list, "sha256"));
    } else {
        part_empty(v, OW_CERT_NO_KEY);
    }
    part_section_end(v);
    return view_end(v);
}

/* The address names the list in one parameter: who has to show the password first comes back to it
 * whole. */
int page_sign(struct view *v)
{
    char ids[IDS];
    picked(v, ids);
    const json_t *query = v->query;
    json_t *one = ids[0] ? json_pack("{s:s}", "requests", ids) : json_object();
    if (!one) {
        return -1;
    }
    v->query = one;
    int rc = sign_shown(v, ids);
    v->query = query;
    json_decref(one);
    return rc;
}

/* ---- how far it is --------------------------------------------------------------------------- */

static enum office_word failure_word(const char *failure)
{
    static const struct {
        const char *failure;
        enum office_word word;
    } rows[] = {{"wrong-pin", OW_FAIL_PIN},           {"pin-locked", OW_FAIL_LOCKED},
                {"unavailable", OW_FAIL_UNAVAILABLE}, {"changed", OW_FAIL_CHANGED},
                {"refused", OW_FAIL_REFUSED},         {"interrupted", OW_FAIL_INTERRUPTED}};
    for (size_t i = 0; failure && i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].failure, failure) == 0) {
            return rows[i].word;
        }
    }
    return OW_FAIL_OTHER;
}

static bool is(const json_t *row, const char *name, const char *word)
{
    const char *text = get_text(row, name);
    return text && strcmp(text, word) == 0;
}

static void progress_words(struct view *v, const json_t *s)
{
    char a[TEXT_SIZE], b[TEXT_SIZE];
    html_raw(&v->h, "<p class=\"said\" role=\"status\">");
    view_fill(v, OW_CERT_PROGRESS, text_number(get_number(s, "issued"), a),
              text_number(get_number(s, "count"), b));
    html_raw(&v->h, "</p>");
}

static void running(struct view *v, const json_t *s)
{
    html_raw(&v->h, "<section class=\"next-step wait\" data-poll=\"/api/v1/signings/");
    view_number(v, get_number(s, "id"));
    html_raw(&v->h, "\"");
    html_attr(&v->h, "data-some", office_word(v->lang, OW_CERT_PROGRESS));
    view_element(v, "><h2>", OW_CERT_SIGNING_RUNS, "</h2><progress max=\"");
    view_number(v, get_number(s, "count"));
    html_raw(&v->h, "\" value=\"");
    view_number(v, get_number(s, "issued"));
    html_raw(&v->h, "\"");
    html_attr(&v->h, "aria-label", office_word(v->lang, OW_CERT_SIGNING_RUNS));
    html_raw(&v->h, "></progress>");
    progress_words(v, s);
    html_raw(&v->h, "<p class=\"noprint\" id=\"reload\"><a href=\"");
    html_text(&v->h, v->path);
    view_element(v, "\">", OW_RELOAD, "</a></p></section>");
}

/* The same list without what is issued. */
static void rest_link(struct view *v, const json_t *requests)
{
    size_t i;
    json_t *row;
    bool first = true;
    if (!view_may(v, "certificate.sign")) {
        return;
    }
    html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/office/sign");
    json_array_foreach((json_t *)(uintptr_t)requests, i, row)
    {
        if (is(row, "state", "prepared") || is(row, "state", "approved")) {
            buffer_str(v->h.out, first ? "?pick-" : "&amp;pick-");
            view_number(v, get_number(row, "id"));
            html_raw(&v->h, "=on");
            first = false;
        }
    }
    view_element(v, "\">", OW_CERT_SIGN_REST, "</a></p>");
}

static void ended(struct view *v, const json_t *s)
{
    bool done = is(s, "state", "done");
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, done ? TONE_GOOD : TONE_BAD);
    view_element(v, "\"><h2>", done ? OW_CERT_SIGNING_DONE : OW_CERT_SIGNING_STOPPED, "</h2>");
    progress_words(v, s);
    if (!done) {
        view_element(v, "<p>", failure_word(get_text(s, "failure")), "</p>");
        if (!get_has(s, "change")) {
            view_element(v, "<p>", OW_CERT_GO_ON, "</p>");
            rest_link(v, json_object_get(s, "requests"));
        }
    }
    if (get_has(s, "detail")) {
        view_element(v, "<details><summary>", OW_CERT_SAID,
                     "</summary><p class=\"lines\" lang=\"en\">");
        view_lines(v, get_text(s, "detail"));
        html_raw(&v->h, "</p></details>");
    }
    html_raw(&v->h, "</section>");
}

int page_signing(struct view *v)
{
    static const char *const names[] = {"person_name", "at", "ended_at", "sha256", NULL};
    static const char *const columns[] = {"registration", "state",   "certificate",
                                          "holder",       "product", NULL};
    const struct table t = {.caption = OW_CERT_SIGN_LIST,
                            .empty = OW_CERT_OPEN_EMPTY,
                            .columns = columns,
                            .address = request_address};
    enum op_problem problem;
    const json_t *s =
        view_read(v, "certificate.signing",
                  json_pack("{s:I}", "signing", (json_int_t)view_id(v, "signing")), &problem);
    if (!s) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, office_word(v->lang, OW_CERT_SIGNING), office_word(v->lang, OW_NAV_CERTIFICATES));
    view_element(v, "<p><a href=\"/office/certificates\">", OW_CERT_BACK, "</a></p>");
    if (is(s, "state", "waiting") || is(s, "state", "running")) {
        running(v, s);
    } else {
        ended(v, s);
    }
    part_facts(v, s, names);
    if (get_has(s, "change")) {
        html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/office/changes/");
        view_number(v, get_number(s, "change"));
        view_element(v, "\">", OW_DIFF, "</a></p>");
        return view_end(v);
    }
    part_section(v, "list", OW_CERT_SIGN_LIST);
    table_rows(v, &t, with_names(v, json_object_get(s, "requests")));
    part_section_end(v);
    return view_end(v);
}

static void signing_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/signings/");
    view_number(v, get_number(row, "id"));
}

int page_signings(struct view *v)
{
    static const char *const columns[] = {"at", "person_name", "state", "count", "issued", NULL};
    const struct table t = {.caption = OW_CERT_LISTS,
                            .empty = OW_CERT_LISTS_EMPTY,
                            .columns = columns,
                            .address = signing_address};
    view_begin(v, office_word(v->lang, OW_CERT_LISTS), office_word(v->lang, OW_NAV_CERTIFICATES));
    view_element(v, "<p><a href=\"/office/certificates\">", OW_CERT_BACK, "</a></p>");
    const json_t *answer = view_list(v, "certificate.signings", NULL, ROWS, view_query(v, "after"));
    table_rows(v, &t, json_object_get(answer, "items"));
    table_pages(v, answer, false);
    return view_end(v);
}
