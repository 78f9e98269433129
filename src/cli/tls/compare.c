/*
 * compare - `satyapan tls compare BEFORE AFTER`: what changed between two runs, service by service.
 *
 * The files are what `scan` or `judge` wrote with --format json. A service is its port and name:
 * the device may have moved. What is a change is office/bench's to say, as on the pages.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "cli/tls/command.h"
#include "office/bench/report.h"

static int read_report(const char *path, json_t **out)
{
    char why[BENCH_WHY] = "";
    struct input in;
    int code = (int)input_open(path, &in);
    *out = NULL;
    if (code) {
        return code;
    }
    int rc = bench_report_read(span_make(in.bytes, in.size), out, why);
    input_close(&in);
    if (rc > 0) {
        complain("%s: %s", path, why);
    }
    return rc > 0 ? EXIT_DATA : rc < 0 ? EXIT_INTERNAL : EXIT_GOOD;
}

static void print_value(const json_t *v)
{
    char *text = json_is_string(v) ? NULL : json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    (void)fputs(json_is_string(v) ? json_string_value(v) : text ? text : "?", stdout);
    mem_free(text);
}

static void print_row(const struct tls_command *c, const json_t *row)
{
    if (c->format == TLS_JSON) {
        char *line = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
        (void)printf("%s\n", line ? line : "{}");
        mem_free(line);
        return;
    }
    (void)printf("%s  %s %s: ", json_string_value(json_object_get(row, "service")),
                 json_string_value(json_object_get(row, "what")),
                 json_string_value(json_object_get(row, "item")));
    print_value(json_object_get(row, "before"));
    (void)printf(" -> ");
    print_value(json_object_get(row, "after"));
    (void)printf("\n");
}

int tls_compare_command(struct tls_command *c)
{
    json_t *before = NULL, *after = NULL, *rows = NULL;
    if (c->word_count != 2) {
        complain("give two files of reports: before and after");
        return EXIT_USAGE;
    }
    int code = read_report(c->words[0], &before);
    code = code ? code : read_report(c->words[1], &after);
    if (code == EXIT_GOOD) {
        rows = bench_compare(before, after);
        code = rows ? EXIT_GOOD : EXIT_INTERNAL;
    }
    for (size_t i = 0; i < json_array_size(rows); i++) {
        print_row(c, json_array_get(rows, i));
    }
    size_t changes = json_array_size(rows);
    if (code == EXIT_GOOD && c->format != TLS_JSON) {
        (void)printf("%zu change%s\n", changes, changes == 1 ? "" : "s");
    }
    json_decref(before);
    json_decref(after);
    json_decref(rows);
    return code ? code : changes ? EXIT_BAD : EXIT_GOOD;
}
