/*
 * foreign_world - records with cases of foreign certificates, a clock that the test sets, and the
 * two programs with the network as scripts that note what they were asked and say what the test
 * wants.
 *
 * The programs are looked for beside the running one, so the test runs as a copy of itself in a
 * folder of its own (foreign_world_main). Dates: 1 June 2026 is a Monday, the first closure after
 * it is Muharram on Friday 26 June: working days 4, 8, 10, 12, 13 and 15 are 5, 11, 15, 17, 18 and
 * 22 June.
 */
#ifndef TESTS_FOREIGN_WORLD_H
#define TESTS_FOREIGN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/db.h"
#include "office/cases.h"
#include "office/foreign/foreign.h"
#include "office/intake/runner.h"
#include "records/blobs.h"
#include "records/inside.h"
#include "records/jobs.h"
#include "records/people.h"

#define DAY_0  "2026-06-01"
#define DAY_15 "2026-06-22"

enum who { OFFICER, SECOND, VENDOR, STRANGER, WHO };
enum { MORNING = 10 * 3600, DAY = 86400, ROWS = 4096 };

static int64_t now_is; /* what the clock shows */

static int64_t show_clock(void)
{
    return now_is;
}

struct desk {
    char dir[64];
    struct office office;
    struct runner_options runner;
    struct records *r;
    struct arena *arena;
    struct actor actors[WHO];
    int64_t application;
    int mails;                /* that the mailbox holds */
    char request[SHA256_HEX]; /* that the next ones answer; "": the last of the case */
    char rows[ROWS];          /* what satyapan-mail says about them */
    struct op_call c;         /* the last one */
};

/* ---- time ------------------------------------------------------------------------------------ */

static int64_t at(const char *date, int64_t seconds)
{
    int32_t day;
    assert_true(date_parse(span_str(date), &day));
    return date_starts(day) + seconds;
}

static void clock_to(const char *date)
{
    now_is = at(date, MORNING);
}

/* ---- files ----------------------------------------------------------------------------------- */

static const char *home(void)
{
    return getenv("SATYAPAN_FOREIGN_HOME");
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* A file beside the scripts. */
static void say(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/libexec/satyapan/%s", home(), name);
    write_file(path, text, name[0] == 's' && strchr(name, '-') ? 0755 : 0644);
}

static int64_t lines_of(const char *name)
{
    char path[256];
    int64_t n = 0;
    (void)snprintf(path, sizeof path, "%s/libexec/satyapan/%s", home(), name);
    FILE *f = fopen(path, "r");
    for (int c; f && (c = getc(f)) != EOF;) {
        n += c == '\n';
    }
    if (f) {
        (void)fclose(f);
    }
    return n;
}

static void settings_file(const struct desk *d, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", d->dir, name);
    write_file(path, text, 0600);
}

/* "'clock_start': 'registration'" */
static void setting(const struct desk *d, const char *name, const char *value)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{\"schema\": \"satyapan-scheme/1\", \"%s\": {\"value\": %s, \"source\": \"a "
                   "test\", \"about\": \"x\"}}",
                   name, value);
    settings_file(d, "scheme.json", text);
}

static void closures(const struct desk *d, const char *rows)
{
    char path[256], text[600];
    (void)snprintf(path, sizeof path, "%s/calendars", d->dir);
    (void)mkdir(path, 0700);
    (void)snprintf(text, sizeof text, "date,name,kind,order,declared_on,source_note\n%s", rows);
    settings_file(d, "calendars/own.csv", text);
}

/* ---- the records ----------------------------------------------------------------------------- */

static void sql(struct desk *d, const char *text)
{
    assert_int_equal(records_begin(d->r), 0);
    if (db_run(d->r->db, text) != 0) {
        fail_msg("%s: %s", text, records_error(d->r));
    }
    assert_int_equal(records_commit(d->r, true), 0);
}

static int64_t count(struct desk *d, const char *text)
{
    int64_t n = -1;
    struct query q = query_begin(d->r->db, text);
    assert_int_equal(records_number(d->r, &q, &n), 0);
    return n;
}

/* A column of the case as it stands. */
static void case_has(struct desk *d, int64_t id, const char *name, const char *value)
{
    json_t *row = NULL;
    assert_int_equal(foreign_get(d->r, id, &row), 0);
    const char *text = office_str(row, name);
    if (strcmp(text ? text : "", value) != 0) {
        fail_msg("%s is %s, not %s", name, text ? text : "nothing", value);
    }
    json_decref(row);
}

static void person(struct desk *d, enum who w, const char *login, unsigned roles, int64_t firm)
{
    struct person p = {.firm = firm, .roles = roles, .created_at = now_is};
    (void)snprintf(p.login, sizeof p.login, "%s", login);
    (void)snprintf(p.name, sizeof p.name, "%s", login);
    d->actors[w] = (struct actor){.person = person_add(d->r, &p), .roles = roles, .firm = firm};
    (void)snprintf(d->actors[w].login, sizeof d->actors[w].login, "%s", login);
    assert_true(d->actors[w].person > 0);
}

static const char fill[] =
    "INSERT INTO firm(name, created_at) VALUES('Blue Camera Works', 1), ('Red Router Ltd', 1);"
    "INSERT INTO application(kind, state, vendor, product, series, level, complete_on,"
    " registered_on, created_at, updated_at) VALUES('fresh', 'testing', 1, 'DC-1', 'IOTSCS', 1,"
    " '2026-05-25', '2026-05-27', 1, 1);"
    "INSERT INTO issuer(key, name, profile, sha256, state, imported_login, imported_at)"
    " VALUES('issuer', 'Issuer', '{\"id\":\"issuer\",\"name\":\"Issuer\"}', 'x', 'approved', 'o', "
    "1);"
    "INSERT INTO issuer_domain(issuer, kind, domain, below) VALUES(1, 'web', 'issuer.example', 1),"
    " (1, 'mail', 'issuer.example', 0);";

static const char mail_script[] =
    "#!/bin/sh\n"
    "here=${0%/*}\n"
    "read -r request\n"
    "case $1 in\n"
    "send) printf '%s\\n' \"$request\" >> \"$here/sent\"; cat \"$here/send.answer\" ;;\n"
    "poll) folder=${request#*\\\"dir\\\":\\\"}; folder=${folder%%\\\"*}\n"
    "  cp \"$here\"/mail-* \"$folder\" 2>/dev/null; cat \"$here/poll.rows\" ;;\n"
    "esac\n";
static const char web_script[] = "#!/bin/sh\n"
                                 "here=${0%/*}\n"
                                 "[ \"$1\" = profile ] && exit 0\n"
                                 "read -r request\n"
                                 "printf '%s\\n' \"$request\" >> \"$here/asked\"\n"
                                 "cat \"$here/web.answer\"\n";

static void scripts(void)
{
    char path[256];
    static const char *const gone[] = {"sent", "asked"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        (void)snprintf(path, sizeof path, "%s/libexec/satyapan/%s", home(), gone[i]);
        (void)unlink(path);
    }
    for (int i = 1; i < 10; i++) {
        (void)snprintf(path, sizeof path, "%s/libexec/satyapan/mail-%d", home(), i);
        (void)unlink(path);
    }
    say("satyapan-mail", mail_script);
    say("satyapan-weblink", web_script);
    say("send.answer", "{\"sent\":true,\"permanent\":false,\"code\":\"request.sent\",\"why\":\"\","
                       "\"issuer_named\":true,\"bytes_sha256\":\"0\"}\n");
    say("poll.rows", "{\"state\":{},\"left\":0}\n");
}

static void offices(struct desk *d)
{
    office_defaults(&d->office);
    d->office.trust = "trust";
    d->office.mail_from = "verify@cb.test";
    d->office.smtp_url = "smtp://127.0.0.1:9";
    d->office.maildir = "/nonexistent";
    d->runner = (struct runner_options){.data = d->dir, .office = &d->office, .now = show_clock};
}

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);
    char why[RECORDS_WHY];
    assert_non_null(d);
    (void)snprintf(d->dir, sizeof d->dir, "/tmp/satyapan-foreign-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    offices(d);
    scripts();
    clock_to(DAY_0);
    assert_int_equal(records_open(d->dir, now_is, &d->r, why), 0);
    d->arena = arena_new(1 << 26);
    sql(d, fill);
    d->application = 1;
    assert_int_equal(records_begin(d->r), 0);
    person(d, OFFICER, "intake", ROLE_INTAKE, UTC_NONE);
    person(d, SECOND, "second", ROLE_INTAKE, UTC_NONE);
    person(d, VENDOR, "vendor", ROLE_VENDOR, 1);
    person(d, STRANGER, "stranger", ROLE_VENDOR, 2);
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

/* ---- operations ------------------------------------------------------------------------------ */

/* With an object (taken over); the problem it gives. */
static enum op_problem call_with(struct desk *d, enum who w, const char *id, json_t *in,
                                 const struct op_upload *upload)
{
    op_call_clear(&d->c);
    assert_non_null(in);
    d->c = (struct op_call){.op = op_find(id),
                            .actor = &d->actors[w],
                            .records = d->r,
                            .arena = d->arena,
                            .data = d->dir,
                            .office = &d->office,
                            .now = now_is,
                            .in = in,
                            .limit = 50,
                            .file = {.fd = -1}};
    if (!d->c.op) {
        fail_msg("no operation %s", id);
    }
    if (upload) {
        d->c.upload = *upload;
    }
    int rc = op_call(&d->c);
    json_decref(in);
    d->c.in = NULL;
    if (rc != 0) {
        fail_msg("%s: %s", id, records_error(d->r));
    }
    return d->c.problem;
}

/* {"case": id} and more members of JSON: "'reason': 'x'". */
static json_t *of(const char *name, int64_t id, const char *more)
{
    char text[600];
    size_t n = (size_t)snprintf(text, sizeof text, "{\"%s\": %lld%s%s}", name, (long long)id,
                                *more ? ", " : "", more);
    assert_true(n < sizeof text);
    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return json_loads(text, 0, NULL);
}

static void gives(struct desk *d, enum who w, const char *id, json_t *in, enum op_problem p)
{
    enum op_problem got = call_with(d, w, id, in, NULL);
    if (got != p) {
        fail_msg("%s: %s (%s), not %s", id, op_problem_code(got), d->c.detail ? d->c.detail : "",
                 op_problem_code(p));
    }
}

static void must(struct desk *d, enum who w, const char *id, json_t *in)
{
    gives(d, w, id, in, OP_OK);
}

static int64_t number_of(struct desk *d, const char *member)
{
    return json_integer_value(json_object_get(d->c.out, member));
}

/* The work that waits, until nothing is due. */
static void work(struct desk *d)
{
    struct runner_step step;
    int rc = 1;
    for (int i = 0; i < 60 && rc == 1; i++) {
        rc = runner_once(&d->runner, d->r, &step);
    }
    assert_int_equal(rc, 0);
}

/* The clocks are looked at, as they are every few minutes, and what that queued is done. */
static void look(struct desk *d)
{
    assert_int_equal(records_begin(d->r), 0);
    assert_true(job_add(d->r, "foreign-clock", "all", UTC_NONE, NULL, now_is, now_is) > 0);
    assert_int_equal(records_commit(d->r, true), 0);
    work(d);
}

/* The mailbox is read. */
static void poll_now(struct desk *d)
{
    assert_int_equal(records_begin(d->r), 0);
    assert_true(job_add(d->r, "foreign-poll", "all", UTC_NONE, NULL, now_is, now_is) > 0);
    assert_int_equal(records_commit(d->r, true), 0);
    work(d);
}

/* ---- cases ----------------------------------------------------------------------------------- */

static int64_t opened(struct desk *d)
{
    must(d, VENDOR, "foreign.open",
         of("application", d->application,
            "'issuer': 'Issuer', 'number': 'N-1', 'holder': 'Blue Camera Works', 'email':"
            " 'registry@issuer.example', 'weblink': 'https://issuer.example/N-1'"));
    return number_of(d, "id");
}

/* Asked by mail, and the mail went out. */
static int64_t asked(struct desk *d)
{
    int64_t id = opened(d);
    must(d, OFFICER, "foreign.mail", of("case", id, ""));
    work(d);
    case_has(d, id, "state", "waiting_reply");
    return id;
}

/* The hash of the token of the last request of the case. */
static void last_token(struct desk *d, int64_t id, char out[SHA256_HEX])
{
    json_t *mail = NULL;
    assert_int_equal(foreign_mail_last(d->r, id, &mail), 0);
    (void)snprintf(out, SHA256_HEX, "%s", office_str(mail, "token_sha256"));
    json_decref(mail);
}

/* A mail about the case lies in the mailbox since then. */
static void arrives(struct desk *d, int64_t id, const char *class, const char *result,
                    int64_t received)
{
    char name[32], text[64], hex[SHA256_HEX], token[SHA256_HEX];
    uint8_t hash[SHA256_SIZE];
    (void)snprintf(name, sizeof name, "mail-%d", ++d->mails);
    (void)snprintf(text, sizeof text, "answer %d", d->mails);
    say(name, text);
    last_token(d, id, token);
    assert_int_equal(hash_sha256(span_str(text), hash), 0);
    (void)hash_hex(span_make(hash, sizeof hash), false, hex);
    size_t n = strlen(d->rows);
    (void)snprintf(
        d->rows + n, sizeof d->rows - n,
        "{\"request\":\"%s\",\"uid\":%d,\"raw_path\":\"%s\",\"raw_sha256\":\"%s\",\"class\":\"%s\","
        "\"case\":"
        "\"%lld\",\"result\":\"%s\",\"reasons\":[],\"attachments\":[],\"received_at\":%lld,"
        "\"bounce\":{\"permanent\":true}}\n",
        *d->request ? d->request : token, d->mails, name, hex, class, (long long)id, result,
        (long long)received);
    char all[ROWS + 128];
    (void)snprintf(all, sizeof all, "%s{\"state\":{\"uid\":%d},\"left\":0}\n", d->rows, d->mails);
    say("poll.rows", all);
}

static void web_says(const char *outcome)
{
    char text[300];
    (void)snprintf(
        text, sizeof text,
        "{\"id\":\"x\",\"outcome\":\"%s\",\"reason\":null,\"findings\":[],\"snippets\":[],"
        "\"hops\":[],\"final_url\":null,\"control\":null,\"warc\":null,"
        "\"retry_after\":null}\n",
        outcome);
    say("web.answer", text);
}

/* ---- the program ----------------------------------------------------------------------------- */

static int copy_self(const char *to)
{
    char command[600];
    (void)snprintf(command, sizeof command, "cp /proc/%ld/exe '%s'", (long)getpid(), to);
    return system(command);
}

/* Runs itself as a copy in a folder of its own; what that returns. */
static int foreign_world_main(char **argv)
{
    char folder[] = "/tmp/satyapan-foreign-home-XXXXXX", path[128];
    int status = 0;
    if (!mkdtemp(folder) || setenv("SATYAPAN_FOREIGN_HOME", folder, 1) != 0) {
        return 70;
    }
    (void)snprintf(path, sizeof path, "%s/libexec", folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/libexec/satyapan", folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/test_foreign", folder);
    pid_t child = copy_self(path) == 0 ? fork() : -1;
    if (child == 0) {
        (void)execv(path, argv);
        _exit(70);
    }
    bool done = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
    (void)nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS);
    return done ? WEXITSTATUS(status) : 70;
}

#endif
