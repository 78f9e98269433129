/*
 * ops_payments - fees: the proposal, the invoice, the money. Whole paise.
 */
#include "office/cases.h"
#include "records/applications.h"

static const char *const kinds[] = {"registration", "certification", "other", NULL};

/* 0, 1: a problem is set, -1. */
static int find(struct op_call *c, const json_t *application, json_t **out)
{
    int rc = part_get(c->records, PART_PAYMENT, office_num(application, "id"), op_int(c, "payment"),
                      out);
    return rc == 0 ? 0 : op_records(c, rc) < 0 ? -1 : 1;
}

static int answer(struct op_call *c, const json_t *application, int64_t id)
{
    return op_records(
        c, part_get(c->records, PART_PAYMENT, office_num(application, "id"), id, &c->out));
}

static int propose(struct op_call *c, const json_t *application)
{
    static const char *const columns[] = {"+kind", "+amount_paise", "+gst_paise", NULL};
    char on[OFFICE_DATE];
    json_t *values;
    int rc = office_date(c, "proposal_on", on);
    rc = rc ? rc : office_values(c, columns, &values);
    if (rc) {
        return rc;
    }
    rc = json_object_set_new(values, "proposal_on", json_string(on));
    json_t *detail = json_deep_copy(values);
    rc |= json_object_set(values, "application", json_object_get(application, "id"));
    rc |= json_object_set_new(values, "created_at", json_integer(c->now));
    int64_t id = rc ? RECORDS_FAILED : part_add(c->records, PART_PAYMENT, values);
    json_decref(values);
    if (id < 0) {
        json_decref(detail);
        return op_records(c, id);
    }
    return office_trace(c, "payment", id, application, true, detail) < 0
               ? -1
               : answer(c, application, id);
}

/* Writes the values (taken over) into the payment of the path. */
static int change(struct op_call *c, const json_t *application, json_t *values)
{
    int64_t id = op_int(c, "payment");
    int rc = values ? part_update(c->records, PART_PAYMENT, id, op_int(c, "version"), values) : -1;
    if (rc < 0) {
        json_decref(values);
        return op_records(c, rc);
    }
    return office_trace(c, "payment", id, application, true, values) < 0
               ? -1
               : answer(c, application, id);
}

static int invoice(struct op_call *c, const json_t *application)
{
    char on[OFFICE_DATE];
    json_t *payment;
    int rc = find(c, application, &payment);
    if (rc) {
        return rc;
    }
    json_decref(payment);
    rc = office_date(c, "invoice_on", on);
    return rc ? rc
              : change(c, application,
                       json_pack("{s:s, s:s}", "invoice", op_text(c, "invoice"), "invoice_on", on));
}

/* R-FEE-1: paid after proposal and invoice. */
static int receive(struct op_call *c, const json_t *application)
{
    char on[OFFICE_DATE];
    json_t *payment;
    int rc = find(c, application, &payment);
    if (rc) {
        return rc;
    }
    bool invoiced = office_str(payment, "invoice") != NULL;
    json_decref(payment);
    if (!invoiced) {
        return op_fail(c, OP_RULE, "R-FEE-1: record the invoice first.",
                       "R-FEE-1: पहले बीजक दर्ज करें।");
    }
    rc = office_date(c, "paid_on", on);
    return rc ? rc
              : change(c, application,
                       json_pack("{s:s, s:I, s:s}", "receipt", op_text(c, "receipt"), "paid_paise",
                                 (json_int_t)op_int(c, "paid_paise"), "paid_on", on));
}

static int list(struct op_call *c, const json_t *application)
{
    json_t *items;
    int rc = part_list(c->records, PART_PAYMENT, office_num(application, "id"), false, &items);
    c->out = rc < 0 ? NULL : json_pack("{s:o, s:n}", "items", items, "next");
    return c->out ? 0 : -1;
}

static int run_propose(struct op_call *c)
{
    return office_case(c, propose);
}

static int run_invoice(struct op_call *c)
{
    return office_case(c, invoice);
}

static int run_receive(struct op_call *c)
{
    return office_case(c, receive);
}

static int run_list(struct op_call *c)
{
    return office_case(c, list);
}

/* clang-format off */
#define PAYMENTS "/api/v1/applications/{application}/payments"
#define PARAM_PAYMENT \
    { \
        "payment", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the payment", "भुगतान की आईडी" \
    }
/* clang-format on */

static const enum op_problem propose_problems[] = {OP_STATE, OP_OK};
static const enum op_problem invoice_problems[] = {OP_STATE, OP_CONFLICT, OP_OK};
static const enum op_problem problems[] = {OP_STATE, OP_CONFLICT, OP_RULE, OP_OK};

const struct op ops_payments[] = {
    {"payment.propose", "POST", PAYMENTS, "Propose a fee", "शुल्क का प्रस्ताव दर्ज करें",
     ROLE_INTAKE | ROLE_ADMIN, 0, 201, "payment",
     (const struct op_param[]){
         PARAM_APPLICATION,
         {"kind", OP_IN_BODY, OP_WORD, true, 0, kinds, "for what", "किसके लिए"},
         {"amount_paise", OP_IN_BODY, OP_PAISE, true, 0, NULL, "fee in paise, without GST",
          "शुल्क पैसे में, GST के बिना"},
         {"gst_paise", OP_IN_BODY, OP_PAISE, true, 0, NULL, "GST in paise", "GST पैसे में"},
         {"proposal_on", OP_IN_BODY, OP_DATE, false, 0, NULL,
          "day of the proposal; today without it", "प्रस्ताव का दिन; न देने पर आज"},
         PARAM_END},
     run_propose, propose_problems},
    {"payment.invoice", "POST", PAYMENTS "/{payment}/invoice", "Record the invoice", "बीजक दर्ज करें",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "payment",
     (const struct op_param[]){
         PARAM_APPLICATION,
         PARAM_PAYMENT,
         {"invoice", OP_IN_BODY, OP_TEXT, true, 60, NULL, "number of the invoice", "बीजक संख्या"},
         {"invoice_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "its day; today without it",
          "उसका दिन; न देने पर आज"},
         PARAM_VERSION,
         PARAM_END},
     run_invoice, invoice_problems},
    {"payment.receive", "POST", PAYMENTS "/{payment}/receipt", "Record the money received",
     "प्राप्त राशि दर्ज करें", ROLE_INTAKE | ROLE_ADMIN, 0, 0, "payment",
     (const struct op_param[]){
         PARAM_APPLICATION,
         PARAM_PAYMENT,
         {"receipt", OP_IN_BODY, OP_TEXT, true, 60, NULL, "number of the receipt", "रसीद संख्या"},
         {"paid_paise", OP_IN_BODY, OP_PAISE, true, 0, NULL, "paise received", "प्राप्त पैसे"},
         {"paid_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "day of payment; today without it",
          "भुगतान का दिन; न देने पर आज"},
         PARAM_VERSION,
         PARAM_END},
     run_receive, problems},
    {"payment.list", "GET", PAYMENTS, "List fees and payments", "शुल्क और भुगतानों की सूची", ROLE_ANY,
     OP_READ | OP_PAGED, 0, "payment", (const struct op_param[]){PARAM_APPLICATION, PARAM_END},
     run_list, NULL},
    {0},
};
