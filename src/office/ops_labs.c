/*
 * ops_labs - laboratories and auditors, and from when to when they are empanelled.
 */
#include <stdio.h>

#include "office/cases.h"
#include "records/applications.h"

static const char *const kinds[] = {"stqc", "stqc-empanelled", "cert-in-empanelled", NULL};
static const char *const columns[] = {"+name", "+kind", "!city", "!email", NULL};

/* clang-format off */
#define LAB_PARAMS(needed) \
    {"name", OP_IN_BODY, OP_TEXT, needed, 200, NULL, "name", "नाम"}, \
    {"kind", OP_IN_BODY, OP_WORD, needed, 0, kinds, "of STQC, or by whom it is empanelled", \
     "STQC की, या किसके द्वारा सूचीबद्ध"}, \
    {"city", OP_IN_BODY, OP_TEXT, false, 100, NULL, "city", "शहर"}, \
    {"email", OP_IN_BODY, OP_TEXT, false, 200, NULL, "email", "ईमेल"}

#define PARAM_LAB \
    { \
        "lab", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the laboratory", "प्रयोगशाला की आईडी" \
    }
#define PARAM_FROM(place) \
    { \
        "from_on", place, OP_DATE, true, 0, NULL, "first day of the empanelment", \
            "सूचीबद्धता का पहला दिन" \
    }
#define PARAM_TO \
    { \
        "to_on", OP_IN_BODY, OP_DATE, false, 0, NULL, \
            "last day of the empanelment; empty: until further notice", \
            "सूचीबद्धता का अंतिम दिन; रिक्त: अगली सूचना तक" \
    }
/* clang-format on */

static int trace(struct op_call *c, int64_t id, json_t *detail)
{
    char subject[32];
    (void)snprintf(subject, sizeof subject, "lab:%lld", (long long)id);
    return detail ? op_audit(c, subject, UTC_NONE, false, detail) : -1;
}

static int answer(struct op_call *c, int64_t id)
{
    return op_records(c, lab_get(c->records, id, &c->out));
}

static int run_create(struct op_call *c)
{
    json_t *values;
    int rc = office_values(c, columns, &values);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    int64_t id = lab_add(c->records, values);
    if (id == RECORDS_CONFLICT) {
        json_decref(values);
        return op_fail(c, OP_CONFLICT, "There is a laboratory of that name.",
                       "इस नाम की प्रयोगशाला पहले से है।");
    }
    if (id < 0) {
        json_decref(values);
        return op_records(c, id);
    }
    return trace(c, id, values) < 0 ? -1 : answer(c, id);
}

static int run_show(struct op_call *c)
{
    return answer(c, op_int(c, "lab"));
}

static int run_list(struct op_call *c)
{
    json_t *items;
    int rc = lab_list(c->records, &items);
    if (rc < 0) {
        return op_records(c, rc);
    }
    c->out = json_pack("{s:o, s:n}", "items", items, "next");
    return c->out ? 0 : -1;
}

static int run_set(struct op_call *c)
{
    int64_t id = op_int(c, "lab");
    json_t *values;
    int rc = office_values(c, columns, &values);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    c->unchanged = json_object_size(values) == 0;
    if (!c->unchanged) {
        rc = lab_update(c->records, id, op_int(c, "version"), values);
    }
    if (rc < 0 || c->unchanged) {
        json_decref(values);
        return rc < 0 ? op_records(c, rc) : answer(c, id);
    }
    return trace(c, id, values) < 0 ? -1 : answer(c, id);
}

static int empanel(struct op_call *c,
                   int (*change)(struct records *r, int64_t id, const char *from, const char *to))
{
    int64_t id = op_int(c, "lab");
    const char *from = op_text(c, "from_on"), *to = op_text(c, "to_on");
    if (to && strcmp(to, from) < 0) {
        return op_fail_field(c, "to_on", "is before the first day", "पहले दिन से पहले है");
    }
    int rc = change(c->records, id, from, to);
    if (rc == RECORDS_CONFLICT) {
        return op_fail(c, OP_CONFLICT, "An empanelment from that day is entered already.",
                       "उस दिन से सूचीबद्धता पहले से दर्ज है।");
    }
    if (rc < 0) {
        return op_records(c, rc);
    }
    json_t *detail = json_pack("{s:s, s:s?}", "from_on", from, "to_on", to);
    return trace(c, id, detail) < 0 ? -1 : answer(c, id);
}

static int run_empanel(struct op_call *c)
{
    return empanel(c, lab_empanel);
}

static int run_limit(struct op_call *c)
{
    return empanel(c, lab_empanel_until);
}

static const enum op_problem conflicts[] = {OP_CONFLICT, OP_OK};

const struct op ops_labs[] = {
    {"lab.create", "POST", "/api/v1/labs", "Enter a laboratory", "प्रयोगशाला दर्ज करें", ROLE_ADMIN, 0,
     201, "lab", (const struct op_param[]){LAB_PARAMS(true), PARAM_END}, run_create, conflicts},
    {"lab.list", "GET", "/api/v1/labs", "List laboratories", "प्रयोगशालाओं की सूची", ROLE_OFFICER,
     OP_READ | OP_PAGED, 0, "lab", NULL, run_list, NULL},
    {"lab.show", "GET", "/api/v1/labs/{lab}", "Show a laboratory", "प्रयोगशाला दिखाएँ", ROLE_OFFICER,
     OP_READ, 0, "lab", (const struct op_param[]){PARAM_LAB, PARAM_END}, run_show, NULL},
    {"lab.set", "PATCH", "/api/v1/labs/{lab}", "Correct a laboratory's data",
     "प्रयोगशाला का विवरण सुधारें", ROLE_ADMIN, 0, 0, "lab",
     (const struct op_param[]){PARAM_LAB, LAB_PARAMS(false), PARAM_VERSION, PARAM_END}, run_set,
     conflicts},
    {"lab.empanel", "POST", "/api/v1/labs/{lab}/empanelments", "Enter an empanelment",
     "सूचीबद्धता दर्ज करें", ROLE_ADMIN, 0, 201, "lab",
     (const struct op_param[]){PARAM_LAB, PARAM_FROM(OP_IN_BODY), PARAM_TO, PARAM_END}, run_empanel,
     conflicts},
    {"lab.limit-empanelment", "PUT", "/api/v1/labs/{lab}/empanelments/{from_on}",
     "Change the last day of an empanelment", "सूचीबद्धता का अंतिम दिन बदलें", ROLE_ADMIN, 0, 0, "lab",
     (const struct op_param[]){PARAM_LAB, PARAM_FROM(OP_IN_PATH), PARAM_TO, PARAM_END}, run_limit,
     NULL},
    {0},
};
