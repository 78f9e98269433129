/*
 * ops_foreign - foreign certificates: cases are opened, changed, listed, shown; the machine is
 * asked (R-EXT-1, R-EXT-2).
 *
 * What an officer decides about one: ops_foreign_decide.c; what others may ask without a login (an
 * issuer's answer, a calendar): ops_foreign_open.c. Nothing here waits for the network: what is
 * wanted becomes a job (office/foreign/).
 */
#include <stdio.h>

#include "net/url.h"
#include "office/foreign/case_clock.h"
#include "office/foreign/case_ops.h"
#include "office/intake/answers.h"
#include "records/applications.h"
#include "records/audit.h"
#include "records/documents.h"
#include "records/jobs.h"

static const char *const languages[] = {"en", "hi", NULL};
static const char *const states[] = {
    "draft",    "queued", "web_checking", "mail_sending", "waiting_reply",      "verified",
    "mismatch", "denied", "unclear",      "paused",       "expired_unverified", "closed",
    NULL};

/* The columns a person enters: '!' never null, '+' never empty. */
static const char *const claims[] = {
    "+issuer",    "+number", "!holder", "!product",  "!standard",        "!scope",   "issued_on",
    "expires_on", "weblink", "email",   "+language", "+common_criteria", "document", NULL};

/* ---- what is entered ------------------------------------------------------------------------- */

static int bad_field(struct op_call *c, const char *field, const char *en, const char *hi)
{
    return op_fail_field(c, field, en, hi) < 0 ? -1 : 1;
}

static int check_addresses(struct op_call *c)
{
    struct url url;
    enum foreign_place place;
    const char *link = op_text(c, "weblink"), *mail = op_text(c, "email"), *why = NULL;
    if (link && (why = url_split(span_str(link), &url)) != NULL) {
        return bad_field(c, "weblink", why, "ऐसा वेब पता नहीं है जिसे खोला जा सके");
    }
    if (mail && foreign_mail_place(c->records, mail, &place, NULL) != 0) {
        return -1;
    }
    if (mail && place == FOREIGN_BAD_ADDRESS) {
        return bad_field(c, "email", "is no mail address", "कोई ई-मेल पता नहीं है");
    }
    return 0;
}

static int check_dates(struct op_call *c)
{
    const char *from = op_text(c, "issued_on"), *to = op_text(c, "expires_on");
    return from && to && strcmp(to, from) < 0
               ? bad_field(c, "expires_on", "is before it was issued", "जारी होने से पहले की तिथि है")
               : 0;
}

/* A document of the same application. */
static int check_document(struct op_call *c, int64_t application)
{
    json_t *row = NULL;
    int64_t id = op_int(c, "document");
    int rc = id == UTC_NONE ? 0 : document_get(c->records, id, &row);
    bool same = !row || office_num(row, "application") == application;
    json_decref(row);
    if (rc == RECORDS_NONE || (rc == 0 && !same)) {
        return bad_field(c, "document", "is no document of this application",
                         "इस आवेदन का दस्तावेज़ नहीं है");
    }
    return rc < 0 ? -1 : 0;
}

static int read_claims(struct op_call *c, int64_t application, json_t **out)
{
    int rc = check_addresses(c);
    rc = rc ? rc : check_dates(c);
    rc = rc ? rc : check_document(c, application);
    rc = rc ? rc : office_values(c, claims, out);
    const json_t *flag = rc ? NULL : json_object_get(*out, "common_criteria");
    return flag ? json_object_set_new(*out, "common_criteria", json_integer(json_is_true(flag)))
                : rc;
}

/* ---- opened ---------------------------------------------------------------------------------- */

static int add(struct op_call *c, const struct foreign_by *by, json_t *values)
{
    json_t *row = NULL;
    int64_t id = foreign_add(c->records, values, c->now);
    int rc = id < 0 ? (int)id : foreign_get(c->records, id, &row);
    rc = rc ? rc
            : foreign_trace(by, row, true,
                            json_pack("{s:O, s:O, s:O?, s:O?}", "certificate_number",
                                      json_object_get(row, "number"), "issuer",
                                      json_object_get(row, "issuer"), "weblink",
                                      json_object_get(row, "weblink"), "email",
                                      json_object_get(row, "email")));
    c->audited++;
    /* Where the clock starts with the submission or the registration it may run already. */
    rc = rc ? rc : foreign_redate(by, row, NULL, "opened");
    json_decref(row);
    return rc < 0 ? op_records(c, rc) : foreign_op_answer(c, id);
}

static int open_case(struct op_call *c, const json_t *application)
{
    enum { CASES_MAX = 200 };
    struct scheme_data data;
    struct foreign_by by;
    json_t *values = NULL, *rows = NULL;
    char next[48];
    const struct foreign_filter f = {
        .application = office_num(application, "id"), .vendor = UTC_NONE, .limit = CASES_MAX};
    int rc = foreign_list(c->records, &f, &rows, next);
    bool full = json_array_size(rows) >= CASES_MAX;
    json_decref(rows);
    if (rc != 0 || full) {
        return rc ? -1 : op_fail(c, OP_STATE, "There are 200 already.", "200 पहले से हैं।");
    }
    rc = read_claims(c, f.application, &values);
    rc = rc ? rc : foreign_op_by(c, &data, &by);
    if (rc == 0) {
        rc = json_object_set(values, "application", json_object_get(application, "id")) |
             json_object_set_new(values, "state", json_string("draft"));
        rc = rc ? -1 : add(c, &by, values);
    }
    json_decref(values);
    return rc;
}

static int run_open(struct op_call *c)
{
    return office_case(c, open_case);
}

/* ---- changed --------------------------------------------------------------------------------- */

static bool differs(const json_t *values, const json_t *row, const char *name)
{
    const json_t *now = json_object_get(values, name);
    return now && !json_equal(now, json_object_get(row, name));
}

/* Another address begins the window anew where the body has settled that. One that another event
 * began does not begin anew with a query. */
static bool wants_restart(const struct foreign_by *by, const json_t *row, const json_t *values)
{
    const struct scheme_settings *s = &by->data->settings;
    bool address = differs(values, row, "email") || differs(values, row, "weblink");
    return address && s->ext_restart && s->clock_start == SCHEME_FIRST_QUERY &&
           office_str(row, "queried_on");
}

/* Only so often, or a vendor would put the last day off for ever. */
static bool restarts(const struct foreign_by *by, const json_t *row, const json_t *values)
{
    return wants_restart(by, row, values) &&
           office_num(row, "restarts") < by->data->settings.ext_restart_times;
}

/* What is asked of the issuer is another question now: what is on its way answers the old one, and
 * so do what was seen and proposed. Another place to ask is the same question: what was answered
 * there stands, or a vendor would be rid of a "no" by naming another address. */
static int ask_anew(const struct foreign_by *by, const json_t *row, json_t *values)
{
    bool claim = false;
    static const char *const names[] = {"issuer",   "number",    "holder",     "product",
                                        "standard", "issued_on", "expires_on", "scope"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        claim |= differs(values, row, names[i]);
    }
    struct foreign_case now;
    foreign_read(row, &now);
    bool mail = claim || (differs(values, row, "email") && !foreign_mail_said(now.mail)),
         web = claim || (differs(values, row, "weblink") && !foreign_web_said(now.web));
    int bad = claim ? foreign_claim_changed(by->r, office_num(row, "id")) : 0;
    if (mail) {
        bad |= foreign_mail_void(by->r, office_num(row, "id")) |
               json_object_set_new(values, "mail", json_string("none")) |
               json_object_set_new(values, "mail_reason", json_null());
    }
    if (web) {
        bad |= json_object_set_new(values, "web", json_string("none")) |
               json_object_set_new(values, "web_reason", json_null());
    }
    if (restarts(by, row, values)) {
        bad |=
            json_object_set_new(values, "queried_on", json_null()) |
            json_object_set_new(values, "restarts", json_integer(office_num(row, "restarts") + 1)) |
            foreign_steps_clear(by->r, office_num(row, "id"));
    }
    return bad ? -1 : 0;
}

/* What the trail says of a change: what was entered, and what it did to the window. */
static json_t *change_of(const struct foreign_by *by, const json_t *row, const json_t *values)
{
    json_t *out = json_deep_copy(values);
    bool wanted = wants_restart(by, row, values);
    bool done = wanted && restarts(by, row, values);
    int bad = !out || (wanted && json_object_set_new(out, "window",
                                                     json_string(done ? "restarted" : "kept")));
    if (bad) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* The state as it follows from what the ways are now. */
static int put_state(const json_t *row, json_t *values)
{
    struct foreign_case x;
    bool contradiction = false;
    json_t *merged = json_deep_copy(row);
    int bad = !merged || json_object_update(merged, values);
    foreign_read(merged, &x);
    json_decref(merged);
    enum foreign_state s = foreign_state(&x, &contradiction);
    return bad | json_object_set_new(values, "contradiction", json_integer(contradiction)) |
           json_object_set_new(values, "state", json_string(foreign_state_word(s)));
}

/* A vendor corrects a draft; afterwards only where to ask. */
static int may_change(struct op_call *c, const json_t *row, const json_t *values)
{
    const char *state = office_str(row, "state"), *name;
    enum foreign_state s = FOREIGN_CLOSED;
    json_t *value;
    (void)foreign_state_read(state, &s);
    if (foreign_answered(s) || s == FOREIGN_CLOSED || s == FOREIGN_EXPIRED) {
        return op_fail(c, OP_STATE, "The case is answered, expired or closed.",
                       "मामले का उत्तर मिल चुका है, अवधि बीत गई है या वह बंद है।") < 0
                   ? -1
                   : 1;
    }
    bool asked = s != FOREIGN_DRAFT || office_str(row, "queried_on");
    json_object_foreach((json_t *)(uintptr_t)values, name, value)
    {
        if (office_is_vendor(c) && asked && strcmp(name, "weblink") != 0 &&
            strcmp(name, "email") != 0) {
            return op_fail(c, OP_STATE,
                           "The issuer has been asked; only the weblink and the address can still "
                           "be changed.",
                           "जारीकर्ता से पूछा जा चुका है; अब केवल वेबलिंक और पता बदला जा सकता है।") < 0
                       ? -1
                       : 1;
        }
    }
    return 0;
}

static int set(struct op_call *c, const struct foreign_by *by, const json_t *row)
{
    json_t *values = NULL;
    int64_t id = office_num(row, "id");
    int rc = read_claims(c, office_num(row, "application"), &values);
    rc = rc ? rc : may_change(c, row, values);
    if (rc == 0 && json_object_size(values) == 0) {
        json_decref(values);
        c->unchanged = true;
        return foreign_op_answer(c, id);
    }
    if (rc == 0) {
        json_t *detail = change_of(by, row, values);
        rc = ask_anew(by, row, values) || put_state(row, values)
                 ? -1
                 : foreign_update(c->records, id, op_int(c, "version"), values, c->now);
        rc = rc < 0 ? op_records(c, rc) < 0 ? -1 : 1 : rc;
        rc = rc ? rc : foreign_trace(by, row, true, json_incref(detail));
        json_decref(detail);
        c->audited++;
    }
    json_decref(values);
    return rc ? rc : foreign_op_answer(c, id);
}

static int run_set(struct op_call *c)
{
    return foreign_op(c, set);
}

/* ---- listed, shown --------------------------------------------------------------------------- */

static bool mark_good(const char *after)
{
    char *rest = NULL;
    int32_t day;
    return !after ||
           (strlen(after) > 11 && after[10] == '.' &&
            (strncmp(after, "9999-12-31", 10) == 0 || date_parse(span_make(after, 10), &day)) &&
            strtoll(after + 11, &rest, 10) > 0 && *rest == 0);
}

static int run_list(struct op_call *c)
{
    struct scheme_data data;
    struct foreign_by by;
    char next[48];
    json_t *items = NULL, *row;
    size_t i;
    const struct foreign_filter f = {.state = op_text(c, "state"),
                                     .due_until = op_text(c, "due"),
                                     .application = op_int(c, "application"),
                                     .vendor = office_is_vendor(c) ? c->actor->firm : UTC_NONE,
                                     .open = op_truth(c, "open"),
                                     .after = c->after,
                                     .limit = c->limit};
    if (!mark_good(c->after)) {
        return op_fail_field(c, "after", "is not from the last answer", "पिछले उत्तर का नहीं है");
    }
    if (office_is_vendor(c) && (c->actor->firm == UTC_NONE || f.state)) {
        /* The states of the machinery are not told apart for a vendor. */
        return op_fail_field(c, "state", "is for officers", "अधिकारियों के लिए है");
    }
    int rc = foreign_op_by(c, &data, &by);
    if (rc != 0 || foreign_list(c->records, &f, &items, next) != 0) {
        return rc > 0 ? 0 : -1;
    }
    json_array_foreach(items, i, row)
    {
        if (foreign_op_row(c, &data.calendar, row) != 0) {
            json_decref(items);
            return -1;
        }
    }
    c->out = json_pack("{s:o, s:s?}", "items", items, "next", *next ? next : NULL);
    return c->out ? 0 : -1;
}

static int run_show(struct op_call *c)
{
    json_t *row = NULL;
    int rc = foreign_op_find(c, &row);
    rc = rc ? rc : foreign_op_answer(c, office_num(row, "id"));
    json_decref(row);
    return rc < 0 ? -1 : 0;
}

/* ---- the machine is asked -------------------------------------------------------------------- */

static int not_approved(struct op_call *c)
{
    return op_fail(
               c, OP_RULE,
               "R-EXT-1: the address belongs to no issuer whose profile was approved. Approve a "
               "profile first, or open the page yourself and attach what you saw.",
               "R-EXT-1: यह पता किसी ऐसे जारीकर्ता का नहीं है जिसकी प्रोफ़ाइल अनुमोदित हो। पहले "
               "प्रोफ़ाइल अनुमोदित करें, या पृष्ठ स्वयं खोलें और जो देखा उसे संलग्न करें।") < 0
               ? -1
               : 1;
}

static int check(struct op_call *c, const struct foreign_by *by, const json_t *row)
{
    const char *link = office_str(row, "weblink");
    enum foreign_place place;
    if (!link || !*link) {
        return op_fail(c, OP_STATE, "There is no weblink.", "कोई वेबलिंक नहीं है।");
    }
    if (foreign_link_place(c->records, link, &place, NULL) != 0) {
        return -1;
    }
    if (place != FOREIGN_APPROVED) {
        return not_approved(c);
    }
    int rc = foreign_apply(by, row, FOREIGN_ASK_WEB, NULL, NULL);
    if (rc == 1 && foreign_job(by, row, "foreign-web", office_num(row, "id"), c->now) != 0) {
        return -1;
    }
    return foreign_op_done(c, rc, office_num(row, "id"));
}

static int run_check(struct op_call *c)
{
    return foreign_op(c, check);
}

static int mail(struct op_call *c, const struct foreign_by *by, const json_t *row)
{
    const char *address = office_str(row, "email");
    enum foreign_place place;
    if (!address || !*address) {
        return op_fail(c, OP_STATE, "There is no mail address.", "कोई ई-मेल पता नहीं है।");
    }
    if (!*c->office->mail_from || !*c->office->smtp_url) {
        return op_fail(c, OP_STATE, "No mail server is set (settings mail_from, smtp_url).",
                       "कोई मेल सर्वर निर्धारित नहीं है (सेटिंग mail_from, smtp_url)।");
    }
    if (foreign_mail_place(c->records, address, &place, NULL) != 0) {
        return -1;
    }
    if (place != FOREIGN_APPROVED) {
        return not_approved(c);
    }
    int rc = foreign_apply(by, row, FOREIGN_ASK_MAIL, NULL, NULL);
    if (rc == 1 && foreign_mail_want(by, c->office, c->data, row, false) != 0) {
        return -1;
    }
    return foreign_op_done(c, rc, office_num(row, "id"));
}

static int run_mail(struct op_call *c)
{
    return foreign_op(c, mail);
}

static int run_poll(struct op_call *c)
{
    const struct office *o = c->office;
    if (!*o->imap_url && !*o->maildir) {
        return op_fail(c, OP_STATE, "No mailbox is set (settings imap_url, maildir).",
                       "कोई मेलबॉक्स निर्धारित नहीं है (सेटिंग imap_url, maildir)।");
    }
    int64_t job = job_add(c->records, "foreign-poll", "all", UTC_NONE, NULL, c->now, c->now);
    if (job < 0 || op_audit(c, "job:foreign-poll", UTC_NONE, false, NULL) < 0) {
        return -1;
    }
    c->out = json_pack("{s:I}", "job", (json_int_t)job);
    return c->out ? 0 : -1;
}

/* ---- what the clock asks for ----------------------------------------------------------------- */

/* The clocks are looked at now; and what waits for a person is told. */
static int run_due(struct op_call *c)
{
    struct scheme_data data;
    struct foreign_by by;
    struct foreign_round round;
    int rc = foreign_op_by(c, &data, &by);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    by.person = UTC_NONE;
    by.login = "satyapan";
    by.action = "foreign.clock";
    if (foreign_clock_round(&by, c->office, c->data, &round) != 0) {
        return -1;
    }
    rc = op_audit(c, "foreign:all", UTC_NONE, false,
                  json_pack("{s:I, s:I}", "cases", (json_int_t)round.cases, "changed",
                            (json_int_t)round.changed));
    c->out = rc < 0 ? NULL : foreign_clock_json(&by, &round);
    return c->out ? 0 : -1;
}

/* ---- the trail of one case ------------------------------------------------------------------- */

static int run_timeline(struct op_call *c)
{
    enum { ROWS = 200 };
    char subject[ANSWERS_SUBJECT];
    json_t *row = NULL, *rows = NULL;
    int rc = foreign_op_find(c, &row);
    if (rc == 0) {
        rc = audit_about(c->records, office_num(row, "application"),
                         answers_subject("foreign", office_num(row, "id"), subject),
                         office_is_vendor(c), UTC_NONE, ROWS, &rows);
        rc = rc || office_hide_actors(c, rows) ? -1 : answers_all(c, rows);
    }
    json_decref(row);
    return rc < 0 ? -1 : 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
#define BODY(name, type, required, max, en, hi) \
    {name, OP_IN_BODY, type, required, max, NULL, en, hi}
#define CLAIMS(must) \
    BODY("issuer", OP_TEXT, must, 200, "Issuing body, as the certificate names it", \
         "जारीकर्ता निकाय, जैसा प्रमाणपत्र में लिखा है"), \
    BODY("number", OP_TEXT, must, 100, "Number of the certificate", "प्रमाणपत्र की संख्या"), \
    BODY("holder", OP_TEXT, false, 200, "Holder, as the certificate names it", \
         "धारक, जैसा प्रमाणपत्र में लिखा है"), \
    BODY("product", OP_TEXT, false, 200, "Product or model it is for", \
         "जिस उत्पाद या मॉडल के लिए है"), \
    BODY("standard", OP_TEXT, false, 200, "Standard, with its edition", "मानक, संस्करण सहित"), \
    BODY("scope", OP_LONG, false, 2000, "Scope", "दायरा"), \
    BODY("issued_on", OP_DATE, false, 0, "Issued on", "जारी होने की तिथि"), \
    BODY("expires_on", OP_DATE, false, 0, "Valid until", "कब तक वैध"), \
    BODY("weblink", OP_TEXT, false, 1000, "Web address where the issuing body shows it", \
         "वेब पता जहाँ जारीकर्ता निकाय इसे दिखाता है"), \
    BODY("email", OP_TEXT, false, 200, "Mail address of the issuing body", \
         "जारीकर्ता निकाय का ई-मेल पता"), \
    {"language", OP_IN_BODY, OP_WORD, false, 0, languages, \
     "Language of the mail (hi: with a covering line in Hindi)", \
     "ई-मेल की भाषा (hi: हिन्दी में एक पंक्ति के साथ)"}, \
    BODY("common_criteria", OP_TRUTH, false, 0, "A Common Criteria certificate", \
         "Common Criteria प्रमाणपत्र"), \
    BODY("document", OP_ID, false, 0, "Document of the application that holds it", \
         "आवेदन का दस्तावेज़ जिसमें यह है")
static const struct op_param open_params[] = {PARAM_APPLICATION, CLAIMS(true), PARAM_END};
static const struct op_param set_params[] = {PARAM_CASE, CLAIMS(false), PARAM_VERSION, PARAM_END};
/* clang-format on */
static const struct op_param case_params[] = {PARAM_CASE, PARAM_END};
static const struct op_param list_params[] = {
    {"state", OP_IN_QUERY, OP_WORD, false, 0, states, "Only in this state", "केवल इस स्थिति के"},
    {"due", OP_IN_QUERY, OP_DATE, false, 0, NULL, "Whose last day comes by then",
     "जिनका अंतिम दिन तब तक आता है"},
    {"application", OP_IN_QUERY, OP_ID, false, 0, NULL, "Only of this application",
     "केवल इस आवेदन के"},
    {"open", OP_IN_QUERY, OP_TRUTH, false, 0, NULL, "Only those that are not answered yet",
     "केवल जिनका उत्तर अभी नहीं मिला"},
    PARAM_END};
static const enum op_problem set_problems[] = {OP_STATE, OP_CONFLICT, OP_OK};
static const enum op_problem open_problems[] = {OP_STATE, OP_OK};
static const enum op_problem ask_problems[] = {OP_STATE, OP_RULE, OP_OK};
static const enum op_problem poll_problems[] = {OP_STATE, OP_OK};

#define BASE "/api/v1/foreign"
#define CASE BASE "/{case}"

const struct op ops_foreign[] = {
    {"foreign.open", "POST", "/api/v1/applications/{application}/foreign",
     "Enter a certificate of another body that is to be verified",
     "किसी अन्य निकाय का प्रमाणपत्र दर्ज करें जिसका सत्यापन होना है",
     ROLE_INTAKE | ROLE_ADMIN | ROLE_VENDOR, 0, 201, "foreign-case", open_params, run_open,
     open_problems},
    {"foreign.set", "PATCH", CASE, "Correct what was entered about it", "इसके बारे में दर्ज विवरण सुधारें",
     ROLE_INTAKE | ROLE_ADMIN | ROLE_VENDOR, 0, 0, "foreign-case", set_params, run_set,
     set_problems},
    {"foreign.list", "GET", BASE, "Foreign certificates, by their last day",
     "विदेशी प्रमाणपत्र, अंतिम दिन के क्रम में", ROLE_ANY, OP_READ | OP_PAGED, 0, "foreign-case",
     list_params, run_list, NULL},
    {"foreign.due", "POST", "/api/v1/foreign-due",
     "Look at the clocks now: remind, tell, expire; and say what waits for a person",
     "समय-सीमाएँ अभी देखें: याद दिलाएँ, बताएँ, समाप्त करें; और बताएँ कि किसे व्यक्ति चाहिए",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-due", NULL, run_due, NULL},
    {"foreign.poll", "POST", "/api/v1/foreign-poll", "Fetch the answers of issuers now",
     "जारीकर्ताओं के उत्तर अभी लाएँ", ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-job", NULL, run_poll,
     poll_problems},
    {"foreign.show", "GET", CASE, "A foreign certificate and what was found about it",
     "विदेशी प्रमाणपत्र और उसके बारे में जो मिला", ROLE_ANY, OP_READ | OP_AUDIT_READ, 0, "foreign-case",
     case_params, run_show, NULL},
    {"foreign.timeline", "GET", CASE "/timeline", "What happened with it", "इसके साथ क्या हुआ",
     ROLE_ANY, OP_READ, 0, "foreign-timeline", case_params, run_timeline, NULL},
    {"foreign.check", "POST", CASE "/check", "Have the weblink checked", "वेबलिंक की जाँच कराएँ",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case", case_params, run_check, ask_problems},
    {"foreign.mail", "POST", CASE "/mail", "Ask the issuing body by mail",
     "जारीकर्ता निकाय से ई-मेल द्वारा पूछें", ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case", case_params,
     run_mail, ask_problems},
    {.id = NULL}};
