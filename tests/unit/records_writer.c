/*
 * records_writer - writes into a data folder until it is killed: by tests/e2e/records_kill.py.
 *
 * usage: records_writer DATA
 * Says on standard output what is committed, a line each, after the commit:
 *   document NUMBER SHA256 JOB     a number without gaps, its document, the job that wants it
 *   done JOB                       the job was finished
 *   application ID                 an application was begun, as an operation
 * So whatever was said must be there afterwards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "office/office.h"
#include "office/op.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/blobs.h"
#include "records/jobs.h"
#include "records/people.h"

enum { MEMORY = 1 << 24 };

static void fatal(const char *why)
{
    (void)fprintf(stderr, "records_writer: %s\n", why);
    exit(70);
}

static void say(const char *what)
{
    (void)puts(what);
    if (fflush(stdout) != 0) {
        exit(74);
    }
}

/* In several pieces, so that a kill leaves broken drafts. */
static void write_document(const char *data, long n, char sha256[SHA256_HEX], int64_t *size)
{
    enum { PIECES = 20 };
    struct blob_draft *d;
    char piece[2048];
    int rc = blob_begin(data, sizeof piece * PIECES, &d);
    for (int i = 0; rc == 0 && i < PIECES; i++) {
        int length = snprintf(piece, sizeof piece, "%ld %ld %1900d", (long)getpid(), n, i);
        rc = blob_write(d, span_make(piece, (size_t)length));
    }
    if (rc != 0 || blob_done(d, sha256, size) != 0) {
        fatal("a document could not be written");
    }
}

static int64_t trail(struct records *r, int64_t number, const char *sha256)
{
    char subject[32];
    json_t *detail = json_pack("{s:s}", "sha256", sha256);
    (void)snprintf(subject, sizeof subject, "number:%lld", (long long)number);
    const struct audit_row row = {.at = time(NULL),
                                  .person = UTC_NONE,
                                  .actor = "writer",
                                  .action = "test.write",
                                  .subject = subject,
                                  .application = UTC_NONE,
                                  .detail = detail};
    int64_t seq = detail ? audit_append(r, &row) : RECORDS_FAILED;
    json_decref(detail);
    return seq;
}

static void keep_document(struct records *r, long n)
{
    char sha256[SHA256_HEX], line[128];
    int64_t size, now = time(NULL);
    write_document(records_data(r), n, sha256, &size);
    if (records_begin(r) != 0) {
        fatal(records_error(r));
    }
    int64_t number = number_next(r, "N");
    bool good = number > 0 && blob_keep(r, sha256, size, now) == 0 && trail(r, number, sha256) > 0;
    int64_t job = good ? job_add(r, "test", sha256, UTC_NONE, NULL, now, now) : -1;
    if (records_commit(r, job > 0) != 0 || job <= 0) {
        fatal(records_error(r));
    }
    (void)snprintf(line, sizeof line, "document %lld %s %lld", (long long)number, sha256,
                   (long long)job);
    say(line);
}

static void finish_job(struct records *r)
{
    static const char *const kinds[] = {"test", NULL};
    char line[64];
    struct job j;
    int rc = job_take(r, kinds, "writer", time(NULL), 3600, &j);
    if (rc == RECORDS_NONE) {
        return;
    }
    if (rc != 0 || records_begin(r) != 0 || job_finish(r, &j, time(NULL)) != 0 ||
        trail(r, j.id, j.key) < 0 || records_commit(r, true) != 0) {
        fatal(records_error(r));
    }
    (void)snprintf(line, sizeof line, "done %lld", (long long)j.id);
    say(line);
    job_clear(&j);
}

static void begin_application(struct records *r, const struct office *office,
                              const struct actor *actor, int64_t vendor)
{
    char line[64];
    struct arena *a = arena_new(MEMORY);
    json_t *in = json_pack("{s:I, s:s, s:s, s:i, s:s}", "vendor", (json_int_t)vendor, "product",
                           "Camera", "series", "IOTSCS", "level", 1, "kind", "fresh");
    struct op_call c = {.op = op_find("application.create"),
                        .actor = actor,
                        .records = r,
                        .arena = a,
                        .data = records_data(r),
                        .office = office,
                        .now = time(NULL),
                        .in = in,
                        .file = {.fd = -1}};
    if (!a || !in || op_call(&c) != 0 || c.problem) {
        fatal("application.create");
    }
    (void)snprintf(line, sizeof line, "application %lld",
                   json_integer_value(json_object_get(c.out, "id")));
    say(line);
    op_call_clear(&c);
    json_decref(in);
    arena_free(a);
}

/* A vendor and an officer, made once. */
static int64_t someone(struct records *r, struct actor *actor)
{
    int64_t vendor;
    struct person p;
    if (records_begin(r) != 0) {
        fatal(records_error(r));
    }
    if (firm_find(r, "Works", &vendor) != 0) {
        json_t *firm = json_pack("{s:s, s:i}", "name", "Works", "created_at", 0);
        vendor = firm_add(r, firm);
        json_decref(firm);
    }
    if (person_by_login(r, "writer", &p) != 0) {
        p = (struct person){.firm = UTC_NONE, .roles = ROLE_INTAKE, .login = "writer", .name = "W"};
        p.id = person_add(r, &p);
    }
    if (records_commit(r, vendor > 0 && p.id > 0) != 0 || vendor <= 0 || p.id <= 0) {
        fatal(records_error(r));
    }
    *actor =
        (struct actor){.person = p.id, .roles = ROLE_INTAKE, .firm = UTC_NONE, .login = "writer"};
    return vendor;
}

int main(int argc, char **argv)
{
    char why[RECORDS_WHY];
    struct records *r;
    struct office office;
    struct actor actor;
    if (argc != 2) {
        fatal("usage: records_writer DATA");
    }
    if (records_open(argv[1], time(NULL), &r, why) != 0) {
        fatal(why);
    }
    office_defaults(&office);
    int64_t vendor = someone(r, &actor);
    for (long n = 0;; n++) {
        keep_document(r, n);
        begin_application(r, &office, &actor, vendor);
        finish_job(r);
    }
}
