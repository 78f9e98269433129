/*
 * profile - see profile.h. Its parts: profile_item.c; forms of addresses: address.c; labels:
 * label.c.
 */
#include <stdio.h>

#include "foreign/normal.h"
#include "foreign/profile_inside.h"

enum { FILE_MAX = 65536, PAUSE_MAX = 60000, PAUSE_DEFAULT = 1000 };

/* ---- the members ----------------------------------------------------------------------------- */

static int take_id(struct profile_reader *r, const json_t *v)
{
    int rc = profile_text(r, v, "id", &r->out->id);
    for (const char *p = rc ? "" : r->out->id; *p; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-')) {
            return profile_refuse(r, "id", "has other characters than a-z, 0-9 and -");
        }
    }
    return rc;
}

static int take_labels(struct profile_reader *r, const json_t *v)
{
    static const struct {
        const char *key;
        enum label_class class;
    } rows[] = {
        {"number", LABEL_NUMBER},     {"holder", LABEL_HOLDER},   {"maker", LABEL_MAKER},
        {"issuer", LABEL_ISSUER},     {"product", LABEL_PRODUCT}, {"standard", LABEL_STANDARD},
        {"status", LABEL_STATUS},     {"issued", LABEL_ISSUED},   {"expires", LABEL_EXPIRES},
        {"validity", LABEL_VALIDITY}, {"other", LABEL_OTHER}};
    const char *key;
    json_t *list, *object;
    memcpy(&object, &v, sizeof v); /* json_object_foreach changes nothing */
    if (!json_is_object(v)) {
        return profile_refuse(r, "labels", "is no object");
    }
    json_object_foreach(object, key, list)
    {
        size_t i = 0;
        while (i < sizeof rows / sizeof *rows && strcmp(rows[i].key, key) != 0) {
            i++;
        }
        if (i == sizeof rows / sizeof *rows) {
            return profile_refuse(r, "labels", "has a key that is unknown");
        }
        int rc =
            profile_texts(r, "labels", list, profile_check_folded, &r->out->labels[rows[i].class]);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int take_status(struct profile_reader *r, const json_t *v)
{
    const char *key;
    json_t *list, *object;
    memcpy(&object, &v, sizeof v);
    if (!json_is_object(v)) {
        return profile_refuse(r, "status_words", "is no object");
    }
    json_object_foreach(object, key, list)
    {
        bool valid = strcmp(key, "valid") == 0;
        if (!valid && strcmp(key, "blocking") != 0) {
            return profile_refuse(r, "status_words", "has a key that is unknown");
        }
        int rc = profile_texts(r, "status_words", list, profile_check_folded,
                               valid ? &r->out->valid_words : &r->out->blocking_words);
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int take_order(struct profile_reader *r, const json_t *v)
{
    static const char *const words[] = {"", "dmy", "mdy", "ymd"};
    const char *s = json_string_value(v);
    for (int i = 1; s && i < 4; i++) {
        if (strcmp(s, words[i]) == 0) {
            r->out->date_order = (enum date_order)i;
            return 0;
        }
    }
    return json_is_null(v) ? 0
                           : profile_refuse(r, "date_order", "is neither dmy, mdy, ymd nor null");
}

static int take_pause(struct profile_reader *r, const json_t *v)
{
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;
    if (n < 0 || n > PAUSE_MAX) {
        return profile_refuse(r, "pause_ms", "is no number from 0 to 60000");
    }
    r->out->pause_ms = (int)n;
    return 0;
}

static int take_answers(struct profile_reader *r, const json_t *v)
{
    static const char *const words[] = {"page",    "list",       "json", "pdf",
                                        "blocked", "javascript", "paid"};
    int rc = profile_text(r, v, "answers", &r->out->answers);
    for (size_t i = 0; rc == 0 && i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], r->out->answers) == 0) {
            return 0;
        }
    }
    return rc ? rc
              : profile_refuse(r, "answers",
                               "is none of page, list, json, pdf, blocked, javascript, paid");
}

/* A note for people: a text, or {"what", "source"} with the same in Hindi ("what_hi", "source_hi").
 * What is open has no source. */
static int check_note(struct profile_reader *r, const char *place, const json_t *item)
{
    static const char *const names[] = {"what", "source", "what_hi", "source_hi"};
    const char *unused;
    int rc = 0;
    if (!json_is_object(item)) {
        return profile_text(r, item, place, &unused);
    }
    for (size_t i = 0; rc == 0 && i < sizeof names / sizeof *names; i++) {
        const json_t *text = json_object_get(item, names[i]);
        bool needed = i == 0 || (i == 1 && strcmp(place, "established") == 0);
        rc = text || needed ? profile_text(r, text, place, &unused) : 0;
    }
    return rc;
}

/* Read for their form only. */
static int check_notes(struct profile_reader *r, const char *place, const json_t *v)
{
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > PROFILE_LIST_MAX) {
        return profile_refuse(r, place, "is no list of at most 64 notes");
    }
    for (size_t i = 0; i < n; i++) {
        int rc = check_note(r, place, json_array_get(v, i));
        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int add_name(struct profile_reader *r, const char *name)
{
    struct profile_list *names = &r->out->names;
    if (names->count == PROFILE_LIST_MAX) {
        return profile_refuse(r, "aliases", "has too many names");
    }
    names->items[names->count++] = name;
    return 0;
}

/* Its number with the accreditation body is a name as well. */
static int take_accreditation(struct profile_reader *r, const json_t *v)
{
    const char *body = NULL, *number = NULL;
    if (json_is_null(v)) {
        return 0;
    }
    if (!json_is_object(v) || json_object_size(v) != 2) {
        return profile_refuse(r, "accreditation", "is neither null nor {body, number}");
    }
    int rc = profile_text(r, json_object_get(v, "body"), "accreditation", &body);
    rc = rc ? rc : profile_text(r, json_object_get(v, "number"), "accreditation", &number);
    const char *both = rc ? NULL : arena_printf(r->a, "%s %s", body, number);
    rc = rc ? rc : both ? add_name(r, both) : -1;
    return rc ? rc : add_name(r, number);
}

static int take_name(struct profile_reader *r, const json_t *v, const char *key, const char **out)
{
    int rc = profile_text(r, v, key, out);
    return rc ? rc : add_name(r, *out);
}

/* {"DE": ["BSI", "Bundesamt ..."]}: what a record of a register of several bodies has as its
 * issuer, and what that body is called. */
static int take_issuers(struct profile_reader *r, const json_t *v)
{
    const char *value;
    json_t *names, *object;
    struct profile *p = r->out;
    memcpy(&object, &v, sizeof v);
    if (!json_is_object(v) && !json_is_null(v)) {
        return profile_refuse(r, "issuers", "is neither null nor an object");
    }
    p->several = json_is_object(v);
    json_object_foreach(object, value, names)
    {
        struct profile_list *values = &p->issuer_values;
        int rc = profile_texts(r, "issuers", names, NULL, &p->issuer_names);
        const char *kept = rc ? NULL : normal_fold(r->a, span_str(value));
        if (rc || !kept) {
            return rc ? rc : -1;
        }
        while (values->count < p->issuer_names.count) {
            values->items[values->count++] = kept;
        }
    }
    return 0;
}

static int take_schema(struct profile_reader *r, const json_t *v)
{
    const char *s = json_string_value(v);
    return s && strcmp(s, "satyapan-issuer/1") == 0
               ? 0
               : profile_refuse(r, "schema", "is not satyapan-issuer/1");
}

static int take_country(struct profile_reader *r, const json_t *v)
{
    int rc = profile_text(r, v, "country", &r->out->country);
    const char *c = r->out->country;
    bool good =
        rc == 0 && strlen(c) == 2 && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z';
    return rc || good ? rc : profile_refuse(r, "country", "is no code of two letters (ISO 3166-1)");
}

static int take_member(struct profile_reader *r, const char *key)
{
    const json_t *v = json_object_get(r->value, key);
    struct profile *p = r->out;
#define IS(word) (strcmp(key, word) == 0)
    if (IS("schema")) {
        return take_schema(r, v);
    }
    if (IS("id")) {
        return take_id(r, v);
    }
    if (IS("name") || IS("name_hi")) {
        return take_name(r, v, key, IS("name") ? &p->name : &p->name_hi);
    }
    if (IS("aliases")) {
        return profile_texts(r, key, v, NULL, &p->names);
    }
    if (IS("issuers")) {
        return take_issuers(r, v);
    }
    if (IS("country")) {
        return take_country(r, v);
    }
    if (IS("domains")) {
        return profile_texts(r, key, v, profile_check_domain, &p->domains);
    }
    if (IS("mail_domains")) {
        return profile_mail_domains(r, key, v);
    }
    if (IS("hosts")) {
        return profile_texts(r, key, v, profile_check_host, &p->hosts);
    }
    if (IS("templates")) {
        return profile_texts(r, key, v, profile_check_template, &p->templates);
    }
    if (IS("ignored_parameters")) {
        return profile_texts(r, key, v, NULL, &p->ignored);
    }
    if (IS("labels")) {
        return take_labels(r, v);
    }
    if (IS("status_words")) {
        return take_status(r, v);
    }
    if (IS("date_order")) {
        return take_order(r, v);
    }
    if (IS("pause_ms")) {
        return take_pause(r, v);
    }
    if (IS("answers")) {
        return take_answers(r, v);
    }
    if (IS("accreditation")) {
        return take_accreditation(r, v);
    }
    return check_notes(r, key, v);
#undef IS
}

/* In the order in which one depends on another; the first ones must be there. */
static const char *const members[] = {
    "schema",  "id",           "name",       "country",  "domains",       "templates",
    "name_hi", "mail_domains", "hosts",      "answers",  "accreditation", "ignored_parameters",
    "labels",  "status_words", "date_order", "pause_ms", "established",   "open",
    "aliases", "issuers"};
enum { REQUIRED = 6 };

/* "hosts" must be known before "templates" are looked at. */
static const size_t order[] = {0,  1,  2,  3,  4,  8,  5,  6,  7,  9,
                               10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

static int check_keys(struct profile_reader *r)
{
    const char *key;
    json_t *v, *object;
    memcpy(&object, &r->value, sizeof r->value);
    if (!json_is_object(r->value)) {
        return profile_refuse(r, "profile", "is no JSON object");
    }
    json_object_foreach(object, key, v)
    {
        size_t i = 0;
        while (i < sizeof members / sizeof *members && strcmp(members[i], key) != 0) {
            i++;
        }
        if (i == sizeof members / sizeof *members) {
            char place[64];
            (void)snprintf(place, sizeof place, "%.50s", key);
            return profile_refuse(r, place, "is a key that is unknown");
        }
    }
    for (size_t i = 0; i < REQUIRED; i++) {
        if (!json_object_get(r->value, members[i])) {
            return profile_refuse(r, members[i], "is missing");
        }
    }
    return 0;
}

int profile_read(struct arena *a, const json_t *value, struct profile *out, char why[PROFILE_WHY])
{
    struct profile_reader r = {.a = a, .value = value, .out = out, .why = why};
    *out = (struct profile){.pause_ms = PAUSE_DEFAULT, .answers = "page"};
    int rc = check_keys(&r);
    for (size_t i = 0; rc == 0 && i < sizeof order / sizeof *order; i++) {
        const char *key = members[order[i]];
        rc = json_object_get(value, key) ? take_member(&r, key) : 0;
    }
    if (rc == 0 && out->domains.count == 0) {
        return profile_refuse(&r, "domains", "is empty");
    }
    return rc;
}

int profile_parse(struct arena *a, struct span bytes, struct profile *out, char why[PROFILE_WHY])
{
    json_error_t error;
    if (bytes.n > FILE_MAX) {
        (void)snprintf(why, PROFILE_WHY, "it is larger than 64 KiB");
        return 1;
    }
    json_t *v = json_loadb((const char *)bytes.p, bytes.n, JSON_REJECT_DUPLICATES, &error);
    if (!v) {
        (void)snprintf(why, PROFILE_WHY, "line %d: %s", error.line, error.text);
        return json_error_code(&error) == json_error_out_of_memory ? -1 : 1;
    }
    int rc = profile_read(a, v, out, why);
    json_decref(v);
    return rc;
}
