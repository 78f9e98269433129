/*
 * report - see report.h: reading.
 */
#include "office/bench/report.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"

enum { DEPTH = 8, TEXT_LONGEST = 32768, MEMBERS = 1000, KEY_LONGEST = 80 };

struct reading {
    char *why;
    size_t line;
};

static int wrong(struct reading *r, const char *what)
{
    if (r->line) {
        (void)snprintf(r->why, BENCH_WHY, "line %zu %.120s", r->line, what);
    } else {
        (void)snprintf(r->why, BENCH_WHY, "%.120s", what);
    }
    return 1;
}

/* ---- bounded, and without what deceives ------------------------------------------------------ */

static int clean_value(struct reading *r, const json_t *in, unsigned depth, json_t **out);

static int clean_text(struct reading *r, const json_t *in, json_t **out)
{
    struct buffer b;
    size_t n = json_string_length(in);
    if (n > TEXT_LONGEST) {
        return wrong(r, "has a text that is too long");
    }
    buffer_init(&b, n * 3 + 1);
    utf8_clean(&b, span_make((const uint8_t *)json_string_value(in), n));
    const char *text = buffer_cstr(&b);
    *out = text ? json_stringn(text, b.n) : NULL;
    buffer_free(&b);
    return *out ? 0 : -1;
}

static int clean_list(struct reading *r, const json_t *in, unsigned depth, json_t **out)
{
    int rc = json_array_size(in) > MEMBERS ? wrong(r, "has a list that is too long") : 0;
    *out = json_array();
    for (size_t i = 0; i < json_array_size(in) && rc == 0; i++) {
        json_t *one = NULL;
        rc = clean_value(r, json_array_get(in, i), depth + 1, &one);
        rc = rc == 0 && json_array_append_new(*out, one) != 0 ? -1 : rc;
    }
    return *out ? rc : -1;
}

static bool is_key(const char *key)
{
    size_t n = strlen(key);
    return n > 0 && n < KEY_LONGEST &&
           strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.- ") == n;
}

static int clean_object(struct reading *r, const json_t *in, unsigned depth, json_t **out)
{
    json_t *given = (json_t *)(uintptr_t)in;
    int rc = json_object_size(in) > MEMBERS ? wrong(r, "has too many members") : 0;
    *out = json_object();
    for (void *i = json_object_iter(given); i && rc == 0; i = json_object_iter_next(given, i)) {
        json_t *one = NULL;
        const char *key = json_object_iter_key(i);
        rc = is_key(key) ? clean_value(r, json_object_iter_value(i), depth + 1, &one)
                         : wrong(r, "has a member with an odd name");
        rc = rc == 0 && json_object_set_new(*out, key, one) != 0 ? -1 : rc;
    }
    return *out ? rc : -1;
}

/* *out is the caller's even after a failure. */
static int clean_value(struct reading *r, const json_t *in, unsigned depth, json_t **out)
{
    int rc;
    if (depth > DEPTH) {
        return wrong(r, "is nested too deep");
    }
    switch (json_typeof(in)) {
    case JSON_STRING:
        return clean_text(r, in, out);
    case JSON_ARRAY:
        rc = clean_list(r, in, depth, out);
        break;
    case JSON_OBJECT:
        rc = clean_object(r, in, depth, out);
        break;
    default:
        *out = json_deep_copy(in);
        return *out ? 0 : -1;
    }
    if (rc != 0) {
        json_decref(*out);
        *out = NULL;
    }
    return rc;
}

/* ---- the form it must have ------------------------------------------------------------------- */

enum shape {
    TEXT,
    NUMBER,
    TRUTH,
    STATE,
    RESULT,
    LEVEL,
    VERDICT,
    EXPECT,
    SOUND,
    LIST,
    LISTS,
    YES_NO,
    OBJECTS,
    CERTIFICATE
};

struct member {
    const char *name;
    enum shape shape;
    bool needed;
};

static const struct member of_service[] = {{"schema", TEXT, true},
                                           {"target", TEXT, true},
                                           {"ip", TEXT, true},
                                           {"port", NUMBER, true},
                                           {"service", TEXT, true},
                                           {"state", STATE, true},
                                           {"protocols", YES_NO, true},
                                           {"ciphers", LISTS, true},
                                           {"groups", LIST, true},
                                           {"findings", OBJECTS, true},
                                           {"requirements", OBJECTS, true},
                                           {"result", RESULT, true},
                                           {"policy", TEXT, true},
                                           {"connections", NUMBER, true},
                                           {"certificate", CERTIFICATE, true},
                                           {NULL, TEXT, false}};

/* What a device did as a client: tls/listen_json.c. */
static const struct member of_client[] = {{"schema", TEXT, true},
                                          {"ip", TEXT, true},
                                          {"port", NUMBER, true},
                                          {"name", TEXT, false},
                                          {"connections", NUMBER, true},
                                          {"complete", TRUTH, true},
                                          {"controlled", TRUTH, true},
                                          {"cases", OBJECTS, true},
                                          {"findings", OBJECTS, true},
                                          {"requirements", OBJECTS, true},
                                          {"result", RESULT, true},
                                          {"policy", TEXT, true},
                                          {"certificate", CERTIFICATE, true},
                                          {NULL, TEXT, false}};

static const struct member of_case[] = {
    {"id", TEXT, true},       {"expect", EXPECT, true}, {"result", VERDICT, true},
    {"sound", SOUND, true},   {"text", TEXT, true},     {"text_hi", TEXT, false},
    {"alert", TEXT, false},   {"why", TEXT, false},     {"cite", TEXT, false},
    {"control", TRUTH, true}, {NULL, TEXT, false}};

static const struct member of_finding[] = {
    {"code", TEXT, true}, {"level", LEVEL, true}, {"text", TEXT, true}, {NULL, TEXT, false}};

static const struct member of_requirement[] = {
    {"id", TEXT, true}, {"result", RESULT, true}, {NULL, TEXT, false}};

static const struct member of_certificate[] = {
    {"sha256", TEXT, false},    {"spki_sha256", TEXT, false}, {"spki", TEXT, false},
    {"subject", TEXT, false},   {"issuer", TEXT, false},      {"names", LIST, false},
    {"addresses", LIST, false}, {NULL, TEXT, false}};

static bool is_word(const json_t *v, const char *const *words)
{
    const char *text = json_string_value(v);
    for (; text && *words; words++) {
        if (strcmp(text, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool texts_only(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!json_is_string(json_array_get(list, i))) {
            return false;
        }
    }
    return json_is_array(list);
}

static bool has_all(const json_t *o, const struct member *m);

static bool objects_of(const json_t *list, const struct member *m)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!has_all(json_array_get(list, i), m)) {
            return false;
        }
    }
    return json_is_array(list);
}

/* Every member of the object has that shape. */
static bool members_are(const json_t *o, bool lists)
{
    json_t *given = (json_t *)(uintptr_t)o;
    for (void *i = json_object_iter(given); i; i = json_object_iter_next(given, i)) {
        const json_t *v = json_object_iter_value(i);
        if (lists ? !texts_only(v) : !json_is_string(v)) {
            return false;
        }
    }
    return json_is_object(o);
}

static bool has_shape(const struct member *m, const json_t *v)
{
    static const char *const states[] = {"tls",       "plaintext",   "closed", "filtered",
                                         "no-answer", "no-starttls", NULL},
                             *const results[] = {"pass", "fail", "inconclusive", "not-tested",
                                                 NULL},
                             *const levels[] = {"INFO", "WARN", "REVIEW", "FAIL", NULL},
                             *const expects[] = {"accept", "reject", "any", NULL},
                             *const sounds[] = {"yes", "no", "unsure", "never", "any", NULL},
                             *const verdicts[] = {"accept",        "reject",
                                                  "not-offered",   "reject-after-handshake",
                                                  "no-connection", "inconclusive",
                                                  "not-tested",    NULL};
    switch (m->shape) {
    case TEXT:
        return json_is_string(v);
    case NUMBER:
        return json_is_integer(v) && json_integer_value(v) >= 0 &&
               json_integer_value(v) < INT32_MAX;
    case TRUTH:
        return json_is_boolean(v);
    case STATE:
        return is_word(v, states);
    case RESULT:
        return is_word(v, results);
    case LEVEL:
        return is_word(v, levels);
    case VERDICT:
        return is_word(v, verdicts);
    case EXPECT:
        return is_word(v, expects);
    case SOUND:
        return is_word(v, sounds);
    case LIST:
        return texts_only(v);
    case LISTS:
        return members_are(v, true);
    case YES_NO:
        return members_are(v, false);
    case OBJECTS:
        return objects_of(v, strcmp(m->name, "findings") == 0 ? of_finding
                             : strcmp(m->name, "cases") == 0  ? of_case
                                                              : of_requirement);
    case CERTIFICATE:
        return json_is_null(v) || has_all(v, of_certificate);
    }
    return false;
}

static bool has_all(const json_t *o, const struct member *m)
{
    for (; m->name; m++) {
        const json_t *v = json_object_get(o, m->name);
        bool absent = !v || (!m->needed && json_is_null(v));
        if (absent ? m->needed : !has_shape(m, v)) {
            return false;
        }
    }
    return json_is_object(o);
}

/* The first member that is not as it must be. */
static const char *lacks(const json_t *o, const struct member *m)
{
    for (; m->name; m++) {
        const json_t *v = json_object_get(o, m->name);
        bool absent = !m->needed && (!v || json_is_null(v));
        if (!absent && (!v || !has_shape(m, v))) {
            return m->name;
        }
    }
    return NULL;
}

bool bench_is_client(const json_t *one)
{
    const char *schema = json_string_value(json_object_get(one, "schema"));
    return schema && strcmp(schema, "satyapan-tls-listen/1") == 0;
}

bool bench_has_clients(const json_t *report)
{
    return bench_is_client(json_array_get(report, 0));
}

static int take_line(struct reading *r, struct span line, json_t *list)
{
    char what[100];
    json_error_t e;
    json_t *one = NULL, *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &e);
    int rc = !json_is_object(o) ? wrong(r, "is no JSON object") : clean_value(r, o, 0, &one);
    json_decref(o);
    const char *schema = json_string_value(json_object_get(one, "schema"));
    bool client = rc == 0 && bench_is_client(one);
    if (rc == 0 && !client && (!schema || strcmp(schema, "satyapan-tls/1") != 0)) {
        rc = wrong(r, "is no satyapan-tls/1");
    }
    if (rc == 0 && json_array_size(list) && client != bench_has_clients(list)) {
        rc = wrong(r, "is of another kind than the first line");
    }
    const char *lack = rc == 0 ? lacks(one, client ? of_client : of_service) : NULL;
    if (lack) {
        (void)snprintf(what, sizeof what, "lacks \"%s\", or it is not as it must be", lack);
        rc = wrong(r, what);
    }
    if (rc == 0) {
        return json_array_append_new(list, one) == 0 ? 0 : -1;
    }
    json_decref(one);
    return rc;
}

/* By address and port: services end in no order of theirs. */
static int order(const json_t *x, const json_t *y)
{
    int c = strcmp(json_string_value(json_object_get(x, "ip")),
                   json_string_value(json_object_get(y, "ip")));
    json_int_t a = json_integer_value(json_object_get(x, "port"));
    json_int_t b = json_integer_value(json_object_get(y, "port"));
    return c ? c : a < b ? -1 : a > b;
}

/* At most BENCH_LINES rows, nearly in order as a rule. */
static int sort(json_t *list)
{
    int rc = 0;
    for (size_t i = 1; i < json_array_size(list) && rc == 0; i++) {
        size_t to = i;
        while (to > 0 && order(json_array_get(list, to - 1), json_array_get(list, i)) > 0) {
            to--;
        }
        json_t *one = json_incref(json_array_get(list, i));
        rc = to == i ? 0 : json_array_remove(list, i);
        rc = rc || to == i ? rc : json_array_insert(list, to, one);
        json_decref(one);
    }
    return rc;
}

int bench_report_read(struct span lines, json_t **out, char *why)
{
    struct reading r = {.why = why};
    int rc = 0;
    *out = json_array();
    if (lines.n > BENCH_REPORT_MAX) {
        rc = wrong(&r, "it is longer than a report can be");
    }
    for (struct span rest = lines; rest.n && rc == 0;) {
        size_t end = span_find(rest, SPAN_LIT("\n"), 0);
        struct span line = span_sub(rest, 0, end == SIZE_MAX ? rest.n : end);
        rest = span_sub(rest, end == SIZE_MAX ? rest.n : end + 1, rest.n);
        r.line++;
        rc = json_array_size(*out) == BENCH_LINES ? wrong(&r, "is one service too many")
             : line.n                             ? take_line(&r, line, *out)
                                                  : 0;
    }
    if (rc == 0 && json_array_size(*out) == 0) {
        r.line = 0;
        rc = wrong(&r, "the report is empty");
    }
    rc = rc ? rc : sort(*out);
    if (rc != 0 || !*out) {
        json_decref(*out);
        *out = NULL;
        return rc ? rc : -1;
    }
    return 0;
}
