/*
 * pages_certify - one certificate: prepared from its application, looked at by the officer who
 * signs, then in the register with its events and what can happen to it.
 */
#include <stdio.h>

#include "http/office/pages_all.h"
#include "http/office/pages_form.h"
#include "http/office/pages_table.h"

enum { CHANGES = 50 };

static bool is(const json_t *row, const char *name, const char *word)
{
    const char *text = get_text(row, name);
    return text && strcmp(text, word) == 0;
}

/* ---- what it says ---------------------------------------------------------------------------- */

static int put(json_t *o, const char *key, const json_t *value)
{
    return value ? json_object_set(o, key, (json_t *)(uintptr_t)value) : 0;
}

/* Texts as lines; of objects "first (second)". */
static int put_lines(struct view *v, json_t *o, const char *key, const json_t *list,
                     const char *first, const char *second)
{
    struct buffer b;
    buffer_init(&b, 1 << 16);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *text = first ? get_text(one, first) : json_string_value(one);
        const char *more = second ? get_text(one, second) : NULL;
        buffer_printf(&b, "%s%s%s%s%s", i ? "\n" : "", text ? text : "", more ? " (" : "",
                      more ? more : "", more ? ")" : "");
    }
    const char *whole = buffer_cstr(&b);
    int rc = whole ? json_object_set_new(o, key, json_string(whole)) : -1;
    buffer_free(&b);
    v->broken = v->broken || rc != 0;
    return rc;
}

/* The data of a certificate as columns the pages know. */
static json_t *flat(struct view *v, const json_t *d)
{
    static const char *const same[] = {"registration", "series",     "level",   "kind",
                                       "issued_on",    "valid_from", "valid_to"};
    const json_t *holder = json_object_get(d, "holder"), *product = json_object_get(d, "product");
    const json_t *lab = json_object_get(d, "lab"), *who = json_object_get(d, "signatory");
    const json_t *committee = json_object_get(d, "committee");
    bool hindi = v->lang == LANG_HI;
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        (void)put(o, same[i], json_object_get(d, same[i]));
    }
    (void)put(o, "holder", json_object_get(holder, "name"));
    (void)put(o, "holder_hi", json_object_get(holder, "name_hi"));
    (void)put(o, "address", json_object_get(holder, "address"));
    (void)put(o, "address_hi", json_object_get(holder, "address_hi"));
    (void)put(o, "product", json_object_get(product, "name"));
    (void)put(o, "product_hi", json_object_get(product, "name_hi"));
    (void)put(o, "lab_name", json_object_get(lab, "name"));
    (void)put(o, "assessor_name", json_object_get(d, "assessor"));
    (void)put(o, "meeting", json_object_get(committee, "meeting"));
    (void)put(o, "meeting_on", json_object_get(committee, "date"));
    (void)put(o, "previous_certificate", json_object_get(json_object_get(d, "previous"), "number"));
    (void)put(o, "signatory", json_object_get(who, "name"));
    (void)put(o, "designation", json_object_get(who, hindi ? "designation_hi" : "designation"));
    (void)put(o, "place", json_object_get(who, hindi ? "place_hi" : "place"));
    (void)put_lines(v, o, "standards", json_object_get(d, "standards"), NULL, NULL);
    (void)put_lines(v, o, "report_numbers", json_object_get(lab, "reports"), "number", "date");
    (void)put_lines(v, o, "limits", json_object_get(d, "conditions"), hindi ? "hi" : "en", NULL);
    return o;
}

static void models(struct view *v, const json_t *d)
{
    static const char *const columns[] = {"model", "hardware", "firmware", "firmware_sha256", NULL};
    static const char *const places[] = {"name", "address", NULL};
    const struct table t = {.caption = OW_MODELS, .empty = OW_MODELS_EMPTY, .columns = columns};
    const struct table p = {
        .caption = OW_LOCATIONS, .empty = OW_LOCATIONS_EMPTY, .columns = places};
    part_section(v, "models", OW_MODELS);
    table_rows(v, &t, json_object_get(d, "models"));
    part_section_end(v);
    part_section(v, "locations", OW_LOCATIONS);
    table_rows(v, &p, json_object_get(d, "locations"));
    part_section_end(v);
}

static void says(struct view *v, const json_t *d)
{
    static const char *const names[] = {
        "registration",   "holder",        "holder_hi",   "address",    "address_hi",
        "product",        "product_hi",    "series",      "level",      "kind",
        "issued_on",      "valid_from",    "valid_to",    "standards",  "lab_name",
        "report_numbers", "assessor_name", "meeting",     "meeting_on", "previous_certificate",
        "limits",         "signatory",     "designation", "place",      NULL};
    json_t *o = flat(v, d);
    part_section(v, "says", OW_CERT_SAYS);
    part_facts(v, o, names);
    part_section_end(v);
    json_decref(o);
    models(v, d);
}

/* ---- preparing ------------------------------------------------------------------------------- */

static void dates(struct view *v, const json_t *d)
{
    char from[TEXT_SIZE], to[TEXT_SIZE];
    bool hindi = v->lang == LANG_HI;
    if (get_has(d, "valid_from") && get_has(d, "valid_to")) {
        html_raw(&v->h, "<p>");
        view_fill(v, OW_CERT_DATES, text_date(get_text(d, "valid_from"), hindi, from),
                  text_date(get_text(d, "valid_to"), hindi, to));
        html_raw(&v->h, "</p>");
    }
}

/* A place in the request as the label of the field it comes from. */
static const char *field_of(const char *why, size_t *skip)
{
    static const struct {
        const char *path, *field;
    } rows[] = {{"holder.name_hi: ", "holder_hi"},
                {"holder.address_hi: ", "address_hi"},
                {"holder.address: ", "address"},
                {"product.name_hi: ", "product_hi"},
                {"standards: ", "standards"},
                {"lab.reports: ", "report_numbers"},
                {"lab.name: ", "lab_name"},
                {"assessor: ", "assessor_name"},
                {"models: ", "models"},
                {"locations: ", "locations"},
                {"previous.valid_from: ", "previous_valid_from"},
                {"signatory.name: ", "signatory"},
                {"signatory.name_hi: ", "signatory_hi"},
                {"signatory.designation: ", "designation"},
                {"signatory.designation_hi: ", "designation_hi"},
                {"signatory.place: ", "place"},
                {"signatory.place_hi: ", "place_hi"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strncmp(why, rows[i].path, strlen(rows[i].path)) == 0) {
            *skip = strlen(rows[i].path);
            return rows[i].field;
        }
    }
    return NULL;
}

static void why_not(struct view *v, const json_t *d)
{
    const char *why = view_text(v, get_text(d, "why"), get_text(d, "why_hi"));
    size_t skip = 0;
    const char *field = why ? field_of(why, &skip) : NULL;
    html_raw(&v->h, "<p>");
    if (field) {
        html_element(&v->h, "<strong>", field_label(v, field), "</strong>: ");
    }
    html_element(&v->h, "", why ? why + skip : NULL, "</p>");
}

/* Whether it could be signed today, and what stands in the way. */
static void readiness(struct view *v, const json_t *d, const json_t *rules)
{
    bool possible = get_true(d, "possible");
    size_t blocking = rules ? rules_blocking(rules) : 0;
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, possible ? TONE_GOOD : TONE_CARE);
    view_element(v, "\"><h2>", possible ? OW_CERT_READY : OW_CERT_NOT_READY, "</h2>");
    if (blocking) {
        view_element(v, "<p><strong>", OW_CERT_RULES_OPEN, "</strong></p>");
    } else if (get_has(d, "why")) {
        why_not(v, d);
    }
    if (possible) {
        dates(v, d);
    }
    html_raw(&v->h, "</section>");
    if (blocking) {
        rules_blocking_list(v, rules);
    }
}

static void prepare_form(struct view *v, const json_t *d, int64_t application)
{
    json_t *values = json_copy(json_object_get(d, "values"));
    if (!values || json_object_set_new(values, "application", json_integer(application)) != 0) {
        v->broken = true;
    }
    const json_t *request = json_object_get(d, "request");
    static const char *const none[] = {"previous_valid_from", NULL};
    static const char *const need[] = {"holder_hi",    "product_hi",  "standards",      "signatory",
                                       "signatory_hi", "designation", "designation_hi", "place",
                                       "place_hi",     NULL};
    const struct form f = {.op = "certificate.prepare",
                           .values = values,
                           .leave =
                               json_is_object(json_object_get(request, "previous")) ? NULL : none,
                           .need = need,
                           .next = "/office/requests/{id}",
                           .button = OW_CERT_PREPARE,
                           .will = OW_CERT_PREPARE_WILL,
                           .key = ""};
    form_show(v, &f);
    json_decref(values);
}

static void open_one(struct view *v, const json_t *d)
{
    const json_t *open = json_object_get(d, "open");
    if (!json_is_object(open)) {
        return;
    }
    html_raw(&v->h, "<div class=\"note\"><p>");
    part_value(v, open, "state");
    view_element(v, " ", OW_CERT_IS_OPEN, " <a href=\"/office/requests/");
    view_number(v, get_number(open, "id"));
    view_element(v, "\">", OW_CERT_SEE_REQUEST, "</a></p></div>");
}

int page_certify(struct view *v)
{
    int rc = 0;
    enum op_problem problem;
    const json_t *a = page_the_application(v, &rc);
    if (!a) {
        return rc;
    }
    json_int_t id = (json_int_t)get_number(a, "id");
    const json_t *d =
        view_read(v, "certificate.draft", json_pack("{s:I}", "application", id), &problem);
    if (!d) {
        return view_problem(v, problem, NULL);
    }
    const json_t *check =
        view_read(v, "application.check", json_pack("{s:I}", "application", id), NULL);
    view_begin(v, office_word(v->lang, OW_CERT_PREPARE), get_text(a, "product"));
    html_raw(&v->h, "<p>");
    page_application_link(v, id, "");
    view_element(v, "", OW_BACK_APPLICATION, "</a></p>");
    view_element(v, "<p class=\"lead\">", OW_CERT_PREPARE_LEAD, "</p>");
    open_one(v, d);
    readiness(v, d, check ? rules_rows(check) : NULL);
    if (is(a, "state", "recommended")) {
        prepare_form(v, d, id);
    }
    says(v, json_object_get(d, "request"));
    return view_end(v);
}

/* ---- what was prepared ----------------------------------------------------------------------- */

static void request_links(struct view *v, const json_t *r, bool open)
{
    html_raw(&v->h, "<p class=\"actions noprint\">");
    if (open) {
        html_raw(&v->h, "<a href=\"/api/v1/certificate-requests/");
        view_number(v, get_number(r, "id"));
        view_element(v, "/preview\" target=\"_blank\" rel=\"noopener\">", OW_CERT_PREVIEW, "</a>");
    }
    html_raw(&v->h, "<a href=\"/api/v1/certificate-requests/");
    view_number(v, get_number(r, "id"));
    view_element(v, "/content\" download>", OW_CERT_EXPORT, "</a>");
    if (open && get_has(r, "application") && view_may(v, "certificate.prepare")) {
        page_application_link(v, get_number(r, "application"), "/certificate");
        view_element(v, "", OW_CERT_AGAIN, "</a>");
    }
    html_raw(&v->h, "</p>");
}

/* Who has to do what next. */
static void request_next(struct view *v, const json_t *r)
{
    bool mine = get_number(r, "person") == v->actor->person;
    bool signer = view_may(v, "certificate.sign");
    enum office_word word = get_has(r, "signing") ? OW_CERT_SIGNING_NOW
                            : mine                ? OW_CERT_NOT_YOU
                            : signer              ? OW_CERT_FOR_YOU
                                                  : OW_CERT_FOR_SIGNER;
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, TONE_INFO);
    view_element(v, "\"><h2>", OW_NEXT, "</h2>");
    view_element(v, "<p>", word, "</p>");
    request_links(v, r, true);
    if (word == OW_CERT_FOR_YOU) {
        html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/office/sign?pick-");
        view_number(v, get_number(r, "id"));
        view_element(v, "=on\">", OW_CERT_SIGN_IT, "</a></p>");
    }
    html_raw(&v->h, "</section>");
}

static void request_forms(struct view *v, const json_t *r)
{
    static const char *const hidden[] = {"sha256", NULL};
    json_t *values = json_pack("{s:O, s:O}", "request", json_object_get(r, "id"), "sha256",
                               json_object_get(r, "sha256"));
    bool second = get_number(r, "person") != v->actor->person && is(r, "state", "prepared");
    const struct form approve = {.op = "certificate.approve",
                                 .values = values,
                                 .hidden = hidden,
                                 .button = OW_COUNT,
                                 .will = OW_CERT_APPROVE_WILL,
                                 .key = "approve-",
                                 .folded = true};
    const struct form discard = {.op = "certificate.discard",
                                 .values = values,
                                 .button = OW_COUNT,
                                 .will = OW_CERT_DISCARD_WILL,
                                 .key = "discard-",
                                 .danger = true,
                                 .folded = true};
    if (second) {
        form_show(v, &approve);
    }
    form_show(v, &discard);
    json_decref(values);
}

int page_request(struct view *v)
{
    static const char *const names[] = {"state",       "person_name", "at",
                                        "second_name", "second_at",   "reason",
                                        "certificate", "sha256",      NULL};
    enum op_problem problem;
    const json_t *r =
        view_read(v, "certificate.request",
                  json_pack("{s:I}", "request", (json_int_t)view_id(v, "request")), &problem);
    if (!r) {
        return view_problem(v, problem, NULL);
    }
    bool open = is(r, "state", "prepared") || is(r, "state", "approved");
    if (get_has(r, "number") &&
        json_object_set((json_t *)(uintptr_t)r, "certificate", json_object_get(r, "number")) != 0) {
        v->broken = true;
    }
    view_begin(v, get_text(r, "registration"), office_word(v->lang, OW_NAV_CERTIFICATES));
    view_element(v, "<p><a href=\"/office/certificates\">", OW_CERT_BACK, "</a></p>");
    if (open) {
        request_next(v, r);
    } else {
        request_links(v, r, false);
    }
    part_facts(v, r, names);
    if (open && !get_has(r, "signing")) {
        request_forms(v, r);
    }
    says(v, json_object_get(r, "request"));
    return view_end(v);
}

/* ---- changes --------------------------------------------------------------------------------- */

static enum office_word will_of(const json_t *change)
{
    return is(change, "event", "suspend")     ? OW_CERT_WILL_SUSPEND
           : is(change, "event", "reinstate") ? OW_CERT_WILL_REINSTATE
           : is(change, "event", "withdraw")  ? OW_CERT_WILL_WITHDRAW
                                              : OW_CERT_WILL_SUPERSEDE;
}

static void change_forms(struct view *v, const json_t *h)
{
    char key[2][32];
    bool mine = get_number(h, "person") == v->actor->person;
    (void)snprintf(key[0], sizeof key[0], "yes%lld-", (long long)get_number(h, "id"));
    (void)snprintf(key[1], sizeof key[1], "no%lld-", (long long)get_number(h, "id"));
    json_t *values = json_pack("{s:O}", "change", json_object_get(h, "id"));
    const struct form yes = {.op = "certificate.confirm",
                             .values = values,
                             .button = OW_COUNT,
                             .will = will_of(h),
                             .key = key[0],
                             .danger = !is(h, "event", "reinstate")};
    const struct form no = {.op = "certificate.reject",
                            .values = values,
                            .button = OW_COUNT,
                            .will = OW_CERT_REJECT_WILL,
                            .key = key[1],
                            .folded = true};
    if (mine) {
        view_element(v, "<p>", OW_CERT_CHANGE_YOURS, "</p>");
    } else {
        form_show(v, &yes);
    }
    form_show(v, &no);
    json_decref(values);
}

/* What is drawn anew has a page of its own (pages_amend.c). */
static void compare_link(struct view *v, const json_t *h)
{
    bool waits = is(h, "state", "waiting");
    html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/office/changes/");
    view_number(v, get_number(h, "id"));
    view_element(v, "\">", waits ? OW_CERT_COMPARE : OW_DIFF, "</a></p>");
}

void page_change(struct view *v, const json_t *h)
{
    html_raw(&v->h, "<div class=\"note\"><p><strong>");
    html_text(&v->h, vocab_text(v, get_text(h, "event")));
    html_raw(&v->h, "</strong> · <a href=\"/office/certificates/");
    view_number(v, get_number(h, "certificate"));
    html_element(&v->h, "\">", get_text(h, "number"), "</a> · ");
    html_text(&v->h, get_text(h, "holder"));
    html_raw(&v->h, "</p><p>");
    part_badge_word(v, get_text(h, "state"));
    html_element(&v->h, " ", vocab_text(v, get_text(h, "reason")), "");
    if (get_has(h, "successor")) {
        html_element(&v->h, " → ", get_text(h, "successor"), "");
    }
    html_raw(&v->h, "</p>");
    if (get_has(h, "remark")) {
        html_raw(&v->h, "<p class=\"lines\">");
        view_lines(v, get_text(h, "remark"));
        html_raw(&v->h, "</p>");
    }
    html_element(&v->h, "<p class=\"small\">", get_text(h, "person_name"), " · ");
    part_value(v, h, "at");
    if (get_has(h, "second_name")) {
        html_element(&v->h, " · ", get_text(h, "second_name"), " · ");
        part_value(v, h, "second_at");
    }
    html_raw(&v->h, "</p>");
    if (is(h, "event", "amend") || is(h, "event", "correct")) {
        compare_link(v, h);
    } else if (is(h, "state", "waiting")) {
        change_forms(v, h);
    }
    html_raw(&v->h, "</div>");
}

static void changes(struct view *v, int64_t certificate)
{
    size_t i;
    json_t *h;
    const json_t *items = json_object_get(
        view_list(v, "certificate.changes",
                  json_pack("{s:I}", "certificate", (json_int_t)certificate), CHANGES, NULL),
        "items");
    if (json_array_size(items) == 0) {
        return;
    }
    part_section(v, "changes", OW_CERT_CHANGES_ALL);
    json_array_foreach((json_t *)(uintptr_t)items, i, h)
    {
        page_change(v, h);
    }
    part_section_end(v);
}

/* ---- issued ---------------------------------------------------------------------------------- */

static void file_link(struct view *v, const char *before, const char *number, const char *rest,
                      enum office_word word)
{
    html_raw(&v->h, "<li><a href=\"");
    buffer_str(v->h.out, before);
    html_text(&v->h, number); /* letters, digits, / and -: issue_check */
    buffer_str(v->h.out, rest);
    view_element(v, "\">", word, "</a></li>");
}

static void files(struct view *v, const json_t *c)
{
    const char *number = get_text(c, "number");
    part_section(v, "files", OW_CERT_FILES);
    html_raw(&v->h, "<ul>");
    file_link(v, "/certificate/", number, "", OW_CERT_PUBLIC);
    file_link(v, "/certificate/", number, "?file=pdf", OW_CERT_PDF);
    file_link(v, "/api/v1/certificates/", number, "", OW_CERT_JSON);
    file_link(v, "/certificate/", number, "?file=xml", OW_CERT_XML);
    file_link(v, "/certificate/", number, "?file=proof", OW_CERT_PROOF);
    html_raw(&v->h, "</ul>");
    part_section_end(v);
}

static void events(struct view *v, const json_t *c)
{
    static const char *const columns[] = {"effective_on", "event", "status",
                                          "reason_code",  "entry", NULL};
    const struct table t = {
        .caption = OW_CERT_EVENTS, .empty = OW_CERT_ISSUED_EMPTY, .columns = columns};
    size_t i;
    json_t *row;
    const json_t *all = json_object_get(c, "events");
    json_array_foreach((json_t *)(uintptr_t)all, i, row)
    {
        v->broken |= json_object_set(row, "reason_code", json_object_get(row, "reason")) != 0;
    }
    part_section(v, "events", OW_CERT_EVENTS);
    table_rows(v, &t, all);
    part_section_end(v);
}

static void act(struct view *v, const json_t *c)
{
    json_t *values = json_pack("{s:O}", "certificate", json_object_get(c, "id"));
    const struct form f = {.op = "certificate.change",
                           .values = values,
                           .button = OW_COUNT,
                           .will = OW_CERT_CHANGE_WILL,
                           .key = "change-",
                           .folded = true};
    form_show(v, &f);
    json_decref(values);
    if (!view_may(v, "certificate.amend")) {
        return;
    }
    html_raw(&v->h, "<p class=\"actions noprint\"><a href=\"/office/certificates/");
    view_number(v, get_number(c, "id"));
    view_element(v, "/amend\">", OW_CERT_AMEND, "</a> <a href=\"/office/certificates/");
    view_number(v, get_number(c, "id"));
    view_element(v, "/correct\">", OW_CERT_CORRECT, "</a></p>");
}

static void state_band(struct view *v, const json_t *c)
{
    const char *status = get_text(c, "status");
    html_raw(&v->h, "<section class=\"next-step");
    part_tone_class(v, vocab_tone(status ? status : "UNKNOWN"));
    html_raw(&v->h, "\"><h2>");
    part_value(v, c, "status");
    html_raw(&v->h, "</h2>");
    html_element(&v->h, "<p>", get_text(c, "holder"), " · ");
    html_element(&v->h, "", get_text(c, "product"), "</p>");
    html_raw(&v->h, "</section>");
}

int page_certificate(struct view *v)
{
    static const char *const names[] = {"status_since", "successor", NULL};
    enum op_problem problem;
    int64_t id = view_id(v, "certificate");
    const json_t *c = view_read(v, "certificate.show",
                                json_pack("{s:I}", "certificate", (json_int_t)id), &problem);
    if (!c) {
        return view_problem(v, problem, NULL);
    }
    view_begin(v, get_text(c, "number"), office_word(v->lang, OW_NAV_CERTIFICATES));
    html_raw(&v->h, "<p><a href=\"/office/certificates\">");
    view_word(v, OW_CERT_BACK);
    html_raw(&v->h, "</a>");
    if (get_has(c, "application")) {
        html_raw(&v->h, " · ");
        page_application_link(v, get_number(c, "application"), "");
        view_element(v, "", OW_BACK_APPLICATION, "</a>");
    }
    html_raw(&v->h, "</p>");
    state_band(v, c);
    part_facts(v, c, names);
    files(v, c);
    act(v, c);
    changes(v, id);
    events(v, c);
    says(v, json_object_get(c, "data"));
    return view_end(v);
}
