/*
 * test_course - operations on applications over real records: the whole life, states, whose it is,
 * versions, lists, search, export, statistics.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/db.h"
#include "office/cases.h"
#include "office/office.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/inside.h"
#include "records/people.h"

enum { NOW = 1795000000, DAY = 86400 }; /* 2026-11-18 in India */

/* People who work there, and two vendors. */
enum who { INTAKE, ASSESSOR, OTHER_ASSESSOR, COMMITTEE, ADMIN, VENDOR, STRANGER, WHO };

struct desk {
    char dir[64];
    struct office office;
    struct records *r;
    struct arena *arena;
    struct actor actors[WHO];
    int64_t now;
    struct op_call c; /* the last one */
};

static int64_t firm(struct desk *d, const char *name)
{
    json_t *o = json_pack("{s:s, s:i}", "name", name, "created_at", NOW);
    int64_t id = firm_add(d->r, o);
    json_decref(o);
    assert_true(id > 0);
    return id;
}

static void person(struct desk *d, enum who w, const char *login, unsigned roles, int64_t of)
{
    struct person p = {.firm = of, .roles = roles, .created_at = NOW};
    (void)snprintf(p.login, sizeof p.login, "%s", login);
    (void)snprintf(p.name, sizeof p.name, "%s", login);
    d->actors[w] = (struct actor){.person = person_add(d->r, &p), .roles = roles, .firm = of};
    (void)snprintf(d->actors[w].login, sizeof d->actors[w].login, "%s", login);
    assert_true(d->actors[w].person > 0);
}

static int hear(unsigned what, void *context, void *statement, void *text);
static void check_plans(struct desk *d);

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    char why[RECORDS_WHY];
    assert_non_null(d);
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/satyapan-course-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    office_defaults(&d->office);
    d->now = NOW;
    assert_int_equal(records_open(d->dir, NOW, &d->r, why), 0);
    d->arena = arena_new(1 << 26);
    assert_int_equal(records_begin(d->r), 0);
    int64_t own = firm(d, "Blue Camera Works"), other = firm(d, "Red Router Ltd");
    person(d, INTAKE, "intake", ROLE_INTAKE, UTC_NONE);
    person(d, ASSESSOR, "assessor", ROLE_ASSESSOR, UTC_NONE);
    person(d, OTHER_ASSESSOR, "other", ROLE_ASSESSOR, UTC_NONE);
    person(d, COMMITTEE, "committee", ROLE_COMMITTEE, UTC_NONE);
    person(d, ADMIN, "admin", ROLE_ADMIN, UTC_NONE);
    person(d, VENDOR, "vendor", ROLE_VENDOR, own);
    person(d, STRANGER, "stranger", ROLE_VENDOR, other);
    assert_int_equal(records_commit(d->r, true), 0);
    *state = d;
    return sqlite3_trace_v2(d->r->db, SQLITE_TRACE_STMT, hear, NULL);
}

static int take_away(const char *path, const struct stat *s, int kind, struct FTW *f)
{
    (void)s;
    (void)kind;
    (void)f;
    return remove(path);
}

static int teardown(void **state)
{
    struct desk *d = *state;
    op_call_clear(&d->c);
    check_plans(d);
    records_close(d->r);
    arena_free(d->arena);
    assert_int_equal(nftw(d->dir, take_away, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(d);
    return 0;
}

/* ---- how the database answers ---------------------------------------------------------------- */

/* Every statement of a test, once. */
static struct {
    char *sql[400];
    size_t n;
} heard;

static int hear(unsigned what, void *context, void *statement, void *text)
{
    (void)context;
    (void)text;
    const char *sql = what == SQLITE_TRACE_STMT ? sqlite3_sql(statement) : NULL;
    for (size_t i = 0; sql && i < heard.n; i++) {
        if (strcmp(heard.sql[i], sql) == 0) {
            return 0;
        }
    }
    if (sql && heard.n < sizeof heard.sql / sizeof *heard.sql) {
        heard.sql[heard.n++] = strdup(sql);
    }
    return 0;
}

/* Those that may be read as a whole: small ones, what is asked about all of it, and the settings of
 * the full-text index, which it reads itself once a connection. */
static bool may_scan(const char *plan)
{
    static const char *const names[] = {"SCAN lab",
                                        "SCAN move",
                                        "SCAN json_each",
                                        "SCAN p",
                                        "SCAN s VIRTUAL",
                                        "SCAN (subquery",
                                        "SCAN audit",
                                        "SCAN moves",
                                        "SCAN stays",
                                        "SCAN CONSTANT ROW",
                                        "SCAN main.search_config"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(plan, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    const char *search = strstr(plan, "VIRTUAL TABLE INDEX 0:"); /* then: by what; nothing: all */
    return strstr(plan, "USING") || (search && search[strlen("VIRTUAL TABLE INDEX 0:")]);
}

static void check_plan(sqlite3 *db, const char *sql)
{
    static const char *const verbs[] = {"SELECT", "UPDATE", "DELETE", "WITH", "INSERT"};
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    bool asked = false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        asked |= strncmp(sql, verbs[i], strlen(verbs[i])) == 0;
    }
    struct query q = query_begin(db, explain);
    while (asked && query_row(&q) == 1) {
        const char *plan = (const char *)sqlite3_column_text(q.s, 3);
        bool list = strstr(sql, "INDEXED BY") && strstr(plan, "application_by_");
        if ((strncmp(plan, "SCAN", 4) == 0 && !may_scan(plan)) ||
            (list && !strstr(plan, "COVERING"))) {
            fail_msg("%s: %s", plan, sql);
        }
    }
    assert_int_equal(query_end(&q), 0);
    sqlite3_free(explain);
}

/* No operation of a test made the database read a whole table. */
static void check_plans(struct desk *d)
{
    (void)sqlite3_trace_v2(d->r->db, 0, NULL, NULL);
    for (size_t i = 0; i < heard.n; i++) {
        check_plan(d->r->db, heard.sql[i]);
        free(heard.sql[i]);
    }
    heard.n = 0;
}

/* Calls an operation with an object (taken over); the problem it gives. */
static enum op_problem call(struct desk *d, enum who w, const char *id, json_t *in)
{
    op_call_clear(&d->c);
    assert_non_null(in);
    d->c = (struct op_call){.op = op_find(id),
                            .actor = &d->actors[w],
                            .records = d->r,
                            .arena = d->arena,
                            .data = d->dir,
                            .office = &d->office,
                            .now = d->now,
                            .in = in,
                            .limit = 50,
                            .file = {.fd = -1}};
    if (!d->c.op) {
        fail_msg("no operation %s", id);
    }
    int rc = op_call(&d->c);
    json_decref(in);
    d->c.in = NULL;
    if (rc != 0) {
        fail_msg("%s: %s", id, records_error(d->r));
    }
    return d->c.problem;
}

static void must(struct desk *d, enum who w, const char *id, json_t *in)
{
    enum op_problem p = call(d, w, id, in);
    if (p) {
        fail_msg("%s: %s: %s", id, op_problem_code(p), d->c.detail ? d->c.detail : "");
    }
}

static void refused(struct desk *d, enum who w, const char *id, json_t *in, enum op_problem p)
{
    enum op_problem got = call(d, w, id, in);
    if (got != p) {
        fail_msg("%s: %s, not %s", id, op_problem_code(got), op_problem_code(p));
    }
}

/* With the application alone, or with more members of JSON: "'reason': 'x'". */
static json_t *on(int64_t application, const char *more)
{
    char text[512];
    size_t n = (size_t)snprintf(text, sizeof text, "{\"application\": %lld%s%s}",
                                (long long)application, *more ? ", " : "", more);
    assert_true(n < sizeof text);
    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return json_loads(text, 0, NULL);
}

static const char *text_of(struct desk *d, const char *member)
{
    const char *s = json_string_value(json_object_get(d->c.out, member));
    return s ? s : "";
}

static int64_t number_of(struct desk *d, const char *member)
{
    return json_integer_value(json_object_get(d->c.out, member));
}

static int64_t draft(struct desk *d, const char *product)
{
    must(d, VENDOR, "application.create",
         json_pack("{s:s, s:s, s:i, s:s}", "product", product, "series", "IOTSCS", "level", 2,
                   "kind", "fresh"));
    assert_int_equal(d->c.status, 201);
    return number_of(d, "id");
}

static int64_t submitted(struct desk *d)
{
    int64_t id = draft(d, "Door camera");
    must(d, VENDOR, "application.add-model", on(id, "'name': 'DC-1', 'firmware': '1.2.3'"));
    must(d, VENDOR, "application.add-location", on(id, "'name': 'Plant 1', 'address': 'Noida'"));
    must(d, VENDOR, "application.submit", on(id, ""));
    return id;
}

static void pay(struct desk *d, int64_t id)
{
    must(d, INTAKE, "payment.propose",
         on(id, "'kind': 'registration', 'amount_paise': 2500000, 'gst_paise': 450000"));
    int64_t payment = number_of(d, "id");
    json_t *in = on(id, "'invoice': 'INV/1'");
    assert_int_equal(json_object_set_new(in, "payment", json_integer(payment)), 0);
    must(d, INTAKE, "payment.invoice", in);
    in = on(id, "'receipt': 'R/1', 'paid_paise': 2950000");
    assert_int_equal(json_object_set_new(in, "payment", json_integer(payment)), 0);
    must(d, INTAKE, "payment.receive", in);
}

static int64_t registered(struct desk *d)
{
    int64_t id = submitted(d);
    pay(d, id);
    must(d, INTAKE, "application.register", on(id, ""));
    return id;
}

static int64_t lab(struct desk *d)
{
    must(d, ADMIN, "lab.create",
         json_pack("{s:s, s:s}", "name", "Bureau Lab", "kind", "stqc-empanelled"));
    int64_t id = number_of(d, "id");
    must(d, ADMIN, "lab.empanel",
         json_pack("{s:I, s:s}", "lab", (json_int_t)id, "from_on", "2026-01-01"));
    return id;
}

static json_t *with(int64_t application, const char *name, int64_t value)
{
    json_t *in = on(application, "");
    assert_int_equal(json_object_set_new(in, name, json_integer(value)), 0);
    return in;
}

static int64_t before_committee(struct desk *d)
{
    int64_t id = registered(d);
    must(d, INTAKE, "application.allot-lab", with(id, "lab", lab(d)));
    must(d, INTAKE, "application.record-agreement",
         on(id, "'quotation_on': '2026-11-01', 'work_order_on': '2026-11-02',"
                "'agreement_on': '2026-11-03'"));
    must(d, INTAKE, "application.begin-testing", on(id, ""));
    must(d, INTAKE, "application.appoint-assessor",
         with(id, "assessor", d->actors[ASSESSOR].person));
    must(d, ASSESSOR, "application.begin-assessment", on(id, ""));
    must(d, ASSESSOR, "application.present", on(id, ""));
    return id;
}

static int64_t count(struct desk *d, const char *sql)
{
    int64_t n = -1;
    struct query q = query_begin(d->r->db, sql);
    assert_int_equal(records_number(d->r, &q, &n), 0);
    return n;
}

/* ---- the whole life -------------------------------------------------------------------------- */

static void test_life(void **state)
{
    struct desk *d = *state;
    int64_t id = before_committee(d);
    assert_string_equal(text_of(d, "state"), "committee");
    must(d, COMMITTEE, "application.decide",
         on(id, "'recommendation': 'deferred', 'meeting': 'CC/11', 'conditions': 'Ask again',"
                "'reason': 'The seal is missing'"));
    assert_string_equal(text_of(d, "state"), "committee");
    assert_string_equal(text_of(d, "conditions"), "Ask again");
    must(d, COMMITTEE, "application.decide",
         on(id, "'recommendation': 'deferred', 'meeting': 'CC/12', 'reason': 'Still missing'"));
    assert_string_equal(text_of(d, "conditions"), "");
    must(d, COMMITTEE, "application.decide",
         on(id, "'recommendation': 'recommended', 'meeting': 'CC/12', 'conditions': 'Seal it'"));
    assert_string_equal(text_of(d, "state"), "recommended");
    must(d, COMMITTEE, "application.close-conditions", on(id, ""));
    assert_string_equal(text_of(d, "conditions_closed_on"), "2026-11-18");
    must(d, VENDOR, "application.show", on(id, ""));
    assert_string_equal(text_of(d, "number"), "STQC/IOTSCS/REG/2026/0001");
    assert_string_equal(text_of(d, "vendor_name"), "Blue Camera Works");
    assert_int_equal(json_array_size(json_object_get(d->c.out, "models")), 1);
    assert_int_equal(json_array_size(json_object_get(d->c.out, "payments")), 1);
    assert_string_equal(text_of(d, "assessor_name"), ""); /* who works on it is not its business */
    assert_string_equal(text_of(d, "owner_name"), "");
    must(d, INTAKE, "application.show", on(id, ""));
    assert_string_equal(text_of(d, "assessor_name"), "assessor");
    assert_string_equal(text_of(d, "owner_name"), "intake");

    struct audit_state s = {0};
    assert_int_equal(audit_verify(d->r, &s), 0);
    assert_int_equal(s.bad, 0);
    must(d, VENDOR, "application.timeline", on(id, ""));
    const json_t *events = json_object_get(d->c.out, "items");
    size_t visible = json_array_size(events);
    assert_string_equal(office_str(json_array_get(events, 0), "actor"), d->office.body_name);
    assert_string_equal(office_str(json_array_get(events, visible - 1), "actor"), "vendor");
    must(d, INTAKE, "application.timeline", on(id, ""));
    size_t all = json_array_size(json_object_get(d->c.out, "items"));
    assert_true(visible > 8 && all > visible); /* the assessor is not the vendor's business */
    assert_true(heard.n > 20);                 /* the plans of all of them are looked at */
}

/* Numbers have no gaps, also when a registration is undone. */
static void test_numbers(void **state)
{
    struct desk *d = *state;
    (void)registered(d);
    int64_t id = submitted(d);
    refused(d, INTAKE, "application.register", on(id, ""), OP_RULE); /* R-FEE-1 */
    pay(d, id);
    refused(d, INTAKE, "application.register", on(id, "'version': 1"), OP_CONFLICT);
    must(d, INTAKE, "application.register", on(id, ""));
    assert_string_equal(text_of(d, "number"), "STQC/IOTSCS/REG/2026/0002");
    d->now += 60 * DAY;
    id = submitted(d);
    pay(d, id);
    must(d, INTAKE, "application.register", on(id, ""));
    assert_string_equal(text_of(d, "number"), "STQC/IOTSCS/REG/2027/0001");
    assert_int_equal(number_of(d, "owner"), d->actors[INTAKE].person);
}

static void test_rules(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Lamp");
    refused(d, VENDOR, "application.submit", on(id, ""), OP_RULE); /* no model */
    refused(d, INTAKE, "application.register", on(id, ""), OP_STATE);
    assert_non_null(strstr(d->c.detail, "a draft"));
    assert_non_null(strstr(d->c.detail, "submitted first"));
    assert_non_null(strstr(d->c.detail_hi, "मसौदा"));
    id = registered(d);
    refused(d, INTAKE, "application.begin-testing", on(id, ""), OP_RULE);
    int64_t l = lab(d);
    json_t *in = with(id, "lab", l);
    assert_int_equal(json_object_set_new(in, "allotted_on", json_string("2025-12-31")), 0);
    refused(d, INTAKE, "application.allot-lab", in, OP_RULE); /* R-LAB-1: before its first day */
    refused(d, INTAKE, "application.allot-lab", with(id, "lab", 99), OP_BAD_PARAMETER);
    must(d, INTAKE, "application.allot-lab", with(id, "lab", l));
    refused(d, INTAKE, "application.record-agreement", on(id, "'agreement_on': '2026-11-19'"),
            OP_BAD_PARAMETER); /* in the future */
    must(d, INTAKE, "application.record-agreement", on(id, "'agreement_on': '2026-11-18'"));
    must(d, ADMIN, "lab.create", json_pack("{s:s, s:s}", "name", "Another Lab", "kind", "stqc"));
    must(d, INTAKE, "application.allot-lab", with(id, "lab", number_of(d, "id")));
    assert_string_equal(text_of(d, "agreement_on"), ""); /* that was with the other one */
    refused(d, INTAKE, "application.begin-testing", on(id, ""), OP_RULE);
    must(d, INTAKE, "application.record-agreement", on(id, "'agreement_on': '2026-11-18'"));
    must(d, INTAKE, "application.begin-testing", on(id, ""));
    refused(d, ASSESSOR, "application.begin-assessment", on(id, ""), OP_RULE); /* R-ASS-1 */
    refused(d, INTAKE, "application.appoint-assessor",
            with(id, "assessor", d->actors[COMMITTEE].person), OP_BAD_PARAMETER);
    must(d, INTAKE, "application.appoint-assessor",
         with(id, "assessor", d->actors[ASSESSOR].person));
    refused(d, OTHER_ASSESSOR, "application.begin-assessment", on(id, ""), OP_FORBIDDEN);
    must(d, ASSESSOR, "application.begin-assessment", on(id, ""));
    refused(d, INTAKE, "application.present", on(id, ""), OP_FORBIDDEN);
    must(d, ASSESSOR, "application.present", on(id, ""));
    refused(d, COMMITTEE, "application.decide",
            on(id, "'recommendation': 'recommended', 'meeting': 'CC/1',"
                   "'meeting_on': '2026-11-17'"),
            OP_BAD_PARAMETER); /* before it was presented */
    refused(d, ADMIN, "application.close-conditions", on(id, ""), OP_STATE);
    must(d, INTAKE, "application.not-consider", on(id, "'reason': 'R-EXT-2: no answer'"));
    assert_string_equal(text_of(d, "state"), "not-considered");
    refused(d, VENDOR, "application.withdraw", on(id, "'reason': 'x'"), OP_STATE);
}

/* A step that was a mistake is taken back, with a reason; the trail keeps it. */
static void test_undo(void **state)
{
    struct desk *d = *state;
    int64_t id = before_committee(d);
    refused(d, COMMITTEE, "application.decide",
            on(id, "'recommendation': 'not-recommended', 'meeting': 'CC/11'"), OP_BAD_PARAMETER);
    must(d, COMMITTEE, "application.decide",
         on(id, "'recommendation': 'not-recommended', 'meeting': 'CC/11', 'reason': 'No seal'"));
    refused(d, INTAKE, "application.undo", on(id, ""), OP_BAD_PARAMETER);
    refused(d, VENDOR, "application.undo", on(id, "'reason': 'x'"), OP_FORBIDDEN);
    must(d, INTAKE, "application.undo", on(id, "'reason': 'Another application was meant'"));
    assert_string_equal(text_of(d, "state"), "committee");
    assert_string_equal(text_of(d, "meeting"), "");
    assert_string_equal(text_of(d, "recommendation"), "");
    must(d, INTAKE, "application.undo", on(id, "'reason': 'Presented too early'"));
    assert_string_equal(text_of(d, "state"), "assessment");
    assert_string_equal(text_of(d, "presented_on"), "");
    /* From a step that was taken back nothing leads forward again. */
    must(d, INTAKE, "application.undo", on(id, "'reason': 'A report is missing'"));
    assert_string_equal(text_of(d, "state"), "testing");
    must(d, VENDOR, "application.withdraw", on(id, "'reason': 'By mistake'"));
    must(d, INTAKE, "application.undo", on(id, "'reason': 'The vendor asked for it'"));
    assert_string_equal(text_of(d, "state"), "testing");
    must(d, INTAKE, "application.undo", on(id, "'reason': 'Testing has not begun'"));
    assert_string_equal(text_of(d, "state"), "registered");
    refused(d, INTAKE, "application.undo", on(id, "'reason': 'x'"), OP_STATE);
    must(d, VENDOR, "application.timeline", on(id, ""));
    const json_t *first = json_array_get(json_object_get(d->c.out, "items"), 0);
    assert_string_equal(office_str(json_object_get(first, "detail"), "reason"),
                        "Testing has not begun");
}

static void test_return(void **state)
{
    struct desk *d = *state;
    int64_t id = submitted(d);
    refused(d, INTAKE, "application.confirm-complete", on(id, "'complete_on': '2026-11-17'"),
            OP_BAD_PARAMETER); /* before it was submitted */
    must(d, INTAKE, "application.confirm-complete", on(id, ""));
    assert_string_equal(text_of(d, "complete_on"), "2026-11-18");
    refused(d, VENDOR, "application.set", on(id, "'product': 'Other'"), OP_STATE);
    must(d, INTAKE, "application.return", on(id, "'reason': 'The model is missing'"));
    must(d, VENDOR, "application.set", on(id, "'product': 'Other'"));
    assert_string_equal(text_of(d, "product"), "Other");
    must(d, VENDOR, "application.submit", on(id, ""));
    must(d, VENDOR, "application.withdraw", on(id, "'reason': 'Sold'"));
}

static void test_change(void **state)
{
    struct desk *d = *state;
    must(d, VENDOR, "application.create",
         json_pack("{s:s, s:s, s:i, s:s, s:s}", "product", "Lamp", "series", "IOTSCS", "level", 1,
                   "kind", "minor-change", "oem_name", "Green Works"));
    int64_t id = number_of(d, "id");
    assert_string_equal(text_of(d, "oem_name"), "Green Works");
    must(d, VENDOR, "application.analyse-change",
         on(id, "'size': 'minor', 'change_on': '2026-10-01', 'change_about': 'New lens'"));
    refused(d, INTAKE, "application.decide-change", on(id, "'size': 'major', 'reason': 'x'"),
            OP_STATE);
    must(d, VENDOR, "application.add-model", on(id, "'name': 'L-1'"));
    must(d, VENDOR, "application.add-location", on(id, "'name': 'P', 'address': 'Pune'"));
    must(d, VENDOR, "application.submit", on(id, ""));
    refused(d, INTAKE, "application.decide-change", on(id, "'size': 'major'"), OP_BAD_PARAMETER);
    must(d, INTAKE, "application.decide-change", on(id, "'size': 'major', 'reason': 'New optics'"));
    assert_string_equal(text_of(d, "kind"), "major-change");
    assert_string_equal(text_of(d, "change_vendor"), "minor");
    must(d, INTAKE, "application.register", on(id, "")); /* a change has no registration fee */
    id = draft(d, "Fresh");
    refused(d, VENDOR, "application.analyse-change", on(id, "'size': 'minor'"), OP_RULE);
}

/* Which operation is allowed in which state, written down once more: the states from draft to
 * withdrawn; o: for officers, v: for the vendor, b: for both. */
static void test_states(void **state)
{
    static const char *const names[] = {
        "draft",       "submitted",       "registered", "testing",        "assessment", "committee",
        "recommended", "not-recommended", "certified",  "not-considered", "withdrawn"};
    static const char *const rows[][2] = {
        {"application.set", "booooo....."},
        {"application.add-model", "booooo....."},
        {"application.set-model", "boooooo...."}, /* recommended: only what it lacks */
        {"application.remove-model", "booooo....."},
        {"application.add-location", "booooo....."},
        {"application.remove-location", "booooo....."},
        {"application.submit", "b.........."},
        {"application.return", ".o........."},
        {"application.confirm-complete", ".ooooo....."},
        {"application.register", ".o........."},
        {"application.allot-lab", "..oo......."},
        {"application.record-agreement", "..ooo......"},
        {"application.begin-testing", "..o........"},
        {"application.appoint-assessor", "..oooo....."},
        {"application.begin-assessment", "...o......."},
        {"application.present", "....o......"},
        {"application.decide", ".....o....."},
        {"application.close-conditions", "......o...."},
        {"application.withdraw", "bbbbbbb...."},
        {"application.not-consider", ".oooooo...."},
        {"application.undo", "...ooooo.oo"},
        {"application.analyse-change", "bboooo....."},
        {"application.decide-change", ".ooooo....."},
        {"application.assign", "ooooooo...."},
        {"payment.propose", ".oooooo...."},
        {"payment.invoice", ".oooooo...."},
        {"payment.receive", ".oooooo...."},
        {"note.add", "bbbbbbbbbbb"},
    };
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t s = 0; s < sizeof names / sizeof *names; s++) {
            char allowed = rows[i][1][s];
            json_t *application = json_pack("{s:s}", "state", names[s]);
            for (int vendor = 0; vendor < 2; vendor++) {
                struct op_call c = {.op = op_find(rows[i][0]),
                                    .actor = &d->actors[vendor ? VENDOR : ADMIN],
                                    .arena = d->arena};
                bool expected = allowed == 'b' || allowed == (vendor ? 'v' : 'o');
                assert_non_null(c.op);
                int rc = office_may(&c, application);
                if (rc != (expected ? 0 : 1) || c.problem != (expected ? OP_OK : OP_STATE)) {
                    fail_msg("%s, %s, vendor %d", rows[i][0], names[s], vendor);
                }
            }
            json_decref(application);
        }
    }
}

/* ---- versions, parts, notes ------------------------------------------------------------------ */

static void test_versions(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Lamp");
    must(d, VENDOR, "application.set", on(id, "'product': 'Lamp 2', 'version': 1"));
    assert_int_equal(number_of(d, "version"), 2);
    refused(d, VENDOR, "application.set", on(id, "'product': 'Lamp 3', 'version': 1"), OP_CONFLICT);
    must(d, VENDOR, "application.set", on(id, ""));
    assert_int_equal(number_of(d, "version"), 2); /* nothing to change */
    refused(d, VENDOR, "application.set", on(id, "'product': null"), OP_BAD_PARAMETER);
    must(d, VENDOR, "application.set", on(id, "'change_about': 'x'"));
    must(d, VENDOR, "application.set", on(id, "'change_about': null"));
    assert_true(json_is_null(json_object_get(d->c.out, "change_about")));
}

static void test_parts(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Lamp"), other = draft(d, "Other");
    must(d, VENDOR, "application.add-model", on(id, "'name': 'L-1', 'soc': 'A7'"));
    int64_t model = number_of(d, "id");
    json_t *in = with(id, "model", model);
    assert_int_equal(json_object_set_new(in, "firmware", json_string("2.0")), 0);
    must(d, VENDOR, "application.set-model", in);
    assert_string_equal(text_of(d, "firmware"), "2.0");
    assert_string_equal(text_of(d, "soc"), "A7");
    refused(d, VENDOR, "application.remove-model", with(other, "model", model), OP_NOT_FOUND);
    must(d, VENDOR, "application.remove-model", with(id, "model", model));
    refused(d, VENDOR, "application.remove-model", with(id, "model", model), OP_NOT_FOUND);
    assert_int_equal(count(d, "SELECT count(*) FROM model"), 1); /* the row stays */
}

static void test_notes(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Lamp");
    must(d, INTAKE, "note.add", on(id, "'text': 'Among us'"));
    must(d, INTAKE, "note.add", on(id, "'text': 'For you', 'for_vendor': true"));
    must(d, VENDOR, "note.add", on(id, "'text': 'Thank you'"));
    must(d, VENDOR, "note.list", on(id, ""));
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 2);
    must(d, INTAKE, "note.list", on(id, ""));
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 3);
}

/* ---- whose it is ----------------------------------------------------------------------------- */

/* A value for each required parameter, so that the call comes as far as the application. */
static json_t *some_value(const struct op_param *p)
{
    switch (p->type) {
    case OP_TRUTH:
        return json_true();
    case OP_INTEGER:
    case OP_PAISE:
    case OP_ID:
        return json_integer(1);
    case OP_DATE:
        return json_string("2026-11-01");
    case OP_TIME:
        return json_string("2026-11-01T00:00:00Z");
    case OP_WORD:
        return json_string(p->words[0]);
    case OP_SHA256:
        return json_string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    default:
        return json_string("x");
    }
}

static json_t *plausible(const struct op *op, int64_t application)
{
    json_t *in = json_object();
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (p->required) {
            assert_int_equal(json_object_set_new(in, p->name, some_value(p)), 0);
        }
    }
    assert_int_equal(json_object_set_new(in, "application", json_integer(application)), 0);
    return in;
}

/* Walks the table: no operation with an application in its path lets another vendor's person in,
 * or tells that the application is there. */
static void test_strangers(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Lamp");
    const struct op *op;
    int tried = 0;
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (!strstr(op->path, "{application}") || !(op->roles & ROLE_VENDOR)) {
            continue;
        }
        op_call_clear(&d->c);
        json_t *in = plausible(op, id);
        d->c = (struct op_call){.op = op,
                                .actor = &d->actors[STRANGER],
                                .records = d->r,
                                .arena = d->arena,
                                .data = d->dir,
                                .office = &d->office,
                                .now = NOW,
                                .in = in,
                                .limit = 50,
                                .upload = {.size = 1, .name = "x.pdf"},
                                .file = {.fd = -1}};
        (void)snprintf(d->c.upload.sha256, SHA256_HEX, "%064d", 0);
        int rc = op_call(&d->c);
        json_decref(in);
        d->c.in = NULL;
        if (rc != 0 || d->c.problem != OP_NOT_FOUND || d->c.out || d->c.detail) {
            fail_msg("%s: %s", op->id, op_problem_code(d->c.problem));
        }
        tried++;
    }
    assert_true(tried > 15);
    must(d, STRANGER, "application.list", json_object());
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 0);
    must(d, STRANGER, "application.list",
         json_pack("{s:I}", "vendor", (json_int_t)d->actors[VENDOR].firm));
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 0);
    must(d, STRANGER, "application.list", json_pack("{s:s}", "text", "lamp"));
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 0);
    refused(d, STRANGER, "firm.show",
            json_pack("{s:I}", "firm", (json_int_t)d->actors[VENDOR].firm), OP_NOT_FOUND);
    must(d, STRANGER, "firm.list", json_object());
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 1);
    refused(d, STRANGER, "application.create",
            json_pack("{s:s, s:s, s:i, s:s, s:I}", "product", "P", "series", "S", "level", 1,
                      "kind", "fresh", "vendor", (json_int_t)d->actors[VENDOR].firm),
            OP_BAD_PARAMETER);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static size_t found(struct desk *d, const char *name, const char *value)
{
    must(d, INTAKE, "application.list", json_pack("{s:s}", name, value));
    return json_array_size(json_object_get(d->c.out, "items"));
}

static void test_search(void **state)
{
    struct desk *d = *state;
    int64_t id = registered(d);
    (void)draft(d, "डोर कैमरा");
    assert_int_equal(found(d, "text", "door"), 1);
    assert_int_equal(found(d, "text", "DOO cam"), 1); /* beginnings, any case */
    assert_int_equal(found(d, "text", "1.2.3"), 1);
    assert_int_equal(found(d, "text", "DC-1"), 1);
    assert_int_equal(found(d, "text", "STQC/IOTSCS/REG/2026/0001"), 1);
    assert_int_equal(found(d, "text", "blue"), 2); /* the vendor */
    assert_int_equal(found(d, "text", "कैमरा"), 1);
    assert_int_equal(found(d, "text", "कैम"), 1);
    assert_int_equal(found(d, "text", "statedraft"), 0); /* words of ours are not found */
    assert_int_equal(found(d, "text", "\" OR *"), 0);
    assert_int_equal(found(d, "text", "...\" -"), 0);
    must(d, INTAKE, "application.list", json_pack("{s:s, s:s}", "text", "blue", "state", "draft"));
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 1);
    must(d, INTAKE, "application.set", on(id, "'product': 'Gate'"));
    assert_int_equal(found(d, "text", "door"), 0);
    must(d, INTAKE, "firm.set",
         json_pack("{s:I, s:s}", "firm", (json_int_t)d->actors[VENDOR].firm, "name", "Azure"));
    assert_int_equal(found(d, "text", "azure"), 2);
    assert_int_equal(found(d, "text", "blue"), 0);
    refused(d, INTAKE, "application.list", json_pack("{s:s, s:s}", "text", "a", "sort", "due"),
            OP_BAD_PARAMETER);
}

/* Every order, page by page: all rows once, in order. */
static void test_pages(void **state)
{
    static const char *const orders[] = {"due", "changed", "newest", "oldest"};
    struct desk *d = *state;
    for (int i = 0; i < 23; i++) {
        (void)draft(d, "Lamp");
    }
    assert_int_equal(records_begin(d->r), 0);
    for (int id = 1; id <= 23; id++) {
        char due[16];
        (void)snprintf(due, sizeof due, "2026-12-%02d", 1 + id * 7 % 11);
        json_t *values = json_pack("{s:s}", "due_on", due);
        if (id % 3) {
            assert_int_equal(application_update(d->r, id, UTC_NONE, values, NOW + id % 5), 0);
        }
        json_decref(values);
    }
    assert_int_equal(records_commit(d->r, true), 0);
    for (size_t o = 0; o < 4; o++) {
        char after[RECORDS_MARK] = "";
        bool seen[64] = {false};
        size_t rows = 0;
        do {
            op_call_clear(&d->c);
            json_t *in = json_pack("{s:s}", "sort", orders[o]);
            d->c = (struct op_call){.op = op_find("application.list"),
                                    .actor = &d->actors[INTAKE],
                                    .records = d->r,
                                    .arena = d->arena,
                                    .office = &d->office,
                                    .now = NOW,
                                    .in = in,
                                    .limit = 5,
                                    .after = after[0] ? after : NULL,
                                    .file = {.fd = -1}};
            assert_int_equal(op_call(&d->c), 0);
            assert_int_equal(d->c.problem, OP_OK);
            json_decref(in);
            const json_t *items = json_object_get(d->c.out, "items");
            for (size_t i = 0; i < json_array_size(items); i++) {
                int64_t id = office_num(json_array_get(items, i), "id");
                assert_false(seen[id]);
                seen[id] = true;
                rows++;
            }
            (void)snprintf(after, sizeof after, "%s", text_of(d, "next"));
        } while (after[0]);
        assert_int_equal(rows, 23);
    }
    must(d, INTAKE, "application.list", json_pack("{s:s}", "sort", "due"));
    const json_t *items = json_object_get(d->c.out, "items");
    for (size_t i = 1; i < json_array_size(items); i++) { /* those without a deadline last */
        const char *a = office_str(json_array_get(items, i - 1), "due_on");
        const char *b = office_str(json_array_get(items, i), "due_on");
        assert_true(!b || (a && strcmp(a, b) <= 0));
    }
    assert_int_equal(found(d, "due", "2026-12-01"), 2); /* ids 11 and 22 */
    assert_int_equal(found(d, "series", "IOTSCS"), 23);
    assert_int_equal(found(d, "state", "submitted"), 0);
}

static void test_bad_marks(void **state)
{
    static const char *const marks[] = {"x", "1", "~", "2026-11-01~", "2026-11-01~1x", "a~b~c"};
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        op_call_clear(&d->c);
        json_t *in = json_object();
        d->c = (struct op_call){.op = op_find("application.list"),
                                .actor = &d->actors[INTAKE],
                                .records = d->r,
                                .arena = d->arena,
                                .office = &d->office,
                                .now = NOW,
                                .in = in,
                                .limit = 5,
                                .after = marks[i],
                                .file = {.fd = -1}};
        assert_int_equal(op_call(&d->c), 0);
        assert_int_equal(d->c.problem, OP_BAD_PARAMETER);
        json_decref(in);
    }
}

static void test_export(void **state)
{
    struct desk *d = *state;
    char text[4096];
    (void)draft(d, "=cmd|' /C calc'!A0");
    (void)draft(d, "a \"b\", c");
    must(d, INTAKE, "application.export", json_pack("{s:s}", "sort", "oldest"));
    ssize_t n = read(d->c.file.fd, text, sizeof text - 1);
    assert_int_equal(n, d->c.file.size);
    text[n] = 0;
    assert_non_null(strstr(text, "\"'=cmd|' /C calc'!A0\""));
    assert_non_null(strstr(text, "\"a \"\"b\"\", c\""));
    must(d, STRANGER, "application.export", json_object());
    n = read(d->c.file.fd, text, sizeof text - 1);
    text[n] = 0;
    assert_null(strstr(text, "cmd"));
}

static void test_statistics(void **state)
{
    struct desk *d = *state;
    d->now = NOW;
    int64_t id = submitted(d), other = submitted(d);
    d->now = NOW + 4 * DAY;
    pay(d, id);
    must(d, INTAKE, "application.register", on(id, ""));
    d->now = NOW + 10 * DAY;
    must(d, INTAKE, "application.withdraw", on(other, "'reason': 'x'"));
    must(d, INTAKE, "statistics.show", json_object());
    const json_t *states = json_object_get(d->c.out, "states");
    assert_int_equal(json_integer_value(json_object_get(states, "registered")), 1);
    assert_int_equal(json_integer_value(json_object_get(states, "withdrawn")), 1);
    const json_t *days = json_object_get(d->c.out, "days");
    for (size_t i = 0; i < json_array_size(days); i++) {
        const json_t *row = json_array_get(days, i);
        if (strcmp(office_str(row, "state"), "submitted") == 0) {
            assert_int_equal(office_num(row, "median"), 4); /* of 4 and 10 the lower one */
            assert_int_equal(office_num(row, "count"), 2);
        }
    }
    assert_int_equal(json_array_size(days), 2); /* draft and submitted were left */
    const json_t *month = json_array_get(json_object_get(d->c.out, "months"), 0);
    assert_string_equal(office_str(month, "month"), "2026-11");
    assert_int_equal(office_num(month, "created"), 2);
    json_t *same = json_deep_copy(states);
    must(d, INTAKE, "statistics.states", json_object());
    assert_true(json_equal(d->c.out, same));
    json_decref(same);
}

/* What a page may offer. */
static void test_possible(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Lamp");
    must(d, VENDOR, "application.show", on(id, ""));
    bool submit = false, registers = false;
    const json_t *possible = json_object_get(d->c.out, "possible");
    for (size_t i = 0; i < json_array_size(possible); i++) {
        const char *op = json_string_value(json_array_get(possible, i));
        submit |= strcmp(op, "application.submit") == 0;
        registers |= strcmp(op, "application.register") == 0;
    }
    assert_true(submit && !registers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_life),     TEST(test_numbers),   TEST(test_rules),     TEST(test_return),
        TEST(test_undo),     TEST(test_change),    TEST(test_states),    TEST(test_versions),
        TEST(test_parts),    TEST(test_notes),     TEST(test_strangers), TEST(test_search),
        TEST(test_pages),    TEST(test_bad_marks), TEST(test_export),    TEST(test_statistics),
        TEST(test_possible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
