/*
 * json_page - the fields of a JSON answer (RFC 8259): each object is a box, each member a field.
 *
 * A key names its value together with the keys above it, back to the nearest list or wrapper
 * ("data", "result"), so that "previous": {"number"} is no number. A name that stands twice in an
 * object is read differently by different readers: such an answer is unreadable.
 */
#include <stdio.h>

#include <jansson.h>

#include "base/buffer.h"
#include "foreign/page_inside.h"

enum { LEVELS_MAX = 64, KEY_MAX = 200 };

struct levels {
    struct page *p;
    const char *path;  /* JSON pointer */
    const char *label; /* the keys above, as words; "" */
    bool neutral;      /* those keys say nothing of their own */
    bool element;      /* one of several of a list: a record of its own */
    int box;
};

/* "certificateNumber", "certificate_number" -> "certificate number" */
static const char *words_of(struct arena *a, const char *key)
{
    struct buffer b;
    buffer_init(&b, KEY_MAX * 2);
    bool small = false;
    for (const char *p = key; *p && p - key < KEY_MAX; p++) {
        bool capital = *p >= 'A' && *p <= 'Z';
        if (capital && small) {
            buffer_char(&b, ' ');
        }
        small = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        buffer_char(&b, *p == '_' || *p == '-' || *p == '@' ? ' ' : *p);
    }
    const char *s = buffer_ok(&b) ? arena_str(a, buffer_span(&b)) : NULL;
    buffer_free(&b);
    return s;
}

static bool one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_wrapper(const char *key)
{
    static const char *const words[] = {"data",    "result", "results", "record",   "records",
                                        "item",    "items",  "body",    "response", "payload",
                                        "content", "hits",   "rows",    "@graph"};
    return one_of(key, words, sizeof words / sizeof *words);
}

static bool is_neutral(const char *key)
{
    static const char *const words[] = {"certificate", "certification", "details",
                                        "detail",      "general",       "info",
                                        "attributes",  "fields",        "summary"};
    return one_of(key, words, sizeof words / sizeof *words);
}

static void add_value(struct levels *l, const char *key, const char *value, const char *path)
{
    struct page *p = l->p;
    const char *own = words_of(p->arena, key);
    const char *label = own;
    if (own && *l->label) {
        label = arena_printf(p->arena, "%s %s", l->label, own);
        if (label && l->neutral && !page_is_label(p, label)) {
            label = own;
        }
    }
    if (!label || !path) {
        p->failed = true;
        return;
    }
    unsigned at = p->next;
    page_add_line(p, &(struct page_line){.text = value, .node = path, .used = true});
    page_add_field(p, l->box, at, label, value, path, false, false);
}

static const char *scalar_text(struct arena *a, const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_STRING:
        return memchr(json_string_value(v), 0, json_string_length(v))
                   ? "\xef\xbf\xbd"
                   : arena_str(a, span_str(json_string_value(v)));
    case JSON_INTEGER:
        return arena_printf(a, "%lld", (long long)json_integer_value(v));
    case JSON_REAL:
        return arena_printf(a, "%.17g", json_real_value(v));
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return json_is_null(v) ? "" : NULL;
    }
}

/* The values of a list that has no objects in it, a line each; NULL: it has some. */
static const char *list_text(struct page *p, const json_t *list)
{
    struct buffer b;
    buffer_init(&b, PAGE_FIELD_TEXT);
    const char *s = "";
    for (size_t i = 0; s && i < json_array_size(list); i++) {
        s = scalar_text(p->arena, json_array_get(list, i));
        if (s) {
            buffer_str(&b, i ? "\n" : "");
            buffer_str(&b, s);
        }
    }
    s = s ? arena_str(p->arena, span_make(b.p ? b.p : (const uint8_t *)"", b.n)) : NULL;
    buffer_free(&b);
    return s;
}

static void read_value(struct levels *l, const char *key, const json_t *v, int level);

static void read_object(struct levels *above, const json_t *v, int level)
{
    const char *key;
    json_t *value, *object;
    struct levels l = *above;
    memcpy(&object, &v, sizeof v); /* json_object_foreach changes nothing */
    l.box = page_open(l.p, above->box, above->path);
    if (l.box >= 0) {
        l.p->boxes[l.box].closed = above->element;
    }
    l.element = false;
    json_object_foreach(object, key, value)
    {
        read_value(&l, key, value, level + 1);
    }
    page_close(l.p, l.box);
}

static void read_list(struct levels *above, const json_t *v, int level)
{
    struct levels l = *above;
    l.box = page_open(l.p, above->box, above->path);
    l.element = json_array_size(v) > 1;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *item = json_array_get(v, i);
        l.path = arena_printf(l.p->arena, "%s/%zu", above->path, i);
        l.label = "";
        l.neutral = true;
        if (!l.path) {
            l.p->failed = true;
        } else if (json_is_object(item)) {
            read_object(&l, item, level + 1);
        } else if (json_is_array(item) && level < LEVELS_MAX) {
            read_list(&l, item, level + 1);
        }
    }
    page_close(l.p, l.box);
}

static void read_value(struct levels *l, const char *key, const json_t *v, int level)
{
    struct page *p = l->p;
    const char *path = arena_printf(p->arena, "%s/%s", l->path, key);
    const char *text = json_is_array(v) ? list_text(p, v) : scalar_text(p->arena, v);
    if (level > LEVELS_MAX) {
        p->unreadable = "it is nested too deeply";
        return;
    }
    if (!path || p->failed || p->unreadable) {
        p->failed = p->failed || !path;
        return;
    }
    if (text) {
        add_value(l, key, text, path);
        return;
    }
    struct levels inner = *l;
    inner.path = path;
    if (!is_wrapper(key)) {
        const char *own = words_of(p->arena, key);
        inner.label = own && *l->label ? arena_printf(p->arena, "%s %s", l->label, own) : own;
        inner.neutral = l->neutral && is_neutral(key);
        if (!inner.label) {
            p->failed = true;
            return;
        }
    }
    if (json_is_array(v)) {
        read_list(&inner, v, level);
    } else {
        read_object(&inner, v, level);
    }
}

void page_json(struct page *p, struct span text)
{
    json_error_t error;
    p->kind = PAGE_JSON;
    json_t *v = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    if (!v) {
        p->failed = json_error_code(&error) == json_error_out_of_memory;
        p->unreadable = json_error_code(&error) == json_error_duplicate_key
                            ? "a name stands twice in an object of its JSON"
                            : "its JSON is broken";
        return;
    }
    struct levels l = {.p = p, .path = "", .label = "", .neutral = true, .box = PAGE_NONE};
    if (json_is_array(v)) {
        read_list(&l, v, 0);
    } else {
        read_object(&l, v, 0);
    }
    json_decref(v);
    page_finish(p);
}

const char *json_where(const struct page *p, const void *node)
{
    (void)p;
    return node ? node : "";
}
