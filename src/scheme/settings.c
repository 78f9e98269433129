/*
 * settings - the table of settings, their defaults and their file. See settings.h.
 */
#include "scheme/settings.h"

#include <stdio.h>

#include <jansson.h>

#include "base/mem.h"
#include "scheme/rules.h"

#define SCHEMA "satyapan-scheme/1"

enum setting_type { TYPE_NUMBER, TYPE_FLAG, TYPE_CLOCK, TYPE_TEXTS, TYPE_NUMBERS };

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset;
    int64_t min, max;
    const char *source, *text, *text_hi;
};

#define AT(key) offsetof(struct scheme_settings, key)
#define SETTING_NUMBER(key, min, max, value, src, e, h)                                            \
    {#key, TYPE_NUMBER, AT(key), min, max, src, e, h},
#define SETTING_FLAG(key, value, src, e, h)  {#key, TYPE_FLAG, AT(key), 0, 1, src, e, h},
#define SETTING_CLOCK(key, value, src, e, h) {#key, TYPE_CLOCK, AT(key), 0, 2, src, e, h},
#define SETTING_TEXTS(key, value, src, e, h) {#key, TYPE_TEXTS, AT(key), 0, 0, src, e, h},
#define SETTING_NUMBERS(key, max, value, src, e, h)                                                \
    {#key, TYPE_NUMBERS, AT(key), 1, max, src, e, h},

static const struct setting settings_rows[] = {
#include "scheme/settings.def"
};
#undef SETTING_NUMBER
#undef SETTING_FLAG
#undef SETTING_CLOCK
#undef SETTING_TEXTS
#undef SETTING_NUMBERS

enum { SETTINGS = sizeof settings_rows / sizeof *settings_rows };

static const char *const clocks[] = {"first-query", "complete-submission", "registration"};

#define LIST(...) __VA_ARGS__
#define COPY(to, array)                                                                            \
    for ((to).count = 0; (to).count < sizeof(array) / sizeof *(array); (to).count++) {             \
        (to).items[(to).count] = (array)[(to).count];                                              \
    }

void scheme_settings_default(struct scheme_settings *out)
{
    memset(out, 0, sizeof *out);
#define SETTING_NUMBER(key, min, max, value, src, e, h) out->key = (value);
#define SETTING_FLAG(key, value, src, e, h)             out->key = (value);
#define SETTING_CLOCK(key, value, src, e, h)            out->key = (value);
#define SETTING_TEXTS(key, value, src, e, h)                                                       \
    {                                                                                              \
        static const char *const items[] = {value};                                                \
        COPY(out->key, items)                                                                      \
    }
#define SETTING_NUMBERS(key, max, value, src, e, h)                                                \
    {                                                                                              \
        static const int64_t items[] = {value};                                                    \
        COPY(out->key, items)                                                                      \
    }
#include "scheme/settings.def"
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    struct arena *a;
    struct scheme_settings *out;
    char *error;
};

static int refuse(struct reader *r, const char *key, const char *what)
{
    (void)snprintf(r->error, SCHEME_ERROR, "\"%s\" %s", key, what);
    return 1;
}

static int read_number(struct reader *r, const struct setting *s, const json_t *v, int64_t *out)
{
    int64_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < s->min || n > s->max) {
        (void)snprintf(r->error, SCHEME_ERROR, "\"%s\" must be a whole number from %lld to %lld",
                       s->key, (long long)s->min, (long long)s->max);
        return 1;
    }
    *out = n;
    return 0;
}

static int read_texts(struct reader *r, const struct setting *s, const json_t *v)
{
    struct scheme_texts list = {.count = json_array_size(v)};
    if (!json_is_array(v) || list.count > SCHEME_LIST_MAX) {
        return refuse(r, s->key, "must be a list of at most 32 texts");
    }
    for (size_t i = 0; i < list.count; i++) {
        const char *text = json_string_value(json_array_get(v, i));
        if (!text || !*text || strlen(text) > 80) {
            return refuse(r, s->key, "must be a list of short texts");
        }
        if (!(list.items[i] = arena_str(r->a, span_str(text)))) {
            return -1;
        }
    }
    memcpy((char *)r->out + s->offset, &list, sizeof list);
    return 0;
}

static int read_numbers(struct reader *r, const struct setting *s, const json_t *v)
{
    struct scheme_numbers list = {.count = json_array_size(v)};
    if (!json_is_array(v) || list.count > SCHEME_LIST_MAX) {
        return refuse(r, s->key, "must be a list of at most 32 numbers");
    }
    for (size_t i = 0; i < list.count; i++) {
        int rc = read_number(r, s, json_array_get(v, i), &list.items[i]);
        if (rc) {
            return rc;
        }
    }
    memcpy((char *)r->out + s->offset, &list, sizeof list);
    return 0;
}

static int read_clock(struct reader *r, const struct setting *s, const json_t *v)
{
    const char *word = json_string_value(v);
    for (int i = 0; word && i < 3; i++) {
        if (strcmp(word, clocks[i]) == 0) {
            enum scheme_clock clock = (enum scheme_clock)i;
            memcpy((char *)r->out + s->offset, &clock, sizeof clock);
            return 0;
        }
    }
    return refuse(r, s->key, "must be first-query, complete-submission or registration");
}

static int read_value(struct reader *r, const struct setting *s, const json_t *v)
{
    int64_t n = 0;
    bool flag = json_is_true(v);
    int rc;
    switch (s->type) {
    case TYPE_NUMBER:
        rc = read_number(r, s, v, &n);
        if (rc == 0) {
            memcpy((char *)r->out + s->offset, &n, sizeof n);
        }
        return rc;
    case TYPE_FLAG:
        if (!json_is_boolean(v)) {
            return refuse(r, s->key, "must be true or false");
        }
        memcpy((char *)r->out + s->offset, &flag, sizeof flag);
        return 0;
    case TYPE_CLOCK:
        return read_clock(r, s, v);
    case TYPE_TEXTS:
        return read_texts(r, s, v);
    default:
        return read_numbers(r, s, v);
    }
}

static int read_setting(struct reader *r, const struct setting *s, json_t *row)
{
    const char *key;
    json_t *v;
    json_object_foreach(row, key, v)
    {
        bool text =
            strcmp(key, "source") == 0 || strcmp(key, "about") == 0 || strcmp(key, "about_hi") == 0;
        if (text ? !json_is_string(v) : strcmp(key, "value") != 0) {
            return refuse(r, s->key, "takes value, source, about and about_hi");
        }
    }
    v = json_object_get(row, "value");
    return v ? read_value(r, s, v) : refuse(r, s->key, "must be an object with a value");
}

/* What the types do not say: rules that exist, levels as SERIES:LEVEL. */
static int check_lists(struct reader *r)
{
    for (size_t i = 0; i < r->out->waivable.count; i++) {
        if (!scheme_rule_by_id(r->out->waivable.items[i])) {
            return refuse(r, "waivable", "takes ids of rules, such as R-REG-1");
        }
    }
    for (size_t i = 0; i < r->out->levels.count; i++) {
        const char *level = strchr(r->out->levels.items[i], ':');
        if (!level || level == r->out->levels.items[i] || level[1] < '0' || level[1] > '9' ||
            level[2]) {
            return refuse(r, "levels", "takes texts like IOTSCS:1");
        }
    }
    return 0;
}

static int read_all(struct reader *r, json_t *root)
{
    const char *key;
    json_t *row;
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (!schema || strcmp(schema, SCHEMA) != 0) {
        return refuse(r, "schema", "must be " SCHEMA);
    }
    json_object_foreach(root, key, row)
    {
        size_t i = 0;
        while (i < SETTINGS && strcmp(settings_rows[i].key, key) != 0) {
            i++;
        }
        if (i == SETTINGS && strcmp(key, "schema") != 0) {
            return refuse(r, key, "is not a known setting");
        }
        int rc = i < SETTINGS ? read_setting(r, &settings_rows[i], row) : 0;
        if (rc) {
            return rc;
        }
    }
    return check_lists(r);
}

int scheme_settings_read(struct arena *a, struct span json, struct scheme_settings *out,
                         char error[SCHEME_ERROR])
{
    struct reader r = {a, out, error};
    json_error_t where;
    uint64_t before = mem_failures();
    json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &where);
    int rc;
    scheme_settings_default(out);
    error[0] = 0;
    if (mem_failures() != before) {
        rc = -1;
    } else if (!json_is_object(root)) {
        (void)snprintf(error, SCHEME_ERROR, "line %d: %s", root ? 1 : where.line,
                       root ? "not a JSON object" : where.text);
        rc = 1;
    } else {
        rc = read_all(&r, root);
    }
    json_decref(root);
    return rc;
}

/* ---- writing --------------------------------------------------------------------------------- */

static json_t *value_of(const struct scheme_settings *settings, const struct setting *s)
{
    const char *at = (const char *)settings + s->offset;
    struct scheme_texts texts;
    struct scheme_numbers numbers;
    enum scheme_clock clock;
    int64_t n;
    bool flag;
    json_t *list;
    switch (s->type) {
    case TYPE_NUMBER:
        memcpy(&n, at, sizeof n);
        return json_integer(n);
    case TYPE_FLAG:
        memcpy(&flag, at, sizeof flag);
        return json_boolean(flag);
    case TYPE_CLOCK:
        memcpy(&clock, at, sizeof clock);
        return json_string(clocks[clock]);
    case TYPE_TEXTS:
        memcpy(&texts, at, sizeof texts);
        list = json_array();
        for (size_t i = 0; list && i < texts.count; i++) {
            (void)json_array_append_new(list, json_string(texts.items[i]));
        }
        return list;
    default:
        memcpy(&numbers, at, sizeof numbers);
        list = json_array();
        for (size_t i = 0; list && i < numbers.count; i++) {
            (void)json_array_append_new(list, json_integer(numbers.items[i]));
        }
        return list;
    }
}

static char *dump(struct arena *a, json_t *value, size_t flags)
{
    char *text = value ? json_dumps(value, flags) : NULL;
    char *out = text ? arena_str(a, span_str(text)) : NULL;
    mem_free(text);
    json_decref(value);
    return out;
}

char *scheme_settings_file(struct arena *a, const struct scheme_settings *settings)
{
    uint64_t before = mem_failures();
    json_t *root = json_pack("{s:s}", "schema", SCHEMA);
    for (size_t i = 0; root && i < SETTINGS; i++) {
        const struct setting *s = &settings_rows[i];
        (void)json_object_set_new(root, s->key,
                                  json_pack("{s:o, s:s, s:s, s:s}", "value", value_of(settings, s),
                                            "source", s->source, "about", s->text, "about_hi",
                                            s->text_hi));
    }
    char *text = dump(a, root, JSON_INDENT(2));
    return mem_failures() == before ? text : NULL;
}

bool scheme_setting_row(struct arena *a, const struct scheme_settings *settings, size_t i,
                        struct scheme_setting_row *out)
{
    if (i >= SETTINGS) {
        return false;
    }
    const struct setting *s = &settings_rows[i];
    char *value = dump(a, value_of(settings, s), JSON_COMPACT | JSON_ENCODE_ANY);
    *out = (struct scheme_setting_row){s->key, value ? value : "", s->source, s->text, s->text_hi};
    return true;
}
