/*
 * matrix - see report.h: what a report amounts to over all services.
 */
#include <stdio.h>

#include "office/bench/report.h"

enum { PLACE = 128, RESULTS = 4 };

/* The worst first. */
static const char *const results[RESULTS] = {"fail", "inconclusive", "pass", "not-tested"};
static const char *const levels[] = {"FAIL", "REVIEW", "WARN", "INFO"};

static size_t rank(const char *const *words, size_t n, const char *word)
{
    size_t i = 0;
    while (i < n && (!word || strcmp(words[i], word) != 0)) {
        i++;
    }
    return i;
}

static const char *text_of(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

const char *bench_place(const json_t *service, char *out, size_t n)
{
    const char *ip = text_of(service, "ip"), *name = text_of(service, "service");
    bool v6 = ip && strchr(ip, ':');
    if (bench_is_client(service)) {
        const char *to = text_of(service, "name");
        (void)snprintf(out, n, "%.60s > %.40s:%lld", ip ? ip : "", to ? to : "",
                       (long long)json_integer_value(json_object_get(service, "port")));
        return out;
    }
    (void)snprintf(out, n, "%s%.60s%s:%lld/%.30s", v6 ? "[" : "", ip ? ip : "", v6 ? "]" : "",
                   (long long)json_integer_value(json_object_get(service, "port")),
                   name ? name : "");
    return out;
}

size_t bench_spoke(const json_t *report)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(report); i++) {
        const char *state = text_of(json_array_get(report, i), "state");
        n += bench_is_client(json_array_get(report, i)); /* it came */
        n += state && strcmp(state, "closed") != 0 && strcmp(state, "filtered") != 0;
    }
    return n;
}

int64_t bench_connections(const json_t *report)
{
    int64_t n = 0;
    for (size_t i = 0; i < json_array_size(report); i++) {
        n += json_integer_value(json_object_get(json_array_get(report, i), "connections"));
    }
    return n;
}

/* Appends the text unless it is there. 0 or -1. */
static int once(json_t *list, const char *text)
{
    for (size_t i = 0; text && i < json_array_size(list); i++) {
        const char *have = json_string_value(json_array_get(list, i));
        if (have && strcmp(have, text) == 0) {
            return 0;
        }
    }
    return text ? json_array_append_new(list, json_string(text)) : 0;
}

static json_t *find(const json_t *list, const char *key, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        const char *have = text_of(one, key);
        if (have && value && strcmp(have, value) == 0) {
            return one;
        }
    }
    return NULL;
}

static int copy(json_t *to, const json_t *from, const char *const *names)
{
    int rc = 0;
    for (; *names; names++) {
        json_t *v = json_object_get(from, *names);
        rc |= v ? json_object_set(to, *names, v) : json_object_set_new(to, *names, json_null());
    }
    return rc;
}

/* The row of that key in the list, made from one with those members when it is not there. */
static json_t *row(json_t *list, const char *key, const json_t *one, const char *const *names)
{
    json_t *found = find(list, key, text_of(one, key));
    if (found) {
        return found;
    }
    found = json_object();
    int rc = copy(found, one, names);
    rc |= json_object_set_new(found, "where", json_array());
    rc |= json_object_set_new(found, "because", json_array());
    return json_array_append_new(list, found) == 0 && rc == 0 ? found : NULL;
}

static int worse(json_t *found, const char *result, const char *because, const char *place)
{
    size_t is = rank(results, RESULTS, result);
    size_t was = rank(results, RESULTS, text_of(found, "result"));
    int rc = 0;
    if (is < was) {
        rc |= json_array_clear(json_object_get(found, "where"));
        rc |= json_array_clear(json_object_get(found, "because"));
        rc |= json_object_set_new(found, "result", json_string(result));
    }
    if (is <= was) {
        rc |= once(json_object_get(found, "where"), place);
        rc |= once(json_object_get(found, "because"), because);
    }
    return rc;
}

static int add_requirements(json_t *matrix, const json_t *service)
{
    static const char *const names[] = {"id", "text",     "text_hi", "source",
                                        "er", "iso27402", "levels",  NULL};
    char place[PLACE];
    const json_t *list = json_object_get(service, "requirements");
    int rc = 0;
    (void)bench_place(service, place, sizeof place);
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const json_t *one = json_array_get(list, i);
        json_t *found = row(matrix, "id", one, names);
        rc = found ? worse(found, text_of(one, "result"), text_of(one, "because"), place) : -1;
    }
    return rc;
}

/* Requirements that ask for keys of one's own (policy.json: needs "units"). */
static const char *const own_keys[] = {"ASVS-C.2", "EN303645-5.4", "ASVS-C.23", NULL};

static int add_shared(json_t *matrix, const json_t *shared)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(shared); i++) {
        const char *code = text_of(json_array_get(shared, i), "code");
        bool prime = code && strcmp(code, "tls.shared-prime") == 0;
        for (size_t k = prime ? 2 : 0; own_keys[k]; k++) {
            json_t *found = find(matrix, "id", own_keys[k]);
            rc |= found ? worse(found, "fail", code, NULL) : 0;
        }
    }
    return rc;
}

/* Nothing speaks against it, and two units could be compared. */
static int add_units(json_t *matrix, const json_t *report, int64_t units)
{
    int rc = 0;
    bool key = false;
    for (size_t i = 0; i < json_array_size(report); i++) {
        key |= json_is_object(json_object_get(json_array_get(report, i), "certificate"));
    }
    for (size_t k = 0; own_keys[k] && units > 1 && key; k++) {
        json_t *found = find(matrix, "id", own_keys[k]);
        const char *result = text_of(found, "result");
        if (result && strcmp(result, "not-tested") == 0) {
            rc |= json_object_set_new(found, "result", json_string("pass"));
        }
    }
    return rc;
}

json_t *bench_matrix(const json_t *report, const json_t *shared, int64_t units)
{
    json_t *matrix = json_array();
    int rc = matrix ? 0 : -1;
    for (size_t i = 0; i < json_array_size(report) && rc == 0; i++) {
        rc = add_requirements(matrix, json_array_get(report, i));
    }
    rc = rc ? rc : add_shared(matrix, shared);
    rc = rc ? rc : add_units(matrix, report, units);
    if (rc != 0) {
        json_decref(matrix);
        return NULL;
    }
    return matrix;
}

static bool of_level(const json_t *requirement, int64_t level)
{
    const json_t *list = json_object_get(requirement, "levels");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_integer_value(json_array_get(list, i)) == level) {
            return true;
        }
    }
    return false;
}

const char *bench_result(const json_t *matrix, int64_t level, size_t counts[4])
{
    size_t by_rank[RESULTS + 1] = {0};
    for (size_t i = 0; i < json_array_size(matrix); i++) {
        const json_t *one = json_array_get(matrix, i);
        by_rank[of_level(one, level) ? rank(results, RESULTS, text_of(one, "result")) : RESULTS]++;
    }
    counts[0] = by_rank[2];
    counts[1] = by_rank[0];
    counts[2] = by_rank[1];
    counts[3] = by_rank[3];
    size_t i = 0;
    while (i < RESULTS - 1 && by_rank[i] == 0) {
        i++;
    }
    return results[i];
}

static int add_findings(json_t *all, const json_t *service, const char *level)
{
    static const char *const names[] = {"code", "level", "text",    "text_hi",
                                        "hint", "cite",  "hint_hi", NULL};
    char place[PLACE];
    const json_t *list = json_object_get(service, "findings");
    int rc = 0;
    (void)bench_place(service, place, sizeof place);
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        const json_t *one = json_array_get(list, i);
        if (strcmp(text_of(one, "level"), level) == 0) {
            json_t *found = row(all, "text", one, names);
            rc = found ? once(json_object_get(found, "where"), place) : -1;
        }
    }
    return rc;
}

json_t *bench_findings(const json_t *report)
{
    json_t *all = json_array();
    int rc = all ? 0 : -1;
    for (size_t k = 0; k < sizeof levels / sizeof *levels; k++) {
        for (size_t i = 0; i < json_array_size(report) && rc == 0; i++) {
            rc = add_findings(all, json_array_get(report, i), levels[k]);
        }
    }
    if (rc != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}
