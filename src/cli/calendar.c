/*
 * calendar - `satyapan calendar due|list|load`: working days of the certification body.
 *
 * What it does not do: compute anything itself; see scheme/calendar.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/utc.h"
#include "cli/input.h"
#include "cli/options.h"
#include "db/files.h"
#include "trust/scheme_data.h"
#include "trust/trust.h"

#define COMMAND_MEMORY ((size_t)64 << 20)

static const char help[] =
    "usage: satyapan calendar due --from DATE --days N [--as-of DATE] [--format text|json]\n"
    "       satyapan calendar list YEAR [--as-of DATE] [--format text|json]\n"
    "       satyapan calendar load FILE.csv [--format text|json]\n\n"
    "  due    the last day of a window of N working days; DATE itself is not counted. Prints the\n"
    "         date; a warning on stderr when a year in the window has no closure list\n"
    "  list   the closures of a year\n"
    "  load   checks a closure list, tells what is new in it and adds it to the data directory\n\n"
    "Dates are YYYY-MM-DD. --as-of: as the closures were known on that day. --data DIR (./data) "
    "has\n"
    "the body's own lists, --trust-dir DIR the shipped ones.\n"
    "Example: satyapan calendar due --from 2026-11-23 --days 15\n";

struct command {
    struct arena *a;
    struct calendar calendar;
    const char *data, *trust_dir, *word;
    bool json, has_days;
    int32_t from, as_of;
    int days;
};

static void put_day(struct json *j, const char *key, int32_t day)
{
    char text[DATE_TEXT];
    json_put_text(j, key, day == DATE_NONE || day == CALENDAR_ALL ? NULL : date_text(day, text));
}

static void put_closure(struct json *j, const struct calendar_closure *c)
{
    static const char *const kinds[] = {"gazetted", "declared", "withdrawn"};
    json_open(j, '{');
    put_day(j, "date", c->date);
    json_put_text(j, "name", c->name);
    json_put_text(j, "kind", kinds[c->kind]);
    json_put_text(j, "order", c->order);
    put_day(j, "declared_on", c->declared_on);
    json_close(j, '}');
}

static enum exit_code print_json(struct buffer *b)
{
    const char *text = buffer_cstr(b);
    enum exit_code code = text && puts(text) >= 0 ? EXIT_GOOD : EXIT_INTERNAL;
    buffer_free(b);
    return code;
}

static void warn_missing(int year)
{
    if (year) {
        complain("warning: there is no closure list for %d; only its weekends were left out. Load "
                 "it with satyapan calendar load, then compute again",
                 year);
    }
}

/* ---- due ------------------------------------------------------------------------------------- */

static enum exit_code due_json(const struct command *c, struct calendar_due due)
{
    struct buffer b;
    struct json j = {.out = &b};
    char text[UTC_TEXT];
    buffer_init(&b, 1 << 20);
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-due/1");
    put_day(&j, "from", c->from);
    json_put_number(&j, "days", c->days);
    put_day(&j, "as_of", c->as_of);
    put_day(&j, "last_day", due.date);
    json_put_text(&j, "ends_at", utc_rfc3339(date_ends(due.date), text));
    json_key(&j, "closures");
    json_open(&j, '[');
    for (int32_t day = c->from + 1; day <= due.date; day++) {
        const struct calendar_closure *row = calendar_closure(&c->calendar, day, c->as_of);
        if (row) {
            put_closure(&j, row);
        }
    }
    json_close(&j, ']');
    json_key(&j, "year_without_list");
    if (due.missing_year) {
        json_number(&j, due.missing_year);
    } else {
        json_none(&j);
    }
    json_close(&j, '}');
    return print_json(&b);
}

static enum exit_code run_due(const struct command *c)
{
    char text[DATE_TEXT];
    if (c->word || c->from == DATE_NONE || !c->has_days) {
        complain("calendar due needs --from DATE and --days N; see satyapan calendar --help");
        return EXIT_USAGE;
    }
    struct calendar_due due = calendar_due(&c->calendar, c->from, c->days, c->as_of);
    if (due.date == DATE_NONE) {
        complain("that window is outside the years this program counts");
        return EXIT_USAGE;
    }
    warn_missing(due.missing_year);
    if (c->json) {
        return due_json(c, due);
    }
    (void)puts(date_text(due.date, text));
    return EXIT_GOOD;
}

/* ---- list ------------------------------------------------------------------------------------ */

static bool read_year(const char *word, int *out)
{
    int32_t day;
    char text[16];
    if (!word || strlen(word) != 4) {
        return false;
    }
    (void)snprintf(text, sizeof text, "%s-01-01", word);
    if (!date_parse(span_str(text), &day)) {
        return false;
    }
    *out = date_split(day).year;
    return true;
}

static void print_closure(const struct calendar_closure *row)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    char text[DATE_TEXT], declared[DATE_TEXT];
    (void)printf("%s  %s  %-10s  %s  %s\n", date_text(row->date, text),
                 days[date_weekday(row->date)],
                 row->declared_on == DATE_NONE ? "-" : date_text(row->declared_on, declared),
                 row->kind == CALENDAR_GAZETTED ? "gazetted" : "declared", row->name);
}

static enum exit_code run_list(const struct command *c)
{
    struct buffer b;
    struct json j = {.out = &b};
    int32_t first, last;
    int year;
    if (!read_year(c->word, &year) || !date_make(year, 1, 1, &first) ||
        !date_make(year, 12, 31, &last)) {
        complain("calendar list needs a year such as 2026");
        return EXIT_USAGE;
    }
    bool covered = calendar_covers(&c->calendar, year, c->as_of);
    warn_missing(covered ? 0 : year);
    buffer_init(&b, 1 << 20);
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-closures/1");
    json_put_number(&j, "year", year);
    put_day(&j, "as_of", c->as_of);
    json_put_truth(&j, "has_list", covered);
    json_key(&j, "closures");
    json_open(&j, '[');
    if (!c->json) {
        (void)puts("DATE        DAY  DECLARED    KIND      NAME");
    }
    for (int32_t day = first; day <= last; day++) {
        const struct calendar_closure *row = calendar_closure(&c->calendar, day, c->as_of);
        if (row && c->json) {
            put_closure(&j, row);
        } else if (row) {
            print_closure(row);
        }
    }
    json_close(&j, ']');
    json_close(&j, '}');
    if (c->json) {
        return print_json(&b);
    }
    buffer_free(&b);
    return EXIT_GOOD;
}

/* ---- load ------------------------------------------------------------------------------------ */

static bool has_row(const struct calendar *all, const struct calendar_closure *row, bool exactly)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct calendar_closure *x = &all->closures[i];
        if (x->date == row->date && x->kind == row->kind &&
            (!exactly || (x->declared_on == row->declared_on && strcmp(x->name, row->name) == 0 &&
                          strcmp(x->order, row->order) == 0 && strcmp(x->note, row->note) == 0))) {
            return true;
        }
    }
    return false;
}

/* Written as a whole, readable by its owner alone. 0, or -1 with errno. */
static int put_closures(const char *data, const struct calendar *closures)
{
    char path[4096];
    struct buffer b;
    int folder = -1, rc = -1;
    buffer_init(&b, 1 << 24);
    calendar_csv(closures, &b);
    errno = buffer_ok(&b) ? ENAMETOOLONG : ENOMEM;
    if (buffer_ok(&b) && snprintf(path, sizeof path, "%s/calendars", data) < (int)sizeof path &&
        files_folder(data) == 0 && files_folder(path) == 0 &&
        (folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0 &&
        files_put(folder, SCHEME_OWN_CLOSURES, buffer_span(&b)) == 0) {
        rc = files_sync(folder);
    }
    int saved = errno;
    if (folder >= 0) {
        (void)close(folder);
    }
    buffer_free(&b);
    errno = saved;
    return rc;
}

/* Adds the list to the body's own closures; the shipped lists stay as they are. */
static enum exit_code keep(struct command *c, const struct calendar *list)
{
    char error[SCHEME_DATA_ERROR];
    struct calendar own;
    int rc = scheme_data_own_closures(c->a, c->data, &own, error);
    if (rc == 0) {
        rc = calendar_merge(c->a, &own, list, &own, NULL);
    }
    if (rc) {
        complain("%s", rc < 0 ? "memory ran out" : error);
        return rc < 0 ? EXIT_INTERNAL : EXIT_DATA;
    }
    if (put_closures(c->data, &own) < 0) {
        complain("%s: %s; nothing was loaded", c->data, strerror(errno));
        return errno == EACCES || errno == EPERM ? EXIT_PERMISSION : EXIT_IO;
    }
    return EXIT_GOOD;
}

static enum exit_code tell_loaded(const struct command *c, const struct calendar *list)
{
    struct buffer b;
    struct json j = {.out = &b};
    size_t fresh = 0, changed = 0;
    buffer_init(&b, 1 << 22);
    json_open(&j, '{');
    json_put_text(&j, "schema", "satyapan-load/1");
    json_put_number(&j, "rows", (int64_t)list->count);
    json_key(&j, "new");
    json_open(&j, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct calendar_closure *row = &list->closures[i];
        if (has_row(&c->calendar, row, true)) {
            continue;
        }
        bool replaces = has_row(&c->calendar, row, false);
        fresh += !replaces;
        changed += replaces;
        put_closure(&j, row);
        if (!c->json) {
            (void)printf("%s", replaces ? "changed  " : "new      ");
            print_closure(row);
        }
    }
    json_close(&j, ']');
    json_put_number(&j, "changed", (int64_t)changed);
    json_close(&j, '}');
    if (c->json) {
        return print_json(&b);
    }
    buffer_free(&b);
    (void)printf("%zu rows: %zu new, %zu changed, %zu known\n", list->count, fresh, changed,
                 list->count - fresh - changed);
    return EXIT_GOOD;
}

static enum exit_code run_load(struct command *c)
{
    char why[CALENDAR_ERROR];
    struct input file;
    struct calendar list;
    if (!c->word) {
        complain("calendar load needs a file; see satyapan calendar --help");
        return EXIT_USAGE;
    }
    enum exit_code code = input_open(c->word, &file);
    if (code != EXIT_GOOD) {
        return code;
    }
    int rc = calendar_parse(c->a, span_make(file.bytes, file.size), &list, why);
    input_close(&file);
    if (rc == 0 && list.count == 0) {
        (void)snprintf(why, sizeof why, "there are no rows in it");
        rc = 1;
    }
    if (rc) {
        complain("%s: %s; nothing was loaded", c->word, rc < 0 ? "memory ran out" : why);
        return rc < 0 ? EXIT_INTERNAL : EXIT_DATA;
    }
    code = keep(c, &list);
    return code == EXIT_GOOD ? tell_loaded(c, &list) : code;
}

/* ---- options --------------------------------------------------------------------------------- */

static bool read_days(const char *word, int *out)
{
    size_t n = strspn(word, "0123456789");
    int v = 0;
    if (n == 0 || n > 4 || word[n]) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (word[i] - '0');
    }
    *out = v;
    return v <= CALENDAR_DAYS_MAX;
}

enum { OPT_FROM = 1, OPT_DAYS, OPT_AS_OF, OPT_FORMAT, OPT_DATA, OPT_TRUST_DIR };

static bool take(void *context, int id)
{
    struct command *c = context;
    const char *value = optarg;
    switch (id) {
    case OPT_FROM:
        return date_parse(span_str(value), &c->from);
    case OPT_AS_OF:
        return date_parse(span_str(value), &c->as_of);
    case OPT_DAYS:
        return c->has_days = read_days(value, &c->days);
    case OPT_DATA:
        c->data = value;
        return true;
    case OPT_TRUST_DIR:
        c->trust_dir = value;
        return true;
    case OPT_FORMAT:
        c->json = strcmp(value, "json") == 0;
        return c->json || strcmp(value, "text") == 0;
    default:
        return false;
    }
}

/* -1: go on; else the exit code. */
static int read_words(struct command *c, int argc, char **argv)
{
    static const struct option options[] = {{"from", required_argument, NULL, OPT_FROM},
                                            {"days", required_argument, NULL, OPT_DAYS},
                                            {"as-of", required_argument, NULL, OPT_AS_OF},
                                            {"format", required_argument, NULL, OPT_FORMAT},
                                            {"data", required_argument, NULL, OPT_DATA},
                                            {"trust-dir", required_argument, NULL, OPT_TRUST_DIR},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const struct option_table how = {"calendar", help, options, take, c};
    int code = options_read(&how, argc, argv);
    if (code >= 0) {
        return code;
    }
    c->word = optind < argc ? argv[optind] : NULL;
    if (optind + 1 < argc) {
        complain("\"%s\" is one word too many; see satyapan calendar --help", argv[optind + 1]);
        return EXIT_USAGE;
    }
    return -1;
}

static enum exit_code load_lists(struct command *c)
{
    char error[SCHEME_DATA_ERROR];
    const char *trust = trust_directory(c->a, c->trust_dir);
    if (!trust) {
        complain("the trust directory is not there; name it with --trust-dir");
        return EXIT_NO_INPUT;
    }
    int rc = scheme_data_calendar(c->a, trust, c->data, &c->calendar, error);
    if (rc) {
        complain("%s", rc < 0 ? "memory ran out" : error);
    }
    return rc == 0 ? EXIT_GOOD : rc < 0 ? EXIT_INTERNAL : EXIT_DATA;
}

int cmd_calendar(int argc, char **argv)
{
    struct command c = {.data = "./data", .from = DATE_NONE, .as_of = CALENDAR_ALL};
    const char *verb = argc > 1 ? argv[1] : "";
    bool due = strcmp(verb, "due") == 0, list = strcmp(verb, "list") == 0;
    if (strcmp(verb, "--help") == 0) {
        (void)fputs(help, stdout);
        return EXIT_GOOD;
    }
    if (!due && !list && strcmp(verb, "load") != 0) {
        complain("calendar wants due, list or load; see satyapan calendar --help");
        return EXIT_USAGE;
    }
    int end = read_words(&c, argc - 1, argv + 1);
    if (end >= 0) {
        return end;
    }
    c.a = arena_new(COMMAND_MEMORY);
    if (!c.a) {
        complain("memory ran out");
        return EXIT_INTERNAL;
    }
    enum exit_code code = load_lists(&c);
    if (code == EXIT_GOOD) {
        code = due ? run_due(&c) : list ? run_list(&c) : run_load(&c);
    }
    arena_free(c.a);
    return (int)code;
}
