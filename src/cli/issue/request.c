/*
 * request - from what an officer asks for to a certificate's data.
 *
 * A request (certs/request.schema.json) is the data of a certificate without what is given at issue
 * (number, url) and what follows from rules or settings (issued_on, valid_from, valid_to, schema,
 * scheme, body), which may be left out.
 */
#include <stdio.h>

#include "cli/issue/command.h"
#include "records/log.h"

static enum issue_end refuse(struct issue_item *item, const char *fmt, ...) PRINTF_LIKE(2, 3);

static enum issue_end refuse(struct issue_item *item, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(item->why, sizeof item->why, fmt, ap);
    va_end(ap);
    return ISSUE_REFUSED;
}

void issue_item_free(struct issue_item *item)
{
    json_decref(item->request);
    json_decref(item->data);
}

/* ---- what may be left out -------------------------------------------------------------------- */

static bool put_default(json_t *data, const char *key, json_t *value)
{
    if (json_object_get(data, key)) {
        json_decref(value);
        return true;
    }
    return json_object_set_new(data, key, value) == 0;
}

static bool put_defaults(struct issuing *c, json_t *data)
{
    return put_default(data, "schema", json_string("iotscs-certificate/1")) &&
           put_default(data, "scheme",
                       json_pack("{ss ss}", "document", "F No. STQC/IT&eGov/IoTSCS/2024/001",
                                 "issue", "2024-03-05")) &&
           put_default(data, "body",
                       json_pack("{ss ss}", "name", c->office.body_name, "name_hi",
                                 c->office.body_name_hi)) &&
           put_default(data, "previous", json_null()) &&
           put_default(data, "brands", json_array()) &&
           put_default(data, "conditions", json_array());
}

/* ---- one that was issued already ------------------------------------------------------------- */

static int first_event(void *context, const struct log_entry *e)
{
    struct issue_item *item = context;
    json_t *data = e->data ? json_loads(e->data, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!data) {
        return -1;
    }
    json_decref(item->data);
    item->data = data;
    item->previous = e->entry;
    return 1;
}

/* Is the request the one that the certificate was issued for? What it leaves out is as it was then;
 * what it says must be the same. */
static enum issue_end compare(struct issuing *c, struct issue_item *item, json_t *asked,
                              const json_t *row)
{
    const char *number = json_string_value(json_object_get(row, "number"));
    if (!number || log_walk(c->r, number, 0, first_event, item) != 1) {
        return ISSUE_BROKEN;
    }
    (void)snprintf(item->number, sizeof item->number, "%s", number);
    if (json_object_update_missing(asked, item->data) != 0) {
        return ISSUE_BROKEN;
    }
    const char *key;
    json_t *value;
    json_object_foreach(asked, key, value)
    {
        if (!json_equal(value, json_object_get(item->data, key))) {
            return refuse(item,
                          "%s: the certificate %s was issued for this registration with other "
                          "data; it can be amended or corrected (satyapan register amend), not "
                          "issued again (R-VAL-4, OM 05.03.2024)",
                          key, number);
        }
    }
    return ISSUE_UNCHANGED;
}

/* ---- a new one ------------------------------------------------------------------------------- */

static enum issue_end complete(struct issuing *c, struct issue_item *item, json_t *data)
{
    char today[DATE_TEXT];
    const char *issued = json_string_value(json_object_get(data, "issued_on"));
    (void)date_text(date_of_utc(c->now), today);
    if (!put_defaults(c, data) || issue_dates(data, &c->scheme.settings, date_of_utc(c->now))) {
        return ISSUE_BROKEN;
    }
    int rc = issue_check(data, &c->scheme.settings, item->why);
    if (rc == 0 && issued && strcmp(issued, today) != 0) {
        return refuse(item,
                      "issued_on: a certificate bears the day on which it is signed, %s; leave it "
                      "out (R-VAL-1, OM 05.03.2024)",
                      today);
    }
    rc = rc ? rc : request_against(c, data, &item->application, item->why);
    item->data = json_incref(data);
    return rc == 0 ? ISSUE_ISSUED : rc == 1 ? ISSUE_REFUSED : ISSUE_BROKEN;
}

static enum issue_end read_copy(struct issuing *c, struct issue_item *item, json_t *data)
{
    const json_t *application = json_object_get(data, "application");
    const char *registration = json_string_value(json_object_get(data, "registration"));
    json_t *row = NULL;
    if (json_object_get(data, "number") || json_object_get(data, "url")) {
        return refuse(item, "number, url: they are given at issue; leave them out");
    }
    if (application && !json_is_integer(application)) {
        return refuse(item, "application: is the id of an application, a whole number");
    }
    item->application = application ? json_integer_value(application) : UTC_NONE;
    (void)json_object_del(data, "application");
    if (!registration) {
        return refuse(item, "registration: is missing");
    }
    int found = certificate_by_registration(c->r, registration, &row);
    enum issue_end end = found == 0              ? compare(c, item, data, row)
                         : found == RECORDS_NONE ? complete(c, item, data)
                                                 : ISSUE_BROKEN;
    json_decref(row);
    return end;
}

enum issue_end request_read(struct issuing *c, struct issue_item *item)
{
    item->previous = -1;
    item->application = UTC_NONE;
    item->entry = -1;
    if (!json_is_object(item->request)) {
        return refuse(item, "the request is no JSON object");
    }
    json_t *data = json_deep_copy(item->request);
    enum issue_end end = data ? read_copy(c, item, data) : ISSUE_BROKEN;
    json_decref(data);
    if (end == ISSUE_BROKEN && !item->why[0]) {
        (void)snprintf(item->why, sizeof item->why, "%.200s", records_error(c->r));
    }
    return end;
}
