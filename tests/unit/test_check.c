/*
 * test_check - what the rules say about an application in real records: from the draft to the
 * committee, with documents, decisions, waivers and test reports as the operations enter them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "db/db.h"
#include "office/intake/runner.h"
#include "office/op.h"
#include "office/office.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/blobs.h"
#include "records/documents.h"
#include "records/inside.h"
#include "records/jobs.h"
#include "records/people.h"

enum { NOW = 1795000000, DAY = 86400 }; /* 2026-11-18 in India */

enum who { INTAKE, SECOND, ASSESSOR, ADMIN, VENDOR, STRANGER, WHO };

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

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    char why[RECORDS_WHY];
    assert_non_null(d);
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/satyapan-check-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    assert_int_equal(setenv("SATYAPAN_TRUST", "trust", 1), 0);
    office_defaults(&d->office);
    d->now = NOW;
    assert_int_equal(records_open(d->dir, NOW, &d->r, why), 0);
    d->arena = arena_new(1 << 26);
    assert_int_equal(records_begin(d->r), 0);
    int64_t own = firm(d, "Blue Camera Works"), other = firm(d, "Red Router Ltd");
    person(d, INTAKE, "intake", ROLE_INTAKE, UTC_NONE);
    person(d, SECOND, "second", ROLE_INTAKE, UTC_NONE);
    person(d, ASSESSOR, "assessor", ROLE_ASSESSOR, UTC_NONE);
    person(d, ADMIN, "admin", ROLE_ADMIN, UTC_NONE);
    person(d, VENDOR, "vendor", ROLE_VENDOR, own);
    person(d, STRANGER, "stranger", ROLE_VENDOR, other);
    assert_int_equal(records_commit(d->r, true), 0);
    *state = d;
    return 0;
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
    records_close(d->r);
    arena_free(d->arena);
    assert_int_equal(nftw(d->dir, take_away, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(d);
    return 0;
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

/* ---- what the check says --------------------------------------------------------------------- */

static const json_t *rule(struct desk *d, enum who w, int64_t id, const char *name)
{
    json_t *row;
    size_t i;
    must(d, w, "application.check", on(id, ""));
    json_array_foreach(json_object_get(d->c.out, "rules"), i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "rule")), name) == 0) {
            return row;
        }
    }
    fail_msg("no rule %s", name);
    return NULL;
}

static void expect(struct desk *d, int64_t id, const char *name, const char *result,
                   const char *code)
{
    const json_t *row = rule(d, INTAKE, id, name);
    const char *got = json_string_value(json_object_get(row, "result"));
    const char *why = json_string_value(json_object_get(row, "code"));
    if (strcmp(got, result) != 0 || strcmp(why, code) != 0) {
        fail_msg("%s is %s %s, not %s %s: %s", name, got, why, result, code,
                 json_string_value(json_object_get(row, "text")));
    }
}

/* A document with one file, as the intake leaves it; the file's id. */
static int64_t document(struct desk *d, int64_t id, const char *kind, const char *author,
                        const char *copy, const struct file_row *file, int64_t *out)
{
    struct version_new v = {.name = "letter.pdf",
                            .sha256 = file->sha256,
                            .size = 3,
                            .received_at = d->now,
                            .received_by = UTC_NONE,
                            .copy = copy};
    json_t *rows = NULL;
    assert_int_equal(records_begin(d->r), 0);
    if (*out == 0) {
        *out = document_add(d->r, id, kind, author, "Letter", d->now);
    }
    struct query q = query_begin(d->r->db, "INSERT OR IGNORE INTO blob VALUES(?, 3, 0)");
    query_text(&q, file->sha256);
    assert_true(records_do(d->r, &q) >= 0);
    int64_t version = version_add(d->r, *out, &v);
    assert_true(version > 0);
    assert_int_equal(file_put(d->r, version, file), 0);
    assert_int_equal(version_state(d->r, version, "verified", NULL), 0);
    const struct file_filter f = {.application = id, .version = version};
    assert_int_equal(file_list(d->r, &f, UTC_NONE, 10, &rows), 0);
    int64_t n = json_integer_value(json_object_get(json_array_get(rows, 0), "id"));
    json_decref(rows);
    assert_int_equal(records_commit(d->r, true), 0);
    return n;
}

static struct file_row pdf(const char *verdict, int64_t india)
{
    return (struct file_row){.path = "",
                             .sha256 =
                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                             .format = "PDF",
                             .size = 3,
                             .verdict = verdict,
                             .india = india,
                             .signed_at = UTC_NONE,
                             .applicant_matches = UTC_NONE};
}

/* ---- from draft to registration -------------------------------------------------------------- */

static void test_draft(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Door camera");
    expect(d, id, "R-REG-1", "PENDING", "REG_1_NOT_YET");
    expect(d, id, "R-FEE-1", "PENDING", "FEE_1_OPEN");
    expect(d, id, "R-TCF-1", "PENDING", "TCF_1_SOME_MISSING");
    expect(d, id, "R-LVL-1", "PASS", "LVL_1_GOOD");
    expect(d, id, "R-CHG-1", "NA", "NA_KIND");
    assert_true(json_is_true(json_object_get(d->c.out, "blocked")));
    assert_string_equal(json_string_value(json_object_get(d->c.out, "today")), "2026-11-18");
    const json_t *v = json_object_get(d->c.out, "validity_if_issued_today");
    assert_string_equal(json_string_value(json_object_get(v, "valid_to")), "2029-11-17");
    /* Its vendor reads it without the facts; to another it is not there. */
    assert_int_equal(json_object_size(json_object_get(rule(d, VENDOR, id, "R-FEE-1"), "facts")), 0);
    assert_true(json_object_size(json_object_get(rule(d, INTAKE, id, "R-FEE-1"), "facts")) > 1);
    refused(d, STRANGER, "application.check", on(id, ""), OP_NOT_FOUND);
    /* Nothing is stored. */
    int64_t rows, before;
    struct query q = query_begin(d->r->db, "SELECT count(*) FROM audit");
    assert_int_equal(records_number(d->r, &q, &before), 0);
    must(d, INTAKE, "application.check", on(id, ""));
    q = query_begin(d->r->db, "SELECT count(*) FROM audit");
    assert_int_equal(records_number(d->r, &q, &rows), 0);
    assert_int_equal(rows, before);
}

static void test_registration(void **state)
{
    struct desk *d = *state;
    int64_t id = submitted(d);
    expect(d, id, "R-TCF-1", "FAIL", "TCF_1_SOME_MISSING");
    pay(d, id);
    expect(d, id, "R-FEE-1", "PASS", "FEE_1_GOOD");
    must(d, INTAKE, "application.register", on(id, ""));
    expect(d, id, "R-FEE-1", "PASS", "FEE_1_GOOD");
    expect(d, id, "R-REG-1", "PASS", "REG_1_NO_TESTS");
}

/* ---- documents and decisions ----------------------------------------------------------------- */

static void test_documents(void **state)
{
    struct desk *d = *state;
    int64_t id = submitted(d), doc = 0, again = 0;
    expect(d, id, "R-SIG-1", "PENDING", "SIG_NONE");
    struct file_row f = pdf("REVIEW", 1);
    int64_t file = document(d, id, "F01", "vendor", NULL, &f, &doc);
    expect(d, id, "R-SIG-1", "PENDING", "SIG_1_REVIEW");
    expect(d, id, "R-SIG-2", "PASS", "SIG_2_GOOD");
    d->office.four_eyes_accept = false;
    json_t *in = json_pack("{s:I, s:s, s:s}", "file", (json_int_t)file, "decision", "accept",
                           "reason", "seen the original on paper");
    must(d, INTAKE, "decision.propose", in);
    expect(d, id, "R-SIG-1", "PASS", "SIG_1_OFFICER");
    /* A newer version takes the old one's place. */
    f = pdf("REJECTED", 0);
    (void)document(d, id, "F01", "vendor", NULL, &f, &doc);
    expect(d, id, "R-SIG-1", "FAIL", "SIG_1_REJECTED");
    expect(d, id, "R-SIG-2", "FAIL", "SIG_2_FOREIGN");
    f = pdf("ACCEPTED", 1);
    (void)document(d, id, "F01", "vendor", NULL, &f, &doc);
    expect(d, id, "R-SIG-1", "PASS", "SIG_1_GOOD");
    /* The signature beside a document is no document; what it covers is covered. */
    f = pdf("ACCEPTED", UTC_NONE);
    f.path = "data.csv";
    f.state = "covered";
    f.covered_by = "index.csv";
    (void)document(d, id, "F03", "vendor", NULL, &f, &again);
    expect(d, id, "R-SIG-2", "PASS", "ALL_GOOD");
    expect(d, id, "R-TCF-1", "FAIL", "TCF_1_SOME_MISSING"); /* the declaration: only a warning */
    assert_string_equal(json_string_value(json_object_get(rule(d, INTAKE, id, "R-TCF-1"), "level")),
                        "WARN");
}

static void test_language(void **state)
{
    struct desk *d = *state;
    int64_t id = submitted(d), doc = 0, version;
    struct file_row f = pdf("ACCEPTED", 1);
    int64_t file = document(d, id, "certificate", "third-party", NULL, &f, &doc);
    expect(d, id, "R-LANG-1", "PENDING", "LANG_1_NOT_YET");
    struct query q = query_begin(d->r->db, "SELECT document_version FROM file WHERE id = ?");
    query_int(&q, file);
    assert_int_equal(records_number(d->r, &q, &version), 0);
    const struct file_text t = {"image-only", 0, 3, UTC_NONE};
    assert_int_equal(records_begin(d->r), 0);
    assert_int_equal(file_text(d->r, version, "", &t), 0);
    assert_int_equal(records_commit(d->r, true), 0);
    expect(d, id, "R-LANG-1", "PENDING", "LANG_1_SCAN");
    must(d, INTAKE, "decision.propose",
         json_pack("{s:I, s:s, s:s, s:s}", "file", (json_int_t)file, "decision", "refuse", "rule",
                   "R-LANG-1", "reason", "all in another language"));
    expect(d, id, "R-LANG-1", "FAIL", "LANG_1_REFUSED");
    expect(d, id, "R-SIG-1", "PENDING", "SIG_1_THIRD");
}

/* ---- tests and waivers ----------------------------------------------------------------------- */

static json_t *report_of(int64_t doc, int64_t lab_id, const char *first, const char *last)
{
    return json_pack("{s:I, s:s, s:I, s:s, s:s}", "document", (json_int_t)doc, "number", "TR-1",
                     "lab", (json_int_t)lab_id, "tests_started_on", first, "tests_ended_on", last);
}

static void test_reports(void **state)
{
    struct desk *d = *state;
    int64_t id = registered(d), laboratory = lab(d), doc = 0;
    must(d, INTAKE, "application.allot-lab", with(id, "lab", laboratory));
    struct file_row f = pdf("ACCEPTED", 1);
    (void)document(d, id, "test-report", "lab", "original", &f, &doc);
    expect(d, id, "R-REG-1", "PENDING", "REG_1_NO_START");
    expect(d, id, "R-LAB-1", "PENDING", "LAB_1_NO_DATES");
    expect(d, id, "R-LAB-3", "PENDING", "LAB_3_ONE");
    f.sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    (void)document(d, id, "test-report", "lab", "duplicate", &f, &doc);
    expect(d, id, "R-LAB-3", "FAIL", "LAB_3_DIFFER");
    f.sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    (void)document(d, id, "test-report", "lab", "duplicate", &f, &doc);
    expect(d, id, "R-LAB-3", "PASS", "LAB_3_GOOD");
    refused(d, VENDOR, "report.set", report_of(doc, laboratory, "2026-11-19", "2026-11-20"),
            OP_FORBIDDEN);
    refused(d, INTAKE, "report.set", report_of(doc, laboratory, "2026-11-20", "2026-11-19"),
            OP_BAD_PARAMETER);
    refused(d, INTAKE, "report.set", report_of(doc, 999, "2026-11-19", "2026-11-20"),
            OP_BAD_PARAMETER);
    must(d, INTAKE, "report.set", report_of(doc, laboratory, "2026-11-19", "2026-11-20"));
    expect(d, id, "R-REG-1", "PASS", "REG_1_GOOD");
    expect(d, id, "R-LAB-1", "PASS", "LAB_1_GOOD");
    expect(d, id, "R-ROLE-1", "PASS", "ROLE_1_GOOD");
    expect(d, id, "R-LAB-2", "FAIL", "LAB_2_MISSING");
    must(d, INTAKE, "report.set", report_of(doc, laboratory, "2026-11-17", "2026-11-20"));
    expect(d, id, "R-REG-1", "FAIL", "REG_1_EARLY");
    expect(d, id, "R-LAB-1", "FAIL", "LAB_1_BEFORE");
    must(d, VENDOR, "report.list", on(id, ""));
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 1);
}

static void test_waiver(void **state)
{
    struct desk *d = *state;
    int64_t id = registered(d), laboratory = lab(d), doc = 0;
    struct file_row f = pdf("ACCEPTED", 1);
    (void)document(d, id, "test-report", "lab", "original", &f, &doc);
    must(d, INTAKE, "report.set", report_of(doc, laboratory, "2026-11-17", "2026-11-20"));
    expect(d, id, "R-REG-1", "FAIL", "REG_1_EARLY");
    refused(d, INTAKE, "rule.waive", on(id, "'rule': 'R-SIG-1', 'reason': 'because we like it'"),
            OP_RULE);
    refused(d, INTAKE, "rule.waive", on(id, "'rule': 'R-REG-1', 'reason': 'short'"),
            OP_BAD_PARAMETER);
    refused(d, INTAKE, "rule.waive", on(id, "'rule': 'R-X', 'reason': 'because we like it'"),
            OP_BAD_PARAMETER);
    refused(d, VENDOR, "rule.waive", on(id, "'rule': 'R-REG-1', 'reason': 'because we like it'"),
            OP_FORBIDDEN);
    must(d, INTAKE, "rule.waive",
         on(id, "'rule': 'R-REG-1', 'reason': 'the tests were begun during the strike'"));
    assert_string_equal(text_of(d, "state"), "proposed");
    expect(d, id, "R-REG-1", "FAIL", "REG_1_EARLY"); /* four eyes */
    must(d, INTAKE, "rule.waive",
         on(id, "'rule': 'R-REG-1', 'reason': 'the tests were begun during the strike'"));
    int64_t decision = number_of(d, "id");
    must(d, SECOND, "decision.confirm", json_pack("{s:I}", "decision", (json_int_t)decision));
    expect(d, id, "R-REG-1", "WAIVED", "WAIVED");
    const json_t *used = json_object_get(rule(d, INTAKE, id, "R-REG-1"), "facts");
    assert_string_equal(json_string_value(json_object_get(used, "without_waiver")), "REG_1_EARLY");
    assert_string_equal(json_string_value(json_object_get(used, "waived_by")), "intake");
}

/* A settings file of the body counts at once; a wrong one is said, not passed over. */
static void test_data(void **state)
{
    struct desk *d = *state;
    int64_t id = draft(d, "Door camera");
    char path[96];
    (void)snprintf(path, sizeof path, "%s/scheme.json", d->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("{\"schema\": \"satyapan-scheme/1\", \"levels\": {\"value\": [\"ER:1\"]}}", f);
    (void)fclose(f);
    expect(d, id, "R-LVL-1", "FAIL", "LVL_1_UNKNOWN");
    f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("{\"schema\": \"satyapan-scheme/1\", \"level\": 1}", f);
    (void)fclose(f);
    refused(d, INTAKE, "application.check", on(id, ""), OP_INTERNAL);
    assert_non_null(strstr(d->c.detail, "scheme.json"));
    refused(d, VENDOR, "application.check", on(id, ""), OP_INTERNAL);
    assert_null(d->c.detail);
}

/* ---- deadlines ------------------------------------------------------------------------------- */

static int64_t clock_at;

static int64_t clock_now(void)
{
    return clock_at;
}

static void sql(struct desk *d, const char *text)
{
    if (db_run(d->r->db, text) != 0) {
        fail_msg("%s: %s", text, sqlite3_errmsg(d->r->db));
    }
}

/* Does every job that is due. */
static void work(struct desk *d)
{
    static const struct office_verifier none = {.policy = "india-dsc"};
    const struct runner_options o = {
        .data = d->dir, .office = &d->office, .verifier = &none, .offline = true, .now = clock_now};
    struct runner_step step;
    int rc;
    clock_at = d->now;
    while ((rc = runner_once(&o, d->r, &step)) == 1) {
        assert_true(step.done);
    }
    assert_int_equal(rc, 0);
}

/* The newest row of the trail about a changed setting; NULL: there is none. */
static json_t *noted(struct desk *d, int64_t want)
{
    json_t *rows = NULL, *changes = NULL, *row;
    size_t i;
    int64_t n = 0;
    assert_int_equal(audit_all(d->r, 0, 1000, &rows), 0);
    json_array_foreach(rows, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "action")), "setting.changed") == 0) {
            n++;
            json_decref(changes);
            changes = json_incref(json_object_get(json_object_get(row, "detail"), "changes"));
        }
    }
    json_decref(rows);
    assert_int_equal(n, want);
    return changes;
}

static void look_at_settings(struct desk *d)
{
    assert_int_equal(records_begin(d->r), 0);
    assert_true(job_add(d->r, "settings", "all", UTC_NONE, NULL, d->now, d->now) > 0);
    assert_int_equal(records_commit(d->r, true), 0);
    work(d);
}

static void write_scheme(struct desk *d, const char *text)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/scheme.json", d->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

/* Each change of a setting is in the trail, once, with the old value and the new one; the page has
 * the value, its default, its source. */
static void test_settings(void **state)
{
    struct desk *d = *state;
    look_at_settings(d);
    assert_null(noted(d, 0)); /* all of them are the defaults */
    write_scheme(d, "{\"schema\": \"satyapan-scheme/1\", \"fee_paise\": {\"value\": 100},"
                    " \"ext_remind_days\": {\"value\": [1, 2]}}");
    look_at_settings(d);
    look_at_settings(d);
    json_t *changes = noted(d, 1), *fee = json_object_get(changes, "fee_paise");
    assert_int_equal(json_object_size(changes), 2);
    assert_int_equal(json_integer_value(json_object_get(fee, "from")), 2500000);
    assert_int_equal(json_integer_value(json_object_get(fee, "to")), 100);
    json_decref(changes);
    must(d, INTAKE, "setting.scheme", json_object());
    size_t i, seen = 0;
    json_t *row;
    json_array_foreach(json_object_get(d->c.out, "items"), i, row)
    {
        bool is_fee = strcmp(json_string_value(json_object_get(row, "key")), "fee_paise") == 0;
        seen += json_is_true(json_object_get(row, "changed"));
        assert_true(!is_fee || json_integer_value(json_object_get(row, "value")) == 100);
        assert_true(!is_fee || json_integer_value(json_object_get(row, "default")) == 2500000);
        assert_true(strlen(json_string_value(json_object_get(row, "source"))) > 5);
    }
    assert_true(seen == 2 && i > 15);
    refused(d, VENDOR, "setting.scheme", json_object(), OP_FORBIDDEN);
    write_scheme(d, "{\"schema\": \"satyapan-scheme/1\", \"fee\": {\"value\": 1}}");
    look_at_settings(d); /* a wrong file changes nothing */
    refused(d, INTAKE, "setting.scheme", json_object(), OP_INTERNAL);
    json_decref(noted(d, 1));
    write_scheme(d, "{\"schema\": \"satyapan-scheme/1\"}");
    d->office.four_eyes_waive = !d->office.four_eyes_waive;
    look_at_settings(d); /* one row for each file */
    changes = noted(d, 3);
    assert_non_null(json_object_get(changes, "four_eyes_waive"));
    json_decref(changes);
}

static void work_all(struct desk *d)
{
    assert_int_equal(records_begin(d->r), 0);
    assert_true(job_add(d->r, "deadlines", "all", UTC_NONE, NULL, d->now, d->now) > 0);
    assert_int_equal(records_commit(d->r, true), 0);
    work(d);
}

static void expect_due(struct desk *d, int64_t id, const char *on_day, const char *name)
{
    must(d, INTAKE, "application.show", on(id, ""));
    assert_string_equal(text_of(d, "due_on"), on_day);
    assert_string_equal(text_of(d, "due_rule"), name);
}

static void expect_rows(struct desk *d, int64_t want, const char *where)
{
    char text[200];
    int64_t n;
    (void)snprintf(text, sizeof text, "SELECT count(*) FROM reminder WHERE %s", where);
    struct query q = query_begin(d->r->db, text);
    assert_int_equal(records_number(d->r, &q, &n), 0);
    if (n != want) {
        fail_msg("%lld reminders, not %lld: %s", (long long)n, (long long)want, where);
    }
}

static void test_deadlines(void **state)
{
    struct desk *d = *state;
    int64_t id = registered(d);
    work_all(d);
    expect_due(d, id, "", "");
    must(d, VENDOR, "application.calendar", on(id, "'lang': 'hi'"));
    assert_true(d->c.file.fd >= 0 && d->c.file.size > 100);
    assert_string_equal(d->c.file.media, "text/calendar");
    refused(d, STRANGER, "application.calendar", on(id, ""), OP_NOT_FOUND);
    /* Asked on Wednesday 18 November 2026: Guru Nanak's birthday, the 24th, is a closure. */
    sql(d, "INSERT INTO foreign_case(application, issuer, number, weblink, state, web, queried_on,"
           " created_at, updated_at) VALUES (1, 'Issuer', 'C-1', 'https://x.example/1',"
           " 'web_checking', 'checking', '2026-11-18', 1, 1)");
    work_all(d);
    expect_due(d, id, "2026-11-25", "R-EXT-2"); /* the first reminder, working day 4 */
    expect_rows(d, 6, "state = 'waiting'");
    expect_rows(d, 1, "kind = 'window-ends' AND due_on = '2026-12-10' AND state = 'waiting'");
    work_all(d);
    expect_rows(d, 6, "1"); /* nothing twice */
    /* What is due by a day; done is done, whatever is worked out again. */
    must(d, INTAKE, "reminder.list", json_object());
    assert_int_equal(json_array_size(json_object_get(d->c.out, "items")), 0);
    must(d, INTAKE, "reminder.list", json_pack("{s:s}", "until", "2026-11-25"));
    const json_t *items = json_object_get(d->c.out, "items");
    assert_int_equal(json_array_size(items), 1);
    int64_t first = json_integer_value(json_object_get(json_array_get(items, 0), "id"));
    refused(d, VENDOR, "reminder.list", json_object(), OP_FORBIDDEN);
    must(d, INTAKE, "reminder.done", json_pack("{s:I}", "reminder", (json_int_t)first));
    assert_string_equal(text_of(d, "state"), "done");
    refused(d, INTAKE, "reminder.done", json_pack("{s:I}", "reminder", 999), OP_NOT_FOUND);
    work_all(d);
    expect_rows(d, 5, "state = 'waiting'");
    expect_rows(d, 1, "state = 'done'");
    /* A closure declared meanwhile moves what lies behind it; the old rows are void. */
    char path[96];
    (void)snprintf(path, sizeof path, "%s/calendars", d->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/calendars/closures.csv", d->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("date,name,kind,order,declared_on,source_note\n"
                "2026-11-27,Made up,declared,OM,2026-11-18,test\n",
                f);
    (void)fclose(f);
    work_all(d);
    expect_due(d, id, "2026-11-25", "R-EXT-2");
    expect_rows(d, 1, "kind = 'window-ends' AND due_on = '2026-12-11' AND state = 'waiting'");
    expect_rows(d, 1, "kind = 'window-ends' AND due_on = '2026-12-10' AND state = 'void'");
    /* After the last day it stays due, and is over with the application. */
    d->now += 40 * (int64_t)DAY;
    work_all(d);
    expect_due(d, id, "2026-12-11", "R-EXT-2");
    must(d, INTAKE, "application.not-consider",
         on(id, "'reason': 'not confirmed in time (R-EXT-2)'"));
    work(d); /* a change of the application dates it anew */
    expect_due(d, id, "", "");
    expect_rows(d, 0, "state = 'waiting'");
    refused(d, INTAKE, "reminder.done", json_pack("{s:I}", "reminder", (json_int_t)first),
            OP_STATE);
    /* Shortly after midnight in India it looks again. */
    int64_t at;
    struct query q = query_begin(d->r->db, "SELECT run_at FROM job WHERE kind = 'deadlines' AND"
                                           " key = 'all' AND state = 'waiting'");
    assert_int_equal(records_number(d->r, &q, &at), 0);
    assert_true(at > d->now && at - d->now <= DAY + 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_draft, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_documents, setup, teardown),
        cmocka_unit_test_setup_teardown(test_language, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiver, setup, teardown),
        cmocka_unit_test_setup_teardown(test_data, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deadlines, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
