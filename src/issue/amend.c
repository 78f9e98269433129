/*
 * amend - what an amendment (R-VAL-4) or a correction makes of a certificate's data; see issue.h.
 *
 * An amendment adds: firmware versions of models and hardware that the certificate has, reports,
 * conditions. A correction puts right what was written wrongly. Neither touches number,
 * registration, kind or any date: what would is a certificate of its own (R-VAL-3).
 */
#include <stdio.h>
#include <string.h>

#include "issue/issue.h"

static int refuse(char *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int refuse(char *why, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(why, ISSUE_WHY, fmt, ap);
    va_end(ap);
    return 1;
}

static bool same(const json_t *a, const json_t *b, const char *const *keys)
{
    bool equal = true;
    for (; *keys; keys++) {
        equal = equal && json_equal(json_object_get(a, *keys), json_object_get(b, *keys));
    }
    return equal;
}

/* The row of a list with the same values of the keys. */
static const json_t *find(const json_t *list, const json_t *row, const char *const *keys)
{
    size_t i;
    json_t *m;
    json_array_foreach(list, i, m)
    {
        if (same(m, row, keys)) {
            return m;
        }
    }
    return NULL;
}

/* ---- an amendment ---------------------------------------------------------------------------- */

static int add_model(json_t *models, const json_t *row, size_t i, bool *new, char *why)
{
    static const char *const hardware[] = {"model", "hardware", NULL};
    static const char *const firmware[] = {"model", "hardware", "firmware", NULL};
    const json_t *there = find(models, row, firmware);
    if (!find(models, row, hardware)) {
        return refuse(why,
                      "models[%zu]: the certificate has no such model and hardware; an amendment "
                      "adds firmware versions, another device is a major change (R-VAL-3, R-VAL-4, "
                      "OM 05.03.2024)",
                      i);
    }
    if (there && !json_equal(there, row)) {
        return refuse(why,
                      "models[%zu]: the certificate has this firmware with other particulars; "
                      "a correction puts them right",
                      i);
    }
    *new = *new || !there;
    return there ? 0 : json_array_append_new(models, json_deep_copy(row));
}

static int add_models(json_t *data, const json_t *change, bool *new, char *why)
{
    size_t i;
    json_t *row;
    int rc = 0;
    json_array_foreach(json_object_get(change, "models"), i, row)
    {
        rc = rc ? rc : add_model(json_object_get(data, "models"), row, i, new, why);
    }
    return rc;
}

static int add_all(json_t *list, const json_t *more, bool *new)
{
    size_t i, k;
    json_t *row, *there;
    int rc = 0;
    json_array_foreach(more, i, row)
    {
        bool found = false;
        json_array_foreach(list, k, there)
        {
            found = found || json_equal(there, row);
        }
        *new = *new || !found;
        rc = found ? rc : rc | json_array_append_new(list, json_deep_copy(row));
    }
    return rc;
}

static int amend(json_t *data, const json_t *change, bool *new, char *why)
{
    json_t *reports = json_object_get(json_object_get(data, "lab"), "reports");
    int rc = add_models(data, change, new, why);
    rc = rc ? rc : add_all(reports, json_object_get(change, "reports"), new);
    return rc ? rc
              : add_all(json_object_get(data, "conditions"), json_object_get(change, "conditions"),
                        new);
}

/* ---- a correction ---------------------------------------------------------------------------- */

/* The same rows in the same order: particulars may be put right, what is covered may not. */
static bool same_rows(const json_t *old, const json_t *now)
{
    static const char *const keys[] = {"model", "hardware", "firmware", NULL};
    bool equal = json_array_size(old) == json_array_size(now);
    for (size_t i = 0; equal && i < json_array_size(old); i++) {
        equal = same(json_array_get(old, i), json_array_get(now, i), keys);
    }
    return equal;
}

static int correct(json_t *data, const json_t *change, bool *new, char *why)
{
    static const char *const fixed[] = {"schema",   "number",       "series",    "kind",
                                        "level",    "registration", "issued_on", "valid_from",
                                        "valid_to", "previous",     "amendment", "url"};
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(change, "set"), key, value)
    {
        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
            if (strcmp(key, fixed[i]) == 0) {
                return refuse(why,
                              "set.%s: a correction does not change it; withdraw the certificate "
                              "and issue another one",
                              key);
            }
        }
        if (strcmp(key, "models") == 0 && !same_rows(json_object_get(data, key), value)) {
            return refuse(why, "set.models: a correction does not change what is covered; amend "
                               "the certificate (R-VAL-4, OM 05.03.2024)");
        }
        if (strcmp(key, "locations") == 0 &&
            json_array_size(json_object_get(data, key)) != json_array_size(value)) {
            return refuse(why, "set.locations: a correction neither adds a manufacturing location "
                               "nor takes one away; that is a change (R-CHG-1, OM 05.03.2024)");
        }
        *new = *new || !json_equal(json_object_get(data, key), value);
        json_t *copy = json_deep_copy(value);
        if (!copy || json_object_set_new(data, key, copy) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- together -------------------------------------------------------------------------------- */

static int check_key(const char *key, const json_t *value, bool corrects, char *why)
{
    static const struct {
        const char *key;
        bool amends, corrects;
        json_type type;
    } keys[] = {{"decision", true, true, JSON_STRING},   {"en", true, true, JSON_STRING},
                {"hi", true, true, JSON_STRING},         {"signatory", true, true, JSON_OBJECT},
                {"models", true, false, JSON_ARRAY},     {"reports", true, false, JSON_ARRAY},
                {"conditions", true, false, JSON_ARRAY}, {"set", false, true, JSON_OBJECT}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i].key) == 0 && (corrects ? keys[i].corrects : keys[i].amends)) {
            return json_typeof(value) == keys[i].type ? 0
                   : keys[i].type == JSON_ARRAY       ? refuse(why, "%s: must be a list", key)
                   : keys[i].type == JSON_OBJECT      ? refuse(why, "%s: must be an object", key)
                                                      : refuse(why, "%s: must be a text", key);
        }
    }
    return corrects ? refuse(why, "%s: is not known in a correction", key)
                    : refuse(why, "%s: is not known in an amendment", key);
}

static int check_keys(json_t *change, bool corrects, char *why)
{
    const char *key;
    json_t *value;
    json_object_foreach(change, key, value)
    {
        int rc = check_key(key, value, corrects, why);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static json_t *amendment_of(const json_t *now, const json_t *change, const char *kind,
                            const char *date)
{
    json_int_t last =
        json_integer_value(json_object_get(json_object_get(now, "amendment"), "number"));
    return json_pack("{sI ss ss sO sO sO}", "number", last + 1, "kind", kind, "date", date,
                     "decision", json_object_get(change, "decision"), "en",
                     json_object_get(change, "en"), "hi", json_object_get(change, "hi"));
}

/* Nothing new: is it the amendment that the certificate has already? */
static int repeated(const json_t *now, const json_t *change, const char *kind, char *why)
{
    static const char *const keys[] = {"decision", "en", "hi", NULL};
    const json_t *last = json_object_get(now, "amendment");
    const char *was = json_string_value(json_object_get(last, "kind"));
    return was && strcmp(was, kind) == 0 && same(last, change, keys)
               ? ISSUE_NOTHING_NEW
               : refuse(why, "nothing would change; all of it is in the certificate already");
}

int issue_amend(const json_t *now, json_t *change, bool corrects, const char *date, json_t **out,
                char *why)
{
    const char *kind = corrects ? "correction" : "amendment";
    bool new = false;
    *out = NULL;
    if (!json_is_object(change) || !json_object_get(change, "decision") ||
        !json_object_get(change, "en") || !json_object_get(change, "hi")) {
        return refuse(why, "decision, en, hi: the body's decision and what is new, in English and "
                           "Hindi, must be there (R-CHG-2, OM 05.03.2024)");
    }
    int rc = check_keys(change, corrects, why);
    json_t *data = rc == 0 ? json_deep_copy(now) : NULL;
    rc = rc         ? rc
         : !data    ? -1
         : corrects ? correct(data, change, &new, why)
                    : amend(data, change, &new, why);
    if (rc == 0 && !new) {
        rc = repeated(now, change, kind, why);
    }
    json_t *who = json_object_get(change, "signatory");
    if (rc == 0 &&
        ((who && json_object_set(data, "signatory", who) != 0) ||
         json_object_set_new(data, "amendment", amendment_of(now, change, kind, date)) != 0)) {
        rc = -1;
    }
    if (rc == 0) {
        *out = data;
    } else {
        json_decref(data);
    }
    return rc;
}
