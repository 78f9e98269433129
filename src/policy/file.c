/*
 * file - a policy as JSON: read from the operator's file, written into stored evidence.
 *
 * The settings are the rows of satyapan/switches.def; "levels" may change the level of any other
 * reason; "about" is for people and not read.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/mem.h"
#include "satyapan/policy.h"

enum { MAX_ITEMS = 256, MAX_ITEM = 512, LISTS_MEMORY = 1 << 20 };

/* A policy with its own copies of what the base lends. */
struct owned {
    struct sp_policy policy; /* first: sp_policy_free casts back */
    struct arena *arena;
    char name[64];
    struct sp_policy_level levels[SP_REASON_COUNT];
};

struct reader {
    struct owned *out;
    char *error;
    size_t size;
};

static int refuse(struct reader *r, const char *key, const char *what)
{
    (void)snprintf(r->error, r->size, "policy: \"%s\" %s", key, what);
    return -1;
}

static void set_level(struct owned *o, enum sp_reason reason, enum sp_level level)
{
    for (size_t i = 0; i < o->policy.level_count; i++) {
        if (o->levels[i].reason == reason) {
            o->levels[i].level = level;
            return;
        }
    }
    o->levels[o->policy.level_count++] = (struct sp_policy_level){reason, level};
}

static bool level_by(const char *(*word_of)(enum sp_level), const char *word, enum sp_level *out)
{
    for (int l = SP_LEVEL_INFO; l <= SP_LEVEL_FAIL; l++) {
        if (word && strcmp(word, word_of((enum sp_level)l)) == 0) {
            *out = (enum sp_level)l;
            return true;
        }
    }
    return false;
}

static bool is_sha256(const char *s)
{
    size_t n = strspn(s, "0123456789abcdefABCDEF");
    return n == 64 && (s[n] == 0 || s[n] == ' ');
}

static bool is_oid(const char *s)
{
    size_t n = strlen(s);
    return n > 2 && strspn(s, "0123456789.") == n && s[0] >= '0' && s[0] <= '2' && s[1] == '.' &&
           s[n - 1] != '.' && !strstr(s, "..");
}

static int read_list(struct reader *r, const struct sp_switch *s, const json_t *value)
{
    size_t n = json_array_size(value);
    if (!json_is_array(value) || n > MAX_ITEMS) {
        return refuse(r, s->key, "must be a list of at most 256 texts");
    }
    const char **items = arena_array(r->out->arena, n + 1, sizeof *items);
    for (size_t i = 0; items && i < n; i++) {
        const char *text = json_string_value(json_array_get(value, i));
        if (!text || strlen(text) > MAX_ITEM) {
            return refuse(r, s->key, "must be a list of short texts");
        }
        if (s->kind == SP_LIST_SHA256 ? !is_sha256(text) : !is_oid(text)) {
            return refuse(r, s->key,
                          s->kind == SP_LIST_SHA256
                              ? "takes 64 hex digits (SHA-256), then a space and a note"
                              : "takes object identifiers like 2.16.356.100.2.3");
        }
        items[i] = arena_str(r->out->arena, span_str(text));
        if (!items[i]) {
            return refuse(r, s->key, "is too large");
        }
    }
    struct sp_policy_list list = {items, n};
    memcpy((char *)&r->out->policy + s->offset, &list, sizeof list);
    return items ? 0 : refuse(r, s->key, "is too large");
}

static int read_number(struct reader *r, const struct sp_switch *s, const json_t *value)
{
    int64_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0 || n > s->max) {
        return refuse(r, s->key, "must be a whole number in its range");
    }
    memcpy((char *)&r->out->policy + s->offset, &n, sizeof n);
    return 0;
}

static int read_switch(struct reader *r, const struct sp_switch *s, const json_t *value)
{
    bool flag = json_is_true(value);
    enum sp_level level;
    switch (s->kind) {
    case SP_SWITCH_FLAG:
        if (!json_is_boolean(value)) {
            return refuse(r, s->key, "must be true or false");
        }
        memcpy((char *)&r->out->policy + s->offset, &flag, sizeof flag);
        return 0;
    case SP_SWITCH_NUMBER:
        return read_number(r, s, value);
    case SP_SWITCH_LEVEL:
        if (!level_by(sp_switch_level_word, json_string_value(value), &level)) {
            return refuse(r, s->key, "must be accept, warn, review or reject");
        }
        set_level(r->out, s->reason, level);
        return 0;
    default:
        return read_list(r, s, value);
    }
}

static int read_levels(struct reader *r, json_t *rows)
{
    const char *code;
    json_t *value;
    if (!json_is_object(rows)) {
        return refuse(r, "levels", "must be an object of code and level");
    }
    json_object_foreach(rows, code, value)
    {
        enum sp_reason reason = sp_reason_by_code(code);
        enum sp_level level;
        if (reason == SP_REASON_COUNT) {
            return refuse(r, code, "is no reason code (see satyapan-reasons(7))");
        }
        if (!level_by(sp_level_name, json_string_value(value), &level)) {
            return refuse(r, code, "must be INFO, WARN, REVIEW or FAIL");
        }
        /* Our own failures must never pass as a verdict. */
        if (strncmp(code, "engine.", 7) == 0 && level != sp_reason_row(reason)->level) {
            return refuse(r, code, "cannot have another level");
        }
        set_level(r->out, reason, level);
    }
    return 0;
}

static int read_key(struct reader *r, const char *key, json_t *value)
{
    const struct sp_switch *s;
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        if (strcmp(s->key, key) == 0) {
            return read_switch(r, s, value);
        }
    }
    if (strcmp(key, "levels") == 0) {
        return read_levels(r, value);
    }
    if (strcmp(key, "name") == 0) {
        const char *name = json_string_value(value);
        if (!name || !*name || strlen(name) >= sizeof r->out->name) {
            return refuse(r, key, "must be a short text");
        }
        (void)snprintf(r->out->name, sizeof r->out->name, "%s", name);
        return 0;
    }
    bool known = strcmp(key, "base") == 0 || strcmp(key, "about") == 0;
    return known ? 0 : refuse(r, key, "is not a known setting");
}

static int start_from_base(struct reader *r, const json_t *root)
{
    const char *name = json_string_value(json_object_get(root, "base"));
    const struct sp_policy *base = sp_policy_builtin(name ? name : "");
    if (!base) {
        return refuse(r, "base", "must name a built-in policy (india-dsc, generic)");
    }
    struct owned *o = r->out;
    o->policy = *base;
    for (size_t i = 0; i < base->level_count; i++) {
        o->levels[i] = base->levels[i];
    }
    (void)snprintf(o->name, sizeof o->name, "%s", base->name);
    o->policy.name = o->name;
    o->policy.levels = o->levels;
    return 0;
}

int sp_policy_from_json(const char *text, size_t size, struct sp_policy **out, char *error,
                        size_t error_size)
{
    json_error_t where;
    struct owned *o = mem_zalloc(sizeof *o);
    struct reader r = {o, error, error_size};
    json_t *root = o ? json_loadb(text, size, JSON_REJECT_DUPLICATES, &where) : NULL;
    const char *key;
    json_t *value;
    *out = NULL;
    int rc = -1;
    if (!o || !(o->arena = arena_new(LISTS_MEMORY))) {
        (void)refuse(&r, "memory", "ran out");
    } else if (!json_is_object(root)) {
        (void)snprintf(error, error_size, "policy: line %d: %s", root ? 1 : where.line,
                       root ? "not a JSON object" : where.text);
    } else {
        rc = start_from_base(&r, root);
        json_object_foreach(root, key, value)
        {
            rc = rc ? rc : read_key(&r, key, value);
        }
    }
    json_decref(root);
    if (rc) {
        sp_policy_free(o ? &o->policy : NULL);
        return -1;
    }
    *out = &o->policy;
    return 0;
}

static json_t *list_value(const struct sp_policy_list *list)
{
    json_t *out = json_array();
    for (size_t i = 0; out && i < list->count; i++) {
        if (json_array_append_new(out, json_string(list->items[i])) < 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static json_t *switch_value(const struct sp_policy *policy, const struct sp_switch *s)
{
    const char *at = (const char *)policy + s->offset;
    struct sp_policy_list list;
    bool flag;
    int64_t n;
    switch (s->kind) {
    case SP_SWITCH_FLAG:
        memcpy(&flag, at, sizeof flag);
        return json_boolean(flag);
    case SP_SWITCH_NUMBER:
        memcpy(&n, at, sizeof n);
        return json_integer(n);
    case SP_SWITCH_LEVEL:
        return json_string(sp_switch_level_word(sp_policy_level(policy, s->reason)));
    default:
        memcpy(&list, at, sizeof list);
        return list_value(&list);
    }
}

static bool has_switch(enum sp_reason reason)
{
    const struct sp_switch *s;
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        if (s->kind == SP_SWITCH_LEVEL && s->reason == reason) {
            return true;
        }
    }
    return false;
}

/* The base whose own levels this policy still has, so that reading back adds none. */
static const char *base_of(const struct sp_policy *policy)
{
    const struct sp_policy *base = sp_policy_builtin("india-dsc");
    for (size_t i = 0; i < base->level_count; i++) {
        bool found = false;
        for (size_t k = 0; k < policy->level_count; k++) {
            found |= policy->levels[k].reason == base->levels[i].reason;
        }
        if (!found) {
            return "generic";
        }
    }
    return base->name;
}

/* Everything but "about". */
static json_t *to_object(const struct sp_policy *policy)
{
    json_t *root = json_object(), *levels = json_object();
    const struct sp_switch *s;
    int rc = json_object_set_new(root, "name", json_string(policy->name));
    rc |= json_object_set_new(root, "base", json_string(base_of(policy)));
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        rc |= json_object_set_new(root, s->key, switch_value(policy, s));
    }
    for (size_t i = 0; i < policy->level_count; i++) {
        enum sp_reason reason = policy->levels[i].reason;
        if (!has_switch(reason)) {
            rc |= json_object_set_new(levels, sp_reason_row(reason)->code,
                                      json_string(sp_level_name(policy->levels[i].level)));
        }
    }
    rc |= json_object_set_new(root, "levels", levels);
    if (rc) {
        json_decref(root);
        return NULL;
    }
    return root;
}

char *sp_policy_to_json(const struct sp_policy *policy)
{
    json_t *root = to_object(policy);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}

char *sp_policy_to_file(const struct sp_policy *policy)
{
    json_t *root = to_object(policy), *about = json_object();
    const struct sp_switch *s;
    int rc = root && about ? 0 : -1;
    for (size_t i = 0; (s = sp_policy_switch(i)) != NULL; i++) {
        rc |= json_object_set_new(
            about, s->key,
            json_pack("{ss ss ss}", "en", s->text, "hi", s->text_hi, "source", s->source));
    }
    rc |= json_object_set_new(root, "about", about);
    char *text = rc ? NULL : json_dumps(root, JSON_INDENT(2));
    json_decref(root);
    return text;
}

void sp_policy_free(struct sp_policy *policy)
{
    if (policy) {
        arena_free(((struct owned *)policy)->arena);
    }
    mem_free(policy);
}
