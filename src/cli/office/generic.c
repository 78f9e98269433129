/*
 * generic - see generic.h.
 */
#include "cli/office/generic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/number.h"
#include "cli/office/command.h"
#include "cli/office/scan_here.h"
#include "cli/office/show.h"
#include "cli/office/verify_here.h"
#include "office/office.h"
#include "office/params.h"
#include "office/people/people.h"
#include "records/blobs.h"

enum { ARENA_MAX = 256 << 20, PIECE = 1 << 16, LIMIT_MAX = 200, PARAM_NAME = 64 };

/* ---- which operation ------------------------------------------------------------------------- */

/* Verbs people type, and groups that go by another name. */
static const struct alias {
    const char *typed, *means;
} verbs[] = {{"new", "create"}, {"add", "create"}}, groups[] = {{"officer", "person"}};

static const struct op *find_id(const char *group, const char *verb)
{
    char id[128];
    (void)snprintf(id, sizeof id, "%s.%s", group, verb);
    const struct op *op = op_find(id);
    return op && !(op->flags & OP_STREAM) ? op : NULL;
}

const struct op *generic_find(const char *group, const char *verb)
{
    const struct op *op = find_id(group, verb);
    for (size_t i = 0; !op && i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(verbs[i].typed, verb) == 0) {
            op = find_id(group, verbs[i].means);
        }
    }
    for (size_t i = 0; !op && i < sizeof groups / sizeof *groups; i++) {
        if (strcmp(groups[i].typed, group) == 0) {
            op = generic_find(groups[i].means, verb);
        }
    }
    return op;
}

static bool in_group(const struct op *op, const char *group)
{
    size_t n = strlen(group);
    return strncmp(op->id, group, n) == 0 && op->id[n] == '.' && !(op->flags & OP_STREAM);
}

bool generic_group(const char *group)
{
    const struct op *op;
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (in_group(op, group)) {
            return true;
        }
    }
    return false;
}

/* ---- help ------------------------------------------------------------------------------------ */

static const char *type_name(enum op_type type)
{
    static const char *const names[] = {[OP_TEXT] = "TEXT",        [OP_LONG] = "TEXT",
                                        [OP_INTEGER] = "NUMBER",   [OP_TRUTH] = "true|false",
                                        [OP_DATE] = "YYYY-MM-DD",  [OP_TIME] = "TIME",
                                        [OP_PAISE] = "PAISE",      [OP_WORD] = "WORD",
                                        [OP_SHA256] = "SHA256",    [OP_ID] = "ID",
                                        [OP_PASSWORD] = "PASSWORD"};
    return names[type];
}

static void help_param(const struct op_param *p)
{
    char what[256] = "";
    size_t n = (size_t)snprintf(what, sizeof what, "--%s ", p->name);
    for (const char *const *w = p->words; w && *w && n < sizeof what; w++) {
        n += (size_t)snprintf(what + n, sizeof what - n, "%s%s", *w, w[1] ? "|" : "");
    }
    if (!p->words && n < sizeof what) {
        (void)snprintf(what + n, sizeof what - n, "%s", type_name(p->type));
    }
    (void)printf("  %-32s ", what);
    if (strlen(what) > 32) {
        (void)printf("\n%35s", "");
    }
    (void)printf("%s%s\n", p->en, p->required ? " (required)" : "");
}

static void help_usage(const char *group, const struct op *op)
{
    (void)printf("usage: satyapan %s %s", group, strchr(op->id, '.') + 1);
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (p->place == OP_IN_PATH) {
            (void)printf(" %s", p->name);
        }
    }
    (void)printf("%s%s [--data DIR] [--format text|json]", op->flags & OP_UPLOAD ? " FILE..." : "",
                 op->flags & OP_FILE ? " [--out FILE]" : "");
    for (const struct op_param *p = op->params; p && p->name; p++) {
        if (p->place != OP_IN_PATH && p->required) {
            (void)printf(" --%s %s", p->name, type_name(p->type));
        }
    }
    (void)printf("\n\n%s\n\n", op->en);
    for (const struct op_param *p = op->params; p && p->name; p++) {
        help_param(p);
    }
    if (op->flags & OP_UPLOAD) {
        (void)printf("  %-32s %s\n  %-32s %s\n", "--offline", "fetch nothing while it is verified",
                     "--trust-dir DIR", "trust list to use instead of the installed one");
    }
    if (op->flags & OP_PAGED) {
        (void)printf("  %-32s %s\n  %-32s %s\n", "--limit NUMBER",
                     "most rows, 1 to 200 (default 50)", "--after TEXT",
                     "go on after an earlier list");
    }
}

static void help_group(const char *group)
{
    const struct op *op;
    (void)printf("usage: satyapan %s VERB [values of the path] [--name value]... [--data DIR] "
                 "[--format text|json]\n\n",
                 group);
    for (size_t i = 0; (op = op_at(i)); i++) {
        if (in_group(op, group)) {
            (void)printf("  %-20s %s\n", strchr(op->id, '.') + 1, op->en);
        }
    }
    (void)printf("\nsatyapan %s VERB --help tells what it takes.\n", group);
}

void generic_help(const char *group, const char *verb)
{
    const struct op *op = generic_find(group, verb);
    if (op) {
        help_usage(group, op);
        return;
    }
    help_group(group);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (strcmp(groups[i].typed, group) == 0) {
            help_group(groups[i].means);
        }
    }
}

/* ---- the command line ------------------------------------------------------------------------ */

struct given {
    const struct op *op;
    const char *data, *file, *out, *after;
    const char **files; /* of an operation that takes documents: one call each */
    size_t file_count;
    struct verify_here here; /* how they are verified */
    bool json;
    int64_t limit;
    json_t *in, *errors;
};

static int set_value(struct given *g, const char *name, const char *value)
{
    int rc = params_text(g->op, PARAMS_ALL, name, span_str(value), g->in, &g->errors);
    if (rc != 0) {
        complain("memory is out");
    }
    return rc == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

/* Values without a name: those of the path in their order, then the file. */
static int set_word(struct given *g, const char *value)
{
    for (const struct op_param *p = g->op->params; p && p->name; p++) {
        if (p->place == OP_IN_PATH && !json_object_get(g->in, p->name)) {
            return set_value(g, p->name, value);
        }
    }
    if (g->op->flags & OP_UPLOAD) {
        g->files[g->file_count++] = value; /* room for every word */
        return EXIT_GOOD;
    }
    complain("unexpected word \"%s\"", value);
    return EXIT_USAGE;
}

static int set_limit(struct given *g, const char *value)
{
    if (!number_read(value, 1, LIMIT_MAX, &g->limit)) {
        complain("--limit wants a number from 1 to 200");
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}

/* Options that are no parameters of the operation. */
static bool is_ours(const struct given *g, const char *name)
{
    unsigned flags = g->op->flags;
    return strcmp(name, "data") == 0 || strcmp(name, "format") == 0 ||
           (flags & OP_UPLOAD && strcmp(name, "trust_dir") == 0) ||
           (flags & OP_FILE && strcmp(name, "out") == 0) ||
           (flags & OP_PAGED && (strcmp(name, "limit") == 0 || strcmp(name, "after") == 0));
}

static int set_ours(struct given *g, const char *name, const char *value)
{
    if (strcmp(name, "data") == 0) {
        g->data = value;
    } else if (strcmp(name, "format") == 0) {
        g->json = strcmp(value, "json") == 0;
        if (!g->json && strcmp(value, "text") != 0) {
            complain("--format is text or json");
            return EXIT_USAGE;
        }
    } else if (strcmp(name, "trust_dir") == 0) {
        g->here.trust = value;
    } else if (strcmp(name, "out") == 0) {
        g->out = value;
    } else if (strcmp(name, "limit") == 0) {
        return set_limit(g, value);
    } else {
        g->after = value;
    }
    return EXIT_GOOD;
}

static int set_option(struct given *g, int argc, char **argv, int *i)
{
    char name[PARAM_NAME];
    const char *word = argv[*i] + 2, *equal = strchr(word, '='), *value = equal ? equal + 1 : NULL;
    size_t n = equal ? (size_t)(equal - word) : strlen(word);
    if (n == 0 || n >= sizeof name) {
        complain("\"%s\" is no option", argv[*i]);
        return EXIT_USAGE;
    }
    for (size_t k = 0; k <= n; k++) {
        name[k] = k == n ? 0 : word[k] == '-' ? '_' : word[k];
    }
    const struct op_param *p = params_find(g->op, PARAMS_ALL, name);
    if (!value && p && p->type == OP_TRUTH &&
        (*i + 1 == argc || strncmp(argv[*i + 1], "--", 2) == 0)) {
        value = "true";
    }
    if (!equal && strcmp(name, "offline") == 0 && g->op->flags & OP_UPLOAD) {
        g->here.offline = true;
        return EXIT_GOOD;
    }
    if (!p && !is_ours(g, name)) {
        complain("--%.*s is not understood; see satyapan %s %s --help", (int)n, word, argv[0],
                 argv[1]);
        return EXIT_USAGE;
    }
    if (!value && *i + 1 == argc) {
        complain("--%.*s needs a value; see satyapan %s %s --help", (int)n, word, argv[0], argv[1]);
        return EXIT_USAGE;
    }
    value = value ? value : argv[++*i];
    return p ? set_value(g, name, value) : set_ours(g, name, value);
}

static int read_line(struct given *g, int argc, char **argv)
{
    int rc = EXIT_GOOD;
    for (int i = 2; i < argc && rc == EXIT_GOOD; i++) {
        bool option = strncmp(argv[i], "--", 2) == 0;
        rc = option ? set_option(g, argc, argv, &i) : set_word(g, argv[i]);
    }
    if (rc == EXIT_GOOD && g->op->flags & OP_UPLOAD && !g->file_count) {
        complain("no FILE was given; see --help");
        return EXIT_USAGE;
    }
    return rc;
}

/* ---- a document from a file ------------------------------------------------------------------ */

static int copy_in(int fd, struct blob_draft *d, size_t max)
{
    static uint8_t piece[PIECE];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        int rc = n < 0 ? -1 : blob_write(d, span_make(piece, (size_t)n));
        if (rc > 0) {
            complain("the file is larger than the %zu octets that are taken in", max);
            return EXIT_BAD;
        }
        if (rc < 0) {
            complain("the file cannot be kept: %s", strerror(errno));
            return EXIT_IO;
        }
    }
    return EXIT_GOOD;
}

static int upload(const struct given *g, const struct office *office, struct op_call *c)
{
    const char *slash = strrchr(g->file, '/');
    struct blob_draft *d = NULL;
    int fd = open(g->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || blob_begin(g->data, (size_t)office->upload_bytes, &d) != 0) {
        int code = errno == ENOENT ? EXIT_NO_INPUT : office_failure(errno);
        complain("%s: %s", g->file, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return code;
    }
    int code = copy_in(fd, d, (size_t)office->upload_bytes);
    (void)close(fd);
    if (code != EXIT_GOOD) {
        blob_drop(d);
        return code;
    }
    if (blob_done(d, c->upload.sha256, &c->upload.size) != 0) {
        complain("%s cannot be kept: %s", g->file, strerror(errno));
        return EXIT_IO;
    }
    c->upload.name = slash ? slash + 1 : g->file;
    return EXIT_GOOD;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static int exit_of(enum op_problem p)
{
    switch (p) {
    case OP_OK:
        return EXIT_GOOD;
    case OP_BAD_PARAMETER:
        return EXIT_USAGE;
    case OP_NOT_FOUND:
        return EXIT_NO_INPUT;
    case OP_NOT_LOGGED_IN:
    case OP_FORBIDDEN:
        return EXIT_PERMISSION;
    case OP_BUSY:
        return EXIT_UNAVAILABLE;
    case OP_STORAGE:
        return EXIT_IO;
    case OP_INTERNAL:
        return EXIT_INTERNAL;
    default:
        return EXIT_BAD;
    }
}

static int tell_problem(const struct op_call *c)
{
    const char *title = op_problem_title(c->problem, false);
    if (json_array_size(c->errors)) {
        for (size_t i = 0; i < json_array_size(c->errors); i++) {
            const json_t *e = json_array_get(c->errors, i);
            complain("%s %s", json_string_value(json_object_get(e, "field")),
                     json_string_value(json_object_get(e, "why")));
        }
    } else {
        complain("%s%s%s", title, c->detail ? " " : "", c->detail ? c->detail : "");
    }
    return exit_of(c->problem);
}

static int copy_out(const struct given *g, const struct op_call *c)
{
    static uint8_t piece[PIECE];
    FILE *out = g->out ? fopen(g->out, "wbx") : stdout;
    ssize_t n = 0;
    if (!out) {
        complain("%s: %s", g->out, strerror(errno));
        return EXIT_IO;
    }
    while ((n = read(c->file.fd, piece, sizeof piece)) > 0 &&
           fwrite(piece, 1, (size_t)n, out) == (size_t)n) {
    }
    bool good = n == 0 && fflush(out) == 0;
    if (g->out && fclose(out) != 0) {
        good = false;
    }
    if (!good) {
        complain("%s cannot be written: %s", g->out ? g->out : "the output", strerror(errno));
    }
    return good ? EXIT_GOOD : EXIT_IO;
}

static int tell_answer(const struct given *g, const struct op_call *c)
{
    if (c->file.fd >= 0) {
        return copy_out(g, c);
    }
    int rc = 0;
    if (g->json) {
        char *text = json_dumps(c->out ? c->out : json_null(), JSON_COMPACT | JSON_ENCODE_ANY);
        (void)printf("%s\n", text ? text : "");
        rc = text ? 0 : -1;
        mem_free(text); /* jansson allocates through mem (sp_init) */
    } else if (c->out) {
        rc = show_text(stdout, c->out);
    }
    if (rc != 0 || fflush(stdout) != 0) {
        complain("the answer cannot be written");
        return EXIT_IO;
    }
    return EXIT_GOOD;
}

/* What the rules of an application come to (contract, Exit codes): 1 when one is not met, 2 when
 * one is open. */
static int code_of_rules(const json_t *out)
{
    const json_t *row;
    size_t i;
    int code = EXIT_GOOD;
    json_array_foreach(json_object_get(out, "rules"), i, row)
    {
        const char *result = json_string_value(json_object_get(row, "result"));
        if (result && strcmp(result, "FAIL") == 0) {
            return EXIT_BAD;
        }
        code = result && strcmp(result, "PENDING") == 0 ? EXIT_UNSURE : code;
    }
    return code;
}

/* For cron: 1 when a window ended without an answer and nobody has decided since, whoever ended it;
 * 2 when something ends today or waits for a person. */
static int code_of_due(const json_t *out)
{
    if (json_integer_value(json_object_get(out, "ended")) > 0) {
        return EXIT_BAD;
    }
    bool waits = json_integer_value(json_object_get(out, "due_today")) > 0 ||
                 json_is_true(json_object_get(out, "needs_human"));
    return waits ? EXIT_UNSURE : EXIT_GOOD;
}

static int tell_all(const struct given *g, const struct op_call *c)
{
    bool rules = strcmp(g->op->id, "application.check") == 0;
    int told = tell_answer(g, c);
    if (told == EXIT_GOOD && strcmp(g->op->id, "foreign.due") == 0) {
        return code_of_due(c->out);
    }
    return told == EXIT_GOOD && rules ? code_of_rules(c->out) : told;
}

/* The answer is what an operation that reads says of the thing now, after the work about it. */
static int tell_after(struct given *g, struct op_call *c, int code, const char *op,
                      const char *name)
{
    struct op_call after = *c;
    json_t *in = json_pack("{s:O}", name, json_object_get(c->out, "id"));
    after.op = op_find(op);
    after.in = in;
    after.out = after.errors = NULL;
    if (in && op_call(&after) == 0 && !after.problem) {
        json_decref(c->out);
        c->out = after.out;
        after.out = NULL;
    }
    op_call_clear(&after);
    json_decref(in);
    int told = tell_answer(g, c);
    return code >= EXIT_USAGE || told == EXIT_GOOD ? code : told;
}

/* The version that was received gets its verdict. */
static int verify_added(struct given *g, struct op_call *c)
{
    g->here.data = g->data;
    g->here.office = c->office;
    g->here.records = c->records;
    int code = (int)verify_here(&g->here, json_integer_value(json_object_get(c->out, "id")));
    return tell_after(g, c, code, "document.version", "version");
}

static bool is_run(const char *op)
{
    return strcmp(op, "scan.start") == 0 || strcmp(op, "scan.upload") == 0 ||
           strcmp(op, "scan.judge") == 0;
}

static int scan_added(struct given *g, struct op_call *c)
{
    int64_t scan = json_integer_value(json_object_get(c->out, "id"));
    return tell_after(g, c, (int)scan_here(g->data, c->office, c->records, scan), "scan.show",
                      "scan");
}

static int call_once(struct given *g, const struct office *office, struct arena *a,
                     struct records *r)
{
    struct actor actor;
    struct people *people = NULL;
    char why[RECORDS_WHY];
    if (people_open(g->data, office, NULL, &people, why) != 0) {
        (void)fprintf(stderr, "satyapan: %s\n", why);
        return EXIT_IO;
    }
    people_operator(&actor);
    struct op_call c = {.op = g->op,
                        .actor = &actor,
                        .records = r,
                        .arena = a,
                        .data = g->data,
                        .office = office,
                        .people = people,
                        .now = (int64_t)time(NULL),
                        .in = g->in,
                        .limit = g->limit,
                        .after = g->after,
                        .file = {.fd = -1},
                        .errors = json_incref(g->errors)};
    int code = g->file ? upload(g, office, &c) : EXIT_GOOD;
    if (code == EXIT_GOOD) {
        (void)!op_call(&c); /* c.problem tells */
        bool added = !c.problem && strcmp(g->op->id, "document.add") == 0;
        code = c.problem           ? tell_problem(&c)
               : added             ? verify_added(g, &c)
               : is_run(g->op->id) ? scan_added(g, &c)
                                   : tell_all(g, &c);
    }
    op_call_clear(&c);
    people_close(people);
    return code;
}

/* 1 (bad) counts more than 2 (unsure), failures more than both. */
static int worse(int x, int y)
{
    int a = x == EXIT_BAD ? EXIT_UNSURE : x == EXIT_UNSURE ? EXIT_BAD : x;
    int b = y == EXIT_BAD ? EXIT_UNSURE : y == EXIT_UNSURE ? EXIT_BAD : y;
    return b > a ? y : x;
}

static int call(struct given *g, struct arena *a, struct records *r)
{
    struct office office;
    char why[OFFICE_WHY];
    int code = EXIT_GOOD;
    if (office_read(a, g->data, &office, why) != 0) {
        complain("%s", why);
        return EXIT_DATA;
    }
    if (g->file_count == 0) {
        return call_once(g, &office, a, r);
    }
    for (size_t i = 0; i < g->file_count && code < EXIT_USAGE; i++) {
        g->file = g->files[i];
        code = worse(code, call_once(g, &office, a, r));
    }
    return code;
}

int generic_run(const struct op *op, int argc, char **argv)
{
    struct given g = {.op = op, .data = "data", .limit = 50, .in = json_object()};
    struct arena *a = arena_new(ARENA_MAX);
    struct records *r = NULL;
    g.files = a ? arena_array(a, (size_t)argc, sizeof *g.files) : NULL;
    int code = g.in && g.files ? read_line(&g, argc, argv) : EXIT_INTERNAL;
    code = code == EXIT_GOOD ? office_open(g.data, !(op->flags & OP_READ), &r) : code;
    if (code == EXIT_GOOD) {
        code = call(&g, a, r);
        records_close(r);
    }
    json_decref(g.in);
    json_decref(g.errors);
    arena_free(a);
    return code;
}
