/*
 * records_list - how long a page of a list takes, for every filter and order that is offered, at
 * the beginning and deep in the list.
 *
 * usage: records_list DATA [ROUNDS]     DATA: made by fill.py
 * Prints one line a kind of question: milliseconds of the median and the slowest run, and which it
 * was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "records/applications.h"

enum { PAGE = 50, DEEP = 300 };

struct worst {
    double ms;
    char what[160];
};

/* This thread's processor time: what others on the machine do is not measured. Everything that is
 * read here is in the system's memory after the first run. */
static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fatal(const char *why)
{
    (void)fprintf(stderr, "records_list: %s\n", why);
    exit(70);
}

/* One page; its milliseconds. next: the mark after it. */
static double page(struct records *r, const struct application_filter *f, char next[RECORDS_MARK],
                   size_t *rows)
{
    json_t *items;
    double start = now_ms();
    if (application_list(r, f, &items, next) < 0) {
        fatal(records_error(r));
    }
    double took = now_ms() - start;
    *rows = json_array_size(items);
    json_decref(items);
    return took;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of the rounds of one question. */
static double measure(struct records *r, const struct application_filter *f, int rounds,
                      char next[RECORDS_MARK], size_t *rows)
{
    double times[64];
    for (int i = 0; i < rounds; i++) {
        times[i] = page(r, f, next, rows);
    }
    qsort(times, (size_t)rounds, sizeof *times, by_size);
    return times[rounds / 2];
}

static const char *const order_names[] = {"due", "changed", "newest", "oldest"};

struct question {
    const char *name;
    struct application_filter f;
};

#define NONE .level = UTC_NONE, .vendor = UTC_NONE, .owner = UTC_NONE, .limit = PAGE

static const struct question questions[] = {
    {"all", {NONE}},
    {"state draft", {.state = "draft", NONE}},
    {"state certified", {.state = "certified", NONE}},
    {"state committee, kind", {.state = "committee", .kind = "minor-change", NONE}},
    {"kind", {.kind = "recertification", NONE}},
    {"series", {.series = "ER", NONE}},
    {"series that is not", {.series = "NONE", NONE}},
    {"level", {.level = 3, .vendor = UTC_NONE, .owner = UTC_NONE, .limit = PAGE}},
    {"vendor with many", {.level = UTC_NONE, .vendor = 1, .owner = UTC_NONE, .limit = PAGE}},
    {"vendor with few", {.level = UTC_NONE, .vendor = 300, .owner = UTC_NONE, .limit = PAGE}},
    {"owner", {.level = UTC_NONE, .vendor = UTC_NONE, .owner = 7, .limit = PAGE}},
    {"due", {.due_until = "2026-12-24", NONE}},
    {"due, state, owner",
     {.due_until = "2026-11-26",
      .state = "testing",
      .level = UTC_NONE,
      .vendor = UTC_NONE,
      .owner = 3,
      .limit = PAGE}},
    {"everything",
     {.state = "committee",
      .kind = "minor-change",
      .series = "ER",
      .due_until = "2026-11-20",
      .level = 1,
      .vendor = 5,
      .owner = 3,
      .limit = PAGE}},
};

static const struct question texts[] = {
    {"text, rare", {.text = "M77777-1", NONE}},
    {"text, common", {.text = "camera", NONE}},
    {"text, in all", {.text = "stqc", NONE}},
    {"text, in all, beginning", {.text = "wor", NONE}},
    {"text, two words", {.text = "camera asha", NONE}},
    {"text, none", {.text = "zzzz", NONE}},
    {"text in all, state", {.text = "works", .state = "committee", NONE}},
    {"text in all, state, kind, series",
     {.text = "works", .state = "committee", .kind = "minor-change", .series = "ER", NONE}},
    {"text in all, vendor with few",
     {.text = "works", .level = UTC_NONE, .vendor = 300, .owner = UTC_NONE, .limit = PAGE}},
    {"text in all, due", {.text = "works", .due_until = "2026-11-20", NONE}},
    {"text number", {.text = "STQC/IOTSCS/REG/2025/0", NONE}},
    {"text Hindi", {.text = "कैमरा", NONE}},
};

static void ask(struct records *r, const struct question *q, enum application_order o, int rounds,
                struct worst *worst)
{
    char marks[2][RECORDS_MARK] = {"", ""};
    struct application_filter f = q->f;
    size_t rows;
    f.order = o;
    double first = measure(r, &f, rounds, marks[0], &rows), deep = 0;
    size_t found = rows;
    int pages = 1, i = 0;
    for (; marks[i][0] && pages < DEEP; pages++, i = !i) {
        f.after = marks[i];
        (void)page(r, &f, marks[!i], &rows);
    }
    if (pages > 1) {
        deep = measure(r, &f, rounds, marks[i], &rows);
    }
    (void)printf("%-34s %-8s %8.2f %8.2f %6zu rows, page %d\n", q->name,
                 q->f.text ? "" : order_names[o], first, deep, found, pages);
    double most = first > deep ? first : deep;
    if (most > worst->ms) {
        worst->ms = most;
        (void)snprintf(worst->what, sizeof worst->what, "%s, %s", q->name, order_names[o]);
    }
}

int main(int argc, char **argv)
{
    char why[RECORDS_WHY];
    struct records *r;
    struct worst worst = {0};
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 9;
    if (argc < 2 || rounds < 1 || rounds > 64) {
        fatal("usage: records_list DATA [ROUNDS]");
    }
    if (records_open(argv[1], time(NULL), &r, why) != 0) {
        fatal(why);
    }
    (void)printf("%-34s %-8s %8s %8s\n", "milliseconds a page of 50", "order", "first", "deep");
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        for (int o = ORDER_DUE; o <= ORDER_OLDEST; o++) {
            ask(r, &questions[i], (enum application_order)o, rounds, &worst);
        }
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ask(r, &texts[i], ORDER_NEWEST, rounds, &worst);
    }
    for (int o = ORDER_DUE; o <= ORDER_OLDEST; o++) {
        static const char *const ends[] = {"9999-12-31~90000", "1580000000~90000", "100", "99900"};
        struct application_filter f = questions[0].f;
        char next[RECORDS_MARK];
        size_t rows;
        f.order = (enum application_order)o;
        f.after = ends[o];
        (void)printf("%-34s %-8s %8s %8.2f\n", "all, at the end", order_names[o], "",
                     measure(r, &f, rounds, next, &rows));
    }
    double start = now_ms();
    json_t *numbers;
    if (statistics_get(r, 0, &numbers) < 0) {
        fatal(records_error(r));
    }
    json_decref(numbers);
    (void)printf("statistics of all years: %.0f ms\n", now_ms() - start);
    (void)printf("slowest page: %.2f ms (%s)\n", worst.ms, worst.what);
    records_close(r);
    return 0;
}
