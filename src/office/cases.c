/*
 * cases - see cases.h.
 */
#include "office/cases.h"

#include <stdio.h>

#include "office/office.h"
#include "records/applications.h"
#include "records/jobs.h"
#include "scheme/date.h"

const char *office_str(const json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

int64_t office_num(const json_t *row, const char *name)
{
    const json_t *v = json_object_get(row, name);
    return json_is_integer(v) ? json_integer_value(v) : UTC_NONE;
}

bool office_is_vendor(const struct op_call *c)
{
    return c->actor && !(c->actor->roles & ROLE_OFFICER);
}

/* ---- whose it is ----------------------------------------------------------------------------- */

int office_application_by_id(struct op_call *c, int64_t id, json_t **out)
{
    int rc = application_get(c->records, id, out);
    if (rc == 0 && office_is_vendor(c) &&
        (c->actor->firm == UTC_NONE || c->actor->firm != office_num(*out, "vendor"))) {
        json_decref(*out);
        *out = NULL;
        rc = RECORDS_NONE;
    }
    if (rc == 0) {
        return 0;
    }
    return op_records(c, rc) < 0 ? -1 : 1;
}

int office_application(struct op_call *c, json_t **out)
{
    return office_application_by_id(c, op_int(c, "application"), out);
}

int office_case(struct op_call *c, int (*run)(struct op_call *c, const json_t *application))
{
    json_t *application = NULL;
    int rc = office_application(c, &application);
    rc = rc ? rc : office_may(c, application);
    rc = rc ? rc : run(c, application);
    json_decref(application);
    return rc < 0 ? -1 : 0;
}

int office_hide(const struct op_call *c, json_t *row)
{
    static const char *const names[] = {"owner",         "owner_name",   "assessor",
                                        "assessor_name", "appointed_on", "assessor_conflict"};
    int bad = 0;
    for (size_t i = 0; office_is_vendor(c) && i < sizeof names / sizeof *names; i++) {
        const json_t *old = json_object_get(row, names[i]);
        if (old) {
            bool flag = strcmp(names[i], "assessor_conflict") == 0;
            bad |= json_object_set_new(row, names[i], flag ? json_integer(0) : json_null());
        }
    }
    return bad ? -1 : 0;
}

int office_hide_actors(const struct op_call *c, json_t *items)
{
    size_t i;
    json_t *row;
    int bad = 0;
    json_array_foreach(items, i, row)
    {
        bad |= office_hide(c, json_object_get(row, "detail"));
        if (office_is_vendor(c) && office_num(row, "firm") != c->actor->firm) {
            bad |= json_object_set_new(row, "actor", json_string(c->office->body_name));
        }
        bad |= json_object_del(row, "firm");
    }
    return bad ? -1 : 0;
}

int office_answer(struct op_call *c, int64_t application)
{
    int rc = application_get(c->records, application, &c->out);
    return rc < 0 ? op_records(c, rc) : office_hide(c, c->out);
}

/* ---- changing -------------------------------------------------------------------------------- */

static json_t *detail_of(const struct op_call *c, const json_t *application, const json_t *values,
                         const char *to)
{
    const char *reason = op_text(c, "reason");
    json_t *detail = json_deep_copy(values);
    int bad = !detail;
    if (reason) {
        bad |= json_object_set_new(detail, "reason", json_string(reason));
    }
    if (to) {
        bad |= json_object_set_new(detail, "from", json_string(office_str(application, "state")));
        bad |= json_object_set_new(detail, "to", json_string(to));
    }
    if (bad) {
        json_decref(detail);
        detail = NULL;
    }
    return detail;
}

/* The version to compare with. */
static int64_t version_of(const struct op_call *c, const json_t *application)
{
    int64_t seen = op_int(c, "version");
    return seen == UTC_NONE ? office_num(application, "version") : seen;
}

int office_change(struct op_call *c, const json_t *application, json_t *values, const char *to,
                  bool visible)
{
    char subject[48];
    int64_t id = office_num(application, "id");
    json_t *detail = values ? detail_of(c, application, values, to) : NULL;
    int rc = detail ? 0 : -1;
    if (rc == 0 && to) {
        rc = json_object_set_new(values, "state", json_string(to));
    }
    if (rc == 0) {
        rc = application_update(c->records, id, version_of(c, application), values, c->now);
    }
    json_decref(values);
    if (rc < 0) {
        json_decref(detail);
        return op_records(c, rc);
    }
    (void)snprintf(subject, sizeof subject, "application:%lld", (long long)id);
    if (op_audit(c, subject, id, visible, detail) < 0 ||
        job_add(c->records, "deadlines", subject, id, NULL, c->now, c->now) < 0) {
        return -1;
    }
    return office_answer(c, id);
}

int office_trace(struct op_call *c, const char *kind, int64_t id, const json_t *application,
                 bool visible, json_t *detail)
{
    char subject[48];
    (void)snprintf(subject, sizeof subject, "%s:%lld", kind, (long long)id);
    return detail ? op_audit(c, subject, office_num(application, "id"), visible, detail) : -1;
}

/* ---- parameters ------------------------------------------------------------------------------ */

int office_values(struct op_call *c, const char *const *names, json_t **out)
{
    int rc = 0;
    *out = json_object();
    for (; rc == 0 && *names; names++) {
        const char *name = *names + strspn(*names, "!+");
        const json_t *value = json_object_get(c->in, name);
        if (!value) {
            continue;
        }
        if (json_is_null(value) && **names == '+') {
            rc = op_fail_field(c, name, "must not be empty", "रिक्त नहीं हो सकता") < 0 ? -1 : 1;
        } else if (json_is_null(value) && **names == '!') {
            rc = json_object_set_new(*out, name, json_string(""));
        } else {
            rc = json_object_set_new(*out, name, json_deep_copy(value));
        }
    }
    if (rc) {
        json_decref(*out);
        *out = NULL;
    }
    return rc;
}

const char *office_today(const struct op_call *c, char out[OFFICE_DATE])
{
    _Static_assert((int)OFFICE_DATE == (int)DATE_TEXT, "room for a date");
    return date_text(date_of_utc(c->now), out);
}

int office_date(struct op_call *c, const char *name, char out[OFFICE_DATE])
{
    const char *given = op_text(c, name);
    (void)office_today(c, out);
    if (given && strcmp(given, out) > 0) { /* YYYY-MM-DD sorts as text */
        return op_fail_field(c, name, "is in the future", "भविष्य की तिथि है") < 0 ? -1 : 1;
    }
    if (given) {
        (void)snprintf(out, OFFICE_DATE, "%s", given);
    }
    return 0;
}
