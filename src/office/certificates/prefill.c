/*
 * prefill - see prefill.h.
 */
#include "office/certificates/prefill.h"

#include "base/buffer.h"
#include "office/cases.h"
#include "office/certificates/lines.h"
#include "office/office.h"
#include "records/applications.h"
#include "records/log.h"
#include "records/requests.h"
#include "records/scheme_rows.h"

const char *const prefill_names[] = {
    "holder_hi",     "address_hi", "product_hi",          "standards",   "conditions",
    "conditions_hi", "signatory",  "signatory_hi",        "designation", "designation_hi",
    "place",         "place_hi",   "previous_valid_from", NULL};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static const json_t *of(const json_t *o, const char *key)
{
    return json_object_get(o, key);
}

/* ---- what is proposed ------------------------------------------------------------------------ */

/* A list of texts as lines; of objects their member key. */
static int put_lines(json_t *values, const char *name, const json_t *list, const char *key)
{
    const char *const keys[] = {key, NULL};
    return json_object_set_new(values, name, lines_text(list, key ? keys : NULL));
}

static int put(json_t *values, const char *name, const char *text)
{
    return json_object_set_new(values, name, json_string(text));
}

/* Who signs and by which standards is the same from one certificate to the next. */
static int take_habits(json_t *values, const json_t *request)
{
    static const char *const names[] = {"designation", "designation_hi", "place", "place_hi", NULL};
    const json_t *signatory = of(request, "signatory");
    int rc = put(values, "signatory", text_of(signatory, "name")) |
             put(values, "signatory_hi", text_of(signatory, "name_hi")) |
             put_lines(values, "standards", of(request, "standards"), NULL) |
             put_lines(values, "conditions", of(request, "conditions"), "en") |
             put_lines(values, "conditions_hi", of(request, "conditions"), "hi");
    for (size_t i = 0; names[i]; i++) {
        rc |= put(values, names[i], text_of(signatory, names[i]));
    }
    return rc;
}

/* The request that is open for this application says the rest, too. */
static int take_own(json_t *values, const json_t *request)
{
    return put(values, "holder_hi", text_of(of(request, "holder"), "name_hi")) |
           put(values, "address_hi", text_of(of(request, "holder"), "address_hi")) |
           put(values, "product_hi", text_of(of(request, "product"), "name_hi")) |
           put(values, "previous_valid_from", text_of(of(request, "previous"), "valid_from"));
}

/* For the first certificate of all. */
static int take_first(struct op_call *c, json_t *values)
{
    struct buffer b;
    buffer_init(&b, 1 << 16);
    for (const char *s = c->office ? c->office->issue_standards : ""; *s; s++) {
        buffer_char(&b, *s == '|' ? '\n' : *s);
    }
    const char *standards = buffer_cstr(&b);
    int rc = put(values, "standards", standards ? standards : "") |
             put(values, "conditions",
                 "The certificate covers only the hardware and firmware versions listed in the "
                 "annexure.") |
             put(values, "conditions_hi",
                 "यह प्रमाणपत्र केवल अनुलग्नक में सूचीबद्ध हार्डवेयर और फ़र्मवेयर संस्करणों पर लागू है।");
    buffer_free(&b);
    return rc;
}

static json_t *request_of(const json_t *row)
{
    return json_loads(text_of(row, "request"), JSON_REJECT_DUPLICATES, NULL);
}

/* 0, or a code of records.h but RECORDS_NONE. */
static int propose(struct op_call *c, const json_t *application, json_t *values)
{
    json_t *row = NULL, *firm = NULL;
    const char *number = office_str(application, "number");
    int rc = firm_get(c->records, office_num(application, "vendor"), &firm);
    if (rc == 0) {
        rc = put(values, "holder_hi", text_of(firm, "name_hi"));
    }
    json_decref(firm);
    int found = number ? request_open(c->records, number, &row) : RECORDS_NONE;
    bool own = found == 0;
    found = found == RECORDS_NONE ? request_latest(c->records, &row) : found;
    json_t *request = found == 0 ? request_of(row) : NULL;
    rc = rc ? rc : found == RECORDS_FAILED || (found == 0 && !request) ? RECORDS_FAILED : 0;
    rc = rc ? rc : request ? take_habits(values, request) : take_first(c, values);
    rc = rc ? rc : own ? take_own(values, request) : 0;
    json_decref(request);
    json_decref(row);
    return rc;
}

/* What was given with the call counts; null takes away. */
static int take_given(struct op_call *c, json_t *values)
{
    int rc = 0;
    for (const char *const *n = prefill_names; *n; n++) {
        const json_t *v = of(c->in, *n);
        if (v) {
            rc |= put(values, *n, json_is_string(v) ? json_string_value(v) : "");
        }
    }
    return rc;
}

/* ---- the request ----------------------------------------------------------------------------- */

/* One line: of an address that was written in several. */
static json_t *one_line(const char *text)
{
    struct buffer b;
    bool space = false, comma = false;
    buffer_init(&b, 1 << 14);
    for (; *text; text++) {
        if (*text == '\n' || *text == '\r') {
            comma = comma || (b.n && b.p[b.n - 1] != ',');
            space = true;
        } else if (*text == ' ') {
            space = true;
        } else {
            buffer_str(&b, !b.n ? "" : comma ? ", " : space ? " " : "");
            comma = space = false;
            buffer_char(&b, *text);
        }
    }
    const char *whole = buffer_cstr(&b);
    json_t *out = whole ? json_string(whole) : NULL;
    buffer_free(&b);
    return out;
}

static json_t *holder(struct op_call *c, const json_t *application, const json_t *values)
{
    json_t *firm = NULL, *out = NULL;
    const char *address_hi = text_of(values, "address_hi");
    if (firm_get(c->records, office_num(application, "vendor"), &firm) == 0) {
        out = json_pack("{so ss so so*}", "name", one_line(text_of(firm, "name")), "name_hi",
                        text_of(values, "holder_hi"), "address", one_line(text_of(firm, "address")),
                        "address_hi", *address_hi ? one_line(address_hi) : NULL);
    }
    json_decref(firm);
    return out;
}

static json_t *locations(struct op_call *c, int64_t application)
{
    json_t *rows = NULL, *row, *out = json_array();
    size_t i;
    int rc = part_list(c->records, PART_LOCATION, application, false, &rows);
    json_array_foreach(rows, i, row)
    {
        const char *address =
            arena_printf(c->arena, "%s, %s", text_of(row, "address"), text_of(row, "country"));
        rc |= address ? json_array_append_new(out, json_pack("{so so}", "name",
                                                             one_line(text_of(row, "name")),
                                                             "address", one_line(address)))
                      : -1;
    }
    json_decref(rows);
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

static bool listed(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0) {
            return true;
        }
    }
    return false;
}

static int models(struct op_call *c, int64_t application, json_t *request)
{
    json_t *rows = NULL, *row, *list = json_array(), *brands = json_array();
    size_t i;
    int rc = part_list(c->records, PART_MODEL, application, false, &rows);
    json_array_foreach(rows, i, row)
    {
        const char *soc = text_of(row, "soc"), *brand = text_of(row, "brand");
        rc |= json_array_append_new(
            list, json_pack("{ss ss ss ss ss*}", "model", text_of(row, "name"), "hardware",
                            text_of(row, "hardware"), "firmware", text_of(row, "firmware"),
                            "firmware_sha256", text_of(row, "firmware_sha256"), "soc",
                            *soc ? soc : NULL));
        if (*brand && !listed(brands, brand)) {
            rc |= json_array_append_new(brands, json_string(brand));
        }
    }
    json_decref(rows);
    rc |= json_object_set_new(request, "models", list);
    return rc | json_object_set_new(request, "brands", brands);
}

/* The reports about the device that have a number and a date. */
static json_t *lab(struct op_call *c, const json_t *application)
{
    json_t *rows = NULL, *row, *list = json_array();
    size_t i;
    int rc = report_list(c->records, office_num(application, "id"), &rows);
    json_array_foreach(rows, i, row)
    {
        const char *number = text_of(row, "number"), *date = text_of(row, "issued_on");
        if (strcmp(text_of(row, "kind"), "device") == 0 && *number && *date) {
            rc |= json_array_append_new(list, json_pack("{ss ss}", "number", number, "date", date));
        }
    }
    json_decref(rows);
    if (rc != 0) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{ss so}", "name", text_of(application, "lab_name"), "reports", list);
}

/* The certificate before it, as the register has it; of another body's as the officer says. */
static json_t *previous(struct op_call *c, const json_t *application, const json_t *values)
{
    const char *number = text_of(application, "previous_certificate");
    json_t *row = NULL, *out = NULL;
    if (!*number || strcmp(text_of(application, "kind"), "fresh") == 0) {
        return json_null();
    }
    int rc = certificate_find(c->records, number, &row);
    if (rc == 0) {
        out = json_pack("{ss ss ss}", "number", number, "valid_from", text_of(row, "valid_from"),
                        "valid_to", text_of(row, "valid_to"));
    } else if (rc == RECORDS_NONE) {
        out = json_pack("{ss ss ss}", "number", number, "valid_from",
                        text_of(values, "previous_valid_from"), "valid_to",
                        text_of(application, "previous_valid_to"));
    }
    json_decref(row);
    return out;
}

static json_t *signatory(const json_t *v)
{
    return json_pack("{ss ss ss ss ss ss}", "name", text_of(v, "signatory"), "name_hi",
                     text_of(v, "signatory_hi"), "designation", text_of(v, "designation"),
                     "designation_hi", text_of(v, "designation_hi"), "place", text_of(v, "place"),
                     "place_hi", text_of(v, "place_hi"));
}

static json_t *committee(const json_t *application)
{
    const char *meeting = text_of(application, "meeting"), *on = text_of(application, "meeting_on");
    return *meeting || *on ? json_pack("{ss ss}", "meeting", meeting, "date", on) : json_null();
}

/* The word of the certificate for the application's kind. */
static const char *kind_of(const json_t *application)
{
    const char *kind = text_of(application, "kind");
    return strcmp(kind, "minor-change") == 0 ? "amendment" : kind;
}

static json_t *build(struct op_call *c, const json_t *a, const json_t *values, json_t *limits)
{
    json_t *request = json_pack(
        "{sO sO ss so ss so so s{so ss} so ss so so so so}", "series", of(a, "series"), "level",
        of(a, "level"), "kind", kind_of(a), "standards", lines_of(text_of(values, "standards")),
        "registration", text_of(a, "number"), "holder", holder(c, a, values), "locations",
        locations(c, office_num(a, "id")), "product", "name", one_line(text_of(a, "product")),
        "name_hi", text_of(values, "product_hi"), "lab", lab(c, a), "assessor",
        text_of(a, "assessor_name"), "committee", committee(a), "previous", previous(c, a, values),
        "conditions", limits, "signatory", signatory(values));
    if (request && models(c, office_num(a, "id"), request) != 0) {
        json_decref(request);
        return NULL;
    }
    return request;
}

int prefill_request(struct op_call *c, const json_t *application, json_t **values, json_t **request)
{
    bool uneven = false;
    *request = NULL;
    *values = json_object();
    int rc = *values ? propose(c, application, *values) : -1;
    rc = rc ? rc : take_given(c, *values);
    json_t *limits = rc == 0 ? lines_pairs(text_of(*values, "conditions"),
                                           text_of(*values, "conditions_hi"), &uneven)
                             : NULL;
    if (uneven) {
        rc = op_fail_field(c, "conditions_hi", "needs as many lines as the English conditions",
                           "में उतनी ही पंक्तियाँ हों जितनी अंग्रेज़ी शर्तों में हैं") < 0
                 ? -1
                 : 1;
    }
    *request = limits ? build(c, application, *values, limits) : NULL;
    if (!*request) {
        json_decref(*values);
        *values = NULL;
        return rc > 0 ? rc : -1;
    }
    return 0;
}
