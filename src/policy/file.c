/*
 * file - a policy as JSON: read from the operator's file, written into stored evidence.
 *
 * The settings are rows; a new one is a line in the table below.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/mem.h"
#include "satyapan/policy.h"

enum setting_type { SETTING_BOOL, SETTING_SECONDS, SETTING_BITS };

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset;
    int64_t max;
};

#define AT(member) offsetof(struct sp_policy, member)

static const struct setting settings[] = {
    {"india", SETTING_BOOL, AT(india), 0},
    {"grace_seconds", SETTING_SECONDS, AT(grace_seconds), (int64_t)365 * 86400},
    {"max_crl_age_seconds", SETTING_SECONDS, AT(max_crl_age_seconds), (int64_t)3650 * 86400},
    {"require_revocation", SETTING_BOOL, AT(require_revocation), 0},
    {"receipt_is_proof", SETTING_BOOL, AT(receipt_is_proof), 0},
    {"accept_esign", SETTING_BOOL, AT(accept_esign), 0},
    {"accept_document_signer", SETTING_BOOL, AT(accept_document_signer), 0},
    {"min_rsa_bits", SETTING_BITS, AT(min_rsa_bits), 65536},
    {"min_ec_bits", SETTING_BITS, AT(min_ec_bits), 65536},
};

/* A policy with its own copies of what the base lends. */
struct owned {
    struct sp_policy policy; /* first: sp_policy_free casts back */
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

static int read_setting(struct reader *r, const struct setting *s, const json_t *value)
{
    char *at = (char *)&r->out->policy + s->offset;
    if (s->type == SETTING_BOOL) {
        bool b = json_is_true(value);
        if (!json_is_boolean(value)) {
            return refuse(r, s->key, "must be true or false");
        }
        memcpy(at, &b, sizeof b);
        return 0;
    }
    int64_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0 || n > s->max) {
        return refuse(r, s->key, "must be a whole number in its range");
    }
    if (s->type == SETTING_SECONDS) {
        memcpy(at, &n, sizeof n);
    } else {
        unsigned bits = (unsigned)n;
        memcpy(at, &bits, sizeof bits);
    }
    return 0;
}

static bool level_by_name(const char *name, enum sp_level *out)
{
    for (int l = SP_LEVEL_INFO; l <= SP_LEVEL_FAIL; l++) {
        if (name && strcmp(name, sp_level_name((enum sp_level)l)) == 0) {
            *out = (enum sp_level)l;
            return true;
        }
    }
    return false;
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
        if (!level_by_name(json_string_value(value), &level)) {
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
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (strcmp(settings[i].key, key) == 0) {
            return read_setting(r, &settings[i], value);
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
    return strcmp(key, "base") == 0 ? 0 : refuse(r, key, "is not a known setting");
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
    if (!o) {
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
        mem_free(o);
        return -1;
    }
    *out = &o->policy;
    return 0;
}

static json_t *setting_value(const struct sp_policy *policy, const struct setting *s)
{
    const char *at = (const char *)policy + s->offset;
    bool b;
    int64_t n;
    unsigned bits;
    switch (s->type) {
    case SETTING_BOOL:
        memcpy(&b, at, sizeof b);
        return json_boolean(b);
    case SETTING_SECONDS:
        memcpy(&n, at, sizeof n);
        return json_integer(n);
    case SETTING_BITS:
        memcpy(&bits, at, sizeof bits);
        return json_integer(bits);
    }
    return NULL;
}

char *sp_policy_to_json(const struct sp_policy *policy)
{
    json_t *root = json_object(), *levels = json_object();
    int rc = json_object_set_new(root, "name", json_string(policy->name));
    rc |= json_object_set_new(root, "base", json_string(policy->india ? "india-dsc" : "generic"));
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        rc |= json_object_set_new(root, settings[i].key, setting_value(policy, &settings[i]));
    }
    for (size_t i = 0; i < policy->level_count; i++) {
        rc |= json_object_set_new(levels, sp_reason_row(policy->levels[i].reason)->code,
                                  json_string(sp_level_name(policy->levels[i].level)));
    }
    rc |= json_object_set_new(root, "levels", levels);
    char *text = rc ? NULL : json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

void sp_policy_free(struct sp_policy *policy)
{
    mem_free(policy);
}
