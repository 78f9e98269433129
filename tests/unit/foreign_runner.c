/*
 * foreign_runner - jobs about foreign certificates for tests that kill, and their clock for the
 * bench.
 *
 * usage: foreign_runner fill DATA CASES   cases of an approved issuer, asked by web and by mail
 *        foreign_runner run DATA          does their jobs until none is left, by the runner
 *        foreign_runner clock DATA CASES  so many open cases: the seconds to look at all of them
 *                                         when nothing changed, and when every last day moves
 * The programs that have the network are those of libexec/satyapan beside this program: in these
 * tests scripts that note what they were asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "office/check.h"
#include "office/foreign/case_clock.h"
#include "office/intake/runner.h"
#include "office/op.h"
#include "records/applications.h"
#include "records/inside.h"
#include "records/people.h"

enum { MEMORY = 1 << 26, WAIT_US = 20000 };

static struct records *records;
static struct office office;
static struct actor actor = {.roles = ROLE_OFFICER, .firm = UTC_NONE};

static void fatal(const char *why)
{
    (void)fprintf(stderr, "foreign_runner: %s: %s\n", why, records ? records_error(records) : "");
    exit(70);
}

static void open_all(const char *data)
{
    char why[RECORDS_WHY];
    office_defaults(&office);
    office.mail_from = "verify@cb.test";
    office.smtp_url = "smtp://127.0.0.1:9";
    if (records_open(data, time(NULL), &records, why) != 0) {
        fatal(why);
    }
}

static void sql(const char *text)
{
    if (records_begin(records) != 0 || db_run(records->db, text) != 0 ||
        records_commit(records, true) != 0) {
        fatal(text);
    }
}

static void call(const char *op, json_t *in)
{
    struct arena *a = arena_new(MEMORY);
    struct op_call c = {.op = op_find(op),
                        .actor = &actor,
                        .records = records,
                        .arena = a,
                        .data = records_data(records),
                        .office = &office,
                        .now = time(NULL),
                        .in = in,
                        .file = {.fd = -1}};
    if (!a || !in || op_call(&c) != 0 || c.problem) {
        fatal(c.detail ? c.detail : op);
    }
    op_call_clear(&c);
    json_decref(in);
    arena_free(a);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void begin(void)
{
    sql("INSERT INTO firm(name, created_at) VALUES('Acme', 1)");
    sql("INSERT INTO person(login, name, roles, created_at) VALUES('officer', 'Officer', 31, 1)");
    sql("INSERT INTO application(kind, state, vendor, product, series, level, complete_on,"
        " created_at, updated_at) VALUES('fresh', 'testing', 1, 'AC', 'IOTSCS', 1, '2026-01-05', 1,"
        " 1)");
    sql("INSERT INTO issuer(key, name, profile, sha256, state, imported_login, imported_at)"
        " VALUES('issuer', 'Issuer', '{\"id\":\"issuer\"}', 'x', 'approved', 'o', 1)");
    sql("INSERT INTO issuer_domain(issuer, kind, domain, below) VALUES(1, 'web', 'issuer.example', "
        "1),"
        " (1, 'mail', 'issuer.example', 0)");
}

static void fill(long cases)
{
    char text[512];
    begin();
    actor.person = 1;
    (void)snprintf(actor.login, sizeof actor.login, "officer");
    (void)snprintf(text, sizeof text,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld)"
                   " INSERT INTO foreign_case(application, issuer, number, weblink, email, state,"
                   " created_at, updated_at) SELECT 1, 'Issuer', 'N-' || i,"
                   " 'https://issuer.example/' || i, 'a@issuer.example', 'draft', 1, 1 FROM n",
                   cases);
    sql(text);
    for (long i = 1; i <= cases; i++) {
        call("foreign.check", json_pack("{s:I}", "case", (json_int_t)i));
        call("foreign.mail", json_pack("{s:I}", "case", (json_int_t)i));
    }
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* No document is verified here. */
static int no_verifier(void *context, const struct office_document *d,
                       const struct office_watch *watch, struct office_verified *out)
{
    (void)context;
    (void)d;
    (void)watch;
    (void)out;
    return 1;
}

static int64_t left(void)
{
    int64_t n = 0;
    struct query q = query_begin(records->db, "SELECT count(*) FROM job WHERE kind IN"
                                              " ('foreign-web', 'foreign-mail') AND state IN"
                                              " ('waiting', 'running')");
    if (records_number(records, &q, &n) != 0) {
        fatal("count");
    }
    return n;
}

static void run(const char *data)
{
    char why[RECORDS_WHY];
    struct runner *runner = NULL;
    const struct office_verifier verifier = {.policy = "none", .verify = no_verifier};
    const struct runner_options o = {.data = data, .office = &office, .verifier = &verifier};
    office.intake_jobs = 1;
    if (runner_start(&o, &runner, why) != 0) {
        fatal(why);
    }
    while (left() > 0) {
        (void)usleep(WAIT_US);
    }
    runner_stop(runner);
}

/* ---- the clock ------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double look(const char *data, int64_t expected_changes)
{
    char why[SCHEME_DATA_ERROR];
    struct arena *a = arena_new(MEMORY);
    struct scheme_data scheme;
    struct foreign_round round;
    double from = seconds();
    if (!a || check_data(a, &office, data, &scheme, why) != 0 || records_begin(records) != 0) {
        fatal(why);
    }
    const struct foreign_by by = {records,  &scheme,    time(NULL),
                                  UTC_NONE, "satyapan", "foreign.clock"};
    if (foreign_clock_round(&by, &office, data, &round) != 0 ||
        records_commit(records, true) != 0 || round.changed != expected_changes) {
        fatal("the clocks");
    }
    double took = seconds() - from;
    arena_free(a);
    return took;
}

/* Asked today, so that nothing but the dates is due. */
static void clock_cases(const char *data, long cases)
{
    char text[600];
    begin();
    (void)snprintf(text, sizeof text,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld)"
                   " INSERT INTO foreign_case(application, issuer, number, email, state, mail,"
                   " queried_on, created_at, updated_at) SELECT 1, 'Issuer', 'N-' || i,"
                   " 'a@issuer.example', 'waiting_reply', 'waiting',"
                   " date('now', '+330 minutes'), 1, 1 FROM n",
                   cases);
    sql(text);
    double moved = look(data, cases); /* each gets its dates, a row of the trail, a job */
    double quiet = look(data, 0);
    (void)printf("quiet %.3f\nmoved %.3f\n", quiet, moved);
}

int main(int argc, char **argv)
{
    long n = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    if (argc < 3) {
        fatal("usage: foreign_runner fill|run|clock DATA [CASES]");
    }
    open_all(argv[2]);
    if (strcmp(argv[1], "fill") == 0) {
        fill(n);
    } else if (strcmp(argv[1], "run") == 0) {
        run(argv[2]);
    } else {
        clock_cases(argv[2], n);
    }
    records_close(records);
    return 0;
}
