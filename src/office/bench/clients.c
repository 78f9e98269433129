/*
 * clients - see report.h: what a device did as a client, case by case, as people read it.
 */
#include <stdio.h>

#include "office/bench/inside.h"

enum { CLIENTS = 64 };

static int copy(json_t *to, const json_t *from, const char *const *names)
{
    int rc = 0;
    for (; *names; names++) {
        json_t *v = json_object_get(from, *names);
        rc |= v ? json_object_set(to, *names, v) : json_object_set_new(to, *names, json_null());
    }
    return rc;
}

static json_t *cases_of(const json_t *client)
{
    static const char *const names[] = {"id",     "text",  "text_hi", "cite", "control", "expect",
                                        "result", "sound", "alert",   "why",  NULL};
    const json_t *list = json_object_get(client, "cases");
    json_t *out = json_array();
    int rc = out ? 0 : -1;
    for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
        json_t *one = json_object();
        rc = one ? copy(one, json_array_get(list, i), names) : -1;
        rc |= json_array_append_new(out, one);
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

json_t *bench_clients(const json_t *report)
{
    static const char *const names[] = {"name",       "connections", "complete",
                                        "controlled", "result",      NULL};
    json_t *out = json_array();
    int rc = out ? 0 : -1;
    for (size_t i = 0; i < json_array_size(report) && i < CLIENTS && rc == 0; i++) {
        char place[BENCH_PLACE];
        const json_t *c = json_array_get(report, i);
        if (!bench_is_client(c)) {
            continue;
        }
        json_t *one = json_pack("{s:i, s:s, s:o}", "number", (int)i + 1, "place",
                                bench_place(c, place, sizeof place), "cases", cases_of(c));
        rc = one ? copy(one, c, names) : -1;
        rc |= one ? json_array_append_new(out, one) : -1;
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}
