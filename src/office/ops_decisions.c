/*
 * ops_decisions - an officer's word about a file, beside the machine's verdict.
 *
 * accept, refuse or waive, always with a reason; never a change of the verdict. Where the settings
 * ask for four eyes the word is a proposal until a second officer confirms it. A later one
 * supersedes it. Which rule it counts for is in the row; what follows from it is the scheme's
 * (scheme/rules.h).
 */
#include "office/intake/answers.h"
#include "office/intake/inside.h"
#include "records/documents.h"

enum { REASON_MIN = 10, REASON_MAX = 2000 };

static const char *const words[] = {"accept", "refuse", "waive", NULL};
static const char *const rules[] = {"R-SIG-1", "R-LANG-1", "R-REG-2", NULL};

/* ---- what is asked --------------------------------------------------------------------------- */

/* Nothing is decided any more about an application that is. */
static bool is_closed(const char *state)
{
    static const char *const closed[] = {"recommended", "not-recommended", "certified",
                                         "not-considered", "withdrawn"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if (strcmp(state, closed[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The application takes decisions; false: the problem is set. */
static bool check_open(struct op_call *c, int64_t application, int *rc)
{
    json_t *row = NULL;
    *rc = application_brief(c->records, application, &row);
    bool closed = *rc == 0 && is_closed(row_text(row, "state"));
    json_decref(row);
    if (*rc != 0) {
        *rc = op_records(c, *rc);
        return false;
    }
    if (closed) {
        (void)op_fail(c, OP_STATE, "The application is decided or closed.",
                      "इस आवेदन पर निर्णय हो चुका है या यह बंद है।");
    }
    return !closed;
}

static bool needs_second(const struct op_call *c, const char *word, const char *rule,
                         const char *verdict)
{
    const struct office *o = c->office;
    if (strcmp(word, "waive") == 0) {
        return o->four_eyes_waive;
    }
    if (strcmp(word, "refuse") == 0) {
        return o->four_eyes_refuse;
    }
    return o->four_eyes_accept && strcmp(rule, "R-SIG-1") == 0 && strcmp(verdict, "ACCEPTED") != 0;
}

/* People decide, not programs without a person. */
static bool check_person(struct op_call *c)
{
    if (c->actor->person == UTC_NONE) {
        (void)op_fail(c, OP_FORBIDDEN, "A decision needs an officer who is logged in.",
                      "निर्णय के लिए लॉगिन किया हुआ अधिकारी चाहिए।");
    }
    return c->actor->person != UTC_NONE;
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80 && *text != ' ' && *text != '\n';
    }
    return n;
}

/* ---- proposing ------------------------------------------------------------------------------- */

static int check_proposal(struct op_call *c, const json_t *file)
{
    int64_t seen = op_int(c, "verification"), now = row_int(file, "verification");
    if (characters(op_text(c, "reason")) < REASON_MIN) {
        return op_fail_field(c, "reason", "needs at least 10 letters",
                             "में कम से कम 10 अक्षर होने चाहिए");
    }
    if (!*row_text(file, "verdict") || strcmp(row_text(file, "version_state"), "verified") != 0) {
        return op_fail(c, OP_STATE, "The file has no verdict yet.",
                       "इस फ़ाइल पर अभी मशीन का निर्णय नहीं है।");
    }
    if (seen != UTC_NONE && seen != now) {
        return op_fail(c, OP_CONFLICT, "The file was verified again meanwhile.",
                       "इस बीच फ़ाइल की जाँच फिर से हुई है।");
    }
    return 0;
}

static int tell_decision(struct op_call *c, const char *subject_of, int64_t id)
{
    char subject[ANSWERS_SUBJECT];
    json_t *d = NULL;
    int rc = decision_get(c->records, id, &d);
    if (rc != 0) {
        return -1;
    }
    if (row_int(d, "file") == UTC_NONE) { /* a rule waived as a whole */
        subject_of = "rule";
    }
    bool final = strcmp(row_text(d, "state"), "final") == 0;
    json_t *detail =
        json_pack("{s:I, s:O, s:O, s:O, s:O, s:O, s:O}", "decision_id", (json_int_t)id, "decision",
                  json_object_get(d, "decision"), "rule", json_object_get(d, "rule"), "state",
                  json_object_get(d, "state"), "reason", json_object_get(d, "reason"), "verdict",
                  json_object_get(d, "verdict"), "path", json_object_get(d, "path"));
    const char *why = op_text(c, "why");
    if (detail && why) {
        (void)json_object_set_new(detail, "why", json_string(why));
    }
    rc = detail ? op_audit(c,
                           answers_subject(subject_of,
                                           row_int(d, "file") == UTC_NONE ? id : row_int(d, "file"),
                                           subject),
                           row_int(d, "application"), final, detail)
                : -1;
    c->out = d;
    return rc;
}

static int propose(struct op_call *c, const json_t *file)
{
    const char *word = op_text(c, "decision"), *rule = op_text(c, "rule");
    const char *verdict = row_text(file, "verdict");
    rule = rule ? rule : "R-SIG-1";
    struct decision_new d = {.application = row_int(file, "application"),
                             .file = row_int(file, "id"),
                             .verification = row_int(file, "verification"),
                             .person = c->actor->person,
                             .at = c->now,
                             .rule = rule,
                             .decision = word,
                             .reason = op_text(c, "reason"),
                             .state = needs_second(c, word, rule, verdict) ? "proposed" : "final",
                             .verdict = verdict};
    int64_t id = decision_add(c->records, &d);
    return id < 0 ? op_records(c, id) : tell_decision(c, "file", id);
}

static int run_propose(struct op_call *c)
{
    json_t *file = NULL;
    int rc = file_get(c->records, op_int(c, "file"), &file);
    if (rc != 0) {
        return op_records(c, rc);
    }
    if (check_person(c) && check_open(c, row_int(file, "application"), &rc)) {
        rc = check_proposal(c, file);
        rc = rc || c->problem ? rc : propose(c, file);
    }
    json_decref(file);
    return rc;
}

/* ---- the second officer ---------------------------------------------------------------------- */

/* Another person than the first, and the machine still says what it said then. */
static bool check_second(struct op_call *c, const json_t *d, bool confirm, int *rc)
{
    if (!check_person(c) || !check_open(c, row_int(d, "application"), rc)) {
        return false;
    }
    if (strcmp(row_text(d, "state"), "proposed") != 0) {
        *rc = op_fail(c, OP_STATE, "The decision is not waiting for a second officer.",
                      "यह निर्णय दूसरे अधिकारी की प्रतीक्षा में नहीं है।");
    } else if (row_int(d, "person") == c->actor->person) {
        *rc = op_fail(c, OP_FOUR_EYES, NULL, NULL);
    } else if (confirm && strcmp(row_text(d, "verdict"), row_text(d, "verdict_now")) != 0) {
        *rc = op_fail(c, OP_CONFLICT, "The machine's verdict has changed since it was proposed.",
                      "प्रस्ताव के बाद मशीन का निर्णय बदल गया है।");
    }
    return *rc == 0 && !c->problem;
}

static int close_decision(struct op_call *c, const char *state)
{
    json_t *d = NULL;
    int64_t id = op_int(c, "decision");
    int rc = decision_get(c->records, id, &d);
    if (rc != 0) {
        return op_records(c, rc);
    }
    if (check_second(c, d, strcmp(state, "final") == 0, &rc)) {
        rc = decision_close(c->records, id, state, c->actor->person, c->now);
        rc = rc ? op_records(c, rc) : tell_decision(c, "file", id);
    }
    json_decref(d);
    return rc;
}

static int run_confirm(struct op_call *c)
{
    return close_decision(c, "final");
}

static int run_reject(struct op_call *c)
{
    return close_decision(c, "rejected");
}

/* ---- reading --------------------------------------------------------------------------------- */

static int run_list(struct op_call *c)
{
    json_t *file = NULL, *rows = NULL;
    int rc = file_get(c->records, op_int(c, "file"), &file);
    if (rc != 0) {
        return op_records(c, rc);
    }
    rc = decision_list(c->records, row_int(file, "id"), &rows);
    json_decref(file);
    return rc ? op_records(c, rc) : answers_all(c, rows);
}

static int run_waiting(struct op_call *c)
{
    int64_t after;
    json_t *rows = NULL;
    if (!answers_after(c, &after)) {
        return 0;
    }
    int rc =
        decision_waiting(c->records, op_int(c, "application"), after, (int)c->limit + 1, &rows);
    return rc ? op_records(c, rc) : answers_page(c, rows);
}

/* ---- the table ------------------------------------------------------------------------------- */

#define P_END                                                                                      \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct op_param propose_params[] = {
    {"file", OP_IN_PATH, OP_ID, true, 0, NULL, "File", "फ़ाइल"},
    {"decision", OP_IN_BODY, OP_WORD, true, 0, words, "accept, refuse or waive",
     "accept (स्वीकार), refuse (अस्वीकार) या waive (छूट)"},
    {"reason", OP_IN_BODY, OP_LONG, true, REASON_MAX, NULL, "Reason, at least 10 letters",
     "कारण, कम से कम 10 अक्षर"},
    {"rule", OP_IN_BODY, OP_WORD, false, 0, rules, "Rule it is about (default: R-SIG-1)",
     "किस नियम के बारे में (अन्यथा: R-SIG-1)"},
    {"verification", OP_IN_BODY, OP_ID, false, 0, NULL,
     "Verification that was looked at: refused when there is a newer one",
     "जो जाँच देखी गई: नई जाँच होने पर निर्णय नहीं लिया जाता"},
    P_END};
static const struct op_param decision_params[] = {
    {"decision", OP_IN_PATH, OP_ID, true, 0, NULL, "Decision", "निर्णय"},
    {"why", OP_IN_BODY, OP_LONG, false, REASON_MAX, NULL, "Remark of the second officer",
     "दूसरे अधिकारी की टिप्पणी"},
    P_END};
static const struct op_param file_params[] = {
    {"file", OP_IN_PATH, OP_ID, true, 0, NULL, "File", "फ़ाइल"}, P_END};
static const struct op_param waiting_params[] = {{"application", OP_IN_QUERY, OP_ID, false, 0, NULL,
                                                  "Only of this application", "केवल इस आवेदन के"},
                                                 P_END};

static const enum op_problem propose_problems[] = {OP_STATE, OP_CONFLICT, OP_OK};
static const enum op_problem reject_problems[] = {OP_STATE, OP_FOUR_EYES, OP_OK};
static const enum op_problem second_problems[] = {OP_STATE, OP_CONFLICT, OP_FOUR_EYES, OP_OK};

const struct op ops_decisions[] = {
    {"decision.propose", "POST", "/api/v1/files/{file}/decisions",
     "Accept, refuse or waive a file, with a reason",
     "कारण सहित फ़ाइल स्वीकार या अस्वीकार करें, या छूट दें", ROLE_INTAKE | ROLE_ASSESSOR, 0, 201,
     "decision", propose_params, run_propose, propose_problems},
    {"decision.confirm", "POST", "/api/v1/decisions/{decision}/confirm",
     "Confirm another officer's decision", "दूसरे अधिकारी के निर्णय की पुष्टि करें",
     ROLE_INTAKE | ROLE_ASSESSOR, 0, 0, "decision", decision_params, run_confirm, second_problems},
    {"decision.reject", "POST", "/api/v1/decisions/{decision}/reject",
     "Reject another officer's proposal", "दूसरे अधिकारी का प्रस्ताव अस्वीकार करें",
     ROLE_INTAKE | ROLE_ASSESSOR, 0, 0, "decision", decision_params, run_reject, reject_problems},
    {"decision.list", "GET", "/api/v1/files/{file}/decisions",
     "Decisions about a file, newest first", "फ़ाइल के बारे में निर्णय, नवीनतम पहले", ROLE_OFFICER,
     OP_READ, 0, "decisions", file_params, run_list, NULL},
    {"decision.waiting", "GET", "/api/v1/decisions", "Proposals that wait for a second officer",
     "प्रस्ताव जो दूसरे अधिकारी की प्रतीक्षा में हैं", ROLE_OFFICER, OP_READ | OP_PAGED, 0, "decisions",
     waiting_params, run_waiting, NULL},
    {.id = NULL}};
