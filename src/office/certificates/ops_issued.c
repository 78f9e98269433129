/*
 * ops_issued - certificates in the register, as officers look for them. What everybody may know
 * is at /register and /api/v1/certificates (http/public).
 */
#include "office/cases.h"
#include "office/certificates/inside.h"
#include "office/intake/answers.h"
#include "records/log.h"
#include "records/requests.h"
#include "register/register.h"

static const char *const orders[] = {[ISSUED_NEWEST] = "newest",
                                     [ISSUED_EXPIRY] = "valid_to",
                                     [ISSUED_NUMBER] = "number",
                                     [ISSUED_HOLDER] = "holder",
                                     NULL};

/* The state of today: what the row says, and the dates. */
static int put_today(struct op_call *c, json_t *row, const char *today, json_t **data)
{
    struct register_state s;
    int rc = register_state(c->records, office_str(row, "number"), today, NULL, NULL, &s, data);
    if (rc != 0) {
        return -1;
    }
    return json_object_set_new(row, "status", json_string(register_status_code(s.status))) |
           json_object_set_new(row, "status_since",
                               s.since[0] ? json_string(s.since) : json_null());
}

static int run_list(struct op_call *c)
{
    const char *sort = op_text(c, "sort");
    struct issued_filter f = {.status = op_text(c, "status"),
                              .series = op_text(c, "series"),
                              .text = op_text(c, "text"),
                              .valid_to = op_text(c, "valid_to"),
                              .limit = (int)c->limit + 1};
    char today[OFFICE_DATE];
    json_t *rows = NULL, *row;
    size_t i;
    for (int o = 0; sort && orders[o]; o++) {
        f.order = strcmp(sort, orders[o]) == 0 ? (enum issued_order)o : f.order;
    }
    if (!answers_after(c, &f.after)) {
        return 0;
    }
    int rc = issued_list(c->records, &f, &rows);
    (void)office_today(c, today);
    json_array_foreach(rows, i, row)
    {
        rc = rc ? rc : put_today(c, row, today, NULL);
    }
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

static int run_show(struct op_call *c)
{
    char today[OFFICE_DATE];
    json_t *row = NULL, *data = NULL, *history = NULL;
    int rc = issued_get(c->records, op_int(c, "certificate"), &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = put_today(c, row, office_today(c, today), &data);
    rc = rc ? rc : register_history(c->records, office_str(row, "number"), &history);
    rc = rc ? rc
            : json_object_set_new(row, "data", data ? json_incref(data) : json_null()) |
                  json_object_set_new(row, "events", json_incref(history));
    json_decref(data);
    json_decref(history);
    c->out = row;
    return rc ? -1 : 0;
}

static const char *const statuses[] = {"VALID", "SUSPENDED", "WITHDRAWN", "SUPERSEDED", NULL};

static const struct op_param list_params[] = {
    {"status", OP_IN_QUERY, OP_WORD, false, 0, statuses, "in this state, whatever the date",
     "इस स्थिति में, तिथि कुछ भी हो"},
    {"series", OP_IN_QUERY, OP_TEXT, false, 20, NULL, "of this series", "इस शृंखला के"},
    {"text", OP_IN_QUERY, OP_TEXT, false, 200, NULL, "part of number, holder, product or model",
     "संख्या, धारक, उत्पाद या मॉडल का अंश"},
    {"valid_to", OP_IN_QUERY, OP_DATE, false, 0, NULL, "that end on this date or before",
     "जो इस तिथि तक समाप्त होते हैं"},
    {"sort", OP_IN_QUERY, OP_WORD, false, 0, orders, "order: newest, next to end, number, holder",
     "क्रम: नवीनतम, पहले समाप्त होने वाला, संख्या, धारक"},
    {.name = NULL}};
static const struct op_param one_params[] = {{"certificate", OP_IN_PATH, OP_ID, true, 0, NULL,
                                              "id of the certificate: its place in the status list "
                                              "plus one",
                                              "प्रमाणपत्र की आईडी: स्थिति सूची में उसका स्थान, एक अधिक"},
                                             {.name = NULL}};

const struct op ops_issued[] = {
    {"certificate.list", "GET", "/api/v1/register/certificates", "List issued certificates",
     "जारी प्रमाणपत्रों की सूची", ROLE_OFFICER, OP_READ | OP_PAGED, 0, "certificate-row", list_params,
     run_list, NULL},
    {"certificate.show", "GET", "/api/v1/register/certificates/{certificate}",
     "Show an issued certificate with its events", "जारी प्रमाणपत्र और उसकी घटनाएँ दिखाएँ",
     ROLE_OFFICER, OP_READ, 0, "certificate", one_params, run_show, NULL},
    {.id = NULL}};
