/*
 * ops_check - what the rules of the scheme say about an application; a rule waived as a whole; what
 * a test report says.
 *
 * application.check stores nothing: it is worked out anew each time, from the records, the settings
 * and the closures as they are.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/check.h"
#include "office/intake/answers.h"
#include "records/applications.h"
#include "records/documents.h"
#include "records/scheme_rows.h"
#include "scheme/ical.h"

#define CHECK_MEMORY ((size_t)256 << 20)

enum { REASON_MIN = 10, REASON_MAX = 2000 };

/* ---- application.check ----------------------------------------------------------------------- */

static void put_day(struct json *j, const char *key, int32_t day)
{
    char text[DATE_TEXT];
    json_put_text(j, key, day == DATE_NONE ? NULL : date_text(day, text));
}

static void put_validity(struct json *j, const struct scheme_validity *v)
{
    json_open(j, '{');
    json_put_text(j, "rule", v->rule);
    put_day(j, "valid_from", v->from);
    put_day(j, "valid_to", v->to);
    put_day(j, "lapsed_from", v->gap_from);
    put_day(j, "lapsed_to", v->gap_to);
    json_put_text(j, "text", v->text);
    json_put_text(j, "text_hi", v->text_hi);
    json_close(j, '}');
}

struct checked {
    struct scheme_results results;
    struct scheme_deadlines deadlines;
    struct scheme_validity validity;
};

static void put_all(struct json *j, int64_t application, int32_t today, const struct checked *k)
{
    json_open(j, '{');
    json_put_number(j, "application", application);
    put_day(j, "today", today);
    json_put_truth(j, "blocked", k->results.blocked);
    json_key(j, "rules");
    scheme_results_json(j, &k->results);
    json_key(j, "validity_if_issued_today");
    put_validity(j, &k->validity);
    json_key(j, "deadlines");
    scheme_deadlines_json(j, &k->deadlines);
    json_close(j, '}');
}

/* What the officers entered is theirs; a vendor reads the sentences. */
static void hide_facts(json_t *out)
{
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(out, "rules"), i, row)
    {
        (void)json_object_set_new(row, "facts", json_object());
    }
}

/* Where the scheme foresees a waiver, so that a page offers it there only. */
static void mark_waivable(json_t *out, const struct scheme_settings *settings)
{
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(out, "rules"), i, row)
    {
        const char *rule = json_string_value(json_object_get(row, "rule"));
        bool waivable = false;
        for (size_t n = 0; rule && n < settings->waivable.count; n++) {
            waivable = waivable || strcmp(settings->waivable.items[n], rule) == 0;
        }
        (void)json_object_set_new(row, "waivable", json_boolean(waivable));
    }
}

static int tell(struct op_call *c, int64_t application, int32_t today, const struct checked *k,
                const struct scheme_settings *settings)
{
    struct buffer b;
    struct json j = {.out = &b};
    buffer_init(&b, (size_t)64 << 20);
    put_all(&j, application, today, k);
    struct span text = buffer_span(&b);
    c->out = buffer_ok(&b) ? json_loadb((const char *)text.p, text.n, 0, NULL) : NULL;
    buffer_free(&b);
    mark_waivable(c->out, settings);
    if (c->out && office_is_vendor(c)) {
        hide_facts(c->out);
    }
    return c->out ? 0 : -1;
}

static int wrong_data(struct op_call *c, const char *why)
{
    (void)fprintf(stderr, "satyapan: %s\n", why);
    return op_fail(c, OP_INTERNAL, office_is_vendor(c) ? NULL : why, NULL);
}

static int check_with(struct op_call *c, struct arena *a, const json_t *application)
{
    char why[SCHEME_DATA_ERROR];
    struct scheme_data data;
    struct scheme_facts facts;
    struct scheme_input in;
    struct checked k;
    int rc = check_data(a, c->office, c->data, &data, why);
    if (rc) {
        return rc < 0 ? -1 : wrong_data(c, why);
    }
    rc = check_input(a, c->records, application, &data, c->now, &facts, &in);
    if (rc) {
        return op_records(c, rc);
    }
    if (scheme_check(a, &in, &k.results) < 0 || scheme_deadlines(a, &in, &k.deadlines) < 0 ||
        scheme_validity(a, &in, in.today, &k.validity) < 0) {
        return -1;
    }
    return tell(c, office_num(application, "id"), in.today, &k, &data.settings);
}

static int check(struct op_call *c, const json_t *application)
{
    struct arena *a = arena_new(CHECK_MEMORY);
    int rc = a ? check_with(c, a, application) : -1;
    arena_free(a);
    return rc;
}

static int run_check(struct op_call *c)
{
    return office_case(c, check);
}

/* ---- application.calendar -------------------------------------------------------------------- */

static int calendar_with(struct op_call *c, struct arena *a, const json_t *application)
{
    char why[SCHEME_DATA_ERROR];
    const char *title = office_str(application, "number"), *lang = op_text(c, "lang");
    struct scheme_data data;
    struct scheme_facts facts;
    struct scheme_input in;
    struct scheme_deadlines d;
    struct buffer b;
    int rc = check_data(a, c->office, c->data, &data, why);
    if (rc) {
        return rc < 0 ? -1 : wrong_data(c, why);
    }
    rc = check_input(a, c->records, application, &data, c->now, &facts, &in);
    if (rc) {
        return op_records(c, rc);
    }
    if (scheme_deadlines(a, &in, &d) < 0) {
        return -1;
    }
    buffer_init(&b, (size_t)1 << 22);
    scheme_ical(&b, &d, office_num(application, "id"),
                title ? title : office_str(application, "product"), c->now,
                lang && strcmp(lang, "hi") == 0);
    rc = buffer_ok(&b) ? answers_bytes(c, buffer_span(&b), "deadlines.ics", "text/calendar", false)
                       : -1;
    buffer_free(&b);
    return rc;
}

static int calendar(struct op_call *c, const json_t *application)
{
    struct arena *a = arena_new(CHECK_MEMORY);
    int rc = a ? calendar_with(c, a, application) : -1;
    arena_free(a);
    return rc;
}

static int run_calendar(struct op_call *c)
{
    return office_case(c, calendar);
}

/* ---- rule.waive ------------------------------------------------------------------------------ */

static size_t letters(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80 && *text != ' ' && *text != '\n';
    }
    return n;
}

/* The scheme foresees a waiver of this rule. 0; 1: a problem is set; -1. */
static int check_waivable(struct op_call *c, const char *rule)
{
    char why[SCHEME_DATA_ERROR];
    struct scheme_data data;
    int rc = check_data(c->arena, c->office, c->data, &data, why);
    if (rc) {
        return rc < 0 ? -1 : wrong_data(c, why) == 0 ? 1 : -1;
    }
    for (size_t i = 0; i < data.settings.waivable.count; i++) {
        if (strcmp(data.settings.waivable.items[i], rule) == 0) {
            return 0;
        }
    }
    return op_fail(c, OP_RULE, "The scheme foresees no waiver of this rule (setting \"waivable\").",
                   "योजना में इस नियम से छूट का प्रावधान नहीं है (सेटिंग \"waivable\")।") == 0
               ? 1
               : -1;
}

static int keep_waiver(struct op_call *c, const json_t *application, const char *rule)
{
    bool final = !c->office->four_eyes_waive;
    struct waiver_new w = {.application = office_num(application, "id"),
                           .person = c->actor->person,
                           .at = c->now,
                           .rule = rule,
                           .reason = op_text(c, "reason"),
                           .state = final ? "final" : "proposed"};
    int64_t id = waiver_add(c->records, &w);
    if (id < 0) {
        return op_records(c, id);
    }
    json_t *detail =
        json_pack("{s:I, s:s, s:s, s:s, s:s}", "decision_id", (json_int_t)id, "decision", "waive",
                  "rule", rule, "state", w.state, "reason", w.reason);
    return office_trace(c, "rule", id, application, final, detail) < 0
               ? -1
               : op_records(c, decision_get(c->records, id, &c->out));
}

static int waive(struct op_call *c, const json_t *application)
{
    const char *rule = op_text(c, "rule");
    if (c->actor->person == UTC_NONE) {
        return op_fail(c, OP_FORBIDDEN, "A decision needs an officer who is logged in.",
                       "निर्णय के लिए लॉगिन किया हुआ अधिकारी चाहिए।");
    }
    if (!scheme_rule_by_id(rule)) {
        return op_fail_field(c, "rule", "is no rule of the scheme", "योजना का नियम नहीं है");
    }
    if (letters(op_text(c, "reason")) < REASON_MIN) {
        return op_fail_field(c, "reason", "needs at least 10 letters",
                             "में कम से कम 10 अक्षर होने चाहिए");
    }
    int rc = check_waivable(c, rule);
    return rc ? (rc < 0 ? -1 : 0) : keep_waiver(c, application, rule);
}

static int run_waive(struct op_call *c)
{
    return office_case(c, waive);
}

/* ---- test reports ---------------------------------------------------------------------------- */

static int list_reports(struct op_call *c, const json_t *application)
{
    json_t *rows = NULL;
    int rc = report_list(c->records, office_num(application, "id"), &rows);
    if (rc) {
        return op_records(c, rc);
    }
    c->out = json_pack("{s:o}", "items", rows);
    return c->out ? 0 : -1;
}

static int run_reports(struct op_call *c)
{
    return office_case(c, list_reports);
}

/* Dates in the order of things. 0; 1: a problem is set; -1. */
static int check_report_dates(struct op_call *c)
{
    const char *first = op_text(c, "tests_started_on"), *last = op_text(c, "tests_ended_on");
    const char *issued = op_text(c, "issued_on");
    if (first && last && strcmp(last, first) < 0) {
        return op_fail_field(c, "tests_ended_on", "is before tests_started_on",
                             "tests_started_on से पहले है") < 0
                   ? -1
                   : 1;
    }
    if (last && issued && strcmp(issued, last) < 0) {
        return op_fail_field(c, "issued_on", "is before tests_ended_on", "tests_ended_on से पहले है") <
                       0
                   ? -1
                   : 1;
    }
    return 0;
}

static int put_report(struct op_call *c, const json_t *document, const json_t *application)
{
    struct report_row row = {.number = op_text(c, "number"),
                             .kind = op_text(c, "kind"),
                             .lab = op_int(c, "lab"),
                             .tests_started_on = op_text(c, "tests_started_on"),
                             .tests_ended_on = op_text(c, "tests_ended_on"),
                             .issued_on = op_text(c, "issued_on")};
    int64_t id = office_num(document, "id");
    int rc = report_put(c->records, id, &row);
    if (rc == RECORDS_NONE) {
        return op_fail_field(c, "lab", "is not known", "ज्ञात नहीं है");
    }
    if (rc) {
        return op_records(c, rc);
    }
    json_t *detail = json_deep_copy(c->in);
    return office_trace(c, "document", id, application, true, detail) < 0
               ? -1
               : list_reports(c, application);
}

static int run_set_report(struct op_call *c)
{
    json_t *document = NULL, *application = NULL;
    int rc = document_get(c->records, op_int(c, "document"), &document);
    if (rc) {
        return op_records(c, rc);
    }
    rc = office_application_by_id(c, office_num(document, "application"), &application);
    rc = rc ? rc : office_may(c, application);
    rc = rc ? rc : check_report_dates(c);
    rc = rc ? rc : put_report(c, document, application);
    json_decref(application);
    json_decref(document);
    return rc < 0 ? -1 : 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const char *const report_kinds[] = {"device", "audit", NULL};

static const struct op_param application_params[] = {PARAM_APPLICATION, PARAM_END};
static const char *const languages[] = {"en", "hi", NULL};
static const struct op_param calendar_params[] = {
    PARAM_APPLICATION,
    {"lang", OP_IN_QUERY, OP_WORD, false, 0, languages, "Language of the file", "फ़ाइल की भाषा"},
    PARAM_END};
static const struct op_param waive_params[] = {
    PARAM_APPLICATION,
    {"rule", OP_IN_BODY, OP_TEXT, true, 16, NULL, "Rule to waive, such as R-REG-1",
     "जिस नियम से छूट देनी है, जैसे R-REG-1"},
    {"reason", OP_IN_BODY, OP_LONG, true, REASON_MAX, NULL, "Reason, at least 10 letters",
     "कारण, कम से कम 10 अक्षर"},
    PARAM_END};
static const struct op_param report_params[] = {
    {"document", OP_IN_PATH, OP_ID, true, 0, NULL, "Document of the report", "रिपोर्ट का दस्तावेज़"},
    {"number", OP_IN_BODY, OP_TEXT, false, 100, NULL, "Number of the report", "रिपोर्ट की संख्या"},
    {"kind", OP_IN_BODY, OP_WORD, false, 0, report_kinds,
     "device: test of the device; audit: security audit of a system",
     "device: उपकरण का परीक्षण; audit: तंत्र का सुरक्षा ऑडिट"},
    {"lab", OP_IN_BODY, OP_ID, false, 0, NULL, "Laboratory or organisation that tested",
     "परीक्षण करने वाली प्रयोगशाला या संगठन"},
    {"tests_started_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "First day of testing",
     "परीक्षण का पहला दिन"},
    {"tests_ended_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "Last day of testing",
     "परीक्षण का अंतिम दिन"},
    {"issued_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "Date of the report", "रिपोर्ट की तिथि"},
    PARAM_END};

static const enum op_problem waive_problems[] = {OP_RULE, OP_STATE, OP_OK};
static const enum op_problem report_problems[] = {OP_STATE, OP_OK};

const struct op ops_check[] = {
    {"application.check", "GET", "/api/v1/applications/{application}/check",
     "What the rules of the scheme say about it, and its deadlines",
     "योजना के नियम इसके बारे में क्या कहते हैं, और इसकी समय सीमाएँ", ROLE_ANY, OP_READ, 0, "check",
     application_params, run_check, NULL},
    {"application.calendar", "GET", "/api/v1/applications/{application}/calendar",
     "Its deadlines as a calendar file (iCalendar)", "इसकी समय सीमाएँ कैलेंडर फ़ाइल (iCalendar) में",
     ROLE_ANY, OP_READ | OP_FILE, 0, NULL, calendar_params, run_calendar, NULL},
    {"rule.waive", "POST", "/api/v1/applications/{application}/waivers",
     "Waive a rule for this application, with a reason", "कारण सहित इस आवेदन के लिए किसी नियम से छूट दें",
     ROLE_INTAKE | ROLE_ASSESSOR, 0, 201, "decision", waive_params, run_waive, waive_problems},
    {"report.list", "GET", "/api/v1/applications/{application}/reports",
     "Its test reports and what was entered about them",
     "इसकी परीक्षण रिपोर्टें और उनके बारे में दर्ज विवरण", ROLE_ANY, OP_READ, 0, "reports",
     application_params, run_reports, NULL},
    {"report.set", "PUT", "/api/v1/documents/{document}/report",
     "Enter who tested and when, as a test report says",
     "परीक्षण रिपोर्ट के अनुसार दर्ज करें कि परीक्षण किसने और कब किया", ROLE_INTAKE | ROLE_ASSESSOR, 0, 0,
     "reports", report_params, run_set_report, report_problems},
    {.id = NULL}};
