/*
 * upkeep - `satyapan audit verify`, `records check`, `records sweep`, `records index`,
 * `backup`.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/office/command.h"
#include "cli/options.h"
#include "db/rows.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/blobs.h"

struct upkeep {
    const char *data, *expect, *to;
    bool json;
    struct records *r;
};

static bool take(void *context, int option)
{
    struct upkeep *u = context;
    if (option == 'd') {
        u->data = optarg;
    } else if (option == 'e') {
        u->expect = optarg;
    } else {
        u->json = strcmp(optarg, "json") == 0;
        return u->json || strcmp(optarg, "text") == 0;
    }
    return true;
}

/* One value is taken where words is 1. EXIT_GOOD: go on; or EXIT_USAGE. */
static int read_options(struct upkeep *u, int argc, char **argv, int words)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"expect", required_argument, NULL, 'e'},
                                            {"format", required_argument, NULL, 'f'},
                                            {0}};
    *u = (struct upkeep){.data = "./data"};
    const struct option_table how = {"backup", "", options, take, u};
    if (options_read(&how, argc, argv) >= 0) {
        return EXIT_USAGE;
    }
    if (argc - optind != words) {
        complain("%s takes %s; see satyapan backup --help", argv[0],
                 words ? "the folder the copy goes to" : "no further word");
        return EXIT_USAGE;
    }
    u->to = words ? argv[optind] : NULL;
    return EXIT_GOOD;
}

static int failed(struct upkeep *u)
{
    complain("%s: %s", u->data, records_error(u->r));
    records_close(u->r);
    return EXIT_IO;
}

static int print_json(json_t *o)
{
    char *text = o ? rows_canonical(o) : NULL;
    json_decref(o);
    if (!text) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    (void)puts(text);
    mem_free(text);
    return EXIT_GOOD;
}

/* ---- audit verify ---------------------------------------------------------------------------- */

static void tell_trail(const struct audit_state *s, const char *expect, bool found,
                       const char *last)
{
    if (s->bad) {
        (void)printf("The audit trail is broken at row %lld: it was changed, or a row before it is "
                     "missing.\nThe %lld rows before it are whole.\n",
                     (long long)s->bad, (long long)s->count);
    } else {
        (void)printf("The audit trail is whole: %lld rows.\n", (long long)s->count);
    }
    if (expect) {
        (void)puts(found ? "The expected hash is in it."
                         : "The expected hash is not in it: the trail was written anew.");
    }
    (void)printf("last hash %s\n", last);
}

int office_audit_verify(int argc, char **argv)
{
    struct upkeep u;
    struct audit_state s = {0};
    char last[SHA256_HEX];
    uint8_t expected[SHA256_SIZE];
    int code = read_options(&u, argc, argv, 0);
    if (code == EXIT_GOOD && u.expect && !hash_unhex(u.expect, expected, sizeof expected)) {
        complain("--expect: %s is no SHA-256 in hex", u.expect);
        code = EXIT_USAGE;
    }
    code = code == EXIT_GOOD ? office_open(u.data, false, &u.r) : code;
    if (code != EXIT_GOOD) {
        return code;
    }
    s.expected = u.expect ? expected : NULL;
    if (audit_verify(u.r, &s) < 0) {
        return failed(&u);
    }
    records_close(u.r);
    bool good = s.bad == 0 && (!u.expect || s.found);
    (void)hash_hex(span_make(s.last, SHA256_SIZE), false, last);
    if (!u.json) {
        tell_trail(&s, u.expect, s.found, last);
    } else {
        json_t *bad = s.bad ? json_integer(s.bad) : json_null();
        json_t *found = u.expect ? json_boolean(s.found) : json_null();
        code = print_json(json_pack("{s:b, s:I, s:o, s:o, s:s}", "whole", good, "rows",
                                    (json_int_t)s.count, "bad", bad, "expected_found", found,
                                    "last", last));
    }
    return code != EXIT_GOOD ? code : good ? EXIT_GOOD : EXIT_BAD;
}

/* ---- records check --------------------------------------------------------------------------- */

struct faults {
    json_t *list;
    bool json;
};

static void add_fault(struct faults *f, const char *what, const char *why)
{
    if (!f->json) {
        (void)printf("%s%s%s\n", what, *what ? ": " : "", why);
    } else {
        /* When memory is out the count still tells. */
        (void)json_array_append_new(f->list, json_pack("{s:s, s:s}", "what", what, "why", why));
    }
}

static void database_fault(void *context, const char *what)
{
    add_fault(context, "office.db", what);
}

static void blob_fault(void *context, const char *sha256, const char *why)
{
    add_fault(context, sha256, why);
}

int office_records_check(int argc, char **argv)
{
    struct upkeep u;
    struct audit_state s = {0};
    int code = read_options(&u, argc, argv, 0);
    code = code == EXIT_GOOD ? office_open(u.data, false, &u.r) : code;
    if (code != EXIT_GOOD) {
        return code;
    }
    struct faults f = {.list = json_array(), .json = u.json};
    int64_t db = records_check(u.r, database_fault, &f);
    int64_t blobs = db < 0 ? db : blob_check(u.r, blob_fault, &f);
    if (blobs < 0 || audit_verify(u.r, &s) < 0) {
        json_decref(f.list);
        return failed(&u);
    }
    if (s.bad) {
        add_fault(&f, "audit trail", "a row was changed or is missing; see satyapan audit verify");
    }
    bool good = db + blobs == 0 && s.bad == 0;
    records_close(u.r);
    if (u.json) {
        code = print_json(json_pack("{s:b, s:o}", "whole", good, "faults", f.list));
    } else {
        json_decref(f.list);
        (void)printf("%s\n", good ? "The records are whole." : "The records are not whole.");
    }
    return code != EXIT_GOOD ? code : good ? EXIT_GOOD : EXIT_BAD;
}

int office_records_sweep(int argc, char **argv)
{
    struct upkeep u;
    int code = read_options(&u, argc, argv, 0);
    code = code == EXIT_GOOD ? office_open(u.data, false, &u.r) : code;
    if (code != EXIT_GOOD) {
        return code;
    }
    int64_t n = blob_sweep(u.r, time(NULL));
    if (n < 0) {
        return failed(&u);
    }
    records_close(u.r);
    (void)printf("%lld files without a record were removed.\n", (long long)n);
    return EXIT_GOOD;
}

int office_records_index(int argc, char **argv)
{
    struct upkeep u;
    int code = read_options(&u, argc, argv, 0);
    code = code == EXIT_GOOD ? office_open(u.data, false, &u.r) : code;
    if (code != EXIT_GOOD) {
        return code;
    }
    int rc = records_begin(u.r);
    rc = rc < 0 ? rc : search_rebuild(u.r);
    if (records_commit(u.r, rc == 0) < 0 || rc < 0) {
        return failed(&u);
    }
    records_close(u.r);
    (void)puts("The search knows all applications anew.");
    return EXIT_GOOD;
}

/* ---- backup ---------------------------------------------------------------------------------- */

int office_backup(int argc, char **argv)
{
    struct upkeep u;
    char why[RECORDS_WHY];
    int code = read_options(&u, argc, argv, 1);
    code = code == EXIT_GOOD ? office_open(u.data, false, &u.r) : code;
    if (code != EXIT_GOOD) {
        return code;
    }
    int rc = records_backup(u.r, u.to, why);
    code = rc < 0 ? office_failure(errno) : EXIT_GOOD;
    records_close(u.r);
    if (rc < 0) {
        complain("no backup was made: %s", why);
        return code;
    }
    (void)printf("%s is a checked copy; put it in the place of %s to restore.\n", u.to, u.data);
    return EXIT_GOOD;
}
