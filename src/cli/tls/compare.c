/*
 * compare - `satyapan tls compare BEFORE AFTER`: what changed between two runs, service by service.
 *
 * The files are what `scan` or `judge` wrote with --format json. A service is its port and name:
 * the device may have moved.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "cli/tls/register.h"
#include "tls/changes.h"

struct comparing {
    struct tls_command *c;
    json_t *before; /* reports */
    size_t changes, services;
    bool missing; /* a service of one run is not in the other */
};

static int take_before(struct tls_command *c, void *context, const json_t *o)
{
    struct comparing *k = context;
    (void)c;
    return json_array_append_new(k->before, json_deep_copy(o)) == 0 ? EXIT_GOOD : EXIT_INTERNAL;
}

static void print_value(const json_t *v)
{
    char *text = json_is_string(v) ? NULL : json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    (void)fputs(json_is_string(v) ? json_string_value(v) : text ? text : "?", stdout);
    mem_free(text);
}

static void print_row(const struct comparing *k, const json_t *report, json_t *row)
{
    long long port = json_integer_value(json_object_get(report, "port"));
    const char *service = json_string_value(json_object_get(report, "service"));
    if (k->c->format == TLS_JSON) {
        (void)json_object_set_new(row, "port", json_integer(port));
        (void)json_object_set_new(row, "service", json_string(service ? service : ""));
        char *line = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
        (void)printf("%s\n", line ? line : "{}");
        mem_free(line);
        return;
    }
    (void)printf("%lld/%s  %s: ", port, service ? service : "",
                 json_string_value(json_object_get(row, "what")));
    print_value(json_object_get(row, "before"));
    (void)printf(" -> ");
    print_value(json_object_get(row, "after"));
    (void)printf("\n");
}

static void print_missing(struct comparing *k, const json_t *report, const char *what)
{
    json_t *row = json_pack("{ss sn sn}", "what", what, "before", "after");
    k->missing = true;
    print_row(k, report, row);
    json_decref(row);
}

static int compare_one(struct tls_command *c, void *context, const json_t *after)
{
    struct comparing *k = context;
    (void)c;
    for (size_t i = 0; i < json_array_size(k->before); i++) {
        json_t *before = json_array_get(k->before, i);
        if (!changes_same_service(before, after)) {
            continue;
        }
        json_t *rows = changes_between(before, after);
        for (size_t n = 0; n < json_array_size(rows); n++) {
            print_row(k, after, json_array_get(rows, n));
        }
        k->changes += json_array_size(rows);
        k->services++;
        int code = rows ? EXIT_GOOD : EXIT_INTERNAL;
        json_decref(rows);
        return json_array_remove(k->before, i) == 0 ? code : EXIT_INTERNAL;
    }
    print_missing(k, after, "new-service");
    return EXIT_GOOD;
}

int tls_compare_command(struct tls_command *c)
{
    struct comparing k = {.c = c, .before = json_array()};
    if (c->word_count != 2) {
        complain("give two files of reports: before and after");
        json_decref(k.before);
        return EXIT_USAGE;
    }
    int code = k.before ? register_lines(c, c->words[0], take_before, &k) : EXIT_INTERNAL;
    code = code ? code : register_lines(c, c->words[1], compare_one, &k);
    for (size_t i = 0; code == EXIT_GOOD && i < json_array_size(k.before); i++) {
        print_missing(&k, json_array_get(k.before, i), "service-gone");
    }
    json_decref(k.before);
    if (code == EXIT_GOOD && c->format != TLS_JSON) {
        (void)printf("%zu service%s compared, %zu change%s\n", k.services,
                     k.services == 1 ? "" : "s", k.changes, k.changes == 1 ? "" : "s");
    }
    return code                     ? code
           : k.changes || k.missing ? EXIT_BAD
           : k.services == 0        ? EXIT_UNSURE
                                    : EXIT_GOOD;
}
