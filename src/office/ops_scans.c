/*
 * ops_scans - runs of the bench: a unit is scanned, a laboratory's record handed in, one judged
 * again; what was found, compared with the run before and with the vendor's word.
 *
 * The work itself is a job (intake/bench.c). A vendor sees a run of the own firm's application once
 * an assessor has released it, and never before: half a test is no news.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "office/bench/bench.h"
#include "office/bench/inside.h"
#include "office/bench/listening.h"
#include "office/bench/run.h"
#include "office/bench/targets.h"
#include "office/cases.h"
#include "office/intake/answers.h"
#include "office/office.h"
#include "records/applications.h"
#include "records/blobs.h"
#include "records/devices.h"
#include "records/documents.h"
#include "records/jobs.h"
#include "records/scans.h"

enum { ROLE_LAB = ROLE_ASSESSOR | ROLE_ADMIN, SERVICES_SHOWN = 200, LEVELS = 4, BEFORE_MOST = 8 };
enum { CA_SECONDS = 30, CA_BYTES = 65536 };

static const char *const formats[] = {"json", "csv", "html", "cbom", NULL};
static const char *const kinds[] = {"scan", "listen", NULL};
static const char *const languages[] = {"en", "hi", NULL};

/* A problem is set and the operation ends well, or we failed. */
static int ends(int rc)
{
    return rc < 0 ? -1 : 0;
}

/* ---- wanting a run --------------------------------------------------------------------------- */

/* One at a time for a unit, and not more than may wait. */
static int room(struct op_call *c, int64_t device)
{
    int64_t own = 0, all = 0;
    int rc = scan_open(c->records, device, &own);
    rc = rc ? rc : scan_open(c->records, UTC_NONE, &all);
    if (rc != 0) {
        return -1;
    }
    if (own) {
        return op_fail(c, OP_STATE, "A run of this unit waits or is at work; end it first.",
                       "इस इकाई का एक परीक्षण प्रतीक्षा में है या चल रहा है; पहले उसे समाप्त करें।") == 0
                   ? 1
                   : -1;
    }
    return c->office && all >= c->office->scan_queue ? op_fail(c, OP_BUSY, NULL, NULL) == 0 ? 1 : -1
                                                     : 0;
}

static int add_job(struct op_call *c, int64_t scan, int64_t application)
{
    char key[ANSWERS_SUBJECT];
    int64_t minutes = op_int(c, "minutes");
    json_t *payload =
        json_pack("{s:I, s:b, s:I}", "scan", (json_int_t)scan, "mail", op_truth(c, "mail"),
                  "minutes", (json_int_t)(minutes == UTC_NONE ? 0 : minutes));
    int64_t id = payload ? job_add(c->records, BENCH_JOB, answers_subject("scan", scan, key),
                                   application, payload, c->now, c->now)
                         : RECORDS_FAILED;
    json_decref(payload);
    return id < 0 ? (int)id : 0;
}

/* Level of the parameter, of the application, or 1. */
static int find_level(struct op_call *c, int64_t application, int64_t *out)
{
    json_t *row = NULL;
    int rc = 0;
    *out = op_int(c, "level");
    if (*out == UTC_NONE && application != UTC_NONE) {
        rc = application_get(c->records, application, &row);
        *out = rc == 0 ? office_num(row, "level") : UTC_NONE;
        json_decref(row);
    }
    *out = *out >= 1 && *out <= 3 ? *out : 1;
    return rc == RECORDS_FAILED ? -1 : 0;
}

/* The row with what all kinds have, the job and the trail. values is taken over. */
static int begin(struct op_call *c, const json_t *unit, const char *kind, json_t *values)
{
    int64_t application = office_num(unit, "application"), level;
    int rc = find_level(c, application, &level);
    const char *note = op_text(c, "note");
    json_t *common =
        json_pack("{s:O, s:O, s:s, s:s, s:O, s:O, s:O, s:I, s:o, s:s, s:I}", "device",
                  json_object_get(unit, "id"), "application", json_object_get(unit, "application"),
                  "kind", kind, "state", "waiting", "targets", json_object_get(unit, "targets"),
                  "name", json_object_get(unit, "name"), "firmware",
                  json_object_get(unit, "firmware"), "level", (json_int_t)level, "person",
                  c->actor->person == UTC_NONE ? json_null() : json_integer(c->actor->person),
                  "note", note ? note : "", "created_at", (json_int_t)c->now);
    rc = rc || !common || !values ? -1 : json_object_update(common, values);
    int64_t id = rc ? RECORDS_FAILED : scan_add(c->records, common);
    json_decref(common);
    rc = id < 0 ? (int)id : add_job(c, id, application);
    if (rc == 0) {
        rc = scan_get(c->records, id, &c->out);
    }
    json_t *detail = rc == 0 ? json_pack("{s:s, s:O, s:O}", "kind", kind, "device",
                                         json_object_get(unit, "id"), "run", values)
                             : NULL;
    json_decref(values);
    rc = rc ? rc : detail ? bench_trace(c, c->out, detail) : -1;
    return rc ? op_records(c, rc) : 0;
}

/* Still in the networks of the setting. */
static int check_reach(struct op_call *c, const json_t *unit)
{
    struct bench_targets t;
    struct bench_why why;
    const struct bench_why *refused = NULL;
    struct bench_reach *reach = arena_array(c->arena, 1, sizeof *reach);
    const char *text = office_str(unit, "targets");
    int rc = reach ? bench_targets_read(c->arena, text ? text : "", &t, &why) : -1;
    if (rc == 0 && t.count == 0) {
        return op_fail(c, OP_STATE, "Enter the unit's addresses first.", "पहले इकाई के पते दर्ज करें।") ==
                       0
                   ? 1
                   : -1;
    }
    rc = rc ? rc : bench_reach_read(c->office ? c->office->scan_networks : "", reach);
    if (rc != 0) {
        return rc < 0 ? -1 : op_fail(c, OP_STATE, NULL, NULL) == 0 ? 1 : -1;
    }
    const struct bench_target *bad = bench_refused(reach, &t, &refused);
    if (!bad) {
        return 0;
    }
    return op_fail(c, OP_STATE, arena_printf(c->arena, "%s %s.", bad->text, refused->en),
                   arena_printf(c->arena, "%s %s।", bad->text, refused->hi)) == 0
               ? 1
               : -1;
}

static int refuse(struct op_call *c, const char *en, const char *hi)
{
    return op_fail(c, OP_STATE, en, hi) == 0 ? 1 : -1;
}

/* The address and port that the device has to connect to. */
static int find_place(struct op_call *c, const char **out)
{
    json_t *open = NULL;
    const struct office *o = c->office;
    if (scan_listening(c->records, &open) != 0) {
        return -1;
    }
    enum listening how =
        bench_listening(c->arena, o ? o->listen_address : "", o ? o->listen_ports : "", open, out);
    json_decref(open);
    switch (how) {
    case LISTENING_AT:
        return 0;
    case LISTENING_OFF:
        return refuse(c,
                      "This server does not wait for devices: the setting listen_address is empty.",
                      "यह सर्वर उपकरणों की प्रतीक्षा नहीं करता: सेटिंग listen_address खाली है।");
    case LISTENING_WRONG:
        return refuse(c, "The setting listen_address or listen_ports is wrong.",
                      "सेटिंग listen_address या listen_ports गलत है।");
    case LISTENING_FULL:
        return refuse(c, "Every port for devices is taken by a run; wait until one ends.",
                      "उपकरणों का हर पोर्ट किसी परीक्षण में है; एक के समाप्त होने तक प्रतीक्षा करें।");
    default:
        return -1;
    }
}

/* The unit is known by its address: without one nobody could tell whose connections came. */
static int check_known(struct op_call *c, const json_t *unit)
{
    const char *text = office_str(unit, "targets");
    return text && *text ? 0
                         : refuse(c, "Enter the unit's addresses first.", "पहले इकाई के पते दर्ज करें।");
}

static int start_listening(struct op_call *c, const json_t *unit)
{
    const char *place = NULL;
    int rc = check_known(c, unit);
    rc = rc ? rc : find_place(c, &place);
    rc = rc ? rc : room(c, office_num(unit, "id"));
    return rc ? rc : begin(c, unit, "listen", json_pack("{s:s}", "targets", place));
}

static int start_scan(struct op_call *c, const json_t *unit)
{
    int rc = check_reach(c, unit);
    rc = rc ? rc : room(c, office_num(unit, "id"));
    return rc ? rc
              : begin(c, unit, "scan", json_pack("{s:i}", "intrusive", op_truth(c, "intrusive")));
}

static int run_start(struct op_call *c)
{
    json_t *unit = NULL;
    const char *kind = op_text(c, "kind");
    bool listens = kind && strcmp(kind, "listen") == 0;
    int rc = bench_device(c, op_int(c, "device"), &unit);
    rc = rc ? rc : listens ? start_listening(c, unit) : start_scan(c, unit);
    json_decref(unit);
    return ends(rc);
}

static int run_upload(struct op_call *c)
{
    json_t *unit = NULL;
    int64_t device = op_int(c, "device");
    int rc = bench_device(c, device, &unit);
    if (rc == 0 && c->upload.size == 0) {
        rc = op_fail_field(c, "file", "is empty", "खाली है") == 0 ? 1 : -1;
    }
    if (rc == 0 && c->office && c->upload.size > c->office->scan_bytes) {
        rc = op_fail(c, OP_TOO_LARGE, NULL, NULL) == 0 ? 1 : -1;
    }
    rc = rc ? rc : room(c, device);
    if (rc == 0) {
        rc = blob_keep(c->records, c->upload.sha256, c->upload.size, c->now);
        rc = rc ? op_records(c, rc)
                : begin(c, unit, "upload", json_pack("{s:s}", "file", c->upload.sha256));
    }
    json_decref(unit);
    return ends(rc);
}

static int run_judge(struct op_call *c)
{
    json_t *unit = NULL, *scan = NULL;
    int rc = bench_scan(c, op_int(c, "scan"), &scan);
    if (rc == 0 && !office_str(scan, "record")) {
        rc = op_fail(c, OP_STATE,
                     "Only a run whose hellos and answers are kept can be judged again.",
                     "केवल वही परीक्षण दोबारा आँका जा सकता है जिसके hello और उत्तर सुरक्षित हैं।") == 0
                 ? 1
                 : -1;
    }
    int64_t device = office_num(scan, "device");
    rc = rc ? rc : bench_device(c, device, &unit);
    rc = rc ? rc : room(c, device);
    if (rc == 0) {
        json_t *values = json_pack(
            "{s:O, s:O, s:O, s:O, s:O, s:O, s:O, s:O}", "source", json_object_get(scan, "id"),
            "record", json_object_get(scan, "record"), "targets", json_object_get(scan, "targets"),
            "name", json_object_get(scan, "name"), "firmware", json_object_get(scan, "firmware"),
            "intrusive", json_object_get(scan, "intrusive"), "started_at",
            json_object_get(scan, "started_at"), "maker", json_object_get(scan, "maker"));
        rc = begin(c, unit, "judge", values);
    }
    json_decref(unit);
    json_decref(scan);
    return ends(rc);
}

/* ---- ending, releasing ----------------------------------------------------------------------- */

static bool in_state(const json_t *scan, const char *state)
{
    const char *now = office_str(scan, "state");
    return now && strcmp(now, state) == 0;
}

/* Writes the values (taken over) into the run and answers with it. */
static int change(struct op_call *c, const json_t *scan, json_t *values)
{
    int64_t id = office_num(scan, "id");
    int rc = values ? scan_update(c->records, id, values) : -1;
    if (rc < 0) {
        json_decref(values);
        return op_records(c, rc);
    }
    return bench_trace(c, scan, values) < 0 ? -1 : ends(bench_scan(c, id, &c->out));
}

static int run_cancel(struct op_call *c)
{
    json_t *scan = NULL;
    int rc = bench_scan(c, op_int(c, "scan"), &scan);
    if (rc == 0 && !in_state(scan, "waiting") && !in_state(scan, "running")) {
        rc = op_fail(c, OP_STATE, "This run has ended.", "यह परीक्षण समाप्त हो चुका है।") == 0 ? 1 : -1;
    }
    rc = rc ? ends(rc)
            : change(
                  c, scan,
                  json_pack("{s:s, s:I}", "state", "cancelled", "finished_at", (json_int_t)c->now));
    json_decref(scan);
    return rc;
}

/* The device is no longer waited for: what it did so far is judged. */
static int run_finish(struct op_call *c)
{
    json_t *scan = NULL;
    int rc = bench_scan(c, op_int(c, "scan"), &scan);
    const char *kind = office_str(scan, "kind");
    if (rc == 0 && (!in_state(scan, "running") || strcmp(kind, "listen") != 0)) {
        rc = refuse(c, "Only a run that waits for a device is judged before its end.",
                    "केवल वही परीक्षण समय से पहले आँका जाता है जो उपकरण की प्रतीक्षा कर रहा है।");
    }
    c->unchanged = rc == 0 && office_num(scan, "finish_at") != UTC_NONE;
    if (c->unchanged) {
        c->out = json_incref(scan);
    } else {
        rc = rc ? ends(rc) : change(c, scan, json_pack("{s:I}", "finish_at", (json_int_t)c->now));
    }
    json_decref(scan);
    return rc;
}

static int run_release(struct op_call *c)
{
    json_t *scan = NULL;
    int rc = bench_scan(c, op_int(c, "scan"), &scan);
    const char *en = NULL, *hi = NULL;
    if (rc == 0 && !in_state(scan, "done")) {
        en = "Only a finished run is released.";
        hi = "केवल पूरा हुआ परीक्षण जारी किया जाता है।";
    } else if (rc == 0 && office_num(scan, "application") == UTC_NONE) {
        en = "Attach the unit to an application first: its vendor is who may see the run.";
        hi = "पहले इकाई को आवेदन से जोड़ें: उसका विक्रेता ही परीक्षण देख सकता है।";
    }
    rc = en ? op_fail(c, OP_STATE, en, hi) == 0 ? 1 : -1 : rc;
    c->unchanged = rc == 0 && office_num(scan, "released_at") != UTC_NONE;
    if (rc == 0 && !c->unchanged) {
        json_t *by = c->actor->person == UTC_NONE ? json_null() : json_integer(c->actor->person);
        rc = change(c, scan,
                    json_pack("{s:I, s:o}", "released_at", (json_int_t)c->now, "released_by", by));
    } else if (rc == 0) {
        c->out = json_incref(scan);
    }
    json_decref(scan);
    return ends(rc);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int list(struct op_call *c, struct scan_filter *f)
{
    json_t *rows = NULL, *row;
    size_t i;
    f->released = office_is_vendor(c);
    if (!answers_after(c, &f->after)) {
        return 0;
    }
    int rc = scan_list(c->records, f, (int)c->limit + 1, &rows);
    json_array_foreach(rows, i, row)
    {
        rc = rc ? rc : bench_hide(c, row);
    }
    if (rc != 0) {
        json_decref(rows);
        return op_records(c, rc);
    }
    return answers_page(c, rows);
}

static int run_list(struct op_call *c)
{
    json_t *unit = NULL;
    struct scan_filter f = {.device = op_int(c, "device"), .application = UTC_NONE};
    int rc = bench_device(c, f.device, &unit);
    json_decref(unit);
    return rc ? ends(rc) : list(c, &f);
}

static int run_of_application(struct op_call *c)
{
    json_t *application = NULL;
    struct scan_filter f = {.device = UTC_NONE, .application = op_int(c, "application")};
    int rc = office_application(c, &application);
    json_decref(application);
    return rc ? ends(rc) : list(c, &f);
}

static int add_progress(struct op_call *c, json_t *scan)
{
    char key[ANSWERS_SUBJECT];
    json_t *job = NULL;
    int rc = job_about(c->records, BENCH_JOB, answers_subject("scan", office_num(scan, "id"), key),
                       &job);
    if (rc == RECORDS_FAILED) {
        return -1;
    }
    json_t *progress =
        job ? json_pack("{s:O, s:O, s:O, s:O}", "state", json_object_get(job, "state"), "done",
                        json_object_get(job, "done"), "of_all", json_object_get(job, "of_all"),
                        "tries", json_object_get(job, "tries"))
            : json_null();
    json_decref(job);
    return json_object_set_new(scan, "progress", progress);
}

/* One line for each service. */
static json_t *services_of(const json_t *report)
{
    json_t *out = json_array();
    int rc = out ? 0 : -1;
    for (size_t i = 0; i < json_array_size(report) && i < SERVICES_SHOWN && rc == 0; i++) {
        char place[BENCH_PLACE];
        const json_t *s = json_array_get(report, i);
        if (bench_is_client(s)) {
            continue;
        }
        const json_t *certificate = json_object_get(s, "certificate");
        rc = json_array_append_new(
            out, json_pack("{s:i, s:s, s:O, s:O, s:O, s:O, s:O?, s:O?, s:i}", "number", (int)i + 1,
                           "place", bench_place(s, place, sizeof place), "state",
                           json_object_get(s, "state"), "result", json_object_get(s, "result"),
                           "protocols", json_object_get(s, "protocols"), "connections",
                           json_object_get(s, "connections"), "subject",
                           json_object_get(certificate, "subject"), "not_after",
                           json_object_get(certificate, "not_after"), "findings",
                           (int)json_array_size(json_object_get(s, "findings"))));
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* How each level stands, 0 to 3. Level 0 judges nothing. */
static json_t *levels_of(const json_t *matrix)
{
    json_t *out = json_array();
    int rc = out ? 0 : -1;
    for (int level = 0; level < LEVELS && rc == 0; level++) {
        size_t n[4];
        const char *result = bench_result(matrix, level, n);
        rc = json_array_append_new(
            out, json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "level", level, "result", result,
                           "pass", (json_int_t)n[0], "fail", (json_int_t)n[1], "inconclusive",
                           (json_int_t)n[2], "not_tested", (json_int_t)n[3]));
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static int set(json_t *o, const char *name, json_t *value)
{
    return value ? json_object_set_new(o, name, value) : -1;
}

/* What the register knows of the unit beside this report: for officers, who may know of others. */
static int matrix_of(struct op_call *c, const json_t *scan, const json_t *report, json_t **out)
{
    json_t *shared = NULL;
    int64_t units = 0;
    const char *firm = office_str(scan, "firm"), *model = office_str(scan, "model");
    int rc = bench_shared(c->records, office_num(scan, "device"), &shared);
    rc = rc ? rc : device_units(c->records, firm ? firm : "", model ? model : "", &units);
    *out = rc ? NULL : bench_matrix(report, shared, units);
    json_decref(shared);
    return *out ? 0 : -1;
}

/* The latest run before this one that is about the same direction. */
static int before_like(struct op_call *c, const json_t *scan, bool clients, int64_t *out)
{
    *out = office_num(scan, "id");
    for (int i = 0; i < BEFORE_MOST; i++) {
        json_t *row = NULL;
        int rc = scan_before(c->records, *out, out);
        rc = rc ? rc : scan_get(c->records, *out, &row);
        if (rc != 0) {
            *out = UTC_NONE;
            return rc;
        }
        json_t *report = bench_report_of(c->data, row);
        bool like = report && bench_has_clients(report) == clients;
        json_decref(report);
        json_decref(row);
        if (like) {
            return 0;
        }
    }
    *out = UTC_NONE;
    return RECORDS_NONE;
}

static int add_before(struct op_call *c, json_t *scan, bool clients)
{
    int64_t before = UTC_NONE;
    int found = office_is_vendor(c) ? RECORDS_NONE : before_like(c, scan, clients, &before);
    return found == RECORDS_FAILED
               ? -1
               : json_object_set_new(scan, "before",
                                     found == 0 ? json_integer(before) : json_null());
}

static int add_found(struct op_call *c, json_t *scan)
{
    json_t *report = bench_report_of(c->data, scan), *matrix = NULL;
    int rc = add_before(c, scan, bench_has_clients(report));
    if (report && rc == 0) {
        rc = matrix_of(c, scan, report, &matrix);
        rc = rc ? rc : set(scan, "levels", levels_of(matrix));
        rc = rc ? rc : set(scan, "findings", bench_findings(report));
        rc = rc ? rc : set(scan, "service_list", services_of(report));
        rc = rc ? rc : set(scan, "clients", bench_clients(report));
        rc = rc ? rc : json_object_set(scan, "matrix", matrix);
    }
    json_decref(matrix);
    json_decref(report);
    return rc;
}

static int run_show(struct op_call *c)
{
    int rc = bench_scan(c, op_int(c, "scan"), &c->out);
    if (rc != 0) {
        return ends(rc);
    }
    rc = add_progress(c, c->out);
    rc = rc ? rc : add_found(c, c->out);
    return rc ? -1 : 0;
}

/* The run and its report, or a problem that says there is none. */
static int with_report(struct op_call *c, int64_t id, json_t **scan, json_t **report)
{
    int rc = bench_scan(c, id, scan);
    *report = rc == 0 ? bench_report_of(c->data, *scan) : NULL;
    if (rc == 0 && !*report) {
        rc = op_fail(c, OP_STATE, "This run has no report.", "इस परीक्षण की कोई रिपोर्ट नहीं है।") == 0
                 ? 1
                 : -1;
    }
    return rc;
}

static int run_service(struct op_call *c)
{
    json_t *scan = NULL, *report = NULL;
    int rc = with_report(c, op_int(c, "scan"), &scan, &report);
    if (rc == 0) {
        json_t *one = json_array_get(report, (size_t)op_int(c, "service") - 1);
        one = bench_is_client(one) ? NULL : one;
        c->out = json_deep_copy(one);
        rc = one ? c->out ? 0 : -1 : op_fail(c, OP_NOT_FOUND, NULL, NULL) == 0 ? 1 : -1;
    }
    json_decref(scan);
    json_decref(report);
    return ends(rc);
}

static int run_compare(struct op_call *c)
{
    json_t *scan = NULL, *report = NULL, *other = NULL, *before = NULL;
    int64_t with = op_int(c, "with");
    int rc = with_report(c, op_int(c, "scan"), &scan, &report);
    if (rc == 0 && with == UTC_NONE &&
        before_like(c, scan, bench_has_clients(report), &with) != 0) {
        rc = op_fail(c, OP_STATE, "There is no run before this one.",
                     "इससे पहले कोई परीक्षण नहीं है।") == 0
                 ? 1
                 : -1;
    }
    rc = rc ? rc : with_report(c, with, &other, &before);
    if (rc == 0 && office_num(scan, "device") != office_num(other, "device")) {
        rc = op_fail_field(c, "with", "is a run of another unit", "किसी दूसरी इकाई का परीक्षण है") == 0
                 ? 1
                 : -1;
    }
    if (rc == 0 && bench_has_clients(report) != bench_has_clients(before)) {
        rc = op_fail_field(c, "with", "is a run of the other direction", "दूसरी दिशा का परीक्षण है") ==
                     0
                 ? 1
                 : -1;
    }
    if (rc == 0) {
        json_t *rows = bench_compare(before, report);
        c->out = rows ? json_pack("{s:O, s:O, s:O, s:O, s:O, s:o}", "scan",
                                  json_object_get(scan, "id"), "with", json_object_get(other, "id"),
                                  "device", json_object_get(scan, "device"), "at",
                                  json_object_get(scan, "finished_at"), "with_at",
                                  json_object_get(other, "finished_at"), "items", rows)
                      : NULL;
        rc = c->out ? 0 : -1;
    }
    json_decref(scan);
    json_decref(report);
    json_decref(other);
    json_decref(before);
    return ends(rc);
}

static int run_declared(struct op_call *c)
{
    char why[BENCH_WHY], why_hi[BENCH_WHY];
    json_t *scan = NULL, *report = NULL, *unit = NULL, *rows = NULL;
    int rc = with_report(c, op_int(c, "scan"), &scan, &report);
    rc = rc ? rc : bench_device(c, office_num(scan, "device"), &unit);
    const char *text = rc ? NULL : office_str(unit, "declared");
    if (rc == 0 && (!text || !*text)) {
        rc = op_fail(c, OP_STATE, "Nothing is declared about this unit.",
                     "इस इकाई के बारे में कोई घोषणा नहीं है।") == 0
                 ? 1
                 : -1;
    }
    rc = rc ? rc : bench_declared(text, report, &rows, why, why_hi);
    if (rc == 0) {
        c->out = json_pack("{s:O, s:O, s:o}", "scan", json_object_get(scan, "id"), "declared_at",
                           json_object_get(unit, "declared_at"), "items", rows);
    }
    json_decref(scan);
    json_decref(report);
    json_decref(unit);
    return rc == 0 && !c->out ? -1 : ends(rc);
}

/* ---- files ----------------------------------------------------------------------------------- */

static int give_blob(struct op_call *c, const char *sha256, const char *name, const char *media)
{
    int64_t size = 0;
    int fd = blob_open(c->data, sha256, &size);
    if (fd < 0 || !name) {
        return -1;
    }
    c->file = (struct op_file){.fd = fd, .size = size, .name = name, .media = media};
    return 0;
}

static int run_report(struct op_call *c)
{
    static const char *const media[] = {"application/x-ndjson", "text/csv; charset=utf-8",
                                        "text/html; charset=utf-8",
                                        "application/vnd.cyclonedx+json"};
    static const char *const ends_with[] = {"jsonl", "csv", "html", "cdx.json"};
    char sha256[SHA256_HEX];
    json_t *scan = NULL;
    const char *format = op_text(c, "format"), *lang = op_text(c, "lang");
    size_t k = 0;
    format = format ? format : "json";
    while (formats[k + 1] && strcmp(formats[k], format) != 0) {
        k++;
    }
    bool spoken = k == 1 || k == 2; /* in a language */
    int rc = bench_scan(c, op_int(c, "scan"), &scan);
    if (rc == 0) {
        rc = scan_file(c->records, office_num(scan, "id"), format,
                       spoken ? lang ? lang : "en" : "en", sha256);
        if (rc == RECORDS_NONE) {
            rc = op_fail(c, OP_STATE, "This run has no report of that form.",
                         "इस परीक्षण की इस रूप में रिपोर्ट नहीं है।");
        } else {
            rc = rc ? -1
                    : give_blob(c, sha256,
                                arena_printf(c->arena, "scan-%lld.%s",
                                             (long long)office_num(scan, "id"), ends_with[k]),
                                media[k]);
        }
    }
    json_decref(scan);
    return ends(rc);
}

static int run_record(struct op_call *c)
{
    json_t *scan = NULL;
    int rc = bench_scan(c, op_int(c, "scan"), &scan);
    const char *file = office_str(scan, "file"), *record = office_str(scan, "record");
    const char *sha256 = file ? file : record;
    if (rc == 0 && !sha256) {
        rc = op_fail(c, OP_STATE, "This run has no record.", "इस परीक्षण का कोई अभिलेख नहीं है।");
    } else if (rc == 0) {
        rc =
            give_blob(c, sha256,
                      arena_printf(c->arena, "scan-%lld.record", (long long)office_num(scan, "id")),
                      "application/octet-stream");
    }
    json_decref(scan);
    return ends(rc);
}

/* What is installed on a device, so that it trusts the good server. Made on first use. */
static int lab_ca(struct op_call *c)
{
    struct bench_run r;
    int exit = -1;
    const char *lab = arena_printf(c->arena, "%s/tls-lab", c->data);
    const char *const words[] = {"listen",       "--ca-only", "--ca-out",     "-",
                                 "--quiet",      "--data",    "/nonexistent", "--lab",
                                 lab ? lab : "", NULL};
    bench_run_begin(&r);
    for (size_t i = 0; words[i]; i++) {
        bench_run_add(&r, words[i]);
    }
    if (c->office && c->office->trust) {
        bench_run_add(&r, "--trust-dir");
        bench_run_add(&r, c->office->trust);
    }
    r.seconds = CA_SECONDS;
    r.output_max = CA_BYTES;
    bool good = lab && bench_run(&r, NULL, &exit) == BENCH_ENDED && exit == 0;
    int fd = good ? memfd_create("ca", MFD_CLOEXEC) : -1;
    bool whole =
        fd >= 0 && write(fd, r.out.p, r.out.n) == (ssize_t)r.out.n && lseek(fd, 0, SEEK_SET) == 0;
    if (whole) {
        c->file = (struct op_file){.fd = fd,
                                   .size = (int64_t)r.out.n,
                                   .name = "lab-ca.pem",
                                   .media = "application/x-pem-file"};
    } else if (fd >= 0) {
        (void)close(fd);
    }
    buffer_free(&r.out);
    return whole ? 0 : -1;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
#define P_DEVICE \
    { \
        "device", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the unit", "इकाई की आईडी" \
    }
#define P_SCAN \
    { \
        "scan", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the run", "परीक्षण की आईडी" \
    }
#define P_LEVEL \
    { \
        "level", OP_IN_BODY, OP_INTEGER, false, 3, NULL, \
            "level it is judged by, 1 to 3; without it the application's", \
            "स्तर जिससे आँका जाए, 1 से 3; न देने पर आवेदन का" \
    }
#define P_NOTE \
    {"note", OP_IN_BODY, OP_TEXT, false, 500, NULL, "note of the laboratory", "प्रयोगशाला की टिप्पणी"}
/* clang-format on */

static const enum op_problem start_problems[] = {OP_STATE, OP_BUSY, OP_OK};
static const enum op_problem upload_problems[] = {OP_STATE, OP_BUSY, OP_TOO_LARGE, OP_OK};
static const enum op_problem state_problems[] = {OP_STATE, OP_OK};

const struct op ops_scans[] = {
    {"scan.start", "POST", "/api/v1/devices/{device}/scans", "Test a unit's TLS",
     "इकाई के TLS का परीक्षण करें", ROLE_LAB, 0, 201, "scan",
     (const struct op_param[]){
         P_DEVICE,
         P_LEVEL,
         {"kind", OP_IN_BODY, OP_WORD, false, 0, kinds,
          "scan (without it): its services are asked; listen: this server waits for the device as "
          "a "
          "client",
          "scan (न देने पर): इसकी सेवाओं से पूछा जाता है; listen: यह सर्वर क्लाइंट के रूप में उपकरण की प्रतीक्षा "
          "करता है"},
         {"mail", OP_IN_BODY, OP_TRUTH, false, 0, NULL,
          "listen: the device sends mail, with STARTTLS", "listen: उपकरण STARTTLS से ई-मेल भेजता है"},
         {"minutes", OP_IN_BODY, OP_INTEGER, false, 1440, NULL,
          "listen: how long is waited; without it the setting listen_minutes",
          "listen: कितनी देर प्रतीक्षा हो; न देने पर सेटिंग listen_minutes"},
         {"intrusive", OP_IN_BODY, OP_TRUTH, false, 0, NULL,
          "also tries Heartbleed and an early ChangeCipherSpec; weak devices can stop by it",
          "Heartbleed और समय-पूर्व ChangeCipherSpec भी आज़माता है; कमज़ोर उपकरण इससे रुक सकते हैं"},
         P_NOTE,
         PARAM_END},
     run_start, start_problems},
    {"scan.upload", "POST", "/api/v1/devices/{device}/records",
     "Hand in a record of a scan made elsewhere", "अन्यत्र किए गए परीक्षण का अभिलेख जमा करें", ROLE_LAB,
     OP_UPLOAD, 201, "scan", (const struct op_param[]){P_DEVICE, P_LEVEL, P_NOTE, PARAM_END},
     run_upload, upload_problems},
    {"scan.judge", "POST", "/api/v1/scans/{scan}/judge", "Judge a run again by today's policy",
     "परीक्षण को आज की नीति से फिर आँकें", ROLE_LAB, 0, 201, "scan",
     (const struct op_param[]){P_SCAN, P_LEVEL, P_NOTE, PARAM_END}, run_judge, start_problems},
    {"scan.cancel", "POST", "/api/v1/scans/{scan}/cancel", "End a run", "परीक्षण रोकें", ROLE_LAB, 0,
     0, "scan", (const struct op_param[]){P_SCAN, PARAM_END}, run_cancel, state_problems},
    {"scan.finish", "POST", "/api/v1/scans/{scan}/finish", "Stop waiting and judge what was seen",
     "प्रतीक्षा समाप्त करें और जो देखा गया उसे आँकें", ROLE_LAB, 0, 0, "scan",
     (const struct op_param[]){P_SCAN, PARAM_END}, run_finish, state_problems},
    {"scan.release", "POST", "/api/v1/scans/{scan}/release", "Let the vendor see a run",
     "परीक्षण विक्रेता को दिखाएँ", ROLE_LAB, 0, 0, "scan", (const struct op_param[]){P_SCAN, PARAM_END},
     run_release, state_problems},
    {"scan.list", "GET", "/api/v1/devices/{device}/scans", "List the runs of a unit",
     "इकाई के परीक्षणों की सूची", ROLE_ANY, OP_READ | OP_PAGED, 0, "scan",
     (const struct op_param[]){P_DEVICE, PARAM_END}, run_list, NULL},
    {"scan.of-application", "GET", "/api/v1/applications/{application}/scans",
     "List the runs of an application's units", "आवेदन की इकाइयों के परीक्षणों की सूची", ROLE_ANY,
     OP_READ | OP_PAGED, 0, "scan", (const struct op_param[]){PARAM_APPLICATION, PARAM_END},
     run_of_application, NULL},
    {"scan.show", "GET", "/api/v1/scans/{scan}", "Show a run with its requirements and findings",
     "परीक्षण को उसकी अपेक्षाओं और निष्कर्षों सहित दिखाएँ", ROLE_ANY, OP_READ, 0, "scan",
     (const struct op_param[]){P_SCAN, PARAM_END}, run_show, NULL},
    {"scan.service", "GET", "/api/v1/scans/{scan}/services/{service}",
     "Show what was found at one service", "एक सेवा पर क्या मिला, दिखाएँ", ROLE_ANY, OP_READ, 0,
     "scan-service",
     (const struct op_param[]){P_SCAN,
                               {"service", OP_IN_PATH, OP_ID, true, 0, NULL,
                                "number in service_list", "service_list में संख्या"},
                               PARAM_END},
     run_service, state_problems},
    {"scan.compare", "GET", "/api/v1/scans/{scan}/compare", "Compare a run with an earlier one",
     "परीक्षण की पहले वाले से तुलना करें", ROLE_ANY, OP_READ, 0, "scan-comparison",
     (const struct op_param[]){P_SCAN,
                               {"with", OP_IN_QUERY, OP_ID, false, 0, NULL,
                                "the earlier run; without it the one before",
                                "पहले वाला परीक्षण; न देने पर ठीक पिछला"},
                               PARAM_END},
     run_compare, state_problems},
    {"scan.declared", "GET", "/api/v1/scans/{scan}/declared",
     "Compare a run with what the vendor declared", "परीक्षण की विक्रेता की घोषणा से तुलना करें", ROLE_ANY,
     OP_READ, 0, "scan-declared", (const struct op_param[]){P_SCAN, PARAM_END}, run_declared,
     state_problems},
    {"scan.report", "GET", "/api/v1/scans/{scan}/report", "Save the report of a run",
     "परीक्षण की रिपोर्ट सहेजें", ROLE_ANY, OP_READ | OP_FILE, 0, NULL,
     (const struct op_param[]){
         P_SCAN,
         {"format", OP_IN_QUERY, OP_WORD, false, 0, formats, "json without it", "न देने पर json"},
         {"lang", OP_IN_QUERY, OP_WORD, false, 0, languages, "of csv and html; English without it",
          "csv और html की भाषा; न देने पर अंग्रेज़ी"},
         PARAM_END},
     run_report, state_problems},
    {"scan.ca", "GET", "/api/v1/bench/ca",
     "Save the laboratory's CA certificate, to install on devices that are clients",
     "प्रयोगशाला के CA का प्रमाणपत्र सहेजें, क्लाइंट उपकरणों पर लगाने के लिए", ROLE_LAB, OP_READ | OP_FILE, 0,
     NULL, (const struct op_param[]){PARAM_END}, lab_ca, NULL},
    {"scan.record", "GET", "/api/v1/scans/{scan}/record",
     "Save the record of a run: hellos and answers", "परीक्षण का अभिलेख सहेजें: hello और उत्तर", ROLE_ANY,
     OP_READ | OP_FILE, 0, NULL, (const struct op_param[]){P_SCAN, PARAM_END}, run_record,
     state_problems},
    {0},
};
