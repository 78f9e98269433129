/*
 * ops_devices - units under test: registered for an application, how they are reached, what their
 * vendor declared, which keys they showed and who else has them.
 *
 * Runs of the bench are in ops_scans.c.
 */
#include "office/bench/bench.h"
#include "office/bench/report.h"
#include "office/bench/targets.h"
#include "office/cases.h"
#include "office/intake/answers.h"
#include "office/office.h"
#include "records/applications.h"
#include "records/devices.h"
#include "records/scans.h"

enum {
    LINES_MAX = 4000,
    DECLARED_MAX = 10000,
    ROLE_BENCH = ROLE_INTAKE | ROLE_ASSESSOR | ROLE_ADMIN
};

static int trace(struct op_call *c, int64_t id, int64_t application, json_t *detail)
{
    char subject[ANSWERS_SUBJECT];
    return op_audit(c, answers_subject("device", id, subject), application, false, detail);
}

/* ---- what people write ----------------------------------------------------------------------- */

/* The addresses of the parameter "targets", written anew (NULL: not given). 0; 1: a problem; -1. */
static int read_targets(struct op_call *c, const char **out)
{
    struct bench_targets t;
    struct bench_why why;
    struct bench_reach *r = arena_array(c->arena, 1, sizeof *r);
    const char *text = op_text(c, "targets");
    const struct bench_why *refused = NULL;
    *out = op_given(c, "targets") ? "" : NULL;
    if (!text) {
        return 0;
    }
    int rc = bench_targets_read(c->arena, text, &t, &why);
    if (rc > 0) {
        return op_fail_field(c, "targets", why.en, why.hi) == 0 ? 1 : -1;
    }
    rc = rc || !r ? -1 : bench_reach_read(c->office ? c->office->scan_networks : "", r);
    if (rc != 0) {
        return rc > 0 && op_fail_field(c, "targets",
                                       "cannot be checked: the setting scan_networks is wrong",
                                       "नहीं जाँचे जा सकते: सेटिंग scan_networks गलत है") == 0
                   ? 1
                   : -1;
    }
    const struct bench_target *bad = bench_refused(r, &t, &refused);
    if (bad) {
        const char *en = arena_printf(c->arena, "%s %s", bad->text, refused->en);
        const char *hi = arena_printf(c->arena, "%s %s", bad->text, refused->hi);
        return en && hi && op_fail_field(c, "targets", en, hi) == 0 ? 1 : -1;
    }
    *out = bench_targets_text(c->arena, &t);
    return *out ? 0 : -1;
}

static int check_name(struct op_call *c)
{
    const char *name = op_text(c, "name");
    if (!name || bench_name(name)) {
        return 0;
    }
    return op_fail_field(c, "name", "is a host name: letters, digits, dots, hyphens",
                         "होस्ट का नाम है: अक्षर, अंक, बिंदु, हाइफ़न") == 0
               ? 1
               : -1;
}

/* hardware, name, targets as given; "" where they are to be taken away. */
static int bench_values(struct op_call *c, const char *targets, json_t **out)
{
    static const char *const names[] = {"hardware", "name"};
    int rc = 0;
    *out = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = op_text(c, names[i]);
        rc |= op_given(c, names[i])
                  ? json_object_set_new(*out, names[i], json_string(text ? text : ""))
                  : 0;
    }
    rc |= targets ? json_object_set_new(*out, "targets", json_string(targets)) : 0;
    return *out && rc == 0 ? 0 : -1;
}

static int answer(struct op_call *c, int64_t id)
{
    return bench_device(c, id, &c->out) < 0 ? -1 : 0;
}

/* ---- registering ----------------------------------------------------------------------------- */

/* The firm whose unit it is: that was given, else the vendor of the application. */
static int find_firm(struct op_call *c, const char **firm)
{
    json_t *application = NULL;
    *firm = op_text(c, "firm");
    if (op_int(c, "application") != UTC_NONE) {
        int rc = office_application(c, &application);
        if (rc) {
            return rc;
        }
        const char *vendor = office_str(application, "vendor_name");
        *firm = *firm ? *firm : arena_str(c->arena, span_str(vendor ? vendor : ""));
        json_decref(application);
    }
    return *firm ? 0
           : op_fail_field(c, "firm", "is required without an application",
                           "आवेदन के बिना आवश्यक है") == 0
               ? 1
               : -1;
}

static int add_unit(struct op_call *c, const struct device_name *name, const char *targets)
{
    json_t *values = NULL, *note = NULL;
    int64_t application = op_int(c, "application");
    int64_t id = device_save(c->records, name, op_text(c, "firmware"), application, c->now);
    int rc = id < 0 ? (int)id : bench_values(c, targets, &values);
    rc = rc ? rc : bench_set(c->records, id, values);
    json_decref(values);
    if (rc == 0 && op_text(c, "note")) {
        note = json_pack("{s:s}", "note", op_text(c, "note"));
        rc = note ? device_update(c->records, id, UTC_NONE, note, c->now) : -1;
        json_decref(note);
    }
    if (rc != 0) {
        return op_records(c, rc);
    }
    json_t *detail = json_pack("{s:s, s:s, s:s, s:s?}", "firm", name->firm, "model", name->model,
                               "serial", name->serial, "targets", targets);
    return !detail || trace(c, id, application, detail) < 0 ? -1 : answer(c, id);
}

static int run_create(struct op_call *c)
{
    const char *targets, *firm;
    int64_t there;
    int rc = find_firm(c, &firm);
    rc = rc ? rc : read_targets(c, &targets);
    rc = rc ? rc : check_name(c);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    struct device_name name = {firm, op_text(c, "model"), op_text(c, "serial")};
    rc = device_find(c->records, &name, &there);
    if (rc == 0) {
        return op_fail(
            c, OP_CONFLICT,
            arena_printf(c->arena, "This unit is registered already, as %lld.", (long long)there),
            arena_printf(c->arena, "यह इकाई %lld के रूप में पहले से पंजीकृत है।", (long long)there));
    }
    return rc == RECORDS_NONE ? add_unit(c, &name, targets) : op_records(c, rc);
}

static int run_set(struct op_call *c)
{
    static const char *const columns[] = {"!firmware", "!note", NULL};
    const char *targets;
    json_t *unit = NULL, *values = NULL, *own = NULL;
    int64_t id = op_int(c, "device");
    int rc = bench_device(c, id, &unit);
    int64_t application = office_num(unit, "application");
    json_decref(unit);
    rc = rc ? rc : read_targets(c, &targets);
    rc = rc ? rc : check_name(c);
    rc = rc ? rc : office_values(c, columns, &own);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    rc = bench_values(c, targets, &values);
    c->unchanged = rc == 0 && json_object_size(own) + json_object_size(values) == 0;
    if (rc == 0 && !c->unchanged) {
        /* The version is the unit's, whichever of its rows changes. */
        (void)(json_object_size(own) ||
               json_object_set_new(own, "application",
                                   application == UTC_NONE ? json_null()
                                                           : json_integer(application)));
        rc = device_update(c->records, id, op_int(c, "version"), own, c->now);
        rc = rc ? rc : bench_set(c->records, id, values);
    }
    (void)json_object_update(values, own);
    json_decref(own);
    if (rc != 0 || c->unchanged) {
        json_decref(values);
        return rc ? op_records(c, rc) : answer(c, id);
    }
    return trace(c, id, application, values) < 0 ? -1 : answer(c, id);
}

static int run_attach(struct op_call *c)
{
    json_t *unit = NULL, *application = NULL;
    int64_t id = op_int(c, "device"), to = op_int(c, "application");
    int rc = bench_device(c, id, &unit);
    rc = rc ? rc : office_application(c, &application);
    c->unchanged = rc == 0 && office_num(unit, "application") == to;
    json_t *values = json_pack("{s:I}", "application", (json_int_t)to);
    json_t *detail = json_pack("{s:O?, s:I}", "from", json_object_get(unit, "application"),
                               "application", (json_int_t)to);
    json_decref(unit);
    json_decref(application);
    if (rc == 0 && !c->unchanged) {
        rc = values ? device_update(c->records, id, UTC_NONE, values, c->now) : -1;
        rc = rc < 0 ? rc : scan_attach(c->records, id, to);
        rc = rc < 0 ? (op_records(c, rc) < 0 ? -1 : 1) : 0;
    }
    json_decref(values);
    if (rc || c->unchanged) {
        json_decref(detail);
        return rc < 0 ? -1 : rc ? 0 : answer(c, id);
    }
    return trace(c, id, to, detail) < 0 ? -1 : answer(c, id);
}

/* ---- the vendor's word ----------------------------------------------------------------------- */

/* After the first run the vendor's word stays as it was: it is not fitted to what was found. */
static int may_declare(struct op_call *c, int64_t device)
{
    struct scan_filter f = {.device = device, .application = UTC_NONE, .after = UTC_NONE};
    json_t *rows = NULL;
    int rc = office_is_vendor(c) ? scan_list(c->records, &f, 1, &rows) : 0;
    bool begun = json_array_size(rows) > 0;
    json_decref(rows);
    if (rc != 0) {
        return -1;
    }
    return !begun ? 0
           : op_fail(c, OP_STATE, "Tests of this unit have begun; write to the certification body.",
                     "इस इकाई का परीक्षण शुरू हो चुका है; प्रमाणन निकाय को लिखें।") == 0
               ? 1
               : -1;
}

static int run_declare(struct op_call *c)
{
    char why[BENCH_WHY], why_hi[BENCH_WHY];
    const char *text = op_text(c, "declared");
    json_t *unit = NULL, *rows = NULL;
    int64_t id = op_int(c, "device");
    int rc = bench_device(c, id, &unit);
    int64_t application = office_num(unit, "application");
    json_decref(unit);
    rc = rc ? rc : may_declare(c, id);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    rc = bench_declared(text ? text : "", NULL, &rows, why, why_hi);
    json_decref(rows);
    if (rc > 0) {
        return op_fail_field(c, "declared", why, why_hi);
    }
    json_t *values = json_pack(
        "{s:s, s:I, s:o}", "declared", text ? text : "", "declared_at", (json_int_t)c->now,
        "declared_by", c->actor->person == UTC_NONE ? json_null() : json_integer(c->actor->person));
    rc = rc || !values ? -1 : bench_set(c->records, id, values);
    json_decref(values);
    if (rc != 0) {
        return op_records(c, rc);
    }
    json_t *detail = json_pack("{s:s}", "declared", text ? text : "");
    return !detail || trace(c, id, application, detail) < 0 ? -1 : answer(c, id);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int run_list(struct op_call *c)
{
    bool vendor = office_is_vendor(c);
    struct bench_filter f = {.text = op_text(c, "text"),
                             .application = op_int(c, "application"),
                             .firm_id = vendor ? c->actor->firm : UTC_NONE,
                             .released = vendor};
    json_t *rows = NULL;
    size_t i;
    json_t *row;
    if (vendor && c->actor->firm == UTC_NONE) {
        return op_fail(c, OP_FORBIDDEN, NULL, NULL);
    }
    if (!answers_after(c, &f.after)) {
        return 0;
    }
    int rc = bench_list(c->records, &f, (int)c->limit + 1, &rows);
    json_array_foreach(rows, i, row)
    {
        rc = rc ? rc : vendor ? json_object_set_new(row, "shared", json_null()) : 0;
    }
    if (rc != 0) {
        json_decref(rows);
        return op_records(c, rc);
    }
    return answers_page(c, rows);
}

/* The keys it showed, and who else has them: for officers only, others' units are no vendor's
 * business. */
static int add_keys(struct op_call *c, json_t *unit)
{
    json_t *keys = NULL, *shared = NULL;
    int64_t id = office_num(unit, "id");
    int rc = device_keys(c->records, id, &keys);
    rc = rc ? rc : bench_shared(c->records, id, &shared);
    rc = rc ? rc : json_object_set(unit, "key_list", keys);
    rc = rc ? rc : json_object_set(unit, "shared_with", shared);
    json_decref(keys);
    json_decref(shared);
    return rc ? -1 : 0;
}

static int run_show(struct op_call *c)
{
    int rc = bench_device(c, op_int(c, "device"), &c->out);
    rc = rc || office_is_vendor(c) ? rc : add_keys(c, c->out);
    if (rc == 0 && !office_is_vendor(c)) { /* is it offered that the device connects here */
        bool listens = c->office && *c->office->listen_address;
        rc = json_object_set_new(c->out, "listens", json_boolean(listens));
    }
    return rc < 0 ? -1 : 0;
}

static int run_events(struct op_call *c)
{
    json_t *unit = NULL;
    int rc = bench_device(c, op_int(c, "device"), &unit);
    json_decref(unit);
    return rc < 0 ? -1 : 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
#define P_DEVICE \
    { \
        "device", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the unit", "इकाई की आईडी" \
    }
#define P_BENCH \
    {"firmware", OP_IN_BODY, OP_TEXT, false, 100, NULL, "firmware version", "फ़र्मवेयर संस्करण"}, \
    {"hardware", OP_IN_BODY, OP_TEXT, false, 100, NULL, "hardware version", "हार्डवेयर संस्करण"}, \
    {"targets", OP_IN_BODY, OP_LONG, false, LINES_MAX, NULL, \
     "addresses on the bench, one a line: 192.168.1.20, 192.168.1.20:8443/https or " \
     "[fd00::7]:322; without a port the usual services are asked", \
     "परीक्षण-पीठ पर पते, हर पंक्ति में एक: 192.168.1.20, 192.168.1.20:8443/https या " \
     "[fd00::7]:322; पोर्ट के बिना सामान्य सेवाएँ पूछी जाती हैं"}, \
    {"name", OP_IN_BODY, OP_TEXT, false, 253, NULL, "host name its certificate is for", \
     "होस्ट का नाम जिसके लिए उसका प्रमाणपत्र है"}, \
    {"note", OP_IN_BODY, OP_TEXT, false, 500, NULL, "note of the laboratory", "प्रयोगशाला की टिप्पणी"}
/* clang-format on */

static const enum op_problem create_problems[] = {OP_CONFLICT, OP_NOT_FOUND, OP_OK};
static const enum op_problem set_problems[] = {OP_CONFLICT, OP_OK};
static const enum op_problem declare_problems[] = {OP_STATE, OP_OK};
static const enum op_problem stream_problems[] = {OP_RATE, OP_OK};

const struct op ops_devices[] = {
    {"device.create", "POST", "/api/v1/devices", "Register a unit under test",
     "परीक्षण के लिए इकाई पंजीकृत करें", ROLE_BENCH, 0, 201, "device",
     (const struct op_param[]){
         {"application", OP_IN_BODY, OP_ID, false, 0, NULL, "application it is tested for",
          "आवेदन जिसके लिए परीक्षण होता है"},
         {"firm", OP_IN_BODY, OP_TEXT, false, 200, NULL,
          "whose device it is; the application's vendor without it",
          "किसका उपकरण है; न देने पर आवेदन का विक्रेता"},
         {"model", OP_IN_BODY, OP_TEXT, true, 100, NULL, "model", "मॉडल"},
         {"serial", OP_IN_BODY, OP_TEXT, true, 100, NULL, "serial number", "क्रम संख्या"},
         P_BENCH,
         PARAM_END},
     run_create, create_problems},
    {"device.list", "GET", "/api/v1/devices", "List units under test", "परीक्षण की इकाइयों की सूची",
     ROLE_ANY, OP_READ | OP_PAGED, 0, "device-row",
     (const struct op_param[]){{"text", OP_IN_QUERY, OP_TEXT, false, 100, NULL,
                                "part of firm, model or serial number",
                                "फ़र्म, मॉडल या क्रम संख्या का भाग"},
                               {"application", OP_IN_QUERY, OP_ID, false, 0, NULL,
                                "those of an application", "किसी आवेदन की"},
                               PARAM_END},
     run_list, NULL},
    {"device.show", "GET", "/api/v1/devices/{device}", "Show a unit under test",
     "परीक्षण की इकाई दिखाएँ", ROLE_ANY, OP_READ, 0, "device",
     (const struct op_param[]){P_DEVICE, PARAM_END}, run_show, NULL},
    {"device.set", "PATCH", "/api/v1/devices/{device}", "Correct a unit's data",
     "इकाई का विवरण सुधारें", ROLE_BENCH, 0, 0, "device",
     (const struct op_param[]){P_DEVICE, P_BENCH, PARAM_VERSION, PARAM_END}, run_set, set_problems},
    {"device.attach", "PUT", "/api/v1/devices/{device}/application",
     "Attach a unit and its runs to an application", "इकाई और उसके परीक्षण किसी आवेदन से जोड़ें",
     ROLE_BENCH, 0, 0, "device",
     (const struct op_param[]){P_DEVICE,
                               {"application", OP_IN_BODY, OP_ID, true, 0, NULL,
                                "application it is tested for", "आवेदन जिसके लिए परीक्षण होता है"},
                               PARAM_END},
     run_attach, NULL},
    {"device.declare", "PUT", "/api/v1/devices/{device}/declaration",
     "Enter what the vendor declares about the unit's TLS",
     "इकाई के TLS के बारे में विक्रेता की घोषणा दर्ज करें", ROLE_BENCH | ROLE_VENDOR, 0, 0, "device",
     (const struct op_param[]){
         P_DEVICE,
         {"declared", OP_IN_BODY, OP_LONG, false, DECLARED_MAX, NULL,
          "lines such as \"443/https protocols TLSv1.2 TLSv1.3\"; words: protocols, ciphers, "
          "groups, "
          "key, closed",
          "पंक्तियाँ जैसे \"443/https protocols TLSv1.2 TLSv1.3\"; शब्द: protocols, ciphers, groups, "
          "key, closed"},
         PARAM_END},
     run_declare, declare_problems},
    {"device.events", "GET", "/api/v1/devices/{device}/events",
     "Follow the runs of a unit (server-sent events)",
     "इकाई के परीक्षणों पर नज़र रखें (server-sent events)", ROLE_OFFICER, OP_READ | OP_STREAM, 0, NULL,
     (const struct op_param[]){P_DEVICE, PARAM_END}, run_events, stream_problems},
    {0},
};
