/*
 * pages_application - one application from top to bottom: where it stands, what to do next, what
 * stands in the way, documents, laboratory, committee, what happened. A vendor sees the same page
 * without what is not his.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_foreign.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

enum { DOCUMENTS_MAX = 100, TIMELINE_ROWS = 30 };

static json_t *about(int64_t id)
{
    return json_pack("{s:I}", "application", (json_int_t)id);
}

const json_t *page_the_application(struct view *v, int *rc)
{
    enum op_problem problem = OP_NOT_FOUND;
    int64_t id = view_id(v, "application");
    const json_t *a = id == UTC_NONE ? NULL : view_read(v, "application.show", about(id), &problem);
    if (!a) {
        *rc = view_problem(v, problem, NULL);
    }
    return a;
}

static bool in_state(const json_t *a, const char *state)
{
    const char *now = get_text(a, "state");
    return now && strcmp(now, state) == 0;
}

/* ---- where it stands ------------------------------------------------------------------------- */

static void steps(struct view *v, const json_t *a)
{
    static const char *const order[] = {"draft",      "submitted", "registered", "testing",
                                        "assessment", "committee", "recommended"};
    enum { STEPS = sizeof order / sizeof *order };
    size_t now = 0;
    while (now < STEPS && !in_state(a, order[now])) {
        now++;
    }
    if (in_state(a, "certified")) {
        now = STEPS;
    } else if (now == STEPS) {
        html_raw(&v->h, "<p>");
        part_value(v, a, "state");
        html_raw(&v->h, "</p>");
        return;
    }
    html_raw(&v->h, "<ol class=\"steps\"");
    html_attr(&v->h, "aria-label", field_label(v, "state"));
    html_raw(&v->h, ">");
    for (size_t i = 0; i < STEPS; i++) {
        html_raw(&v->h, "<li");
        if (i < now) {
            html_raw(&v->h, " class=\"past\"");
        } else if (i == now) {
            html_raw(&v->h, " aria-current=\"step\"");
        }
        html_element(&v->h, ">", vocab_text(v, order[i]), "</li>");
    }
    html_raw(&v->h, "</ol>");
}

/* What the state asks for, of officers and of vendors. */
static const struct {
    const char *state;
    enum office_word officer, vendor;
} asks[] = {
    {"draft", OW_NEXT_DRAFT_OFFICER, OW_NEXT_DRAFT},
    {"submitted", OW_NEXT_SUBMITTED, OW_NEXT_WAIT},
    {"registered", OW_NEXT_REGISTERED, OW_NEXT_WAIT},
    {"testing", OW_NEXT_TESTING, OW_NEXT_TESTING_VENDOR},
    {"assessment", OW_NEXT_ASSESSMENT, OW_NEXT_WAIT},
    {"committee", OW_NEXT_COMMITTEE, OW_NEXT_WAIT},
    {"recommended", OW_NEXT_RECOMMENDED, OW_NEXT_RECOMMENDED},
};

enum office_word page_asks(const struct view *v, const json_t *a)
{
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        if (in_state(a, asks[i].state)) {
            return view_officer(v) ? asks[i].officer : asks[i].vendor;
        }
    }
    return OW_COUNT;
}

/* A draft's next steps are pages of their own. */
static void next_links(struct view *v, const json_t *a)
{
    int64_t id = get_number(a, "id");
    if (!v->bare && in_state(a, "recommended") && view_may(v, "certificate.draft")) {
        html_raw(&v->h, "<p class=\"actions noprint\">");
        page_application_link(v, id, "/certificate");
        view_element(v, "", OW_CERT_PREPARE, "</a></p>");
    }
    if (v->bare || !in_state(a, "draft") || !view_may(v, "application.submit")) {
        return;
    }
    html_raw(&v->h, "<p class=\"actions noprint\">");
    page_application_link(v, id, "/data");
    view_element(v, "", OW_EDIT_ALL, "</a>");
    page_application_link(v, id, "/upload");
    view_element(v, "", OW_UPLOAD, "</a><a href=\"#do\">");
    const struct op *op = v->source->find("application.submit");
    html_element(&v->h, "", op ? view_text(v, op->en, op->hi) : NULL, "</a></p>");
}

static void next_step(struct view *v, const json_t *a, size_t blocking)
{
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, blocking ? TONE_CARE : TONE_INFO);
    view_element(v, "\" aria-labelledby=\"next\"><h2 id=\"next\">", OW_NEXT, "</h2>");
    if (page_asks(v, a) != OW_COUNT) {
        view_element(v, "<p>", page_asks(v, a), "</p>");
    }
    next_links(v, a);
    if (blocking) {
        html_raw(&v->h, "<p><a href=\"#blocks\">");
        part_count(v, OW_BLOCKS_ONE, OW_BLOCKS_SOME, (int64_t)blocking);
        html_raw(&v->h, "</a></p>");
    }
    if (get_has(a, "due_on")) {
        html_raw(&v->h, "<p>");
        html_text(&v->h, field_label(v, "due_on"));
        html_raw(&v->h, ": ");
        part_due(v, a);
        html_raw(&v->h, "</p>");
    }
    html_raw(&v->h, "</section>");
}

/* ---- what can be done now -------------------------------------------------------------------- */

struct action {
    const char *op;
    enum office_word will;
    bool danger;
};

static const struct action actions[] = {
#define OFFICE_ACTION(op, will, danger) {op, OW_##will, danger},
#include "http/office/pages_actions.def"
#undef OFFICE_ACTION
};

enum { ACTIONS = sizeof actions / sizeof *actions };

static size_t action_row(const char *op)
{
    size_t i = 0;
    while (i < ACTIONS && strcmp(actions[i].op, op) != 0) {
        i++;
    }
    return i;
}

static bool possible(const json_t *a, const char *op)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(a, "possible"), i, one)
    {
        const char *id = json_string_value(one);
        if (id && strcmp(id, op) == 0) {
            return true;
        }
    }
    return false;
}

/* Changes are analysed where there is one. */
static bool fits(const json_t *a, const char *op)
{
    const char *kind = get_text(a, "kind");
    bool change = kind && strstr(kind, "-change") != NULL;
    return change || !strstr(op, "-change");
}

/* Belongs to the life of the application, not to its parts: those have pages of their own. */
static bool is_action(const char *op)
{
    static const char *const elsewhere[] = {"set",          "add-model",    "set-model",
                                            "remove-model", "add-location", "remove-location"};
    if (strncmp(op, "application.", 12) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        if (strcmp(op + 12, elsewhere[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void act(struct view *v, const char *op, const json_t *values, size_t *shown)
{
    char key[24];
    size_t row = action_row(op);
    if (!view_may(v, op)) {
        return;
    }
    if ((*shown)++ == 0) {
        view_element(v, "<section class=\"part noprint\"><h2 id=\"do\">", OW_DO_NOW,
                     "</h2><div class=\"acts\">");
    }
    (void)snprintf(key, sizeof key, "act%zu-", *shown);
    struct form f = {.op = op,
                     .values = values,
                     .button = OW_COUNT,
                     .will = row < ACTIONS ? actions[row].will : OW_COUNT,
                     .key = key,
                     .danger = row < ACTIONS && actions[row].danger,
                     .folded = true};
    form_show(v, &f);
}

static void do_now(struct view *v, const json_t *a)
{
    size_t shown = 0, i;
    json_t *one, *values = json_copy((json_t *)(uintptr_t)a);
    if (!values || json_object_set(values, "application", json_object_get(a, "id")) != 0) {
        v->broken = true;
        json_decref(values);
        return;
    }
    for (i = 0; i < ACTIONS; i++) {
        if (possible(a, actions[i].op) && fits(a, actions[i].op)) {
            act(v, actions[i].op, values, &shown);
        }
    }
    json_array_foreach(json_object_get(a, "possible"), i, one)
    {
        const char *op = json_string_value(one);
        if (op && is_action(op) && action_row(op) == ACTIONS) {
            act(v, op, values, &shown);
        }
    }
    if (shown) {
        html_raw(&v->h, "</div></section>");
    }
    json_decref(values);
}

/* ---- documents ------------------------------------------------------------------------------- */

static void document_address(struct view *v, const json_t *row)
{
    html_raw(&v->h, "/office/documents/");
    view_number(v, get_number(row, "id"));
}

static bool document_cell(struct view *v, const json_t *row, const char *column)
{
    if (strcmp(column, "verdict") == 0 && !get_has(row, "verdict")) {
        const char *state = get_text(row, "state");
        part_badge_word(v, state ? state : "waiting");
        return true;
    }
    return false;
}

static void documents(struct view *v, const json_t *a)
{
    static const char *const columns[] = {"title",       "kind",    "author",
                                          "received_at", "verdict", NULL};
    static const struct table t = {.caption = OW_DOCUMENTS,
                                   .empty = OW_DOCUMENTS_EMPTY,
                                   .columns = columns,
                                   .address = document_address,
                                   .cell = document_cell};
    int64_t id = get_number(a, "id");
    part_section(v, "documents", OW_DOCUMENTS);
    const json_t *answer = view_list(v, "document.list", about(id), DOCUMENTS_MAX, NULL);
    table_rows(v, &t, json_object_get(answer, "items"));
    if (view_may(v, "document.add") && !v->bare) {
        html_raw(&v->h, "<p class=\"actions noprint\">");
        page_application_link(v, id, "/upload");
        view_element(v, "", OW_UPLOAD, "</a></p>");
    }
    part_section_end(v);
}

/* Files that the machine did not accept and nobody has decided about. */
static void undecided(struct view *v, const json_t *a)
{
    int64_t id = get_number(a, "id");
    if (!view_officer(v) || !view_may(v, "file.list")) {
        return;
    }
    json_t *in = json_pack("{s:I, s:b}", "application", (json_int_t)id, "undecided", 1);
    const json_t *answer = view_list(v, "file.list", in, DOCUMENTS_MAX, NULL);
    size_t n = json_array_size(json_object_get(answer, "items"));
    if (n) {
        part_section(v, "undecided", OW_UNDECIDED);
        page_files_table(v, json_object_get(answer, "items"));
        part_section_end(v);
    }
}

/* ---- facts ----------------------------------------------------------------------------------- */

static bool any(const json_t *a, const char *const *names)
{
    for (; *names; names++) {
        const json_t *one = json_object_get(a, *names);
        const char *text = json_string_value(one);
        if (one && !json_is_null(one) && (!text || *text) &&
            !(json_is_integer(one) && json_integer_value(one) == 0)) {
            return true;
        }
    }
    return false;
}

/* A section of facts; nothing when there is none yet. */
#define FACTS(v, a, id, word, ...)                                                                 \
    do {                                                                                           \
        static const char *const names[] = {__VA_ARGS__, NULL};                                    \
        if (any(a, names)) {                                                                       \
            part_section(v, id, word);                                                             \
            part_facts(v, a, names);                                                               \
            part_section_end(v);                                                                   \
        }                                                                                          \
    } while (0)

static void product(struct view *v, const json_t *a)
{
    FACTS(v, a, "product", OW_PRODUCT, "product", "kind", "series", "level", "critical",
          "vendor_name", "oem_name", "owner_name", "submitted_on", "complete_on", "registered_on");
    FACTS(v, a, "previous", OW_PREVIOUS, "previous_certificate", "previous_valid_to",
          "change_about", "change_on", "change_reported_on", "change_vendor", "change_body");
}

static void testing(struct view *v, const json_t *a)
{
    FACTS(v, a, "lab", OW_LAB, "lab_name", "allotted_on", "quotation_on", "work_order_on",
          "agreement_on");
    FACTS(v, a, "committee", OW_COMMITTEE, "assessor_name", "appointed_on", "assessor_conflict",
          "presented_on", "meeting", "meeting_on", "recommendation", "conditions",
          "conditions_closed_on");
    FACTS(v, a, "certificate", OW_CERTIFICATE, "certificate");
    if (get_has(a, "certificate")) {
        html_raw(&v->h, "<p><a href=\"/certificate/");
        html_text(&v->h, get_text(a, "certificate")); /* letters, digits, / and - */
        view_element(v, "\">", OW_CERT_PUBLIC, "</a></p>");
    }
}

/* ---- what belongs to it ---------------------------------------------------------------------- */

struct belongs {
    const char *name; /* of the array in the application, and the heading's id */
    enum office_word word, empty;
    const char *const *columns;
};

static const char *const model_columns[] = {"name", "brand", "hardware", "firmware", "soc", NULL};
static const char *const location_columns[] = {"name", "address", "country", NULL};
static const char *const payment_columns[] = {"kind",    "invoice",    "amount_paise", "gst_paise",
                                              "receipt", "paid_paise", "paid_on",      NULL};
static const struct belongs belongings[] = {
    {"models", OW_MODELS, OW_MODELS_EMPTY, model_columns},
    {"locations", OW_LOCATIONS, OW_LOCATIONS_EMPTY, location_columns},
    {"payments", OW_PAYMENTS, OW_PAYMENTS_EMPTY, payment_columns},
};

static void belonging(struct view *v, const json_t *a, const struct belongs *b)
{
    const struct table t = {.caption = b->word, .empty = b->empty, .columns = b->columns};
    html_raw(&v->h, "<section class=\"part\"><h2 id=\"");
    buffer_str(v->h.out, b->name);
    view_element(v, "\">", b->word, "</h2>");
    table_rows(v, &t, json_object_get(a, b->name));
    html_raw(&v->h, "</section>");
}

static void foreign(struct view *v, const json_t *a)
{
    const json_t *answer =
        view_list(v, "foreign.list", about(get_number(a, "id")), DOCUMENTS_MAX, NULL);
    bool may = possible(a, "foreign.open") && view_may(v, "foreign.open") && !v->bare;
    size_t n = json_array_size(json_object_get(answer, "items"));
    if (!n && !may) {
        return;
    }
    part_section(v, "foreign", OW_FOREIGN);
    foreign_table(v, json_object_get(answer, "items"));
    if (may) {
        static const char *const leave[] = {"document", NULL};
        json_t *values = about(get_number(a, "id"));
        struct form f = {.op = "foreign.open",
                         .values = values,
                         .leave = leave,
                         .next = "/office/foreign/{id}",
                         .button = OW_COUNT,
                         .will = OW_WILL_OPEN_CASE,
                         .key = "foreign-",
                         .folded = true};
        form_show(v, &f);
        json_decref(values);
    }
    part_section_end(v);
}

static void notes(struct view *v, const json_t *a)
{
    size_t i;
    json_t *row;
    if (!view_may(v, "note.list")) {
        return;
    }
    const json_t *items = json_object_get(
        view_list(v, "note.list", about(get_number(a, "id")), DOCUMENTS_MAX, NULL), "items");
    part_section(v, "notes", OW_NOTES);
    if (json_array_size(items) == 0) {
        part_empty(v, OW_NOTES_EMPTY);
    }
    json_array_foreach((json_t *)(uintptr_t)items, i, row)
    {
        html_raw(&v->h, "<div class=\"note\"><p class=\"lines\">");
        view_lines(v, get_text(row, "text"));
        html_raw(&v->h, "</p><p class=\"small\">");
        html_text(&v->h, get_text(row, "person_name"));
        html_raw(&v->h, " · ");
        part_value(v, row, "created_at");
        if (view_officer(v) && get_true(row, "for_vendor")) {
            view_element(v, " · ", OW_NOTE_VISIBLE, "");
        }
        html_raw(&v->h, "</p></div>");
    }
    json_t *values = about(get_number(a, "id"));
    struct form f = {.op = "note.add",
                     .values = values,
                     .button = OW_COUNT,
                     .will = OW_COUNT,
                     .key = "note-",
                     .folded = true};
    if (!v->bare) {
        form_show(v, &f);
    }
    json_decref(values);
    part_section_end(v);
}

static void timeline(struct view *v, const json_t *a)
{
    const json_t *answer = view_list(v, "application.timeline", about(get_number(a, "id")),
                                     TIMELINE_ROWS, view_query(v, "after"));
    if (!answer) {
        return;
    }
    part_section(v, "timeline", OW_TIMELINE);
    part_timeline(v, json_object_get(answer, "items"));
    table_pages(v, answer, false);
    part_section_end(v);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void blocks(struct view *v, const json_t *a, const json_t *rules, size_t blocking)
{
    if (!rules) {
        return;
    }
    part_section(v, "blocks", OW_RULES_BLOCK);
    if (blocking) {
        rules_blocking_list(v, rules);
    } else {
        part_empty(v, OW_BLOCKS_NONE);
    }
    html_raw(&v->h, "<p>");
    page_application_link(v, get_number(a, "id"), "/rules");
    view_element(v, "", OW_RULES_ALL, "</a></p>");
    part_section_end(v);
}

static void links(struct view *v, const json_t *a)
{
    int64_t id = get_number(a, "id");
    html_raw(&v->h, "<p class=\"actions noprint\">");
    page_application_link(v, id, "/rules");
    view_element(v, "", OW_RULES, "</a>");
    page_application_link(v, id, "/data");
    view_element(v, "", OW_EDIT_ALL, "</a>");
    page_application_link(v, id, "/print");
    view_element(v, "", OW_PRINT, "</a></p>");
}

static void whole(struct view *v, const json_t *a)
{
    const json_t *answer = view_read(v, "application.check", about(get_number(a, "id")), NULL);
    const json_t *rules = answer ? rules_rows(answer) : NULL;
    size_t blocking = rules ? rules_blocking(rules) : 0;
    steps(v, a);
    next_step(v, a, blocking);
    if (!v->bare) {
        links(v, a);
        do_now(v, a);
    }
    blocks(v, a, rules, blocking);
    undecided(v, a);
    documents(v, a);
    foreign(v, a);
    page_units(v, a);
    html_raw(&v->h, "<div class=\"pairs\">");
    product(v, a);
    testing(v, a);
    html_raw(&v->h, "</div>");
    for (size_t i = 0; i < sizeof belongings / sizeof *belongings; i++) {
        belonging(v, a, &belongings[i]);
    }
    notes(v, a);
    timeline(v, a);
}

int page_application(struct view *v)
{
    int rc = 0;
    const json_t *a = page_the_application(v, &rc);
    if (!a) {
        return rc;
    }
    view_begin(v, get_text(a, "product"), page_application_name(v, a));
    whole(v, a);
    return view_end(v);
}

int page_application_print(struct view *v)
{
    v->bare = true;
    return page_application(v);
}
