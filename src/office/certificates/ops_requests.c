/*
 * ops_requests - certificates before they are issued: an officer prepares the request, another one
 * signs it (ops_signing.c) or approves it for satyapan issue.
 *
 * A request is judged when it is prepared and again when it is signed, by the same rules
 * (request.h). What is prepared anew replaces what was open; nothing is changed in place, so the
 * hash that somebody saw stands for those octets.
 */
#include <stdio.h>

#include "base/mem.h"
#include "db/rows.h"
#include "office/cases.h"
#include "office/certificates/desk.h"
#include "office/certificates/inside.h"
#include "office/certificates/prefill.h"
#include "office/intake/answers.h"
#include "records/applications.h"
#include "records/requests.h"

enum { REASON_MAX = 2000, LINES_MAX = 10000, FILE_MAX = 1000000, SUBJECT = 48 };

/* The row as an answer: the request as an object. Takes the row over. */
static int answer(struct op_call *c, json_t *row)
{
    json_t *request = inside_request(row);
    c->out = row;
    return request && json_object_set_new(row, "request", request) == 0 ? 0 : -1;
}

static int answer_id(struct op_call *c, int64_t id)
{
    json_t *row = NULL;
    int rc = request_get(c->records, id, &row);
    return rc ? op_records(c, rc) : answer(c, row);
}

static int trace(struct op_call *c, int64_t id, int64_t application, json_t *detail)
{
    char subject[SUBJECT];
    (void)snprintf(subject, sizeof subject, "request:%lld", (long long)id);
    return detail ? op_audit(c, subject, application, false, detail) : -1;
}

/* ---- certificate.draft ----------------------------------------------------------------------- */

static int put_dates(json_t *out, const json_t *data)
{
    static const char *const names[] = {"issued_on", "valid_from", "valid_to"};
    int rc = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *day = json_string_value(json_object_get(data, names[i]));
        rc |= json_object_set_new(out, names[i], day ? json_string(day) : json_null());
    }
    return rc;
}

/* The open request of the application, or null. */
static int put_open(struct op_call *c, json_t *out, const char *registration)
{
    json_t *row = NULL;
    int rc = registration ? request_open(c->records, registration, &row) : RECORDS_NONE;
    if (rc == RECORDS_NONE) {
        return json_object_set_new(out, "open", json_null());
    }
    if (rc == 0) {
        (void)json_object_del(row, "request");
    }
    return rc ? -1 : json_object_set_new(out, "open", row);
}

static int tell_draft(struct op_call *c, const json_t *application, json_t *values, json_t *request)
{
    struct scheme_data scheme;
    struct certify_request q = {.request = request};
    int rc = inside_scheme(c, &scheme);
    if (rc) {
        return rc;
    }
    enum certify_end end = inside_judge(c, &scheme, &q);
    if (end == CERTIFY_BROKEN) {
        return -1;
    }
    bool refused = end == CERTIFY_REFUSED;
    c->out = json_pack("{sO sO sO sb ss? ss?}", "application", json_object_get(application, "id"),
                       "values", values, "request", request, "possible", end == CERTIFY_NEW, "why",
                       refused ? q.why : NULL, "why_hi", refused ? q.why_hi : NULL);
    rc = c->out ? put_dates(c->out, q.data) : -1;
    json_decref(q.data);
    return rc ? -1 : put_open(c, c->out, office_str(application, "number"));
}

static int draft(struct op_call *c, const json_t *application)
{
    json_t *values = NULL, *request = NULL;
    int rc = prefill_request(c, application, &values, &request);
    rc = rc ? rc : tell_draft(c, application, values, request);
    json_decref(values);
    json_decref(request);
    return rc;
}

static int run_draft(struct op_call *c)
{
    return office_case(c, draft);
}

/* ---- certificate.prepare, certificate.propose ------------------------------------------------ */

static int keep(struct op_call *c, const struct certify_request *q, const char *text,
                const char *sha256)
{
    const char *registration = json_string_value(json_object_get(q->data, "registration"));
    const struct request_new n = {.application = q->application,
                                  .registration = registration,
                                  .request = text,
                                  .sha256 = sha256,
                                  .person = c->actor->person,
                                  .at = c->now};
    int64_t id = request_add(c->records, &n);
    if (id == RECORDS_CONFLICT) {
        return op_fail(c, OP_STATE, "It is being signed at this moment.",
                       "इस पर अभी हस्ताक्षर हो रहे हैं।");
    }
    if (id < 0) {
        return op_records(c, id);
    }
    json_t *detail = json_pack("{ss ss}", "registration", registration, "sha256", sha256);
    return trace(c, id, q->application, detail) < 0 ? -1 : answer_id(c, id);
}

/* Judges it and keeps it. */
static int prepare_request(struct op_call *c, const json_t *request)
{
    struct scheme_data scheme;
    char sha256[SHA256_HEX], *text = NULL;
    struct certify_request q = {.request = request};
    int rc = inside_scheme(c, &scheme);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    enum certify_end end = inside_judge(c, &scheme, &q);
    rc = inside_refused(c, end, &q);
    if (rc == 0 && !c->problem) {
        rc = certify_hash(request, sha256, &text);
        rc = rc ? rc : keep(c, &q, text, sha256);
        mem_free(text);
    }
    json_decref(q.data);
    return rc;
}

static int prepare(struct op_call *c, const json_t *application)
{
    json_t *values = NULL, *request = NULL;
    if (!inside_person(c)) {
        return 0;
    }
    int rc = prefill_request(c, application, &values, &request);
    rc = rc ? rc : prepare_request(c, request);
    json_decref(values);
    json_decref(request);
    return rc;
}

static int run_prepare(struct op_call *c)
{
    return office_case(c, prepare);
}

/* Of a body that keeps its applications elsewhere: the request as satyapan issue takes it. */
static int run_propose(struct op_call *c)
{
    json_error_t error;
    json_t *request = json_loads(op_text(c, "request"), JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(request)) {
        json_decref(request);
        return op_fail_field(c, "request", "is no JSON object", "JSON ऑब्जेक्ट नहीं है");
    }
    char *text = rows_canonical(request);
    int rc = !text              ? op_fail_field(c, "request", "has a number that is not whole",
                                                "में ऐसी संख्या है जो पूर्ण नहीं है")
             : inside_person(c) ? prepare_request(c, request)
                                : 0;
    mem_free(text);
    json_decref(request);
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int run_list(struct op_call *c)
{
    int64_t before;
    json_t *rows = NULL;
    if (!answers_after(c, &before)) {
        return 0;
    }
    int rc = request_list(c->records, op_text(c, "state"), op_int(c, "application"), before,
                          (int)c->limit + 1, &rows);
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

static int run_show(struct op_call *c)
{
    return answer_id(c, op_int(c, "request"));
}

/* The row of the path. False: the problem is set, *rc to be returned. */
static bool find(struct op_call *c, json_t **row, int *rc)
{
    *row = NULL;
    *rc = request_get(c->records, op_int(c, "request"), row);
    if (*rc != 0) {
        *rc = op_records(c, *rc);
        return false;
    }
    return true;
}

static int run_preview(struct op_call *c)
{
    json_t *row;
    int rc, code;
    if (!find(c, &row, &rc)) {
        return rc;
    }
    bool open = strcmp(office_str(row, "state"), "prepared") == 0 ||
                strcmp(office_str(row, "state"), "approved") == 0;
    json_decref(row);
    if (!open) {
        return op_fail(c, OP_STATE, "It is issued, replaced or discarded.",
                       "यह जारी, प्रतिस्थापित या निरस्त हो चुका है।");
    }
    int fd = desk_preview(c->data, "--preview", op_int(c, "request"), &code);
    if (fd < 0 && code == 1) {
        return op_fail(c, OP_STATE, "It could not be issued today: prepare it again to see why.",
                       "यह आज जारी नहीं हो सकता: कारण देखने के लिए इसे फिर से तैयार करें।");
    }
    if (fd < 0) {
        (void)fprintf(stderr, "satyapan: a certificate could not be drawn (%d)\n", code);
        return op_fail(c, OP_INTERNAL, NULL, NULL);
    }
    return inside_file(c, fd, "draft.pdf", "application/pdf");
}

static int run_export(struct op_call *c)
{
    json_t *row;
    int rc;
    if (!find(c, &row, &rc)) {
        return rc;
    }
    const char *text = arena_printf(c->arena, "%s\n", office_str(row, "request"));
    const char *name =
        arena_printf(c->arena, "request-%lld.json", (long long)office_num(row, "id"));
    json_decref(row);
    return text && name ? answers_bytes(c, span_str(text), name, "application/json", false) : -1;
}

/* ---- certificate.discard, certificate.approve ------------------------------------------------ */

static int changed(struct op_call *c, int code)
{
    return code == RECORDS_CONFLICT
               ? op_fail(c, OP_STATE, "It is no longer open, or is being signed.",
                         "यह अब खुला नहीं है, या इस पर हस्ताक्षर हो रहे हैं।")
               : op_records(c, code);
}

static int run_discard(struct op_call *c)
{
    json_t *row;
    int rc = 0;
    int64_t id = op_int(c, "request");
    if (!inside_person(c) || !inside_reason(c, "reason", &rc) || !find(c, &row, &rc)) {
        return rc;
    }
    rc = request_discard(c->records, id, c->actor->person, op_text(c, "reason"), c->now);
    int64_t application = office_num(row, "application");
    json_decref(row);
    if (rc != 0) {
        return changed(c, rc);
    }
    json_t *detail = json_pack("{ss}", "reason", op_text(c, "reason"));
    return trace(c, id, application, detail) < 0 ? -1 : answer_id(c, id);
}

/* The second officer has seen what he approves: its hash, and it is still as the rules want it. */
static int check_seen(struct op_call *c, const json_t *row)
{
    struct scheme_data scheme;
    struct certify_request q = {.request = NULL};
    if (office_num(row, "person") == c->actor->person) {
        return op_fail(c, OP_FOUR_EYES, "Who prepared a certificate does not approve it.",
                       "जिसने प्रमाणपत्र तैयार किया, वही उसे अनुमोदित नहीं कर सकता।");
    }
    if (strcmp(office_str(row, "sha256"), op_text(c, "sha256")) != 0) {
        return op_fail(c, OP_CONFLICT, "The request is another one than was shown.",
                       "अनुरोध अब वह नहीं है जो दिखाया गया था।");
    }
    int rc = inside_scheme(c, &scheme);
    if (rc) {
        return rc < 0 ? -1 : 0;
    }
    json_t *request = inside_request(row);
    q.request = request;
    rc = request ? inside_refused(c, inside_judge(c, &scheme, &q), &q) : -1;
    json_decref(q.data);
    json_decref(request);
    return rc;
}

static int run_approve(struct op_call *c)
{
    json_t *row;
    int rc = 0;
    int64_t id = op_int(c, "request");
    if (!inside_person(c) || !find(c, &row, &rc)) {
        return rc;
    }
    int64_t application = office_num(row, "application");
    rc = check_seen(c, row);
    json_decref(row);
    if (rc != 0 || c->problem) {
        return rc;
    }
    rc = request_approve(c->records, id, c->actor->person, c->now);
    if (rc != 0) {
        return changed(c, rc);
    }
    json_t *detail = json_pack("{ss}", "sha256", op_text(c, "sha256"));
    return trace(c, id, application, detail) < 0 ? -1 : answer_id(c, id);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const char *const states[] = {"prepared", "approved",  "issued",
                                     "replaced", "discarded", NULL};

#define PREPARERS (ROLE_INTAKE | ROLE_SIGNER)
#define CASE      "/api/v1/applications/{application}/certificate-request"
#define ONE       "/api/v1/certificate-requests/{request}"

static const struct op_param draft_params[] = {PARAM_APPLICATION, PARAM_END};
static const struct op_param prepare_params[] = {
    PARAM_APPLICATION,
    {"holder_hi", OP_IN_BODY, OP_TEXT, false, 160, NULL, "holder's name in Hindi",
     "धारक का नाम हिन्दी में"},
    {"address_hi", OP_IN_BODY, OP_TEXT, false, 300, NULL, "holder's address in Hindi",
     "धारक का पता हिन्दी में"},
    {"product_hi", OP_IN_BODY, OP_TEXT, false, 160, NULL, "product in Hindi",
     "उत्पाद का नाम हिन्दी में"},
    {"standards", OP_IN_BODY, OP_LONG, false, LINES_MAX, NULL, "standards, one a line",
     "मानक, प्रति पंक्ति एक"},
    {"conditions", OP_IN_BODY, OP_LONG, false, LINES_MAX, NULL,
     "limits of the certificate in English, one a line", "प्रमाणपत्र की सीमाएँ अंग्रेज़ी में, प्रति पंक्ति एक"},
    {"conditions_hi", OP_IN_BODY, OP_LONG, false, LINES_MAX, NULL,
     "the same in Hindi, in the same order", "वही हिन्दी में, उसी क्रम में"},
    {"signatory", OP_IN_BODY, OP_TEXT, false, 120, NULL,
     "who signs it: an officer's name as it is in the records",
     "हस्ताक्षर कौन करेगा: अधिकारी का नाम, जैसा अभिलेख में है"},
    {"signatory_hi", OP_IN_BODY, OP_TEXT, false, 120, NULL, "the name in Hindi", "नाम हिन्दी में"},
    {"designation", OP_IN_BODY, OP_TEXT, false, 120, NULL, "designation", "पदनाम अंग्रेज़ी में"},
    {"designation_hi", OP_IN_BODY, OP_TEXT, false, 120, NULL, "designation in Hindi",
     "पदनाम हिन्दी में"},
    {"place", OP_IN_BODY, OP_TEXT, false, 60, NULL, "place", "स्थान अंग्रेज़ी में"},
    {"place_hi", OP_IN_BODY, OP_TEXT, false, 60, NULL, "place in Hindi", "स्थान हिन्दी में"},
    {"previous_valid_from", OP_IN_BODY, OP_DATE, false, 0, NULL,
     "first day of the previous certificate, where this register does not have it",
     "पिछले प्रमाणपत्र का पहला दिन, यदि वह इस पंजी में नहीं है"},
    PARAM_END};
static const struct op_param propose_params[] = {
    {"request", OP_IN_BODY, OP_LONG, true, FILE_MAX, NULL,
     "the request as JSON (certs/request.schema.json)", "अनुरोध JSON में (certs/request.schema.json)"},
    PARAM_END};
static const struct op_param list_params[] = {
    {"state", OP_IN_QUERY, OP_WORD, false, 0, states, "in this state", "इस स्थिति में"},
    {"application", OP_IN_QUERY, OP_ID, false, 0, NULL, "of this application", "इस आवेदन के"},
    PARAM_END};
static const struct op_param one_params[] = {PARAM_REQUEST, PARAM_END};
static const struct op_param discard_params[] = {PARAM_REQUEST,
                                                 {"reason", OP_IN_BODY, OP_LONG, true, REASON_MAX,
                                                  NULL, "Reason, at least 10 letters",
                                                  "कारण, कम से कम 10 अक्षर"},
                                                 PARAM_END};
static const struct op_param approve_params[] = {PARAM_REQUEST,
                                                 {"sha256", OP_IN_BODY, OP_SHA256, true, 0, NULL,
                                                  "SHA-256 of the request that was looked at",
                                                  "जो अनुरोध देखा गया उसका SHA-256"},
                                                 PARAM_END};

static const enum op_problem prepare_problems[] = {OP_STATE, OP_RULE, OP_OK};
static const enum op_problem state_only[] = {OP_STATE, OP_OK};
static const enum op_problem approve_problems[] = {OP_STATE, OP_RULE, OP_FOUR_EYES, OP_CONFLICT,
                                                   OP_OK};

const struct op ops_requests[] = {
    {"certificate.draft", "GET", CASE, "What the application's certificate would say",
     "आवेदन के प्रमाणपत्र में क्या लिखा होगा", ROLE_OFFICER, OP_READ, 0, "certificate-draft", draft_params,
     run_draft, NULL},
    {"certificate.prepare", "PUT", CASE, "Prepare the application's certificate",
     "आवेदन का प्रमाणपत्र तैयार करें", PREPARERS, 0, 0, "certificate-request", prepare_params,
     run_prepare, prepare_problems},
    {"certificate.propose", "POST", "/api/v1/certificate-requests",
     "Prepare a certificate from a request file", "अनुरोध फ़ाइल से प्रमाणपत्र तैयार करें", PREPARERS, 0,
     201, "certificate-request", propose_params, run_propose, prepare_problems},
    {"certificate.requests", "GET", "/api/v1/certificate-requests",
     "Certificates that are prepared", "तैयार किए गए प्रमाणपत्र", ROLE_OFFICER, OP_READ | OP_PAGED, 0,
     "certificate-request-row", list_params, run_list, NULL},
    {"certificate.request", "GET", ONE, "Show a prepared certificate",
     "तैयार किया गया प्रमाणपत्र दिखाएँ", ROLE_OFFICER, OP_READ, 0, "certificate-request", one_params,
     run_show, NULL},
    {"certificate.preview", "GET", ONE "/preview", "How it will look, as a PDF with a watermark",
     "यह कैसा दिखेगा, वॉटरमार्क वाली PDF", ROLE_OFFICER, OP_READ | OP_FILE, 0, NULL, one_params,
     run_preview, state_only},
    {"certificate.export", "GET", ONE "/content", "The request as a file for satyapan issue",
     "satyapan issue के लिए अनुरोध की फ़ाइल", ROLE_OFFICER, OP_READ | OP_FILE, 0, NULL, one_params,
     run_export, NULL},
    {"certificate.discard", "POST", ONE "/discard", "Discard a prepared certificate",
     "तैयार किया गया प्रमाणपत्र निरस्त करें", PREPARERS, 0, 0, "certificate-request", discard_params,
     run_discard, state_only},
    {"certificate.approve", "POST", ONE "/approve",
     "Approve another officer's certificate, to be signed at the command line",
     "दूसरे अधिकारी का प्रमाणपत्र अनुमोदित करें, ताकि कमांड लाइन पर हस्ताक्षर हो सकें", ROLE_SIGNER, OP_FRESH,
     0, "certificate-request", approve_params, run_approve, approve_problems},
    {.id = NULL}};
