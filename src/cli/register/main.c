/*
 * main - satyapan-register: the register of certificates at the command line.
 *
 * `register check` is built in to satyapan (cli/register_check.c): it needs no register.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/register/command.h"
#include "db/rows.h"
#include "satyapan/verify.h"
#include "scheme/date.h"

static const char help[] =
    "usage: satyapan register list [--number N] [--model M] [--firmware V] [--holder NAME]\n"
    "       satyapan register show NUMBER\n"
    "       satyapan register status NUMBER [--on DATE] [--model M] [--firmware V]\n"
    "       satyapan register suspend|reinstate|withdraw NUMBER --reason CODE [--prepare]\n"
    "       satyapan register supersede NUMBER --by NUMBER --reason CODE [--prepare]\n"
    "       satyapan register amend|correct NUMBER --changes FILE ...   see amend --help\n"
    "       satyapan register renew-timestamps ...      see renew-timestamps --help\n"
    "       satyapan register changes [--number N]  what waits for a second officer\n"
    "       satyapan register confirm|drop ID       carries a change out, or gives it up\n"
    "       satyapan register proof NUMBER [--latest]   of the certificate's files, or its last "
    "event\n"
    "       satyapan register checkpoint [--key]    the signed head; with --key the public key\n"
    "       satyapan register export --out DIR [--issuer in.gov.BODY [--type IOTSC]]\n"
    "       satyapan register witness               has it signed by DATA/witnesses.txt\n"
    "       satyapan register audit [--earlier FILE]\n"
    "Options: --data DIR (./data), --format text|json.\n"
    "status: exit 0 valid, 1 not valid, 2 unknown. audit: --earlier is a head that was kept "
    "elsewhere.\n";

enum exit_code print_json(json_t *o)
{
    char *text = o ? rows_canonical(o) : NULL;
    bool good = text && puts(text) >= 0;
    mem_free(text);
    json_decref(o);
    return good ? EXIT_GOOD : EXIT_INTERNAL;
}

enum exit_code failed(const struct run *c)
{
    complain("%s", records_error(c->r));
    return EXIT_INTERNAL;
}

const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "-";
}

enum exit_code absent(const char *number)
{
    complain("there is no certificate \"%s\" in this register", number);
    return EXIT_NO_INPUT;
}

/* ---- questions ------------------------------------------------------------------------------- */

static void print_row(const json_t *row)
{
    (void)printf("%-26s %-10s %s  %s  %s\n", text_of(row, "number"), text_of(row, "status"),
                 text_of(row, "valid_from"), text_of(row, "valid_to"), text_of(row, "holder"));
}

static void print_item(const json_t *row, bool first)
{
    char *text = rows_canonical(row);
    (void)printf("%s%s", first ? "" : ",", text ? text : "null");
    mem_free(text);
}

/* All of them, page by page; JSON as one array. */
static enum exit_code run_list(struct run *c)
{
    struct certificate_search s = {.number = c->number,
                                   .model = c->model,
                                   .firmware = c->firmware,
                                   .holder = c->holder,
                                   .limit = 500};
    char after[160] = "";
    size_t n = 500, i;
    json_t *rows = NULL, *row;
    bool first = true;
    (void)(c->json && putchar('['));
    while (n == 500) {
        s.after = after[0] ? after : NULL;
        if (certificate_search(c->r, &s, &rows) != 0) {
            return failed(c);
        }
        n = json_array_size(rows);
        json_array_foreach(rows, i, row)
        {
            c->json ? print_item(row, first) : print_row(row);
            first = false;
            (void)snprintf(after, sizeof after, "%s", text_of(row, "number"));
        }
        json_decref(rows);
    }
    return !c->json || puts("]") >= 0 ? EXIT_GOOD : EXIT_IO;
}

static enum exit_code run_show(struct run *c)
{
    json_t *row = NULL, *history = NULL, *event;
    size_t i;
    int rc = certificate_find(c->r, c->word, &row);
    rc = rc == 0 ? register_history(c->r, c->word, &history) : rc;
    if (rc != 0) {
        json_decref(row);
        return rc == RECORDS_NONE ? absent(c->word) : failed(c);
    }
    if (c->json) {
        return print_json(json_pack("{so so}", "certificate", row, "history", history));
    }
    (void)printf("%s  %s\n  %s, %s\n  valid %s to %s\n", text_of(row, "number"),
                 text_of(row, "status"), text_of(row, "holder"), text_of(row, "product"),
                 text_of(row, "valid_from"), text_of(row, "valid_to"));
    json_array_foreach(history, i, event)
    {
        (void)printf("  %s  %-10s %s\n", text_of(event, "effective_on"), text_of(event, "event"),
                     text_of(event, "reason"));
    }
    json_decref(row);
    json_decref(history);
    return EXIT_GOOD;
}

static enum exit_code run_status(struct run *c)
{
    struct register_state s;
    int rc = register_state(c->r, c->word, c->on, c->model, c->firmware, &s, NULL);
    if (rc == RECORDS_FAILED) {
        return failed(c);
    }
    enum exit_code code = s.status == REGISTER_VALID     ? EXIT_GOOD
                          : s.status == REGISTER_UNKNOWN ? EXIT_UNSURE
                                                         : EXIT_BAD;
    if (c->json) {
        enum exit_code printed =
            print_json(json_pack("{ss ss ss ss ss ss ss}", "number", c->word, "on", c->on, "status",
                                 register_status_code(s.status), "since", s.since, "valid_from",
                                 s.valid_from, "valid_to", s.valid_to, "reason", s.reason));
        return printed == EXIT_GOOD ? code : printed;
    }
    (void)printf("%s on %s: %s", c->word, c->on, register_status_code(s.status));
    if (s.valid_to[0]) {
        (void)printf(" (valid %s to %s)", s.valid_from, s.valid_to);
    }
    (void)putchar('\n');
    return code;
}

static enum exit_code put(struct buffer *b, int rc, struct run *c)
{
    bool good = rc == 0 && fwrite(b->p, 1, b->n, stdout) == b->n;
    buffer_free(b);
    return good ? EXIT_GOOD : rc == RECORDS_NONE ? absent(c->word ? c->word : "-") : failed(c);
}

static enum exit_code run_proof(struct run *c)
{
    struct buffer b;
    struct register_version v;
    json_t *row = NULL;
    int rc = register_version(c->r, c->word, INT64_MAX, &v);
    rc = rc == 0 ? certificate_find(c->r, c->word, &row) : rc;
    buffer_init(&b, 1 << 20);
    if (rc == 0) {
        int64_t last = json_integer_value(json_object_get(row, "entry"));
        rc = register_proof(c->r, c->latest || v.entry < 0 ? last : v.entry, &b);
    }
    register_version_free(&v);
    json_decref(row);
    return put(&b, rc, c);
}

enum exit_code open_key(struct run *c)
{
    char why[REGISTER_WHY];
    if (register_key_open(c->data, NULL, false, &c->keys, why) != 0) {
        complain("%s", why);
        return EXIT_UNAVAILABLE;
    }
    return EXIT_GOOD;
}

static enum exit_code run_checkpoint(struct run *c)
{
    struct buffer b;
    buffer_init(&b, 1 << 20);
    if (!c->key) {
        return put(&b, register_head(c->r, &b), c);
    }
    enum exit_code code = open_key(c);
    if (code != EXIT_GOOD) {
        return code;
    }
    int rc = note_key_write(&c->keys.key, &b);
    buffer_char(&b, '\n');
    return put(&b, rc, c);
}

/* ---- audit ----------------------------------------------------------------------------------- */

static enum exit_code run_audit(struct run *c)
{
    struct register_audit a;
    struct input earlier = {.bytes = NULL};
    enum exit_code code = open_key(c);
    if (code == EXIT_GOOD && c->earlier) {
        code = input_open(c->earlier, &earlier);
    }
    if (code != EXIT_GOOD) {
        return code;
    }
    struct span kept = c->earlier ? span_make(earlier.bytes, earlier.size) : SPAN_NONE;
    int rc = register_check_all(c->r, &c->keys.key, kept, &a);
    if (c->earlier) {
        input_close(&earlier);
    }
    if (rc != 0) {
        return failed(c);
    }
    if (c->json) {
        (void)print_json(json_pack("{sb sI sI sI sI sI ss}", "whole", !a.why[0], "cosignatures",
                                   (json_int_t)a.cosignatures, "entries", (json_int_t)a.entries,
                                   "heads", (json_int_t)a.heads, "certificates",
                                   (json_int_t)a.certificates, "bad", (json_int_t)a.bad, "why",
                                   a.why));
    } else if (a.why[0]) {
        (void)printf("NOT WHOLE: entry %lld: %s\n", (long long)a.bad, a.why);
    } else {
        (void)printf("whole: %lld entries, %lld signed heads, %lld certificates\n",
                     (long long)a.entries, (long long)a.heads, (long long)a.certificates);
    }
    return a.why[0] ? EXIT_BAD : EXIT_GOOD;
}

/* ---- the command ----------------------------------------------------------------------------- */

static const struct verb {
    const char *name;
    enum exit_code (*run)(struct run *c);
    bool word; /* needs a number */
} verbs[] = {
    {"list", run_list, false},
    {"show", run_show, true},
    {"status", run_status, true},
    {"suspend", run_event, true},
    {"reinstate", run_event, true},
    {"withdraw", run_event, true},
    {"supersede", run_event, true},
    {"changes", run_changes, false},
    {"drop", run_drop, true},
    {"witness", run_witness, false},
    {"export", run_export, false},
    {"proof", run_proof, true},
    {"checkpoint", run_checkpoint, false},
    {"audit", run_audit, false},
    {0},
};

static bool take(void *context, int option)
{
    struct run *c = context;
    const char **const texts[] = {
        ['o'] = &c->on,     ['m'] = &c->model,  ['v'] = &c->firmware, ['l'] = &c->holder,
        ['n'] = &c->number, ['r'] = &c->reason, ['e'] = &c->earlier,  ['d'] = &c->data,
        ['b'] = &c->by,     ['O'] = &c->out,    ['i'] = &c->issuer,   ['t'] = &c->type};
    int32_t day;
    if (option == 'k') {
        c->key = true;
    } else if (option == 'P') {
        c->prepare = true;
    } else if (option == 'L') {
        c->latest = true;
    } else if (option == 'f') {
        c->json = strcmp(optarg, "json") == 0;
        return c->json || strcmp(optarg, "text") == 0;
    } else if (option > 0 && option < (int)(sizeof texts / sizeof *texts) && texts[option]) {
        *texts[option] = optarg;
        c->dated = c->dated || option == 'o';
        return option != 'o' || date_parse(span_str(optarg), &day);
    } else {
        return false;
    }
    return true;
}

/* -1: go on; else the exit code. */
static int read_options(int argc, char **argv, struct run *c)
{
    static const struct option options[] = {
        {"on", required_argument, NULL, 'o'},       {"model", required_argument, NULL, 'm'},
        {"firmware", required_argument, NULL, 'v'}, {"holder", required_argument, NULL, 'l'},
        {"number", required_argument, NULL, 'n'},   {"reason", required_argument, NULL, 'r'},
        {"earlier", required_argument, NULL, 'e'},  {"data", required_argument, NULL, 'd'},
        {"format", required_argument, NULL, 'f'},   {"key", no_argument, NULL, 'k'},
        {"by", required_argument, NULL, 'b'},       {"out", required_argument, NULL, 'O'},
        {"issuer", required_argument, NULL, 'i'},   {"type", required_argument, NULL, 't'},
        {"prepare", no_argument, NULL, 'P'},        {"latest", no_argument, NULL, 'L'},
        {"help", no_argument, NULL, 'h'},           {0}};
    const struct option_table how = {"register", help, options, take, c};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    c->verb = optind < argc ? argv[optind] : "";
    c->word = optind + 1 < argc ? argv[optind + 1] : NULL;
    return -1;
}

static enum exit_code run(const struct verb *v, struct run *c)
{
    char why[RECORDS_WHY];
    if (records_open(c->data, c->now, &c->r, why) != 0) {
        complain("%s", why);
        return EXIT_IO;
    }
    enum exit_code code = v->run(c);
    records_close(c->r);
    return code;
}

int main(int argc, char **argv)
{
    struct run c = {.data = "data", .now = (int64_t)time(NULL)};
    char today[DATE_TEXT];
    complain_as("satyapan register");
    if (sp_init()) {
        complain("libcrypto could not be set up");
        return EXIT_INTERNAL;
    }
    c.on = date_text(date_of_utc(c.now), today);
    int code = read_options(argc, argv, &c);
    if (code >= 0) {
        return code;
    }
    for (const struct verb *v = verbs; v->name; v++) {
        if (strcmp(v->name, c.verb) == 0 && (c.word != NULL) == v->word) {
            return (int)run(v, &c);
        }
    }
    complain("\"%s\" is no command of the register, or it needs %s; see satyapan register --help",
             c.verb, c.word ? "no number" : "a number");
    return EXIT_USAGE;
}
