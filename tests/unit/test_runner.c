/*
 * test_runner - documents over real records: receipt, verdicts, who sees what, fences, failures of
 * our own, decisions with four eyes. The verifier is in this process, or one that fails on purpose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/finding.h"
#include "office/intake/events.h"
#include "office/intake/inside.h"
#include "office/op.h"
#include "records/audit.h"
#include "records/blobs.h"
#include "records/documents.h"
#include "records/inside.h"
#include "sandbox/ended.h"

enum { START = 1795242600, ANNA = 1, BALA, VENDOR_ONE, VENDOR_TWO };

static char data[32];
static struct records *records;
static struct arena *arena;
static struct office office;
static int64_t now;
static struct events *events;
static const struct sp_evidence no_evidence;

static int64_t clock_now(void)
{
    return now;
}

/* ---- the world ------------------------------------------------------------------------------- */

static void sql(const char *text)
{
    if (db_run(records->db, text) != 0) {
        print_error("%s: %s\n", text, sqlite3_errmsg(records->db));
        fail();
    }
}

static int set_up(void **state)
{
    char why[RECORDS_WHY];
    (void)state;
    now = START;
    (void)snprintf(data, sizeof data, "/tmp/satyapan-test-XXXXXX");
    if (!mkdtemp(data) || records_open(data, now, &records, why) != 0) {
        return -1;
    }
    arena = arena_new(64 << 20);
    office_defaults(&office);
    sql("INSERT INTO firm(id, name, created_at) VALUES (1, 'Kamera Pvt Ltd', 1), (2, 'Other', 1);"
        "INSERT INTO person(id, login, name, roles, firm, created_at) VALUES"
        " (1, 'anna', 'Anna', 1, NULL, 1), (2, 'bala', 'Bala', 1, NULL, 1),"
        " (3, 'one', 'One', 32, 1, 1), (4, 'two', 'Two', 32, 2, 1);"
        "INSERT INTO application(id, kind, state, vendor, product, series, level, created_at,"
        " updated_at) VALUES (1, 'fresh', 'registered', 1, 'Camera', 'ER', 1, 1, 1),"
        " (2, 'fresh', 'registered', 2, 'Lock', 'ER', 1, 1, 1),"
        " (3, 'fresh', 'withdrawn', 1, 'Bell', 'ER', 1, 1, 1);");
    return arena && sp_init() == 0 && events_new(&events) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    events_free(events);
    arena_free(arena);
    records_close(records);
    (void)snprintf(command, sizeof command, "chmod -R u+w %s && rm -rf %s", data, data);
    return system(command);
}

static struct actor actor_of(int person)
{
    static const char *const logins[] = {"", "anna", "bala", "one", "two"};
    struct actor a = {.person = person, .firm = UTC_NONE, .roles = ROLE_INTAKE};
    if (person >= VENDOR_ONE) {
        a.roles = ROLE_VENDOR;
        a.firm = person - VENDOR_ONE + 1;
    }
    (void)snprintf(a.login, sizeof a.login, "%s", logins[person]);
    return a;
}

/* A ZIP of a.txt ("one") and b/c.txt ("two"), both stored. */
static const uint8_t archive[] = {
    0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x75, 0x5d, 0xf1, 0x86,
    0x6c, 0x7a, 0x03, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x61, 0x2e,
    0x74, 0x78, 0x74, 0x6f, 0x6e, 0x65, 0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x75, 0x5d, 0x66, 0x8a, 0xca, 0x11, 0x03, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x07, 0x00, 0x00, 0x00, 0x62, 0x2f, 0x63, 0x2e, 0x74, 0x78, 0x74, 0x74, 0x77, 0x6f, 0x50, 0x4b,
    0x01, 0x02, 0x14, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x75, 0x5d, 0xf1, 0x86,
    0x6c, 0x7a, 0x03, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x61, 0x2e, 0x74, 0x78,
    0x74, 0x50, 0x4b, 0x01, 0x02, 0x14, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x75,
    0x5d, 0x66, 0x8a, 0xca, 0x11, 0x03, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x01, 0x26, 0x00, 0x00, 0x00, 0x62,
    0x2f, 0x63, 0x2e, 0x74, 0x78, 0x74, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00,
    0x02, 0x00, 0x68, 0x00, 0x00, 0x00, 0x4e, 0x00, 0x00, 0x00, 0x00, 0x00};

/* Calls an operation; in is taken over. */
static enum op_problem call_with(int person, const char *id, json_t *in, struct span bytes,
                                 const char *name, json_t **out)
{
    struct actor a = actor_of(person);
    struct op_call c = {.op = op_find(id),
                        .actor = &a,
                        .records = records,
                        .arena = arena,
                        .data = data,
                        .office = &office,
                        .now = now,
                        .in = in,
                        .limit = 50,
                        .file = {.fd = -1}};
    assert_non_null(c.op);
    assert_non_null(in);
    if (bytes.p) {
        struct blob_draft *d;
        assert_int_equal(blob_begin(data, 1 << 20, &d), 0);
        assert_int_equal(blob_write(d, bytes), 0);
        assert_int_equal(blob_done(d, c.upload.sha256, &c.upload.size), 0);
        c.upload.name = name;
    }
    (void)!op_call(&c);
    if (out) {
        *out = json_incref(c.out);
    }
    enum op_problem p = c.problem;
    op_call_clear(&c);
    json_decref(in);
    return p;
}

static enum op_problem call(int person, const char *id, json_t *in, const char *bytes,
                            const char *name, json_t **out)
{
    return call_with(person, id, in, bytes ? span_str(bytes) : SPAN_NONE, name, out);
}

static json_t *ask(int person, const char *id, const char *key, int64_t value)
{
    json_t *out = NULL;
    assert_int_equal(call(person, id, json_pack("{s:I}", key, (json_int_t)value), NULL, NULL, &out),
                     OP_OK);
    assert_non_null(out);
    return out;
}

/* Adds a document as application 1's vendor; the version's id. */
static int64_t add(const char *bytes)
{
    json_t *out = NULL;
    assert_int_equal(call(VENDOR_ONE, "document.add",
                          json_pack("{s:i, s:s}", "application", 1, "kind", "F01"), bytes,
                          "../form\n.pdf", &out),
                     OP_OK);
    int64_t id = row_int(out, "id");
    json_decref(out);
    return id;
}

static int64_t number(const char *query)
{
    int64_t n = UTC_NONE;
    struct query q = query_begin(records->db, query);
    if (query_row(&q) == 1) {
        n = query_get_int(&q, 0);
    }
    assert_int_equal(query_end(&q), 0);
    return n;
}

/* ---- verifiers ------------------------------------------------------------------------------- */

static enum sp_verdict forced; /* what the next report says, whatever is in the document */
static bool forcing;

static int verify_here(void *context, const struct office_document *d,
                       const struct office_watch *watch, struct office_verified *out)
{
    (void)context;
    (void)watch;
    void *p = mmap(NULL, (size_t)d->size, PROT_READ, MAP_PRIVATE, d->fd, 0);
    assert_true(p != MAP_FAILED);
    struct sp_document doc = {.name = d->name,
                              .bytes = p,
                              .size = (size_t)d->size,
                              .kind = d->kind,
                              .applicant = d->applicant};
    const struct sp_clock clock = {.now = d->now, .received = d->received};
    int rc = sp_verify(&doc, &no_evidence, sp_policy_builtin("india-dsc"), &clock, &out->report);
    if (forcing) {
        out->report->verdict = forced;
    }
    (void)munmap(p, (size_t)d->size);
    return rc;
}

static int verify_fails(void *context, const struct office_document *d,
                        const struct office_watch *watch, struct office_verified *out)
{
    struct sandbox_job job = {.document = {.name = d->name, .size = (size_t)d->size},
                              .evidence = &no_evidence,
                              .policy = sp_policy_builtin("india-dsc"),
                              .clock = {.now = d->now, .received = d->received}};
    (void)context;
    (void)watch;
    return ended_report(&job, SP_ENGINE_LIMIT, "10 s CPU", false, &out->report);
}

/* One file of a container ended its child, the others were read. */
static int verify_one_crashes(void *context, const struct office_document *d,
                              const struct office_watch *watch, struct office_verified *out)
{
    int rc = verify_here(context, d, watch, out);
    assert_int_equal(out->report->member_count, 2);
    struct sp_member *m = &out->report->members[1];
    m->state = SP_MEMBER_UNREAD;
    m->verdict = SP_REVIEW;
    finding_add(out->report->arena, &m->findings, SP_ENGINE_CRASH, "member", "SIGSEGV", NULL);
    return rc;
}

/* Another worker takes the job over while this one is slow, and finishes it. */
static int verify_slow(void *context, const struct office_document *d,
                       const struct office_watch *watch, struct office_verified *out)
{
    const struct runner_options *other = context;
    struct runner_step step;
    now += 3600; /* the lease ran out */
    assert_int_equal(runner_once(other, records, &step), 1);
    assert_true(step.done);
    return verify_here(NULL, d, watch, out);
}

static int verify_stopped(void *context, const struct office_document *d,
                          const struct office_watch *watch, struct office_verified *out)
{
    (void)context;
    (void)d;
    (void)watch;
    (void)out;
    return 1;
}

static const struct office_verifier good = {.policy = "india-dsc", .verify = verify_here};
static const struct office_verifier failing = {.policy = "india-dsc", .verify = verify_fails};
static const struct office_verifier stopped = {.policy = "india-dsc", .verify = verify_stopped};

static struct runner_options options(const struct office_verifier *v)
{
    return (struct runner_options){.data = data,
                                   .office = &office,
                                   .verifier = v,
                                   .events = events,
                                   .text_program = "/bin/false",
                                   .now = clock_now};
}

/* Does the jobs of one kind that are due; the others wait. */
static void run(const struct office_verifier *v)
{
    struct runner_options o = options(v);
    struct runner_step step;
    sql("UPDATE job SET run_at = run_at + 1000000000 WHERE kind <> 'verify' AND run_at < "
        "1900000000");
    while (runner_once(&o, records, &step) == 1) {
    }
}

/* ---- receipt --------------------------------------------------------------------------------- */

static void test_receipt(void **state)
{
    (void)state;
    json_t *out = NULL, *trail = NULL;
    int64_t version = add("hello");
    assert_int_equal(version, 1);
    assert_int_equal(audit_list(records, 1, true, UTC_NONE, 10, &trail), 0);
    assert_int_equal(json_array_size(trail), 1);
    const json_t *row = json_array_get(trail, 0);
    assert_string_equal(row_text(row, "action"), "document.add");
    json_t *detail = json_object_get(row, "detail");
    json_t *parsed = json_is_string(detail) ? json_loads(json_string_value(detail), 0, NULL)
                                            : json_incref(detail);
    assert_string_equal(row_text(parsed, "sha256"),
                        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_int_equal(row_int(parsed, "size"), 5);
    assert_int_equal(row_int(parsed, "received_at"), START);
    assert_string_equal(row_text(parsed, "name_sent"), "../form\n.pdf");
    assert_string_equal(row_text(parsed, "name"), "form.pdf");
    json_decref(parsed);
    json_decref(trail);
    out = ask(VENDOR_ONE, "document.version", "version", version);
    assert_string_equal(row_text(out, "name"), "form.pdf");
    assert_string_equal(row_text(out, "state"), "waiting");
    json_decref(out);
    /* The next one of the same document. */
    assert_int_equal(call(ANNA, "document.add",
                          json_pack("{s:i, s:i}", "application", 1, "document", 1), "hello again",
                          "form-2.pdf", &out),
                     OP_OK);
    assert_int_equal(row_int(out, "version"), 2);
    json_decref(out);
    /* Not a document of another application. */
    assert_int_equal(call(ANNA, "document.add",
                          json_pack("{s:i, s:i}", "application", 2, "document", 1), "x", "x", NULL),
                     OP_NOT_FOUND);
    assert_int_equal(
        call(ANNA, "document.add", json_pack("{s:i}", "application", 1), "x", "x", NULL),
        OP_BAD_PARAMETER);
    assert_int_equal(call(ANNA, "document.add",
                          json_pack("{s:i, s:s}", "application", 1, "kind", "F01"), "", "x", NULL),
                     OP_BAD_PARAMETER);
    assert_int_equal(call(ANNA, "document.add",
                          json_pack("{s:i, s:s}", "application", 3, "kind", "F01"), "x", "x", NULL),
                     OP_STATE);
    assert_int_equal(number("SELECT count(*) FROM document_version"), 2);
    assert_int_equal(number("SELECT count(*) FROM job WHERE kind = 'verify'"), 2);
}

/* Nobody learns of another vendor's documents, not even by sending the same bytes. */
static void test_vendors_apart(void **state)
{
    (void)state;
    json_t *out = NULL;
    int64_t version = add("the same");
    static const char *const versions[] = {"document.version", "document.content", "document.token",
                                           "verification.list", "file.of-version"};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        assert_int_equal(call(VENDOR_TWO, versions[i],
                              json_pack("{s:I}", "version", (json_int_t)version), NULL, NULL, NULL),
                         OP_NOT_FOUND);
    }
    assert_int_equal(
        call(VENDOR_TWO, "document.show", json_pack("{s:i}", "document", 1), NULL, NULL, NULL),
        OP_NOT_FOUND);
    assert_int_equal(
        call(VENDOR_TWO, "document.list", json_pack("{s:i}", "application", 1), NULL, NULL, NULL),
        OP_NOT_FOUND);
    assert_int_equal(call(VENDOR_TWO, "document.add",
                          json_pack("{s:i, s:s}", "application", 1, "kind", "F01"), "x", "x", NULL),
                     OP_NOT_FOUND);
    assert_int_equal(call(VENDOR_TWO, "document.add",
                          json_pack("{s:i, s:s}", "application", 2, "kind", "F01"), "the same", "b",
                          &out),
                     OP_OK);
    assert_int_equal(json_array_size(json_object_get(out, "duplicates")), 0);
    int64_t second = row_int(out, "id");
    json_decref(out);
    out = ask(ANNA, "document.version", "version", second);
    const json_t *same = json_object_get(out, "duplicates");
    assert_int_equal(json_array_size(same), 1);
    assert_int_equal(row_int(json_array_get(same, 0), "application"), 1);
    json_decref(out);
    /* Not even the trail that a vendor sees tells it, the officers' does. */
    assert_int_equal(number("SELECT count(*) FROM audit WHERE visible = 1 AND detail LIKE"
                            " '%same_elsewhere%'"),
                     0);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE visible = 0 AND detail LIKE"
                            " '%same_elsewhere%'"),
                     1);
    /* Its own it is told about. */
    assert_int_equal(call(VENDOR_ONE, "document.add",
                          json_pack("{s:i, s:s}", "application", 1, "kind", "F03"), "the same", "c",
                          &out),
                     OP_OK);
    same = json_object_get(out, "duplicates");
    assert_int_equal(json_array_size(same), 1);
    assert_int_equal(row_int(json_array_get(same, 0), "version_id"), version);
    json_decref(out);
    run(&good);
    out = ask(VENDOR_TWO, "file.list", "application", 2);
    const json_t *file = json_array_get(json_object_get(out, "items"), 0);
    int64_t other = number("SELECT id FROM file WHERE document_version = 1");
    assert_int_equal(json_array_size(json_object_get(out, "items")), 1);
    assert_null(json_object_get(file, "proposed"));
    json_decref(out);
    static const char *const files[] = {"file.show", "file.content"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(call(VENDOR_TWO, files[i], json_pack("{s:I}", "file", (json_int_t)other),
                              NULL, NULL, NULL),
                         OP_NOT_FOUND);
    }
    assert_int_equal(call(VENDOR_TWO, "verification.report", json_pack("{s:i}", "verification", 1),
                          NULL, NULL, NULL),
                     OP_NOT_FOUND);
    assert_int_equal(call(VENDOR_TWO, "decision.propose",
                          json_pack("{s:I, s:s, s:s}", "file", (json_int_t)other, "decision",
                                    "accept", "reason", "because I want it"),
                          NULL, NULL, NULL),
                     OP_FORBIDDEN);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static void test_verdict(void **state)
{
    (void)state;
    uint64_t after = events_last(events);
    struct event got[8];
    int64_t version = add("no signature in here");
    run(&good);
    json_t *out = ask(VENDOR_ONE, "document.version", "version", version);
    assert_string_equal(row_text(out, "state"), "verified");
    assert_string_equal(row_text(out, "verdict"), "REJECTED");
    assert_int_equal(row_int(json_object_get(out, "counts"), "REJECTED"), 1);
    assert_string_equal(row_text(json_object_get(out, "progress"), "state"), "done");
    int64_t verification = row_int(out, "verification");
    json_decref(out);
    out = ask(VENDOR_ONE, "file.of-version", "version", version);
    const json_t *file = json_array_get(json_object_get(out, "items"), 0);
    assert_string_equal(row_text(file, "path"), "");
    assert_string_equal(row_text(file, "kind"), "F01");
    assert_string_equal(row_text(file, "reasons"), "format.unknown");
    int64_t id = row_int(file, "id");
    json_decref(out);
    out = ask(VENDOR_ONE, "file.show", "file", id);
    assert_string_equal(row_text(json_object_get(out, "report"), "verdict"), "REJECTED");
    json_decref(out);
    int n = events_wait(events, 1, &after, 1, got, 8);
    assert_int_equal(n, 2);
    assert_string_equal(got[0].kind, "file");
    assert_string_equal(got[1].kind, "version");
    assert_int_equal(
        number("SELECT count(*) FROM audit WHERE action = 'document.verified' AND visible = 1"), 1);
    /* Reports in all forms. */
    static const char *const forms[] = {"json", "html", "etsi-xml"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(call(VENDOR_ONE, "verification.report",
                              json_pack("{s:I, s:s}", "verification", (json_int_t)verification,
                                        "format", forms[i]),
                              NULL, NULL, NULL),
                         OP_OK);
    }
}

/* Whose result comes too late throws it away, whole. */
static void test_fence(void **state)
{
    (void)state;
    int64_t version = add("slow");
    struct runner_options quick = options(&good);
    const struct office_verifier slow = {
        .context = &quick, .policy = "india-dsc", .verify = verify_slow};
    struct runner_options o = options(&slow);
    struct runner_step step = {.done = true};
    assert_int_equal(runner_once(&o, records, &step), 1);
    assert_false(step.done);
    assert_int_equal(number("SELECT count(*) FROM verification"), 1);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE action = 'document.verified'"), 1);
    assert_int_equal(number("SELECT count(*) FROM file"), 1);
    assert_int_equal(number("SELECT count(*) FROM job WHERE kind = 'verify' AND state = 'done'"),
                     1);
    (void)version;
}

/* Work that was stopped is taken up again at once. */
static void test_stopped(void **state)
{
    (void)state;
    int64_t version = add("stopped");
    struct runner_options o = options(&stopped);
    struct runner_step step = {.done = true};
    assert_int_equal(runner_once(&o, records, &step), 1);
    assert_false(step.done);
    assert_int_equal(number("SELECT tries FROM job WHERE kind = 'verify'"), 0);
    now += 2;
    run(&good);
    json_t *out = ask(ANNA, "document.version", "version", version);
    assert_string_equal(row_text(out, "state"), "verified");
    json_decref(out);
}

/* Eight workers crash over a document: it does not hang, and no verdict is made up. */
static void test_crashing_workers(void **state)
{
    static const char *const kinds[] = {"verify", NULL};
    (void)state;
    int64_t version = add("ends every process");
    struct job j;
    for (int i = 0; i < JOB_TRIES; i++) {
        assert_int_equal(job_take(records, kinds, "gone", now, 60, &j), 0);
        job_clear(&j);
        now += 61;
    }
    assert_int_equal(records_begin(records), 0);
    assert_true(job_add(records, "recheck", "all", UTC_NONE, NULL, now, now) > 0);
    assert_int_equal(records_commit(records, true), 0);
    run(&good);
    sql("UPDATE job SET run_at = 1 WHERE kind = 'recheck'");
    struct runner_options o = options(&good);
    struct runner_step step;
    assert_int_equal(runner_once(&o, records, &step), 1);
    assert_string_equal(step.kind, "recheck");
    assert_true(step.done);
    json_t *out = ask(ANNA, "document.version", "version", version);
    assert_string_equal(row_text(out, "state"), "failed");
    assert_true(json_is_null(json_object_get(out, "verdict")));
    json_decref(out);
    assert_int_equal(number("SELECT count(*) FROM reminder WHERE kind = 'work-failed'"), 1);
}

/* A failure of ours is never a verdict; in the end a human is called. */
static void test_own_failure(void **state)
{
    (void)state;
    int64_t version = add("hard to read");
    for (int i = 0; i < JOB_TRIES; i++) {
        run(&failing);
        json_t *out = ask(ANNA, "document.version", "version", version);
        assert_string_equal(row_text(out, "state"), i < JOB_TRIES - 1 ? "waiting" : "failed");
        assert_true(strstr(row_text(out, "failure"), "engine.limit") != NULL);
        assert_true(json_is_null(json_object_get(out, "verdict")));
        json_decref(out);
        now += 7 * 3600;
    }
    assert_int_equal(number("SELECT count(*) FROM verification"), 0);
    assert_int_equal(number("SELECT count(*) FROM file WHERE verdict IS NOT NULL"), 0);
    assert_int_equal(number("SELECT count(*) FROM reminder WHERE kind = 'work-failed'"), 1);
    assert_int_equal(number("SELECT count(*) FROM job WHERE state = 'needs-human'"), 1);
    /* An officer asks again, and this time it works. */
    assert_int_equal(call(ANNA, "verification.again",
                          json_pack("{s:I}", "version", (json_int_t)version), NULL, NULL, NULL),
                     OP_OK);
    run(&good);
    json_t *out = ask(ANNA, "document.version", "version", version);
    assert_string_equal(row_text(out, "state"), "verified");
    assert_true(json_is_null(json_object_get(out, "failure")));
    json_decref(out);
    /* What has its verdict keeps it when a later verification fails. */
    assert_int_equal(call(ANNA, "verification.again",
                          json_pack("{s:I}", "version", (json_int_t)version), NULL, NULL, NULL),
                     OP_OK);
    run(&failing);
    out = ask(ANNA, "document.version", "version", version);
    assert_string_equal(row_text(out, "state"), "verified");
    assert_string_equal(row_text(out, "verdict"), "REJECTED");
    assert_true(strstr(row_text(out, "failure"), "engine.limit") != NULL);
    json_decref(out);
}

/* A file that ends its child is tried once more; then it alone has no verdict of worth. */
static void test_hostile_member(void **state)
{
    (void)state;
    const struct office_verifier v = {.policy = "india-dsc", .verify = verify_one_crashes};
    json_t *out = NULL, *rows = NULL;
    assert_int_equal(call_with(VENDOR_ONE, "document.add",
                               json_pack("{s:i, s:s}", "application", 1, "kind", "F03"),
                               span_make(archive, sizeof archive), "tcf.zip", &out),
                     OP_OK);
    int64_t version = row_int(out, "id");
    json_decref(out);
    run(&v);
    assert_int_equal(number("SELECT count(*) FROM verification"), 0);
    assert_int_equal(number("SELECT count(*) FROM job WHERE kind = 'verify' AND state = 'waiting'"),
                     1);
    now += 3600;
    run(&v);
    out = ask(ANNA, "file.of-version", "version", version);
    const json_t *files = json_object_get(out, "items");
    assert_int_equal(json_array_size(files), 2);
    const json_t *a = json_array_get(files, 0), *c = json_array_get(files, 1);
    assert_string_equal(row_text(a, "path"), "a.txt");
    assert_string_equal(row_text(a, "verdict"), "REJECTED");
    assert_string_equal(row_text(a, "state"), "unsigned");
    assert_string_equal(row_text(c, "path"), "b/c.txt");
    assert_string_equal(row_text(c, "verdict"), "REVIEW");
    assert_true(strstr(row_text(c, "reasons"), "engine.child-ended") != NULL);
    json_decref(out);
    assert_int_equal(call(ANNA, "file.of-version",
                          json_pack("{s:I, s:b}", "version", (json_int_t)version, "undecided", 1),
                          NULL, NULL, &rows),
                     OP_OK);
    assert_int_equal(json_array_size(json_object_get(rows, "items")), 2);
    json_decref(rows);
}

/* ---- decisions ------------------------------------------------------------------------------- */

static enum op_problem decide(int person, int64_t file, const char *word, const char *reason,
                              int64_t *id)
{
    json_t *out = NULL;
    enum op_problem p = call(
        person, "decision.propose",
        json_pack("{s:I, s:s, s:s}", "file", (json_int_t)file, "decision", word, "reason", reason),
        NULL, NULL, &out);
    if (id) {
        *id = row_int(out, "id");
    }
    json_decref(out);
    return p;
}

static enum op_problem second(int person, const char *op, int64_t decision)
{
    return call(person, op, json_pack("{s:I}", "decision", (json_int_t)decision), NULL, NULL, NULL);
}

static void is_decided(int64_t file, const char *want)
{
    json_t *out = ask(ANNA, "file.show", "file", file);
    assert_string_equal(row_text(out, "decision"), want);
    assert_string_equal(row_text(out, "verdict"), "REJECTED"); /* the machine's word stays */
    json_decref(out);
}

static void test_four_eyes(void **state)
{
    (void)state;
    int64_t file = 1, id = 0;
    (void)add("unsigned form");
    assert_int_equal(decide(ANNA, file, "waive", "too early, no verdict", NULL), OP_NOT_FOUND);
    run(&good);
    assert_int_equal(decide(ANNA, file, "waive", "short", NULL), OP_BAD_PARAMETER);
    assert_int_equal(decide(ANNA, file, "waive", "          .          ", NULL), OP_BAD_PARAMETER);
    assert_int_equal(decide(ANNA, file, "waive", "signed on paper in front of us", &id), OP_OK);
    is_decided(file, "");
    assert_int_equal(second(ANNA, "decision.confirm", id), OP_FOUR_EYES);
    assert_int_equal(second(ANNA, "decision.reject", id), OP_FOUR_EYES);
    assert_int_equal(second(VENDOR_ONE, "decision.confirm", id), OP_FORBIDDEN);
    assert_int_equal(second(BALA, "decision.confirm", id), OP_OK);
    is_decided(file, "waive");
    assert_int_equal(second(BALA, "decision.confirm", id), OP_STATE);
    /* A refusal needs no second officer here, and supersedes. */
    assert_int_equal(decide(BALA, file, "refuse", "the paper turned out to be forged", NULL),
                     OP_OK);
    is_decided(file, "refuse");
    assert_int_equal(number("SELECT count(*) FROM decision WHERE state = 'final'"), 1);
    assert_int_equal(number("SELECT count(*) FROM decision WHERE state = 'superseded'"), 1);
    /* To accept what the machine rejected does; the second officer says no. */
    assert_int_equal(decide(ANNA, file, "accept", "I am sure that it is fine", &id), OP_OK);
    is_decided(file, "refuse");
    assert_int_equal(second(BALA, "decision.reject", id), OP_OK);
    is_decided(file, "refuse");
    office.four_eyes_refuse = true;
    assert_int_equal(decide(ANNA, file, "refuse", "now with a second pair", &id), OP_OK);
    assert_int_equal(number("SELECT count(*) FROM decision WHERE state = 'proposed'"), 1);
    /* The vendor sees what is final, without names and without what is only proposed. */
    json_t *out = ask(VENDOR_ONE, "file.show", "file", file);
    const json_t *all = json_object_get(out, "decisions");
    assert_int_equal(json_array_size(all), 1);
    assert_string_equal(row_text(json_array_get(all, 0), "decision"), "refuse");
    assert_null(json_object_get(json_array_get(all, 0), "person_name"));
    json_decref(out);
}

/* A new version with the same file keeps what was decided about it; other bytes do not. */
static void test_carried(void **state)
{
    (void)state;
    json_t *out = NULL;
    static const char *const versions[] = {"the same bytes", "the same bytes", "other bytes"};
    static const char *const decided[] = {"refuse", "refuse", ""};
    (void)add(versions[0]);
    run(&good);
    assert_int_equal(decide(ANNA, 1, "refuse", "unsigned, and it must be signed", NULL), OP_OK);
    for (int i = 1; i < 3; i++) {
        assert_int_equal(call(VENDOR_ONE, "document.add",
                              json_pack("{s:i, s:i}", "application", 1, "document", 1), versions[i],
                              "form.pdf", NULL),
                         OP_OK);
        run(&good);
        out = ask(ANNA, "file.show", "file", i + 1);
        assert_string_equal(row_text(out, "decision"), decided[i]);
        assert_string_equal(row_text(out, "verdict"), "REJECTED");
        json_decref(out);
    }
    assert_int_equal(number("SELECT count(*) FROM decision WHERE state = 'final'"), 2);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE action = 'decision.carried'"), 1);
    assert_int_equal(number("SELECT count(*) FROM decision WHERE file = 2 AND person = 1"), 1);
}

/* When the machine changes its mind the officer's word stays, and officers are told. */
static void test_changed(void **state)
{
    (void)state;
    int64_t file = 1, id = 0;
    int64_t version = add("revoked later");
    forcing = true;
    forced = SP_ACCEPTED;
    run(&good);
    assert_int_equal(decide(ANNA, file, "accept", "all is well with this one", NULL), OP_OK);
    assert_int_equal(decide(ANNA, file, "waive", "proposed on the old verdict", &id), OP_OK);
    forced = SP_REJECTED;
    now += 86400;
    assert_int_equal(call(BALA, "verification.again",
                          json_pack("{s:I}", "version", (json_int_t)version), NULL, NULL, NULL),
                     OP_OK);
    run(&good);
    forcing = false;
    assert_int_equal(number("SELECT count(*) FROM verification"), 2);
    assert_int_equal(number("SELECT changed FROM verification WHERE id = 2"), 1);
    assert_int_equal(number("SELECT count(*) FROM audit WHERE action = 'document.verdict-changed'"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM reminder WHERE kind = 'verdict-changed'"), 1);
    json_t *out = ask(ANNA, "file.show", "file", file);
    assert_string_equal(row_text(out, "decision"), "accept");
    assert_string_equal(row_text(out, "verdict"), "REJECTED");
    assert_int_equal(row_int(out, "verdict_changed"), 1);
    json_decref(out);
    assert_int_equal(second(BALA, "decision.confirm", id), OP_CONFLICT);
    /* Who looked at the old verification is told. */
    assert_int_equal(call(ANNA, "decision.propose",
                          json_pack("{s:I, s:s, s:s, s:i}", "file", (json_int_t)file, "decision",
                                    "refuse", "reason", "I looked at the first", "verification", 1),
                          NULL, NULL, NULL),
                     OP_CONFLICT);
    assert_int_equal(decide(ANNA, file, "refuse", "revoked before it was signed", NULL), OP_OK);
    out = ask(ANNA, "file.show", "file", file);
    assert_int_equal(row_int(out, "verdict_changed"), 0);
    json_decref(out);
    struct audit_state trail;
    assert_int_equal(audit_verify(records, &trail), 0);
    assert_int_equal(trail.bad, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_receipt),     TEST(test_vendors_apart),  TEST(test_verdict),
        TEST(test_fence),       TEST(test_stopped),        TEST(test_crashing_workers),
        TEST(test_own_failure), TEST(test_hostile_member), TEST(test_carried),
        TEST(test_four_eyes),   TEST(test_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
