/*
 * request - a line of the standard input as a request: read strictly (weblink.h).
 */
#include <stdio.h>

#include <jansson.h>

#include "cli/weblink/weblink.h"

enum { TEXT_MAX = 2000 };

struct reader {
    struct arena *a;
    char *why;
    bool memory;
};

static bool refuse(struct reader *r, const char *key, const char *what)
{
    (void)snprintf(r->why, WEBLINK_WHY, "%s %s", key, what);
    return false;
}

/* A text or null; false: something else. */
static bool take(struct reader *r, const json_t *o, const char *key, const char **out)
{
    const json_t *v = json_object_get(o, key);
    const char *s = json_string_value(v);
    *out = NULL;
    if (!v || json_is_null(v)) {
        return true;
    }
    if (!s || json_string_length(v) > TEXT_MAX || strlen(s) != json_string_length(v)) {
        return refuse(r, key, "is no text of at most 2000 bytes");
    }
    *out = *s ? arena_str(r->a, span_str(s)) : NULL;
    r->memory = r->memory || (*s && !*out);
    return !r->memory;
}

static bool take_date(struct reader *r, const json_t *o, const char *key, const char **out)
{
    struct date_found date;
    return take(r, o, key, out) &&
           (!*out || date_iso(*out, &date) || refuse(r, key, "is no date such as 2026-11-22"));
}

static bool take_claim(struct reader *r, const json_t *o, struct claim *c)
{
    if (!json_is_object(o)) {
        return refuse(r, "claim", "is no object");
    }
    return take(r, o, "number", &c->number) && take(r, o, "holder", &c->holder) &&
           take(r, o, "issuer", &c->issuer) && take(r, o, "product", &c->product) &&
           take(r, o, "standard", &c->standard) && take_date(r, o, "issued", &c->issued) &&
           take_date(r, o, "expires", &c->expires) && take(r, o, "status", &c->status);
}

static bool take_profiles(struct reader *r, const json_t *v, struct weblink_request *out)
{
    char why[PROFILE_WHY];
    if (!json_is_array(v) || json_array_size(v) > PROFILES_MAX) {
        return refuse(r, "profiles", "is no list of at most 256 profiles");
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        int rc = profile_read(r->a, json_array_get(v, i), &out->profiles[i], why);
        if (rc != 0) {
            r->memory = rc < 0;
            (void)snprintf(r->why, WEBLINK_WHY, "profiles[%zu]: %s", i, why);
            return false;
        }
        out->profile_count++;
    }
    return true;
}

static bool take_all(struct reader *r, const json_t *v, struct weblink_request *out)
{
    const json_t *id = json_object_get(v, "id");
    if (!json_is_object(v)) {
        return refuse(r, "the request", "is no JSON object");
    }
    if (json_is_integer(id)) {
        out->id = arena_printf(r->a, "%lld", (long long)json_integer_value(id));
        r->memory = !out->id;
    } else if (!take(r, v, "id", &out->id)) {
        return false;
    }
    if (!take(r, v, "url", &out->url) || !take(r, v, "evidence_dir", &out->evidence_dir) ||
        !take(r, v, "tsa", &out->tsa)) {
        return false;
    }
    if (!out->url) {
        return refuse(r, "url", "is missing");
    }
    return take_claim(r, json_object_get(v, "claim"), &out->claim) &&
           take_profiles(r, json_object_get(v, "profiles"), out);
}

int request_read(struct arena *a, struct span line, struct weblink_request *out,
                 char why[WEBLINK_WHY])
{
    struct reader r = {.a = a, .why = why};
    json_error_t error;
    memset(out, 0, sizeof *out);
    json_t *v = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &error);
    if (!v) {
        (void)snprintf(why, WEBLINK_WHY, "the request is no JSON: %.200s", error.text);
        return json_error_code(&error) == json_error_out_of_memory ? -1 : 1;
    }
    bool good = take_all(&r, v, out);
    json_decref(v);
    return r.memory ? -1 : good ? 0 : 1;
}
