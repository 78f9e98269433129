/*
 * ops_course - an application's way from submission to the committee's recommendation.
 *
 * Each operation is allowed in the states of state.c; what the scheme asks before a step is checked
 * here only where the step makes no sense without it (the rules themselves: scheme/).
 */
#include <inttypes.h>
#include <stdio.h>

#include "office/cases.h"
#include "office/office.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/documents.h"
#include "records/people.h"
#include "records/requests.h"

typedef int (*step)(struct op_call *c, const json_t *application);

/* A step that must not be done yet. */
static int not_yet(struct op_call *c, const char *en, const char *hi)
{
    return op_fail(c, OP_RULE, en, hi);
}

/* One date column, today where the parameter is absent. */
static int change_date(struct op_call *c, const json_t *application, const char *column,
                       const char *to, bool visible)
{
    char on[OFFICE_DATE];
    int rc = office_date(c, column, on);
    return rc ? rc : office_change(c, application, json_pack("{s:s}", column, on), to, visible);
}

/* ---- from draft to registered ---------------------------------------------------------------- */

static int has_part(struct op_call *c, enum part p, const json_t *application, bool *out)
{
    json_t *list;
    int rc = part_list(c->records, p, office_num(application, "id"), false, &list);
    *out = rc == 0 && json_array_size(list) > 0;
    json_decref(list);
    return rc < 0 ? -1 : 0;
}

static int submit(struct op_call *c, const json_t *application)
{
    char on[OFFICE_DATE];
    bool models, locations;
    if (has_part(c, PART_MODEL, application, &models) < 0 ||
        has_part(c, PART_LOCATION, application, &locations) < 0) {
        return -1;
    }
    if (!models || !locations) {
        return not_yet(c, "Enter at least one model and one manufacturing location first.",
                       "पहले कम से कम एक मॉडल और एक निर्माण स्थान दर्ज करें।");
    }
    return office_change(c, application, json_pack("{s:s}", "submitted_on", office_today(c, on)),
                         "submitted", true);
}

static int give_back(struct op_call *c, const json_t *application)
{
    return office_change(c, application, json_pack("{s:n, s:n}", "submitted_on", "complete_on"),
                         "draft", true);
}

/* The clocks that begin with a complete submission begin here. */
static int confirm_complete(struct op_call *c, const json_t *application)
{
    const char *submitted = office_str(application, "submitted_on");
    const char *given = op_text(c, "complete_on");
    if (given && submitted && strcmp(given, submitted) < 0) {
        return op_fail_field(c, "complete_on", "is before it was submitted",
                             "जमा होने से पहले की तिथि है");
    }
    return change_date(c, application, "complete_on", NULL, true);
}

/* R-FEE-1: a registration fee is recorded as received in full. */
static int fee_received(struct op_call *c, const json_t *application, bool *out)
{
    json_t *list, *p;
    size_t i;
    int rc = part_list(c->records, PART_PAYMENT, office_num(application, "id"), false, &list);
    *out = false;
    json_array_foreach(list, i, p)
    {
        int64_t due = office_num(p, "amount_paise") + office_num(p, "gst_paise");
        int64_t paid = office_num(p, "paid_paise");
        *out |= strcmp(office_str(p, "kind"), "registration") == 0 && office_str(p, "paid_on") &&
                paid != UTC_NONE && paid >= due;
    }
    json_decref(list);
    return rc < 0 ? -1 : 0;
}

/* The format with its words filled in, "{number}" as number says (NULL: as it is). */
static const char *fill_format(struct op_call *c, const json_t *application, const char *number)
{
    char today[OFFICE_DATE], text[256] = "";
    const struct {
        struct span word;
        const char *value;
    } words[] = {{SPAN_LIT("{prefix}"), c->office->number_prefix},
                 {SPAN_LIT("{series}"), office_str(application, "series")},
                 {SPAN_LIT("{year}"), office_today(c, today)},
                 {SPAN_LIT("{number}"), number}};
    today[4] = 0;
    struct span rest = span_str(c->office->number_format);
    size_t n = 0;
    while (rest.n && n < sizeof text - 1) {
        size_t w = 0;
        while (w < 4 && !(span_starts(rest, words[w].word) && words[w].value)) {
            w++;
        }
        if (w < 4) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", words[w].value);
        } else {
            text[n++] = (char)rest.p[0];
        }
        rest = span_sub(rest, w < 4 ? words[w].word.n : 1, rest.n);
    }
    text[n < sizeof text ? n : sizeof text - 1] = 0;
    return arena_str(c->arena, span_str(text));
}

static int next_number(struct op_call *c, const json_t *application, const char **out)
{
    char number[32];
    const char *series = fill_format(c, application, NULL);
    int64_t n = series ? number_next(c->records, series) : RECORDS_FAILED;
    (void)snprintf(number, sizeof number, "%04" PRId64, n);
    *out = n < 0 ? NULL : fill_format(c, application, number);
    return *out ? 0 : -1;
}

static bool pays_fee(const json_t *application)
{
    const char *kind = office_str(application, "kind");
    return strcmp(kind, "fresh") == 0 || strcmp(kind, "recertification") == 0;
}

/* Who registers it has it from now on. */
static int register_it(struct op_call *c, const json_t *application)
{
    char on[OFFICE_DATE];
    const char *number;
    bool paid = true;
    if (pays_fee(application) && fee_received(c, application, &paid) < 0) {
        return -1;
    }
    if (!paid) {
        return not_yet(c, "R-FEE-1: the registration fee is not recorded as received in full.",
                       "R-FEE-1: पंजीकरण शुल्क की पूरी प्राप्ति दर्ज नहीं है।");
    }
    if (next_number(c, application, &number) < 0) {
        return -1;
    }
    json_t *values =
        json_pack("{s:s, s:s}", "number", number, "registered_on", office_today(c, on));
    if (values && c->actor->person != UTC_NONE && office_num(application, "owner") == UTC_NONE &&
        json_object_set_new(values, "owner", json_integer(c->actor->person)) != 0) {
        json_decref(values);
        return -1;
    }
    /* Now there is a number to be looked for in the documents (R-REG-2). */
    if (version_read_again(c->records, office_num(application, "id"), c->now) < 0) {
        json_decref(values);
        return -1;
    }
    return office_change(c, application, values, "registered", true);
}

/* An officer who is there and has that role. 0, 1: a problem is set, -1. */
static int check_officer(struct op_call *c, const char *field, int64_t id, unsigned role)
{
    struct person p;
    int rc = person_find(c->records, id, &p);
    if (rc == RECORDS_FAILED) {
        return -1;
    }
    if (rc < 0 || p.disabled_at != UTC_NONE || p.firm != UTC_NONE || !(p.roles & role)) {
        return op_fail_field(c, field, "is no officer with that role",
                             "उस भूमिका वाला कोई अधिकारी नहीं है") < 0
                   ? -1
                   : 1;
    }
    return 0;
}

static int assign(struct op_call *c, const json_t *application)
{
    int64_t owner = op_int(c, "owner");
    int rc = owner == UTC_NONE ? 0 : check_officer(c, "owner", owner, ROLE_INTAKE | ROLE_ADMIN);
    json_t *value = owner == UTC_NONE ? json_null() : json_integer(owner);
    return rc ? rc : office_change(c, application, json_pack("{s:o}", "owner", value), NULL, false);
}

/* ---- laboratory ------------------------------------------------------------------------------ */

/* R-LAB-1. 0, 1: a problem is set, -1. */
static int check_lab(struct op_call *c, int64_t lab, const char *on)
{
    json_t *row;
    int rc = lab_get(c->records, lab, &row);
    if (rc < 0) {
        return rc == RECORDS_FAILED                                                         ? -1
               : op_fail_field(c, "lab", "is no laboratory", "ऐसी कोई प्रयोगशाला नहीं है") < 0 ? -1
                                                                                            : 1;
    }
    bool audits = strcmp(office_str(row, "kind"), "cert-in-empanelled") == 0;
    json_decref(row);
    rc = lab_empanelled(c->records, lab, on);
    if (rc < 0) {
        return -1;
    }
    if (audits || rc == 0) {
        (void)not_yet(c,
                      "R-LAB-1: it is no laboratory of STQC, nor empanelled by STQC on that day.",
                      "R-LAB-1: यह न STQC की प्रयोगशाला है, न उस दिन STQC द्वारा सूचीबद्ध थी।");
        return 1;
    }
    return 0;
}

static int allot_lab(struct op_call *c, const json_t *application)
{
    char on[OFFICE_DATE];
    int64_t lab = op_int(c, "lab");
    int rc = office_date(c, "allotted_on", on);
    rc = rc ? rc : check_lab(c, lab, on);
    if (rc) {
        return rc;
    }
    json_t *values = json_pack("{s:I, s:s}", "lab", (json_int_t)lab, "allotted_on", on);
    if (lab != office_num(application, "lab")) { /* what was agreed with another one is void */
        rc = json_object_set_new(values, "quotation_on", json_null()) |
             json_object_set_new(values, "work_order_on", json_null()) |
             json_object_set_new(values, "agreement_on", json_null());
    }
    return rc ? -1 : office_change(c, application, values, NULL, true);
}

static int record_agreement(struct op_call *c, const json_t *application)
{
    static const char *const dates[] = {"quotation_on", "work_order_on", "agreement_on", NULL};
    char on[OFFICE_DATE];
    json_t *values;
    int rc = 0;
    if (office_num(application, "lab") == UTC_NONE) {
        return not_yet(c, "Allot a laboratory first.", "पहले प्रयोगशाला आवंटित करें।");
    }
    for (size_t i = 0; dates[i] && rc == 0; i++) {
        rc = op_text(c, dates[i]) ? office_date(c, dates[i], on) : 0;
    }
    rc = rc ? rc : office_values(c, dates, &values);
    if (rc) {
        return rc;
    }
    if (json_object_size(values) == 0) {
        json_decref(values);
        return op_fail_field(c, "agreement_on", "or another date is required",
                             "या कोई अन्य तिथि आवश्यक है");
    }
    return office_change(c, application, values, NULL, true);
}

static int begin_testing(struct op_call *c, const json_t *application)
{
    if (office_num(application, "lab") == UTC_NONE || !office_str(application, "agreement_on")) {
        return not_yet(c, "Allot a laboratory and record the agreement with it first.",
                       "पहले प्रयोगशाला आवंटित करें और उसके साथ करार दर्ज करें।");
    }
    return office_change(c, application, json_object(), "testing", true);
}

/* ---- assessor and committee ------------------------------------------------------------------ */

static int appoint_assessor(struct op_call *c, const json_t *application)
{
    char on[OFFICE_DATE];
    int64_t id = op_int(c, "assessor");
    int rc = office_date(c, "appointed_on", on);
    rc = rc ? rc : check_officer(c, "assessor", id, ROLE_ASSESSOR);
    return rc ? rc
              : office_change(c, application,
                              json_pack("{s:I, s:s, s:i}", "assessor", (json_int_t)id,
                                        "appointed_on", on, "assessor_conflict",
                                        op_truth(c, "conflict") ? 1 : 0),
                              NULL, false);
}

/* The one who was appointed, or the operator. */
static bool is_assessor(const struct op_call *c, const json_t *application)
{
    return c->actor->person == UTC_NONE || c->actor->roles & ROLE_ADMIN ||
           c->actor->person == office_num(application, "assessor");
}

static int need_assessor(struct op_call *c, const json_t *application)
{
    if (office_num(application, "assessor") == UTC_NONE) {
        (void)not_yet(c, "R-ASS-1: appoint an assessor first.", "R-ASS-1: पहले मूल्यांकक नियुक्त करें।");
        return 1;
    }
    if (!is_assessor(c, application)) {
        (void)op_fail(c, OP_FORBIDDEN, "Another assessor is appointed for this application.",
                      "इस आवेदन के लिए दूसरा मूल्यांकक नियुक्त है।");
        return 1;
    }
    return 0;
}

static int begin_assessment(struct op_call *c, const json_t *application)
{
    int rc = need_assessor(c, application);
    return rc ? rc : office_change(c, application, json_object(), "assessment", true);
}

static int present(struct op_call *c, const json_t *application)
{
    int rc = need_assessor(c, application);
    return rc ? rc : change_date(c, application, "presented_on", "committee", true);
}

/* Deferred: it stays before the committee, which decides again. */
static int decide(struct op_call *c, const json_t *application)
{
    static const char *const columns[] = {"meeting", "recommendation", "conditions", NULL};
    char on[OFFICE_DATE];
    json_t *values;
    const char *what = op_text(c, "recommendation");
    const char *to = strcmp(what, "deferred") == 0 ? NULL : what;
    const char *presented = office_str(application, "presented_on");
    int rc = office_date(c, "meeting_on", on);
    if (rc) {
        return rc;
    }
    if (presented && strcmp(on, presented) < 0) {
        return op_fail_field(c, "meeting_on", "is before it was presented",
                             "प्रस्तुति से पहले की तिथि है");
    }
    if (strcmp(what, "recommended") != 0 && !op_text(c, "reason")) {
        return op_fail_field(c, "reason", "is required where the committee does not recommend it",
                             "आवश्यक है, जब समिति अनुशंसा नहीं करती");
    }
    rc = office_values(c, columns, &values);
    if (rc == 0) {
        /* Those of an earlier decision do not stay. */
        rc = json_object_set_new(values, "meeting_on", json_string(on));
        rc |= op_text(c, "conditions") ? 0 : json_object_set_new(values, "conditions", json_null());
        rc |= json_object_set_new(values, "conditions_closed_on", json_null());
    }
    return rc ? rc : office_change(c, application, values, to, true);
}

static int close_conditions(struct op_call *c, const json_t *application)
{
    if (!office_str(application, "conditions")) {
        return not_yet(c, "The committee set no conditions.", "समिति ने कोई शर्त नहीं रखी है।");
    }
    return change_date(c, application, "conditions_closed_on", NULL, true);
}

/* ---- ends, changes --------------------------------------------------------------------------- */

/* The reason is in the trail, which the vendor sees. */
static int withdraw(struct op_call *c, const json_t *application)
{
    return office_change(c, application, json_object(), "withdrawn", true);
}

static int not_consider(struct op_call *c, const json_t *application)
{
    return office_change(c, application, json_object(), "not-considered", true);
}

/* What a step recorded that is taken back with it. */
static json_t *undone_values(const char *state)
{
    if (strcmp(state, "committee") == 0) {
        return json_pack("{s:n}", "presented_on");
    }
    if (strstr(state, "recommended")) {
        return json_pack("{s:n, s:n, s:n, s:n, s:n}", "meeting", "meeting_on", "recommendation",
                         "conditions", "conditions_closed_on");
    }
    return json_object();
}

/* The state before the step that led here, from the newest row of the trail that says so; steps
 * that were taken back lead nowhere. 0, RECORDS_NONE or a failure. */
static int state_before(struct op_call *c, const json_t *application, const char **out)
{
    enum { ROWS = 200 };
    const char *state = office_str(application, "state");
    int64_t before = UTC_NONE;
    size_t n = ROWS, i;
    *out = NULL;
    while (n == ROWS && !*out) {
        json_t *rows, *row;
        int rc = audit_list(c->records, office_num(application, "id"), false, before, ROWS, &rows);
        if (rc) {
            return rc;
        }
        n = json_array_size(rows);
        json_array_foreach(rows, i, row)
        {
            const json_t *detail = json_object_get(row, "detail");
            const char *from = office_str(detail, "from"), *to = office_str(detail, "to");
            bool led = from && to && strcmp(to, state) == 0 &&
                       strcmp(office_str(row, "action"), "application.undo") != 0;
            *out = led && !*out ? arena_str(c->arena, span_str(from)) : *out;
            before = office_num(row, "seq");
        }
        json_decref(rows);
    }
    return *out ? 0 : RECORDS_NONE;
}

/* A step that was a mistake. What was recorded stays in the trail; a certificate that is prepared
 * rests on the recommendation. */
static int undo(struct op_call *c, const json_t *application)
{
    const char *state = office_str(application, "state"),
               *number = office_str(application, "number");
    const char *before;
    json_t *open = NULL;
    int rc = number && strcmp(state, "recommended") == 0 ? request_open(c->records, number, &open)
                                                         : RECORDS_NONE;
    json_decref(open);
    if (rc == 0) {
        return op_fail(c, OP_STATE, "A certificate is prepared for it: discard that first.",
                       "इसके लिए प्रमाणपत्र तैयार है: पहले उसे हटाएँ।");
    }
    rc = rc == RECORDS_NONE ? state_before(c, application, &before) : rc;
    if (rc == RECORDS_NONE) {
        return op_fail(c, OP_STATE, "The trail does not say from which state it came.",
                       "अभिलेख से ज्ञात नहीं कि यह किस स्थिति से आया।");
    }
    return rc ? -1 : office_change(c, application, undone_values(state), before, true);
}

static bool is_change(const json_t *application)
{
    return strstr(office_str(application, "kind"), "-change") != NULL;
}

static int no_change(struct op_call *c)
{
    return not_yet(c, "This application is not about a change.",
                   "यह आवेदन किसी बदलाव के बारे में नहीं है।");
}

static int analyse_change(struct op_call *c, const json_t *application)
{
    static const char *const columns[] = {"change_about", "change_on", NULL};
    json_t *values;
    if (!is_change(application)) {
        return no_change(c);
    }
    int rc = office_values(c, columns, &values);
    if (rc == 0) {
        rc = json_object_set_new(values, "change_vendor", json_string(op_text(c, "size")));
    }
    return rc ? rc : office_change(c, application, values, NULL, true);
}

/* R-CHG-2: the body's word counts; the kind follows it. */
static int decide_change(struct op_call *c, const json_t *application)
{
    const char *size = op_text(c, "size");
    const char *kind = strcmp(size, "major") == 0 ? "major-change" : "minor-change";
    return is_change(application)
               ? office_change(c, application,
                               json_pack("{s:s, s:s}", "change_body", size, "kind", kind), NULL,
                               true)
               : no_change(c);
}

/* ---- notes ----------------------------------------------------------------------------------- */

static int add_note(struct op_call *c, const json_t *application)
{
    bool shared = office_is_vendor(c) || op_truth(c, "for_vendor");
    if (c->actor->person == UTC_NONE) {
        return op_fail(c, OP_FORBIDDEN, "A note needs a person who wrote it.",
                       "टिप्पणी के लिए उसे लिखने वाला व्यक्ति होना चाहिए।");
    }
    json_t *values = json_pack("{s:I, s:I, s:i, s:s, s:I}", "application",
                               (json_int_t)office_num(application, "id"), "person",
                               (json_int_t)c->actor->person, "for_vendor", shared ? 1 : 0, "text",
                               op_text(c, "text"), "created_at", (json_int_t)c->now);
    int64_t id = values ? part_add(c->records, PART_NOTE, values) : RECORDS_FAILED;
    json_decref(values);
    if (id < 0) {
        return op_records(c, id);
    }
    json_t *detail = json_pack("{s:b}", "for_vendor", shared);
    if (office_trace(c, "note", id, application, shared, detail) < 0) {
        return -1;
    }
    return op_records(c,
                      part_get(c->records, PART_NOTE, office_num(application, "id"), id, &c->out));
}

static int list_notes(struct op_call *c, const json_t *application)
{
    json_t *items;
    int rc = part_list(c->records, PART_NOTE, office_num(application, "id"), office_is_vendor(c),
                       &items);
    c->out = rc < 0 ? NULL : json_pack("{s:o, s:n}", "items", items, "next");
    return c->out ? 0 : -1;
}

/* ---- the table ------------------------------------------------------------------------------- */

#define RUN(name)                                                                                  \
    static int run_##name(struct op_call *c)                                                       \
    {                                                                                              \
        return office_case(c, name);                                                               \
    }
RUN(submit)
RUN(give_back)
RUN(confirm_complete)
RUN(register_it)
RUN(assign)
RUN(allot_lab)
RUN(record_agreement)
RUN(begin_testing)
RUN(appoint_assessor)
RUN(begin_assessment)
RUN(present)
RUN(decide)
RUN(close_conditions)
RUN(withdraw)
RUN(not_consider)
RUN(undo)
RUN(analyse_change)
RUN(decide_change)
RUN(add_note)
RUN(list_notes)

#define OFFICERS (ROLE_INTAKE | ROLE_ADMIN)
#define CASE     "/api/v1/applications/{application}"
#define PARAMS(...)                                                                                \
    (const struct op_param[])                                                                      \
    {                                                                                              \
        PARAM_APPLICATION, __VA_ARGS__, PARAM_END                                                  \
    }
#define DATE(name, needed, en, hi)                                                                 \
    {                                                                                              \
        name, OP_IN_BODY, OP_DATE, needed, 0, NULL, en, hi                                         \
    }
#define REASON                                                                                     \
    {                                                                                              \
        "reason", OP_IN_BODY, OP_LONG, true, 2000, NULL, "reason", "कारण"                  \
    }

static const char *const sizes[] = {"minor", "major", NULL};
static const char *const recommendations[] = {"recommended", "not-recommended", "deferred", NULL};
static const enum op_problem problems[] = {OP_STATE, OP_CONFLICT, OP_RULE, OP_OK};
static const enum op_problem no_rule[] = {OP_STATE, OP_CONFLICT, OP_OK};

const struct op ops_course[] = {
    {"application.submit", "POST", CASE "/submit", "Submit an application", "आवेदन जमा करें",
     OFFICERS | ROLE_VENDOR, 0, 0, "application", PARAMS(PARAM_VERSION), run_submit, problems},
    {"application.return", "POST", CASE "/return", "Return it to the vendor for correction",
     "सुधार के लिए विक्रेता को लौटाएँ", OFFICERS, 0, 0, "application", PARAMS(REASON, PARAM_VERSION),
     run_give_back, no_rule},
    {"application.confirm-complete", "POST", CASE "/confirm-complete",
     "The submission was found complete", "आवेदन पूर्ण पाया गया", OFFICERS, 0, 0, "application",
     PARAMS(DATE("complete_on", false, "day; today without it", "दिन; न देने पर आज"), PARAM_VERSION),
     run_confirm_complete, no_rule},
    {"application.register", "POST", CASE "/register", "Register it and give it its number",
     "पंजीकृत करें और पंजीकरण संख्या दें", OFFICERS, 0, 0, "application", PARAMS(PARAM_VERSION),
     run_register_it, problems},
    {"application.assign", "POST", CASE "/assign", "Say which officer has it",
     "बताएँ कि यह किस अधिकारी के पास है", OFFICERS, 0, 0, "application",
     PARAMS({"owner", OP_IN_BODY, OP_ID, false, 0, NULL, "officer: id of the person; empty: nobody",
             "अधिकारी: व्यक्ति की आईडी; रिक्त: कोई नहीं"},
            PARAM_VERSION),
     run_assign, no_rule},
    {"application.allot-lab", "POST", CASE "/allot-lab", "Allot a testing laboratory",
     "परीक्षण प्रयोगशाला आवंटित करें", OFFICERS, 0, 0, "application",
     PARAMS({"lab", OP_IN_BODY, OP_ID, true, 0, NULL, "laboratory", "प्रयोगशाला"},
            DATE("allotted_on", false, "day of allotment; today without it",
                 "आवंटन का दिन; न देने पर आज"),
            PARAM_VERSION),
     run_allot_lab, problems},
    {"application.record-agreement", "POST", CASE "/record-agreement",
     "Record quotation, work order and agreement with the laboratory",
     "प्रयोगशाला का कोटेशन, कार्य आदेश और करार दर्ज करें", OFFICERS, 0, 0, "application",
     PARAMS(DATE("quotation_on", false, "day of the quotation", "कोटेशन का दिन"),
            DATE("work_order_on", false, "day of the work order", "कार्य आदेश का दिन"),
            DATE("agreement_on", false, "day of the agreement", "करार का दिन"), PARAM_VERSION),
     run_record_agreement, problems},
    {"application.begin-testing", "POST", CASE "/begin-testing", "Testing begins", "परीक्षण आरंभ",
     OFFICERS, 0, 0, "application", PARAMS(PARAM_VERSION), run_begin_testing, problems},
    {"application.appoint-assessor", "POST", CASE "/appoint-assessor", "Appoint the assessor",
     "मूल्यांकक नियुक्त करें", OFFICERS, 0, 0, "application",
     PARAMS({"assessor", OP_IN_BODY, OP_ID, true, 0, NULL, "assessor: id of the person",
             "मूल्यांकक: व्यक्ति की आईडी"},
            DATE("appointed_on", false, "day of appointment; today without it",
                 "नियुक्ति का दिन; न देने पर आज"),
            {"conflict", OP_IN_BODY, OP_TRUTH, false, 0, NULL,
             "a possible conflict of interest is noted", "संभावित हित-टकराव दर्ज है"},
            PARAM_VERSION),
     run_appoint_assessor, no_rule},
    {"application.begin-assessment", "POST", CASE "/begin-assessment",
     "The test reports are in; the assessment begins", "परीक्षण रिपोर्टें आ गईं; मूल्यांकन आरंभ",
     OFFICERS | ROLE_ASSESSOR, 0, 0, "application", PARAMS(PARAM_VERSION), run_begin_assessment,
     (const enum op_problem[]){OP_STATE, OP_CONFLICT, OP_RULE, OP_OK}},
    {"application.present", "POST", CASE "/present", "Present it to the committee",
     "समिति के समक्ष प्रस्तुत करें", ROLE_ASSESSOR | ROLE_ADMIN, 0, 0, "application",
     PARAMS(DATE("presented_on", false, "day of presentation; today without it",
                 "प्रस्तुति का दिन; न देने पर आज"),
            PARAM_VERSION),
     run_present, problems},
    {"application.decide", "POST", CASE "/decide", "Record the committee's decision",
     "समिति का निर्णय दर्ज करें", ROLE_COMMITTEE, OP_FRESH, 0, "application",
     PARAMS(
         {"recommendation", OP_IN_BODY, OP_WORD, true, 0, recommendations, "decision", "निर्णय"},
         {"meeting", OP_IN_BODY, OP_TEXT, true, 60, NULL, "number of the meeting", "बैठक की संख्या"},
         DATE("meeting_on", false, "day of the meeting; today without it",
              "बैठक का दिन; न देने पर आज"),
         {"conditions", OP_IN_BODY, OP_LONG, false, 4000, NULL,
          "conditions to be closed before the certificate is issued",
          "प्रमाणपत्र जारी होने से पहले पूरी की जाने वाली शर्तें"},
         {"reason", OP_IN_BODY, OP_LONG, false, 2000, NULL,
          "reason; must be there where it is deferred or not recommended",
          "कारण; स्थगित या अनुशंसा न होने पर आवश्यक"},
         PARAM_VERSION),
     run_decide, no_rule},
    {"application.close-conditions", "POST", CASE "/close-conditions",
     "The committee's conditions are met", "समिति की शर्तें पूरी हुईं", ROLE_COMMITTEE | ROLE_ADMIN, 0, 0,
     "application",
     PARAMS(DATE("conditions_closed_on", false, "day; today without it", "दिन; न देने पर आज"),
            PARAM_VERSION),
     run_close_conditions, problems},
    {"application.withdraw", "POST", CASE "/withdraw", "Withdraw an application", "आवेदन वापस लें",
     OFFICERS | ROLE_VENDOR, 0, 0, "application", PARAMS(REASON, PARAM_VERSION), run_withdraw,
     no_rule},
    {"application.not-consider", "POST", CASE "/not-consider",
     "Close it as not considered, for a rule that failed", "नियम विफल होने से विचार न करके बंद करें",
     OFFICERS, 0, 0, "application", PARAMS(REASON, PARAM_VERSION), run_not_consider, no_rule},
    {"application.undo", "POST", CASE "/undo", "Take back the last step", "अंतिम चरण वापस लें",
     OFFICERS, OP_FRESH, 0, "application", PARAMS(REASON, PARAM_VERSION), run_undo, no_rule},
    {"application.analyse-change", "POST", CASE "/analyse-change",
     "Record the vendor's analysis of a change", "बदलाव का विक्रेता द्वारा विश्लेषण दर्ज करें",
     OFFICERS | ROLE_VENDOR, 0, 0, "application",
     PARAMS(
         {"size", OP_IN_BODY, OP_WORD, true, 0, sizes, "minor or major", "लघु या प्रमुख"},
         {"change_about", OP_IN_BODY, OP_LONG, false, 4000, NULL, "what has changed", "क्या बदला है"},
         DATE("change_on", false, "when it changed", "बदलाव कब हुआ"), PARAM_VERSION),
     run_analyse_change, problems},
    {"application.decide-change", "POST", CASE "/decide-change",
     "Decide whether a change is minor or major", "तय करें कि बदलाव लघु है या प्रमुख", OFFICERS, 0, 0,
     "application",
     PARAMS({"size", OP_IN_BODY, OP_WORD, true, 0, sizes, "minor or major", "लघु या प्रमुख"}, REASON,
            PARAM_VERSION),
     run_decide_change, problems},
    {"note.add", "POST", CASE "/notes", "Add a note", "टिप्पणी जोड़ें", ROLE_ANY, 0, 201, "note",
     PARAMS({"text", OP_IN_BODY, OP_LONG, true, 4000, NULL, "text", "पाठ"},
            {"for_vendor", OP_IN_BODY, OP_TRUTH, false, 0, NULL, "the vendor may read it",
             "विक्रेता इसे पढ़ सकता है"}),
     run_add_note, NULL},
    {"note.list", "GET", CASE "/notes", "List notes", "टिप्पणियों की सूची", ROLE_ANY,
     OP_READ | OP_PAGED, 0, "note", (const struct op_param[]){PARAM_APPLICATION, PARAM_END},
     run_list_notes, NULL},
    {0},
};
