/*
 * ops_foreign_decide - what officers do about a foreign certificate: decide, with four eyes; attach
 * what they saw themselves (the human path for pages that are closed to programs); pause, extend,
 * close.
 */
#include <stdio.h>
#include <unistd.h>

#include "office/foreign/case_ops.h"
#include "office/intake/answers.h"
#include "records/blobs.h"

enum { REASON_MAX = 2000, STATEMENT_MIN = 20 };

static const char *const words[] = {"verified", "mismatch", "denied", NULL};
static const char *const seen_words[] = {"verified", "mismatch", "inconclusive", NULL};

/* ---- the human path -------------------------------------------------------------------------- */

/* What the bytes are, whatever the name says; NULL: nothing that is taken here. */
static const char *media_of(const struct op_call *c)
{
    const struct {
        struct span begin;
        const char *media;
    } kinds[] = {{SPAN_LIT("%PDF-"), "application/pdf"},
                 {SPAN_LIT("\x89PNG\r\n\x1a\n"), "image/png"},
                 {SPAN_LIT("\xff\xd8\xff"), "image/jpeg"}};
    uint8_t head[8] = {0};
    int64_t size = 0;
    int fd = blob_open(c->data, c->upload.sha256, &size);
    ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    for (size_t i = 0; n > 0 && i < sizeof kinds / sizeof *kinds; i++) {
        if (span_starts(span_make(head, (size_t)n), kinds[i].begin)) {
            return kinds[i].media;
        }
    }
    return NULL;
}

static size_t letters(const char *text)
{
    size_t n = 0;
    for (; text && *text; text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80 && *text != ' ' && *text != '\n';
    }
    return n;
}

static json_t *attachment(const struct op_call *c, const json_t *row, const char *media)
{
    return json_pack("{s:O, s:s, s:I, s:s, s:s, s:I, s:s?, s:s, s:o, s:s, s:s}", "foreign_case",
                     json_object_get(row, "id"), "kind", "officer", "at", (json_int_t)c->now,
                     "outcome", op_text(c, "saw"), "blob", c->upload.sha256, "size",
                     (json_int_t)c->upload.size, "name", c->upload.name, "media", media, "person",
                     c->actor->person == UTC_NONE ? json_null() : json_integer(c->actor->person),
                     "login", foreign_op_login(c), "statement", op_text(c, "statement"));
}

static int attach(struct op_call *c, const struct foreign_by *by, const json_t *row)
{
    const char *media = media_of(c);
    if (!media) {
        return op_fail(c, OP_MEDIA, "Attach a PDF, PNG or JPEG.", "PDF, PNG या JPEG संलग्न करें।");
    }
    if (letters(op_text(c, "statement")) < STATEMENT_MIN) {
        return op_fail_field(c, "statement", "needs at least 20 letters",
                             "में कम से कम 20 अक्षर होने चाहिए");
    }
    int rc = blob_keep(c->records, c->upload.sha256, c->upload.size, c->now);
    json_t *values = rc ? NULL : attachment(c, row, media);
    int64_t id = values ? foreign_evidence_add(c->records, values) : RECORDS_FAILED;
    json_decref(values);
    if (rc == 0 && id >= 0) {
        rc = foreign_trace(by, row, false,
                           json_pack("{s:I, s:s, s:s, s:s}", "evidence", (json_int_t)id, "sha256",
                                     c->upload.sha256, "outcome", op_text(c, "saw"), "statement",
                                     op_text(c, "statement")));
    }
    return foreign_op_done(c, rc ? rc : id < 0 ? (int)id : 1, office_num(row, "id"));
}

static int run_attach(struct op_call *c)
{
    return foreign_op(c, attach);
}

/* WARC files, mails, screenshots. Only pictures and PDF are shown by a browser. */
static int run_evidence(struct op_call *c)
{
    json_t *row = NULL;
    int64_t size = 0;
    int rc = foreign_evidence_get(c->records, op_int(c, "evidence"), &row);
    const char *blob = office_str(row, "blob");
    rc = rc == 0 && !blob ? RECORDS_NONE : rc;
    int fd = rc == 0 ? blob_open(c->data, blob, &size) : -1;
    if (fd >= 0) {
        const char *name = office_str(row, "name"), *media = office_str(row, "media");
        media = media ? media : "application/octet-stream";
        c->file = (struct op_file){.fd = fd,
                                   .size = size,
                                   .name = arena_str(c->arena, span_str(name ? name : "evidence")),
                                   .media = arena_str(c->arena, span_str(media)),
                                   .shown = strcmp(media, "application/pdf") == 0 ||
                                            strncmp(media, "image/", 6) == 0};
        rc = c->file.name && c->file.media ? 0 : -1;
    } else if (rc == 0) {
        rc = RECORDS_FAILED;
    }
    json_decref(row);
    return rc ? op_records(c, rc) : 0;
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* Somebody saw that it is good, as it is entered now: the machine, the issuer, or an officer who
 * attached it. 1, 0, -1. */
static int was_seen(struct op_call *c, const json_t *foreign, const char *word)
{
    json_t *rows = NULL, *row;
    size_t i;
    int seen = 0;
    if (strcmp(word, "verified") != 0) {
        return 1;
    }
    if (foreign_evidence_list(c->records, office_num(foreign, "id"), &rows) != 0) {
        return -1;
    }
    json_array_foreach(rows, i, row)
    {
        const char *outcome = office_str(row, "outcome");
        seen |= office_num(row, "earlier_claim") == 0 &&
                (strcmp(outcome, "verified") == 0 || strcmp(outcome, "confirmed") == 0);
    }
    json_decref(rows);
    return seen;
}

static int check_day(struct op_call *c, const json_t *row, char on[OFFICE_DATE])
{
    const char *begun = office_str(row, "queried_on");
    int rc = office_date(c, "answered_on", on);
    if (rc == 0 && begun && strcmp(on, begun) < 0) {
        rc = op_fail_field(c, "answered_on", "is before the issuer was asked",
                           "जारीकर्ता से पूछने से पहले की तिथि है") < 0
                 ? -1
                 : 1;
    }
    return rc;
}

static enum foreign_event event_of(const char *word)
{
    return strcmp(word, "verified") == 0   ? FOREIGN_DECIDE_VERIFIED
           : strcmp(word, "mismatch") == 0 ? FOREIGN_DECIDE_MISMATCH
                                           : FOREIGN_DECIDE_DENIED;
}

/* The decision is in force. */
static int enforce(const struct foreign_by *by, const json_t *row, const char *word,
                   const char *answered_on, const char *reason)
{
    return foreign_apply(by, row, event_of(word), json_pack("{s:s}", "decided_on", answered_on),
                         json_pack("{s:s, s:s}", "decision", word, "reason", reason));
}

static int put_decision(struct op_call *c, const json_t *row, const char *on, bool final)
{
    json_t *values = json_pack(
        "{s:O, s:s, s:s, s:s, s:s, s:O, s:o, s:s, s:I}", "foreign_case", json_object_get(row, "id"),
        "decision", op_text(c, "decision"), "reason", op_text(c, "reason"), "answered_on", on,
        "state", final ? "final" : "proposed", "was", json_object_get(row, "state"), "person",
        c->actor->person == UTC_NONE ? json_null() : json_integer(c->actor->person), "login",
        foreign_op_login(c), "at", (json_int_t)c->now);
    int64_t id = values ? foreign_decision_add(c->records, values) : RECORDS_FAILED;
    json_decref(values);
    return id < 0 ? (int)id : 0;
}

static int decide(struct op_call *c, const struct foreign_by *by, const json_t *row)
{
    char on[OFFICE_DATE], today[OFFICE_DATE];
    const char *word = op_text(c, "decision"), *reason = op_text(c, "reason");
    int64_t id = office_num(row, "id");
    int rc = foreign_op_reason(c), seen;
    rc = rc ? rc : check_day(c, row, on);
    if (rc) {
        return rc;
    }
    if (office_num(row, "closed") == 1) {
        return foreign_op_done(c, 0, id);
    }
    if ((seen = was_seen(c, row, word)) <= 0) {
        return seen < 0
                   ? -1
                   : op_fail(c, OP_RULE,
                             "R-EXT-2: nothing on record shows it verified as it is entered now. "
                             "Open the page and "
                             "attach a screenshot or PDF with your statement first.",
                             "R-EXT-2: अभी दर्ज विवरण के सत्यापन का अभिलेख में कोई प्रमाण नहीं है। पहले पृष्ठ "
                             "खोलकर "
                             "स्क्रीनशॉट या PDF अपने कथन सहित संलग्न करें।");
    }
    /* An answer of an earlier day - it may still be in time - is never one officer's word alone. */
    bool final = !c->office->four_eyes_foreign && strcmp(on, office_today(c, today)) == 0;
    rc = put_decision(c, row, on, final);
    if (rc == 0) {
        rc = final ? enforce(by, row, word, on, reason)
                   : foreign_trace(by, row, false,
                                   json_pack("{s:s, s:s, s:s, s:s}", "decision", word, "reason",
                                             reason, "answered_on", on, "task", "proposed"));
        rc = rc == 0 && !final ? 1 : rc;
    }
    return foreign_op_done(c, rc, id);
}

static int run_decide(struct op_call *c)
{
    return foreign_op(c, decide);
}

/* ---- the second officer ---------------------------------------------------------------------- */

static int close_decision(struct op_call *c, const json_t *d, bool confirm)
{
    struct scheme_data data;
    struct foreign_by by;
    json_t *row = NULL;
    int64_t id = office_num(d, "foreign_case");
    const char *word = office_str(d, "decision");
    if (strcmp(office_str(d, "state"), "proposed") != 0) {
        return op_fail(c, OP_STATE, "The decision is not waiting for a second officer.",
                       "यह निर्णय दूसरे अधिकारी की प्रतीक्षा में नहीं है।");
    }
    if (foreign_op_same(c, d, "person", "login")) {
        return op_fail(c, OP_FOUR_EYES, NULL, NULL);
    }
    int rc = foreign_op_by(c, &data, &by);
    if (rc != 0 || foreign_get(c->records, id, &row) != 0) {
        return rc > 0 ? 0 : -1;
    }
    rc = foreign_decision_close(c->records, office_num(d, "id"), confirm ? "final" : "rejected",
                                c->actor->person, foreign_op_login(c), c->now);
    if (rc == 0 && confirm) {
        rc = enforce(&by, row, word, office_str(d, "answered_on"), office_str(d, "reason"));
    } else if (rc == 0) {
        rc = foreign_trace(&by, row, false,
                           json_pack("{s:s, s:s, s:s?}", "decision", word, "task", "rejected",
                                     "why", op_text(c, "why")));
        rc = rc ? rc : 1;
    }
    json_decref(row);
    return foreign_op_done(c, rc, id);
}

static int run_close(struct op_call *c, bool confirm)
{
    json_t *d = NULL, *application = NULL;
    int rc = foreign_decision_get(c->records, op_int(c, "decision"), &d);
    rc = rc == 0 ? 0 : op_records(c, rc) < 0 ? -1 : 1;
    rc = rc ? rc : office_application_by_id(c, office_num(d, "application"), &application);
    rc = rc ? rc : office_may(c, application);
    rc = rc ? rc : close_decision(c, d, confirm);
    json_decref(application);
    json_decref(d);
    return rc < 0 ? -1 : 0;
}

static int run_confirm(struct op_call *c)
{
    return run_close(c, true);
}

static int run_reject(struct op_call *c)
{
    return run_close(c, false);
}

/* ---- pause, extend, close -------------------------------------------------------------------- */

static int simply(struct op_call *c, const struct foreign_by *by, const json_t *row,
                  enum foreign_event event)
{
    int rc = foreign_op_reason(c);
    if (rc) {
        return rc;
    }
    rc = foreign_apply(by, row, event, NULL, json_pack("{s:s}", "reason", op_text(c, "reason")));
    if (rc == 1 && foreign_rejob(by, office_num(row, "id")) != 0) {
        return -1;
    }
    return foreign_op_done(c, rc, office_num(row, "id"));
}

#define SIMPLY(name, event)                                                                        \
    static int name(struct op_call *c, const struct foreign_by *by, const json_t *row)             \
    {                                                                                              \
        return simply(c, by, row, event);                                                          \
    }                                                                                              \
    static int run_##name(struct op_call *c)                                                       \
    {                                                                                              \
        return foreign_op(c, name);                                                                \
    }

SIMPLY(hold, FOREIGN_PAUSE)
SIMPLY(resume, FOREIGN_RESUME)
SIMPLY(put_away, FOREIGN_CLOSE)
SIMPLY(reopen, FOREIGN_REOPEN)

/* Once, before the window ends, by at most what the setting says. */
static int extend(struct op_call *c, const struct foreign_by *by, const json_t *row)
{
    int64_t days = op_int(c, "days"), most = by->data->settings.ext_extension_days;
    enum foreign_state s = FOREIGN_CLOSED;
    int rc = foreign_op_reason(c);
    (void)foreign_state_read(office_str(row, "state"), &s);
    if (rc) {
        return rc;
    }
    if (days < 1 || days > most) {
        return op_fail(c, OP_RULE,
                       "R-EXT-2: the setting ext_extension_days does not allow that extension.",
                       "R-EXT-2: सेटिंग ext_extension_days इस विस्तार की अनुमति नहीं देती।");
    }
    if (foreign_answered(s) || s == FOREIGN_EXPIRED || s == FOREIGN_CLOSED ||
        office_num(row, "extra_days") > 0 || !office_str(row, "due_on")) {
        return op_fail(c, OP_STATE, "It is extended once, while its window runs.",
                       "विस्तार एक ही बार, अवधि चलते समय, होता है।");
    }
    rc = foreign_redate(by, row, json_pack("{s:I}", "extra_days", (json_int_t)days), "extended");
    rc = rc < 0 ? rc
                : foreign_trace(by, row, false,
                                json_pack("{s:I, s:s}", "extra_days", (json_int_t)days, "reason",
                                          op_text(c, "reason")));
    return foreign_op_done(c, rc < 0 ? rc : 1, office_num(row, "id"));
}

static int run_extend(struct op_call *c)
{
    return foreign_op(c, extend);
}

/* ---- the table ------------------------------------------------------------------------------- */

#define P_REASON                                                                                   \
    {                                                                                              \
        "reason", OP_IN_BODY, OP_LONG, true, REASON_MAX, NULL, "Reason, at least 10 letters",      \
            "कारण, कम से कम 10 अक्षर"                                \
    }

static const struct op_param attach_params[] = {
    PARAM_CASE,
    {"saw", OP_IN_BODY, OP_WORD, true, 0, seen_words,
     "What the page shows: verified, mismatch or inconclusive",
     "पृष्ठ क्या दिखाता है: verified (सत्यापित), mismatch (मेल नहीं), inconclusive (अनिर्णीत)"},
    {"statement", OP_IN_BODY, OP_LONG, true, REASON_MAX, NULL,
     "Your statement: when you opened which page and what it showed (at least 20 letters)",
     "आपका कथन: कब कौन-सा पृष्ठ खोला और उसमें क्या दिखा (कम से कम 20 अक्षर)"},
    PARAM_END};
static const struct op_param evidence_params[] = {
    {"evidence", OP_IN_PATH, OP_ID, true, 0, NULL, "Evidence", "प्रमाण"}, PARAM_END};
static const struct op_param decide_params[] = {
    PARAM_CASE,
    {"decision", OP_IN_BODY, OP_WORD, true, 0, words, "verified, mismatch or denied",
     "verified (सत्यापित), mismatch (मेल नहीं) या denied (अस्वीकृत)"},
    P_REASON,
    {"answered_on", OP_IN_BODY, OP_DATE, false, 0, NULL, "Day on which the answer came (today)",
     "उत्तर मिलने की तिथि (आज)"},
    PARAM_END};
static const struct op_param second_params[] = {
    {"decision", OP_IN_PATH, OP_ID, true, 0, NULL, "Decision", "निर्णय"},
    {"why", OP_IN_BODY, OP_LONG, false, REASON_MAX, NULL, "Remark of the second officer",
     "दूसरे अधिकारी की टिप्पणी"},
    PARAM_END};
static const struct op_param reason_params[] = {PARAM_CASE, P_REASON, PARAM_END};
static const struct op_param extend_params[] = {
    PARAM_CASE,
    {"days", OP_IN_BODY, OP_INTEGER, true, 250, NULL, "Working days more", "और कार्य दिवस"},
    P_REASON,
    PARAM_END};

static const enum op_problem state_problems[] = {OP_STATE, OP_OK};
static const enum op_problem attach_problems[] = {OP_STATE, OP_MEDIA, OP_OK};
static const enum op_problem decide_problems[] = {OP_STATE, OP_RULE, OP_OK};
static const enum op_problem second_problems[] = {OP_STATE, OP_FOUR_EYES, OP_OK};

#define CASE "/api/v1/foreign/{case}"

const struct op ops_foreign_decide[] = {
    {"foreign.attach", "POST", CASE "/evidence",
     "Attach what you saw yourself: screenshot or PDF, with a statement",
     "जो आपने स्वयं देखा उसे संलग्न करें: स्क्रीनशॉट या PDF, कथन सहित", ROLE_INTAKE | ROLE_ASSESSOR, OP_UPLOAD,
     201, "foreign-case", attach_params, run_attach, attach_problems},
    {"foreign.evidence", "GET", "/api/v1/foreign-evidence/{evidence}",
     "The file of a piece of evidence: recorded page (WARC), mail, screenshot",
     "प्रमाण की फ़ाइल: अभिलिखित पृष्ठ (WARC), ई-मेल, स्क्रीनशॉट", ROLE_OFFICER,
     OP_READ | OP_FILE | OP_AUDIT_READ, 0, NULL, evidence_params, run_evidence, NULL},
    {"foreign.decide", "POST", CASE "/decisions",
     "Decide about the foreign certificate, with a reason", "कारण सहित विदेशी प्रमाणपत्र पर निर्णय लें",
     ROLE_INTAKE | ROLE_ASSESSOR, 0, 201, "foreign-case", decide_params, run_decide,
     decide_problems},
    {"foreign.confirm", "POST", "/api/v1/foreign-decisions/{decision}/confirm",
     "Confirm another officer's decision about a foreign certificate",
     "विदेशी प्रमाणपत्र पर दूसरे अधिकारी के निर्णय की पुष्टि करें", ROLE_INTAKE | ROLE_ASSESSOR, 0, 0,
     "foreign-case", second_params, run_confirm, second_problems},
    {"foreign.reject", "POST", "/api/v1/foreign-decisions/{decision}/reject",
     "Reject another officer's proposal about a foreign certificate",
     "विदेशी प्रमाणपत्र पर दूसरे अधिकारी का प्रस्ताव अस्वीकार करें", ROLE_INTAKE | ROLE_ASSESSOR, 0, 0,
     "foreign-case", second_params, run_reject, second_problems},
    {"foreign.pause", "POST", CASE "/pause", "Let nothing go out; the window runs on",
     "कुछ भी बाहर न भेजें; अवधि चलती रहती है", ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case",
     reason_params, run_hold, state_problems},
    {"foreign.resume", "POST", CASE "/resume", "Go on with it", "इसे आगे बढ़ाएँ",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case", reason_params, run_resume, state_problems},
    {"foreign.extend", "POST", CASE "/extension", "Extend its window", "इसकी अवधि बढ़ाएँ",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case", extend_params, run_extend, decide_problems},
    {"foreign.close", "POST", CASE "/close",
     "Close the case: the certificate is no longer part of the application",
     "मामला बंद करें: प्रमाणपत्र अब आवेदन का भाग नहीं है", ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case",
     reason_params, run_put_away, state_problems},
    {"foreign.reopen", "POST", CASE "/reopen", "Open a closed case again", "बंद मामला फिर से खोलें",
     ROLE_INTAKE | ROLE_ADMIN, 0, 0, "foreign-case", reason_params, run_reopen, state_problems},
    {.id = NULL}};
