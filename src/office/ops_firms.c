/*
 * ops_firms - vendors and manufacturers. A vendor's person sees its own firm only.
 */
#include <stdio.h>

#include "office/cases.h"
#include "records/applications.h"

/* clang-format off */
#define FIRM_PARAMS(needed) \
    {"name", OP_IN_BODY, OP_TEXT, needed, 200, NULL, "name", "नाम"}, \
    {"name_hi", OP_IN_BODY, OP_TEXT, false, 200, NULL, "name in Hindi", "हिन्दी में नाम"}, \
    {"address", OP_IN_BODY, OP_LONG, false, 1000, NULL, "postal address", "डाक का पता"}, \
    {"country", OP_IN_BODY, OP_TEXT, false, 2, NULL, "country, two letters", "देश, दो अक्षर"}, \
    {"email", OP_IN_BODY, OP_TEXT, false, 200, NULL, "email", "ईमेल"}, \
    {"phone", OP_IN_BODY, OP_TEXT, false, 40, NULL, "telephone", "दूरभाष"}

#define PARAM_FIRM \
    { \
        "firm", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the firm", "फर्म की आईडी" \
    }
/* clang-format on */

static const char *const columns[] = {"+name",  "name_hi", "!address", "+country",
                                      "!email", "!phone",  NULL};

static int trace(struct op_call *c, int64_t id, json_t *detail)
{
    char subject[32];
    (void)snprintf(subject, sizeof subject, "firm:%lld", (long long)id);
    return detail ? op_audit(c, subject, UTC_NONE, false, detail) : -1;
}

static int answer(struct op_call *c, int64_t id)
{
    return op_records(c, firm_get(c->records, id, &c->out));
}

static int run_create(struct op_call *c)
{
    json_t *values;
    int64_t id = RECORDS_FAILED;
    int rc = office_values(c, columns, &values);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    json_t *detail = json_deep_copy(values);
    if (json_object_set_new(values, "created_at", json_integer(c->now)) == 0) {
        id = firm_add(c->records, values);
    }
    json_decref(values);
    if (id < 0) {
        json_decref(detail);
        return op_records(c, id);
    }
    return trace(c, id, detail) < 0 ? -1 : answer(c, id);
}

static bool hidden(const struct op_call *c)
{
    return office_is_vendor(c) && op_int(c, "firm") != c->actor->firm;
}

static int run_show(struct op_call *c)
{
    return hidden(c) ? op_records(c, RECORDS_NONE) : answer(c, op_int(c, "firm"));
}

static int run_set(struct op_call *c)
{
    int64_t id = op_int(c, "firm");
    json_t *values;
    int rc = office_values(c, columns, &values);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    c->unchanged = json_object_size(values) == 0;
    if (!c->unchanged) {
        rc = firm_update(c->records, id, op_int(c, "version"), values);
    }
    if (rc < 0 || c->unchanged) {
        json_decref(values);
        return rc < 0 ? op_records(c, rc) : answer(c, id);
    }
    return trace(c, id, values) < 0 ? -1 : answer(c, id);
}

static int run_list(struct op_call *c)
{
    char next[RECORDS_MARK] = "";
    json_t *items = NULL;
    int rc;
    if (office_is_vendor(c)) {
        items = json_array();
        rc = c->actor->firm == UTC_NONE ? RECORDS_NONE
                                        : firm_get(c->records, c->actor->firm, &c->out);
        if (rc == 0) {
            rc = json_array_append_new(items, c->out);
            c->out = NULL;
        }
        rc = rc == RECORDS_NONE ? 0 : rc;
    } else {
        rc = firm_list(c->records, op_text(c, "text"), c->after, c->limit, &items, next);
    }
    if (rc == 0) {
        c->out = json_pack("{s:O, s:s?}", "items", items, "next", next[0] ? next : NULL);
    }
    json_decref(items);
    return rc < 0 ? op_records(c, rc) : c->out ? 0 : -1;
}

const struct op ops_firms[] = {
    {"firm.create", "POST", "/api/v1/firms", "Enter a firm", "फर्म दर्ज करें", ROLE_INTAKE | ROLE_ADMIN,
     0, 201, "firm", (const struct op_param[]){FIRM_PARAMS(true), PARAM_END}, run_create, NULL},
    {"firm.list", "GET", "/api/v1/firms", "List firms by name", "नाम के अनुसार फर्मों की सूची", ROLE_ANY,
     OP_READ | OP_PAGED, 0, "firm",
     (const struct op_param[]){
         {"text", OP_IN_QUERY, OP_TEXT, false, 100, NULL, "beginning of the name", "नाम का आरंभ"},
         PARAM_END},
     run_list, NULL},
    {"firm.show", "GET", "/api/v1/firms/{firm}", "Show a firm", "फर्म दिखाएँ", ROLE_ANY, OP_READ, 0,
     "firm", (const struct op_param[]){PARAM_FIRM, PARAM_END}, run_show, NULL},
    {"firm.set", "PATCH", "/api/v1/firms/{firm}", "Correct a firm's data", "फर्म का विवरण सुधारें",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "firm",
     (const struct op_param[]){PARAM_FIRM, FIRM_PARAMS(false), PARAM_VERSION, PARAM_END}, run_set,
     (const enum op_problem[]){OP_CONFLICT, OP_OK}},
    {0},
};
