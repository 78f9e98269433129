/*
 * ops_settings - how the certification body's server is set (office/office.h), and what stands
 * where the memorandum is silent (scheme/settings.def), to be looked at.
 *
 * The operator changes them in DATA/office.json and DATA/scheme.json; each change is a row of the
 * trail (office/intake/settings.c).
 */
#include <stdio.h>

#include "office/check.h"
#include "office/office.h"
#include "office/op.h"

static int run_list(struct op_call *c)
{
    c->out = c->office ? office_json(c->office) : json_object();
    return c->out ? 0 : -1;
}

/* One setting beside its default. */
static int add_row(json_t *items, const struct scheme_setting_row *now,
                   const struct scheme_setting_row *usual)
{
    return json_array_append_new(
        items, json_pack("{s:s, s:o, s:o, s:b, s:s, s:s, s:s}", "key", now->key, "value",
                         json_loads(now->value, JSON_DECODE_ANY, NULL), "default",
                         json_loads(usual->value, JSON_DECODE_ANY, NULL), "changed",
                         strcmp(now->value, usual->value) != 0, "source", now->source, "about",
                         now->text, "about_hi", now->text_hi));
}

static int run_scheme(struct op_call *c)
{
    char why[SCHEME_DATA_ERROR] = "";
    struct scheme_data data;
    struct scheme_settings usual;
    struct scheme_setting_row now, then;
    int rc = check_data(c->arena, c->office, c->data, &data, why);
    if (rc) {
        (void)fprintf(stderr, "satyapan: %s\n", why);
        return rc < 0 ? -1 : op_fail(c, OP_INTERNAL, why, NULL);
    }
    json_t *items = json_array();
    scheme_settings_default(&usual);
    rc = items ? 0 : -1;
    for (size_t i = 0; rc == 0 && scheme_setting_row(c->arena, &data.settings, i, &now) &&
                       scheme_setting_row(c->arena, &usual, i, &then);
         i++) {
        rc = add_row(items, &now, &then);
    }
    c->out = json_pack("{s:o}", "items", items);
    return rc == 0 && c->out ? 0 : -1;
}

const struct op ops_settings[] = {
    {"setting.list", "GET", "/api/v1/settings", "Show how the server is set", "सर्वर की सेटिंग दिखाएँ",
     ROLE_ADMIN, OP_READ, 0, "settings", NULL, run_list, NULL},
    {"setting.scheme", "GET", "/api/v1/settings/scheme",
     "Show what stands where the memorandum is silent, with the defaults",
     "जहाँ ज्ञापन मौन है वहाँ क्या लागू है, डिफ़ॉल्ट सहित दिखाएँ", ROLE_OFFICER, OP_READ, 0,
     "scheme-settings", NULL, run_scheme, NULL},
    {0},
};
