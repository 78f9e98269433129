/*
 * ops_changes - what happens to an issued certificate: suspend, reinstate, withdraw, supersede. One
 * officer asks with a reason, another confirms; then the event is in the register and the public
 * page says so.
 *
 * The event is of the day it is confirmed. What was asked for is refused where the certificate has
 * had another event since. Amendments and corrections are drawn and signed anew (ops_amend.c,
 * ops_amended.c); those that wait are listed here, too.
 */
#include <stdio.h>

#include "office/cases.h"
#include "office/certificates/inside.h"
#include "office/intake/answers.h"
#include "office/office.h"
#include "records/changes.h"
#include "records/log.h"
#include "records/requests.h"
#include "register/register.h"

enum { REMARK_MAX = 2000 };

static const char *const events[] = {"suspend", "reinstate", "withdraw", "supersede", NULL};
/* Those the public page has words for (http/public). */
static const char *const reasons[] = {
    "non-conformity", "vulnerability",    "misuse",       "fees", "holder-request",
    "corrected",      "re-certification", "major-change", NULL};

static bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* ---- certificate.change ---------------------------------------------------------------------- */

/* What may follow on the state the certificate is in. */
static bool fits(const char *event, const char *status)
{
    bool valid = is(status, "VALID"), suspended = is(status, "SUSPENDED");
    return is(event, "suspend") ? valid : is(event, "reinstate") ? suspended : valid || suspended;
}

/* 0; or a problem is set; -1. */
static int check_successor(struct op_call *c, const char *number)
{
    const char *successor = op_text(c, "successor");
    json_t *row = NULL;
    if (!is(op_text(c, "event"), "supersede")) {
        return successor
                   ? op_fail_field(c, "successor", "is for supersede only", "केवल प्रतिस्थापन के लिए है")
                   : 0;
    }
    if (!successor || is(successor, number)) {
        return op_fail_field(c, "successor", "must be the certificate that takes its place",
                             "वह प्रमाणपत्र होना चाहिए जो इसका स्थान लेगा");
    }
    int rc = certificate_find(c->records, successor, &row);
    json_decref(row);
    return rc == RECORDS_NONE
               ? op_fail_field(c, "successor", "is not in the register", "पंजी में नहीं है")
               : rc;
}

static int propose(struct op_call *c, const json_t *row)
{
    json_t *data =
        json_pack("{ss sO}", "remark", op_text(c, "remark"), "seen", json_object_get(row, "entry"));
    return inside_ask(c, row, op_text(c, "event"), data, json_object());
}

static int run_change(struct op_call *c)
{
    json_t *row = NULL;
    int rc = 0;
    if (!inside_person(c) || !inside_reason(c, "remark", &rc)) {
        return rc;
    }
    rc = issued_get(c->records, op_int(c, "certificate"), &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    if (!fits(op_text(c, "event"), office_str(row, "status"))) {
        rc = op_fail(c, OP_STATE, "The state of the certificate does not allow it.",
                     "प्रमाणपत्र की स्थिति इसकी अनुमति नहीं देती।");
    } else {
        rc = check_successor(c, office_str(row, "number"));
    }
    rc = rc || c->problem ? rc : propose(c, row);
    json_decref(row);
    return rc;
}

/* ---- the second officer ---------------------------------------------------------------------- */

static int closed(struct op_call *c)
{
    return op_fail(c, OP_STATE, "The change does not wait any more.",
                   "यह बदलाव अब प्रतीक्षा में नहीं है।");
}

static bool draws(const json_t *row)
{
    return is(office_str(row, "event"), "amend") || is(office_str(row, "event"), "correct");
}

/* 0; or a problem is set. */
static int check_second(struct op_call *c, const json_t *row)
{
    if (!is(office_str(row, "state"), "waiting")) {
        return closed(c);
    }
    if (office_num(row, "person") == c->actor->person) {
        return op_fail(c, OP_FOUR_EYES, "Who asked for a change does not confirm it.",
                       "जिसने बदलाव माँगा, वही उसकी पुष्टि नहीं कर सकता।");
    }
    if (draws(row)) {
        return op_fail(c, OP_STATE, "An amendment or correction is not only confirmed but signed.",
                       "संशोधन या सुधार की केवल पुष्टि नहीं, उस पर हस्ताक्षर होते हैं।");
    }
    int64_t seen = office_num(row, "seen");
    if (seen != UTC_NONE && seen != office_num(row, "latest")) {
        return op_fail(c, OP_CONFLICT,
                       "The certificate has had another event since this was asked for.",
                       "यह माँगे जाने के बाद प्रमाणपत्र में दूसरी घटना हो चुकी है।");
    }
    return 0;
}

static int write_event(struct op_call *c, const json_t *row, int64_t application)
{
    char today[OFFICE_DATE], why[REGISTER_WHY] = "";
    struct register_key key;
    const struct register_event e = {.number = office_str(row, "number"),
                                     .event = office_str(row, "event"),
                                     .effective_on = office_today(c, today),
                                     .reason = office_str(row, "reason"),
                                     .successor = office_str(row, "successor"),
                                     .person = office_num(row, "person"),
                                     .second = c->actor->person,
                                     .application = application};
    if (register_key_open(c->data, NULL, false, &key, why) != 0) {
        (void)fprintf(stderr, "satyapan: %s\n", why);
        return -1;
    }
    int64_t entry = register_append(c->records, &e, c->now, &key, why);
    register_key_forget(&key);
    if (entry == RECORDS_CONFLICT) {
        return op_fail(c, OP_STATE, why, "पंजी इसकी अनुमति नहीं देती।");
    }
    int rc = entry < 0 ? (int)entry
                       : change_end(c->records, office_num(row, "id"), c->actor->person,
                                    c->actor->login, entry, c->now);
    return rc == RECORDS_CONFLICT ? op_fail(c, OP_FOUR_EYES, NULL, NULL) : op_records(c, rc);
}

static int confirm(struct op_call *c, const json_t *row)
{
    json_t *certificate = NULL;
    int rc = issued_get(c->records, office_num(row, "certificate"), &certificate);
    int64_t application = office_num(certificate, "application");
    rc = rc ? op_records(c, rc) : write_event(c, row, application);
    json_decref(certificate);
    if (rc != 0 || c->problem) {
        return rc;
    }
    json_t *detail =
        json_pack("{sO sO sO}", "change", json_object_get(row, "id"), "event",
                  json_object_get(row, "event"), "reason", json_object_get(row, "reason"));
    return inside_trace(c, office_str(row, "number"), application, true, detail) < 0
               ? -1
               : inside_change(c, office_num(row, "id"));
}

static int run_confirm(struct op_call *c)
{
    json_t *row = NULL;
    if (!inside_person(c)) {
        return 0;
    }
    int rc = changed_get(c->records, op_int(c, "change"), &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = check_second(c, row);
    rc = rc || c->problem ? rc : confirm(c, row);
    json_decref(row);
    return rc;
}

/* Also by who asked for it: he takes it back. */
static int run_reject(struct op_call *c)
{
    json_t *row = NULL;
    int64_t id = op_int(c, "change");
    int rc = 0;
    if (!inside_person(c) || !inside_reason(c, "why", &rc)) {
        return rc;
    }
    rc = changed_get(c->records, id, &row);
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = is(office_str(row, "state"), "waiting")
             ? change_end(c->records, id, c->actor->person, c->actor->login, -1, c->now)
             : RECORDS_NONE;
    if (rc == RECORDS_NONE) {
        rc = closed(c);
    } else if (rc == 0) {
        json_t *detail = json_pack("{sI sO ss}", "change", (json_int_t)id, "event",
                                   json_object_get(row, "event"), "why", op_text(c, "why"));
        rc = inside_trace(c, office_str(row, "number"), UTC_NONE, false, detail) < 0
                 ? -1
                 : inside_change(c, id);
    }
    json_decref(row);
    return rc;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int run_list(struct op_call *c)
{
    json_t *row = NULL, *rows = NULL;
    int64_t before, id = op_int(c, "certificate");
    int rc = 0;
    if (!answers_after(c, &before)) {
        return 0;
    }
    if (id != UTC_NONE) {
        rc = issued_get(c->records, id, &row);
    }
    rc = rc ? rc
            : changed_list(c->records, office_str(row, "number"), op_truth(c, "waiting"), before,
                           (int)c->limit + 1, &rows);
    json_decref(row);
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct op_param change_params[] = {
    {"certificate", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the certificate", "प्रमाणपत्र की आईडी"},
    {"event", OP_IN_BODY, OP_WORD, true, 0, events, "what is to happen", "क्या होना है"},
    {"reason", OP_IN_BODY, OP_WORD, true, 0, reasons, "reason, as the public page says it",
     "कारण, जैसा सार्वजनिक पृष्ठ पर दिखेगा"},
    {"successor", OP_IN_BODY, OP_TEXT, false, 64, NULL,
     "of supersede: number of the certificate that takes its place",
     "प्रतिस्थापन के लिए: इसका स्थान लेने वाले प्रमाणपत्र की संख्या"},
    {"remark", OP_IN_BODY, OP_LONG, true, REMARK_MAX, NULL,
     "why, for the file; at least 10 letters; not public",
     "क्यों, अभिलेख के लिए; कम से कम 10 अक्षर; सार्वजनिक नहीं"},
    {.name = NULL}};
static const struct op_param one_params[] = {
    {"change", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the change", "बदलाव की आईडी"},
    {.name = NULL}};
static const struct op_param reject_params[] = {
    {"change", OP_IN_PATH, OP_ID, true, 0, NULL, "id of the change", "बदलाव की आईडी"},
    {"why", OP_IN_BODY, OP_LONG, true, REMARK_MAX, NULL, "Why not, at least 10 letters",
     "क्यों नहीं, कम से कम 10 अक्षर"},
    {.name = NULL}};
static const struct op_param list_params[] = {
    {"certificate", OP_IN_QUERY, OP_ID, false, 0, NULL, "of this certificate: its id",
     "इस प्रमाणपत्र के: उसकी आईडी"},
    {"waiting", OP_IN_QUERY, OP_TRUTH, false, 0, NULL, "only what waits for a second officer",
     "केवल जो दूसरे अधिकारी की प्रतीक्षा में हैं"},
    {.name = NULL}};

static const enum op_problem change_problems[] = {OP_STATE, OP_OK};
static const enum op_problem confirm_problems[] = {OP_STATE, OP_FOUR_EYES, OP_CONFLICT, OP_OK};

#define ONE "/api/v1/register/changes/{change}"

const struct op ops_changes[] = {
    {"certificate.change", "POST", "/api/v1/register/certificates/{certificate}/changes",
     "Ask for a certificate to be suspended, reinstated, withdrawn or superseded",
     "प्रमाणपत्र को निलंबित, बहाल, वापस या प्रतिस्थापित करने का प्रस्ताव दें", ROLE_INTAKE | ROLE_SIGNER, 0,
     201, "certificate-change", change_params, run_change, change_problems},
    {"certificate.changes", "GET", "/api/v1/register/changes",
     "Changes of certificates, newest first", "प्रमाणपत्रों के बदलाव, नवीनतम पहले", ROLE_OFFICER,
     OP_READ | OP_PAGED, 0, "certificate-change", list_params, run_list, NULL},
    {"certificate.confirm", "POST", ONE "/confirm", "Confirm what another officer asked for",
     "दूसरे अधिकारी के प्रस्ताव की पुष्टि करें", ROLE_SIGNER, OP_FRESH, 0, "certificate-change", one_params,
     run_confirm, confirm_problems},
    {"certificate.reject", "POST", ONE "/reject", "Reject, or take back, a change that waits",
     "प्रतीक्षारत बदलाव अस्वीकार करें या वापस लें", ROLE_INTAKE | ROLE_SIGNER, 0, 0, "certificate-change",
     reject_params, run_reject, change_problems},
    {.id = NULL}};
