/*
 * declared - see report.h: the vendor's word about a unit's TLS, and what was found.
 */
#include <stdio.h>

#include "base/mem.h"
#include "office/bench/inside.h"

enum { WORDS_LINE = 400, KEY_HEX = 64 };

struct declaring {
    const json_t *report;
    json_t *rows;
    char *why, *why_hi;
    size_t line;
    const json_t *service; /* of the line; NULL: not in the report */
    char place[BENCH_PLACE];
};

static int wrong(struct declaring *d, const char *en, const char *hi)
{
    (void)snprintf(d->why, BENCH_WHY, "line %zu: %.120s", d->line, en);
    (void)snprintf(d->why_hi, BENCH_WHY, "पंक्ति %zu: %.120s", d->line, hi);
    return 1;
}

static int add(struct declaring *d, const char *what, const char *item, const char *declared,
               const char *found)
{
    bool good = found && strcmp(declared, found) == 0;
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:b}", "service", d->place, "what", what,
                            "item", item, "declared", declared, "found", found, "good", good);
    return d->report && row ? json_array_append_new(d->rows, row) : (json_decref(row), 0);
}

/* ---- one line -------------------------------------------------------------------------------- */

struct values {
    const char *list[WORDS_LINE];
    size_t count;
};

static bool listed(const struct values *v, const char *text)
{
    for (size_t i = 0; i < v->count; i++) {
        if (strcmp(v->list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* What was found of a kind, as a list of texts: new. */
static json_t *found_of(const json_t *service, const char *what)
{
    json_t *out = json_array();
    const char *name;
    json_t *value;
    json_t *member = json_object_get(service, what);
    size_t i;
    if (json_is_array(member)) {
        (void)json_array_extend(out, member);
        return out;
    }
    json_object_foreach(member, name, value)
    {
        const char *state = json_string_value(value);
        if (state && strcmp(state, "yes") == 0) {
            (void)json_array_append_new(out, json_string(name));
        }
        json_t *one;
        json_array_foreach(value, i, one)
        {
            if (!bench_has(out, json_string_value(one))) {
                (void)json_array_append(out, one);
            }
        }
    }
    return out;
}

/* Nothing is there but what was listed, and all of it. */
static int exactly(struct declaring *d, const char *what, const struct values *v)
{
    json_t *found = found_of(d->service, what);
    int rc = found ? 0 : -1;
    for (size_t i = 0; i < v->count && rc == 0; i++) {
        rc = add(d, what, v->list[i], "yes",
                 !d->service                    ? NULL
                 : bench_has(found, v->list[i]) ? "yes"
                                                : "no");
    }
    for (size_t i = 0; i < json_array_size(found) && rc == 0; i++) {
        const char *text = json_string_value(json_array_get(found, i));
        rc = listed(v, text) ? 0 : add(d, what, text, "no", "yes");
    }
    json_decref(found);
    return rc;
}

static int key(struct declaring *d, const struct values *v)
{
    const char *hex = v->list[0];
    const json_t *certificate = json_object_get(d->service, "certificate");
    if (v->count != 1 || strlen(hex) != KEY_HEX || strspn(hex, "0123456789abcdef") != KEY_HEX) {
        return wrong(d, "key wants the SHA-256 of the public key, 64 hexadecimal digits",
                     "key के लिए सार्वजनिक कुंजी का SHA-256 (64 षोडशाधारी अंक) चाहिए");
    }
    return add(d, "key", "spki_sha256", hex, bench_text(certificate, "spki_sha256"));
}

static int closed(struct declaring *d, const struct values *v)
{
    const char *state = bench_text(d->service, "state");
    bool shut = !state || strcmp(state, "closed") == 0 || strcmp(state, "filtered") == 0;
    return v->count ? wrong(d, "closed takes no value", "closed के साथ कोई मान नहीं होता")
                    : add(d, "service", "state", "closed", shut ? "closed" : state);
}

static int take(struct declaring *d, const char *what, const struct values *v)
{
    static const char *const lists[] = {"protocols", "ciphers", "groups", NULL};
    for (const char *const *l = lists; *l; l++) {
        if (strcmp(what, *l) == 0) {
            return v->count ? exactly(d, what, v)
                            : wrong(d, "lists at least one value", "में कम से कम एक मान हो");
        }
    }
    if (strcmp(what, "client-cert") == 0) {
        return v->count == 1
                   ? add(d, what, "client_cert", v->list[0], bench_text(d->service, "client_cert"))
                   : wrong(d, "client-cert is none, requested or required",
                           "client-cert none, requested या required होता है");
    }
    return strcmp(what, "key") == 0 ? key(d, v)
           : strcmp(what, "closed") == 0
               ? closed(d, v)
               : wrong(d, "write protocols, ciphers, groups, key or closed",
                       "protocols, ciphers, groups, key या closed लिखें");
}

/* "443/https" or "443". */
static const json_t *find_service(const json_t *report, const char *name)
{
    char place[BENCH_PLACE];
    size_t n = strlen(name);
    for (size_t i = 0; i < json_array_size(report); i++) {
        const json_t *one = json_array_get(report, i);
        (void)bench_service(one, place);
        if (strcmp(place, name) == 0 || (strncmp(place, name, n) == 0 && place[n] == '/')) {
            return one;
        }
    }
    return NULL;
}

static int take_line(struct declaring *d, char *line)
{
    static const char gaps[] = " \t\r,";
    struct values v = {.count = 0};
    char *save = NULL;
    line[strcspn(line, "#")] = 0;
    const char *name = strtok_r(line, gaps, &save);
    const char *what = name ? strtok_r(NULL, gaps, &save) : NULL;
    if (!name) {
        return 0;
    }
    size_t digits = strspn(name, "0123456789");
    if (!what || digits == 0 || digits > 5 || (name[digits] && name[digits] != '/') ||
        strlen(name) >= BENCH_PLACE) {
        return wrong(d, "write PORT/SERVICE, a word, and its values",
                     "PORT/SERVICE, एक शब्द और उसके मान लिखें");
    }
    for (const char *s; (s = strtok_r(NULL, gaps, &save));) {
        if (v.count == WORDS_LINE) {
            return wrong(d, "has too many values", "में बहुत अधिक मान हैं");
        }
        v.list[v.count++] = s;
    }
    (void)snprintf(d->place, sizeof d->place, "%s", name);
    d->service = find_service(d->report, name);
    return take(d, what, &v);
}

int bench_declared(const char *declaration, const json_t *report, json_t **out, char *why,
                   char *why_hi)
{
    struct declaring d = {.report = report, .rows = json_array(), .why = why, .why_hi = why_hi};
    size_t n = strlen(declaration);
    char *text = mem_alloc(n + 1), *line = text;
    int rc = text && d.rows ? 0 : -1;
    if (text) {
        memcpy(text, declaration, n + 1);
    }
    while (line && rc == 0) {
        char *end = strchr(line, '\n');
        if (end) {
            *end = 0;
        }
        d.line++;
        rc = take_line(&d, line);
        line = end ? end + 1 : NULL;
    }
    mem_free(text);
    *out = rc == 0 ? d.rows : NULL;
    if (rc != 0) {
        json_decref(d.rows);
    }
    return rc;
}
