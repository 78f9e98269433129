/*
 * pages_foreign - foreign certificates: the board by working days left, and the page of a case: its
 * clock, what is claimed, what the machine and the issuer said, what an officer saw, the decision.
 *
 * A vendor sees the same page without what is the body's own; the operations leave it out. Pieces
 * of evidence: pages_evidence.c; profiles of issuers: pages_issuers.c.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_foreign.h"
#include "http/office/pages_form.h"
#include "http/office/pages_list.h"

enum { ROWS = 100, SOON_DAYS = 3, WEEK_DAYS = 7, TIMELINE = 200 };

/* ---- the state, the days --------------------------------------------------------------------- */

void foreign_badge(struct view *v, const json_t *row)
{
    char word[40];
    const char *state = get_text(row, "state");
    (void)snprintf(word, sizeof word, "case-%s", state ? state : "draft");
    part_badge(v, vocab_tone(word), vocab_text(v, word));
}

/* Colour, number and word. */
void foreign_days(struct view *v, const json_t *row)
{
    int64_t days = get_number(row, "days_left");
    if (days == UTC_NONE) {
        html_raw(&v->h, "–");
    } else {
        part_days_until(v, get_text(row, "due_on"), days);
    }
}

static void case_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/foreign/");
    view_number(v, get_number(row, "id"));
}

static bool cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "days_left") == 0) {
        foreign_days(v, row);
    } else if (strcmp(column, "state") == 0) {
        foreign_badge(v, row);
        if (get_number(row, "contradiction") == 1) {
            html_raw(&v->h, " ");
            part_badge(v, TONE_BAD, office_word(v->lang, OW_CASE_CONTRADICTION));
        }
    } else if (strcmp(column, "certificate_number") == 0) {
        part_text(v, get_text(row, "number"));
    } else if (strcmp(column, "registration") == 0 && !get_has(row, "registration")) {
        html_text(&v->h, get_text(row, "application_product"));
    } else {
        return false;
    }
    return true;
}

void foreign_table(struct view *v, const json_t *items)
{
    static const char *const columns[] = {"certificate_number", "issuer", "state",
                                          "days_left",          "due_on", NULL};
    static const struct table t = {.caption = OW_FOREIGN,
                                   .empty = OW_FOREIGN_EMPTY,
                                   .columns = columns,
                                   .address = case_address,
                                   .cell = cell};
    table_rows(v, &t, items);
}

/* ---- the board ------------------------------------------------------------------------------- */

struct band {
    enum office_word word;
    enum tone tone;
    int64_t from, to; /* working days left */
};

static const struct band bands[] = {
    {OW_BAND_LATE, TONE_BAD, INT64_MIN + 1, -1},
    {OW_BAND_TODAY, TONE_CARE, 0, 0},
    {OW_BAND_SOON, TONE_CARE, 1, SOON_DAYS},
    {OW_BAND_WEEK, TONE_WAIT, SOON_DAYS + 1, WEEK_DAYS},
    {OW_BAND_LATER, TONE_INFO, WEEK_DAYS + 1, INT64_MAX},
};

/* On a Sunday what ended on Friday is no working day late, and over. */
static bool in_band(const struct view *v, const json_t *row, const struct band *b)
{
    int64_t days = get_number(row, "days_left");
    days = days == 0 && view_against_today(v, get_text(row, "due_on")) < 0 ? -1 : days;
    return b ? days != UTC_NONE && days >= b->from && days <= b->to : days == UTC_NONE;
}

/* One band of the board: a heading with its number, and its cases. */
static void show_band(struct view *v, const json_t *items, const struct band *b,
                      enum office_word word, enum tone tone)
{
    static const char *const columns[] = {"certificate_number", "issuer", "state",
                                          "days_left",          "due_on", "registration",
                                          "vendor_name",        NULL};
    static const char *const vendor_columns[] = {
        "certificate_number", "issuer", "state", "days_left", "due_on", "registration", NULL};
    char n[TEXT_SIZE];
    size_t i;
    json_t *row, *some = json_array();
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        if (in_band(v, row, b) && json_array_append(some, row) != 0) {
            v->broken = true;
        }
    }
    if (json_array_size(some)) {
        const struct table t = {.caption = word,
                                .empty = OW_FOREIGN_EMPTY,
                                .columns = view_officer(v) ? columns : vendor_columns,
                                .address = case_address,
                                .cell = cell};
        html_raw(&v->h, "<section class=\"part distance\"><h2>");
        part_badge(v, tone, office_word(v->lang, word));
        html_element(&v->h, " (", text_number((int64_t)json_array_size(some), n), ")</h2>");
        table_rows(v, &t, some);
        html_raw(&v->h, "</section>");
    }
    json_decref(some);
}

static void chip(struct view *v, const char *query, enum office_word word, bool current)
{
    html_raw(&v->h, "<li><a href=\"/office/foreign");
    buffer_str(v->h.out, query);
    buffer_str(v->h.out, current ? "\" aria-current=\"true\">" : "\">");
    view_word(v, word);
    html_raw(&v->h, "</a></li>");
}

static void chips(struct view *v)
{
    const char *state = view_query(v, "state"), *all = view_query(v, "open");
    bool open = !state && !(all && strcmp(all, "false") == 0);
    view_element(v, "<nav class=\"noprint\" aria-label=\"", OW_CHIPS, "\"><ul class=\"chips\">");
    chip(v, "", OW_CHIP_OPEN, open);
    chip(v, "?state=unclear", OW_CHIP_UNCLEAR, state && strcmp(state, "unclear") == 0);
    chip(v, "?state=expired_unverified", OW_CHIP_EXPIRED,
         state && strcmp(state, "expired_unverified") == 0);
    chip(v, "?open=false", OW_CHOOSE_ANY, !state && !open);
    html_raw(&v->h, "</ul></nav>");
}

/* Without a choice of its own the board shows what is open. */
static json_t *board_query(struct view *v)
{
    json_t *in = table_query(v, "foreign.list");
    if (in && !json_object_get(in, "open") && !json_object_get(in, "state") &&
        json_object_set_new(in, "open", json_true()) != 0) {
        v->broken = true;
    }
    return in;
}

/* Of the file: the columns of the board by the names they have there. */
static void ready(struct view *v, json_t *items)
{
    size_t i;
    json_t *row;
    json_array_foreach(items, i, row)
    {
        const char *has = get_has(row, "registration") ? "registration" : "application_product";
        if (json_object_set(row, "certificate_number", json_object_get(row, "number")) != 0 ||
            json_object_set(row, "registration", json_object_get(row, has)) != 0) {
            v->broken = true;
        }
    }
}

int page_foreign(struct view *v)
{
    static const char *const columns[] = {"certificate_number", "issuer", "state",
                                          "days_left",          "due_on", "registration",
                                          "vendor_name",        NULL};
    static const struct table t = {.op = "foreign.list", .columns = columns};
    bool officer = view_officer(v);
    if (list_wants_file(v)) {
        (void)list_file(v, &t, board_query(v), ready);
        return 0;
    }
    view_begin(v, office_word(v->lang, OW_NAV_FOREIGN), NULL);
    view_element(v, "<p class=\"lead\">", officer ? OW_BOARD_LEAD : OW_BOARD_LEAD_VENDOR, "</p>");
    if (officer) {
        chips(v);
    }
    table_filters(v, t.op);
    const json_t *answer = view_list(v, t.op, board_query(v), ROWS, view_query(v, "after"));
    const json_t *items = json_object_get(answer, "items");
    if (json_array_size(items) == 0) {
        part_empty(v, OW_BOARD_EMPTY);
    }
    for (size_t i = 0; i < sizeof bands / sizeof *bands; i++) {
        show_band(v, items, &bands[i], bands[i].word, bands[i].tone);
    }
    show_band(v, items, NULL, OW_BAND_NONE, TONE_NONE);
    table_pages(v, answer, true);
    view_element(v, "<p class=\"actions noprint\"><a href=\"/office/foreign/calendar\">",
                 OW_FEED_TITLE, "</a>");
    if (officer) {
        view_element(v, "<a href=\"/office/issuers\">", OW_NAV_ISSUERS, "</a>");
    }
    html_raw(&v->h, "</p>");
    return view_end(v);
}

/* ---- a case ---------------------------------------------------------------------------------- */

static bool in_state(const json_t *row, const char *state)
{
    const char *now = get_text(row, "state");
    return now && strcmp(now, state) == 0;
}

/* What the state asks of an officer. */
static enum office_word asks(const struct view *v, const json_t *row)
{
    static const struct {
        const char *state;
        enum office_word officer, vendor;
    } words[] = {{"draft", OW_ASK_DRAFT, OW_ASK_VENDOR_WAIT},
                 {"queued", OW_ASK_WAIT, OW_ASK_VENDOR_WAIT},
                 {"web_checking", OW_ASK_WAIT, OW_ASK_VENDOR_WAIT},
                 {"mail_sending", OW_ASK_WAIT, OW_ASK_VENDOR_WAIT},
                 {"waiting_reply", OW_ASK_REPLY, OW_ASK_VENDOR_WAIT},
                 {"unclear", OW_ASK_UNCLEAR, OW_ASK_VENDOR_WAIT},
                 {"paused", OW_ASK_PAUSED, OW_ASK_VENDOR_WAIT},
                 {"verified", OW_ASK_VERIFIED, OW_ASK_VERIFIED},
                 {"mismatch", OW_ASK_NEGATIVE, OW_ASK_NEGATIVE_VENDOR},
                 {"denied", OW_ASK_NEGATIVE, OW_ASK_NEGATIVE_VENDOR},
                 {"expired_unverified", OW_ASK_EXPIRED, OW_ASK_EXPIRED},
                 {"closed", OW_ASK_CLOSED, OW_ASK_CLOSED}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (in_state(row, words[i].state)) {
            return view_officer(v) ? words[i].officer : words[i].vendor;
        }
    }
    return OW_COUNT;
}

/* Both dates, and how they were found. */
static void clock_facts(struct view *v, const json_t *row)
{
    static const char *const names[] = {"started_on", "last_on",      "extra_days",
                                        "decided_on", "missing_year", NULL};
    json_t *shown = json_copy((json_t *)(uintptr_t)row);
    if (!shown || json_object_set(shown, "last_on", json_object_get(row, "due_on")) != 0) {
        v->broken = true;
    } else if (get_number(row, "extra_days") == 0) {
        (void)json_object_del(shown, "extra_days");
    }
    part_facts(v, shown, names);
    json_decref(shown);
    if (!get_has(row, "due_on")) {
        view_element(v, "<p>", OW_CLOCK_NOT_STARTED, "</p>");
    }
    if (get_has(row, "missing_year")) {
        html_raw(&v->h, "<p>");
        part_badge(v, TONE_CARE, office_word(v->lang, OW_CLOCK_NO_LIST));
        html_raw(&v->h, "</p>");
    }
}

static void standing(struct view *v, const json_t *row)
{
    bool bad =
        in_state(row, "mismatch") || in_state(row, "denied") || in_state(row, "expired_unverified");
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, bad                         ? TONE_BAD
                       : in_state(row, "verified") ? TONE_GOOD
                       : in_state(row, "unclear")  ? TONE_CARE
                                                   : TONE_INFO);
    view_element(v, "\" aria-labelledby=\"now\"><h2 id=\"now\">", OW_CASE_NOW, "</h2><p>");
    foreign_badge(v, row);
    html_raw(&v->h, " ");
    if (get_number(row, "days_left") != UTC_NONE) {
        foreign_days(v, row);
    }
    html_raw(&v->h, "</p>");
    if (get_number(row, "contradiction") == 1) {
        view_element(v, "<p><strong>", OW_CASE_CONTRADICTS, "</strong></p>");
    }
    if (asks(v, row) != OW_COUNT) {
        view_element(v, "<p>", asks(v, row), "</p>");
    }
    clock_facts(v, row);
    html_raw(&v->h, "<p>");
    page_application_link(v, get_number(row, "application"), "");
    const char *of = get_text(row, "registration");
    html_element(&v->h, "", of ? of : get_text(row, "application_product"), "</a></p></section>");
}

static void claims(struct view *v, const json_t *row)
{
    static const char *const names[] = {"issuer",     "holder",         "product",
                                        "standard",   "scope",          "issued_on",
                                        "expires_on", "document_title", NULL};
    part_section(v, "claims", OW_CASE_CLAIMS);
    part_facts(v, row, names);
    part_section_end(v);
}

/* An address and whose it is: never a link, because a vendor wrote it. */
static void place(struct view *v, const json_t *row, const char *name, const char *way)
{
    char key[32];
    const char *address = get_text(row, name), *word;
    html_raw(&v->h, "<div class=\"note\"><h3>");
    html_text(&v->h, field_label(v, name));
    html_raw(&v->h, "</h3>");
    if (!address || !*address) {
        view_element(v, "<p>", OW_FOREIGN_EMPTY, "</p></div>");
        return;
    }
    html_element(&v->h, "<p class=\"long\"><code>", address, "</code></p><p>");
    (void)snprintf(key, sizeof key, "%s_place", name);
    word = get_text(row, key);
    bool approved = word && strcmp(word, "approved") == 0;
    part_badge(v, approved ? TONE_GOOD : TONE_CARE,
               office_word(v->lang, approved ? OW_PLACE_APPROVED : OW_PLACE_NOT));
    (void)snprintf(key, sizeof key, "%s_issuer", name);
    if (get_has(row, key)) {
        html_raw(&v->h, " ");
        part_text(v, get_text(row, key));
    }
    if (strcmp(name, "email") == 0 && get_true(row, "free_mail")) {
        html_raw(&v->h, " ");
        part_badge(v, TONE_CARE, office_word(v->lang, OW_PLACE_FREE));
    }
    html_raw(&v->h, "</p>");
    if (view_officer(v)) {
        (void)snprintf(key, sizeof key, "way-%s", get_text(row, way));
        html_raw(&v->h, "<p>");
        part_badge(v, vocab_tone(key), vocab_text(v, key));
        html_raw(&v->h, "</p>");
    }
    html_raw(&v->h, "</div>");
}

static void places(struct view *v, const json_t *row)
{
    part_section(v, "ways", OW_CASE_WAYS);
    html_raw(&v->h, "<div class=\"pairs\">");
    place(v, row, "weblink", "web");
    place(v, row, "email", "mail");
    html_raw(&v->h, "</div>");
    part_section_end(v);
}

/* ---- what can be done ------------------------------------------------------------------------ */

struct action {
    const char *op;
    enum office_word will;
    bool danger;
};

static const struct action actions[] = {{"foreign.check", OW_WILL_CHECK, false},
                                        {"foreign.mail", OW_WILL_MAIL, false},
                                        {"foreign.attach", OW_WILL_ATTACH, false},
                                        {"foreign.decide", OW_WILL_CASE_DECIDE, false},
                                        {"foreign.set", OW_COUNT, false},
                                        {"foreign.pause", OW_WILL_PAUSE, false},
                                        {"foreign.resume", OW_COUNT, false},
                                        {"foreign.extend", OW_COUNT, false},
                                        {"foreign.close", OW_WILL_CASE_CLOSE, true},
                                        {"foreign.reopen", OW_COUNT, false}};

static bool possible(const json_t *row, const char *op)
{
    size_t i;
    json_t *one;
    bool closed = in_state(row, "closed"), paused = in_state(row, "paused");
    if ((strcmp(op, "foreign.reopen") == 0) != closed ||
        (strcmp(op, "foreign.resume") == 0 && !paused) ||
        (strcmp(op, "foreign.pause") == 0 && paused) ||
        (strcmp(op, "foreign.check") == 0 && !get_has(row, "weblink")) ||
        (strcmp(op, "foreign.mail") == 0 && !get_has(row, "email"))) {
        return false;
    }
    json_array_foreach(json_object_get(row, "possible"), i, one)
    {
        if (strcmp(json_string_value(one), op) == 0) {
            return true;
        }
    }
    return false;
}

static void do_now(struct view *v, const json_t *row)
{
    char key[24];
    size_t shown = 0;
    json_t *values = json_copy((json_t *)(uintptr_t)row);
    if (!values || json_object_set(values, "case", json_object_get(row, "id")) != 0 ||
        json_object_del(values, "decision") != 0) {
        v->broken = true;
    }
    for (size_t i = 0; values && i < sizeof actions / sizeof *actions; i++) {
        if (!possible(row, actions[i].op) || !view_may(v, actions[i].op)) {
            continue;
        }
        if (shown++ == 0) {
            view_element(v, "<section class=\"part noprint\"><h2 id=\"do\">", OW_DO_NOW,
                         "</h2><div class=\"acts\">");
        }
        (void)snprintf(key, sizeof key, "act%zu-", shown);
        struct form f = {.op = actions[i].op,
                         .values = values,
                         .button = OW_COUNT,
                         .will = actions[i].will,
                         .key = key,
                         .danger = actions[i].danger,
                         .folded = true};
        form_show(v, &f);
    }
    if (shown) {
        html_raw(&v->h, "</div></section>");
    }
    json_decref(values);
}

/* ---- what the clock asks for ----------------------------------------------------------------- */

static void plan(struct view *v, const json_t *row)
{
    static const char *const columns[] = {"task", "day", "on_day", "done_at", NULL};
    static const struct table t = {
        .caption = OW_CASE_PLAN, .empty = OW_FOREIGN_EMPTY, .columns = columns};
    const json_t *rows = json_object_get(row, "plan");
    if (json_array_size(rows) && view_officer(v)) {
        part_section(v, "plan", OW_CASE_PLAN);
        table_rows(v, &t, rows);
        part_section_end(v);
    }
}

static void timeline(struct view *v, const json_t *row)
{
    const json_t *answer = view_read(v, "foreign.timeline",
                                     json_pack("{s:O}", "case", json_object_get(row, "id")), NULL);
    if (answer) {
        part_section(v, "timeline", OW_TIMELINE);
        part_timeline(v, json_object_get(answer, "items"));
        part_section_end(v);
    }
}

int page_foreign_case(struct view *v)
{
    char above[TEXT_SIZE];
    enum op_problem problem = OP_NOT_FOUND;
    int64_t id = view_id(v, "case");
    const json_t *row =
        id == UTC_NONE
            ? NULL
            : view_read(v, "foreign.show", json_pack("{s:I}", "case", (json_int_t)id), &problem);
    if (!row) {
        return view_problem(v, problem, NULL);
    }
    (void)snprintf(above, sizeof above, "%s · FC-%lld", office_word(v->lang, OW_NAV_FOREIGN),
                   (long long)id);
    view_begin(v, get_text(row, "number"), above);
    standing(v, row);
    do_now(v, row);
    html_raw(&v->h, "<div class=\"pairs\">");
    claims(v, row);
    places(v, row);
    html_raw(&v->h, "</div>");
    foreign_decisions(v, row);
    foreign_evidence_parts(v, row);
    plan(v, row);
    timeline(v, row);
    return view_end(v);
}
