/*
 * office - see office.h.
 */
#include "office/office.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "office/given.h"

enum kind { NUMBER, TRUTH, TEXT };

struct setting {
    const char *name;
    enum kind kind;
    size_t offset;
    int64_t value, min, max;
    const char *text;
};

static const struct setting settings[] = {
#define SETTING_NUMBER(name, value, min, max, en)                                                  \
    {#name, NUMBER, offsetof(struct office, name), value, min, max, NULL},
#define SETTING_TRUTH(name, value, en)                                                             \
    {#name, TRUTH, offsetof(struct office, name), value, 0, 1, NULL},
#define SETTING_TEXT(name, value, max, en)                                                         \
    {#name, TEXT, offsetof(struct office, name), 0, 0, max, value},
#include "office/settings.def"
#undef SETTING_NUMBER
#undef SETTING_TRUTH
#undef SETTING_TEXT
};

#define SETTINGS (sizeof settings / sizeof *settings)

static void set(struct office *o, const struct setting *s, int64_t number, const char *text)
{
    bool truth = number != 0;
    char *field = (char *)o + s->offset;
    switch (s->kind) {
    case NUMBER:
        memcpy(field, &number, sizeof number);
        break;
    case TRUTH:
        memcpy(field, &truth, sizeof truth);
        break;
    case TEXT:
        memcpy(field, (const void *)&text, sizeof text);
        break;
    }
}

void office_defaults(struct office *out)
{
    *out = (struct office){.trust = NULL};
    for (size_t i = 0; i < SETTINGS; i++) {
        set(out, &settings[i], settings[i].value, settings[i].text);
    }
}

static const struct setting *find(const char *name)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

static int wrong(char *why, const char *name, const char *what)
{
    (void)snprintf(why, OFFICE_WHY, "office.json: %s %s", name, what);
    return -1;
}

/* Characters of UTF-8 that jansson has checked. */
static int64_t characters(const char *s)
{
    int64_t n = 0;
    for (; *s; s++) {
        n += (*s & 0xc0) != 0x80;
    }
    return n;
}

static int set_member(struct arena *a, struct office *o, const char *name, const json_t *v,
                      char *why)
{
    const struct setting *s = find(name);
    if (!s) {
        return wrong(why, name, "is not known");
    }
    if (s->kind == NUMBER) {
        json_int_t n = json_integer_value(v);
        if (!json_is_integer(v) || n < s->min || n > s->max) {
            return wrong(why, name, "is no whole number in its range");
        }
        set(o, s, n, NULL);
    } else if (s->kind == TRUTH) {
        if (!json_is_boolean(v)) {
            return wrong(why, name, "is neither true nor false");
        }
        set(o, s, json_is_true(v), NULL);
    } else {
        const char *text = json_string_value(v);
        if (!text || characters(text) > s->max) {
            return wrong(why, name, "is no text of a fitting length");
        }
        const char *kept = arena_str(a, span_str(text));
        if (!kept) {
            return wrong(why, name, "cannot be kept: memory is out");
        }
        set(o, s, 0, kept);
    }
    return 0;
}

int office_read(struct arena *a, const char *data, struct office *out, char *why)
{
    json_error_t error;
    const char *path = arena_printf(a, "%s/office.json", data);
    office_defaults(out);
    if (!path) {
        return wrong(why, "", "cannot be read: memory is out");
    }
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        (void)snprintf(why, OFFICE_WHY, "office.json, line %d: %s", root ? 1 : error.line,
                       root ? "is no JSON object" : error.text);
        json_decref(root);
        return -1;
    }
    int rc = 0;
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        rc = rc == 0 ? set_member(a, out, name, value, why) : rc;
    }
    json_decref(root);
    return rc;
}

bool office_given(const char *data, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/office.json", data);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    bool given = json_object_get(root, name) != NULL;
    json_decref(root);
    return given;
}

json_t *office_json(const struct office *o)
{
    json_t *out = json_object();
    int rc = 0;
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        const char *field = (const char *)o + s->offset, *text;
        int64_t number;
        bool truth;
        switch (s->kind) {
        case NUMBER:
            memcpy(&number, field, sizeof number);
            rc |= json_object_set_new(out, s->name, json_integer(number));
            break;
        case TRUTH:
            memcpy(&truth, field, sizeof truth);
            rc |= json_object_set_new(out, s->name, json_boolean(truth));
            break;
        case TEXT:
            memcpy((void *)&text, field, sizeof text);
            rc |= json_object_set_new(out, s->name, json_string(text));
            break;
        }
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}
